"""What a measure gives: estimates with intervals, and a reason wherever there is none."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evidencehub.measures.block import Found, first, no_codes
from evidencehub.measures.strata import REASONS, Bools, Codes, Floats, Integers, Why

CI_METHODS = ("", "analytic", "log", "delta", "regression", "robust", "simulation")
"""How an interval was made, in the order of its codes."""


@dataclass(frozen=True)
class Measured:
    """Estimates of S strata, and what is needed to read them.

    `estimate`, `se`, `lower`, `upper`: NaN where there is none. The standard error of a ratio
    (`r`, `rii`) is that of its natural logarithm.
    `ci_method`: codes into CI_METHODS, 0 where there is no interval.
    `why`: codes into REASONS for a missing estimate, 0 where there is one.
    `why_no_interval`: the same for a missing interval of an estimate that is there.
    `groups`: how many groups counted. `excluded`: how many more the source lists.
    `exploratory`: True where the groups compared were picked by their own figures.
    In a comparison with a reference the first six are (S, G), one entry for each group.
    """

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    ci_method: Codes
    why: Codes
    why_no_interval: Codes
    groups: Integers
    excluded: Integers
    exploratory: Bools

    def ci_methods(self) -> NDArray[np.str_]:
        """The word for each interval's method, empty where there is no interval."""
        return np.array(CI_METHODS)[self.ci_method]

    def reasons(self) -> NDArray[np.str_]:
        """A sentence for each missing estimate, empty where there is one."""
        return np.array(REASONS)[self.why]

    def interval_reasons(self) -> NDArray[np.str_]:
        """A sentence for each missing interval of an estimate that is there, else empty."""
        return np.array(REASONS)[self.why_no_interval]


def empty(shape: tuple[int, ...]) -> Measured:
    """Room for the results, to be filled block by block."""
    estimate, se, lower, upper = (np.full(shape, np.nan) for _ in range(4))
    ci_method, why, why_no_interval = (np.zeros(shape, np.uint8) for _ in range(3))
    groups, excluded = (np.zeros(shape[:1], np.int64) for _ in range(2))
    return Measured(
        estimate=estimate,
        se=se,
        lower=lower,
        upper=upper,
        ci_method=ci_method,
        why=why,
        why_no_interval=why_no_interval,
        groups=groups,
        excluded=excluded,
        exploratory=np.zeros(shape[:1], np.bool_),
    )


@dataclass(frozen=True)
class Figures:
    """One block's estimates and intervals, strata last, each with its reason."""

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    ci_method: Codes
    why: Codes
    why_no_interval: Codes

    def put(self, into: Measured, rows: slice) -> None:
        """Write them into their rows."""
        for field in fields(self):
            getattr(into, field.name)[rows] = getattr(self, field.name).T


@dataclass(frozen=True)
class Interval:
    """How to get from a standard error to an interval.

    `reach` is the number of standard errors to either end; a ratio takes them on the scale of
    its logarithm.
    """

    reach: float
    is_ratio: bool
    method: str

    def ends(self, estimate: Floats, se: Floats) -> tuple[Floats, Floats]:
        if self.is_ratio:
            factor = np.exp(self.reach * se)
            return estimate / factor, estimate * factor
        return estimate - self.reach * se, estimate + self.reach * se


def figures(found: Found, why: Codes, missing_se: Codes, interval: Interval) -> Figures:
    """Estimates with normal intervals.

    `why` is what was in the way before the formula; `missing_se` is the reason for a missing
    interval where the formula gives no better one.
    """
    why = first(why, found.why)
    why = first(why, ~np.isfinite(found.estimate) * np.uint8(Why.UNDEFINED))
    estimate = np.where(why == 0, found.estimate, np.nan)
    se = np.full_like(estimate, np.nan) if found.se is None else found.se
    lower, upper = interval.ends(estimate, se)
    known = (why == 0) & np.isfinite(se) & np.isfinite(lower) & np.isfinite(upper)
    overflow = np.isfinite(se) * np.uint8(Why.INTERVAL_UNDEFINED)
    no_interval = first(first(no_codes(estimate), found.no_interval), first(overflow, missing_se))
    return Figures(
        estimate=estimate,
        se=np.where(known, se, np.nan),
        lower=np.where(known, lower, np.nan),
        upper=np.where(known, upper, np.nan),
        ci_method=known * np.uint8(CI_METHODS.index(interval.method)),
        why=why,
        why_no_interval=np.where((why == 0) & ~known, no_interval, np.uint8(0)),
    )


def with_draws(
    shown: Figures, rows: Integers, drawn: Floats, level: float, *, is_ratio: bool
) -> None:
    """Put percentile intervals into some rows; `drawn` is (rows, draws).

    The interval is widened to the estimate where it would leave it out. That happens when
    groups are nearly equal: errors only ever push them apart. Rows of which some draw cannot
    be computed stay as they are.
    """
    ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=-1)
    se = (np.log(drawn) if is_ratio else drawn).std(axis=-1, ddof=1)
    known = np.isfinite(ends).all(axis=0) & np.isfinite(se)
    rows, (lower, upper) = rows[known], ends[:, known]
    estimate = shown.estimate[rows]
    shown.se[rows] = se[known]
    shown.lower[rows] = np.minimum(lower, estimate)
    shown.upper[rows] = np.maximum(upper, estimate)
    shown.ci_method[rows] = CI_METHODS.index("simulation")
    shown.why_no_interval[rows] = 0
