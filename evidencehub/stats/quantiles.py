"""Quantiles of three distributions, to the last digits that a double holds.

They are asked for few distinct arguments (levels, small counts, sample sizes), so each answer
is found once by halving an interval around it, and remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_MAX_TERMS = 10_000


@lru_cache(maxsize=100)
def z_for_level(level: float) -> float:
    """How many standard errors an interval of `level` (0.95, say) reaches to either side.

    Raises ValueError for a level that is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"“level” is {level}. Use a number between 0 and 1, such as 0.95.")
    return NormalDist().inv_cdf(0.5 + level / 2)


@lru_cache(maxsize=10_000)
def gamma_quantile(shape: float, probability: float) -> float:
    """The quantile of the gamma distribution with scale 1, for a shape of at most about 100."""
    return _bisect(lambda x: _gamma_cdf(shape, x) < probability, shape + 1)


@lru_cache(maxsize=10_000)
def student_quantile(degrees_of_freedom: float, probability: float) -> float:
    """The quantile of Student's t distribution, for a probability above one half.

    From 10,000 degrees of freedom on by its expansion around the normal quantile (Abramowitz
    and Stegun 1964, 26.7.5), which is then the more exact of the two.
    """
    if degrees_of_freedom > 10_000:
        z = NormalDist().inv_cdf(probability)
        terms = (
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        )
        return z + sum(
            term / degrees_of_freedom**power for power, term in enumerate(terms, start=1)
        )
    quantile = _bisect(lambda t: 1 - _student_tail(degrees_of_freedom, t) < probability, 2.0)
    # with hardly any freedom the quantile is larger than the numbers it is looked for among
    return quantile if quantile * quantile < math.inf else math.inf


def _bisect(is_below: Callable[[float], bool], high: float) -> float:
    """Where `is_below` turns from true to false, above 0."""
    low = 0.0
    while is_below(high):
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high


def _gamma_cdf(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function P(shape, x).

    Its power series (NIST Digital Library of Mathematical Functions, 8.7.1), whose terms are all
    positive; it stops when a term no longer changes the sum of doubles.
    """
    if x <= 0:
        return 0.0
    term = total = 1 / shape
    step = shape
    while term > total * 1e-17:
        step += 1
        term *= x / step
        total += term
    return math.exp(shape * math.log(x) - x - math.lgamma(shape)) * total


def _student_tail(degrees_of_freedom: float, t: float) -> float:
    """The probability of a value above `t`, which is positive."""
    x = degrees_of_freedom / (degrees_of_freedom + t * t)
    return (
        _beta_cdf(
            degrees_of_freedom / 2,
            0.5,
            x,
            1 - x if x < 0.5 else t * t / (degrees_of_freedom + t * t),
        )
        / 2
    )


def _beta_cdf(a: float, b: float, x: float, one_minus_x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    `one_minus_x` is 1 - x without loss of digits. By its continued fraction (NIST Digital Library
    of Mathematical Functions, 8.17.22), and by the symmetry I_x(a, b) = 1 - I_{1-x}(b, a)
    (8.17.4) where the fraction would converge slowly.
    """
    if x <= 0 or one_minus_x <= 0:
        return float(one_minus_x <= 0)
    front = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * (math.log(one_minus_x) if one_minus_x < 0.5 else math.log1p(-x))
    )
    # below this point the fraction converges in about the square root of max(a, b) steps
    if x < (a + 1) / (a + b + 2):
        return front * _beta_continued_fraction(a, b, x) / a
    return 1 - front * _beta_continued_fraction(b, a, one_minus_x) / b


def _beta_continued_fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function at `x`.

    Evaluated from the front by the modified Lentz method (Lentz 1976; Thompson and Barnett 1986):
    `c` and `d` are ratios of successive numerators and denominators, kept away from zero. The
    coefficients are those of DLMF 8.17.23.
    """
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_TERMS):
        even_coefficient = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd_coefficient = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in (even_coefficient, odd_coefficient):
            d = 1 / _away_from_zero(1 + numerator * d)
            c = _away_from_zero(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def _away_from_zero(value: float) -> float:
    """The value, kept away from zero."""
    return value if abs(value) > _TINY else _TINY
