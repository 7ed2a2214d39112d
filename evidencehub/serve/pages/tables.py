"""The list of Datasette's tables, views and ready questions, in one look at the schema.

Datasette's own page asks some three hundred questions for it, and counts what nobody asked.
"""

from __future__ import annotations

import json
from typing import Any

from evidencehub.serve.pages.page import Context, Visit

COLUMNS = """
select t.type, t.name, group_concat(c.name, ', ') as columns
from sqlite_schema as t, pragma_table_info(t.name) as c
where t.type in ('table', 'view') and t.name not like 'sqlite%' and t.name not like 'search%'
group by t.type, t.name
order by t.name
"""


def context(visit: Visit) -> Context:
    """Every table and view with its columns, by the titles that the build gives them."""
    told = json.loads((visit.build / "metadata.json").read_text("utf-8"))["databases"]["hub"]
    titles: dict[str, dict[str, Any]] = told["tables"]
    rows = [{**row, **_said(titles.get(row["name"], {}))} for row in visit.ask.named(COLUMNS)]
    return {
        "title": told["title"],
        "description": told["description"],
        "tables": [row for row in rows if row["type"] == "table"],
        "views": [row for row in rows if row["type"] == "view"],
        "queries": [
            {"name": name, "title": one["title"], "description": one["description"]}
            for name, one in told["queries"].items()
        ],
    }


def _said(table: dict[str, Any]) -> dict[str, str]:
    return {name: table.get(name, "") for name in ("title", "description")}
