"""Main facts of an indicator, drafted from its figures; a template puts them into words.

They are neutral and say how sure they are. Second-hand figures are never a main fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.measures.observed import Gap
from evidencehub.serve.pages import compared

TOTAL = "_T"
SECOND_HAND = "C3"
Row = dict[str, Any]


def first_hand(rows: Sequence[Row]) -> list[Row]:
    """The rows with a figure that was not read second-hand."""
    return [
        row
        for row in rows
        if row["value"] is not None and not (row["verification"] or "").startswith(SECOND_HAND)
    ]


def quoted(rows: Sequence[Row]) -> dict[str, int]:
    """How many figures of a table are second-hand (`part`), of how many; 0 where none is."""
    known = [row for row in rows if row["value"] is not None]
    part = len(known) - len(first_hand(known))
    return {"part": part, "of": len(known) if part else 0}


def one_level(rows: Sequence[Row], to: str) -> list[Row]:
    """The groups of a table that stand side by side in its scheme, so that nobody counts twice.

    Those of the comparator's level, where others stand on it; else of the level with most.
    """
    groups = [row for row in rows if row["ethnicity"] != TOTAL and not row["residual"]]
    levels: dict[bool, list[Row]] = {}
    for row in groups:
        levels.setdefault(_is_beneath(row), []).append(row)
    own = next((levels[_is_beneath(row)] for row in groups if row["ethnicity"] == to), [])
    return own if len(own) > 1 else max(levels.values(), key=len, default=[])


def _is_beneath(row: Row) -> bool:
    """Whether a group stands under a heading of its scheme."""
    return (row["parent"] or TOTAL) != TOTAL


def draft(
    rows: Sequence[Row], every: Sequence[Row], gaps: Mapping[str, Gap], to: str
) -> list[dict[str, Any]]:
    """What stands out in a table: each fact a `kind` with the rows and numbers that it is about.

    `rows` are those of the period that is shown, `every` those of all periods.
    """
    known = first_hand(rows)
    groups = one_level(known, to)
    total = next((row for row in known if row["ethnicity"] == TOTAL), None)
    found: list[dict[str, Any]] = []
    if total:
        found.append({"kind": "total", "row": total})
    if len(groups) > 1:
        high = max(groups, key=lambda row: row["value"])
        low = min(groups, key=lambda row: row["value"])
        if high["value"] > low["value"]:
            found.append({"kind": "range", "high": high, "low": low, "groups": len(groups)})
    elif groups and not total:
        found.append({"kind": "only", "row": groups[0]})
    found += _gap(groups, known, gaps, to)
    found += _change(total or next((r for r in known if r["ethnicity"] == to), None), every)
    hidden = [row for row in rows if row["obs_status"] == "Q"]
    if hidden:
        found.append({"kind": "hidden", "count": len(hidden)})
    return found


def _gap(
    groups: Sequence[Row], known: Sequence[Row], gaps: Mapping[str, Gap], to: str
) -> list[dict[str, Any]]:
    """The group whose figure lies furthest from the comparator's, absolute and relative."""
    reference = next((row for row in known if row["ethnicity"] == to), None)
    found = [
        (row, gap)
        for row in groups
        if (gap := gaps.get(row["ethnicity"])) and gap.difference and gap.ratio is not None
    ]
    if not reference or not found:
        return []
    row, gap = max(found, key=lambda pair: abs(pair[1].difference or 0.0))
    told = {**row, **compared.rounding(row, gap, reference)}
    similar = compared.verdict(row, gap, "") == "similar"  # the same word as in the table
    return [{"kind": "gap", "row": told, "reference": reference, "gap": gap, "similar": similar}]


def _change(row: Row | None, every: Sequence[Row]) -> list[dict[str, Any]]:
    """The first and the last figure of a group, where no break of the series lies between."""
    if row is None:
        return []
    course = [one for one in first_hand(every) if one["ethnicity"] == row["ethnicity"]]
    if len(course) < 2:
        return []
    first, last = course[0], course[-1]
    broken = any(one["obs_status"] == "B" for one in course[1:])
    apart = last["period_start"] > first["period_end"]
    return [] if broken or not apart else [{"kind": "change", "first": first, "last": last}]
