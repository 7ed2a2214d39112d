"""What the hub holds by topic and country for a group of people, and what it does not."""

from __future__ import annotations

from evidencehub.store import codes as code_store
from evidencehub.store import coverage as coverage_store
from evidencehub.web.page_request import Context, PageRequest, read_code
from evidencehub.web.views.grouping import group_rows

STATUS_ORDER = ("values", "findings", "not-found", "not-held")


def build_context(request: PageRequest) -> Context:
    """Return a grid of topics and countries; raise HttpError (400) for an unknown group."""
    facets = code_store.select_codes(request.db, "hub-facet")
    facet = read_code(request, "group", facets)
    rows = coverage_store.select_coverage(request.db, facet)
    by_topic = group_rows(rows, lambda row: (row.topic, row.topic_label))
    return {
        "title": "",
        "facets": facets,
        "selected_facet": next((row for row in facets if row.code == facet), None),
        "countries": list(dict.fromkeys((row.country, row.country_label) for row in rows)),
        "topics": list(by_topic.items()),
        "counts": {name: sum(row.coverage_status == name for row in rows) for name in STATUS_ORDER},
        "cell_count": len(rows),
    }
