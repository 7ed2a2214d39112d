"""The resources in words: datasets, indicators, findings, recommendations, sources, codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from evidencehub.domain.concepts import (
    FINDING_CONCEPTS,
    INDICATOR_CONCEPTS,
    RECOMMENDATION_CONCEPTS,
    Concept,
)
from evidencehub.store.resource_model import (
    ApiResource,
    ColumnType,
    Filter,
    ResourceColumn,
    build_label_placeholder,
)

_COLUMN_TYPES: Mapping[str, ColumnType] = {
    "number": "number",
    "integer": "integer",
    "date": "date",
    "code": "code",
}


def build_concept_columns(
    concepts: Mapping[str, Concept], alias: str, *names: str
) -> tuple[ResourceColumn, ...]:
    """Columns in the vocabulary's own words; a code of a list is followed by its label."""
    columns = []
    for name in names:
        concept = concepts[name]
        sql = f"{alias}.{name}"
        columns.append(
            ResourceColumn(
                name, sql, _COLUMN_TYPES.get(concept.cell_type, "text"), concept.description
            )
        )
        if concept.codelist and concept.codelist not in ("area", "scheme"):
            label = build_label_placeholder(concept.codelist, sql)
            columns.append(
                ResourceColumn(f"{name}_label", label, "text", f"label of {name}", is_label=True)
            )
    return tuple(columns)


def _build_area_columns(alias: str) -> tuple[ResourceColumn, ...]:
    return (
        ResourceColumn("area", f"{alias}.area", "code", "where"),
        ResourceColumn(
            "area_label",
            f"(select label from area where area = {alias}.area)",
            "text",
            "label of area",
            is_label=True,
        ),
    )


def build_list_column(name: str, sql: str, description: str) -> ResourceColumn:
    """Several values in one cell: `sql` gives one column named v, in order."""
    return ResourceColumn(name, f"(select json_group_array(v) from ({sql}))", "list", description)


def _build_subject_columns(record_type: str, key_sql: str) -> tuple[ResourceColumn, ...]:
    """Workstreams and topics, as codes and as labels."""
    columns = []
    for code_list in ("workstream", "topic"):
        from_sql = (
            " from subject as s join code as c on c.list = s.list and c.code = s.code"
            f" where s.kind = '{record_type}' and s.id = {key_sql} and s.list = '{code_list}'"
            " order by c.sort_order, c.code"
        )
        description = f"{code_list}s that it belongs to"
        columns.append(
            build_list_column(f"{code_list}s", f"select s.code as v{from_sql}", description)
        )
        labels = f"(select json_group_array(v) from (select c.label as v{from_sql}))"
        columns.append(
            ResourceColumn(
                f"{code_list}s_label", labels, "list", f"labels of {code_list}s", is_label=True
            )
        )
    return tuple(columns)


def _build_subject_filters(record_type: str, key_sql: str) -> tuple[Filter, ...]:
    return tuple(
        Filter(
            code_list,
            f"{key_sql} in (select id from subject"
            f" where kind = '{record_type}' and list = '{code_list}' and code in {{}})",
            f"of this {code_list}",
            code_list,
        )
        for code_list in ("workstream", "topic")
    )


def _build_search_filter(record_type: str, key_sql: str) -> Filter:
    return Filter(
        "q",
        f"{key_sql} in (select id from search where kind = '{record_type}' and search match {{}})",
        "with all of these words, in any form that English has for them",
        filter_type="text",
    )


def build_date_filter(name: Literal["from", "to"], sql: str, description: str) -> Filter:
    """A filter by a date that may be a year or a month only: compared as far as it goes."""
    operator = ">=" if name == "from" else "<="
    return Filter(
        name, f"{sql} {operator} substr({{}}, 1, length({sql}))", description, filter_type=name
    )


def _build_coverage_filters(column: str, key_sql: str) -> tuple[Filter, ...]:
    """Filters by what the figures of a dataset or an indicator are about."""
    return (
        Filter(
            "area",
            f"{key_sql} in (select {column} from observation where area in {{}})",
            "with figures of this area",
            "area",
        ),
        Filter(
            "scheme",
            f"{key_sql} in (select {column} from observation where scheme in {{}})",
            "with figures in this ethnic classification",
            "scheme",
        ),
        Filter(
            "ethnicity",
            f"{key_sql} in (select {column} from observation"
            " where (scheme, ethnicity) in (values {}))",
            "with figures of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "from",
            f"{key_sql} in (select {column} from observation where period_start >= {{}})",
            "with figures of periods that begin then or later",
            filter_type="from",
        ),
        Filter(
            "to",
            f"{key_sql} in (select {column} from observation where period_end <= {{}})",
            "with figures of periods that end then or earlier",
            filter_type="to",
        ),
    )


DATASETS = ApiResource(
    "datasets",
    "What is published here, under which licence, by whom",
    "dataset as d",
    ("d.dataset",),
    (
        ResourceColumn("dataset", "d.dataset", "code", "id of the dataset"),
        ResourceColumn("title", "d.title", "text", "its title"),
        ResourceColumn("description", "d.description", "text", "what it shows"),
        ResourceColumn("version", "d.version", "text", "its current release"),
        ResourceColumn("created", "d.created", "date", "when that release was made"),
        ResourceColumn(
            "licence", "d.licence", "text", "terms of use: an SPDX or Open Definition id"
        ),
        ResourceColumn("licence_url", "d.licence_url", "text", "address of the licence"),
        ResourceColumn("publisher", "d.publisher", "text", "who publishes it"),
        ResourceColumn("contact", "d.contact", "text", "whom to ask"),
        ResourceColumn("language", "d.language", "text", "language of its texts"),
        ResourceColumn("homepage", "d.homepage", "text", "address of its own page"),
        *_build_subject_columns("dataset", "d.dataset"),
        build_list_column(
            "areas",
            "select area as v from country where dataset = d.dataset order by 1",
            "countries that it speaks of",
        ),
        build_list_column(
            "indicators",
            "select indicator as v from indicator where dataset = d.dataset order by 1",
            "indicators that it defines",
        ),
        ResourceColumn("whose_ethnicity", "d.whose_ethnicity", "text", "whose ethnic group it is"),
        ResourceColumn(
            "ethnicity_recording", "d.ethnicity_recording", "text", "how it was recorded"
        ),
        ResourceColumn(
            "ethnicity_completeness",
            "d.ethnicity_completeness",
            "text",
            "for how many people it is known",
        ),
        ResourceColumn(
            "disclosure_policy", "d.disclosure_policy", "text", "how small counts are kept"
        ),
        ResourceColumn("verification", "d.verification", "code", "how its figures were verified"),
        ResourceColumn("next_update", "d.next_update", "text", "when the next release is expected"),
        ResourceColumn("caveats", "d.caveats", "text", "what a reader must know"),
        ResourceColumn("comparability", "d.comparability", "text", "what it can be compared with"),
        ResourceColumn("release_note", "d.release_note", "text", "what is new in this release"),
        ResourceColumn(
            "observations",
            "(select count(*) from observation where dataset = d.dataset)",
            "integer",
            "how many figures it has",
        ),
        ResourceColumn("synthetic", "d.synthetic", "boolean", "true: made up for teaching"),
    ),
    (
        *_build_subject_filters("dataset", "d.dataset"),
        *_build_coverage_filters("dataset", "d.dataset"),
        Filter(
            "synthetic", "d.synthetic = {}", "made up for teaching, or not", filter_type="boolean"
        ),
        _build_search_filter("dataset", "d.dataset"),
    ),
    dataset_sql="d.dataset",
    comparability_sql={"dataset": "d.dataset"},
    item_column="dataset",
    datasette_table="dataset",
    datasette_view="dataset",
)

INDICATORS = ApiResource(
    "indicators",
    "What is measured, in which unit, and how to read it",
    "indicator as i",
    ("i.indicator",),
    (
        ResourceColumn("indicator", "i.indicator", "code", "id of the indicator"),
        ResourceColumn("dataset", "i.dataset", "code", "the dataset that defines it"),
        *build_concept_columns(
            INDICATOR_CONCEPTS,
            "i",
            "family",
            "title",
            "definition",
            "unit",
            "scale",
            "decimals",
            "value_type",
            "polarity",
            "numerator_definition",
            "denominator_definition",
            "method",
            "standardisation",
        ),
        ResourceColumn(
            "whose_ethnicity",
            "i.whose_ethnicity",
            "text",
            INDICATOR_CONCEPTS["whose_ethnicity"].description,
        ),
        *build_concept_columns(
            INDICATOR_CONCEPTS,
            "i",
            "ethnicity_recording",
            "ethnicity_known",
            "ethnicity_unknown",
            "same_source",
            "population_year",
            "reference_group",
            "ci_method",
            "ci_level",
            "caveats",
            "series_breaks",
            "external_ids",
        ),
        *_build_subject_columns("indicator", "i.indicator"),
        ResourceColumn(
            "observations",
            "(select count(*) from observation where indicator = i.indicator)",
            "integer",
            "how many figures it has",
        ),
        ResourceColumn(
            "extra", "i.extra", "object", "the publisher's columns that carry no concept"
        ),
    ),
    (
        Filter("dataset", "i.dataset in {}", "defined by this dataset", "dataset"),
        Filter("family", "i.family in {}", "of this family", "family"),
        *_build_subject_filters("indicator", "i.indicator"),
        *_build_coverage_filters("indicator", "i.indicator"),
        _build_search_filter("indicator", "i.indicator"),
    ),
    dataset_sql="i.dataset",
    comparability_sql={"dataset": "i.dataset"},
    item_column="indicator",
    datasette_table="indicator",
    datasette_view="indicator",
)


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
    "What the evidence says, how certain it is, and for whom",
    "finding as f",
    ("f.finding",),
    (
        ResourceColumn("finding", "f.finding", "code", "id of the finding"),
        ResourceColumn("dataset", "f.dataset", "code", "the dataset it is published in"),
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
        *_build_subject_columns("finding", "f.finding"),
        *_build_group_columns("affected"),
        *_build_group_columns("compared"),
        *build_concept_columns(FINDING_CONCEPTS, "f", "population"),
        *_build_area_columns("f"),
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
            "its sources, by their ids within the dataset",
        ),
        *build_concept_columns(FINDING_CONCEPTS, "f", "verification", "note"),
        ResourceColumn(
            "extra", "f.extra", "object", "the publisher's columns that carry no concept"
        ),
    ),
    (
        Filter("dataset", "f.dataset in {}", "published in this dataset", "dataset"),
        *_build_subject_filters("finding", "f.finding"),
        Filter("type", "f.type in {}", "of this type", "finding_type"),
        Filter("direction", "f.direction in {}", "of this direction", "direction"),
        Filter("certainty", "f.certainty in {}", "this certain", "certainty"),
        Filter("area", "f.area in {}", "about this area", "area"),
        Filter(
            "ethnicity",
            "f.finding in (select finding from finding_group"
            " where (scheme, ethnicity) in (values {}))",
            "about this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "indicator",
            "f.finding in (select finding from finding_indicator where indicator in {})",
            "built on this indicator",
            "indicator",
        ),
        Filter("verification", "f.verification in {}", "verified in this way", "verification"),
        build_date_filter("from", "f.period_start", "whose period begins then or later"),
        build_date_filter("to", "f.period_end", "whose period ends then or earlier"),
        _build_search_filter("finding", "f.finding"),
    ),
    dataset_sql="f.dataset",
    comparability_sql={"dataset": "f.dataset"},
    item_column="finding",
    datasette_table="finding",
    datasette_view="finding",
    accepts_posted_query=True,
)

_LATEST_UPDATE_SQL = (
    "(select {} from recommendation_latest as l where l.recommendation = r.recommendation)"
)
_STATUS_SQL = _LATEST_UPDATE_SQL.format("l.status")

RECOMMENDATIONS = ApiResource(
    "recommendations",
    "What was asked, of whom, and what has become of it",
    "recommendation as r",
    ("r.recommendation",),
    (
        ResourceColumn("recommendation", "r.recommendation", "code", "id of the recommendation"),
        ResourceColumn("dataset", "r.dataset", "code", "the dataset it is published in"),
        *build_concept_columns(
            RECOMMENDATION_CONCEPTS, "r", "title", "text", "strength", "issued", "due"
        ),
        ResourceColumn("status", _STATUS_SQL, "code", "where it stands now"),
        ResourceColumn(
            "status_label",
            build_label_placeholder("recommendation-status", _STATUS_SQL),
            "text",
            "label of status",
            is_label=True,
        ),
        ResourceColumn(
            "status_since",
            _LATEST_UPDATE_SQL.format("l.since"),
            "date",
            "since when it stands there",
        ),
        *_build_subject_columns("recommendation", "r.recommendation"),
        build_list_column(
            "addressed_to",
            "select organisation as v from recommendation_organisation"
            " where recommendation = r.recommendation order by rowid",
            RECOMMENDATION_CONCEPTS["addressed_to"].description,
        ),
        ResourceColumn(
            "addressed_to_label",
            "(select json_group_array(v) from (select coalesce(c.label, o.organisation) as v"
            " from recommendation_organisation as o left join code as c"
            " on c.list = 'organisation' and c.code = o.organisation"
            " where o.recommendation = r.recommendation order by o.rowid))",
            "list",
            "labels of addressed_to",
            is_label=True,
        ),
        *_build_area_columns("r"),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "population"),
        *(
            build_list_column(
                name,
                f"select {one} as v from recommendation_{one}"
                " where recommendation = r.recommendation order by rowid",
                RECOMMENDATION_CONCEPTS[name].description,
            )
            for name, one in (
                ("findings", "finding"),
                ("indicators", "indicator"),
                ("sources", "source"),
            )
        ),
        *build_concept_columns(RECOMMENDATION_CONCEPTS, "r", "verification", "note"),
        ResourceColumn(
            "extra", "r.extra", "object", "the publisher's columns that carry no concept"
        ),
    ),
    (
        Filter("dataset", "r.dataset in {}", "published in this dataset", "dataset"),
        *_build_subject_filters("recommendation", "r.recommendation"),
        Filter("status", f"{_STATUS_SQL} in {{}}", "that stands here now", "status"),
        Filter("strength", "r.strength in {}", "this strong", "strength"),
        Filter("area", "r.area in {}", "for this area", "area"),
        Filter(
            "addressed_to",
            "r.recommendation in (select recommendation from recommendation_organisation"
            " where organisation in {})",
            "asked of this organisation",
            "organisation",
        ),
        build_date_filter("from", "r.issued", "issued then or later"),
        build_date_filter("to", "r.issued", "issued then or earlier"),
        _build_search_filter("recommendation", "r.recommendation"),
    ),
    dataset_sql="r.dataset",
    comparability_sql={"dataset": "r.dataset"},
    item_column="recommendation",
    datasette_table="recommendation",
    datasette_view="recommendation",
    accepts_posted_query=True,
)
