"""What an area's values of one indicator come down to: the total, the ends, the widest gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from evidencehub.store.latest_values import LatestValueRow
from evidencehub.web.views.evidence_lines import EvidenceLine, build_evidence_line


@dataclass(frozen=True, slots=True)
class AreaSummary:
    """The latest values of one indicator and classification in an area.

    `line` stands for the indicator, its period and its part of the population. `highest` and
    `lowest` are None with fewer than two groups; then `single` is the only group with a value.
    `widest_gap` is the gap of the highest to the reference, or else of the lowest.
    """

    line: EvidenceLine
    total: EvidenceLine | None
    highest: EvidenceLine | None
    lowest: EvidenceLine | None
    single: EvidenceLine | None
    widest_gap: EvidenceLine | None
    groups_with_value: int
    groups_without_value: Sequence[LatestValueRow]
    has_group_value: bool


def summarise_indicators(rows: Iterable[LatestValueRow]) -> list[AreaSummary]:
    """Return a summary for each indicator and classification, in the order of the rows."""
    tables = groupby(rows, key=lambda row: (row.indicator, row.scheme))
    return [_summarise_table(list(table_rows)) for _, table_rows in tables]


def _summarise_table(rows: Sequence[LatestValueRow]) -> AreaSummary:
    groups = [row for row in rows if row.is_group]
    valued = [row for row in groups if row.has_value]
    ranked = _rank_by_value(groups)
    highest, lowest, single = _find_ends(ranked, valued)
    return AreaSummary(
        line=build_evidence_line(_prefer_value(rows) or rows[0]),
        total=_build_line(_prefer_value([row for row in rows if row.is_total])),
        highest=_build_line(highest),
        lowest=_build_line(lowest),
        single=_build_line(single),
        widest_gap=_build_line(next(filter(_has_gap, [*ranked[:1], *ranked[-1:]]), None)),
        groups_with_value=len(ranked),
        groups_without_value=[row for row in groups if not row.has_value],
        has_group_value=bool(valued),
    )


def _find_ends(
    ranked: Sequence[LatestValueRow], valued: Sequence[LatestValueRow]
) -> tuple[LatestValueRow | None, LatestValueRow | None, LatestValueRow | None]:
    """Return the highest and the lowest row, or else the only one that has a value."""
    if len(ranked) > 1:
        return ranked[0], ranked[-1], None
    return None, None, next(iter(valued), None)


def _rank_by_value(rows: Iterable[LatestValueRow]) -> list[LatestValueRow]:
    """Return the rows with a value, the highest first."""
    return sorted((row for row in rows if row.value is not None), key=lambda row: -(row.value or 0))


def _prefer_value(rows: Sequence[LatestValueRow]) -> LatestValueRow | None:
    """Return the first row with a value, or else the first row."""
    return next((row for row in rows if row.has_value), next(iter(rows), None))


def _has_gap(row: LatestValueRow) -> bool:
    return bool(row.gap.ratio or row.gap.difference)


def _build_line(row: LatestValueRow | None) -> EvidenceLine | None:
    return build_evidence_line(row) if row else None
