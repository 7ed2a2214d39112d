"""Measures of how far the groups lie from their mean, from the best group or from a reference.

The functions that give a plain estimate also work on simulated figures, which have one more axis.
"""

from __future__ import annotations

import numpy as np

from evidencehub.measures.block import Block, Found, at, highest, lowest, some
from evidencehub.measures.strata import Codes, Floats, Why


def variance(block: Block) -> Found:
    """Between-group variance: the mean squared distance from the mean, weighted by population.

    The standard error is that of Ahn and others (2018). Errors of the figures make the
    variance itself larger, so that equal groups seldom give zero.
    """
    return Found(_variance(block), np.sqrt(_variance_of_variance(block)))


def standard_deviation(block: Block) -> Found:
    """Between-group standard deviation: the root of the between-group variance.

    Its standard error follows from that of the variance by the delta method. It is given where
    the variance is at least twice its own standard error, and not otherwise: near zero the root
    is not close to a line.
    """
    deviation = between_sd(block)
    se = np.sqrt(_variance_of_variance(block)) / (2 * deviation)
    return _unless_near_zero(block, deviation, se)


def coefficient_of_variation(block: Block) -> Found:
    """Between-group standard deviation in percent of the mean.

    Its standard error is by the delta method, from the errors of the deviation and of the
    mean and from how these go together; it is given where that of the deviation is.
    """
    deviation, mean = between_sd(block), block.mean
    weighted = block.share * block.se
    of_deviation = _variance_of_variance(block) / (4 * deviation**2)
    of_mean = (weighted**2).sum(axis=0)
    together = (weighted**2 * (block.figure - mean)).sum(axis=0) / deviation
    relative = deviation / mean
    squared = (of_deviation + relative**2 * of_mean - 2 * relative * together) / mean**2
    return _unless_near_zero(block, between_cov(block), 100 * np.sqrt(np.maximum(squared, 0)))


def _unless_near_zero(block: Block, estimate: Floats, se: Floats) -> Found:
    near = _variance(block) < 2 * np.sqrt(_variance_of_variance(block))
    near |= estimate == 0
    codes: Codes = np.where(near, np.uint8(Why.NEAR_ZERO), np.uint8(0))
    return Found(estimate, np.where(near, np.nan, se), no_interval=codes)


def between_sd(block: Block) -> Floats:
    return np.sqrt(_variance(block))


def between_cov(block: Block) -> Floats:
    return 100 * between_sd(block) / block.mean


def mean_difference_from_mean(block: Block) -> Floats:
    """Mean distance of the groups from the mean, every group counting the same."""
    return _unweighted(block, block.mean)


def mean_difference_from_mean_weighted(block: Block) -> Floats:
    """Mean distance from the mean, weighted by population."""
    return _weighted(block, block.mean)


def mean_difference_from_best(block: Block) -> Floats:
    """Mean distance from the best group: the highest where higher is better, else the lowest.

    Chance decides in part which group is best, and so makes this larger.
    """
    return _unweighted(block, _best(block))


def mean_difference_from_best_weighted(block: Block) -> Floats:
    """Mean distance from the best group, weighted by population."""
    return _weighted(block, _best(block))


def mean_difference_from_reference(block: Block) -> Floats:
    """Mean distance from the reference group, which counts among the groups itself."""
    return _unweighted(block, at(block.reference, of=block.figure))


def mean_difference_from_reference_weighted(block: Block) -> Floats:
    """Mean distance from the reference group, weighted by population."""
    return _weighted(block, at(block.reference, of=block.figure))


def index_of_disparity(block: Block) -> Floats:
    """Mean distance from the mean in percent of the mean, every group counting the same."""
    return 100 * _unweighted(block, block.mean) / block.mean


def index_of_disparity_weighted(block: Block) -> Floats:
    """Mean distance from the mean in percent of the mean, weighted by population."""
    return 100 * _weighted(block, block.mean) / block.mean


def theil(block: Block) -> Found:
    """Theil index, times 1000. A group whose figure is zero adds nothing, as in the limit.

    The standard error is by the delta method and times 1000 like the estimate. The WHO package
    does not multiply it, so that its interval is a thousand times too narrow; it also puts
    0.000001 in the place of zero.
    """
    ratio = _ratio_to_mean(block, zero=0.0)
    log = np.log(np.where(ratio > 0, ratio, 1.0))
    terms = block.share * ratio * log
    slope = 1 + log - (block.share * ratio * (1 + log)).sum(axis=0)
    zero = block.used & (ratio == 0)
    slope = np.where(zero & (block.se > 0), np.nan, np.where(zero, 0.0, slope))
    codes = _zero(block, Why.ZERO_INTERVAL)
    return Found(1000 * terms.sum(axis=0), _per_mille(block, slope), no_interval=codes)


def mean_log_deviation(block: Block) -> Found:
    """Mean log deviation, times 1000. It is not defined where a figure is zero.

    The standard error is by the delta method and times 1000 like the estimate. The WHO package
    does not multiply it, so that its interval is a thousand times too narrow; it also puts
    0.000001 in the place of zero, and the result then hangs on that number and on the unit.
    """
    found = _log_deviation(block, zero=0.0)
    return Found(found.estimate, found.se, why=_zero(block, Why.ZERO_LOGARITHM))


def theil_who(block: Block) -> Found:
    """Theil index with 0.000001 in the place of zero; the standard error is ours."""
    ratio = _ratio_to_mean(block, zero=1e-6)
    log = np.log(ratio)
    slope = 1 + log - (block.share * ratio * (1 + log)).sum(axis=0)
    return Found(1000 * (block.share * ratio * log).sum(axis=0), _per_mille(block, slope))


def mean_log_deviation_who(block: Block) -> Found:
    """Mean log deviation with 0.000001 in the place of zero; the standard error is ours."""
    return _log_deviation(block, zero=1e-6)


def _log_deviation(block: Block, *, zero: float) -> Found:
    ratio = _ratio_to_mean(block, zero=zero)
    estimate: Floats = -1000 * (block.share * np.log(ratio)).sum(axis=0)
    return Found(estimate, _per_mille(block, 1 - 1 / ratio))


def _ratio_to_mean(block: Block, *, zero: float) -> Floats:
    """Figures divided by their mean; 1, which adds nothing, for groups that do not count."""
    figure = np.where(block.figure == 0, zero, block.figure)
    return np.where(block.used, figure / block.mean, 1.0)


def _per_mille(block: Block, slope: Floats) -> Floats:
    of_mean: Floats = np.sqrt(((slope * block.share * block.se) ** 2).sum(axis=0))
    return 1000 * of_mean / block.mean


def _zero(block: Block, why: Why) -> Codes:
    found = some(block.used & (block.figure == 0))
    codes: Codes = np.where(found, np.uint8(why), np.uint8(0))
    return codes


def _variance(block: Block) -> Floats:
    total: Floats = (block.share * (block.figure - block.mean) ** 2).sum(axis=0)
    return total


def _variance_of_variance(block: Block) -> Floats:
    share, error = block.share, block.se**2
    first = (share**2 * error * (block.figure - block.mean) ** 2).sum(axis=0)
    both = (share**2 * error).sum(axis=0) ** 2
    own = (share**2 * (1 - 2 * share) * error**2).sum(axis=0)  # p²(1-p)² - p⁴
    total: Floats = 4 * first + 2 * (both + own)
    return total


def _best(block: Block) -> Floats:
    figure, used = block.figure, block.used
    return np.where(block.favourable, highest(figure, used), lowest(figure, used))


def _unweighted(block: Block, origin: Floats) -> Floats:
    distance = np.where(block.used, np.abs(block.figure - origin), 0.0)
    total: Floats = distance.sum(axis=0) / block.groups
    return total


def _weighted(block: Block, origin: Floats) -> Floats:
    total: Floats = (block.share * np.abs(block.figure - origin)).sum(axis=0)
    return total
