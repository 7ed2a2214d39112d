"""The measures of inequality over all groups."""

from __future__ import annotations

from evidencehub.api.filters import build_value_filters
from evidencehub.api.inequality_columns import (
    MEASURE_COLUMNS,
    MEASURE_FILTER,
    MEASURE_FROM,
    STRATUM_COMPARABILITY,
    STRATUM_KEY,
)
from evidencehub.store.resource_model import ApiResource

INEQUALITY = ApiResource(
    "inequality",
    "Inequality measures across all groups of an indicator, for one area and period",
    MEASURE_FROM,
    (*STRATUM_KEY, "q.measure"),
    MEASURE_COLUMNS,
    (*build_value_filters("s"), MEASURE_FILTER),
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_view="inequality_flat",
)
