"""Slope indices from a line through the logarithms or the logits of the figures.

English public health statistics fit them so (PHEindicatormethods): logarithms of rates, logits of
shares. The indices are those of the curve that this line is on the scale of the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from evidencehub.inequality.block import FormulaResult, StrataBlock, any_group, fill_codes
from evidencehub.inequality.gradient import (
    RegressionFit,
    find_strata_with_errors,
    fit_line,
    relative_index_result,
    relative_rank,
    slope_index_result,
)
from evidencehub.inequality.group_limits import limit_groups
from evidencehub.inequality.strata import CodeArray, Floats, MissingReason

SlopeModel = Literal["", "log", "logit"]
"""The model of a slope: ours, or a line through logarithms or logits."""


def _fit_transformed(block: StrataBlock, model: SlopeModel) -> RegressionFit:
    """Return the curve whose logarithm or logit is a line, with the errors of its ends.

    A figure's error on the scale of the line is that of its limits there; without limits it is
    by the delta method from its standard error.
    """
    scale = block.max_value if model == "logit" else np.ones_like(block.mean)
    groups = limit_groups(block)
    value, lower, upper = (
        np.where(block.is_included, _transform(figure / scale, model), 0.0)
        for figure in (block.estimate, groups.lower, groups.upper)
    )
    by_limits = (upper - lower) / (2 * block.z)
    has_own_limits = np.isfinite(by_limits) & ~np.isnan(block.lower) & ~np.isnan(block.upper)
    by_delta = block.se / scale / _steepness(block.estimate / scale, model)
    se = np.where(block.is_included, np.where(has_own_limits, by_limits, by_delta), 0.0)
    on_line = replace(block, estimate=value, se=se)
    rank = np.where(block.is_included, relative_rank(block), 0.0)
    line = fit_line(on_line, block.share, rank, find_strata_with_errors(on_line))
    bottom, top = (_transform_back(end, model) for end in (line.bottom, line.top))
    return replace(
        line,
        bottom=scale * bottom,
        top=scale * top,
        bottom_derivative=scale * _steepness(bottom, model),
        top_derivative=scale * _steepness(top, model),
    )


def _transform(value: Floats, model: SlopeModel) -> Floats:
    return np.log(value) if model == "log" else np.log(value / (1 - value))


def _transform_back(value: Floats, model: SlopeModel) -> Floats:
    return np.exp(value) if model == "log" else 1 / (1 + np.exp(-value))


def _steepness(value: Floats, model: SlopeModel) -> Floats:
    """Return how much a value changes where its logarithm or logit changes by one."""
    return value if model == "log" else value * (1 - value)


def _with_model(
    model: SlopeModel, index: Callable[[RegressionFit], FormulaResult]
) -> Callable[[StrataBlock], FormulaResult]:
    def compute(block: StrataBlock) -> FormulaResult:
        result = index(_fit_transformed(block, model))
        return replace(
            result, missing_reason=fill_codes(_missing_reasons(block, model), result.missing_reason)
        )

    return compute


def _missing_reasons(block: StrataBlock, model: SlopeModel) -> CodeArray:
    """Why figures have no logarithm or no logit."""
    is_zero = any_group(block.is_included & (block.estimate <= 0))
    codes: CodeArray = np.where(is_zero, np.uint8(MissingReason.ZERO_LOGARITHM), np.uint8(0))
    if model == "log":
        return codes
    is_whole = any_group(block.is_included & (block.estimate >= block.max_value))
    whole = fill_codes(codes, is_whole * np.uint8(MissingReason.NO_SOLUTION))
    return fill_codes(np.isnan(block.max_value) * np.uint8(MissingReason.BAD_SCALE), whole)


FORMULAS: dict[tuple[str, SlopeModel], Callable[[StrataBlock], FormulaResult]] = {
    (name, model): _with_model(model, index)
    for name, index in (("sii", slope_index_result), ("rii", relative_index_result))
    for model in ("log", "logit")
}
"""The formula of each slope index by its model."""
