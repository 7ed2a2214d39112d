"""Rows that are JSON objects as NDJSON: one on each line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class NdjsonStream:
    """An NDJSON file that is written a piece at a time; a row is one JSON object in UTF-8."""

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Return the objects, a line each."""
        return b"".join(row[0] + b"\n" for row in rows)

    def finish(self) -> bytes:
        """Return nothing: the last line is complete."""
        return b""
