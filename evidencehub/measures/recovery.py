"""What somebody can work out about hidden counts from everything that was published with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evidencehub.measures.attack import Bound, ContradictionError, GaveUpError, Simplex
from evidencehub.measures.sums import (
    EPS,
    Bools,
    Cells,
    Floats,
    Ints,
    Reason,
    Sums,
    Trail,
    intersect,
    published,
)

__all__ = [
    "Cells",
    "Leak",
    "Narrowed",
    "Reason",
    "Sums",
    "intersect",
    "leaks",
    "narrow",
    "published",
]

ROUNDS = 100  # of propagation at a stretch, before the simplex has its turn
MOST_CELLS = 400  # of one simplex: larger blocks of unknown cells are judged in pieces


@dataclass(frozen=True, slots=True)
class Leak:
    """A hidden count of which more is known than the policy promises."""

    cell: int
    low: float
    high: float
    reason: Reason

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True, eq=False)
class Narrowed:
    """What is known of each count in the end.

    `contradictions` are figures that cannot all be true; their sums were then left out.
    `cycle` are cells that would be parts of themselves; then nothing was narrowed.
    `partly` are cells of blocks too large to be judged as a whole: more may be known of them.
    """

    cells: Cells
    lower: Floats
    upper: Floats
    trail: Trail
    contradictions: tuple[Reason, ...] = ()
    cycle: tuple[int, ...] = ()
    partly: tuple[int, ...] = ()

    def reason(self, cell: int) -> Reason:
        """Why the bounds of this cell are what they are."""
        return self.trail.reason([(cell, True), (cell, False)])


def leaks(narrowed: Narrowed, suppressed: ArrayLike, least: float, most: float) -> list[Leak]:
    """Hidden cells that are known exactly, or better than “between least and most”."""
    hidden = np.asarray(suppressed, dtype=bool)
    low, high = np.maximum(narrowed.lower, least), np.minimum(narrowed.upper, most)
    is_known = narrowed.lower == narrowed.upper
    is_narrow = (low <= high) & ((low > least) | (high < most))
    found = []
    for cell in np.flatnonzero(hidden & (is_known | is_narrow)).tolist():
        reason = narrowed.reason(cell)
        told = tuple(one for one in reason.cells if not hidden[one])
        known = (narrowed.lower, narrowed.upper) if is_known[cell] else (low, high)
        found.append(
            Leak(cell, float(known[0][cell]), float(known[1][cell]), Reason(told, reason.sums))
        )
    return found


def narrow(
    cells: Cells,
    sums: Sums,
    targets: ArrayLike | None = None,
    *,
    most_cells: int = MOST_CELLS,
) -> Narrowed:
    """What the sums tell about the cells, and most thoroughly about `targets` (all unless said).

    First each sum is looked at alone, over and over, until nothing more comes of it; then what is
    still undecided is put to the simplex, block by block, and so on. Bounds are whole numbers.
    """
    named = np.append(sums.total, sums.parts)
    if ((named < 0) | (named >= len(cells))).any():
        raise ValueError("A sum names a cell that is not there.")
    aims = np.ones(len(cells), dtype=bool) if targets is None else np.asarray(targets, dtype=bool)
    if ring := sums.cycle():
        return Narrowed(cells, cells.lower, cells.upper, Trail(cells, sums), cycle=ring)
    impossible = cells.lower > cells.upper
    clashes = [Reason((cell,), ()) for cell in np.flatnonzero(impossible).tolist()]
    start = Cells(np.where(impossible, 0.0, cells.lower), np.where(impossible, np.inf, cells.upper))
    left_out: set[int] = set()
    while True:
        attempt = _Attempt(start, sums, left_out, aims, most_cells)
        found = attempt.run()
        if not found:
            break
        clashes += _merged(found)
        left_out = left_out.union(*(reason.sums for reason in found))
    return Narrowed(
        cells, attempt.lower, attempt.upper, attempt.trail, tuple(clashes), (), attempt.partly
    )


def _merged(reasons: list[Reason]) -> list[Reason]:
    """Reasons that rest on the same sums are one."""
    cells: dict[tuple[int, ...], set[int]] = {}
    for reason in reasons:
        cells.setdefault(reason.sums, set()).update(reason.cells)
    return [Reason(tuple(sorted(told)), sums) for sums, told in cells.items()]


class _Attempt:
    """One go at narrowing; it ends early where figures contradict each other."""

    def __init__(
        self, start: Cells, sums: Sums, left_out: set[int], aims: Bools, most_cells: int
    ) -> None:
        self.lower, self.upper = start.lower.copy(), start.upper.copy()
        self.trail = Trail(start, sums)
        self.aims, self.most_cells = aims, most_cells
        self.partly: tuple[int, ...] = ()
        in_use = np.array([n not in left_out for n in range(len(sums))], dtype=bool)
        self.number = np.flatnonzero(in_use)
        self.exact = sums.exact[in_use]
        parts = sums.parts[np.repeat(in_use, np.diff(sums.starts))]
        # the entries, sum by sum: the total with weight -1, then its parts with weight 1
        self.sizes = np.diff(sums.starts)[in_use] + 1
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.row = np.repeat(np.arange(len(self.number)), self.sizes)
        self.is_total = np.zeros(len(self.row), dtype=bool)
        self.is_total[self.starts] = True
        self.cell = np.empty(len(self.row), dtype=np.int64)
        self.cell[self.starts], self.cell[~self.is_total] = sums.total[in_use], parts
        self.weight = np.where(self.is_total, -1.0, 1.0)
        self.solved: dict[bytes, bytes] = {}

    def run(self) -> list[Reason]:
        """Narrow until nothing changes; returns the contradictions that were met."""
        while len(self.number):
            if found := self._propagate():
                return found
            before = self.trail.turn
            self.partly = ()
            for rows in self._blocks():
                if found := self._solve(rows):
                    return found
            if self.trail.turn == before:
                break
        return []

    def _one_round(self) -> tuple[Floats, Floats]:
        """The bounds that each sum, looked at alone, gives to each of its cells."""
        low, high = self.lower[self.cell], self.upper[self.cell]
        rest_least = self._rest(np.where(self.is_total, -high, low), -np.inf)
        rest_most = self._rest(np.where(self.is_total, -low, high), np.inf)
        up = np.where(self.is_total, rest_most, -rest_least)
        down = np.where(self.is_total, rest_least, -rest_most)
        loose = ~self.exact[self.row]
        up[loose & self.is_total] = np.inf
        down[loose & ~self.is_total] = -np.inf
        return down, up

    def _rest(self, values: Floats, unknown: float) -> Floats:
        """For each entry, what the other entries of its sum come to."""
        is_known = np.isfinite(values)
        known = np.where(is_known, values, 0.0)
        rest: Floats = np.add.reduceat(known, self.starts)[self.row] - known
        unknowns = np.add.reduceat(~is_known, self.starts, dtype=np.int64)[self.row] - ~is_known
        rest[unknowns > 0] = unknown
        return rest

    def _propagate(self) -> list[Reason]:
        for _ in range(ROUNDS):
            down, up = self._one_round()
            lower, upper = self.lower.copy(), self.upper.copy()
            np.maximum.at(lower, self.cell, down)
            np.minimum.at(upper, self.cell, up)
            raised = np.flatnonzero((down == lower[self.cell]) & (down > self.lower[self.cell]))
            cut = np.flatnonzero((up == upper[self.cell]) & (up < self.upper[self.cell]))
            if not len(raised) + len(cut):
                break
            self.trail.turn += 1
            for entries, is_upper in ((raised, False), (cut, True)):
                sums = self.number[self.row[entries]].tolist()
                for cell, number in zip(self.cell[entries].tolist(), sums, strict=True):
                    self.trail.note(cell, {number: 1.0}, upper=is_upper)
            self.lower, self.upper = lower, upper
            if found := self._crossed(np.arange(len(lower))):
                return found
        return []

    def _crossed(self, cells: Ints) -> list[Reason]:
        crossed = cells[self.lower[cells] > self.upper[cells]].tolist()
        return [self.trail.reason([(cell, True), (cell, False)]) for cell in crossed]

    def _blocks(self) -> Iterator[Ints]:
        """Sums that hang together through undecided cells, where a simplex may find more.

        Where no two sums are linked in two ways, looking at each alone has found everything.
        """
        entries = np.flatnonzero((self.lower < self.upper)[self.cell])
        cell, row = self.cell[entries], self.row[entries]
        label = self._labels(cell, row)
        order = np.argsort(label[row], kind="stable")
        edges = np.flatnonzero(np.diff(label[row][order])) + 1
        for part in np.split(order, edges):
            if len(part) < 4:
                continue
            cells, rows = np.unique(cell[part]), np.unique(row[part])
            if len(part) >= len(cells) + len(rows) and self.aims[cells].any():
                yield from [rows] if len(cells) <= self.most_cells else self._pieces(rows)

    def _labels(self, cell: Ints, row: Ints) -> Ints:
        """The lowest number of a sum that each sum is linked with."""
        label = np.arange(len(self.number))
        while True:
            least = np.full(len(self.lower), len(label))
            np.minimum.at(least, cell, label[row])
            new = label.copy()
            np.minimum.at(new, row, least[cell])
            new = new[new]
            if (new == label).all():
                return label
            label = new

    def _pieces(self, rows: Ints) -> Iterator[Ints]:
        """A block that is too large, in pieces that overlap: each grown around a target."""
        spans = {row: self._open(row) for row in rows.tolist()}
        sums_of: dict[int, list[int]] = {}
        for row, cells in spans.items():
            for cell in cells:
                sums_of.setdefault(cell, []).append(row)
        waiting = {cell: None for cell in sums_of if self.aims[cell]}
        self.partly += tuple(waiting)
        while waiting:
            piece = self._grown(next(iter(waiting)), spans, sums_of)
            inside = {cell for row in piece for cell in spans[row]}
            del waiting[next(iter(waiting))]
            for cell in inside & waiting.keys():
                if piece.issuperset(sums_of[cell]):
                    del waiting[cell]
            yield np.array(sorted(piece))

    def _open(self, row: int) -> list[int]:
        """The undecided cells of a sum."""
        cells = self.cell[self.starts[row] : self.starts[row] + self.sizes[row]]
        undecided: list[int] = cells[self.lower[cells] < self.upper[cells]].tolist()
        return undecided

    def _grown(
        self, seed: int, spans: dict[int, list[int]], sums_of: dict[int, list[int]]
    ) -> set[int]:
        piece: set[int] = set()
        reached, queue = {seed}, [seed]
        for cell in queue:
            for row in sums_of[cell]:
                fresh = [one for one in spans[row] if one not in reached]
                if row not in piece and (not piece or len(reached) + len(fresh) <= self.most_cells):
                    piece.add(row)
                    reached.update(fresh)
                    queue += fresh
        return piece

    def _solve(self, rows: Ints) -> list[Reason]:
        """Put one block to the simplex, unless it was there before just like this."""
        cells, matrix, total, room = self._system(rows)
        state = self.lower[cells].tobytes() + self.upper[cells].tobytes()
        if self.solved.get(rows.tobytes()) == state:
            return []
        try:
            found = Simplex(matrix, total, room).bounds(np.flatnonzero(self.aims[cells]))
        except ContradictionError as error:
            weights = self._named(rows, error.weights)
            return [self.trail.reason_of_clash(weights, self.lower, self.upper)]
        except GaveUpError:
            self.partly += tuple(cells[self.aims[cells]].tolist())
            return []
        self.solved[rows.tobytes()] = state
        return self._take(found, cells, rows)

    def _system(self, rows: Ints) -> tuple[Ints, Floats, Floats, Floats]:
        """The undecided cells of some sums, and the sums as equations of what they may exceed."""
        sizes = self.sizes[rows]
        heads = np.cumsum(sizes) - sizes
        local = np.repeat(np.arange(len(rows)), sizes)
        entries = np.arange(len(local)) + (self.starts[rows] - heads)[local]
        cell, weight = self.cell[entries], self.weight[entries]
        total: Floats = -np.add.reduceat(weight * self.lower[cell], heads)
        is_open = self.lower[cell] < self.upper[cell]
        cells, column = np.unique(cell[is_open], return_inverse=True)
        matrix = np.zeros((len(rows), len(cells)))
        matrix[local[is_open], column] = weight[is_open]
        loose = np.eye(len(rows))[:, ~self.exact[rows]]
        room = np.append(self.upper[cells] - self.lower[cells], np.full(loose.shape[1], np.inf))
        return cells, np.hstack([matrix, loose]), total, room

    def _take(self, found: list[Bound], cells: Ints, rows: Ints) -> list[Reason]:
        self.trail.turn += bool(found)
        base = self.lower[cells]
        for bound in found:
            cell = int(cells[bound.column])
            self.trail.note(cell, self._named(rows, bound.weights), upper=bound.upper)
            side = self.upper if bound.upper else self.lower
            side[cell] = base[bound.column] + bound.value
        return self._crossed(cells)

    def _named(self, rows: Ints, weights: Floats) -> dict[int, float]:
        used = np.flatnonzero(np.abs(weights) > EPS)
        return dict(zip(self.number[rows[used]].tolist(), weights[used].tolist(), strict=True))
