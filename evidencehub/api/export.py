"""Every row of an answer as CSV, NDJSON or Parquet, made while it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from evidencehub.api.conversion import build_json_row
from evidencehub.store import query_sql
from evidencehub.store.database import HubDatabase, Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ResourceColumn

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


def stream_rows(
    format_name: str,
    question: LogicalQuery,
    total: int,
    database: HubDatabase,
    known: ReferenceData,
) -> AsyncIterator[bytes]:
    """The rows in one of the three forms, in pieces; memory does not grow with their number."""
    return {"csv": _stream_csv, "ndjson": _stream_ndjson, "parquet": _stream_parquet}[format_name](
        question, total, database, known
    )


def render_rows(
    format_name: str, columns: Sequence[ResourceColumn], rows: Sequence[Mapping[str, Any]]
) -> bytes:
    """Rows that are there already, whole, in one of the three forms."""
    names = [column.name for column in columns]
    cells = [[row[name] for name in names] for row in rows]
    if format_name == "csv":
        return _render_csv([names, *cells])
    if format_name == "ndjson":
        objects = (build_json_row(row, columns) for row in rows)
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in objects).encode()
    writer = _open_parquet_writer(columns)
    return bytes(writer.write_rows(cells)) + bytes(writer.finish())


def _open_parquet_writer(columns: Sequence[ResourceColumn]) -> Any:
    # imported here: a server that is never asked for Parquet does without it
    from evidencehub.formats.parquet import ParquetStream

    return ParquetStream([(c.name, c.column_type, c.description) for c in columns])


async def _stream_csv(
    question: LogicalQuery, total: int, database: HubDatabase, known: ReferenceData
) -> AsyncIterator[bytes]:
    header_row = _render_csv([[column.name for column in question.columns]])
    async for chunk in database.stream_rows(
        *query_sql.compile_cells(question, total, known), _render_csv
    ):
        yield header_row + chunk
        header_row = b""
    if header_row:
        yield header_row


def _render_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as RFC 4180 has them: CRLF, quotes where needed."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def _stream_ndjson(
    question: LogicalQuery, total: int, database: HubDatabase, known: ReferenceData
) -> AsyncIterator[bytes]:
    async for chunk in database.stream_rows(
        *query_sql.compile_json_rows(question, total, known, 0), _join_ndjson
    ):
        yield chunk


def _join_ndjson(rows: Iterable[Row]) -> bytes:
    return b"".join(row[0] + b"\n" for row in rows)


async def _stream_parquet(
    question: LogicalQuery, total: int, database: HubDatabase, known: ReferenceData
) -> AsyncIterator[bytes]:
    writer = _open_parquet_writer(question.columns)
    statement = query_sql.compile_cells(question, total, known, join_lists=False)
    async for chunk in database.stream_rows(*statement, writer.write_rows):
        if chunk:
            yield chunk
    yield writer.finish()
