"""Rows of cells as Parquet, in pieces: what is written so far can be sent before the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 20_000  # rows: large enough for Parquet to be small, small enough to be held
_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}


class _Sink:
    """A file that only grows; what was written can be taken away from its beginning."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def flush(self) -> None:
        """Nothing waits: there is no disk behind it."""

    def take(self) -> bytes:
        """What was written since the last time."""
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


class ParquetRows:
    """A Parquet file that is written a piece at a time.

    `columns` are names with their kinds (number, integer, boolean, list as JSON; anything
    else is text) and descriptions.
    """

    def __init__(self, columns: Sequence[tuple[str, str, str]]) -> None:
        self._kinds = [kind for _, kind, _ in columns]
        self._schema = pa.schema(
            pa.field(name, _TYPES.get(kind, pa.string()), metadata={"description": says})
            for name, kind, says in columns
        )
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._waiting: list[Sequence[Any]] = []

    def add(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Take rows in; gives the bytes that are ready, which may be none."""
        self._waiting += rows
        if len(self._waiting) >= GROUP:
            self._write()
        return self._sink.take()

    def end(self) -> bytes:
        """The last bytes of the file."""
        if self._waiting:
            self._write()
        self._writer.close()
        return self._sink.take()

    def _write(self) -> None:
        cells = zip(*self._waiting, strict=True)
        arrays = [
            pa.array([_read(kind, cell) for cell in column], field.type)
            for kind, field, column in zip(self._kinds, self._schema, cells, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._waiting = []


def _read(kind: str, cell: Any) -> Any:
    if cell is None:
        return None
    match kind:
        case "list":
            return json.loads(cell)
        case "number":
            return float(cell)
        case "boolean":
            return bool(cell)
        case "integer":
            return int(cell)
        case _:
            return str(cell)
