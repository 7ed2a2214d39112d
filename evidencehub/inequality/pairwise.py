"""Difference and ratio of two groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evidencehub.inequality.block import FormulaResult, StrataBlock
from evidencehub.inequality.group_limits import GroupValue, select_group
from evidencehub.inequality.strata import Bools, CodeArray, Floats, Integers, MissingReason
from evidencehub.stats.two_sample import difference_limits, ratio_limits


def difference(block: StrataBlock) -> FormulaResult:
    """The figure of one group less that of another, in the indicator's unit.

    An order compares its ends: top less bottom where a higher figure is better, else bottom
    less top. Without an order a declared reference group is compared with the lowest of the
    others where a higher figure is better, else the highest of the others with it. Without a
    reference the highest is compared with the lowest. Either way figures pick a group, and chance
    makes the difference larger; a comparison fixed beforehand is that of `against_reference`.
    The standard error takes the groups as independent: the root of the sum of squares. The limits
    combine those of both groups (`stats.two_sample`).
    Formula as in the WHO Health Equity Assessment Toolkit technical notes, which has normal limits.
    """
    return compare_by_difference(*_select_pair(block))


def ratio(block: StrataBlock) -> FormulaResult:
    """The figure of one group divided by that of another; the two are those of the difference.

    The standard error is that of the ratio's natural logarithm. The limits combine those of both
    groups, as the difference's do: both hold “no difference”, or neither does.
    Formula as in the WHO Health Equity Assessment Toolkit technical notes, whose limits are
    symmetric on the scale of the logarithm (`ratio_who`).
    """
    return compare_by_ratio(*_select_pair(block))


def difference_who(block: StrataBlock) -> FormulaResult:
    """The difference with the WHO package's normal limits."""
    return replace(difference(block), lower=None, upper=None)


def ratio_who(block: StrataBlock) -> FormulaResult:
    """The ratio with the WHO package's limits, normal on the scale of its logarithm."""
    return replace(ratio(block), lower=None, upper=None)


def compare_by_difference(first: GroupValue, second: GroupValue) -> FormulaResult:
    """Return the difference of independent groups with its limits."""
    limits = difference_limits(first.limited, second.limited)
    return FormulaResult(
        first.value - second.value, np.hypot(first.se, second.se), limits.lower, limits.upper
    )


def compare_by_ratio(first: GroupValue, second: GroupValue) -> FormulaResult:
    """Return the ratio of independent groups with its limits.

    It is not defined where the second figure is zero, and then has a lower limit only. It has no
    upper limit either where the second figure may be zero, and none at all where both may.
    """
    limits = ratio_limits(first.limited, second.limited)
    is_unlimited = (limits.lower == 0) & np.isinf(limits.upper)
    undefined: CodeArray = (second.value == 0) * np.uint8(MissingReason.ZERO_DENOMINATOR)
    no_interval: CodeArray = np.select(
        [is_unlimited, np.isinf(limits.upper)],
        [np.uint8(MissingReason.BOTH_MAY_BE_ZERO), np.uint8(MissingReason.NO_UPPER_LIMIT)],
        np.uint8(0),
    )
    return FormulaResult(
        first.value / second.value,
        np.where(
            first.value == 0, np.nan, np.hypot(first.se / first.value, second.se / second.value)
        ),
        np.where(is_unlimited, np.nan, limits.lower),
        np.where(is_unlimited, np.nan, limits.upper),
        missing_reason=undefined,
        missing_interval_reason=no_interval,
    )


def _select_pair(block: StrataBlock) -> tuple[GroupValue, GroupValue]:
    """The two groups to compare."""
    columns = np.arange(len(block.estimate))[:, None]
    declared = block.reference >= 0
    other_groups = block.is_included & ~(declared & (columns == block.reference))
    highest = column_of_highest(block, block.estimate, other_groups)
    lowest = column_of_highest(
        block, -block.estimate, other_groups & (declared | (columns != highest))
    )
    top = np.where(block.is_included, block.rank, -np.inf).argmax(axis=0)
    bottom = np.where(block.is_included, block.rank, np.inf).argmin(axis=0)
    favourable, reference = block.favourable, block.reference
    compared_column = np.where(declared, np.where(favourable, reference, highest), highest)
    base_column = np.where(declared, np.where(favourable, lowest, reference), lowest)
    first = np.where(block.is_ordered, np.where(favourable, top, bottom), compared_column)
    second = np.where(block.is_ordered, np.where(favourable, bottom, top), base_column)
    return select_group(block, first), select_group(block, second)


def column_of_highest(block: StrataBlock, estimate: Floats, included: Bools) -> Integers:
    """The column of the highest figure.

    Of equal figures it is the one with the larger standard error: that is the careful choice,
    and it does not depend on the order of the columns.
    """
    candidates = np.where(included, estimate, -np.inf)
    tied = candidates == candidates.max(axis=0)
    return np.asarray(np.where(tied, np.nan_to_num(block.se), -1.0).argmax(axis=0))
