"""How many decimals a value, its limits, a difference and a ratio have on a page."""

from __future__ import annotations

from evidencehub.domain.status import has_derived_limits

ONE_DECIMAL_RATIO = 1.95  # from here on a ratio has one decimal, below two


def choose_ci_decimals(
    decimals: int | None, ci_lower: float | None, ci_upper: float | None, derived: str | None
) -> int | None:
    """Return the decimals of the limits of a value: as published, or those of the value.

    `derived` names the columns that the hub computed: limits that it computed itself are no more
    exact than the value is.
    """
    if has_derived_limits(derived):
        return None if decimals is None else int(decimals)
    limits = [limit for limit in (ci_lower, ci_upper) if limit is not None]
    printed_decimals = [len(f"{limit:.6g}".partition(".")[2]) for limit in limits]
    return find_max_decimals(decimals, *printed_decimals)


def choose_ratio_decimals(ratio: float | None, decimals: int | None = None) -> int:
    """Return 1 for 4.7 times as high, but 2 for 1.06 times: small ratios must differ from 1.

    Never more than `decimals`, those that the two values bear out.
    """
    by_size = 1 if ratio is not None and ratio >= ONE_DECIMAL_RATIO else 2
    return by_size if decimals is None else min(by_size, decimals)


def has_rounding_range(ratio_min: float | None, ratio_max: float | None, decimals: int) -> bool:
    """Return whether the ratios that rounding allows differ when written with so many decimals."""
    bounds = (ratio_min, ratio_max)
    return len({f"{bound:.{decimals}f}" for bound in bounds if bound is not None}) > 1


def find_max_decimals(*decimals: int | None) -> int | None:
    """Return the most decimals of several numbers; None if none of them states any."""
    return max((count for count in decimals if count is not None), default=None)


def find_min_decimals(*decimals: int | None) -> int | None:
    """Return the decimals of a difference of two values: those of the rounder one."""
    return min((count for count in decimals if count is not None), default=None)


def classify_gap_direction(difference: float | None, ratio: float | None) -> str:
    """Return how a value stands to the reference: higher, lower, same; empty if not known."""
    if difference is None and ratio is None:
        return ""
    gap = difference if difference is not None else (ratio or 0.0) - 1.0
    return "higher" if gap > 0 else "lower" if gap < 0 else "same"
