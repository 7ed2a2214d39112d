"""Rows of the database as frozen dataclasses: one class for each shape of query."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from evidencehub.store.database import Bindings, RowReader

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RowT = TypeVar("RowT", bound="DataclassInstance")


def select_rows(
    db: RowReader, row_type: type[RowT], sql: str, bindings: Bindings = ()
) -> list[RowT]:
    """Return the rows of a query; its columns have the names of the fields of `row_type`."""
    return [row_type(**row) for row in db.fetch_dicts(sql, bindings)]


def select_row(
    db: RowReader, row_type: type[RowT], sql: str, bindings: Bindings = ()
) -> RowT | None:
    """Return the first row of a query, or None."""
    return next(iter(select_rows(db, row_type, sql, bindings)), None)


def select_count(db: RowReader, sql: str, bindings: Bindings = ()) -> int:
    """Return the one number that a query counts."""
    ((count,),) = db(sql, bindings)
    return int(count)


def select_rows_with_part(
    db: RowReader,
    row_type: type[RowT],
    part: tuple[str, type[DataclassInstance]],
    sql: str,
    bindings: Bindings = (),
) -> list[RowT]:
    """Return the rows of a query with some columns in a row of their own.

    `part` is the name of a field of `row_type` and the dataclass whose fields are its columns.
    """
    part_name, part_type = part
    columns = [field.name for field in fields(part_type)]
    rows = []
    for record in db.fetch_dicts(sql, bindings):
        part_cells: dict[str, Any] = {column: record.pop(column) for column in columns}
        rows.append(row_type(**record, **{part_name: part_type(**part_cells)}))
    return rows
