"""Places: countries and areas with evidence, and everything that is known about one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from evidencehub.serve.database import Reader
from evidencehub.serve.pages import latest, support
from evidencehub.serve.pages.page import Context, Visit, missing, path

SHOWN = 12  # findings and recommendations of a place, each
LINES = 120
Row = dict[str, Any]

AREAS = """
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
FINDINGS = """
select f.finding, f.title, f.statement, f.verification
from finding as f join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where f.area = :area and f.superseded_by is null and f.type = 'finding'
order by coalesce(f.verification, '') like 'C3%', f.direction is null, f.published desc, f.finding
limit :limit
"""
RECOMMENDATIONS = """
select r.recommendation, r.title, r.text, s.label as status_label
from recommendation as r
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
join recommendation_latest as n on n.recommendation = r.recommendation
left join code as s on s.list = 'recommendation-status' and s.code = n.status
where r.area = :area
order by r.issued desc, r.recommendation
limit :limit
"""
SCHEMES = """
select l.list as scheme, l.title, count(distinct h.indicator) as indicators
from held as h
join dataset as d on d.dataset = h.dataset and d.synthetic = 0
join code_list as l on l.list = h.scheme
where h.area = :area
group by l.list
order by l.title, l.list
"""


def context(visit: Visit) -> Context:
    """Every country with evidence, with the areas inside it."""
    areas = read(visit.ask)
    roots = [row for row in areas.values() if row["shown"] and row["above"] is None]
    return {
        "countries": [row for row in roots if row["level"] == "country"],
        "others": [row for row in roots if row["level"] != "country"],
        "areas": sum(1 for row in areas.values() if _has_any(row)),
    }


def area(visit: Visit) -> Context:
    """What is known about one place."""
    code = visit.place["code"]
    areas = read(visit.ask)
    if code not in areas:
        raise missing(f"place “{code}”")
    own = areas[code]
    lines = list(summaries(latest.of_place(visit.ask, code)))
    sections, covered = latest.by_topic(visit.ask, lines)
    bound = {"area": code, "limit": SHOWN}
    return {
        "title": own["label"],
        "structured": _structured(visit, own, areas),
        "place": own,
        "above": [areas[one] for one in _way(own, areas)],
        "steps": [(areas[one]["label"], path("places", one)) for one in _way(own, areas)],
        "sections": sections,
        "indicators": len(lines),
        "unsure": any(
            line["gap"] and line["gap"]["ratio"] is not None and line["gap"]["ratio_lower"] is None
            for line in lines
        ),
        "more": latest.cut(sections, LINES),
        "findings": visit.ask.named(FINDINGS, bound),
        "recommendations": visit.ask.named(RECOMMENDATIONS, bound),
        "schemes": visit.ask.named(SCHEMES, {"area": code}),
        "unknown": latest.not_known(visit.ask, covered),
        "support": support.lines(visit.site, sorted(covered)),
    }


def read(ask: Reader) -> dict[str, Row]:
    """Every area by its code, with the area `above` it, those `inside` it, and whether to show it.

    An area without a parent belongs to the country that its list names, or else to the country
    whose classification its figures are in.
    """
    areas = {row["area"]: row for row in ask.named(AREAS)}
    for row in areas.values():
        row["inside"], row["above"] = [], _above(row, areas)
        row["shown"] = _has_any(row)
    for row in areas.values():
        if row["shown"]:
            for one in _way(row, areas):
                areas[one]["shown"] = True
    for row in areas.values():
        if row["shown"] and row["above"] is not None:
            areas[row["above"]]["inside"].append(row)
    return areas


def _has_any(row: Mapping[str, Any]) -> bool:
    there = row["indicators"] or row["findings"] or row["recommendations"]
    return bool(there) and not row["synthetic"]


def _above(row: Mapping[str, Any], areas: Mapping[str, Row]) -> str | None:
    if row["parent"] in areas:
        return str(row["parent"])
    if row["level"] == "country":
        return None
    for country in (row["stated"], row["used"]):
        if country in areas and country != row["area"]:
            return str(country)
    return None


def _way(row: Mapping[str, Any], areas: Mapping[str, Row]) -> list[str]:
    """The areas that an area lies in, the widest first; a circle in the data ends it."""
    way: list[str] = []
    above = row["above"]
    while above is not None and above not in way and above != row["area"]:
        way.append(above)
        above = areas[above]["above"]
    return way[::-1]


def summaries(rows: Iterable[Row]) -> Iterator[Row]:
    """One line for each indicator and classification of a place.

    It has the figure of everybody as `whole`, the `highest` and the `lowest` figure of a group,
    how many groups have one, those that have none as `silent`, and the `gap` of the highest to
    the reference, or else of the lowest.
    """
    for _, found in groupby(rows, key=lambda row: (row["indicator"], row["scheme"])):
        here = list(found)
        totals = [row for row in here if row["level"] == "total"]
        groups = [row for row in here if row["level"] != "total" and not row["residual"]]
        told = sorted(
            (row for row in groups if row["value"] is not None),
            key=lambda row: -row["value"],
        )
        ends = [told[0], told[-1]] if told else []
        first = next((row for row in here if row["known"]), here[0])
        yield {
            **first,
            "whole": next((row for row in totals if row["known"]), next(iter(totals), None)),
            "highest": told[0] if len(told) > 1 else None,
            "lowest": told[-1] if len(told) > 1 else None,
            "only": next((row for row in groups if row["known"]), None) if len(told) < 2 else None,
            "counted": len(told),
            "silent": [row for row in groups if not row["known"]],
            "gap": next((row for row in ends if row["ratio"] or row["difference"]), None),
            "known": any(row["known"] for row in groups),
        }


def _structured(visit: Visit, own: Row, areas: Mapping[str, Row]) -> Row:
    kind = "Country" if own["level"] == "country" else "Place"
    told: Row = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": own["label"],
        "identifier": own["area"],
        "url": visit.home + path("places", own["area"]),
    }
    if own["above"]:
        told["containedInPlace"] = {"@type": "Place", "name": areas[own["above"]]["label"]}
    return told
