"""What observations say, counted as they go by, so that rules need not look at every row again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidencehub.check.keys import Repeats
from evidencehub.model.columns import Cell, Column, HubChunk
from evidencehub.model.vocabulary import KEY

Place = tuple[str, int]  # file and row
_PLACED = ("indicator", "source", "other")


@dataclass(slots=True)
class Tally:
    """Which values occur, and where first; the span of time; whether a key may come twice.

    `groups` are (scheme, ethnicity); `unstated` are schemes of rows without a counting basis.
    """

    places: dict[str, dict[str, Place]] = field(
        default_factory=lambda: {name: {} for name in _PLACED}
    )
    groups: dict[tuple[str, str], Place] = field(default_factory=dict)
    unstated: dict[str, Place] = field(default_factory=dict)
    first_day: str = "9999-12-31"
    last_day: str = "0001-01-01"
    _repeats: Repeats = field(default_factory=Repeats)

    def add(self, chunk: HubChunk) -> None:
        """Take a chunk of observations in."""
        columns = chunk.columns
        for name, known in self.places.items():
            _place(known, columns[name], chunk)
        scheme, basis = columns["scheme"], columns["counting_basis"]
        _place(self.groups, paired(scheme, columns["ethnicity"]), chunk)
        if None in basis.values:
            _place(self.unstated, scheme, chunk)
        self.first_day = min(_texts(columns["period_start"]), default=self.first_day)
        self.last_day = max(_texts(columns["period_end"]), default=self.last_day)
        self._repeats.add(_key_hashes(chunk))

    @property
    def may_repeat(self) -> bool:
        """True when two observations may have the same key; SQL then says which."""
        return bool(self._repeats.found())


def paired(first: Column, second: Column) -> Column:
    """A column of pairs, each distinct pair held once where the first says the same throughout."""
    if first.is_constant:
        fixed = first.values[0]
        return Column([(fixed, cell) for cell in second.values], second.index)
    return Column(list(zip(first, second, strict=True)))


def _place(known: dict[Cell, Place], column: Column, chunk: HubChunk) -> None:
    """Note the first row of every value that was not known before."""
    fresh = {cell for cell in column.values if cell is not None and cell not in known}
    for position, cell in enumerate(column) if fresh else ():
        if cell in fresh:
            known[cell] = (chunk.file, chunk.rows[position])
            fresh.discard(cell)
            if not fresh:
                break


def _texts(column: Column) -> Iterable[str]:
    return (cell for cell in column.values if cell)


def _key_hashes(chunk: HubChunk) -> Iterable[int]:
    """A hash of each row's key: the sum of a hash for each column, made once for each cell.

    So a column that says the same throughout costs nothing, and a row has the same hash
    whichever chunk it is in.
    """
    fixed = 0
    total: Any = None
    for place, name in enumerate(KEY):
        column = chunk.columns[name]
        # five bits less, so that the sum of all columns still fits into 64
        hashes = [hash((place, cell)) >> 5 for cell in column.values]
        if column.is_constant:
            fixed += hashes[0]
            continue
        here = pa.array(hashes, pa.int64())
        if column.index is not None:
            places = [None, pa.py_buffer(memoryview(column.index))]
            here = here.take(pa.Array.from_buffers(pa.int32(), len(column), places))
        total = here if total is None else pc.add(total, here)
    if total is None:
        return repeat(fixed, len(chunk))
    return memoryview(pc.add(total, fixed).buffers()[1]).cast("q")
