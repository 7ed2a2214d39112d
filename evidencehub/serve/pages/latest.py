"""What is known of some groups, or of a place: the latest figure of each indicator, with its gap.

A figure of everybody stands before one of a part: both sexes, all ages, no further dimension.
Where there are only figures of a part, the line names the part. Made-up datasets are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.serve.database import Reader

Row = dict[str, Any]
Groups = Iterable[tuple[str, str]]  # scheme and code
LINES = 150  # of a page
TWICE = 1.95  # from here on a ratio is told with one decimal, below with two


def _label(listed: str, sql: str) -> str:
    """SQL for the label of a code of a list, or of list:code; nothing for a total."""
    return (
        f"case when {sql} = '_T' or {sql} = '' then '' else coalesce("
        f"(select label from code where list = '{listed}' and code = {sql}), "
        f"(select label from code where list = substr({sql}, 1, instr({sql}, ':') - 1) "
        f"and code = substr({sql}, instr({sql}, ':') + 1)), {sql}) end"
    )


_WHOLE = "o.other <> '', o.sex <> '_T', o.age <> '_T', o.period_end desc, o.period_start desc"
_TOLD = f"""
select
  f.indicator, f.dataset, i.title, i.value_type, i.reference_group, i.unit, u.label as unit_label,
  f.area, a.label as area_label, f.scheme, l.title as scheme_title,
  f.ethnicity, e.label, e.language, e.level, e.residual,
  f.period_start, f.period_end, {_label("sex", "f.sex")} as sex_label,
  {_label("age", "f.age")} as age_label,
  (
    select group_concat(coalesce(c.label, p.code), ', ') from other as p
    left join code as c on c.list = p.list and c.code = p.code where p.other = f.other
  ) as other_label,
  {_label("adjustment", "f.adjustment")} as adjustment_label,
  f.comparator, coalesce(w.label, {_label("comparator", "f.comparator")}) as comparator_label,
  f.value, f.value_min, f.value_max, f.ci_lower, f.ci_upper, f.derived,
  coalesce(f.ci_level, i.ci_level, 95) as ci_level,
  coalesce(f.decimals, i.decimals) as decimals, f.obs_status, s.label as status_label,
  s.definition as status_definition, coalesce(f.verification, d.verification) as verification,
  g.reference, h.label as reference_label, h.language as reference_language,
  r.value as reference_value, coalesce(r.decimals, i.decimals) as reference_decimals,
  g.difference, g.difference_lower, g.difference_upper, g.ratio, g.ratio_lower, g.ratio_upper,
  t.ci_level as gap_level,
  exists (
    select 1 from gap as x where x.stratum = t.stratum and x.reference = f.ethnicity
  ) as is_reference
from figure as f
join indicator as i on i.indicator = f.indicator
join dataset as d on d.dataset = f.dataset
join area as a on a.area = f.area
join code_list as l on l.list = f.scheme
join code as e on e.list = f.scheme and e.code = f.ethnicity
left join code as u on u.list = 'unit' and u.code = i.unit
left join code as s on s.list = 'obs-status' and s.code = f.obs_status
left join code as w on w.list = f.scheme and w.code = f.comparator
left join stratum as t on t.indicator = f.indicator and t.area = f.area and t.scheme = f.scheme
  and t.dimension = 'ethnicity' and t.period_start = f.period_start
  and t.period_end = f.period_end and t.sex = f.sex and t.age = f.age and t.other = f.other
  and t.adjustment = f.adjustment and t.ethnicity = '' and t.dataset = f.dataset
  and f.comparator = ''
left join gap as g on g.stratum = t.stratum and g.ethnicity = f.ethnicity
left join code as h on h.list = f.scheme and h.code = g.reference
left join observation as r on r.indicator = f.indicator and r.area = f.area
  and r.scheme = f.scheme and r.ethnicity = g.reference and r.period_start = f.period_start
  and r.period_end = f.period_end and r.sex = f.sex and r.age = f.age and r.other = f.other
  and r.comparator = '' and r.adjustment = f.adjustment and r.dataset = f.dataset
where f.place = 1
"""
HELD = """
with asked as (
  select distinct value ->> 0 as scheme, value ->> 1 as ethnicity from json_each(:groups)
),
listed as (
  select distinct asked.scheme, asked.ethnicity, g.indicator, h.area
  from asked
  cross join held_group as g on g.scheme = asked.scheme and g.ethnicity = asked.ethnicity
  join held as h on h.indicator = g.indicator and h.scheme = g.scheme
  join dataset as d on d.dataset = h.dataset and d.synthetic = 0
)
select t.indicator, t.area, t.scheme, t.ethnicity, exists (
    select 1 from observation as o
    where o.indicator = t.indicator and o.area = t.area and o.scheme = t.scheme
      and o.ethnicity = t.ethnicity and coalesce(o.value, o.value_min, o.value_max) is not null
  ) as known
from listed as t join area as a on a.area = t.area
where exists (
  select 1 from observation as o
  where o.indicator = t.indicator and o.area = t.area and o.scheme = t.scheme
    and o.ethnicity = t.ethnicity
)
order by instr(t.area, ':') > 0, a.label, t.area, t.indicator, t.scheme, t.ethnicity
"""
OF_GROUPS = f"""
with asked as (
  select
    value ->> 0 as indicator, value ->> 1 as area, value ->> 2 as scheme,
    value ->> 3 as ethnicity
  from json_each(:lines)
),
figure as (
  select o.*, row_number() over (
    partition by o.indicator, o.area, o.scheme, o.ethnicity
    order by {_WHOLE}, o.adjustment, o.other, o.sex, o.age, o.comparator, o.dataset
  ) as place
  from asked
  cross join observation as o on o.indicator = asked.indicator and o.area = asked.area
    and o.scheme = asked.scheme and o.ethnicity = asked.ethnicity
  join dataset as n on n.dataset = o.dataset and n.synthetic = 0
)
{_TOLD}
order by i.title, i.indicator, l.jurisdiction, a.label, f.area, f.scheme, e.sort_order, f.ethnicity
"""
OF_PLACE = f"""
with figure as (
  select o.*, dense_rank() over (
    partition by o.indicator, o.scheme, z.level = 'total'
    order by {_WHOLE}, o.adjustment, o.other, o.sex, o.age, o.comparator, o.dataset
  ) as place
  from observation as o
  join dataset as n on n.dataset = o.dataset and n.synthetic = 0
  join code as z on z.list = o.scheme and z.code = o.ethnicity
  where o.area = :area
)
{_TOLD}
order by i.title, i.indicator, f.scheme, e.sort_order, f.ethnicity
limit 5000
"""
TOPICS = """
select code, label from code
where list = 'topic' and coalesce(level, '') <> 'method'
order by sort_order, code
"""
SUBJECTS = """
select s.id, s.code
from json_each(:indicators) as j
join subject as s on s.kind = 'indicator' and s.id = j.value and s.list = 'topic'
join code as c on c.list = 'topic' and c.code = s.code
order by s.id, c.sort_order, s.code
"""
COVERED = """
select distinct s.code
from held_group as h
join code as e on e.list = h.scheme and e.code = h.ethnicity
  and e.residual = 0 and coalesce(e.level, '') <> 'total'
join subject as s on s.kind = 'indicator' and s.id = h.indicator and s.list = 'topic'
where h.known = 1
order by s.code
"""


def held(ask: Reader, groups: Groups) -> list[Row]:
    """Each indicator and place with figures of each of the groups; whole countries come first."""
    return ask.named(HELD, {"groups": json.dumps([list(group) for group in groups])})


def of_groups(ask: Reader, there: Sequence[Row]) -> list[Row]:
    """The latest figure, with its gap, of each of the lines that `held` gives."""
    told = [[row[name] for name in ("indicator", "area", "scheme", "ethnicity")] for row in there]
    return [finished(row) for row in ask.named(OF_GROUPS, {"lines": json.dumps(told)})]


def spread(there: Sequence[Row], most: int = LINES) -> list[Row]:
    """The first places of every indicator and group: one of each, and as many more as fit."""
    places: dict[tuple[str, ...], list[Row]] = {}
    for row in there:
        places.setdefault((row["indicator"], row["scheme"], row["ethnicity"]), []).append(row)
    sizes, each = [len(rows) for rows in places.values()], 1
    while each < max(sizes, default=1) and sum(min(n, each + 1) for n in sizes) <= most:
        each += 1
    return [row for rows in places.values() for row in rows[:each]]


def of_place(ask: Reader, area: str) -> list[Row]:
    """The latest figures of each indicator and classification for a place, of every group."""
    return [finished(row) for row in ask.named(OF_PLACE, {"area": area})]


def finished(row: Row) -> Row:
    """A line with what its words need: whether there is a figure, and how it is rounded."""
    row["known"] = has_figure(row)
    row["parts"] = [row[f"{n}_label"] for n in ("sex", "age", "other") if row[f"{n}_label"]]
    row["limit_decimals"] = limit_decimals(row)
    row["ratio_decimals"] = ratio_decimals(row["ratio"])
    row["difference_decimals"] = fewest_decimals(row["decimals"], row["reference_decimals"])
    row["direction"] = direction(row["difference"], row["ratio"])
    return row


def has_figure(row: Mapping[str, Any]) -> bool:
    """Whether a figure, or a bound of one, is there; suppressed and missing ones are not."""
    return any(row[name] is not None for name in ("value", "value_min", "value_max"))


def limit_decimals(row: Mapping[str, Any]) -> int | None:
    """How many decimals the limits of a figure have: as published, or those of the figure.

    Limits that the hub worked out itself are no more exact than the figure is.
    """
    if "ci_lower" in (row["derived"] or ""):
        return None if row["decimals"] is None else int(row["decimals"])
    limits = [row[name] for name in ("ci_lower", "ci_upper") if row[name] is not None]
    told = [len(f"{limit:.6g}".partition(".")[2]) for limit in limits]
    return most_decimals(row["decimals"], *told)


def ratio_decimals(ratio: float | None) -> int:
    """4.7 times as high, but 1.06 times: small ratios need two decimals to differ from 1."""
    return 1 if ratio is not None and ratio >= TWICE else 2


def most_decimals(*places: int | None) -> int | None:
    """The most decimals of several numbers; None where nobody says."""
    return max((place for place in places if place is not None), default=None)


def fewest_decimals(*places: int | None) -> int | None:
    """How many decimals a difference of two figures has: those of the rounder one."""
    return min((place for place in places if place is not None), default=None)


def direction(difference: float | None, ratio: float | None) -> str:
    """How a figure stands to the reference: higher, lower, same, or empty where not known."""
    if difference is None and ratio is None:
        return ""
    beside = difference if difference is not None else (ratio or 0.0) - 1.0
    return "higher" if beside > 0 else "lower" if beside < 0 else "same"


def topics(ask: Reader, indicators: Iterable[str]) -> set[str]:
    """Every topic that one of the indicators belongs to."""
    return {topic for _, topic in ask(SUBJECTS, {"indicators": json.dumps(sorted(indicators))})}


def by_topic(ask: Reader, lines: Sequence[Row]) -> tuple[list[Row], set[str]]:
    """The lines under the first topic of their indicator, and every topic that has a figure.

    An indicator stands once, though it may belong to several topics; without any it stands
    last, under a topic without a label.
    """
    own: dict[str, list[str]] = {}
    ids = sorted({line["indicator"] for line in lines})
    for indicator, topic in ask(SUBJECTS, {"indicators": json.dumps(ids)}):
        own.setdefault(indicator, []).append(topic)
    sections: list[Row] = []
    every = ask.named(TOPICS)
    codes = {topic["code"] for topic in every}  # a topic of method is none of them
    first = {
        name: next((topic for topic in told if topic in codes), "") for name, told in own.items()
    }
    for topic in [*every, {"code": "", "label": ""}]:
        here = [one for one in lines if first.get(one["indicator"], "") == topic["code"]]
        if here:
            sections.append({**topic, "lines": here})
    covered = {topic for one in lines if one["known"] for topic in own.get(one["indicator"], ())}
    return sections, covered


def not_known(ask: Reader, covered: set[str]) -> Row:
    """Topics without a figure here: those that others have one on, and those that nobody has."""
    anywhere = {topic for (topic,) in ask(COVERED)}
    rest = [topic for topic in ask.named(TOPICS) if topic["code"] not in covered]
    return {
        "elsewhere": [topic for topic in rest if topic["code"] in anywhere],
        "nowhere": [topic for topic in rest if topic["code"] not in anywhere],
    }


def cut(sections: Sequence[Row], most: int = LINES) -> int:
    """Leave the first lines of all sections; how many were left out."""
    left, dropped = most, 0
    for section in sections:
        dropped += max(len(section["lines"]) - left, 0)
        section["lines"] = section["lines"][:left]
        left -= len(section["lines"])
    return dropped
