"""The document beside a CSV (CSV on the Web): its columns, its licence, how it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.formats.format import RowColumn

_DATATYPES: Mapping[str, Any] = {
    "number": "number",
    "integer": "number",  # SQLite and pandas write some of them as 2.0
    "boolean": {"base": "boolean", "format": "true|false"},
    "object": "json",
    "day": "date",
}
LIST_SEPARATOR = ";"


def build_csv_metadata(
    title: str,
    columns: Sequence[RowColumn],
    line_terminator: str,
    licence_urls: Sequence[str],
    citations: Sequence[str],
    notes: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a CSV is, without its address: `write_csv_metadata` adds it.

    The words are those of the W3C's Metadata Vocabulary for Tabular Data (2015); what it has no
    words for stands in `notes`.
    """
    return {
        "dc:title": title,
        "dc:license": [{"@id": url} for url in licence_urls],
        "dc:bibliographicCitation": list(citations),
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": [line_terminator]},
        "tableSchema": {"columns": [_describe_column(column) for column in columns]},
        "notes": [notes],
    }


def write_csv_metadata(url: str, described: Mapping[str, Any]) -> bytes:
    """Return the document for the CSV at `url`, which may be relative to the document's own."""
    document = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        **described,
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _describe_column(column: RowColumn) -> dict[str, Any]:
    datatype = _DATATYPES.get(column.column_type, "string")
    separator = {"separator": LIST_SEPARATOR} if column.column_type == "list" else {}
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": datatype,
        **separator,
    }
