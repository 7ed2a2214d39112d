"""The measures of inequality over all groups."""

from __future__ import annotations

from evidencehub.api import filters, inequality_columns
from evidencehub.store.resource_model import ApiResource

INEQUALITY = ApiResource(
    "inequality",
    "Inequality measures across all groups of an indicator, for one area and period",
    inequality_columns.MEASURE_FROM,
    (*inequality_columns.STRATUM_KEY, "q.measure"),
    inequality_columns.MEASURE_COLUMNS,
    (*filters.build_values("s"), inequality_columns.MEASURE_FILTER),
    comparability_sql=inequality_columns.MEASURE_COMPARABILITY,
    comparison_subject="gaps",
    category_sql=inequality_columns.MEASURE_CATEGORIES,
    datasette_view="inequality_flat",
)
