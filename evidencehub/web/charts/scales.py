"""Scales of the charts: round ticks at both ends, places in percent of the width.

Rates, percentages and counts start at zero, so that two close values lie close to each other.
Ratios lie on a logarithmic scale of powers of two with 1 on it: twice and half as high are equally
far from it. What is set is the reach of the values; a confidence limit may lie outside, and is
drawn as an arrow there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TARGET_TICK_INTERVALS = 4  # steps on a scale, about
MARGIN_PERCENT = 3.0  # percent of the width left free at either end, so that no mark is cut
MIN_SPAN_SHARE = 0.25  # of the highest value: 8.1 and 8.2 must not lie at opposite ends
ZERO_OMISSION_SHARE = 0.5  # a mean leaves zero out if the lowest value is above this share
LIMIT_REACH = 1.5  # confidence limits stretch a scale to this many times the highest value
RATIO_LIMIT_REACH = 2.0  # the same of ratios, and of half the lowest one
MIN_FULL_PERCENTAGE, WHOLE = 50.0, 100.0  # percentages above the first have a scale to the whole
RATIO_SPAN = (0.5, 2.0)  # that every scale of ratios holds
MAX_RATIO_TICKS = 7


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of a scale: its value, and where it stands in percent.

    A minor one has no label on a narrow screen.
    """

    value: float
    position: float
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale from `low` to `high`; logarithmic for ratios. `margin` is free at either end."""

    low: float
    high: float
    ticks: Sequence[Tick] = ()
    is_log: bool = False
    margin: float = MARGIN_PERCENT

    @property
    def has_zero(self) -> bool:
        """Return whether it starts at zero or runs through it."""
        return not self.is_log and self.low <= 0 <= self.high

    def has_place_for(self, value: float) -> bool:
        """Return whether a value lies on the scale."""
        return self.low <= value <= self.high

    def locate(self, value: float) -> float:
        """Return where a value stands in percent of the width; one outside stands at the end."""
        low, high, place = self.low, self.high, min(max(value, self.low), self.high)
        if self.is_log:
            low, high, place = math.log(low), math.log(high), math.log(place)
        fraction = (place - low) / (high - low)
        return round(self.margin + (100 - 2 * self.margin) * fraction, 2)


def build_linear_scale(
    values: Iterable[float | None],
    limits: Iterable[float | None] = (),
    *,
    is_percentage: bool = False,
    may_omit_zero: bool = False,
) -> Scale:
    """Return a scale that holds all values, with round ticks at its ends.

    It holds zero, unless it may omit it and all values are far from it: then it is not narrower
    than MIN_SPAN_SHARE of the highest value. Percentages of more than half have a scale to 100.

    >>> [tick.value for tick in build_linear_scale([12.0, 341.7]).ticks]
    [0.0, 100.0, 200.0, 300.0, 400.0]
    >>> build_linear_scale([58.0, 84.1], is_percentage=True).high
    100.0
    """
    finite_values = _list_finite(values) or [0.0, 1.0]
    low, high = _stretch(min(finite_values), max(finite_values), limits)
    if may_omit_zero and low != high and _is_far_from_zero(low, high):
        low, high = _widen(low, high)
    else:
        low, high = _include_zero(low, high)
    ceiling = math.inf
    if is_percentage and max(finite_values) <= WHOLE:
        ceiling = WHOLE
        high = WHOLE if max(finite_values) > MIN_FULL_PERCENTAGE else min(high, WHOLE)
    step = _choose_tick_step((high - low) / TARGET_TICK_INTERVALS)
    first_step, last_step = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if ceiling < math.inf:
        last_step = min(last_step, math.floor(ceiling / step + 1e-9))
    scale = Scale(min(first_step * step, low), max(last_step * step, high))  # despite rounding
    return _add_ticks(scale, [round(n * step, 10) for n in range(first_step, last_step + 1)])


def _include_zero(low: float, high: float) -> tuple[float, float]:
    """Return the ends with zero; a scale of nothing but zero reaches to one."""
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, 1.0) if low == high else (low, high)


def _widen(low: float, high: float) -> tuple[float, float]:
    """Return ends that lie far enough from each other, with the values in the middle."""
    missing = MIN_SPAN_SHARE * max(abs(low), abs(high)) - (high - low)
    return low - max(missing, 0.0) / 2, high + max(missing, 0.0) / 2


def build_log_scale(values: Iterable[float | None], limits: Iterable[float | None] = ()) -> Scale:
    """Return a scale of ratios: powers of two, never without a half, one and two.

    >>> [tick.value for tick in build_log_scale([0.55, 3.7]).ticks]
    [0.5, 1.0, 2.0, 4.0]
    """
    ratios = [value for value in _list_finite(values) if value > 0] or [1.0]
    low, high = min(ratios), max(ratios)
    reachable = [
        limit
        for limit in _list_finite(limits)
        if low / RATIO_LIMIT_REACH <= limit <= high * RATIO_LIMIT_REACH
    ]
    low = 2.0 ** math.floor(math.log2(min(low, *reachable, RATIO_SPAN[0])) + 1e-9)
    high = 2.0 ** math.ceil(math.log2(max(high, *reachable, RATIO_SPAN[1])) - 1e-9)
    first, last = round(math.log2(low)), round(math.log2(high))
    step = math.ceil((last - first) / (MAX_RATIO_TICKS - 1))
    powers = [power for power in range(first, last + 1) if power % step == 0]
    return _add_ticks(Scale(low, high, is_log=True), [2.0**power for power in powers])


def _list_finite(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def _stretch(low: float, high: float, limits: Iterable[float | None]) -> tuple[float, float]:
    """Return the ends with the limits that lie within reach of the values."""
    reach = LIMIT_REACH * max(abs(low), abs(high))
    for limit in _list_finite(limits):
        if abs(limit) <= reach:
            low, high = min(low, limit), max(high, limit)
    return low, high


def _is_far_from_zero(low: float, high: float) -> bool:
    return low > ZERO_OMISSION_SHARE * high > 0 or high < ZERO_OMISSION_SHARE * low < 0


def _choose_tick_step(min_step: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(min_step))
    return next(step for step in TICK_STEPS if step * power >= min_step * 0.999) * power


def _add_ticks(scale: Scale, values: Sequence[float]) -> Scale:
    """Return the scale with its ticks; of many every second is minor, never 1 or zero."""
    is_dense = len(values) > TARGET_TICK_INTERVALS + 1
    anchor = 1.0 if scale.is_log else 0.0
    start = values.index(anchor) if anchor in values else 0
    return replace(
        scale,
        ticks=[
            Tick(value, scale.locate(value), is_dense and (position - start) % 2 == 1)
            for position, value in enumerate(values)
        ],
    )


LIST_SCALE = build_log_scale([0.25, 16.0])
"""The one scale of every list of ratios: rows of different pages can be set side by side."""
