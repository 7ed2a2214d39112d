"""Which facts values are compared by, and which of them each observation has.

An assessment needs the different facts of all rows of an answer. They are few, and finding them
row by row in the table of observations costs more than reading a page.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from evidencehub.domain.comparison_kinds import CHUNK_ROWS, COMPARISON_FACTS_SQL, UNKNOWN_KIND

MAX_KINDS = 100_000
"""Kinds of one build; the rows of any further ones have none, and their facts are read by SQL."""
_KIND_SQL = f"insert into comparison_kind values (?{', ?' * len(COMPARISON_FACTS_SQL)})"
_CHUNK_SQL = "insert into observation_kind (first_rowid, kinds) values (?, ?)"


class ComparisonKinds:
    """The kinds of observations, numbered from 1 as they come."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._chunks: dict[int, array[int]] = {}

    def add(self, rowids: Iterable[int], columns: Sequence[Sequence[Any]]) -> None:
        """Add observations, by the columns of their facts in the order of COMPARISON_FACTS_SQL."""
        for rowid, facts in zip(rowids, zip(*columns, strict=True), strict=True):
            number = self._numbers.get(facts)
            if number is None:
                number = self._number(facts)
            chunk, place = divmod(rowid, CHUNK_ROWS)
            if chunk not in self._chunks:
                self._chunks[chunk] = array("I", bytes(4 * CHUNK_ROWS))
            self._chunks[chunk][place] = number

    def _number(self, facts: tuple[Any, ...]) -> int:
        if len(self._numbers) == MAX_KINDS:
            return UNKNOWN_KIND
        return self._numbers.setdefault(facts, len(self._numbers) + 1)

    def save(self, db: apsw.Connection) -> None:
        """Fill the tables `comparison_kind` and `observation_kind`."""
        db.executemany(_KIND_SQL, ((number, *facts) for facts, number in self._numbers.items()))
        for chunk, kinds in sorted(self._chunks.items()):
            if sys.byteorder == "big":
                kinds.byteswap()
            db.execute(_CHUNK_SQL, (chunk * CHUNK_ROWS, kinds.tobytes()))
