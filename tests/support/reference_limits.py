"""Limits of measures over all groups once more: found by halving, moves and draws of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tests.support.reference_inequality import POINT_ESTIMATES, ReferenceStratum, find_best_index
from tests.support.reference_observations import Limits

DRAWS, HALVINGS = 4_000, 14
Z = NormalDist().inv_cdf(0.975)
Array = NDArray[np.float64]
Spread = Callable[[Array, Array, int], Array]
"""The value of a measure of each draw: figures (G, draws), shares (G, 1), reference."""


def _mean(y: Array, p: Array) -> Array:
    return (p * y).sum(axis=0)


def _deviation(y: Array, p: Array, _: int) -> Array:
    return np.sqrt((p * (y - _mean(y, p)) ** 2).sum(axis=0))


def _distance(y: Array, p: Array, _: int) -> Array:
    return np.abs(y - _mean(y, p)).mean(axis=0)


def _weighted_distance(y: Array, p: Array, _: int) -> Array:
    return (p * np.abs(y - _mean(y, p))).sum(axis=0)


SPREADS: dict[str, Spread] = {
    "bgsd": _deviation,
    "cov": lambda y, p, r: 100 * _deviation(y, p, r) / _mean(y, p),
    "mdmu": _distance,
    "mdmw": _weighted_distance,
    "mdru": lambda y, p, r: np.abs(y - y[r]).mean(axis=0),
    "mdrw": lambda y, p, r: (p * np.abs(y - y[r])).sum(axis=0),
    "idisu": lambda y, p, r: 100 * _distance(y, p, r) / _mean(y, p),
    "idisw": lambda y, p, r: 100 * _weighted_distance(y, p, r) / _mean(y, p),
}


def limit_spread(name: str, stratum: ReferenceStratum, limits: Sequence[Limits]) -> Limits:
    """Return the limits of a measure of spread, the lower to within the noise of the draws.

    The lower is the spread of groups that are drawn together until that which was observed is
    the highest fortieth of what chance makes of them; each figure errs by its own distance to
    its limit on the side of the truth. The upper adds the squares of what single moves add.
    """
    y = np.array(stratum.values)[:, None]
    p = np.array(stratum.shares)[:, None]
    low, high = (np.array([pair[n] for pair in limits])[:, None] for n in (0, 1))
    spread, reference = SPREADS[name], stratum.reference or 0
    observed = float(spread(y, p, reference)[0])
    noise = np.random.default_rng(17).standard_normal((len(y), DRAWS))

    def looks_as_far_apart(factor: float) -> bool:
        truth = _mean(y, p) + factor * (y - _mean(y, p))
        error = np.where(truth > y, high - y, y - low) / Z
        drawn = spread(truth + error * noise, p, reference)
        return bool(np.quantile(drawn, 0.975) >= observed)

    below, above = 0.0, 1.0
    if not looks_as_far_apart(0.0):
        for _ in range(HALVINGS):
            middle = (below + above) / 2
            below, above = (below, middle) if looks_as_far_apart(middle) else (middle, above)
    upper = observed + _add_up_moves(stratum, limits, lambda v: float(spread(v, p, reference)[0]))
    return below * observed, upper


def _add_up_moves(
    stratum: ReferenceStratum, limits: Sequence[Limits], measure: Callable[[Array], float]
) -> float:
    """The root of the summed squares of the most that a move of each figure to a limit adds."""
    figures = np.array(stratum.values)[:, None]
    observed, squares = measure(figures), 0.0
    for group, pair in enumerate(limits):
        gains = [0.0]
        for limit in pair:
            moved = figures.copy()
            moved[group] = limit
            gains.append(measure(moved) - observed)
        squares += max(gains) ** 2
    return math.sqrt(squares)


def limit_distance_from_best(
    name: str, stratum: ReferenceStratum, limits: Sequence[Limits]
) -> Limits:
    """Return the limits of how far the mean lies from the best group, as a distance of 0 or more.

    Unordered, the lower is the best of those from each group fixed beforehand, at a level that all
    groups share; the best group along an order is fixed by it.
    """
    figures = stratum.values
    size = len(figures)
    weight = [1 / size] * size if name == "mdbu" else stratum.shares
    sign = -1 if stratum.favourable else 1

    def distance(values: Sequence[float], best: int) -> float:
        mean = sum(w * v for w, v in zip(weight, values, strict=True))
        return sign * (mean - values[best]) * (100 / mean if name == "paf" else 1)

    def change(best: int, side: int) -> float:
        """The root of summed squares where every figure moves so that the distance changes."""
        squares = 0.0
        for group, pair in enumerate(limits):
            moved = list(figures)
            is_away = (group == best) == stratum.favourable
            moved[group] = pair[side if is_away else 1 - side]
            squares += (distance(moved, best) - distance(figures, best)) ** 2
        return math.sqrt(squares)

    def farthest(values: Sequence[float]) -> float:
        return max(distance(values, best) for best in range(size))

    if stratum.ordered:
        best = find_best_index(stratum)
        observed = distance(figures, best)
        return max(observed - change(best, 0), 0.0), max(observed + change(best, 1), 0.0)
    factor = -NormalDist().inv_cdf(0.025 / size) / Z
    lower = max(distance(figures, best) - factor * change(best, 0) for best in range(size))
    observed = farthest(figures)
    gain = _add_up_moves(stratum, limits, lambda values: farthest(values[:, 0].tolist()))
    return max(lower, 0.0), observed + gain


assert SPREADS.keys() <= POINT_ESTIMATES.keys()
