"""Geometry of the charts: scales with round marks, places in percent of the width.

A chart is drawn by a template from these numbers. Places are percentages, so that dots stay
round and letters keep their size however wide the page is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MARKS = 4  # steps on a scale, about
MARGIN = 3.0  # percent of the width left free at either end, so that no dot is cut
FAR_FROM_ZERO = 0.5  # a scale leaves zero out where the lowest figure is above this share
LOG_MARKS = (0.1, 0.2, 0.25, 0.5, 1, 2, 4, 5, 8, 10, 16, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of a scale: its number, and where it stands in percent."""

    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale from `low` to `high`; logarithmic for figures that are ratios."""

    low: float
    high: float
    marks: Sequence[Mark] = ()
    is_log: bool = False

    @property
    def has_zero(self) -> bool:
        """Whether it starts at zero or runs through it."""
        return not self.is_log and self.low <= 0 <= self.high

    def at(self, value: float | None) -> float | None:
        """Where a figure stands, in percent of the width, one decimal; None for none."""
        if value is None:
            return None
        low, high, told = self.low, self.high, value
        if self.is_log:
            low, high, told = math.log(low), math.log(high), math.log(max(value, self.low))
        share = (told - low) / (high - low)
        return round(MARGIN + (100 - 2 * MARGIN) * min(max(share, 0.0), 1.0), 1)


def linear(figures: Iterable[float | None], *, zero: bool = False) -> Scale:
    """A scale for figures and their limits, with round marks at its ends.

    It holds zero when that is asked for, when figures lie on both sides of it, and when they
    are not far from it; a scale for a narrow band far from zero leaves it out.

    >>> [mark.value for mark in linear([12.0, 341.7]).marks]
    [0.0, 100.0, 200.0, 300.0, 400.0]
    """
    known = [one for one in figures if one is not None and math.isfinite(one)] or [0.0, 1.0]
    low, high = min(known), max(known)
    far = low > FAR_FROM_ZERO * high > 0 or high < FAR_FROM_ZERO * low < 0
    if zero or not far or low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = low - (abs(low) or 1) * 0.5, high + (abs(high) or 1) * 0.5
    step = _step((high - low) / MARKS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    plain = Scale(min(first * step, low), max(last * step, high))  # despite floating point
    values = [round(n * step, 10) for n in range(first, last + 1)]
    return Scale(plain.low, plain.high, [Mark(one, _placed(plain, one)) for one in values])


def logarithmic(figures: Iterable[float | None]) -> Scale:
    """A scale for ratios, on which twice as high and half as high are as far from 1.

    >>> [mark.value for mark in logarithmic([0.55, 3.7]).marks]
    [0.5, 1, 2, 4]
    """
    known = [one for one in figures if one is not None and one > 0 and math.isfinite(one)]
    low, high = min([*known, 1.0]), max([*known, 1.0])
    below = [mark for mark in LOG_MARKS if mark <= low] or [low]
    above = [mark for mark in LOG_MARKS if mark >= high] or [high]
    low, high = below[-1], above[0]
    if low == high:
        low, high = 0.5, 2.0
    plain = Scale(low, high, is_log=True)
    values = [mark for mark in (0.1, 0.2, 0.5, 1, 2, 4, 10, 20, 50, 100) if low <= mark <= high]
    marks = [Mark(one, _placed(plain, one)) for one in values]
    return Scale(low, high, marks, is_log=True)


def _step(least: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(step for step in STEPS if step * power >= least * 0.999) * power


def _placed(scale: Scale, value: float) -> float:
    placed = scale.at(value)
    assert placed is not None  # noqa: S101 - a number has a place
    return placed


@dataclass(frozen=True, slots=True)
class Panel:
    """The course of one group over time: a path per unbroken run, and its points, in percent."""

    points: Sequence[tuple[float, float]]
    paths: Sequence[str]


def panel(
    times: Sequence[float],
    values: Sequence[float | None],
    scale: Scale,
    span: tuple[float, float],
    breaks: Sequence[bool] = (),
) -> Panel:
    """A small chart of one series; the scale and the span of time are those of all panels.

    A value that is not there, and a break of the series, interrupt the line.
    """
    first, last = span
    width = (last - first) or 1.0
    points: list[tuple[float, float]] = []
    runs: list[list[str]] = [[]]
    for index, (time, value) in enumerate(zip(times, values, strict=True)):
        if value is None or (breaks and breaks[index]):
            runs.append([])
        if value is None:
            continue
        x = round(4 + 92 * ((time - first) / width if last > first else 0.5), 1)
        y = round(100 - (scale.at(value) or 0.0), 1)
        points.append((x, y))
        runs[-1].append(f"{x} {y}")
    paths = ["M" + "L".join(run) for run in runs if len(run) > 1]
    return Panel(points, paths)
