"""What is known of some groups, or of a place: the latest figure of each indicator, with its gap.

A figure of everybody stands before one of a part: both sexes, all ages, no further dimension.
Where there are only figures of a part, the line names the part. Made-up datasets are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.domain.status import TOTAL
from evidencehub.store.database import RowReader

Row = dict[str, Any]
GroupKeys = Iterable[tuple[str, str]]  # scheme and code
MAX_LINES = 150  # of a page
ONE_DECIMAL_RATIO = 1.95  # from here on a ratio is told with one decimal, below with two


def _build_label_sql(list_name: str, column: str) -> str:
    """SQL for the label of a code of a list, or of list:code; nothing for a total."""
    return (
        f"case when {column} = '{TOTAL}' or {column} = '' then '' else coalesce("
        f"(select label from code where list = '{list_name}' and code = {column}), "
        f"(select label from code where list = substr({column}, 1, instr({column}, ':') - 1) "
        f"and code = substr({column}, instr({column}, ':') + 1)), {column}) end"
    )


_WHOLE_POPULATION_FIRST = (
    f"o.other <> '', o.sex <> '{TOTAL}', o.age <> '{TOTAL}', o.period_end desc, o.period_start desc"
)
_LATEST_VALUE_SQL = f"""
select
  f.indicator, f.dataset, i.title, i.value_type, i.reference_group, i.unit, u.label as unit_label,
  f.area, a.label as area_label, f.scheme, l.title as scheme_title,
  f.ethnicity, e.label, e.language, e.level, e.residual,
  f.period_start, f.period_end, {_build_label_sql("sex", "f.sex")} as sex_label,
  {_build_label_sql("age", "f.age")} as age_label,
  (
    select group_concat(coalesce(c.label, p.code), ', ') from other as p
    left join code as c on c.list = p.list and c.code = p.code where p.other = f.other
  ) as other_label,
  {_build_label_sql("adjustment", "f.adjustment")} as adjustment_label,
  f.comparator,
  coalesce(w.label, {_build_label_sql("comparator", "f.comparator")}) as comparator_label,
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
GROUP_COVERAGE_SQL = """
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
LATEST_BY_GROUP_SQL = f"""
with asked as (
  select
    value ->> 0 as indicator, value ->> 1 as area, value ->> 2 as scheme,
    value ->> 3 as ethnicity
  from json_each(:lines)
),
figure as (
  select o.*, row_number() over (
    partition by o.indicator, o.area, o.scheme, o.ethnicity
    order by {_WHOLE_POPULATION_FIRST}, o.adjustment, o.other, o.sex, o.age, o.comparator, o.dataset
  ) as place
  from asked
  cross join observation as o on o.indicator = asked.indicator and o.area = asked.area
    and o.scheme = asked.scheme and o.ethnicity = asked.ethnicity
  join dataset as n on n.dataset = o.dataset and n.synthetic = 0
)
{_LATEST_VALUE_SQL}
order by i.title, i.indicator, l.jurisdiction, a.label, f.area, f.scheme, e.sort_order, f.ethnicity
"""
LATEST_BY_AREA_SQL = f"""
with figure as (
  select o.*, dense_rank() over (
    partition by o.indicator, o.scheme, z.level = 'total'
    order by {_WHOLE_POPULATION_FIRST}, o.adjustment, o.other, o.sex, o.age, o.comparator, o.dataset
  ) as place
  from observation as o
  join dataset as n on n.dataset = o.dataset and n.synthetic = 0
  join code as z on z.list = o.scheme and z.code = o.ethnicity
  where o.area = :area
)
{_LATEST_VALUE_SQL}
order by i.title, i.indicator, f.scheme, e.sort_order, f.ethnicity
limit 5000
"""
TOPICS_SQL = """
select code, label from code
where list = 'topic' and coalesce(level, '') <> 'method'
order by sort_order, code
"""
INDICATOR_TOPICS_SQL = """
select s.id, s.code
from json_each(:indicators) as j
join subject as s on s.kind = 'indicator' and s.id = j.value and s.list = 'topic'
join code as c on c.list = 'topic' and c.code = s.code
order by s.id, c.sort_order, s.code
"""
COVERED_TOPICS_SQL = """
select distinct s.code
from held_group as h
join code as e on e.list = h.scheme and e.code = h.ethnicity
  and e.residual = 0 and coalesce(e.level, '') <> 'total'
join subject as s on s.kind = 'indicator' and s.id = h.indicator and s.list = 'topic'
where h.known = 1
order by s.code
"""


def select_group_coverage(db: RowReader, groups: GroupKeys) -> list[Row]:
    """Each indicator and place with figures of each of the groups; whole countries come first."""
    return db.fetch_dicts(
        GROUP_COVERAGE_SQL, {"groups": json.dumps([list(group) for group in groups])}
    )


def select_latest_by_group(db: RowReader, coverage: Sequence[Row]) -> list[Row]:
    """The latest figure, with its gap, of each of the lines that `select_group_coverage` gives."""
    keys = [
        [row[name] for name in ("indicator", "area", "scheme", "ethnicity")] for row in coverage
    ]
    return [
        add_display_fields(row)
        for row in db.fetch_dicts(LATEST_BY_GROUP_SQL, {"lines": json.dumps(keys)})
    ]


def limit_areas(coverage: Sequence[Row], max_lines: int = MAX_LINES) -> list[Row]:
    """The first places of every indicator and group: one of each, and as many more as fit."""
    areas_by_series: dict[tuple[str, ...], list[Row]] = {}
    for row in coverage:
        areas_by_series.setdefault((row["indicator"], row["scheme"], row["ethnicity"]), []).append(
            row
        )
    area_counts, areas_per_series = [len(rows) for rows in areas_by_series.values()], 1
    while (
        areas_per_series < max(area_counts, default=1)
        and sum(min(n, areas_per_series + 1) for n in area_counts) <= max_lines
    ):
        areas_per_series += 1
    return [row for rows in areas_by_series.values() for row in rows[:areas_per_series]]


def select_latest_by_area(db: RowReader, area: str) -> list[Row]:
    """The latest figures of each indicator and classification for a place, of every group."""
    return [add_display_fields(row) for row in db.fetch_dicts(LATEST_BY_AREA_SQL, {"area": area})]


def add_display_fields(row: Row) -> Row:
    """A line with what its words need: whether there is a figure, and how it is rounded."""
    row["known"] = has_value(row)
    row["parts"] = [row[f"{n}_label"] for n in ("sex", "age", "other") if row[f"{n}_label"]]
    row["limit_decimals"] = choose_ci_decimals(row)
    row["ratio_decimals"] = choose_ratio_decimals(row["ratio"])
    row["difference_decimals"] = find_min_decimals(row["decimals"], row["reference_decimals"])
    row["direction"] = classify_gap_direction(row["difference"], row["ratio"])
    return row


def has_value(row: Mapping[str, Any]) -> bool:
    """Whether a figure, or a bound of one, is there; suppressed and missing ones are not."""
    return any(row[name] is not None for name in ("value", "value_min", "value_max"))


def choose_ci_decimals(row: Mapping[str, Any]) -> int | None:
    """How many decimals the limits of a figure have: as published, or those of the figure.

    Limits that the hub worked out itself are no more exact than the figure is.
    """
    if "ci_lower" in (row["derived"] or ""):
        return None if row["decimals"] is None else int(row["decimals"])
    limits = [row[name] for name in ("ci_lower", "ci_upper") if row[name] is not None]
    printed_decimals = [len(f"{limit:.6g}".partition(".")[2]) for limit in limits]
    return find_max_decimals(row["decimals"], *printed_decimals)


def choose_ratio_decimals(ratio: float | None) -> int:
    """4.7 times as high, but 1.06 times: small ratios need two decimals to differ from 1."""
    return 1 if ratio is not None and ratio >= ONE_DECIMAL_RATIO else 2


def find_max_decimals(*decimals: int | None) -> int | None:
    """The most decimals of several numbers; None where nobody says."""
    return max((count for count in decimals if count is not None), default=None)


def find_min_decimals(*decimals: int | None) -> int | None:
    """How many decimals a difference of two figures has: those of the rounder one."""
    return min((count for count in decimals if count is not None), default=None)


def classify_gap_direction(difference: float | None, ratio: float | None) -> str:
    """How a figure stands to the reference: higher, lower, same, or empty where not known."""
    if difference is None and ratio is None:
        return ""
    gap = difference if difference is not None else (ratio or 0.0) - 1.0
    return "higher" if gap > 0 else "lower" if gap < 0 else "same"


def select_topics(db: RowReader, indicators: Iterable[str]) -> set[str]:
    """Every topic that one of the indicators belongs to."""
    return {
        topic
        for _, topic in db(INDICATOR_TOPICS_SQL, {"indicators": json.dumps(sorted(indicators))})
    }


def group_by_topic(db: RowReader, rows: Sequence[Row]) -> tuple[list[Row], set[str]]:
    """The lines under the first topic of their indicator, and every topic that has a figure.

    An indicator stands once, though it may belong to several topics; without any it stands
    last, under a topic without a label.
    """
    topics_by_indicator: dict[str, list[str]] = {}
    ids = sorted({row["indicator"] for row in rows})
    for indicator, topic in db(INDICATOR_TOPICS_SQL, {"indicators": json.dumps(ids)}):
        topics_by_indicator.setdefault(indicator, []).append(topic)
    sections: list[Row] = []
    all_topics = db.fetch_dicts(TOPICS_SQL)
    codes = {topic["code"] for topic in all_topics}  # a topic of method is none of them
    first_topic = {
        name: next((topic for topic in topic_codes if topic in codes), "")
        for name, topic_codes in topics_by_indicator.items()
    }
    for topic in [*all_topics, {"code": "", "label": ""}]:
        topic_rows = [
            value_row
            for value_row in rows
            if first_topic.get(value_row["indicator"], "") == topic["code"]
        ]
        if topic_rows:
            sections.append({**topic, "lines": topic_rows})
    covered_topics = {
        topic
        for value_row in rows
        if value_row["known"]
        for topic in topics_by_indicator.get(value_row["indicator"], ())
    }
    return sections, covered_topics


def select_uncovered_topics(db: RowReader, covered_topics: set[str]) -> Row:
    """Topics without a figure here: those that others have one on, and those that nobody has."""
    covered_anywhere = {topic for (topic,) in db(COVERED_TOPICS_SQL)}
    uncovered = [
        topic for topic in db.fetch_dicts(TOPICS_SQL) if topic["code"] not in covered_topics
    ]
    return {
        "elsewhere": [topic for topic in uncovered if topic["code"] in covered_anywhere],
        "nowhere": [topic for topic in uncovered if topic["code"] not in covered_anywhere],
    }


def truncate_sections(sections: Sequence[Row], max_lines: int = MAX_LINES) -> int:
    """Leave the first lines of all sections; how many were left out."""
    remaining, dropped = max_lines, 0
    for section in sections:
        dropped += max(len(section["lines"]) - remaining, 0)
        section["lines"] = section["lines"][:remaining]
        remaining -= len(section["lines"])
    return dropped
