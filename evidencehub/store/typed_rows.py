"""Rows of the database as frozen dataclasses: one class for each shape of query."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

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
