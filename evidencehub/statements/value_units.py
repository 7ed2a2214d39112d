"""The unit of a claim's values beside the unit that a sentence gives its number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidencehub.domain.status import (
    PERCENT_VALUE_TYPES,
    PROPORTION,
    RATE_VALUE_TYPES,
    RATIO_VALUE_TYPES,
)
from evidencehub.statements.stated_finding import COUNT_MEASURES, StatedClaim, StatedFinding
from evidencehub.statements.text_numbers import TextNumber, TextUnit, allows

_PERCENT, _POINTS, _PART = TextUnit("percent"), TextUnit("points"), TextUnit("part")
_TIMES = TextUnit("times")
_SHARE_KINDS = ("percent", "points")
_KINDS_SAID_AS = {"part": ("percent", "times"), "percent": ("part",)}  # “a third”, “47%”
_POINT_UNIT = "percentage-points"
_POINT_LABEL = "in percentage points"
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
    if value_type in PERCENT_VALUE_TYPES or unit.startswith("percent"):
        return _describe_percentage(measure, unit, label)
    return _describe_rate(label, scale or 1.0, value_type)


def _describe_percentage(measure: str, unit: str, label: str) -> ValueUnit:
    if unit == _POINT_UNIT:
        return ValueUnit(label, _POINTS, is_needed=True)
    if measure == "difference":
        return ValueUnit(_POINT_LABEL, _POINTS, is_needed=True)
    return ValueUnit(label, _PERCENT, is_needed=True)


def _describe_rate(label: str, scale: float, value_type: str) -> ValueUnit | None:
    if value_type == PROPORTION:
        return ValueUnit(label, _PART, is_needed=False)
    if value_type in RATE_VALUE_TYPES or scale > 1:
        return ValueUnit(label, TextUnit("per", scale), is_needed=scale > 1)
    return None


def find_unit_faults(
    finding: StatedFinding, units: Sequence[tuple[StatedClaim, ValueUnit | None]]
) -> Iterator[tuple[StatedClaim, UnitFault]]:
    """Return the claims whose number has another unit in the texts, or none, with the place.

    A number without a unit has that of its neighbours: “341.7 per 100,000 and 72.4”. A number of
    two claims, a rate and a ratio, may have the unit of either.
    """
    for claim, unit in units:
        fault = _find_unit_fault(finding, claim, unit, units)
        if fault is not None:
            yield claim, fault


def _find_unit_fault(
    finding: StatedFinding,
    claim: StatedClaim,
    unit: ValueUnit | None,
    units: Sequence[tuple[StatedClaim, ValueUnit | None]],
) -> UnitFault | None:
    places = list(finding.list_numbers_of(claim))
    judged = (_judge_place(finding, claim, unit, *place) for place in places)
    faults = [fault for fault in judged if fault is not None]
    other_units = [pair for pair in units if pair[0] is not claim]
    everywhere = faults if len(faults) == len(places) else []
    contradicting = (fault for fault in faults if _is_plain(finding, fault, other_units))
    return next(itertools.chain(contradicting, everywhere), None)


def _is_plain(
    finding: StatedFinding,
    fault: UnitFault,
    other_units: Sequence[tuple[StatedClaim, ValueUnit | None]],
) -> bool:
    """Return true for another unit than that of the claim, and of every claim with that number."""
    return not fault.is_missing and not _is_of_other_claim(finding, fault, other_units)


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
    if number.unit is None and kind in _SHARE_KINDS:
        return text_unit.kind in _SHARE_KINDS  # of a neighbour: a share and its difference
    if text_unit.kind == "per":
        return _is_same_base(number, text_unit.base, unit.unit, claim)
    return text_unit.kind == kind or kind in _KINDS_SAID_AS.get(text_unit.kind, ())


def _is_same_base(number: TextNumber, base: float, unit: TextUnit, claim: StatedClaim) -> bool:
    """Return true for the base of the values, or for another to which the number is converted."""
    value_base = {"percent": 100.0, "part": 1.0, "per": unit.base}.get(unit.kind)
    if value_base is None or value_base == base:
        return value_base == base
    has_stated = number.unit is None or math.isclose(number.value, abs(claim.stated))
    return not has_stated and allows(number, value_base * number.value / base, claim.stated)
