"""Geometry of the charts: scales with round marks, places in percent of the width.

A chart is drawn by a template from these numbers. Places are percentages, so that dots stay
round and letters keep their size however wide the page is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TARGET_TICK_INTERVALS = 4  # steps on a scale, about
MARGIN_PERCENT = 3.0  # percent of the width left free at either end, so that no dot is cut
MIN_SPAN_SHARE = 0.25  # of the highest figure: 8.1 and 8.2 must not lie at opposite ends
ZERO_OMISSION_SHARE = 0.5  # a scale leaves zero out where the lowest figure is above this share
LOG_LIMITS = (0.1, 0.2, 0.25, 0.5, 1, 2, 4, 5, 8, 10, 16, 20, 50, 100)
LOG_TICKS = (0.1, 0.2, 0.5, 1, 2, 4, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of a scale: its number, and where it stands in percent."""

    value: float
    position: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale from `low` to `high`; logarithmic for figures that are ratios."""

    low: float
    high: float
    ticks: Sequence[Tick] = ()
    is_log: bool = False

    @property
    def has_zero(self) -> bool:
        """Whether it starts at zero or runs through it."""
        return not self.is_log and self.low <= 0 <= self.high

    def locate(self, value: float | None) -> float | None:
        """Where a figure stands, in percent of the width, one decimal; None for none."""
        if value is None:
            return None
        low, high, scaled_value = self.low, self.high, value
        if self.is_log:
            low, high, scaled_value = math.log(low), math.log(high), math.log(max(value, self.low))
        fraction = (scaled_value - low) / (high - low)
        return round(MARGIN_PERCENT + (100 - 2 * MARGIN_PERCENT) * min(max(fraction, 0.0), 1.0), 1)


def build_linear_scale(values: Iterable[float | None], *, include_zero: bool = False) -> Scale:
    """A scale for figures and their limits, with round marks at its ends.

    It holds zero when that is asked for, when figures lie on both sides of it, and when they
    are not far from it; a scale for a narrow band far from zero leaves it out.

    >>> [mark.value for mark in build_linear_scale([12.0, 341.7]).ticks]
    [0.0, 100.0, 200.0, 300.0, 400.0]
    """
    finite_values = _list_finite(values) or [0.0, 1.0]
    low, high = min(finite_values), max(finite_values)
    if include_zero or low == high or not _is_far_from_zero(low, high):
        low, high = min(low, 0.0), max(high, 0.0)
    elif high - low < (min_span := MIN_SPAN_SHARE * max(abs(low), abs(high))):
        middle = (low + high) / 2
        low, high = middle - min_span / 2, middle + min_span / 2
    if low == high:
        low, high = low - (abs(low) or 1) * 0.5, high + (abs(high) or 1) * 0.5
    step = _choose_tick_step((high - low) / TARGET_TICK_INTERVALS)
    first_step, last_step = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    scale = Scale(min(first_step * step, low), max(last_step * step, high))  # despite rounding
    return _add_ticks(scale, [round(n * step, 10) for n in range(first_step, last_step + 1)])


def build_log_scale(values: Iterable[float | None]) -> Scale:
    """A scale for ratios, on which twice as high and half as high are as far from 1.

    >>> [mark.value for mark in build_log_scale([0.55, 3.7]).ticks]
    [0.5, 1, 2, 4]
    """
    ratios = [1.0, *(value for value in _list_finite(values) if value > 0)]
    low, high = min(ratios), max(ratios)
    low = max((mark for mark in LOG_LIMITS if mark <= low), default=low)
    high = min((mark for mark in LOG_LIMITS if mark >= high), default=high)
    if low == high:
        low, high = 0.5, 2.0
    return _add_ticks(Scale(low, high, is_log=True), [n for n in LOG_TICKS if low <= n <= high])


def _list_finite(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def _is_far_from_zero(low: float, high: float) -> bool:
    return low > ZERO_OMISSION_SHARE * high > 0 or high < ZERO_OMISSION_SHARE * low < 0


def _choose_tick_step(min_step: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(min_step))
    return next(step for step in TICK_STEPS if step * power >= min_step * 0.999) * power


def _add_ticks(scale: Scale, values: Iterable[float]) -> Scale:
    return replace(scale, ticks=[Tick(value, scale.locate(value) or 0.0) for value in values])


@dataclass(frozen=True, slots=True)
class TrendPanel:
    """The course of one group over time: a path per unbroken run, and its points, in percent."""

    points: Sequence[tuple[float, float]]
    paths: Sequence[str]


def build_trend_panel(
    years: Sequence[float],
    values: Sequence[float | None],
    scale: Scale,
    time_range: tuple[float, float],
    breaks_before: Sequence[bool] = (),
) -> TrendPanel:
    """A small chart of one series; the scale and the span of time are those of all panels.

    A value that is not there, and a break of the series, interrupt the line.
    """
    first_year, last_year = time_range
    width = last_year - first_year
    points: list[tuple[float, float]] = []
    segments: list[list[str]] = [[]]
    breaks = breaks_before or [False] * len(years)
    for time, value, has_break in zip(years, values, breaks, strict=True):
        if value is None or has_break:
            segments.append([])
        if value is None:
            continue
        x = round(4 + 92 * ((time - first_year) / width if width else 0.5), 1)
        y = round(100 - (scale.locate(value) or 0.0), 1)
        points.append((x, y))
        segments[-1].append(f"{x} {y}")
    return TrendPanel(points, ["M" + "L".join(run) for run in segments if len(run) > 1])
