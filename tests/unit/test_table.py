"""The table of inequality: which groups are compared with which, and what is said when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from evidencehub.inequality.records import (
    Category,
    GapRecord,
    IndicatorProperties,
    InequalityRecord,
    InequalityTable,
    MissingEstimateRecord,
    ObservationRecord,
    StratumRecord,
)
from evidencehub.inequality.table import compile_inequality_table

SCHEME: Mapping[str, Category] = {
    "_T": Category(),
    "H": Category("_T", sort_order=1),
    "A": Category("H", sort_order=2),
    "B": Category("H", sort_order=3),
    "K": Category("_T", sort_order=4),
    "C": Category("K", sort_order=5),
    "_U": Category(is_residual=True),
}
RATE = IndicatorProperties("rate", "adverse", 1000.0, "toys", "A", is_crude=True)


def figure(ethnicity: str, value: float | None, **found: object) -> ObservationRecord:
    """A figure of 2024, with nothing but its group and value unless told otherwise."""
    told = dict.fromkeys(ObservationRecord._fields) | {
        "indicator": "rate",
        "scheme": "toys",
        "area": "X01",
        "period_start": "2024-01-01",
        "period_end": "2024-12-31",
        "sex": "_T",
        "age": "_T",
        "dimensions": "",
        "adjustment": "",
        "ethnicity": ethnicity,
        "value": value,
        "ci_level": 95.0,
        "counting_basis": "single",
    }
    return ObservationRecord(**told | found)  # type: ignore[arg-type]


def made(*figures: ObservationRecord, indicator: IndicatorProperties = RATE) -> InequalityTable:
    return compile_inequality_table(figures, {"rate": indicator}, {"toys": SCHEME})


def of(found: InequalityTable, measure: str) -> InequalityRecord:
    (row,) = [row for row in found.measures if row.measure == measure]
    return row


def gap(found: InequalityTable, ethnicity: str) -> GapRecord:
    (row,) = [row for row in found.gaps if row.ethnicity == ethnicity]
    return row


def place(found: InequalityTable, row: InequalityRecord) -> StratumRecord:
    return found.strata[row.stratum]


def why(found: InequalityTable, measure: str, what: str = "estimate") -> list[str]:
    return [
        m.reason for m in found.missing_estimates if (m.measure, m.missing_part) == (measure, what)
    ]


def test_each_group_is_compared_with_the_declared_reference() -> None:
    found = made(figure("A", 10.0, se=1.0), figure("B", 16.0, se=2.0), figure("C", 5.0, se=0.5))
    row = gap(found, "B")
    assert (row.reference, row.difference) == ("A", 6.0)
    assert row.difference_se == pytest.approx(5**0.5)
    limits = (row.difference_lower, row.difference_upper)
    assert limits == pytest.approx((1.6174, 10.3826), abs=1e-4)
    assert row.ratio == pytest.approx(1.6)
    # 16 - 10 R is 1.96 · √(2² + R²) away from zero
    assert (row.ratio_lower, row.ratio_upper) == pytest.approx((1.1480, 2.1798), abs=1e-4)
    assert of(found, "d").value == 6.0  # the group that lies furthest off


def test_without_a_reference_groups_are_compared_with_all_together_and_without_an_interval() -> (
    None
):
    plain = IndicatorProperties("rate", "adverse", 1000.0)
    told = [figure("_T", 12.0, se=0.5), figure("A", 10.0, se=1.0), figure("B", 16.0, se=2.0)]
    row = gap(made(*told, indicator=plain), "B")
    assert (row.reference, row.difference, row.difference_lower) == ("_T", 4.0, None)
    assert (row.ratio, row.ratio_se, row.ratio_lower) == (pytest.approx(16 / 12), None, None)


def test_without_reference_and_total_the_reason_is_given() -> None:
    found = made(figure("B", 16.0), figure("C", 5.0))
    assert why(found, "d") == ["The reference group has no figure."]
    plain = IndicatorProperties("rate", "adverse", 1000.0)
    found = made(figure("B", 16.0), figure("C", 5.0), indicator=plain)
    assert why(found, "r") == [
        "No reference group is declared, and there is no figure of all groups together."
    ]


def test_a_heading_is_not_compared_with_its_own_parts() -> None:
    found = made(figure("H", 12.0), figure("A", 10.0), figure("B", 16.0), figure("K", 5.0))
    assert [row.ethnicity for row in found.gaps] == ["B", "K"]


def test_measures_of_all_groups_take_one_level_of_the_scheme() -> None:
    people = {"population": 100.0, "se": 1.0}
    headings = [figure("H", 12.0, **people), figure("K", 5.0, **people)]
    groups = [figure(g, v, **people) for g, v in (("A", 10.0), ("B", 16.0), ("C", 5.0))]
    residual = figure("_U", 9.0, **people)
    row = of(made(*headings, *groups, residual), "bgv")
    assert (row.group_count, row.excluded_count) == (3, 0)
    mean = (10 + 16 + 5) / 3
    assert row.value == pytest.approx(sum((v - mean) ** 2 for v in (10, 16, 5)) / 3)


def test_a_group_without_a_figure_is_counted_as_left_out() -> None:
    people = {"population": 100.0}
    told = [figure(g, v, **people) for g, v in (("A", 10.0), ("B", 16.0), ("C", None))]
    found = made(*told)
    assert why(found, "bgv") == ["Fewer than 3 groups."]
    assert of(found, "d").excluded_count == 1
    assert why(found, "d") == ["This group has no figure."]


@pytest.mark.parametrize(
    ("indicator", "found", "se"),
    [
        (RATE, {"numerator": 25.0, "denominator": 2000.0}, 1000 * 5 / 2000),
        (
            IndicatorProperties("percentage", "adverse", 100.0, "toys", "A", is_crude=True),
            {"numerator": 25.0, "denominator": 200.0},
            100 * (0.125 * 0.875 / 200) ** 0.5,
        ),
        (RATE, {"ci_lower": 8.0, "ci_upper": 16.0}, 8 / (2 * 1.959964)),
        (RATE, {"se": 3.0, "numerator": 25.0, "denominator": 2000.0}, 3.0),
        # nobody: the count says nothing of the error, the limits do
        (
            RATE,
            {
                "value": 0.0,
                "numerator": 0.0,
                "denominator": 2000.0,
                "ci_lower": 0.0,
                "ci_upper": 2.0,
                "decimals": 1,
            },
            2 / (2 * 1.959964),
        ),
    ],
)
def test_standard_errors_come_from_the_best_that_is_known(
    indicator: IndicatorProperties, found: dict[str, object], se: float
) -> None:
    figures = figure("A", 10.0, se=0.0), figure("B", **{"value": 12.5} | found)
    told = made(*figures, indicator=indicator)
    assert gap(told, "B").difference_se == pytest.approx(se, rel=1e-6)


def test_counts_of_other_than_crude_figures_give_no_error() -> None:
    adjusted = IndicatorProperties("rate", "adverse", 1000.0, "toys", "A")
    counts = {"numerator": 25.0, "denominator": 2000.0}
    found = made(figure("A", 10.0, **counts), figure("B", 12.5, **counts), indicator=adjusted)
    assert gap(found, "B").difference_lower is None
    assert why(found, "d", "interval") == ["A group has no standard error."]
    assert why(found, "bgv") == ["The dataset gives no population of the groups."]


def test_where_people_count_in_several_groups_nothing_is_weighted() -> None:
    told = [
        figure(g, v, population=100.0, counting_basis="total-response")
        for g, v in (("A", 10.0), ("B", 16.0), ("C", 5.0))
    ]
    found = made(*told)
    assert why(found, "mld") == ["People may count in more than one group."]
    assert of(found, "mdru").value == pytest.approx((0 + 6 + 5) / 3)


def test_what_is_neither_good_nor_bad_has_no_best_group() -> None:
    neutral = IndicatorProperties("rate", "neutral", 1000.0, "toys", "A")
    told = [figure(g, v, population=100.0) for g, v in (("A", 10.0), ("B", 16.0), ("C", 5.0))]
    found = made(*told, indicator=neutral)
    assert why(found, "par") == ["Neither more nor less of it is better."]
    assert gap(found, "B").difference == 6.0
    assert of(found, "ti").value > 0


FIFTHS = {"fifths": ["1", "2", "3", "4", "5"]}


def test_an_ordered_dimension_is_measured_within_each_group() -> None:
    told = [
        figure("A", 50.0 - 5 * fifth, population=100.0, se=1.0, dimensions=f"fifths={fifth}")
        for fifth in range(1, 6)
    ]
    found = compile_inequality_table(told, {"rate": RATE}, {"toys": SCHEME}, FIFTHS)
    (row,) = [r for r in found.measures if r.measure == "sii"]
    here = place(found, row)
    assert (here.dimension, here.ethnicity, here.other, row.group_count) == ("fifths", "A", "", 5)
    assert row.value == pytest.approx(-25.0)  # a straight line, from one end to the other


def test_without_a_declared_order_there_is_no_slope() -> None:
    told = [figure("A", 50.0, population=100.0, dimensions=f"fifths={n}") for n in range(1, 6)]
    assert {stratum.dimension for stratum in made(*told).strata} == {"ethnicity"}


def test_a_figure_in_two_dimensions_keeps_the_other_one() -> None:
    told = [
        figure("A", 50.0 - n, population=100.0, dimensions=f"fifths={n};parity=first")
        for n in range(1, 6)
    ]
    found = compile_inequality_table(told, {"rate": RATE}, {"toys": SCHEME}, FIFTHS)
    told_of = {place(found, row).other for row in found.measures if row.measure == "sii"}
    assert told_of == {"parity=first"}


def test_a_hierarchy_that_goes_round_ends() -> None:
    scheme = {"A": Category("B"), "B": Category("A"), "C": Category()}
    told = [figure("A", 10.0), figure("B", 16.0), figure("C", 5.0)]
    found = compile_inequality_table(told, {"rate": RATE}, {"toys": scheme})
    assert gap(found, "C").difference == -5.0


def test_nothing_gives_nothing_and_other_indicators_are_passed_over() -> None:
    assert made() == InequalityTable()
    assert made(figure("A", 1.0, indicator="other")) == InequalityTable()


def test_the_order_of_rows_changes_nothing() -> None:
    told = [
        figure(g, v, population=n, se=1.0)
        for g, v, n in (("A", 10.0, 5.0), ("B", 16.0, 3.0), ("C", 5.0, 9.0))
    ]
    one, other = made(*told), made(*reversed(told))
    assert one == other


def test_what_is_missing_is_counted_in_strata() -> None:
    told = [figure("A", 10.0, area=area) for area in ("X01", "X02", "X03")]
    found = made(*told)
    told_of = MissingEstimateRecord("rate", "toys", "ethnicity", "bgv", "estimate", "", 3)
    (missing,) = [m for m in found.missing_estimates if m.measure == "bgv"]
    assert missing == told_of._replace(reason=missing.reason)
    assert missing.reason


def test_a_category_beside_the_parents_is_compared_with_their_parts() -> None:
    """“Non-Indigenous” has no parent; the three Indigenous categories have one without a value."""
    codes = {
        "_T": Category(),
        "1-3": Category("_T"),
        **{code: Category("1-3") for code in "123"},
        "6": Category("_T"),
    }
    values = {"1": 12.0, "2": 9.0, "3": 18.0, "6": 4.0, "_T": 6.0}
    observations = [figure(code, value) for code, value in values.items()]
    percentage = IndicatorProperties("percentage", "adverse", 100.0)
    table = compile_inequality_table(observations, {"rate": percentage}, {"toys": codes})
    difference, ratio = of(table, "d"), of(table, "r")
    assert (difference.value, ratio.value) == (14.0, 4.5)
    assert (difference.group_count, difference.excluded_count) == (4, 0)


def test_parts_that_a_reference_group_splits_off_are_counted_as_left_out() -> None:
    table = made(figure("H", 12.0), figure("A", 10.0), figure("K", 5.0))
    difference = of(table, "d")
    assert (difference.group_count, difference.excluded_count) == (2, 1)  # B is not listed


COUNTED = {"A": (100.0, 1_000_000.0), "B": (0.0, 10_000.0), "C": (3.0, 10_000.0)}
PER_100K = IndicatorProperties("rate", "adverse", 100_000.0, "toys", "A", is_crude=True)


def counted(ethnicity: str, value: float, **found: object) -> ObservationRecord:
    numerator, denominator = COUNTED[ethnicity]
    counts = {"numerator": numerator, "denominator": denominator}
    return figure(ethnicity, value, **counts | {"decimals": 2} | found)


def test_after_no_events_the_limits_reach_as_far_as_those_of_the_group() -> None:
    found = made(counted("A", 10.0), counted("B", 0.0), indicator=PER_100K)
    row = gap(found, "B")
    assert row.difference_lower == pytest.approx(-12.1628, abs=1e-3)
    assert row.difference_upper == pytest.approx(-10 + (36.8888**2 + 1.8640**2) ** 0.5, abs=1e-3)
    assert (row.ratio, row.ratio_lower) == (0.0, 0.0)
    assert row.ratio_upper == pytest.approx(3.7547, abs=1e-3)


def test_a_reference_of_no_events_leaves_the_ratio_its_lower_limit() -> None:
    reference_b = replace(PER_100K, reference_group="B")
    found = made(counted("A", 10.0), counted("B", 0.0), counted("C", 30.0), indicator=reference_b)
    row = gap(found, "A")
    assert (row.ratio, row.ratio_upper) == (None, None)
    assert row.ratio_lower == pytest.approx(1 / 3.7547, abs=1e-4)


def test_ten_of_ten_beside_none_of_twenty_is_no_more_than_a_hundred_points_apart() -> None:
    percent = IndicatorProperties("percentage", "adverse", 100.0, "toys", "A", is_crude=True)
    told = [
        figure("A", 0.0, numerator=0.0, denominator=20.0),
        figure("B", 100.0, numerator=10.0, denominator=10.0),
    ]
    row = gap(made(*told, indicator=percent), "B")
    assert (row.difference_lower, row.difference_upper) == pytest.approx((67.91, 100.0), abs=0.01)


def test_ratios_come_from_the_counts_behind_rounded_values() -> None:
    percent = IndicatorProperties("percentage", "adverse", 100.0, "toys", "A", is_crude=True)
    told = [
        figure("A", 1.1, numerator=791.0, denominator=70_722.0, decimals=1),
        figure("B", 2.1, numerator=339.0, denominator=16_011.0, decimals=1),
    ]
    assert gap(made(*told, indicator=percent), "B").ratio == pytest.approx(1.893, abs=5e-4)


def test_counts_that_are_not_those_of_the_value_are_not_used() -> None:
    """A weighted value stands beside the counts of the people that were asked."""
    told = [
        figure("A", 10.0, se=1.0, numerator=100.0, denominator=1_000.0, decimals=1),
        figure("B", 14.0, se=1.0, numerator=20.0, denominator=1_000.0, decimals=1),
    ]
    row = gap(made(*told, indicator=replace(RATE, scale=100.0)), "B")
    assert row.difference == 4.0


@pytest.mark.parametrize(
    ("level", "factor"), [(95.0, 1.0), (99.8, 1.959964 / 3.090232), (90.0, 1.959964 / 1.644854)]
)
def test_published_limits_keep_their_two_sides_at_another_level(
    level: float, factor: float
) -> None:
    limits = {"ci_lower": 9.0, "ci_upper": 16.0, "ci_level": level}
    told = [figure("A", 10.0, ci_lower=10.0, ci_upper=10.0), figure("B", 12.0, **limits)]
    row = gap(made(*told), "B")
    assert row.difference_lower == pytest.approx(2 - 3 * factor, abs=1e-5)
    assert row.difference_upper == pytest.approx(2 + 4 * factor, abs=1e-5)


def test_published_limits_wider_than_those_of_the_counts_are_kept() -> None:
    """A source knows of clusters and weights; where it gives the same limits, counts are finer."""
    exact = figure("A", 10.0, se=0.0)
    counts = {"numerator": 25.0, "denominator": 2000.0, "decimals": 1}
    wide = made(exact, figure("B", 12.5, ci_lower=5.0, ci_upper=25.0, **counts))
    assert gap(wide, "B").difference_upper == pytest.approx(15.0)
    same = made(exact, figure("B", 12.5, ci_lower=8.1, ci_upper=18.5, **counts))
    assert gap(same, "B").difference_upper == pytest.approx(8.4537, abs=1e-3)


def test_symmetric_limits_end_where_values_do() -> None:
    percent = IndicatorProperties("percentage", "adverse", 100.0, "toys", "A")
    told = [figure("A", 1.0, se=2.0), figure("B", 99.0, se=2.0)]
    row = gap(made(*told, indicator=percent), "B")
    assert (row.difference_lower, row.difference_upper) == pytest.approx(
        (98 - (2 * (1.959964 * 2) ** 2) ** 0.5, 98 + 2**0.5)
    )


def test_a_gap_says_how_exact_it_is() -> None:
    percent = IndicatorProperties("percentage", "adverse", 100.0, "toys", "A", is_crude=True)
    rounded = [figure("A", 1.1, decimals=1), figure("B", 2.1, decimals=2)]
    row = gap(made(*rounded, indicator=percent), "B")
    assert (row.decimals, row.ratio_decimals, row.difference) == (1, 0, 1.0)
    assert (row.ratio_min, row.ratio_max) == pytest.approx((2.095 / 1.15, 2.105 / 1.05))
    counts = [
        figure("A", 1.1, numerator=791.0, denominator=70_722.0, decimals=1),
        figure("B", 2.1, numerator=339.0, denominator=16_011.0, decimals=1),
    ]
    row = gap(made(*counts, indicator=percent), "B")
    assert (row.decimals, row.ratio_decimals, row.ratio_min, row.ratio_max) == (1, 2, None, None)
    assert row.ci_method == "mover"


def test_no_number_keeps_the_noise_of_binary_fractions() -> None:
    found = made(figure("A", 37.6, decimals=1), figure("B", 43.3, decimals=1))
    assert gap(found, "B").difference == 5.7  # 5.699999999999996 in doubles
    assert (of(found, "d").value, of(found, "d").decimals) == (5.7, 1)


def test_a_test_of_homogeneity_stands_beside_every_measure() -> None:
    told = [
        figure(g, v, population=100.0, se=1.0) for g, v in (("A", 10.0), ("B", 10.5), ("C", 9.5))
    ]
    found = made(*told)
    assert {row.homogeneity_p for row in found.measures} == {0.779}  # Q = 0.5 with 2 degrees
    assert of(found, "bgsd").ci_lower == of(found, "mdbu").ci_lower == 0
    without = made(*(row._replace(se=None) for row in told))
    assert {row.homogeneity_p for row in without.measures} == {None}


def year(ethnicity: str, first: int, last: int, value: float, **found: object) -> ObservationRecord:
    period = {"period_start": f"{first}-01-01", "period_end": f"{last}-12-31"}
    return figure(ethnicity, value, se=0.5, **period | found)


def context(*figures: ObservationRecord, indicator: IndicatorProperties = RATE):
    return {row.ethnicity: row for row in made(*figures, indicator=indicator).gap_contexts}


def test_a_gap_is_compared_with_the_newest_period_that_shares_no_time_with_it() -> None:
    series = [(2016, 2018), (2018, 2020), (2019, 2021)]
    figures = [
        year(code, *span, value + n)
        for n, span in enumerate(series)
        for code, value in (("A", 10.0), ("B", 20.0))
    ]
    row = context(*figures)["B"]
    assert (row.earlier_start, row.earlier_end) == ("2016-01-01", "2018-12-31")
    assert (row.difference_change, row.moved) == (0.0, "both")


@pytest.mark.parametrize(
    ("breaks", "declared", "expected"),
    [
        ({}, False, "2022-01-01"),
        ({("B", 2022): 1}, False, "2022-01-01"),  # the break is before it
        ({("B", 2023): 1}, False, "2023-01-01"),  # and before this one
        ({("B", 2024): 1}, False, None),
        ({("A", 2023): 1}, False, None),  # between them, and the reference group's counts too
        ({("C", 2024): 1}, False, "2022-01-01"),  # another group's does not
        ({}, True, None),
    ],
)
def test_no_change_is_told_across_a_break(
    breaks: dict[tuple[str, int], int], declared: bool, expected: str | None
) -> None:
    figures = [
        year(code, y, y, 10.0 * n + y - 2000, is_break=breaks.get((code, y), 0))
        for y in (2022, 2023, 2024)
        for n, code in enumerate("ABC", start=1)
        if not (y == 2023 and code == "B" and not breaks.get(("B", 2023)))
    ]
    indicator = replace(RATE, has_declared_breaks=declared)
    row = context(*figures, indicator=indicator).get("B")
    assert (row.earlier_start if row else None) == expected


def test_unknown_ethnicity_and_events_follow_from_counts_of_the_same_table() -> None:
    counts = {"A": (500.0, 100_000.0), "B": (120.0, 10_000.0), "_U": (90.0, 3_000.0)}
    figures = [
        figure(code, 1000 * x / n, numerator=x, denominator=n, decimals=3)
        for code, (x, n) in counts.items()
    ]
    row = context(*figures)["B"]
    assert row.unknown_ratio_max == pytest.approx(210 / 13_000 / 0.005)
    assert row.unknown_ratio_min == pytest.approx(0.012 / (590 / 103_000))
    assert row.events_above_reference == pytest.approx(70.0)
    assert row.events_above_reference_lower < 70 < row.events_above_reference_upper
    without = context(*figures[:2])["B"]
    assert without.unknown_ratio_max is None
    hidden = context(*figures[:2], figure("_U", None))["B"]
    assert hidden.unknown_ratio_max is None


@pytest.mark.parametrize("name", ["percentage", "rate"])
def test_from_repeated_readings_nothing_is_derived_as_if_they_were_people(name: str) -> None:
    people = IndicatorProperties(name, "adverse", 100.0, "toys", "A", is_crude=True)
    readings = replace(people, has_independent_counts=False)
    counts = [
        figure("A", 1.1, numerator=791.0, denominator=70_722.0, decimals=1),
        figure("B", 2.1, numerator=339.0, denominator=16_011.0, decimals=1),
    ]
    assert gap(made(*counts, indicator=people), "B").difference_lower is not None
    found = made(*counts, indicator=readings)
    row = gap(found, "B")
    assert (row.difference_lower, row.ratio_lower, row.difference_se) == (None, None, None)
    assert row.ratio == pytest.approx(1.893, abs=5e-4)  # the counts still give the ratio
    assert why(found, "d", "interval") == [
        "A person may count many times in these counts, so no confidence limits follow from them."
    ]


def test_limits_that_a_source_gives_for_repeated_readings_are_used() -> None:
    readings = IndicatorProperties(
        "percentage", "adverse", 100.0, "toys", "A", is_crude=True, has_independent_counts=False
    )
    limits = [
        figure("A", 1.0, numerator=700.0, denominator=70_000.0, ci_lower=0.8, ci_upper=1.3),
        figure("B", 2.0, numerator=320.0, denominator=16_000.0, ci_lower=1.5, ci_upper=2.7),
    ]
    row = gap(made(*limits, indicator=readings), "B")
    assert row.difference_lower == pytest.approx(1 - (0.5**2 + 0.3**2) ** 0.5)


def test_counts_rounded_to_five_have_wider_limits_than_exact_ones() -> None:
    rounded = replace(RATE, count_reach=2.0)
    told = [
        figure("A", 10.0, numerator=100.0, denominator=10_000.0),
        figure("B", 20.0, numerator=10.0, denominator=500.0),
    ]
    exact, wide = (gap(made(*told, indicator=kind), "B") for kind in (RATE, rounded))
    assert wide.difference_lower < exact.difference_lower
    assert wide.difference_upper > exact.difference_upper
    assert wide.difference_se > exact.difference_se
    assert wide.difference == exact.difference
