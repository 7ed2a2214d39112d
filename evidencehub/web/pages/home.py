"""The first page: ways in, and findings of each workstream, the surest and newest first."""

from __future__ import annotations

import textwrap

from evidencehub.store import codes as code_store
from evidencehub.store import findings, questions, topics
from evidencehub.store.site_totals import select_site_counts
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.structured_data import describe
from evidencehub.web.views.workstream_topics import group_by_workstream

MAX_QUESTIONS = 6  # on the first page, in the order of their dataset
MAX_FINDINGS_PER_WORKSTREAM = 3  # of a workstream, on the first page


def build_context(request: PageRequest) -> Context:
    """Return a section for each workstream in its order; empty ones stay, to say so."""
    site = request.site
    return {
        "title": site.title,
        "description": site.description,
        "counts": select_site_counts(request.db),
        "questions": questions.select_questions(request.db)[:MAX_QUESTIONS],
        "sections": _build_sections(request),
        "structured_data": describe(
            "DataCatalog", name=site.title, description=site.description, url=f"{request.base_url}/"
        ),
    }


def build_share_image_context(request: PageRequest) -> Context:
    """Return the picture that goes with a link to any page without one of its own."""
    site = request.site
    return {
        "title_lines": textwrap.wrap(site.title, 34)[:3],
        "text_lines": textwrap.wrap(site.description, 56)[:5],
        "rows": [],
    }


def _build_sections(request: PageRequest) -> list[Context]:
    """Return each workstream with its topics that have evidence, and its newest findings."""
    with_evidence = topics.select_topics_with_evidence(request.db)
    latest = group_rows(findings.select_latest_findings(request.db), lambda row: row.workstream)
    codes = code_store.select_codes(request.db, "topic", "workstream")
    return [
        {
            "workstream": workstream,
            "topics": [topic for topic in members if topic.code in with_evidence],
            "findings": latest[workstream.code][:MAX_FINDINGS_PER_WORKSTREAM],
            "findings_not_shown": len(latest[workstream.code][MAX_FINDINGS_PER_WORKSTREAM:]),
        }
        for workstream, members in group_by_workstream(
            codes, topics.select_main_workstreams(request.db)
        )
        if workstream
    ]
