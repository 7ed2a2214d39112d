"""A recommendation: what was asked, of whom, and what has become of it since."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.serve.database import Reader
from evidencehub.serve.pages import cite, evidence, support
from evidencehub.serve.pages.evidence import PER_PAGE, Rows
from evidencehub.serve.pages.page import Context, Document, Visit, chosen, missing, path

NOBODY = "not-stated"  # the code of an addressee whom the source does not name
SETTLED = {"implemented", "rejected", "superseded"}

RECOMMENDATION = """
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
UPDATES = """
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
FINDINGS = """
select f.finding, f.title, f.statement, coalesce(f.verification, d.verification) as verification
from finding as f join dataset as d on d.dataset = f.dataset
where f.finding in ({which})
order by f.finding
"""
LINKED = "select finding from recommendation_finding where recommendation = ?"
SAME_SOURCE = """
select b.finding from recommendation_source as s
join finding_source as b on b.dataset = s.dataset and b.source = s.source
where s.recommendation = ?
"""
STATUSES = """
select code, label, definition from code where list = 'recommendation-status'
order by sort_order, code
"""
CHOICES = """
select list, code, label from code where list in ('topic', 'workstream')
order by list, sort_order, code
"""
ORGANISATIONS = """
select distinct o.organisation, coalesce(c.label, o.organisation)
from recommendation_organisation as o
left join code as c on c.list = 'organisation' and c.code = o.organisation
join recommendation as r on r.recommendation = o.recommendation
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
where o.organisation <> 'not-stated'
order by 2, 1
"""
ABOUT = """d.synthetic = 0
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


def context(visit: Visit) -> Context:
    """One recommendation; raises RefusedError (404) for one that is not there."""
    found = visit.ask.one(RECOMMENDATION, visit.place)
    if found is None:
        raise missing("recommendation of this name")
    name = found["recommendation"]
    (now,) = evidence.recommendations(visit.ask, "n.recommendation = ?", (name,))
    updates = visit.ask.named(UPDATES, visit.place)
    sources = evidence.sources(visit.ask, "recommendation", name)
    about = evidence.subjects(visit.ask, "recommendation", name)
    behind = visit.ask.named(FINDINGS.format(which=LINKED), (name,))
    near = [] if behind else visit.ask.named(FINDINGS.format(which=SAME_SOURCE), (name,))
    return {
        "title": textwrap.shorten(found["title"] or found["text"], 100, placeholder="…"),
        "description": evidence.brief(found["text"]),
        "kind": "article",
        "recommendation": found,
        "now": {**now, "definition": _definition(visit.ask, now["status"])},
        "story": story(found, updates, now["status"]),
        "findings_behind": behind,
        "findings_near": near,
        "indicators": evidence.indicators(visit.ask, "recommendation", name),
        "sources": sources,
        **about,
        "support": support.lines(visit.site, [row["code"] for row in about["topics"]]),
        "citation": cite.forms(evidence.work(visit, found, "recommendation"))["text"],
        "structured": _structured(visit, found, sources),
    }


def citation(visit: Visit) -> Document:
    """How to cite a recommendation, as a file."""
    found = visit.ask.one(RECOMMENDATION, {"id": visit.place["id"]})
    return evidence.citation(visit, found, "recommendation")


def listing(visit: Visit) -> Context:
    """The recommendations by their status now, narrowed down by options, a page at a time."""
    codes = visit.ask.named(CHOICES)
    statuses = visit.ask.named(STATUSES)
    organisations = visit.ask(ORGANISATIONS)
    topic = chosen(visit, "topic", [row["code"] for row in codes], "")
    named = [code for code, _ in organisations]
    asked = chosen(visit, "organisation", [*named, NOBODY], "")
    status = chosen(visit, "status", [row["code"] for row in statuses], "")
    rows = evidence.recommendations(visit.ask, ABOUT, (topic, asked))
    for one in statuses:
        one["count"] = sum(row["status"] == one["code"] for row in rows)
    shown = [row for row in rows if status in ("", row["status"])]
    number, pages = evidence.page_number(visit, len(shown))
    start = (number - 1) * PER_PAGE
    return {
        "title": "",
        "statuses": statuses,
        "status": status,
        "topic": topic,
        "organisation": asked,
        "organisations": organisations,
        "streams": [(row["code"], row["label"]) for row in codes if row["list"] == "workstream"],
        "topics": [(row["code"], row["label"]) for row in codes if row["list"] == "topic"],
        "all": len(rows),
        "total": len(shown),
        "nameless": sum(not row["organisations"] for row in rows),
        "number": number,
        "pages": pages,
        "sections": by_status(shown[start : start + PER_PAGE], statuses),
    }


def by_status(
    rows: Sequence[Mapping[str, Any]], statuses: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """The rows of each status that has any, in the order of the code list."""
    sections = [(one, [row for row in rows if row["status"] == one["code"]]) for one in statuses]
    return [(one, own) for one, own in sections if own]


def story(found: Mapping[str, Any], updates: Sequence[Mapping[str, Any]], status: str) -> Rows:
    """What happened, in order of the days: made, what was heard since, due, and how it stands.

    Whether it is late is told by the day of the release, since no page knows what came after.
    """
    entries: Rows = [
        {
            **row,
            "kind": "update",
            "day": row["updated"],
            "link": evidence.link(row["url"], row["doi"]),
        }
        for row in updates
    ]
    today = found["created"][:10]
    entries.append({"kind": "now", "day": today})
    if due := found["due"]:
        late = due < today and status not in SETTLED
        entries.append({"kind": "due", "day": due, "late": late})
    entries.sort(key=lambda entry: (entry["day"], entry["kind"] == "now"))
    return [{"kind": "issued", "day": found["issued"]}, *entries]


def _definition(ask: Reader, status: str) -> str:
    return next((row["definition"] for row in ask.named(STATUSES) if row["code"] == status), "")


def _structured(
    visit: Visit, found: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    facts = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "genre": "Recommendation",
        "name": found["title"],
        "text": found["text"],
        "url": visit.home + path("recommendations", found["recommendation"]),
        "inLanguage": found["language"],
        "datePublished": found["issued"],
        "spatialCoverage": found["area_label"],
        "isBasedOn": evidence.cited(sources),
        "isPartOf": {
            "@type": "Dataset",
            "name": found["dataset_title"],
            "url": visit.home + path("datasets", found["dataset"]),
        },
    }
    return {key: value for key, value in facts.items() if value}
