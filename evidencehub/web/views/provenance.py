"""What pages of findings and recommendations share: sources, subjects, status, how to cite."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.formats import citations
from evidencehub.store.database import RowReader
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import (
    Document,
    PageRequest,
    create_invalid_option_error,
    create_not_found_error,
)

PER_PAGE = 50
MAX_DESCRIPTION_CHARS = 155  # signs of a description for search engines
MAX_PAGE_DIGITS = 6  # of the number of a page

SUBJECTS_SQL = """
select c.list, c.code, c.label, c.language
from subject as s join code as c on c.list = s.list and c.code = s.code
where s.kind = :kind and s.id = :id
order by c.list, c.sort_order, c.code
"""
SOURCES_SQL = """
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
INDICATORS_SQL = """
select i.indicator, i.title, i.definition, u.label as unit_label
from {kind}_indicator as b
join indicator as i on i.indicator = b.indicator
left join code as u on u.list = 'unit' and u.code = i.unit
where b.{kind} = :id
order by i.title, i.indicator
"""
RECOMMENDATIONS_SQL = """
select n.recommendation, r.title, n.text, n.status, c.label as status_label, n.since, n.note,
  r.issued, coalesce(r.verification, d.verification) as verification, d.language
from recommendation_latest as n
join recommendation as r on r.recommendation = n.recommendation
join dataset as d on d.dataset = r.dataset
left join code as c on c.list = 'recommendation-status' and c.code = n.status
where {which}
order by c.sort_order desc, r.issued, n.recommendation desc
"""
ADDRESSEES_SQL = """
select o.recommendation, o.organisation, coalesce(c.label, o.organisation) as label
from recommendation_organisation as o
left join code as c on c.list = 'organisation' and c.code = o.organisation
where o.organisation <> 'not-stated'
  and o.recommendation in (select value from json_each(?))
order by o.recommendation, label
"""

Rows = list[dict[str, Any]]


def parse_page_number(request: PageRequest, total: int) -> tuple[int, int]:
    """The page of a list that is asked for, and how many there are; raises RefusedError (400)."""
    pages = max(-(-total // PER_PAGE), 1)
    text = request.options.get("page", "1")
    if not (
        text.isascii()
        and text.isdecimal()
        and len(text) <= MAX_PAGE_DIGITS
        and 1 <= int(text) <= pages
    ):
        raise create_invalid_option_error("page", text)
    return int(text), pages


def select_subjects(db: RowReader, item_kind: str, identifier: str) -> dict[str, Rows]:
    """The topics and workstreams that something belongs to."""
    rows = db.fetch_dicts(SUBJECTS_SQL, {"kind": item_kind, "id": identifier})
    return {
        "topics": [row for row in rows if row["list"] == "topic"],
        "workstreams": [row for row in rows if row["list"] == "workstream"],
    }


def select_sources(db: RowReader, item_kind: str, identifier: str) -> Rows:
    """The sources of a finding or a recommendation, each with the `link` to read it at.

    That is their own address, or that of their DOI; it is empty where there is none.
    """
    rows = db.fetch_dicts(SOURCES_SQL.format(kind=item_kind), {"id": identifier})
    return [{**row, "link": choose_source_link(row["url"], row["doi"])} for row in rows]


def select_indicators(db: RowReader, item_kind: str, identifier: str) -> Rows:
    """The indicators that a finding or a recommendation names."""
    return db.fetch_dicts(INDICATORS_SQL.format(kind=item_kind), {"id": identifier})


def choose_source_link(url: str | None, doi: str | None) -> str:
    """Where to read a source: its address or its DOI; empty where it has neither."""
    if url and url.startswith(("https://", "http://")):
        return url
    return f"https://doi.org/{doi}" if doi else ""


def select_recommendations(db: RowReader, condition: str, params: Sequence[Any]) -> Rows:
    """Recommendations with their status now and whom they ask; `condition` is a condition in SQL.

    Of two statuses of one day the later of the code list stands, and each is there once.
    """
    rows = db.fetch_dicts(RECOMMENDATIONS_SQL.format(which=condition), params)
    by_recommendation = {row["recommendation"]: row for row in reversed(rows)}
    if by_recommendation:
        for row in by_recommendation.values():
            row["organisations"] = []
        for addressee in db.fetch_dicts(ADDRESSEES_SQL, (json.dumps(list(by_recommendation)),)):
            by_recommendation[addressee["recommendation"]]["organisations"].append(addressee)
    return list(by_recommendation.values())


def build_evidence_work(
    request: PageRequest, item: Mapping[str, Any], item_kind: str
) -> citations.CitedWork:
    """What is cited when a finding or a recommendation is."""
    text, date = {"finding": ("statement", "published"), "recommendation": ("text", "issued")}[
        item_kind
    ]
    return citations.CitedWork(
        identifier=item[item_kind],
        title=item["title"] or item[text],
        url=request.base_url + build_path(item_kind + "s", item[item_kind]),
        authors=_list_source_publishers(request.db, item, item_kind),
        publisher=request.site.organisation or request.site.title,
        date=item[date] or item["created"],
        version=item["version"],
        licence=item["licence"],
        work_type=item_kind,
        container_title=item["dataset_title"],
    )


def _list_source_publishers(
    db: RowReader, item: Mapping[str, Any], item_kind: str
) -> tuple[str, ...]:
    """Who found or recommended it: the publishers of its sources, else that of the dataset."""
    publishers = dict.fromkeys(
        row["publisher"] for row in select_sources(db, item_kind, item[item_kind])
    )
    return tuple(filter(None, publishers)) or tuple(filter(None, [item["publisher"]]))


def build_citation_document(
    request: PageRequest, item: Mapping[str, Any] | None, item_kind: str
) -> Document:
    """How to cite it, as a file; raises RefusedError (404) where there is nothing."""
    if item is None:
        raise create_not_found_error(f"{item_kind} of this name")
    return Document(
        *citations.render_citation_file(
            build_evidence_work(request, item, item_kind), request.path_params["ending"]
        )
    )


def build_structured_sources(sources: Iterable[Mapping[str, Any]]) -> Rows:
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


def shorten_description(text: str) -> str:
    """A text as a description for search engines: whole words, cut where it is too long."""
    return textwrap.shorten(text, MAX_DESCRIPTION_CHARS, placeholder="…")


def encode_json_list(values: Iterable[str | None]) -> str:
    """Different values as the JSON that SQL takes a list from, in order."""
    return json.dumps(sorted({value for value in values if value}))
