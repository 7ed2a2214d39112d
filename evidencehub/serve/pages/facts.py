"""Main facts of an indicator, drafted from its figures; a template puts them into words.

They are neutral and say how sure they are. Second-hand figures are never a main fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.measures.observed import Gap

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


def draft(
    rows: Sequence[Row], every: Sequence[Row], gaps: Mapping[str, Gap], to: str
) -> list[dict[str, Any]]:
    """What stands out in a table: each fact a `kind` with the rows and numbers that it is about.

    `rows` are those of the period that is shown, `every` those of all periods.
    """
    known = first_hand(rows)
    groups = [row for row in known if row["ethnicity"] != TOTAL and not row["residual"]]
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
    compared = [
        (row, gap)
        for row in groups
        if (gap := gaps.get(row["ethnicity"])) and gap.difference and gap.ratio is not None
    ]
    if not reference or not compared:
        return []
    row, gap = max(compared, key=lambda pair: abs(pair[1].difference or 0.0))
    return [{"kind": "gap", "row": row, "reference": reference, "gap": gap}]


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
