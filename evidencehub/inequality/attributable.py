"""Population attributable risk and fraction: what would be gained if all had the best figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evidencehub.inequality import best_group
from evidencehub.inequality.block import FormulaResult, StrataBlock, fill_codes, take_column
from evidencehub.inequality.pairwise import column_of_highest
from evidencehub.inequality.strata import CodeArray, Floats, Integers, MissingReason


def population_attributable_risk(block: StrataBlock) -> FormulaResult:
    """The figure of the best group less the mean, in the indicator's unit.

    The best group is the top of an order, else the highest figure where higher is better and
    the lowest where lower is better. It is zero where the top of an order is worse than the mean.
    The limits combine those of the groups. Where figures pick the best group they take account of
    the choice (`best_group`), so that groups alike have an interval that holds 0. The standard
    error is by the delta method with the best group taken as fixed.
    The WHO package treats numerators and populations as one sample of independent people, which a
    survey, a modelled rate or an age-standardised rate is not.
    Formula of the estimate as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    best = _best_group_column(block)
    is_best = np.arange(len(block.estimate))[:, None] == best
    derivative = is_best - block.share
    se = np.sqrt(((derivative * block.se) ** 2).sum(axis=0))
    return _with_limits(block, _risk_or_zero(block, best, 1.0, se), best, is_relative=False)


def population_attributable_fraction(block: StrataBlock) -> FormulaResult:
    """Population attributable risk in percent of the mean.

    Limits and standard error are those of the risk's kind and in percent like the estimate. In
    the WHO package the error is a fraction beside an estimate in percent, so that the interval is
    a hundred times too narrow.
    """
    best = _best_group_column(block)
    is_best = np.arange(len(block.estimate))[:, None] == best
    derivative = (
        is_best - take_column(best, values=block.estimate) / block.mean * block.share
    ) / block.mean
    se = 100 * np.sqrt(((derivative * block.se) ** 2).sum(axis=0))
    result = _risk_or_zero(block, best, 100 / block.mean, se)
    return _with_limits(block, result, best, is_relative=True)


def _with_limits(
    block: StrataBlock, result: FormulaResult, best: Integers, *, is_relative: bool
) -> FormulaResult:
    """With the limits of the distance from the best group, signed as the risk is."""
    if block.is_ordered.all():
        near, far = best_group.fixed_group_limits(block, best, block.share, is_relative=is_relative)
    else:
        near, far = best_group.distance_limits(block, block.share, is_relative=is_relative)
        if block.is_ordered.any():
            fixed = best_group.fixed_group_limits(block, best, block.share, is_relative=is_relative)
            near, far = (
                np.where(block.is_ordered, of_fixed, of_best)
                for of_fixed, of_best in zip(fixed, (near, far), strict=True)
            )
    if is_relative:  # where lower is better nothing more than all of it can be gained
        far = np.where(block.favourable, far, np.minimum(far, 100))
    return replace(
        result,
        lower=np.where(block.favourable, near, -far),
        upper=np.where(block.favourable, far, -near),
        missing_interval_reason=None,
    )


def population_attributable_risk_who(block: StrataBlock) -> FormulaResult:
    """Population attributable risk with the WHO package's standard error, from counts."""
    return _with_count_based_se(block, np.ones_like(block.mean), block.mean)


def population_attributable_fraction_who(block: StrataBlock) -> FormulaResult:
    """Population attributable fraction with the WHO package's standard error, but in percent."""
    return _with_count_based_se(block, 100 / block.mean, np.full_like(block.mean, 100.0))


def _best_group_column(block: StrataBlock) -> Integers:
    top = np.where(block.is_included, block.rank, -np.inf).argmax(axis=0)
    sign = np.where(block.favourable, 1.0, -1.0)
    return np.where(
        block.is_ordered, top, column_of_highest(block, sign * block.estimate, block.is_included)
    )


def _risk_or_zero(
    block: StrataBlock, best: Integers, factor: Floats | float, se: Floats
) -> FormulaResult:
    """The risk times `factor`, and zero without an interval where its sign is the wrong one."""
    risk = take_column(best, values=block.estimate) - block.mean
    has_wrong_sign = np.where(block.favourable, risk < 0, risk > 0)
    codes: CodeArray = np.where(
        has_wrong_sign & block.is_ordered, np.uint8(MissingReason.SET_TO_ZERO), np.uint8(0)
    )
    se = np.where(has_wrong_sign & block.is_ordered, np.nan, se)
    return FormulaResult(
        np.where(has_wrong_sign, 0.0, risk * factor), se, missing_interval_reason=codes
    )


def _with_count_based_se(block: StrataBlock, factor: Floats, se_factor: Floats) -> FormulaResult:
    """The standard error of a two-by-two table: the best group and all others, with and without."""
    best = _best_group_column(block)
    rate = take_column(best, values=block.estimate) / block.max_value
    people, best_population = (
        block.population.sum(axis=0),
        take_column(best, values=block.population),
    )
    best_cases = best_population * rate
    other_cases = people * block.mean / block.max_value - best_cases
    other_noncases = people - best_population - other_cases
    variance_numerator = (
        other_cases * (best_population - best_cases) * (people - best_cases)
        + best_cases**2 * other_noncases
    )
    variance_numerator = best_cases * people * variance_numerator
    se = np.sqrt(variance_numerator / ((other_cases + best_cases) ** 3 * best_population**3))
    result = _risk_or_zero(block, best, factor, se * se_factor)
    unscaled: CodeArray = np.where(
        np.isnan(block.max_value), np.uint8(MissingReason.NO_SCALE), np.uint8(0)
    )
    return replace(
        result, missing_interval_reason=fill_codes(unscaled, result.missing_interval_reason)
    )
