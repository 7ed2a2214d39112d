"""The findings: what the evidence says."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.concepts import FINDING_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn


def _build_group_columns(role: str) -> tuple[ResourceColumn, ResourceColumn]:
    return columns.build_labelled_lists(
        f"groups_{role}",
        "g.scheme || ':' || g.ethnicity",
        "(select label from code where list = g.scheme and code = g.ethnicity)",
        f" from finding_group as g where g.finding = f.finding and g.role = '{role}'"
        " order by g.rowid",
        FINDING_CONCEPTS[f"groups_{role}"].description,
    )


_SUPERSEDED_SQL = (
    "(select count(*) from claim as q where q.finding = f.finding and q.state = 'superseded')"
)

FINDINGS = ApiResource(
    "findings",
    "Findings: what the evidence says, how certain it is and which groups it is about",
    "finding as f left join dataset as d on d.dataset = f.dataset" + columns.join_area("f"),
    ("f.finding",),
    columns.build(
        "f",
        ("finding", "code", "id of the finding"),
        ("dataset", "code", "id of the dataset in which it is published"),
        "title statement detail type mechanism study_design direction certainty certainty_note",
        "assessed_by assessment_method assessed_on unbound_figures unbound_reason",
        (
            "claims_superseded",
            "integer",
            "how many of its claims are about values that newer ones supersede",
            _SUPERSEDED_SQL,
        ),
        *columns.build_subjects("finding", "f.finding"),
        *_build_group_columns("affected"),
        *_build_group_columns("compared"),
        *columns.build_labelled_lists(
            "responsible",
            "o.organisation",
            "coalesce(c.label, o.organisation)",
            " from finding_organisation as o left join code as c"
            " on c.list = 'organisation' and c.code = o.organisation"
            " where o.finding = f.finding order by o.rowid",
            FINDING_CONCEPTS["responsible"].description,
        ),
        "population",
        *columns.build_area("f"),
        "period_start period_end published reviewed next_review superseded_by",
        "last_checked checked_where checked_by",
        columns.build_list(
            "indicators",
            "select indicator as v from finding_indicator where finding = f.finding order by rowid",
            FINDING_CONCEPTS["indicators"].description,
        ),
        columns.build_list(
            "sources",
            "select source as v from finding_source where finding = f.finding order by rowid",
            "ids of its sources within the dataset",
        ),
        "verification note",
        columns.EXTRA_ROW,
        columns.build_origin("d.origin"),
        concepts=FINDING_CONCEPTS,
    ),
    filters.build(
        "f",
        ("dataset", "from this dataset"),
        filters.build_origin("f"),
        *filters.build_subjects("finding", "f.finding"),
        ("type", "of this finding type", "finding-type"),
        ("mechanism", "that speaks of this cause", "mechanism"),
        ("study_design", "that rests on this kind of study", "study-design"),
        ("direction", "with this direction", "direction"),
        ("certainty", "with this certainty", "certainty"),
        *filters.build_areas("about {}", "f.area in {}"),
        *filters.build_groups(
            "about {}",
            "f.finding in (select finding from finding_group"
            " where (scheme, ethnicity) in (values {}))",
        ),
        Filter(
            "indicator",
            "f.finding in (select finding from finding_indicator where indicator in {})",
            "based on this indicator",
            "indicator",
        ),
        ("verification", "with this verification level", "verification"),
        filters.build_date_bound(
            "from", "f.period_start", "for periods that start on or after this date"
        ),
        filters.build_date_bound(
            "to", "f.period_end", "for periods that end on or before this date"
        ),
        *filters.build_contains("f", "title", "statement", "note"),
        filters.build_search("finding", "f.finding"),
    ),
    comparability_sql={"dataset": "f.dataset"},
    item_column="finding",
    datasette_view="finding",
    accepts_posted_query=True,
)
