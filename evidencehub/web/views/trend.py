"""The change over time of the groups of a table: what may be joined by a line, and what may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidencehub.messages.language import Language
from evidencehub.store.observations import Period, TableObservationRow
from evidencehub.web.charts.scales import Scale
from evidencehub.web.charts.time_plot import TimePlot, TimeSeries
from evidencehub.web.views import group_comparison
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.table_view import TableView
from evidencehub.web.views.time_axis import MAX_LINES, STYLES, GroupSeries, TimeAxis, has_overlaps


@dataclass(frozen=True, slots=True)
class Trend:
    """How the values of a table changed: one plot of few groups, or a panel for each of many.

    `columns` and `rows` are the table of it; a row is a period with the values of the columns.
    """

    plot: TimePlot | None
    panels: Sequence[tuple[TableObservationRow, TimePlot]]
    columns: Sequence[TableObservationRow]
    rows: Sequence[tuple[Period, Sequence[TableObservationRow | None]]]
    periods_not_shown: int
    has_overlap: bool
    has_bridge: bool
    has_hollow_point: bool
    has_break: bool
    has_undated_break: bool


def build_trend(view: TableView, language: Language) -> Trend | None:
    """Return the trends of the groups with a value in two periods at least; None without any."""
    periods = view.selection.periods_shown[::-1]
    all_series = group_by_category(view.all_rows)
    moving = _select_moving(view, all_series)
    if len(periods) < 2 or not moving:  # a change has two ends
        return None
    axis = TimeAxis(
        periods, view.all_rows, view.comparator_code, view.basis.indicator.series_breaks, language
    )
    lines = {code: axis.build_series(series) for code, series in moving.items()}
    scale = _choose_scale(view, moving.values())
    is_few = len(lines) <= MAX_LINES
    line_list = list(lines.values())
    return Trend(
        plot=axis.build_plot(scale, line_list, has_pointer=True) if is_few else None,
        panels=[] if is_few else _build_panels(axis, scale, moving, lines, view.comparator_code),
        columns=[next(iter(series.values())) for series in all_series.values()],
        rows=_build_table(periods, list(all_series.values())),
        periods_not_shown=len(view.selection.periods) - len(periods),
        has_overlap=has_overlaps(periods),
        has_bridge=any(line.bridges for line in line_list),
        has_hollow_point=any(line.has_hollow_point for line in line_list),
        has_break=bool(axis.breaks),
        has_undated_break=axis.has_undated_break,
    )


def _build_table(
    periods: Sequence[Period], columns: Sequence[GroupSeries]
) -> list[tuple[Period, list[TableObservationRow | None]]]:
    return [(period, [series.get(period) for series in columns]) for period in periods]


def _choose_scale(view: TableView, series: Iterable[GroupSeries]) -> Scale:
    rows = [row for members in series for row in members.values()]
    limits = [end for row in rows for end in (row.ci_lower, row.ci_upper)]
    indicator = view.basis.indicator
    values = [row.value for row in rows]
    return group_comparison.choose_scale(values, limits, indicator.value_type, indicator.unit)


def _build_panels(
    axis: TimeAxis,
    scale: Scale,
    series: Mapping[str, GroupSeries],
    lines: Mapping[str, TimeSeries],
    comparator: str,
) -> list[tuple[TableObservationRow, TimePlot]]:
    """Return a panel for each group but the comparator, whose line is in every one of them."""
    reference = [_drop_limits(lines[comparator])] if comparator in lines else []
    return [
        (
            next(iter(series[code].values())),
            axis.build_plot(
                scale, [replace(line, style=STYLES[0]), *reference], described_lines=[line]
            ),
        )
        for code, line in lines.items()
        if code != comparator
    ]


def group_by_category(
    rows: Iterable[TableObservationRow],
) -> dict[str, dict[Period, TableObservationRow]]:
    """Return the rows of each category by their period."""
    by_group = group_rows(rows, lambda row: row.ethnicity)
    return {code: {row.period: row for row in series} for code, series in by_group.items()}


def _drop_limits(line: TimeSeries) -> TimeSeries:
    """Return a line without its intervals, which would be drawn in every panel."""
    runs = [[replace(point, lower=None, upper=None) for point in run] for run in line.runs]
    return replace(line, runs=runs)


def _select_moving(view: TableView, series: Mapping[str, GroupSeries]) -> dict[str, GroupSeries]:
    """Return the series with two values at least, in the order of the table."""
    order = [row.observation.ethnicity for row in view.rows]
    codes = [code for code in dict.fromkeys([*order, *series]) if code in series]
    return {
        code: series[code]
        for code in codes
        if sum(row.value is not None for row in series[code].values()) > 1
    }
