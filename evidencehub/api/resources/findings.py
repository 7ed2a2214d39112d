"""The findings: what the evidence says."""

from __future__ import annotations

from evidencehub.api.columns import (
    EXTRA_ROW,
    build_area_columns,
    build_columns,
    build_concept_columns,
    build_labelled_lists,
    build_list_column,
    build_subject_columns,
)
from evidencehub.api.filters import (
    ANY_GROUP,
    build_column_filters,
    build_date_filter,
    build_search_filter,
    build_subject_filters,
)
from evidencehub.domain.concepts import FINDING_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn


def _build_group_columns(role: str) -> tuple[ResourceColumn, ResourceColumn]:
    return build_labelled_lists(
        f"groups_{role}",
        "g.scheme || ':' || g.ethnicity",
        "(select label from code where list = g.scheme and code = g.ethnicity)",
        f" from finding_group as g where g.finding = f.finding and g.role = '{role}'"
        " order by g.rowid",
        FINDING_CONCEPTS[f"groups_{role}"].description,
    )


FINDINGS = ApiResource(
    "findings",
    "Findings: what the evidence says, how certain it is and which groups it is about",
    "finding as f",
    ("f.finding",),
    (
        *build_columns(
            "f",
            ("finding", "code", "id of the finding"),
            ("dataset", "code", "id of the dataset in which it is published"),
        ),
        *build_concept_columns(
            FINDING_CONCEPTS, "f", "title statement detail type direction certainty certainty_note"
        ),
        *build_subject_columns("finding", "f.finding"),
        *_build_group_columns("affected"),
        *_build_group_columns("compared"),
        *build_concept_columns(FINDING_CONCEPTS, "f", "population"),
        *build_area_columns("f"),
        *build_concept_columns(
            FINDING_CONCEPTS,
            "f",
            "period_start period_end published reviewed next_review superseded_by",
        ),
        build_list_column(
            "indicators",
            "select indicator as v from finding_indicator where finding = f.finding order by rowid",
            FINDING_CONCEPTS["indicators"].description,
        ),
        build_list_column(
            "sources",
            "select source as v from finding_source where finding = f.finding order by rowid",
            "ids of its sources within the dataset",
        ),
        *build_concept_columns(FINDING_CONCEPTS, "f", "verification note"),
        *build_columns("f", EXTRA_ROW),
    ),
    (
        *build_column_filters("f", ("dataset", "from this dataset")),
        *build_subject_filters("finding", "f.finding"),
        *build_column_filters(
            "f",
            ("type", "of this finding type", "finding-type"),
            ("direction", "with this direction", "direction"),
            ("certainty", "with this certainty", "certainty"),
            ("area", "about this area"),
        ),
        Filter(
            "ethnicity",
            "f.finding in (select finding from finding_group"
            " where (scheme, ethnicity) in (values {}))",
            f"about {ANY_GROUP}",
            "ethnicity",
        ),
        Filter(
            "indicator",
            "f.finding in (select finding from finding_indicator where indicator in {})",
            "based on this indicator",
            "indicator",
        ),
        *build_column_filters(
            "f", ("verification", "with this verification level", "verification")
        ),
        build_date_filter("from", "f.period_start", "for periods that start on or after this date"),
        build_date_filter("to", "f.period_end", "for periods that end on or before this date"),
        build_search_filter("finding", "f.finding"),
    ),
    comparability_sql={"dataset": "f.dataset"},
    item_column="finding",
    datasette_view="finding",
    accepts_posted_query=True,
)
