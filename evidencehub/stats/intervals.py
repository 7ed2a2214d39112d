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

from evidencehub.domain.status import SHARE_VALUE_TYPES
from evidencehub.stats import quantiles

Floats = NDArray[np.float64]
MIN_EVENTS_FOR_BYAR = 10  # events; below it limits are exact, and a standardised rate is not given


class ConfidenceLimits(NamedTuple):
    """The lower and the upper limit of an interval, arrays of one shape."""

    lower: Floats
    upper: Floats


def wilson_limits(count: ArrayLike, total: ArrayLike, level: float = 0.95) -> ConfidenceLimits:
    """Limits of a proportion `count / total`, as shares between 0 and 1.

    Wilson's score interval without continuity correction (Wilson 1927; Newcombe 1998).
    """
    x, n = np.broadcast_arrays(_to_floats(count), _to_floats(total))
    z2 = quantiles.z_for_level(level) ** 2
    with np.errstate(all="ignore"):
        middle = x + z2 / 2
        half_width = np.sqrt(z2 * (x * (n - x) / n + z2 / 4))
        # at both ends the limit is known exactly; rounding would put it a hair beyond
        lower = np.where(x == 0, 0, (middle - half_width) / (n + z2))
        upper = np.where(x == n, 1, (middle + half_width) / (n + z2))
    return _limits_where((n > 0) & (x >= 0) & (x <= n), lower, upper)


def poisson_limits(count: ArrayLike, level: float = 0.95) -> ConfidenceLimits:
    """Limits of a count of events: exact below 10 events, Byar's from 10 on.

    The exact limits are those of the Poisson distribution (Garwood 1936); Byar's approximation
    is given in Breslow and Day 1987. It is what English public health statistics do.
    """
    x = _to_floats(count)
    low, high = byar_limits(x, level)
    is_below_byar = (x >= 0) & (x < MIN_EVENTS_FOR_BYAR)
    if is_below_byar.any():
        exact_low, exact_high = exact_poisson_limits(np.where(is_below_byar, x, 0), level)
        low, high = (
            np.where(is_below_byar, exact_low, low),
            np.where(is_below_byar, exact_high, high),
        )
    return ConfidenceLimits(low, high)


def exact_poisson_limits(count: ArrayLike, level: float = 0.95) -> ConfidenceLimits:
    """Exact limits of a count of events, from the gamma distribution (Garwood 1936)."""
    x = _to_floats(count)
    distinct, inverse = np.unique(x, return_inverse=True)
    tail = (1 - level) / 2
    quantiles.z_for_level(level)  # refuses a level that is none
    low = [_gamma_quantile(value, tail) for value in distinct]
    high = [_gamma_quantile(value + 1, 1 - tail) for value in distinct]
    inverse = inverse.reshape(x.shape)
    return _limits_where(np.isfinite(x) & (x >= 0), np.array(low)[inverse], np.array(high)[inverse])


def byar_limits(count: ArrayLike, level: float = 0.95) -> ConfidenceLimits:
    """Byar's approximate limits of a count of events (Breslow and Day 1987)."""
    x = _to_floats(count)
    z = quantiles.z_for_level(level)
    with np.errstate(all="ignore"):
        low = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
        high = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return _limits_where(np.isfinite(x) & (x >= 0), np.where(x > 0, low, 0), high)


def rate_limits(count: ArrayLike, person_time: ArrayLike, level: float = 0.95) -> ConfidenceLimits:
    """Limits of a crude rate `count / time`, per unit of `person_time`; see `poisson_limits`."""
    n = _to_floats(person_time)
    return _divide_limits(poisson_limits(count, level), n, n > 0)


def standardised_ratio_limits(
    observed: ArrayLike, expected: ArrayLike, level: float = 0.95
) -> ConfidenceLimits:
    """Limits of an indirectly standardised ratio `observed / expected`; see `poisson_limits`."""
    return rate_limits(observed, expected, level)


class StandardisedRate(NamedTuple):
    """A directly standardised rate per person, its limits, and the events it is made from."""

    value: Floats
    lower: Floats
    upper: Floats
    events: Floats


def directly_standardised_rate(
    count: ArrayLike, population: ArrayLike, weight: ArrayLike, level: float = 0.95
) -> StandardisedRate:
    """Rates standardised over the last axis (ages, usually), with Dobson's limits.

    `count` and `population` have the shape (…, A), `weight` (A,) is the standard population.
    The rate is not given (NaN) where fewer than 10 events happened in all or where a population
    is not above zero. Dobson, Kuulasmaa, Eberle and Scherer 1991.
    """
    x, n, w = np.broadcast_arrays(_to_floats(count), _to_floats(population), _to_floats(weight))
    with np.errstate(all="ignore"):
        events, total_weight = x.sum(axis=-1), w.sum(axis=-1)
        value = (w * x / n).sum(axis=-1) / total_weight
        standard_error = np.sqrt((w**2 * x / n**2).sum(axis=-1)) / total_weight
        limits = poisson_limits(events, level)
        dobson_factor = standard_error / np.sqrt(events)
        lower = value + dobson_factor * (limits.lower - events)
        upper = value + dobson_factor * (limits.upper - events)
    is_valid = (
        (n > 0).all(axis=-1) & (x >= 0).all(axis=-1) & (w >= 0).all(axis=-1) & (total_weight > 0)
    )
    is_published = is_valid & (events >= MIN_EVENTS_FOR_BYAR)
    return StandardisedRate(
        np.where(is_published, value, np.nan), *_limits_where(is_published, lower, upper), events
    )


def mean_limits(
    value: ArrayLike, standard_deviation: ArrayLike, sample_size: ArrayLike, level: float = 0.95
) -> ConfidenceLimits:
    """Limits of a mean of `sample_size` values, by Student's t."""
    m, s, n = np.broadcast_arrays(
        _to_floats(value), _to_floats(standard_deviation), _to_floats(sample_size)
    )
    quantiles.z_for_level(level)
    distinct, inverse = np.unique(n, return_inverse=True)
    t = np.array([_student_quantile(sample_size, 0.5 + level / 2) for sample_size in distinct])[
        inverse.reshape(n.shape)
    ]
    with np.errstate(all="ignore"):
        half_width = t * s / np.sqrt(n)
    return _limits_where((n > 1) & (s >= 0), m - half_width, m + half_width)


def mean_limits_from_se(
    value: ArrayLike, se: ArrayLike, sample_size: ArrayLike, level: float = 0.95
) -> ConfidenceLimits:
    """Limits of a mean of `sample_size` values with the standard error `se` (Student's t)."""
    n = _to_floats(sample_size)
    with np.errstate(all="ignore"):
        return mean_limits(value, _to_floats(se) * np.sqrt(n), n, level)


_METHOD_BY_VALUE_TYPE: dict[str, Callable[[ArrayLike, ArrayLike, float], ConfidenceLimits]] = {
    **dict.fromkeys(SHARE_VALUE_TYPES, wilson_limits),
    "rate": rate_limits,
    "ratio": standardised_ratio_limits,
}


def limits_for_value_type(
    value_type: str,
    count: ArrayLike,
    total: ArrayLike,
    scale: float,
    level: float = 0.95,
    *,
    count_reach: float = 0.0,
) -> ConfidenceLimits:
    """Limits of figures that are made of two counts, in their own unit: `scale` · `count / total`.

    Wilson's for a `value_type` of proportion or percentage, exact Poisson's or Byar's for a
    rate and for a ratio of observed to expected; raises KeyError for another.
    `count_reach` is how far the true count may lie from a rounded one: the lower limit then is
    that of the lowest true count and the upper limit that of the highest.
    """
    method = _METHOD_BY_VALUE_TYPE[value_type]
    lower, upper = method(count, total, level)
    if count_reach:
        x, n = _to_floats(count), _to_floats(total)
        highest = x + count_reach
        if method is wilson_limits:
            highest = np.minimum(highest, n)
        lowest = np.maximum(x - count_reach, 0)
        is_possible = ~np.isnan(lower)
        lower = np.where(is_possible, method(lowest, n, level).lower, np.nan)
        upper = np.where(is_possible, method(highest, n, level).upper, np.nan)
    return ConfidenceLimits(lower * scale, upper * scale)


def _gamma_quantile(shape: float, probability: float) -> float:
    return quantiles.gamma_quantile(float(shape), probability) if 0 < shape < np.inf else 0.0


def _student_quantile(size: float, probability: float) -> float:
    return quantiles.student_quantile(float(size) - 1, probability) if 1 < size < np.inf else np.nan


def _to_floats(numbers: ArrayLike) -> Floats:
    return np.asarray(numbers, dtype=np.float64)


def _limits_where(is_defined: NDArray[np.bool_], lower: Floats, upper: Floats) -> ConfidenceLimits:
    """The limits where they are defined, NaN elsewhere."""
    is_valid = is_defined & np.isfinite(lower) & np.isfinite(upper)
    return ConfidenceLimits(np.where(is_valid, lower, np.nan), np.where(is_valid, upper, np.nan))


def _divide_limits(
    limits: ConfidenceLimits, divisor: Floats, is_defined: NDArray[np.bool_]
) -> ConfidenceLimits:
    with np.errstate(all="ignore"):
        return _limits_where(is_defined, limits.lower / divisor, limits.upper / divisor)
