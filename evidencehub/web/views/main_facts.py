"""Main facts of an indicator, drafted from its values; a template puts them into words.

They are neutral and say how sure they are. Values of a secondary source are never a main fact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidencehub.domain.status import SERIES_BREAK, SUPPRESSED, TOTAL
from evidencehub.inequality.records import GapRecord
from evidencehub.store.observations import Period, TableObservationRow
from evidencehub.web.views import group_comparison
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ratio_decimals
from evidencehub.web.views.table_view import TableView

MainFact = dict[str, Any]
"""A fact by its `kind`, with the rows and numbers that the template puts into words."""
GROUP_FACTS = ("single-group", "range", "gap")
"""The kinds of facts that are about ethnic groups."""


def draft_facts(view: TableView) -> list[MainFact]:
    """Return facts of the period that is shown, else of the newest that allows some.

    A period with two groups to compare comes before a newer one with a single value.
    """
    rows = select_primary_rows(view.all_rows)
    group_counts = Counter(row.period for row in rows if not row.residual)
    periods = list(dict.fromkeys([view.selection.period, *view.selection.periods]))
    for min_groups in (2, 1):
        for period in periods:
            if group_counts[period] >= min_groups:
                return _draft_facts_of_period(view, period)
    return []


def _draft_facts_of_period(view: TableView, period: Period) -> list[MainFact]:
    rows = [row for row in view.all_rows if row.period == period]
    gaps = group_comparison.compute_gaps(
        rows, replace(view.basis, period=period), view.comparator_code
    )
    return draft_main_facts(rows, view.all_rows, gaps, view.comparator_code)


def draft_main_facts(
    rows: Sequence[TableObservationRow],
    all_rows: Sequence[TableObservationRow],
    gaps: Mapping[str, GapRecord],
    comparator: str,
) -> list[MainFact]:
    """Return what stands out in a table, in the order in which a page says it.

    `rows` are those of one period, `all_rows` those of all periods.
    """
    primary_rows = select_primary_rows(rows)
    groups = select_sibling_groups(primary_rows, comparator)
    total = _find_row(primary_rows, TOTAL)
    reference = _find_row(primary_rows, comparator)
    facts: list[MainFact | None] = [
        {"kind": "total", "row": total} if total else None,
        _draft_range_fact(groups),
        {"kind": "single-group", "row": groups[0]} if len(groups) == 1 and not total else None,
        _draft_gap_fact(groups, reference, gaps),
        _draft_change_fact(total or reference, all_rows),
        _draft_suppressed_fact(rows),
    ]
    return [fact for fact in facts if fact is not None]


def select_primary_rows(rows: Iterable[TableObservationRow]) -> list[TableObservationRow]:
    """Return the rows with a value that was read in its original publication."""
    return [row for row in rows if row.value is not None and not row.is_secondary_source]


def select_sibling_groups(
    rows: Sequence[TableObservationRow], comparator: str
) -> list[TableObservationRow]:
    """Return the groups of one level of the classification, so that nobody counts twice.

    Those of the comparator's level, if others are on it; else of the level with most.
    """
    groups = [row for row in rows if not row.is_total and not row.residual]
    levels = group_rows(groups, _has_parent_category)
    reference = _find_row(groups, comparator)
    siblings = levels[_has_parent_category(reference)] if reference else []
    return siblings if len(siblings) > 1 else max(levels.values(), key=len, default=[])


def _find_row(rows: Sequence[TableObservationRow], code: str) -> TableObservationRow | None:
    return next((row for row in rows if row.ethnicity == code), None)


def _has_parent_category(row: TableObservationRow) -> bool:
    """Return whether a group has a parent category other than the total."""
    return (row.parent or TOTAL) != TOTAL


def _get_value(row: TableObservationRow) -> float:
    return row.value or 0.0


def _draft_range_fact(groups: Sequence[TableObservationRow]) -> MainFact | None:
    if len(groups) < 2:
        return None
    highest, lowest = max(groups, key=_get_value), min(groups, key=_get_value)
    if _get_value(highest) <= _get_value(lowest):
        return None
    return {"kind": "range", "highest": highest, "lowest": lowest, "groups": len(groups)}


def _draft_gap_fact(
    groups: Sequence[TableObservationRow],
    reference: TableObservationRow | None,
    gaps: Mapping[str, GapRecord],
) -> MainFact | None:
    """Return the group whose value is furthest from the comparator's, absolute and relative."""
    row_gaps = [
        (row, gap)
        for row in groups
        if (gap := gaps.get(row.ethnicity)) and gap.difference and gap.ratio is not None
    ]
    if not reference or not row_gaps:
        return None
    row, gap = max(row_gaps, key=lambda pair: abs(pair[1].difference or 0.0))
    return {
        "kind": "gap",
        "row": row,
        "reference": reference,
        "gap": gap,
        "difference_decimals": group_comparison.choose_difference_decimals(row, reference),
        "ratio_decimals": choose_ratio_decimals(gap.ratio, gap.ratio_decimals),
        # the same word as in the table
        "is_similar": group_comparison.classify_difference(row, gap, "") == "similar",
    }


def _draft_change_fact(
    row: TableObservationRow | None, all_rows: Sequence[TableObservationRow]
) -> MainFact | None:
    """Return the first and the last value of a group, unless a break of the series is between."""
    if row is None:
        return None
    series = [
        value_row
        for value_row in select_primary_rows(all_rows)
        if value_row.ethnicity == row.ethnicity
    ]
    if len(series) < 2:
        return None
    first, last = series[0], series[-1]
    has_break = any(value_row.obs_status == SERIES_BREAK for value_row in series[1:])
    if has_break or last.period_start <= first.period_end:
        return None
    return {"kind": "change", "first": first, "last": last}


def _draft_suppressed_fact(rows: Sequence[TableObservationRow]) -> MainFact | None:
    count = sum(row.obs_status == SUPPRESSED for row in rows)
    return {"kind": "suppressed", "count": count} if count else None
