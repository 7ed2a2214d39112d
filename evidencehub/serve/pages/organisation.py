"""An organisation: what it was asked to do, what it answered, and the evidence it published."""

from __future__ import annotations

from evidencehub.serve.pages import evidence
from evidencehub.serve.pages.page import Context, Visit, missing
from evidencehub.serve.pages.recommendation import NOBODY

LISTED = 50  # findings and sources of one organisation, at most

ASKED = """
select c.code, c.label, c.language, c.definition, count(*) as asked
from recommendation_organisation as o
join recommendation as r on r.recommendation = o.recommendation
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
join code as c on c.list = 'organisation' and c.code = o.organisation
where c.code <> 'not-stated'
group by c.code
order by c.label collate nocase, c.code
"""
NAMED = """
select c.code, c.label, c.language, c.definition, (
  select count(*) from source as s
  join dataset as d on d.dataset = s.dataset and d.synthetic = 0
  where instr(s.publisher, c.label) > 0
) as sources
from code as c
where c.list = 'organisation' and c.code <> 'not-stated'
order by c.label collate nocase, c.code
"""
NAMELESS = """
select count(*) from recommendation as r
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
where not exists (
  select 1 from recommendation_organisation as o
  where o.recommendation = r.recommendation and o.organisation <> 'not-stated'
)
"""
ORGANISATION = """
select code, label, language, definition from code
where list = 'organisation' and code = :code
"""
TO = """d.synthetic = 0 and n.recommendation in (
  select recommendation from recommendation_organisation where organisation = ?
)"""
ANSWERS = """
select u.recommendation, u.updated, c.label as status_label, u.note,
  s.title as source_title, s.url, s.doi, coalesce(u.verification, s.verification) as verification
from recommendation_organisation as o
join recommendation_update as u on u.recommendation = o.recommendation
left join source as s on s.dataset = u.dataset and s.source = u.source
left join code as c on c.list = 'recommendation-status' and c.code = u.status
where o.organisation = :code
order by u.updated, u.recommendation, c.sort_order
"""
BEHIND = """
select distinct f.finding, f.title, f.statement,
  coalesce(f.verification, d.verification) as verification
from recommendation_organisation as o
join recommendation_finding as b on b.recommendation = o.recommendation
join finding as f on f.finding = b.finding
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where o.organisation = :code
order by f.finding
"""
SOURCES = f"""
select s.title, s.publisher, s.published, s.url, s.doi, s.verification,
  (
    select count(*) from finding_source as b where b.dataset = s.dataset and b.source = s.source
  ) as findings, s.dataset, d.title as dataset_title
from source as s join dataset as d on d.dataset = s.dataset and d.synthetic = 0
where instr(s.publisher, :label) > 0
order by s.published desc, s.title, s.dataset
limit {LISTED}
"""


def listing(visit: Visit) -> Context:
    """The organisations that were asked, then those whose evidence is here, then all others."""
    asked = visit.ask.named(ASKED)
    codes = {row["code"] for row in asked}
    others = [row for row in visit.ask.named(NAMED) if row["code"] not in codes]
    ((nameless,),) = visit.ask(NAMELESS)
    return {
        "title": "",
        "asked": asked,
        "nameless": nameless,
        "publishers": [row for row in others if row["sources"]],
        "others": [row for row in others if not row["sources"]],
    }


def context(visit: Visit) -> Context:
    """One organisation; raises RefusedError (404) for a code that is not in the list."""
    found = visit.ask.one(ORGANISATION, visit.place)
    if found is None or found["code"] == NOBODY:
        raise missing("organisation of this name")
    asked = evidence.recommendations(visit.ask, TO, (found["code"],))
    answers = visit.ask.named(ANSWERS, visit.place)
    for row in asked:
        own = [one for one in answers if one["recommendation"] == row["recommendation"]]
        row["answers"] = [{**one, "link": evidence.link(one["url"], one["doi"])} for one in own]
    sources = visit.ask.named(SOURCES, found)
    return {
        "title": found["label"],
        "description": evidence.brief(found["definition"] or found["label"]),
        "organisation": found,
        "asked": asked,
        "findings_behind": visit.ask.named(BEHIND, visit.place),
        "sources": [{**row, "link": evidence.link(row["url"], row["doi"])} for row in sources],
        "most": LISTED,
        "structured": {
            "@context": "https://schema.org",
            "@type": "Organization",
            "name": found["label"],
            "description": found["definition"] or found["label"],
        },
    }
