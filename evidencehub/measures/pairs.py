"""Difference and ratio of two groups."""

from __future__ import annotations

import numpy as np

from evidencehub.measures.block import Block, Found, at
from evidencehub.measures.strata import Bools, Codes, Floats, Integers, Why


def difference(block: Block) -> Found:
    """The figure of one group less that of another, in the indicator's unit.

    An order compares its ends: top less bottom where a higher figure is better, else bottom
    less top. Without an order a declared reference group is compared with the lowest of the
    others where a higher figure is better, else the highest of the others with it. Without a
    reference the highest is compared with the lowest. Either way figures pick a group, and chance
    makes the difference larger; a comparison fixed beforehand is that of `against_reference`.
    The standard error takes the groups as independent: the root of the sum of squares.
    Formula as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    first, second = _compared(block)
    return subtract(
        at(first, of=block.figure),
        at(first, of=block.se),
        at(second, of=block.figure),
        at(second, of=block.se),
    )


def ratio(block: Block) -> Found:
    """The figure of one group divided by that of another; the two are those of the difference.

    The standard error is that of the ratio's natural logarithm, and the interval is symmetric
    on that scale. Formula as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    first, second = _compared(block)
    return divide(
        at(first, of=block.figure),
        at(first, of=block.se),
        at(second, of=block.figure),
        at(second, of=block.se),
    )


def subtract(first: Floats, first_se: Floats, second: Floats, second_se: Floats) -> Found:
    return Found(first - second, np.hypot(first_se, second_se))


def divide(first: Floats, first_se: Floats, second: Floats, second_se: Floats) -> Found:
    """The ratio, not defined where the second figure is zero; a ratio of zero has no interval."""
    se = np.hypot(first_se / first, second_se / second)
    zero: Codes = np.where(second == 0, np.uint8(Why.ZERO_DENOMINATOR), np.uint8(0))
    unlogged: Codes = np.where(first == 0, np.uint8(Why.ZERO_INTERVAL), np.uint8(0))
    return Found(first / second, np.where(first == 0, np.nan, se), zero, unlogged)


def _compared(block: Block) -> tuple[Integers, Integers]:
    """The columns of the two groups to compare."""
    columns = np.arange(len(block.figure))[:, None]
    declared = block.reference >= 0
    others = block.used & ~(declared & (columns == block.reference))
    highest = extreme(block, block.figure, others)
    lowest = extreme(block, -block.figure, others & (declared | (columns != highest)))
    top = np.where(block.used, block.rank, -np.inf).argmax(axis=0)
    bottom = np.where(block.used, block.rank, np.inf).argmin(axis=0)
    better, reference = block.favourable, block.reference
    first = np.where(declared, np.where(better, reference, highest), highest)
    second = np.where(declared, np.where(better, lowest, reference), lowest)
    return (
        np.where(block.ordered, np.where(better, top, bottom), first),
        np.where(block.ordered, np.where(better, bottom, top), second),
    )


def extreme(block: Block, figure: Floats, among: Bools) -> Integers:
    """The column of the highest figure.

    Of equal figures it is the one with the larger standard error: that is the careful choice,
    and it does not depend on the order of the columns.
    """
    shown = np.where(among, figure, -np.inf)
    tied = shown == shown.max(axis=0)
    column: Integers = np.where(tied, np.nan_to_num(block.se), -1.0).argmax(axis=0)
    return column
