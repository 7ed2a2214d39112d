"""Rows of the database as frozen dataclasses: one class for each shape of query.

`values` are bound by their names, several values under one name as a JSON list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from evidencehub.store.database import RowReader

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RowT = TypeVar("RowT", bound="DataclassInstance")
SCALAR_TYPES = (str, int, float, type(None))
"""The types that are bound as they are."""


def select_rows(db: RowReader, row_type: type[RowT], sql: str, /, **values: Any) -> list[RowT]:
    """Return the rows of a query; its columns have the names of the fields of `row_type`."""
    return [row_type(**row) for row in db.fetch_dicts(sql, bind_values(values))]


def select_row(db: RowReader, row_type: type[RowT], sql: str, /, **values: Any) -> RowT | None:
    """Return the first row of a query, or None."""
    return next(iter(select_rows(db, row_type, sql, **values)), None)


def select_column(db: RowReader, sql: str, /, **values: Any) -> list[Any]:
    """Return the first cell of each row of a query."""
    return [row[0] for row in db(sql, bind_values(values))]


def select_pairs(db: RowReader, sql: str, /, **values: Any) -> dict[str, str]:
    """Return the second cell of each row of a query by the first one."""
    return dict(db(sql, bind_values(values)))


def select_lists(db: RowReader, sql: str, /, **values: Any) -> dict[str, list[str]]:
    """Return the second cells of the rows of a query that have the same first one, by that."""
    lists: dict[str, list[str]] = {}
    for key, value in db(sql, bind_values(values)):
        lists.setdefault(key, []).append(value)
    return lists


def select_count(db: RowReader, sql: str, /, **values: Any) -> int:
    """Return the one number that a query counts."""
    (count,) = select_column(db, sql, **values)
    return int(count)


def select_rows_with_part(
    db: RowReader,
    row_type: type[RowT],
    part: tuple[str, type[DataclassInstance]],
    sql: str,
    /,
    **values: Any,
) -> list[RowT]:
    """Return the rows of a query with some columns in a row of their own.

    `part` is the name of a field of `row_type` and the dataclass whose fields are its columns.
    """
    part_name, part_type = part
    columns = [field.name for field in fields(part_type)]
    rows = []
    for record in db.fetch_dicts(sql, bind_values(values)):
        part_cells: dict[str, Any] = {column: record.pop(column) for column in columns}
        rows.append(row_type(**record, **{part_name: part_type(**part_cells)}))
    return rows


def bind_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as SQLite takes them.

    >>> bind_values({"area": "GB", "groups": ("a", "b")})
    {'area': 'GB', 'groups': '["a", "b"]'}
    """
    return {
        name: value if isinstance(value, SCALAR_TYPES) else json.dumps(list(value))
        for name, value in values.items()
    }
