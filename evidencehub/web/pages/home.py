"""The first page: ways in, and the newest findings of each workstream."""

from __future__ import annotations

import textwrap

from evidencehub.domain.status import build_secondary_source_condition
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.pages import topics

MAX_FINDINGS_PER_WORKSTREAM = 3  # of a workstream, on the first page

SITE_COUNTS_SQL = """
select
  (select count(*) from indicator join dataset using (dataset) where synthetic = 0) as indicators,
  (select count(*) from finding join dataset using (dataset) where synthetic = 0) as findings,
  (select count(distinct area) from country join dataset using (dataset) where synthetic = 0)
    as countries
"""
TOPICS_WITH_EVIDENCE_SQL = (
    "select distinct code from subject where list = 'topic' and kind <> 'dataset'"
)
LATEST_FINDINGS_SQL = f"""
select s.code as workstream, f.finding, f.title, f.statement, f.verification
from finding as f
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
join subject as s on s.kind = 'finding' and s.id = f.finding and s.list = 'workstream'
where f.superseded_by is null and f.type = 'finding'
order by {build_secondary_source_condition("f.verification")}, f.direction is null,
  f.published desc, f.finding
"""


def build_context(request: PageRequest) -> Context:
    """One section for each workstream in its own order; empty ones stay, to say so."""
    topics_with_evidence = {code for (code,) in request.db(TOPICS_WITH_EVIDENCE_SQL)}
    latest_findings = request.db.fetch_dicts(LATEST_FINDINGS_SQL)
    sections = []
    for workstream in topics.group_by_workstream(
        request.db.fetch_dicts(topics.TOPICS_AND_WORKSTREAMS_SQL)
    ):
        workstream_findings = [
            row for row in latest_findings if row["workstream"] == workstream["code"]
        ]
        topic_list = [row for row in workstream["topics"] if row["code"] in topics_with_evidence]
        sections.append(
            {
                **workstream,
                "topics": topic_list,
                "findings": workstream_findings[:MAX_FINDINGS_PER_WORKSTREAM],
                "more": len(workstream_findings[MAX_FINDINGS_PER_WORKSTREAM:]),
            }
        )
    site = request.site
    return {
        "title": site.title,
        "description": site.description,
        "counts": request.db.fetch_first(SITE_COUNTS_SQL),
        "sections": sections,
        "structured": {
            "@context": "https://schema.org",
            "@type": "DataCatalog",
            "name": site.title,
            "description": site.description,
            "url": request.base_url + "/",
        },
    }


def build_share_image_context(request: PageRequest) -> Context:
    """What the picture shows that goes with a link to any page without one of its own."""
    site = request.site
    return {
        "title_lines": textwrap.wrap(site.title, 34)[:3],
        "text_lines": textwrap.wrap(site.description, 56)[:5],
        "rows": [],
    }
