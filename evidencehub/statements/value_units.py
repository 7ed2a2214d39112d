"""The unit of a claim's values beside the unit that a sentence gives its number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidencehub.domain.status import PERCENTAGE, PROPORTION, RATE_VALUE_TYPES, RATIO_VALUE_TYPES
from evidencehub.statements.stated_finding import COUNT_MEASURES, StatedClaim, StatedFinding
from evidencehub.statements.text_numbers import TextNumber, TextUnit, allows

_PERCENT, _TIMES = TextUnit("percent"), TextUnit("times")
_POINT_UNIT = "percentage-points"
_COUNT = "a count"


class ValueUnit(NamedTuple):
    """What a sentence may call the unit: `label` for people, `unit` None for a count.

    `is_needed` where the number says nothing without it.
    """

    label: str
    unit: TextUnit | None
    is_needed: bool


class UnitFault(NamedTuple):
    """A number in a column with another unit than its values; `is_missing` with none at all."""

    column: str
    number: TextNumber
    unit: ValueUnit
    is_missing: bool


def describe_unit(
    measure: str, *, unit: str, label: str, scale: float | None, value_type: str
) -> ValueUnit | None:
    """Return the unit in which a measure of an indicator's values is stated.

    None where a sentence can say it in too many ways to look for: a mean, an index, a score.
    """
    if measure in COUNT_MEASURES or (value_type == "count" and measure != "ratio"):
        return ValueUnit(_COUNT, None, is_needed=False)
    if measure == "ratio" or value_type in RATIO_VALUE_TYPES:
        return ValueUnit("a ratio", _TIMES, is_needed=False)
    if value_type == PERCENTAGE or (unit.startswith("percent") and unit != _POINT_UNIT):
        is_difference = measure == "difference"
        kind = TextUnit("points") if is_difference else _PERCENT
        return ValueUnit("in percentage points" if is_difference else label, kind, is_needed=True)
    if unit == _POINT_UNIT:
        return ValueUnit(label, TextUnit("points"), is_needed=True)
    if value_type == PROPORTION:
        return ValueUnit(label, TextUnit("part"), is_needed=False)
    if value_type in RATE_VALUE_TYPES or (scale or 1) > 1:
        return ValueUnit(label, TextUnit("per", scale or 1.0), is_needed=(scale or 1) > 1)
    return None


def find_unit_faults(
    finding: StatedFinding, units: Sequence[tuple[StatedClaim, ValueUnit | None]]
) -> Iterator[tuple[StatedClaim, UnitFault]]:
    """Return the claims whose number has another unit in the texts, or none, with the place.

    A number without a unit has that of its neighbours: “341.7 per 100,000 and 72.4”. A number of
    two claims, a rate and a ratio, may have the unit of either.
    """
    for claim, unit in units:
        places = list(finding.list_numbers_of(claim))
        faults = [_judge_place(finding, claim, unit, *place) for place in places]
        wrong = [fault for fault in faults if fault is not None]
        elsewhere = [
            fault for fault in wrong if not fault.is_missing and not _is_of_other_claim(
                finding, fault, [pair for pair in units if pair[0] is not claim]
            )
        ]  # fmt: skip
        if unit is not None and (elsewhere or len(wrong) == len(places) > 0):
            yield claim, (elsewhere or wrong)[0]


def _is_of_other_claim(
    finding: StatedFinding, fault: UnitFault, units: Sequence[tuple[StatedClaim, ValueUnit | None]]
) -> bool:
    """Return true where a number is that of another claim, whose unit it has."""
    return any(
        claim.is_stated_by(fault.number)
        and _judge_place(finding, claim, unit, fault.column, fault.number) is None
        for claim, unit in units
    )


def _judge_place(
    finding: StatedFinding,
    claim: StatedClaim,
    unit: ValueUnit | None,
    column: str,
    number: TextNumber,
) -> UnitFault | None:
    if unit is None:
        return None
    text_unit = number.unit
    if text_unit is None and unit.is_needed:
        text_unit = _inherit_unit(finding.numbers[column], number)
    if text_unit is None:
        return UnitFault(column, number, unit, is_missing=True) if unit.is_needed else None
    if _is_same_unit(number, text_unit, unit, claim):
        return None
    return UnitFault(column, number, unit, is_missing=False)


def _inherit_unit(numbers: Sequence[TextNumber], number: TextNumber) -> TextUnit | None:
    """Return the unit of the nearest number before, else after, that has one of a rate or share."""
    position = numbers.index(number)
    for neighbour in (*reversed(numbers[:position]), *numbers[position + 1 :]):
        if neighbour.unit is not None and neighbour.unit.kind in ("per", "percent", "points"):
            return neighbour.unit
    return None


def _is_same_unit(
    number: TextNumber, text_unit: TextUnit, unit: ValueUnit, claim: StatedClaim
) -> bool:
    if unit.unit is None:
        return False
    kind = unit.unit.kind
    if kind in ("points", "percent") and number.unit is None:
        return text_unit.kind in ("points", "percent")  # from a neighbour
    if text_unit.kind == "per":
        base = {"percent": 100.0, "part": 1.0, "per": unit.unit.base}.get(kind)
        if base is None or number.unit is None:
            return text_unit.base == base
        has_stated = math.isclose(number.value, abs(claim.stated))
        converted = base * number.value / text_unit.base
        return text_unit.base == base if has_stated else allows(number, converted, claim.stated)
    if text_unit.kind == "part":
        return kind in ("percent", "part", "times")
    return text_unit.kind == kind or (kind == "part" and text_unit.kind == "percent")
