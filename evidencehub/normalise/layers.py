"""What several readings say of one concept: merged row by row, and where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evidencehub.domain.columns import Cell, Chunk, Column, encode_cells
from evidencehub.domain.problem import Problem
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import make_message
from evidencehub.normalise.resource_plan import ConceptMapping


class Layer(NamedTuple):
    """One reading of a concept: what it says in each row, and by which mapping."""

    mapping: ConceptMapping
    column: Column
    is_marker: bool = False  # said of a number that is not there, beside what it carries


@dataclass(slots=True)
class Layers:
    """The readings of each concept of one measure, in the order in which they have the word."""

    length: int
    _by_concept: dict[str, list[Layer]] = field(default_factory=dict)

    def add(self, name: str, layer: Layer) -> None:
        """Take in what a mapping says of the concept `name`."""
        self._by_concept.setdefault(name, []).append(layer)

    def merge(self, name: str, default: Cell = None) -> Column:
        """The one column of a concept: the first reading that says something, row by row."""
        columns = [layer.column for layer in self._by_concept.get(name, ())]
        if not columns:
            return Column.constant(default, self.length)
        if name in JOINED_CONCEPTS:
            return JOINED_CONCEPTS[name](columns)
        if len(columns) == 1 and (default is None or None not in columns[0].values):
            return columns[0]
        return encode_cells(
            next((cell for cell in cells if cell is not None), default)
            for cells in zip(*columns, strict=True)
        )

    def find_contradictions(self, rows: Chunk) -> Iterator[tuple[int, Problem]]:
        """The rows in which two readings of one concept say different things, each with a problem.

        A mark of a number says something of that number only, and a spelling may bring another
        classification than the table has elsewhere.
        """
        for name, all_layers in self._by_concept.items():
            layers = [
                layer
                for layer in all_layers
                if not layer.is_marker and (name != "scheme" or layer.mapping.concept.name == name)
            ]
            if name not in JOINED_CONCEPTS and len(layers) > 1:
                yield from _find_different_rows(name, layers, rows)

    def find_blank_rows(self, name: str) -> Iterator[tuple[ConceptMapping, list[int]]]:
        """For each column that carries the dimension: the rows in which nothing says which."""
        merged = self.merge(name)
        for mapping, column, _ in self._by_concept.get(name, ()):
            is_own_column = mapping.concept.name == name and mapping.fields
            if not is_own_column:
                continue
            judged = column if name == "other" else merged
            yield mapping, judged.rows_where(lambda cell: cell is None)


def _find_different_rows(
    name: str, layers: Sequence[Layer], rows: Chunk
) -> Iterator[tuple[int, Problem]]:
    first, *other_layers = layers
    for other in other_layers:
        declared, column = sorted((first, other), key=lambda layer: bool(layer.mapping.fields))
        if declared.mapping.fields and (declared.mapping.concept.is_number or _is_text(declared)):
            continue  # two such columns are refused in the descriptor
        pairs = zip(declared.column, column.column, strict=True)
        for position, (cell, other_cell) in enumerate(pairs):
            if cell is None or other_cell is None or cell == other_cell:
                continue
            message = make_message(
                "values/contradiction",
                concept=name,
                first=str(cell),
                second=str(other_cell),
                source=declared.mapping.field_label,
            )
            label = column.mapping.field_label
            yield position, make_problem(message, rows.file, rows.rows[position], label)


def _is_text(layer: Layer) -> bool:
    """Whether a reading carries plain text."""
    return layer.mapping.concept.cell_type == "text"


def _join_dimensions(columns: Sequence[Column]) -> Column:
    """Further dimensions as one sorted text, `list=code;list=code`; empty where there is none."""
    if len(columns) == 1:
        return columns[0].map(lambda cell: cell or "")
    combinations = encode_cells(zip(*columns, strict=True))
    return combinations.map(lambda cells: ";".join(sorted(cell for cell in cells if cell)))


def _join_notes(columns: Sequence[Column]) -> Column:
    """The notes on each row, one after the other and each once."""
    if len(columns) == 1:
        return columns[0]
    return encode_cells(
        " ".join(dict.fromkeys(filter(None, cells))) or None for cells in zip(*columns, strict=True)
    )


JOINED_CONCEPTS: Mapping[str, Callable[[Sequence[Column]], Column]] = {
    "other": _join_dimensions,
    "note": _join_notes,
}
"""Concepts of which all that is said is kept."""
