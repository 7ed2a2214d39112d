"""Inequality side by side: how wide the same gap is in several countries, each in its own groups.

Groups are never pooled across countries. Whether the rows may be compared, and why not, is what
the API says of the same question: one function judges for both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from evidencehub.serve.api import envelope
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.unequal import COMPARE
from evidencehub.serve.pages import chart, compared, latest, support
from evidencehub.serve.pages.page import Context, Option, Visit, chosen

Row = dict[str, Any]
ROWS = 90  # of all panels together
JUDGED_BY = (*COMPARE.facts, "comparator")

FAMILIES = """
select
  f.code, f.label, f.definition, f.note,
  count(distinct substr(l.jurisdiction, 1, 2)) as countries
from code as f
join indicator as i on i.family = f.code
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
join held as h on h.indicator = i.indicator
join code_list as l on l.list = h.scheme
where f.list = 'family' and h.known > 0
group by f.code
having countries > 1
order by countries desc, f.sort_order, f.code
"""
PANELS = """
with stated as (
  select
    s.stratum, s.indicator, s.dataset, s.area, s.scheme, s.period_start, s.period_end,
    s.sex, s.age, s.adjustment, '' as comparator, s.ci_level
  from indicator as i
  join stratum as s on s.indicator = i.indicator and s.dimension = 'ethnicity'
    and s.other = '' and s.ethnicity = ''
  where i.family = :family and exists (select 1 from gap as g where g.stratum = s.stratum)
  union all
  select distinct
    null, o.indicator, o.dataset, o.area, o.scheme, o.period_start, o.period_end,
    o.sex, o.age, o.adjustment, o.comparator, coalesce(o.ci_level, i.ci_level, 95)
  from indicator as i
  join observation as o on o.indicator = i.indicator
  where i.family = :family and o.comparator <> '' and o.other = ''
    and instr(o.comparator, ':') = 0 and o.value is not null
),
ranked as (
  select *, row_number() over (
    partition by indicator, area, scheme, comparator
    order by sex <> '_T', age <> '_T', period_end desc, period_start desc, adjustment, sex, age
  ) as place
  from stated
)
select
  r.*, i.title, i.definition, i.unit, u.label as unit_label, i.value_type,
  i.denominator_definition as population, coalesce(i.standardisation, '') as standardisation,
  w.label as whose, k.label as recorded, d.ethnicity_completeness as completeness,
  coalesce(i.decimals, 1) as indicator_decimals, i.series_breaks,
  a.label as area_label, l.title as scheme_title, b.label as counting,
  substr(l.jurisdiction, 1, 2) as country,
  n.label as country_label, x.label as sex_label, y.label as age_label,
  coalesce(z.label, r.adjustment) as adjustment_label, (
    select max(h.period_end) from held as h
    where h.indicator = r.indicator and h.area = r.area and h.scheme = r.scheme
  ) as newest, row_number() over (
    partition by r.indicator, r.scheme, r.comparator
    order by instr(r.area, ':') > 0, a.parent is not null, a.label, r.area
  ) as turn, count(*) over () as tables
from ranked as r
join indicator as i on i.indicator = r.indicator
join dataset as d on d.dataset = r.dataset and d.synthetic = 0
join area as a on a.area = r.area
join code_list as l on l.list = r.scheme
left join area as n on n.area = substr(l.jurisdiction, 1, 2)
left join code as u on u.list = 'unit' and u.code = i.unit
left join code as w on w.list = 'whose-ethnicity'
  and w.code = coalesce(i.whose_ethnicity, d.whose_ethnicity)
left join code as k on k.list = 'ethnicity-recording'
  and k.code = coalesce(i.ethnicity_recording, d.ethnicity_recording)
left join code as b on b.list = 'counting-basis' and b.code = l.counting_basis
left join code as x on x.list = 'sex' and x.code = r.sex
left join code as y on y.list = 'age' and y.code = r.age
left join code as z on z.list = 'adjustment' and z.code = r.adjustment
where r.place = 1
order by turn, n.label, a.label, i.title, r.indicator, r.scheme
limit 40
"""
GAPS = """
select
  s.stratum, g.ethnicity, e.label, e.language, g.reference, h.label as reference_label,
  h.language as reference_language, g.difference, g.difference_lower, g.difference_upper,
  g.ratio, g.ratio_lower, g.ratio_upper, o.value, coalesce(o.decimals, i.decimals) as decimals,
  r.value as reference_value, coalesce(r.decimals, i.decimals) as reference_decimals,
  coalesce(o.verification, d.verification) as verification
from json_each(:strata) as j
join stratum as s on s.stratum = j.value
join gap as g on g.stratum = s.stratum
join indicator as i on i.indicator = s.indicator
join dataset as d on d.dataset = s.dataset
join code as e on e.list = s.scheme and e.code = g.ethnicity
join code as h on h.list = s.scheme and h.code = g.reference
left join observation as o on o.indicator = s.indicator and o.area = s.area
  and o.scheme = s.scheme and o.ethnicity = g.ethnicity and o.period_start = s.period_start
  and o.period_end = s.period_end and o.sex = s.sex and o.age = s.age and o.other = s.other
  and o.comparator = '' and o.adjustment = s.adjustment and o.dataset = s.dataset
left join observation as r on r.indicator = s.indicator and r.area = s.area
  and r.scheme = s.scheme and r.ethnicity = g.reference and r.period_start = s.period_start
  and r.period_end = s.period_end and r.sex = s.sex and r.age = s.age and r.other = s.other
  and r.comparator = '' and r.adjustment = s.adjustment and r.dataset = s.dataset
order by s.stratum, e.sort_order, g.ethnicity
"""
PUBLISHED = """
select
  o.indicator, o.area, o.scheme, o.period_start, o.period_end, o.sex, o.age, o.adjustment,
  o.comparator, o.dataset, o.ethnicity, e.label, e.language, h.label as reference_label,
  h.language as reference_language, o.value, o.ci_lower, o.ci_upper, o.derived,
  coalesce(o.decimals, i.decimals) as decimals, i.value_type,
  coalesce(o.verification, d.verification) as verification
from indicator as i
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
join observation as o on o.indicator = i.indicator
join code as e on e.list = o.scheme and e.code = o.ethnicity
left join code as h on h.list = o.scheme and h.code = o.comparator
where i.family = :family and o.comparator <> '' and o.other = '' and o.value is not null
order by o.indicator, o.area, e.sort_order, o.ethnicity
"""
MEASURES = """
select
  q.stratum, q.measure, m.label, m.definition, m.level, q.value, q.ci_lower, q.ci_upper,
  q.groups, q.excluded, q.exploratory
from json_each(:strata) as j
join inequality as q on q.stratum = j.value
join code as m on m.list = 'inequality-measure' and m.code = q.measure
where q.measure not in ('d', 'r')
order by q.stratum, m.sort_order
"""
WITHOUT = """
select i.indicator, i.title,
  iif(count(distinct a.area) > 5, '', group_concat(distinct a.label)) as places, (
    select x.why from inequality_missing as x
    where x.indicator = i.indicator and x.measure = 'r' and x.what = 'estimate'
      and x.dimension = 'ethnicity'
    order by x.strata desc, x.why limit 1
  ) as why
from indicator as i
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
join held as h on h.indicator = i.indicator
join area as a on a.area = h.area
where i.family = :family
group by i.indicator
order by i.title, i.indicator
"""
TOPICS = """
select distinct s.code from indicator as i
join subject as s on s.kind = 'indicator' and s.id = i.indicator and s.list = 'topic'
where i.family = ? order by s.code
"""
FACTS = (
    "period", "area_label", "scheme_title", "definition", "population", "unit_label", "whose",
    "recorded", "counting", "completeness", "standardisation", "adjustment_label", "age_label",
    "sex_label", "series_breaks",
)  # fmt: skip
"""What is said of each country's figures, in the order in which a reader needs it."""


def context(visit: Visit) -> Context:
    """One family, the gaps of each country in it, and whether they may be compared."""
    families = visit.ask.named(FAMILIES)
    codes = [row["code"] for row in families]
    family = chosen(visit, "family", codes, codes[0] if codes else "")
    panels = _panels(visit, family)
    shown = {panel["indicator"] for panel in panels}
    rest = visit.ask.named(WITHOUT, {"family": family})
    tables = panels[0]["tables"] if panels else 0
    panels = fitting(panels)
    strata = json.dumps([panel["stratum"] for panel in panels if panel["stratum"]])
    measures = visit.ask.named(MEASURES, {"strata": strata})
    for panel in panels:
        panel["measures"] = [row for row in measures if row["stratum"] == panel["stratum"]]
    ratios = [row[n] for p in panels for row in p["rows"] for n in _LIMITS]
    topics = [topic for (topic,) in visit.ask(TOPICS, (family,))]
    choices = [(row["code"], row["label"]) for row in families]
    return {
        "family": next((row for row in families if row["code"] == family), None),
        "option": Option("family", "", choices, family),
        "families": families,
        "panels": panels,
        "more": tables - len(panels),
        "countries": list(dict.fromkeys(panel["country_label"] for panel in panels)),
        "scale": drawn(panels, chart.logarithmic(ratios)),
        "has_unsure": any(
            row["at"] is not None and row["ratio_lower"] is None
            for p in panels
            for row in p["rows"]
        ),
        "has_intervals": any(row["ratio_lower"] for p in panels for row in p["rows"]),
        "verdict": judged(panels, visit.known),
        "facts": facts(panels),
        "without": [row for row in rest if row["indicator"] not in shown],
        "titles": {panel["indicator"]: panel["heading"] for panel in panels},
        "support": support.lines(visit.site, topics),
    }


_ORDER = ("country_label", "area_label", "title", "indicator", "scheme")
_LIMITS = ("ratio", "ratio_lower", "ratio_upper")
_SAME = (
    "indicator", "dataset", "area", "scheme", "period_start", "period_end", "sex", "age",
    "adjustment", "comparator",
)  # fmt: skip


def _panels(visit: Visit, family: str) -> list[Row]:
    """The tables that are set side by side: one for each indicator, place and classification."""
    panels = visit.ask.named(PANELS, {"family": family})
    strata = json.dumps([panel["stratum"] for panel in panels if panel["stratum"]])
    rows = visit.ask.named(GAPS, {"strata": strata})
    gaps = {key: list(told) for key, told in groupby(rows, key=lambda row: row["stratum"])}
    own: list[Row] = []
    if any(panel["stratum"] is None for panel in panels):
        own = visit.ask.named(PUBLISHED, {"family": family})
    for panel in panels:
        if panel["stratum"]:
            found = gaps.get(panel["stratum"], [])
        else:
            found = [published(r) for r in own if all(r[n] == panel[n] for n in _SAME)]
        panel["rows"] = [finished(row, panel) for row in found]
        panel["period"] = (panel["period_start"], panel["period_end"])
        panel["older"] = panel["newest"] > panel["period_end"]
        panel["heading"] = heading(panel, panels)
    return panels


def fitting(panels: Iterable[Row]) -> list[Row]:
    """As many panels as a page holds, in the order of countries and places.

    They come with one place of every indicator first, then another, whole countries before their
    parts; the first of each country stays in any case.
    """
    kept: list[Row] = []
    rows = 0
    for panel in panels:
        rows += len(panel["rows"])
        if rows <= ROWS or all(panel["country"] != one["country"] for one in kept):
            kept.append(panel)
    return sorted(kept, key=lambda p: tuple(p[name] or "" for name in _ORDER))


def heading(panel: Row, panels: Sequence[Row]) -> list[str]:
    """The words that tell a panel from the others: country, place, and the title if need be."""
    told = [panel["country_label"] or ""]
    if panel["area_label"] not in told:
        told.append(panel["area_label"])
    alike = [p for p in panels if p["country"] == panel["country"] and p["area"] == panel["area"]]
    if len(alike) > 1:
        told.append(panel["title"])
    return [one for one in told if one]


def published(row: Row) -> Row:
    """A figure that its source gives as a comparison, in the columns of a gap."""
    is_ratio = row["value_type"] in compared.RATIOS
    name, other = ("ratio", "difference") if is_ratio else ("difference", "ratio")
    blank = dict.fromkeys((other, f"{other}_lower", f"{other}_upper", "reference_value"))
    told = {name: row["value"], f"{name}_lower": row["ci_lower"], f"{name}_upper": row["ci_upper"]}
    limits = latest.limit_decimals(row)
    return {
        **row, **blank, **told, "value": None, "reference_decimals": None, "limit_decimals": limits,
    }  # fmt: skip


def finished(row: Row, panel: Mapping[str, Any]) -> Row:
    """A row with what its words need."""
    row["ratio_decimals"] = latest.ratio_decimals(row["ratio"])
    row["difference_decimals"] = latest.fewest_decimals(row["decimals"], row["reference_decimals"])
    if row["value"] is None:  # published as a comparison, with decimals of its own
        row["ratio_decimals"] = row["difference_decimals"] = row["decimals"]
    row["limit_decimals"] = row.get("limit_decimals", row["ratio_decimals"])
    row["direction"] = latest.direction(row["difference"], row["ratio"])
    row["unit"], row["unit_label"] = panel["unit"], panel["unit_label"]
    row["gap_level"] = panel["ci_level"]
    return row


def drawn(panels: Iterable[Row], scale: chart.Scale) -> Row:
    """Put each row on the scale; what a key to the scale needs."""
    for panel in panels:
        for row in panel["rows"]:
            row["at"], row["from"], row["to"] = (scale.at(row[name]) for name in _LIMITS)
    return {"one": scale.at(1.0), "marks": scale.marks, "low": scale.low, "high": scale.high}


def judged(panels: Sequence[Row], told: Known | None) -> Row | None:
    """The verdict on the tables that are shown, with its reasons; None where there are none."""
    if not panels or told is None:
        return None
    kinds = frozenset(tuple(panel[name] for name in JUDGED_BY) for panel in panels)
    verdict: Row = json.loads(envelope.judged(JUDGED_BY, kinds, told))
    return verdict


def facts(panels: Sequence[Row]) -> Row:
    """What is said of the figures: what differs between the tables, and what is the same."""
    plain = {f"{n}_label" for n in ("age", "sex") if all(panel[n] == "_T" for panel in panels)}
    names = [name for name in FACTS if name not in plain]
    told = [(name, [panel[name] or "" for panel in panels]) for name in names]
    differs = [(name, values) for name, values in told if len(set(values)) > 1]
    same = [(name, values[0]) for name, values in told if len(set(values)) == 1 and values[0]]
    return {"differs": differs, "same": same}
