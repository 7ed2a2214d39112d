"""Rows of cells as CSV (RFC 4180), in pieces: CRLF, quotes where needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from evidencehub.formats.format import RowColumn


class CsvStream:
    """A CSV file that is written a piece at a time, its header with the first piece."""

    def __init__(self, columns: Sequence[RowColumn]) -> None:
        self._header_rows = [[column.name for column in columns]]

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Return the rows, below the header where they are the first."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerows(self._header_rows)
        self._header_rows = []
        writer.writerows(rows)
        return text.getvalue().encode()

    def finish(self) -> bytes:
        """Return the header of a file without rows."""
        return self.write_rows(())
