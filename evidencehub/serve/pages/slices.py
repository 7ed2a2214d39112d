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

from evidencehub.serve.database import Reader
from evidencehub.serve.pages.page import Option, Visit, no_choice

DIMENSIONS = ("scheme", "area", "sex", "age", "other", "comparator", "adjustment")
OPTIONS = {**{name: name for name in DIMENSIONS}, "comparator": "relative_to"}
"""The option of the address for each dimension; `comparator` there is the group to compare with."""
NAMES = ("scheme", "area", "sex", "age", "other", "relative_to", "adjustment", "period")

CHOICES = 100  # of one field of the form
FIRST = 20  # places that the table to begin with is looked for in
PERIODS = 120  # of a course over time that a page shows; the files have all

PLACES = """
select h.area, a.label
from held as h join area as a on a.area = h.area
where h.indicator = ?
group by h.area
order by instr(h.area, ':') > 0, a.parent is not null, sum(h.known) desc, max(h.period_end) desc,
  h.area
"""
ELSEWHERE = """
select area from observation where indicator = ? and {} = ? order by area limit 1
"""
TABLES = """
select
  scheme, area, sex, age, other, comparator, adjustment, period_start, period_end,
  sum(substr(ethnicity, 1, 1) <> '_') as groups
from observation
where indicator = ? and area in (select value from json_each(?))
group by scheme, area, sex, age, other, comparator, adjustment, period_start, period_end
"""
WITHIN = """
with recursive above (area, parent) as (
  select area, parent from area where area in (select value from json_each(?1))
  union
  select b.area, a.parent from above as b join area as a on a.area = b.parent
)
select distinct area from above where parent in (select value from json_each(?1))
"""
FIGURES = """
select
  o.ethnicity, o.period_start, o.period_end, o.value, o.value_min, o.value_max, o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level) as ci_level, o.se, o.numerator, o.denominator,
  o.population, coalesce(o.decimals, i.decimals) as decimals, o.obs_status, o.counting_basis,
  coalesce(o.verification, d.verification) as verification, o.note, o.source,
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

Key = tuple[str, ...]  # the values of DIMENSIONS
Period = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Slice:
    """The table that is shown.

    `key` are its dimensions, `period` its first and last day; `periods` are all of this table,
    the newest first, each with its number of groups. `options` are the fields of the form.
    `relaxed` names options that were let go since no figure fits all of them.
    """

    key: Key
    period: Period
    periods: Mapping[Period, int]
    options: Sequence[Option] = field(default_factory=list)
    relaxed: Sequence[str] = ()

    def __getitem__(self, dimension: str) -> str:
        return self.key[DIMENSIONS.index(dimension)]


def choose(visit: Visit, indicator: str) -> Slice | None:
    """The table to show, or None where the indicator has no figure.

    Raises RefusedError (400) for a value of an option that the indicator does not have.
    """
    places: dict[str, str] = dict(visit.ask(PLACES, (indicator,)))
    if not places:
        return None
    given = {
        name: visit.given[OPTIONS[name]] for name in DIMENSIONS if OPTIONS[name] in visit.given
    }
    tables = _tables(visit.ask, indicator, places, given)
    fitting, relaxed = _fitting(tables, given)
    start, _, end = visit.given.get("period", "").partition("/")
    fitting = [key for key in fitting if (start, end) in tables[key]] or fitting
    inner = _inner(visit.ask, {key[1] for key in fitting})
    key = max(
        fitting,
        key=lambda one: (_score(one, tables[one], inner), [-ord(c) for c in "".join(one)]),
    )
    periods = dict(sorted(tables[key].items(), key=lambda pair: pair[0][::-1], reverse=True))
    period = _period(visit, periods)
    options = _options(visit.ask, tables, key, places)
    return Slice(key, period, periods, options, relaxed)


def figures(ask: Reader, indicator: str, shown: Slice) -> list[dict[str, Any]]:
    """Every figure of the table in its newest periods and the one that is shown, oldest first."""
    start, end = list(shown.periods)[:PERIODS][-1]
    rows = ask.named(FIGURES, (indicator, *shown.key, end, start, *shown.period))
    return sorted(rows, key=lambda row: (row["period_start"], row["period_end"]))


def near(choices: Sequence[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """The choices around one of them, as many as a field has, in their order."""
    place = next((n for n, (one, _) in enumerate(choices) if one == value), 0)
    start = max(min(place - CHOICES // 2, len(choices) - CHOICES), 0)
    return list(choices[start : start + CHOICES])


def _tables(
    ask: Reader, indicator: str, places: Mapping[str, str], given: Mapping[str, str]
) -> dict[Key, dict[Period, int]]:
    """The tables of the first places, and of those that have what is given.

    An indicator may have a million figures: no more places are read than are needed.
    """
    looked = list(places)[:FIRST]
    for name, value in given.items():
        # the column is one of ours
        found = [(value,)] if value in places else []
        if name != "area":
            found = ask(ELSEWHERE.format(name), (indicator, value))
        if not found:
            raise no_choice(OPTIONS[name], value)
        looked.append(found[0][0])
    tables: dict[Key, dict[Period, int]] = {}
    bound = (indicator, json.dumps(sorted(set(looked))))
    for *dimensions, start, end, groups in ask(TABLES, bound):
        tables.setdefault(tuple(dimensions), {})[(start, end)] = groups
    return tables


def _fitting(
    tables: Mapping[Key, Mapping[Period, int]], given: Mapping[str, str]
) -> tuple[list[Key], list[str]]:
    """The tables that fit what is given; where none does, the last options are let go."""
    wanted = list(given.items())
    relaxed: list[str] = []
    while True:
        found = [k for k in tables if all(k[DIMENSIONS.index(n)] == v for n, v in wanted)]
        if found:
            return found, relaxed
        relaxed.append(OPTIONS[wanted.pop()[0]])


def _inner(ask: Reader, areas: set[str]) -> set[str]:
    """The areas that lie within another of them."""
    if len(areas) < 2:
        return set()
    return {area for (area,) in ask(WITHIN, (json.dumps(sorted(areas)),))}


def _score(
    key: Key, periods: Mapping[Period, int], inner: set[str]
) -> tuple[bool, int, bool, int, str]:
    """What makes a table the one to begin with: groups to compare, whole people and place, new."""
    _, area, sex, age, other, _, adjustment = key
    most = max(periods.values())
    whole = (sex == "_T") + (age == "_T") + (other == "") + (adjustment == "")
    return (
        most > 1,
        whole * 2 + (":" not in area),
        area not in inner,
        most,
        max(end for _, end in periods),
    )


def _period(visit: Visit, periods: Mapping[Period, int]) -> Period:
    asked = visit.given.get("period")
    if asked:
        start, _, end = asked.partition("/")
        if (start, end) not in periods:
            raise no_choice("period", asked)
        return start, end
    with_groups = [period for period, groups in periods.items() if groups > 1]
    return (with_groups or list(periods))[0]


def _options(
    ask: Reader, tables: Mapping[Key, Any], key: Key, places: Mapping[str, str]
) -> list[Option]:
    """A field for each dimension in which the tables differ; of many values those nearby."""
    found = []
    for place, name in enumerate(DIMENSIONS):
        named = {value: label(ask, name, value, key[0]) for value in {one[place] for one in tables}}
        told = places if name == "area" else named
        if len(told) < 2:
            continue
        choices = sorted(told.items(), key=lambda pair: (pair[1], pair[0]))
        shown = near(choices, key[place])
        found.append(Option(OPTIONS[name], name, shown, key[place], len(choices)))
    return found


def label(ask: Reader, dimension: str, value: str, scheme: str) -> str:
    """The name of a value of a dimension, as its code list has it; empty for none."""
    if not value:
        return ""
    if dimension == "scheme":
        rows = ask("select title from code_list where list = ?", (value,))
    elif dimension == "area":
        rows = ask("select label from area where area = ?", (value,))
    elif dimension == "other":
        return "; ".join(_part(ask, *one.split("=", 1)) for one in value.split(";"))
    else:
        own = {"comparator": scheme, "adjustment": "adjustment"}.get(dimension, dimension)
        listed, _, code = value.rpartition(":")
        named = "coalesce(nullif(prose, ''), label)" if dimension == "comparator" else "label"
        rows = ask(f"select {named} from code where list = ? and code = ?", (listed or own, code))
    return str(rows[0][0]) if rows else value


def _part(ask: Reader, dimension: str, code: str) -> str:
    rows = ask("select label from code where list = ? and code = ?", (dimension, code))
    return str(rows[0][0]) if rows else f"{dimension}: {code}"
