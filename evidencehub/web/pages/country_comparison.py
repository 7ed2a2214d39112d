"""Inequality side by side: how wide the same gap is in several countries, each in its own groups.

Groups are never pooled across countries. Whether the rows may be compared, and why not, is what
the API says of the same question: one function judges for both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from evidencehub.domain.status import RATIO_VALUE_TYPES, TOTAL, VERIFICATION_SQL
from evidencehub.store import latest_values
from evidencehub.store.comparability_verdicts import STRATUM_FACTS, assess_combinations
from evidencehub.store.reference_data import ReferenceData
from evidencehub.web.charts import scales
from evidencehub.web.page_request import Context, PageRequest, SelectField, read_option
from evidencehub.web.views import helplines

Row = dict[str, Any]
MAX_PANEL_ROWS = 90  # of all panels together
COMPARABILITY_COLUMNS = (*STRATUM_FACTS, "comparator")

COMPARABLE_FAMILIES_SQL = """
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
COMPARISON_TABLES_SQL = f"""
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
    order by sex <> '{TOTAL}', age <> '{TOTAL}', period_end desc,
      period_start desc, adjustment, sex, age
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
TABLE_GAPS_SQL = f"""
select
  s.stratum, g.ethnicity, e.label, e.language, g.reference, h.label as reference_label,
  h.language as reference_language, g.difference, g.difference_lower, g.difference_upper,
  g.ratio, g.ratio_lower, g.ratio_upper, o.value, coalesce(o.decimals, i.decimals) as decimals,
  r.value as reference_value, coalesce(r.decimals, i.decimals) as reference_decimals,
  {VERIFICATION_SQL} as verification
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
PUBLISHED_COMPARISONS_SQL = f"""
select
  o.indicator, o.area, o.scheme, o.period_start, o.period_end, o.sex, o.age, o.adjustment,
  o.comparator, o.dataset, o.ethnicity, e.label, e.language, h.label as reference_label,
  h.language as reference_language, o.value, o.ci_lower, o.ci_upper, o.derived,
  coalesce(o.decimals, i.decimals) as decimals, i.value_type,
  {VERIFICATION_SQL} as verification
from indicator as i
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
join observation as o on o.indicator = i.indicator
join code as e on e.list = o.scheme and e.code = o.ethnicity
left join code as h on h.list = o.scheme and h.code = o.comparator
where i.family = :family and o.comparator <> '' and o.other = '' and o.value is not null
order by o.indicator, o.area, e.sort_order, o.ethnicity
"""
SUMMARY_MEASURES_SQL = """
select
  q.stratum, q.measure, m.label, m.definition, m.level, q.value, q.ci_lower, q.ci_upper,
  q.groups, q.excluded, q.exploratory
from json_each(:strata) as j
join inequality as q on q.stratum = j.value
join code as m on m.list = 'inequality-measure' and m.code = q.measure
where q.measure not in ('d', 'r')
order by q.stratum, m.sort_order
"""
INDICATORS_WITHOUT_GAP_SQL = """
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
FAMILY_TOPICS_SQL = """
select distinct s.code from indicator as i
join subject as s on s.kind = 'indicator' and s.id = i.indicator and s.list = 'topic'
where i.family = ? order by s.code
"""
COMPARED_ATTRIBUTES = (
    "period", "area_label", "scheme_title", "definition", "population", "unit_label", "whose",
    "recorded", "counting", "completeness", "standardisation", "adjustment_label", "age_label",
    "sex_label", "series_breaks",
)  # fmt: skip
"""What is said of each country's figures, in the order in which a reader needs it."""


def build_context(request: PageRequest) -> Context:
    """One family, the gaps of each country in it, and whether they may be compared."""
    families = request.db.fetch_dicts(COMPARABLE_FAMILIES_SQL)
    codes = [row["code"] for row in families]
    family = read_option(request, "family", codes, codes[0] if codes else "")
    panels = _load_panels(request, family)
    listed_indicators = {panel["indicator"] for panel in panels}
    indicators_without_gap = request.db.fetch_dicts(INDICATORS_WITHOUT_GAP_SQL, {"family": family})
    table_count = panels[0]["tables"] if panels else 0
    panels = select_panels(panels)
    strata = json.dumps([panel["stratum"] for panel in panels if panel["stratum"]])
    measures = request.db.fetch_dicts(SUMMARY_MEASURES_SQL, {"strata": strata})
    for panel in panels:
        panel["measures"] = [row for row in measures if row["stratum"] == panel["stratum"]]
    ratios = [row[n] for p in panels for row in p["rows"] for n in _RATIO_COLUMNS]
    topics = [topic for (topic,) in request.db(FAMILY_TOPICS_SQL, (family,))]
    choices = [(row["code"], row["label"]) for row in families]
    return {
        "family": next((row for row in families if row["code"] == family), None),
        "option": SelectField("family", "", choices, family),
        "families": families,
        "panels": panels,
        "more": table_count - len(panels),
        "countries": list(dict.fromkeys(panel["country_label"] for panel in panels)),
        "scale": place_on_scale(panels, scales.build_log_scale(ratios)),
        "has_unsure": any(
            row["at"] is not None and row["ratio_lower"] is None
            for p in panels
            for row in p["rows"]
        ),
        "has_intervals": any(row["ratio_lower"] for p in panels for row in p["rows"]),
        "verdict": judge_comparability(panels, request.reference_data),
        "facts": split_attributes(panels),
        "without": [
            row for row in indicators_without_gap if row["indicator"] not in listed_indicators
        ],
        "titles": {panel["indicator"]: panel["heading"] for panel in panels},
        "support": helplines.select_helplines(request.site, topics),
    }


_PANEL_SORT_COLUMNS = ("country_label", "area_label", "title", "indicator", "scheme")
_RATIO_COLUMNS = ("ratio", "ratio_lower", "ratio_upper")
_TABLE_KEY_COLUMNS = (
    "indicator", "dataset", "area", "scheme", "period_start", "period_end", "sex", "age",
    "adjustment", "comparator",
)  # fmt: skip


def _load_panels(request: PageRequest, family: str) -> list[Row]:
    """The tables that are set side by side: one for each indicator, place and classification."""
    panels = request.db.fetch_dicts(COMPARISON_TABLES_SQL, {"family": family})
    strata = json.dumps([panel["stratum"] for panel in panels if panel["stratum"]])
    rows = request.db.fetch_dicts(TABLE_GAPS_SQL, {"strata": strata})
    gaps = {
        key: list(stratum_rows)
        for key, stratum_rows in groupby(rows, key=lambda row: row["stratum"])
    }
    published_rows: list[Row] = []
    if any(panel["stratum"] is None for panel in panels):
        published_rows = request.db.fetch_dicts(PUBLISHED_COMPARISONS_SQL, {"family": family})
    for panel in panels:
        if panel["stratum"]:
            gap_rows = gaps.get(panel["stratum"], [])
        else:
            gap_rows = [
                convert_published_comparison(r)
                for r in published_rows
                if all(r[n] == panel[n] for n in _TABLE_KEY_COLUMNS)
            ]
        panel["rows"] = [add_display_fields(row, panel) for row in gap_rows]
        panel["period"] = (panel["period_start"], panel["period_end"])
        panel["older"] = panel["newest"] > panel["period_end"]
        panel["heading"] = build_panel_heading(panel, panels)
    return panels


def select_panels(panels: Iterable[Row]) -> list[Row]:
    """As many panels as a page holds, in the order of countries and places.

    They come with one place of every indicator first, then another, whole countries before their
    parts; the first of each country stays in any case.
    """
    selected: list[Row] = []
    rows = 0
    for panel in panels:
        rows += len(panel["rows"])
        if rows <= MAX_PANEL_ROWS or all(
            panel["country"] != selected_panel["country"] for selected_panel in selected
        ):
            selected.append(panel)
    return sorted(selected, key=lambda p: tuple(p[name] or "" for name in _PANEL_SORT_COLUMNS))


def build_panel_heading(panel: Row, panels: Sequence[Row]) -> list[str]:
    """The words that tell a panel from the others: country, place, and the title if need be."""
    heading_parts = [panel["country_label"] or ""]
    if panel["area_label"] not in heading_parts:
        heading_parts.append(panel["area_label"])
    same_area_panels = [
        p for p in panels if p["country"] == panel["country"] and p["area"] == panel["area"]
    ]
    if len(same_area_panels) > 1:
        heading_parts.append(panel["title"])
    return [heading_part for heading_part in heading_parts if heading_part]


def convert_published_comparison(row: Row) -> Row:
    """A figure that its source gives as a comparison, in the columns of a gap."""
    is_ratio = row["value_type"] in RATIO_VALUE_TYPES
    measure, other_measure = ("ratio", "difference") if is_ratio else ("difference", "ratio")
    missing_columns = dict.fromkeys(
        (other_measure, f"{other_measure}_lower", f"{other_measure}_upper", "reference_value")
    )
    gap_columns = {
        measure: row["value"],
        f"{measure}_lower": row["ci_lower"],
        f"{measure}_upper": row["ci_upper"],
    }
    ci_decimals = latest_values.choose_ci_decimals(row)
    return {
        **row,
        **missing_columns,
        **gap_columns,
        "value": None,
        "reference_decimals": None,
        "limit_decimals": ci_decimals,
    }


def add_display_fields(row: Row, panel: Mapping[str, Any]) -> Row:
    """A row with what its words need."""
    row["ratio_decimals"] = latest_values.choose_ratio_decimals(row["ratio"])
    row["difference_decimals"] = latest_values.find_min_decimals(
        row["decimals"], row["reference_decimals"]
    )
    if row["value"] is None:  # published as a comparison, with decimals of its own
        row["ratio_decimals"] = row["difference_decimals"] = row["decimals"]
    row["limit_decimals"] = row.get("limit_decimals", row["ratio_decimals"])
    row["direction"] = latest_values.classify_gap_direction(row["difference"], row["ratio"])
    row["unit"], row["unit_label"] = panel["unit"], panel["unit_label"]
    row["gap_level"] = panel["ci_level"]
    return row


def place_on_scale(panels: Iterable[Row], scale: scales.Scale) -> Row:
    """Put each row on the scale; what a key to the scale needs."""
    for panel in panels:
        for row in panel["rows"]:
            row["at"], row["from"], row["to"] = (scale.locate(row[name]) for name in _RATIO_COLUMNS)
    return {"one": scale.locate(1.0), "ticks": scale.ticks, "low": scale.low, "high": scale.high}


def judge_comparability(panels: Sequence[Row], reference_data: ReferenceData | None) -> Row | None:
    """The verdict on the tables that are shown, with its reasons; None where there are none."""
    if not panels or reference_data is None:
        return None
    table_descriptors = frozenset(
        tuple(panel[name] for name in COMPARABILITY_COLUMNS) for panel in panels
    )
    return assess_combinations(COMPARABILITY_COLUMNS, table_descriptors, reference_data)


def split_attributes(panels: Sequence[Row]) -> Row:
    """What is said of the figures: what differs between the tables, and what is the same."""
    omitted_columns = {
        f"{n}_label" for n in ("age", "sex") if all(panel[n] == TOTAL for panel in panels)
    }
    names = [name for name in COMPARED_ATTRIBUTES if name not in omitted_columns]
    attribute_values = [(name, [panel[name] or "" for panel in panels]) for name in names]
    differing = [(name, values) for name, values in attribute_values if len(set(values)) > 1]
    shared = [
        (name, values[0])
        for name, values in attribute_values
        if len(set(values)) == 1 and values[0]
    ]
    return {"differs": differing, "same": shared}
