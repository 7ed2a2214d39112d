"""A dataset as others describe it: a citation, schema.org, and code that fetches it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evidencehub.domain.catalogue import choose_publisher
from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.formats import citations, linkset
from evidencehub.formats.catalogue_renderings import build_description_links
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty
from evidencehub.store.catalogue import read_catalogue_dataset
from evidencehub.store.datasets import DatasetDetailRow, DatasetFileRow, SchemeCountRow
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.site_settings import SiteSettings
from evidencehub.web.views.provenance import choose_source_url
from evidencehub.web.views.structured_data import describe


def build_dataset_work(
    site: SiteSettings, base_url: str, row: DatasetDetailRow
) -> citations.CitedWork:
    """Return a dataset as something to cite; without an address where the site's is not known."""
    publisher = _choose_publisher(site, row)
    return citations.build_dataset_work(
        row.dataset,
        row.title,
        base_url and _build_dataset_url(base_url, row),
        publisher,
        created=row.created,
        version=row.version,
        licence=row.licence,
    )


def build_link_header(row: DatasetDetailRow, files: Sequence[DatasetFileRow]) -> str:
    """Return the links of Signposting from the page of a dataset to its files and descriptions."""
    return linkset.build_page_links(
        row.dataset,
        row.version,
        keep_web_url(row.licence_url),
        [(file.path, get_format(file.format).media_type) for file in files],
        build_description_links(row.dataset, row.version),
    )


def build_code_examples(
    request: PageRequest, row: DatasetDetailRow, files: Sequence[DatasetFileRow]
) -> list[tuple[str, str]]:
    """Return lines that fetch the data, by the language in which they are written."""
    paths = [file.path for file in files]
    flat_file = f"{row.dataset}.csv"
    tables = [path for path in paths if path.startswith("data/") and path.endswith(".csv")]
    path = flat_file if flat_file in paths else next(iter(tables), "datapackage.json")
    url = request.base_url + build_path("datasets", row.dataset, "latest", *path.split("/"))
    resource = "findings" if path != flat_file else "observations"
    api = f"{request.base_url}/api/v1/{resource}?dataset={row.dataset}"
    return [
        ("curl", f"curl -LO {url}"),
        ("Python", f'import pandas\n\ntable = pandas.read_csv("{url}", dtype=str)'),
        ("R", f'table <- read.csv("{url}", colClasses = "character")'),
        (
            "JavaScript",
            f'const answer = await fetch("{api}");\nconst {{ data }} = await answer.json();',
        ),
    ]


def build_structured_data(
    request: PageRequest, row: DatasetDetailRow, page: Context
) -> dict[str, Any]:
    """Return the dataset as a schema.org Dataset, from what its page shows."""
    dataset_url = _build_dataset_url(request.base_url, row)
    entry = read_catalogue_dataset(request.db, row.dataset, request.site.title, (), ())
    organisation = {"@type": "Organization", "name": _choose_publisher(request.site, row)}
    facts = describe("Dataset") | {
        "@id": dataset_url,
        "url": dataset_url,
        "identifier": row.dataset,
        "name": row.title,
        "description": entry.full_description,
        "version": row.version,
        "datePublished": row.created[:10],
        "inLanguage": row.language,
        "license": keep_web_url(row.licence_url) or row.licence,
        "usageInfo": "\n".join(entry.usage_notes),
        "isAccessibleForFree": True,
        "creator": organisation,
        "publisher": organisation,
        "keywords": [topic.label for topic in page["topics"]],
        "temporalCoverage": _format_temporal_coverage(page["schemes"]),
        "spatialCoverage": [
            {"@type": "Place", "name": country.label} for country in page["countries"]
        ],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": item.title, "propertyID": item.indicator}
            for item in page["indicators"]
        ],
        "isBasedOn": [
            *filter(None, (choose_source_url(row.url, row.doi) for row in page["sources"])),
            *([entry.origin.step.url] if entry.origin and entry.origin.step.url else []),
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": request.site.title,
            "url": request.base_url + "/datasets",
        },
        "distribution": [_describe_download(request, row, file) for file in page["files"]],
    }
    return drop_empty(facts)


def _build_dataset_url(base_url: str, row: DatasetDetailRow) -> str:
    return base_url + build_path("datasets", row.dataset)


def _choose_publisher(site: SiteSettings, row: DatasetDetailRow) -> str:
    return choose_publisher(row.publisher, site.organisation, site.title)


def _format_temporal_coverage(scheme_counts: Sequence[SchemeCountRow]) -> str | None:
    """Return the first and the last day with observations as an ISO 8601 interval."""
    if not scheme_counts:
        return None
    start = min(row.period_start for row in scheme_counts)
    return f"{start}/{max(row.period_end for row in scheme_counts)}"


def _describe_download(
    request: PageRequest, row: DatasetDetailRow, file: DatasetFileRow
) -> dict[str, str]:
    path = build_path("datasets", row.dataset, row.version, *file.path.split("/"))
    return {
        "@type": "DataDownload",
        "name": file.path,
        "contentUrl": request.base_url + path,
        "encodingFormat": get_format(file.format).media_type,
        "contentSize": f"{file.size_bytes} B",
        "sha256": file.sha256,
    }
