"""Rules on what is unusual: warnings that a reason in the package answers (`hub.explained`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidencehub.check.definition import Rule, RuleContext, Violation, format_number, make_violation
from evidencehub.check.explanations import is_answered
from evidencehub.check.previous_releases import read_previous_values
from evidencehub.domain.concepts import OBSERVATION_KEY
from evidencehub.domain.status import PERCENTAGE, RATE_VALUE_TYPES

_ADVICE = "If the source is right, give the reason in hub.explained."
MAX_DECIMALS = 11  # decimals that a source may print
MAX_RELEASE_RATIO = 5.0  # how often as large as in the last release a value may be
RATE = RATE_VALUE_TYPES[0]
_WHOLE_UNITS = ("count", "people", "births")
_COUNT_COLUMNS = ("numerator", "denominator", "population")


def _find_first_row(dataset: RuleContext, indicator: str, condition: str) -> tuple[str, int]:
    """The file and row of an indicator's first observation for which a condition holds."""
    ((file, row),) = dataset.query(
        f"select file, row from observation where indicator = ? and {condition} "
        "order by file, row limit 1",
        (indicator,),
    )
    return file, row


def _proportions_as_percentages(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select o.indicator, max(o.value) from observation as o "
        "join indicators as i on i.id = o.indicator where i.value_type = ? "
        "group by o.indicator having count(o.value) > 1 and max(o.value) <= 1 and max(o.value) > 0 "
        "and max(o.value <> round(o.value)) order by 1"
    )
    for indicator, highest in dataset.query(sql, (PERCENTAGE,)):
        if not is_answered(dataset, "plausibility/unit", indicator):
            file, row = _find_first_row(dataset, indicator, "value is not null")
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


def _unprinted_digits(dataset: RuleContext) -> Iterator[Violation]:
    is_long = f"decimals > {MAX_DECIMALS}"
    sql = (
        "select indicator, count(*), max(decimals) from observation "
        f"where {is_long} group by indicator order by 1"
    )
    for indicator, count, decimals in dataset.query(sql):
        if not is_answered(dataset, "plausibility/digits", indicator):
            file, row = _find_first_row(dataset, indicator, is_long)
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
        "select o.indicator, count(*), min(o.value), i.unit "
        "from observation as o join indicators as i on i.id = o.indicator "
        f"where i.value_type = 'count' and i.unit in ({units}) and o.value <> round(o.value) "
        "group by o.indicator order by 1"
    )
    for indicator, count, value, unit in dataset.query(sql):
        if not is_answered(dataset, "plausibility/whole-number", indicator):
            file, row = _find_first_row(dataset, indicator, "value <> round(value)")
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
            f"select indicator, count(*) from observation where {part} "
            f"and (select 2 * sum({part}) <= count({column}) or count({column}) = 1 "
            "from observation) group by indicator order by 1"
        )
        for indicator, count in dataset.query(sql):
            if is_answered(dataset, "plausibility/whole-number", indicator):
                continue
            file, row = _find_first_row(dataset, indicator, part)
            violation = make_violation(
                file, row, column, "plausibility/whole-number/count", concept=column
            )
            yield violation._replace(occurrences=count)


def _against_last_release(dataset: RuleContext) -> Iterator[Violation]:
    if dataset.previous_releases:
        yield from _find_jumps(dataset)


def _find_jumps(dataset: RuleContext) -> Iterator[Violation]:
    """Values of the same key that are many times what the last release has, or a small part."""
    version, values = next(iter(read_previous_values(dataset).items()))
    previous_values = {value.key: value.value for value in values if value.value}
    names = ", ".join(OBSERVATION_KEY)
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
