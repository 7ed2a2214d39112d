"""Column and Chunk: a few thousand rows as columns, each distinct value held once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

Cell = Any  # a cell holds text, a number, a truth value, None or a Missing


@dataclass(frozen=True, slots=True)
class MissingValue:
    """A cell that the package declares to mean “no value here”, with the text that stood there."""

    text: str


def is_missing(cell: Cell) -> bool:
    """True for an empty cell and for one that says in its own way that there is no value."""
    return cell is None or isinstance(cell, MissingValue)


@dataclass(frozen=True, slots=True)
class Column:
    """`length` cells: `values[index[i]]` for each row i, or `values[i]` where there is no index.

    `index` is a buffer of 32-bit integers (array or memoryview), so that a reader's own
    dictionary encoding passes through without being copied cell by cell. The reader of a
    `is_clean` column vouches that no cell is Missing and every number finite and exact.
    """

    values: Sequence[Cell]
    index: array[int] | memoryview | None = None
    is_clean: bool = False

    @classmethod
    def constant(cls, value: Cell, length: int) -> Column:
        """A column that says the same in each of `length` rows."""
        return cls((value,), array("i", bytes(4 * length)))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.values) if self.index is None else len(self.index)

    def __iter__(self) -> Iterator[Cell]:
        """The cells in row order."""
        if self.index is None:
            return iter(self.values)
        return map(self.values.__getitem__, self.index)

    @property
    def is_constant(self) -> bool:
        """True when one value stands in every row."""
        return len(self.values) == 1

    def map(self, function: Callable[[Cell], Cell]) -> Column:
        """The column with `function` applied, once to each value held."""
        return Column(list(map(function, self.values)), self.index)

    def rows_where(self, test: Callable[[Cell], bool]) -> list[int]:
        """The positions (from 0) of the cells that pass `test`."""
        hits = list(map(test, self.values))
        if not any(hits):
            return []
        flags = hits if self.index is None else map(hits.__getitem__, self.index)
        return [i for i, hit in enumerate(flags) if hit]

    def filter(self, flags: Sequence[bool]) -> Column:
        """Only the rows whose flag is true, and only the values that stand in them."""
        if self.index is None:
            return Column(list(compress(self.values, flags)), None, self.is_clean)
        # a value that no row has any more may be one that was rejected: no writer must meet it
        positions: dict[int, int] = {}
        index = array(
            "i", (positions.setdefault(i, len(positions)) for i in compress(self.index, flags))
        )
        return Column([self.values[i] for i in positions], index, self.is_clean)


def encode_cells(cells: Iterable[Cell]) -> Column:
    """A column from plain cells, each distinct value held once."""
    positions: dict[Cell, int] = {}
    index = array("i", (positions.setdefault(cell, len(positions)) for cell in cells))
    return Column(list(positions), index)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of rows of one resource: typed cells, and the text that stood in the file.

    `rows` are their numbers in the file as a reader counts them (the header is row 1).
    """

    resource: str
    file: str
    rows: Sequence[int]
    cells: Mapping[str, Column]
    text: Mapping[str, Column]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    def keep(self, flags: Sequence[bool]) -> Chunk:
        """Only the rows whose flag is true."""
        return Chunk(
            self.resource,
            self.file,
            list(compress(self.rows, flags)),
            {name: column.filter(flags) for name, column in self.cells.items()},
            {name: column.filter(flags) for name, column in self.text.items()},
        )


@dataclass(frozen=True, slots=True)
class HubChunk:
    """A run of rows in the hub's own shape: one column for each concept of the role.

    `rows` are the numbers of the rows of `file` they came from; `unmapped` holds the columns that
    carry no concept, under the names they have in the package.
    """

    role: str
    file: str
    rows: Sequence[int]
    columns: Mapping[str, Column]
    unmapped: Mapping[str, Column]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)
