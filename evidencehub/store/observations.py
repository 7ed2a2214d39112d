"""Observations of one indicator: its tables, the rows of one of them, and how many it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evidencehub.domain.status import (
    TOTAL,
    VERIFICATION_SQL,
    get_missing_symbol,
    get_value_symbol,
    has_derived_limits,
    is_secondary_source,
)
from evidencehub.store.conditions import select_ci_level, select_decimals
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_category, join_label
from evidencehub.store.related_evidence import LabelledCodeRow
from evidencehub.store.typed_rows import (
    bind_values,
    select_column,
    select_pairs,
    select_row,
    select_rows,
)

TABLE_DIMENSIONS = ("scheme", "area", "sex", "age", "other", "comparator", "adjustment")
"""The columns that tell one table of an indicator from another, in the order of a TableKey."""

TableKey: TypeAlias = tuple[str, ...]  # the values of TABLE_DIMENSIONS
Period: TypeAlias = tuple[str, str]  # first and last day

INDICATOR_AREAS_SQL = """
select h.area, a.label
from availability as h join area as a on a.area = h.area
where h.indicator = :indicator
group by h.area
order by instr(h.area, ':') > 0, a.parent is not null, sum(h.value_count) desc,
  max(h.period_end) desc, h.area
"""
AREA_WITH_VALUE_SQL = """
select area from observation where indicator = :indicator and {} = :value order by area limit 1
"""
TABLES_SQL = """
select
  scheme, area, sex, age, other, comparator, adjustment, period_start, period_end,
  sum(substr(ethnicity, 1, 1) <> '_') as groups
from observation
where indicator = :indicator and area in (select value from json_each(:areas))
group by scheme, area, sex, age, other, comparator, adjustment, period_start, period_end
"""
NESTED_AREAS_SQL = """
with recursive ancestor (area, parent) as (
  select area, parent from area where area in (select value from json_each(:areas))
  union
  select b.area, a.parent from ancestor as b join area as a on a.area = b.parent
)
select distinct area from ancestor where parent in (select value from json_each(:areas))
"""
TABLE_OBSERVATIONS_SQL = f"""
select
  o.ethnicity, o.period_start, o.period_end, o.value, o.value_min, o.value_max, o.ci_lower,
  o.ci_upper, {select_ci_level()} as ci_level, o.se, o.numerator, o.denominator,
  o.population, {select_decimals()} as decimals, o.derived, o.obs_status, o.counting_basis,
  {VERIFICATION_SQL} as verification, o.note,
  e.label, coalesce(e.short_label, e.label) as short_label, coalesce(e.prose, '') as prose,
  e.language, e.parent, e.residual, s.label as obs_status_label
from observation as o
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
{join_category("e", "o.scheme", "o.ethnicity")}
{join_label("s", "obs-status", "o.obs_status")}
where o.indicator = :indicator and o.scheme = :scheme and o.area = :area and o.sex = :sex
  and o.age = :age and o.other = :other and o.comparator = :comparator
  and o.adjustment = :adjustment and (
    (o.period_end, o.period_start) >= (:oldest_end, :oldest_start)
    or (o.period_start, o.period_end) = (:start, :end)
  )
order by o.period_end desc, o.period_start desc, e.sort_order, o.ethnicity
limit 20000
"""
CLASSIFICATION_SQL = "select title, counting_basis from code_list where list = :scheme"
CATEGORIES_SQL = """
select code, label, parent, residual, sort_order
from code where list = :scheme order by sort_order, code
"""
OBSERVATION_COUNTS_SQL = """
select coalesce(sum(observation_count), 0) as observations,
  coalesce(sum(suppressed_count), 0) as suppressed,
  coalesce(sum(missing_count), 0) as missing,
  coalesce(sum(secondary_source_count), 0) as secondary_source
from availability where indicator = :indicator
"""
STATUS_LABELS_SQL = """
select list, code, label, definition from code
where list = 'obs-status' and code in (select value from json_each(:statuses)) order by code
"""
CODE_LABEL_SQL = "select label from code where list = ? and code = ?"
COMPARATOR_LABEL_SQL = """
select coalesce(nullif(prose, ''), label) from code where list = ? and code = ?
"""
AREA_LABEL_SQL = "select label from area where area = ?"
CLASSIFICATION_TITLE_SQL = "select title from code_list where list = ?"


@dataclass(frozen=True, slots=True)
class TableObservationRow:
    """An observation of a table, with the labels of its category and of its status."""

    ethnicity: str
    period_start: str
    period_end: str
    value: float | None
    value_min: float | None
    value_max: float | None
    ci_lower: float | None
    ci_upper: float | None
    ci_level: float | None
    se: float | None
    numerator: float | None
    denominator: float | None
    population: float | None
    decimals: int | None
    derived: str | None
    obs_status: str
    counting_basis: str | None
    verification: str | None
    note: str | None
    label: str
    short_label: str
    prose: str
    language: str | None
    parent: str | None
    residual: int
    obs_status_label: str | None

    @property
    def has_derived_interval(self) -> bool:
        """Return whether the hub derived the confidence interval; the source gives none."""
        return self.ci_lower is not None and has_derived_limits(self.derived)

    @property
    def period(self) -> Period:
        """Return the first and the last day that the value is of."""
        return self.period_start, self.period_end

    @property
    def is_total(self) -> bool:
        """Return whether the value is of all categories together."""
        return self.ethnicity == TOTAL

    @property
    def is_secondary_source(self) -> bool:
        """Return whether the value was read where another text quotes it."""
        return is_secondary_source(self.verification)

    @property
    def missing_symbol(self) -> str:
        """Return what stands in the place of the value if it is missing."""
        return get_missing_symbol(self.obs_status)

    @property
    def value_symbol(self) -> str:
        """Return the mark beside the value; empty if its status needs none."""
        return get_value_symbol(self.obs_status)


@dataclass(frozen=True, slots=True)
class ClassificationRow:
    """A classification of ethnic groups, and how it counts people of several groups."""

    title: str
    counting_basis: str | None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category of a classification, with its parent category."""

    code: str
    label: str
    parent: str | None
    residual: int
    sort_order: int | None


@dataclass(frozen=True, slots=True)
class ObservationCountsRow:
    """How many observations an indicator has, and how many of them are of each kind."""

    observations: int
    suppressed: int
    missing: int
    secondary_source: int


def get_dimension(key: TableKey, dimension: str) -> str:
    """Return the value of one of TABLE_DIMENSIONS in the key of a table."""
    return key[TABLE_DIMENSIONS.index(dimension)]


def select_indicator_areas(db: RowReader, indicator: str) -> dict[str, str]:
    """Return the labels of the areas of an indicator, by code; whole countries come first."""
    return select_pairs(db, INDICATOR_AREAS_SQL, indicator=indicator)


def find_area_with_value(db: RowReader, indicator: str, dimension: str, value: str) -> str | None:
    """Return the first area with an observation that has `value` in one of TABLE_DIMENSIONS."""
    column = TABLE_DIMENSIONS[TABLE_DIMENSIONS.index(dimension)]  # never a text from outside
    sql = AREA_WITH_VALUE_SQL.format(column)
    return next(iter(select_column(db, sql, indicator=indicator, value=value)), None)


def select_tables(
    db: RowReader, indicator: str, areas: Iterable[str]
) -> dict[TableKey, dict[Period, int]]:
    """Return the tables of an indicator in some areas: the number of groups in each period."""
    tables: dict[TableKey, dict[Period, int]] = {}
    values = bind_values({"indicator": indicator, "areas": areas})
    for *dimensions, start, end, groups in db(TABLES_SQL, values):
        tables.setdefault(tuple(dimensions), {})[(start, end)] = groups
    return tables


def select_nested_areas(db: RowReader, areas: Iterable[str]) -> set[str]:
    """Return those of the areas that lie within another of them."""
    return set(select_column(db, NESTED_AREAS_SQL, areas=areas))


def select_table_observations(
    db: RowReader, indicator: str, key: TableKey, oldest: Period, period: Period
) -> list[TableObservationRow]:
    """Return the observations of a table, the oldest period first.

    They are those of `oldest` and of every later period, and those of `period`.
    """
    names = (*TABLE_DIMENSIONS, "oldest_start", "oldest_end", "start", "end")
    values = dict(zip(names, (*key, *oldest, *period), strict=True))
    rows = select_rows(
        db, TableObservationRow, TABLE_OBSERVATIONS_SQL, indicator=indicator, **values
    )
    return sorted(rows, key=lambda row: row.period)


def select_classification(db: RowReader, scheme: str) -> ClassificationRow | None:
    """Return a classification, or None if there is none of this name."""
    return select_row(db, ClassificationRow, CLASSIFICATION_SQL, scheme=scheme)


def select_categories(db: RowReader, scheme: str) -> list[CategoryRow]:
    """Return the categories of a classification in its own order."""
    return select_rows(db, CategoryRow, CATEGORIES_SQL, scheme=scheme)


def count_observations(db: RowReader, indicator: str) -> ObservationCountsRow:
    """Return how many observations an indicator has, in all and of each kind."""
    return select_rows(db, ObservationCountsRow, OBSERVATION_COUNTS_SQL, indicator=indicator)[0]


def select_status_labels(db: RowReader, statuses: Sequence[str]) -> list[LabelledCodeRow]:
    """Return the labels and definitions of some statuses."""
    return select_rows(db, LabelledCodeRow, STATUS_LABELS_SQL, statuses=statuses)


def find_dimension_label(db: RowReader, dimension: str, value: str, scheme: str) -> str:
    """Return the label of a value of one of TABLE_DIMENSIONS; the value itself if it has none.

    A comparator without a list of its own is a category of `scheme`. An empty value has an empty
    label.
    """
    if dimension == "other" and value:
        return "; ".join(_find_other_label(db, part) for part in value.split(";"))
    if dimension == "scheme":
        rows = db(CLASSIFICATION_TITLE_SQL, (value,))
    elif dimension == "area":
        rows = db(AREA_LABEL_SQL, (value,))
    else:
        code_list, _, code = value.rpartition(":")
        default_list = scheme if dimension == "comparator" else dimension
        sql = COMPARATOR_LABEL_SQL if dimension == "comparator" else CODE_LABEL_SQL
        rows = db(sql, (code_list or default_list, code))
    return str(rows[0][0]) if rows else value


def _find_other_label(db: RowReader, other: str) -> str:
    """Return the label of one further dimension, which is written as dimension=code."""
    dimension, code = other.split("=", 1)
    rows = db(CODE_LABEL_SQL, (dimension, code))
    return str(rows[0][0]) if rows else f"{dimension}: {code}"
