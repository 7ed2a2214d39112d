"""Rules on links: what a row points at is there, inside the package and across packages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from evidencehub.check.definition import (
    Query,
    Rule,
    RuleContext,
    Violation,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.check.identifiers import DatasetIdentifiers, IdentifierUse
from evidencehub.check.summary import ObservationSummary

_SOURCE_REFERENCES_SQL = (
    "select file, row, source from updates where source is not null order by row",
    "select t.file, t.row, j.value from findings as t, json_each(t.sources) as j order by t.row",
    "select t.file, t.row, j.value from recommendations as t, json_each(t.sources) as j",
)


def _unknown_source(dataset: RuleContext) -> Iterator[Violation]:
    if "sources" in dataset.incomplete_roles:
        return
    source_ids = {name for (name,) in dataset.query("select id from sources")}
    for name, (file, row) in dataset.summary.first_rows["source"].items():
        if name not in source_ids:
            yield make_violation(file, row, "source", "links/unknown-source", id=name)
    for sql in _SOURCE_REFERENCES_SQL:
        for file, row, name in dataset.query(sql):
            if name not in source_ids:
                yield make_violation(file, row, "sources", "links/unknown-source", id=name)


def _unknown_main_fact(dataset: RuleContext) -> Iterator[Violation]:
    if "indicators" in dataset.incomplete_roles:
        return
    indicator_ids = {name for (name,) in dataset.query("select id from indicators")}
    for name in dataset.package.hub.get("main_facts", {}):
        if name not in indicator_ids:
            yield make_descriptor_violation("hub.main_facts", "links/unknown-main-fact", id=name)


def _unused_source(dataset: RuleContext) -> Iterator[Violation]:
    if dataset.incomplete_roles:
        return
    used_sources = set(dataset.summary.first_rows["source"])
    used_sources |= {name for sql in _SOURCE_REFERENCES_SQL for _, _, name in dataset.query(sql)}
    for file, row, name in dataset.query("select file, row, id from sources order by row"):
        if name not in used_sources:
            yield make_violation(file, row, "id", "links/unused-source", id=name)


def _invalid_address(dataset: RuleContext) -> Iterator[Violation]:
    for file, row, url, doi in dataset.query(
        "select file, row, url, doi from sources order by row"
    ):
        if url and not _URL.fullmatch(url):
            yield make_violation(file, row, "url", "links/address/url", url=url)
        if doi and not _DOI.fullmatch(doi):
            yield make_violation(file, row, "doi", "links/address/doi", doi=doi)


_URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
_DOI = re.compile(r"10\.\d{4,}/\S+")


def _duplicate_updates(dataset: RuleContext) -> Iterator[Violation]:
    rows = dataset.query(
        "select max(file), max(row), min(row) from updates group by recommendation, date, status "
        "having count(*) > 1 order by max(row)"
    )
    for file, row, first_row in rows:
        yield make_violation(file, row, "", "links/repeated-update", first_row=first_row)


def _make_duplicate_id_rule(table: str) -> Callable[[RuleContext], Iterator[Violation]]:
    def look(dataset: RuleContext) -> Iterator[Violation]:
        if table in dataset.incomplete_roles:
            return
        rows = dataset.query(
            f"select file, max(row), id, min(row) from {table} group by id having count(*) > 1 "
            "order by max(row)"
        )
        for file, row, name, first_row in rows:
            yield make_violation(file, row, "id", "links/repeated-id", id=name, first_row=first_row)

    return look


RULES = (
    Rule(
        "links/unknown-source",
        "dataset",
        "Every source cited must be in sources.csv.",
        "Add the source to sources.csv, or correct the id.",
        _unknown_source,
    ),
    Rule(
        "links/unknown-main-fact",
        "dataset",
        "A main fact must be about an indicator defined in this package.",
        "Correct the id, or move the main fact to the package that defines the indicator.",
        _unknown_main_fact,
    ),
    Rule(
        "links/unused-source",
        "dataset",
        "Every source in sources.csv should be cited.",
        "Cite the source, or delete it from sources.csv.",
        _unused_source,
        "warning",
    ),
    Rule(
        "links/address",
        "dataset",
        "A web address or DOI must be complete.",
        "Write the full address with https://, or the DOI as 10.…/….",
        _invalid_address,
    ),
    *(
        Rule(
            f"links/repeated-{name}",
            "dataset",
            f"A {name} must not be defined twice in a package.",
            "Delete one row, or give it a different id.",
            _make_duplicate_id_rule(table),
        )
        for name, table in (
            ("indicator", "indicators"),
            ("finding", "findings"),
            ("recommendation", "recommendations"),
            ("question", "questions"),
            ("source", "sources"),
        )
    ),
    Rule(
        "links/repeated-update",
        "dataset",
        "An update to a recommendation must not be recorded twice.",
        "Delete one row, or correct its date or status.",
        _duplicate_updates,
    ),
    Rule(
        "links/defined-twice",
        "collection",
        "An id must be defined by exactly one package.",
        "Define it in one package and refer to it from the other.",
    ),
    Rule(
        "links/unknown-indicator",
        "collection",
        "Every indicator used must be defined.",
        "Add it to indicators.csv, or correct the id.",
    ),
    Rule(
        "links/unknown-finding",
        "collection",
        "Every finding referred to must exist.",
        "Correct the id, or add the finding to findings.csv.",
    ),
    Rule(
        "links/unknown-recommendation",
        "collection",
        "Every recommendation referred to must exist.",
        "Correct the id, or add the recommendation.",
    ),
)

_DEFINING_TABLES = {
    "indicator": "indicators",
    "finding": "findings",
    "recommendation": "recommendations",
    "question": "questions",
}
_LIST_REFERENCES = (
    ("indicator", "indicators", "findings as t, json_each(t.indicators) as j"),
    ("indicator", "indicators", "recommendations as t, json_each(t.indicators) as j"),
    ("finding", "findings", "recommendations as t, json_each(t.findings) as j"),
    ("indicator", "indicators", "questions as t, json_each(t.indicators) as j"),
    ("finding", "findings", "questions as t, json_each(t.findings) as j"),
    ("recommendation", "recommendations", "questions as t, json_each(t.recommendations) as j"),
)  # kind, field, and the rows t whose lists have the elements j
_SINGLE_REFERENCES = (
    ("finding", "superseded_by", "findings"),
    ("recommendation", "recommendation", "updates"),
)  # kind, field, table


def collect_identifiers(
    slug: str, query: Query, tally: ObservationSummary, list_names: Iterable[str]
) -> DatasetIdentifiers:
    """What one staged dataset defines and uses; `list_names` are its code lists."""
    links = DatasetIdentifiers(slug)
    for kind, table in _DEFINING_TABLES.items():
        for name, file, row in query(f"select id, file, row from {table} order by row"):
            links.defines.append(IdentifierUse(kind, name, file, row, "id"))
    links.defines += [
        IdentifierUse("code list", name, "datapackage.json", None, "hub.lists")
        for name in list_names
    ]
    for name, (file, row) in tally.first_rows["indicator"].items():
        links.uses.append(IdentifierUse("indicator", name, file, row, "indicator"))
    for kind, field, rows in _LIST_REFERENCES:
        for name, file, row in query(f"select j.value, t.file, t.row from {rows} order by t.row"):
            links.uses.append(IdentifierUse(kind, name, file, row, field))
    for kind, field, table in _SINGLE_REFERENCES:
        sql = f"select {field}, file, row from {table} where {field} is not null order by row"
        links.uses += [
            IdentifierUse(kind, name, file, row, field) for name, file, row in query(sql)
        ]
    return links
