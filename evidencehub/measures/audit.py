"""The audit of a dataset: its counts, what adds up to what, and what that gives away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evidencehub.measures.families import Count, Tree, links
from evidencehub.measures.recovery import Cells, Sums, leaks, narrow


class Given(NamedTuple):
    """A hidden count that others give away: what is known of it, and which published ones do it."""

    cell: Count
    low: float
    high: float
    by: tuple[Count, ...]

    @property
    def is_exact(self) -> bool:
        """True when the count is known."""
        return self.low == self.high


class Audit(NamedTuple):
    """What was found: counts given away, figures that contradict each other, what is left open."""

    given: list[Given]
    contradictions: list[tuple[Count, ...]]
    partly: int


def audit(
    told: Sequence[Count],
    trees: Mapping[str, Tree],
    least: float,
    most: float,
    levels: Mapping[str, str] | None = None,
) -> Audit:
    """What the counts give away of those among them that are hidden.

    What adds up to what is found by `families.links`, to which `trees` and `levels` are handed.
    A hidden count is given away when it is known, or known better than between `least` and
    `most`.
    """
    if not any(count.hidden for count in told):
        return Audit([], [], 0)
    found = links(told, trees, levels or {})
    counts, sums = found.counts, [*found.all, *found.some]
    at_least = range(len(found.all), len(sums))
    cells = Cells(
        np.array([count.low for count in counts]), np.array([count.high for count in counts])
    )
    hidden = [count.hidden for count in counts]
    known = narrow(cells, Sums.of(sums, at_least=at_least), hidden)
    given = [
        Given(counts[leak.cell], leak.low, leak.high, tuple(counts[c] for c in leak.reason.cells))
        for leak in leaks(known, hidden, least, most)
    ]
    if known.cycle:  # codes that are parts of themselves: nothing could be looked at
        return Audit([], [], sum(hidden))
    against = [tuple(counts[c] for c in reason.cells) for reason in known.contradictions]
    return Audit(given, against, len(set(known.partly) & set(np.flatnonzero(hidden).tolist())))
