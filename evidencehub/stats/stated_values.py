"""Numbers that findings state: which ones published figures allow, and whether one is of them.

Published figures are rounded, so what follows from them is a range. A stated number is rounded
too. A claim holds where both ranges meet: 228 to 64 gives 3.53 to 3.60, and “3.5 times” is true
of some of that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

ClaimVerdict = Literal["equal", "within-rounding", "mismatch", "not-computable"]
_RELATIVE_TOLERANCE = 1e-9  # relative; sums of decimals are not exact


class RoundedValue(NamedTuple):
    """A published figure: value, decimals it is published with, and its counts where known.

    `scale` is what numerator / denominator is multiplied by. Without decimals the value counts
    as exact.
    """

    value: float
    decimals: int | None
    numerator: float | None = None
    denominator: float | None = None
    scale: float = 1.0

    def __str__(self) -> str:
        """The figure as it is published: 2.1 (339 of 16011)."""
        value = (
            f"{self.value:.12g}"
            if self.decimals is None
            else f"{self.value:.{max(self.decimals, 0)}f}"
        )
        if self.numerator is None or self.denominator is None:
            return value
        return f"{value} ({self.numerator:.12g} of {self.denominator:.12g})"


class ValueRange(NamedTuple):
    """From the lowest to the highest number that the figures allow.

    `estimate` follows from them.
    """

    lower: float
    estimate: float
    upper: float


def value_before_rounding(value: RoundedValue) -> ValueRange:
    """What a figure may be before it was rounded: its counts settle it where they agree with it."""
    half = 0.0 if value.decimals is None else 0.5 * 10.0**-value.decimals
    if value.numerator is not None and value.denominator:
        exact = value.scale * value.numerator / value.denominator
        if abs(exact - value.value) <= half + _RELATIVE_TOLERANCE * abs(exact):
            return ValueRange(exact, exact, exact)
    return ValueRange(value.value - half, value.value, value.value + half)


def recompute_claim(
    measure: str, value: RoundedValue, reference: RoundedValue | None
) -> ValueRange | None:
    """The value, or difference from or ratio to the reference; None where it is not defined."""
    group_range = value_before_rounding(value)
    if measure == "value":
        return group_range
    if reference is None:
        return None
    b = value_before_rounding(reference)
    if measure == "difference":
        return ValueRange(
            group_range.lower - b.upper,
            group_range.estimate - b.estimate,
            group_range.upper - b.lower,
        )
    if b.lower <= 0 or group_range.estimate < 0:
        return None
    return ValueRange(
        max(group_range.lower, 0.0) / b.upper,
        group_range.estimate / b.estimate,
        group_range.upper / b.lower,
    )


def compare_with_stated(stated: float, decimals: int, computed: ValueRange | None) -> ClaimVerdict:
    """Whether a number stated with so many decimals is one that the figures allow.

    equal: they allow no number that would be rounded to another; within-rounding: they allow
    this one and others; mismatch: they do not allow it.
    """
    if computed is None:
        return "not-computable"
    half = 0.5 * 10.0**-decimals + _RELATIVE_TOLERANCE * max(1.0, abs(stated))
    if stated - half <= computed.lower and computed.upper <= stated + half:
        return "equal"
    if stated - half <= computed.upper and computed.lower <= stated + half:
        return "within-rounding"
    return "mismatch"
