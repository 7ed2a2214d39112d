"""The change over time of each group of a table: small charts on one scale, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.status import SERIES_BREAK
from evidencehub.store.observations import Period, TableObservationRow
from evidencehub.web.charts import scales
from evidencehub.web.views import group_comparison
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.table_view import TableView

MONTHS_PER_YEAR = 12

TimeSeries = Mapping[Period, TableObservationRow]


@dataclass(frozen=True, slots=True)
class GroupTrend:
    """The time series of one group: its geometry, first and last value after the last break."""

    first: TableObservationRow
    last: TableObservationRow
    geometry: scales.TrendPanel


def build_trend(view: TableView) -> dict[str, Any] | None:
    """Return the trends of the groups with a value in two periods at least; None without any."""
    periods = view.selection.periods_shown[::-1]
    all_series = list(_group_by_category(view.all_rows).values())
    series_with_trend = list(filter(_has_trend, all_series))
    if len(periods) < 2 or not series_with_trend:
        return None
    values = [row.value for series in series_with_trend for row in series.values()]
    scale = group_comparison.choose_scale(values, view.basis.indicator.value_type)
    return {
        "panels": [_build_group_trend(series, periods, scale) for series in series_with_trend],
        "scale": scale,
        "columns": [next(iter(series.values())) for series in all_series],
        "rows": [(period, [series.get(period) for series in all_series]) for period in periods],
        "periods_not_shown": len(view.selection.periods) - len(periods),
    }


def _group_by_category(
    rows: Sequence[TableObservationRow],
) -> dict[str, dict[Period, TableObservationRow]]:
    by_group = group_rows(rows, lambda row: row.ethnicity)
    return {code: {row.period: row for row in series} for code, series in by_group.items()}


def _has_trend(series: TimeSeries) -> bool:
    return sum(row.value is not None for row in series.values()) > 1


def _build_group_trend(
    series: TimeSeries, periods: Sequence[Period], scale: scales.Scale
) -> GroupTrend:
    years = [_convert_to_decimal_year(start) for start, _ in periods]
    rows = [series.get(period) for period in periods]
    geometry = scales.build_trend_panel(
        years,
        [row.value if row else None for row in rows],
        scale,
        (min(years), max(years)),
        find_breaks(rows, periods),
    )
    unbroken = _drop_rows_before_break([row for row in rows if row and row.value is not None])
    return GroupTrend(unbroken[0], unbroken[-1], geometry)


def find_breaks(
    rows: Sequence[TableObservationRow | None], periods: Sequence[Period]
) -> list[bool]:
    """Return which values no line may lead to: after a break, or of a period that overlaps.

    Rolling averages and cumulative periods share people with the value before: a line between them
    would show as a course what is half the same.
    """
    earlier_ends = ["", *(max(end for _, end in periods[: n + 1]) for n in range(len(periods) - 1))]
    return [
        bool(row and row.obs_status == SERIES_BREAK) or start <= earlier_end
        for row, (start, _), earlier_end in zip(rows, periods, earlier_ends, strict=True)
    ]


def _drop_rows_before_break(rows: Sequence[TableObservationRow]) -> Sequence[TableObservationRow]:
    """Return the rows since the last break: what is before it must not be compared with them.

    The first of them is of the oldest period that shares no time with the last, if there is one.
    """
    breaks = [position for position, row in enumerate(rows) if row.obs_status == SERIES_BREAK]
    unbroken = rows[breaks[-1] :] if breaks else rows
    apart = [row for row in unbroken[:-1] if row.period_end < unbroken[-1].period_start]
    return [*apart, unbroken[-1]]


def _convert_to_decimal_year(day: str) -> float:
    """Return the year of an ISO date with its month as a fraction: 2020.5 for July 2020."""
    return int(day[:4]) + (int(day[5:7]) - 1) / MONTHS_PER_YEAR
