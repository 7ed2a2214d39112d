"""The findings: what the evidence says."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_area_columns,
    build_concept_columns,
    build_list_column,
    build_subject_columns,
)
from evidencehub.api.filters import build_date_filter, build_search_filter, build_subject_filters
from evidencehub.domain.concepts import FINDING_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn


def _build_group_columns(role: str) -> tuple[ResourceColumn, ...]:
    from_sql = (
        " from finding_group as g"
        f" where g.finding = f.finding and g.role = '{role}' order by g.rowid"
    )
    labels = (
        "select (select label from code where list = g.scheme and code = g.ethnicity) as v"
        + from_sql
    )
    name = f"groups_{role}"
    return (
        build_list_column(
            name,
            "select g.scheme || ':' || g.ethnicity as v" + from_sql,
            FINDING_CONCEPTS[name].description,
        ),
        ResourceColumn(
            f"{name}_label",
            f"(select json_group_array(v) from ({labels}))",
            "list",
            f"labels of {name}",
            is_label=True,
        ),
    )


FINDINGS = ApiResource(
    "findings",
    "Findings: what the evidence says, how certain it is and which groups it is about",
    "finding as f",
    ("f.finding",),
    (
        ResourceColumn("finding", "f.finding", "code", "id of the finding"),
        ResourceColumn(
            "dataset", "f.dataset", "code", "id of the dataset in which it is published"
        ),
        *build_concept_columns(
            FINDING_CONCEPTS,
            "f",
            "title",
            "statement",
            "detail",
            "type",
            "direction",
            "certainty",
            "certainty_note",
        ),
        *build_subject_columns("finding", "f.finding"),
        *_build_group_columns("affected"),
        *_build_group_columns("compared"),
        *build_concept_columns(FINDING_CONCEPTS, "f", "population"),
        *build_area_columns("f"),
        *build_concept_columns(
            FINDING_CONCEPTS,
            "f",
            "period_start",
            "period_end",
            "published",
            "reviewed",
            "next_review",
            "superseded_by",
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
        *build_concept_columns(FINDING_CONCEPTS, "f", "verification", "note"),
        ResourceColumn(
            "extra", "f.extra", "object", "the publisher's columns that have no concept"
        ),
    ),
    (
        Filter("dataset", "f.dataset in {}", "from this dataset", "dataset"),
        *build_subject_filters("finding", "f.finding"),
        Filter("type", "f.type in {}", "of this finding type", codelist="finding-type"),
        Filter("direction", "f.direction in {}", "with this direction", codelist="direction"),
        Filter("certainty", "f.certainty in {}", "with this certainty", codelist="certainty"),
        Filter("area", "f.area in {}", "about this area", "area"),
        Filter(
            "ethnicity",
            "f.finding in (select finding from finding_group"
            " where (scheme, ethnicity) in (values {}))",
            "about this group: a code from any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "indicator",
            "f.finding in (select finding from finding_indicator where indicator in {})",
            "based on this indicator",
            "indicator",
        ),
        Filter(
            "verification",
            "f.verification in {}",
            "with this verification level",
            codelist="verification",
        ),
        build_date_filter("from", "f.period_start", "for periods that start on or after this date"),
        build_date_filter("to", "f.period_end", "for periods that end on or before this date"),
        build_search_filter("finding", "f.finding"),
    ),
    dataset_sql="f.dataset",
    comparability_sql={"dataset": "f.dataset"},
    item_column="finding",
    datasette_table="finding",
    datasette_view="finding",
    accepts_posted_query=True,
)
