"""Numbers that findings state: which ones published figures allow, and whether one is of them.

Published figures are rounded, so what follows from them is a range. A stated number is rounded
too. A claim holds where both ranges meet: 228 to 64 gives 3.53 to 3.60, and “3.5 times” is true
of some of that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Verdict = Literal["equal", "within-rounding", "mismatch", "not-computable"]
_SLACK = 1e-9  # relative; sums of decimals are not exact


class Figure(NamedTuple):
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


class Range(NamedTuple):
    """From the lowest to the highest number that the figures allow; `best` follows from them."""

    lowest: float
    best: float
    highest: float


def allowed(figure: Figure) -> Range:
    """What a figure may be before it was rounded: its counts settle it where they agree with it."""
    half = 0.0 if figure.decimals is None else 0.5 * 10.0**-figure.decimals
    if figure.numerator is not None and figure.denominator:
        exact = figure.scale * figure.numerator / figure.denominator
        if abs(exact - figure.value) <= half + _SLACK * abs(exact):
            return Range(exact, exact, exact)
    return Range(figure.value - half, figure.value, figure.value + half)


def recomputed(measure: str, figure: Figure, reference: Figure | None) -> Range | None:
    """The value, or difference from or ratio to the reference; None where it is not defined."""
    a = allowed(figure)
    if measure == "value":
        return a
    if reference is None:
        return None
    b = allowed(reference)
    if measure == "difference":
        return Range(a.lowest - b.highest, a.best - b.best, a.highest - b.lowest)
    if b.lowest <= 0 or a.best < 0:
        return None
    return Range(max(a.lowest, 0.0) / b.highest, a.best / b.best, a.highest / b.lowest)


def judge(stated: float, decimals: int, found: Range | None) -> Verdict:
    """Whether a number stated with so many decimals is one that the figures allow.

    equal: they allow no number that would be rounded to another; within-rounding: they allow
    this one and others; mismatch: they do not allow it.
    """
    if found is None:
        return "not-computable"
    half = 0.5 * 10.0**-decimals + _SLACK * max(1.0, abs(stated))
    if stated - half <= found.lowest and found.highest <= stated + half:
        return "equal"
    if stated - half <= found.highest and found.lowest <= stated + half:
        return "within-rounding"
    return "mismatch"
