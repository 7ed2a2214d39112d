"""The upper tail of the chi-square distribution, for whole degrees of freedom."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_erfc = np.frompyfunc(math.erfc, 1, 1)


def chi_square_tail(statistic: ArrayLike, degrees_of_freedom: ArrayLike) -> Floats:
    """Return the probability of a value above `statistic`, arrays of one shape; NaN for none.

    The incomplete gamma function Q(k/2, x/2) is elementary for whole k: it starts from exp(-x/2)
    or erfc of the root of x/2, and Q(a+1, y) = Q(a, y) + y^a exp(-y) / Γ(a+1) (NIST Digital
    Library of Mathematical Functions, 8.8.2). All terms are positive, so the far tail is exact.
    """
    x, k = np.broadcast_arrays(
        np.asarray(statistic, np.float64), np.asarray(degrees_of_freedom, np.float64)
    )
    is_defined = (x >= 0) & (k >= 1) & (k == np.floor(k))
    y = np.where(is_defined, x, 0.0) / 2
    is_even = k % 2 == 0
    root = np.sqrt(y)
    tail = np.where(is_even, np.exp(-y), np.asarray(_erfc(root), np.float64))
    order = np.where(is_even, 1.0, 0.5)
    with np.errstate(invalid="ignore"):  # infinity times nothing is nothing
        term = np.where(is_even, y, root / math.gamma(1.5)) * np.exp(-y)
        for _ in range(int(np.max(k, initial=1, where=is_defined)) // 2):
            tail = np.where(order < k / 2, tail + np.nan_to_num(term), tail)
            order = order + 1
            term = term * y / order
    return np.where(is_defined, np.minimum(tail, 1.0), np.nan)
