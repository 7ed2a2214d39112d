"""A topic or a workstream: what is measured, found and recommended, and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.serve.pages import evidence, support
from evidencehub.serve.pages.evidence import Rows
from evidencehub.serve.pages.page import Context, Visit, missing, path

MOST = 20  # findings and recommendations of a topic on its page
INDICATORS = 40
MAIN = " Main workstream: "  # how the definition of a topic ends in the code list
RESULTS = ("finding", "lived-experience")

CODES = """
select list, code, label, definition, language from code
where list in ('workstream', 'topic') order by list, sort_order, code
"""
COUNTS = """
select s.list, s.code, s.kind, count(*) as held
from subject as s
left join indicator as i on s.kind = 'indicator' and i.indicator = s.id
left join finding as f on s.kind = 'finding' and f.finding = s.id
left join recommendation as r on s.kind = 'recommendation' and r.recommendation = s.id
join dataset as d on d.dataset = coalesce(i.dataset, f.dataset, r.dataset, s.id)
  and d.synthetic = 0
group by s.list, s.code, s.kind
order by s.list, s.code, s.kind
"""
FINDINGS = """
select f.finding, f.title, f.statement, f.type, d.language,
  coalesce(f.verification, d.verification) as verification
from subject as s
join finding as f on s.kind = 'finding' and f.finding = s.id
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where s.list = :list and s.code = :code and f.superseded_by is null
order by coalesce(f.verification, d.verification, '') like 'C3%', f.direction is null,
  f.published desc, f.finding
"""
MEASURED = """
select i.indicator, i.title, count(distinct h.area) as places, h.area,
  max(h.period_end) as period_end, (
    select max(o.period_start) from observation as o
    where o.indicator = h.indicator and o.area = h.area and o.scheme = h.scheme
      and o.period_end = h.period_end
  ) as period_start
from subject as s
join indicator as i on s.kind = 'indicator' and i.indicator = s.id
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
left join held as h on h.indicator = i.indicator
where s.list = :list and s.code = :code
group by i.indicator
order by i.title, i.indicator
"""
PLACES = "select area, label from area where area in (select value from json_each(?)) order by area"
HELD = """
select distinct h.indicator, h.scheme, h.ethnicity
from subject as s
join held_group as h on s.kind = 'indicator' and h.indicator = s.id
join code as e on e.list = h.scheme and e.code = h.ethnicity
where s.list = :list and s.code = :code and e.residual = 0 and coalesce(e.level, '') <> 'total'
order by h.indicator, h.scheme, h.ethnicity
"""
GROUPS = """
select c.list as scheme, l.title as scheme_title, c.code, c.label, c.language
from code as c join code_list as l on l.list = c.list
where c.list in (select value from json_each(?)) and c.residual = 0 and c.level = 'group'
order by l.title, c.list, c.sort_order, c.code
"""
COUNTRIES = """
select distinct a.area, a.label, exists (
  select 1 from country as n
  join indicator as i on i.dataset = n.dataset
  join subject as s on s.kind = 'indicator' and s.id = i.indicator
  join dataset as t on t.dataset = n.dataset and t.synthetic = 0
  where n.area = a.area and s.list = :list and s.code = :code
) as held
from country as c
join dataset as d on d.dataset = c.dataset and d.synthetic = 0
join area as a on a.area = c.area
order by a.label
"""
ABOUT = """d.synthetic = 0 and n.recommendation in (
  select id from subject where kind = 'recommendation' and list = ? and code = ?
)"""
DATASETS = """
select d.dataset, d.title, d.language
from subject as s join dataset as d on s.kind = 'dataset' and d.dataset = s.id
where s.list = :list and s.code = :code and d.synthetic = 0
order by d.title, d.dataset
"""


def listing(visit: Visit) -> Context:
    """Every topic under its main workstream, with how much evidence there is."""
    codes = visit.ask.named(CODES)
    for one in codes:
        one["counts"] = {"indicator": 0, "finding": 0, "recommendation": 0}
    known = {(one["list"], one["code"]): one["counts"] for one in codes}
    for row in visit.ask.named(COUNTS):
        if row["kind"] in ("indicator", "finding", "recommendation"):
            known[row["list"], row["code"]][row["kind"]] = row["held"]
    return {"title": "", "sections": by_workstream(codes)}


def by_workstream(codes: Sequence[Mapping[str, Any]]) -> Rows:
    """The workstreams with their topics; topics of no known one come last, under none."""
    streams: Rows = [{**one, "topics": []} for one in codes if one["list"] == "workstream"]
    rest: dict[str, Any] = {"code": "", "label": "", "topics": []}
    labels = {one["label"]: one for one in streams}
    for one in codes:
        if one["list"] == "topic":
            says, _, main = (one["definition"] or "").partition(MAIN)
            labels.get(main.rstrip("."), rest)["topics"].append({**one, "definition": says})
    return [*streams, rest] if rest["topics"] else streams


def context(visit: Visit) -> Context:
    """One topic or workstream; raises RefusedError (404) for a code that is neither."""
    codes = visit.ask.named(CODES)
    found = next((one for one in codes if one["code"] == visit.place["code"]), None)
    if found is None:
        raise missing("topic of this name")
    bound = {"list": found["list"], "code": found["code"]}
    stream = next(one for one in [*by_workstream(codes), {}] if not one or _is_in(found, one))
    asked = evidence.recommendations(visit.ask, ABOUT, (found["list"], found["code"]))
    says = (found["definition"] or "").partition(MAIN)[0]
    topics = stream["topics"] if stream and found["list"] == "workstream" else []
    return {
        "title": found["label"],
        "description": evidence.brief(says),
        "topic": {**found, "definition": says},
        "stream": stream if stream and found["list"] == "topic" and stream["code"] else None,
        "topics": topics,
        **_findings(visit.ask.named(FINDINGS, bound)),
        **_measured(visit, bound),
        "asked": asked[:MOST],
        "asked_all": len(asked),
        "datasets": visit.ask.named(DATASETS, bound),
        "support": support.lines(visit.site, [found["code"], *(one["code"] for one in topics)]),
        "structured": {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": found["label"],
            "description": says,
            "url": visit.home + path("topics", found["code"]),
        },
    }


def _is_in(found: Mapping[str, Any], stream: Mapping[str, Any]) -> bool:
    return found["code"] in (stream["code"], *(one["code"] for one in stream["topics"]))


def _findings(rows: Sequence[Mapping[str, Any]]) -> Context:
    """Results first and cut; work under way, background and gaps each apart."""
    results = [row for row in rows if row["type"] in RESULTS]
    return {
        "results": results[:MOST],
        "findings_all": len(rows),
        "results_more": len(results[MOST:]),
        "programmes": [row for row in rows if row["type"] == "programme"][:MOST],
        "background": [row for row in rows if row["type"] in ("method", "context")][:MOST],
        "evidence_gaps": [row for row in rows if row["type"] == "evidence-gap"][:MOST],
    }


def _measured(visit: Visit, bound: Mapping[str, str]) -> Context:
    """The indicators, and whom and where they leave out."""
    rows = visit.ask.named(MEASURED, bound)
    areas = evidence.listed(row["area"] for row in rows)
    labels = {row["area"]: row["label"] for row in visit.ask.named(PLACES, (areas,))}
    held = visit.ask(HELD, bound)
    split = {indicator for indicator, _, _ in held}
    groups = visit.ask.named(GROUPS, (evidence.listed(scheme for _, scheme, _ in held),))
    countries = visit.ask.named(COUNTRIES, bound)
    shown = [{**row, "area_label": labels.get(row["area"])} for row in rows]
    return {
        "indicators": shown[:INDICATORS],
        "indicators_all": len(rows),
        "unsplit": [row for row in shown if row["indicator"] not in split],
        "without": without(groups, {(scheme, group) for _, scheme, group in held}),
        "countries": [row for row in countries if row["held"]],
        "countries_without": [row for row in countries if not row["held"]],
    }


def without(
    groups: Iterable[Mapping[str, Any]], held: set[tuple[str, str]]
) -> list[tuple[str, Rows]]:
    """The groups of each classification that none of the figures is about."""
    found: dict[str, Rows] = {}
    for group in groups:
        if (group["scheme"], group["code"]) not in held:
            found.setdefault(group["scheme_title"], []).append(dict(group))
    return list(found.items())
