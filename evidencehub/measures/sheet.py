"""The figures of one indicator and scheme as arrays, strata by groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from evidencehub.measures.observed import Indicator, Observation
from evidencehub.measures.quantiles import normal
from evidencehub.measures.strata import Bools, Floats, Integers

PARTITIONED = {"", "single", "prioritised"}  # counting bases

Place = tuple[str, ...]  # area, period_start, period_end, sex, age, other, adjustment, ethnicity


class Sheet:
    """The strata of one indicator, scheme and dimension.

    Of each figure it takes the stratum, the group there, and the observation itself. `basis` is
    how the scheme counts people where an observation does not say, `first` the number of the
    first stratum in the table.
    """

    def __init__(
        self,
        key: tuple[str, ...],
        indicator: Indicator,
        basis: str,
        figures: Sequence[tuple[Place, str, Observation]],
        first: int,
    ) -> None:
        self.name, self.scheme, self.dimension = key
        self.indicator = indicator
        self.first = first
        self._basis = basis
        self._strata, self._groups, self._told = zip(*figures, strict=True)

    @cached_property
    def strata(self) -> list[Place]:
        """In their own order, so that nothing depends on the order of the file."""
        return sorted(set(self._strata))

    @cached_property
    def groups(self) -> dict[str, int]:
        """Each group's column, by name."""
        return {name: column for column, name in enumerate(sorted(set(self._groups)))}

    @cached_property
    def is_partition(self) -> bool:
        """True when nobody is counted in two groups, as far as is said."""
        return {told.counting_basis or self._basis for told in self._told} <= PARTITIONED

    @cached_property
    def _places(self) -> tuple[Integers, Integers]:
        """The stratum and the column of every figure."""
        rows = {stratum: row for row, stratum in enumerate(self.strata)}
        return (
            np.array([rows[stratum] for stratum in self._strata]),
            np.array([self.groups[group] for group in self._groups]),
        )

    @cached_property
    def _numbers(self) -> Floats:
        """The numbers of every figure, in the order that observations have them."""
        return np.array([told.numbers for told in self._told], dtype=np.float64).T

    def _filled(self, values: Floats) -> Floats:
        """One number of every figure, NaN where there is none; strata by groups."""
        array = np.full((len(self.strata), len(self.groups)), np.nan)
        array[self._places] = values
        return array

    @cached_property
    def estimate(self) -> Floats:
        """The figures."""
        return self._filled(self._numbers[0])

    @cached_property
    def errors(self) -> Floats:
        """Their standard errors: as stated, or from the counts, or from the limits."""
        value, stated, lower, upper, level, count, total, _ = self._numbers
        with np.errstate(all="ignore"):  # a count or total of 0 gives nothing
            limits = (upper - lower) / _widths(level)
            found = np.where(np.isnan(stated), limits, stated)
            if self.indicator.crude:
                is_rate = self.indicator.value_type == "rate"
                share = count / total
                variance = share / total if is_rate else share * (1 - share) / total
                counted = (count > 0) & (total > 0) & ~np.isnan(value)
                counted &= is_rate | (count < total)
                error = self.indicator.scale * np.sqrt(variance)
                found = np.where(np.isnan(stated) & counted, error, found)
        return self._filled(found)

    @cached_property
    def people(self) -> Floats:
        """How many people each is about: its population, else what a crude figure is divided by."""
        total, population = self._numbers[6:8]
        known = ~np.isnan(population) | (not self.indicator.crude)
        return self._filled(np.where(known, population, total))

    @cached_property
    def given(self) -> Bools:
        """Which groups the source lists in which stratum, with a figure or without."""
        listed = np.zeros((len(self.strata), len(self.groups)), dtype=np.bool_)
        listed[self._places] = True
        return listed

    def column(self, group: str) -> int:
        return self.groups.get(group, -1)


def _widths(level: Floats) -> Floats:
    """How many standard errors lie between the limits, for a level in percent."""
    known, places = np.unique(level, return_inverse=True)
    reach = [2 * normal(one / 100) if 0 < one < 100 else np.nan for one in known.tolist()]
    return np.array(reach)[places]
