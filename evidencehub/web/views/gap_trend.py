"""How the gaps of a table changed: their differences and their ratios, each on a scale of its own.

The two often disagree, and that is what there is to see: rates that fall for everybody narrow the
difference and leave the ratio as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evidencehub.domain.status import TOTAL
from evidencehub.inequality.records import GapRecord
from evidencehub.messages.language import Language
from evidencehub.store.observations import Period, TableObservationRow
from evidencehub.web.charts import scales
from evidencehub.web.charts.scales import Scale
from evidencehub.web.charts.time_plot import TimePlot, TimePoint, TimeSeries
from evidencehub.web.views import gap_pairs, group_comparison
from evidencehub.web.views.gap_pairs import DatedGap, GapPairs, WrittenValue
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ratio_decimals
from evidencehub.web.views.table_view import TableView
from evidencehub.web.views.time_axis import MAX_LINES, TimeAxis

GapOfPeriod = tuple[Period, GapRecord]


@dataclass(frozen=True, slots=True)
class GapTrend:
    """The differences and the ratios over time: lines of few groups, pairs of dots of many.

    Each is None if there are none.
    """

    difference: TimePlot | None = None
    ratio: TimePlot | None = None
    pairs: GapPairs | None = None


def build_gap_trend(view: TableView, language: Language) -> GapTrend | None:
    """Return the gaps to the comparator over time; None if no group has them in two periods."""
    if len(view.selection.periods_shown) < 2 or not view.comparator_code:  # a change has two ends
        return None
    gaps = group_comparison.compute_gap_series(view.all_rows, view.basis, view.comparator_code)
    groups = [
        members
        for code, members in group_rows(gaps, lambda pair: pair[1].ethnicity).items()
        if len(members) > 1 and code != TOTAL
    ]
    if not groups:
        return None
    builder = _LineBuilder(view, language)
    if len(groups) > MAX_LINES:  # the reference is the base and no line
        return GapTrend(pairs=_build_pairs(view, builder, groups))
    return GapTrend(
        _build_plot(
            builder.axis, map(builder.build_difference_line, groups), scales.build_linear_scale
        ),
        _build_plot(builder.axis, map(builder.build_ratio_line, groups), scales.build_log_scale),
    )


def _build_pairs(
    view: TableView, builder: _LineBuilder, groups: Iterable[Sequence[GapOfPeriod]]
) -> GapPairs:
    """Return the groups in the order of the table, those without a value of its period last."""
    order = [row.observation.ethnicity for row in view.rows]
    places = {code: place for place, code in enumerate(order)}
    ordered = sorted(groups, key=lambda gaps: places.get(gaps[0][1].ethnicity, len(order)))
    dated_groups = [list(map(builder.write_gap, gaps)) for gaps in ordered]
    return gap_pairs.build_gap_pairs(dated_groups, builder.axis.may_compare, builder.language)


class _LineBuilder:
    """The lines of gaps on the axis of a table."""

    def __init__(self, view: TableView, language: Language) -> None:
        self.axis = TimeAxis(
            view.selection.periods_shown[::-1],
            view.all_rows,
            view.comparator_code,
            view.basis.indicator.series_breaks,
            language,
        )
        self.language = language
        self._reference = view.comparator_code
        self._rows = {(row.period, row.ethnicity): row for row in view.all_rows}

    def build_difference_line(self, gaps: Sequence[GapOfPeriod]) -> TimeSeries | None:
        """Return the differences of one group; None if it has fewer than two."""
        dated_gaps = [(period, gap) for period, gap in gaps if gap.difference is not None]
        if len(dated_gaps) < 2:
            return None
        points = [
            self._build_point(
                (period, gap), gap.difference, gap.difference_lower, gap.difference_upper
            )
            for period, gap in dated_gaps
        ]
        return self._build_line(dated_gaps, points, self._write_difference)

    def build_ratio_line(self, gaps: Sequence[GapOfPeriod]) -> TimeSeries | None:
        """Return the ratios of one group; None if it has fewer than two."""
        dated_gaps = [(period, gap) for period, gap in gaps if gap.ratio]
        if len(dated_gaps) < 2:
            return None
        points = [
            self._build_point((period, gap), gap.ratio, gap.ratio_lower, gap.ratio_upper)
            for period, gap in dated_gaps
        ]
        return self._build_line(dated_gaps, points, self._write_ratio)

    def write_gap(self, dated: GapOfPeriod) -> DatedGap:
        """Return a gap with its values in writing."""
        gap, pair = dated[1], self._get_pair(*dated)
        difference, ratio = gap.difference, gap.ratio
        return DatedGap(
            period=dated[0],
            observation=pair[0],
            is_secondary_source=any(row.is_secondary_source for row in pair),
            difference=None
            if difference is None
            else WrittenValue(difference, self._write_difference(*dated)),
            ratio=WrittenValue(ratio, self._write_ratio(*dated)) if ratio else None,
        )

    def _write_difference(self, period: Period, gap: GapRecord) -> str:
        decimals = group_comparison.choose_difference_decimals(*self._get_pair(period, gap))
        text = self.language.format_number(gap.difference, decimals)
        return f"+{text}" if (gap.difference or 0) > 0 else text

    def _write_ratio(self, _: Period, gap: GapRecord) -> str:
        decimals = choose_ratio_decimals(gap.ratio or 0, gap.ratio_decimals)
        return f"{self.language.format_number(gap.ratio, decimals)}×"

    def _get_pair(
        self, period: Period, gap: GapRecord
    ) -> tuple[TableObservationRow, TableObservationRow]:
        return self._rows[period, gap.ethnicity], self._rows[period, self._reference]

    def _build_point(
        self, dated: GapOfPeriod, value: float | None, lower: float | None, upper: float | None
    ) -> TimePoint:
        is_hollow = any(row.is_secondary_source for row in self._get_pair(*dated))
        return TimePoint(self.axis.get_time(dated[0]), value or 0.0, lower, upper, is_hollow)

    def _build_line(
        self,
        dated_gaps: Sequence[GapOfPeriod],
        points: Sequence[TimePoint],
        write: Callable[..., str],
    ) -> TimeSeries:
        group, _ = self._get_pair(*dated_gaps[-1])
        dated_points = [
            (period, point) for (period, _), point in zip(dated_gaps, points, strict=True)
        ]
        end_texts = write(*dated_gaps[0]), write(*dated_gaps[-1])
        return self.axis.build_line(group.ethnicity, group.short_label, end_texts, dated_points)


def _build_plot(
    axis: TimeAxis, lines: Iterable[TimeSeries | None], build_scale: Callable[..., Scale]
) -> TimePlot | None:
    visible_lines = [line for line in lines if line is not None]
    if not visible_lines:
        return None
    points = [point for line in visible_lines for point in line.points]
    limits = [end for point in points for end in (point.lower, point.upper)]
    return axis.build_plot(build_scale([point.value for point in points], limits), visible_lines)
