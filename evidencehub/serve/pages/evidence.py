"""What pages of findings and recommendations share: sources, subjects, status, how to cite."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.serve.database import Reader
from evidencehub.serve.pages import cite
from evidencehub.serve.pages.page import Document, Visit, missing, no_choice, path

PER_PAGE = 50
BRIEF = 155  # signs of a description for search engines
DIGITS = 6  # of the number of a page

SUBJECTS = """
select c.list, c.code, c.label, c.language
from subject as s join code as c on c.list = s.list and c.code = s.code
where s.kind = :kind and s.id = :id
order by c.list, c.sort_order, c.code
"""
SOURCES = """
select
  s.source, s.title, s.publisher, s.url, s.doi, s.published, s.accessed, s.licence,
  s.verification, v.label as verification_label, v.definition as verification_definition,
  t.label as type_label
from {kind}_source as b
join source as s on s.dataset = b.dataset and s.source = b.source
left join code as v on v.list = 'verification' and v.code = s.verification
left join code as t on t.list = 'source-type' and t.code = s.type
where b.{kind} = :id
order by b.rowid
"""
INDICATORS = """
select i.indicator, i.title, i.definition, u.label as unit_label
from {kind}_indicator as b
join indicator as i on i.indicator = b.indicator
left join code as u on u.list = 'unit' and u.code = i.unit
where b.{kind} = :id
order by i.title, i.indicator
"""
ASKED = """
select n.recommendation, r.title, n.text, n.status, c.label as status_label, n.since, n.note,
  r.issued, coalesce(r.verification, d.verification) as verification, d.language
from recommendation_latest as n
join recommendation as r on r.recommendation = n.recommendation
join dataset as d on d.dataset = r.dataset
left join code as c on c.list = 'recommendation-status' and c.code = n.status
where {which}
order by c.sort_order desc, r.issued, n.recommendation desc
"""
ADDRESSEES = """
select o.recommendation, o.organisation, coalesce(c.label, o.organisation) as label
from recommendation_organisation as o
left join code as c on c.list = 'organisation' and c.code = o.organisation
where o.organisation <> 'not-stated'
  and o.recommendation in (select value from json_each(?))
order by o.recommendation, label
"""

Rows = list[dict[str, Any]]


def page_number(visit: Visit, total: int) -> tuple[int, int]:
    """The page of a list that is asked for, and how many there are; raises RefusedError (400)."""
    pages = max(-(-total // PER_PAGE), 1)
    text = visit.given.get("page", "1")
    if not (
        text.isascii() and text.isdecimal() and len(text) <= DIGITS and 1 <= int(text) <= pages
    ):
        raise no_choice("page", text)
    return int(text), pages


def subjects(ask: Reader, kind: str, identifier: str) -> dict[str, Rows]:
    """The topics and workstreams that something belongs to."""
    rows = ask.named(SUBJECTS, {"kind": kind, "id": identifier})
    return {
        "topics": [row for row in rows if row["list"] == "topic"],
        "workstreams": [row for row in rows if row["list"] == "workstream"],
    }


def sources(ask: Reader, kind: str, identifier: str) -> Rows:
    """The sources of a finding or a recommendation, each with the `link` to read it at.

    That is their own address, or that of their DOI; it is empty where there is none.
    """
    rows = ask.named(SOURCES.format(kind=kind), {"id": identifier})
    return [{**row, "link": link(row["url"], row["doi"])} for row in rows]


def indicators(ask: Reader, kind: str, identifier: str) -> Rows:
    """The indicators that a finding or a recommendation names."""
    return ask.named(INDICATORS.format(kind=kind), {"id": identifier})


def link(url: str | None, doi: str | None) -> str:
    """Where to read a source: its address or its DOI; empty where it has neither."""
    if url and url.startswith(("https://", "http://")):
        return url
    return f"https://doi.org/{doi}" if doi else ""


def recommendations(ask: Reader, which: str, bound: Sequence[Any]) -> Rows:
    """Recommendations with their status now and whom they ask; `which` is a condition in SQL.

    Of two statuses of one day the later of the code list stands, and each is there once.
    """
    rows = ask.named(ASKED.format(which=which), bound)
    told_once = {row["recommendation"]: row for row in reversed(rows)}
    if told_once:
        for row in told_once.values():
            row["organisations"] = []
        for one in ask.named(ADDRESSEES, (json.dumps(list(told_once)),)):
            told_once[one["recommendation"]]["organisations"].append(one)
    return list(told_once.values())


def work(visit: Visit, found: Mapping[str, Any], kind: str) -> cite.Work:
    """What is cited when a finding or a recommendation is."""
    text, date = {"finding": ("statement", "published"), "recommendation": ("text", "issued")}[kind]
    return cite.Work(
        identifier=found[kind],
        title=found["title"] or found[text],
        url=visit.home + path(kind + "s", found[kind]),
        authors=_authors(visit.ask, found, kind),
        publisher=visit.site.organisation or visit.site.title,
        date=found[date] or found["created"],
        version=found["version"],
        licence=found["licence"],
        kind=kind,
        part_of=found["dataset_title"],
    )


def _authors(ask: Reader, found: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """Who found or recommended it: the publishers of its sources, else that of the dataset."""
    named = dict.fromkeys(row["publisher"] for row in sources(ask, kind, found[kind]))
    return tuple(filter(None, named)) or tuple(filter(None, [found["publisher"]]))


def citation(visit: Visit, found: Mapping[str, Any] | None, kind: str) -> Document:
    """How to cite it, as a file; raises RefusedError (404) where there is nothing."""
    if found is None:
        raise missing(f"{kind} of this name")
    return cite.document(work(visit, found, kind), visit.place["ending"])


def cited(sources: Iterable[Mapping[str, Any]]) -> Rows:
    """Sources in schema.org's words."""
    return [
        {
            key: value
            for key, value in {
                "@type": "CreativeWork",
                "name": row["title"],
                "publisher": row["publisher"],
                "datePublished": row["published"],
                "url": row["link"],
            }.items()
            if value
        }
        for row in sources
    ]


def brief(text: str) -> str:
    """A text as a description for search engines: whole words, cut where it is too long."""
    return textwrap.shorten(text, BRIEF, placeholder="…")


def listed(values: Iterable[str | None]) -> str:
    """Different values as the JSON that SQL takes a list from, in order."""
    return json.dumps(sorted({value for value in values if value}))
