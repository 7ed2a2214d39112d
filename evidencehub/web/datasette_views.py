"""View models of the pages of tables, rows, queries and the database.

Each `read_…` takes the variables that Datasette gives to a template and returns what ours needs,
so that a template has texts and no rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.web import datasette_links
from evidencehub.web.datasette_links import Facet, FilterFields, Heading, Pairs, TableFilter

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as a page shows it, with the name of its column; empty if it is missing."""

    column: str
    value: Any  # text, or the markup of a link
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The metadata of a table; `columns` are names with their descriptions."""

    name: str
    title: str
    description: str
    columns: Sequence[tuple[str, str]]
    licence: str
    licence_url: str
    source: str
    source_url: str


@dataclass(frozen=True, slots=True)
class Form:
    """The form that filters, searches and sorts. `search` is None where nothing is indexed."""

    filters: Sequence[FilterFields]
    search: str | None
    sorts: Sequence[datasette_links.Choice]
    is_descending: bool
    hidden: Pairs


@dataclass(frozen=True, slots=True)
class Counts:
    """Facets, those that took too long, and the columns to choose the next one from."""

    facets: Sequence[Facet]
    timed_out: Sequence[str]
    choices: Sequence[datasette_links.Choice]
    hidden: Pairs


@dataclass(frozen=True, slots=True)
class TablePage:
    """A table or a view: some of its rows. `total` is None if counting took too long."""

    table: Table
    path: str
    total: int | None
    sorted_by: str
    filters: Sequence[TableFilter]
    conditions: Sequence[tuple[str, str]]
    form: Form
    counts: Counts
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    json_url: str
    csv_url: str
    csv_limit: int
    first_url: str
    next_url: str
    sql_url: str
    definition: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of another table that have the key of a row in one of their columns."""

    table: str
    column: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """One row of a table."""

    table: Table
    table_url: str
    key: str
    cells: Sequence[tuple[Cell, str]]
    references: Sequence[Reference]
    json_url: str


@dataclass(frozen=True, slots=True)
class QueryPage:
    """A stored query or somebody's own SQL. `is_open`: the SQL can be changed on the page."""

    title: str
    description: str
    path: str
    is_open: bool
    sql: str
    edit_url: str
    parameters: Sequence[tuple[str, str]]
    is_filled: bool
    error: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    is_truncated: bool
    json_url: str
    csv_url: str


@dataclass(frozen=True, slots=True)
class DatabasePage:
    """The list of tables of a database that takes SQL. `hidden_count` are left out of it."""

    title: str
    description: str
    tables: Sequence[Mapping[str, str]]
    views: Sequence[Mapping[str, str]]
    hidden_count: int


def read_table(variables: Variables) -> TablePage:
    """The page of a table or a view."""
    path = str(variables["urls"].table(variables["database"], variables["table"]))
    pairs = datasette_links.parse_pairs(variables["request"].query_string)
    order = _read_order(variables)
    filters = datasette_links.list_filters(path, pairs)
    rows = [_read_cells(row) for row in variables["display_rows"]]
    json_url, csv_url = _read_exports(variables)
    return TablePage(
        table=_read_metadata(variables),
        path=path,
        total=variables["filtered_table_rows_count"],
        sorted_by=order[0],
        filters=filters,
        conditions=[
            (item["text"], datasette_links.drop_page(item["remove_url"]))
            for item in variables.get("extra_wheres_for_ui") or ()
        ],
        form=_read_form(variables, pairs, filters, order),
        counts=_read_counts(variables, pairs),
        headings=_read_headings(variables, path, pairs, rows),
        rows=rows,
        json_url=json_url,
        csv_url=csv_url,
        csv_limit=variables["settings"]["max_returned_rows"],
        first_url=_first_url(path, pairs),
        next_url=datasette_links.keep_last(variables["next_url"] or "", {datasette_links.PAGE}),
        sql_url=_sql_url(variables),
        definition=variables["view_definition"] or variables["table_definition"] or "",
    )


def read_row(variables: Variables) -> RowPage:
    """The page of one row."""
    table = _read_metadata(variables)
    descriptions = dict(table.columns)
    urls, database = variables["urls"], variables["database"]
    keys = variables["primary_key_values"]
    references = [
        Reference(
            item["other_table"],
            item["other_column"],
            item["count"],
            _reference_url(urls, database, item, keys),
        )
        for item in variables["foreign_key_tables"]
        if item["count"]
    ]
    return RowPage(
        table=table,
        table_url=str(urls.table(database, variables["table"])),
        key=", ".join(keys),
        cells=[
            (cell, descriptions.get(cell.column, ""))
            for cell in _read_cells(variables["display_rows"][0])
        ],
        references=references,
        json_url=variables["renderers"]["json"],
    )


def read_query(variables: Variables) -> QueryPage:
    """The page of a stored query, or of SQL that somebody wrote."""
    urls, database, name = variables["urls"], variables["database"], variables["query_name"]
    metadata = variables["metadata"] if name else {}
    parameters = list(variables["named_parameter_values"].items())
    columns = variables["columns"]
    rows = [
        [make_cell(*parts) for parts in zip(columns, raw, display, strict=True)]
        for raw, display in zip(variables["rows"], variables["display_rows"], strict=True)
    ]
    numbers = list_numbers(rows)
    json_url, csv_url = _read_exports(variables)
    return QueryPage(
        title=metadata.get("title") or name or "",
        description=metadata.get("description") or "",
        path=str(urls.query(database, name) if name else urls.database(database)),
        is_open=not name and bool(variables["allow_execute_sql"]),
        sql=variables["query"]["sql"],
        edit_url=(variables["edit_sql_url"] or "") if name else "",
        parameters=parameters,
        is_filled=not parameters or any(value for _, value in parameters),
        error=variables["error"] or "",
        headings=[Heading(name, is_number=name in numbers) for name in columns],
        rows=rows,
        is_truncated=bool(variables["truncated"]),
        json_url=json_url,
        csv_url=csv_url,
    )


def read_database(variables: Variables) -> DatabasePage:
    """The page of a database where everybody may write SQL."""
    metadata = variables["metadata"]
    titles = metadata.get("tables") or {}
    has_hidden = bool(variables["show_hidden"])
    return DatabasePage(
        title=metadata.get("title") or variables["database"],
        description=metadata.get("description") or "",
        tables=[
            _describe(item["name"], titles, item["columns"])
            for item in variables["tables"]
            if has_hidden or not item["hidden"]
        ],
        views=[_describe(item["name"], titles, ()) for item in variables["views"]],
        hidden_count=0 if has_hidden else variables["hidden_count"],
    )


def make_cell(column: str, raw: Any, display: Any) -> Cell:
    """A cell from a value and what a page displays for it."""
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    return Cell(column, "" if raw in ("", None) else display, is_number)


def list_numbers(rows: Iterable[Sequence[Cell]]) -> set[str]:
    """The columns with a number in one of the rows."""
    return {cell.column for cells in rows for cell in cells if cell.is_number}


def _read_cells(row: Iterable[Mapping[str, Any]]) -> list[Cell]:
    return [make_cell(cell["column"], cell["raw"], cell["value"]) for cell in row]


def _read_headings(
    variables: Variables, path: str, pairs: Pairs, rows: Sequence[Sequence[Cell]]
) -> list[Heading]:
    """The headings of a table. Views are sorted by the form alone: each sorts the whole view."""
    is_view = variables["is_view"]
    columns = [
        {**item, "sortable": item["sortable"] and not is_view}
        for item in variables["display_columns"]
    ]
    has_row_link = not is_view and len(variables["primary_keys"]) != 1
    return datasette_links.make_headings(
        columns, path, pairs, _read_order(variables), list_numbers(rows), has_row_link=has_row_link
    )


def _read_exports(variables: Variables) -> tuple[str, str]:
    """The same rows as JSON and as CSV, with what Datasette adds to the address in one place."""
    added = ("_labels", "_size")
    json_url = datasette_links.keep_last(variables["renderers"]["json"], added)
    return json_url, datasette_links.keep_last(variables["url_csv"], added)


def _read_order(variables: Variables) -> tuple[str, bool]:
    """The column that sorts the rows, and whether it descends."""
    descending = variables["sort_desc"]
    return (descending, True) if descending else (variables["sort"] or "", False)


def _read_metadata(variables: Variables) -> Table:
    metadata = variables["metadata"]
    descriptions = metadata.get("columns") or {}
    names = [column["name"] for column in variables["display_columns"]]
    texts = {
        key: str(metadata.get(key) or "")
        for key in ("title", "description", "license", "license_url", "source", "source_url")
    }
    return Table(
        name=variables["table"],
        title=texts["title"] or variables["table"],
        description=texts["description"],
        columns=[(name, descriptions[name]) for name in names if descriptions.get(name)],
        licence=texts["license"] or texts["license_url"],
        licence_url=texts["license_url"],
        source=texts["source"] or texts["source_url"],
        source_url=texts["source_url"],
    )


def _read_form(
    variables: Variables, pairs: Pairs, filters: Sequence[TableFilter], order: tuple[str, bool]
) -> Form:
    columns = variables["filter_columns"]
    sortable = variables["display_columns"]
    has_search = bool(variables.get("supports_search"))
    is_asked = any(value for name, value in pairs if name in datasette_links.SORTING)
    visible = (*datasette_links.SORTING, *((datasette_links.SEARCH,) if has_search else ()))
    return Form(
        filters=datasette_links.make_filter_fields(filters, columns),
        search=dict(pairs).get(datasette_links.SEARCH, "") if has_search else None,
        sorts=datasette_links.make_choices(
            [item["name"] for item in sortable if item["sortable"]], order[0] if is_asked else ""
        ),
        is_descending=order[1],
        hidden=datasette_links.list_hidden(pairs, visible),
    )


def _read_counts(variables: Variables, pairs: Pairs) -> Counts:
    is_allowed = variables["datasette_allow_facet"] == "true"
    columns = variables["filter_columns"] if is_allowed else ()
    return Counts(
        facets=[datasette_links.make_facet(item) for item in variables["sorted_facet_results"]],
        timed_out=variables["facets_timed_out"],
        choices=datasette_links.list_facet_choices(columns, pairs),
        hidden=datasette_links.drop_names(pairs, {datasette_links.PAGE}),
    )


def _first_url(path: str, pairs: Pairs) -> str:
    """The link to the first page; empty on it."""
    other_pairs = datasette_links.drop_names(pairs, {datasette_links.PAGE})
    return datasette_links.build_link(path, other_pairs) if len(other_pairs) < len(pairs) else ""


def _sql_url(variables: Variables) -> str:
    """The link to the same rows as SQL to change; empty where SQL is closed."""
    if not variables["allow_execute_sql"]:
        return ""
    query = variables["query"]
    pairs = [("sql", query["sql"]), *((k, str(v)) for k, v in query["params"].items())]
    return datasette_links.build_link(str(variables["urls"].database(variables["database"])), pairs)


def _reference_url(
    urls: Any, database: str, reference: Mapping[str, Any], keys: Sequence[str]
) -> str:
    column = reference["other_column"]
    name = f"{column}__exact" if column.startswith("_") else column
    path = str(urls.table(database, reference["other_table"]))
    return datasette_links.build_link(path, [(name, keys[0])])


def _describe(
    name: str, titles: Mapping[str, Mapping[str, Any]], columns: Sequence[str]
) -> dict[str, str]:
    metadata = titles.get(name, {})
    texts = {key: str(metadata.get(key) or "") for key in ("title", "description")}
    return {"name": name, "columns": ", ".join(columns), **texts}


READERS: Mapping[str, Callable[[Variables], Any]] = {
    "read_table": read_table,
    "read_row": read_row,
    "read_query": read_query,
    "read_database": read_database,
}
