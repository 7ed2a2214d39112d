"""Every row of an answer as CSV, NDJSON or Parquet, made while it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from evidencehub.serve.api import select
from evidencehub.serve.api.converted import as_json
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import Question
from evidencehub.serve.api.resource import Column
from evidencehub.serve.database import Database, Row

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


def stream(
    form: str, question: Question, total: int, database: Database, known: Known
) -> AsyncIterator[bytes]:
    """The rows in one of the three forms, in pieces; memory does not grow with their number."""
    return {"csv": _csv, "ndjson": _ndjson, "parquet": _parquet}[form](
        question, total, database, known
    )


def held(form: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows that are there already, whole, in one of the three forms."""
    names = [column.name for column in columns]
    cells = [[row[name] for name in names] for row in rows]
    if form == "csv":
        return _lines([names, *cells])
    if form == "ndjson":
        told = (as_json(row, columns) for row in rows)
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in told).encode()
    file = _parquet_of(columns)
    return bytes(file.add(cells)) + bytes(file.end())


def _parquet_of(columns: Sequence[Column]) -> Any:
    # imported here: a server that is never asked for Parquet does without it
    from evidencehub.formats.rows import ParquetRows

    return ParquetRows([(c.name, c.kind, c.says) for c in columns])


async def _csv(
    question: Question, total: int, database: Database, known: Known
) -> AsyncIterator[bytes]:
    head = _lines([[column.name for column in question.columns]])
    async for part in database.stream(*select.cells(question, total, known), _lines):
        yield head + part
        head = b""
    if head:
        yield head


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as RFC 4180 has them: CRLF, quotes where needed."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def _ndjson(
    question: Question, total: int, database: Database, known: Known
) -> AsyncIterator[bytes]:
    async for part in database.stream(*select.objects(question, total, known, 0), _objects):
        yield part


def _objects(rows: Iterable[Row]) -> bytes:
    return b"".join(row[0] + b"\n" for row in rows)


async def _parquet(
    question: Question, total: int, database: Database, known: Known
) -> AsyncIterator[bytes]:
    file = _parquet_of(question.columns)
    waiting = select.cells(question, total, known, flat=False)
    async for part in database.stream(*waiting, file.add):
        if part:
            yield part
    yield file.end()
