"""An indicator in other forms: its chart as a picture, the picture of a link, its citation."""

from __future__ import annotations

import textwrap

from evidencehub.formats import citations
from evidencehub.store.indicators import select_indicator_sources
from evidencehub.web.page_request import Context, Document, PageRequest, require_row
from evidencehub.web.views.indicator_metadata import build_indicator_work
from evidencehub.web.views.table_view import build_table_view, build_unit_view, read_indicator

MAX_SOURCES_CHARS = 130
CHART_TITLE_CHARS, SHARE_TITLE_CHARS = 70, 34  # of one line
MAX_SHARE_TITLE_LINES = 4
MAX_SHARE_ROWS = 5


def build_chart_context(request: PageRequest) -> Context:
    """Return what the chart of an indicator shows; raise HttpError (404) if it has no value."""
    indicator = read_indicator(request)
    table_view = require_row(build_table_view(request, indicator), "figure of this indicator")
    sources = select_indicator_sources(request.db, indicator)
    publishers = dict.fromkeys(source.publisher or source.title for source in sources)
    return {
        "indicator": indicator,
        "unit": build_unit_view(indicator),
        "table_view": table_view,
        "rows": table_view.rows,
        "title_lines": textwrap.wrap(indicator.title, CHART_TITLE_CHARS),
        "source_line": textwrap.shorten("; ".join(publishers), MAX_SOURCES_CHARS, placeholder=" …"),
    }


def build_share_image_context(request: PageRequest) -> Context:
    """Return what the picture shows that goes with a link to an indicator.

    A value that was read where another text quotes it is not in it: nobody sees its note there.
    """
    chart_context = build_chart_context(request)
    valued = [row for row in chart_context["rows"] if row.observation.value is not None]
    rows = [row for row in valued if not row.observation.is_secondary_source]
    title_lines = textwrap.wrap(chart_context["indicator"].title, SHARE_TITLE_CHARS)
    return {
        **chart_context,
        "rows": rows[:MAX_SHARE_ROWS],
        "awaits_verification": len(rows) < len(valued),
        "title_lines": title_lines[:MAX_SHARE_TITLE_LINES],
    }


def build_citation_document(request: PageRequest) -> Document:
    """Return the indicator as a citation, in the format that the address ends with."""
    indicator = read_indicator(request)
    sources = select_indicator_sources(request.db, indicator)
    work = build_indicator_work(request, indicator, sources)
    return Document(*citations.render_citation_file(work, request.path_params["ending"]))
