"""The gaps of an indicator in one line of a list: each group a mark on the one scale of all lists.

No group is picked for its gap: all groups of the current comparison are in the line, in the first
of its areas, and the words say from where to where they reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidencehub.domain.status import RATIO_VALUE_TYPES
from evidencehub.messages.language import Language
from evidencehub.store.current_gaps import (
    CurrentGapRow,
    select_current_gaps,
    select_current_gaps_of_areas,
)
from evidencehub.store.database import RowReader
from evidencehub.web.charts.dot_plot import DotPlot, PlotRow
from evidencehub.web.charts.scales import LIST_SCALE
from evidencehub.web.charts.tile_map import AreaValue, TileMap, choose_arrangement
from evidencehub.web.views import group_comparison
from evidencehub.web.views.gap_view import GapView, build_gap_view, build_unit_text
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ci_decimals
from evidencehub.web.views.scale_labels import format_ticks

_NEUTRAL_POLARITY = "neutral"


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
    def has_rounding_range(self) -> bool:
        """Return whether rounding of the values leaves open how an end of the range is written."""
        is_open = self.lowest.gap.has_rounding_range or self.highest.gap.has_rounding_range
        return bool(self.plots) and is_open

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
    rows = _drop_traits(select_current_gaps(db, indicators))
    return {
        indicator: GapStrip(_build_groups(members))
        for indicator, members in group_rows(rows, lambda row: row.indicator).items()
    }


def tells_inequality(polarity: str, value_type: str) -> bool:
    """Return whether a gap is an inequality: of a trait neither good nor bad its values' is none.

    A figure that is itself a ratio compares groups, whichever way it goes.
    """
    return polarity != _NEUTRAL_POLARITY or value_type in RATIO_VALUE_TYPES


def _drop_traits(rows: Iterable[CurrentGapRow]) -> list[CurrentGapRow]:
    return [row for row in rows if tells_inequality(row.polarity, row.value_type)]


@dataclass(frozen=True, slots=True)
class AreaStrips:
    """A group beside the same reference in several areas, each with its mark and its limits."""

    areas: Sequence[StripGroup]

    @property
    def first(self) -> StripGroup:
        """Return the first area, whose indicator, group and reference are those of all."""
        return self.areas[0]

    @property
    def has_one_period(self) -> bool:
        """Return whether all areas have the same period."""
        return len({(area.row.period_start, area.row.period_end) for area in self.areas}) == 1


def build_tile_map(strips: AreaStrips, language: Language) -> TileMap | None:
    """Return the ratios of areas as tiles, where they are those of half an arrangement."""
    if any(area.plot.value is None for area in strips.areas):
        return None
    return choose_arrangement(
        {
            area.row.area: AreaValue(
                language.format_number(area.plot.value, area.gap.digits.ratio), area.plot.marker
            )
            for area in strips.areas
        }
    )


def load_area_strips(db: RowReader, areas: Sequence[str]) -> list[AreaStrips]:
    """Return the gaps that at least two of some areas have, the areas in their order.

    A group is set beside itself only where it is compared with the same reference.
    """
    places = {area: place for place, area in enumerate(areas)}
    rows = _drop_traits(select_current_gaps_of_areas(db, areas))
    tested = Counter(_identify_table(row) for row in rows if row.gap.has_interval)
    comparisons = group_rows(
        sorted(rows, key=lambda row: places[row.area]),
        lambda row: (row.indicator, row.scheme, row.ethnicity, row.gap.reference, row.value_type),
    )
    strips = [
        [_build_area(row, row.tested or tested[_identify_table(row)]) for row in members]
        for members in comparisons.values()
    ]
    return [
        AreaStrips(areas)
        for areas in sorted(strips, key=lambda areas: (areas[0].row.title, areas[0].row.indicator))
        if len(areas) > 1
    ]


def _build_area(row: CurrentGapRow, tested: int) -> StripGroup:
    group = _build_group(row, tested)
    plot = replace(group.plot, lower=row.gap.ratio_lower, upper=row.gap.ratio_upper)
    return replace(group, plot=plot)


def _build_groups(rows: Sequence[CurrentGapRow]) -> list[StripGroup]:
    """Return the groups of the first table of an indicator."""
    table = [row for row in rows if _identify_table(row) == _identify_table(rows[0])]
    tested = sum(row.gap.has_interval for row in table)
    return [_build_group(row, row.tested or tested) for row in table]


def _identify_table(row: CurrentGapRow) -> tuple[str | None, ...]:
    return (
        row.indicator, row.area, row.scheme, row.gap.reference, row.period_start, row.period_end
    )  # fmt: skip


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
