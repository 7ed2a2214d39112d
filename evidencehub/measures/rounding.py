"""Which counts can lie behind a rounded figure, a rate or an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidencehub.measures import intervals

Floats = NDArray[np.float64]
Rounding = Literal["nearest", "random", "midpoint"]
Z = 1.959963984540054
MOST_TRIED = 2_000_000  # numerators or denominators; beyond, only the ends are told
HAIR = 1e-9  # a figure exactly between two could have been rounded either way


def is_multiple(counts: ArrayLike, base: int, rounding: Rounding = "nearest") -> NDArray[np.bool_]:
    """Whether each count can be the result of rounding; a missing one (NaN) can."""
    told = np.asarray(counts, dtype=np.float64)
    shift = base / 2 if rounding == "midpoint" else 0
    with np.errstate(invalid="ignore"):  # infinity is no multiple of anything
        fits: NDArray[np.bool_] = (told == 0) | (np.mod(told - shift, base) == 0)
    return fits | np.isnan(told)


def rounded_range(
    counts: ArrayLike,
    base: int,
    rounding: Rounding = "nearest",
    *,
    hidden: tuple[int, int] | None = None,
) -> tuple[Floats, Floats]:
    """The lowest and the highest count that is rounded to each of these.

    `hidden` counts, such as (1, 7), would have been suppressed and cannot lie behind a figure.
    Where nothing is left, as for 5 rounded to 5 with 1 to 7 hidden, the lowest is above the
    highest.
    """
    below, above = {
        "nearest": (base // 2, base // 2),
        "random": (base - 1, base - 1),
        "midpoint": (base // 2 - 1, base - base // 2),
    }[rounding]
    told = np.asarray(counts, dtype=np.float64)
    low, high = np.maximum(told - below, 0), told + above
    if rounding == "midpoint":  # there zero means zero
        low, high = np.where(told == 0, 0, np.maximum(low, 1)), np.where(told == 0, 0, high)
    if hidden is not None:
        least, most = hidden
        low = np.where((low >= least) & (low <= most), most + 1, low)
        high = np.where((high >= least) & (high <= most), least - 1, high)
    return low, high


@dataclass(frozen=True, slots=True)
class Behind:
    """The pairs of counts that agree with a figure, by their ends; `pairs` says how many.

    Without any pair the figure is impossible. `pairs` is -1 where there are too many to count.
    """

    pairs: int
    low: float = math.inf
    high: float = -math.inf
    low_denominator: float = math.inf
    high_denominator: float = -math.inf

    @property
    def is_exact(self) -> bool:
        """Whether one numerator only agrees."""
        return self.low == self.high

    def pins(self, least: int, most: int) -> bool:
        """Whether every numerator that agrees is a small count."""
        return self.pairs != 0 and least <= self.low and self.high <= most


def _behind(numerators: Floats, first: Floats, last: Floats) -> Behind:
    """Numerators, each with the first and last whole denominator that goes with it."""
    fits = first <= last
    if not fits.any():
        return Behind(0)
    n, first, last = numerators[fits], first[fits], last[fits]
    pairs = float((last - first + 1).sum())
    return Behind(
        int(pairs) if math.isfinite(pairs) else -1,
        float(n.min()),
        float(n.max()),
        float(first.min()),
        float(last.max()),
    )


def _span(value: float, decimals: int) -> tuple[float, float]:
    """From where to where a figure may lie that is shown like this."""
    half = 0.5 * 10.0**-decimals
    return value - half - HAIR * abs(value), value + half + HAIR * abs(value)


def counts_behind_rate(
    rate: float,
    decimals: int,
    scale: float,
    denominators: tuple[float, float],
    *,
    is_share: bool = True,
    tries: int = MOST_TRIED,
) -> Behind:
    """The counts that agree with a rate shown to some decimals, and with what is known below it.

    `scale` is 100 for a percentage; `denominators` are the lowest and the highest possible; of a
    share, the numerator is no more than the denominator. Where more than `tries` counts agree,
    only the ends are told.
    """
    _check(rate, scale)
    low, high = _span(rate, decimals)
    least, most = max(math.ceil(denominators[0]), 1), denominators[1]
    n_low = max(math.ceil(low * least / scale - HAIR), 0)
    n_high = math.floor(high * most / scale + HAIR) if most < math.inf else math.inf
    n_high = min(n_high, most) if is_share else n_high
    if n_high - n_low > tries:
        return Behind(-1, n_low, n_high, least, most)
    n = np.arange(n_low, n_high + 1, dtype=np.float64)
    first, last = _denominators(n, low, high, scale)
    first = np.maximum(first, np.maximum(n, least) if is_share else least)
    return _behind(n, first, np.minimum(last, math.floor(most) if most < math.inf else most))


def _denominators(n: Floats, low: float, high: float, scale: float) -> tuple[Floats, Floats]:
    """The whole denominators with which these numerators give a rate from low to high."""
    first = np.ceil(scale * n / high - HAIR)
    if low <= 0:
        return first, np.full(len(n), np.inf)
    return first, np.floor(scale * n / low + HAIR)


def _check(value: float, scale: float) -> None:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"A rate of {value} has no counts behind it.")
    if not scale > 0:
        raise ValueError("The scale must be positive: 100 for a percentage.")


def counts_behind_interval(
    value: float,
    lower: float,
    upper: float,
    decimals: int,
    *,
    scale: float = 100,
    method: Literal["wilson", "byar"] = "wilson",
    most: int = 1_000_000,
    tries: int = MOST_TRIED,
) -> Behind:
    """The counts that agree with a rate and its 95 % interval, all shown to the same decimals.

    Wilson's interval is for shares, Byar's (exact below 10 events) for rates of events. `most`
    is the highest denominator (Wilson) or number of events (Byar) that is thought of; where more
    than `tries` pairs might agree, only the ends are told.
    """
    spans = []
    for figure in (value, lower, upper):
        _check(figure, scale)
        low, high = _span(figure, decimals)
        spans.append((low / scale, high / scale))
    return _wilson(spans, most, tries) if method == "wilson" else _events(spans, most)


def _wilson(spans: list[tuple[float, float]], most: int, tries: int) -> Behind:
    """Every share n / d whose own Wilson interval is shown like this one."""
    (low, high), *limits = spans
    d = _plausible(spans, most)
    first = np.maximum(np.ceil(d * low - HAIR), 0)
    last = np.minimum(np.floor(d * high + HAIR), d)
    choices = np.maximum(last - first + 1, 0).astype(np.int64)
    if choices.sum() > tries:
        return Behind(-1, float(first.min()), float(last.max()), float(d.min()), float(d.max()))
    before = np.repeat(np.cumsum(choices) - choices, choices)
    n = np.repeat(first, choices) + np.arange(choices.sum()) - before
    d = np.repeat(d, choices)
    middle = (n + Z * Z / 2) / (d + Z * Z)
    reach = Z / (d + Z * Z) * np.sqrt(n * (d - n) / d + Z * Z / 4)
    fits = np.ones(len(d), dtype=bool)
    for limit, (least, greatest) in zip((middle - reach, middle + reach), limits, strict=True):
        fits &= (limit >= least) & (limit <= greatest)
    return _behind(n[fits], d[fits], d[fits])


def _plausible(spans: list[tuple[float, float]], most: int) -> Floats:
    """The denominators worth a try: a limit L of a share p satisfies (p - L)² d = z² L (1 - L)."""
    (low, high), *limits = spans
    least, greatest = 1.0, float(most)
    for at, limit in enumerate(limits):
        a, b = max(limit[0], 0.0), min(limit[1], 1.0)
        spread = [a * (1 - a), b * (1 - b)]
        gaps = (low - b, high - a) if at == 0 else (a - high, b - low)
        if max(gaps) > 0:
            least = max(least, Z * Z * min(spread) / max(gaps) ** 2)
        if min(gaps) > 0:
            widest = 0.25 if a <= 0.5 <= b else max(spread)
            greatest = min(greatest, Z * Z * widest / min(gaps) ** 2)
    return np.arange(math.floor(least), math.ceil(greatest) + 1, dtype=np.float64)


def _events(spans: list[tuple[float, float]], most: int) -> Behind:
    """Every number of events, with the denominators that give this rate and these limits.

    Below 10 events limits may be exact ones, as is usual, or Byar's.
    """
    every = np.arange(most + 1, dtype=np.float64)
    n = np.concatenate([every, every[: intervals.FEW]])
    limits = [
        np.concatenate(ends)
        for ends in zip(
            intervals.byar(every), intervals.exact_poisson(every[: intervals.FEW]), strict=True
        )
    ]
    first, last = np.ones(len(n)), np.full(len(n), np.inf)
    for events, (low, high) in zip((n, *limits), spans, strict=True):
        first = np.maximum(first, np.ceil(events / high - HAIR))
        if low > 0:
            last = np.minimum(last, np.floor(events / low + HAIR))
    return _behind(n, first, last)
