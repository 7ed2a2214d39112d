"""How far sums narrow the bounds of unknown counts: each alone, then blocks of them at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evidencehub.disclosure.equations import (
    TOLERANCE,
    Bools,
    CellBounds,
    Derivation,
    DerivationLog,
    Floats,
    Ints,
    SumConstraints,
)
from evidencehub.disclosure.simplex import (
    InfeasibleError,
    IterationLimitError,
    ProvenBound,
    Simplex,
    WorkBudget,
)

MAX_PROPAGATION_ROUNDS = 100  # of propagation at a stretch, before the simplex has its turn
MAX_SIMPLEX_CELLS = 10_000  # of one simplex: larger blocks of unknown cells are judged in pieces
MAX_TABLEAU_ENTRIES = 6_000_000  # of one simplex: 48 MB, and as much again while it starts
MAX_PIECE_CELLS = 400  # of one piece of a block that is too large


class Propagation:
    """One go at narrowing; it ends early where figures contradict each other."""

    def __init__(
        self,
        start: CellBounds,
        sums: SumConstraints,
        left_out: set[int],
        is_target: Bools,
        max_cells: int,
        budget: WorkBudget | None = None,
    ) -> None:
        self.lower, self.upper = start.lower.copy(), start.upper.copy()
        self.trail = DerivationLog(start, sums)
        self.is_target, self.max_cells = is_target, max_cells
        self.undecided: set[int] = set()
        self._budget = budget or WorkBudget()
        in_use = np.array([n not in left_out for n in range(len(sums))], dtype=bool)
        self.constraint_numbers = np.flatnonzero(in_use)
        self.is_complete = sums.is_complete[in_use]
        parts = sums.parts[np.repeat(in_use, np.diff(sums.starts))]
        # the entries, sum by sum: the total with weight -1, then its parts with weight 1
        self.sizes = np.diff(sums.starts)[in_use] + 1
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.entry_rows = np.repeat(np.arange(len(self.constraint_numbers)), self.sizes)
        self.is_total = np.zeros(len(self.entry_rows), dtype=bool)
        self.is_total[self.starts] = True
        self.entry_cells = np.empty(len(self.entry_rows), dtype=np.int64)
        self.entry_cells[self.starts], self.entry_cells[~self.is_total] = sums.total[in_use], parts
        self.weight = np.where(self.is_total, -1.0, 1.0)
        self.solved: dict[bytes, bytes] = {}

    def run(self) -> list[Derivation]:
        """Narrow until nothing changes; returns the contradictions that were met."""
        while len(self.constraint_numbers):
            if contradictions := self._propagate():
                return contradictions
            previous_round = self.trail.round
            self.undecided = set()
            contradictions = [
                reason for rows in self._blocks() for reason in self._solve_block(rows)
            ]
            if contradictions:
                return contradictions
            if self.trail.round == previous_round:
                break
        return []

    def _implied_bounds(self) -> tuple[Floats, Floats]:
        """The bounds that each sum, looked at alone, gives to each of its cells."""
        low, high = self.lower[self.entry_cells], self.upper[self.entry_cells]
        rest_least = self._sum_of_other_entries(np.where(self.is_total, -high, low), -np.inf)
        rest_most = self._sum_of_other_entries(np.where(self.is_total, -low, high), np.inf)
        implied_upper = np.where(self.is_total, rest_most, -rest_least)
        implied_lower = np.where(self.is_total, rest_least, -rest_most)
        is_partial = ~self.is_complete[self.entry_rows]
        implied_upper[is_partial & self.is_total] = np.inf
        implied_lower[is_partial & ~self.is_total] = -np.inf
        return implied_lower, implied_upper

    def _sum_of_other_entries(self, values: Floats, fill: float) -> Floats:
        """For each entry, what the other entries of its sum come to."""
        is_known = np.isfinite(values)
        finite_values = np.where(is_known, values, 0.0)
        sum_of_others: Floats = (
            np.add.reduceat(finite_values, self.starts)[self.entry_rows] - finite_values
        )
        unknowns = (
            np.add.reduceat(~is_known, self.starts, dtype=np.int64)[self.entry_rows] - ~is_known
        )
        sum_of_others[unknowns > 0] = fill
        return sum_of_others

    def _propagate(self) -> list[Derivation]:
        for _ in range(MAX_PROPAGATION_ROUNDS):
            implied_lower, implied_upper = self._implied_bounds()
            lower, upper = self.lower.copy(), self.upper.copy()
            np.maximum.at(lower, self.entry_cells, implied_lower)
            np.minimum.at(upper, self.entry_cells, implied_upper)
            raised = np.flatnonzero(
                (implied_lower == lower[self.entry_cells])
                & (implied_lower > self.lower[self.entry_cells])
            )
            cut = np.flatnonzero(
                (implied_upper == upper[self.entry_cells])
                & (implied_upper < self.upper[self.entry_cells])
            )
            if not len(raised) + len(cut):
                break
            self.trail.round += 1
            for entries, is_upper in ((raised, False), (cut, True)):
                sums = self.constraint_numbers[self.entry_rows[entries]].tolist()
                for cell, number in zip(self.entry_cells[entries].tolist(), sums, strict=True):
                    self.trail.record(cell, {number: 1.0}, is_upper=is_upper)
            self.lower, self.upper = lower, upper
            if contradictions := self._find_contradictions(np.arange(len(lower))):
                return contradictions
        return []

    def _find_contradictions(self, cells: Ints) -> list[Derivation]:
        crossed = cells[self.lower[cells] > self.upper[cells]].tolist()
        return [self.trail.derivation([(cell, True), (cell, False)]) for cell in crossed]

    def _blocks(self) -> Iterator[Ints]:
        """Sums that hang together through undecided cells, where a simplex may find more.

        Where no two sums are linked in two ways, looking at each alone has found everything.
        """
        entries = np.flatnonzero((self.lower < self.upper)[self.entry_cells])
        cell, row = self.entry_cells[entries], self.entry_rows[entries]
        label = self._component_labels(cell, row)
        order = np.argsort(label[row], kind="stable")
        edges = np.flatnonzero(np.diff(label[row][order])) + 1
        for part in np.split(order, edges):
            if len(part) < 4:
                continue
            cells, rows = np.unique(cell[part]), np.unique(row[part])
            if len(part) >= len(cells) + len(rows) and self.is_target[cells].any():
                yield from [rows] if self._fits(cells, rows) else self._split_block(rows)

    def _fits(self, cells: Ints, rows: Ints) -> bool:
        """Return whether a simplex can take so many cells and sums at once."""
        entries = len(rows) * (len(cells) + 2 * len(rows))
        return len(cells) <= self.max_cells and entries <= MAX_TABLEAU_ENTRIES

    def _component_labels(self, cell: Ints, row: Ints) -> Ints:
        """The lowest number of a sum that each sum is linked with."""
        label = np.arange(len(self.constraint_numbers))
        while True:
            lowest_label = np.full(len(self.lower), len(label))
            np.minimum.at(lowest_label, cell, label[row])
            new = label.copy()
            np.minimum.at(new, row, lowest_label[cell])
            new = new[new]
            if (new == label).all():
                return label
            label = new

    def _split_block(self, rows: Ints) -> Iterator[Ints]:
        """A block that is too large, in pieces that overlap: each grown around a target."""
        spans = {row: self._undecided_cells(row) for row in rows.tolist()}
        sums_of: dict[int, list[int]] = {}
        for row, cells in spans.items():
            for cell in cells:
                sums_of.setdefault(cell, []).append(row)
        waiting = {cell: None for cell in sums_of if self.is_target[cell]}
        self.undecided.update(waiting)
        while waiting:
            seed = next(iter(waiting))
            piece = self._grow_piece(seed, spans, sums_of)
            piece_cells: set[int] = set().union(*(spans[row] for row in piece))
            del waiting[seed]
            for cell in piece_cells & waiting.keys():
                if piece.issuperset(sums_of[cell]):
                    del waiting[cell]
            yield np.array(sorted(piece))

    def _undecided_cells(self, row: int) -> list[int]:
        """The undecided cells of a sum."""
        cells = self.entry_cells[self.starts[row] : self.starts[row] + self.sizes[row]]
        undecided: list[int] = cells[self.lower[cells] < self.upper[cells]].tolist()
        return undecided

    def _grow_piece(
        self, seed: int, cells_by_row: dict[int, list[int]], sums_of: dict[int, list[int]]
    ) -> set[int]:
        piece: set[int] = set()
        reached, queue = {seed}, [seed]
        for cell in queue:
            for row in sums_of[cell]:
                new_cells = [
                    candidate for candidate in cells_by_row[row] if candidate not in reached
                ]
                if row not in piece and (
                    not piece
                    or len(reached) + len(new_cells) <= min(self.max_cells, MAX_PIECE_CELLS)
                ):
                    piece.add(row)
                    reached.update(new_cells)
                    queue += new_cells
        return piece

    def _solve_block(self, rows: Ints) -> list[Derivation]:
        """Put one block to the simplex, unless it was there before just like this."""
        cells, matrix, total, widths = self._build_system(rows)
        state = self.lower[cells].tobytes() + self.upper[cells].tobytes()
        if self.solved.get(rows.tobytes()) == state:
            return []
        targets = np.flatnonzero(self.is_target[cells])
        bounds: list[ProvenBound] = []
        try:
            bounds.extend(Simplex(matrix, total, widths, self._budget).iter_bounds(targets))
        except InfeasibleError as error:
            weights = self._weights_by_constraint(rows, error.weights)
            return [self.trail.derivation_of_contradiction(weights, self.lower, self.upper)]
        except IterationLimitError:  # what it proved before holds all the same
            self.undecided.update(cells[targets].tolist())
        self.solved[rows.tobytes()] = state
        return self._apply_bounds(bounds, cells, rows)

    def _build_system(self, rows: Ints) -> tuple[Ints, Floats, Floats, Floats]:
        """The undecided cells of some sums, and the sums as equations of what they may exceed."""
        sizes = self.sizes[rows]
        heads = np.cumsum(sizes) - sizes
        local = np.repeat(np.arange(len(rows)), sizes)
        entries = np.arange(len(local)) + (self.starts[rows] - heads)[local]
        cell, weight = self.entry_cells[entries], self.weight[entries]
        total: Floats = -np.add.reduceat(weight * self.lower[cell], heads)
        is_open = self.lower[cell] < self.upper[cell]
        cells, column = np.unique(cell[is_open], return_inverse=True)
        matrix = np.zeros((len(rows), len(cells)))
        matrix[local[is_open], column] = weight[is_open]
        slack_columns = np.eye(len(rows))[:, ~self.is_complete[rows]]
        widths = np.append(
            self.upper[cells] - self.lower[cells], np.full(slack_columns.shape[1], np.inf)
        )
        return cells, np.hstack([matrix, slack_columns]), total, widths

    def _apply_bounds(self, bounds: list[ProvenBound], cells: Ints, rows: Ints) -> list[Derivation]:
        self.trail.round += bool(bounds)
        base = self.lower[cells]
        for bound in bounds:
            cell = int(cells[bound.column])
            self.trail.record(
                cell, self._weights_by_constraint(rows, bound.weights), is_upper=bound.is_upper
            )
            side = self.upper if bound.is_upper else self.lower
            side[cell] = base[bound.column] + bound.value
        return self._find_contradictions(cells)

    def _weights_by_constraint(self, rows: Ints, weights: Floats) -> dict[int, float]:
        nonzero = np.flatnonzero(np.abs(weights) > TOLERANCE)
        return dict(
            zip(
                self.constraint_numbers[rows[nonzero]].tolist(),
                weights[nonzero].tolist(),
                strict=True,
            )
        )
