"""An organisation: what it was asked to do, what it answered, and the evidence it published."""

from __future__ import annotations

from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.pages.recommendations import ADDRESSEE_NOT_STATED
from evidencehub.web.views import provenance

MAX_ITEMS_LISTED = 50  # findings and sources of one organisation, at most

ADDRESSED_ORGANISATIONS_SQL = """
select c.code, c.label, c.language, c.definition, count(*) as asked
from recommendation_organisation as o
join recommendation as r on r.recommendation = o.recommendation
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
join code as c on c.list = 'organisation' and c.code = o.organisation
where c.code <> 'not-stated'
group by c.code
order by c.label collate nocase, c.code
"""
ORGANISATIONS_SQL = """
select c.code, c.label, c.language, c.definition, (
  select count(*) from source as s
  join dataset as d on d.dataset = s.dataset and d.synthetic = 0
  where instr(s.publisher, c.label) > 0
) as sources
from code as c
where c.list = 'organisation' and c.code <> 'not-stated'
order by c.label collate nocase, c.code
"""
UNADDRESSED_COUNT_SQL = """
select count(*) from recommendation as r
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
where not exists (
  select 1 from recommendation_organisation as o
  where o.recommendation = r.recommendation and o.organisation <> 'not-stated'
)
"""
ORGANISATION_SQL = """
select code, label, language, definition from code
where list = 'organisation' and code = :code
"""
ADDRESSED_TO_CONDITION = """d.synthetic = 0 and n.recommendation in (
  select recommendation from recommendation_organisation where organisation = ?
)"""
RECOMMENDATION_UPDATES_SQL = """
select u.recommendation, u.updated, c.label as status_label, u.note,
  s.title as source_title, s.url, s.doi, coalesce(u.verification, s.verification) as verification
from recommendation_organisation as o
join recommendation_update as u on u.recommendation = o.recommendation
left join source as s on s.dataset = u.dataset and s.source = u.source
left join code as c on c.list = 'recommendation-status' and c.code = u.status
where o.organisation = :code
order by u.updated, u.recommendation, c.sort_order
"""
SUPPORTING_FINDINGS_SQL = """
select distinct f.finding, f.title, f.statement,
  coalesce(f.verification, d.verification) as verification
from recommendation_organisation as o
join recommendation_finding as b on b.recommendation = o.recommendation
join finding as f on f.finding = b.finding
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where o.organisation = :code
order by f.finding
"""
PUBLISHED_SOURCES_SQL = f"""
select s.title, s.publisher, s.published, s.url, s.doi, s.verification,
  (
    select count(*) from finding_source as b where b.dataset = s.dataset and b.source = s.source
  ) as findings, s.dataset, d.title as dataset_title
from source as s join dataset as d on d.dataset = s.dataset and d.synthetic = 0
where instr(s.publisher, :label) > 0
order by s.published desc, s.title, s.dataset
limit {MAX_ITEMS_LISTED}
"""


def build_list_context(request: PageRequest) -> Context:
    """The organisations that were asked, then those whose evidence is here, then all others."""
    addressed = request.db.fetch_dicts(ADDRESSED_ORGANISATIONS_SQL)
    codes = {row["code"] for row in addressed}
    other_organisations = [
        row for row in request.db.fetch_dicts(ORGANISATIONS_SQL) if row["code"] not in codes
    ]
    ((unaddressed_count,),) = request.db(UNADDRESSED_COUNT_SQL)
    return {
        "title": "",
        "asked": addressed,
        "nameless": unaddressed_count,
        "publishers": [row for row in other_organisations if row["sources"]],
        "others": [row for row in other_organisations if not row["sources"]],
    }


def build_context(request: PageRequest) -> Context:
    """One organisation; raises RefusedError (404) for a code that is not in the list."""
    organisation = request.db.fetch_first(ORGANISATION_SQL, request.path_params)
    if organisation is None or organisation["code"] == ADDRESSEE_NOT_STATED:
        raise create_not_found_error("organisation of this name")
    recommendations = provenance.select_recommendations(
        request.db, ADDRESSED_TO_CONDITION, (organisation["code"],)
    )
    updates = request.db.fetch_dicts(RECOMMENDATION_UPDATES_SQL, request.path_params)
    for row in recommendations:
        recommendation_updates = [
            update for update in updates if update["recommendation"] == row["recommendation"]
        ]
        row["answers"] = [
            {**update, "link": provenance.choose_source_link(update["url"], update["doi"])}
            for update in recommendation_updates
        ]
    sources = request.db.fetch_dicts(PUBLISHED_SOURCES_SQL, organisation)
    return {
        "title": organisation["label"],
        "description": provenance.shorten_description(
            organisation["definition"] or organisation["label"]
        ),
        "organisation": organisation,
        "asked": recommendations,
        "findings_behind": request.db.fetch_dicts(SUPPORTING_FINDINGS_SQL, request.path_params),
        "sources": [
            {**row, "link": provenance.choose_source_link(row["url"], row["doi"])}
            for row in sources
        ],
        "most": MAX_ITEMS_LISTED,
        "structured": {
            "@context": "https://schema.org",
            "@type": "Organization",
            "name": organisation["label"],
            "description": organisation["definition"] or organisation["label"],
        },
    }
