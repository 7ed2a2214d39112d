"""Which figures of an indicator a page shows: one table of groups, chosen by options.

The figures of an indicator lie in many tables: of one classification, place, sex, age and so
on, in one period each. A visitor chooses by options; without them it is the table that says
most about most people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.domain.status import TOTAL, VERIFICATION_SQL
from evidencehub.store.database import RowReader
from evidencehub.web.page_request import PageRequest, SelectField, create_invalid_option_error

DIMENSIONS = ("scheme", "area", "sex", "age", "other", "comparator", "adjustment")
OPTION_BY_DIMENSION = {**{name: name for name in DIMENSIONS}, "comparator": "relative_to"}
"""The option of the address for each dimension; `comparator` there is the group to compare with."""
TABLE_OPTIONS = ("scheme", "area", "sex", "age", "other", "relative_to", "adjustment", "period")

MAX_FIELD_CHOICES = 100  # of one field of the form
MAX_AREAS_SCANNED = 20  # places that the table to begin with is looked for in
MAX_PERIODS_SHOWN = 120  # of a course over time that a page shows; the files have all

INDICATOR_AREAS_SQL = """
select h.area, a.label
from held as h join area as a on a.area = h.area
where h.indicator = ?
group by h.area
order by instr(h.area, ':') > 0, a.parent is not null, sum(h.known) desc, max(h.period_end) desc,
  h.area
"""
AREA_WITH_VALUE_SQL = """
select area from observation where indicator = ? and {} = ? order by area limit 1
"""
TABLES_SQL = """
select
  scheme, area, sex, age, other, comparator, adjustment, period_start, period_end,
  sum(substr(ethnicity, 1, 1) <> '_') as groups
from observation
where indicator = ? and area in (select value from json_each(?))
group by scheme, area, sex, age, other, comparator, adjustment, period_start, period_end
"""
NESTED_AREAS_SQL = """
with recursive above (area, parent) as (
  select area, parent from area where area in (select value from json_each(?1))
  union
  select b.area, a.parent from above as b join area as a on a.area = b.parent
)
select distinct area from above where parent in (select value from json_each(?1))
"""
TABLE_OBSERVATIONS_SQL = f"""
select
  o.ethnicity, o.period_start, o.period_end, o.value, o.value_min, o.value_max, o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level) as ci_level, o.se, o.numerator, o.denominator,
  o.population, coalesce(o.decimals, i.decimals) as decimals, o.obs_status, o.counting_basis,
  {VERIFICATION_SQL} as verification, o.note, o.source,
  e.label, coalesce(e.short_label, e.label) as short_label, coalesce(e.prose, '') as prose,
  e.language, e.parent, e.residual, e.sort_order, s.label as obs_status_label
from observation as o
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
join code as e on e.list = o.scheme and e.code = o.ethnicity
left join code as s on s.list = 'obs-status' and s.code = o.obs_status
where o.indicator = ? and o.scheme = ? and o.area = ? and o.sex = ? and o.age = ?
  and o.other = ? and o.comparator = ? and o.adjustment = ?
  and ((o.period_end, o.period_start) >= (?, ?) or (o.period_start, o.period_end) = (?, ?))
order by o.period_end desc, o.period_start desc, e.sort_order, o.ethnicity
limit 20000
"""

TableKey = tuple[str, ...]  # the values of DIMENSIONS
Period = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TableSelection:
    """The table that is shown.

    `key` are its dimensions, `period` its first and last day; `periods` are all of this table,
    the newest first, each with its number of groups. `options` are the fields of the form.
    `dropped_options` names options that were let go since no figure fits all of them.
    """

    key: TableKey
    period: Period
    periods: Mapping[Period, int]
    options: Sequence[SelectField] = field(default_factory=list)
    dropped_options: Sequence[str] = ()

    def __getitem__(self, dimension: str) -> str:
        return self.key[DIMENSIONS.index(dimension)]


def select_table(request: PageRequest, indicator: str) -> TableSelection | None:
    """The table to show, or None where the indicator has no figure.

    Raises RefusedError (400) for a value of an option that the indicator does not have.
    """
    area_labels: dict[str, str] = dict(request.db(INDICATOR_AREAS_SQL, (indicator,)))
    if not area_labels:
        return None
    requested = {
        name: request.options[OPTION_BY_DIMENSION[name]]
        for name in DIMENSIONS
        if OPTION_BY_DIMENSION[name] in request.options
    }
    tables = _load_tables(request.db, indicator, area_labels, requested)
    matching, dropped = _match_tables(tables, requested)
    start, _, end = request.options.get("period", "").partition("/")
    matching = [key for key in matching if (start, end) in tables[key]] or matching
    nested_areas = _select_nested_areas(request.db, {key[1] for key in matching})
    key = max(
        matching,
        key=lambda table_key: (
            _rank_table(table_key, tables[table_key], nested_areas),
            [-ord(c) for c in "".join(table_key)],
        ),
    )
    periods = dict(sorted(tables[key].items(), key=lambda pair: pair[0][::-1], reverse=True))
    period = _select_period(request, periods)
    options = _build_fields(request.db, tables, key, area_labels)
    return TableSelection(key, period, periods, options, dropped)


def read_observations(
    db: RowReader, indicator: str, selection: TableSelection
) -> list[dict[str, Any]]:
    """Every figure of the table in its newest periods and the one that is shown, oldest first."""
    start, end = list(selection.periods)[:MAX_PERIODS_SHOWN][-1]
    rows = db.fetch_dicts(
        TABLE_OBSERVATIONS_SQL, (indicator, *selection.key, end, start, *selection.period)
    )
    return sorted(rows, key=lambda row: (row["period_start"], row["period_end"]))


def select_nearby_choices(choices: Sequence[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """The choices around one of them, as many as a field has, in their order."""
    position = next((n for n, (choice_value, _) in enumerate(choices) if choice_value == value), 0)
    start = max(min(position - MAX_FIELD_CHOICES // 2, len(choices) - MAX_FIELD_CHOICES), 0)
    return list(choices[start : start + MAX_FIELD_CHOICES])


def _load_tables(
    db: RowReader, indicator: str, area_labels: Mapping[str, str], requested: Mapping[str, str]
) -> dict[TableKey, dict[Period, int]]:
    """The tables of the first places, and of those that have what is given.

    An indicator may have a million figures: no more places are read than are needed.
    """
    areas_scanned = list(area_labels)[:MAX_AREAS_SCANNED]
    for name, value in requested.items():
        # the column is one of ours
        matching_areas = [(value,)] if value in area_labels else []
        if name != "area":
            matching_areas = db(AREA_WITH_VALUE_SQL.format(name), (indicator, value))
        if not matching_areas:
            raise create_invalid_option_error(OPTION_BY_DIMENSION[name], value)
        areas_scanned.append(matching_areas[0][0])
    tables: dict[TableKey, dict[Period, int]] = {}
    params = (indicator, json.dumps(sorted(set(areas_scanned))))
    for *dimensions, start, end, groups in db(TABLES_SQL, params):
        tables.setdefault(tuple(dimensions), {})[(start, end)] = groups
    return tables


def _match_tables(
    tables: Mapping[TableKey, Mapping[Period, int]], requested: Mapping[str, str]
) -> tuple[list[TableKey], list[str]]:
    """The tables that fit what is given; where none does, the last options are let go."""
    conditions = list(requested.items())
    dropped: list[str] = []
    while True:
        matching = [k for k in tables if all(k[DIMENSIONS.index(n)] == v for n, v in conditions)]
        if matching:
            return matching, dropped
        dropped.append(OPTION_BY_DIMENSION[conditions.pop()[0]])


def _select_nested_areas(db: RowReader, areas: set[str]) -> set[str]:
    """The areas that lie within another of them."""
    if len(areas) < 2:
        return set()
    return {area for (area,) in db(NESTED_AREAS_SQL, (json.dumps(sorted(areas)),))}


def _rank_table(
    key: TableKey, periods: Mapping[Period, int], nested_areas: set[str]
) -> tuple[bool, int, bool, int, str]:
    """What makes a table the one to begin with: groups to compare, whole people and place, new."""
    _, area, sex, age, other_code, _, adjustment = key
    max_groups = max(periods.values())
    totals_count = (sex == TOTAL) + (age == TOTAL) + (other_code == "") + (adjustment == "")
    return (
        max_groups > 1,
        totals_count * 2 + (":" not in area),
        area not in nested_areas,
        max_groups,
        max(end for _, end in periods),
    )


def _select_period(request: PageRequest, periods: Mapping[Period, int]) -> Period:
    requested_period = request.options.get("period")
    if requested_period:
        start, _, end = requested_period.partition("/")
        if (start, end) not in periods:
            raise create_invalid_option_error("period", requested_period)
        return start, end
    with_groups = [period for period, groups in periods.items() if groups > 1]
    return (with_groups or list(periods))[0]


def _build_fields(
    db: RowReader, tables: Mapping[TableKey, Any], key: TableKey, area_labels: Mapping[str, str]
) -> list[SelectField]:
    """A field for each dimension in which the tables differ; of many values those nearby."""
    fields = []
    for position, name in enumerate(DIMENSIONS):
        labels_by_value = {
            value: find_dimension_label(db, name, value, key[0])
            for value in {table_key[position] for table_key in tables}
        }
        labels = area_labels if name == "area" else labels_by_value
        if len(labels) < 2:
            continue
        choices = sorted(labels.items(), key=lambda pair: (pair[1], pair[0]))
        visible_choices = select_nearby_choices(choices, key[position])
        fields.append(
            SelectField(
                OPTION_BY_DIMENSION[name], name, visible_choices, key[position], len(choices)
            )
        )
    return fields


def find_dimension_label(db: RowReader, dimension: str, value: str, scheme: str) -> str:
    """The name of a value of a dimension, as its code list has it; empty for none."""
    if not value:
        return ""
    if dimension == "scheme":
        rows = db("select title from code_list where list = ?", (value,))
    elif dimension == "area":
        rows = db("select label from area where area = ?", (value,))
    elif dimension == "other":
        return "; ".join(
            _label_other_dimension(db, *dimension_text.split("=", 1))
            for dimension_text in value.split(";")
        )
    else:
        default_list = {"comparator": scheme, "adjustment": "adjustment"}.get(dimension, dimension)
        qualifier, _, code = value.rpartition(":")
        label_column = (
            "coalesce(nullif(prose, ''), label)" if dimension == "comparator" else "label"
        )
        rows = db(
            f"select {label_column} from code where list = ? and code = ?",
            (qualifier or default_list, code),
        )
    return str(rows[0][0]) if rows else value


def _label_other_dimension(db: RowReader, dimension: str, code: str) -> str:
    rows = db("select label from code where list = ? and code = ?", (dimension, code))
    return str(rows[0][0]) if rows else f"{dimension}: {code}"
