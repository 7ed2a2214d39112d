"""Random hierarchical tables, two ways to publish them, and an attacker with a real solver."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from evidencehub.measures.recovery import Cells, Sums
from evidencehub.measures.rounding import rounded_range

Links = list[tuple[int, tuple[int, ...]]]
LEAST, MOST = 1, 7


@dataclass(frozen=True)
class Axis:
    """One dimension: how many members it has, and which add up to which; the first is the total."""

    size: int
    links: Links

    @classmethod
    def random(cls, rng: np.random.Generator, leaves: int, *, grouped: bool) -> Axis:
        """A total, parents of two to five members where grouped, and the members."""
        if not grouped:
            return cls(leaves + 1, [(0, tuple(range(1, leaves + 1)))])
        sizes: list[int] = []
        while sum(sizes) < leaves:
            sizes.append(min(int(rng.integers(2, 6)), leaves - sum(sizes)))
        parents = range(1, len(sizes) + 1)
        first = len(sizes) + 1
        links: Links = [(0, tuple(parents))]
        for parent, size in zip(parents, sizes, strict=True):
            if size > 1:
                links.append((parent, tuple(range(first, first + size))))
                first += size
        return cls(first, links)


@dataclass(frozen=True)
class Table:
    """True counts of every cell, margins included, and the sums between them."""

    shape: tuple[int, ...]
    counts: np.ndarray
    links: Links

    @property
    def sums(self) -> Sums:
        return Sums.of(self.links)

    @property
    def hidden(self) -> np.ndarray:
        return (self.counts >= LEAST) & (self.counts <= MOST)

    def naive(self) -> Cells:
        """1 to 7 suppressed; all else as it is."""
        return Cells(
            np.where(self.hidden, LEAST, self.counts), np.where(self.hidden, MOST, self.counts)
        )

    def recommended(self, base: int = 5) -> Cells:
        """1 to 7 suppressed; all else, totals too, rounded to 5: each cell for itself."""
        shown = np.floor(self.counts / base + 0.5) * base
        low, high = rounded_range(np.where(self.hidden, 0, shown), base, hidden=(LEAST, MOST))
        return Cells(np.where(self.hidden, LEAST, low), np.where(self.hidden, MOST, high))


def product(axes: Sequence[Axis]) -> tuple[tuple[int, ...], Links]:
    """Every sum of every dimension, in every combination of members of the others."""
    shape = tuple(axis.size for axis in axes)
    links: Links = []
    for way, axis in enumerate(axes):
        others = [range(size) for size in shape[:way] + shape[way + 1 :]]
        for rest in itertools.product(*others):
            for total, parts in axis.links:
                cells = [
                    int(np.ravel_multi_index((*rest[:way], member, *rest[way:]), shape))
                    for member in (total, *parts)
                ]
                links.append((cells[0], tuple(cells[1:])))
    return shape, links


def random_table(rng: np.random.Generator, axes: Sequence[Axis], *, scale: float = 2.75) -> Table:
    """Counts as of groups, areas and ages of very unlike sizes; sums are then filled in."""
    shape, links = product(axes)
    effects = [np.exp(rng.normal(0, 0.7, size)) for size in shape]
    means = np.exp(scale) * np.ones(shape)
    for way, effect in enumerate(effects):
        means *= effect.reshape([-1 if way == at else 1 for at in range(len(shape))])
    counts = rng.poisson(means).astype(float).ravel()
    is_total = {total for total, _ in links}
    done = set(range(len(counts))) - is_total
    while len(done) < len(counts):
        for total, parts in links:
            if total not in done and done.issuperset(parts):
                counts[total] = counts[list(parts)].sum()
                done.add(total)
    return Table(shape, counts, links)


def margins_only(seed: int) -> Table:
    """18 groups by 6 columns, with all margins."""
    rng = np.random.default_rng(seed)
    return random_table(rng, [Axis.random(rng, n, grouped=False) for n in (18, 6)])


def with_parents(seed: int) -> Table:
    """18 groups under 5 or so parents, by 6 columns, with all margins."""
    rng = np.random.default_rng(seed)
    axes = [Axis.random(rng, 18, grouped=True), Axis.random(rng, 6, grouped=False)]
    return random_table(rng, axes)


def three_way(seed: int) -> Table:
    """8 groups with parents, by 2 sexes, by 5 ages with parents, with all margins."""
    rng = np.random.default_rng(seed)
    axes = [
        Axis.random(rng, 8, grouped=True),
        Axis.random(rng, 2, grouped=False),
        Axis.random(rng, 5, grouped=True),
    ]
    return random_table(rng, axes)


KINDS = {
    "18 × 6, margins": margins_only,
    "18 × 6, margins and parents": with_parents,
    "8 × 2 × 5, margins and parents": three_way,
}
POLICIES = {"suppress 1–7": Table.naive, "and round the rest to 5": Table.recommended}


def attacked(
    cells: Cells, sums: Sums, targets: np.ndarray, *, integer: bool = False
) -> Iterator[tuple[int, float, float]]:
    """The bounds of each target that HiGHS finds, over all sums at once, as whole numbers."""
    limits = constraints(sums, len(cells))
    for target in np.flatnonzero(targets).tolist():
        cost = np.zeros(len(cells))
        cost[target] = 1
        low, high = (optimum(sign * cost, cells, limits, integer=integer) for sign in (1, -1))
        assert low is not None
        assert high is not None
        yield target, float(np.ceil(low - 1e-6)), float(np.floor(1e-6 - high))


def can_be(cells: Cells, sums: Sums, *, integer: bool = False) -> bool:
    """Whether HiGHS finds any counts that satisfy everything."""
    limits = constraints(sums, len(cells))
    return optimum(np.zeros(len(cells)), cells, limits, integer=integer) is not None


def constraints(sums: Sums, size: int) -> LinearConstraint:
    numbers = np.arange(len(sums))
    row = np.append(numbers, np.repeat(numbers, np.diff(sums.starts)))
    column = np.append(sums.total, sums.parts)
    weight = np.append(-np.ones(len(sums)), np.ones(len(sums.parts)))
    matrix = scipy.sparse.csr_array((weight, (row, column)), (len(sums), size))
    return LinearConstraint(matrix, np.where(sums.exact, 0.0, -np.inf), np.zeros(len(sums)))


def optimum(
    cost: np.ndarray, cells: Cells, limits: LinearConstraint, *, integer: bool
) -> float | None:
    """The least that HiGHS finds; None where nothing satisfies everything."""
    whole = np.full(len(cells), int(integer))
    room = Bounds(cells.lower, cells.upper)
    answer = milp(cost, constraints=limits, bounds=room, integrality=whole)
    if answer.status == 3 or (answer.status == 4 and cost.any()):  # "unbounded or infeasible"
        return -np.inf
    return None if answer.status == 2 else float(answer.fun)


def tangle(seed: int) -> tuple[Cells, Sums, np.ndarray]:
    """A system without any order: overlapping sums, loose ones, cells of which little is known.

    The true counts are given too; the system is never contradictory.
    """
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 14))
    counts = rng.poisson(rng.choice([2.0, 6.0, 30.0]), size).astype(float).tolist()
    links: Links = []
    loose = []
    for number in range(int(rng.integers(1, 9))):
        parts = tuple(rng.choice(size, int(rng.integers(2, min(size, 6))), replace=False).tolist())
        is_loose = rng.random() < 0.2
        loose += [number] * is_loose
        counts.append(sum(counts[part] for part in parts) + rng.integers(0, 5) * is_loose)
        links.append((len(counts) - 1, parts))
    true = np.array(counts)
    kinds = rng.choice(4, len(true), p=[0.2, 0.4, 0.2, 0.2])
    low = np.choose(kinds, [true, np.minimum(true, 1), np.maximum(true - 2, 0), 0 * true])
    high = np.choose(kinds, [true, np.maximum(true, 7), true + 2, np.inf + true])
    return Cells(low, high), Sums.of(links, at_least=loose), true


def union(*systems: tuple[Cells, Sums]) -> tuple[Cells, Sums]:
    """Systems side by side: no sum of one names a cell of another."""
    links: Links = []
    loose: list[int] = []
    size = 0
    for cells, sums in systems:
        loose += [len(links) + int(number) for number in np.flatnonzero(~sums.exact)]
        for number in range(len(sums)):
            total, *parts = (sums.cells(number) + size).tolist()
            links.append((total, tuple(parts)))
        size += len(cells)
    lower = np.concatenate([cells.lower for cells, _ in systems])
    upper = np.concatenate([cells.upper for cells, _ in systems])
    return Cells(lower, upper), Sums.of(links, at_least=loose)
