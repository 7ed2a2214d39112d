"""Every row of an answer in one of the streamed formats, made while it is read."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any

from evidencehub.api.conversion import build_json_row
from evidencehub.formats.format import Format, RowColumn, RowWriter
from evidencehub.store import query_sql
from evidencehub.store.database import HubDatabase
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ResourceColumn


async def stream_rows(
    row_format: Format,
    query: LogicalQuery,
    total: int,
    database: HubDatabase,
    reference_data: ReferenceData,
    file_metadata: Mapping[str, str],
) -> AsyncGenerator[bytes, None]:
    """Yield the rows in a streamed format, in pieces; memory does not grow with their number.

    `file_metadata` goes into the file where its format has a place for it.
    """
    writer = _open_writer(row_format, query.columns, file_metadata)
    statement = _compile_statement(row_format, query, total, reference_data)
    async for chunk in database.stream_rows(*statement, writer.write_rows):
        if chunk:
            yield chunk
    if last_chunk := writer.finish():
        yield last_chunk


def render_rows(
    row_format: Format,
    columns: Sequence[ResourceColumn],
    rows: Sequence[Mapping[str, Any]],
    file_metadata: Mapping[str, str],
) -> bytes:
    """Return rows that are there already, whole, in a streamed format."""
    writer = _open_writer(row_format, columns, file_metadata)
    cells: Iterable[Sequence[Any]] = ([row[column.name] for column in columns] for row in rows)
    if row_format.row_shape == "json objects":
        objects = (build_json_row(row, columns) for row in rows)
        cells = ((json.dumps(row, ensure_ascii=False).encode(),) for row in objects)
    return writer.write_rows(cells) + writer.finish()


def _open_writer(
    row_format: Format, columns: Sequence[ResourceColumn], file_metadata: Mapping[str, str]
) -> RowWriter:
    if row_format.open_writer is None:
        raise ValueError(f"{row_format.name} is not a format of streamed rows.")
    return row_format.open_writer(
        [RowColumn(c.name, c.column_type, c.description) for c in columns], file_metadata
    )


def _compile_statement(
    row_format: Format, query: LogicalQuery, total: int, reference_data: ReferenceData
) -> query_sql.Statement:
    """The statement whose rows have the shape that the format's writer takes."""
    if row_format.row_shape == "json objects":
        return query_sql.compile_json_rows(query, total, reference_data, 0)
    join_lists = row_format.row_shape == "cells"
    return query_sql.compile_cells(query, total, reference_data, join_lists=join_lists)
