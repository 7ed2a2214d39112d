"""What is known beside values that contradict each other, if one of them is taken for wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from evidencehub.disclosure.additivity import AdditiveRelations
from evidencehub.disclosure.equations import Bools, CellBounds, Derivation, SumConstraints
from evidencehub.disclosure.feasibility import DisclosedCell, find_disclosed_cells, narrow_bounds
from evidencehub.disclosure.simplex import WorkBudget
from evidencehub.disclosure.strata import AdditiveRelation

MAX_ALTERNATIVES = 2_000  # values that are taken for wrong, one at a time
MAX_NEARBY_SUMS = 5_000  # sums that hang on a value


class AlternativeFindings(NamedTuple):
    """What is disclosed if one value is wrong, and suppressed cells that are not proven."""

    disclosed: list[DisclosedCell]
    undecided: set[int]


class AlternativeSearch:
    """Takes each published value of a contradiction for wrong, and trusts all others.

    An attacker does not know which value is wrong either. The sums that a wrong value is part of
    hold then again, whatever it made of them.
    """

    def __init__(
        self,
        relations: AdditiveRelations,
        cells: CellBounds,
        is_suppressed: Bools,
        protected: tuple[float, float, int],
    ) -> None:
        self._cells, self._is_suppressed = cells, is_suppressed
        self._protected = protected
        self._is_open = (cells.lower < cells.upper).tolist()
        complete = [(relation, True) for relation in relations.complete]
        loose = [(relation, False) for relation in (*relations.partial, *relations.inclusions)]
        self._sums = [*complete, *loose]
        self._doubted = relations.doubted
        self._budget = WorkBudget()
        self._sums_by_cell: dict[int, list[int]] = {}
        for number, ((total, parts), _) in enumerate(self._sums):
            for cell in (total, *parts):
                self._sums_by_cell.setdefault(cell, []).append(number)

    def run(self, contradictions: Iterable[Sequence[int]]) -> AlternativeFindings:
        """Return what follows; `contradictions` are the cells of each."""
        findings = AlternativeFindings([], set())
        doubtful = {cell: None for cells in contradictions for cell in cells}
        published = [cell for cell in doubtful if not self._is_suppressed[cell]]
        for position, cell in enumerate(published):
            nearby = self._find_nearby(cell) if position < MAX_ALTERNATIVES else None
            if nearby is None:
                suppressed = self._suppressed_near(cell)
                findings.undecided.update(suppressed)
            else:
                self._try_without(cell, nearby, findings)
        return findings

    def _find_nearby(self, wrong: int) -> dict[AdditiveRelation, bool] | None:
        """Return the sums that hang on a cell by unknown ones, and whether each is complete.

        None if they are too many.
        """
        nearby: dict[AdditiveRelation, bool] = {}
        reached, queue = {wrong}, [wrong]
        for cell in queue:
            for relation, is_complete in self._iter_sums(cell, wrong):
                if relation in nearby:
                    continue
                nearby[relation] = is_complete
                new = [
                    other
                    for other in (relation[0], *relation[1])
                    if self._is_open[other] and other not in reached
                ]
                reached.update(new)
                queue += new
            if len(nearby) > MAX_NEARBY_SUMS:
                return None
        return nearby

    def _iter_sums(self, cell: int, wrong: int) -> Iterator[tuple[AdditiveRelation, bool]]:
        """Yield the sums of a cell; those that a wrong value spoiled hold without it."""
        if cell == wrong:
            yield from ((relation, True) for relation in self._doubted.get(cell, ()))
        for number in self._sums_by_cell.get(cell, ()):
            relation, is_complete = self._sums[number]
            is_doubted = wrong in (relation[0], *relation[1]) and relation in self._doubted.get(
                wrong, ()
            )
            yield relation, is_complete or is_doubted

    def _suppressed_near(self, cell: int) -> list[int]:
        numbers = self._sums_by_cell.get(cell, ())
        near = [other for number in numbers for other in self._sums[number][0][1]]
        return [other for other in near if self._is_suppressed[other]]

    def _try_without(
        self, wrong: int, nearby: dict[AdditiveRelation, bool], findings: AlternativeFindings
    ) -> None:
        numbers = sorted({cell for total, parts in nearby for cell in (total, *parts)})
        is_target = self._is_suppressed[numbers]
        if not is_target.any():
            return
        cells, sums = self._build_part(wrong, nearby, numbers)
        narrowed = narrow_bounds(cells, sums, is_target, budget=self._budget)
        findings.undecided.update(numbers[cell] for cell in narrowed.undecided if is_target[cell])
        for leak in find_disclosed_cells(narrowed, is_target, *self._protected):
            published = tuple(numbers[cell] for cell in leak.derivation.cells)
            derivation = Derivation(published, ())
            cell = numbers[leak.cell]
            findings.disclosed.append(replace(leak, cell=cell, derivation=derivation))

    def _build_part(
        self, wrong: int, nearby: dict[AdditiveRelation, bool], numbers: list[int]
    ) -> tuple[CellBounds, SumConstraints]:
        """Return the cells with these numbers, one of them unknown, and their sums."""
        names = {cell: position for position, cell in enumerate(numbers)}
        lower, upper = self._cells.lower[numbers], self._cells.upper[numbers]
        lower[names[wrong]], upper[names[wrong]] = 0, np.inf
        links = [(names[total], tuple(names[part] for part in parts)) for total, parts in nearby]
        loose = [n for n, is_complete in enumerate(nearby.values()) if not is_complete]
        return CellBounds(lower, upper), SumConstraints.from_relations(links, partial=loose)
