"""Whether the groups of a stratum differ at all: a test beside each measure of inequality."""

from __future__ import annotations

import numpy as np

from evidencehub.inequality.block import StrataBlock
from evidencehub.inequality.group_limits import measure_distances
from evidencehub.inequality.strata import Floats
from evidencehub.stats.chi_square import chi_square_tail


def homogeneity_p(block: StrataBlock) -> Floats:
    """Return the p-value of “all groups have one and the same true figure”, (N,).

    Cochran's Q (1954): the squared distances of the figures from their mean, each in units of its
    own error, beside chi-square with one degree of freedom less than groups. The mean weighs
    each figure by the inverse of its squared error. An error is the distance of the figure to its
    own limit on the side of the mean, so that counts of nobody have one and asymmetric limits
    keep theirs. NaN where some group has no limits, and with fewer than two groups.
    """
    distances = measure_distances(block)
    half_width = (distances.below + distances.above) / 2
    weight = np.where(block.is_included, 1 / half_width**2, 0.0)
    base = block.estimate.max(axis=0)  # so that equal figures have that figure as their mean
    mean = base + (weight * (block.estimate - base)).sum(axis=0) / weight.sum(axis=0)
    distance = np.where(block.is_included, np.abs(block.estimate - mean), 0.0)
    error = np.where(block.estimate < mean, distances.above, distances.below) / block.z
    parts = np.where(distance == 0, 0.0, (distance / error) ** 2)
    statistic = np.where(
        (half_width > 0).all(axis=0, where=block.is_included), parts.sum(axis=0), np.nan
    )
    return chi_square_tail(statistic, np.maximum(block.group_count - 1, 0))
