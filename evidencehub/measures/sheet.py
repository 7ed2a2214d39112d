"""The figures of one indicator and scheme as arrays, strata by groups."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from evidencehub.measures.observed import Indicator, Observation, Stratum
from evidencehub.measures.quantiles import normal
from evidencehub.measures.strata import Bools, Floats

PARTITIONED = {"", "single", "prioritised"}  # counting bases


class Sheet:
    """The strata of one indicator, scheme and dimension, as they fill up."""

    def __init__(self, name: str, scheme: str, dimension: str, indicator: Indicator) -> None:
        self.name, self.scheme, self.dimension = name, scheme, dimension
        self.indicator = indicator
        self.told: list[tuple[Stratum, str, Observation]] = []

    def add(self, stratum: Stratum, group: str, told: Observation) -> None:
        self.told.append((stratum, group, told))

    @cached_property
    def strata(self) -> list[Stratum]:
        """In their own order, so that nothing depends on the order of the file."""
        return sorted({stratum for stratum, _, _ in self.told})

    @cached_property
    def groups(self) -> dict[str, int]:
        """Each group's column."""
        names = sorted({group for _, group, _ in self.told})
        return {name: column for column, name in enumerate(names)}

    @cached_property
    def is_partition(self) -> bool:
        """True when nobody is counted in two groups, as far as is said."""
        return {told.counting_basis for _, _, told in self.told} <= PARTITIONED

    def filled(self, values: Iterable[float | None]) -> Floats:
        """One number of every figure, NaN where there is none; strata by groups."""
        array = np.full((len(self.strata), len(self.groups)), np.nan)
        array[self.places] = np.array(list(values), dtype=np.float64)
        return array

    @cached_property
    def places(self) -> tuple[list[int], list[int]]:
        """The stratum and the column of every figure."""
        rows = {stratum: row for row, stratum in enumerate(self.strata)}
        return [rows[s] for s, _, _ in self.told], [self.groups[g] for _, g, _ in self.told]

    @cached_property
    def estimate(self) -> Floats:
        """The figures."""
        return self.filled(told.value for _, _, told in self.told)

    @cached_property
    def errors(self) -> Floats:
        """Their standard errors."""
        return self.filled(_error(told, self.indicator) for _, _, told in self.told)

    @cached_property
    def people(self) -> Floats:
        """How many people each is about."""
        return self.filled(_people(told, self.indicator) for _, _, told in self.told)

    @cached_property
    def given(self) -> Bools:
        """Which groups the source lists in which stratum, with a figure or without."""
        listed = np.zeros((len(self.strata), len(self.groups)), dtype=np.bool_)
        listed[self.places] = True
        return listed

    def column(self, group: str) -> int:
        return self.groups.get(group, -1)


def _error(told: Observation, indicator: Indicator) -> float | None:
    """The standard error: as stated, or from the counts, or from the limits."""
    if told.se is not None:
        return told.se
    count, total = told.numerator, told.denominator
    if indicator.crude and count and total and told.value is not None:
        if indicator.value_type == "rate":
            return indicator.scale * math.sqrt(count) / total
        if count < total:
            share = count / total
            return indicator.scale * math.sqrt(share * (1 - share) / total)
    if told.ci_lower is None or told.ci_upper is None or not told.ci_level:
        return None
    return (told.ci_upper - told.ci_lower) / (2 * normal(told.ci_level / 100))


def _people(told: Observation, indicator: Indicator) -> float | None:
    """How many people a group has: its population, else what its crude figure is divided by."""
    if told.population is not None:
        return told.population
    return told.denominator if indicator.crude else None
