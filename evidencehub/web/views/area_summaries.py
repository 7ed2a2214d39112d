"""What an area's values of one indicator come down to: the total, and the groups.

No group is picked for its value: few groups are all named, in the order of their classification,
and of many only the range is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from evidencehub.store.latest_values import LatestValueRow
from evidencehub.web.views.evidence_lines import EvidenceLine, build_evidence_line

MAX_NAMED_GROUPS = 6  # groups of an indicator whose values are listed


@dataclass(frozen=True, slots=True)
class AreaSummary:
    """The latest values of one indicator and classification in an area.

    `line` stands for the indicator, its period and its part of the population. `groups` are few
    groups with a value; of more there are only `lowest` and `highest`, the ends of the range.
    """

    line: EvidenceLine
    total: EvidenceLine | None
    groups: Sequence[EvidenceLine]
    lowest: EvidenceLine | None
    highest: EvidenceLine | None
    groups_with_value: int
    groups_without_value: Sequence[LatestValueRow]

    @property
    def has_group_value(self) -> bool:
        """Return whether a group has a value."""
        return bool(self.groups_with_value)


def summarise_indicators(rows: Iterable[LatestValueRow]) -> list[AreaSummary]:
    """Return a summary for each indicator and classification, in the order of the rows."""
    tables = groupby(rows, key=lambda row: (row.indicator, row.scheme))
    return [_summarise_table(list(table_rows)) for _, table_rows in tables]


def _summarise_table(rows: Sequence[LatestValueRow]) -> AreaSummary:
    groups = [row for row in rows if row.is_group]
    valued = [row for row in groups if row.has_value]
    are_few = len(valued) <= MAX_NAMED_GROUPS
    points = [] if are_few else [row for row in valued if row.value is not None]
    return AreaSummary(
        line=build_evidence_line(_prefer_value(rows) or rows[0]),
        total=_build_line(_prefer_value([row for row in rows if row.is_total])),
        groups=[build_evidence_line(row) for row in valued] if are_few else (),
        lowest=_build_line(min(points, key=_get_value, default=None)),
        highest=_build_line(max(points, key=_get_value, default=None)),
        groups_with_value=len(valued),
        groups_without_value=[row for row in groups if not row.has_value],
    )


def _get_value(row: LatestValueRow) -> float:
    return row.value or 0.0


def _prefer_value(rows: Sequence[LatestValueRow]) -> LatestValueRow | None:
    """Return the first row with a value, or else the first row."""
    return next((row for row in rows if row.has_value), next(iter(rows), None))


def _build_line(row: LatestValueRow | None) -> EvidenceLine | None:
    return build_evidence_line(row) if row else None
