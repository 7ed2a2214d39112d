"""The answer that stands first on the page of an indicator: one number, and what it means.

No group is picked for its value. The number is the gap of the one group compared, or of the one
that the publisher chose beforehand; of several groups it says how many differ; else it is the value
of all groups together. What waits to be verified has no number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evidencehub.store.observations import Period, TableObservationRow

Fact = Mapping[str, Any]  # one of main_facts.draft_facts
Kind = Literal["ratio", "difference", "tested", "value", "none"]
MAX_PERCENTAGE_OF_RATIO = 50.0  # of shares above it the difference is told, not how many times


@dataclass(frozen=True, slots=True)
class Headline:
    """A number by its kind, and the facts: `lead` in large letters, the others below.

    `item` is the gap of one group, `tested` how many groups were compared with an interval and
    `differing` how many of them differ, `row` the value.
    """

    kind: Kind
    lead: Fact | None
    facts: Sequence[Fact]
    item: dict[str, Any] | None = None
    reference: TableObservationRow | None = None
    row: TableObservationRow | None = None
    tested: int = 0
    differing: int = 0

    @property
    def has_large_share(self) -> bool:
        """Return whether the difference of two large shares is told, not how many times."""
        return self.kind == "difference"

    @property
    def period(self) -> Period:
        """Return the period of the number."""
        row = self.item["row"] if self.item else self.row or self.reference
        return row.period if row else ("", "")


def build_headline(facts: Sequence[Fact], *, is_percentage: bool) -> Headline:
    """Return the headline of some facts: the number of the first that has one."""
    by_kind = {fact["kind"]: fact for fact in facts}
    if (gaps := by_kind.get("gaps")) and _has_chosen_gap(gaps):
        item = gaps["rows"][0]
        kind = _choose_gap_kind(item, gaps["reference"], is_percentage=is_percentage)
        return Headline(kind, gaps, _drop(facts, gaps), item=item, reference=gaps["reference"])
    if tested := by_kind.get("tested"):  # of several groups none was named by the publisher
        return Headline(
            "tested", tested, _drop(facts, tested), reference=tested["reference"],
            tested=tested["count"], differing=tested["differing"],
        )  # fmt: skip
    if (lead := _find_value_fact(by_kind)) is not None:
        row = lead["row"] if "row" in lead else lead["rows"][0]
        return Headline("value", lead, _drop(facts, lead), row=row)
    lead = by_kind.get("awaiting-verification") or next(iter(facts), None)
    return Headline("none", lead, _drop(facts, lead))


def _has_chosen_gap(gaps: Fact) -> bool:
    """Return whether one gap stands for all: there is no other, or the publisher named it."""
    return len(gaps["rows"]) == 1 and (gaps["compared"] == 1 or gaps["is_declared"])


def _find_value_fact(by_kind: Mapping[str, Fact]) -> Fact | None:
    """Return the fact of a single value: the one published comparison, or that of everybody."""
    compared = by_kind.get("comparisons")
    if compared and len(compared["rows"]) == 1 and compared["rows"][0].value is not None:
        return compared
    return None if "awaiting-verification" in by_kind else by_kind.get("total")


def _choose_gap_kind(
    item: dict[str, Any], reference: TableObservationRow, *, is_percentage: bool
) -> Kind:
    """Return whether the ratio or the difference is the number of a gap."""
    is_large_share = is_percentage and max(item["row"].value, reference.value) > (
        MAX_PERCENTAGE_OF_RATIO
    )
    if item["gap"].ratio is None or (is_large_share and item["gap"].difference is not None):
        return "difference"
    return "ratio"


def _drop(facts: Sequence[Fact], lead: Fact | None) -> list[Fact]:
    return [fact for fact in facts if fact is not lead]
