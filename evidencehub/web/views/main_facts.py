"""Main facts of an indicator, drafted from the table that its page shows.

They are neutral and say how sure they are. No group is picked for its value: few groups are all
named, in the order of their classification; of many, the one that was chosen beforehand. What is of
a secondary source waits to be verified, and nothing older takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.domain.status import RATIO_VALUE_TYPES, SERIES_BREAK, SUPPRESSED, TOTAL
from evidencehub.inequality.partition import ClassificationTree
from evidencehub.inequality.records import Category, GapRecord
from evidencehub.store.observations import CategoryRow, TableObservationRow
from evidencehub.web.views import group_comparison
from evidencehub.web.views.rounding import choose_ratio_decimals
from evidencehub.web.views.table_view import TableView

MainFact = dict[str, Any]
"""A fact by its `kind`, with the rows and numbers that the template puts into words."""
MAX_NAMED_GROUPS = 6  # groups whose values a sentence lists


def draft_facts(view: TableView) -> list[MainFact]:
    """Return what the table says, in the order in which a page says it."""
    rows = [row for row in view.all_rows if row.period == view.selection.period]
    indicator = view.basis.indicator
    if indicator.value_type in (*RATIO_VALUE_TYPES, group_comparison.DIFFERENCE_VALUE_TYPE):
        return [*_draft_comparison_facts(rows), *_draft_suppressed_fact(rows)]
    facts = draft_main_facts(rows, view.gaps, view.comparator_code, view.basis.categories)
    if not indicator.series_breaks:
        code = TOTAL if find_row(select_primary_rows(rows), TOTAL) else view.comparator_code
        facts += draft_change_fact(code, view.selection.period, view.all_rows)
    return [*facts, *_draft_suppressed_fact(rows)]


def draft_main_facts(
    rows: Sequence[TableObservationRow],
    gaps: Mapping[str, GapRecord],
    comparator: str,
    categories: Iterable[CategoryRow],
) -> list[MainFact]:
    """Return the overall value of one period, the groups' values, and their gaps."""
    primary_rows = select_primary_rows(rows)
    total = find_row(primary_rows, TOTAL)
    facts: list[MainFact] = [{"kind": "total", "row": total}] if total else []
    groups = select_partition_rows(rows, comparator, categories)
    if any(row.is_secondary_source for row in groups):
        return [*facts, {"kind": "awaiting-verification", "row": groups[0]}]
    valued = [row for row in groups if _has_value(row)]
    facts += _draft_group_fact(valued, has_total=bool(total))
    facts += _draft_gap_fact(valued, find_row(primary_rows, comparator), gaps)
    return facts


def select_primary_rows(rows: Iterable[TableObservationRow]) -> list[TableObservationRow]:
    """Return the rows with a value that was read in its original publication."""
    return [row for row in rows if row.value is not None and not row.is_secondary_source]


def select_partition_rows(
    rows: Sequence[TableObservationRow], comparator: str, categories: Iterable[CategoryRow]
) -> list[TableObservationRow]:
    """Return the rows of the categories that cover everybody once, as measures compare them."""
    tree = ClassificationTree(
        {row.code: Category(row.parent or "", bool(row.residual)) for row in categories}
    )
    valued = [row.ethnicity for row in rows if _has_value(row)]
    partition = tree.select_partition([row.ethnicity for row in rows], valued, comparator)
    return [row for row in rows if row.ethnicity in partition.valued]


def find_row(rows: Iterable[TableObservationRow], code: str) -> TableObservationRow | None:
    """Return the row of a category, if there is one."""
    return next((row for row in rows if row.ethnicity == code), None)


def _has_value(row: TableObservationRow) -> bool:
    """Return whether there is a value, or a bound of a censored one."""
    return any(bound is not None for bound in (row.value, row.value_min, row.value_max))


def _draft_group_fact(groups: Sequence[TableObservationRow], *, has_total: bool) -> list[MainFact]:
    if len(groups) > MAX_NAMED_GROUPS:
        values = [row for row in groups if row.value is not None]
        lowest = min(values, key=lambda row: row.value or 0.0, default=None)
        highest = max(values, key=lambda row: row.value or 0.0, default=None)
        if lowest is None or highest is None or lowest.value == highest.value:
            return []
        return [{"kind": "spread", "lowest": lowest, "highest": highest, "groups": len(values)}]
    if len(groups) > 1 or (groups and not has_total):
        return [{"kind": "groups", "rows": groups}]
    return []


def _draft_gap_fact(
    groups: Sequence[TableObservationRow],
    reference: TableObservationRow | None,
    gaps: Mapping[str, GapRecord],
) -> list[MainFact]:
    """Return the gaps of few groups, or of many that of the one chosen before values were seen."""
    compared = [row for row in groups if row.ethnicity in gaps]
    if reference is None or not compared:
        return []
    named = compared if len(compared) <= MAX_NAMED_GROUPS else _choose_largest(compared)
    return [
        {
            "kind": "gaps",
            "reference": reference,
            "compared": len(compared),
            "has_interval": any(gaps[row.ethnicity].difference_lower is not None for row in named),
            "rows": [_describe_gap(row, reference, gaps[row.ethnicity]) for row in named],
        }
    ]


def _choose_largest(rows: Sequence[TableObservationRow]) -> list[TableObservationRow]:
    """Return the group with most people; none if they are not known of every group."""
    people = [row.population or row.denominator for row in rows]
    if not all(people):
        return []
    return [max(zip(people, rows, strict=True), key=lambda pair: pair[0] or 0.0)[1]]


def _describe_gap(
    row: TableObservationRow, reference: TableObservationRow, gap: GapRecord
) -> dict[str, Any]:
    return {
        "row": row,
        "gap": gap,
        "difference_decimals": group_comparison.choose_difference_decimals(row, reference),
        "ratio_decimals": choose_ratio_decimals(gap.ratio),
        # the same word as in the table
        "comparison": group_comparison.classify_difference(row, gap, ""),
    }


def _draft_comparison_facts(rows: Sequence[TableObservationRow]) -> list[MainFact]:
    """Return values that are comparisons themselves, if they are of few groups."""
    groups = [row for row in rows if _has_value(row) and not row.residual]
    if any(row.is_secondary_source for row in groups):
        return [{"kind": "awaiting-verification", "row": groups[0]}]
    if not groups or len(groups) > MAX_NAMED_GROUPS:
        return []
    return [{"kind": "comparisons", "rows": groups}]


def draft_change_fact(
    code: str, period: tuple[str, str], all_rows: Sequence[TableObservationRow]
) -> list[MainFact]:
    """Return a group's value of the period and of the newest one before that shares no time.

    There is none across a break, for what is before it must not be compared with what comes after.
    """
    series = [row for row in select_primary_rows(all_rows) if row.ethnicity == code]
    last = next((row for row in series if row.period == period), None)
    earlier = [row for row in series if last and row.period_end < last.period_start]
    if last is None or not earlier:
        return []
    first = earlier[-1]
    since_then = [row for row in all_rows if first.period < row.period <= last.period]
    if any(row.obs_status == SERIES_BREAK and row.ethnicity == code for row in since_then):
        return []
    return [{"kind": "change", "first": first, "last": last}]


def _draft_suppressed_fact(rows: Sequence[TableObservationRow]) -> list[MainFact]:
    count = sum(row.obs_status == SUPPRESSED for row in rows)
    return [{"kind": "suppressed", "count": count}] if count else []
