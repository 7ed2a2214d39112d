"""The document beside a CSV (CSV on the Web): its columns, releases, licences and verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.api.answer_metadata import Metadata, list_licence_urls
from evidencehub.store.resource_model import ColumnType, ResourceColumn

_DATATYPES: Mapping[ColumnType, Any] = {
    "number": "number",
    "integer": "number",  # SQLite and pandas write some of them as 2.0
    "boolean": {"base": "boolean", "format": "true|false"},
    "object": "json",
    "day": "date",
}
LIST_SEPARATOR = ";"


def render_csv_metadata(title: str, columns: Sequence[ResourceColumn], metadata: Metadata) -> bytes:
    """Return the metadata of a CSV as JSON (W3C Metadata Vocabulary for Tabular Data, 2015).

    What the vocabulary has no words for, such as the verdict, stands in `notes`.
    """
    notes = {name: value for name, value in metadata.items() if name != "links"}
    document = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": metadata["links"]["self"],
        "dc:title": title,
        "dc:license": [{"@id": url} for url in list_licence_urls(metadata["licence"])],
        "dc:bibliographicCitation": [item["attribution"] for item in metadata["release"]],
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"]},
        "tableSchema": {"columns": [_describe_column(column) for column in columns]},
        "notes": [notes],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _describe_column(column: ResourceColumn) -> dict[str, Any]:
    datatype = _DATATYPES.get(column.column_type, "string")
    separator = {"separator": LIST_SEPARATOR} if column.column_type == "list" else {}
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": datatype,
        **separator,
    }
