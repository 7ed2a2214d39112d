"""A finding: what it says, how certain it is, the figures behind it, and what came of it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.domain.status import build_secondary_source_condition, build_verification_sql
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
from evidencehub.web.views import finding_tables, helplines, provenance
from evidencehub.web.views.provenance import PER_PAGE, Rows

FINDING_SQL = """
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
FINDING_GROUPS_SQL = """
select
  g.role, g.scheme, g.ethnicity, c.label, c.language, coalesce(c.level, '') as level,
  l.title as scheme_title
from finding_group as g
join code as c on c.list = g.scheme and c.code = g.ethnicity
join code_list as l on l.list = g.scheme
where g.finding = :id
order by g.role, g.scheme, c.sort_order, g.ethnicity
"""
CLAIMS_SQL = """
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
LINKED_RECOMMENDATIONS_CONDITION = (
    "n.recommendation in (select recommendation from recommendation_finding where finding = ?)"
)
SAME_SOURCE_CONDITION = """d.synthetic = 0 and n.recommendation in (
  select b.recommendation from finding_source as s
  join recommendation_source as b on b.dataset = s.dataset and b.source = s.source
  where s.finding = ?
)"""
RECOMMENDATION_UPDATES_SQL = """
select u.recommendation, u.updated, c.label as status_label, u.note,
  r.title, coalesce(r.title, r.text) as name
from recommendation_finding as b
join recommendation_update as u on u.recommendation = b.recommendation
join recommendation as r on r.recommendation = u.recommendation
left join code as c on c.list = 'recommendation-status' and c.code = u.status
where b.finding = ?
order by u.updated, u.recommendation
"""
SUPERSEDED_FINDINGS_SQL = """
select finding, coalesce(title, statement) as title from finding
where superseded_by = ? order by finding
"""
FILTER_CHOICES_SQL = """
select list, code, label from code
where list in ('topic', 'workstream', 'finding-type', 'certainty')
order by list, sort_order, code
"""
FINDINGS_FROM_WHERE_SQL = """
from finding as f
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where (:type = '' or f.type = :type) and (:certainty = '' or f.certainty = :certainty)
  and (:topic = '' or exists (
    select 1 from subject as s
    where s.kind = 'finding' and s.id = f.finding and s.code = :topic
  ))
"""
FINDINGS_COUNT_SQL = f"select count(*) {FINDINGS_FROM_WHERE_SQL}"
FINDINGS_LIST_SQL = f"""
select
  f.finding, f.title, f.statement, f.superseded_by, d.language, f.certainty,
  {build_verification_sql("f")} as verification, f.period_start, f.period_end,
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
{FINDINGS_FROM_WHERE_SQL}
order by
  topic_order is null, topic_order, topic, f.superseded_by is not null, f.type <> 'finding',
  f.type, {build_secondary_source_condition(build_verification_sql("f"))},
  f.published desc, f.finding
limit :rows offset :from
"""


def build_context(request: PageRequest) -> Context:
    """One finding; raises RefusedError (404) for one that is not there."""
    params = {"id": request.path_params["id"]}
    finding = request.db.fetch_first(FINDING_SQL, params)
    if finding is None:
        raise create_not_found_error("finding of this name")
    claims = request.db.fetch_dicts(CLAIMS_SQL, params)
    observation_rows = request.db.fetch_dicts(finding_tables.FINDING_OBSERVATIONS_SQL, params)
    groups = request.db.fetch_dicts(FINDING_GROUPS_SQL, params)
    indicators = provenance.select_indicators(request.db, "finding", finding["finding"])
    for indicator in indicators:
        indicator_claims = [
            claim for claim in claims if claim["indicator"] == indicator["indicator"]
        ]
        rows = [row for row in observation_rows if row["indicator"] == indicator["indicator"]]
        indicator["tables"] = finding_tables.select_finding_tables(rows, indicator_claims)
        indicator["absent"] = finding_tables.select_groups_without_values(groups, rows)
    sources = provenance.select_sources(request.db, "finding", finding["finding"])
    subjects = provenance.select_subjects(request.db, "finding", finding["finding"])
    title = finding["title"] or finding["statement"]
    return {
        "title": textwrap.shorten(title, 100, placeholder="…"),
        "description": provenance.shorten_description(finding["statement"]),
        "kind": "article",
        "finding": finding,
        "groups": groups,
        "indicators": indicators,
        "claims": [round_claim(claim) for claim in claims],
        "sources": sources,
        **_select_related_recommendations(request.db, finding["finding"]),
        **subjects,
        "support": helplines.select_helplines(
            request.site, [row["code"] for row in subjects["topics"]]
        ),
        "replaces": request.db.fetch_dicts(SUPERSEDED_FINDINGS_SQL, (finding["finding"],)),
        "citation": citations.render_citations(
            provenance.build_evidence_work(request, finding, "finding")
        )["text"],
        "structured": _build_structured_data(request, finding, sources),
    }


def build_citation_document(request: PageRequest) -> Document:
    """How to cite a finding, as a file."""
    return provenance.build_citation_document(
        request, request.db.fetch_first(FINDING_SQL, request.path_params), "finding"
    )


def build_list_context(request: PageRequest) -> Context:
    """The findings by their first topic, narrowed down by options, a page at a time."""
    choice_rows = request.db.fetch_dicts(FILTER_CHOICES_SQL)
    codes = {
        name: [(row["code"], row["label"]) for row in choice_rows if row["list"] in lists]
        for name, lists in {
            "topic": ("topic", "workstream"),
            "type": ("finding-type",),
            "certainty": ("certainty",),
        }.items()
    }
    selected = {
        name: read_option(request, name, [c for c, _ in pairs], "") for name, pairs in codes.items()
    }
    ((total,),) = request.db(FINDINGS_COUNT_SQL, selected)
    page_number, page_count = provenance.parse_page_number(request, total)
    topics = [(row["code"], row["label"]) for row in choice_rows if row["list"] == "topic"]
    topic_filter = selected["topic"] if selected["topic"] in dict(topics) else ""
    params = {
        **selected,
        "single": topic_filter,
        "rows": PER_PAGE,
        "from": (page_number - 1) * PER_PAGE,
    }
    labels = dict(codes["topic"])
    sections: dict[str, Rows] = {}
    for row in request.db.fetch_dicts(FINDINGS_LIST_SQL, params):
        sections.setdefault(row["topic"] or "", []).append(row)
    return {
        "title": "",
        "codes": codes,
        "streams": [
            (row["code"], row["label"]) for row in choice_rows if row["list"] == "workstream"
        ],
        "topics": topics,
        "asked": selected,
        "total": total,
        "first": (page_number - 1) * PER_PAGE + 1,
        "number": page_number,
        "pages": page_count,
        "sections": [(code, labels.get(code, ""), rows) for code, rows in sections.items()],
    }


def round_claim(claim: Mapping[str, Any]) -> dict[str, Any]:
    """A claim with the recomputed number at one decimal more than it is stated with."""
    decimals = (claim["decimals"] or 0) + 1
    numbers = {
        name: None if claim[name] is None else round(claim[name], decimals)
        for name in ("recomputed", "lowest", "highest")
    }
    rounded = claim["measure"] != "value" and numbers["lowest"] != numbers["highest"]
    return {**claim, **numbers, "rounded": rounded}


def _select_related_recommendations(db: RowReader, finding: str) -> dict[str, Any]:
    """What was recommended because of it and since; else what its sources recommend."""
    rows = provenance.select_recommendations(db, LINKED_RECOMMENDATIONS_CONDITION, (finding,))
    if rows:
        return {
            "asked": rows,
            "since": db.fetch_dicts(RECOMMENDATION_UPDATES_SQL, (finding,)),
            "near": [],
        }
    return {
        "asked": [],
        "since": [],
        "near": provenance.select_recommendations(db, SAME_SOURCE_CONDITION, (finding,)),
    }


def _build_structured_data(
    request: PageRequest, finding: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    facts = {
        "@context": "https://schema.org",
        "@type": "Claim",
        "name": finding["title"],
        "text": finding["statement"],
        "url": request.base_url + build_path("findings", finding["finding"]),
        "inLanguage": finding["language"],
        "datePublished": finding["published"],
        "spatialCoverage": finding["area_label"],
        "temporalCoverage": "/".join(
            filter(None, (finding["period_start"], finding["period_end"]))
        ),
        "appearance": provenance.build_structured_sources(sources),
        "isPartOf": {
            "@type": "Dataset",
            "name": finding["dataset_title"],
            "url": request.base_url + build_path("datasets", finding["dataset"]),
        },
    }
    return {key: value for key, value in facts.items() if value}
