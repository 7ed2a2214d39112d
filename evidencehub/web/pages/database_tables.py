"""The list of Datasette's tables, views and ready questions, in one look at the schema.

Datasette's own page asks some three hundred questions for it, and counts what nobody asked.
"""

from __future__ import annotations

import json
from typing import Any

from evidencehub.web.page_request import Context, PageRequest

TABLE_COLUMNS_SQL = """
select t.type, t.name, group_concat(c.name, ', ') as columns
from sqlite_schema as t, pragma_table_info(t.name) as c
where t.type in ('table', 'view') and t.name not like 'sqlite%' and t.name not like 'search%'
group by t.type, t.name
order by t.name
"""


def build_context(request: PageRequest) -> Context:
    """Every table and view with its columns, by the titles that the build gives them."""
    hub_metadata = json.loads((request.build_folder / "metadata.json").read_text("utf-8"))[
        "databases"
    ]["hub"]
    titles: dict[str, dict[str, Any]] = hub_metadata["tables"]
    rows = [
        {**row, **_select_title_and_description(titles.get(row["name"], {}))}
        for row in request.db.fetch_dicts(TABLE_COLUMNS_SQL)
    ]
    return {
        "title": hub_metadata["title"],
        "description": hub_metadata["description"],
        "tables": [row for row in rows if row["type"] == "table"],
        "views": [row for row in rows if row["type"] == "view"],
        "queries": [
            {"name": name, "title": query["title"], "description": query["description"]}
            for name, query in hub_metadata["queries"].items()
        ],
    }


def _select_title_and_description(table: dict[str, Any]) -> dict[str, str]:
    return {name: table.get(name, "") for name in ("title", "description")}
