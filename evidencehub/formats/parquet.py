"""Rows of cells as Parquet, in pieces: what is written so far can be sent before the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evidencehub.formats.draining_sink import DrainingSink
from evidencehub.formats.format import RowColumn

ROW_GROUP_ROWS = 20_000  # rows: large enough for Parquet to be small, small enough to be held
_ARROW_TYPES = {
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "day": pa.date32(),
    "list": pa.list_(pa.string()),
}


def build_schema(
    columns: Sequence[RowColumn], file_metadata: Mapping[str, str] | None = None
) -> pa.Schema:
    """Return the Arrow schema of columns: the same for a download of the API and of a release."""
    fields = [
        pa.field(name, _ARROW_TYPES.get(kind, pa.string()), metadata={"description": description})
        for name, kind, description in columns
    ]
    return pa.schema(fields, metadata=dict(file_metadata or {}))


class ParquetStream:
    """A Parquet file that is written a piece at a time.

    `columns` are names with their kinds (number, integer, boolean, day, list as JSON; anything
    else is text) and descriptions. `file_metadata` becomes key-value metadata of the file.
    """

    def __init__(
        self, columns: Sequence[RowColumn], file_metadata: Mapping[str, str] | None = None
    ) -> None:
        self._column_types = [kind for _, kind, _ in columns]
        self._schema = build_schema(columns, file_metadata)
        self._sink = DrainingSink()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._pending_rows: list[Sequence[Any]] = []

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Take rows in; gives the bytes that are ready, which may be none."""
        self._pending_rows += rows
        if len(self._pending_rows) >= ROW_GROUP_ROWS:
            self._write_row_group()
        return self._sink.take_bytes()

    def finish(self) -> bytes:
        """The last bytes of the file."""
        if self._pending_rows:
            self._write_row_group()
        self._writer.close()
        return self._sink.take_bytes()

    def _write_row_group(self) -> None:
        cells = zip(*self._pending_rows, strict=True)
        arrays = [
            pa.array([_parse_cell(kind, cell) for cell in column], field.type)
            for kind, field, column in zip(self._column_types, self._schema, cells, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._pending_rows = []


_CELL_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "list": json.loads, "number": float, "boolean": bool, "integer": int,
    "day": date.fromisoformat,
}  # fmt: skip


def _parse_cell(column_type: str, cell: Any) -> Any:
    return None if cell is None else _CELL_PARSERS.get(column_type, str)(cell)
