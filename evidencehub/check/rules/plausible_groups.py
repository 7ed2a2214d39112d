"""Rules on values beside each other, in a place and period or over time: warnings to answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from evidencehub.check.definition import Rule, RuleContext, Violation, format_number, make_violation
from evidencehub.check.explanations import is_answered
from evidencehub.check.stratum_index import STRATUM, StratumIndex
from evidencehub.domain.code_lists import CodeList
from evidencehub.domain.status import SUPPRESSED, TOTAL, UNKNOWN

_ADVICE = "If the source is right, give the reason in hub.explained."
MIN_GROUPS = 4  # values beside each other of which one may look odd
SMALL_TABLE_ROWS = 100_000  # observations that may as well all be read
MAX_SPREAD = 2.0  # how many times the lowest of the others the highest may be
SHIFT_FACTORS = (0.01, 0.1, 10.0, 100.0)  # a decimal point in the wrong place
MIN_SWAP_RATIO = 2.0  # how far a value with swapped digits lies from all others at least
MIN_DOUBLE, MAX_DOUBLE = 1.98, 2.02  # a total that counts everybody twice
MAX_EXCESS = 1.02  # groups that add up to more than their total
_STRATUM = ", ".join(STRATUM)


def _restrict(
    strata: StratumIndex, find_rows: Callable[[], list[int]]
) -> tuple[str, tuple[str, ...]]:
    """A condition on `o` of the rows worth reading, and what it binds; of a small table all."""
    if strata.row_count <= SMALL_TABLE_ROWS:
        return "true", ()
    return "o.rowid in (select value from json_each(?))", (json.dumps(find_rows()),)


def _find_odd_groups(dataset: RuleContext) -> Iterator[Violation]:
    """Values that lie outside those of all other groups, and inside with their digits moved."""
    strata = dataset.summary.strata
    is_worth_reading, places = _restrict(
        strata,
        lambda: strata.find_rows_beside_outliers(min_groups=MIN_GROUPS, max_spread=MAX_SPREAD),
    )
    rows = dataset.query(
        f"select {_STRATUM}, value, file, row, ethnicity from observation as o "
        f"where value > 0 and ethnicity <> '{UNKNOWN}' and comparator = '' and {is_worth_reading} "
        f"order by {_STRATUM}, file, row",
        places,
    )
    for stratum, members in groupby(rows, key=itemgetter(*range(10))):
        values = [(row[10], row[11], row[12], row[13]) for row in members]
        if len(values) < MIN_GROUPS or is_answered(dataset, "plausibility/group", stratum[0]):
            continue
        first, second, *_, third, last = sorted(value for value, *_ in values)
        for value, file, row, group in values:
            lowest = second if value == first else first  # of the others
            highest = third if value == last else last
            likely = _find_likely_value(value, lowest, highest)
            if likely is not None:
                yield make_violation(
                    file,
                    row,
                    "value",
                    "plausibility/group",
                    group=group,
                    value=format_number(value),
                    lowest=format_number(lowest),
                    highest=format_number(highest),
                    likely=format_number(likely),
                )


def _find_likely_value(value: float, lowest: float, highest: float) -> float | None:
    """The value that a slip of the pen may have been, if it lies among the others; else None."""
    if lowest <= value <= highest or highest > MAX_SPREAD * lowest:
        return None  # groups that differ this much among themselves say nothing of one more
    for factor in SHIFT_FACTORS:
        if lowest <= value * factor <= highest:
            return value * factor
    text = f"{value:.12g}"
    if max(value / highest, lowest / value) < MIN_SWAP_RATIO:
        return None
    for position in range(len(text) - 1):
        first, second = text[position], text[position + 1]
        swapped = f"{text[:position]}{second}{first}{text[position + 2 :]}"
        if (first + second).isdigit() and lowest <= float(swapped) <= highest:
            return float(swapped)
    return None


def _missing_groups(dataset: RuleContext) -> Iterator[Violation]:
    """A group that every earlier period has, and the newest has not."""
    key = "indicator, area, scheme, sex, age, other, comparator, adjustment"
    strata = dataset.summary.strata
    is_worth_reading, places = _restrict(strata, strata.find_rows_of_lost_groups)
    rows = dataset.query(
        f"select {key}, period_start, ethnicity, file, row from observation as o "
        f"where {is_worth_reading} order by {key}, period_start, file, row",
        places,
    )
    for stratum, members in groupby(rows, key=itemgetter(*range(8))):
        periods: dict[str, dict[str, tuple[str, int]]] = {}
        for *_, start, group, file, row in members:
            periods.setdefault(start, {})[group] = (file, row)
        *earlier, newest = (periods[start] for start in sorted(periods))
        if not earlier or is_answered(dataset, "plausibility/missing-group", stratum[0]):
            continue
        always = set.intersection(*map(set, earlier))
        missing = sorted(always - set(newest))
        if len(always) >= MIN_GROUPS and len(missing) == 1 and always - set(missing) <= set(newest):
            file, row = next(iter(newest.values()))
            yield make_violation(
                file,
                row,
                "ethnicity",
                "plausibility/missing-group",
                group=missing[0],
                indicator=stratum[0],
            )


def _find_odd_totals(dataset: RuleContext) -> Iterator[Violation]:
    """Counts of groups that add up to more than their total, or to half of it."""
    strata = dataset.summary.strata
    is_worth_reading, places = _restrict(
        strata,
        lambda: strata.find_rows_of_totals(
            _is_odd_total, _list_parents(dataset), _list_counted_indicators(dataset)
        ),
    )
    rows = dataset.query(
        f"select {_STRATUM}, coalesce(o.numerator, iif(i.value_type = 'count', o.value, null)), "
        "o.file, o.row, o.ethnicity from observation as o "
        "left join indicators as i on i.id = o.indicator "
        f"where comparator = '' and obs_status <> '{SUPPRESSED}' and {is_worth_reading} "
        f"order by {_STRATUM}, o.file, o.row",
        places,
    )
    for stratum, members in groupby(rows, key=itemgetter(*range(10))):
        counts = {row[13]: row[10:13] for row in members if row[10] is not None}
        parts = _sum_top_groups(dataset.code_book.get_list(stratum[4]), counts)
        if parts is None or is_answered(dataset, "plausibility/parts", stratum[0]):
            continue
        total, file, row = counts[TOTAL]
        if _is_odd_total(total, parts):
            yield make_violation(
                file,
                row,
                "ethnicity",
                "plausibility/parts",
                total=format_number(total),
                parts=format_number(parts),
            )


def _list_parents(dataset: RuleContext) -> dict[tuple[str, str], str]:
    """The group that each group lies in, of the classifications that count nobody twice."""
    parents: dict[tuple[str, str], str] = {}
    for scheme, group in dataset.summary.first_row_by_group:
        code_list = dataset.code_book.get_list(scheme)
        if code_list is not None and code_list.counting_basis == "single":
            code = code_list.codes.get(group)
            if code is not None or group == TOTAL:
                parents[scheme, group] = code.parent if code is not None else ""
    return parents


def _list_counted_indicators(dataset: RuleContext) -> list[str]:
    return [id_ for (id_,) in dataset.query("select id from indicators where value_type = 'count'")]


def _is_odd_total(total: float, parts: float) -> bool:
    """Whether groups exceed their total, or the total has everybody twice."""
    is_double = MIN_DOUBLE * parts <= total <= MAX_DOUBLE * parts
    return total > 0 and (parts > total * MAX_EXCESS or is_double)


def _sum_top_groups(code_list: CodeList | None, counts: Mapping[str, Any]) -> float | None:
    """What the groups add up to that do not lie in another one that is there.

    None where there is no total of them, one group only, or people who may be in several.
    """
    if code_list is None or TOTAL not in counts or code_list.counting_basis != "single":
        return None
    groups = [
        group
        for group in counts
        if group != TOTAL
        and group in code_list.codes
        and code_list.codes[group].parent not in counts
    ]
    return sum(float(counts[group][0]) for group in groups) if len(groups) > 1 else None


RULES = (
    Rule(
        "plausibility/group",
        "dataset",
        "A value should not look like those of the other groups with its digits moved.",
        f"Check it against the source. {_ADVICE}",
        _find_odd_groups,
        "warning",
    ),
    Rule(
        "plausibility/missing-group",
        "dataset",
        "A group that every earlier period has should be in the newest too.",
        "Add its row, with obs_status where there is no value. If the source dropped the group, "
        "give the reason in hub.explained.",
        _missing_groups,
        "warning",
    ),
    Rule(
        "plausibility/parts",
        "dataset",
        "The counts of groups in which nobody is counted twice should add up to their total.",
        f"Check the total and the counting basis of the classification. {_ADVICE}",
        _find_odd_totals,
        "warning",
    ),
)
