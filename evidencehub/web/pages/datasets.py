"""The datasets: a list by workstream, and for each one all that is known of it, with its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from evidencehub.formats import citations
from evidencehub.store import codes as code_store
from evidencehub.store import datasets as dataset_store
from evidencehub.store.codes import CodeRow
from evidencehub.store.datasets import (
    DatasetChangeRow,
    DatasetDetailRow,
    DatasetSourceRow,
    DatasetStatementRow,
    ListedDatasetRow,
)
from evidencehub.web.addresses import build_path, keep_web_url
from evidencehub.web.page_request import Context, Document, PageRequest, create_not_found_error
from evidencehub.web.views import dataset_metadata, markdown_html, provenance
from evidencehub.web.views.spreadsheet_export import MAX_SPREADSHEET_ROWS

MAX_ITEMS = 100  # of each list on the page of one dataset
MAX_DATASETS = 500  # on the list of them


@dataclass(frozen=True, slots=True)
class WorkstreamDatasets:
    """A workstream and its datasets by title."""

    workstream: CodeRow
    datasets: Sequence[ListedDatasetRow]


@dataclass(frozen=True, slots=True)
class ContactLink:
    """How a contact reads, and where it leads; both may be empty."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class LinkedDatasetSource:
    """A source of a dataset, and where to read it; that is empty where it has no address."""

    row: DatasetSourceRow
    url: str


@dataclass(frozen=True, slots=True)
class ListedStatement:
    """A finding or recommendation of a dataset, with the path of its page."""

    row: DatasetStatementRow
    path: str


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """What a version changed, line by line; `changed_on` is None where not stated."""

    version: str
    changed_on: str | None
    lines: Sequence[str]


def build_list_context(request: PageRequest) -> Context:
    """Return every dataset under its workstreams, in their order."""
    rows = dataset_store.select_datasets(request.db, MAX_DATASETS + 1)
    datasets = rows[:MAX_DATASETS]
    by_workstream = dataset_store.select_datasets_by_workstream(request.db)
    placed = {dataset for members in by_workstream.values() for dataset in members}
    return {
        "workstreams": [
            WorkstreamDatasets(
                row, [d for d in datasets if d.dataset in by_workstream.get(row.code, ())]
            )
            for row in code_store.select_codes(request.db, "workstream")
        ],
        "other_datasets": [row for row in datasets if row.dataset not in placed],
        "count": len(datasets),
        "is_truncated": len(rows) > MAX_DATASETS,
        "observation_count": sum(row.observation_count for row in datasets),
        "structured_data": _build_structured_catalogue(request, datasets[:MAX_ITEMS]),
    }


def build_context(request: PageRequest) -> Context:
    """Return all that is known of a dataset; raise HttpError (404) where there is none."""
    dataset = _read_dataset(request)
    name = dataset.dataset
    subjects = _group_by_list(dataset_store.select_dataset_subjects(request.db, name))
    sources = [
        LinkedDatasetSource(row, provenance.choose_source_url(row.url, row.doi))
        for row in dataset_store.select_dataset_sources(request.db, name, MAX_ITEMS)
    ]
    parts = dataset_metadata.DatasetParts(
        countries=subjects.get("country", ()),
        topics=subjects.get("topic", ()),
        scheme_counts=dataset_store.select_scheme_counts(request.db, name),
        indicators=dataset_store.select_dataset_indicators(request.db, name, MAX_ITEMS),
        source_urls=[source.url for source in sources],
        files=dataset_store.select_dataset_files(request.db, name, dataset.version, MAX_ITEMS),
    )
    work = dataset_metadata.build_dataset_work(request, dataset)
    return {
        "dataset": dataset,
        "base_language": dataset.language.split("-")[0],
        "about": markdown_html.render_html(dataset.about or "", 2, dataset.title),
        "caveats": (dataset.caveats or "").splitlines(),
        "contact": parse_contact(dataset.contact),
        "homepage": keep_web_url(dataset.homepage),
        "licence_url": keep_web_url(dataset.licence_url),
        "countries": parts.countries,
        "subjects": [*subjects.get("workstream", ()), *subjects.get("topic", ())],
        "whose_ethnicity": subjects.get("whose-ethnicity", ()),
        "indicators": parts.indicators,
        "sources": sources,
        "files": parts.files,
        **_build_observation_facts(request, dataset, parts),
        **_list_statements(request, name),
        "counts": dataset_store.select_item_counts(request.db, name),
        "max_items": MAX_ITEMS,
        "versions": group_by_version(
            dataset_store.select_dataset_changes(request.db, name, MAX_ITEMS)
        ),
        "citations": citations.render_citations(work),
        "code_examples": dataset_metadata.build_code_examples(request, dataset, parts.files),
        "structured_data": dataset_metadata.build_structured_data(request, dataset, parts),
    }


def build_citation_document(request: PageRequest) -> Document:
    """Return how to cite a dataset, as a file."""
    work = dataset_metadata.build_dataset_work(request, _read_dataset(request))
    return Document(*citations.render_citation_file(work, request.path_params["ending"]))


def parse_contact(text: str | None) -> ContactLink:
    """Return a contact as a link: a web page, an address of electronic mail, or plain text."""
    if not text:
        return ContactLink("", "")
    if keep_web_url(text):
        return ContactLink(text, urlsplit(text).netloc)
    return ContactLink(f"mailto:{text}" if "@" in text else "", text)


def group_by_version(rows: Iterable[DatasetChangeRow]) -> list[VersionChanges]:
    """Return the history of a dataset by version, in the order of the lines."""
    rows_by_version: dict[str, list[DatasetChangeRow]] = {}
    for row in rows:
        rows_by_version.setdefault(row.version, []).append(row)
    return [
        VersionChanges(version, version_rows[0].changed_on, [row.text for row in version_rows])
        for version, version_rows in rows_by_version.items()
    ]


def _read_dataset(request: PageRequest) -> DatasetDetailRow:
    dataset = dataset_store.select_dataset(request.db, request.path_params["id"])
    if dataset is None:
        raise create_not_found_error("dataset")
    return dataset


def _group_by_list(rows: Iterable[CodeRow]) -> Mapping[str, list[CodeRow]]:
    codes: dict[str, list[CodeRow]] = {}
    for row in rows:
        codes.setdefault(row.list, []).append(row)
    return codes


def _build_observation_facts(
    request: PageRequest, dataset: DatasetDetailRow, parts: dataset_metadata.DatasetParts
) -> Context:
    """Return how many observations there are, of which time, and which have no value."""
    schemes = parts.scheme_counts
    count = sum(row.count for row in schemes)
    return {
        "schemes": schemes,
        "observation_count": count,
        "without_value": sum(row.without_value for row in schemes),
        "period_start": min((row.period_start for row in schemes), default=None),
        "period_end": max((row.period_end for row in schemes), default=None),
        "statuses": dataset_store.select_status_counts(request.db, dataset.dataset),
        "held_back_rows": dataset_store.select_held_back_rows(request.db, dataset.dataset),
        "has_spreadsheet": count <= MAX_SPREADSHEET_ROWS,
    }


def _list_statements(request: PageRequest, dataset: str) -> Context:
    """Return the first findings and recommendations of a dataset."""
    findings = dataset_store.select_dataset_findings(request.db, dataset, MAX_ITEMS)
    recommendations = dataset_store.select_dataset_recommendations(request.db, dataset, MAX_ITEMS)
    return {
        "findings": [
            ListedStatement(row, build_path("findings", row.identifier)) for row in findings
        ],
        "recommendations": [
            ListedStatement(row, build_path("recommendations", row.identifier))
            for row in recommendations
        ],
    }


def _build_structured_catalogue(
    request: PageRequest, rows: Iterable[ListedDatasetRow]
) -> dict[str, Any]:
    """Return the list as a schema.org DataCatalog."""
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": request.site.title,
        "url": request.base_url + "/datasets",
        "dataset": [
            {
                "@type": "Dataset",
                "name": row.title,
                "description": row.description,
                "url": request.base_url + build_path("datasets", row.dataset),
            }
            for row in rows
        ],
    }
