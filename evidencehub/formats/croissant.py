"""A release as ML Croissant 1.0: its files with their hashes, and the columns of its tables."""

from __future__ import annotations

import re
from typing import Any

from evidencehub.domain.catalogue import (
    Catalogue,
    CatalogueDataset,
    Distribution,
    TableColumn,
    build_file_url,
    build_site_url,
)
from evidencehub.formats.citations import cite_dataset
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json

_SAFE_ID = re.compile(r"[A-Za-z0-9._/-]+")  # readers refuse spaces, escaped ones too
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_OWN_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty",
    "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate",
    "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _OWN_TERMS},
}
"""The context of Croissant 1.0, which its readers expect as it is."""
_DATA_TYPES = {"number": "sc:Float", "integer": "sc:Float"}
"""An integer may be missing, and no reader has an integer for that."""


def write_croissant(catalogue: Catalogue, dataset: CatalogueDataset) -> bytes:
    """Return the current release of a dataset as Croissant."""
    release = dataset.current
    publisher = {"@type": "sc:Organization", "name": dataset.publisher.name}
    return write_json(
        drop_empty(
            {
                "@context": CONTEXT,
                "@type": "sc:Dataset",
                "@id": build_site_url(dataset.path),
                "conformsTo": CONFORMS_TO,
                "name": dataset.name,
                "alternateName": dataset.title,
                "description": dataset.full_description,
                "url": build_site_url(dataset.path),
                "version": release.version,
                "datePublished": release.issued_at[:10],
                "inLanguage": dataset.language,
                "license": dataset.licence.url or dataset.licence.name,
                "usageInfo": "\n".join(dataset.rights),
                "rai:dataLimitations": list(dataset.notes),
                "citeAs": cite_dataset(dataset),
                "creator": publisher,
                "publisher": publisher,
                "includedInDataCatalog": {"@type": "sc:DataCatalog", "name": catalogue.title},
                "keywords": list(dataset.keywords),
                "temporalCoverage": dataset.interval,
                "isBasedOn": list(dataset.source_urls),
                "isLiveDataset": False,
                "distribution": [_describe_file(dataset, file) for file in release.files],
                "recordSet": [_describe_table(file) for file in release.files if file.columns],
            }
        )
    )


def _describe_file(dataset: CatalogueDataset, file: Distribution) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _build_file_id(file),
        "name": file.path,
        "description": file.description,
        "contentUrl": build_file_url(dataset, dataset.current, file.path),
        "contentSize": f"{file.size_bytes} B",
        "encodingFormat": get_format(file.format_name).media_type,
        "sha256": file.sha256,
    }


def _describe_table(file: Distribution) -> dict[str, Any]:
    name = f"rows/{_build_file_id(file)}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": file.description,
        "field": [
            _describe_column(file, f"{name}/{_build_id(column.name, f'column-{number}')}", column)
            for number, column in enumerate(file.columns, 1)
        ],
    }


def _describe_column(file: Distribution, identifier: str, column: TableColumn) -> dict[str, Any]:
    return drop_empty(
        {
            "@type": "cr:Field",
            "@id": identifier,
            "name": column.name,
            "description": column.description,
            "dataType": _DATA_TYPES.get(column.column_type, "sc:Text"),
            "source": {
                "fileObject": {"@id": _build_file_id(file)},
                "extract": {"column": column.name},
            },
        }
    )


def _build_file_id(file: Distribution) -> str:
    return _build_id(file.path, f"file-{file.sha256[:12]}")


def _build_id(name: str, substitute: str) -> str:
    """Return a name where it can be an identifier, else what stands for it."""
    return name if _SAFE_ID.fullmatch(name) else substitute
