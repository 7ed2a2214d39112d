"""What is known of one published observation: its value, its limits, its error; slow and plain.

Nothing here is shared with the hub's own code. Exact limits come from scipy, and the limits of a
ratio are found by halving an interval, where the hub solves a quadratic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from scipy import stats

SHARES = ("percentage", "proportion")
RATES = (*SHARES, "rate")
HALVINGS = 200
Row = Mapping[str, Any]
Limits = tuple[float, float]


@dataclass(frozen=True)
class ReferenceFigure:
    """A value with its limits and its standard error, None where they are not known."""

    value: float
    limits: Limits | None
    se: float | None
    population: float | None


def z_of(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 200)


def limit_share(count: float, total: float, z: float) -> Limits:
    """Wilson's limits, as the roots of (p - x/n)² = z² p (1 - p) / n."""
    a, b, c = 1 + z**2 / total, 2 * count / total + z**2 / total, (count / total) ** 2
    root = math.sqrt(max(b**2 - 4 * a * c, 0))
    return (b - root) / (2 * a), (b + root) / (2 * a)


def limit_events(count: float, level: float) -> Limits:
    """Exact limits below 10 events, Byar's from 10 on."""
    tail, z = (1 - level / 100) / 2, z_of(level)
    if count < 10:
        low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
        return float(low), float(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2)
    high = count + 1
    return (
        count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3,
        high * (1 - 1 / (9 * high) + z / (3 * math.sqrt(high))) ** 3,
    )


def limit_counts(row: Row, value_type: str, scale: float, reach: float) -> Limits:
    """The limits of a count, from the lowest and the highest that it may have been rounded from."""
    count, total = row["numerator"], row["denominator"]
    lowest, highest = max(count - reach, 0), count + reach
    if value_type in SHARES:
        low = limit_share(lowest, total, z_of(95))[0]
        return scale * low, scale * limit_share(min(highest, total), total, z_of(95))[1]
    return scale * limit_events(lowest, 95)[0] / total, scale * limit_events(highest, 95)[1] / total


def read_figure(row: Row, indicator: Row, reach: float = 0) -> ReferenceFigure:
    """Return what an observation says, unrounded where its own counts give its value.

    `reach` is how far a true count may lie from the published one. Of readings and contacts, of
    which one person may have many, the counts give no limits.
    """
    value, value_type = row["value"], indicator["value_type"]
    scale = indicator["scale"] or (100.0 if value_type == "percentage" else 1.0)
    decimals = row["decimals"] if row["decimals"] is not None else indicator["decimals"]
    if decimals is None:
        decimals = len(f"{value:.12f}".rstrip("0").partition(".")[2])
    half_unit = 0.5 * 10**-decimals
    is_crude = (indicator["standardisation"] or "").startswith(("crude", "none"))
    numerator, denominator = row["numerator"], row["denominator"]
    counted = None
    if is_crude and value_type in RATES and not row["adjustment"]:
        if numerator is not None and denominator:
            counted = scale * numerator / denominator
        if counted is not None and abs(counted - value) > half_unit * (1 + 1e-6):
            counted = None
    is_independent = indicator["unit_of_count"] not in ("reading", "contact")
    by_counts = limit_counts(row, value_type, scale, reach) if counted is not None else None
    by_source = _read_stated_limits(row, value_type)
    by_error = None if row["se"] is None else _read_symmetric_limits(row, value_type, scale)
    is_derived = "ci_lower" in (row["derived"] or "").split(";")
    agrees = (
        by_counts is not None
        and is_independent
        and (
            is_derived
            or by_source is None
            or all(
                abs(s - c) <= half_unit * (1 + 1e-6)
                for s, c in zip(by_source, by_counts, strict=True)
            )
        )
    )
    limits = by_counts if agrees else by_source or by_error
    exact = value if counted is None else counted
    if limits is not None:
        limits = min(limits[0], exact), max(limits[1], exact)
    population = row["population"]
    if population is None and is_crude:
        population = denominator
    is_exact = agrees and not reach
    se = _find_error(row, value_type, scale, by_counts if agrees else None, by_source, is_exact)
    return ReferenceFigure(exact, limits, se, population)


def _read_stated_limits(row: Row, value_type: str) -> Limits | None:
    value, lower, upper = row["value"], row["ci_lower"], row["ci_upper"]
    if lower is None or upper is None:
        return None
    factor = z_of(95) / z_of(row["ci_level"] or 95)
    low, high = value - factor * (value - lower), value + factor * (upper - value)
    return (max(low, min(lower, 0)) if value_type in RATES else low), high


def _read_symmetric_limits(row: Row, value_type: str, scale: float) -> Limits:
    low, high = (row["value"] + sign * z_of(95) * row["se"] for sign in (-1, 1))
    low = max(low, 0) if value_type in RATES else low
    return low, min(high, scale) if value_type in SHARES else high


def _find_error(
    row: Row,
    value_type: str,
    scale: float,
    by_counts: Limits | None,
    by_source: Limits | None,
    is_exact: bool,
) -> float | None:
    if row["se"] is not None:
        return float(row["se"])
    if is_exact:
        share = row["numerator"] / row["denominator"]
        spread = share if value_type == "rate" else share * (1 - share)
        if spread > 0:
            return scale * math.sqrt(spread / row["denominator"])
    limits = by_counts or by_source
    return None if limits is None else (limits[1] - limits[0]) / (2 * z_of(95))


def limit_difference(first: ReferenceFigure, second: ReferenceFigure) -> Limits | None:
    """Newcombe's way: each side's distance to its own limit stands for its error."""
    if first.limits is None or second.limits is None:
        return None
    difference = first.value - second.value
    low = math.hypot(first.value - first.limits[0], second.limits[1] - second.value)
    high = math.hypot(first.limits[1] - first.value, second.value - second.limits[0])
    return difference - low, difference + high


def limit_ratio(first: ReferenceFigure, second: ReferenceFigure) -> Limits | None:
    """The ratios R at which a limit of `first - R second` is zero; infinite where none is."""
    if first.limits is None or second.limits is None:
        return None
    x, (x_low, x_high) = first.value, first.limits
    y, (y_low, y_high) = second.value, second.limits
    x_low, y_low = max(x_low, 0), max(y_low, 0)

    def lower_limit(ratio: float) -> float:
        return x - ratio * y - math.hypot(x - x_low, ratio * (y_high - y))

    def upper_limit(ratio: float) -> float:
        return x - ratio * y + math.hypot(x_high - x, ratio * (y - y_low))

    low = _halve(lower_limit) if lower_limit(0) > 0 else 0.0
    return low, _halve(upper_limit) if y_low > 0 else math.inf


def _halve(function: Callable[[float], float]) -> float:
    """Return where a falling function that is above 0 at 0 crosses it."""
    low, high = 0.0, 1.0
    while function(high) > 0:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return low
