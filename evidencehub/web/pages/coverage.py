"""What the hub holds by topic and group of people or country, and what it does not."""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.store import codes as code_store
from evidencehub.store import coverage as coverage_store
from evidencehub.store.coverage import CoverageRow
from evidencehub.web.charts.coverage_mark import SHAPES
from evidencehub.web.page_request import Context, PageRequest, read_code, read_option
from evidencehub.web.views.grouping import group_rows

BY_COUNTRY = "country"


def build_context(request: PageRequest) -> Context:
    """Return a grid of topics and groups, or countries if a group is chosen or they are asked for.

    Raise HttpError (400) for an unknown group or country.
    """
    facets = code_store.select_codes(request.db, "hub-facet")
    countries = coverage_store.select_countries(request.db)
    facet = read_code(request, "group", facets)
    country = read_option(request, "country", [row.code for row in countries], "")
    is_by_country = bool(facet or read_option(request, "by", [BY_COUNTRY], ""))
    return {
        "title": "",
        "facets": facets,
        "countries": countries,
        "selected_facet": next((row for row in facets if row.code == facet), None),
        "selected_country": next((row for row in countries if row.code == country), None),
        "is_by_country": is_by_country,
        "column_kind": "places" if is_by_country else "groups",  # in the addresses of their pages
        **_arrange(
            coverage_store.select_country_grid(request.db, facet, country)
            if is_by_country
            else coverage_store.select_facet_grid(request.db, country)
        ),
    }


def _arrange(rows: Sequence[CoverageRow]) -> Context:
    """Return the rows and columns of the grid, and how many of its cells have each status."""
    return {
        "columns": list(dict.fromkeys((row.code, row.label) for row in rows)),
        "topics": list(group_rows(rows, lambda row: (row.topic, row.topic_label)).items()),
        "counts": {name: sum(row.coverage_status == name for row in rows) for name in SHAPES},
        "cell_count": len(rows),
    }
