"""Indicators that look as if they added up, although no package declares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evidencehub.disclosure.counts import BoundedCount, IndicatorSum
from evidencehub.disclosure.strata import group_varying_field

MAX_COMPARED_PAIRS = 5_000_000  # pairs of indicators looked at for one suppressed count or another


class DerivedPart(NamedTuple):
    """A suppressed count that follows if indicators add up, and what it follows from."""

    cell: BoundedCount
    lower: float
    upper: float
    derived_from: tuple[BoundedCount, ...]


@dataclass(slots=True)
class EvidentSum:
    """Indicators that may add up: nothing contradicts it.

    `confirmed` is the number of strata that publish all of them, exactly, and where they do.
    """

    sum: IndicatorSum
    confirmed: int = 0
    derived: list[DerivedPart] = field(default_factory=list)


class EvidentSums(NamedTuple):
    """What was found; `is_complete` is False if there are too many indicators to compare all."""

    sums: list[EvidentSum]
    is_complete: bool


Interval = tuple[float, float]


def find_evident_sums(
    counts: Sequence[BoundedCount],
    declared: Iterable[frozenset[str]],
    min_suppressed: float,
    max_suppressed: float,
) -> EvidentSums:
    """Return pairs of indicators that may add up to a third one, or to their denominator.

    A pair counts if the rest that a published one leaves of the total is a count that the policy
    suppresses, in each stratum that suppresses the other one, and if no stratum contradicts it.
    `declared` are the sets of indicators of which the package has said whether they add up.
    """
    strata = list(group_varying_field(counts, "indicator").values())
    search = _SumSearch(counts, frozenset(declared), (max(min_suppressed, 1), max_suppressed))
    for cells in strata:
        search.collect(cells)
    verified = [search.verify(entry, strata) for entry in search.candidates]
    sums = [evident for evident in verified if evident is not None]
    return EvidentSums(sums, search.compared <= MAX_COMPARED_PAIRS)


class _SumSearch:
    def __init__(
        self, counts: Sequence[BoundedCount], declared: frozenset[frozenset[str]], small: Interval
    ) -> None:
        self._counts, self._declared, self._small = counts, declared, small
        self.candidates: dict[IndicatorSum, None] = {}
        self.compared = 0

    def collect(self, cells: Mapping[str, int]) -> None:
        """Note which sums would make a suppressed count of this stratum a small one."""
        for hidden, entry in self._iter_entries(cells):
            self.compared += 1
            if self.compared > MAX_COMPARED_PAIRS:
                return
            is_new = entry not in self.candidates and not self._is_declared(entry)
            if is_new and self._derive(entry, hidden, cells) is not None:
                self.candidates[entry] = None

    def _iter_entries(self, cells: Mapping[str, int]) -> Iterator[tuple[str, IndicatorSum]]:
        """Yield each suppressed indicator, and the sums that it may be part of."""
        suppressed = [name for name, cell in cells.items() if self._counts[cell].is_suppressed]
        published = [name for name in cells if name not in suppressed]
        for hidden in suppressed:
            for other in published:
                parts = tuple(sorted((hidden, other)))
                yield hidden, IndicatorSum("", parts)
                yield from (
                    (hidden, IndicatorSum(total, parts)) for total in published if total != other
                )

    def _is_declared(self, entry: IndicatorSum) -> bool:
        return any(names.issuperset(entry.indicators) for names in self._declared)

    def _derive(
        self, entry: IndicatorSum, hidden: str, cells: Mapping[str, int]
    ) -> DerivedPart | None:
        """Return what a sum leaves for a suppressed part; None unless that is surely small."""
        other = next(name for name in entry.parts if name != hidden)
        total = self._total_bounds(entry, cells)
        if total is None:
            return None
        part = self._counts[cells[other]]
        lower, upper = total[0] - part.upper, total[1] - part.lower
        if not self._small[0] <= lower <= upper <= self._small[1]:
            return None
        sources = [part, *([self._counts[cells[entry.total]]] if entry.total else [])]
        return DerivedPart(self._counts[cells[hidden]], lower, upper, tuple(sources))

    def _total_bounds(self, entry: IndicatorSum, cells: Mapping[str, int]) -> Interval | None:
        """Return the bounds of a total, or of the denominator that both parts have."""
        if entry.total:
            total = self._counts[cells[entry.total]]
            return total.lower, total.upper
        bounds = {
            span for name in entry.parts if (span := self._counts[cells[name]].denominator_bounds)
        }
        return bounds.pop() if len(bounds) == 1 else None

    def verify(self, entry: IndicatorSum, strata: Iterable[Mapping[str, int]]) -> EvidentSum | None:
        """Return how far the strata bear a sum out; None if one contradicts it."""
        evident = EvidentSum(entry)
        for cells in strata:
            is_judged = all(name in cells for name in entry.indicators) and not (
                entry.total and self._counts[cells[entry.total]].is_suppressed
            )
            if is_judged and not self._agrees(evident, cells):
                return None
        return evident

    def _suppressed_parts(self, entry: IndicatorSum, cells: Mapping[str, int]) -> list[str]:
        return [name for name in entry.parts if self._counts[cells[name]].is_suppressed]

    def _agrees(self, evident: EvidentSum, cells: Mapping[str, int]) -> bool:
        """Return whether a stratum agrees with a sum, and note what it adds to it."""
        entry = evident.sum
        hidden = self._suppressed_parts(entry, cells)
        if len(hidden) == 1:
            derived = self._derive(entry, hidden[0], cells)
            if derived is not None:
                evident.derived.append(derived)
            return derived is not None
        total = self._total_bounds(entry, cells)
        if hidden or total is None:
            return True
        parts = [self._counts[cells[name]] for name in entry.parts]
        bounds = (sum(part.lower for part in parts), sum(part.upper for part in parts))
        evident.confirmed += bounds == total and bounds[0] == bounds[1]
        return bounds[0] <= total[1] and total[0] <= bounds[1]
