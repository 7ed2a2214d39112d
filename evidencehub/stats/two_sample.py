"""Confidence limits of a difference and of a ratio, from the limits of both values.

The method of variance estimates recovery (MOVER): the distance from each value to its own limits
stands for its error in that direction, so that asymmetric limits stay asymmetric. From Wilson's
limits of two shares the difference is Newcombe's hybrid score interval.
Difference and ratio rest on the same inequality: the ratio R has the limits at which the limit
of `first - R * second` is zero. So both leave out “no difference”, or neither does.

Arrays (or plain numbers) that numpy can bring to one shape are taken, and arrays of that shape
returned. What is not known is NaN, in the answer too; nothing is raised and nothing is warned of.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidencehub.stats.intervals import ConfidenceLimits

Floats = NDArray[np.float64]


class LimitedValue(NamedTuple):
    """A value between its lower and its upper confidence limit."""

    value: ArrayLike
    lower: ArrayLike
    upper: ArrayLike


def difference_limits(first: LimitedValue, second: LimitedValue) -> ConfidenceLimits:
    """Return the limits of `first - second`, two independent values.

    Newcombe 1998, method 10; for other values than shares Zou and Donner 2008. The limits never
    lie beyond those that the limits of both sides allow.
    """
    x, x_lower, x_upper = map(_to_floats, first)
    y, y_lower, y_upper = map(_to_floats, second)
    with np.errstate(all="ignore"):
        difference = x - y
        lower = difference - np.hypot(x - x_lower, y_upper - y)
        upper = difference + np.hypot(x_upper - x, y - y_lower)
    return ConfidenceLimits(lower, upper)


def ratio_limits(first: LimitedValue, second: LimitedValue) -> ConfidenceLimits:
    """Return the limits of `first / second`, two independent values that cannot be negative.

    Donner and Zou 2012. Where the second value may be zero the ratio has no upper limit, which
    is infinite then; the lower limit is always there. Limits that reach below zero are taken to
    end there. A value or limit that is negative or unknown gives NaN.
    """
    x, x_lower, x_upper = map(_to_floats, first)
    y, y_lower, y_upper = map(_to_floats, second)
    x_lower, y_lower = np.maximum(x_lower, 0), np.maximum(y_lower, 0)
    with np.errstate(all="ignore"):
        lower = _solve_lower(x, x_lower, y, y_upper)
        # the largest R is the reciprocal of the smallest ratio the other way round
        reciprocal = _solve_lower(y, y_lower, x, x_upper)
        upper = np.where(reciprocal > 0, 1 / reciprocal, np.inf)
        is_defined = (x >= 0) & (y >= 0) & (x_upper >= x) & (y_upper >= y)
        is_defined &= (x_lower <= x) & (y_lower <= y) & np.isfinite(reciprocal)
    return ConfidenceLimits(
        np.where(is_defined, lower, np.nan), np.where(is_defined, upper, np.nan)
    )


def _solve_lower(x: Floats, x_lower: Floats, y: Floats, y_upper: Floats) -> Floats:
    """Return the R with `x - R y = hypot(x - x_lower, R (y_upper - y))`; 0 if nothing is above.

    The root of a quadratic, written so that no two large numbers are subtracted.
    """
    constant = x_lower * (2 * x - x_lower)
    leading = y_upper * (2 * y - y_upper)
    product = x * y
    divisor = product + np.sqrt(np.maximum(product**2 - constant * leading, 0))
    return np.where(constant == 0, np.where(np.isnan(divisor), np.nan, 0.0), constant / divisor)


def _to_floats(numbers: ArrayLike) -> Floats:
    return np.asarray(numbers, dtype=np.float64)
