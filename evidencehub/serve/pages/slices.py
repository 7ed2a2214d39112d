"""Which figures of an indicator a page shows: one table of groups, chosen by options.

The figures of an indicator lie in many tables: of one classification, place, sex, age and so
on, in one period each. A visitor chooses by options; without them it is the table that says
most about most people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.serve.database import Reader
from evidencehub.serve.pages.page import Option, Visit, no_choice

DIMENSIONS = ("scheme", "area", "sex", "age", "other", "comparator", "adjustment")
OPTIONS = {**{name: name for name in DIMENSIONS}, "comparator": "relative_to"}
"""The option of the address for each dimension; `comparator` there is the group to compare with."""
NAMES = ("scheme", "area", "sex", "age", "other", "relative_to", "adjustment", "period")

TABLES = """
select
  scheme, area, sex, age, other, comparator, adjustment, period_start, period_end,
  sum(substr(ethnicity, 1, 1) <> '_') as groups
from observation
where indicator = ?
group by scheme, area, sex, age, other, comparator, adjustment, period_start, period_end
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
order by o.period_start, o.period_end, e.sort_order, o.ethnicity
limit 5000
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
    tables: dict[Key, dict[Period, int]] = {}
    for *dimensions, start, end, groups in visit.ask(TABLES, (indicator,)):
        tables.setdefault(tuple(dimensions), {})[(start, end)] = groups
    if not tables:
        return None
    given = {
        name: visit.given[OPTIONS[name]] for name in DIMENSIONS if OPTIONS[name] in visit.given
    }
    for name, value in given.items():
        if value not in {key[DIMENSIONS.index(name)] for key in tables}:
            raise no_choice(OPTIONS[name], value)
    fitting, relaxed = _fitting(tables, given)
    start, _, end = visit.given.get("period", "").partition("/")
    fitting = [key for key in fitting if (start, end) in tables[key]] or fitting
    key = max(fitting, key=lambda one: (_score(one, tables[one]), [-ord(c) for c in "".join(one)]))
    periods = dict(sorted(tables[key].items(), key=lambda pair: pair[0][::-1], reverse=True))
    period = _period(visit, periods)
    options = _options(visit.ask, tables, key)
    return Slice(key, period, periods, options, relaxed)


def figures(ask: Reader, indicator: str, shown: Slice) -> list[dict[str, Any]]:
    """Every figure of the table in all of its periods, with the names of its groups."""
    return ask.named(FIGURES, (indicator, *shown.key))


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


def _score(key: Key, periods: Mapping[Period, int]) -> tuple[int, int, int, str]:
    """What makes a table the one to begin with: groups to compare, whole people, new."""
    _, area, sex, age, other, _, adjustment = key
    most = max(periods.values())
    whole = (sex == "_T") + (age == "_T") + (other == "") + (adjustment == "")
    return (min(most, 2), whole * 2 + (":" not in area), most, max(end for _, end in periods))


def _period(visit: Visit, periods: Mapping[Period, int]) -> Period:
    asked = visit.given.get("period")
    if asked:
        start, _, end = asked.partition("/")
        if (start, end) not in periods:
            raise no_choice("period", asked)
        return start, end
    with_groups = [period for period, groups in periods.items() if groups > 1]
    return (with_groups or list(periods))[0]


def _options(ask: Reader, tables: Mapping[Key, Any], key: Key) -> list[Option]:
    """A field for each dimension in which the tables differ."""
    found = []
    for place, name in enumerate(DIMENSIONS):
        values = sorted({one[place] for one in tables})
        if len(values) < 2:
            continue
        labels = sorted((label(ask, name, value, key[0]), value) for value in values)
        choices = [(value, words) for words, value in labels]
        found.append(Option(OPTIONS[name], name, choices, key[place]))
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
        rows = ask("select label from code where list = ? and code = ?", (listed or own, code))
    return str(rows[0][0]) if rows else value


def _part(ask: Reader, dimension: str, code: str) -> str:
    rows = ask("select label from code where list = ? and code = ?", (dimension, code))
    return str(rows[0][0]) if rows else f"{dimension}: {code}"
