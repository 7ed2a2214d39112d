"""The latest value of each indicator for some groups or for an area, with its gap.

A value of the whole population comes before one of a part: both sexes, all ages, no further
dimension. If there are only values of a part, the row names the part. Synthetic datasets are
left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.status import (
    TOTAL,
    build_verification_sql,
    has_derived_limits,
    is_secondary_source,
)
from evidencehub.store.conditions import (
    join_observation,
    join_public_dataset,
    select_ci_level,
    select_decimals,
)
from evidencehub.store.database import RowReader
from evidencehub.store.gaps import GAP_COLUMNS_SQL, GapValues
from evidencehub.store.labels import (
    TOPIC_RANK_CTE,
    join_category,
    join_label,
    select_qualified_label,
)
from evidencehub.store.related_evidence import LabelledCodeRow
from evidencehub.store.typed_rows import (
    select_column,
    select_lists,
    select_rows,
    select_rows_with_part,
)

_WHOLE_POPULATION_FIRST = (
    f"o.other <> '', o.sex <> '{TOTAL}', o.age <> '{TOTAL}', o.period_end desc, "
    "o.period_start desc, o.adjustment, o.other, o.sex, o.age, o.comparator, o.dataset"
)
_LATEST_VALUE_SQL = f"""
select
  f.indicator, i.title, d.language as title_language, i.value_type, i.reference_group, i.unit,
  u.label as unit_label,
  f.area, a.label as area_label, f.scheme, f.ethnicity, e.label, e.language, e.level, e.residual,
  f.period_start, f.period_end, {select_qualified_label("sex", "f.sex")} as sex_label,
  {select_qualified_label("age", "f.age")} as age_label,
  (
    select group_concat(c.label, ', ' order by p.list) from observation_dimension as p
    join code as c on c.list = p.list and c.code = p.code where p.other = f.other
  ) as other_label,
  {select_qualified_label("adjustment", "f.adjustment")} as adjustment_label,
  coalesce(w.label, {select_qualified_label("comparator", "f.comparator")}) as comparator_label,
  f.value, f.value_min, f.value_max, f.ci_lower, f.ci_upper, f.derived,
  coalesce({select_ci_level("f")}, 95) as ci_level,
  {select_decimals("f")} as decimals, f.obs_status, s.label as status_label,
  s.definition as status_definition, {build_verification_sql("f")} as verification,
  {GAP_COLUMNS_SQL},
  t.ci_level as gap_ci_level, i.polarity, (
    select count(*) from gap as x
    where x.stratum = t.stratum and x.difference_lower is not null
  ) as tested,
  exists (
    select 1 from gap as x where x.stratum = t.stratum and x.reference = f.ethnicity
  ) as is_reference
from latest as f
join indicator as i on i.indicator = f.indicator
join dataset as d on d.dataset = f.dataset
join area as a on a.area = f.area
join code_list as l on l.list = f.scheme
{join_category("e", "f.scheme", "f.ethnicity")}
{join_label("u", "unit", "i.unit")}
{join_label("s", "obs-status", "f.obs_status")}
left {join_category("w", "f.scheme", "f.comparator")}
left join stratum as t on t.indicator = f.indicator and t.area = f.area and t.scheme = f.scheme
  and t.dimension = 'ethnicity' and t.period_start = f.period_start
  and t.period_end = f.period_end and t.sex = f.sex and t.age = f.age and t.other = f.other
  and t.adjustment = f.adjustment and t.ethnicity = '' and t.dataset = f.dataset
  and f.comparator = ''
left join gap as g on g.stratum = t.stratum and g.ethnicity = f.ethnicity
left {join_category("h", "f.scheme", "g.reference")}
{join_observation("r", "f", "g.reference")}
where f.rank = 1
"""
GROUP_COVERAGE_SQL = f"""
with requested as (
  select distinct value ->> 0 as scheme, value ->> 1 as ethnicity from json_each(:groups)
),
listed as (
  select distinct requested.scheme, requested.ethnicity, g.indicator, h.area
  from requested
  cross join group_availability as g on g.scheme = requested.scheme
    and g.ethnicity = requested.ethnicity
  join availability as h on h.indicator = g.indicator and h.scheme = g.scheme
  {join_public_dataset("h.dataset")}
)
select t.indicator, t.area, t.scheme, t.ethnicity, exists (
    select 1 from observation as o
    where o.indicator = t.indicator and o.area = t.area and o.scheme = t.scheme
      and o.ethnicity = t.ethnicity and coalesce(o.value, o.value_min, o.value_max) is not null
  ) as has_value
from listed as t join area as a on a.area = t.area
where exists (
  select 1 from observation as o
  where o.indicator = t.indicator and o.area = t.area and o.scheme = t.scheme
    and o.ethnicity = t.ethnicity
)
order by instr(t.area, ':') > 0, a.label, t.area, t.indicator, t.scheme, t.ethnicity
"""
LATEST_BY_GROUP_SQL = f"""
with requested as (
  select
    value ->> 0 as indicator, value ->> 1 as area, value ->> 2 as scheme,
    value ->> 3 as ethnicity
  from json_each(:keys)
),
latest as (
  select o.*, row_number() over (
    partition by o.indicator, o.area, o.scheme, o.ethnicity order by {_WHOLE_POPULATION_FIRST}
  ) as rank
  from requested
  cross join observation as o on o.indicator = requested.indicator and o.area = requested.area
    and o.scheme = requested.scheme and o.ethnicity = requested.ethnicity
  {join_public_dataset("o.dataset", "n")}
)
{_LATEST_VALUE_SQL}
order by i.title, i.indicator, l.jurisdiction, a.label, f.area, f.scheme, e.sort_order, f.ethnicity
"""
LATEST_BY_AREA_SQL = f"""
with latest as (
  select o.*, dense_rank() over (
    partition by o.indicator, o.scheme, z.level = 'total' order by {_WHOLE_POPULATION_FIRST}
  ) as rank
  from observation as o
  {join_public_dataset("o.dataset", "n")}
  {join_category("z", "o.scheme", "o.ethnicity")}
  where o.area = :area
)
{_LATEST_VALUE_SQL}
order by i.title, i.indicator, f.scheme, e.sort_order, f.ethnicity
limit 5000
"""
TOPICS_SQL = f"""
with {TOPIC_RANK_CTE}
select 'topic' as list, code, label, definition from topic_rank
where coalesce(level, '') <> 'method'
order by rank
"""
INDICATOR_TOPICS_SQL = f"""
with {TOPIC_RANK_CTE}
select s.id, s.code
from json_each(:indicators) as j
join subject as s on s.kind = 'indicator' and s.id = j.value and s.list = 'topic'
join topic_rank as c on c.code = s.code
order by s.id, c.rank
"""
COVERED_TOPICS_SQL = """
select distinct s.code
from group_availability as h
join code as e on e.list = h.scheme and e.code = h.ethnicity
  and e.residual = 0 and coalesce(e.level, '') <> 'total'
join subject as s on s.kind = 'indicator' and s.id = h.indicator and s.list = 'topic'
where h.has_value = 1
order by s.code
"""


@dataclass(frozen=True, slots=True)
class LatestValueRow:
    """The latest value of an indicator for a group and an area, with its gap.

    The labels of sex, age and adjustment are empty for a total, that of `other` is None. `tested`
    is how many gaps of the same table have a confidence interval.
    """

    indicator: str
    title: str
    title_language: str
    value_type: str
    reference_group: str | None
    unit: str
    unit_label: str | None
    area: str
    area_label: str
    scheme: str
    ethnicity: str
    label: str
    language: str | None
    level: str | None
    residual: int
    period_start: str
    period_end: str
    sex_label: str
    age_label: str
    other_label: str | None
    adjustment_label: str
    comparator_label: str
    value: float | None
    value_min: float | None
    value_max: float | None
    ci_lower: float | None
    ci_upper: float | None
    derived: str | None
    ci_level: float
    decimals: int | None
    obs_status: str
    status_label: str | None
    status_definition: str | None
    verification: str | None
    gap_ci_level: float | None
    polarity: str
    tested: int
    is_reference: int
    gap: GapValues

    @property
    def has_derived_interval(self) -> bool:
        """Return whether the hub derived the confidence interval; the source gives none."""
        return self.ci_lower is not None and has_derived_limits(self.derived)

    @property
    def has_value(self) -> bool:
        """Return whether there is a value, or a bound of one."""
        bounds = (self.value, self.value_min, self.value_max)
        return any(bound is not None for bound in bounds)

    @property
    def is_total(self) -> bool:
        """Return whether the value is of all groups together."""
        return self.level == "total"

    @property
    def is_group(self) -> bool:
        """Return whether the value is of an ethnic group: no total and no residual category."""
        return not self.is_total and not self.residual

    @property
    def is_secondary_source(self) -> bool:
        """Return whether the value was read where another text quotes it."""
        return is_secondary_source(self.verification)


@dataclass(frozen=True, slots=True)
class SeriesCoverageRow:
    """An indicator and an area with observations of a group; `has_value` if one has a value."""

    indicator: str
    area: str
    scheme: str
    ethnicity: str
    has_value: int


def select_group_coverage(
    db: RowReader, groups: Iterable[tuple[str, str]]
) -> list[SeriesCoverageRow]:
    """Return the indicators and areas of some groups (scheme and code), whole countries first."""
    return select_rows(db, SeriesCoverageRow, GROUP_COVERAGE_SQL, groups=groups)


def select_latest_by_group(
    db: RowReader, coverage: Iterable[SeriesCoverageRow]
) -> list[LatestValueRow]:
    """Return the latest value, with its gap, of each row of a coverage."""
    keys = [(row.indicator, row.area, row.scheme, row.ethnicity) for row in coverage]
    return _select_latest_values(db, LATEST_BY_GROUP_SQL, keys=keys)


def select_latest_by_area(db: RowReader, area: str) -> list[LatestValueRow]:
    """Return the latest values of each indicator and classification for an area, by group."""
    return _select_latest_values(db, LATEST_BY_AREA_SQL, area=area)


def _select_latest_values(db: RowReader, sql: str, **values: Any) -> list[LatestValueRow]:
    return select_rows_with_part(db, LatestValueRow, ("gap", GapValues), sql, **values)


def select_topics(db: RowReader) -> list[LabelledCodeRow]:
    """Return every topic but those about methods, in the order of pages about people."""
    return select_rows(db, LabelledCodeRow, TOPICS_SQL)


def select_topics_of_indicators(db: RowReader, indicators: Iterable[str]) -> dict[str, list[str]]:
    """Return the codes of the topics of each indicator, in the order of pages about people."""
    return select_lists(db, INDICATOR_TOPICS_SQL, indicators=set(indicators))


def select_covered_topics(db: RowReader) -> set[str]:
    """Return the topics on which the hub has a value for any ethnic group."""
    return set(select_column(db, COVERED_TOPICS_SQL))
