"""Confidence intervals of proportions, counts, rates, standardised rates and means.

Every function takes arrays (or plain numbers) that numpy can bring to one shape, and gives the
lower and the upper limit as arrays of that shape. What is not defined (a denominator of zero,
a negative count, a missing number) is NaN in both; nothing is raised and nothing is warned of.
`level` is a share: 0.95 or 0.998.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidencehub.measures import quantiles

Array = NDArray[np.float64]
FEW = 10  # events; below it limits are exact, and a standardised rate is not given


class Limits(NamedTuple):
    """The lower and the upper limit of an interval, arrays of one shape."""

    lower: Array
    upper: Array


def wilson(count: ArrayLike, total: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of a proportion `count / total`, as shares between 0 and 1.

    Wilson's score interval without continuity correction (Wilson 1927; Newcombe 1998).
    """
    x, n = np.broadcast_arrays(_floats(count), _floats(total))
    z2 = quantiles.normal(level) ** 2
    with np.errstate(all="ignore"):
        middle = x + z2 / 2
        half = np.sqrt(z2 * (x * (n - x) / n + z2 / 4))
        # at both ends the limit is known exactly; rounding would put it a hair beyond
        lower = np.where(x == 0, 0, (middle - half) / (n + z2))
        upper = np.where(x == n, 1, (middle + half) / (n + z2))
    return _where((n > 0) & (x >= 0) & (x <= n), lower, upper)


def poisson(count: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of a count of events: exact below 10 events, Byar's from 10 on.

    The exact limits are those of the Poisson distribution (Garwood 1936); Byar's approximation
    is given in Breslow and Day 1987. It is what English public health statistics do.
    """
    x = _floats(count)
    low, high = byar(x, level)
    few = (x >= 0) & (x < FEW)
    if few.any():
        exact_low, exact_high = exact_poisson(np.where(few, x, 0), level)
        low, high = np.where(few, exact_low, low), np.where(few, exact_high, high)
    return Limits(low, high)


def exact_poisson(count: ArrayLike, level: float = 0.95) -> Limits:
    """Exact limits of a count of events, from the gamma distribution (Garwood 1936)."""
    x = _floats(count)
    known, place = np.unique(x, return_inverse=True)
    tail = (1 - level) / 2
    quantiles.normal(level)  # refuses a level that is none
    low = [_gamma(value, tail) for value in known]
    high = [_gamma(value + 1, 1 - tail) for value in known]
    place = place.reshape(x.shape)
    return _where(np.isfinite(x) & (x >= 0), np.array(low)[place], np.array(high)[place])


def byar(count: ArrayLike, level: float = 0.95) -> Limits:
    """Byar's approximate limits of a count of events (Breslow and Day 1987)."""
    x = _floats(count)
    z = quantiles.normal(level)
    with np.errstate(all="ignore"):
        low = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
        high = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return _where(np.isfinite(x) & (x >= 0), np.where(x > 0, low, 0), high)


def rate(count: ArrayLike, time: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of a crude rate `count / time`, per unit of `time`; see `poisson`."""
    n = _floats(time)
    return _divided(poisson(count, level), n, n > 0)


def ratio_to_expected(observed: ArrayLike, expected: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of an indirectly standardised ratio `observed / expected`; see `poisson`."""
    return rate(observed, expected, level)


class Standardised(NamedTuple):
    """A directly standardised rate per person, its limits, and the events it is made from."""

    value: Array
    lower: Array
    upper: Array
    events: Array


def directly_standardised(
    count: ArrayLike, population: ArrayLike, weight: ArrayLike, level: float = 0.95
) -> Standardised:
    """Rates standardised over the last axis (ages, usually), with Dobson's limits.

    `count` and `population` have the shape (…, A), `weight` (A,) is the standard population.
    The rate is not given (NaN) where fewer than 10 events happened in all or where a population
    is not above zero. Dobson, Kuulasmaa, Eberle and Scherer 1991.
    """
    x, n, w = np.broadcast_arrays(_floats(count), _floats(population), _floats(weight))
    with np.errstate(all="ignore"):
        events, whole = x.sum(axis=-1), w.sum(axis=-1)
        value = (w * x / n).sum(axis=-1) / whole
        spread = np.sqrt((w**2 * x / n**2).sum(axis=-1)) / whole
        limits = poisson(events, level)
        reach = spread / np.sqrt(events)
        lower = value + reach * (limits.lower - events)
        upper = value + reach * (limits.upper - events)
    sound = (n > 0).all(axis=-1) & (x >= 0).all(axis=-1) & (w >= 0).all(axis=-1) & (whole > 0)
    given = sound & (events >= FEW)
    return Standardised(np.where(given, value, np.nan), *_where(given, lower, upper), events)


def mean(value: ArrayLike, deviation: ArrayLike, size: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of a mean of `size` values with the standard deviation `deviation` (Student's t)."""
    m, s, n = np.broadcast_arrays(_floats(value), _floats(deviation), _floats(size))
    quantiles.normal(level)
    known, place = np.unique(n, return_inverse=True)
    t = np.array([_student(size, 0.5 + level / 2) for size in known])[place.reshape(n.shape)]
    with np.errstate(all="ignore"):
        half = t * s / np.sqrt(n)
    return _where((n > 1) & (s >= 0), m - half, m + half)


def of_mean(value: ArrayLike, se: ArrayLike, size: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of a mean of `size` values with the standard error `se` (Student's t)."""
    n = _floats(size)
    with np.errstate(all="ignore"):
        return mean(value, _floats(se) * np.sqrt(n), n, level)


def from_standard_error(value: ArrayLike, se: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of an estimate with a normal error: `value` ± z · `se`."""
    v, s = np.broadcast_arrays(_floats(value), _floats(se))
    with np.errstate(all="ignore"):
        half = quantiles.normal(level) * s
        return _where(s >= 0, v - half, v + half)


_METHODS: dict[str, Callable[[ArrayLike, ArrayLike, float], Limits]] = {
    "proportion": wilson,
    "percentage": wilson,
    "rate": rate,
    "ratio": ratio_to_expected,
}


def of_figure(
    value_type: str, count: ArrayLike, total: ArrayLike, scale: float, level: float = 0.95
) -> Limits:
    """Limits of figures that are made of two counts, in their own unit: `scale` · `count / total`.

    Wilson's for a `value_type` of proportion or percentage, exact Poisson's or Byar's for a
    rate and for a ratio of observed to expected; raises KeyError for another.
    """
    lower, upper = _METHODS[value_type](count, total, level)
    return Limits(lower * scale, upper * scale)


def _gamma(shape: float, probability: float) -> float:
    return quantiles.gamma(float(shape), probability) if 0 < shape < np.inf else 0.0


def _student(size: float, probability: float) -> float:
    return quantiles.student(float(size) - 1, probability) if 1 < size < np.inf else np.nan


def _floats(numbers: ArrayLike) -> Array:
    return np.asarray(numbers, dtype=np.float64)


def _where(given: NDArray[np.bool_], lower: Array, upper: Array) -> Limits:
    """The limits where they are defined, NaN elsewhere."""
    sound = given & np.isfinite(lower) & np.isfinite(upper)
    return Limits(np.where(sound, lower, np.nan), np.where(sound, upper, np.nan))


def _divided(limits: Limits, by: Array, given: NDArray[np.bool_]) -> Limits:
    with np.errstate(all="ignore"):
        return _where(given, limits.lower / by, limits.upper / by)
