"""Distances of the mean from the best group, and limits that chance in its choice cannot spoil.

Which group is best is decided by the figures. The best of all is at least as good as any one
group, so the distance from a group that is fixed beforehand bounds that from the best below. The
lower limit is the greatest such bound, each at a level that leaves the given one to all together
(Bonferroni). It is 0, “no inequality”, wherever no group is clearly better than the mean.
The upper limit moves each figure to its own limits in turn and adds up the squares of what that
adds to the distance, as MOVER does (Zou and Donner 2008).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from evidencehub.inequality.block import StrataBlock, take_column
from evidencehub.inequality.group_limits import GroupDistances, measure_distances
from evidencehub.inequality.strata import Floats, Integers
from evidencehub.stats.intervals import ConfidenceLimits


def distance_limits(
    block: StrataBlock, weight: Floats, *, is_relative: bool = False
) -> ConfidenceLimits:
    """Return the limits of how far the weighted mean lies from the best figure, never below 0.

    With `is_relative` that is in percent of the mean. NaN where a group has no limits.
    """
    distances = measure_distances(block)
    inward, outward = _orient(block, distances)
    distance = _distances(block, weight, is_relative=is_relative)
    loss = _root_sum_of_changes(block, weight, inward, outward, is_relative=is_relative)
    bound = distance - _bonferroni_factor(block) * loss
    lower = np.where(block.is_included, bound, -np.inf).max(axis=0)
    largest = np.where(block.is_included, distance, -np.inf).max(axis=0)
    upper = largest + _gain_of_best(block, weight, distances, is_relative=is_relative)
    return ConfidenceLimits(np.maximum(lower, 0), upper)


def fixed_group_limits(
    block: StrataBlock, column: Integers, weight: Floats, *, is_relative: bool = False
) -> ConfidenceLimits:
    """Return the limits of how far the mean lies from one group, set to 0 where it is better."""
    inward, outward = _orient(block, measure_distances(block))
    distance, loss, gain = (
        take_column(column, values=values)
        for values in (
            _distances(block, weight, is_relative=is_relative),
            _root_sum_of_changes(block, weight, inward, outward, is_relative=is_relative),
            _root_sum_of_changes(block, weight, -outward, -inward, is_relative=is_relative),
        )
    )
    return ConfidenceLimits(np.maximum(distance - loss, 0), np.maximum(distance + gain, 0))


def _sign(block: StrataBlock) -> Floats:
    """1 where the best figure is the lowest, -1 where it is the highest."""
    return np.where(block.favourable, -1.0, 1.0)


def _orient(block: StrataBlock, distances: GroupDistances) -> tuple[Floats, Floats]:
    """Return each group's way to the limit on the better and on the worse side."""
    better = np.where(block.favourable, distances.above, distances.below)
    worse = np.where(block.favourable, distances.below, distances.above)
    return better, worse


def _distances(block: StrataBlock, weight: Floats, *, is_relative: bool) -> Floats:
    """How far the mean lies on the worse side of each group, (G, N)."""
    mean = (weight * block.estimate).sum(axis=0)
    distance = _sign(block) * (mean - block.estimate)
    return np.asarray(100 * distance / mean if is_relative else distance)


def _root_sum_of_changes(
    block: StrataBlock, weight: Floats, better: Floats, worse: Floats, *, is_relative: bool
) -> Floats:
    """How much nearer the mean comes to each group where every figure moves against it, (G, N).

    Each other group moves by `better`, which draws the mean with it, the group itself by `worse`.
    Each is moved alone, and the squares of the changes are added.
    """
    if not is_relative:
        of_mean, itself = weight * better, (1 - weight) * worse
        return np.asarray(np.sqrt(np.maximum((of_mean**2).sum(axis=0) - of_mean**2, 0) + itself**2))
    mean, sign = (weight * block.estimate).sum(axis=0), _sign(block)
    of_mean = 1 / (mean - sign * weight * better) - 1 / mean
    moved = (block.estimate + sign * worse) / (mean + sign * weight * worse)
    squares = block.estimate**2 * np.maximum((of_mean**2).sum(axis=0) - of_mean**2, 0)
    return np.asarray(100 * np.sqrt(squares + (moved - block.estimate / mean) ** 2))


def _gain_of_best(
    block: StrataBlock, weight: Floats, distances: GroupDistances, *, is_relative: bool
) -> Floats:
    """What is added to the distance from the best where each figure moves to a limit in turn."""
    sign = _sign(block)
    oriented = np.where(block.is_included, sign * block.estimate, np.inf)
    lowest = oriented.min(axis=0)
    is_lowest = oriented == lowest
    next_lowest = np.where(is_lowest, np.inf, oriented).min(axis=0)
    # of two alike each has the other beside it
    next_lowest = np.where(is_lowest.sum(axis=0) > 1, lowest, next_lowest)
    best_of_others = np.where(is_lowest, next_lowest, lowest)
    mean = (weight * block.estimate).sum(axis=0)
    largest = _of_mean(sign * mean - lowest, mean, is_relative=is_relative)
    gain = np.zeros_like(block.estimate)
    for step in (-distances.below, distances.above):
        moved_mean = mean + weight * step
        best = np.minimum(oriented + sign * step, best_of_others)
        moved = _of_mean(sign * moved_mean - best, moved_mean, is_relative=is_relative)
        gain = np.maximum(gain, np.where(block.is_included, moved - largest, 0.0))
    return np.asarray(np.sqrt((gain**2).sum(axis=0)))


def _of_mean(distance: Floats, mean: Floats, *, is_relative: bool) -> Floats:
    return 100 * distance / mean if is_relative else distance


def _bonferroni_factor(block: StrataBlock) -> Floats:
    """How many times further a limit lies where any of the groups may be the one that counts."""
    normal = NormalDist()
    tail = normal.cdf(-block.z)
    counts, inverse = np.unique(block.group_count, return_inverse=True)
    factors = [-normal.inv_cdf(tail / max(count, 1)) / block.z for count in counts.tolist()]
    return np.array(factors)[inverse].reshape(block.group_count.shape)
