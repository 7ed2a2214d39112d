"""Which chart of an indicator a picture or a frame shows: its groups, or how they changed."""

from __future__ import annotations

from evidencehub.web.page_request import Context, PageRequest, read_option, require_row
from evidencehub.web.views.gap_trend import build_gap_trend
from evidencehub.web.views.table_view import TableView
from evidencehub.web.views.trend import build_trend

CHARTS = ("groups", "trend", "difference", "ratio", "pairs")
"""The groups of a period, their values over time, and their gaps over time: of few groups as lines,
in two ways, and of many as pairs of dots."""


def select_chart(request: PageRequest, view: TableView) -> Context:
    """Return the plot that the option `chart` chooses; nothing for the groups of a period.

    Raise HttpError (404) for a chart that the table does not have, and (400) for any other name.
    """
    chart = read_option(request, "chart", CHARTS, CHARTS[0])
    if chart == "groups":
        return {"chart": chart, "time_plot": None, "panels": (), "pairs": None}
    if chart == "trend":
        trend = require_row(build_trend(view, request.language), "change over time of this table")
        return {"chart": chart, "time_plot": trend.plot, "panels": trend.panels, "pairs": None}
    gaps = require_row(build_gap_trend(view, request.language), "gap over time of this table")
    chosen = {"difference": gaps.difference, "ratio": gaps.ratio, "pairs": gaps.pairs}[chart]
    require_row(chosen, "gap over time of this table")
    is_pairs = chart == "pairs"
    return {
        "chart": chart,
        "time_plot": None if is_pairs else chosen,
        "panels": (),
        "pairs": chosen if is_pairs else None,
    }
