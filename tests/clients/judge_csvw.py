"""Judges tables that are served, by a reader of CSV on the Web.

    python judge_csvw.py ADDRESS...

Each address is that of a CSV; its description is found as the standard says, by `Link` first.
Prints a JSON list of faults, empty where all is well. Runs in a place without the hub.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import warnings
from collections.abc import Iterator
from urllib.request import urlopen

from csvw import CSVW


def main(*addresses: str) -> None:
    json.dump([fault for address in addresses for fault in judge(address)], sys.stdout, indent=1)


def judge(address: str) -> Iterator[str]:
    """Read every cell of a table by its description, which refuses those of another type."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read = CSVW(address, validate=True)
        table = read.tables[0]
        rows = list(table.iterdicts(strict=True))
    yield from (f"{address}: {warning.message}" for warning in caught)
    if not read.is_valid:
        yield f"{address}: not valid"
    with urlopen(address) as response:
        plain = list(csv.DictReader(io.StringIO(response.read().decode(), newline="")))
    if len(rows) != len(plain):
        yield f"{address}: {len(rows)} rows of {len(plain)}"
    described = [column.name for column in table.tableSchema.columns]
    if plain and described != list(plain[0]):
        yield f"{address}: other columns"
    for row, cells in zip(rows, plain, strict=False):
        if (row["value"] is None) != (cells["value"] == ""):
            yield f"{address}: value {row['value']!r} for {cells['value']!r}"
        if row["period_start"] and f"{row['period_start']:%Y-%m-%d}" != cells["period_start"]:
            yield f"{address}: {row['period_start']!r} for {cells['period_start']!r}"


if __name__ == "__main__":
    main(*sys.argv[1:])
