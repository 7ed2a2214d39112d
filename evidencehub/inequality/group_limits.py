"""The confidence limits of the groups of a block, and how far they lie from their figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evidencehub.inequality.block import StrataBlock, take_column
from evidencehub.inequality.strata import Floats, Integers
from evidencehub.stats.two_sample import LimitedValue


@dataclass(frozen=True)
class GroupValue:
    """The figure of one group of each stratum, its standard error and its confidence limits."""

    value: Floats
    se: Floats
    lower: Floats
    upper: Floats

    @property
    def limited(self) -> LimitedValue:
        return LimitedValue(self.value, self.lower, self.upper)


def limit_groups(block: StrataBlock) -> GroupValue:
    """Return every group of a block with its limits."""
    return _limit_values(block, block.estimate, block.se, block.lower, block.upper)


def select_group(block: StrataBlock, column: Integers) -> GroupValue:
    """Return one group of each stratum with its limits."""
    arrays = (block.estimate, block.se, block.lower, block.upper)
    return _limit_values(block, *(take_column(column, values=values) for values in arrays))


def _limit_values(
    block: StrataBlock, value: Floats, se: Floats, lower: Floats, upper: Floats
) -> GroupValue:
    """Return values with their own limits, symmetric ones where those are not known.

    Symmetric limits end where a value on the scale must: at 0 and at the highest.
    """
    has_limits = ~np.isnan(lower) & ~np.isnan(upper)
    reach = block.z * se
    lowest, highest = (
        np.where(np.isnan(block.max_value), end, scale_end)
        for end, scale_end in ((-np.inf, 0.0), (np.inf, block.max_value))
    )
    return GroupValue(
        value,
        se,
        np.where(has_limits, lower, np.maximum(value - reach, lowest)),
        np.where(has_limits, upper, np.minimum(value + reach, highest)),
    )


class GroupDistances(NamedTuple):
    """How far each figure lies above its lower limit, and its upper limit above the figure."""

    below: Floats
    above: Floats


def measure_distances(block: StrataBlock) -> GroupDistances:
    """Return the distances of every group, (G, N); those of groups that do not count are 0."""
    groups = limit_groups(block)
    return GroupDistances(
        np.where(block.is_included, groups.value - groups.lower, 0.0),
        np.where(block.is_included, groups.upper - groups.value, 0.0),
    )
