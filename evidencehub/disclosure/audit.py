"""The audit of a dataset: its counts, what adds up to what, and what that discloses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from evidencehub.disclosure.additivity import (
    AdditiveRelations,
    find_additive_relations,
    find_remainders,
)
from evidencehub.disclosure.alternatives import AlternativeSearch
from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, CountKey
from evidencehub.disclosure.equations import Bools, CellBounds, SumConstraints
from evidencehub.disclosure.feasibility import (
    DisclosedCell,
    FeasibilityIntervals,
    find_disclosed_cells,
    narrow_bounds,
)


class ProtectedRange(NamedTuple):
    """What a policy promises of a suppressed count: it may be anything from `lower` to `upper`.

    At least `min_values` values must remain possible.
    """

    lower: float
    upper: float
    min_values: int = 3


class DisclosedCount(NamedTuple):
    """A suppressed count that others disclose: its feasibility interval, and which ones do it.

    `value_count` is how many values remain possible.
    """

    cell: BoundedCount
    lower: float
    upper: float
    derived_from: tuple[BoundedCount, ...]
    value_count: float

    @property
    def is_exact(self) -> bool:
        """True when the count is known."""
        return self.value_count == 1


class DisclosedRemainder(NamedTuple):
    """A small count without a row: what a total leaves beside its listed parts, the total first."""

    counts: tuple[BoundedCount, ...]
    lower: float
    upper: float


class Contradiction(NamedTuple):
    """Values that cannot all be true; `is_protective` if a suppressed count is among them."""

    counts: tuple[BoundedCount, ...]
    is_protective: bool


class AuditResult(NamedTuple):
    """What was found; `undecided` are suppressed counts that are not proven to be protected."""

    disclosed: list[DisclosedCount]
    remainders: list[DisclosedRemainder]
    contradictions: list[Contradiction]
    undecided: list[BoundedCount]


def audit_counts(
    counts: Sequence[BoundedCount], structure: CategoryStructure, protected: ProtectedRange
) -> AuditResult:
    """Return what the counts disclose of those among them that are suppressed, or have no row.

    What adds up to what is found by `find_additive_relations`. A suppressed count is disclosed when
    it is known, or known better than `protected` promises. Sums that contradict each other are
    left out; what they would disclose is found by taking one value for wrong, each in turn.
    """
    relations = find_additive_relations(counts, structure)
    if not any(count.is_suppressed for count in counts):
        published = _list_bounds(relations.counts)
        return AuditResult([], list(_small_remainders(relations, published, protected)), [], [])
    system = _EquationSystem.build(relations)
    intervals = narrow_bounds(system.cells, system.sums, system.is_suppressed)
    if doubtful := _doubtful_totals(relations, system, intervals):
        relations = find_additive_relations(counts, structure, doubtful)
        system = _EquationSystem.build(relations)
        intervals = narrow_bounds(system.cells, system.sums, system.is_suppressed)
    return _summarise(relations, system, intervals, protected)


class _EquationSystem(NamedTuple):
    """Counts and their sums as the solver takes them."""

    cells: CellBounds
    sums: SumConstraints
    is_suppressed: Bools

    @classmethod
    def build(cls, relations: AdditiveRelations) -> _EquationSystem:
        """Return the system of these sums, the complete ones first."""
        loose = [*relations.partial, *relations.inclusions]
        partial = range(len(relations.complete), len(relations.complete) + len(loose))
        sums = SumConstraints.from_relations([*relations.complete, *loose], partial=partial)
        is_suppressed = np.array([count.is_suppressed for count in relations.counts], dtype=bool)
        return cls(_list_bounds(relations.counts), sums, is_suppressed)


def _doubtful_totals(
    relations: AdditiveRelations, system: _EquationSystem, intervals: FeasibilityIntervals
) -> frozenset[CountKey]:
    """Return the totals of sums that contradict each other, which may lack parts without a row."""
    numbers = {number for reason in intervals.contradictions for number in reason.sums}
    return frozenset(relations.counts[system.sums.total[number]].key for number in numbers)


def _summarise(
    relations: AdditiveRelations,
    system: _EquationSystem,
    intervals: FeasibilityIntervals,
    protected: ProtectedRange,
) -> AuditResult:
    cells, is_suppressed = system.cells, system.is_suppressed
    if intervals.cycle:  # codes that are parts of themselves: nothing could be looked at
        suppressed = [count for count in relations.counts if count.is_suppressed]
        return AuditResult([], [], _list_contradictions(relations, intervals), suppressed)
    leaks = find_disclosed_cells(intervals, is_suppressed, *protected)
    contradictions = [(total, *parts) for total, parts in relations.contradictory]
    contradictions += [reason.cells for reason in intervals.contradictions]
    undecided = set(intervals.undecided)
    if contradictions:
        search = AlternativeSearch(relations, cells, is_suppressed, protected)
        alternatives = search.run(contradictions)
        leaks += alternatives.disclosed
        undecided |= alternatives.undecided
    narrowest = _select_narrowest(leaks, relations.counts)
    return AuditResult(
        [_name_counts(relations.counts, leak) for leak in narrowest],
        list(_small_remainders(relations, intervals, protected)),
        _list_contradictions(relations, intervals),
        [relations.counts[cell] for cell in sorted(undecided) if is_suppressed[cell]],
    )


def _list_bounds(counts: Sequence[BoundedCount]) -> CellBounds:
    bounds = [(count.lower, count.upper) for count in counts]
    return CellBounds(*np.array(bounds, dtype=np.float64).reshape(-1, 2).T)


def _select_narrowest(
    leaks: Iterable[DisclosedCell], counts: Sequence[BoundedCount]
) -> list[DisclosedCell]:
    """Return one finding for each row, the one that leaves the fewest values."""
    narrowest: dict[tuple[tuple[str, int], str], DisclosedCell] = {}
    for leak in leaks:
        count = counts[leak.cell]
        row = (count.location, count.key.release)
        narrowest_yet = narrowest.setdefault(row, leak)
        if leak.value_count < narrowest_yet.value_count:
            narrowest[row] = leak
    return sorted(narrowest.values(), key=lambda leak: leak.cell)


def _name_counts(counts: Sequence[BoundedCount], leak: DisclosedCell) -> DisclosedCount:
    sources = _select_counts(counts, leak.derivation.cells)
    return DisclosedCount(counts[leak.cell], leak.lower, leak.upper, sources, leak.value_count)


def _small_remainders(
    relations: AdditiveRelations,
    intervals: FeasibilityIntervals | CellBounds,
    protected: ProtectedRange,
) -> Iterable[DisclosedRemainder]:
    """Yield what totals leave for parts without a row, if it is surely a small count."""
    lower, upper = intervals.lower.tolist(), intervals.upper.tolist()
    reported: set[tuple[BoundedCount, ...]] = set()
    for remainder in find_remainders(relations, lower, upper):
        if max(protected.lower, 1) <= remainder.lower and remainder.upper <= protected.upper:
            counts = _select_counts(relations.counts, remainder.cells)
            counts = counts or (relations.counts[remainder.cells[0]],)
            if counts not in reported:
                reported.add(counts)
                yield DisclosedRemainder(counts, remainder.lower, remainder.upper)


def _list_contradictions(
    relations: AdditiveRelations, intervals: FeasibilityIntervals
) -> list[Contradiction]:
    """Return the sums that cannot be true by themselves, and those that cannot be together."""
    cells = [(total, *parts) for total, parts in relations.contradictory]
    cells += [reason.cells for reason in intervals.contradictions]
    contradictions = []
    for numbers in dict.fromkeys(cells):
        counts = _select_counts(relations.counts, numbers)
        is_protective = any(relations.counts[cell].is_suppressed for cell in numbers)
        contradictions.append(Contradiction(counts, is_protective))
    return contradictions


def _select_counts(
    counts: Sequence[BoundedCount], cells: Iterable[int]
) -> tuple[BoundedCount, ...]:
    return tuple(counts[cell] for cell in cells if counts[cell].is_listed)
