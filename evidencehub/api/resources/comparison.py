"""Inequality in indicators of one family, compared between countries."""

from __future__ import annotations

from evidencehub.api import columns, filters, inequality_columns
from evidencehub.domain.concepts import INDICATOR_CONCEPTS
from evidencehub.domain.status import TOTAL
from evidencehub.store.resource_model import ApiResource

_SAME_SERIES_SQL = (
    "x.indicator = s.indicator and x.area = s.area and x.scheme = s.scheme"
    " and x.dimension = 'ethnicity' and x.other = ''"
)


def _build_total_condition(column: str) -> str:
    """SQL for everybody: the total, or all there is where a series has none (mothers, babies)."""
    return (
        f"(s.{column} = '{TOTAL}'"
        f" or not exists (select 1 from stratum as x where {_SAME_SERIES_SQL} and "
        f"x.{column} = '{TOTAL}'))"
    )


COMPARISON = ApiResource(
    "compare",
    "Inequality in indicators of one family, side by side: the latest period for each area, the"
    " whole population, in each country's own classification",
    inequality_columns.MEASURE_FROM,
    (*inequality_columns.STRATUM_KEY, "q.measure"),
    columns.build(
        "i",
        *inequality_columns.MEASURE_COLUMNS,
        *(
            (name, "code" if "ethnicity" in name else "text", INDICATOR_CONCEPTS[name].description)
            for name in (
                *("definition", "numerator_definition", "denominator_definition"),
                *("standardisation", "whose_ethnicity", "ethnicity_recording"),
            )
        ),
    ),
    filters.build(
        "i",
        ("family", "for indicators in this family (required)", "family"),
        *(f for f in filters.build_values("s") if f.name in ("area", "scheme", "adjustment")),
        inequality_columns.MEASURE_FILTER,
    ),
    comparability_sql=inequality_columns.MEASURE_COMPARABILITY,
    comparison_subject="gaps",
    category_sql=inequality_columns.MEASURE_CATEGORIES,
    datasette_view="inequality_flat",
    fixed_condition=f"s.dimension = 'ethnicity' and s.other = '' and "
    f"{_build_total_condition('sex')}"
    f" and {_build_total_condition('age')}"
    f" and s.period_end = (select max(x.period_end) from stratum as x where {_SAME_SERIES_SQL})",
    required_filter="family",
)
