"""What can be derived of suppressed counts from everything that is published with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evidencehub.disclosure.equations import (
    CellBounds,
    Derivation,
    DerivationLog,
    Floats,
    Ints,
    SumConstraints,
    exact_bounds,
    intersect_bounds,
)
from evidencehub.disclosure.propagation import MAX_SIMPLEX_CELLS, Propagation
from evidencehub.disclosure.simplex import WorkBudget

__all__ = [
    "CellBounds",
    "Derivation",
    "DisclosedCell",
    "FeasibilityIntervals",
    "SumConstraints",
    "exact_bounds",
    "find_disclosed_cells",
    "intersect_bounds",
    "narrow_bounds",
]

MAX_MINIMISED_SUMS = 60  # of one contradiction; a longer one is reported as it was met


@dataclass(frozen=True, slots=True)
class DisclosedCell:
    """A suppressed count of which more is known than the policy promises.

    `lower` is at least what the policy suppresses; `value_count` is how many values remain
    possible in all.
    """

    cell: int
    lower: float
    upper: float
    derivation: Derivation
    value_count: float = 1.0

    @property
    def is_exact(self) -> bool:
        """True when the count is known."""
        return self.value_count == 1


@dataclass(frozen=True, slots=True, eq=False)
class FeasibilityIntervals:
    """What is known of each count in the end.

    `contradictions` are minimal sets of values that cannot all be true; their sums were then left
    out. `cycle` are cells that would be parts of themselves; then nothing was narrowed.
    `undecided` are cells of blocks too large to be judged as a whole: more may be known of them.
    """

    cells: CellBounds
    lower: Floats
    upper: Floats
    log: DerivationLog
    contradictions: tuple[Derivation, ...] = ()
    cycle: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()

    def derivation(self, cell: int) -> Derivation:
        """Why the bounds of this cell are what they are."""
        return self.log.derivation([(cell, True), (cell, False)])


def find_disclosed_cells(
    narrowed: FeasibilityIntervals,
    suppressed: ArrayLike,
    protection_lower: float,
    protection_upper: float,
    min_values: float = 1,
) -> list[DisclosedCell]:
    """Return suppressed cells that are known exactly, or better than between the two bounds.

    Those with fewer than `min_values` possible values are among them wherever they lie.
    """
    is_suppressed = np.asarray(suppressed, dtype=bool)
    low, high = (
        np.maximum(narrowed.lower, protection_lower),
        np.minimum(narrowed.upper, protection_upper),
    )
    is_known = narrowed.lower == narrowed.upper
    is_narrow = (low <= high) & ((low > protection_lower) | (high < protection_upper))
    value_counts = narrowed.upper - narrowed.lower + 1
    is_exposed = is_known | is_narrow | (value_counts < min_values)
    disclosed = []
    for cell in np.flatnonzero(is_suppressed & is_exposed).tolist():
        reason = narrowed.derivation(cell)
        published_cells = tuple(
            source_cell for source_cell in reason.cells if not is_suppressed[source_cell]
        )
        lower = (low if is_narrow[cell] else narrowed.lower)[cell]
        disclosed.append(
            DisclosedCell(
                cell,
                float(lower) + 0.0,  # a bound may be minus zero, which nobody should read
                float(narrowed.upper[cell]) + 0.0,
                Derivation(published_cells, reason.sums),
                float(value_counts[cell]),
            )
        )
    return disclosed


def narrow_bounds(
    cells: CellBounds,
    sums: SumConstraints,
    targets: ArrayLike | None = None,
    *,
    max_cells: int = MAX_SIMPLEX_CELLS,
    budget: WorkBudget | None = None,
) -> FeasibilityIntervals:
    """Return what the sums say of the cells, most thoroughly of `targets` (all unless given).

    First each sum is looked at alone, over and over, until nothing more comes of it; then what is
    still undecided is put to the simplex, block by block, and so on. Bounds are whole numbers.
    Sums that contradict each other are left out, no more of them than it takes.
    """
    cell_numbers = np.append(sums.total, sums.parts)
    if ((cell_numbers < 0) | (cell_numbers >= len(cells))).any():
        raise ValueError("A sum names a cell that is not there.")
    aims = np.ones(len(cells), dtype=bool) if targets is None else np.asarray(targets, dtype=bool)
    if cycle := sums.find_cycle():
        return FeasibilityIntervals(
            cells, cells.lower, cells.upper, DerivationLog(cells, sums), cycle=cycle
        )
    impossible = cells.lower > cells.upper
    contradictions = [Derivation((cell,), ()) for cell in np.flatnonzero(impossible).tolist()]
    start = CellBounds(
        np.where(impossible, 0.0, cells.lower), np.where(impossible, np.inf, cells.upper)
    )
    left_out: set[int] = set()
    budget = budget or WorkBudget()
    while True:
        propagation = Propagation(start, sums, left_out, aims, max_cells, budget)
        new_contradictions = propagation.run()
        if not new_contradictions:
            break
        for reason in new_contradictions:
            if left_out.isdisjoint(reason.sums):  # else see whether it is still one
                minimal = _minimise_contradiction(start, sums, reason)
                contradictions.append(minimal)
                left_out.update(minimal.sums)
    return FeasibilityIntervals(
        cells,
        propagation.lower,
        propagation.upper,
        propagation.trail,
        tuple(contradictions),
        (),
        tuple(sorted(propagation.undecided)),
    )


def _minimise_contradiction(
    cells: CellBounds, sums: SumConstraints, reason: Derivation
) -> Derivation:
    """Return a contradiction of which no sum can be spared, by leaving out one after the other."""
    numbers = list(reason.sums)
    for number in reason.sums if len(numbers) <= MAX_MINIMISED_SUMS else ():
        rest = [other for other in numbers if other != number]
        if rest and _is_contradictory(cells, sums, rest):
            numbers = rest
    named = np.unique(np.concatenate([sums.cells_of(number) for number in numbers]))
    bounded = named[(cells.upper[named] < np.inf) | (cells.lower[named] > 0)]
    return Derivation(tuple(bounded.tolist()), tuple(numbers))


def _is_contradictory(cells: CellBounds, sums: SumConstraints, numbers: list[int]) -> bool:
    part = _take_part(cells, sums, np.array(numbers))
    propagation = Propagation(
        part.cells, part.sums, set(), np.ones(len(part.cells), dtype=bool), MAX_SIMPLEX_CELLS
    )
    return bool(propagation.run())


@dataclass(frozen=True, slots=True, eq=False)
class _SumsAndCells:
    """Some sums with only the cells in them; `numbers` says which cells they were."""

    cells: CellBounds
    sums: SumConstraints
    numbers: Ints


def _take_part(cells: CellBounds, sums: SumConstraints, chosen: Ints) -> _SumsAndCells:
    part = sums.select(chosen)
    numbers, renamed = np.unique(np.append(part.total, part.parts), return_inverse=True)
    total, parts = renamed[: len(part)], renamed[len(part) :]
    bounds = CellBounds(cells.lower[numbers], cells.upper[numbers])
    return _SumsAndCells(
        bounds, SumConstraints(total, part.starts, parts, part.is_complete), numbers
    )
