"""Measures of how far the groups lie from their mean, from the best group or from a reference.

The functions that give a plain estimate also work on simulated figures, which have one more axis.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidencehub.inequality import best_group
from evidencehub.inequality.block import (
    FormulaResult,
    StrataBlock,
    any_group,
    max_over_groups,
    min_over_groups,
    sum_over_groups,
    take_column,
)
from evidencehub.inequality.strata import CodeArray, Floats, MissingReason


def between_group_variance(block: StrataBlock) -> FormulaResult:
    """Between-group variance: the mean squared distance from the mean, weighted by population.

    The standard error is that of Ahn and others (2018). Errors of the figures make the
    variance itself larger, so that equal groups seldom give zero.
    """
    return FormulaResult(_variance(block), np.sqrt(_variance_of_variance(block)))


def estimate_standard_deviation(block: StrataBlock) -> Floats:
    """Between-group standard deviation: the root of the between-group variance."""
    return np.sqrt(_variance(block))


def estimate_coefficient_of_variation(block: StrataBlock) -> Floats:
    """Between-group standard deviation in percent of the mean."""
    return 100 * estimate_standard_deviation(block) / block.mean


GroupFigure = Callable[[StrataBlock], Floats]
"""A figure of each stratum that those of its groups are compared with."""


def mean_difference(block: StrataBlock, figure: GroupFigure) -> Floats:
    """Mean distance of the groups from a figure of the stratum, every group counting the same."""
    return _mean_distance(block, figure, block.is_included / block.group_count)


def mean_difference_weighted(block: StrataBlock, figure: GroupFigure) -> Floats:
    """Mean distance of the groups from a figure of the stratum, weighted by population."""
    return _mean_distance(block, figure, block.share)


def _mean_distance(block: StrataBlock, figure: GroupFigure, weight: Floats) -> Floats:
    distance = block.estimate - figure(block)
    return sum_over_groups(weight, np.abs(distance, out=distance))


def select_mean(block: StrataBlock) -> Floats:
    return block.mean


def mean_difference_from_best(block: StrataBlock) -> FormulaResult:
    """Mean distance of the groups from the best one, every group counting the same.

    The best figure is the highest where higher is better, else the lowest. Chance decides in part
    which group that is, and so makes the distance larger; the limits take account of it.
    """
    return _difference_from_best(block, block.is_included / block.group_count)


def mean_difference_from_best_weighted(block: StrataBlock) -> FormulaResult:
    """Mean distance of the groups from the best one, weighted by population."""
    return _difference_from_best(block, block.share)


def _difference_from_best(block: StrataBlock, weight: Floats) -> FormulaResult:
    figure, is_included = block.estimate, block.is_included
    best = np.where(
        block.favourable, max_over_groups(figure, is_included), min_over_groups(figure, is_included)
    )
    limits = best_group.distance_limits(block, weight)
    estimate = np.asarray((weight * np.abs(figure - best)).sum(axis=0))
    return FormulaResult(estimate, lower=limits.lower, upper=limits.upper)


def select_reference(block: StrataBlock) -> Floats:
    """The figure of the reference group, which counts among the groups itself."""
    return take_column(block.reference, values=block.estimate)


def index_of_disparity(
    block: StrataBlock, difference: Callable[[StrataBlock, GroupFigure], Floats]
) -> Floats:
    """Mean distance from the mean in percent of the mean.

    Pearcy and Keppel (2002), with the mean in the place of their reference.
    """
    return 100 * difference(block, select_mean) / block.mean


def theil_index(block: StrataBlock) -> FormulaResult:
    """Theil index (Theil 1967), times 1000. A figure of zero adds nothing, as in the limit.

    The standard error is by the delta method and times 1000 like the estimate. The WHO package
    does not multiply it, so that its interval is a thousand times too narrow; it also puts
    0.000001 in the place of zero.
    """
    ratio = _ratio_to_mean(block, zero_replacement=0.0)
    log = np.log(np.where(ratio > 0, ratio, 1.0))
    terms = block.share * ratio * log
    slope = 1 + log - (block.share * ratio * (1 + log)).sum(axis=0)
    zero = block.is_included & (ratio == 0)
    slope = np.where(zero & (block.se > 0), np.nan, np.where(zero, 0.0, slope))
    codes = _zero_value_reason(block, MissingReason.ZERO_INTERVAL)
    return FormulaResult(
        1000 * terms.sum(axis=0), _entropy_se(block, slope), missing_interval_reason=codes
    )


def mean_log_deviation(block: StrataBlock) -> FormulaResult:
    """Mean log deviation (Theil 1967), times 1000. It is not defined where a figure is zero.

    The standard error is by the delta method and times 1000 like the estimate. The WHO package
    does not multiply it, so that its interval is a thousand times too narrow; it also puts
    0.000001 in the place of zero, and the result then hangs on that number and on the unit.
    """
    result = _log_deviation(block, zero_replacement=0.0)
    return FormulaResult(
        result.estimate,
        result.se,
        missing_reason=_zero_value_reason(block, MissingReason.ZERO_LOGARITHM),
    )


def theil_index_who(block: StrataBlock) -> FormulaResult:
    """Theil index with 0.000001 in the place of zero; the standard error is ours."""
    ratio = _ratio_to_mean(block, zero_replacement=1e-6)
    log = np.log(ratio)
    slope = 1 + log - (block.share * ratio * (1 + log)).sum(axis=0)
    return FormulaResult(1000 * (block.share * ratio * log).sum(axis=0), _entropy_se(block, slope))


def mean_log_deviation_who(block: StrataBlock) -> FormulaResult:
    """Mean log deviation with 0.000001 in the place of zero; the standard error is ours."""
    return _log_deviation(block, zero_replacement=1e-6)


def _log_deviation(block: StrataBlock, *, zero_replacement: float) -> FormulaResult:
    ratio = _ratio_to_mean(block, zero_replacement=zero_replacement)
    estimate: Floats = -1000 * (block.share * np.log(ratio)).sum(axis=0)
    return FormulaResult(estimate, _entropy_se(block, 1 - 1 / ratio))


def _ratio_to_mean(block: StrataBlock, *, zero_replacement: float) -> Floats:
    """Figures divided by their mean; 1, which adds nothing, for groups that do not count."""
    figure = np.where(block.estimate == 0, zero_replacement, block.estimate)
    return np.where(block.is_included, figure / block.mean, 1.0)


def _entropy_se(block: StrataBlock, derivative: Floats) -> Floats:
    of_mean: Floats = np.sqrt(((derivative * block.share * block.se) ** 2).sum(axis=0))
    return 1000 * of_mean / block.mean


def _zero_value_reason(block: StrataBlock, reason: MissingReason) -> CodeArray:
    has_zero = any_group(block.is_included & (block.estimate == 0))
    return np.where(has_zero, np.uint8(reason), np.uint8(0))


def _variance(block: StrataBlock) -> Floats:
    distance = block.estimate - block.mean
    return sum_over_groups(block.share, np.square(distance, out=distance))


def _variance_of_variance(block: StrataBlock) -> Floats:
    share, error = block.share, block.se**2
    linear_term = (share**2 * error * (block.estimate - block.mean) ** 2).sum(axis=0)
    squared_term = (share**2 * error).sum(axis=0) ** 2
    group_term = (share**2 * (1 - 2 * share) * error**2).sum(axis=0)  # p²(1-p)² - p⁴
    return np.asarray(4 * linear_term + 2 * (squared_term + group_term))
