"""How a number is written: with no more digits than it has, and a whole one without a point."""

from __future__ import annotations

EXACT_DIGITS = 15
"""A decimal number of so many digits is the same after it was stored; what follows is noise."""


def tidy_number(number: float) -> float | int:
    """Return a finite number without the noise of arithmetic, as an integer if it is whole.

    No digit is lost that anybody published.

    >>> tidy_number(0.1 + 0.2), tidy_number(217.0), tidy_number(-0.0), tidy_number(1.5e300)
    (0.3, 217, 0, 1.5e+300)
    """
    exact = float(f"{number:.{EXACT_DIGITS}g}")
    return int(exact) if exact.is_integer() and abs(exact) < 10**EXACT_DIGITS else exact
