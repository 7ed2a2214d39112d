"""The periods of a table as times on an axis, and which of them no line may join."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from evidencehub.domain.status import SERIES_BREAK
from evidencehub.messages.language import Language
from evidencehub.store.observations import Period, TableObservationRow
from evidencehub.web.charts.scales import Scale
from evidencehub.web.charts.time_plot import TimePlot, TimePoint, TimeSeries, TimeTick
from evidencehub.web.views.scale_labels import format_ticks

ONE_DAY = timedelta(days=1)
MAX_LINES = 4  # of one chart: of more groups each has a panel of its own
MAX_LABELLED_PERIODS = 8  # of an axis: of more periods whole years at equal distances
YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100)
TARGET_YEAR_LABELS = 9
REGULAR_SPACING = 1.5  # times the least distance of two periods: over more leads a dotted line
STYLES = ("a", "c", "d", "e")  # of groups, in the order of their classification
REFERENCE_STYLE = "b"

GroupSeries = Mapping[Period, TableObservationRow]


class TimeAxis:
    """The periods of a table as times, and which of them no line may join."""

    def __init__(
        self,
        periods: Sequence[Period],
        rows: Iterable[TableObservationRow],
        comparator: str,
        series_breaks: str | None,
        language: Language,
    ) -> None:
        self._comparator = comparator
        self._periods = periods
        self._language = language
        self._styles: dict[str, str] = {}
        self._times = {period: find_middle(period) for period in periods}
        starts = sorted({convert_to_decimal_year(start) for start, _ in periods})
        steps = [next_start - start for start, next_start in pairwise(starts)]
        self._max_step = min(steps, default=0.0) * REGULAR_SPACING
        marked = {row.period for row in rows if row.obs_status == SERIES_BREAK}
        self._break_periods = marked & set(periods)
        self.breaks = sorted(convert_to_decimal_year(start) for start, _ in self._break_periods)
        self.has_undated_break = bool(series_breaks) and not self.breaks

    def get_time(self, period: Period) -> float:
        """Return the middle of a period."""
        return self._times[period]

    def build_series(self, series: GroupSeries) -> TimeSeries:
        """Return the runs of a group's values, with its name and its first and last value."""
        rows = [row for _, row in sorted(series.items()) if row.value is not None]
        first, last = (
            self._language.format_number(row.value, row.decimals) for row in (rows[0], rows[-1])
        )
        return self.build_line(
            rows[-1].ethnicity,
            rows[-1].short_label,
            (first, last),
            [(row.period, _build_point(row, self._times[row.period])) for row in rows],
        )

    def build_line(
        self,
        code: str,
        label: str,
        end_texts: tuple[str, str],
        points: Sequence[tuple[Period, TimePoint]],
    ) -> TimeSeries:
        """Return the runs of some points, broken where no line may lead.

        `end_texts` are the first and the last value in writing.
        """
        runs: list[list[TimePoint]] = [[points[0][1]]]
        bridges = []
        latest_end = points[0][0][1]
        for (previous, previous_point), (period, point) in pairwise(points):
            is_joined = self._may_join(previous, period, latest_end)
            if is_joined and self._follows(previous, period):
                runs[-1].append(point)
            else:
                bridges += [(previous_point, point)] * is_joined
                runs.append([point])
            latest_end = max(latest_end, period[1])
        return TimeSeries(label, *end_texts, self._choose_style(code), runs, bridges)

    def may_compare(self, earlier: Period, later: Period) -> bool:
        """Return whether a line may lead from one period to another, whatever lies between."""
        return self._may_join(earlier, later, earlier[1])

    def _may_join(self, previous: Period, period: Period, latest_end: str) -> bool:
        """Return whether a line may lead from one period to another.

        None leads over a break, nor to a period that shares time with an earlier one: rolling
        averages share people, and a line would show as a course what is half the same. Where breaks
        are declared in words only, nobody knows between which periods, and no line is drawn.
        """
        if self.has_undated_break or period[0] <= latest_end:
            return False
        return not any(previous < broken <= period for broken in self._break_periods)

    def _follows(self, previous: Period, period: Period) -> bool:
        """Return whether no period without a value lies between two, as far as is known."""
        step = convert_to_decimal_year(period[0]) - convert_to_decimal_year(previous[0])
        return date.fromisoformat(previous[1]) + ONE_DAY == date.fromisoformat(period[0]) or (
            step <= self._max_step
        )

    def _choose_style(self, code: str) -> str:
        if code == self._comparator:
            return REFERENCE_STYLE
        return self._styles.setdefault(code, STYLES[len(self._styles) % len(STYLES)])

    def build_plot(
        self,
        scale: Scale,
        lines: Sequence[TimeSeries],
        *,
        described_lines: Sequence[TimeSeries] | None = None,
        has_pointer: bool = False,
    ) -> TimePlot:
        """Return some lines on a scale, with the ticks of this axis.

        Its words are about `described_lines`, or all. `has_pointer`: a pointer over it may show the
        row of its table.
        """
        ends = self._times.values()
        return TimePlot(
            scale=scale,
            tick_labels=format_ticks(scale, self._language),
            time_range=(min(ends), max(ends)),
            time_ticks=self._build_ticks(),
            series=lines,
            times=list(self._times.values()) if has_pointer else (),
            breaks=self.breaks,
            break_text=self._language.translations.gettext("break in series"),
            description=self._describe(lines if described_lines is None else described_lines),
        )

    def _build_ticks(self) -> list[TimeTick]:
        if len(self._periods) <= MAX_LABELLED_PERIODS:
            is_dense = len(self._periods) > MAX_LABELLED_PERIODS // 2
            last = len(self._periods) - 1
            return [
                TimeTick(
                    self._times[period],
                    self._language.format_short_period(*period),
                    is_dense and (last - number) % 2 == 1,
                )
                for number, period in enumerate(self._periods)
            ]
        times = sorted(self._times.values())
        span = (times[-1] - times[0]) / TARGET_YEAR_LABELS
        step = next((step for step in YEAR_STEPS if step >= span), YEAR_STEPS[-1])
        years = range(int(times[0] // step + 1) * step, int(times[-1]) + 1, step)
        return [TimeTick(year + 0.5, str(year), n % 2 == 1) for n, year in enumerate(years)]

    def _describe(self, lines: Sequence[TimeSeries]) -> str:
        """Return in words where each line begins and ends: what a picture says to the blind."""
        text = self._language.translations.gettext("%(label)s: %(first)s, then %(last)s")
        return "; ".join(
            text % {"label": line.label, "first": line.start_text, "last": line.end_text}
            for line in lines
        )


def _build_point(row: TableObservationRow, time: float) -> TimePoint:
    is_doubtful = bool(row.value_symbol) and row.obs_status != SERIES_BREAK
    return TimePoint(
        time, row.value or 0.0, row.ci_lower, row.ci_upper, row.is_secondary_source or is_doubtful
    )


def has_overlaps(periods: Sequence[Period]) -> bool:
    """Return whether a period shares time with the one before it."""
    return any(period[0] <= previous[1] for previous, period in pairwise(sorted(periods)))


def find_middle(period: Period) -> float:
    """Return the middle of a period as a decimal year.

    >>> find_middle(("2021-01-01", "2021-12-31"))
    2021.5
    """
    start, end = (date.fromisoformat(day) for day in period)
    return (_convert_to_decimal_year(start) + _convert_to_decimal_year(end + ONE_DAY)) / 2


def convert_to_decimal_year(day: str) -> float:
    """Return the beginning of an ISO date as a decimal year: 2020.5 is a day in July 2020."""
    return _convert_to_decimal_year(date.fromisoformat(day))


def _convert_to_decimal_year(day: date) -> float:
    days_before = day.timetuple().tm_yday - 1
    return day.year + days_before / (366 if isleap(day.year) else 365)
