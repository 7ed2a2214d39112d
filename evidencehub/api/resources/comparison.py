"""Inequality in indicators of one family, compared between countries."""

from __future__ import annotations

from evidencehub.api.columns import build_columns
from evidencehub.api.filters import build_value_filters
from evidencehub.api.inequality_columns import (
    MEASURE_COLUMNS,
    MEASURE_FILTER,
    MEASURE_FROM,
    STRATUM_COMPARABILITY,
    STRATUM_KEY,
)
from evidencehub.domain.concepts import INDICATOR_CONCEPTS
from evidencehub.domain.status import TOTAL
from evidencehub.store.resource_model import ApiResource, Filter

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
    MEASURE_FROM,
    (*STRATUM_KEY, "q.measure"),
    (
        *MEASURE_COLUMNS,
        *build_columns(
            "i",
            *(
                (
                    name,
                    "code" if "ethnicity" in name else "text",
                    INDICATOR_CONCEPTS[name].description,
                )
                for name in (
                    *("definition", "numerator_definition", "denominator_definition"),
                    *("standardisation", "whose_ethnicity", "ethnicity_recording"),
                )
            ),
        ),
    ),
    (
        Filter(
            "family",
            "i.family in {}",
            "for indicators in this family (required)",
            "",
            codelist="family",
        ),
        *(f for f in build_value_filters("s") if f.name in ("area", "scheme", "adjustment")),
        MEASURE_FILTER,
    ),
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_view="inequality_flat",
    fixed_condition=f"s.dimension = 'ethnicity' and s.other = '' and "
    f"{_build_total_condition('sex')}"
    f" and {_build_total_condition('age')}"
    f" and s.period_end = (select max(x.period_end) from stratum as x where {_SAME_SERIES_SQL})",
    required_filter="family",
)
