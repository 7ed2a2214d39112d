"""The newest gaps of a sheet in their context: earlier gaps, unknown ethnicity, events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evidencehub.domain.status import RATE_VALUE_TYPES, SHARE_VALUE_TYPES, TOTAL
from evidencehub.inequality.gap_context import (
    Counts,
    GapBounds,
    GapChange,
    SidedGap,
    bound_by_unknown,
    compare_gaps,
    events_above_reference,
)
from evidencehub.inequality.matrix import StrataMatrix, StratumKey, replace_nan_by_none
from evidencehub.inequality.records import Category, GapContextRecord, GapRecord
from evidencehub.inequality.strata import Floats, Integers
from evidencehub.stats.two_sample import LimitedValue

_START, _END = 1, 2  # where a stratum's key has its period
Period = tuple[str, str]


def make_gap_contexts(
    sheet: StrataMatrix, codes: Mapping[str, Category], gaps: Sequence[GapRecord]
) -> list[GapContextRecord]:
    """Return the context of each gap of the newest period of its series, as far as any is known.

    `gaps` are all gaps of the sheet. The earlier gap is the newest of a period that shares no time
    with it, unless a value between them is marked as the first after a break, or the indicator
    declares breaks in words.
    """
    rows_of_series = _group_rows(sheet.strata)
    newest_rows = {rows[-1] for rows in rows_of_series.values()}
    newest = [gap for gap in gaps if _row_of(sheet, gap) in newest_rows]
    if not newest:
        return []
    batch = _GapBatch(sheet, codes, newest)
    columns: list[Sequence[float | str | None]] = [
        *_list_numbers(batch.bounds),
        *_list_numbers(batch.events),
    ]
    earlier = _find_earlier_gaps(sheet, newest, gaps, rows_of_series)
    if any(earlier):
        columns += _list_change(batch, earlier)
    nothing = (None,) * len(columns)
    return [
        GapContextRecord(gap.stratum, gap.ethnicity, *cells)
        for gap, cells in zip(newest, zip(*columns, strict=True), strict=True)
        if cells != nothing
    ]


@dataclass(frozen=True)
class _GapBatch:
    """Some gaps of a sheet as arrays, with the counts of both sides and of unknown ethnicity."""

    sheet: StrataMatrix
    codes: Mapping[str, Category]
    gaps: Sequence[GapRecord]

    @cached_property
    def rows(self) -> Integers:
        """The row of each gap's stratum."""
        return np.array([_row_of(self.sheet, gap) for gap in self.gaps])

    @cached_property
    def columns(self) -> Integers:
        """The column of each gap's group."""
        return np.array([self.sheet.groups[gap.ethnicity] for gap in self.gaps])

    @property
    def size(self) -> Floats:
        """The larger of the two values of each gap, without its sign."""
        values = (
            self.sheet.estimate[self.rows, column]
            for column in (self.columns, self.reference_column)
        )
        return np.asarray(np.maximum(*map(np.abs, values)), np.float64)

    @property
    def reference_column(self) -> int:
        """The column of the reference, which is the same for all."""
        return self.sheet.column_of(self.gaps[0].reference)

    @cached_property
    def has_counts(self) -> bool:
        """Whether values are made of their own counts, of groups that hold nobody twice."""
        indicator = self.sheet.indicator
        is_made_of_counts = indicator.is_crude and indicator.value_type in RATE_VALUE_TYPES
        is_beside_group = self.gaps[0].reference != TOTAL
        return is_made_of_counts and is_beside_group and self.sheet.is_partition

    @property
    def bounds(self) -> GapBounds:
        """The bounds of each gap if the people of unknown ethnicity were of one group."""
        if not self.has_counts:
            return GapBounds(*(np.full(len(self.gaps), np.nan) for _ in range(4)))
        return bound_by_unknown(
            self._counts(self.columns), self._counts(self.reference_column), self._unknown,
            self.sheet.indicator.scale,
        )  # fmt: skip

    @property
    def events(self) -> LimitedValue:
        """The events that would not have happened at the reference group's rate."""
        indicator = self.sheet.indicator
        if not self.has_counts or indicator.polarity != "adverse":
            return LimitedValue(*(np.full(len(self.gaps), np.nan) for _ in range(3)))
        return events_above_reference(
            self._counts(self.columns), self._counts(self.reference_column),
            take_side(self.gaps, "difference"), indicator.scale,
        )  # fmt: skip

    def _counts(self, columns: Integers | int) -> Counts:
        sheet = self.sheet
        return Counts(sheet.numerator[self.rows, columns], sheet.denominator[self.rows, columns])

    @property
    def _unknown(self) -> Counts:
        """Events and people of every residual category of each gap's table.

        NaN where none is listed, or where one is without a number. A rate of a population from
        elsewhere has nobody of unknown ethnicity in it.
        """
        residual = np.array(
            [
                column
                for name, column in self.sheet.groups.items()
                if self.codes.get(name, Category()).is_residual
            ],
            dtype=np.int64,
        )
        listed = self.sheet.is_listed[np.ix_(self.rows, residual)]
        events = self.sheet.numerator[np.ix_(self.rows, residual)]
        people = self.sheet.denominator[np.ix_(self.rows, residual)]
        if self.sheet.indicator.value_type not in SHARE_VALUE_TYPES:
            people = np.where(np.isnan(people), 0.0, people)
        none_listed = np.where(listed.any(axis=1), 0.0, np.nan)
        return Counts(
            np.where(listed, events, 0.0).sum(axis=1) + none_listed,
            np.where(listed, people, 0.0).sum(axis=1) + none_listed,
        )


def take_side(gaps: Iterable[GapRecord | None], name: str) -> LimitedValue:
    """Return the differences or the ratios of gaps with their limits; NaN for none."""
    return LimitedValue(
        *(_to_floats(gap and getattr(gap, field) for gap in tuple(gaps)) for field in _fields(name))
    )


def _fields(name: str) -> tuple[str, str, str]:
    return name, f"{name}_lower", f"{name}_upper"


def _to_floats(numbers: Iterable[float | None]) -> Floats:
    return np.array([np.nan if number is None else number for number in numbers], np.float64)


def _row_of(sheet: StrataMatrix, gap: GapRecord) -> int:
    return gap.stratum - sheet.first_stratum


def _series_of(stratum: StratumKey) -> StratumKey:
    return (*stratum[:_START], *stratum[_END + 1 :])


def _period_of(stratum: StratumKey) -> Period:
    return stratum[_START], stratum[_END]


def _group_rows(strata: Sequence[StratumKey]) -> dict[StratumKey, list[int]]:
    """Return the rows of each series, by the end of their periods and then by the start."""
    rows_of_series: dict[StratumKey, list[int]] = {}
    for row, stratum in sorted(enumerate(strata), key=lambda pair: _period_of(pair[1])[::-1]):
        rows_of_series.setdefault(_series_of(stratum), []).append(row)
    return rows_of_series


def _find_earlier_gaps(
    sheet: StrataMatrix,
    newest: Sequence[GapRecord],
    gaps: Sequence[GapRecord],
    rows_of_series: Mapping[StratumKey, Sequence[int]],
) -> list[GapRecord | None]:
    """Return the gap that each of the newest may be compared with."""
    has_one_period = len(rows_of_series) == len(sheet.strata)
    if has_one_period or sheet.indicator.has_declared_breaks:
        return [None] * len(newest)
    by_place = {(_row_of(sheet, gap), gap.ethnicity): gap for gap in gaps}
    return [
        _choose_earlier(
            sheet, gap, rows_of_series[_series_of(sheet.strata[_row_of(sheet, gap)])], by_place
        )
        for gap in newest
    ]


def _choose_earlier(
    sheet: StrataMatrix,
    gap: GapRecord,
    series: Sequence[int],
    by_place: Mapping[tuple[int, str], GapRecord],
) -> GapRecord | None:
    """Walk back from a gap to one that shares no time with it; None once a break is passed."""
    start = _period_of(sheet.strata[series[-1]])[0]
    columns = [sheet.groups[name] for name in (gap.ethnicity, gap.reference)]
    for row in reversed(series):
        earlier = by_place.get((row, gap.ethnicity))
        if earlier is not None and _period_of(sheet.strata[row])[1] < start:
            return earlier
        if sheet.is_break[row, columns].any():
            return None
    return None


def _list_numbers(
    values: GapBounds | LimitedValue, scale: Floats | float = 0.0
) -> list[list[float | None]]:
    return [replace_nan_by_none(np.asarray(numbers, np.float64), scale) for numbers in values]


def _list_change(
    batch: _GapBatch, earlier: Sequence[GapRecord | None]
) -> list[list[float | None] | list[str | None]]:
    """Return the columns of the change of each gap: period, numbers, words."""
    change = _compute_change(batch, earlier)
    words = (change.difference_word, change.ratio_word, change.moved)
    return [
        *_list_periods(batch.sheet, earlier),
        *_list_numbers(change.difference, batch.size),
        *_list_numbers(change.ratio),
        *([str(word) or None for word in column] for column in words),
    ]


def _list_periods(
    sheet: StrataMatrix, gaps: Sequence[GapRecord | None]
) -> tuple[list[str | None], list[str | None]]:
    """Return the first and the last day of each gap's period."""
    strata = [None if gap is None else sheet.strata[_row_of(sheet, gap)] for gap in gaps]
    return (
        [stratum[_START] if stratum else None for stratum in strata],
        [stratum[_END] if stratum else None for stratum in strata],
    )


def _compute_change(batch: _GapBatch, earlier: Sequence[GapRecord | None]) -> GapChange:
    return compare_gaps(_take_sides(batch, batch.gaps), _take_sides(batch, earlier))


def _take_sides(batch: _GapBatch, gaps: Sequence[GapRecord | None]) -> SidedGap:
    """Return gaps with the values of their sides, NaN where there is no gap."""
    sheet = batch.sheet
    rows = np.array([0 if gap is None else _row_of(sheet, gap) for gap in gaps])
    blank = np.array([np.nan if gap is None else 0.0 for gap in gaps])
    return SidedGap(
        take_side(gaps, "difference"),
        take_side(gaps, "ratio"),
        sheet.estimate[rows, batch.columns] + blank,
        sheet.estimate[rows, batch.reference_column] + blank,
    )
