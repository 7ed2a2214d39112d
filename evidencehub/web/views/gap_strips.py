"""The gaps of an indicator in one line of a list: each group a mark on the one scale of all lists.

No group is picked for its gap: all groups of the current comparison are in the line, in the first
of its areas, and the words say from where to where they reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.domain.status import RATIO_VALUE_TYPES
from evidencehub.messages.language import Language
from evidencehub.store.current_gaps import CurrentGapRow, select_current_gaps
from evidencehub.store.database import RowReader
from evidencehub.web.charts.dot_plot import DotPlot, PlotRow
from evidencehub.web.charts.scales import LIST_SCALE
from evidencehub.web.views import group_comparison
from evidencehub.web.views.gap_view import GapView, build_gap_view, build_unit_text
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ci_decimals
from evidencehub.web.views.scale_labels import format_ticks

NEUTRAL_POLARITY = "neutral"


@dataclass(frozen=True, slots=True)
class StripGroup:
    """A group of a line: its gap in words and numbers, and its mark."""

    row: CurrentGapRow
    gap: GapView
    plot: PlotRow
    comparison: str


@dataclass(frozen=True, slots=True)
class GapStrip:
    """The groups of an indicator beside one reference, in one area and period."""

    groups: Sequence[StripGroup]

    @property
    def first(self) -> StripGroup:
        """Return the first group, whose area, period and reference are those of all."""
        return self.groups[0]

    @property
    def plots(self) -> list[PlotRow]:
        """Return what is drawn: the groups whose ratio is known."""
        return [group.plot for group in self.groups if group.plot.value is not None]

    @property
    def is_single(self) -> bool:
        """Return whether one group is compared, so that its gap is the number of the line."""
        return len(self.groups) == 1

    @property
    def lowest(self) -> StripGroup:
        """Return the group with the lowest ratio, or difference where no ratio is known."""
        return min(self._with_number(), key=_get_number)

    @property
    def highest(self) -> StripGroup:
        """Return the group with the highest ratio, or difference where no ratio is known."""
        return max(self._with_number(), key=_get_number)

    @property
    def awaits_verification(self) -> bool:
        """Return whether a value was read where another text quotes it."""
        return any(group.row.awaits_verification for group in self.groups)

    def _with_number(self) -> list[StripGroup]:
        """Return the groups whose ratio is known; else all, which have a difference."""
        return [group for group in self.groups if group.plot.value is not None] or [*self.groups]


def _get_number(group: StripGroup) -> float:
    values = group.row.gap
    number = values.ratio if values.ratio is not None else values.difference
    return number if number is not None else 0.0


def load_gap_strips(db: RowReader, indicators: Iterable[str]) -> dict[str, GapStrip]:
    """Return the line of each indicator that has a current comparison of groups.

    A trait that is neither good nor bad, such as being a carrier, has none: its difference between
    groups is no inequality.
    """
    rows = [row for row in select_current_gaps(db, indicators) if row.polarity != NEUTRAL_POLARITY]
    return {
        indicator: GapStrip(_build_groups(members))
        for indicator, members in group_rows(rows, lambda row: row.indicator).items()
    }


def _build_groups(rows: Sequence[CurrentGapRow]) -> list[StripGroup]:
    """Return the groups of the first table of an indicator."""
    table = [row for row in rows if _identify_table(row) == _identify_table(rows[0])]
    tested = sum(row.gap.has_interval for row in table)
    return [_build_group(row, row.tested or tested) for row in table]


def _identify_table(row: CurrentGapRow) -> tuple[str | None, ...]:
    return row.area, row.scheme, row.gap.reference, row.period_start, row.period_end


def _build_group(row: CurrentGapRow, tested: int) -> StripGroup:
    values = row.gap
    limits = (
        (values.ratio_lower, values.ratio_upper)
        if row.value_type in RATIO_VALUE_TYPES
        else (values.difference_lower, values.difference_upper)
    )
    gap = build_gap_view(
        values,
        value=row.value,
        decimals=row.decimals,
        ci_decimals=choose_ci_decimals(row.decimals, *limits, row.derived)
        if row.published
        else None,
        ci_level=row.ci_level,
        unit=build_unit_text(row.unit, row.unit_label),
        is_published=bool(row.published),
    )
    comparison = group_comparison.classify_gap(values, tested)
    marker = group_comparison.choose_marker(comparison)
    return StripGroup(row, gap, PlotRow(values.ratio, marker=marker), comparison)


def build_list_plot(language: Language) -> DotPlot:
    """Return the plot of every list of the hub: ratios from a quarter to sixteen."""
    return DotPlot(LIST_SCALE, format_ticks(LIST_SCALE, language), "list", reference=PlotRow(1.0))


def list_markers(strips: Mapping[str, GapStrip]) -> set[str]:
    """Return the marks that the key of a list must explain."""
    return {plot.marker for strip in strips.values() for plot in strip.plots}
