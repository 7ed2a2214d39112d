"""Every group compared with the declared reference group: difference and ratio."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidencehub.inequality.block import FormulaResult, InequalityMeasure, StrataBlock, fill_codes
from evidencehub.inequality.eligibility import BlockInput, select_eligible
from evidencehub.inequality.group_limits import limit_groups, select_group
from evidencehub.inequality.pairwise import compare_by_difference, compare_by_ratio
from evidencehub.inequality.results import (
    IntervalMethod,
    MeasureResult,
    allocate_result,
    apply_intervals,
)
from evidencehub.inequality.strata import CodeArray, MissingReason, Strata
from evidencehub.stats.quantiles import z_for_level


@dataclass(frozen=True)
class ReferenceComparison:
    """Difference and ratio of every group against the reference group, (S, G)."""

    difference: MeasureResult
    ratio: MeasureResult


def compare_with_reference(strata: Strata, level: float = 0.95) -> ReferenceComparison:
    """Compare every group with the declared reference group of its stratum.

    The difference is the group's figure less that of the reference, in the indicator's unit.
    The ratio is the group's figure divided by that of the reference; its standard error is that
    of its logarithm. The limits of both combine those of the two groups (`stats.two_sample`), so
    that difference and ratio both hold “no difference” or neither does.
    Which way is better plays no part. Groups are taken as independent.

    Unlike `d` and `r`, which pick the group that lies furthest off, no comparison here is
    chosen by the figures. Many comparisons at once still show some large ones by chance.

    The reference group itself has 0 and 1 without an interval. Where there is no figure, no
    reference, or a reference of zero to divide by, there is a reason; beside a reference of zero
    the ratio still has its lower limit.
    Raises ValueError for a level outside 0 to 1.
    """
    results = [allocate_result(strata.estimate.shape) for _ in (_DIFFERENCE, _RATIO)]
    with np.errstate(all="ignore"):  # what cannot be computed has a reason beside it
        for rows in strata.iter_blocks():
            block_input = BlockInput(strata, rows, level)
            for measure, result in zip((_DIFFERENCE, _RATIO), results, strict=True):
                _write_comparison(block_input, measure, z_for_level(level), result, rows)
    return ReferenceComparison(*results)


def _write_comparison(
    block_input: BlockInput,
    measure: InequalityMeasure,
    z: float,
    result: MeasureResult,
    rows: slice,
) -> None:
    eligible = select_eligible(block_input, measure)
    interval = IntervalMethod(z, measure.null_value == 1, measure.ci_method)
    missing = np.where(
        eligible.se_is_invalid, MissingReason.INVALID_SE, MissingReason.NO_SE
    ).astype(np.uint8)
    apply_intervals(
        measure.formula(eligible.block), eligible.missing_reason, missing, interval
    ).write_to(result, rows)
    result.group_count[rows] = eligible.block.group_count
    result.excluded_count[rows] = eligible.excluded_count


def _difference_formula(block: StrataBlock) -> FormulaResult:
    reference = select_group(block, block.reference)
    return _with_group_reasons(block, compare_by_difference(limit_groups(block), reference))


def _ratio_formula(block: StrataBlock) -> FormulaResult:
    reference = select_group(block, block.reference)
    is_negative = (block.estimate < 0) | (reference.value < 0)
    result = _with_group_reasons(block, compare_by_ratio(limit_groups(block), reference))
    negative: CodeArray = is_negative * np.uint8(MissingReason.NEGATIVE)
    return replace(result, missing_reason=fill_codes(negative, result.missing_reason))


def _with_group_reasons(block: StrataBlock, result: FormulaResult) -> FormulaResult:
    """With the reasons that belong to single groups, which then have no limits."""
    is_reference = np.arange(len(block.estimate))[:, None] == block.reference
    reason: CodeArray = ~block.is_included * np.uint8(MissingReason.GROUP_WITHOUT_VALUE)
    no_interval: CodeArray = is_reference * np.uint8(MissingReason.IS_REFERENCE)
    has_limits = block.is_included & ~is_reference
    se, lower, upper = (
        np.where(has_limits, np.nan if values is None else values, np.nan)
        for values in (result.se, result.lower, result.upper)
    )
    return FormulaResult(
        result.estimate,
        se,
        lower,
        upper,
        fill_codes(reason, result.missing_reason),
        fill_codes(no_interval, result.missing_interval_reason),
    )


_DIFFERENCE = InequalityMeasure(
    name="difference",
    title="Difference from the reference group",
    formula=_difference_formula,
    min_groups=1,
    needs_population="no",
    needs_reference=True,
    ci_method="mover",
)
_RATIO = replace(
    _DIFFERENCE,
    name="ratio",
    title="Ratio to the reference group",
    formula=_ratio_formula,
    null_value=1,
)
