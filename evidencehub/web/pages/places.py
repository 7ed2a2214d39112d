"""Places: countries and areas with evidence, and everything that is known about one of them."""

from __future__ import annotations

from typing import Any

from evidencehub.domain.page_addresses import build_path
from evidencehub.store import areas, latest_values
from evidencehub.store.areas import AreaRow
from evidencehub.store.coverage import select_country_grid
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.views import evidence_lines
from evidencehub.web.views.area_summaries import AreaSummary, summarise_indicators
from evidencehub.web.views.area_tree import AreaNode, AreaTree, build_area_tree
from evidencehub.web.views.gap_strips import build_tile_map, load_area_strips
from evidencehub.web.views.structured_data import describe

MAX_ITEMS_SHOWN = 12  # findings and recommendations of a place, each
MAX_LINES = 100


def build_list_context(request: PageRequest) -> Context:
    """Return every country with evidence, with the areas inside it."""
    tree = build_area_tree(areas.select_areas(request.db))
    roots = [tree.build_node(area) for area in tree.roots]
    return {
        "countries": [node for node in roots if node.row.is_country],
        "areas_without_country": [node for node in roots if not node.row.is_country],
        "areas_with_evidence": sum(row.has_evidence for row in tree.rows.values()),
    }


def build_context(request: PageRequest) -> Context:
    """Return what is known about one place; raise HttpError (404) if there is none."""
    code = request.path_params["code"]
    tree = build_area_tree(areas.select_areas(request.db))
    if code not in tree.rows:
        raise create_not_found_error(f"place “{code}”")
    place, ancestors = tree.rows[code], tree.list_ancestors(code)
    return {
        "title": place.label,
        "structured_data": _build_structured_data(request, place, tree),
        "place": place,
        **_build_children_context(request, tree.build_node(code)),
        "ancestors": ancestors,
        "breadcrumb_links": [(row.label, build_path("places", row.area)) for row in ancestors],
        "findings": areas.select_area_findings(request.db, code, MAX_ITEMS_SHOWN),
        "evidence_gaps": areas.select_area_findings(request.db, code, MAX_ITEMS_SHOWN, is_gap=True),
        "recommendations": areas.select_area_recommendations(request.db, code, MAX_ITEMS_SHOWN),
        "schemes": areas.select_area_schemes(request.db, code),
        **_build_evidence_context(request, place),
    }


def _build_children_context(request: PageRequest, node: AreaNode) -> Context:
    """Return the areas inside a place, and the gaps that several of them have, side by side."""
    inner = [child.row.area for child in _list_inner(node)]
    strips = load_area_strips(request.db, inner) if inner else []
    room = MAX_LINES
    selected = []
    for strip in strips:
        if len(strip.areas) <= room:  # one that does not fit leaves its room to those after it
            selected.append(strip)
            room -= len(strip.areas)
    return {
        "children": node.children,
        "area_strips": [(strip, build_tile_map(strip, request.language)) for strip in selected],
        "area_strips_not_shown": len(strips) - len(selected),
        "area_markers": {area.plot.marker for strip in selected for area in strip.areas},
    }


def _list_inner(node: AreaNode) -> list[AreaNode]:
    """Return the areas inside a place, and those inside an area that only combines others."""
    return [
        inner
        for child in node.children
        for inner in (child, *(child.children if child.row.is_combined else ()))
    ]


def _build_evidence_context(request: PageRequest, place: AreaRow) -> Context:
    """Return the values of a place by topic, and the topics on which it has none."""
    rows = latest_values.select_latest_by_area(request.db, place.area)
    coverage = select_country_grid(request.db, country=place.area)
    summaries = summarise_indicators(rows)
    covered = {_get_indicator(summary) for summary in summaries if summary.has_group_value}
    return {
        **evidence_lines.build_topic_context(
            request, summaries, _get_indicator, covered, coverage, MAX_LINES
        ),
        "indicators": len(summaries),
    }


def _get_indicator(summary: AreaSummary) -> str:
    return summary.line.row.indicator


def _build_structured_data(request: PageRequest, place: AreaRow, tree: AreaTree) -> dict[str, Any]:
    """Return the place as schema.org describes it."""
    parent = tree.parents[place.area]
    around = {"@type": "Place", "name": tree.rows[parent].label} if parent else None
    return describe(
        "Country" if place.is_country else "Place",
        name=place.label,
        identifier=place.area,
        url=request.base_url + build_path("places", place.area),
        **({"containedInPlace": around} if around else {}),
    )
