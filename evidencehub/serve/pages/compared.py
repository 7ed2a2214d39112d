"""The groups of one table beside a comparator: where each stands, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidencehub.measures.observed import Gap, Group, Indicator, Observation
from evidencehub.serve.pages import chart, latest
from evidencehub.serve.pages.slices import Slice

TOTAL = "_T"
COMPARED = ("rate", "percentage", "proportion", "mean", "median", "index")
RATIOS = ("ratio", "risk-ratio", "rate-ratio", "odds-ratio", "hazard-ratio")
Row = dict[str, Any]


def comparators(rows: Sequence[Row], indicator: Mapping[str, Any]) -> list[str]:
    """The groups that others can be compared with, the one to begin with first.

    That is the reference group which the dataset declares, else all groups together, else none
    (""): the hub picks no group to be the norm. Figures that are comparisons themselves, and
    counts, have no comparators.
    """
    if indicator["value_type"] not in COMPARED:
        return []
    known = [row["ethnicity"] for row in rows if row["value"] is not None]
    if len(known) < 2:
        return []  # nothing stands beside it
    groups = [row["ethnicity"] for row in rows if row["value"] is not None and not row["residual"]]
    declared = (indicator["reference_group"] or "").partition(":")[2]
    first = [one for one in (declared, TOTAL) if one in known]
    if len(groups) < 2 and not first:
        return []
    return list(dict.fromkeys([*(first or [""]), *groups]))


def gaps(
    rows: Sequence[Row], shown: Slice, indicator: Mapping[str, Any], codes: Sequence[Row], to: str
) -> dict[str, Gap]:
    """The difference and the ratio of each group to the comparator, by group."""
    from evidencehub.measures import table  # brings numpy: for pages that compare only

    start, end = shown.period
    place = (shown["area"], start, end, shown["sex"], shown["age"], shown["other"])
    told = [
        Observation(
            indicator["indicator"],
            shown["scheme"],
            *place,
            shown["adjustment"],
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
    kind = indicator["value_type"]
    known = Indicator(
        kind,
        indicator["polarity"],
        indicator["scale"] or (100.0 if kind == "percentage" else 1.0),
        shown["scheme"],
        to,
        (indicator["standardisation"] or "").startswith(("crude", "none")),
    )
    groups = {
        row["code"]: Group(row["parent"] or "", bool(row["residual"]), row["sort_order"] or 0)
        for row in codes
    }
    found = table.gaps(told, known, groups, to, indicator["counting_basis"] or "")
    return {gap.ethnicity: gap for gap in found}


def verdict(row: Row, gap: Gap | None, kind: str) -> str:
    """How a group's figure stands to the comparator: `higher`, `similar` or `lower`.

    It is by the interval of the difference, never by whether two intervals overlap. Without
    an interval it is `above`, `equal` or `below`: that is what the figures are, and whether
    chance made them so is not known. Published ratios and differences are judged by whether
    their own interval holds 1 or 0. Empty where there is nothing to say.
    """
    if kind in RATIOS or kind == "difference":
        value, lower, upper = row["value"], row["ci_lower"], row["ci_upper"]
        middle = 1.0 if kind in RATIOS else 0.0
    elif gap is not None:
        value, lower, upper = gap.difference, gap.difference_lower, gap.difference_upper
        middle = 0.0
    else:
        return ""
    if value is None:
        return ""
    if lower is not None and upper is not None:
        return "higher" if lower > middle else "lower" if upper < middle else "similar"
    return "above" if value > middle else "below" if value < middle else "equal"


MARKS = {"higher": "filled", "lower": "filled", "similar": "hollow"}


def drawn(rows: Sequence[Row], kind: str) -> chart.Scale:
    """The scale on which the table's figures are drawn."""
    numbers = [row[n] for row in rows for n in ("value", "ci_lower", "ci_upper")]
    if kind in RATIOS:
        return chart.logarithmic(numbers)
    return chart.linear(numbers, zero=kind in ("difference", "count"))


def lines(
    rows: Sequence[Row], scale: chart.Scale, found: Mapping[str, Gap], kind: str, to: str
) -> list[Row]:
    """Each row with its places on the scale, its verdict, and the shape of its mark."""
    there = {row["ethnicity"] for row in rows}
    reference = next((row for row in rows if row["ethnicity"] == to), None)
    told = []
    for row in rows:
        own = row["ethnicity"] == to
        word = "" if own else verdict(row, found.get(row["ethnicity"]), kind)
        if to and not own and not word and row["value"] is not None:
            word = "apart"  # it holds the comparator, lies within it, or is no group
        told.append(
            {
                **row,
                "at": scale.at(row["value"]),
                "from": scale.at(row["ci_lower"]),
                "to": scale.at(row["ci_upper"]),
                "gap": found.get(row["ethnicity"]),
                **rounding(row, found.get(row["ethnicity"]), reference),
                "verdict": word,
                "mark": MARKS.get(word, "square") if word else "filled",
                "is_comparator": own,
                "is_total": row["ethnicity"] == TOTAL,
                "beneath": row["parent"] in there and row["parent"] != TOTAL,
            }
        )
    return told


def rounding(row: Row, gap: Gap | None, reference: Row | None) -> Row:
    """With how many decimals the gap of a row is told: never more than both figures have."""
    places = latest.fewest_decimals(row["decimals"], reference["decimals"] if reference else None)
    return {
        "difference_decimals": places,
        "ratio_decimals": latest.ratio_decimals(gap.ratio if gap else None),
    }


def telling(rows: Sequence[Row]) -> list[Row]:
    """The rows that a small picture shows, in their order.

    All when they are few, else the total, the comparator, the highest and the lowest.
    """
    known = [row for row in rows if row["value"] is not None]
    groups = [row for row in known if not row["is_total"] and not row["residual"]]
    if len(known) <= 4 or not groups:
        return known[:4]
    ends = {max(groups, key=_value)["ethnicity"], min(groups, key=_value)["ethnicity"]}
    return [r for r in known if r["is_total"] or r["is_comparator"] or r["ethnicity"] in ends]


def _value(row: Row) -> float:
    return float(row["value"])


def ordered(rows: Sequence[Row], order: str) -> list[Row]:
    """All groups together first; then as the scheme orders them, or by value, highest first."""
    if order != "value":
        return sorted(rows, key=lambda row: not row["is_total"])
    return sorted(
        rows, key=lambda row: (not row["is_total"], row["value"] is None, -(row["value"] or 0.0))
    )
