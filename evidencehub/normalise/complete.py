"""Limits that a package leaves out, worked out from its own counts and marked as the hub's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from evidencehub.model.columns import Cell, Column, HubChunk

USUAL = 95.0  # the level of an interval where neither row nor indicator names one


class Kind(NamedTuple):
    """What an indicator's figures are made of: type of value, scale, level of its intervals."""

    value_type: str
    scale: float
    ci_level: float | None

    @property
    def made_of(self) -> str:
        """The column that says the most, beside the denominator."""
        return "se" if self.value_type == "mean" else "numerator"


def completed(chunk: HubChunk, kinds: Mapping[str, Kind]) -> HubChunk:
    """The observations, with limits where a figure has what they follow from and no limits.

    `kinds` are the indicators whose figures are crude proportions, percentages, rates or means,
    or ratios of observed to expected (indirectly standardised). Two counts are enough, for a
    mean its standard error and number of people. What is filled in is named in the column
    `derived`; what the publisher says is never changed.
    Nothing is filled in where the figure, as it was rounded, lies outside its own limits; they
    are rounded themselves, to six digits.
    """
    columns = chunk.columns
    rows = [
        row
        for row, (lower, value, count, se) in enumerate(
            zip(*(columns[name] for name in ("ci_lower", "value", "numerator", "se")), strict=True)
        )
        if lower is None and value is not None and (count is not None or se is not None)
    ]
    found = _limits(columns, rows, kinds) if rows and kinds else {}
    if not found:
        return chunk
    filled: dict[str, list[Cell]] = {name: list(columns[name]) for name in _FILLED}
    derived: list[Cell] = [""] * len(chunk)
    for row, (lower, upper, level) in found.items():
        told = {"ci_lower": lower, "ci_upper": upper, "ci_level": level}
        ours = {name: cell for name, cell in told.items() if filled[name][row] is None}
        for name, cell in ours.items():
            filled[name][row] = cell
        derived[row] = ";".join(ours)
    made = {name: Column(cells) for name, cells in {**filled, "derived": derived}.items()}
    return HubChunk(chunk.role, chunk.file, chunk.rows, {**columns, **made}, chunk.extra)


_FILLED = ("ci_lower", "ci_upper", "ci_level")
_ASKED = (
    "indicator", "adjustment", "comparator", "value", "ci_upper", "ci_level", "se", "numerator",
    "denominator",
)  # fmt: skip


def _limits(
    columns: Mapping[str, Column], rows: list[int], kinds: Mapping[str, Kind]
) -> dict[int, tuple[float, float, float]]:
    """Lower limit, upper limit and level of the rows that can be given any."""
    # imported here: most packages leave nothing out that could be worked out
    from evidencehub.measures import intervals

    told = {name: list(columns[name]) for name in _ASKED}
    alike: dict[tuple[Kind, float], list[int]] = defaultdict(list)
    for row in rows:
        kind = kinds.get(told["indicator"][row])
        related = told["adjustment"][row] or told["comparator"][row]
        if kind is None or related or told["ci_upper"][row] is not None:
            continue
        stated = (told["ci_level"][row], kind.ci_level, USUAL)
        level = next(one for one in stated if one is not None)
        if None not in (told[kind.made_of][row], told["denominator"][row]) and 50 <= level < 100:
            alike[kind, level].append(row)
    found: dict[int, tuple[float, float, float]] = {}
    for (kind, level), places in alike.items():
        value, first, total = (
            [told[name][row] for row in places] for name in ("value", kind.made_of, "denominator")
        )
        if kind.value_type == "mean":
            limits = intervals.of_mean(value, first, total, level / 100)
        else:
            limits = intervals.of_figure(kind.value_type, first, total, kind.scale, level / 100)
        for row, low, figure, high in zip(places, limits.lower, value, limits.upper, strict=True):
            lower, upper = _rounded(low), _rounded(high)
            if lower <= figure <= upper:  # never so where they are NaN
                found[row] = (lower, upper, level)
    return found


def _rounded(limit: float) -> float:
    """Six digits: more than any figure can bear out, and few enough to read."""
    return float(f"{limit:.6g}")
