"""Rows of a Parquet file as JSON has them: a day is a text there."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pyarrow.parquet as pq


def read_rows(data: bytes) -> list[dict[str, Any]]:
    """Return the rows, each day written as ISO 8601."""
    return [
        {
            name: cell.isoformat() if isinstance(cell, dt.date) else cell
            for name, cell in row.items()
        }
        for row in pq.read_table(io.BytesIO(data)).to_pylist()
    ]
