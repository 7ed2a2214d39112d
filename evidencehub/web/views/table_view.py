"""An indicator, and the one table of its observations that a page, a picture or a frame shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from evidencehub.domain.status import RATIO_VALUE_TYPES, TOTAL
from evidencehub.inequality.records import GapRecord
from evidencehub.store import indicators, observations
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.observations import ClassificationRow, Period, TableObservationRow
from evidencehub.web.charts.dot_plot import DotPlot
from evidencehub.web.charts.scales import Scale
from evidencehub.web.page_request import PageRequest, read_option, require_row
from evidencehub.web.views import group_comparison, table_selection
from evidencehub.web.views.group_comparison import ChartRow, ComparisonBasis
from evidencehub.web.views.table_selection import OPTION_BY_DIMENSION, TableSelection

ORDERS = ("scheme", "value")
RESTRICTING_DIMENSIONS = ("sex", "age", "other")


@dataclass(frozen=True, slots=True)
class TableView:
    """The table that a page shows: its rows with their places, and what they are compared with.

    `restriction_labels` name the part of the population that its values are of, `adjustment_label`
    what they are adjusted for. `all_rows` are the observations of all periods, `rows` those of the
    chosen one.
    """

    selection: TableSelection
    basis: ComparisonBasis
    area_label: str
    restriction_labels: Sequence[str]
    adjustment_label: str
    classification: ClassificationRow | None
    all_rows: Sequence[TableObservationRow]
    rows: Sequence[ChartRow]
    gaps: Mapping[str, GapRecord]
    plot: DotPlot
    comparator_code: str
    comparator_choices: Sequence[str]
    order: str

    @property
    def scale(self) -> Scale:
        """Return the scale of the chart."""
        return self.plot.scale

    @property
    def comparator(self) -> ChartRow | None:
        """Return the row that the others are compared with."""
        return next((row for row in self.rows if row.is_comparator), None)

    @property
    def comparisons(self) -> set[str]:
        """Return the comparisons that the rows have."""
        return {row.comparison for row in self.rows} - {""}

    @property
    def tested_comparisons(self) -> int:
        """Return how many groups are tested against the comparator at once."""
        return sum(row.comparison in ("higher", "lower", "similar") for row in self.rows)

    @property
    def has_several_tests(self) -> bool:
        """Return whether the words of the table allow for several comparisons."""
        return self.tested_comparisons > 1

    @property
    def has_tested_difference(self) -> bool:
        """Return whether a group differs by more than chance would explain."""
        return bool(self.comparisons & {"higher", "lower"})

    @property
    def has_similar_group(self) -> bool:
        """Return whether a group has no clear difference from the comparator."""
        return "similar" in self.comparisons

    @property
    def has_square_mark(self) -> bool:
        """Return whether a value is not tested or not compared."""
        return any(row.plot.marker == "square" for row in self.rows if row.plot.value is not None)

    @property
    def has_suppressed_value(self) -> bool:
        """Return whether a value is suppressed, which is drawn as a dashed box."""
        return any(row.plot.is_suppressed for row in self.rows)

    @property
    def has_value_off_scale(self) -> bool:
        """Return whether a limit lies outside the scale, which is drawn as an arrow."""
        limits = [end for row in self.rows for end in (row.plot.lower, row.plot.upper)]
        return any(end is not None and not self.scale.has_place_for(end) for end in limits)

    @property
    def has_gap_bar(self) -> bool:
        """Return whether bars show how far the values are from what they are compared with."""
        return self.plot.reference is not None

    @property
    def has_scale_without_zero(self) -> bool:
        """Return whether the scale leaves zero out, and is none of ratios."""
        return not self.scale.has_zero and not self.scale.is_log

    @property
    def source_counts(self) -> dict[str, int | bool]:
        """Return how many of the values are from a secondary source; 0 in `total` if none is."""
        values = [row.observation for row in self.rows if row.observation.value is not None]
        secondary = sum(row.is_secondary_source for row in values)
        total = len(values) if secondary else 0
        return {"secondary": secondary, "total": total, "is_whole_table": secondary == total}

    @property
    def has_derived_interval(self) -> bool:
        """Return whether the hub derived a confidence interval of the table."""
        return any(row.observation.has_derived_interval for row in self.rows)

    @property
    def ci_level(self) -> float | None:
        """Return the level of the first confidence interval; None if there is no interval."""
        values = (row.observation for row in self.rows)
        return next((row.ci_level for row in values if row.ci_lower is not None), None)


def read_indicator(request: PageRequest) -> IndicatorRow:
    """Return the indicator that the address names; raise HttpError (404) if there is none."""
    row = indicators.select_indicator(request.db, request.path_params["id"])
    return require_row(row, "indicator of this name")


def build_unit_view(indicator: IndicatorRow) -> dict[str, Any]:
    """Return how values of an indicator are written.

    `is_percentage`: its differences are percentage points, and no space stands before it.
    `precedes_value`: “odds ratio 1.47”. `shows_sign`: published differences show their direction.
    """
    return {
        "name": indicator.unit_name,
        "is_percentage": indicator.unit_name.startswith("%"),
        "precedes_value": indicator.unit in RATIO_VALUE_TYPES,
        "shows_sign": indicator.value_type == group_comparison.DIFFERENCE_VALUE_TYPE,
    }


def build_table_view(request: PageRequest, indicator: IndicatorRow) -> TableView | None:
    """Return the table that the options choose, compared and placed; None without any value."""
    selection = table_selection.select_table(request, indicator.indicator)
    if selection is None:
        return None
    scheme, area = selection["scheme"], selection["area"]
    all_rows = table_selection.read_observations(request.db, indicator.indicator, selection)
    rows = [row for row in all_rows if row.period == selection.period]
    choices = group_comparison.list_comparators(rows, indicator)
    comparator = read_option(request, "comparator", choices, choices[0] if choices else "")
    classification = observations.select_classification(request.db, scheme)
    categories = observations.select_categories(request.db, scheme)
    counting_basis = (classification.counting_basis if classification else None) or ""
    basis = ComparisonBasis(selection.key, selection.period, indicator, counting_basis, categories)
    gaps = group_comparison.compute_gaps(rows, basis, comparator)
    value_type = indicator.value_type
    scale = group_comparison.choose_table_scale(rows, indicator)
    order = read_option(request, "order", ORDERS, ORDERS[0])
    judged_type = group_comparison.get_judged_type(value_type, selection["comparator"])
    chart_rows = group_comparison.build_chart_rows(rows, gaps, judged_type, comparator)
    sorted_rows = group_comparison.sort_rows(chart_rows, order)
    find_label = partial(observations.find_dimension_label, request.db, scheme=scheme)
    if order == ORDERS[0]:
        sorted_rows = group_comparison.add_headings(sorted_rows, categories)
    return TableView(
        selection=selection,
        basis=basis,
        area_label=find_label("area", area),
        restriction_labels=[
            find_label(name, selection[name])
            for name in RESTRICTING_DIMENSIONS
            if selection[name] not in ("", TOTAL)
        ],
        adjustment_label=find_label("adjustment", selection["adjustment"]),
        classification=classification,
        all_rows=all_rows,
        rows=sorted_rows,
        gaps=gaps,
        plot=group_comparison.build_dot_plot(scale, chart_rows, value_type, request.language),
        comparator_code=comparator,
        comparator_choices=choices,
        order=order,
    )


def build_query_string(view: TableView, period: Period | None = None) -> str:
    """Return the options of the address of this table, or of the same one of another period."""
    options = [(option, view.selection[name]) for name, option in OPTION_BY_DIMENSION.items()]
    options.append(("period", "/".join(period or view.selection.period)))
    if period is None:  # in another period the comparator may have no value
        options.append(("comparator", view.comparator_code))
    if view.order != ORDERS[0]:
        options.append(("order", view.order))
    return urlencode([pair for pair in options if pair[1]])
