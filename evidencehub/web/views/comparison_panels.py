"""Panels of a comparison across countries: a table of gaps each, on one scale of ratios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evidencehub.domain.status import RATIO_VALUE_TYPES
from evidencehub.messages.language import Language
from evidencehub.store.database import RowReader
from evidencehub.store.gaps import (
    ComparisonTableRow,
    GapValues,
    PublishedComparisonRow,
    SummaryMeasureRow,
    TableGapRow,
    select_comparison_tables,
    select_published_comparisons,
    select_summary_measures,
    select_table_gaps,
)
from evidencehub.web.charts import scales
from evidencehub.web.charts.dot_plot import DotPlot, PlotRow
from evidencehub.web.views import group_comparison
from evidencehub.web.views.gap_view import GapView, build_gap_view, build_unit_text
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ci_decimals
from evidencehub.web.views.scale_labels import format_ticks

MAX_PANEL_ROWS = 90  # of all panels together

TableIdentity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A group of a panel: its gap, what is drawn of its ratio, and how it compares."""

    label: str
    language: str | None
    verification: str | None
    gap: GapView
    plot: PlotRow
    comparison: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonPanel:
    """A table of gaps with the words that tell it from the other panels.

    `newest_gap_end` is the last day of the newest of the panels of its place.
    """

    table: ComparisonTableRow
    heading_parts: tuple[str, ...]
    rows: Sequence[PanelRow]
    measures: Sequence[SummaryMeasureRow] = ()
    newest_gap_end: str = ""

    @property
    def reference(self) -> GapView | None:
        """Return the first gap, whose reference is that of all rows."""
        return self.rows[0].gap if self.rows else None

    @property
    def shows_kind(self) -> bool:
        """Return whether the comparison is the source's own, whose kind is to be named."""
        return bool(self.table.published)

    @property
    def has_newer_values(self) -> bool:
        """Return whether the newest panel of a place is older than values without any gap."""
        is_newest = self.table.period_end == self.newest_gap_end
        return is_newest and self.table.newest_period_end > self.newest_gap_end


def load_panels(db: RowReader, family: str) -> list[ComparisonPanel]:
    """Return the tables of a family: one for each indicator, area and classification."""
    tables = select_comparison_tables(db, family)
    gaps = group_rows(select_table_gaps(db, _list_strata(tables)), lambda row: row.stratum)
    has_published = any(table.stratum is None for table in tables)
    comparisons = select_published_comparisons(db, family) if has_published else ()
    published = group_rows(comparisons, _identify_table)
    return [
        ComparisonPanel(
            table,
            build_panel_heading(table, tables),
            classify_rows(
                [_build_published_row(row, table) for row in published[_identify_table(table)]]
                if table.stratum is None
                else [build_panel_row(row, table) for row in gaps[table.stratum]]
            ),
            newest_gap_end=max(other.period_end for other in tables if other.area == table.area),
        )
        for table in tables
    ]


def add_measures(db: RowReader, panels: Sequence[ComparisonPanel]) -> list[ComparisonPanel]:
    """Return the panels with the measures over all groups of each."""
    rows = select_summary_measures(db, _list_strata(panel.table for panel in panels))
    measures = group_rows(rows, lambda row: row.stratum)
    return [replace(panel, measures=measures[panel.table.stratum or 0]) for panel in panels]


def _list_strata(tables: Iterable[ComparisonTableRow]) -> list[int]:
    return [table.stratum for table in tables if table.stratum is not None]


def _identify_table(row: ComparisonTableRow | PublishedComparisonRow) -> TableIdentity:
    return (
        row.indicator, row.dataset, row.area, row.scheme, row.period_start, row.period_end,
        row.sex, row.age, row.adjustment, row.comparator,
    )  # fmt: skip


def build_panel_heading(
    table: ComparisonTableRow, tables: Sequence[ComparisonTableRow]
) -> tuple[str, ...]:
    """Return the words that tell a panel from the others: country, area, title if need be."""
    parts = [table.country_label or "", table.area_label]
    same_area = [
        other for other in tables if (other.country, other.area) == (table.country, table.area)
    ]
    if len(same_area) > 1:
        parts.append(table.title)
    return tuple(dict.fromkeys(filter(None, parts)))


def build_panel_row(row: TableGapRow, table: ComparisonTableRow) -> PanelRow:
    """Return a group of a stratum; without a value of its own its gap is as if published."""
    unit = build_unit_text(table.unit, table.unit_label)
    is_published = row.value is None
    gap = build_gap_view(
        row.gap,
        value=row.value,
        decimals=row.decimals,
        ci_decimals=row.decimals if is_published else None,
        ci_level=table.ci_level,
        unit=unit,
        is_published=is_published,
    )
    return _build_row(row, gap)


def _build_row(row: TableGapRow | PublishedComparisonRow, gap: GapView) -> PanelRow:
    values = gap.values
    plot = PlotRow(values.ratio, values.ratio_lower, values.ratio_upper)
    return PanelRow(row.label, row.language, row.verification, gap, plot)


def classify_rows(rows: Sequence[PanelRow]) -> list[PanelRow]:
    """Return the rows of a panel with their comparisons, which allow for one another."""
    tested = sum(row.gap.values.has_interval for row in rows)
    classified = []
    for row in rows:
        comparison = group_comparison.classify_gap(row.gap.values, tested)
        plot = replace(row.plot, marker=group_comparison.choose_marker(comparison))
        classified.append(replace(row, comparison=comparison, plot=plot))
    return classified


def _build_published_row(row: PublishedComparisonRow, table: ComparisonTableRow) -> PanelRow:
    gap = build_gap_view(
        convert_published_comparison(row),
        value=None,
        decimals=row.decimals,
        ci_decimals=choose_ci_decimals(row.decimals, row.ci_lower, row.ci_upper, row.derived),
        ci_level=table.ci_level,
        unit=build_unit_text(table.unit, table.unit_label),
        is_published=True,
    )
    return _build_row(row, gap)


def convert_published_comparison(row: PublishedComparisonRow) -> GapValues:
    """Return a value that its source gives as a comparison as a gap: a ratio or a difference."""
    limits = (row.value, row.ci_lower, row.ci_upper)
    no_limits = (None, None, None)
    is_ratio = row.value_type in RATIO_VALUE_TYPES
    difference, ratio = (no_limits, limits) if is_ratio else (limits, no_limits)
    return GapValues(
        row.comparator, row.reference_label, row.reference_language, None, None, *difference, *ratio
    )


def select_panels(panels: Iterable[ComparisonPanel]) -> list[ComparisonPanel]:
    """Return the panels that fit on the page, sorted by country and area.

    They come with one area of every indicator first, then another, whole countries before their
    parts; the first of each country stays in any case.
    """
    selected: list[ComparisonPanel] = []
    rows = 0
    for panel in panels:
        rows += len(panel.rows)
        countries = {selected_panel.table.country for selected_panel in selected}
        if rows <= MAX_PANEL_ROWS or panel.table.country not in countries:
            selected.append(panel)
    return sorted(selected, key=_get_panel_sort_key)


def _get_panel_sort_key(panel: ComparisonPanel) -> tuple[str, ...]:
    table = panel.table
    return (
        table.country_label or "", table.area_label, table.title, table.indicator, table.scheme
    )  # fmt: skip


def build_ratio_plot(panels: Iterable[ComparisonPanel], language: Language) -> DotPlot:
    """Return the plot on which the ratios of all panels have a place."""
    rows = [row.plot for panel in panels for row in panel.rows]
    limits = [limit for row in rows for limit in (row.lower, row.upper)]
    scale = scales.build_log_scale([row.value for row in rows], limits)
    return DotPlot(scale, format_ticks(scale, language), reference=PlotRow(1.0))
