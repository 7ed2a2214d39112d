"""Difference and ratio of two groups."""

from __future__ import annotations

import numpy as np

from evidencehub.inequality.block import FormulaResult, StrataBlock, take_column
from evidencehub.inequality.strata import Bools, CodeArray, Floats, Integers, MissingReason


def difference(block: StrataBlock) -> FormulaResult:
    """The figure of one group less that of another, in the indicator's unit.

    An order compares its ends: top less bottom where a higher figure is better, else bottom
    less top. Without an order a declared reference group is compared with the lowest of the
    others where a higher figure is better, else the highest of the others with it. Without a
    reference the highest is compared with the lowest. Either way figures pick a group, and chance
    makes the difference larger; a comparison fixed beforehand is that of `against_reference`.
    The standard error takes the groups as independent: the root of the sum of squares.
    Formula as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    return difference_with_se(*_select_pair(block))


def ratio(block: StrataBlock) -> FormulaResult:
    """The figure of one group divided by that of another; the two are those of the difference.

    The standard error is that of the ratio's natural logarithm, and the interval is symmetric
    on that scale. Formula as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    return ratio_with_se(*_select_pair(block))


def select_column(block: StrataBlock, column: Integers) -> tuple[Floats, Floats]:
    """Return the figure and the standard error of one group of each stratum."""
    return take_column(column, values=block.estimate), take_column(column, values=block.se)


def difference_with_se(
    value: Floats, first_se: Floats, base: Floats, second_se: Floats
) -> FormulaResult:
    return FormulaResult(value - base, np.hypot(first_se, second_se))


def ratio_with_se(
    value: Floats, first_se: Floats, base: Floats, second_se: Floats
) -> FormulaResult:
    """The ratio, not defined where the second figure is zero; a ratio of zero has no interval."""
    se = np.hypot(first_se / value, second_se / base)
    zero: CodeArray = np.where(base == 0, np.uint8(MissingReason.ZERO_DENOMINATOR), np.uint8(0))
    zero_ratio: CodeArray = np.where(value == 0, np.uint8(MissingReason.ZERO_INTERVAL), np.uint8(0))
    return FormulaResult(value / base, np.where(value == 0, np.nan, se), zero, zero_ratio)


def _select_pair(block: StrataBlock) -> tuple[Floats, Floats, Floats, Floats]:
    """The figures and standard errors of the two groups to compare."""
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
    return *select_column(block, first), *select_column(block, second)


def column_of_highest(block: StrataBlock, estimate: Floats, included: Bools) -> Integers:
    """The column of the highest figure.

    Of equal figures it is the one with the larger standard error: that is the careful choice,
    and it does not depend on the order of the columns.
    """
    candidates = np.where(included, estimate, -np.inf)
    tied = candidates == candidates.max(axis=0)
    return np.asarray(np.where(tied, np.nan_to_num(block.se), -1.0).argmax(axis=0))
