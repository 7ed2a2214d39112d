"""For each value of a column, the observations that have it: as a bitmap of their rowids.

Counts and intersections of such sets cost microseconds, whatever the number of rows. The format is
that of Roaring bitmaps, which other programs read too (docs/decisions/0051).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apsw
from pyroaring import BitMap

from evidencehub.domain.comparison_kinds import COMPARISON_FACTS_SQL
from evidencehub.domain.status import VERIFICATION_SQL
from evidencehub.load.comparison_kinds import ComparisonKinds

BITMAP_COLUMNS = {
    "dataset": "o.dataset",
    "indicator": "o.indicator",
    "family": "i.family",
    "area": "o.area",
    "country": "a.country",
    "scheme": "o.scheme",
    "ethnicity": "o.scheme || ':' || o.ethnicity",
    "period_start": "o.period_start",
    "period_end": "o.period_end",
    "sex": "o.sex",
    "age": "o.age",
    "other": "iif(o.other = '', 'none', o.other)",
    "adjustment": "iif(o.adjustment = '', 'none', o.adjustment)",
    "comparator": "iif(o.comparator = '', 'none', o.comparator)",
    "obs_status": "o.obs_status",
    "verification": VERIFICATION_SQL,
    "source_licence_basis": "t.licence_basis",
    "origin": "coalesce(d.origin, 'none')",
}
"""Every column that has bitmaps, and its SQL; a row without a value is in none of its bitmaps."""

_COLUMNS_SQL = tuple(dict.fromkeys([*BITMAP_COLUMNS.values(), *COMPARISON_FACTS_SQL.values()]))
_FACT_PLACES = tuple(map(_COLUMNS_SQL.index, COMPARISON_FACTS_SQL.values()))
ROWS_SQL = f"""
select o.rowid, {", ".join(_COLUMNS_SQL)}
from observation as o
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
join area as a on a.area = o.area
left join source as t on t.dataset = o.dataset and t.source = o.source
order by o.rowid
"""
INSERT_SQL = "insert into row_bitmap (column_name, column_value, rowids) values (?, ?, ?)"
BATCH_ROWS = 50_000
Rowids = defaultdict[str, "array[int]"]


def fill_row_tables(db: apsw.Connection) -> None:
    """Fill the tables that say where rows are: `row_bitmap`, and the kinds of observations.

    The observations of the assembled database are read once for both.
    """
    kinds = ComparisonKinds()
    rowids_by_column: dict[str, Rowids] = {
        name: defaultdict(lambda: array("I")) for name in BITMAP_COLUMNS
    }
    for rowids, *columns in _read_batches(db.execute(ROWS_SQL)):
        kinds.add(rowids, [columns[place] for place in _FACT_PLACES])
        bitmap_columns = columns[: len(BITMAP_COLUMNS)]
        for rowids_by_value, cells in zip(rowids_by_column.values(), bitmap_columns, strict=True):
            for rowid, cell in zip(rowids, cells, strict=True):
                rowids_by_value[cell].append(rowid)
    rowids_by_column["other"] = _split_dimensions(rowids_by_column["other"])
    db.execute("begin")
    for name, rowids_by_value in rowids_by_column.items():
        db.executemany(INSERT_SQL, _render_bitmaps(name, rowids_by_value))
    kinds.save(db)
    db.execute("commit")


def _read_batches(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield rows in batches, each as its columns."""
    batch: list[Sequence[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield list(zip(*batch, strict=True))
            batch = []
    if batch:
        yield list(zip(*batch, strict=True))


def _split_dimensions(rowids_by_combination: Rowids) -> Rowids:
    """Return the rowids of each list=code from those of each list=code;list=code."""
    rowids_by_code: Rowids = defaultdict(lambda: array("I"))
    for combination, rowids in rowids_by_combination.items():
        for code in combination.split(";"):
            rowids_by_code[code].extend(rowids)
    return rowids_by_code


def _render_bitmaps(name: str, rowids_by_value: Rowids) -> Iterator[tuple[str, str, bytes]]:
    for value in sorted(filter(None, rowids_by_value)):
        bitmap = BitMap(rowids_by_value[value])
        bitmap.run_optimize()
        yield name, value, bitmap.serialize()
