"""The resources in words: datasets, indicators, findings, recommendations, sources, codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from evidencehub.model.vocabulary import (
    FINDING,
    INDICATOR,
    RECOMMENDATION,
    Concept,
)
from evidencehub.serve.api.resource import Column, Filter, Kind, Resource, labelled

_KINDS: Mapping[str, Kind] = {
    "number": "number",
    "integer": "integer",
    "date": "date",
    "code": "code",
}


def told(concepts: Mapping[str, Concept], t: str, *names: str) -> tuple[Column, ...]:
    """Columns in the vocabulary's own words; a code of a list is followed by its label."""
    found = []
    for name in names:
        concept = concepts[name]
        sql = f"{t}.{name}"
        found.append(Column(name, sql, _KINDS.get(concept.kind, "text"), concept.says))
        if concept.codelist and concept.codelist not in ("area", "scheme"):
            label = labelled(concept.codelist, sql)
            found.append(Column(f"{name}_label", label, "text", f"label of {name}", label=True))
    return tuple(found)


def _area(t: str) -> tuple[Column, ...]:
    return (
        Column("area", f"{t}.area", "code", "where"),
        Column(
            "area_label",
            f"(select label from area where area = {t}.area)",
            "text",
            "label of area",
            label=True,
        ),
    )


def cells_of(name: str, sql: str, says: str) -> Column:
    """Several values in one cell: `sql` gives one column named v, in order."""
    return Column(name, f"(select json_group_array(v) from ({sql}))", "list", says)


def _subjects(kind: str, key: str) -> tuple[Column, ...]:
    """Workstreams and topics, as codes and as labels."""
    found = []
    for listed in ("workstream", "topic"):
        base = (
            " from subject as s join code as c on c.list = s.list and c.code = s.code"
            f" where s.kind = '{kind}' and s.id = {key} and s.list = '{listed}'"
            " order by c.sort_order, c.code"
        )
        says = f"{listed}s that it belongs to"
        found.append(cells_of(f"{listed}s", f"select s.code as v{base}", says))
        labels = f"(select json_group_array(v) from (select c.label as v{base}))"
        found.append(Column(f"{listed}s_label", labels, "list", f"labels of {listed}s", label=True))
    return tuple(found)


def _subject_filters(kind: str, key: str) -> tuple[Filter, ...]:
    return tuple(
        Filter(
            listed,
            f"{key} in (select id from subject"
            f" where kind = '{kind}' and list = '{listed}' and code in {{}})",
            f"of this {listed}",
            listed,
        )
        for listed in ("workstream", "topic")
    )


def _text(kind: str, key: str) -> Filter:
    return Filter(
        "q",
        f"{key} in (select id from search where kind = '{kind}' and search match {{}})",
        "with all of these words, in any form that English has for them",
        kind="text",
    )


def between(name: Literal["from", "to"], sql: str, says: str) -> Filter:
    """A filter by a date that may be a year or a month only: compared as far as it goes."""
    sign = ">=" if name == "from" else "<="
    return Filter(name, f"{sql} {sign} substr({{}}, 1, length({sql}))", says, kind=name)


def _covered(column: str, key: str) -> tuple[Filter, ...]:
    """Filters by what the figures of a dataset or an indicator are about."""
    return (
        Filter(
            "area",
            f"{key} in (select {column} from observation where area in {{}})",
            "with figures of this area",
            "area",
        ),
        Filter(
            "scheme",
            f"{key} in (select {column} from observation where scheme in {{}})",
            "with figures in this ethnic classification",
            "scheme",
        ),
        Filter(
            "ethnicity",
            f"{key} in (select {column} from observation"
            " where (scheme, ethnicity) in (values {}))",
            "with figures of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "from",
            f"{key} in (select {column} from observation where period_start >= {{}})",
            "with figures of periods that begin then or later",
            kind="from",
        ),
        Filter(
            "to",
            f"{key} in (select {column} from observation where period_end <= {{}})",
            "with figures of periods that end then or earlier",
            kind="to",
        ),
    )


DATASETS = Resource(
    "datasets",
    "What is published here, under which licence, by whom",
    "dataset as d",
    ("d.dataset",),
    (
        Column("dataset", "d.dataset", "code", "id of the dataset"),
        Column("title", "d.title", "text", "its title"),
        Column("description", "d.description", "text", "what it shows"),
        Column("version", "d.version", "text", "its current release"),
        Column("created", "d.created", "date", "when that release was made"),
        Column("licence", "d.licence", "text", "terms of use: an SPDX or Open Definition id"),
        Column("licence_url", "d.licence_url", "text", "address of the licence"),
        Column("publisher", "d.publisher", "text", "who publishes it"),
        Column("contact", "d.contact", "text", "whom to ask"),
        Column("language", "d.language", "text", "language of its texts"),
        Column("homepage", "d.homepage", "text", "address of its own page"),
        *_subjects("dataset", "d.dataset"),
        cells_of(
            "areas",
            "select area as v from country where dataset = d.dataset order by 1",
            "countries that it speaks of",
        ),
        cells_of(
            "indicators",
            "select indicator as v from indicator where dataset = d.dataset order by 1",
            "indicators that it defines",
        ),
        Column("whose_ethnicity", "d.whose_ethnicity", "text", "whose ethnic group it is"),
        Column("ethnicity_recording", "d.ethnicity_recording", "text", "how it was recorded"),
        Column(
            "ethnicity_completeness", "d.ethnicity_completeness", "text",
            "for how many people it is known",
        ),
        Column("disclosure_policy", "d.disclosure_policy", "text", "how small counts are kept"),
        Column("verification", "d.verification", "code", "how its figures were verified"),
        Column("next_update", "d.next_update", "text", "when the next release is expected"),
        Column("caveats", "d.caveats", "text", "what a reader must know"),
        Column("comparability", "d.comparability", "text", "what it can be compared with"),
        Column("release_note", "d.release_note", "text", "what is new in this release"),
        Column(
            "observations", "(select count(*) from observation where dataset = d.dataset)",
            "integer", "how many figures it has",
        ),
        Column("synthetic", "d.synthetic", "boolean", "true: made up for teaching"),
    ),
    (
        *_subject_filters("dataset", "d.dataset"),
        *_covered("dataset", "d.dataset"),
        Filter("synthetic", "d.synthetic = {}", "made up for teaching, or not", kind="boolean"),
        _text("dataset", "d.dataset"),
    ),
    dataset="d.dataset",
    facts={"dataset": "d.dataset"},
    item="dataset",
    table="dataset",
    view="dataset",
)  # fmt: skip

INDICATORS = Resource(
    "indicators",
    "What is measured, in which unit, and how to read it",
    "indicator as i",
    ("i.indicator",),
    (
        Column("indicator", "i.indicator", "code", "id of the indicator"),
        Column("dataset", "i.dataset", "code", "the dataset that defines it"),
        *told(
            INDICATOR, "i",
            "family", "title", "definition", "unit", "scale", "decimals", "value_type",
            "polarity", "numerator_definition", "denominator_definition", "method",
            "standardisation",
        ),
        Column("whose_ethnicity", "i.whose_ethnicity", "text", INDICATOR["whose_ethnicity"].says),
        *told(
            INDICATOR, "i", "ethnicity_recording", "ethnicity_known", "ethnicity_unknown",
            "same_source", "population_year", "reference_group", "ci_method", "ci_level",
            "caveats", "series_breaks", "external_ids",
        ),
        *_subjects("indicator", "i.indicator"),
        Column(
            "observations", "(select count(*) from observation where indicator = i.indicator)",
            "integer", "how many figures it has",
        ),
        Column("extra", "i.extra", "object", "the publisher's columns that carry no concept"),
    ),
    (
        Filter("dataset", "i.dataset in {}", "defined by this dataset", "dataset"),
        Filter("family", "i.family in {}", "of this family", "family"),
        *_subject_filters("indicator", "i.indicator"),
        *_covered("indicator", "i.indicator"),
        _text("indicator", "i.indicator"),
    ),
    dataset="i.dataset",
    facts={"dataset": "i.dataset"},
    item="indicator",
    table="indicator",
    view="indicator",
)  # fmt: skip


def _groups(role: str) -> tuple[Column, ...]:
    base = (
        " from finding_group as g"
        f" where g.finding = f.finding and g.role = '{role}' order by g.rowid"
    )
    labels = (
        "select (select label from code where list = g.scheme and code = g.ethnicity) as v" + base
    )
    name = f"groups_{role}"
    return (
        cells_of(name, "select g.scheme || ':' || g.ethnicity as v" + base, FINDING[name].says),
        Column(
            f"{name}_label", f"(select json_group_array(v) from ({labels}))", "list",
            f"labels of {name}", label=True,
        ),
    )  # fmt: skip


FINDINGS = Resource(
    "findings",
    "What the evidence says, how certain it is, and for whom",
    "finding as f",
    ("f.finding",),
    (
        Column("finding", "f.finding", "code", "id of the finding"),
        Column("dataset", "f.dataset", "code", "the dataset it is published in"),
        *told(
            FINDING, "f", "title", "statement", "detail", "type", "direction", "certainty",
            "certainty_note",
        ),
        *_subjects("finding", "f.finding"),
        *_groups("affected"),
        *_groups("compared"),
        *told(FINDING, "f", "population"),
        *_area("f"),
        *told(
            FINDING, "f", "period_start", "period_end", "published", "reviewed", "next_review",
            "superseded_by",
        ),
        cells_of(
            "indicators",
            "select indicator as v from finding_indicator where finding = f.finding order by rowid",
            FINDING["indicators"].says,
        ),
        cells_of(
            "sources",
            "select source as v from finding_source where finding = f.finding order by rowid",
            "its sources, by their ids within the dataset",
        ),
        *told(FINDING, "f", "verification", "note"),
        Column("extra", "f.extra", "object", "the publisher's columns that carry no concept"),
    ),
    (
        Filter("dataset", "f.dataset in {}", "published in this dataset", "dataset"),
        *_subject_filters("finding", "f.finding"),
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
        between("from", "f.period_start", "whose period begins then or later"),
        between("to", "f.period_end", "whose period ends then or earlier"),
        _text("finding", "f.finding"),
    ),
    dataset="f.dataset",
    facts={"dataset": "f.dataset"},
    item="finding",
    table="finding",
    view="finding",
    query=True,
)  # fmt: skip

_LATEST = "(select {} from recommendation_latest as l where l.recommendation = r.recommendation)"
_STATUS = _LATEST.format("l.status")

RECOMMENDATIONS = Resource(
    "recommendations",
    "What was asked, of whom, and what has become of it",
    "recommendation as r",
    ("r.recommendation",),
    (
        Column("recommendation", "r.recommendation", "code", "id of the recommendation"),
        Column("dataset", "r.dataset", "code", "the dataset it is published in"),
        *told(RECOMMENDATION, "r", "title", "text", "strength", "issued", "due"),
        Column("status", _STATUS, "code", "where it stands now"),
        Column(
            "status_label", labelled("recommendation-status", _STATUS), "text",
            "label of status", label=True,
        ),
        Column("status_since", _LATEST.format("l.since"), "date", "since when it stands there"),
        *_subjects("recommendation", "r.recommendation"),
        cells_of(
            "addressed_to",
            "select organisation as v from recommendation_organisation"
            " where recommendation = r.recommendation order by rowid",
            RECOMMENDATION["addressed_to"].says,
        ),
        Column(
            "addressed_to_label",
            "(select json_group_array(v) from (select coalesce(c.label, o.organisation) as v"
            " from recommendation_organisation as o left join code as c"
            " on c.list = 'organisation' and c.code = o.organisation"
            " where o.recommendation = r.recommendation order by o.rowid))",
            "list", "labels of addressed_to", label=True,
        ),
        *_area("r"),
        *told(RECOMMENDATION, "r", "population"),
        *(
            cells_of(
                name,
                f"select {one} as v from recommendation_{one}"
                " where recommendation = r.recommendation order by rowid",
                RECOMMENDATION[name].says,
            )
            for name, one in (
                ("findings", "finding"), ("indicators", "indicator"), ("sources", "source"),
            )
        ),
        *told(RECOMMENDATION, "r", "verification", "note"),
        Column("extra", "r.extra", "object", "the publisher's columns that carry no concept"),
    ),
    (
        Filter("dataset", "r.dataset in {}", "published in this dataset", "dataset"),
        *_subject_filters("recommendation", "r.recommendation"),
        Filter("status", f"{_STATUS} in {{}}", "that stands here now", "status"),
        Filter("strength", "r.strength in {}", "this strong", "strength"),
        Filter("area", "r.area in {}", "for this area", "area"),
        Filter(
            "addressed_to",
            "r.recommendation in (select recommendation from recommendation_organisation"
            " where organisation in {})",
            "asked of this organisation",
            "organisation",
        ),
        between("from", "r.issued", "issued then or later"),
        between("to", "r.issued", "issued then or earlier"),
        _text("recommendation", "r.recommendation"),
    ),
    dataset="r.dataset",
    facts={"dataset": "r.dataset"},
    item="recommendation",
    table="recommendation",
    view="recommendation",
    query=True,
)  # fmt: skip
