"""How far each hidden count can move, given all sums at once: the strongest attack by equations.

The simplex method with lower and upper bounds on the variables (Dantzig's upper-bounding technique;
Chvátal 1983, Linear Programming, chapter 8) on small dense tableaus. It needs numpy only, and each
bound that it finds comes with the combination of sums that proves it: the multipliers of the rows,
which certify an optimum by duality (Chvátal 1983, chapter 5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evidencehub.disclosure.equations import TOLERANCE, Floats, Ints

INTEGRALITY_TOLERANCE = (
    1e-6  # a bound this close to a whole number is that number: never too narrow
)
MAX_SCORED_DISTANCE = 10.0  # a variable with more room than this is as good as any to move another
GOLDEN_RATIO_FRACTION = 0.6180339887498949
STEPS_BEFORE_BLAND = 200  # steps of one push before Bland's rule, which cannot go round in circles
MAX_STEPS = 5_000  # steps of one push before giving up
MAX_BLOCK_WORK = 5_000_000_000  # entries of the tableau that one block may change: about a minute
MAX_AUDIT_WORK = 10_000_000_000  # and all blocks of one batch together


@dataclass(frozen=True, slots=True)
class ProvenBound:
    """A whole-numbered bound of one column, with the weights of the rows that prove it."""

    column: int
    is_upper: bool
    value: float
    weights: Floats


class InfeasibleError(Exception):
    """The rows cannot all be true: `weights` is a combination of them that nothing satisfies."""

    def __init__(self, weights: Floats) -> None:
        super().__init__("These sums contradict each other.")
        self.weights = weights


class IterationLimitError(Exception):
    """A block takes too long: what is not proven yet stays undecided."""


@dataclass(slots=True)
class WorkBudget:
    """What all blocks of an audit may still do.

    Counted in entries of tableaus and not in seconds, so that equal builds stop alike.
    """

    remaining: float = MAX_AUDIT_WORK


class Simplex:
    """All y with `matrix @ y == total` and 0 <= y <= room, walked from corner to corner.

    A row of the tableau is a combination of the given rows, and the last columns are its weights.
    When no step moves a variable further, its own row is the proof of the bound.
    """

    def __init__(
        self, matrix: Floats, total: Floats, widths: Floats, budget: WorkBudget | None = None
    ) -> None:
        rows, self.columns = matrix.shape
        self._budget = budget or WorkBudget()
        self._work_left = min(MAX_BLOCK_WORK, self._budget.remaining)
        self.tableau = np.hstack([matrix, np.eye(rows)])  # on the right: which rows went in
        # begin inside, at uneven places: from a corner, half of all steps would lead nowhere
        start_fractions = 0.3 + 0.4 * np.modf(np.arange(self.columns) * GOLDEN_RATIO_FRACTION)[0]
        self.values = np.where(np.isinf(widths), 0, widths) * start_fractions
        self.lower, self.upper = np.zeros(self.columns), widths.copy()
        self.basis_rows = np.full(self.columns, -1)
        self._find_basis(total)
        self.reaches_lower, self.reaches_upper = np.zeros((2, self.columns), dtype=bool)
        self._make_feasible()
        self.reaches_lower[:] = self.reaches_upper[:] = (
            False  # what was seen on the way lay outside the room
        )
        self._record_reached_bounds()

    def iter_bounds(self, columns: Ints) -> Iterator[ProvenBound]:
        """Yield the bounds of these columns that are narrower than their room."""
        for upper, is_reached in ((True, self.reaches_upper), (False, self.reaches_lower)):
            for column in columns.tolist():
                if not is_reached[column] and self._move_to_extreme(column, 1 if upper else -1):
                    yield from self._proven_bound(column, upper=upper)

    def _proven_bound(self, column: int, *, upper: bool) -> list[ProvenBound]:
        value, row = self.values[column], self.basis_rows[column]
        rounded = (
            np.floor(value + INTEGRALITY_TOLERANCE)
            if upper
            else np.ceil(value - INTEGRALITY_TOLERANCE)
        )
        if row < 0 or (rounded >= self.upper[column] if upper else rounded <= self.lower[column]):
            return []
        return [ProvenBound(column, upper, float(rounded), self._proof_weights(row))]

    def _proof_weights(self, row: int) -> Floats:
        weights: Floats = self.tableau[row, self.initial_basis] @ self.initial_weights
        return weights

    def _find_basis(self, total: Floats) -> None:
        """Give each row a basic column by Gauss-Jordan elimination; leave dependent rows out."""
        # rare columns first: a pivot in a column with few entries fills in few others (Markowitz)
        rare_first = np.argsort((self.tableau[:, : self.columns] != 0).sum(axis=0), kind="stable")
        basis = []
        for row in range(len(self.tableau)):
            sizes = np.abs(self.tableau[row, rare_first])
            column = int(rare_first[sizes.argmax()]) if sizes.max(initial=0) > TOLERANCE else -1
            basis.append(column)
            if column >= 0:
                self._pivot(row, column)
            elif abs(self.tableau[row, self.columns :] @ total) > INTEGRALITY_TOLERANCE:
                raise InfeasibleError(self.tableau[row, self.columns :])
        is_kept = np.array(basis) >= 0
        self.initial_weights = self.tableau[is_kept, self.columns :]
        self.initial_basis = np.array(basis)[is_kept]
        self.basis = self.initial_basis.copy()
        self.tableau = np.ascontiguousarray(self.tableau[is_kept, : self.columns])
        self.basis_rows[self.basis] = np.arange(len(self.basis))
        self.values[self.basis] = 0
        self.values[self.basis] = self.initial_weights @ total - self.tableau @ self.values

    def _pivot(self, row: int, column: int) -> None:
        self.tableau[row] /= self.tableau[row, column]
        factors = self.tableau[:, column].copy()
        factors[row] = 0
        rows = np.flatnonzero(factors)
        columns = np.flatnonzero(self.tableau[row])
        self._spend(len(rows) * len(columns) + self.tableau.shape[1])
        self.tableau[rows[:, None], columns] -= factors[rows, None] * self.tableau[row, columns]
        self.tableau[:, column] = 0
        self.tableau[row, column] = 1

    def _spend(self, work: int) -> None:
        """Note work that was done; raise IterationLimitError if that is too much."""
        self._work_left -= work
        self._budget.remaining -= work
        if self._work_left < 0:
            raise IterationLimitError

    def _make_feasible(self) -> None:
        """Bring every variable within its bounds, one at a time; the others get no worse.

        Phase one without artificial variables: the bounds of a variable outside are widened to
        reach its value, and it is then moved towards its own bound.
        """
        low, high = self.lower, self.upper
        violating = np.flatnonzero(
            (self.values < low - TOLERANCE) | (self.values > high + TOLERANCE)
        )
        self.lower, self.upper = np.minimum(low, self.values), np.maximum(high, self.values)
        for column in violating.tolist():
            if self.values[column] > high[column] + TOLERANCE:
                self.lower[column] = high[column]
                self._move_to_extreme(column, -1)
            elif self.values[column] < low[column] - TOLERANCE:
                self.upper[column] = low[column]
                self._move_to_extreme(column, 1)
            if (
                not low[column] - INTEGRALITY_TOLERANCE
                <= self.values[column]
                <= high[column] + INTEGRALITY_TOLERANCE
            ):
                raise InfeasibleError(self._proof_weights(self.basis_rows[column]))
            self.lower[column], self.upper[column] = low[column], high[column]
        self.lower, self.upper = low, high

    def _move_to_extreme(self, column: int, sign: int) -> bool:
        """Move one variable as far as it goes; False where it goes on for ever."""
        for step in range(MAX_STEPS):
            entering, direction = column, sign
            if self.basis_rows[column] >= 0:
                entering, direction = self._choose_entering(
                    column, sign, use_bland=step > STEPS_BEFORE_BLAND
                )
            elif self._distance_to_bound(column, sign) <= TOLERANCE:
                return True
            if direction == 0:
                return True
            if not self._step(entering, direction):
                return False
            self._record_reached_bounds()
        raise IterationLimitError

    def _distance_to_bound(self, column: int, direction: int) -> float:
        edge = self.upper[column] if direction > 0 else self.lower[column]
        return float((edge - self.values[column]) * direction)

    def _choose_entering(self, column: int, sign: int, *, use_bland: bool) -> tuple[int, int]:
        """Return a nonbasic variable whose move moves `column`, and its direction; or (0, 0).

        The one with the greatest gain within its bounds; after many steps the first that gains
        at all, which cannot cycle (Bland 1977).
        """
        rate = self.tableau[self.basis_rows[column], : self.columns] * -sign
        rate[self.basis] = 0
        room = np.where(rate > 0, self.upper - self.values, self.values - self.lower)
        size = np.abs(rate) * np.where(room > TOLERANCE, np.minimum(room, MAX_SCORED_DISTANCE), 0)
        chosen = int((size > TOLERANCE).argmax() if use_bland else size.argmax())
        if size[chosen] <= TOLERANCE:
            return 0, 0
        return chosen, 1 if rate[chosen] > 0 else -1

    def _step(self, entering: int, direction: int) -> bool:
        """Move a variable until a bound stops it; return False where none does.

        The ratio test with upper bounds: the move ends at the first bound that a basic variable
        reaches, or at the variable's own other bound, and then the basis stays as it is.
        """
        change = self.tableau[:, entering] * -direction
        edge = np.where(change > 0, self.upper[self.basis], self.lower[self.basis])
        moving = np.abs(change) > TOLERANCE
        reach = np.full(len(change), np.inf)
        np.divide(edge - self.values[self.basis], change, out=reach, where=moving)
        shortest_reach = float(reach.min(initial=np.inf))
        own_distance = self._distance_to_bound(entering, direction)
        length = max(min(shortest_reach, own_distance), 0.0)
        if np.isinf(length):
            return False
        self.values[self.basis] += change * length
        self.values[entering] += direction * length
        if own_distance <= shortest_reach:
            self.values[entering] = self.upper[entering] if direction > 0 else self.lower[entering]
        else:
            self._exchange_basis(
                np.flatnonzero(reach <= shortest_reach + TOLERANCE), entering, edge
            )
        return True

    def _exchange_basis(self, blocked: Ints, entering: int, bounds: Floats) -> None:
        row = int(blocked[self.basis[blocked].argmin()])
        leaving = self.basis[row]
        self.values[leaving] = bounds[row]
        self._pivot(row, entering)
        self.basis[row] = entering
        self.basis_rows[entering], self.basis_rows[leaving] = row, -1

    def _record_reached_bounds(self) -> None:
        """Each corner shows, for every variable at an edge of its room, that it can be there."""
        self.reaches_lower |= self.values <= self.lower + TOLERANCE
        self.reaches_upper |= self.values >= self.upper - TOLERANCE
