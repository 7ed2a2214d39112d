"""What observations say, counted as they go by, so that rules need not look at every row again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evidencehub.check.keys import RepeatedHashes
from evidencehub.check.stratum_index import StratumIndex, hash_rows
from evidencehub.domain.columns import Cell, Column, HubChunk
from evidencehub.domain.concepts import OBSERVATION_KEY

RowLocation = tuple[str, int]  # file and row
_INDEXED_CONCEPTS = ("indicator", "source", "other")


@dataclass(slots=True)
class ObservationSummary:
    """Which values occur, and where first; the span of time; whether a key may come twice.

    `first_row_by_group` are (scheme, ethnicity); `first_row_without_basis` are schemes of rows
    without a counting basis. `strata` says which observations may look odd beside each other.
    """

    first_rows: dict[str, dict[str, RowLocation]] = field(
        default_factory=lambda: {name: {} for name in _INDEXED_CONCEPTS}
    )
    first_row_by_group: dict[tuple[str, str], RowLocation] = field(default_factory=dict)
    first_row_without_basis: dict[str, RowLocation] = field(default_factory=dict)
    first_day: str = "9999-12-31"
    last_day: str = "0001-01-01"
    strata: StratumIndex = field(default_factory=StratumIndex)
    _key_hashes: RepeatedHashes = field(default_factory=RepeatedHashes)

    def add(self, chunk: HubChunk) -> None:
        """Take a chunk of observations in."""
        columns = chunk.columns
        for name, first_rows in self.first_rows.items():
            _record_first_rows(first_rows, columns[name], chunk)
        scheme, basis = columns["scheme"], columns["counting_basis"]
        _record_first_rows(
            self.first_row_by_group, pair_columns(scheme, columns["ethnicity"]), chunk
        )
        if None in basis.values:
            _record_first_rows(self.first_row_without_basis, scheme, chunk)
        self.first_day = min([self.first_day, *_non_empty_texts(columns["period_start"])])
        self.last_day = max([self.last_day, *_non_empty_texts(columns["period_end"])])
        self._key_hashes.add(hash_rows(chunk, OBSERVATION_KEY).to_pylist())
        self.strata.add(chunk)

    @property
    def may_have_duplicates(self) -> bool:
        """True when two observations may have the same key; SQL then says which."""
        return bool(self._key_hashes.find())


def pair_columns(first: Column, second: Column) -> Column:
    """A column of pairs, each distinct pair held once where the first says the same throughout."""
    if first.is_constant:
        constant = first.values[0]
        return Column([(constant, cell) for cell in second.values], second.index)
    return Column(list(zip(first, second, strict=True)))


def _record_first_rows(
    first_rows: dict[Cell, RowLocation], column: Column, chunk: HubChunk
) -> None:
    """Note the first row of every value that was not known before."""
    new_values = {cell for cell in column.values if cell is not None and cell not in first_rows}
    for position, cell in enumerate(column) if new_values else ():
        if cell in new_values:
            first_rows[cell] = (chunk.file, chunk.rows[position])
            new_values.discard(cell)
            if not new_values:
                break


def _non_empty_texts(column: Column) -> Iterable[str]:
    return (cell for cell in column.values if cell)
