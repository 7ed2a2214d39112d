"""The first page: ways in, and the newest findings of each workstream."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.store import codes as code_store
from evidencehub.store import findings, topics
from evidencehub.store.codes import CodeRow
from evidencehub.store.findings import WorkstreamFindingRow
from evidencehub.store.site_totals import select_site_counts
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.workstream_topics import group_by_workstream

MAX_FINDINGS_PER_WORKSTREAM = 3  # of a workstream, on the first page


@dataclass(frozen=True, slots=True)
class WorkstreamSection:
    """A workstream with its topics that have evidence, and its newest findings."""

    workstream: CodeRow
    topics: Sequence[CodeRow]
    findings: Sequence[WorkstreamFindingRow]
    findings_not_shown: int


def build_context(request: PageRequest) -> Context:
    """Return a section for each workstream in its order; empty ones stay, to say so."""
    site = request.site
    return {
        "title": site.title,
        "description": site.description,
        "counts": select_site_counts(request.db),
        "sections": _build_sections(request),
        "structured_data": {
            "@context": "https://schema.org",
            "@type": "DataCatalog",
            "name": site.title,
            "description": site.description,
            "url": request.base_url + "/",
        },
    }


def build_share_image_context(request: PageRequest) -> Context:
    """Return the picture that goes with a link to any page without one of its own."""
    site = request.site
    return {
        "title_lines": textwrap.wrap(site.title, 34)[:3],
        "text_lines": textwrap.wrap(site.description, 56)[:5],
        "rows": [],
    }


def _build_sections(request: PageRequest) -> list[WorkstreamSection]:
    topics_with_evidence = topics.select_topics_with_evidence(request.db)
    latest_findings = findings.select_latest_findings(request.db)
    sections = []
    codes = code_store.select_codes(request.db, "topic", "workstream")
    for section in group_by_workstream(codes, topics.select_main_workstreams(request.db)):
        if section.workstream is None:
            continue
        rows = [row for row in latest_findings if row.workstream == section.workstream.code]
        sections.append(
            WorkstreamSection(
                section.workstream,
                [topic for topic in section.topics if topic.code in topics_with_evidence],
                rows[:MAX_FINDINGS_PER_WORKSTREAM],
                len(rows[MAX_FINDINGS_PER_WORKSTREAM:]),
            )
        )
    return sections
