"""Rows of cells as Parquet, in pieces: what is written so far can be sent before the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evidencehub.formats.format import RowColumn

ROW_GROUP_ROWS = 20_000  # rows: large enough for Parquet to be small, small enough to be held
_ARROW_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}


class _DrainingSink:
    """A file that only grows; what was written can be taken away from its beginning."""

    closed = False

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(self._chunks[-1])

    def flush(self) -> None:
        """Nothing waits: there is no disk behind it."""

    def drain(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        return data


class ParquetStream:
    """A Parquet file that is written a piece at a time.

    `columns` are names with their kinds (number, integer, boolean, list as JSON; anything
    else is text) and descriptions.
    """

    def __init__(self, columns: Sequence[RowColumn]) -> None:
        self._column_types = [kind for _, kind, _ in columns]
        self._schema = pa.schema(
            pa.field(
                name, _ARROW_TYPES.get(kind, pa.string()), metadata={"description": description}
            )
            for name, kind, description in columns
        )
        self._sink = _DrainingSink()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._pending_rows: list[Sequence[Any]] = []

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Take rows in; gives the bytes that are ready, which may be none."""
        self._pending_rows += rows
        if len(self._pending_rows) >= ROW_GROUP_ROWS:
            self._write_row_group()
        return self._sink.drain()

    def finish(self) -> bytes:
        """The last bytes of the file."""
        if self._pending_rows:
            self._write_row_group()
        self._writer.close()
        return self._sink.drain()

    def _write_row_group(self) -> None:
        cells = zip(*self._pending_rows, strict=True)
        arrays = [
            pa.array([_parse_cell(kind, cell) for cell in column], field.type)
            for kind, field, column in zip(self._column_types, self._schema, cells, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._pending_rows = []


def _parse_cell(column_type: str, cell: Any) -> Any:
    if cell is None:
        return None
    match column_type:
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
