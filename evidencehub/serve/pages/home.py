"""The first page: ways in, and the newest findings of each workstream."""

from __future__ import annotations

import textwrap

from evidencehub.serve.pages import topic
from evidencehub.serve.pages.page import Context, Visit

FINDINGS = 3  # of a workstream, on the first page

COUNTS = """
select
  (select count(*) from indicator join dataset using (dataset) where synthetic = 0) as indicators,
  (select count(*) from finding join dataset using (dataset) where synthetic = 0) as findings,
  (select count(distinct area) from country join dataset using (dataset) where synthetic = 0)
    as countries
"""
HELD = "select distinct code from subject where list = 'topic' and kind <> 'dataset'"
LATEST = """
select s.code as workstream, f.finding, f.title, f.statement, f.verification
from finding as f
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
join subject as s on s.kind = 'finding' and s.id = f.finding and s.list = 'workstream'
where f.superseded_by is null and f.type = 'finding'
order by coalesce(f.verification, '') like 'C3%', f.direction is null, f.published desc, f.finding
"""


def context(visit: Visit) -> Context:
    """One section for each workstream in its own order; empty ones stay, to say so."""
    held = {code for (code,) in visit.ask(HELD)}
    found = visit.ask.named(LATEST)
    sections = []
    for stream in topic.by_workstream(visit.ask.named(topic.CODES)):
        own = [row for row in found if row["workstream"] == stream["code"]]
        topics = [row for row in stream["topics"] if row["code"] in held]
        sections.append(
            {**stream, "topics": topics, "findings": own[:FINDINGS], "more": len(own[FINDINGS:])}
        )
    site = visit.site
    return {
        "title": site.title,
        "description": site.description,
        "counts": visit.ask.one(COUNTS),
        "sections": sections,
        "structured": {
            "@context": "https://schema.org",
            "@type": "DataCatalog",
            "name": site.title,
            "description": site.description,
            "url": visit.home + "/",
        },
    }


def share(visit: Visit) -> Context:
    """What the picture shows that goes with a link to any page without one of its own."""
    site = visit.site
    return {
        "title_lines": textwrap.wrap(site.title, 34)[:3],
        "text_lines": textwrap.wrap(site.description, 56)[:5],
        "rows": [],
    }
