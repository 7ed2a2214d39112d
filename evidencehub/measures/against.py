"""Every group compared with the declared reference group: difference and ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidencehub.measures.block import Block, Found, Measure, at, first
from evidencehub.measures.measured import Interval, Measured, empty, figures
from evidencehub.measures.pairs import divide, subtract
from evidencehub.measures.quantiles import normal
from evidencehub.measures.ready import Given, ready
from evidencehub.measures.strata import Codes, Strata, Why


@dataclass(frozen=True)
class Against:
    """Difference and ratio of every group against the reference group, (S, G)."""

    difference: Measured
    ratio: Measured


def against_reference(strata: Strata, level: float = 0.95) -> Against:
    """Compare every group with the declared reference group of its stratum.

    The difference is the group's figure less that of the reference, in the indicator's unit,
    with a normal interval. The ratio is the group's figure divided by that of the reference,
    with an interval on the scale of its logarithm, on which its standard error is given.
    Which way is better plays no part. Groups are taken as independent.

    Unlike `d` and `r`, which pick the group that lies furthest off, no comparison here is
    chosen by the figures. Many comparisons at once still show some large ones by chance.

    The reference group itself has 0 and 1 without an interval. Where there is no figure, no
    reference, or a reference of zero to divide by, there is a reason.
    Raises ValueError for a level outside 0 to 1.
    """
    results = [empty(strata.estimate.shape) for _ in (_DIFFERENCE, _RATIO)]
    with np.errstate(all="ignore"):  # what cannot be computed has a reason beside it
        for rows in strata.blocks():
            given = Given(strata, rows)
            for row, result in zip((_DIFFERENCE, _RATIO), results, strict=True):
                _compare(given, row, normal(level), result, rows)
    return Against(*results)


def _compare(given: Given, row: Measure, reach: float, result: Measured, rows: slice) -> None:
    made = ready(given, row)
    interval = Interval(reach, row.no_inequality == 1, row.ci_method)
    missing = np.where(made.se_is_invalid, Why.INVALID_SE, Why.NO_SE).astype(np.uint8)
    figures(row.find(made.block), made.why, missing, interval).put(result, rows)
    result.groups[rows] = made.block.groups
    result.excluded[rows] = made.excluded


def _differences(block: Block) -> Found:
    reference, se = at(block.reference, of=block.figure), at(block.reference, of=block.se)
    return _grouped(block, subtract(block.figure, block.se, reference, se))


def _ratios(block: Block) -> Found:
    reference, se = at(block.reference, of=block.figure), at(block.reference, of=block.se)
    negative = ((block.figure < 0) | (reference < 0)) * np.uint8(Why.NEGATIVE)
    found = _grouped(block, divide(block.figure, block.se, reference, se))
    return Found(found.estimate, found.se, first(negative, found.why), found.no_interval)


def _grouped(block: Block, found: Found) -> Found:
    """With the reasons that belong to single groups."""
    own = np.arange(len(block.figure))[:, None] == block.reference
    why: Codes = ~block.used * np.uint8(Why.GROUP_WITHOUT_FIGURE)
    no_interval: Codes = own * np.uint8(Why.IS_REFERENCE)
    return Found(
        found.estimate,
        np.where(own, np.nan, np.nan if found.se is None else found.se),
        first(why, found.why),
        first(no_interval, found.no_interval),
    )


_DIFFERENCE = Measure(
    name="difference",
    title="Difference from the reference group",
    find=_differences,
    min_groups=1,
    needs_population="no",
    needs_reference=True,
)
_RATIO = Measure(
    name="ratio",
    title="Ratio to the reference group",
    find=_ratios,
    min_groups=1,
    needs_population="no",
    needs_reference=True,
    no_inequality=1,
    ci_method="log",
)
