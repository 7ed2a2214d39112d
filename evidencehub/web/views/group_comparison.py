"""The groups of one table beside a comparator: where each stands, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.domain.count_rounding import get_rounding_reach
from evidencehub.domain.status import (
    COMPARABLE_VALUE_TYPES,
    RATIO_VALUE_TYPES,
    REPEATED_UNITS,
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
from evidencehub.stats.quantiles import z_for_level
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.observations import (
    CategoryRow,
    Period,
    TableKey,
    TableObservationRow,
    get_dimension,
)
from evidencehub.web.charts import scales
from evidencehub.web.views.rounding import choose_ratio_decimals, find_min_decimals

DIFFERENCE_VALUE_TYPE, COUNT_VALUE_TYPE = "difference", "count"
DEFAULT_CI_LEVEL = 95.0
MARKER_SHAPES = {"": "filled", "higher": "filled", "lower": "filled", "similar": "hollow"}
"""The marker of a comparison; every other one is a square."""


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
    """A row of a chart: an observation, its places in percent of the width, its comparison.

    `comparison` is one of higher, similar and lower; above, equal and below if there is no
    confidence interval; `not-compared` if the group is not compared; else empty.
    """

    observation: TableObservationRow
    position: float | None
    lower_position: float | None
    upper_position: float | None
    censored_positions: tuple[float | None, float | None] | None
    gap: GapRecord | None
    difference_decimals: int | None
    ratio_decimals: int
    comparison: str
    marker: str
    is_comparator: bool
    is_subgroup: bool

    @property
    def has_rounding_range(self) -> bool:
        """Return whether rounding of the values allows ratios that are written differently."""
        bounds = (self.gap.ratio_min, self.gap.ratio_max) if self.gap else (None, None)
        texts = {f"{bound:.{self.ratio_decimals}f}" for bound in bounds if bound is not None}
        return len(texts) > 1

    @property
    def is_square(self) -> bool:
        """Return whether the marker is a square: not tested, or not compared."""
        return self.marker == "square"

    @property
    def is_hollow(self) -> bool:
        """Return whether the marker is hollow: no clear difference."""
        return self.marker == "hollow"

    @property
    def has_interval(self) -> bool:
        """Return whether both ends of the confidence interval have a place."""
        return self.lower_position is not None and self.upper_position is not None


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

    There are none without a comparator.
    """
    if not comparator:
        return {}
    from evidencehub.inequality import group_gaps  # brings numpy: for pages that compare only

    groups = {
        row.code: Category(row.parent or "", bool(row.residual), row.sort_order or 0)
        for row in basis.categories
    }
    gaps = group_gaps.compute_gaps(
        [_build_observation(row, basis) for row in rows],
        _build_properties(basis, comparator),
        groups,
        comparator,
        basis.counting_basis,
    )
    return {gap.ethnicity: gap for gap in gaps}


def _build_observation(row: TableObservationRow, basis: ComparisonBasis) -> ObservationRecord:
    scheme, area, sex, age, other, _, adjustment = basis.key
    return ObservationRecord(
        basis.indicator.indicator, scheme, area, *basis.period, sex, age, other, adjustment,
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


def list_plotted_values(rows: Iterable[TableObservationRow]) -> list[float | None]:
    """Return the values of a table, their confidence limits, and bounds of censored ones."""
    return [
        value
        for row in rows
        for value in (row.value, row.ci_lower, row.ci_upper, row.value_min, row.value_max)
    ]


def choose_scale(values: Iterable[float | None], value_type: str) -> scales.Scale:
    """Return the scale on which values of this type are drawn."""
    if value_type in RATIO_VALUE_TYPES:
        return scales.build_log_scale(values)
    include_zero = value_type in (DIFFERENCE_VALUE_TYPE, COUNT_VALUE_TYPE)
    return scales.build_linear_scale(values, include_zero=include_zero)


def build_chart_rows(
    rows: Sequence[TableObservationRow],
    scale: scales.Scale,
    gaps: Mapping[str, GapRecord],
    value_type: str,
    comparator: str,
) -> list[ChartRow]:
    """Return each row with its places on the scale, its comparison, and its marker."""
    codes = {row.ethnicity for row in rows} - {TOTAL}
    reference = next((row for row in rows if row.ethnicity == comparator), None)
    tested = count_tested(rows, gaps, value_type)
    comparisons = [
        _compare_row(row, gaps.get(row.ethnicity), value_type, comparator, tested) for row in rows
    ]
    return [
        ChartRow(
            observation=row,
            position=scale.locate(row.value),
            lower_position=scale.locate(row.ci_lower),
            upper_position=scale.locate(row.ci_upper),
            censored_positions=_locate_censored(row, scale),
            gap=(gap := gaps.get(row.ethnicity)),
            difference_decimals=choose_difference_decimals(row, reference),
            ratio_decimals=choose_ratio_decimals(gap.ratio, gap.ratio_decimals) if gap else 2,
            comparison=comparison,
            marker=MARKER_SHAPES.get(comparison, "square"),
            is_comparator=row.ethnicity == comparator,
            is_subgroup=row.parent in codes,
        )
        for row, comparison in zip(rows, comparisons, strict=True)
    ]


def _locate_censored(
    row: TableObservationRow, scale: scales.Scale
) -> tuple[float | None, float | None] | None:
    """Return between which places a censored value lies: an end of the scale if it has one bound.

    None for a value that is known, and for one of which nothing is.
    """
    if row.value is not None or (row.value_min is None and row.value_max is None):
        return None
    low = scale.low if row.value_min is None else row.value_min
    high = scale.high if row.value_max is None else row.value_max
    return scale.locate(low), scale.locate(high)


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


def _get_value_sort_key(row: ChartRow) -> tuple[bool, bool, float]:
    value = row.observation.value
    return not row.observation.is_total, value is None, -(value or 0.0)
