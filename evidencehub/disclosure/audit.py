"""The audit of a dataset: its counts, what adds up to what, and what that gives away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evidencehub.disclosure.additivity import BoundedCount, Hierarchy, find_additive_relations
from evidencehub.disclosure.propagation import (
    CellBounds,
    Derivation,
    SumConstraints,
    find_disclosed_cells,
    narrow_bounds,
)


class DisclosedCount(NamedTuple):
    """A hidden count that others give away: what is known of it, and which published ones do it."""

    cell: BoundedCount
    lower: float
    upper: float
    derived_from: tuple[BoundedCount, ...]

    @property
    def is_exact(self) -> bool:
        """True when the count is known."""
        return self.lower == self.upper


class AuditResult(NamedTuple):
    """What was found: counts given away, figures that contradict each other, what is left open."""

    disclosed: list[DisclosedCount]
    contradictions: list[tuple[BoundedCount, ...]]
    undecided_count: int


def audit_counts(
    counts: Sequence[BoundedCount],
    hierarchies: Mapping[str, Hierarchy],
    protection_lower: float,
    protection_upper: float,
    area_levels: Mapping[str, str] | None = None,
) -> AuditResult:
    """What the counts give away of those among them that are hidden.

    What adds up to what is found by `find_additive_relations`, to which `hierarchies` and
    `area_levels` are handed. A hidden count is given away when it is known, or known better than
    between `protection_lower` and `protection_upper`.
    """
    if not any(count.is_suppressed for count in counts):
        return AuditResult([], [], 0)
    relations = find_additive_relations(counts, hierarchies, area_levels or {})
    all_counts = relations.counts
    is_suppressed = np.array([count.is_suppressed for count in all_counts])
    bounds = np.array([(count.lower, count.upper) for count in all_counts])
    partial = range(len(relations.complete), len(relations.complete) + len(relations.partial))
    intervals = narrow_bounds(
        CellBounds(*bounds.T),
        SumConstraints.from_relations([*relations.complete, *relations.partial], partial=partial),
        is_suppressed,
    )
    if intervals.cycle:  # codes that are parts of themselves: nothing could be looked at
        return AuditResult([], [], int(is_suppressed.sum()))
    disclosed = [
        DisclosedCount(
            all_counts[disclosed_cell.cell],
            disclosed_cell.lower,
            disclosed_cell.upper,
            _select_counts(all_counts, disclosed_cell.derivation),
        )
        for disclosed_cell in find_disclosed_cells(
            intervals, is_suppressed, protection_lower, protection_upper
        )
    ]
    contradictions = [_select_counts(all_counts, reason) for reason in intervals.contradictions]
    undecided = is_suppressed[list(set(intervals.undecided))]
    return AuditResult(disclosed, contradictions, int(undecided.sum()))


def _select_counts(
    counts: Sequence[BoundedCount], derivation: Derivation
) -> tuple[BoundedCount, ...]:
    return tuple(counts[cell] for cell in derivation.cells)
