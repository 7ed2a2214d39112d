"""Counts, what is known of them, the sums that link them, and the trail of what led to what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

EPS = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
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
        _refuse(np.isnan(lower) | np.isnan(upper), "is not a number")
        _refuse((lower < 0) | (upper < 0), "is negative")
        _refuse(np.isinf(lower), "is infinite")
        object.__setattr__(self, "lower", np.ceil(lower))
        object.__setattr__(self, "upper", np.floor(upper))

    def __len__(self) -> int:
        return len(self.lower)


def _refuse(wrong: Bools, what: str) -> None:
    if wrong.any():
        raise ValueError(f"A bound of cell {int(wrong.argmax())} {what}.")


def published(counts: ArrayLike) -> Cells:
    """Counts that are published as they are."""
    exact = np.asarray(counts, dtype=np.float64)
    _refuse(np.isfinite(exact) & (exact != np.floor(exact)), "is not a whole number")
    return Cells(exact, exact)


def intersect(first: Cells, second: Cells) -> Cells:
    """Both are known of the same counts: two releases, say, or a count and its rate."""
    if len(first) != len(second):
        raise ValueError("Both must be about the same cells.")
    return Cells(
        np.maximum(first.lower, second.lower),
        np.minimum(first.upper, second.upper),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Which cells add up to which: `parts[starts[i]:starts[i + 1]]` are the parts of `total[i]`.

    Where `exact` is false, parts are missing: the total is at least their sum.
    """

    total: Ints
    starts: Ints
    parts: Ints
    exact: Bools

    def __len__(self) -> int:
        return len(self.total)

    @classmethod
    def of(cls, sums: Iterable[tuple[int, Sequence[int]]], *, at_least: Iterable[int] = ()) -> Sums:
        """Sums from (total, parts); `at_least` numbers those whose parts are incomplete."""
        told = [(total, list(parts)) for total, parts in sums]
        for number, (_, parts) in enumerate(told):
            if not parts:
                raise ValueError(f"Sum {number} has no parts.")
            if len(set(parts)) < len(parts):
                raise ValueError(f"Sum {number} names a part twice.")
        exact = np.ones(len(told), dtype=bool)
        exact[list(at_least)] = False
        sizes = [len(parts) for _, parts in told]
        return cls(
            np.array([total for total, _ in told], dtype=np.int64),
            np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
            np.array([part for _, parts in told for part in parts], dtype=np.int64),
            exact,
        )

    def cells(self, number: int) -> Ints:
        """The cells of one sum, the total first."""
        parts = self.parts[self.starts[number] : self.starts[number + 1]]
        return np.concatenate([self.total[number : number + 1], parts])

    def cycle(self) -> tuple[int, ...]:
        """Cells that are, by way of other sums, parts of themselves."""
        total, part = np.repeat(self.total, np.diff(self.starts)), self.parts
        while len(total):
            inner = np.isin(part, total) & np.isin(total, part)
            if inner.all():
                return tuple(np.unique(total).tolist())
            total, part = total[inner], part[inner]
        return ()


@dataclass(frozen=True, slots=True)
class Reason:
    """The cells whose published figures give something away, and the sums that link them."""

    cells: tuple[int, ...]
    sums: tuple[int, ...]


@dataclass(slots=True)
class Trail:
    """Every narrowing in order, so that it can be told which figures led to it."""

    cells: Cells
    sums: Sums
    turn: int = 0
    steps: dict[tuple[int, bool], list[tuple[int, dict[int, float]]]] = field(default_factory=dict)

    def note(self, cell: int, weights: dict[int, float], *, upper: bool) -> None:
        """Note the combination of sums that gave a bound, from what was known a turn before."""
        self.steps.setdefault((cell, upper), []).append((self.turn, weights))

    def reason(self, bounds: Iterable[tuple[int, bool]]) -> Reason:
        """What these bounds rest on."""
        return self._trace([(cell, upper, self.turn + 1) for cell, upper in bounds], set())

    def reason_of_clash(self, weights: dict[int, float], lower: Floats, upper: Floats) -> Reason:
        """What a combination of sums rests on that the bounds cannot satisfy."""
        parts = self.combined(weights)
        least = sum(w * (lower[c] if w > 0 else upper[c]) for c, w in parts.items())
        sides = [(cell, (weight > 0) != (least > 0)) for cell, weight in parts.items()]
        return self._trace([(*side, self.turn + 1) for side in sides], set(weights))

    def _trace(self, stack: list[tuple[int, bool, int]], sums: set[int]) -> Reason:
        given: set[int] = set()
        seen = set(stack)
        while stack:
            cell, upper, before = stack.pop()
            steps = [step for step in self.steps.get((cell, upper), ()) if step[0] < before]
            if not steps:
                if self.cells.upper[cell] < np.inf or (self.cells.lower[cell] > 0 and not upper):
                    given.add(cell)
                continue
            turn, weights = steps[-1]
            sums |= weights.keys()
            fresh = {(*side, turn) for side in self._behind(cell, upper, weights)} - seen
            seen |= fresh
            stack += fresh
        return Reason(tuple(sorted(given)), tuple(sorted(sums)))

    def _behind(self, cell: int, upper: bool, weights: dict[int, float]) -> list[tuple[int, bool]]:
        """The bounds from which a combination of sums gives this one."""
        parts = self.combined(weights)
        own = parts.pop(cell)
        return [(other, (weight * own < 0) == upper) for other, weight in parts.items()]

    def combined(self, weights: dict[int, float]) -> dict[int, float]:
        """The cells of a combination of sums, each with its weight; those that cancel are gone."""
        parts: dict[int, float] = {}
        for number, weight in weights.items():
            total, *rest = self.sums.cells(number).tolist()
            parts[total] = parts.get(total, 0.0) - weight
            for part in rest:
                parts[part] = parts.get(part, 0.0) + weight
        return {cell: weight for cell, weight in parts.items() if abs(weight) > EPS}
