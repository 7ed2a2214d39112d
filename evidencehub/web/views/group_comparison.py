"""The groups of one table beside a comparator: where each stands, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidencehub.domain.count_rounding import get_rounding_reach
from evidencehub.domain.status import (
    COMPARABLE_VALUE_TYPES,
    RATIO_VALUE_TYPES,
    REPEATED_UNITS,
    SUPPRESSED,
    TOTAL,
    get_default_scale,
)
from evidencehub.inequality.records import (
    CONFIDENCE_LEVEL,
    Category,
    GapRecord,
    IndicatorProperties,
    ObservationRecord,
)
from evidencehub.messages.language import Language
from evidencehub.stats.quantiles import z_for_level
from evidencehub.store.gaps import GapValues
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.observations import (
    CategoryRow,
    Period,
    TableKey,
    TableObservationRow,
    get_dimension,
)
from evidencehub.web.charts import scales
from evidencehub.web.charts.dot_plot import DotPlot, Marker, PlotRow
from evidencehub.web.charts.scales import Scale
from evidencehub.web.views.rounding import (
    choose_ratio_decimals,
    find_min_decimals,
    has_rounding_range,
)
from evidencehub.web.views.scale_labels import format_ticks

DIFFERENCE_VALUE_TYPE = "difference"
DEFAULT_CI_LEVEL = 95.0
MARKERS: dict[str, Marker] = {"higher": "filled", "lower": "filled", "similar": "hollow"}  # tested
ZERO_OPTIONAL_VALUE_TYPES = ("mean", "median", "index")
NULL_VALUES = {DIFFERENCE_VALUE_TYPE: 0.0, **dict.fromkeys(RATIO_VALUE_TYPES, 1.0)}
"""The value of no difference, of values that are comparisons themselves."""


@dataclass(frozen=True, slots=True)
class ComparisonBasis:
    """What a comparison needs beside the rows: their table, indicator and classification."""

    key: TableKey
    period: Period
    indicator: IndicatorRow
    counting_basis: str
    categories: Sequence[CategoryRow]


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of a chart: an observation, what is drawn of it, its comparison.

    `comparison` is one of higher, similar and lower; above, equal and below if there is no
    confidence interval; `not-compared` if the group is not compared; else empty. `heading` is the
    parent category that begins with the row, if it has no row of its own.
    """

    observation: TableObservationRow
    plot: PlotRow
    gap: GapRecord | None
    difference_decimals: int | None
    ratio_decimals: int
    comparison: str
    is_comparator: bool
    is_subgroup: bool
    heading: str = ""

    @property
    def has_rounding_range(self) -> bool:
        """Return whether rounding of the values allows ratios that are written differently."""
        gap = self.gap
        return gap is not None and has_rounding_range(
            gap.ratio_min, gap.ratio_max, self.ratio_decimals
        )


def list_comparators(rows: Sequence[TableObservationRow], indicator: IndicatorRow) -> list[str]:
    """Return the codes that can serve as comparator, the default first.

    That is the reference group which the dataset declares, else the total, else none (""): the
    hub picks no group to be the norm. Values that are comparisons themselves, and counts, have
    no comparators.
    """
    rows_with_value = [row for row in rows if row.value is not None]
    if indicator.value_type not in COMPARABLE_VALUE_TYPES or len(rows_with_value) < 2:
        return []
    groups = [row.ethnicity for row in rows_with_value if not row.residual]
    preferred_codes = _list_preferred_comparators(rows_with_value, indicator)
    if len(groups) < 2 and not preferred_codes:
        return []
    return list(dict.fromkeys([*(preferred_codes or [""]), *groups]))


def _list_preferred_comparators(
    rows: Sequence[TableObservationRow], indicator: IndicatorRow
) -> list[str]:
    """Return the declared reference group and the total, if they have a row."""
    declared = (indicator.reference_group or "").partition(":")[2]
    codes = {row.ethnicity for row in rows}
    return [code for code in (declared, TOTAL) if code in codes]


def compute_gaps(
    rows: Sequence[TableObservationRow], basis: ComparisonBasis, comparator: str
) -> dict[str, GapRecord]:
    """Return the difference and the ratio of each group to the comparator, by group.

    There are none without a comparator. The rows are of one period.
    """
    return {gap.ethnicity: gap for gap in _compute_gaps(rows, basis, comparator)}


def compute_gap_series(
    rows: Sequence[TableObservationRow], basis: ComparisonBasis, comparator: str
) -> list[tuple[Period, GapRecord]]:
    """Return the gaps of all periods, each with its period, the oldest first."""
    periods = sorted({row.period for row in rows})
    gaps = _compute_gaps(rows, basis, comparator)
    return [(periods[gap.stratum], gap) for gap in sorted(gaps, key=lambda gap: gap.stratum)]


def _compute_gaps(
    rows: Sequence[TableObservationRow], basis: ComparisonBasis, comparator: str
) -> list[GapRecord]:
    if not comparator:
        return []
    from evidencehub.inequality import group_gaps  # brings numpy: for pages that compare only

    groups = {
        row.code: Category(row.parent or "", bool(row.residual), row.sort_order or 0)
        for row in basis.categories
    }
    return group_gaps.compute_gaps(
        [_build_observation(row, basis) for row in rows],
        _build_properties(basis, comparator),
        groups,
        comparator,
        basis.counting_basis,
    )


def _build_observation(row: TableObservationRow, basis: ComparisonBasis) -> ObservationRecord:
    scheme, area, sex, age, other, _, adjustment = basis.key
    return ObservationRecord(
        basis.indicator.indicator, scheme, area, *row.period, sex, age, other, adjustment,
        row.ethnicity, row.counting_basis or "", row.value, row.se, row.ci_lower, row.ci_upper,
        row.ci_level or DEFAULT_CI_LEVEL, row.numerator, row.denominator, row.population,
        row.decimals, row.derived,
    )  # fmt: skip


def _build_properties(basis: ComparisonBasis, comparator: str) -> IndicatorProperties:
    indicator = basis.indicator
    return IndicatorProperties(
        indicator.value_type,
        indicator.polarity,
        indicator.scale or get_default_scale(indicator.value_type),
        get_dimension(basis.key, "scheme"),
        comparator,
        is_crude=(indicator.standardisation or "").startswith(("crude", "none")),
        has_declared_breaks=bool(indicator.series_breaks),
        has_independent_counts=indicator.unit_of_count not in REPEATED_UNITS,
        count_reach=get_rounding_reach(indicator.disclosure_policy),
    )


def get_judged_type(value_type: str, published_reference: str) -> str:
    """Return the type by which values are classified; empty for comparisons with no ethnic group.

    “Higher” beside a group means above another group: a difference from a blood sample, or from
    other practices (a code of another list), says nothing of that.
    """
    is_comparison = value_type in (*RATIO_VALUE_TYPES, DIFFERENCE_VALUE_TYPE)
    is_with_group = published_reference and ":" not in published_reference
    return "" if is_comparison and not is_with_group else value_type


def classify_difference(
    row: TableObservationRow, gap: GapRecord | None, value_type: str, comparisons: int = 1
) -> str:
    """Return how a group compares with the comparator: `higher`, `similar` or `lower`.

    It is by the confidence interval of the difference, never by whether two intervals overlap. Of
    several comparisons at once the interval is that of 1 - 0.05 / comparisons (Bonferroni), for of
    twenty equal groups one would differ by chance.
    Without an interval it is `above`, `equal` or `below`: that is what the values are, and
    whether chance made them so is not known. Published ratios and differences are judged by
    whether their own interval holds 1 or 0. Empty if there is nothing to say.
    """
    if value_type in RATIO_VALUE_TYPES:
        limits = _widen_ratio_limits(row.value, row.ci_lower, row.ci_upper, comparisons)
        return _classify_limits(row.value, *limits, null_value=1.0)
    if value_type == DIFFERENCE_VALUE_TYPE:
        limits = _widen_limits(row.value, row.ci_lower, row.ci_upper, comparisons)
        return _classify_limits(row.value, *limits, null_value=0.0)
    if gap is None:
        return ""
    limits = _widen_limits(gap.difference, gap.difference_lower, gap.difference_upper, comparisons)
    return _classify_limits(gap.difference, *limits, null_value=0.0)


Limits = tuple[float | None, float | None]


def _widen_limits(
    value: float | None, lower: float | None, upper: float | None, comparisons: int
) -> Limits:
    """Return the limits that hold for several comparisons at once, each as far out as needed."""
    if value is None or lower is None or upper is None:
        return None, None
    wide = z_for_level(1 - (1 - CONFIDENCE_LEVEL) / max(comparisons, 1))
    factor = wide / z_for_level(CONFIDENCE_LEVEL)
    return value + factor * (lower - value), value + factor * (upper - value)


def _widen_ratio_limits(
    value: float | None, lower: float | None, upper: float | None, comparisons: int
) -> Limits:
    """Return the same of a ratio, whose limits are as far out on the scale of its logarithm."""
    if not (value and lower and upper) or min(value, lower, upper) <= 0:
        return _widen_limits(value, lower, upper, comparisons)
    low, high = _widen_limits(math.log(value), math.log(lower), math.log(upper), comparisons)
    return (None, None) if low is None or high is None else (math.exp(low), math.exp(high))


def classify_gap(gap: GapValues, comparisons: int = 1) -> str:
    """Return how a group compares by its gap alone, in the words of `classify_difference`.

    The difference decides; the ratio of a comparison that is published as one.
    """
    if gap.difference is not None:
        limits = _widen_limits(
            gap.difference, gap.difference_lower, gap.difference_upper, comparisons
        )
        return _classify_limits(gap.difference, *limits, null_value=0.0)
    limits = _widen_ratio_limits(gap.ratio, gap.ratio_lower, gap.ratio_upper, comparisons)
    return _classify_limits(gap.ratio, *limits, null_value=1.0)


def choose_marker(comparison: str) -> Marker:
    """Return the mark of a comparison: a square unless it was tested."""
    return MARKERS.get(comparison, "square")


def count_tested(
    rows: Iterable[TableObservationRow], gaps: Mapping[str, GapRecord], value_type: str
) -> int:
    """Return how many comparisons of a table have an interval, and so are tested at once."""
    if value_type in (*RATIO_VALUE_TYPES, DIFFERENCE_VALUE_TYPE):
        return sum(row.value is not None and row.ci_lower is not None for row in rows)
    return sum(gap.difference_lower is not None for gap in gaps.values())


def _classify_limits(
    value: float | None, lower: float | None, upper: float | None, *, null_value: float
) -> str:
    if value is None:
        return ""
    if lower is not None and upper is not None:
        return "higher" if lower > null_value else "lower" if upper < null_value else "similar"
    return "above" if value > null_value else "below" if value < null_value else "equal"


def choose_table_scale(rows: Sequence[TableObservationRow], indicator: IndicatorRow) -> Scale:
    """Return the scale of the values of a table, their limits, and bounds of censored ones."""
    return choose_scale(
        [value for row in rows for value in (row.value, row.value_min, row.value_max)],
        [limit for row in rows for limit in (row.ci_lower, row.ci_upper)],
        indicator.value_type,
        indicator.unit,
    )


def choose_scale(
    values: Iterable[float | None], limits: Iterable[float | None], value_type: str, unit: str
) -> Scale:
    """Return the scale on which values of a type and unit are drawn."""
    if value_type in RATIO_VALUE_TYPES:
        return scales.build_log_scale(values, limits)
    return scales.build_linear_scale(
        values,
        limits,
        is_percentage=unit.startswith("percent"),
        may_omit_zero=value_type in ZERO_OPTIONAL_VALUE_TYPES,
    )


def build_chart_rows(
    rows: Sequence[TableObservationRow],
    gaps: Mapping[str, GapRecord],
    value_type: str,
    comparator: str,
) -> list[ChartRow]:
    """Return each row with what is drawn of it, its comparison, and its mark."""
    codes = {row.ethnicity for row in rows} - {TOTAL}
    reference = next((row for row in rows if row.ethnicity == comparator), None)
    tested = count_tested(rows, gaps, value_type)
    comparisons = [
        _compare_row(row, gaps.get(row.ethnicity), value_type, comparator, tested) for row in rows
    ]
    return [
        ChartRow(
            observation=row,
            plot=_build_plot_row(
                row, "reference" if row is reference else choose_marker(comparison)
            ),
            gap=(gap := gaps.get(row.ethnicity)),
            difference_decimals=choose_difference_decimals(row, reference),
            ratio_decimals=choose_ratio_decimals(gap.ratio, gap.ratio_decimals) if gap else 2,
            comparison=comparison,
            is_comparator=row is reference,
            is_subgroup=row.parent in codes,
        )
        for row, comparison in zip(rows, comparisons, strict=True)
    ]


def _build_plot_row(row: TableObservationRow, marker: Marker) -> PlotRow:
    is_censored = row.value is None and (row.value_min, row.value_max) != (None, None)
    return PlotRow(
        row.value,
        row.ci_lower,
        row.ci_upper,
        (row.value_min, row.value_max) if is_censored else None,
        marker,
        row.obs_status == SUPPRESSED,
    )


def build_dot_plot(
    scale: Scale, rows: Iterable[ChartRow], value_type: str, language: Language
) -> DotPlot:
    """Return the plot of a table: gaps begin at the comparator, or where there is no difference."""
    comparator = next((row.plot for row in rows if row.is_comparator), None)
    is_comparison = value_type in NULL_VALUES
    return DotPlot(
        scale,
        format_ticks(scale, language),
        reference=PlotRow(NULL_VALUES[value_type]) if is_comparison else comparator,
        is_group=comparator is not None and not is_comparison,
    )


def _compare_row(
    row: TableObservationRow, gap: GapRecord | None, value_type: str, comparator: str, tested: int
) -> str:
    if row.ethnicity == comparator:
        return ""
    comparison = classify_difference(row, gap, value_type, tested)
    if comparator and not comparison and row.value is not None:
        return "not-compared"  # it holds the comparator, lies within it, or is no group
    return comparison


def choose_difference_decimals(
    row: TableObservationRow, reference: TableObservationRow | None
) -> int | None:
    """Return the decimals of a difference: never more than both values have."""
    return find_min_decimals(row.decimals, reference.decimals if reference else None)


def sort_rows(rows: Sequence[ChartRow], order: str) -> list[ChartRow]:
    """Return the total first; then the rows as they come, or by `value`, the highest first."""
    if order == "value":
        return sorted(rows, key=_get_value_sort_key)
    return sorted(rows, key=lambda row: not row.observation.is_total)


def add_headings(rows: Iterable[ChartRow], categories: Iterable[CategoryRow]) -> list[ChartRow]:
    """Return the rows with a heading over the first of each parent category without a row."""
    rows = list(rows)
    labels = {row.code: row.label for row in categories}
    headed, last_parent = [], ""
    for row in rows:
        parent = "" if row.is_subgroup else row.observation.parent or ""
        heading = labels.get(parent, "") if parent != last_parent else ""
        headed.append(replace(row, heading=heading))
        last_parent = parent
    return headed


def _get_value_sort_key(row: ChartRow) -> tuple[bool, bool, float]:
    value = row.observation.value
    return not row.observation.is_total, value is None, -(value or 0.0)
