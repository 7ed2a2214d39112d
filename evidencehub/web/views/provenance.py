"""Where findings and recommendations come from: sources, subjects, and how to cite them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.formats import citations
from evidencehub.store import evidence_links
from evidencehub.store.codes import CodeRow
from evidencehub.store.database import RowReader
from evidencehub.store.evidence_links import EvidenceKind, ItemSourceRow
from evidencehub.store.findings import FindingDetailRow
from evidencehub.store.recommendations import RecommendationDetailRow
from evidencehub.web.addresses import build_path, keep_web_url
from evidencehub.web.page_request import Document, PageRequest

MAX_DESCRIPTION_CHARS = 155  # characters of a description for search engines
MAX_TITLE_CHARS = 100  # characters of the title of a page
EvidenceItem = FindingDetailRow | RecommendationDetailRow


@dataclass(frozen=True, slots=True)
class ItemSubjects:
    """The topics and workstreams of an item."""

    topics: Sequence[CodeRow]
    workstreams: Sequence[CodeRow]


@dataclass(frozen=True, slots=True)
class LinkedSource:
    """A source and the address at which to read it; that is empty where it has none."""

    row: ItemSourceRow
    url: str


def select_subjects(db: RowReader, kind: EvidenceKind, identifier: str) -> ItemSubjects:
    """Return the topics and workstreams of a finding or a recommendation."""
    rows = evidence_links.select_item_subjects(db, kind, identifier)
    return ItemSubjects(
        [row for row in rows if row.list == "topic"],
        [row for row in rows if row.list == "workstream"],
    )


def select_sources(db: RowReader, kind: EvidenceKind, identifier: str) -> list[LinkedSource]:
    """Return the sources of a finding or a recommendation."""
    return [
        LinkedSource(row, choose_source_url(row.url, row.doi))
        for row in evidence_links.select_item_sources(db, kind, identifier)
    ]


def choose_source_url(url: str | None, doi: str | None) -> str:
    """Return where to read a source: its own address, else its DOI; empty without either."""
    return keep_web_url(url) or (f"https://doi.org/{doi}" if doi else "")


def render_citation(
    request: PageRequest, item: EvidenceItem, sources: Iterable[LinkedSource]
) -> str:
    """Return how to cite a finding or a recommendation, in one line."""
    return str(citations.render_citations(build_evidence_work(request, item, sources))["text"])


def build_citation_document(request: PageRequest, item: EvidenceItem) -> Document:
    """Return how to cite a finding or a recommendation, as a file."""
    kind, identifier, _, _ = _describe(item)
    sources = select_sources(request.db, kind, identifier)
    work = build_evidence_work(request, item, sources)
    return Document(*citations.render_citation_file(work, request.path_params["ending"]))


def build_evidence_work(
    request: PageRequest, item: EvidenceItem, sources: Iterable[LinkedSource]
) -> citations.CitedWork:
    """Return what is cited; its authors are the publishers of its sources, else the dataset's."""
    kind, identifier, text, date = _describe(item)
    publishers = dict.fromkeys(source.row.publisher for source in sources)
    return citations.CitedWork(
        identifier=identifier,
        title=item.title or text,
        url=request.base_url + build_path(f"{kind}s", identifier),
        authors=tuple(filter(None, publishers)) or tuple(filter(None, [item.publisher])),
        publisher=request.site.organisation or request.site.title,
        date=date or item.created,
        version=item.version,
        licence=item.licence,
        work_type=kind,
        container_title=item.dataset_title,
    )


def build_structured_sources(sources: Iterable[LinkedSource]) -> list[dict[str, Any]]:
    """Return sources as schema.org CreativeWorks."""
    works = (
        {
            "@type": "CreativeWork",
            "name": source.row.title,
            "publisher": source.row.publisher,
            "datePublished": source.row.published,
            "url": source.url,
        }
        for source in sources
    )
    return [drop_empty(work) for work in works]


def build_structured_dataset(request: PageRequest, item: EvidenceItem) -> dict[str, Any]:
    """Return the dataset of an item as a schema.org Dataset."""
    return {
        "@type": "Dataset",
        "name": item.dataset_title,
        "url": request.base_url + build_path("datasets", item.dataset),
    }


def drop_empty(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that have a value."""
    return {key: value for key, value in facts.items() if value}


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
