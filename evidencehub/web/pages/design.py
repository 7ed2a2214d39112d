"""Every component of the site in every state, with invented values: for those who change its look.

The page is in no menu and no sitemap. Its values are compared and drawn by the same functions as
those of any indicator, so that a change of a rule shows here too.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from evidencehub.domain.status import (
    LIKELIHOOD_RATIO_TYPES,
    NORMAL,
    NOT_COLLECTED,
    PROVISIONAL,
    SECONDARY_SOURCE,
    SERIES_BREAK,
    SUPPRESSED,
    TOTAL,
)
from evidencehub.messages.language import Language
from evidencehub.store.areas import AreaRow
from evidencehub.store.coverage import CoverageRow
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.observations import CategoryRow, Period, TableObservationRow
from evidencehub.web.charts import tile_map
from evidencehub.web.charts.dot_plot import Marker, PlotRow
from evidencehub.web.charts.tile_map import AreaValue
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views import group_comparison, main_facts
from evidencehub.web.views.gap_strips import build_list_plot
from evidencehub.web.views.gap_trend import GapTrend, build_gap_trend
from evidencehub.web.views.group_comparison import ComparisonBasis
from evidencehub.web.views.headline import build_headline
from evidencehub.web.views.table_selection import TableSelection
from evidencehub.web.views.table_view import TableView, build_unit_view
from evidencehub.web.views.trend import build_trend

Row = TypeVar("Row")

NEWEST = ("2024-01-01", "2024-12-31")
LONG_LABEL = "Any other group of toys, those among them that were made before the war included"
PARENTS = ("Wooden toys", "Tin toys")
# label, parent, value, lower limit, upper limit, other columns
Group = tuple[str, str, float | None, float | None, float | None, dict[str, Any]]
GROUPS: Sequence[Group] = (
    ("All toys", "", 32.1, 28.1, 36.5, {"ethnicity": TOTAL}),
    ("Carved toys", "Wooden toys", 30.3, 25.8, 35.4, {}),
    ("Turned toys", "Wooden toys", 66.7, 58.0, 122.6, {}),
    ("Painted toys", "Wooden toys", 33.0, 26.0, 41.0, {"obs_status": PROVISIONAL}),
    ("Wound-up toys", "Tin toys", 12.0, 9.0, 16.0, {}),
    ("Rolling toys", "Tin toys", 41.0, None, None, {"verification": SECONDARY_SOURCE}),
    (LONG_LABEL, "", None, None, None, {"obs_status": SUPPRESSED}),
    ("Toys under a limit", "", None, None, None, {"value_max": 20.0}),
    ("Toys that were not counted", "", None, None, None, {"obs_status": NOT_COLLECTED}),
    ("Toys without repairs", "", 0.0, 0.0, 4.0, {}),
)
RATIOS: Sequence[Group] = (
    ("Carved toys", "", 2.4, 1.9, 3.0, {}),
    ("Turned toys", "", 1.06, 0.8, 1.4, {}),
    ("Painted toys", "", 0.5, None, None, {}),
    ("Wound-up toys", "", 9.7, 0.3, 300.0, {}),
)
SERIES: Sequence[tuple[str, Sequence[float | None]]] = (
    ("Turned toys", (60.0, 62.0, None, 59.0, 44.0, 40.0)),
    ("Carved toys", (30.0, 31.0, 30.5, 30.0, 25.0, 24.0)),
)
BREAK_YEAR = 2023
AREA_MARKERS: Sequence[Marker | None] = ("filled", "hollow", "square", None)
MARKED_COUNTRIES = ("IN", "JP", "NG", "RU", "MT", "WS", "XX")  # as places, and nothing else
# status, indicators, findings
CELLS: Sequence[tuple[str, int, int]] = (
    ("values", 12, 0), ("values", 1, 16), ("findings", 0, 3), ("not-found", 0, 0),
    ("not-held", 0, 0),
)  # fmt: skip


def build_context(request: PageRequest) -> Context:
    """Return invented tables of groups, of ratios, of one group, and over time."""
    language = request.language
    groups = _build_table(_list_rows(GROUPS), "rate", "Carved toys", language)
    moving = _build_table(_list_series(SERIES), "rate", "Carved toys", language)
    many: Sequence[tuple[str, Sequence[float | None]]] = [
        *((f"Toys of kind {n}", [20.0 + n, 21.0 + 2 * n, 19.0 + n]) for n in range(5)),
        ("Toys of kind 5", [27.0, None, 23.0]),
    ]
    panels = _build_table(_list_series(many), "rate", "Toys of kind 0", language)
    ratios = _build_table(_list_rows(RATIOS), LIKELIHOOD_RATIO_TYPES[-1], "", language)
    single = _build_table(_list_rows(GROUPS[:1]), "rate", "", language)
    many_gaps = build_gap_trend(panels, language) or GapTrend()
    tables = {
        name: dataclasses.replace(view, plot=dataclasses.replace(view.plot, name=f"grid-{name}"))
        for name, view in (
            ("groups", groups), ("moving", moving), ("ratios", ratios), ("single", single),
        )
    }  # fmt: skip
    return {
        "title": "",
        "tables": tables,
        "units": {name: build_unit_view(view.basis.indicator) for name, view in tables.items()},
        "unit": build_unit_view(groups.basis.indicator),
        "headlines": [
            build_headline(main_facts.draft_facts(view), is_percentage=False)
            for view in (moving, groups, single)
        ],
        "trend": build_trend(moving, language),
        "gap_trend": build_gap_trend(moving, language),
        "panels": build_trend(panels, language),
        "gap_pairs": many_gaps.pairs,
        "list_plot": build_list_plot(language),
        "coverage": [_make_cell(number, *cell) for number, cell in enumerate(CELLS, 1)],
        "marked_countries": [
            _make_row(AreaRow, area=code, label=code) for code in MARKED_COUNTRIES
        ],
        "tile_maps": {name: _make_area_values(name) for name in tile_map.read_arrangements()},
        "coverage_counts": Counter(status for status, _, _ in CELLS),
        "strips": (
            ("3.2", [PlotRow(3.2, marker="filled")]),
            ("1.0", [PlotRow(1.02, marker="hollow")]),
            ("0.5", [PlotRow(0.5)]),
            ("0.6–78", [PlotRow(0.6), PlotRow(1.3, marker="hollow"), PlotRow(78.0)]),
        ),
    }


def _make_row(row_class: type[Row], **cells: Any) -> Row:
    """Return a row of the store; what is not given is empty."""
    names = [field.name for field in dataclasses.fields(row_class)]  # type: ignore[arg-type]
    return row_class(**(dict.fromkeys(names) | cells))


def _make_cell(number: int, status: str, indicators: int, findings: int) -> CoverageRow:
    """Return a cell of the grid of what is held; one that was looked for leads to a finding."""
    sought = ("2025-08-02", "design") if status == "not-found" else (None, None)
    return CoverageRow("", "", "", str(number), indicators, findings, status, *sought)


def _make_area_values(code_list: str) -> dict[str, AreaValue]:
    """Return a value for most areas of a list, with marks in turn, and none for each fifth."""
    return {
        area: AreaValue(f"{20 + 1.3 * number:.1f}", marker)
        for number, (area, marker) in enumerate(
            zip(
                tile_map.read_arrangements()[code_list], itertools.cycle(AREA_MARKERS), strict=False
            )
        )
        if number % 5 != 4
    }


def _list_rows(groups: Iterable[Group]) -> list[TableObservationRow]:
    return [
        _make_observation(label, NEWEST, value, lower, upper, parent=parent, **columns)
        for label, parent, value, lower, upper, columns in groups
    ]


def _list_series(series: Iterable[tuple[str, Sequence[float | None]]]) -> list[TableObservationRow]:
    """Return yearly values up to the newest period, with a break before BREAK_YEAR."""
    rows = []
    for label, values in series:
        for year, value in enumerate(values, int(NEWEST[0][:4]) - len(values) + 1):
            status = SERIES_BREAK if year == BREAK_YEAR else NORMAL
            period = (f"{year}-01-01", f"{year}-12-31")
            limits = (None, None) if value is None else (value * 0.9, value * 1.1)
            if value is not None:
                rows.append(_make_observation(label, period, value, *limits, obs_status=status))
    return rows


def _make_observation(
    label: str,
    period: Period,
    value: float | None,
    lower: float | None,
    upper: float | None,
    **columns: Any,
) -> TableObservationRow:
    cells = {
        "ethnicity": label, "label": label, "short_label": label, "prose": "", "language": "en",
        "period_start": period[0], "period_end": period[1], "value": value, "ci_lower": lower,
        "ci_upper": upper, "ci_level": None if lower is None else 95.0, "decimals": 1,
        "residual": 0, "verification": "C1", "obs_status": NORMAL,
    }  # fmt: skip
    return _make_row(TableObservationRow, **(cells | columns))


def _build_table(
    rows: Sequence[TableObservationRow], value_type: str, comparator: str, language: Language
) -> TableView:
    """Return a table as the page of an indicator has it."""
    indicator = _make_row(
        IndicatorRow, indicator="design", value_type=value_type, unit="per-1000", scale=1000.0,
        polarity="adverse", unit_name="per 1,000 toys", unit_label="per 1,000 toys",
    )  # fmt: skip
    periods = {row.period: 2 for row in sorted(rows, key=lambda row: row.period, reverse=True)}
    key = ("design", "", TOTAL, TOTAL, "", "", "")
    newest = [row for row in rows if row.period == NEWEST]
    labels = dict.fromkeys([*PARENTS, *(row.ethnicity for row in newest)])
    categories = [CategoryRow(label, label, None, 0, number) for number, label in enumerate(labels)]
    basis = ComparisonBasis(key, NEWEST, indicator, "single", categories)
    gaps = group_comparison.compute_gaps(newest, basis, comparator)
    chart_rows = group_comparison.build_chart_rows(newest, gaps, value_type, comparator)
    scale = group_comparison.choose_table_scale(newest, indicator)
    return TableView(
        selection=TableSelection(key, NEWEST, periods),
        basis=basis,
        area_label="",
        restriction_labels=[],
        adjustment_label="",
        classification=None,
        all_rows=rows,
        rows=group_comparison.add_headings(chart_rows, categories),
        gaps=gaps,
        plot=group_comparison.build_dot_plot(scale, chart_rows, value_type, language),
        comparator_code=comparator,
        comparator_choices=(),
        order="scheme",
    )
