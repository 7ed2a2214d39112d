"""The figures of one indicator and scheme as arrays, strata by groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from evidencehub.domain.status import SHARE_VALUE_TYPES, TOTAL
from evidencehub.inequality.records import IndicatorProperties, ObservationRecord
from evidencehub.inequality.strata import Bools, Floats, Integers, Strata
from evidencehub.stats.quantiles import z_for_level

NON_OVERLAPPING_BASES = {"", "single", "prioritised"}  # counting bases

StratumKey = tuple[
    str, ...
]  # area, period_start, period_end, sex, age, other, adjustment, ethnicity


class StrataMatrix:
    """The strata of one indicator, scheme and dimension.

    Of each figure it takes the stratum, the group there, and the observation itself. `basis` is how
    the scheme counts people where an observation does not say, `first_stratum` the number of the
    first stratum in the table.
    """

    def __init__(
        self,
        key: tuple[str, ...],
        indicator: IndicatorProperties,
        counting_basis: str,
        entries: Sequence[tuple[StratumKey, str, ObservationRecord]],
        first_stratum: int,
    ) -> None:
        self.key = _, self.scheme, self.dimension = key
        self.indicator = indicator
        self.first_stratum = first_stratum
        self._counting_basis = counting_basis
        self._strata, self._groups, self._observations = zip(*entries, strict=True)

    @cached_property
    def strata(self) -> list[StratumKey]:
        """In their own order, so that nothing depends on the order of the file."""
        return sorted(set(self._strata))

    @cached_property
    def groups(self) -> dict[str, int]:
        """Each group's column, by name."""
        return {name: column for column, name in enumerate(sorted(set(self._groups)))}

    @cached_property
    def is_partition(self) -> bool:
        """True when nobody is counted in two groups, as far as is said."""
        return {
            observation.counting_basis or self._counting_basis for observation in self._observations
        } <= NON_OVERLAPPING_BASES

    @cached_property
    def _positions(self) -> tuple[Integers, Integers]:
        """The stratum and the column of every figure."""
        rows = {stratum: row for row, stratum in enumerate(self.strata)}
        return (
            np.array([rows[stratum] for stratum in self._strata]),
            np.array([self.groups[group] for group in self._groups]),
        )

    @cached_property
    def _numeric_values(self) -> Floats:
        """The numbers of every figure, in the order that observations have them."""
        return np.array(
            [observation.numeric_values for observation in self._observations], dtype=np.float64
        ).T

    def _to_matrix(self, values: Floats) -> Floats:
        """One number of every figure, NaN where there is none; strata by groups."""
        array = np.full((len(self.strata), len(self.groups)), np.nan)
        array[self._positions] = values
        return array

    @cached_property
    def estimate(self) -> Floats:
        """The figures."""
        return self._to_matrix(self._numeric_values[0])

    @cached_property
    def standard_errors(self) -> Floats:
        """Their standard errors: as stated, or from the counts, or from the limits."""
        value, stated, lower, upper, level, count, total, _ = self._numeric_values
        with np.errstate(all="ignore"):  # a count or total of 0 gives nothing
            limits = (upper - lower) / _interval_widths(level)
            se = np.where(np.isnan(stated), limits, stated)
            if self.indicator.is_crude:
                is_rate = self.indicator.value_type == "rate"
                share = count / total
                variance = share / total if is_rate else share * (1 - share) / total
                counted = (count > 0) & (total > 0) & ~np.isnan(value)
                counted &= is_rate | (count < total)
                error = self.indicator.scale * np.sqrt(variance)
                se = np.where(np.isnan(stated) & counted, error, se)
        return self._to_matrix(se)

    @cached_property
    def population(self) -> Floats:
        """How many people each is about: its population, else what a crude figure is divided by."""
        total, population = self._numeric_values[6:8]
        has_population = ~np.isnan(population) | (not self.indicator.is_crude)
        return self._to_matrix(np.where(has_population, population, total))

    @cached_property
    def is_listed(self) -> Bools:
        """Which groups the source lists in which stratum, with a figure or without."""
        listed = np.zeros((len(self.strata), len(self.groups)), dtype=np.bool_)
        listed[self._positions] = True
        return listed

    def column_of(self, group: str) -> int:
        return self.groups.get(group, -1)


def _interval_widths(level: Floats) -> Floats:
    """How many standard errors lie between the limits, for a level in percent."""
    levels, inverse = np.unique(level, return_inverse=True)
    widths = [
        2 * z_for_level(percent / 100) if 0 < percent < 100 else np.nan
        for percent in levels.tolist()
    ]
    return np.array(widths)[inverse]


def select_strata(sheet: StrataMatrix, keep: Bools, reference: int) -> Strata:
    """The sheet's strata with the groups to `keep` (strata by groups)."""
    estimate = sheet.estimate
    total = sheet.column_of(TOTAL)
    average = estimate[:, total].copy() if total >= 0 else np.full(len(estimate), np.nan)
    size = len(estimate)
    is_share = sheet.indicator.value_type in SHARE_VALUE_TYPES
    return Strata(
        estimate=np.where(keep, estimate, np.nan),
        favourable=np.full(size, sheet.indicator.polarity == "favourable"),
        # people in several groups: the groups are not independent, and make up no whole
        se=sheet.standard_errors if sheet.is_partition else None,
        population=sheet.population if sheet.is_partition else None,
        reference=np.full(size, reference, dtype=np.int64),
        published_average=average,
        max_value=np.full(size, sheet.indicator.scale if is_share else np.nan),
        is_listed=sheet.is_listed & keep,
    )


def replace_nan_by_none(numbers: Floats) -> list[Any]:
    """The numbers, None for what is not there."""
    values = numbers.astype(object)
    values[np.isnan(numbers)] = None
    present: list[Any] = values.tolist()
    return present
