"""Rules on codes: they exist, were valid in the period, and are told on one level at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, make_violation
from evidencehub.domain.code_lists import CodeList
from evidencehub.domain.status import TOTAL, UNKNOWN
from evidencehub.messages.rendering import make_message

_MIXED_LEVELS_SQL = """
with relation as (
  select key as code, value as parent from json_each(?2)
),
heading as materialized (
  select distinct indicator, area, period_start, period_end, ethnicity
  from observation
  where scheme = ?1 and ethnicity in (select parent from relation)
)
select o.file, min(o.row), r.code, r.parent, count(*)
from observation as o
join relation as r on r.code = o.ethnicity
join heading as h on h.ethnicity = r.parent and h.indicator = o.indicator and h.area = o.area
  and h.period_start = o.period_start and h.period_end = o.period_end
where o.scheme = ?1
group by o.file, r.code, r.parent
order by o.file, min(o.row), r.code
"""


def _validity_period(code_list: CodeList, code: str) -> tuple[str, str]:
    """First and last day on which a code may be used: its own, else those of its list."""
    code_entry = code_list.codes.get(code)
    start = (code_entry.valid_from if code_entry else "") or code_list.valid_from
    return start, (code_entry.valid_to if code_entry else "") or code_list.valid_to


def _make_validity_rule(
    code: str, sql: str, *, is_after: bool
) -> Callable[[RuleContext], Iterator[Violation]]:
    """A rule on groups used outside their time, told at the first row that does so.

    The rows are looked at only where a code's bound lies within the time of the whole dataset.
    """

    def look(dataset: RuleContext) -> Iterator[Violation]:
        tally = dataset.summary
        for scheme, group in tally.first_row_by_group:
            code_list = dataset.code_book.get_list(scheme)
            if code_list is None or group in (TOTAL, UNKNOWN):
                continue
            bound = _validity_period(code_list, group)[is_after]
            if bound and (tally.last_day > bound if is_after else tally.first_day < bound):
                for file, row, day, count in dataset.query(sql, (scheme, group, bound)):
                    message = make_message(code, group=f"{scheme} {group}", bound=bound, day=day)
                    yield Violation(file, row, "ethnicity", message, count)

    return look


_AFTER_VALIDITY_SQL = """
select file, row, period_end, count(*) over () from observation
where scheme = ? and ethnicity = ? and period_end > ? order by file, row limit 1
"""
_BEFORE_VALIDITY_SQL = """
select file, row, period_start, count(*) over () from observation
where scheme = ? and ethnicity = ? and period_start < ? order by file, row limit 1
"""


def _missing_counting_basis(dataset: RuleContext) -> Iterator[Violation]:
    for scheme, (file, row) in dataset.summary.first_row_without_basis.items():
        code_list = dataset.code_book.get_list(scheme)
        if code_list is not None and not code_list.counting_basis:
            yield make_violation(file, row, "counting_basis", "codes/counting-basis", scheme=scheme)


def _mixed_hierarchy_levels(dataset: RuleContext) -> Iterator[Violation]:
    """Each heading and each of its own groups, for the same indicator, place and period."""
    for scheme in sorted({scheme for scheme, _ in dataset.summary.first_row_by_group}):
        code_list = dataset.code_book.get_list(scheme)
        codes = code_list.codes.values() if code_list is not None else ()
        parents = {code.code: code.parent for code in codes if code.parent}
        if not parents:
            continue
        values = (scheme, json.dumps(parents))
        for file, row, code, parent, count in dataset.query(_MIXED_LEVELS_SQL, values):
            message = make_message("codes/mixed-levels", code=code, parent=parent)
            yield Violation(file, row, "ethnicity", message, count)


_INDICATOR_GROUPS_SQL = """
select file, row, 'reference_group', reference_group from indicators where reference_group <> ''
union all
select file, row, 'headline_group', headline_group from indicators where headline_group <> ''
order by 2, 3
"""
_UNUSED_HEADLINES_SQL = """
with used as (
  select distinct i.id from observation as o cross join indicators as i on i.id = o.indicator
  where i.headline_group = o.scheme || ':' || o.ethnicity
)
select file, row from indicators where headline_group <> '' and id not in (select id from used)
"""  # each observation is read once, however many indicators there are


def _indicator_groups(dataset: RuleContext) -> Iterator[Violation]:
    """A group that an indicator names must exist; one to be told first must have a row."""
    named = dataset.query(_INDICATOR_GROUPS_SQL)
    of_hub = dataset.package.hub.get("reference_group") or ""
    for file, row, column, group in (
        *named,
        ("datapackage.json", None, "hub.reference_group", of_hub),
    ):
        scheme, _, code = group.partition(":")
        code_list = dataset.code_book.get_list(scheme)
        if group and (code_list is None or code not in code_list.codes):
            yield make_violation(file, row, column, "codes/indicator-group", text=group)
        elif column == "headline_group" and (file, row) in _list_unused_headlines(dataset):
            yield make_violation(file, row, column, "codes/indicator-group/unused", group=group)


def _list_unused_headlines(dataset: RuleContext) -> set[tuple[str, int]]:
    """The places of the indicators whose headline group has no observation; looked up once."""
    if "unused headlines" not in dataset.memo:
        rows = dataset.query(_UNUSED_HEADLINES_SQL)
        dataset.memo["unused headlines"] = set(rows)
    unused: set[tuple[str, int]] = dataset.memo["unused headlines"]
    return unused


RULES = (
    Rule(
        "codes/unknown-code",
        "chunk",
        "A code or label must be in the code list declared for its column.",
        "Use the code or label suggested in the message, or add an alias.",
    ),
    Rule(
        "codes/ambiguous-label",
        "chunk",
        "A label must match exactly one code.",
        "Use the code instead of the label, or declare the level in the descriptor.",
    ),
    Rule(
        "values/blank-dimension",
        "chunk",
        "A column of sex, age or another dimension must say in every row which people it is about.",
        "Write _T for all people together, or give the cell its meaning in the field's `map`.",
    ),
    Rule(
        "values/contradiction",
        "chunk",
        "Two columns, or a column and a constant, must not say different things of one concept.",
        "Correct one of them. If the column holds something else, set its concept to `none`.",
    ),
    Rule(
        "values/split",
        "chunk",
        "What stands beside a number in its cell must have a meaning.",
        "Add the flag to `marks` with what the source says of it.",
    ),
    Rule(
        "values/required",
        "chunk",
        "A required column must not be empty.",
        "Enter a value. Use _T for all people together.",
    ),
    Rule(
        "codes/own-list",
        "chunk",
        "A code list in the package must be declared, with no repeated codes and no missing "
        "parent codes.",
        "Correct the row, or declare the list in hub.lists.",
    ),
    Rule(
        "codes/unmapped",
        "chunk",
        "A field's map must include every spelling used in its column.",
        "Add the spelling to the map in the descriptor.",
    ),
    Rule(
        "codes/unknown-group",
        "chunk",
        "A finding must name its groups as scheme:code.",
        "Write them as scheme:code, for example ew-census-2021:1.",
    ),
    Rule(
        "values/period",
        "chunk",
        "A period must have only one possible meaning.",
        "Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03, or declare the type of year "
        "(calendar, financial …).",
    ),
    Rule(
        "values/date",
        "chunk",
        "A date must be a day, a month or a year in ISO 8601.",
        "Write it as 2024-03-31, 2024-03 or 2024.",
    ),
    Rule(
        "codes/indicator-group",
        "dataset",
        "The reference group and the headline group of an indicator must be categories, written "
        "as scheme:code. The headline group must have an observation.",
        "Correct the code, for example ew-census-2021:1, or leave the cell empty.",
        _indicator_groups,
    ),
    Rule(
        "codes/retired",
        "dataset",
        "A retired code must not be used for periods after it was retired.",
        "Use the classification in force at the time, or give the source's own categories as "
        "a code list in the package.",
        _make_validity_rule("codes/retired", _AFTER_VALIDITY_SQL, is_after=True),
    ),
    Rule(
        "codes/before-its-time",
        "dataset",
        "A code should not be used for periods before it was introduced, unless the source "
        "recoded them.",
        "Check that the source recoded the earlier years. If it did, say so in the caveats.",
        _make_validity_rule("codes/before-its-time", _BEFORE_VALIDITY_SQL, is_after=False),
        "warning",
    ),
    Rule(
        "codes/counting-basis",
        "dataset",
        "The counting basis must be stated: how people who belong to several groups are counted.",
        "State counting_basis for the classification or in the observations.",
        _missing_counting_basis,
    ),
    Rule(
        "codes/mixed-levels",
        "dataset",
        "A parent category and its own categories should not be in the same table unless this "
        "is intended.",
        "No action is needed if this is intended. Readers must not add the categories to "
        "their parent.",
        _mixed_hierarchy_levels,
        "warning",
    ),
)
