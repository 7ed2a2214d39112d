"""The datasets: a list by workstream, and for each one all that is known of it, with its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.formats import citations
from evidencehub.formats.catalogue_renderings import build_graph_links
from evidencehub.formats.format import list_row_downloads
from evidencehub.store import codes as code_store
from evidencehub.store import datasets as dataset_store
from evidencehub.store.datasets import DatasetDetailRow, ListedDatasetRow
from evidencehub.store.partners import find_origin
from evidencehub.store.spreadsheets import list_spreadsheets
from evidencehub.web.page_request import LINKS, Context, Document, PageRequest, require_row
from evidencehub.web.views import dataset_metadata, markdown_html, provenance
from evidencehub.web.views.dataset_history import build_history
from evidencehub.web.views.dataset_preview import build_preview
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.structured_data import describe

MAX_ITEMS = 100  # of each list on the page of one dataset
MAX_DATASETS = 500  # on the list of them


def build_list_context(request: PageRequest) -> Context:
    """Return every dataset under its workstreams, in their order."""
    rows = dataset_store.select_datasets(request.db, MAX_DATASETS + 1)
    datasets = rows[:MAX_DATASETS]
    by_workstream = dataset_store.select_datasets_by_workstream(request.db)
    placed = {dataset for members in by_workstream.values() for dataset in members}
    return {
        "workstreams": [
            (row, [d for d in datasets if d.dataset in by_workstream.get(row.code, ())])
            for row in code_store.select_codes(request.db, "workstream")
        ],
        "other_datasets": [row for row in datasets if row.dataset not in placed],
        "count": len(datasets),
        "is_truncated": len(rows) > MAX_DATASETS,
        "observation_count": sum(row.observation_count for row in datasets),
        LINKS: build_graph_links(),
        "structured_data": _build_structured_catalogue(request, datasets[:MAX_ITEMS]),
    }


def build_context(request: PageRequest) -> Context:
    """Return all that is known of a dataset; raise HttpError (404) where there is none."""
    dataset = _read_dataset(request)
    name = dataset.dataset
    subject_rows = dataset_store.select_dataset_subjects(request.db, name)
    subjects = group_rows(subject_rows, lambda row: row.list)
    files = dataset_store.select_dataset_files(request.db, name, dataset.version, MAX_ITEMS)
    work = dataset_metadata.build_dataset_work(request.site, request.base_url, dataset)
    page = {
        "dataset": dataset,
        "origin": find_origin(request.db, name),
        "base_language": dataset.language.split("-")[0],
        "about": markdown_html.render_html(dataset.about or "", 2, dataset.title),
        "caveats": provenance.split_lines(dataset.caveats),
        "governance_lines": provenance.split_lines(dataset.governance),
        "is_governance_open": True,
        "contact": link_contact(dataset.contact or ""),
        "homepage": keep_web_url(dataset.homepage),
        "licence_url": keep_web_url(dataset.licence_url),
        "countries": subjects["country"],
        "topics": subjects["topic"],
        "subjects": [*subjects["workstream"], *subjects["topic"]],
        "whose_ethnicity": subjects["whose-ethnicity"],
        "indicators": dataset_store.select_dataset_indicators(request.db, name, MAX_ITEMS),
        "sources": dataset_store.select_dataset_sources(request.db, name, MAX_ITEMS),
        "files": files,
        **_build_observation_facts(request, dataset),
        "findings": dataset_store.select_dataset_findings(request.db, name, MAX_ITEMS),
        "recommendations": dataset_store.select_dataset_recommendations(
            request.db, name, MAX_ITEMS
        ),
        "counts": dataset_store.select_item_counts(request.db, name),
        "max_items": MAX_ITEMS,
        "preview": build_preview(request, name),
        "row_downloads": list_row_downloads(),
        "history": build_history(request, name, dataset.version, MAX_ITEMS),
        "citations": citations.render_citations(work, request.language.translations),
        LINKS: dataset_metadata.build_link_header(dataset, files),
        "code_examples": dataset_metadata.build_code_examples(request, dataset, files),
    }
    structured_data = dataset_metadata.build_structured_data(request, dataset, page)
    return {**page, "structured_data": structured_data}


def build_citation_document(request: PageRequest) -> Document:
    """Return how to cite a dataset, as a file."""
    dataset = _read_dataset(request)
    work = dataset_metadata.build_dataset_work(request.site, request.base_url, dataset)
    return provenance.render_citation(request, work)


def link_contact(text: str) -> tuple[str, str]:
    """Return where a contact leads and how it reads: a web page, an e-mail address, or a text."""
    if keep_web_url(text):
        return text, urlsplit(text).netloc
    return f"mailto:{text}" if "@" in text else "", text


def _read_dataset(request: PageRequest) -> DatasetDetailRow:
    dataset = dataset_store.select_dataset(request.db, request.path_params["id"])
    return require_row(dataset, "dataset")


def _build_observation_facts(request: PageRequest, dataset: DatasetDetailRow) -> Context:
    """Return how many observations there are, of which time, and which have no value."""
    schemes = dataset_store.select_scheme_counts(request.db, dataset.dataset)
    count = sum(row.count for row in schemes)
    return {
        "schemes": schemes,
        "observation_count": count,
        "without_value": sum(row.without_value for row in schemes),
        "period_start": min((row.period_start for row in schemes), default=None),
        "period_end": max((row.period_end for row in schemes), default=None),
        "statuses": dataset_store.select_status_counts(request.db, dataset.dataset),
        "held_back_rows": dataset_store.select_held_back_rows(request.db, dataset.dataset),
        "spreadsheets": list_spreadsheets(count),
    }


def _build_structured_catalogue(
    request: PageRequest, rows: Iterable[ListedDatasetRow]
) -> dict[str, Any]:
    """Return the list as a schema.org DataCatalog."""
    return describe(
        "DataCatalog",
        name=request.site.title,
        url=f"{request.base_url}/datasets",
        dataset=[
            {
                "@type": "Dataset",
                "name": row.title,
                "description": row.description,
                "url": request.base_url + build_path("datasets", row.dataset),
            }
            for row in rows
        ],
    )
