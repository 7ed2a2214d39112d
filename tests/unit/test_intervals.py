"""Intervals: against values computed elsewhere, at the edges, and against what must hold."""

from __future__ import annotations

import csv
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evidencehub.stats import intervals, quantiles
from evidencehub.stats.intervals import ConfidenceLimits
from tests.support import upstream_vectors

PHE = "PHEindicatormethods"
CLOSE = 1e-9  # relative; the worst seen is far below it


def _grid() -> list[dict[str, str]]:
    path = Path(__file__).parents[1] / "vectors" / "ci_grid.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


METHODS: dict[str, Callable[[float, float, float], ConfidenceLimits]] = {
    "wilson": intervals.wilson_limits,
    "byars": lambda count, _, level: intervals.byar_limits(count, level),
    "poisson_exact": lambda count, _, level: intervals.exact_poisson_limits(count, level),
    "exact_lt10_else_byars": lambda count, _, level: intervals.poisson_limits(count, level),
}


def _is(limits: Sequence[object], *expected: float) -> None:
    for found, wanted in zip(limits, expected, strict=True):
        assert float(found) == pytest.approx(wanted, rel=CLOSE, abs=1e-12)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", _grid(), ids=lambda row: "-".join(row.values())[:40])
def test_a_value_of_the_grid(row: dict[str, str]) -> None:
    total = float(row["denominator"] or "nan")
    found = METHODS[row["method"]](float(row["count"]), total, float(row["level"]))
    _is(found, float(row["lower"]), float(row["upper"]))


@pytest.mark.parametrize("shape", [0.5, 1, 2, 9.5, 10, 60])
@pytest.mark.parametrize("probability", [0.001, 0.025, 0.975, 0.999])
def test_gamma_quantiles_are_those_of_scipy(shape: float, probability: float) -> None:
    assert quantiles.gamma_quantile(shape, probability) == pytest.approx(
        stats.gamma.ppf(probability, shape), rel=1e-11
    )


@pytest.mark.parametrize("freedom", [1, 2, 3.5, 10, 999, 1000, 1001, 50_000, 1e9])
@pytest.mark.parametrize("probability", [0.9, 0.975, 0.999])
def test_student_quantiles_are_those_of_scipy(freedom: float, probability: float) -> None:
    assert quantiles.student_quantile(freedom, probability) == pytest.approx(
        stats.t.ppf(probability, freedom), rel=1e-11
    )


LEVELS = {"95_0": 0.95, "99_8": 0.998}


def _agree(row: dict[str, str], scale: float, limits: Callable[[float], ConfidenceLimits]) -> bool:
    """Compare both levels of a row of a workbook; false where it gives none."""
    if not row["lower95_0cl"]:
        return False
    for name, level in LEVELS.items():
        if not row[f"lower{name}cl"] or (name == "99_8" and _slipped(row)):
            continue
        found = limits(level)
        expected = float(row[f"lower{name}cl"]), float(row[f"upper{name}cl"])
        _is((found.lower * scale, found.upper * scale), *expected)
    return True


def _slipped(row: dict[str, str]) -> bool:
    """True where the workbook's limits are those of another scale, ten times too large."""
    return float(row["lower99_8cl"]) > float(row["value"])


def test_the_workbook_of_proportions() -> None:
    rows = upstream_vectors.read_vector_rows(PHE, "Proportion__testdata_Prop.csv")
    assert sum(
        _agree(
            row,
            float(row["multiplier"]),
            lambda level, row=row: intervals.wilson_limits(
                float(row["Numerator"]), float(row["Denominator"]), level
            ),
        )
        for row in rows
    )


def test_the_workbook_of_rates() -> None:
    rows = upstream_vectors.read_vector_rows(PHE, "Rate__testdata_Rate.csv")
    assert sum(
        _agree(
            row,
            float(row["multiplier"]),
            lambda level, row=row: intervals.rate_limits(
                float(row["Numerator"]), float(row["Denominator"]), level
            ),
        )
        for row in rows
    )


GROUPED = {
    "Byars_Wilson__testdata_B_W.csv": (
        "x", "n", {"Byars": lambda x, _, level: intervals.byar_limits(x, level)}
        | {"Wilson": intervals.wilson_limits}, 12,
    ),
    "Proportion__testdata_Prop_g.csv": (
        "Numerator", "Denominator", {"Wilson": intervals.wilson_limits}, 8,
    ),
    "Rate__testdata_Rate_g.csv": (
        "Numerator", "Denominator", dict.fromkeys(("Exact", "Byars"), intervals.rate_limits), 9,
    ),
}  # fmt: skip
"""Workbooks with a level in each row: columns of the counts, methods, and rows with limits."""


@pytest.mark.parametrize("name", list(GROUPED))
def test_a_workbook_with_a_level_in_each_row(name: str) -> None:
    count, total, methods, expected_rows = GROUPED[name]
    seen = 0
    for row in upstream_vectors.read_vector_rows(PHE, name):
        if not row["lowercl"]:
            continue
        level = float(row["confidence"].rstrip("%")) / 100
        counts = (float(row[column] or "nan") for column in (count, total))
        found = methods[row["method"]](*counts, level)
        scale = float(row.get("multiplier") or 1)
        _is(
            (found.lower * scale, found.upper * scale), float(row["lowercl"]), float(row["uppercl"])
        )
        seen += 1
    assert seen == expected_rows


def test_the_workbook_of_means() -> None:
    values = defaultdict(list)
    for row in upstream_vectors.read_vector_rows(PHE, "Mean__testdata_Mean.csv"):
        values[row["area"]].append(float(row["values"]))
    seen = 0
    for row in upstream_vectors.read_vector_rows(PHE, "Mean__testdata_Mean_results.csv"):
        if mine := values.get(row["area"]):
            told = statistics.fmean(mine), statistics.stdev(mine), len(mine)
            seen += _agree(row, 1, lambda level, told=told: intervals.mean_limits(*told, level))
    assert seen


def test_the_workbook_of_directly_standardised_rates() -> None:
    ages: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in upstream_vectors.read_vector_rows(PHE, "DSR_ISR__testdata_multiarea.csv"):
        ages[row["area"]].append({**row, "weight": str(EUROPE[len(ages[row["area"]])])})
    for row in upstream_vectors.read_vector_rows(PHE, "DSR_ISR__testdata_1976.csv"):
        ages["testdata_1976"].append({**row, "weight": row["esp1976"]})
    seen = 0
    for row in upstream_vectors.read_vector_rows(PHE, "DSR_ISR__testresults_DSR.csv"):
        if row["area"] not in ages:
            continue
        told = [[float(r[n] or 0) for r in ages[row["area"]]] for n in ("count", "pop", "weight")]
        if not row["value"]:
            assert np.isnan(intervals.directly_standardised_rate(*told).value)
            continue
        scale = float(row["statistic"].rsplit(" ", 1)[-1])
        found = intervals.directly_standardised_rate(*told)
        assert found.value * scale == pytest.approx(float(row["value"]), rel=CLOSE)
        seen += _agree(row, scale, lambda level, told=told: _dobson(told, level))
    assert seen == 6


def _dobson(told: list[list[float]], level: float) -> ConfidenceLimits:
    found = intervals.directly_standardised_rate(*told, level)
    return ConfidenceLimits(found.lower, found.upper)


EUROPE = [
    *(5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000),
    *(4000, 2500, 1500, 1000),
]
"""The European standard population of 2013, by five years of age up to 90 and over."""


def test_the_workbook_of_indirectly_standardised_ratios() -> None:
    seen = 0
    for row in upstream_vectors.read_vector_rows(PHE, "DSR_ISR__testresults_ISR.csv"):
        if row["value"]:
            told = float(row["observed"]), float(row["expected"])
            scale = float(row["value"]) / (told[0] / told[1])
            seen += _agree(
                row,
                scale,
                lambda level, told=told: intervals.standardised_ratio_limits(*told, level),
            )
    assert seen == 16


# What is not defined is said so, and nothing is raised or warned of.


@pytest.mark.parametrize(
    ("count", "total"),
    [(1, 0), (0, 0), (-1, 10), (11, 10), (math.nan, 10), (1, math.nan), (1, math.inf)],
)
def test_a_proportion_that_is_none_has_no_limits(count: float, total: float) -> None:
    assert all(map(np.isnan, intervals.wilson_limits(count, total)))


@pytest.mark.parametrize("count", [-1, math.nan, math.inf, -math.inf])
def test_a_count_that_is_none_has_no_limits(count: float) -> None:
    for method in (intervals.poisson_limits, intervals.byar_limits, intervals.exact_poisson_limits):
        assert all(map(np.isnan, method(count)))


def test_a_rate_over_no_time_has_no_limits() -> None:
    assert np.isnan(intervals.rate_limits([3, 3], [0, -1])).all()


def test_nobody_and_everybody_reach_the_end_of_the_scale() -> None:
    assert intervals.wilson_limits(0, 20).lower == 0
    assert intervals.wilson_limits(20, 20).upper == 1
    assert intervals.poisson_limits(0).lower == 0


def test_a_standardised_rate_of_fewer_than_ten_events_is_not_given() -> None:
    few = intervals.directly_standardised_rate([[4, 5]], [[100, 100]], [1, 1])
    assert np.isnan([few.value, few.lower, few.upper]).all()
    assert few.events == 9
    ten = intervals.directly_standardised_rate([[5, 5]], [[100, 100]], [1, 1])
    assert ten.value == pytest.approx(0.05)


def test_a_standardised_rate_needs_people_at_every_age() -> None:
    found = intervals.directly_standardised_rate([[50, 0]], [[100, 0]], [1, 1])
    assert np.isnan(found.value).all()


def test_a_mean_of_one_value_has_no_limits() -> None:
    assert np.isnan(intervals.mean_limits([3, 3], [0.5, 0.5], [1, 0])).all()


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    for asked in (
        lambda: intervals.wilson_limits(1, 2, level),
        lambda: intervals.exact_poisson_limits(1, level),
        lambda: intervals.mean_limits(1, 1, 5, level),
    ):
        with pytest.raises(ValueError, match="between 0 and 1"):
            asked()


@given(count=st.integers(0, 10**6), more=st.integers(0, 10**6), level=st.floats(0.5, 0.999))
def test_an_interval_contains_its_proportion(count: int, more: int, level: float) -> None:
    total = count + more
    if total == 0:
        return
    found = intervals.wilson_limits(count, total, level)
    assert 0 <= found.lower <= count / total <= found.upper <= 1


@given(count=st.floats(0, 1e7), level=st.floats(0.5, 0.999))
def test_an_interval_contains_its_count(count: float, level: float) -> None:
    found = intervals.poisson_limits(count, level)
    assert 0 <= found.lower <= count <= found.upper


@given(count=st.integers(0, 300), level=st.floats(0.6, 0.99))
def test_a_wider_level_is_a_wider_interval(count: int, level: float) -> None:
    narrow, wide = (
        intervals.poisson_limits(count, level),
        intervals.poisson_limits(count, level + 0.005),
    )
    assert wide.lower <= narrow.lower
    assert wide.upper >= narrow.upper


@given(st.integers(0, 9), st.sampled_from([0.95, 0.998]))
def test_exact_limits_are_those_that_the_distribution_gives(count: int, level: float) -> None:
    tail = (1 - level) / 2
    found = intervals.exact_poisson_limits(count, level)
    assert stats.poisson.cdf(count, float(found.upper)) == pytest.approx(tail, rel=1e-9)
    if count:
        assert stats.poisson.sf(count - 1, float(found.lower)) == pytest.approx(tail, rel=1e-9)


def test_arrays_of_any_shape_keep_it() -> None:
    found = intervals.poisson_limits(np.arange(24).reshape(2, 3, 4))
    assert found.lower.shape == found.upper.shape == (2, 3, 4)


def test_limits_of_rounded_counts_reach_from_the_lowest_to_the_highest_true_count() -> None:
    for value_type, exact in (
        ("percentage", intervals.wilson_limits),
        ("rate", intervals.rate_limits),
    ):
        found = intervals.limits_for_value_type(value_type, [10, 0, 40], 40, 100.0, count_reach=2)
        lowest, highest = ([8, 0, 38], [12, 2, 40 if value_type == "percentage" else 42])
        assert found.lower == pytest.approx(exact(lowest, 40).lower * 100)
        assert found.upper == pytest.approx(exact(highest, 40).upper * 100)
    impossible = intervals.limits_for_value_type("percentage", [-1, 41], 40, 100.0, count_reach=2)
    assert np.isnan(impossible).all()
