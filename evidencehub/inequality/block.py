"""What a measure is, and what it is computed from: a block of strata."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from evidencehub.inequality.strata import Bools, CodeArray, Floats, Integers


@dataclass(frozen=True)
class StrataBlock:
    """N strata with the groups first, so that arrays of shape (G, N) are summed over axis 0.

    Groups that do not count have figure, standard error and share 0. `lower` and `upper` are
    the groups' own confidence limits, NaN where only a standard error is known; `z` is how many
    standard errors a limit is away. Simulated blocks carry the draws as a further, last axis.
    """

    estimate: Floats
    se: Floats
    share: Floats
    is_included: Bools
    rank: Floats
    mean: Floats
    published_average: Floats
    population: Floats
    group_count: Integers
    favourable: Bools
    is_ordered: Bools
    reference: Integers
    max_value: Floats
    lower: Floats
    upper: Floats
    z: float

    def with_draw_axis(self) -> StrataBlock:
        """The same strata with a further, last axis for draws."""
        return self._map_arrays(lambda array: array[..., None])

    def take_strata(self, rows: Integers) -> StrataBlock:
        """Some of the strata."""
        return self._map_arrays(lambda array: array[..., rows])

    def _map_arrays(self, function: Callable[[Any], Any]) -> StrataBlock:  # of several types
        arrays = {f.name: function(getattr(self, f.name)) for f in fields(self) if f.name != "z"}
        return replace(self, **arrays)


@dataclass(frozen=True)
class FormulaResult:
    """What a formula gives for a block: (N,) estimates, standard errors and reasons.

    A standard error is in the unit of the estimate; that of a ratio is of its logarithm.
    `lower` and `upper` are limits that do not follow from the standard error; they may be there
    without an estimate, and `upper` is infinite where there is a lower limit only.
    `is_residual` is where the standard error comes from distances to a curve, for want of others.
    """

    estimate: Floats
    se: Floats | None = None
    lower: Floats | None = None
    upper: Floats | None = None
    missing_reason: CodeArray | None = None
    missing_interval_reason: CodeArray | None = None
    is_residual: Bools | None = None


@dataclass(frozen=True, kw_only=True)
class InequalityMeasure:
    """One measure of the WHO set: what it is, what it needs, and its formula.

    `needs_population` is “mean” where a published average will do as well.
    `exploratory_when` says when the groups compared are picked by their own figures: chance then
    makes the figure larger, the more so the more groups there are.
    Limits never lie beyond `lowest` and `highest`, nor further from 0 than the scale is long where
    `is_within_scale`. `decimals` are the most that it is written with, those of the figures where
    it is in their unit.
    `required_extremes` names the groups of an order without which the measure has no meaning.
    `residual_ci_method` is the name of an interval from distances to a curve.
    `estimator` is the plain estimate, where the interval comes from simulated figures.
    `who_formula` is the formula as the WHO package computes it, where ours differs.
    """

    name: str
    title: str
    formula: Callable[[StrataBlock], FormulaResult]
    is_absolute: bool = True
    is_ordered: bool = False
    min_groups: int = 3
    needs_population: Literal["no", "mean", "yes"] = "yes"
    needs_reference: bool = False
    null_value: int = 0
    lowest: float = -math.inf
    highest: float = math.inf
    is_within_scale: bool = False
    decimals: int | None = None
    exploratory_when: Literal["never", "always", "unless ordered", "unless ordered or two"] = (
        "never"
    )
    ci_method: str = "analytic"
    residual_ci_method: str = ""
    who_ci_method: str = ""
    required_extremes: Literal["", "top", "both"] = ""
    estimator: Callable[[StrataBlock], Floats] | None = None
    who_formula: Callable[[StrataBlock], FormulaResult] | None = None

    def select_formula(self, *, as_who: bool) -> Callable[[StrataBlock], FormulaResult]:
        """Return our formula, or with `as_who` that of the WHO package where it differs."""
        return (self.who_formula if as_who else None) or self.formula

    def select_ci_method(self, *, as_who: bool) -> str:
        """Return the name of how our interval, or that of the WHO package, is made."""
        return (self.who_ci_method if as_who else "") or self.ci_method

    def possible_range(self, block: StrataBlock) -> tuple[Floats, Floats]:
        """Return the lowest and the highest value that the measure can have in each stratum."""
        reach = np.where(self.is_within_scale & ~np.isnan(block.max_value), block.max_value, np.inf)
        return np.maximum(self.lowest, -reach), np.minimum(self.highest, reach)


def take_column(column: Integers, values: Floats) -> Floats:
    """Entries of `values` (G, N), one column for each stratum; a column that is not there is 0."""
    valid_column = np.where((column >= 0) & (column < len(values)), column, 0)
    return np.asarray(np.take_along_axis(values, valid_column[None], axis=0)[0])


def any_group(mask: Bools) -> Bools:
    """Where it is so for some group."""
    return np.asarray(mask.any(axis=0))


def sum_over_groups(weight: Floats, values: Floats) -> Floats:
    """The sum of weighted values of each stratum, and of each draw where there are draws."""
    return np.asarray(np.einsum("g...,g...->...", weight, values))


def min_over_groups(estimate: Floats, included: Bools) -> Floats:
    """The lowest figure of each stratum; infinite where there is no group."""
    return np.asarray(np.where(included, estimate, np.inf).min(axis=0))


def max_over_groups(estimate: Floats, included: Bools) -> Floats:
    """The highest figure of each stratum; minus infinite where there is no group."""
    return -min_over_groups(-estimate, included)


def zero_codes(values: Floats) -> CodeArray:
    return np.zeros(values.shape, np.uint8)


def fill_codes(codes: CodeArray, fallback: CodeArray | None) -> CodeArray:
    """Keep the codes that are there and fill the others."""
    return codes if fallback is None else np.where(codes == 0, fallback, codes).astype(np.uint8)


def weighted_mean(estimate: Floats, share: Floats, included: Bools, average: Floats) -> Floats:
    """The mean weighted by population, counted from the largest figure on.

    So counted, the mean of equal figures is that figure exactly and not almost.
    """
    base = max_over_groups(estimate, included)
    base = np.where(np.isfinite(base), base, 0.0)
    return np.where(np.isnan(average), base + (share * (estimate - base)).sum(axis=0), average)
