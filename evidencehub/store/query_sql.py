"""Compiles a logical query to SQL: a statement and its bound values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from evidencehub.domain.status import FREE, NORMAL, TOTAL
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import SITE_URL_PLACEHOLDER, ApiResource, ResourceColumn

_LABEL_PLACEHOLDER = re.compile(r"label\{([a-z-]+)\|([^{}]*)\}")
MAX_CACHED_STATEMENTS, MAX_CACHED_STATEMENT_CHARS = 2_000, 20_000  # kept, and characters of one
FREQUENT_CODES = (TOTAL, NORMAL, FREE)  # codes that most rows have, looked at first
MAX_INLINE_LABELS = 32  # codes of a list whose labels are written into a statement

PERIOD_COLUMNS = ("period_start", "period_end")
Statement = tuple[str, dict[str, Any]]
JSON_SEPARATOR, JSON_SEPARATOR_SQL = b"\x1e", "x'1E'"  # JSON has no such byte: it escapes it
ROWIDS_CONDITION = "o.rowid in (select value from json_each(:rowids))"
"""The one condition of a query whose rows are known by their rowids."""
MIN_ROWS_FOR_INDEX_ORDER = 20_000
"""Queries that match more rows than this are read in the order of the key's index: that is faster
than sorting all matches."""


def compile_count(query: LogicalQuery, reference_data: ReferenceData) -> Statement:
    """Return the statement that counts a query's rows, whatever its limit and cursor."""
    resource = query.resource
    where_clause = _render_where(list_conditions(query))
    return _expand_labels(
        f"select count(*) from {resource.from_sql}{where_clause}", reference_data
    ), dict(query.bindings)


def compile_bounded_count(
    query: LogicalQuery, maximum: int, reference_data: ReferenceData
) -> Statement:
    """Return the statement that counts a query's rows up to a maximum."""
    sql = f"select count(*) from (select 1 from {render_rows(query)} limit {maximum})"
    return _expand_labels(sql, reference_data), dict(query.bindings)


def compile_value(query: LogicalQuery, sql: str, reference_data: ReferenceData) -> Statement:
    """Return the statement for one value of all rows of a query, such as a maximum."""
    statement = f"select {sql} from {render_rows(query)}"
    return _expand_labels(statement, reference_data), dict(query.bindings)


def render_rows(query: LogicalQuery) -> str:
    """Return the tables and the conditions of all rows of a query, as they follow `from`."""
    return f"{query.resource.from_sql}{_render_where(list_conditions(query))}"


def list_conditions(query: LogicalQuery, conditions: Sequence[str] | None = None) -> list[str]:
    """Return the conditions on the rows of a query, or others in their place, and the periods'."""
    row_conditions = [*(query.conditions if conditions is None else conditions)]
    if not query.last_periods and not query.first_periods:
        return row_conditions
    return [*row_conditions, _build_rank_condition(query, row_conditions)]


def list_series_columns(resource: ApiResource) -> list[str]:
    """Return the SQL of what the rows of one series have in common: their key but the period."""
    return [sql for sql in resource.key_columns if sql.partition(".")[2] not in PERIOD_COLUMNS]


def _build_rank_condition(query: LogicalQuery, conditions: Sequence[str]) -> str:
    """Return the condition that a row is of the newest, or the oldest, periods of its series.

    They are those among the rows that meet the conditions.
    """
    resource = query.resource
    start, end = (resource.columns_by_name[name].sql for name in PERIOD_COLUMNS)
    names = [f"k{number}" for number, _ in enumerate(resource.row_key)]
    keys = ", ".join(f"{sql} as {name}" for sql, name in zip(resource.row_key, names, strict=True))
    ranks = [
        (query.last_periods, f"{end} desc, {start} desc", "newness"),
        (query.first_periods, f"{start}, {end}", "age_rank"),
    ]
    series = ", ".join(list_series_columns(resource))
    wanted = [(count, order, name) for count, order, name in ranks if count]
    columns = ", ".join(
        f"dense_rank() over (partition by {series} order by {order}) as {name}"
        for _, order, name in wanted
    )
    ranked_sql = f"select {keys}, {columns} from {resource.from_sql}{_render_where(conditions)}"
    chosen = " or ".join(f"{name} <= {count}" for count, _, name in wanted)
    row_key = ", ".join(resource.row_key)
    return f"({row_key}) in (select {', '.join(names)} from ({ranked_sql}) where {chosen})"


def compile_excluded_count(query: LogicalQuery, reference_data: ReferenceData) -> Statement:
    """Return the statement that counts the rows that a query's `exclusion` leaves out."""
    conditions = [condition for condition in query.conditions if condition != query.exclusion]
    inclusion = f"({query.exclusion}) is not true"
    where_clause = _render_where(list_conditions(query, [inclusion, *conditions]))
    sql = f"select count(*) from {query.resource.from_sql}{where_clause}"
    return _expand_labels(sql, reference_data), dict(query.bindings)


def build_exclusion(
    resource: ApiResource, datasets: Sequence[str], named_indicators: Sequence[str] = ()
) -> str:
    """Return the condition that leaves out rows of some datasets, but for those of indicators."""
    condition = f"{resource.comparability_sql['dataset']} not in ({_quote_texts(datasets)})"
    if not named_indicators:
        return condition
    return f"{condition} or {_build_indicator_condition(resource, named_indicators)}"


def _build_indicator_condition(resource: ApiResource, indicators: Sequence[str]) -> str:
    """Return the condition that a row is about one of some indicators, or names one."""
    names = _quote_texts(indicators)
    column = resource.columns_by_name.get("indicator")
    if column is not None:
        return f"{column.sql} in ({names})"
    list_sql = resource.columns_by_name["indicators"].sql
    return f"exists (select 1 from json_each({list_sql}) where value in ({names}))"


def compile_distinct(
    query: LogicalQuery,
    columns: Sequence[str],
    limit: int,
    reference_data: ReferenceData,
    *conditions: str,
) -> Statement:
    """Return the statement for the different values of some columns in all rows of a query.

    `columns` are SQL. Whatever the page, all rows are looked at; of more than `limit`
    combinations one too many is returned. There is no order: it would mean to find all of them
    before the first, and only a complete set is used.
    """
    where_clause = _render_where([*list_conditions(query), *conditions])
    sql = f"select distinct {', '.join(columns)} from {query.resource.from_sql}{where_clause}"
    bindings = {**query.bindings, "most": limit + 1}
    return _expand_labels(f"{sql} limit :most", reference_data), bindings


def compile_json_rows(
    query: LogicalQuery, total: int, reference_data: ReferenceData, extra_rows: int = 1
) -> Statement:
    """Each row as a JSON object in UTF-8, and beside it the values of its place in the order.

    One row more than the limit is asked for (`extra_rows`), to know whether there are others.
    """
    pairs = ", ".join(f"'{c.name}', {_render_json_cell(c)}" for c in query.columns)
    sql, bindings = _compile_rows(
        _select_page(query, extra_rows), total, f"cast(json_object({pairs}) as blob)", extra_rows
    )
    return _expand_labels(sql, reference_data), bindings


def compile_json_page(query: LogicalQuery, total: int, reference_data: ReferenceData) -> Statement:
    """Return the statement for all rows of a page, and one more, in a single row of SQL.

    Its cells are the places in the order, JSON lists with commas, and the rows: JSON objects with
    JSON_SEPARATOR between them. One row is read without the interpreter; for a hundred its lock
    would go from thread to thread a hundred times. Only for queries whose order is that of the
    key: numbers would lose digits in JSON.
    """
    pairs = ", ".join(f"'{c.name}', {_render_json_cell(c)}" for c in query.columns)
    places = f"json_array({', '.join(query.resource.key_columns)}) as place"
    select_sql = f"{places}, json_object({pairs}) as row"
    page_query = _select_page(query, 1)
    rows_sql, bindings = _compile_rows(page_query, total, select_sql, 1, with_position=False)
    sql = (
        "select coalesce(group_concat(place), ''), cast("
        f"coalesce(group_concat(row, {JSON_SEPARATOR_SQL}), '') as blob) from ({rows_sql})"
    )
    return _expand_labels(sql, reference_data), bindings


def compile_cells(
    query: LogicalQuery, total: int, reference_data: ReferenceData, *, join_lists: bool = True
) -> Statement:
    """Each row as its cells: objects as JSON; lists joined with semicolons, or as JSON too."""
    select_list = [_render_text_cell(c) if join_lists else c.sql for c in query.columns]
    page_query = _select_page(query, 0)
    sql, bindings = _compile_rows(page_query, total, ", ".join(select_list), 0, with_position=False)
    return _expand_labels(sql, reference_data), bindings


def compile_last_position(
    query: LogicalQuery, total: int, reference_data: ReferenceData
) -> Statement:
    """Return the statement for the place of the last row of a page, and of the row that follows.

    The query has a limit. The second row is not there if no other page follows.
    """
    limit = query.limit or 1
    sql, bindings = _compile_rows(replace(query, limit=1, page_rowids=None), total, "1", 1)
    bindings["skipped"] = limit - 1
    return _expand_labels(f"{sql} offset :skipped", reference_data), bindings


def _select_page(query: LogicalQuery, extra_rows: int) -> LogicalQuery:
    """Return a query by rowids for those of its page only: labels are looked up for these alone.

    SQLite works out every column of a row before it sorts and cuts off.
    """
    if query.page_rowids is not None:
        known_rows = {"rowids": json.dumps(query.page_rowids)}
        return replace(query, conditions=[ROWIDS_CONDITION], bindings=known_rows)
    if list(query.conditions) != [ROWIDS_CONDITION] or query.limit is None or query.sort_order:
        return query
    conditions, bindings = [*query.conditions], {**query.bindings, "page": query.limit + extra_rows}
    if query.cursor_position is not None:
        bindings |= {f"a{i}": value for i, value in enumerate(query.cursor_position)}
        conditions.append(_render_cursor_condition(query))
    keys = ", ".join(query.resource.key_columns)
    page_sql = (
        f"select o.rowid from observation as o{_render_where(conditions)}"
        f" order by {keys} limit :page"
    )
    return replace(
        query, conditions=[f"o.rowid in ({page_sql})"], bindings=bindings, cursor_position=None
    )


def _list_position_columns(query: LogicalQuery) -> list[str]:
    return [*(column.sql for column, _ in query.sort_order), *query.resource.key_columns]


def _compile_rows(
    query: LogicalQuery, total: int, select_sql: str, extra_rows: int, *, with_position: bool = True
) -> Statement:
    bindings = dict(query.bindings)
    conditions = list_conditions(query)
    if query.cursor_position is not None:
        bindings |= {f"a{i}": value for i, value in enumerate(query.cursor_position)}
        conditions.append(_render_cursor_condition(query))
    source = _select_source(query, total)
    select_list = [select_sql]
    if with_position:
        select_list += _list_position_columns(query)
    sql = (
        f"select {', '.join(select_list)} from {source}{_render_where(conditions)} order by "
        f"{_render_order(query)}"
    )
    if query.limit is not None:
        sql += " limit :most"
        bindings["most"] = query.limit + extra_rows
    if query.limit is not None and query.offset:
        sql += " offset :offset"
        bindings["offset"] = query.offset
    return sql, bindings


def _render_order(query: LogicalQuery) -> str:
    """Return what rows are ordered by: the key comes last.

    A page by rowids has them in the order of the key: sorting texts costs a third of the page.
    SQLite reads rowids in their order, and sorts nothing where nulls have no place of their own.
    """
    if query.page_rowids is not None:
        return "o.rowid"
    columns = [(column.sql, descending) for column, descending in query.sort_order]
    keys = query.resource.key_columns
    if query.resource.indexed_source:  # no part of its key is ever null
        return ", ".join([*_render_terms(columns), *keys])
    return ", ".join(_render_terms([*columns, *((key, False) for key in keys)]))


def _select_source(query: LogicalQuery, total: int) -> str:
    """Return the tables of a query, read in the order of the key where that is quicker."""
    resource = query.resource
    is_sorted_otherwise = query.page_rowids is not None or bool(query.sort_order)
    if not resource.indexed_source or is_sorted_otherwise or total <= MIN_ROWS_FOR_INDEX_ORDER:
        return resource.from_sql
    unindexed_source = resource.indexed_source.partition(" indexed by ")[0]
    return resource.from_sql.replace(unindexed_source, resource.indexed_source, 1)


def _render_where(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(f'({c})' for c in conditions)}" if conditions else ""


def _render_terms(order: Sequence[tuple[str, bool]]) -> list[str]:
    return [
        f"{sql} desc nulls last" if descending else f"{sql} nulls last" for sql, descending in order
    ]


def _render_cursor_condition(query: LogicalQuery) -> str:
    """The condition that a row comes after the one whose values are :a0, :a1 and so on.

    Columns that a filter has fixed do not tell rows apart; without them the condition lies on
    one index, and a late page costs what the first does.
    """
    values = query.cursor_position or ()
    key = [
        (sql, f":a{i}")
        for i, sql in enumerate(query.resource.key_columns, start=len(query.sort_order))
        if not _is_single_valued(query, sql)
    ]
    condition = f"({', '.join(sql for sql, _ in key)}) > ({', '.join(name for _, name in key)})"
    if not key:
        condition = "0"
    for i, (column, descending) in reversed(list(enumerate(query.sort_order))):
        sql, name = column.sql, f":a{i}"
        if values[i] is None:  # nulls stand last, so only equals are left
            condition = f"({sql} is null and {condition})"
        else:
            strictly_after = f"{sql} {'<' if descending else '>'} {name} or {sql} is null"
            condition = f"({strictly_after} or ({sql} = {name} and {condition}))"
    return condition


def _is_single_valued(query: LogicalQuery, sql: str) -> bool:
    """Whether a filter allows one value only in this column of the key."""
    name = sql.partition(".")[2]
    filter_ = query.resource.filters_by_name.get(name)
    return (
        name in query.single_valued_filters
        and filter_ is not None
        and filter_.condition_sql == f"{sql} in {{}}"
    )


def _render_json_cell(column: ResourceColumn) -> str:
    match column.column_type:
        case "list" | "object":
            return f"json({column.sql})"
        case "boolean":
            return f"json(iif({column.sql}, 'true', 'false'))"
        case "number":
            return _render_number(column.sql)
        case _:
            return column.sql


def _render_text_cell(column: ResourceColumn) -> str:
    if column.column_type == "list":
        return f"(select group_concat(value, ';') from json_each({column.sql}))"
    if column.column_type == "boolean":
        return f"iif({column.sql}, 'true', 'false')"
    return _render_number(column.sql) if column.column_type == "number" else column.sql


def _render_number(sql: str) -> str:
    """A number as it is written: whole ones without a point, as in the files of a release."""
    return f"iif({sql} = cast({sql} as integer), cast({sql} as integer), {sql})"


def _expand_labels(sql: str, reference_data: ReferenceData) -> str:
    """The statement with its labels written out; statements are few, and each is kept."""
    expanded = reference_data.expanded_statements.get(sql)
    if expanded is None:
        expanded = _LABEL_PLACEHOLDER.sub(
            lambda match: _render_label(match[1], match[2], reference_data), sql
        ).replace(SITE_URL_PLACEHOLDER, _quote_text(reference_data.site_url))
        if len(sql) > MAX_CACHED_STATEMENT_CHARS:  # of a posted tree, and not asked again
            return expanded
        if len(reference_data.expanded_statements) >= MAX_CACHED_STATEMENTS:
            reference_data.expanded_statements.clear()
        reference_data.expanded_statements[sql] = expanded
    return expanded


def _render_label(code_list: str, sql: str, reference_data: ReferenceData) -> str:
    """The label of a code: out of the statement itself for a short list, else looked up."""
    codes = reference_data.code_lists.get(code_list, {})
    if not 0 < len(codes) <= MAX_INLINE_LABELS:
        return f"(select label from code where list = '{code_list}' and code = {sql})"
    codes_by_frequency = sorted(codes, key=lambda code: code not in FREQUENT_CODES)
    cases = " ".join(
        f"when {_quote_text(code)} then {_quote_text(codes[code])}" for code in codes_by_frequency
    )
    return f"case {sql} {cases} end"


def _quote_texts(values: Iterable[str]) -> str:
    return ", ".join(map(_quote_text, values))


def _quote_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
