"""Gaps between groups and their reference: the tables of a family, set side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidencehub.domain.status import TOTAL, VERIFICATION_SQL
from evidencehub.store.conditions import join_observation, join_public_dataset, select_decimals
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_category, join_country_label, join_label, select_country
from evidencehub.store.typed_rows import select_column, select_rows, select_rows_with_part

MAX_COMPARISON_TABLES = 40

GAP_COLUMNS_SQL = f"""
  g.reference, h.label as reference_label, h.language as reference_language,
  r.value as reference_value, {select_decimals("r")} as reference_decimals,
  g.difference, g.difference_lower, g.difference_upper, g.ratio, g.ratio_lower, g.ratio_upper,
  g.ratio_decimals
"""
"""The columns of GapValues: of a gap `g`, its reference `h`, and the reference's value `r`."""

COMPARABLE_FAMILIES_SQL = f"""
select
  f.code, f.label, f.definition, f.note, count(distinct {select_country()}) as countries
from code as f
join indicator as i on i.family = f.code
{join_public_dataset("i.dataset")}
join availability as h on h.indicator = i.indicator
join code_list as l on l.list = h.scheme
where f.list = 'family' and h.value_count > 0
group by f.code
having countries > 1
order by countries desc, f.sort_order, f.code
"""
COMPARISON_TABLES_SQL = f"""
with comparison as (
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
    order by sex <> '{TOTAL}', age <> '{TOTAL}', period_end desc, period_start desc, adjustment,
      sex, age
  ) as rank
  from comparison
)
select
  r.stratum, r.indicator, r.dataset, r.area, r.scheme, r.period_start, r.period_end, r.sex,
  r.age, r.adjustment, r.comparator, r.ci_level, i.title, i.definition, i.unit,
  u.label as unit_label, i.denominator_definition as population,
  coalesce(i.standardisation, '') as standardisation, w.label as whose_ethnicity_label,
  k.label as recording_label, d.ethnicity_completeness, i.series_breaks,
  a.label as area_label, l.title as scheme_title, b.label as counting_basis_label,
  {select_country()} as country, n.label as country_label, x.label as sex_label,
  y.label as age_label, coalesce(z.label, r.adjustment) as adjustment_label, (
    select max(h.period_end) from availability as h
    where h.indicator = r.indicator and h.area = r.area and h.scheme = r.scheme
  ) as newest_period_end, row_number() over (
    partition by r.indicator, r.scheme, r.comparator
    order by instr(r.area, ':') > 0, a.parent is not null, a.label, r.area
  ) as area_rank, count(*) over () as tables
from ranked as r
join indicator as i on i.indicator = r.indicator
{join_public_dataset("r.dataset")}
join area as a on a.area = r.area
join code_list as l on l.list = r.scheme
{join_country_label("n")}
{join_label("u", "unit", "i.unit")}
{join_label("w", "whose-ethnicity", "coalesce(i.whose_ethnicity, d.whose_ethnicity)")}
{join_label("k", "ethnicity-recording", "coalesce(i.ethnicity_recording, d.ethnicity_recording)")}
{join_label("b", "counting-basis", "l.counting_basis")}
{join_label("x", "sex", "r.sex")}
{join_label("y", "age", "r.age")}
{join_label("z", "adjustment", "r.adjustment")}
where r.rank = 1
order by area_rank, n.label, a.label, i.title, r.indicator, r.scheme
limit {MAX_COMPARISON_TABLES}
"""
TABLE_GAPS_SQL = f"""
select
  s.stratum, e.label, e.language, o.value, {select_decimals()} as decimals,
  {VERIFICATION_SQL} as verification, {GAP_COLUMNS_SQL}
from json_each(:strata) as j
join stratum as s on s.stratum = j.value
join gap as g on g.stratum = s.stratum
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
from indicator as i
{join_public_dataset("i.dataset")}
join observation as o on o.indicator = i.indicator
{join_category("e", "o.scheme", "o.ethnicity")}
left {join_category("h", "o.scheme", "o.comparator")}
where i.family = :family and o.comparator <> '' and o.other = '' and o.value is not null
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
where i.family = :family
group by i.indicator
order by i.title, i.indicator
"""
FAMILY_TOPICS_SQL = f"""
select distinct s.code from indicator as i
{join_public_dataset("i.dataset")}
join subject as s on s.kind = 'indicator' and s.id = i.indicator and s.list = 'topic'
where i.family = :family order by s.code
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
    """A table of gaps, the newest of its indicator, area and classification.

    `stratum` is None for a comparison that the source itself published. `tables` is the number
    of tables of the family in all.
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
    """A gap to a reference with the value of the reference; None for what is not known."""

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
    """Return the indicators of a family, each with the reason why it may have no gap."""
    return select_rows(db, FamilyIndicatorRow, FAMILY_INDICATORS_SQL, family=family)


def select_family_topics(db: RowReader, family: str) -> list[str]:
    """Return the codes of the topics that indicators of a family belong to."""
    return select_column(db, FAMILY_TOPICS_SQL, family=family)
