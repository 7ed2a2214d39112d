"""Places: countries and areas with evidence, and everything that is known about one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from evidencehub.domain.status import build_secondary_source_condition
from evidencehub.store import latest_values
from evidencehub.store.database import RowReader
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.views import helplines

MAX_ITEMS_SHOWN = 12  # findings and recommendations of a place, each
MAX_LINES = 120
Row = dict[str, Any]

AREAS_SQL = """
with figure as (
  select
    h.area, count(distinct h.indicator) as indicators,
    min(substr(l.jurisdiction, 1, 2)) as first_country,
    max(substr(l.jurisdiction, 1, 2)) as last_country
  from held as h
  join dataset as d on d.dataset = h.dataset and d.synthetic = 0
  join code_list as l on l.list = h.scheme
  where h.known > 0
  group by h.area
),
found as (
  select f.area, count(*) as findings
  from finding as f join dataset as d on d.dataset = f.dataset and d.synthetic = 0
  where f.superseded_by is null and f.type = 'finding' group by f.area
),
asked as (
  select r.area, count(*) as recommendations
  from recommendation as r join dataset as d on d.dataset = r.dataset and d.synthetic = 0
  group by r.area
)
select
  a.area, a.label, a.level, a.parent, substr(l.jurisdiction, 1, 2) as stated,
  iif(g.first_country = g.last_country, g.first_country, null) as used,
  coalesce(g.indicators, 0) as indicators, coalesce(f.findings, 0) as findings,
  coalesce(r.recommendations, 0) as recommendations, coalesce(d.synthetic, 0) as synthetic
from area as a
join code_list as l on l.list = a.list
left join dataset as d on d.dataset = l.dataset
left join figure as g on g.area = a.area
left join found as f on f.area = a.area
left join asked as r on r.area = a.area
order by a.label, a.area
"""
AREA_FINDINGS_SQL = f"""
select f.finding, f.title, f.statement, f.verification
from finding as f join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where f.area = :area and f.superseded_by is null and f.type = 'finding'
order by {build_secondary_source_condition("f.verification")}, f.direction is null,
  f.published desc, f.finding
limit :limit
"""
AREA_RECOMMENDATIONS_SQL = """
select r.recommendation, r.title, r.text, s.label as status_label
from recommendation as r
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
join recommendation_latest as n on n.recommendation = r.recommendation
left join code as s on s.list = 'recommendation-status' and s.code = n.status
where r.area = :area
order by r.issued desc, r.recommendation
limit :limit
"""
AREA_SCHEMES_SQL = """
select l.list as scheme, l.title, count(distinct h.indicator) as indicators
from held as h
join dataset as d on d.dataset = h.dataset and d.synthetic = 0
join code_list as l on l.list = h.scheme
where h.area = :area
group by l.list
order by l.title, l.list
"""


def build_list_context(request: PageRequest) -> Context:
    """Every country with evidence, with the areas inside it."""
    areas = load_area_tree(request.db)
    roots = [row for row in areas.values() if row["shown"] and row["above"] is None]
    return {
        "countries": [row for row in roots if row["level"] == "country"],
        "others": [row for row in roots if row["level"] != "country"],
        "areas": sum(1 for row in areas.values() if _has_evidence(row)),
    }


def build_context(request: PageRequest) -> Context:
    """What is known about one place."""
    code = request.path_params["code"]
    areas = load_area_tree(request.db)
    if code not in areas:
        raise create_not_found_error(f"place “{code}”")
    area_row = areas[code]
    summaries = list(summarise_indicators(latest_values.select_latest_by_area(request.db, code)))
    sections, covered_topics = latest_values.group_by_topic(request.db, summaries)
    params = {"area": code, "limit": MAX_ITEMS_SHOWN}
    return {
        "title": area_row["label"],
        "structured": _build_structured_data(request, area_row, areas),
        "place": area_row,
        "above": [areas[ancestor] for ancestor in _list_ancestors(area_row, areas)],
        "steps": [
            (areas[ancestor]["label"], build_path("places", ancestor))
            for ancestor in _list_ancestors(area_row, areas)
        ],
        "sections": sections,
        "indicators": len(summaries),
        "unsure": any(
            summary["gap"]
            and summary["gap"]["ratio"] is not None
            and summary["gap"]["ratio_lower"] is None
            for summary in summaries
        ),
        "more": latest_values.truncate_sections(sections, MAX_LINES),
        "findings": request.db.fetch_dicts(AREA_FINDINGS_SQL, params),
        "recommendations": request.db.fetch_dicts(AREA_RECOMMENDATIONS_SQL, params),
        "schemes": request.db.fetch_dicts(AREA_SCHEMES_SQL, {"area": code}),
        "unknown": latest_values.select_uncovered_topics(request.db, covered_topics),
        "support": helplines.select_helplines(request.site, sorted(covered_topics)),
    }


def load_area_tree(db: RowReader) -> dict[str, Row]:
    """Every area by its code, with the area `above` it, those `inside` it, and whether to show it.

    An area without a parent belongs to the country that its list names, or else to the country
    whose classification its figures are in.
    """
    areas = {row["area"]: row for row in db.fetch_dicts(AREAS_SQL)}
    for row in areas.values():
        row["inside"], row["above"] = [], _find_parent_code(row, areas)
        row["shown"] = _has_evidence(row)
    for row in areas.values():
        if row["shown"]:
            for ancestor in _list_ancestors(row, areas):
                areas[ancestor]["shown"] = True
    for row in areas.values():
        if row["shown"] and row["above"] is not None:
            areas[row["above"]]["inside"].append(row)
    return areas


def _has_evidence(row: Mapping[str, Any]) -> bool:
    has_items = row["indicators"] or row["findings"] or row["recommendations"]
    return bool(has_items) and not row["synthetic"]


def _find_parent_code(row: Mapping[str, Any], areas: Mapping[str, Row]) -> str | None:
    if row["parent"] in areas:
        return str(row["parent"])
    if row["level"] == "country":
        return None
    for country in (row["stated"], row["used"]):
        if country in areas and country != row["area"]:
            return str(country)
    return None


def _list_ancestors(row: Mapping[str, Any], areas: Mapping[str, Row]) -> list[str]:
    """The areas that an area lies in, the widest first; a circle in the data ends it."""
    ancestors: list[str] = []
    parent = row["above"]
    while parent is not None and parent not in ancestors and parent != row["area"]:
        ancestors.append(parent)
        parent = areas[parent]["above"]
    return ancestors[::-1]


def summarise_indicators(rows: Iterable[Row]) -> Iterator[Row]:
    """One line for each indicator and classification of a place.

    It has the figure of everybody as `whole`, the `highest` and the `lowest` figure of a group,
    how many groups have one, those that have none as `silent`, and the `gap` of the highest to
    the reference, or else of the lowest.
    """
    for _, grouped_rows in groupby(rows, key=lambda row: (row["indicator"], row["scheme"])):
        table_rows = list(grouped_rows)
        totals = [row for row in table_rows if row["level"] == "total"]
        groups = [row for row in table_rows if row["level"] != "total" and not row["residual"]]
        ranked_rows = sorted(
            (row for row in groups if row["value"] is not None),
            key=lambda row: -row["value"],
        )
        extreme_rows = [ranked_rows[0], ranked_rows[-1]] if ranked_rows else []
        first_row = next((row for row in table_rows if row["known"]), table_rows[0])
        yield {
            **first_row,
            "whole": next((row for row in totals if row["known"]), next(iter(totals), None)),
            "highest": ranked_rows[0] if len(ranked_rows) > 1 else None,
            "lowest": ranked_rows[-1] if len(ranked_rows) > 1 else None,
            "only": next((row for row in groups if row["known"]), None)
            if len(ranked_rows) < 2
            else None,
            "counted": len(ranked_rows),
            "silent": [row for row in groups if not row["known"]],
            "gap": next((row for row in extreme_rows if row["ratio"] or row["difference"]), None),
            "known": any(row["known"] for row in groups),
        }


def _build_structured_data(request: PageRequest, area_row: Row, areas: Mapping[str, Row]) -> Row:
    place_type = "Country" if area_row["level"] == "country" else "Place"
    structured: Row = {
        "@context": "https://schema.org",
        "@type": place_type,
        "name": area_row["label"],
        "identifier": area_row["area"],
        "url": request.base_url + build_path("places", area_row["area"]),
    }
    if area_row["above"]:
        structured["containedInPlace"] = {
            "@type": "Place",
            "name": areas[area_row["above"]]["label"],
        }
    return structured
