"""Random hierarchical tables, two ways to publish them, and an attacker with a real solver."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from evidencehub.disclosure.feasibility import CellBounds, SumConstraints
from evidencehub.stats.rounding import counts_before_rounding

SumLinks = list[tuple[int, tuple[int, ...]]]
MIN_SUPPRESSED, MAX_SUPPRESSED = 1, 7


@dataclass(frozen=True)
class TableAxis:
    """One dimension: how many members it has, and which add up to which; the first is the total."""

    size: int
    links: SumLinks

    @classmethod
    def random(cls, rng: np.random.Generator, leaves: int, *, grouped: bool) -> TableAxis:
        """A total, parents of two to five members where grouped, and the members."""
        if not grouped:
            return cls(leaves + 1, [(0, tuple(range(1, leaves + 1)))])
        sizes: list[int] = []
        while sum(sizes) < leaves:
            sizes.append(min(int(rng.integers(2, 6)), leaves - sum(sizes)))
        parents = range(1, len(sizes) + 1)
        first = len(sizes) + 1
        links: SumLinks = [(0, tuple(parents))]
        for parent, size in zip(parents, sizes, strict=True):
            if size > 1:
                links.append((parent, tuple(range(first, first + size))))
                first += size
        return cls(first, links)


@dataclass(frozen=True)
class HierarchicalTable:
    """True counts of every cell, margins included, and the sums between them."""

    shape: tuple[int, ...]
    counts: np.ndarray
    links: SumLinks

    @property
    def sums(self) -> SumConstraints:
        return SumConstraints.from_relations(self.links)

    @property
    def suppressed(self) -> np.ndarray:
        return (self.counts >= MIN_SUPPRESSED) & (self.counts <= MAX_SUPPRESSED)

    def suppress_only(self) -> CellBounds:
        """1 to 7 suppressed; all else as it is."""
        return CellBounds(
            np.where(self.suppressed, MIN_SUPPRESSED, self.counts),
            np.where(self.suppressed, MAX_SUPPRESSED, self.counts),
        )

    def suppress_and_round(self, base: int = 5) -> CellBounds:
        """1 to 7 suppressed; all else, totals too, rounded to 5: each cell for itself."""
        rounded_counts = np.floor(self.counts / base + 0.5) * base
        low, high = counts_before_rounding(
            np.where(self.suppressed, 0, rounded_counts),
            base,
            suppressed_range=(MIN_SUPPRESSED, MAX_SUPPRESSED),
        )
        return CellBounds(
            np.where(self.suppressed, MIN_SUPPRESSED, low),
            np.where(self.suppressed, MAX_SUPPRESSED, high),
        )


def cross_axes(axes: Sequence[TableAxis]) -> tuple[tuple[int, ...], SumLinks]:
    """Every sum of every dimension, in every combination of members of the others."""
    shape = tuple(axis.size for axis in axes)
    links: SumLinks = []
    for axis_index, axis in enumerate(axes):
        other_ranges = [range(size) for size in shape[:axis_index] + shape[axis_index + 1 :]]
        for other_members in itertools.product(*other_ranges):
            for total, addends in axis.links:
                cells = [
                    int(
                        np.ravel_multi_index(
                            (*other_members[:axis_index], member, *other_members[axis_index:]),
                            shape,
                        )
                    )
                    for member in (total, *addends)
                ]
                links.append((cells[0], tuple(cells[1:])))
    return shape, links


def random_table(
    rng: np.random.Generator, axes: Sequence[TableAxis], *, scale: float = 2.75
) -> HierarchicalTable:
    """Counts as of groups, areas and ages of very unlike sizes; sums are then filled in."""
    shape, links = cross_axes(axes)
    effects = [np.exp(rng.normal(0, 0.7, size)) for size in shape]
    means = np.exp(scale) * np.ones(shape)
    for axis_index, effect in enumerate(effects):
        means *= effect.reshape([-1 if axis_index == axis else 1 for axis in range(len(shape))])
    counts = rng.poisson(means).astype(float).ravel()
    is_total = {total for total, _ in links}
    filled_cells = set(range(len(counts))) - is_total
    while len(filled_cells) < len(counts):
        for total, addends in links:
            if total not in filled_cells and filled_cells.issuperset(addends):
                counts[total] = counts[list(addends)].sum()
                filled_cells.add(total)
    return HierarchicalTable(shape, counts, links)


def margins_only(seed: int) -> HierarchicalTable:
    """18 groups by 6 columns, with all margins."""
    rng = np.random.default_rng(seed)
    return random_table(rng, [TableAxis.random(rng, n, grouped=False) for n in (18, 6)])


def with_parents(seed: int) -> HierarchicalTable:
    """18 groups under 5 or so parents, by 6 columns, with all margins."""
    rng = np.random.default_rng(seed)
    axes = [TableAxis.random(rng, 18, grouped=True), TableAxis.random(rng, 6, grouped=False)]
    return random_table(rng, axes)


def three_way(seed: int) -> HierarchicalTable:
    """8 groups with parents, by 2 sexes, by 5 ages with parents, with all margins."""
    rng = np.random.default_rng(seed)
    axes = [
        TableAxis.random(rng, 8, grouped=True),
        TableAxis.random(rng, 2, grouped=False),
        TableAxis.random(rng, 5, grouped=True),
    ]
    return random_table(rng, axes)


TABLE_GENERATORS = {
    "18 × 6, margins": margins_only,
    "18 × 6, margins and parents": with_parents,
    "8 × 2 × 5, margins and parents": three_way,
}
POLICIES = {
    "suppress 1–7": HierarchicalTable.suppress_only,
    "and round the rest to 5": HierarchicalTable.suppress_and_round,
}


def solve_bounds(
    cells: CellBounds, sums: SumConstraints, targets: np.ndarray, *, integer: bool = False
) -> Iterator[tuple[int, float, float]]:
    """The bounds of each target that HiGHS finds, over all sums at once, as whole numbers."""
    limits = build_sum_constraints(sums, len(cells))
    for target in np.flatnonzero(targets).tolist():
        cost = np.zeros(len(cells))
        cost[target] = 1
        low, high = (solve_minimum(sign * cost, cells, limits, integer=integer) for sign in (1, -1))
        assert low is not None
        assert high is not None
        yield target, float(np.ceil(low - 1e-6)), float(np.floor(1e-6 - high))


def is_feasible(cells: CellBounds, sums: SumConstraints, *, integer: bool = False) -> bool:
    """Whether HiGHS finds any counts that satisfy everything."""
    limits = build_sum_constraints(sums, len(cells))
    return solve_minimum(np.zeros(len(cells)), cells, limits, integer=integer) is not None


def build_sum_constraints(sums: SumConstraints, size: int) -> LinearConstraint:
    numbers = np.arange(len(sums))
    row = np.append(numbers, np.repeat(numbers, np.diff(sums.starts)))
    column = np.append(sums.total, sums.parts)
    weight = np.append(-np.ones(len(sums)), np.ones(len(sums.parts)))
    matrix = scipy.sparse.csr_array((weight, (row, column)), (len(sums), size))
    return LinearConstraint(matrix, np.where(sums.is_complete, 0.0, -np.inf), np.zeros(len(sums)))


def solve_minimum(
    cost: np.ndarray, cells: CellBounds, limits: LinearConstraint, *, integer: bool
) -> float | None:
    """The least that HiGHS finds; None where nothing satisfies everything."""
    integrality = np.full(len(cells), int(integer))
    cell_bounds = Bounds(cells.lower, cells.upper)
    solution = milp(cost, constraints=limits, bounds=cell_bounds, integrality=integrality)
    if solution.status == 3 or (solution.status == 4 and cost.any()):  # "unbounded or infeasible"
        return -np.inf
    return None if solution.status == 2 else float(solution.fun)


def create_random_system(seed: int) -> tuple[CellBounds, SumConstraints, np.ndarray]:
    """A system without any order: overlapping sums, loose ones, cells of which little is known.

    The true counts are given too; the system is never contradictory.
    """
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 14))
    counts = rng.poisson(rng.choice([2.0, 6.0, 30.0]), size).astype(float).tolist()
    links: SumLinks = []
    inexact_sums = []
    for number in range(int(rng.integers(1, 9))):
        addends = tuple(
            rng.choice(size, int(rng.integers(2, min(size, 6))), replace=False).tolist()
        )
        is_loose = rng.random() < 0.2
        inexact_sums += [number] * is_loose
        counts.append(sum(counts[addend] for addend in addends) + rng.integers(0, 5) * is_loose)
        links.append((len(counts) - 1, addends))
    true_counts = np.array(counts)
    bound_kinds = rng.choice(4, len(true_counts), p=[0.2, 0.4, 0.2, 0.2])
    low = np.choose(
        bound_kinds,
        [true_counts, np.minimum(true_counts, 1), np.maximum(true_counts - 2, 0), 0 * true_counts],
    )
    high = np.choose(
        bound_kinds,
        [true_counts, np.maximum(true_counts, 7), true_counts + 2, np.inf + true_counts],
    )
    return (
        CellBounds(low, high),
        SumConstraints.from_relations(links, partial=inexact_sums),
        true_counts,
    )


def union(*systems: tuple[CellBounds, SumConstraints]) -> tuple[CellBounds, SumConstraints]:
    """Systems side by side: no sum of one names a cell of another."""
    links: SumLinks = []
    loose: list[int] = []
    size = 0
    for cells, sums in systems:
        loose += [len(links) + int(number) for number in np.flatnonzero(~sums.is_complete)]
        for number in range(len(sums)):
            total, *parts = (sums.cells_of(number) + size).tolist()
            links.append((total, tuple(parts)))
        size += len(cells)
    lower = np.concatenate([cells.lower for cells, _ in systems])
    upper = np.concatenate([cells.upper for cells, _ in systems])
    return CellBounds(lower, upper), SumConstraints.from_relations(links, partial=loose)
