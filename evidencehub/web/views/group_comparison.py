"""The groups of one table beside a comparator: where each stands, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.domain.status import COMPARABLE_VALUE_TYPES, PERCENTAGE, RATIO_VALUE_TYPES, TOTAL
from evidencehub.inequality.records import (
    Category,
    GapRecord,
    IndicatorProperties,
    ObservationRecord,
)
from evidencehub.store import latest_values
from evidencehub.web.charts import scales
from evidencehub.web.views.table_selection import TableSelection

Row = dict[str, Any]


def list_comparators(rows: Sequence[Row], indicator: Mapping[str, Any]) -> list[str]:
    """The groups that others can be compared with, the one to begin with first.

    That is the reference group which the dataset declares, else all groups together, else none
    (""): the hub picks no group to be the norm. Figures that are comparisons themselves, and
    counts, have no comparators.
    """
    if indicator["value_type"] not in COMPARABLE_VALUE_TYPES:
        return []
    codes_with_value = [row["ethnicity"] for row in rows if row["value"] is not None]
    if len(codes_with_value) < 2:
        return []  # nothing stands beside it
    groups = [row["ethnicity"] for row in rows if row["value"] is not None and not row["residual"]]
    declared = (indicator["reference_group"] or "").partition(":")[2]
    preferred_codes = [code for code in (declared, TOTAL) if code in codes_with_value]
    if len(groups) < 2 and not preferred_codes:
        return []
    return list(dict.fromkeys([*(preferred_codes or [""]), *groups]))


def compute_gaps(
    rows: Sequence[Row],
    selection: TableSelection,
    indicator: Mapping[str, Any],
    codes: Sequence[Row],
    comparator: str,
) -> dict[str, GapRecord]:
    """The difference and the ratio of each group to the comparator, by group."""
    from evidencehub.inequality import table  # brings numpy: for pages that compare only

    start, end = selection.period
    dimensions = (
        selection["area"],
        start,
        end,
        selection["sex"],
        selection["age"],
        selection["other"],
    )
    observations = [
        ObservationRecord(
            indicator["indicator"],
            selection["scheme"],
            *dimensions,
            selection["adjustment"],
            row["ethnicity"],
            row["counting_basis"] or "",
            row["value"],
            row["se"],
            row["ci_lower"],
            row["ci_upper"],
            row["ci_level"] or 95.0,
            row["numerator"],
            row["denominator"],
            row["population"],
        )
        for row in rows
    ]
    value_type = indicator["value_type"]
    indicator_definition = IndicatorProperties(
        value_type,
        indicator["polarity"],
        indicator["scale"] or (100.0 if value_type == PERCENTAGE else 1.0),
        selection["scheme"],
        comparator,
        (indicator["standardisation"] or "").startswith(("crude", "none")),
    )
    groups = {
        row["code"]: Category(row["parent"] or "", bool(row["residual"]), row["sort_order"] or 0)
        for row in codes
    }
    computed_gaps = table.compute_gaps(
        observations, indicator_definition, groups, comparator, indicator["counting_basis"] or ""
    )
    return {gap.ethnicity: gap for gap in computed_gaps}


def classify_difference(row: Row, gap: GapRecord | None, value_type: str) -> str:
    """How a group's figure stands to the comparator: `higher`, `similar` or `lower`.

    It is by the interval of the difference, never by whether two intervals overlap. Without
    an interval it is `above`, `equal` or `below`: that is what the figures are, and whether
    chance made them so is not known. Published ratios and differences are judged by whether
    their own interval holds 1 or 0. Empty where there is nothing to say.
    """
    if value_type in RATIO_VALUE_TYPES or value_type == "difference":
        value, lower, upper = row["value"], row["ci_lower"], row["ci_upper"]
        null_value = 1.0 if value_type in RATIO_VALUE_TYPES else 0.0
    elif gap is not None:
        value, lower, upper = gap.difference, gap.difference_lower, gap.difference_upper
        null_value = 0.0
    else:
        return ""
    if value is None:
        return ""
    if lower is not None and upper is not None:
        return "higher" if lower > null_value else "lower" if upper < null_value else "similar"
    return "above" if value > null_value else "below" if value < null_value else "equal"


MARKER_SHAPES = {"higher": "filled", "lower": "filled", "similar": "hollow"}


def choose_scale(rows: Sequence[Row], value_type: str) -> scales.Scale:
    """The scale on which the table's figures are drawn."""
    plotted_values = [row[n] for row in rows for n in ("value", "ci_lower", "ci_upper")]
    if value_type in RATIO_VALUE_TYPES:
        return scales.build_log_scale(plotted_values)
    return scales.build_linear_scale(
        plotted_values, include_zero=value_type in ("difference", "count")
    )


def build_chart_rows(
    rows: Sequence[Row],
    scale: scales.Scale,
    gaps_by_group: Mapping[str, GapRecord],
    value_type: str,
    comparator: str,
) -> list[Row]:
    """Each row with its places on the scale, its verdict, and the shape of its mark."""
    codes_in_table = {row["ethnicity"] for row in rows}
    reference = next((row for row in rows if row["ethnicity"] == comparator), None)
    chart_rows = []
    for row in rows:
        is_comparator = row["ethnicity"] == comparator
        comparison = (
            ""
            if is_comparator
            else classify_difference(row, gaps_by_group.get(row["ethnicity"]), value_type)
        )
        if comparator and not is_comparator and not comparison and row["value"] is not None:
            comparison = "apart"  # it holds the comparator, lies within it, or is no group
        chart_rows.append(
            {
                **row,
                "at": scale.locate(row["value"]),
                "from": scale.locate(row["ci_lower"]),
                "to": scale.locate(row["ci_upper"]),
                "gap": gaps_by_group.get(row["ethnicity"]),
                **choose_gap_decimals(row, gaps_by_group.get(row["ethnicity"]), reference),
                "verdict": comparison,
                "mark": MARKER_SHAPES.get(comparison, "square") if comparison else "filled",
                "is_comparator": is_comparator,
                "is_total": row["ethnicity"] == TOTAL,
                "beneath": row["parent"] in codes_in_table and row["parent"] != TOTAL,
            }
        )
    return chart_rows


def choose_gap_decimals(row: Row, gap: GapRecord | None, reference: Row | None) -> Row:
    """With how many decimals the gap of a row is told: never more than both figures have."""
    difference_decimals = latest_values.find_min_decimals(
        row["decimals"], reference["decimals"] if reference else None
    )
    return {
        "difference_decimals": difference_decimals,
        "ratio_decimals": latest_values.choose_ratio_decimals(gap.ratio if gap else None),
    }


def select_summary_rows(rows: Sequence[Row]) -> list[Row]:
    """The rows that a small picture shows, in their order.

    All when they are few, else the total, the comparator, the highest and the lowest.
    """
    rows_with_value = [row for row in rows if row["value"] is not None]
    groups = [row for row in rows_with_value if not row["is_total"] and not row["residual"]]
    if len(rows_with_value) <= 4 or not groups:
        return rows_with_value[:4]
    extreme_codes = {
        max(groups, key=_get_row_value)["ethnicity"],
        min(groups, key=_get_row_value)["ethnicity"],
    }
    return [
        r
        for r in rows_with_value
        if r["is_total"] or r["is_comparator"] or r["ethnicity"] in extreme_codes
    ]


def _get_row_value(row: Row) -> float:
    return float(row["value"])


def sort_rows(rows: Sequence[Row], order: str) -> list[Row]:
    """All groups together first; then as the scheme orders them, or by value, highest first."""
    if order != "value":
        return sorted(rows, key=lambda row: not row["is_total"])
    return sorted(
        rows, key=lambda row: (not row["is_total"], row["value"] is None, -(row["value"] or 0.0))
    )
