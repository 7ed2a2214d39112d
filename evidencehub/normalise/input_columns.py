"""What a table carries that is not kept as it stands: values in thousands, margins of error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log10

from evidencehub.domain.columns import Cell, Column
from evidencehub.domain.written_numbers import tidy_number

_SCALED_CONCEPTS = ("value", "value_min", "value_max", "ci_lower", "ci_upper", "se")


def scale_values(columns: Mapping[str, Column], multiplier: Column) -> dict[str, Column]:
    """The values, bounds, limits and standard errors multiplied by the table's unit multiplier.

    The decimals become fewer by as many as the multiplier has noughts, and never fewer than none:
    12.3 thousand is 12,300, of which the last two digits are not known.
    """
    if multiplier.is_constant and multiplier.values[0] is None:
        return {}
    scaled = {
        name: _combine(columns[name], multiplier, _scale)
        for name in _SCALED_CONCEPTS
        if not (columns[name].is_constant and columns[name].values[0] is None)
    }
    pairs = zip(columns["decimals"], multiplier, strict=True)
    return {**scaled, "decimals": Column([_count_left_decimals(*pair) for pair in pairs])}


def _scale(value: float, factor: float) -> float:
    """The value times the factor; one times is the value itself, digit for digit."""
    return value if factor == 1 else float(tidy_number(value * factor))


def _count_left_decimals(decimals: Cell, multiplier: Cell) -> Cell:
    """How many decimals are left of a number that was multiplied; None where that is not known."""
    if decimals is None or not multiplier:
        return None
    return max(0, decimals - round(log10(multiplier))) if multiplier >= 1 else decimals


def derive_margin_limits(columns: Mapping[str, Column], margin: Column) -> dict[str, Column]:
    """The confidence limits that a margin of error gives: the value less it, and plus it."""
    if margin.is_constant and margin.values[0] is None:
        return {}
    value = columns["value"]
    return {
        "ci_lower": _combine(value, margin, lambda number, half: float(tidy_number(number - half))),
        "ci_upper": _combine(value, margin, lambda number, half: float(tidy_number(number + half))),
    }


def _combine(first: Column, second: Column, compute: Callable[[float, float], float]) -> Column:
    """A column of what two numbers give; where one is missing, of the first or of none."""

    def cell(pair: tuple[Cell, Cell]) -> Cell:
        number, other = pair
        return None if number is None or other is None else compute(number, other)

    return Column([cell(pair) for pair in zip(first, second, strict=True)])
