"""Which counts can lie behind a rounded figure, a rate or an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidencehub.stats import intervals

Floats = NDArray[np.float64]
Rounding = Literal["nearest", "random", "midpoint"]
Z_95 = 1.959963984540054
MAX_TRIED_COUNTS = 2_000_000  # numerators or denominators; beyond, only the ends are told
ROUNDING_TOLERANCE = 1e-9  # a figure exactly between two could have been rounded either way


def counts_before_rounding(
    counts: ArrayLike,
    base: int,
    rounding: Rounding = "nearest",
    *,
    suppressed_range: tuple[int, int] | None = None,
) -> tuple[Floats, Floats]:
    """The lowest and the highest count that is rounded to each of these.

    `suppressed_range` counts, such as (1, 7), would have been suppressed and cannot lie behind a
    figure. Where nothing is left, as for 5 rounded to 5 with 1 to 7 hidden, the lowest is above the
    highest.
    """
    max_increase, max_decrease = {
        "nearest": (base // 2, base // 2),
        "random": (base - 1, base - 1),
        "midpoint": (base // 2 - 1, base - base // 2),
    }[rounding]
    values = np.asarray(counts, dtype=np.float64)
    low, high = np.maximum(values - max_increase, 0), values + max_decrease
    if rounding == "midpoint":  # there zero means zero
        low, high = np.where(values == 0, 0, np.maximum(low, 1)), np.where(values == 0, 0, high)
    if suppressed_range is not None:
        lowest, highest = suppressed_range
        low = np.where((low >= lowest) & (low <= highest), highest + 1, low)
        high = np.where((high >= lowest) & (high <= highest), lowest - 1, high)
    return low, high


@dataclass(frozen=True, slots=True)
class ConsistentCounts:
    """The pairs of counts that agree with a figure, by their ends; `pair_count` says how many.

    Without any pair the figure is impossible. `pair_count` is -1 where there are too many to count.
    """

    pair_count: int
    min_numerator: float = math.inf
    max_numerator: float = -math.inf
    min_denominator: float = math.inf
    max_denominator: float = -math.inf

    @property
    def is_exact(self) -> bool:
        """Whether one numerator only agrees."""
        return self.min_numerator == self.max_numerator

    def pins_within(self, smallest: int, largest: int) -> bool:
        """Whether every numerator that agrees is a small count."""
        return (
            self.pair_count != 0
            and smallest <= self.min_numerator
            and self.max_numerator <= largest
        )


def _summarise_pairs(
    numerators: Floats, min_denominators: Floats, max_denominators: Floats
) -> ConsistentCounts:
    """Numerators, each with the first and last whole denominator that goes with it."""
    fits = min_denominators <= max_denominators
    if not fits.any():
        return ConsistentCounts(0)
    n, min_denominators, max_denominators = (
        numerators[fits],
        min_denominators[fits],
        max_denominators[fits],
    )
    pairs = float((max_denominators - min_denominators + 1).sum())
    return ConsistentCounts(
        int(pairs) if math.isfinite(pairs) else -1,
        float(n.min()),
        float(n.max()),
        float(min_denominators.min()),
        float(max_denominators.max()),
    )


def _rounding_interval(value: float, decimals: int) -> tuple[float, float]:
    """From where to where a figure may lie that is shown like this."""
    half = 0.5 * 10.0**-decimals
    return value - half - ROUNDING_TOLERANCE * abs(value), value + half + ROUNDING_TOLERANCE * abs(
        value
    )


def counts_consistent_with_rate(
    rate: float,
    decimals: int,
    scale: float,
    denominators: tuple[float, float],
    *,
    is_proportion: bool = True,
    max_tries: int = MAX_TRIED_COUNTS,
) -> ConsistentCounts:
    """The counts that agree with a rate shown to some decimals, and with what is known below it.

    `scale` is 100 for a percentage; `denominators` are the lowest and the highest possible; of a
    share, the numerator is no more than the denominator. Where more than `max_tries` counts agree,
    only the ends are told.
    """
    _check_rate(rate, scale)
    low, high = _rounding_interval(rate, decimals)
    min_denominator, max_denominator = max(math.ceil(denominators[0]), 1), denominators[1]
    n_low = max(math.ceil(low * min_denominator / scale - ROUNDING_TOLERANCE), 0)
    n_high = (
        math.floor(high * max_denominator / scale + ROUNDING_TOLERANCE)
        if max_denominator < math.inf
        else math.inf
    )
    n_high = min(n_high, max_denominator) if is_proportion else n_high
    if n_high - n_low > max_tries:
        return ConsistentCounts(-1, n_low, n_high, min_denominator, max_denominator)
    n = np.arange(n_low, n_high + 1, dtype=np.float64)
    min_denominators, last = _denominators_for_rate(n, low, high, scale)
    min_denominators = np.maximum(
        min_denominators, np.maximum(n, min_denominator) if is_proportion else min_denominator
    )
    return _summarise_pairs(
        n,
        min_denominators,
        np.minimum(
            last, math.floor(max_denominator) if max_denominator < math.inf else max_denominator
        ),
    )


def _denominators_for_rate(
    n: Floats, low: float, high: float, scale: float
) -> tuple[Floats, Floats]:
    """The whole denominators with which these numerators give a rate from low to high."""
    min_denominators = np.ceil(scale * n / high - ROUNDING_TOLERANCE)
    if low <= 0:
        return min_denominators, np.full(len(n), np.inf)
    return min_denominators, np.floor(scale * n / low + ROUNDING_TOLERANCE)


def _check_rate(value: float, scale: float) -> None:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"A rate of {value} has no counts behind it.")
    if not scale > 0:
        raise ValueError("The scale must be positive: 100 for a percentage.")


def counts_consistent_with_limits(
    value: float,
    lower: float,
    upper: float,
    decimals: int,
    *,
    scale: float = 100,
    method: Literal["wilson", "byar"] = "wilson",
    max_denominator: int = 1_000_000,
    max_tries: int = MAX_TRIED_COUNTS,
) -> ConsistentCounts:
    """The counts that agree with a rate and its 95 % interval, all shown to the same decimals.

    Wilson's interval is for shares, Byar's (exact below 10 events) for rates of events.
    `max_denominator` is the highest denominator (Wilson) or number of events (Byar) that is thought
    of; where more than `max_tries` pairs might agree, only the ends are told.
    """
    rounding_intervals = []
    for figure in (value, lower, upper):
        _check_rate(figure, scale)
        low, high = _rounding_interval(figure, decimals)
        rounding_intervals.append((low / scale, high / scale))
    return (
        _counts_for_wilson(rounding_intervals, max_denominator, max_tries)
        if method == "wilson"
        else _counts_for_byar(rounding_intervals, max_denominator)
    )


def _counts_for_wilson(
    spans: list[tuple[float, float]], max_denominator: int, max_tries: int
) -> ConsistentCounts:
    """Every share n / d whose own Wilson interval is shown like this one."""
    (low, high), *limits = spans
    d = _plausible_denominators(spans, max_denominator)
    min_numerators = np.maximum(np.ceil(d * low - ROUNDING_TOLERANCE), 0)
    last = np.minimum(np.floor(d * high + ROUNDING_TOLERANCE), d)
    choices = np.maximum(last - min_numerators + 1, 0).astype(np.int64)
    if choices.sum() > max_tries:
        return ConsistentCounts(
            -1, float(min_numerators.min()), float(last.max()), float(d.min()), float(d.max())
        )
    offset = np.repeat(np.cumsum(choices) - choices, choices)
    n = np.repeat(min_numerators, choices) + np.arange(choices.sum()) - offset
    d = np.repeat(d, choices)
    middle = (n + Z_95 * Z_95 / 2) / (d + Z_95 * Z_95)
    reach = Z_95 / (d + Z_95 * Z_95) * np.sqrt(n * (d - n) / d + Z_95 * Z_95 / 4)
    fits = np.ones(len(d), dtype=bool)
    for limit, (lowest, greatest) in zip((middle - reach, middle + reach), limits, strict=True):
        fits &= (limit >= lowest) & (limit <= greatest)
    return _summarise_pairs(n[fits], d[fits], d[fits])


def _plausible_denominators(spans: list[tuple[float, float]], max_denominator: int) -> Floats:
    """The denominators worth a try: a limit L of a share p satisfies (p - L)² d = z² L (1 - L)."""
    (low, high), *limits = spans
    min_denominator, max_plausible = 1.0, float(max_denominator)
    for limit_index, limit in enumerate(limits):
        a, b = max(limit[0], 0.0), min(limit[1], 1.0)
        limit_variances = [a * (1 - a), b * (1 - b)]
        gaps = (low - b, high - a) if limit_index == 0 else (a - high, b - low)
        if max(gaps) > 0:
            min_denominator = max(
                min_denominator, Z_95 * Z_95 * min(limit_variances) / max(gaps) ** 2
            )
        if min(gaps) > 0:
            widest = 0.25 if a <= 0.5 <= b else max(limit_variances)
            max_plausible = min(max_plausible, Z_95 * Z_95 * widest / min(gaps) ** 2)
    return np.arange(math.floor(min_denominator), math.ceil(max_plausible) + 1, dtype=np.float64)


def _counts_for_byar(spans: list[tuple[float, float]], max_events: int) -> ConsistentCounts:
    """Every number of events, with the denominators that give this rate and these limits.

    Below 10 events limits may be exact ones, as is usual, or Byar's.
    """
    event_counts = np.arange(max_events + 1, dtype=np.float64)
    n = np.concatenate([event_counts, event_counts[: intervals.MIN_EVENTS_FOR_BYAR]])
    limits = [
        np.concatenate(ends)
        for ends in zip(
            intervals.byar_limits(event_counts),
            intervals.exact_poisson_limits(event_counts[: intervals.MIN_EVENTS_FOR_BYAR]),
            strict=True,
        )
    ]
    min_denominators, last = np.ones(len(n)), np.full(len(n), np.inf)
    for events, (low, high) in zip((n, *limits), spans, strict=True):
        min_denominators = np.maximum(min_denominators, np.ceil(events / high - ROUNDING_TOLERANCE))
        if low > 0:
            last = np.minimum(last, np.floor(events / low + ROUNDING_TOLERANCE))
    return _summarise_pairs(n, min_denominators, last)
