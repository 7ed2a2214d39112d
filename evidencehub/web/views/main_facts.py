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
from evidencehub.web.views.rounding import choose_ratio_decimals, has_rounding_range
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
    declared = (indicator.headline_group or "").partition(":")[2]
    facts = draft_main_facts(rows, view.gaps, view.comparator_code, view.basis.categories, declared)
    facts += _draft_tested_fact(view, facts)
    if not indicator.series_breaks:
        code = TOTAL if find_row(select_primary_rows(rows), TOTAL) else view.comparator_code
        facts += draft_change_fact(code, view.selection.period, view.all_rows)
    return [*facts, *_draft_suppressed_fact(rows)]


def _draft_tested_fact(view: TableView, facts: Sequence[MainFact]) -> list[MainFact]:
    """Return how many of several groups differ by more than chance; none of unverified values."""
    reference = view.comparator
    awaits = any(fact["kind"] == "awaiting-verification" for fact in facts)
    if reference is None or awaits or not view.has_several_tests:
        return []
    differing = sum(row.comparison in ("higher", "lower") for row in view.rows)
    return [
        {
            "kind": "tested",
            "reference": reference.observation,
            "count": view.tested_comparisons,
            "differing": differing,
            "similar": view.tested_comparisons - differing,
        }
    ]


def draft_main_facts(
    rows: Sequence[TableObservationRow],
    gaps: Mapping[str, GapRecord],
    comparator: str,
    categories: Iterable[CategoryRow],
    declared: str = "",
) -> list[MainFact]:
    """Return the overall value of one period, the groups' values, and their gaps.

    `declared` is the group that the publisher chose to be told first, if any.
    """
    primary_rows = select_primary_rows(rows)
    total = find_row(primary_rows, TOTAL)
    facts: list[MainFact] = [{"kind": "total", "row": total}] if total else []
    groups = select_partition_rows(rows, comparator, categories)
    if any(row.is_secondary_source for row in groups):
        return [*facts, {"kind": "awaiting-verification", "row": groups[0]}]
    valued = [row for row in groups if _has_value(row)]
    if not facts and not valued:
        return _draft_awaiting_fact(rows)
    facts += _draft_group_fact(valued, has_total=bool(total))
    facts += _draft_gap_fact(valued, find_row(primary_rows, comparator), gaps, declared)
    return facts


def _draft_awaiting_fact(rows: Sequence[TableObservationRow]) -> list[MainFact]:
    """Return that the value of everybody waits, where a table has nothing else to tell."""
    total = find_row(rows, TOTAL)
    if total is None or not _has_value(total) or not total.is_secondary_source:
        return []
    return [{"kind": "awaiting-verification", "row": total}]


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
        return _draft_spread_fact([row for row in groups if row.value is not None])
    if len(groups) > 1 or (groups and not has_total):
        return [{"kind": "groups", "rows": groups}]
    return []


def _draft_spread_fact(rows: Sequence[TableObservationRow]) -> list[MainFact]:
    """Return between which values many groups lie."""
    ends = sorted(rows, key=lambda row: row.value or 0.0)
    if not ends or ends[0].value == ends[-1].value:
        return []
    return [{"kind": "spread", "lowest": ends[0], "highest": ends[-1], "groups": len(ends)}]


def _draft_gap_fact(
    groups: Sequence[TableObservationRow],
    reference: TableObservationRow | None,
    gaps: Mapping[str, GapRecord],
    declared: str,
) -> list[MainFact]:
    """Return the gaps of few groups, or of many that of the one chosen before values were seen."""
    compared = [row for row in groups if row.ethnicity in gaps]
    if reference is None or not compared:
        return []
    tested = group_comparison.count_tested((), gaps, "")
    named = compared
    if len(compared) > MAX_NAMED_GROUPS:
        chosen = find_row(compared, declared)
        named = [chosen] if chosen else _choose_largest(compared)
    return [
        {
            "kind": "gaps",
            "reference": reference,
            "compared": len(compared),
            "is_declared": find_row(named, declared) is not None,
            "has_interval": any(gaps[row.ethnicity].difference_lower is not None for row in named),
            "rows": [_describe_gap(row, reference, gaps[row.ethnicity], tested) for row in named],
        }
    ]


def _choose_largest(rows: Sequence[TableObservationRow]) -> list[TableObservationRow]:
    """Return the group with most people; none if they are not known of every group."""
    people = [row.population or row.denominator for row in rows]
    if not all(people):
        return []
    return [max(zip(people, rows, strict=True), key=lambda pair: pair[0] or 0.0)[1]]


def _describe_gap(
    row: TableObservationRow, reference: TableObservationRow, gap: GapRecord, tested: int
) -> dict[str, Any]:
    ratio_decimals = choose_ratio_decimals(gap.ratio, gap.ratio_decimals)
    return {
        "row": row,
        "gap": gap,
        "difference_decimals": group_comparison.choose_difference_decimals(row, reference),
        "ratio_decimals": ratio_decimals,
        "has_rounding_range": has_rounding_range(gap.ratio_min, gap.ratio_max, ratio_decimals),
        # the same word as in the table
        "is_similar": group_comparison.classify_difference(row, gap, "", tested) == "similar",
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
    """Return a group's value of the period and the one before it.

    There is none if the two share time, or if one was not read in its original: to reach back
    behind a value and leave it out could tell a rise where there was a fall. There is none across
    a break, for what is before it must not be compared with what comes after.
    """
    rows = [row for row in all_rows if row.ethnicity == code and row.period <= period]
    ends = [row for row in rows if _has_value(row)][-2:]
    if len(select_primary_rows(ends)) < 2:
        return []
    first, last = ends
    is_newest_apart = last.period == period and first.period_end < last.period_start
    if not is_newest_apart or _has_break_since(rows, first):
        return []
    return [{"kind": "change", "first": first, "last": last}]


def _has_break_since(rows: Iterable[TableObservationRow], first: TableObservationRow) -> bool:
    return any(row.obs_status == SERIES_BREAK and row.period > first.period for row in rows)


def _draft_suppressed_fact(rows: Sequence[TableObservationRow]) -> list[MainFact]:
    count = sum(row.obs_status == SUPPRESSED for row in rows)
    return [{"kind": "suppressed", "count": count}] if count else []
