"""A release as RO-Crate 1.1: the folder of its files is the crate, so their names are relative."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from evidencehub.domain.catalogue import (
    Catalogue,
    CatalogueDataset,
    CoveredPlace,
    Distribution,
    build_site_url,
)
from evidencehub.formats.citations import cite_dataset
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json

PROFILE = "https://w3id.org/ro/crate/1.1"
METADATA_NAME = "ro-crate-metadata.json"


def write_ro_crate(_: Catalogue, dataset: CatalogueDataset) -> bytes:
    """Return the description of the folder of the current release of a dataset."""
    files = [_describe_file(file) for file in dataset.current.files]
    places = [_describe_place(place) for place in dataset.places]
    publisher = {
        "@id": "#publisher",
        "@type": "Organization",
        "name": dataset.publisher.name,
        "url": build_site_url("/"),
    }
    licence = drop_empty(
        {
            "@id": dataset.licence.url or "#licence",
            "@type": "CreativeWork",
            "name": dataset.licence.name,
            "description": "\n".join(dataset.rights) or dataset.licence.name,
        }
    )
    root = _describe_root(dataset) | {
        "publisher": _refer(publisher),
        "author": _refer(publisher),
        "license": _refer(licence),
        "contentLocation": [_refer(place) for place in places],
        "hasPart": [_refer(file) for file in files],
    }
    descriptor = {
        "@id": METADATA_NAME,
        "@type": "CreativeWork",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": "./"},
    }
    graph = [descriptor, drop_empty(root), publisher, licence, *places, *files]
    return write_json({"@context": f"{PROFILE}/context", "@graph": graph})


def _describe_root(dataset: CatalogueDataset) -> dict[str, Any]:
    release = dataset.current
    return {
        "@id": "./",
        "@type": "Dataset",
        "identifier": build_site_url(dataset.path),
        "url": build_site_url(dataset.path),
        "name": dataset.title,
        "description": dataset.full_description,
        "version": release.version,
        "datePublished": release.issued_at,
        "inLanguage": dataset.language,
        "keywords": ", ".join(dataset.keywords),
        "temporalCoverage": dataset.interval,
        "creditText": cite_dataset(dataset),
        "usageInfo": "\n".join((*dataset.notes, *dataset.rights)),
        "isBasedOn": list(dataset.source_urls),
    }


def _describe_file(file: Distribution) -> dict[str, Any]:
    return {
        "@id": quote(file.path),
        "@type": "File",
        "name": file.path,
        "description": file.description,
        "encodingFormat": get_format(file.format_name).media_type,
        "contentSize": str(file.size_bytes),
        "sha256": file.sha256,
    }


def _describe_place(place: CoveredPlace) -> dict[str, Any]:
    return {
        "@id": f"#place-{quote(place.code)}",
        "@type": "Place",
        "name": place.label,
        "identifier": place.code,
    }


def _refer(entity: dict[str, Any]) -> dict[str, str]:
    return {"@id": entity["@id"]}
