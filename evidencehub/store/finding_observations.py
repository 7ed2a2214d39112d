"""Observations of the groups, areas and indicators that a finding is about."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.domain.status import (
    VERIFICATION_SQL,
    get_missing_symbol,
    get_value_symbol,
    has_derived_limits,
)
from evidencehub.store.conditions import select_ci_level, select_decimals
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_category, join_label
from evidencehub.store.typed_rows import select_rows

FINDING_OBSERVATIONS_SQL = f"""
with about as (
  select scheme, ethnicity from finding_group where finding = :id
  union
  select scheme, ethnicity from claim where finding = :id
  union
  select scheme, reference from claim where finding = :id and reference is not null
), wanted as (
  select scheme, ethnicity from about
  union
  select list, code from code
  where level = 'total'
    and (list in (select scheme from about) or not exists (select 1 from about))
), place as (
  select area from finding where finding = :id and area is not null
  union
  select area from claim where finding = :id
)
select
  o.indicator, o.area, a.label as area_label, o.scheme, o.ethnicity, e.label, e.language,
  e.level, o.sex, x.label as sex_label, o.age, g.label as age_label, o.other, o.comparator,
  c.label as comparator_label, o.adjustment, j.label as adjustment_label,
  o.period_start, o.period_end, o.value, o.value_min, o.value_max, o.ci_lower, o.ci_upper,
  {select_ci_level()} as ci_level, {select_decimals()} as decimals, o.derived,
  o.obs_status, s.label as obs_status_label, o.note, {VERIFICATION_SQL} as verification,
  coalesce(e.level, '') = 'total' and not exists (
    select 1 from about as n where n.scheme = o.scheme and n.ethnicity = o.ethnicity
  ) as is_overall,
  exists (
    select 1 from finding_group as n
    where n.finding = :id and n.scheme = o.scheme and n.ethnicity = o.ethnicity
      and n.role = 'compared'
  ) as is_comparison_group
from finding_indicator as b
cross join place as p
cross join wanted as w
join observation as o on o.indicator = b.indicator and o.area = p.area
  and o.scheme = w.scheme and o.ethnicity = w.ethnicity
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
join area as a on a.area = o.area
{join_category("e", "o.scheme", "o.ethnicity")}
{join_label("x", "sex", "o.sex")}
{join_label("g", "age", "o.age")}
left {join_category("c", "o.scheme", "o.comparator")}
{join_label("j", "adjustment", "o.adjustment")}
{join_label("s", "obs-status", "o.obs_status")}
where b.finding = :id
order by is_overall, is_comparison_group, e.sort_order, o.ethnicity, o.period_end desc,
  o.period_start desc
limit 2000
"""


@dataclass(frozen=True, slots=True)
class FindingObservationRow:
    """An observation behind a finding, with the labels of its dimensions.

    `is_overall`: it is of all groups together, and the finding is about others.
    `is_comparison_group`: the finding only compares others with the group.
    """

    indicator: str
    area: str
    area_label: str
    scheme: str
    ethnicity: str
    label: str
    language: str | None
    level: str | None
    sex: str
    sex_label: str | None
    age: str
    age_label: str | None
    other: str
    comparator: str
    comparator_label: str | None
    adjustment: str
    adjustment_label: str | None
    period_start: str
    period_end: str
    value: float | None
    value_min: float | None
    value_max: float | None
    ci_lower: float | None
    ci_upper: float | None
    ci_level: float | None
    decimals: int | None
    derived: str | None
    obs_status: str
    obs_status_label: str | None
    note: str | None
    verification: str | None
    is_overall: int
    is_comparison_group: int

    @property
    def has_derived_interval(self) -> bool:
        """Return whether the hub derived the confidence interval; the source gives none."""
        return self.ci_lower is not None and has_derived_limits(self.derived)

    @property
    def missing_symbol(self) -> str:
        """Return what stands in the place of the value if it is missing."""
        return get_missing_symbol(self.obs_status)

    @property
    def value_symbol(self) -> str:
        """Return the mark beside the value; empty if its status needs none."""
        return get_value_symbol(self.obs_status)


def select_finding_observations(db: RowReader, finding: str) -> list[FindingObservationRow]:
    """Return the observations behind a finding: its groups first, the newest of each first."""
    return select_rows(db, FindingObservationRow, FINDING_OBSERVATIONS_SQL, id=finding)
