"""How far each hidden count can move, given all sums at once: the strongest attack by equations.

A bounded simplex on small dense tableaus: it needs numpy only, and each bound that it finds comes
with the combination of sums that proves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidencehub.measures.sums import EPS, Floats, Ints

SLACK = 1e-6  # a bound this close to a whole number is that number: never too narrow
FAR = 10.0  # a variable with more room than this is as good as any to move another
GOLDEN = 0.6180339887498949
PATIENCE = 200  # steps of one push before Bland's rule, which cannot go round in circles
LIMIT = 5_000  # steps of one push before giving up


@dataclass(frozen=True, slots=True)
class Bound:
    """A whole-numbered bound of one column, with the weights of the rows that prove it."""

    column: int
    upper: bool
    value: float
    weights: Floats


class ContradictionError(Exception):
    """The rows cannot all be true: `weights` is a combination of them that nothing satisfies."""

    def __init__(self, weights: Floats) -> None:
        super().__init__("These sums contradict each other.")
        self.weights = weights


class GaveUpError(Exception):
    """A push takes too long: the block stays undecided."""


class Simplex:
    """All y with `matrix @ y == total` and 0 <= y <= room, walked from corner to corner.

    A row of the tableau is a combination of the given rows, and the last columns are its weights.
    When no step moves a variable further, its own row is the proof of the bound.
    """

    def __init__(self, matrix: Floats, total: Floats, room: Floats) -> None:
        rows, self.columns = matrix.shape
        self.tableau = np.hstack([matrix, np.eye(rows)])  # on the right: which rows went in
        # begin inside, at uneven places: from a corner, half of all steps would lead nowhere
        start = 0.3 + 0.4 * np.modf(np.arange(self.columns) * GOLDEN)[0]
        self.value = np.where(np.isinf(room), 0, room) * start
        self.low, self.high = np.zeros(self.columns), room.copy()
        self.row_of = np.full(self.columns, -1)
        self._solve(total)
        self.at_low, self.at_high = np.zeros((2, self.columns), dtype=bool)
        self._settle()
        self.at_low[:] = self.at_high[:] = False  # what was seen on the way lay outside the room
        self._look()

    def bounds(self, columns: Ints) -> list[Bound]:
        """Bounds of these columns that are narrower than their room."""
        found = []
        for upper, seen in ((True, self.at_high), (False, self.at_low)):
            for column in columns.tolist():
                if not seen[column] and self._push(column, 1 if upper else -1):
                    found += self._bound(column, upper=upper)
        return found

    def _bound(self, column: int, *, upper: bool) -> list[Bound]:
        value, row = self.value[column], self.row_of[column]
        whole = np.floor(value + SLACK) if upper else np.ceil(value - SLACK)
        if row < 0 or (whole >= self.high[column] if upper else whole <= self.low[column]):
            return []
        return [Bound(column, upper, float(whole), self._weights(row))]

    def _weights(self, row: int) -> Floats:
        weights: Floats = self.tableau[row, self.first_basis] @ self.first_weights
        return weights

    def _solve(self, total: Floats) -> None:
        """Give each row a column of its own; rows that say nothing new are left out."""
        rare_first = np.argsort((self.tableau[:, : self.columns] != 0).sum(axis=0), kind="stable")
        basis = []
        for row in range(len(self.tableau)):
            sizes = np.abs(self.tableau[row, rare_first])
            column = int(rare_first[sizes.argmax()]) if sizes.max(initial=0) > EPS else -1
            basis.append(column)
            if column >= 0:
                self._pivot(row, column)
            elif abs(self.tableau[row, self.columns :] @ total) > SLACK:
                raise ContradictionError(self.tableau[row, self.columns :])
        kept = np.array(basis) >= 0
        self.first_weights = self.tableau[kept, self.columns :]
        self.first_basis = np.array(basis)[kept]
        self.basis = self.first_basis.copy()
        self.tableau = np.ascontiguousarray(self.tableau[kept, : self.columns])
        self.row_of[self.basis] = np.arange(len(self.basis))
        self.value[self.basis] = 0
        self.value[self.basis] = self.first_weights @ total - self.tableau @ self.value

    def _pivot(self, row: int, column: int) -> None:
        self.tableau[row] /= self.tableau[row, column]
        factors = self.tableau[:, column].copy()
        factors[row] = 0
        rows = np.flatnonzero(factors)
        columns = np.flatnonzero(self.tableau[row])
        self.tableau[rows[:, None], columns] -= factors[rows, None] * self.tableau[row, columns]
        self.tableau[:, column] = 0
        self.tableau[row, column] = 1

    def _settle(self) -> None:
        """Bring every variable within its room, one at a time; the others get no worse."""
        low, high = self.low, self.high
        outside = np.flatnonzero((self.value < low - EPS) | (self.value > high + EPS))
        self.low, self.high = np.minimum(low, self.value), np.maximum(high, self.value)
        for column in outside.tolist():
            if self.value[column] > high[column] + EPS:
                self.low[column] = high[column]
                self._push(column, -1)
            elif self.value[column] < low[column] - EPS:
                self.high[column] = low[column]
                self._push(column, 1)
            if not low[column] - SLACK <= self.value[column] <= high[column] + SLACK:
                raise ContradictionError(self._weights(self.row_of[column]))
            self.low[column], self.high[column] = low[column], high[column]
        self.low, self.high = low, high

    def _push(self, column: int, sign: int) -> bool:
        """Move one variable as far as it goes; False where it goes on for ever."""
        for step in range(LIMIT):
            entering, direction = column, sign
            if self.row_of[column] >= 0:
                entering, direction = self._entering(column, sign, bland=step > PATIENCE)
            elif self._room(column, sign) <= EPS:
                return True
            if direction == 0:
                return True
            if not self._move(entering, direction):
                return False
            self._look()
        raise GaveUpError

    def _room(self, column: int, direction: int) -> float:
        edge = self.high[column] if direction > 0 else self.low[column]
        return float((edge - self.value[column]) * direction)

    def _entering(self, column: int, sign: int, *, bland: bool) -> tuple[int, int]:
        """A variable outside the basis whose move moves `column`, and which way; or (0, 0)."""
        gain = self.tableau[self.row_of[column], : self.columns] * -sign
        gain[self.basis] = 0
        room = np.where(gain > 0, self.high - self.value, self.value - self.low)
        size = np.abs(gain) * np.where(room > EPS, np.minimum(room, FAR), 0)
        chosen = int((size > EPS).argmax() if bland else size.argmax())
        if size[chosen] <= EPS:
            return 0, 0
        return chosen, 1 if gain[chosen] > 0 else -1

    def _move(self, entering: int, direction: int) -> bool:
        """Move a variable until something stops it; False where nothing does."""
        change = self.tableau[:, entering] * -direction
        edge = np.where(change > 0, self.high[self.basis], self.low[self.basis])
        moving = np.abs(change) > EPS
        reach = np.full(len(change), np.inf)
        np.divide(edge - self.value[self.basis], change, out=reach, where=moving)
        first = float(reach.min(initial=np.inf))
        own = self._room(entering, direction)
        length = max(min(first, own), 0.0)
        if np.isinf(length):
            return False
        self.value[self.basis] += change * length
        self.value[entering] += direction * length
        if own <= first:
            self.value[entering] = self.high[entering] if direction > 0 else self.low[entering]
        else:
            self._swap(np.flatnonzero(reach <= first + EPS), entering, edge)
        return True

    def _swap(self, blocked: Ints, entering: int, edge: Floats) -> None:
        row = int(blocked[self.basis[blocked].argmin()])
        leaving = self.basis[row]
        self.value[leaving] = edge[row]
        self._pivot(row, entering)
        self.basis[row] = entering
        self.row_of[entering], self.row_of[leaving] = row, -1

    def _look(self) -> None:
        """Each corner shows, for every variable at an edge of its room, that it can be there."""
        self.at_low |= self.value <= self.low + EPS
        self.at_high |= self.value >= self.high - EPS
