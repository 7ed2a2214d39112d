"""A finding: what it says, how certain it is, the figures behind it, and what came of it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.serve.database import Reader
from evidencehub.serve.pages import behind, cite, evidence, support
from evidencehub.serve.pages.evidence import PER_PAGE, Rows
from evidencehub.serve.pages.page import Context, Document, Visit, chosen, missing, path

FINDING = """
select
  f.*, d.title as dataset_title, d.version, d.created, d.licence, d.publisher, d.language,
  d.synthetic, coalesce(f.verification, d.verification) as verified, a.label as area_label,
  t.label as type_label, t.definition as type_definition,
  w.label as direction_label, w.definition as direction_definition,
  c.label as certainty_label, c.definition as certainty_definition,
  v.label as verified_label, v.definition as verified_definition,
  coalesce(n.title, n.statement) as newer_title
from finding as f
join dataset as d on d.dataset = f.dataset
left join area as a on a.area = f.area
left join code as t on t.list = 'finding-type' and t.code = f.type
left join code as w on w.list = 'direction' and w.code = f.direction
left join code as c on c.list = 'certainty' and c.code = f.certainty
left join code as v on v.list = 'verification'
  and v.code = coalesce(f.verification, d.verification)
left join finding as n on n.finding = f.superseded_by
where f.finding = :id
"""
GROUPS = """
select
  g.role, g.scheme, g.ethnicity, c.label, c.language, coalesce(c.level, '') as level,
  l.title as scheme_title
from finding_group as g
join code as c on c.list = g.scheme and c.code = g.ethnicity
join code_list as l on l.list = g.scheme
where g.finding = :id
order by g.role, g.scheme, c.sort_order, g.ethnicity
"""
CLAIMS = """
select
  q.*, i.title as indicator_title, u.label as unit_label, a.label as area_label,
  m.label as measure_label, e.label, e.language, r.label as reference_label
from claim as q
join indicator as i on i.indicator = q.indicator
join area as a on a.area = q.area
join code as e on e.list = q.scheme and e.code = q.ethnicity
left join code as r on r.list = q.scheme and r.code = q.reference
left join code as u on u.list = 'unit' and u.code = i.unit
left join code as m on m.list = 'claim-measure' and m.code = q.measure
where q.finding = :id
order by q.claim
"""
LINKED = "n.recommendation in (select recommendation from recommendation_finding where finding = ?)"
SAME_SOURCE = """d.synthetic = 0 and n.recommendation in (
  select b.recommendation from finding_source as s
  join recommendation_source as b on b.dataset = s.dataset and b.source = s.source
  where s.finding = ?
)"""
SINCE = """
select u.recommendation, u.updated, c.label as status_label, u.note,
  r.title, coalesce(r.title, r.text) as name
from recommendation_finding as b
join recommendation_update as u on u.recommendation = b.recommendation
join recommendation as r on r.recommendation = u.recommendation
left join code as c on c.list = 'recommendation-status' and c.code = u.status
where b.finding = ?
order by u.updated, u.recommendation
"""
REPLACED = """
select finding, coalesce(title, statement) as title from finding
where superseded_by = ? order by finding
"""
CHOICES = """
select list, code, label from code
where list in ('topic', 'workstream', 'finding-type', 'certainty')
order by list, sort_order, code
"""
SELECTION = """
from finding as f
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where (:type = '' or f.type = :type) and (:certainty = '' or f.certainty = :certainty)
  and (:topic = '' or exists (
    select 1 from subject as s
    where s.kind = 'finding' and s.id = f.finding and s.code = :topic
  ))
"""
COUNT = f"select count(*) {SELECTION}"
LISTED = f"""
select
  f.finding, f.title, f.statement, f.superseded_by, d.language, f.certainty,
  coalesce(f.verification, d.verification) as verification, f.period_start, f.period_end,
  (select label from code where list = 'finding-type' and code = f.type) as type_label,
  (select label from code where list = 'certainty' and code = f.certainty) as certainty_label,
  (select label from area where area = f.area) as area_label,
  (
    select c.code from subject as s join code as c on c.list = s.list and c.code = s.code
    where s.kind = 'finding' and s.id = f.finding and s.list = 'topic'
      and (:single = '' or s.code = :single)
    order by c.sort_order, c.code limit 1
  ) as topic,
  (
    select min(c.sort_order) from subject as s
    join code as c on c.list = s.list and c.code = s.code
    where s.kind = 'finding' and s.id = f.finding and s.list = 'topic'
      and (:single = '' or s.code = :single)
  ) as topic_order
{SELECTION}
order by
  topic_order is null, topic_order, topic, f.superseded_by is not null, f.type <> 'finding',
  f.type, coalesce(f.verification, d.verification, '') like 'C3%', f.published desc, f.finding
limit :rows offset :from
"""


def context(visit: Visit) -> Context:
    """One finding; raises RefusedError (404) for one that is not there."""
    bound = {"id": visit.place["id"]}
    found = visit.ask.one(FINDING, bound)
    if found is None:
        raise missing("finding of this name")
    claims = visit.ask.named(CLAIMS, bound)
    figures = visit.ask.named(behind.FIGURES, bound)
    groups = visit.ask.named(GROUPS, bound)
    indicators = evidence.indicators(visit.ask, "finding", found["finding"])
    for one in indicators:
        own = [claim for claim in claims if claim["indicator"] == one["indicator"]]
        rows = [row for row in figures if row["indicator"] == one["indicator"]]
        one["tables"] = behind.newest(rows, own)
        one["absent"] = behind.absent(groups, rows)
    sources = evidence.sources(visit.ask, "finding", found["finding"])
    about = evidence.subjects(visit.ask, "finding", found["finding"])
    title = found["title"] or found["statement"]
    return {
        "title": textwrap.shorten(title, 100, placeholder="…"),
        "description": evidence.brief(found["statement"]),
        "kind": "article",
        "finding": found,
        "groups": groups,
        "indicators": indicators,
        "claims": [told(claim) for claim in claims],
        "sources": sources,
        **_asked(visit.ask, found["finding"]),
        **about,
        "support": support.lines(visit.site, [row["code"] for row in about["topics"]]),
        "replaces": visit.ask.named(REPLACED, (found["finding"],)),
        "citation": cite.forms(evidence.work(visit, found, "finding"))["text"],
        "structured": _structured(visit, found, sources),
    }


def citation(visit: Visit) -> Document:
    """How to cite a finding, as a file."""
    return evidence.citation(visit, visit.ask.one(FINDING, visit.place), "finding")


def listing(visit: Visit) -> Context:
    """The findings by their first topic, narrowed down by options, a page at a time."""
    listed = visit.ask.named(CHOICES)
    codes = {
        name: [(row["code"], row["label"]) for row in listed if row["list"] in lists]
        for name, lists in {
            "topic": ("topic", "workstream"),
            "type": ("finding-type",),
            "certainty": ("certainty",),
        }.items()
    }
    asked = {name: chosen(visit, name, [c for c, _ in pairs], "") for name, pairs in codes.items()}
    ((total,),) = visit.ask(COUNT, asked)
    number, pages = evidence.page_number(visit, total)
    topics = [(row["code"], row["label"]) for row in listed if row["list"] == "topic"]
    single = asked["topic"] if asked["topic"] in dict(topics) else ""
    bound = {**asked, "single": single, "rows": PER_PAGE, "from": (number - 1) * PER_PAGE}
    labels = dict(codes["topic"])
    sections: dict[str, Rows] = {}
    for row in visit.ask.named(LISTED, bound):
        sections.setdefault(row["topic"] or "", []).append(row)
    return {
        "title": "",
        "codes": codes,
        "streams": [(row["code"], row["label"]) for row in listed if row["list"] == "workstream"],
        "topics": topics,
        "asked": asked,
        "total": total,
        "first": (number - 1) * PER_PAGE + 1,
        "number": number,
        "pages": pages,
        "sections": [(code, labels.get(code, ""), rows) for code, rows in sections.items()],
    }


def told(claim: Mapping[str, Any]) -> dict[str, Any]:
    """A claim with the recomputed number at one decimal more than it is stated with."""
    more = (claim["decimals"] or 0) + 1
    numbers = {
        name: None if claim[name] is None else round(claim[name], more)
        for name in ("recomputed", "lowest", "highest")
    }
    rounded = claim["measure"] != "value" and numbers["lowest"] != numbers["highest"]
    return {**claim, **numbers, "rounded": rounded}


def _asked(ask: Reader, finding: str) -> dict[str, Any]:
    """What was recommended because of it and since; else what its sources recommend."""
    rows = evidence.recommendations(ask, LINKED, (finding,))
    if rows:
        return {"asked": rows, "since": ask.named(SINCE, (finding,)), "near": []}
    return {
        "asked": [],
        "since": [],
        "near": evidence.recommendations(ask, SAME_SOURCE, (finding,)),
    }


def _structured(
    visit: Visit, found: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    facts = {
        "@context": "https://schema.org",
        "@type": "Claim",
        "name": found["title"],
        "text": found["statement"],
        "url": visit.home + path("findings", found["finding"]),
        "inLanguage": found["language"],
        "datePublished": found["published"],
        "spatialCoverage": found["area_label"],
        "temporalCoverage": "/".join(filter(None, (found["period_start"], found["period_end"]))),
        "appearance": evidence.cited(sources),
        "isPartOf": {
            "@type": "Dataset",
            "name": found["dataset_title"],
            "url": visit.home + path("datasets", found["dataset"]),
        },
    }
    return {key: value for key, value in facts.items() if value}
