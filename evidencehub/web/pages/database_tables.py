"""The list of Datasette's tables, views and stored queries, in one look at the schema.

Datasette's own page runs some three hundred queries for it, and counts rows that nobody reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evidencehub.store.database_tables import TableColumnsRow, select_tables
from evidencehub.web.page_request import Context, PageRequest


def build_context(request: PageRequest) -> Context:
    """Return every table, view and stored query."""
    metadata_file = request.build_folder / "metadata.json"
    hub_metadata = json.loads(metadata_file.read_text("utf-8"))["databases"]["hub"]
    titles = hub_metadata["tables"]
    rows = select_tables(request.db)
    return {
        "title": hub_metadata["title"],
        "description": hub_metadata["description"],
        "tables": [_add_title(row, titles) for row in rows if row.type == "table"],
        "views": [_add_title(row, titles) for row in rows if row.type == "view"],
        "queries": [
            {"name": name, "title": query["title"], "description": query["description"]}
            for name, query in hub_metadata["queries"].items()
        ],
    }


def _add_title(row: TableColumnsRow, metadata: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    texts = metadata.get(row.name, {})
    names = ("title", "description")
    return {"name": row.name, "columns": row.columns, **{n: texts.get(n, "") for n in names}}
