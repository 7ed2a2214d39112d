"""A recommendation: what was asked, of whom, and what has become of it since."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.formats import citations
from evidencehub.store.database import RowReader
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import (
    Context,
    Document,
    PageRequest,
    create_not_found_error,
    read_option,
)
from evidencehub.web.views import helplines, provenance
from evidencehub.web.views.provenance import PER_PAGE, Rows

ADDRESSEE_NOT_STATED = "not-stated"  # the code of an addressee whom the source does not name
CLOSED_STATUSES = {"implemented", "rejected", "superseded"}

RECOMMENDATION_SQL = """
select
  r.*, d.title as dataset_title, d.version, d.created, d.licence, d.publisher, d.language,
  d.synthetic, coalesce(r.verification, d.verification) as verified, a.label as area_label,
  s.label as strength_label, s.definition as strength_definition,
  c.label as issued_status_label,
  v.label as verified_label, v.definition as verified_definition
from recommendation as r
join dataset as d on d.dataset = r.dataset
left join area as a on a.area = r.area
left join code as s on s.list = 'recommendation-strength' and s.code = r.strength
left join code as c on c.list = 'recommendation-status' and c.code = r.status
left join code as v on v.list = 'verification'
  and v.code = coalesce(r.verification, d.verification)
where r.recommendation = :id
"""
UPDATES_SQL = """
select
  u.updated, u.status, c.label as status_label, u.note, s.title as source_title,
  s.publisher, s.url, s.doi, coalesce(u.verification, s.verification) as verification,
  v.label as verification_label
from recommendation_update as u
left join source as s on s.dataset = u.dataset and s.source = u.source
left join code as c on c.list = 'recommendation-status' and c.code = u.status
left join code as v on v.list = 'verification'
  and v.code = coalesce(u.verification, s.verification)
where u.recommendation = :id
order by u.updated, c.sort_order, u.status
"""
FINDINGS_SQL = """
select f.finding, f.title, f.statement, coalesce(f.verification, d.verification) as verification
from finding as f join dataset as d on d.dataset = f.dataset
where f.finding in ({which})
order by f.finding
"""
LINKED_FINDINGS_SQL = "select finding from recommendation_finding where recommendation = ?"
SAME_SOURCE_FINDINGS_SQL = """
select b.finding from recommendation_source as s
join finding_source as b on b.dataset = s.dataset and b.source = s.source
where s.recommendation = ?
"""
STATUSES_SQL = """
select code, label, definition from code where list = 'recommendation-status'
order by sort_order, code
"""
SUBJECT_CHOICES_SQL = """
select list, code, label from code where list in ('topic', 'workstream')
order by list, sort_order, code
"""
ADDRESSEES_SQL = """
select distinct o.organisation, coalesce(c.label, o.organisation)
from recommendation_organisation as o
left join code as c on c.list = 'organisation' and c.code = o.organisation
join recommendation as r on r.recommendation = o.recommendation
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
where o.organisation <> 'not-stated'
order by 2, 1
"""
LIST_CONDITION = """d.synthetic = 0
  and (?1 = '' or exists (
    select 1 from subject as s
    where s.kind = 'recommendation' and s.id = n.recommendation and s.code = ?1
  ))
  and (?2 = '' or exists (
    select 1 from recommendation_organisation as o
    where o.recommendation = n.recommendation and o.organisation = ?2
  ) or ?2 = 'not-stated' and not exists (
    select 1 from recommendation_organisation as o
    where o.recommendation = n.recommendation and o.organisation <> 'not-stated'
  ))"""


def build_context(request: PageRequest) -> Context:
    """One recommendation; raises RefusedError (404) for one that is not there."""
    recommendation = request.db.fetch_first(RECOMMENDATION_SQL, request.path_params)
    if recommendation is None:
        raise create_not_found_error("recommendation of this name")
    name = recommendation["recommendation"]
    (current,) = provenance.select_recommendations(request.db, "n.recommendation = ?", (name,))
    updates = request.db.fetch_dicts(UPDATES_SQL, request.path_params)
    sources = provenance.select_sources(request.db, "recommendation", name)
    subjects = provenance.select_subjects(request.db, "recommendation", name)
    linked_findings = request.db.fetch_dicts(
        FINDINGS_SQL.format(which=LINKED_FINDINGS_SQL), (name,)
    )
    same_source_findings = (
        []
        if linked_findings
        else request.db.fetch_dicts(FINDINGS_SQL.format(which=SAME_SOURCE_FINDINGS_SQL), (name,))
    )
    return {
        "title": textwrap.shorten(
            recommendation["title"] or recommendation["text"], 100, placeholder="…"
        ),
        "description": provenance.shorten_description(recommendation["text"]),
        "kind": "article",
        "recommendation": recommendation,
        "now": {**current, "definition": _find_status_definition(request.db, current["status"])},
        "story": build_timeline(recommendation, updates, current["status"]),
        "findings_behind": linked_findings,
        "findings_near": same_source_findings,
        "indicators": provenance.select_indicators(request.db, "recommendation", name),
        "sources": sources,
        **subjects,
        "support": helplines.select_helplines(
            request.site, [row["code"] for row in subjects["topics"]]
        ),
        "citation": citations.render_citations(
            provenance.build_evidence_work(request, recommendation, "recommendation")
        )["text"],
        "structured": _build_structured_data(request, recommendation, sources),
    }


def build_citation_document(request: PageRequest) -> Document:
    """How to cite a recommendation, as a file."""
    recommendation = request.db.fetch_first(RECOMMENDATION_SQL, {"id": request.path_params["id"]})
    return provenance.build_citation_document(request, recommendation, "recommendation")


def build_list_context(request: PageRequest) -> Context:
    """The recommendations by their status now, narrowed down by options, a page at a time."""
    codes = request.db.fetch_dicts(SUBJECT_CHOICES_SQL)
    statuses = request.db.fetch_dicts(STATUSES_SQL)
    organisations = request.db(ADDRESSEES_SQL)
    topic = read_option(request, "topic", [row["code"] for row in codes], "")
    organisation_codes = [code for code, _ in organisations]
    organisation = read_option(
        request, "organisation", [*organisation_codes, ADDRESSEE_NOT_STATED], ""
    )
    status = read_option(request, "status", [row["code"] for row in statuses], "")
    rows = provenance.select_recommendations(request.db, LIST_CONDITION, (topic, organisation))
    for status_row in statuses:
        status_row["count"] = sum(row["status"] == status_row["code"] for row in rows)
    matching_rows = [row for row in rows if status in ("", row["status"])]
    page_number, page_count = provenance.parse_page_number(request, len(matching_rows))
    offset = (page_number - 1) * PER_PAGE
    return {
        "title": "",
        "statuses": statuses,
        "status": status,
        "topic": topic,
        "organisation": organisation,
        "organisations": organisations,
        "streams": [(row["code"], row["label"]) for row in codes if row["list"] == "workstream"],
        "topics": [(row["code"], row["label"]) for row in codes if row["list"] == "topic"],
        "all": len(rows),
        "total": len(matching_rows),
        "nameless": sum(not row["organisations"] for row in rows),
        "number": page_number,
        "pages": page_count,
        "sections": group_by_status(matching_rows[offset : offset + PER_PAGE], statuses),
    }


def group_by_status(
    rows: Sequence[Mapping[str, Any]], statuses: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """The rows of each status that has any, in the order of the code list."""
    sections = [
        (status_row, [row for row in rows if row["status"] == status_row["code"]])
        for status_row in statuses
    ]
    return [(status_row, status_rows) for status_row, status_rows in sections if status_rows]


def build_timeline(
    recommendation: Mapping[str, Any], updates: Sequence[Mapping[str, Any]], status: str
) -> Rows:
    """What happened, in order of the days: made, what was heard since, due, and how it stands.

    Whether it is late is told by the day of the release, since no page knows what came after.
    """
    entries: Rows = [
        {
            **row,
            "kind": "update",
            "day": row["updated"],
            "link": provenance.choose_source_link(row["url"], row["doi"]),
        }
        for row in updates
    ]
    release_day = recommendation["created"][:10]
    entries.append({"kind": "now", "day": release_day})
    if due := recommendation["due"]:
        is_overdue = due < release_day and status not in CLOSED_STATUSES
        entries.append({"kind": "due", "day": due, "late": is_overdue})
    entries.sort(key=lambda entry: (entry["day"], entry["kind"] == "now"))
    return [{"kind": "issued", "day": recommendation["issued"]}, *entries]


def _find_status_definition(db: RowReader, status: str) -> str:
    return next(
        (row["definition"] for row in db.fetch_dicts(STATUSES_SQL) if row["code"] == status), ""
    )


def _build_structured_data(
    request: PageRequest, recommendation: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    facts = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "genre": "Recommendation",
        "name": recommendation["title"],
        "text": recommendation["text"],
        "url": request.base_url + build_path("recommendations", recommendation["recommendation"]),
        "inLanguage": recommendation["language"],
        "datePublished": recommendation["issued"],
        "spatialCoverage": recommendation["area_label"],
        "isBasedOn": provenance.build_structured_sources(sources),
        "isPartOf": {
            "@type": "Dataset",
            "name": recommendation["dataset_title"],
            "url": request.base_url + build_path("datasets", recommendation["dataset"]),
        },
    }
    return {key: value for key, value in facts.items() if value}
