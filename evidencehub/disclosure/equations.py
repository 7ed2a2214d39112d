"""Counts, what is known of them, the sums that link them, and the trail of what led to what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class CellBounds:
    """What is known of each count to begin with: it lies in `lower` to `upper`, both included.

    A published count has both alike; one of which nothing is known goes from 0 to infinity.
    """

    lower: Floats
    upper: Floats

    def __post_init__(self) -> None:
        lower = np.array(self.lower, dtype=np.float64)
        upper = np.array(self.upper, dtype=np.float64)
        if lower.ndim != 1 or lower.shape != upper.shape:
            raise ValueError("Give as many upper bounds as lower bounds, each as one list.")
        _reject_bounds(np.isnan(lower) | np.isnan(upper), "is not a number")
        _reject_bounds((lower < 0) | (upper < 0), "is negative")
        _reject_bounds(np.isinf(lower), "is infinite")
        object.__setattr__(self, "lower", np.ceil(lower))
        object.__setattr__(self, "upper", np.floor(upper))

    def __len__(self) -> int:
        return len(self.lower)


def _reject_bounds(is_invalid: Bools, fault: str) -> None:
    if is_invalid.any():
        raise ValueError(f"A bound of cell {int(is_invalid.argmax())} {fault}.")


def exact_bounds(counts: ArrayLike) -> CellBounds:
    """Counts that are published as they are."""
    exact = np.asarray(counts, dtype=np.float64)
    _reject_bounds(np.isfinite(exact) & (exact != np.floor(exact)), "is not a whole number")
    return CellBounds(exact, exact)


def intersect_bounds(first: CellBounds, second: CellBounds) -> CellBounds:
    """Both are known of the same counts: two releases, say, or a count and its rate."""
    if len(first) != len(second):
        raise ValueError("Both must be about the same cells.")
    return CellBounds(np.maximum(first.lower, second.lower), np.minimum(first.upper, second.upper))


@dataclass(frozen=True, slots=True, eq=False)
class SumConstraints:
    """Which cells add up to which: `parts[starts[i]:starts[i + 1]]` are the parts of `total[i]`.

    Where `is_complete` is false, parts are missing: the total is at least their sum.
    """

    total: Ints
    starts: Ints
    parts: Ints
    is_complete: Bools

    def __len__(self) -> int:
        return len(self.total)

    @classmethod
    def from_relations(
        cls, relations: Iterable[tuple[int, Sequence[int]]], *, partial: Iterable[int] = ()
    ) -> SumConstraints:
        """Sums from (total, parts); `partial` numbers those whose parts are incomplete."""
        relation_list = [(total, list(parts)) for total, parts in relations]
        for number, (_, parts) in enumerate(relation_list):
            if not parts:
                raise ValueError(f"Sum {number} has no parts.")
            if len(set(parts)) < len(parts):
                raise ValueError(f"Sum {number} names a part twice.")
        exact = np.ones(len(relation_list), dtype=bool)
        exact[list(partial)] = False
        sizes = [len(parts) for _, parts in relation_list]
        return cls(
            np.array([total for total, _ in relation_list], dtype=np.int64),
            np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
            np.array([part for _, parts in relation_list for part in parts], dtype=np.int64),
            exact,
        )

    def select(self, numbers: ArrayLike) -> SumConstraints:
        """Some of the sums, in the order of their numbers."""
        chosen = np.asarray(numbers, dtype=np.int64)
        sizes = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        entries = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], sizes)
        return SumConstraints(
            self.total[chosen], starts, self.parts[entries], self.is_complete[chosen]
        )

    def cells_of(self, number: int) -> Ints:
        """The cells of one sum, the total first."""
        parts = self.parts[self.starts[number] : self.starts[number + 1]]
        return np.concatenate([self.total[number : number + 1], parts])

    def find_cycle(self) -> tuple[int, ...]:
        """Cells that are, by way of other sums, parts of themselves."""
        total, part = np.repeat(self.total, np.diff(self.starts)), self.parts
        while len(total):
            inner = np.isin(part, total) & np.isin(total, part)
            if inner.all():
                return tuple(np.unique(total).tolist())
            total, part = total[inner], part[inner]
        return ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """The cells whose published figures give something away, and the sums that link them."""

    cells: tuple[int, ...]
    sums: tuple[int, ...]


@dataclass(slots=True)
class DerivationLog:
    """Every narrowing in order, so that it can be told which figures led to it."""

    cells: CellBounds
    sums: SumConstraints
    round: int = 0
    steps: dict[tuple[int, bool], list[tuple[int, dict[int, float]]]] = field(default_factory=dict)

    def record(self, cell: int, weights: dict[int, float], *, is_upper: bool) -> None:
        """Note the combination of sums that gave a bound, from what was known a turn before."""
        self.steps.setdefault((cell, is_upper), []).append((self.round, weights))

    def derivation(self, bounds: Iterable[tuple[int, bool]]) -> Derivation:
        """What these bounds rest on."""
        return self._trace([(cell, upper, self.round + 1) for cell, upper in bounds], set())

    def derivation_of_contradiction(
        self, weights: dict[int, float], lower: Floats, upper: Floats
    ) -> Derivation:
        """What a combination of sums rests on that the bounds cannot satisfy."""
        parts = self.combine(weights)
        minimum = sum(w * (lower[c] if w > 0 else upper[c]) for c, w in parts.items())
        sides = [(cell, (weight > 0) != (minimum > 0)) for cell, weight in parts.items()]
        return self._trace([(*side, self.round + 1) for side in sides], set(weights))

    def _trace(self, stack: list[tuple[int, bool, int]], sums: set[int]) -> Derivation:
        input_cells: set[int] = set()
        visited = set(stack)
        while stack:
            cell, upper, round_limit = stack.pop()
            steps = [step for step in self.steps.get((cell, upper), ()) if step[0] < round_limit]
            if not steps:
                if self.cells.upper[cell] < np.inf or (self.cells.lower[cell] > 0 and not upper):
                    input_cells.add(cell)
                continue
            turn, weights = steps[-1]
            sums |= weights.keys()
            new_bounds = {
                (*side, turn) for side in self._supporting_bounds(cell, upper, weights)
            } - visited
            visited |= new_bounds
            stack += new_bounds
        return Derivation(tuple(sorted(input_cells)), tuple(sorted(sums)))

    def _supporting_bounds(
        self, cell: int, is_upper: bool, weights: dict[int, float]
    ) -> list[tuple[int, bool]]:
        """The bounds from which a combination of sums gives this one."""
        parts = self.combine(weights)
        own_weight = parts.pop(cell)
        return [
            (other_cell, (weight * own_weight < 0) == is_upper)
            for other_cell, weight in parts.items()
        ]

    def combine(self, weights: dict[int, float]) -> dict[int, float]:
        """The cells of a combination of sums, each with its weight; those that cancel are gone."""
        parts: dict[int, float] = {}
        for number, weight in weights.items():
            total, *part_cells = self.sums.cells_of(number).tolist()
            parts[total] = parts.get(total, 0.0) - weight
            for part in part_cells:
                parts[part] = parts.get(part, 0.0) + weight
        return {cell: weight for cell, weight in parts.items() if abs(weight) > TOLERANCE}
