"""Where findings and recommendations come from: sources, subjects, and how to cite them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.formats import citations
from evidencehub.formats.json_document import drop_empty
from evidencehub.store import evidence_links
from evidencehub.store.evidence_links import EvidenceKind
from evidencehub.store.findings import FindingDetailRow
from evidencehub.store.partners import find_origin
from evidencehub.store.recommendations import RecommendationDetailRow
from evidencehub.store.sources import SourceRow
from evidencehub.web.page_request import Context, Document, PageRequest
from evidencehub.web.views import helplines
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.structured_data import describe

MAX_DESCRIPTION_CHARS = 155  # characters of a description for search engines
MAX_TITLE_CHARS = 100  # characters of the title of a page
EvidenceItem = FindingDetailRow | RecommendationDetailRow


def build_item_context(request: PageRequest, item: EvidenceItem) -> Context:
    """Return what the page of a finding and that of a recommendation say alike."""
    kind, identifier, text, _ = _describe(item)
    sources = evidence_links.select_item_sources(request.db, kind, identifier)
    subjects = evidence_links.select_item_subjects(request.db, kind, identifier)
    subjects_by_list = group_rows(subjects, lambda row: row.list)
    topics = [row.code for row in subjects_by_list["topic"]]
    work = build_evidence_work(request, item, sources)
    return {
        "title": shorten_title(item.title or text),
        "description": shorten_description(text),
        "og_type": "article",
        kind: item,
        "governance_lines": split_lines(item.governance),
        "sources": sources,
        "origin": find_origin(request.db, item.dataset),
        "subjects": subjects_by_list,
        "helplines": helplines.select_helplines(request.site, topics),
        "citation": citations.render_citations(work, request.language.translations)["text"],
        "structured_data": _build_structured_item(request, item, sources),
    }


def split_lines(text: str | None) -> list[str]:
    """Return the lines of a text that may not be there."""
    return (text or "").splitlines()


def choose_source_url(url: str | None, doi: str | None) -> str:
    """Return where to read a source: its own address, else its DOI; empty without either."""
    return keep_web_url(url) or (f"https://doi.org/{doi}" if doi else "")


def build_citation_document(request: PageRequest, item: EvidenceItem) -> Document:
    """Return how to cite a finding or a recommendation, as a file."""
    kind, identifier, _, _ = _describe(item)
    sources = evidence_links.select_item_sources(request.db, kind, identifier)
    return render_citation(request, build_evidence_work(request, item, sources))


def render_citation(request: PageRequest, work: citations.CitedWork) -> Document:
    """Return a work as a citation, in the format that the address ends with."""
    return Document(
        *citations.render_citation_file(
            work, request.path_params["ending"], request.language.translations
        )
    )


def build_evidence_work(
    request: PageRequest, item: EvidenceItem, sources: Iterable[SourceRow]
) -> citations.CitedWork:
    """Return what is cited: the hub wrote it, on the day of its release, from its sources."""
    kind, identifier, text, _ = _describe(item)
    hub = request.site.organisation or request.site.title
    return citations.CitedWork(
        identifier=identifier,
        title=item.title or text,
        url=request.base_url + build_path(f"{kind}s", identifier),
        authors=(hub,),
        publisher=hub,
        date=item.created,
        version=item.version,
        licence=item.licence,
        work_type=kind,
        container_title=item.dataset_title,
        based_on=describe_sources(sources),
    )


def describe_sources(sources: Iterable[SourceRow]) -> tuple[str, ...]:
    """Return each source as a citation names it: who, title, year."""
    lines = []
    for source in sources:
        parts = (source.publisher, source.title, (source.published or "")[:4])
        lines.append(", ".join(filter(None, parts)))
    return tuple(dict.fromkeys(lines))


def _build_structured_item(
    request: PageRequest, item: EvidenceItem, sources: Iterable[SourceRow]
) -> dict[str, Any]:
    """Return a finding as a schema.org Claim, a recommendation as a CreativeWork."""
    kind, identifier, text, date = _describe(item)
    works = [
        drop_empty(
            {
                "@type": "CreativeWork",
                "name": source.title,
                "publisher": source.publisher,
                "datePublished": source.published,
                "url": choose_source_url(source.url, source.doi),
            }
        )
        for source in sources
    ]
    is_finding = isinstance(item, FindingDetailRow)
    period = (item.period_start, item.period_end) if isinstance(item, FindingDetailRow) else ()
    return drop_empty(
        describe("Claim" if is_finding else "CreativeWork")
        | {
            "genre": "" if is_finding else "Recommendation",
            "name": item.title,
            "text": text,
            "url": request.base_url + build_path(f"{kind}s", identifier),
            "inLanguage": item.language,
            "datePublished": date,
            "spatialCoverage": item.area_label,
            "temporalCoverage": "/".join(filter(None, period)),
            "appearance" if is_finding else "isBasedOn": works,
            "isPartOf": {
                "@type": "Dataset",
                "name": item.dataset_title,
                "url": request.base_url + build_path("datasets", item.dataset),
            },
        }
    )


def shorten_title(text: str) -> str:
    """Return a text as the title of a page: whole words."""
    return textwrap.shorten(text, MAX_TITLE_CHARS, placeholder="…")


def shorten_description(text: str) -> str:
    """Return a text as a description for search engines: whole words."""
    return textwrap.shorten(text, MAX_DESCRIPTION_CHARS, placeholder="…")


def _describe(item: EvidenceItem) -> tuple[EvidenceKind, str, str, str | None]:
    """Return the kind of an item, its identifier, its text, and the day on which it appeared."""
    if isinstance(item, FindingDetailRow):
        return "finding", item.finding, item.statement, item.published
    return "recommendation", item.recommendation, item.text, item.issued
