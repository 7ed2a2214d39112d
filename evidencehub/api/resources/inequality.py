"""The measures of inequality over all groups."""

from __future__ import annotations

from evidencehub.api import columns, filters, inequality_columns
from evidencehub.store.gap_facts import build_measure_facts
from evidencehub.store.resource_model import ApiResource

_KEY = (*inequality_columns.STRATUM_KEY, "q.measure")

INEQUALITY = ApiResource(
    "inequality",
    "Inequality measures across all groups of an indicator, for one area and period",
    inequality_columns.MEASURE_FROM,
    _KEY,
    (
        columns.build_row_id(_KEY),
        *inequality_columns.build_measure_columns("q", "s"),
        columns.build_origin_of_dataset("s"),
    ),
    (*filters.build_values("s"), inequality_columns.build_measure_filter("q")),
    comparability_sql=build_measure_facts(
        "q",
        # the same for all measures of a stratum: a measure may leave out a group without people
        group_count="(select max(x.groups) from inequality as x where x.stratum = q.stratum)",
        is_secondary_source=inequality_columns.build_secondary_source_sql(),
    ),
    comparison_subject="gaps",
    category_sql={"area": "s.area"},
    datasette_view="inequality_flat",
    accepts_posted_query=True,
    row_key=("q.stratum", "q.measure"),
    dimensions=(*inequality_columns.STRATUM_DIMENSIONS, "measure", "reference_kind"),
)
