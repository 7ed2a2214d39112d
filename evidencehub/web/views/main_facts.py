"""Main facts of an indicator, drafted from its figures; a template puts them into words.

They are neutral and say how sure they are. Second-hand figures are never a main fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.domain.status import SERIES_BREAK, SUPPRESSED, TOTAL, is_secondary_source
from evidencehub.inequality.records import GapRecord
from evidencehub.web.views import group_comparison

Row = dict[str, Any]


def exclude_secondary_sources(rows: Sequence[Row]) -> list[Row]:
    """The rows with a figure that was not read second-hand."""
    return [
        row
        for row in rows
        if row["value"] is not None and not is_secondary_source(row["verification"])
    ]


def count_secondary_sources(rows: Sequence[Row]) -> dict[str, int]:
    """How many figures of a table are second-hand (`secondary_count`), of how many.

    0 where none is.
    """
    rows_with_value = [row for row in rows if row["value"] is not None]
    secondary_count = len(rows_with_value) - len(exclude_secondary_sources(rows_with_value))
    return {"part": secondary_count, "of": len(rows_with_value) if secondary_count else 0}


def select_sibling_groups(rows: Sequence[Row], comparator: str) -> list[Row]:
    """The groups of a table that stand side by side in its scheme, so that nobody counts twice.

    Those of the comparator's level, where others stand on it; else of the level with most.
    """
    groups = [row for row in rows if row["ethnicity"] != TOTAL and not row["residual"]]
    levels: dict[bool, list[Row]] = {}
    for row in groups:
        levels.setdefault(_has_parent_category(row), []).append(row)
    comparator_siblings = next(
        (levels[_has_parent_category(row)] for row in groups if row["ethnicity"] == comparator), []
    )
    return (
        comparator_siblings
        if len(comparator_siblings) > 1
        else max(levels.values(), key=len, default=[])
    )


def _has_parent_category(row: Row) -> bool:
    """Whether a group stands under a heading of its scheme."""
    return (row["parent"] or TOTAL) != TOTAL


def draft_main_facts(
    rows: Sequence[Row], all_rows: Sequence[Row], gaps: Mapping[str, GapRecord], comparator: str
) -> list[dict[str, Any]]:
    """What stands out in a table: each fact a `kind` with the rows and numbers that it is about.

    `rows` are those of the period that is shown, `all_rows` those of all periods.
    """
    primary_rows = exclude_secondary_sources(rows)
    groups = select_sibling_groups(primary_rows, comparator)
    total = next((row for row in primary_rows if row["ethnicity"] == TOTAL), None)
    drafted: list[dict[str, Any]] = []
    if total:
        drafted.append({"kind": "total", "row": total})
    if len(groups) > 1:
        high = max(groups, key=lambda row: row["value"])
        low = min(groups, key=lambda row: row["value"])
        if high["value"] > low["value"]:
            drafted.append({"kind": "range", "high": high, "low": low, "groups": len(groups)})
    elif groups and not total:
        drafted.append({"kind": "only", "row": groups[0]})
    drafted += _draft_gap_fact(groups, primary_rows, gaps, comparator)
    drafted += _draft_change_fact(
        total or next((r for r in primary_rows if r["ethnicity"] == comparator), None), all_rows
    )
    suppressed_rows = [row for row in rows if row["obs_status"] == SUPPRESSED]
    if suppressed_rows:
        drafted.append({"kind": "hidden", "count": len(suppressed_rows)})
    return drafted


def _draft_gap_fact(
    groups: Sequence[Row],
    primary_rows: Sequence[Row],
    gaps: Mapping[str, GapRecord],
    comparator: str,
) -> list[dict[str, Any]]:
    """The group whose figure lies furthest from the comparator's, absolute and relative."""
    reference = next((row for row in primary_rows if row["ethnicity"] == comparator), None)
    row_gaps = [
        (row, gap)
        for row in groups
        if (gap := gaps.get(row["ethnicity"])) and gap.difference and gap.ratio is not None
    ]
    if not reference or not row_gaps:
        return []
    row, gap = max(row_gaps, key=lambda pair: abs(pair[1].difference or 0.0))
    rounded_row = {**row, **group_comparison.choose_gap_decimals(row, gap, reference)}
    similar = (
        group_comparison.classify_difference(row, gap, "") == "similar"
    )  # the same word as in the table
    return [
        {"kind": "gap", "row": rounded_row, "reference": reference, "gap": gap, "similar": similar}
    ]


def _draft_change_fact(row: Row | None, all_rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The first and the last figure of a group, where no break of the series lies between."""
    if row is None:
        return []
    series = [
        value_row
        for value_row in exclude_secondary_sources(all_rows)
        if value_row["ethnicity"] == row["ethnicity"]
    ]
    if len(series) < 2:
        return []
    first, last = series[0], series[-1]
    has_series_break = any(value_row["obs_status"] == SERIES_BREAK for value_row in series[1:])
    periods_disjoint = last["period_start"] > first["period_end"]
    return (
        []
        if has_series_break or not periods_disjoint
        else [{"kind": "change", "first": first, "last": last}]
    )
