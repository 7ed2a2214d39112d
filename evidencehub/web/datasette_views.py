"""View models of the pages of tables, rows, queries and the database.

Each `read_…` takes the variables that Datasette gives to a template and returns what ours needs,
so that a template has texts and no rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from evidencehub.web import datasette_links
from evidencehub.web.datasette_links import Heading, Pairs, TableFilter

Variables = Mapping[str, Any]
PageModel = dict[str, Any]


class Cell(NamedTuple):
    """A value as a page shows it, with the name of its column; empty if it is missing."""

    column: str
    value: Any  # text, or the markup of a link
    is_number: bool


def read_table(variables: Variables) -> PageModel:
    """Return the page of a table or a view: some of its rows. `total` may be unknown (None)."""
    path = str(variables["urls"].table(variables["database"], variables["table"]))
    pairs = datasette_links.parse_pairs(variables["request"].query_string)
    order = _read_order(variables)
    filters = datasette_links.list_filters(path, pairs)
    rows = [_read_cells(row) for row in variables["display_rows"]]
    return {
        "table": _read_metadata(variables),
        "path": path,
        "total": variables["filtered_table_rows_count"],
        "sorted_by": order[0],
        "filters": filters,
        "conditions": [
            (item["text"], datasette_links.drop_page(item["remove_url"]))
            for item in variables.get("extra_wheres_for_ui") or ()
        ],
        "form": _read_form(variables, pairs, filters, order),
        "counts": _read_counts(variables, pairs),
        "headings": _read_headings(variables, path, pairs, rows),
        "rows": rows,
        **_read_exports(variables),
        "csv_limit": variables["settings"]["max_returned_rows"],
        "first_url": _first_url(path, pairs),
        "next_url": datasette_links.keep_last(variables["next_url"] or "", {datasette_links.PAGE}),
        "sql_url": _sql_url(variables),
        "definition": variables["view_definition"] or variables["table_definition"] or "",
    }


def read_row(variables: Variables) -> PageModel:
    """Return the page of one row, with the rows of other tables that have its key."""
    table = _read_metadata(variables)
    descriptions = dict(table["columns"])
    keys = variables["primary_key_values"]
    return {
        "table": table,
        # not as a plain text: the template would put the prefix before it once more
        "table_url": variables["urls"].table(variables["database"], variables["table"]),
        "key": ", ".join(keys),
        "cells": [
            (cell, descriptions.get(cell.column, ""))
            for cell in _read_cells(variables["display_rows"][0])
        ],
        "references": [
            {
                "table": item["other_table"],
                "column": item["other_column"],
                "count": item["count"],
                "url": _reference_url(variables, item, keys),
            }
            for item in variables["foreign_key_tables"]
            if item["count"]
        ],
        "json_url": variables["renderers"]["json"],
    }


def read_query(variables: Variables) -> PageModel:
    """Return the page of a stored query, or of SQL that somebody wrote, which is open to edit."""
    urls, database, name = variables["urls"], variables["database"], variables["query_name"]
    metadata = variables["metadata"] if name else {"title": "", "description": ""}
    parameters = list(variables["named_parameter_values"].items())
    rows = [
        [make_cell(*parts) for parts in zip(variables["columns"], raw, display, strict=True)]
        for raw, display in zip(variables["rows"], variables["display_rows"], strict=True)
    ]
    numbers = list_numbers(rows)
    return {
        "title": metadata.get("title", name),
        "description": metadata.get("description"),
        "path": str(urls.query(database, name) if name else urls.database(database)),
        "is_open": not name and variables["allow_execute_sql"],
        "sql": variables["query"]["sql"],
        "edit_url": variables["edit_sql_url"] if name else "",
        "parameters": parameters,
        "is_filled": not parameters or any(value for _, value in parameters),
        "error": variables["error"],
        "headings": [Heading(name, is_number=name in numbers) for name in variables["columns"]],
        "rows": rows,
        "is_truncated": variables["truncated"],
        **_read_exports(variables),
    }


def read_database(variables: Variables) -> PageModel:
    """Return the page of a database where everybody may write SQL."""
    metadata = variables["metadata"]
    titles = metadata.get("tables") or {}
    has_hidden = bool(variables["show_hidden"])
    return {
        "title": metadata.get("title") or variables["database"],
        "description": metadata.get("description") or "",
        "tables": [
            _describe(item["name"], titles, item["columns"])
            for item in variables["tables"]
            if has_hidden or not item["hidden"]
        ],
        "views": [_describe(item["name"], titles, ()) for item in variables["views"]],
        "hidden_count": 0 if has_hidden else variables["hidden_count"],
    }


def make_cell(column: str, raw: Any, display: Any) -> Cell:
    """Return a cell from a value and what a page displays for it."""
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    return Cell(column, "" if raw in ("", None) else display, is_number)


def list_numbers(rows: Iterable[Sequence[Cell]]) -> set[str]:
    """Return the columns with a number in one of the rows."""
    return {cell.column for cells in rows for cell in cells if cell.is_number}


def _read_cells(row: Iterable[Mapping[str, Any]]) -> list[Cell]:
    return [make_cell(cell["column"], cell["raw"], cell["value"]) for cell in row]


def _read_headings(
    variables: Variables, path: str, pairs: Pairs, rows: Sequence[Sequence[Cell]]
) -> list[Heading]:
    """Return the headings of a table. A view is sorted by the form alone: all of it each time."""
    is_view = variables["is_view"]
    columns = [
        {**item, "sortable": item["sortable"] and not is_view}
        for item in variables["display_columns"]
    ]
    has_row_link = not is_view and len(variables["primary_keys"]) != 1
    return datasette_links.make_headings(
        columns, path, pairs, _read_order(variables), list_numbers(rows), has_row_link=has_row_link
    )


def _read_exports(variables: Variables) -> PageModel:
    """Return the same rows as JSON and CSV; what Datasette adds to the address stands once."""
    urls = {"json_url": variables["renderers"]["json"], "csv_url": variables["url_csv"]}
    added = ("_labels", "_size")
    return {name: datasette_links.keep_last(url, added) for name, url in urls.items()}


def _read_order(variables: Variables) -> tuple[str, bool]:
    """Return the column that sorts the rows, and whether it descends."""
    descending = variables["sort_desc"]
    return (descending, True) if descending else (variables["sort"] or "", False)


def _read_metadata(variables: Variables) -> PageModel:
    metadata, name = variables["metadata"], variables["table"]
    descriptions = metadata.get("columns") or {}
    columns = [column["name"] for column in variables["display_columns"]]
    return {
        "name": name,
        "title": metadata.get("title") or name,
        "description": metadata.get("description"),
        "columns": [(column, descriptions[column]) for column in columns if column in descriptions],
        "licence": metadata.get("license") or metadata.get("license_url"),
        "licence_url": metadata.get("license_url"),
        "source": metadata.get("source") or metadata.get("source_url"),
        "source_url": metadata.get("source_url"),
    }


def _read_form(
    variables: Variables, pairs: Pairs, filters: Sequence[TableFilter], order: tuple[str, bool]
) -> PageModel:
    """Return the form that filters, searches and sorts; no `search` where nothing is indexed."""
    has_search = bool(variables.get("supports_search"))
    is_asked = any(value for name, value in pairs if name in datasette_links.SORTING)
    visible = (*datasette_links.SORTING, *((datasette_links.SEARCH,) if has_search else ()))
    sortable = [item["name"] for item in variables["display_columns"] if item["sortable"]]
    return {
        "filters": datasette_links.make_filter_fields(filters, variables["filter_columns"]),
        "search": dict(pairs).get(datasette_links.SEARCH, "") if has_search else None,
        "sorts": datasette_links.make_choices(sortable, order[0] if is_asked else ""),
        "is_descending": order[1],
        "hidden": datasette_links.list_hidden(pairs, visible),
    }


def _read_counts(variables: Variables, pairs: Pairs) -> PageModel:
    """Return facets, those that took too long, and the columns to choose the next one from."""
    is_allowed = variables["datasette_allow_facet"] == "true"
    columns = variables["filter_columns"] if is_allowed else ()
    return {
        "facets": [datasette_links.make_facet(item) for item in variables["sorted_facet_results"]],
        "timed_out": variables["facets_timed_out"],
        "choices": datasette_links.list_facet_choices(columns, pairs),
        "hidden": datasette_links.drop_names(pairs, {datasette_links.PAGE}),
    }


def _first_url(path: str, pairs: Pairs) -> str:
    """Return the link to the first page; empty on it."""
    other_pairs = datasette_links.drop_names(pairs, {datasette_links.PAGE})
    return datasette_links.build_link(path, other_pairs) if len(other_pairs) < len(pairs) else ""


def _sql_url(variables: Variables) -> str:
    """Return the link to the same rows as SQL to change; empty where SQL is closed."""
    if not variables["allow_execute_sql"]:
        return ""
    query = variables["query"]
    pairs = [("sql", query["sql"]), *((k, str(v)) for k, v in query["params"].items())]
    return datasette_links.build_link(str(variables["urls"].database(variables["database"])), pairs)


def _reference_url(variables: Variables, reference: Mapping[str, Any], keys: Sequence[str]) -> str:
    column = reference["other_column"]
    name = f"{column}__exact" if column.startswith("_") else column
    path = str(variables["urls"].table(variables["database"], reference["other_table"]))
    return datasette_links.build_link(path, [(name, keys[0])])


def _describe(
    name: str, titles: Mapping[str, Mapping[str, Any]], columns: Sequence[str]
) -> dict[str, str]:
    metadata = titles.get(name, {})
    texts = {key: str(metadata.get(key) or "") for key in ("title", "description")}
    return {"name": name, "columns": ", ".join(columns), **texts}


READERS: Mapping[str, Callable[[Variables], PageModel]] = {
    "read_table": read_table,
    "read_row": read_row,
    "read_query": read_query,
    "read_database": read_database,
}
