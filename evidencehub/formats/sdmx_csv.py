"""Observations as SDMX-CSV 1.0 and 2.0, a piece at a time.

The columns are those of the standard (https://github.com/sdmx-twg/sdmx-csv): which dataflow, in
2.0 also that a row is information, then the components by their identifiers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from evidencehub.formats.sdmx_model import VERSION, Cell, Component


class SdmxCsvStream:
    """A file of SDMX-CSV, its header with the first piece; `version` is 1.0 or 2.0."""

    def __init__(
        self, version: str, agency: str, dataflow: str, columns: Sequence[Component]
    ) -> None:
        reference = f"{agency}:{dataflow}({VERSION})"
        prefix = {"DATAFLOW": reference}
        if version == "2.0":
            prefix = {"STRUCTURE": "dataflow", "STRUCTURE_ID": reference, "ACTION": "I"}
        names = [column.id for column in columns]
        self._first_cells = [*prefix.values()]
        self._header_rows = [[*prefix, *names]]

    def write_rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Return the rows, below the header where they are the first."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerows(self._header_rows)
        self._header_rows = []
        writer.writerows([*self._first_cells, *row] for row in rows)
        return text.getvalue().encode()
