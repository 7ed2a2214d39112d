"""Gaps between groups and their reference: the tables of a family, set side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidencehub.domain.status import VERIFICATION_SQL
from evidencehub.store.conditions import join_observation, join_public_dataset, select_decimals
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_category, join_country_label, join_label
from evidencehub.store.typed_rows import select_column, select_rows, select_rows_with_part

MAX_COMPARISON_TABLES = 40
GAP_COLUMNS_SQL = f"""
  g.reference, h.label as reference_label, h.language as reference_language,
  r.value as reference_value, {select_decimals("r")} as reference_decimals,
  g.difference, g.difference_lower, g.difference_upper, g.ratio, g.ratio_lower, g.ratio_upper,
  g.ratio_decimals, g.ratio_min, g.ratio_max
"""
"""The columns of GapValues: of a gap `g`, its reference `h`, and the reference's value `r`."""
COMPARABLE_FAMILIES_SQL = f"""
select f.code, f.label, f.definition, f.note, count(distinct a.country) as countries
from code as f
join code as m on m.list = f.list and coalesce(m.parent, m.code) = f.code
join indicator as i on i.family = m.code
{join_public_dataset("i.dataset")}
join availability as h on h.indicator = i.indicator
join area as a on a.area = h.area
where f.list = 'family' and h.value_count > 0
group by f.code
having countries > 1
order by countries desc, f.sort_order, f.code
"""
COMPARISON_TABLES_SQL = f"""
with compared as (
  select
    c.stratum, c.indicator, c.dataset, c.area, c.scheme, c.period_start, c.period_end, c.sex,
    c.age, c.adjustment, c.other, iif(c.published, c.reference, '') as comparator, c.published,
    c.value_type, max(c.reason <> '') as awaits_verification
  from comparison as c
  where c.family = :family and c.comparison_status = 'current' and c.synthetic = 0
    and c.ethnicity <> ''
  group by
    c.stratum, c.indicator, c.dataset, c.area, c.scheme, c.period_start, c.period_end, c.sex,
    c.age, c.adjustment, c.other, c.reference
)
select
  r.stratum, r.indicator, r.dataset, r.area, r.scheme, r.period_start, r.period_end, r.sex,
  r.age, r.adjustment, r.comparator, coalesce(t.ci_level, i.ci_level, 95) as ci_level, r.published,
  r.value_type, v.label as value_type_label, r.awaits_verification, i.title, i.definition, i.unit,
  u.label as unit_label, i.denominator_definition as population,
  coalesce(i.standardisation, '') as standardisation, w.label as whose_ethnicity_label,
  k.label as recording_label, d.ethnicity_completeness, i.series_breaks,
  a.label as area_label, l.title as scheme_title, b.label as counting_basis_label,
  a.country, n.label as country_label, x.label as sex_label,
  y.label as age_label, coalesce(z.label, r.adjustment) as adjustment_label, (
    select max(h.period_end) from availability as h
    where h.indicator = r.indicator and h.area = r.area and h.scheme = r.scheme
  ) as newest_period_end, dense_rank() over (
    partition by r.indicator, r.scheme, r.comparator
    order by instr(r.area, ':') > 0, a.parent is not null, a.label, r.area
  ) as area_rank, count(*) over () as tables
from compared as r
left join stratum as t on t.stratum = r.stratum
join indicator as i on i.indicator = r.indicator
{join_public_dataset("r.dataset")}
join area as a on a.area = r.area
join code_list as l on l.list = r.scheme
{join_country_label("n", "a")}
{join_label("u", "unit", "i.unit")}
{join_label("w", "whose-ethnicity", "coalesce(i.whose_ethnicity, d.whose_ethnicity)")}
{join_label("k", "ethnicity-recording", "coalesce(i.ethnicity_recording, d.ethnicity_recording)")}
{join_label("b", "counting-basis", "l.counting_basis")}
{join_label("x", "sex", "r.sex")}
{join_label("y", "age", "r.age")}
{join_label("z", "adjustment", "r.adjustment")}
{join_label("v", "value-type", "r.value_type")}
order by
  area_rank, n.label, a.label, i.title, r.indicator, r.scheme, r.period_end desc,
  r.period_start desc, r.comparator, r.adjustment
limit {MAX_COMPARISON_TABLES}
"""
TABLE_GAPS_SQL = f"""
select
  s.stratum, e.label, e.language, o.value, {select_decimals()} as decimals,
  {VERIFICATION_SQL} as verification, {GAP_COLUMNS_SQL}
from json_each(:strata) as j
join stratum as s on s.stratum = j.value
join gap as g on g.stratum = s.stratum
join comparison as c on c.stratum = s.stratum and c.ethnicity = g.ethnicity
  and c.comparison_status = 'current'
join indicator as i on i.indicator = s.indicator
join dataset as d on d.dataset = s.dataset
{join_category("e", "s.scheme", "g.ethnicity")}
{join_category("h", "s.scheme", "g.reference")}
{join_observation("o", "s", "g.ethnicity")}
{join_observation("r", "s", "g.reference")}
order by s.stratum, e.sort_order, g.ethnicity
"""
PUBLISHED_COMPARISONS_SQL = f"""
select
  o.indicator, o.dataset, o.area, o.scheme, o.period_start, o.period_end, o.sex, o.age,
  o.adjustment, o.comparator, e.label, e.language, h.label as reference_label,
  h.language as reference_language, o.value, o.ci_lower, o.ci_upper, o.derived,
  {select_decimals()} as decimals, i.value_type, {VERIFICATION_SQL} as verification
from comparison as c
join indicator as i on i.indicator = c.indicator
join dataset as d on d.dataset = c.dataset
join observation as o on o.indicator = c.indicator and o.area = c.area and o.scheme = c.scheme
  and o.ethnicity = c.ethnicity and o.period_start = c.period_start
  and o.period_end = c.period_end and o.sex = c.sex and o.age = c.age and o.other = c.other
  and o.comparator = c.reference and o.adjustment = c.adjustment and o.dataset = c.dataset
{join_category("e", "o.scheme", "o.ethnicity")}
left {join_category("h", "o.scheme", "o.comparator")}
where c.family = :family and c.comparison_status = 'current' and c.synthetic = 0 and c.published = 1
order by o.indicator, o.area, e.sort_order, o.ethnicity
"""
SUMMARY_MEASURES_SQL = """
select q.stratum, m.label, m.definition, q.value, q.ci_lower, q.ci_upper, q.groups, q.exploratory
from json_each(:strata) as j
join inequality as q on q.stratum = j.value
join code as m on m.list = 'inequality-measure' and m.code = q.measure
where q.measure not in ('d', 'r')
order by q.stratum, m.sort_order
"""
FAMILY_INDICATORS_SQL = f"""
select i.indicator, i.title,
  iif(count(distinct a.area) > 5, '', group_concat(distinct a.label)) as areas, (
    select x.why from inequality_missing as x
    where x.indicator = i.indicator and x.measure = 'r' and x.what = 'estimate'
      and x.dimension = 'ethnicity'
    order by x.strata desc, x.why limit 1
  ) as reason
from indicator as i
{join_public_dataset("i.dataset")}
join availability as h on h.indicator = i.indicator
join area as a on a.area = h.area
where i.family in (
  select code from code where list = 'family' and (code = :family or parent = :family)
) and not exists (
  select 1 from comparison as c where c.indicator = i.indicator and c.ethnicity <> ''
)
group by i.indicator
order by i.title, i.indicator
"""
FAMILY_TOPICS_SQL = f"""
select distinct s.code from indicator as i
{join_public_dataset("i.dataset")}
join subject as s on s.kind = 'indicator' and s.id = i.indicator and s.list = 'topic'
where i.family in (
  select code from code where list = 'family' and (code = :family or parent = :family)
)
order by s.code
"""
LEFT_OUT_SQL = f"""
with not_shown as (
  select distinct
    c.indicator, c.area, c.reason, e.label as group_label, e.sort_order,
    min(c.period_start) over by_reason as period_start,
    max(c.period_end) over by_reason as period_end
  from comparison as c
  {join_category("e", "c.scheme", "c.ethnicity")}
  where c.family = :family and c.synthetic = 0 and (c.comparison_status = 'left-out' or (
    c.comparison_status = 'history' and not exists (
      select 1 from comparison as x
      where x.indicator = c.indicator and x.area = c.area and x.comparison_status = 'current'
    )
  ))
  window by_reason as (partition by c.indicator, c.area, c.reason)
  order by c.indicator, c.area, c.reason, e.sort_order, e.label
)
select
  n.indicator, i.title, n.area, a.label as area_label, n.period_start, n.period_end, n.reason,
  group_concat(n.group_label, ', ') as groups
from not_shown as n
join indicator as i on i.indicator = n.indicator
join area as a on a.area = n.area
group by n.indicator, n.area, n.reason
order by i.title, a.label, n.area, n.reason
"""
FAMILY_PARENT_SQL = """
select parent from code where list = 'family' and code = :family and parent is not null
"""


@dataclass(frozen=True, slots=True)
class ComparableFamilyRow:
    """A family of indicators with values in several countries."""

    code: str
    label: str
    definition: str | None
    note: str | None
    countries: int


@dataclass(frozen=True, slots=True)
class ComparisonTableRow:
    """A table of current gaps of one indicator, area, classification and period.

    `stratum` is None for a comparison that the source itself published, whose type is then
    `value_type`. `awaits_verification` is 1 if the newest values of the area are of secondary
    sources, so that none of its gaps may be quoted alone. `tables` is the number of tables of the
    family in all.
    """

    stratum: int | None
    indicator: str
    dataset: str
    area: str
    scheme: str
    period_start: str
    period_end: str
    sex: str
    age: str
    adjustment: str
    comparator: str
    ci_level: float
    published: int
    value_type: str
    value_type_label: str | None
    awaits_verification: int
    title: str
    definition: str
    unit: str
    unit_label: str | None
    population: str | None
    standardisation: str
    whose_ethnicity_label: str | None
    recording_label: str | None
    ethnicity_completeness: str | None
    series_breaks: str | None
    area_label: str
    scheme_title: str
    counting_basis_label: str | None
    country: str | None
    country_label: str | None
    sex_label: str | None
    age_label: str | None
    adjustment_label: str
    newest_period_end: str
    area_rank: int
    tables: int


@dataclass(frozen=True, slots=True)
class GapValues:
    """A gap to a reference with the value of the reference; None for what is not known.

    `ratio_min` and `ratio_max` are what the rounding of both values allows the ratio to be.
    """

    reference: str | None
    reference_label: str | None
    reference_language: str | None
    reference_value: float | None
    reference_decimals: int | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    ratio: float | None
    ratio_lower: float | None
    ratio_upper: float | None
    ratio_decimals: int | None = None
    ratio_min: float | None = None
    ratio_max: float | None = None

    @property
    def has_interval(self) -> bool:
        """Return whether it is known how sure the gap is, so that it can be tested."""
        if self.difference is not None:
            return self.difference_lower is not None
        return self.ratio_lower is not None


@dataclass(frozen=True, slots=True)
class TableGapRow:
    """A group of a stratum with its value and its gap."""

    stratum: int
    label: str
    language: str | None
    value: float | None
    decimals: int | None
    verification: str | None
    gap: GapValues


@dataclass(frozen=True, slots=True)
class PublishedComparisonRow:
    """A value that its source published as a comparison with another group."""

    indicator: str
    dataset: str
    area: str
    scheme: str
    period_start: str
    period_end: str
    sex: str
    age: str
    adjustment: str
    comparator: str
    label: str
    language: str | None
    reference_label: str | None
    reference_language: str | None
    value: float
    ci_lower: float | None
    ci_upper: float | None
    derived: str | None
    decimals: int | None
    value_type: str
    verification: str | None


@dataclass(frozen=True, slots=True)
class SummaryMeasureRow:
    """An inequality measure over all groups of a stratum."""

    stratum: int
    label: str
    definition: str | None
    value: float
    ci_lower: float | None
    ci_upper: float | None
    groups: int
    exploratory: int


@dataclass(frozen=True, slots=True)
class FamilyIndicatorRow:
    """An indicator of a family; `areas` are labels, `reason` is why no gap can be computed."""

    indicator: str
    title: str
    areas: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """Comparisons of an indicator and an area that are not shown; `groups` are labels."""

    indicator: str
    title: str
    area: str
    area_label: str
    period_start: str
    period_end: str
    reason: str
    groups: str


def find_parent_family(db: RowReader, family: str) -> str | None:
    """Return the family whose gaps the comparisons of a family are counted among, if any."""
    return next(iter(select_column(db, FAMILY_PARENT_SQL, family=family)), None)


def select_left_out(db: RowReader, family: str) -> list[LeftOutRow]:
    """Return the comparisons of a family that nothing current stands for, with the reason.

    Older periods of what is current are its history, and not among them.
    """
    return select_rows(db, LeftOutRow, LEFT_OUT_SQL, family=family)


def select_comparable_families(db: RowReader) -> list[ComparableFamilyRow]:
    """Return the families with values in two countries at least, those with most first."""
    return select_rows(db, ComparableFamilyRow, COMPARABLE_FAMILIES_SQL)


def select_comparison_tables(db: RowReader, family: str) -> list[ComparisonTableRow]:
    """Return the tables of a family: one area of every indicator first, then another."""
    return select_rows(db, ComparisonTableRow, COMPARISON_TABLES_SQL, family=family)


def select_table_gaps(db: RowReader, strata: Iterable[int]) -> list[TableGapRow]:
    """Return the gaps of some strata, in the order of strata and of their classifications."""
    return select_rows_with_part(db, TableGapRow, ("gap", GapValues), TABLE_GAPS_SQL, strata=strata)


def select_published_comparisons(db: RowReader, family: str) -> list[PublishedComparisonRow]:
    """Return the values of a family that are comparisons themselves."""
    return select_rows(db, PublishedComparisonRow, PUBLISHED_COMPARISONS_SQL, family=family)


def select_summary_measures(db: RowReader, strata: Iterable[int]) -> list[SummaryMeasureRow]:
    """Return the measures over all groups of some strata, without differences and ratios."""
    return select_rows(db, SummaryMeasureRow, SUMMARY_MEASURES_SQL, strata=strata)


def select_family_indicators(db: RowReader, family: str) -> list[FamilyIndicatorRow]:
    """Return the indicators of a family without any gap, each with the reason if it is known."""
    return select_rows(db, FamilyIndicatorRow, FAMILY_INDICATORS_SQL, family=family)


def select_family_topics(db: RowReader, family: str) -> list[str]:
    """Return the codes of the topics that indicators of a family belong to."""
    return select_column(db, FAMILY_TOPICS_SQL, family=family)
