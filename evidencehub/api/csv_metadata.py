"""The document beside a CSV of the API: its columns, and what JSON has around the rows."""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.api.answer_metadata import Metadata, list_licence_urls
from evidencehub.formats.csv_metadata import build_csv_metadata, write_csv_metadata
from evidencehub.formats.format import RowColumn
from evidencehub.store.resource_model import ResourceColumn


def render_csv_metadata(title: str, columns: Sequence[ResourceColumn], metadata: Metadata) -> bytes:
    """Return the metadata of a CSV as JSON; releases, licences and verdict stand in `notes`."""
    described = build_csv_metadata(
        title,
        [RowColumn(c.name, c.column_type, c.description) for c in columns],
        "\r\n",
        list_licence_urls(metadata["licence"]),
        [item["attribution"] for item in metadata["release"]],
        {name: value for name, value in metadata.items() if name != "links"},
    )
    return write_csv_metadata(metadata["links"]["self"], described)
