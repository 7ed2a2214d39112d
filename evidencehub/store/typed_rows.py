"""Rows of a query as instances of a frozen dataclass: one class for each shape of query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from evidencehub.store.database import RowReader

RowType = TypeVar("RowType")


def fetch_rows(
    db: RowReader,
    row_class: type[RowType],
    sql: str,
    params: Sequence[Any] | Mapping[str, Any] = (),
) -> list[RowType]:
    """Return the rows of a query, each column in the field of its name.

    Raise TypeError if the columns of the query are not the fields of `row_class`: that is a
    mistake in our own SQL. Fields with a default may be absent from the query.
    """
    return [row_class(**record) for record in db.fetch_dicts(sql, params)]


def fetch_row(
    db: RowReader,
    row_class: type[RowType],
    sql: str,
    params: Sequence[Any] | Mapping[str, Any] = (),
) -> RowType | None:
    """Return the first row of a query, or None if it has none."""
    return next(iter(fetch_rows(db, row_class, sql, params)), None)


def fetch_rows_with_part(
    db: RowReader,
    row_class: type[RowType],
    part: tuple[str, type[Any]],
    sql: str,
    params: Sequence[Any] | Mapping[str, Any] = (),
) -> list[RowType]:
    """Return the rows of a query with some columns in a row of their own.

    `part` is the name of a field of `row_class` and the dataclass whose fields are its columns.
    """
    name, part_class = part
    columns = [field.name for field in fields(part_class)]
    rows = []
    for record in db.fetch_dicts(sql, params):
        part_row = part_class(**{column: record.pop(column) for column in columns})
        rows.append(row_class(**record, **{name: part_row}))
    return rows
