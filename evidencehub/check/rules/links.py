"""Rules on links: what a row points at is there, inside the package and across packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evidencehub.check.across import Links
from evidencehub.check.rules.rule import Dataset, Finding, Query, Rule
from evidencehub.check.tally import Tally

_SOURCES = (
    "select file, row, source from updates where source is not null order by row",
    "select t.file, t.row, j.value from findings as t, json_each(t.sources) as j order by t.row",
    "select t.file, t.row, j.value from recommendations as t, json_each(t.sources) as j",
)


def _unknown_source(dataset: Dataset) -> Iterator[Finding]:
    known = {name for (name,) in dataset.query("select id from sources")}
    for name, (file, row) in dataset.tally.places["source"].items():
        if name not in known:
            yield file, row, "source", f"“{name}” is not in sources.csv."
    for sql in _SOURCES:
        for file, row, name in dataset.query(sql):
            if name not in known:
                yield file, row, "sources", f"“{name}” is not in sources.csv."


def _unused_source(dataset: Dataset) -> Iterator[Finding]:
    used = set(dataset.tally.places["source"])
    used |= {name for sql in _SOURCES for _, _, name in dataset.query(sql)}
    for file, row, name in dataset.query("select file, row, id from sources order by row"):
        if name not in used:
            yield file, row, "id", f"Nothing refers to “{name}”."


def _address(dataset: Dataset) -> Iterator[Finding]:
    rows = dataset.query(
        "select file, row, url, doi from sources where (url is not null and url not like "
        "'https://%' and url not like 'http://%') or (doi is not null and doi not like '10.%/%') "
        "order by row limit 20"
    )
    for file, row, url, doi in rows:
        yield file, row, "url", f"“{url or doi}” is not a full address (or a bare DOI)."


def _repeated(table: str) -> Callable[[Dataset], Iterator[Finding]]:
    def look(dataset: Dataset) -> Iterator[Finding]:
        rows = dataset.query(
            f"select file, max(row), id, min(row) from {table} group by id having count(*) > 1 "
            "order by max(row) limit 20"
        )
        for file, row, name, first in rows:
            yield file, row, "id", f"“{name}” is defined in row {first} already."

    return look


RULES = (
    Rule(
        "links/unknown-source",
        "dataset",
        "Every source that is referred to is in sources.csv.",
        "Add a row for it to sources.csv, or correct the id.",
        _unknown_source,
    ),
    Rule(
        "links/unused-source",
        "dataset",
        "Every source is referred to.",
        "Refer to it, or take it out of sources.csv.",
        _unused_source,
        "warning",
    ),
    Rule(
        "links/address",
        "dataset",
        "An address can be followed.",
        "Write the whole address with https://, and the DOI as 10.…/….",
        _address,
    ),
    *(
        Rule(
            f"links/repeated-{name}",
            "dataset",
            f"No {name} is defined twice in a package.",
            "Delete one, or give it an id of its own.",
            _repeated(table),
        )
        for name, table in (
            ("indicator", "indicators"),
            ("finding", "findings"),
            ("recommendation", "recommendations"),
            ("source", "sources"),
        )
    ),
    Rule(
        "links/defined-twice",
        "collection",
        "An id is defined by exactly one package.",
        "Keep it in one package, and refer to it from the other.",
    ),
    Rule(
        "links/unknown-indicator",
        "collection",
        "Every indicator that is used is defined.",
        "Add it to indicators.csv, or correct the id.",
    ),
    Rule(
        "links/unknown-finding",
        "collection",
        "Every finding that is referred to is there.",
        "Correct the id, or add the finding.",
    ),
    Rule(
        "links/unknown-recommendation",
        "collection",
        "Every recommendation that is referred to is there.",
        "Correct the id, or add the recommendation.",
    ),
)

_DEFINED = {"indicator": "indicators", "finding": "findings", "recommendation": "recommendations"}
_USED = (
    ("indicator", "select t.file, t.row, j.value from findings as t, json_each(t.indicators) as j"),
    (
        "indicator",
        "select t.file, t.row, j.value from recommendations as t, json_each(t.indicators) as j",
    ),
    (
        "finding",
        "select t.file, t.row, j.value from recommendations as t, json_each(t.findings) as j",
    ),
    ("finding", "select file, row, superseded_by from findings where superseded_by is not null"),
    (
        "recommendation",
        "select file, row, recommendation from updates where recommendation is not null",
    ),
)


def of_dataset(slug: str, query: Query, tally: Tally) -> Links:
    """What one staged dataset defines and uses."""
    defines = {
        kind: [name for (name,) in query(f"select id from {table} order by row")]
        for kind, table in _DEFINED.items()
    }
    uses = [("indicator", name, *place) for name, place in tally.places["indicator"].items()]
    uses += [(kind, name, file, row) for kind, sql in _USED for file, row, name in query(sql)]
    return Links(slug, defines, uses)
