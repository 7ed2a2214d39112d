"""What an area's values of one indicator come down to: the total, and the groups.

No group is picked for its value: few groups are all named, in the order of their classification,
and of many only the range is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import filterfalse, groupby
from operator import attrgetter

from evidencehub.store.latest_values import LatestValueRow
from evidencehub.web.charts.dot_plot import PlotRow
from evidencehub.web.views.evidence_lines import EvidenceLine, build_evidence_line

MAX_NAMED_GROUPS = 6  # groups of an indicator whose values are listed


@dataclass(frozen=True, slots=True)
class AreaSummary:
    """The latest values of one indicator and classification in an area.

    `line` stands for the indicator, its period and its part of the population. `groups` are few
    groups with a value; of more there are only `lowest` and `highest`, the ends of the range.
    `plots` are the ratios of all groups on the scale of lists; `has_rounding_range` says whether
    rounding of the values leaves one of them open.
    """

    line: EvidenceLine
    total: EvidenceLine | None
    groups: Sequence[EvidenceLine]
    lowest: EvidenceLine | None
    highest: EvidenceLine | None
    groups_with_value: int
    groups_without_value: Sequence[LatestValueRow]
    plots: Sequence[PlotRow] = ()
    has_rounding_range: bool = False

    @property
    def ratio_range(self) -> tuple[float, float]:
        """Return the lowest and the highest ratio of the groups."""
        ratios = [plot.value or 0.0 for plot in self.plots]
        return min(ratios), max(ratios)

    @property
    def has_group_value(self) -> bool:
        """Return whether a group has a value."""
        return bool(self.groups_with_value)

    @property
    def is_single(self) -> bool:
        """Return whether only one group has a value."""
        return self.groups_with_value == 1


def summarise_indicators(rows: Iterable[LatestValueRow]) -> list[AreaSummary]:
    """Return a summary for each indicator and classification, in the order of the rows."""
    tables = groupby(rows, key=lambda row: (row.indicator, row.scheme))
    return [_summarise_table(list(table_rows)) for _, table_rows in tables]


def _summarise_table(rows: Sequence[LatestValueRow]) -> AreaSummary:
    groups = list(filter(_is_group, rows))
    valued = list(filter(_has_value, groups))
    named, lowest, highest = _select_shown(valued)
    plotted = [line for line in map(build_evidence_line, valued) if line.plot]
    return AreaSummary(
        line=build_evidence_line(_prefer_value(rows) or rows[0]),
        total=_build_line(_prefer_value(list(filter(_is_total, rows)))),
        groups=list(map(build_evidence_line, named)),
        lowest=_build_line(lowest),
        highest=_build_line(highest),
        groups_with_value=len(valued),
        groups_without_value=list(filterfalse(_has_value, groups)),
        plots=[line.plot for line in plotted if line.plot],
        has_rounding_range=any(line.gap.has_rounding_range for line in plotted),
    )


def _select_shown(
    valued: Sequence[LatestValueRow],
) -> tuple[Sequence[LatestValueRow], LatestValueRow | None, LatestValueRow | None]:
    """Return few groups as they are; of many none, but the lowest and the highest."""
    if len(valued) <= MAX_NAMED_GROUPS:
        return valued, None, None
    points = [row for row in valued if row.value is not None]
    lowest = min(points, key=_get_value, default=None)
    return (), lowest, max(points, key=_get_value, default=None)


_is_group, _is_total, _has_value = map(attrgetter, ("is_group", "is_total", "has_value"))


def _get_value(row: LatestValueRow) -> float:
    return row.value or 0.0


def _prefer_value(rows: Sequence[LatestValueRow]) -> LatestValueRow | None:
    """Return the first row with a value, or else the first row."""
    return next((row for row in rows if row.has_value), next(iter(rows), None))


def _build_line(row: LatestValueRow | None) -> EvidenceLine | None:
    return build_evidence_line(row) if row else None
