"""Every row of an answer as CSV, NDJSON or Parquet, made while it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable

from evidencehub.serve.api import select
from evidencehub.serve.api.database import Database, Row
from evidencehub.serve.api.question import Question

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


def stream(form: str, question: Question, total: int, database: Database) -> AsyncIterator[bytes]:
    """The rows in one of the three forms, in pieces; memory does not grow with their number."""
    return {"csv": _csv, "ndjson": _ndjson, "parquet": _parquet}[form](question, total, database)


async def _csv(question: Question, total: int, database: Database) -> AsyncIterator[bytes]:
    yield _lines([[column.name for column in question.columns]])
    async for part in database.stream(*select.cells(question, total), _lines):
        yield part


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as RFC 4180 has them: CRLF, quotes where needed."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def _ndjson(question: Question, total: int, database: Database) -> AsyncIterator[bytes]:
    async for part in database.stream(*select.objects(question, total, 0), _objects):
        yield part


def _objects(rows: Iterable[Row]) -> bytes:
    return "".join(f"{row[0]}\n" for row in rows).encode()


async def _parquet(question: Question, total: int, database: Database) -> AsyncIterator[bytes]:
    # imported here: a server that is never asked for Parquet does without it
    from evidencehub.formats.rows import ParquetRows

    file = ParquetRows([(c.name, c.kind, c.says) for c in question.columns])
    waiting = select.cells(question, total, flat=False)
    async for part in database.stream(*waiting, file.add):
        if part:
            yield part
    yield file.end()
