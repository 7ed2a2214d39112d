"""Rows made of the rows of a query: counted by columns, or by the codes that each dimension has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidencehub.store import query_sql
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.resource_model import ApiResource, ResourceColumn

PERIOD_DIMENSION = "period"
AVAILABILITY_COLUMNS = (
    ResourceColumn("dimension", "t.dimension", "code", "name of the dimension"),
    ResourceColumn(
        "code",
        "t.code",
        "code",
        "a code that rows have in it, as filters take it; a period as start/end",
    ),
    ResourceColumn("label", "t.label", "text", "label of code", is_label=True),
)
ROW_COUNT = ResourceColumn("rows", "count(*)", "integer", "number of rows")


def list_group_columns(resource: ApiResource) -> list[ResourceColumn]:
    """Return the columns that rows can be counted by: those of codes, days and short texts."""
    return [
        column
        for column in resource.columns
        if column.column_type in ("code", "date", "day", "text", "boolean") and not column.is_label
    ]


def list_count_columns(resource: ApiResource) -> tuple[ResourceColumn, ...]:
    """Return what is counted of the rows of a resource."""
    return (ROW_COUNT, *resource.count_columns)


def count_by_columns(query: LogicalQuery, columns: Sequence[ResourceColumn]) -> ApiResource:
    """Return the combinations of values that some columns have in the rows of a query, counted."""
    resource = query.resource
    labels = [
        label
        for column in columns
        if (label := _find_label(resource, column)) is not None and query.include_labels
    ]
    counts = list_count_columns(resource)
    selected = [
        *(f"{column.sql} as {_name(column)}" for column in columns),
        *(f"{_select_only_value(label.sql)} as {_name(label)}" for label in labels),
        *(f"{count.sql} as {_name(count)}" for count in counts),
    ]
    numbers = ", ".join(str(number) for number, _ in enumerate(columns, start=1))
    rows_sql = query_sql.render_rows(query)
    return _derive(
        resource,
        f"(select {', '.join(selected)} from {rows_sql} group by {numbers}) as t",
        [f"coalesce(t.{_name(column)}, '')" for column in columns],
        [_derive_column(column) for column in _order_columns(columns, labels, counts, resource)],
    )


def describe_availability(resource: ApiResource) -> ApiResource:
    """Return the list of the codes that are available of a resource: what it is, without SQL."""
    return ApiResource(
        f"{resource.name}-availability",
        f"{resource.title}: the codes that there are",
        "",
        (),
        [*AVAILABILITY_COLUMNS, *list_count_columns(resource)],
        (),
    )


def list_availability(query: LogicalQuery) -> ApiResource:
    """Return the codes that each dimension has in the rows of a query, counted."""
    resource = query.resource
    counts = list_count_columns(resource)
    cells: list[str] = []
    parts: list[str] = []
    for number, (name, code_sql, label_sql) in enumerate(_list_dimensions(query)):
        cells += [f"{code_sql} as c{number}", f"{label_sql} as l{number}"]
        counted = ", ".join(f"{_recount(count)} as {_name(count)}" for count in counts)
        parts.append(
            f"select {number} as position, '{name}' as dimension, c{number} as code,"
            f" min(l{number}) as label, {counted} from matched group by c{number}"
        )
    flags = [f"{count.sql} as {_name(count)}" for count in resource.count_columns]
    cells += [flag.replace("sum(", "(", 1) for flag in flags]
    rows_sql = query_sql.render_rows(query)
    return _derive(
        resource,
        f"(with matched as materialized (select {', '.join(cells)} from {rows_sql})"
        f" {' union all '.join(parts)}) as t",
        ["t.position", "coalesce(t.code, '')"],
        [*AVAILABILITY_COLUMNS, *map(_derive_column, counts)],
    )


def _derive(
    resource: ApiResource,
    from_sql: str,
    key_columns: Sequence[str],
    columns: Sequence[ResourceColumn],
) -> ApiResource:
    return ApiResource(resource.name, resource.title, from_sql, key_columns, columns, ())


def _list_dimensions(query: LogicalQuery) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each dimension, and the SQL of its code and of its label."""
    resource = query.resource
    for name in resource.dimensions:
        if name == PERIOD_DIMENSION:
            start, end = (resource.columns_by_name[f"period_{edge}"] for edge in ("start", "end"))
            yield name, f"{start.sql} || '/' || {end.sql}", "null"
            continue
        column = resource.columns_by_name[name]
        label = _find_label(resource, column)
        label_sql = label.sql if label is not None and query.include_labels else "null"
        yield name, _build_code_sql(resource, column), label_sql


def _build_code_sql(resource: ApiResource, column: ResourceColumn) -> str:
    """Return the SQL of a code as filters take it: a group with its scheme, or none."""
    if column.name in ("ethnicity", "group"):
        scheme = resource.columns_by_name["scheme"]
        return f"{scheme.sql} || ':' || {column.sql}"
    if column.name in ("other", "adjustment", "comparator"):
        return f"coalesce(nullif({column.sql}, ''), 'none')"
    return column.sql


def _find_label(resource: ApiResource, column: ResourceColumn) -> ResourceColumn | None:
    """Return the column that explains the codes of another, if there is one."""
    description = f"label of {column.name}"
    labels = (c for c in resource.columns if c.is_label and c.description == description)
    return next(labels, None)


def _select_only_value(sql: str) -> str:
    """Return SQL for the value that all rows of a group have; null if they have several."""
    return f"iif(min({sql}) is max({sql}), min({sql}), null)"


def _order_columns(
    columns: Sequence[ResourceColumn],
    labels: Sequence[ResourceColumn],
    counts: Sequence[ResourceColumn],
    resource: ApiResource,
) -> Iterator[ResourceColumn]:
    """Yield each column with its label after it, then the counts."""
    for column in columns:
        yield column
        label = _find_label(resource, column)
        if label in labels and label is not None:
            yield label
    yield from counts


def _recount(count: ResourceColumn) -> str:
    return count.sql if count is ROW_COUNT else f"sum({_name(count)})"


def _derive_column(column: ResourceColumn) -> ResourceColumn:
    return ResourceColumn(
        column.name, f"t.{_name(column)}", column.column_type, column.description, column.is_label
    )


def _name(column: ResourceColumn) -> str:
    return f'"{column.name}"'
