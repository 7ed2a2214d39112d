"""What is known of each observation's value and its error: from counts, limits, standard errors.

Arrays have one entry for each observation; NaN is what is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evidencehub.domain.status import RATE_VALUE_TYPES, SHARE_VALUE_TYPES
from evidencehub.inequality.records import CONFIDENCE_LEVEL, IndicatorProperties, ObservationRecord
from evidencehub.inequality.strata import Bools, Floats
from evidencehub.stats.intervals import ConfidenceLimits, limits_for_value_type
from evidencehub.stats.quantiles import z_for_level

_NUMBER_FIELDS = (
    "value", "se", "lower", "upper", "level", "numerator", "denominator", "population", "decimals",
)  # fmt: skip
"""The fields that hold numbers of an observation, in the order of `numeric_values`."""
SE_TOLERANCE = 0.1  # of a standard error; within it a stated one is that of the counts, rounded
_ROUNDING_TOLERANCE = 1e-9  # relative; sums of decimals are not exact


@dataclass(frozen=True)
class ObservedValues:
    """The numbers of an indicator's observations as they are stated.

    `has_derived_limits`: the hub filled the limits in. `is_adjusted`: the value is standardised
    further, so that the counts are not what it is made of.
    """

    indicator: IndicatorProperties
    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    level: Floats
    numerator: Floats
    denominator: Floats
    population: Floats
    decimals: Floats
    has_derived_limits: Bools
    is_adjusted: Bools

    @classmethod
    def from_observations(
        cls, indicator: IndicatorProperties, observations: Sequence[ObservationRecord]
    ) -> ObservedValues:
        """Return the numbers of observations, in their order."""
        numbers = np.array([record.numeric_values for record in observations], np.float64).T
        stated = dict(zip(_NUMBER_FIELDS, numbers, strict=True))
        stated["decimals"] = _fill_decimals(stated["decimals"], stated["value"])
        return cls(
            indicator=indicator,
            has_derived_limits=np.array([record.has_derived_limits for record in observations]),
            is_adjusted=np.array([bool(record.adjustment) for record in observations]),
            **stated,
        )

    @cached_property
    def estimate(self) -> Floats:
        """The values, unrounded where their own counts give what was rounded to them."""
        return np.where(self._is_from_counts, self._count_quotient, self.value)

    @property
    def half_unit(self) -> Floats:
        """How far the value may lie from the estimate for its rounding; 0 for one from counts."""
        return np.where(self._is_from_counts, 0.0, self._half_unit)

    @cached_property
    def limits(self) -> ConfidenceLimits:
        """The limits of each value at the level of the table.

        The source's own, unless the counts give the same before rounding; else those of the
        counts; else symmetric ones from a standard error, which end at 0 and at the scale.
        """
        stated, counted, symmetric = self._stated_limits, self._count_limits, self._symmetric_limits
        prefers_counts = self._uses_counts
        has_stated = ~prefers_counts & ~np.isnan(stated.lower)
        lower, upper = (
            np.where(prefers_counts, by_count, np.where(has_stated, by_source, by_error))
            for by_count, by_source, by_error in zip(counted, stated, symmetric, strict=True)
        )
        # the value from counts may lie a rounding beyond limits that were published
        return ConfidenceLimits(np.minimum(lower, self.estimate), np.maximum(upper, self.estimate))

    @cached_property
    def standard_errors(self) -> Floats:
        """The standard errors: as stated, or from the counts, or from the limits."""
        z = z_for_level(CONFIDENCE_LEVEL)
        stated, counted = self._stated_limits, self._count_limits
        by_limits = (stated.upper - stated.lower) / (2 * z)
        # no events, or all of them, and counts that were rounded
        no_variance = (counted.upper - counted.lower) / (2 * z)
        is_exact = (self._count_error > 0) & (self.indicator.count_reach == 0)
        by_counts = np.where(is_exact, self._count_error, no_variance)
        by_source = np.where(self._uses_counts, by_counts, by_limits)
        return np.where(np.isnan(self.se), by_source, self.se)

    @cached_property
    def _count_quotient(self) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(self.indicator.scale * self.numerator / self.denominator)

    @cached_property
    def _is_from_counts(self) -> Bools:
        """Where the counts of a crude value agree with it, as it was rounded."""
        if not (self.indicator.is_crude and self.indicator.value_type in RATE_VALUE_TYPES):
            return np.zeros(self.value.shape, np.bool_)
        exact = self._count_quotient
        tolerance = self._half_unit + _ROUNDING_TOLERANCE * np.abs(exact)
        agrees = np.abs(exact - self.value) <= tolerance
        is_possible = (self.numerator >= 0) & (self.denominator > 0)
        if self.indicator.value_type in SHARE_VALUE_TYPES:
            is_possible &= self.numerator <= self.denominator
        return np.asarray(agrees & is_possible & ~self.is_adjusted)

    @cached_property
    def _half_unit(self) -> Floats:
        """How far a value may lie from what was rounded to it."""
        return np.asarray(0.5 * 10.0**-self.decimals)

    @cached_property
    def _stated_limits(self) -> ConfidenceLimits:
        """The limits in the row, brought to the level of the table, each on its own side."""
        with np.errstate(all="ignore"):
            factor = z_for_level(CONFIDENCE_LEVEL) / _z_for_levels(self.level)
            lower = self.value - factor * (self.value - self.lower)
            upper = self.value + factor * (self.upper - self.value)
        if self.indicator.value_type in RATE_VALUE_TYPES:
            lower = np.maximum(lower, np.minimum(self.lower, 0))
        is_known = ~np.isnan(lower) & ~np.isnan(upper)
        return ConfidenceLimits(
            np.where(is_known, lower, np.nan), np.where(is_known, upper, np.nan)
        )

    @cached_property
    def _count_limits(self) -> ConfidenceLimits:
        """Wilson's, exact Poisson's or Byar's limits where the value is that of its counts."""
        if not self._is_from_counts.any():
            return ConfidenceLimits(*(np.full(self.value.shape, np.nan) for _ in range(2)))
        return limits_for_value_type(
            self.indicator.value_type,
            np.where(self._is_from_counts, self.numerator, np.nan),
            self.denominator,
            self.indicator.scale,
            CONFIDENCE_LEVEL,
            count_reach=self.indicator.count_reach,
        )

    @cached_property
    def _count_error(self) -> Floats:
        """The standard error that follows from the counts; 0 for no events, or all."""
        with np.errstate(all="ignore"):
            share = np.where(self._is_from_counts, self.numerator / self.denominator, np.nan)
            is_rate = self.indicator.value_type == "rate"
            variance = (share if is_rate else share * (1 - share)) / self.denominator
            return np.asarray(self.indicator.scale * np.sqrt(variance))

    @cached_property
    def _uses_counts(self) -> Bools:
        """Where the counts say of the error what the source says, or the source says nothing."""
        stated, counted = self._stated_limits, self._count_limits
        lower, upper = (
            np.abs(by_source - by_count) <= self._half_unit * (1 + _ROUNDING_TOLERANCE)
            for by_source, by_count in zip(stated, counted, strict=True)
        )
        agrees = self.has_derived_limits | np.isnan(stated.lower) | (lower & upper)
        ratio = np.divide(
            self.se, self._count_error, out=np.ones_like(self.se), where=self._count_error > 0
        )
        agrees &= np.isnan(self.se) | (np.abs(ratio - 1) <= SE_TOLERANCE)
        return np.asarray(self._is_from_counts & agrees & self.indicator.has_independent_counts)

    @cached_property
    def _symmetric_limits(self) -> ConfidenceLimits:
        reach = z_for_level(CONFIDENCE_LEVEL) * self.se
        lower, upper = self.value - reach, self.value + reach
        if self.indicator.value_type in RATE_VALUE_TYPES:
            lower = np.maximum(lower, 0)
        if self.indicator.value_type in SHARE_VALUE_TYPES:
            upper = np.minimum(upper, self.indicator.scale)
        return ConfidenceLimits(lower, upper)


def _z_for_levels(level: Floats) -> Floats:
    """Return how many standard errors a limit is away, for levels in percent."""
    levels, inverse = np.unique(level, return_inverse=True)
    quantiles = [
        z_for_level(percent / 100) if 0 < percent < 100 else np.nan for percent in levels.tolist()
    ]
    return np.array(quantiles)[inverse]


def _fill_decimals(decimals: Floats, values: Floats) -> Floats:
    """Return the decimals of each value; where they are not stated, those that it needs."""
    filled = decimals.copy()
    for row in np.flatnonzero(np.isnan(decimals) & np.isfinite(values)):
        filled[row] = len(f"{values[row]:.12f}".rstrip("0").partition(".")[2])
    return filled
