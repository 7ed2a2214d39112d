"""The catalogue as data.json: version 1.1 of DCAT-US, which harvesters of data.gov's kind read.

Project Open Data, Metadata Schema v1.1. It has room for one short sentence on rights; all of what
is said stands in `dcterms:rights` and `dcterms:provenance`.
"""

from __future__ import annotations

from typing import Any

from evidencehub.domain.catalogue import (
    HUB_TEXT_NOTE,
    Agent,
    Catalogue,
    CatalogueDataset,
    Distribution,
    build_file_url,
    build_site_url,
)
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json

SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"


def write_data_json(catalogue: Catalogue) -> bytes:
    """Return the catalogue as data.json."""
    document = {
        "@context": f"{SCHEMA}/catalog.jsonld",
        "@id": build_site_url("/data.json"),
        "@type": "dcat:Catalog",
        "conformsTo": SCHEMA,
        "describedBy": f"{SCHEMA}/catalog.json",
        "dataset": [_describe_dataset(dataset, catalogue) for dataset in catalogue.datasets],
    }
    return write_json(document)


def _describe_dataset(dataset: CatalogueDataset, catalogue: Catalogue) -> dict[str, Any]:
    current = dataset.current
    facts = {
        "@type": "dcat:Dataset",
        "identifier": build_site_url(dataset.path),
        "title": dataset.title,
        "description": dataset.full_description,
        "keyword": list(dataset.keywords) or ["health"],
        "theme": ["Health"],
        "issued": dataset.releases[0].issued_at,
        "modified": current.issued_at,
        "publisher": {"@type": "org:Organization", "name": dataset.publisher.name},
        "contactPoint": _describe_contact(dataset.contact, catalogue.contact),
        "accessLevel": "public",
        "license": dataset.licence.url or dataset.licence.name,
        "rights": "" if dataset.is_synthetic else HUB_TEXT_NOTE,
        "dcterms:rights": list(dataset.rights),
        "dcterms:provenance": list(dataset.notes),
        "dcat:version": current.version,
        "language": [dataset.language],
        "landingPage": build_site_url(dataset.path),
        "spatial": "; ".join(place.label for place in dataset.places),
        "temporal": dataset.interval,
        "references": list(dataset.source_urls),
        "distribution": [_describe_file(dataset, file) for file in current.files],
    }
    return drop_empty(facts)


def _describe_contact(contact: Agent, site_contact: Agent) -> dict[str, str]:
    """Return whom to ask: by e-mail if that is known of the dataset, or of the hub."""
    agent = contact if contact.email or not site_contact.email else site_contact
    facts = {
        "@type": "vcard:Contact",
        "fn": agent.name,
        "hasEmail": f"mailto:{agent.email}" if agent.email else "",
    }
    return drop_empty(facts)


def _describe_file(dataset: CatalogueDataset, file: Distribution) -> dict[str, Any]:
    entry = get_format(file.format_name)
    return {
        "@type": "dcat:Distribution",
        "title": file.path,
        "description": file.description,
        "downloadURL": build_file_url(dataset, dataset.current, file.path),
        "mediaType": entry.media_type,
        "format": entry.title,
        "dcat:byteSize": file.size_bytes,
        "spdx:checksum": {"spdx:algorithm": "sha256", "spdx:checksumValue": file.sha256},
    }
