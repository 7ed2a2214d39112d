"""How many decimals a difference, a ratio or a measure has: no more than its figures bear out."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evidencehub.inequality.strata import Floats

MAX_RATIO_DECIMALS = 2


class RatioRange(NamedTuple):
    """The lowest and the highest ratio that the rounding of two figures allows."""

    lowest: Floats
    highest: Floats


def bound_ratio(
    value: Floats, half_unit: Floats, base: Floats, base_half_unit: Floats
) -> RatioRange:
    """Return the range of `value / base` before rounding; NaN where it is exact or has no end.

    A half unit is how far a figure may lie from what was rounded to it, 0 for an exact one.
    """
    with np.errstate(all="ignore"):
        lowest = np.maximum(value - half_unit, 0) / (base + base_half_unit)
        highest = (value + half_unit) / (base - base_half_unit)
    is_rounded = (half_unit > 0) | (base_half_unit > 0)
    is_bounded = is_rounded & (base > base_half_unit) & (value >= 0)
    return RatioRange(np.where(is_bounded, lowest, np.nan), np.where(is_bounded, highest, np.nan))


def choose_ratio_decimals(ratio: Floats, bounds: RatioRange) -> Floats:
    """Return the decimals of a ratio, so many that its last one is decided by the figures.

    A whole number must be one that the figures allow: 1.67 of 1.60 to 1.73 is told as 1.7, not 2.
    """
    with np.errstate(all="ignore"):
        decimals = np.floor(-np.log10(bounds.highest - bounds.lowest))
        whole = np.rint(ratio)
        is_allowed = (bounds.lowest <= whole) & (whole <= bounds.highest)
    min_decimals = np.where(is_allowed, 0, 1)
    return np.where(
        np.isnan(decimals), MAX_RATIO_DECIMALS, np.clip(decimals, min_decimals, MAX_RATIO_DECIMALS)
    )


def count_decimals(
    value: float, largest: float, decimals: float, max_decimals: int | None
) -> int | None:
    """Return the decimals of a measure made of figures with so many decimals.

    One in the figures' unit has theirs. A relative one has at most `max_decimals`, and no more
    digits than the largest figure; None where the decimals of the figures are not known.

    >>> count_decimals(29.12, 2.1, 1, 1), count_decimals(0.4, 2.1, 1, None)
    (0, 1)
    """
    if not math.isfinite(decimals):
        return None
    if max_decimals is None:
        return int(decimals)
    digits = _count_integer_digits(largest) + int(decimals)
    return min(max_decimals, max(digits - _count_integer_digits(value), 0))


def _count_integer_digits(number: float) -> int:
    """Return the digits before the decimal point, below 1 for a number below 1."""
    return math.floor(math.log10(abs(number))) + 1 if number else 1
