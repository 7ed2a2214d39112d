"""Which observations may look odd beside each other, so that rules need not read all others again.

A large table has its observations in numbers here, a hash for each stratum and group. What is
found so is a little more than what a rule finds: it reads those rows, and judges them itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from evidencehub.domain.columns import Cell, Column, HubChunk
from evidencehub.domain.concepts import OBSERVATION_KEY
from evidencehub.domain.status import SUPPRESSED, TOTAL, UNKNOWN

PERIOD = ("period_start", "period_end")
STRATUM = tuple(name for name in OBSERVATION_KEY if name != "ethnicity")
SERIES = tuple(name for name in STRATUM if name not in PERIOD)  # a stratum in all its periods
MAX_ROWS_IN_MEMORY = 1_000_000
SPILL_FILES = 16
_SCHEMA = pa.schema(
    [
        *(
            (name, pa.int64())
            for name in ("row", "series", "stratum", "group", "indicator", "start")
        ),
        *((name, pa.float64()) for name in ("value", "numerator")),
        *((name, pa.bool_()) for name in ("is_compared", "is_unknown", "is_suppressed")),
    ]
)


def hash_cells(number: int, cells: Iterable[Cell]) -> list[int]:
    """A hash of each cell of column `number`; five bits less, so that a sum of all fits in 64.

    An empty cell has that of an empty text, which is what is staged for it.
    """
    return [hash((number, "" if cell is None else cell)) >> 5 for cell in cells]


def hash_rows(chunk: HubChunk, names: Iterable[str]) -> Any:
    """A hash of what each row says in some columns of its key: an array of 64-bit numbers.

    It is the sum of a hash for each column, made once for each cell. So a column that says the
    same throughout costs nothing, and a row has the same hash whichever chunk it is in.
    """
    constant = 0
    total: Any = None
    for name in names:
        column = chunk.columns[name]
        hashes = hash_cells(OBSERVATION_KEY.index(name), column.values)
        if column.is_constant:
            constant += hashes[0]
            continue
        column_hashes = _spread(column, hashes, pa.int64())
        total = column_hashes if total is None else pc.add(total, column_hashes)
    if total is None:
        return pa.repeat(pa.scalar(constant, pa.int64()), len(chunk))
    return pc.add(total, constant)


def hash_group(scheme: str, group: str) -> int:
    """The hash of a group of a classification, whichever row it stands in."""
    return hash((scheme, group)) >> 5


def _spread(column: Column, values: list[Any], kind: Any) -> Any:
    """What was made of each of a column's values, row by row."""
    array = pa.array(values, kind)
    if column.index is None:
        return array
    buffers = [None, pa.py_buffer(memoryview(column.index))]
    return array.take(pa.Array.from_buffers(pa.int32(), len(column), buffers))


def _flag(column: Column, *codes: Cell) -> Any:
    return _spread(column, [cell in codes for cell in column.values], pa.bool_())


def _number(column: Column) -> Any:
    # an integer of more than 53 bits is refused by the array, not rounded
    numbers = [float(cell) if isinstance(cell, (int, float)) else None for cell in column.values]
    return _spread(column, numbers, pa.float64())


def _day(column: Column) -> Any:
    days = [int(cell.replace("-", "")) if cell else None for cell in column.values]
    return _spread(column, days, pa.int64())


class StratumIndex:
    """The observations of a package in numbers, put to disk in parts when they are many.

    `row` is the place of an observation among all of the package, from 1: its rowid where staged.
    """

    def __init__(self) -> None:
        """Nothing is on disk until the first spill."""
        self.row_count = 0
        self._tables: list[Any] = []
        self._rows_in_memory = 0
        self._files: list[IO[bytes]] = []
        self._writers: list[Any] = []

    def add(self, chunk: HubChunk) -> None:
        """Take a chunk of observations in."""
        columns, count = chunk.columns, len(chunk)
        series, stratum = hash_rows(chunk, SERIES), hash_rows(chunk, STRATUM)
        scheme, ethnicity = columns["scheme"], columns["ethnicity"]
        arrays = [
            pa.array(range(self.row_count + 1, self.row_count + count + 1), pa.int64()),
            series,
            stratum,
            _hash_groups(scheme, ethnicity),
            hash_rows(chunk, ("indicator",)),
            _day(columns["period_start"]),
            _number(columns["value"]),
            _number(columns["numerator"]),
            pc.invert(_flag(columns["comparator"], None, "")),
            _flag(ethnicity, UNKNOWN),
            _flag(columns["obs_status"], SUPPRESSED),
        ]
        self.row_count += count
        self._rows_in_memory += count
        self._tables.append(pa.table(arrays, schema=_SCHEMA))
        if self._rows_in_memory >= MAX_ROWS_IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if not self._tables:
            return
        if not self._files:
            # open as long as the package is looked at
            self._files = [tempfile.TemporaryFile() for _ in range(SPILL_FILES)]  # noqa: SIM115
            self._writers = [pa.ipc.new_stream(file, _SCHEMA) for file in self._files]
        table = pa.concat_tables(self._tables)
        parts = pc.bit_wise_and(table["series"], SPILL_FILES - 1)
        for number, writer in enumerate(self._writers):
            writer.write_table(table.filter(pc.equal(parts, number)))
        self._tables, self._rows_in_memory = [], 0

    def _parts(self) -> Iterator[Any]:
        """All observations, no series in more than one part; nothing is added any more."""
        if not self._files:
            yield pa.concat_tables(self._tables) if self._tables else _SCHEMA.empty_table()
            return
        self._spill()
        for writer in self._writers:
            writer.close()
        self._writers = []
        for file in self._files:
            file.seek(0)
            yield pa.ipc.open_stream(file.read()).read_all()

    def find_rows_beside_outliers(self, *, min_groups: int, max_spread: float) -> list[int]:
        """The rows of the strata in which all values but one are near each other.

        There are at least `min_groups` values above 0 of known groups, without a comparator; the
        highest of the others is at most `max_spread` times their lowest, and that one is as far
        from them or farther.
        """
        parts = self._parts()
        return [row for part in parts for row in _outliers(part, min_groups, max_spread)]

    def find_rows_of_lost_groups(self) -> list[int]:
        """The rows of the series in which a group is in every period but the newest."""
        return [row for part in self._parts() for row in _lost_groups(part)]

    def find_rows_of_totals(
        self,
        is_odd: Callable[[float, float], bool],
        parents: Mapping[tuple[str, str], str],
        counted: Iterable[str],
    ) -> list[int]:
        """The rows of the strata whose total and parts are odd, as `is_odd` says of the two.

        `parents` gives each group of a classification the one that it lies in, if any; what lies
        in another that is there too is no part. `counted` are indicators whose values are counts.
        """
        tree = _GroupTree(parents)
        numbers = hash_cells(OBSERVATION_KEY.index("indicator"), counted)
        indicators = pa.array(numbers, pa.int64())
        parts = (_counted_rows(part, indicators) for part in self._parts())
        return [row for part in parts for row in _odd_totals(part, tree, is_odd)]

    def __del__(self) -> None:
        """Let go of what is on disk."""
        for file in self._files:
            file.close()


def _hash_groups(scheme: Column, ethnicity: Column) -> Any:
    if scheme.is_constant:
        name = scheme.values[0]
        return _spread(ethnicity, [hash_group(name, c) for c in ethnicity.values], pa.int64())
    return pa.array(map(hash_group, scheme, ethnicity), pa.int64())


class _GroupTree:
    """The groups of classifications as hashes, the ones above them, and those that are totals."""

    def __init__(self, parents: Mapping[tuple[str, str], str]) -> None:
        hashes = [hash_group(scheme, group) for scheme, group in parents]
        above = [hash_group(pair[0], p) if p else None for pair, p in parents.items()]
        totals = [hash_group(*pair) for pair in parents if pair[1] == TOTAL]
        self.groups = pa.array(hashes, pa.int64())
        self.above = pa.array(above, pa.int64())
        self.totals = pa.array(totals, pa.int64())


def _outliers(part: Any, min_groups: int, max_spread: float) -> list[int]:
    is_left_out = pc.or_(part["is_unknown"], part["is_compared"])
    rows = part.filter(pc.and_not(pc.greater(part["value"], 0.0), is_left_out))
    values = rows.select(["stratum", "value"])
    spans = values.group_by("stratum").aggregate(
        [("value", "min"), ("value", "max"), ("value", "count")]
    )
    is_wide = pc.greater(spans["value_max"], pc.multiply(spans["value_min"], max_spread))
    is_enough = pc.greater_equal(spans["value_count"], min_groups)
    neighbours = values.join(
        spans.filter(pc.and_(is_wide, is_enough)), "stratum", join_type="inner"
    )
    above = pc.greater(neighbours["value"], pc.multiply(neighbours["value_min"], max_spread))
    below = pc.less(pc.multiply(neighbours["value"], max_spread), neighbours["value_max"])
    far = pa.table({"stratum": neighbours["stratum"], "above": above, "below": below})
    counts = far.group_by("stratum").aggregate([("above", "sum"), ("below", "sum")])
    is_one = pc.or_(pc.equal(counts["above_sum"], 1), pc.equal(counts["below_sum"], 1))
    return _rows_where(rows, "stratum", counts.filter(is_one)["stratum"])


def _lost_groups(part: Any) -> list[int]:
    periods = [("start", "count_distinct"), ("start", "max")]
    series = part.group_by("series").aggregate(periods)
    series = series.filter(pc.greater(series["start_count_distinct"], 1))
    series = series.rename_columns({"start_count_distinct": "all", "start_max": "newest"})
    groups = part.group_by(["series", "group"]).aggregate(periods)
    both = groups.join(series, "series", join_type="inner")
    is_lost = pc.and_(
        pc.equal(both["start_count_distinct"], pc.subtract(both["all"], 1)),
        pc.less(both["start_max"], both["newest"]),
    )
    return _rows_where(part, "series", both.filter(is_lost)["series"])


def _counted_rows(part: Any, indicators: Any) -> Any:
    """The rows that count people or events, with the `count`; suppressed ones left out."""
    is_count = pc.is_in(part["indicator"], indicators)
    count = pc.coalesce(part["numerator"], pc.if_else(is_count, part["value"], None))
    is_left_out = pc.or_(part["is_suppressed"], part["is_compared"])
    is_kept = pc.and_not(pc.is_valid(count), is_left_out)
    return part.append_column("count", count).filter(is_kept)


def _odd_totals(part: Any, tree: _GroupTree, is_odd: Callable[[float, float], bool]) -> list[int]:
    place = pc.index_in(part["group"], tree.groups)
    upper = pc.add(part["stratum"], tree.above.take(place.combine_chunks()))
    is_within = pc.is_in(upper, pc.add(part["stratum"], part["group"]).combine_chunks())
    is_total = pc.is_in(part["group"], tree.totals)
    is_part = pc.and_not(pc.is_valid(place), pc.or_(is_total, is_within))
    sums = part.filter(is_part).group_by("stratum").aggregate([("count", "sum")])
    whole = part.filter(is_total).select(["stratum", "count"])
    both = whole.join(sums, "stratum", join_type="inner").to_pydict()
    triples = zip(both["stratum"], both["count"], both["count_sum"], strict=True)
    odd = [stratum for stratum, total, parts in triples if is_odd(total, parts)]
    return _rows_where(part, "stratum", pa.array(odd, pa.int64()))


def _rows_where(part: Any, name: str, hashes: Any) -> list[int]:
    """The places of the observations whose stratum or series is one of these."""
    if isinstance(hashes, pa.ChunkedArray):
        hashes = hashes.combine_chunks()
    rows: list[int] = part.filter(pc.is_in(part[name], hashes))["row"].to_pylist()
    return rows
