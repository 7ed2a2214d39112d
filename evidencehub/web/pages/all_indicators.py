"""Every indicator in one list, with its gaps on the scale of all lists, by topic and country."""

from __future__ import annotations

from evidencehub.store import codes as code_store
from evidencehub.store import indicator_lists
from evidencehub.web.page_request import Context, PageRequest, read_code, read_option
from evidencehub.web.views import paging
from evidencehub.web.views.gap_strips import build_list_plot, list_markers, load_gap_strips
from evidencehub.web.views.grouping import group_rows

OPTIONS = ("topic", "country", "page")


def build_context(request: PageRequest) -> Context:
    """Return the indicators that the options choose, a page at a time; raise HttpError (400)."""
    codes = group_rows(
        code_store.select_codes(request.db, "topic", "workstream"), lambda row: row.list
    )
    countries = indicator_lists.select_countries(request.db)
    selected = {
        "topic": read_code(request, "topic", [*codes["topic"], *codes["workstream"]]),
        "country": read_option(request, "country", [row.code for row in countries], ""),
    }
    total = indicator_lists.count_indicators(request.db, selected)
    position = paging.parse_list_position(request, total)
    rows = indicator_lists.select_indicators(
        request.db, selected, limit=paging.PER_PAGE, offset=position.offset
    )
    strips = load_gap_strips(request.db, [row.indicator for row in rows])
    return {
        "title": "",
        "topics": codes["topic"],
        "workstreams": codes["workstream"],
        "countries": countries,
        "selected": selected,
        "total": total,
        "position": position,
        "indicators": rows,
        "gap_strips": strips,
        "list_plot": build_list_plot(request.language),
        "list_markers": list_markers(strips),
    }
