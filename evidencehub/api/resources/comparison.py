"""Inequality in indicators of one family, compared between countries."""

from __future__ import annotations

from collections.abc import Mapping

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
from evidencehub.store.resource_model import ApiResource, ColumnType, Filter, ResourceColumn

_INDICATOR_COLUMNS: Mapping[str, ColumnType] = {
    "definition": "text",
    "numerator_definition": "text",
    "denominator_definition": "text",
    "standardisation": "text",
    "whose_ethnicity": "code",
    "ethnicity_recording": "code",
}
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
    (
        "Inequality in indicators of one family, side by side: the latest period for each "
        "area, the whole population, in each country's own classification"
    ),
    MEASURE_FROM,
    (*STRATUM_KEY, "q.measure"),
    (
        *MEASURE_COLUMNS,
        *(
            ResourceColumn(name, f"i.{name}", column_type, INDICATOR_CONCEPTS[name].description)
            for name, column_type in _INDICATOR_COLUMNS.items()
        ),
    ),
    (
        Filter(
            "family",
            "i.family in {}",
            "for indicators in this family (required)",
            codelist="family",
        ),
        *(f for f in build_value_filters("s") if f.name in ("area", "scheme", "adjustment")),
        MEASURE_FILTER,
    ),
    dataset_sql="s.dataset",
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_table="inequality",
    datasette_view="inequality_flat",
    fixed_condition=f"s.dimension = 'ethnicity' and s.other = '' and "
    f"{_build_total_condition('sex')}"
    f" and {_build_total_condition('age')}"
    f" and s.period_end = (select max(x.period_end) from stratum as x where {_SAME_SERIES_SQL})",
    required_filter="family",
)
