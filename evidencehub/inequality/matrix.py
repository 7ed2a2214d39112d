"""The figures of one indicator and scheme as arrays, strata by groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from evidencehub.domain.status import SHARE_VALUE_TYPES, TOTAL
from evidencehub.inequality.group_errors import ObservedValues
from evidencehub.inequality.records import CONFIDENCE_LEVEL, IndicatorProperties, ObservationRecord
from evidencehub.inequality.strata import Bools, Floats, Integers, Strata
from evidencehub.stats.intervals import ConfidenceLimits

NON_OVERLAPPING_BASES = {"", "single", "prioritised"}  # counting bases

STORED_DIGITS = 12

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
    def _observed(self) -> ObservedValues:
        """The numbers of every figure, in the order of the observations."""
        return ObservedValues.from_observations(self.indicator, self._observations)

    def _to_matrix(self, values: Floats) -> Floats:
        """One number of every figure, NaN where there is none; strata by groups."""
        array = np.full((len(self.strata), len(self.groups)), np.nan)
        array[self._positions] = values
        return array

    @cached_property
    def estimate(self) -> Floats:
        """The figures, unrounded where their counts stand beside them."""
        return self._to_matrix(self._observed.estimate)

    @cached_property
    def standard_errors(self) -> Floats:
        """Their standard errors: as stated, or from the counts, or from the limits."""
        return self._to_matrix(self._observed.standard_errors)

    @cached_property
    def limits(self) -> ConfidenceLimits:
        """Their confidence limits at the level of the table."""
        return ConfidenceLimits(*map(self._to_matrix, self._observed.limits))

    @cached_property
    def numerator(self) -> Floats:
        """The events or people that each is made of."""
        return self._to_matrix(self._observed.numerator)

    @cached_property
    def denominator(self) -> Floats:
        """What each was divided by."""
        return self._to_matrix(self._observed.denominator)

    @cached_property
    def is_break(self) -> Bools:
        """Which are the first after a break of their series."""
        breaks = np.zeros((len(self.strata), len(self.groups)), dtype=np.bool_)
        breaks[self._positions] = [observation.is_break for observation in self._observations]
        return breaks

    @cached_property
    def decimals(self) -> Floats:
        """How many decimals each figure was published with."""
        return self._to_matrix(self._observed.decimals)

    @cached_property
    def half_unit(self) -> Floats:
        """How far the truth may lie from each figure for its rounding; 0 for one from counts."""
        return self._to_matrix(self._observed.half_unit)

    @cached_property
    def population(self) -> Floats:
        """How many people each is about: its population, else what a crude figure is divided by."""
        observed = self._observed
        has_population = ~np.isnan(observed.population) | (not self.indicator.is_crude)
        return self._to_matrix(np.where(has_population, observed.population, observed.denominator))

    @cached_property
    def is_listed(self) -> Bools:
        """Which groups the source lists in which stratum, with a figure or without."""
        listed = np.zeros((len(self.strata), len(self.groups)), dtype=np.bool_)
        listed[self._positions] = True
        return listed

    def column_of(self, group: str) -> int:
        return self.groups.get(group, -1)


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
        lower=sheet.limits.lower if sheet.is_partition else None,
        upper=sheet.limits.upper if sheet.is_partition else None,
        limits_level=CONFIDENCE_LEVEL,
        population=sheet.population if sheet.is_partition else None,
        reference=np.full(size, reference, dtype=np.int64),
        published_average=average,
        max_value=np.full(size, sheet.indicator.scale if is_share else np.nan),
        is_listed=sheet.is_listed & keep,
    )


def round_p_values(numbers: Floats) -> list[float | None]:
    """The p-values with three digits, None for what is not there."""
    return [float(f"{p:.3g}") if math.isfinite(p) else None for p in numbers.tolist()]


def replace_nan_by_none(numbers: Floats, scale: Floats | float = 0.0) -> list[float | None]:
    """The numbers, None for what is not there: NaN, and a limit that is infinite.

    They keep twelve digits, so that 5.7 is not 5.699999999999999, and a zero has no sign. `scale`
    is the size of what they were computed from: of a small difference between large values only
    the digits remain that these bear out.
    """
    cells: list[float | None] = [None] * len(numbers)
    scales = np.broadcast_to(np.nan_to_num(scale), numbers.shape)
    finite_rows = np.flatnonzero(np.isfinite(numbers))  # most tables have columns with next to none
    for row, number, size in zip(
        finite_rows.tolist(), numbers[finite_rows].tolist(), scales[finite_rows].tolist(),
        strict=True,
    ):  # fmt: skip
        cells[row] = _round_stored(number, max(abs(number), size))
    return cells


def _round_stored(number: float, size: float) -> float:
    """Return a number with the twelfth digit of `size` as its last one.

    >>> _round_stored(1000.1 - 1000.0, 1000.1), _round_stored(-0.0, 0.0)
    (0.1, 0.0)
    """
    if not number:
        return 0.0
    if size == abs(number):
        return float(f"{number:.{STORED_DIGITS}g}")
    return round(number, STORED_DIGITS - 1 - math.floor(math.log10(size))) + 0.0
