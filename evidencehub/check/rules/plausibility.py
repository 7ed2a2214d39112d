"""Rules on what is unusual: warnings that a reason in the package answers (`hub.explained`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from evidencehub.check.definition import (
    MAX_LISTED_ROWS,
    Rule,
    RuleContext,
    Violation,
    count_occurrences,
    format_number,
    make_violation,
)
from evidencehub.check.explanations import is_answered
from evidencehub.check.previous_releases import read_previous_values
from evidencehub.domain.code_lists import CodeList
from evidencehub.domain.status import PERCENTAGE, RATE_VALUE_TYPES, SUPPRESSED, TOTAL, UNKNOWN

_ADVICE = "If the source is right, give the reason in hub.explained."
MIN_GROUPS = 4  # values beside each other of which one may look odd
MAX_SPREAD = 2.0  # how many times the lowest of the others the highest may be
SHIFT_FACTORS = (0.01, 0.1, 10.0, 100.0)  # a decimal point in the wrong place
MIN_SWAP_RATIO = 2.0  # how far a value with swapped digits lies from all others at least
MIN_DOUBLE, MAX_DOUBLE = 1.98, 2.02  # a total that counts everybody twice
MAX_EXCESS = 1.02  # groups that add up to more than their total
MAX_DECIMALS = 11  # decimals that a source may print
MAX_RELEASE_RATIO = 5.0  # how often as large as in the last release a value may be
RATE = RATE_VALUE_TYPES[0]
_WHOLE_UNITS = ("count", "people", "births")
_COUNT_COLUMNS = ("numerator", "denominator", "population")
_STRATUM = (
    "indicator, area, period_start, period_end, scheme, sex, age, other, comparator, adjustment"
)


def _list_first(violations: Iterable[Violation]) -> Iterator[Violation]:
    """The first findings of a rule, the last of them standing for all that follow."""
    listed = list(violations)
    for position, violation in enumerate(listed[:MAX_LISTED_ROWS], start=1):
        yield violation._replace(occurrences=count_occurrences(position, len(listed)))


def _proportions_as_percentages(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select o.indicator, min(o.file), min(o.row), max(o.value) from observation as o "
        "join indicators as i on i.id = o.indicator where i.value_type = ? "
        "group by o.indicator having count(o.value) > 1 and max(o.value) <= 1 and max(o.value) > 0 "
        "and max(o.value <> round(o.value)) order by 1"
    )
    for indicator, file, row, highest in dataset.query(sql, (PERCENTAGE,)):
        if not is_answered(dataset, "plausibility/unit", indicator):
            yield make_violation(
                file,
                row,
                "value",
                "plausibility/unit",
                indicator=indicator,
                highest=format_number(highest),
            )


_UNIT_SCALES: Mapping[str, float] = {
    "percent": 100, "per-1000": 1_000, "per-10000": 10_000, "per-100000": 100_000,
    "per-million": 1_000_000,
}  # fmt: skip
"""What a unit says that values are multiplied by, by how its code begins."""


def _scale_of_unit(unit: str) -> float | None:
    """The scale that a unit names; None where it names none."""
    stems = [stem for stem in _UNIT_SCALES if unit == stem or unit.startswith(f"{stem}-")]
    return _UNIT_SCALES[max(stems, key=len)] if stems else None


def _unit_and_scale(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select file, row, id, unit, scale from indicators where scale is not null "
        "and (value_type = ? and unit like 'per%' or value_type = ? and unit like 'percent%') "
        "order by row"
    )
    for file, row, indicator, unit, scale in dataset.query(sql, (RATE, PERCENTAGE)):
        expected = _scale_of_unit(unit)
        if expected in (None, scale) or is_answered(dataset, "plausibility/scale", indicator):
            continue
        yield make_violation(
            file,
            row,
            "scale",
            "plausibility/scale",
            unit=unit,
            expected=format_number(float(expected or 0)),
            scale=format_number(scale),
        )


def _odd_groups(dataset: RuleContext) -> Iterator[Violation]:
    yield from _list_first(_find_odd_groups(dataset))


def _find_odd_groups(dataset: RuleContext) -> Iterator[Violation]:
    """Values that lie outside those of all other groups, and inside with their digits moved."""
    rows = dataset.query(
        f"select {_STRATUM}, value, file, row, ethnicity from observation "
        f"where value > 0 and ethnicity <> '{UNKNOWN}' and comparator = '' "
        f"order by {_STRATUM}, file, row limit 100000"
    )
    for stratum, members in groupby(rows, key=itemgetter(*range(10))):
        values = [(row[10], row[11], row[12], row[13]) for row in members]
        if len(values) < MIN_GROUPS or is_answered(dataset, "plausibility/group", stratum[0]):
            continue
        for position, (value, file, row, group) in enumerate(values):
            other_values = [v for v, *_ in (*values[:position], *values[position + 1 :])]
            lowest, highest = min(other_values), max(other_values)
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
    rows = dataset.query(
        f"select {key}, period_start, ethnicity, file, row from observation "
        f"order by {key}, period_start, file, row limit 100000"
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


def _totals_and_parts(dataset: RuleContext) -> Iterator[Violation]:
    yield from _list_first(_find_odd_totals(dataset))


def _find_odd_totals(dataset: RuleContext) -> Iterator[Violation]:
    """Counts of groups that add up to more than their total, or to half of it."""
    rows = dataset.query(
        f"select {_STRATUM}, coalesce(o.numerator, iif(i.value_type = 'count', o.value, null)), "
        "o.file, o.row, o.ethnicity from observation as o "
        "left join indicators as i on i.id = o.indicator "
        f"where comparator = '' and obs_status <> '{SUPPRESSED}' "
        f"order by {_STRATUM}, o.file, o.row limit 100000"
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


def _unprinted_digits(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select indicator, min(file), min(row), count(*), max(decimals) from observation "
        f"where decimals > {MAX_DECIMALS} group by indicator order by 1"
    )
    for indicator, file, row, count, decimals in dataset.query(sql):
        if not is_answered(dataset, "plausibility/digits", indicator):
            violation = make_violation(
                file, row, "value", "plausibility/digits", decimals=int(decimals)
            )
            yield violation._replace(occurrences=count)


def _parts_of_people_or_counts(dataset: RuleContext) -> Iterator[Violation]:
    yield from _parts_of_people(dataset)
    yield from _parts_of_counted(dataset)


def _parts_of_people(dataset: RuleContext) -> Iterator[Violation]:
    units = ", ".join(f"'{unit}'" for unit in _WHOLE_UNITS)
    sql = (
        "select o.indicator, min(o.file), min(o.row), count(*), min(o.value), i.unit "
        "from observation as o join indicators as i on i.id = o.indicator "
        f"where i.value_type = 'count' and i.unit in ({units}) and o.value <> round(o.value) "
        "group by o.indicator order by 1"
    )
    for indicator, file, row, count, value, unit in dataset.query(sql):
        if not is_answered(dataset, "plausibility/whole-number", indicator):
            violation = make_violation(
                file,
                row,
                "value",
                "plausibility/whole-number",
                value=format_number(value),
                unit=unit,
            )
            yield violation._replace(occurrences=count)


def _parts_of_counted(dataset: RuleContext) -> Iterator[Violation]:
    """Counts with a part of a person among whole ones; weighted counts have parts in most rows."""
    for column in _COUNT_COLUMNS:
        part = f"{column} <> round({column})"
        sql = (
            f"select indicator, min(file), min(row), count(*) from observation where {part} "
            f"and (select 2 * sum({part}) <= count({column}) or count({column}) = 1 "
            "from observation) group by indicator order by 1"
        )
        for indicator, file, row, count in dataset.query(sql):
            if is_answered(dataset, "plausibility/whole-number", indicator):
                continue
            violation = make_violation(
                file, row, column, "plausibility/whole-number/count", concept=column
            )
            yield violation._replace(occurrences=count)


def _against_last_release(dataset: RuleContext) -> Iterator[Violation]:
    if dataset.previous_releases:
        yield from _list_first(_find_jumps(dataset))


def _find_jumps(dataset: RuleContext) -> Iterator[Violation]:
    """Values of the same key that are many times what the last release has, or a small part."""
    version, values = next(iter(read_previous_values(dataset).items()))
    previous_values = {value.key: value.value for value in values if value.value}
    key = f"indicator, area, period_start, period_end, {_STRATUM.partition('period_end, ')[2]}"
    names = key.replace("scheme,", "scheme, ethnicity,")
    for *place, value, file, row in dataset.query(
        f"select {names}, value, file, row from observation where value <> 0 order by file, row"
    ):
        earlier = previous_values.get(tuple(place))
        if not earlier or is_answered(dataset, "plausibility/last-release", place[0]):
            continue
        if not 1 / MAX_RELEASE_RATIO <= value / earlier <= MAX_RELEASE_RATIO:
            yield make_violation(
                file,
                row,
                "value",
                "plausibility/last-release",
                value=format_number(value),
                earlier=format_number(earlier),
                version=version,
            )


RULES = (
    Rule(
        "plausibility/unit",
        "dataset",
        "Percentages should not all be at most 1.",
        "If they are proportions, multiply them by 100, or set the value type to `proportion`. "
        f"{_ADVICE}",
        _proportions_as_percentages,
        "warning",
    ),
    Rule(
        "plausibility/scale",
        "dataset",
        "Unit and scale of an indicator should say the same.",
        "Correct the unit or the scale.",
        _unit_and_scale,
        "warning",
    ),
    Rule(
        "plausibility/group",
        "dataset",
        "A value should not look like those of the other groups with its digits moved.",
        f"Check it against the source. {_ADVICE}",
        _odd_groups,
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
        _totals_and_parts,
        "warning",
    ),
    Rule(
        "plausibility/digits",
        "dataset",
        "A value should not have more decimals than a source prints.",
        "Say in `decimals` how many the source prints, or round the values as it does. Programs "
        "write such digits when they store 12.3.",
        _unprinted_digits,
        "warning",
    ),
    Rule(
        "plausibility/whole-number",
        "dataset",
        "A number of people or events should be whole.",
        "If the values are in thousands, give the table a `unit_multiplier`. If they are "
        "estimates, give the reason in hub.explained.",
        _parts_of_people_or_counts,
        "warning",
    ),
    Rule(
        "plausibility/last-release",
        "dataset",
        f"A value should not be {MAX_RELEASE_RATIO:.0f} times what the last release has, or a "
        f"{MAX_RELEASE_RATIO:.0f}th of it.",
        f"Check it against the source. {_ADVICE}",
        _against_last_release,
        "warning",
    ),
)
