"""Which chart of an indicator a picture or a frame shows: its groups, or how they changed."""

from __future__ import annotations

from evidencehub.web.charts.time_plot import TimePlot
from evidencehub.web.page_request import Context, PageRequest, read_option, require_row
from evidencehub.web.views.gap_trend import build_gap_trend
from evidencehub.web.views.table_view import TableView
from evidencehub.web.views.trend import Trend, build_trend

CHARTS = ("groups", "trend", "difference", "ratio")
"""The groups of a period, their values over time, and their gaps over time in two ways."""


def select_chart(request: PageRequest, view: TableView) -> Context:
    """Return the plot that the option `chart` chooses; nothing for the groups of a period.

    Raise HttpError (404) for a chart that the table does not have, and (400) for any other name.
    """
    chart = read_option(request, "chart", CHARTS, CHARTS[0])
    if chart == "groups":
        return {"chart": chart, "time_plot": None, "panels": ()}
    trend = require_row(build_trend(view, request.language), "change over time of this table")
    return {
        "chart": chart,
        "time_plot": _select_plot(request, view, trend, chart),
        "panels": trend.panels if chart == "trend" else (),
    }


def _select_plot(
    request: PageRequest, view: TableView, trend: Trend, chart: str
) -> TimePlot | None:
    if chart == "trend":
        return trend.plot
    gaps = require_row(build_gap_trend(view, request.language), "gap over time of this table")
    plots = {"difference": gaps.difference, "ratio": gaps.ratio}
    return require_row(plots[chart], "gap over time of this table")
