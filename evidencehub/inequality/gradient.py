"""Measures along an order of groups: concentration indices and slope indices."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from evidencehub.inequality.block import (
    FormulaResult,
    StrataBlock,
    max_over_groups,
    min_over_groups,
)
from evidencehub.inequality.strata import Bools, CodeArray, Floats, MissingReason

MAX_NEWTON_STEPS = 60
"""Newton steps before a curve counts as not to be fitted; ordinary figures need about six."""


def absolute_concentration_index(block: StrataBlock) -> FormulaResult:
    """Absolute concentration index: how figures lean towards one end, in the indicator's unit.

    Twice the covariance of figure and relative rank, as the slope of a regression weighted by
    population. It is a weighted sum of the figures, and its standard error follows from theirs.
    Where some figure has none it is that of the regression (Kakwani, Wagstaff and van Doorslaer
    1997), from the distance of the groups to the line: with few groups that is rough, and it
    leaves out what is known of the figures' errors.
    Formula as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    return _prefer_own_errors(block, absolute_concentration_index_who(block), _spread_of_aci(block))


def relative_concentration_index(block: StrataBlock) -> FormulaResult:
    """Relative concentration index: the absolute one divided by the mean, between -1 and 1.

    The standard error is by the delta method from those of the figures, by which the mean has
    an error too; where some figure has none, it is that of the regression.
    """
    return _prefer_own_errors(block, relative_concentration_index_who(block), _spread_of_rci(block))


def absolute_concentration_index_who(block: StrataBlock) -> FormulaResult:
    """The absolute concentration index with the regression's own standard error."""
    return _concentration_index(block, np.ones_like(block.mean))


def relative_concentration_index_who(block: StrataBlock) -> FormulaResult:
    """The relative concentration index with the regression's own standard error."""
    return _concentration_index(block, block.mean)


def slope_index_of_inequality(block: StrataBlock) -> FormulaResult:
    """Slope index of inequality: fitted figure at the top of the order less that at the bottom.

    The model is a logistic curve over the relative rank where the indicator has a scale, else a
    line; each group weighs as its population. The standard error follows from those of the
    figures: exactly for the line, which is a weighted sum of them, and for the curve by the delta
    method with the derivatives of its fit. Where some figure has none it is robust (HC1) instead,
    from the distance of the groups to the curve, so that groups exactly on it have an interval of
    no width, and with few groups it is on average too small.
    The WHO package weighs groups by the square of the population, as it gives the population
    both as the number of trials and as weight; it rounds populations up to whole people, so that
    shares would all count as one; and its standard error is for figures between 0 and 1 whatever
    the scale of estimate and interval.
    """
    return slope_index_result(_fit(block, block.share, find_strata_with_errors(block)))


def relative_index_of_inequality(block: StrataBlock) -> FormulaResult:
    """Relative index of inequality: fitted figure at the top of the order by that at the bottom.

    Model and weights are those of the slope index; the standard error is of the logarithm.
    """
    return relative_index_result(_fit(block, block.share, find_strata_with_errors(block)))


def slope_index_of_inequality_who(block: StrataBlock) -> FormulaResult:
    """The slope index with the WHO package's squared weights and whole numbers of people."""
    return slope_index_result(_fit_who(block))


def relative_index_of_inequality_who(block: StrataBlock) -> FormulaResult:
    """The relative index with the WHO package's squared weights and whole numbers of people."""
    return relative_index_result(_fit_who(block))


def _fit_who(block: StrataBlock) -> RegressionFit:
    """Populations rounded up to people; for the curve, those whom the indicator counts rounded."""
    whole_population = np.ceil(block.population)
    share = whole_population / whole_population.sum(axis=0)
    cases = np.rint(block.estimate / block.max_value * whole_population)
    counted = np.where(whole_population > 0, cases / whole_population, 0.0) * block.max_value
    curved = ~np.isnan(block.max_value)
    figure = np.where(curved, counted, block.estimate)
    weight = np.where(curved, share**2 / (share**2).sum(axis=0), share)
    return _fit(replace(block, share=share, estimate=figure), weight, np.zeros_like(curved))


def relative_rank(block: StrataBlock) -> Floats:
    """The middle of each group's place in the order: 0 at the bottom, 1 at the top."""
    rank = np.where(block.is_included, block.rank, np.inf)
    share_below = np.zeros_like(block.share)
    for group, share in zip(rank, block.share, strict=True):
        share_below += share * (group < rank)
    return share_below + block.share / 2


def _concentration_index(block: StrataBlock, divisor: Floats) -> FormulaResult:
    rank = np.where(block.is_included, relative_rank(block) - 0.5, 0.0)
    rank_variance = (block.share * rank**2).sum(axis=0)
    distance = block.estimate - block.mean
    slope = 2 * (block.share * rank * distance).sum(axis=0)
    residual = 2 * rank_variance * distance - slope * rank
    error = (block.share * residual**2).sum(axis=0) / (block.group_count - 2)
    return FormulaResult(slope / divisor, np.sqrt(error / rank_variance) / divisor)


def _spread_of_aci(block: StrataBlock) -> Floats:
    """Return the standard error of the absolute index that follows from those of the figures."""
    rank = np.where(block.is_included, relative_rank(block) - 0.5, 0.0)
    return np.asarray(np.sqrt(((2 * block.share * rank * block.se) ** 2).sum(axis=0)))


def _spread_of_rci(block: StrataBlock) -> Floats:
    """Return the standard error of the relative index that follows from those of the figures."""
    rank = np.where(block.is_included, relative_rank(block) - 0.5, 0.0)
    index = relative_concentration_index_who(block).estimate
    derivative = block.share * (2 * rank - index) / block.mean
    return np.asarray(np.sqrt(((derivative * block.se) ** 2).sum(axis=0)))


def _prefer_own_errors(block: StrataBlock, result: FormulaResult, se: Floats) -> FormulaResult:
    """With the standard error from those of the figures where every figure has one."""
    has_errors = find_strata_with_errors(block)
    residual_se = np.nan if result.se is None else result.se
    return replace(result, se=np.where(has_errors, se, residual_se), is_residual=~has_errors)


def find_strata_with_errors(block: StrataBlock) -> Bools:
    """Where every group that counts has its standard error."""
    return np.asarray(~np.isnan(block.se).any(axis=0))


@dataclass(frozen=True)
class RegressionFit:
    """A fitted curve: its ends, how steep its link is there, and the covariance.

    The two parameters are the height at the weighted middle of the ranks and the slope.
    `has_errors` is where the covariance follows from the errors of the figures, and not from
    their distance to the curve.
    """

    bottom: Floats
    top: Floats
    bottom_derivative: Floats
    top_derivative: Floats
    mean_rank: Floats
    intercept_variance: Floats
    covariance: Floats
    slope_variance: Floats
    converged: Bools
    has_errors: Bools

    def se(self, at_bottom: Floats, at_top: Floats) -> Floats:
        """The standard error of a function of the two ends, given its slopes there."""
        height = at_top * self.top_derivative - at_bottom * self.bottom_derivative
        lean = self.mean_rank * at_bottom * self.bottom_derivative
        lean += (1 - self.mean_rank) * at_top * self.top_derivative
        squared = height**2 * self.intercept_variance + lean**2 * self.slope_variance
        squared += 2 * height * lean * self.covariance
        return np.sqrt(np.maximum(squared, 0))


def slope_index_result(fitted: RegressionFit) -> FormulaResult:
    ones = np.ones_like(fitted.top)
    reason: CodeArray = np.where(fitted.converged, np.uint8(0), np.uint8(MissingReason.NO_SOLUTION))
    return FormulaResult(
        fitted.top - fitted.bottom,
        fitted.se(ones, ones),
        missing_reason=reason,
        is_residual=~fitted.has_errors,
    )


def relative_index_result(fitted: RegressionFit) -> FormulaResult:
    is_not_positive = (fitted.bottom <= 0) | (fitted.top <= 0)
    reason = np.select(
        [~fitted.converged, is_not_positive],
        [np.uint8(MissingReason.NO_SOLUTION), np.uint8(MissingReason.LINE_BELOW_ZERO)],
        np.uint8(0),
    )
    return FormulaResult(
        fitted.top / fitted.bottom,
        fitted.se(1 / fitted.bottom, 1 / fitted.top),
        missing_reason=reason,
        is_residual=~fitted.has_errors,
    )


def _fit(block: StrataBlock, weight: Floats, has_errors: Bools) -> RegressionFit:
    """The line or, in strata with a scale, the logistic curve.

    `has_errors` says in which strata the covariance follows from the errors of the figures.
    """
    rank = np.where(block.is_included, relative_rank(block), 0.0)
    bounded = ~np.isnan(block.max_value)
    if not bounded.any():
        return fit_line(block, weight, rank, has_errors)
    curve = _fit_logistic(block, weight, rank, has_errors)
    if bounded.all():
        return curve
    return _merge_fits(bounded, curve, fit_line(block, weight, rank, has_errors))


def _merge_fits(bounded: Bools, curve: RegressionFit, line: RegressionFit) -> RegressionFit:
    return RegressionFit(
        *(
            np.where(bounded, getattr(curve, field.name), getattr(line, field.name))
            for field in fields(RegressionFit)
        )
    )


def fit_line(block: StrataBlock, weight: Floats, rank: Floats, has_errors: Bools) -> RegressionFit:
    middle, centred, height, lean = _weighted_least_squares(block.estimate, weight, rank)
    score_error = _score_errors(
        block, weight * (block.estimate - height - lean * centred), weight * block.se, has_errors
    )
    rank_variance = (weight * centred**2).sum(axis=0)
    ones = np.ones_like(middle)
    of_height, of_both, of_lean = _sandwich_covariance(
        score_error, centred, weight.sum(axis=0), rank_variance
    )
    return RegressionFit(
        bottom=height - lean * middle,
        top=height + lean * (1 - middle),
        bottom_derivative=ones,
        top_derivative=ones,
        mean_rank=middle,
        intercept_variance=of_height,
        covariance=of_both,
        slope_variance=of_lean,
        converged=rank_variance > 0,
        has_errors=has_errors,
    )


def _weighted_least_squares(
    figure: Floats, weight: Floats, rank: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Middle of the places, places from there, and the height and slope of the line."""
    total = weight.sum(axis=0)
    middle = (weight * rank).sum(axis=0) / total
    centred = rank - middle
    base = figure.max(axis=0)  # so that equal figures give a slope of exactly zero
    height = base + (weight * (figure - base)).sum(axis=0) / total
    lean = (weight * centred * (figure - base)).sum(axis=0) / (weight * centred**2).sum(axis=0)
    return middle, centred, height, lean


def _fit_logistic(
    block: StrataBlock, weight: Floats, rank: Floats, has_errors: Bools
) -> RegressionFit:
    scale, figure = block.max_value, block.estimate / block.max_value
    height, lean, fits = _solve_logistic(figure, weight, rank, _all_equal(block))
    probability = _logistic(height + lean * rank)
    fisher_weight = weight * probability * (1 - probability)
    total = fisher_weight.sum(axis=0)
    middle = (fisher_weight * rank).sum(axis=0) / total
    centred = rank - middle
    score_error = _score_errors(
        block, weight * (figure - probability), weight * block.se / scale, has_errors
    )
    rank_variance = (fisher_weight * centred**2).sum(axis=0)
    of_height, of_both, of_lean = _sandwich_covariance(score_error, centred, total, rank_variance)
    bottom, top = _logistic(height), _logistic(height + lean)
    return RegressionFit(
        bottom=scale * bottom,
        top=scale * top,
        bottom_derivative=scale * bottom * (1 - bottom),
        top_derivative=scale * top * (1 - top),
        mean_rank=middle,
        intercept_variance=of_height,
        covariance=of_both,
        slope_variance=of_lean,
        converged=fits,
        has_errors=has_errors,
    )


def _solve_logistic(
    figure: Floats, weight: Floats, rank: Floats, all_equal: Bools
) -> tuple[Floats, Floats, Bools]:
    """Height at rank 0 and slope of the logistic curve, and where a solution was found.

    Newton's method for the quasi-likelihood of shares (Papke and Wooldridge 1996). A step
    moves no fitted logit by more than 4, so that steep figures do not overshoot.
    """
    mean = np.clip((weight * figure).sum(axis=0) / weight.sum(axis=0), 1e-12, 1 - 1e-12)
    height, lean = np.log(mean / (1 - mean)), np.zeros_like(mean)
    converged = all_equal.copy()
    for _ in range(MAX_NEWTON_STEPS):
        probability = _logistic(height + lean * rank)
        residual = weight * (figure - probability)
        fisher_weight = weight * probability * (1 - probability)
        total = fisher_weight.sum(axis=0)
        middle = (fisher_weight * rank).sum(axis=0) / total
        centred = rank - middle
        slope_step = (residual * centred).sum(axis=0) / (fisher_weight * centred**2).sum(axis=0)
        intercept_step = residual.sum(axis=0) / total - slope_step * middle
        step_size = np.maximum(np.abs(intercept_step), np.abs(intercept_step + slope_step))
        shrink = np.where(all_equal, 0.0, np.minimum(1.0, 4.0 / np.maximum(step_size, 1e-300)))
        height, lean = height + shrink * intercept_step, lean + shrink * slope_step
        converged |= step_size < 1e-9
        if converged.all():
            break
    return height, lean, converged


def _score_errors(
    block: StrataBlock, residual: Floats, weighted_se: Floats, has_errors: Bools
) -> Floats:
    """The error of each group's part of the score, from its figure's or from its residual.

    Residuals are taken times the root of groups / (groups - 2): HC1, MacKinnon and White (1985).
    """
    factor = np.sqrt(block.group_count / (block.group_count - 2))
    return np.where(has_errors, weighted_se, factor * residual)


def _sandwich_covariance(
    score_error: Floats, centred: Floats, total: Floats, rank_variance: Floats
) -> tuple[Floats, Floats, Floats]:
    """The covariance of height and slope, to which each group adds its part of the score.

    With the errors of independent figures this is the delta method: by the implicit function
    theorem a figure moves both parameters as its part of the score, divided by the information.
    """
    squared = score_error**2
    return (
        squared.sum(axis=0) / total**2,
        (squared * centred).sum(axis=0) / (total * rank_variance),
        (squared * centred**2).sum(axis=0) / rank_variance**2,
    )


def _logistic(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-value))


def _all_equal(block: StrataBlock) -> Bools:
    return np.asarray(
        max_over_groups(block.estimate, block.is_included)
        == min_over_groups(block.estimate, block.is_included)
    )
