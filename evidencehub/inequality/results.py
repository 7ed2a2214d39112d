"""What a measure gives: estimates with intervals, and a reason wherever there is none."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evidencehub.inequality.block import FormulaResult, fill_codes, zero_codes
from evidencehub.inequality.strata import (
    MISSING_REASON_TEXTS,
    Bools,
    CodeArray,
    Floats,
    Integers,
    MissingReason,
)
from evidencehub.stats.intervals import ConfidenceLimits

CI_METHODS = ("", "analytic", "log", "delta", "regression", "robust", "simulation", "mover")
"""How an interval was made, in the order of its codes."""


@dataclass(frozen=True)
class MeasureResult:
    """Estimates of S strata, and what is needed to read them.

    `estimate`, `se`, `lower`, `upper`: NaN where there is none. The standard error of a ratio
    (`r`, `rii`) is that of its natural logarithm. `upper` is infinite where a ratio has a lower
    limit only; that limit is there too where the estimate is missing for a zero reference.
    `ci_method`: codes into CI_METHODS, 0 where there is no limit.
    `missing_reason`: codes into REASONS for a missing estimate, 0 where there is one.
    `missing_interval_reason`: the same for a limit that an estimate lacks, one or both.
    `group_count`: how many groups counted. `excluded_count`: how many more the source lists.
    `is_exploratory`: True where the groups compared were picked by their own figures.
    `homogeneity_p`: the p-value of a test whether the groups differ at all; NaN where it was not
    asked for, or where some group has no error.
    In a comparison with a reference the first six are (S, G), one entry for each group.
    """

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    ci_method: CodeArray
    missing_reason: CodeArray
    missing_interval_reason: CodeArray
    group_count: Integers
    excluded_count: Integers
    is_exploratory: Bools
    homogeneity_p: Floats

    def ci_method_names(self) -> NDArray[np.str_]:
        """The word for each interval's method, empty where there is no interval."""
        return np.array(CI_METHODS)[self.ci_method]

    def missing_reason_texts(self) -> NDArray[np.str_]:
        """A sentence for each missing estimate, empty where there is one."""
        return np.array(MISSING_REASON_TEXTS)[self.missing_reason]

    def missing_interval_reason_texts(self) -> NDArray[np.str_]:
        """A sentence for each estimate that lacks a limit, else empty."""
        return np.array(MISSING_REASON_TEXTS)[self.missing_interval_reason]


def allocate_result(shape: tuple[int, ...]) -> MeasureResult:
    """Room for the results, to be filled block by block."""
    estimate, se, lower, upper = (np.full(shape, np.nan) for _ in range(4))
    ci_method, missing_reason, missing_interval_reason = (
        np.zeros(shape, np.uint8) for _ in range(3)
    )
    groups, excluded = (np.zeros(shape[:1], np.int64) for _ in range(2))
    return MeasureResult(
        estimate=estimate,
        se=se,
        lower=lower,
        upper=upper,
        ci_method=ci_method,
        missing_reason=missing_reason,
        missing_interval_reason=missing_interval_reason,
        group_count=groups,
        excluded_count=excluded,
        is_exploratory=np.zeros(shape[:1], np.bool_),
        homogeneity_p=np.full(shape[:1], np.nan),
    )


@dataclass(frozen=True)
class BlockResult:
    """One block's estimates and intervals, strata last, each with its reason."""

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    ci_method: CodeArray
    missing_reason: CodeArray
    missing_interval_reason: CodeArray

    def write_to(self, target: MeasureResult, rows: slice) -> None:
        """Write them into their rows."""
        for field in fields(self):
            getattr(target, field.name)[rows] = getattr(self, field.name).T


@dataclass(frozen=True)
class IntervalMethod:
    """How to get from a standard error to an interval.

    `z` is the number of standard errors to either end; a ratio takes them on the scale of
    its logarithm. `residual_method` is its name where the standard error is residual.
    No limit lies outside `possible_range`.
    """

    z: float
    is_ratio: bool
    method: str
    residual_method: str = ""
    possible_range: tuple[Floats | float, Floats | float] = (-np.inf, np.inf)

    def limits(self, estimate: Floats, se: Floats) -> tuple[Floats, Floats]:
        if self.is_ratio:
            factor = np.exp(self.z * se)
            return estimate / factor, estimate * factor
        return estimate - self.z * se, estimate + self.z * se


def apply_intervals(
    result: FormulaResult,
    input_reason: CodeArray,
    missing_se_reason: CodeArray,
    interval: IntervalMethod,
) -> BlockResult:
    """Estimates with the limits that the formula gives, else with normal ones.

    `input_reason` is what was in the way before the formula; `missing_se_reason` is the reason for
    a missing interval where the formula gives no better one.
    """
    is_computable = input_reason == 0
    missing_reason = fill_codes(input_reason, result.missing_reason)
    missing_reason = fill_codes(
        missing_reason, ~np.isfinite(result.estimate) * np.uint8(MissingReason.UNDEFINED)
    )
    has_estimate = missing_reason == 0
    estimate = np.where(has_estimate, result.estimate, np.nan)
    se = np.full_like(estimate, np.nan) if result.se is None else result.se
    if result.lower is None or result.upper is None:
        lower, upper = interval.limits(estimate, se)
        has_limits = has_estimate & np.isfinite(se) & np.isfinite(lower) & np.isfinite(upper)
    else:
        # what is summed in another order may differ in the last digit
        lower, upper = np.fmin(result.lower, estimate), np.fmax(result.upper, estimate)
        has_limits = is_computable & np.isfinite(result.lower) & ~np.isnan(result.upper)
    overflow = np.isfinite(se) * np.uint8(MissingReason.INTERVAL_UNDEFINED)
    no_interval = fill_codes(
        fill_codes(zero_codes(estimate), result.missing_interval_reason),
        fill_codes(overflow, missing_se_reason),
    )
    is_complete = has_limits & np.isfinite(upper)
    method_codes = np.full(estimate.shape, CI_METHODS.index(interval.method), np.uint8)
    if result.is_residual is not None:
        residual_code = np.uint8(CI_METHODS.index(interval.residual_method or interval.method))
        method_codes = np.where(result.is_residual, residual_code, method_codes)
    return BlockResult(
        estimate=estimate,
        se=np.where(has_limits & has_estimate & np.isfinite(se), se, np.nan),
        lower=np.where(has_limits, np.maximum(lower, interval.possible_range[0]), np.nan),
        upper=np.where(has_limits, np.minimum(upper, interval.possible_range[1]), np.nan),
        ci_method=has_limits * method_codes,
        missing_reason=missing_reason,
        missing_interval_reason=np.where(has_estimate & ~is_complete, no_interval, np.uint8(0)),
    )


def set_simulated_intervals(
    block_result: BlockResult, rows: Integers, limits: ConfidenceLimits
) -> None:
    """Put simulated limits into some rows; rows of which some draw cannot be computed stay."""
    has_limits = np.isfinite(limits.lower) & np.isfinite(limits.upper)
    rows, estimate = rows[has_limits], block_result.estimate[rows[has_limits]]
    block_result.lower[rows] = np.minimum(limits.lower[has_limits], estimate)
    block_result.upper[rows] = np.maximum(limits.upper[has_limits], estimate)
    block_result.ci_method[rows] = CI_METHODS.index("simulation")
    block_result.missing_interval_reason[rows] = 0
