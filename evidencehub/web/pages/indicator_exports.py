"""An indicator in other forms: its chart as a picture, the picture of a link, its citation."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from evidencehub.store.indicators import select_indicator_sources
from evidencehub.web.page_request import Context, Document, PageRequest, require_row
from evidencehub.web.views import provenance
from evidencehub.web.views.chart_choice import select_chart
from evidencehub.web.views.group_comparison import ChartRow
from evidencehub.web.views.indicator_metadata import build_indicator_work
from evidencehub.web.views.table_view import build_table_view, build_unit_view, read_indicator

MAX_SOURCES_CHARS = 110
CHART_TITLE_CHARS, SHARE_TITLE_CHARS = 70, 46  # of one line
MAX_SHARE_TITLE_LINES = 3
SHARE_PLOT_HEIGHT = 400  # pixels, with a title of one line
SHARE_TITLE_HEIGHT = 52  # pixels, of each further line of the title
MAX_SHARE_COLUMN = 10  # rows; of more there are two columns
MAX_SHARE_ROW_HEIGHT = 52  # pixels
MAX_SHARE_TEXT_SIZES = (27, 18)  # pixels, of one column and of two


def build_chart_context(request: PageRequest) -> Context:
    """Return what a chart of an indicator shows; raise HttpError (404) if it has no value.

    The option `chart` chooses one of CHARTS.
    """
    indicator = read_indicator(request)
    table_view = require_row(build_table_view(request, indicator), "figure of this indicator")
    chart = select_chart(request, table_view)
    sources = select_indicator_sources(request.db, indicator)
    publishers = dict.fromkeys(source.publisher or source.title for source in sources)
    return {
        "indicator": indicator,
        "unit": build_unit_view(indicator),
        "table_view": table_view,
        "rows": table_view.rows,
        **chart,
        "title_lines": textwrap.wrap(indicator.title, CHART_TITLE_CHARS),
        "file_stem": f"{indicator.indicator}-{chart['chart']}-{indicator.version}",
        "source_line": textwrap.shorten("; ".join(publishers), MAX_SOURCES_CHARS, placeholder=" …"),
    }


def build_embed_context(request: PageRequest) -> Context:
    """Return the chart alone, for pages of other sites."""
    indicator = read_indicator(request)
    table_view = build_table_view(request, indicator)
    return {
        "title": indicator.title,
        "indicator": indicator,
        "governance_lines": provenance.split_lines(indicator.governance),
        "unit": build_unit_view(indicator),
        "area": table_view.area_label if table_view else "",
        "table_view": table_view,
        **(select_chart(request, table_view) if table_view else {}),
    }


def build_share_image_context(request: PageRequest) -> Context:
    """Return what the picture shows that goes with a link to an indicator.

    A value that was read where another text quotes it is not in it, and the picture says so: nobody
    sees its note there. All other groups are in it, of many in two columns.
    """
    chart_context = build_chart_context(request)
    valued = [row for row in chart_context["rows"] if row.observation.value is not None]
    rows = [row for row in chart_context["rows"] if not row.observation.is_secondary_source]
    visible_rows = rows if any(row.observation.value is not None for row in rows) else []
    title = chart_context["indicator"].title
    title_lines = textwrap.wrap(title, SHARE_TITLE_CHARS)[:MAX_SHARE_TITLE_LINES]
    columns = _split_columns(visible_rows)
    room = SHARE_PLOT_HEIGHT - SHARE_TITLE_HEIGHT * (len(title_lines) - 1)
    row_height = min(room // max(map(len, columns), default=1), MAX_SHARE_ROW_HEIGHT)
    return {
        **chart_context,
        "columns": columns,
        "row_height": row_height,
        "text_size": min(row_height - 6, MAX_SHARE_TEXT_SIZES[len(columns) > 1]),
        "shown_count": len(visible_rows),
        "group_count": len(chart_context["rows"]),
        "awaits_verification": any(row.observation.is_secondary_source for row in valued),
        "title_lines": title_lines,
    }


def _split_columns(rows: Sequence[ChartRow]) -> list[Sequence[ChartRow]]:
    """Return the rows in one column, or in two of which the first is not the shorter one."""
    if len(rows) <= MAX_SHARE_COLUMN:
        return [rows] if rows else []
    half = (len(rows) + 1) // 2
    return [rows[:half], rows[half:]]


def build_citation_document(request: PageRequest) -> Document:
    """Return the indicator as a citation, in the format that the address ends with."""
    indicator = read_indicator(request)
    sources = select_indicator_sources(request.db, indicator)
    return provenance.render_citation(request, build_indicator_work(request, indicator, sources))
