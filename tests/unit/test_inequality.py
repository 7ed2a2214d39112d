"""What a measure of inequality says about its input: what counts, what is missing or wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evidencehub.inequality.measures import (
    MEASURES,
    MISSING_REASON_TEXTS,
    MissingReason,
    Strata,
    compute_measure,
)
from tests.support.sample_strata import make_stratum

NAN, INF = math.nan, math.inf
NAMES = list(MEASURES)
NEED_PEOPLE = [name for name, row in MEASURES.items() if row.needs_population == "yes"]
ORDERED = ["aci", "rci", "sii", "rii"]
RELATIVE = [name for name, row in MEASURES.items() if not row.is_absolute]


def why(name: str, **changes) -> str:
    found = compute_measure(name, make_stratum(**changes))
    assert math.isnan(found.estimate[0]) == bool(found.missing_reason[0])
    return str(found.missing_reason_texts()[0])


def why_no_interval(name: str, *, draws: int = 0, **changes) -> str:
    found = compute_measure(name, make_stratum(**changes), draws=draws)
    assert math.isfinite(found.estimate[0])
    assert math.isnan(found.lower[0]) == math.isnan(found.upper[0]) == (found.ci_method[0] == 0)
    return str(found.missing_interval_reason_texts()[0])


def estimate(name: str, **changes) -> float:
    return float(compute_measure(name, make_stratum(**changes)).estimate[0])


def test_there_are_the_21_measures_of_the_who_set_in_its_order() -> None:
    assert " ".join(MEASURES) == (
        "d r bgv bgsd cov mdmu mdmw mdbu mdbw mdru mdrw idisu idisw ti mld par paf aci rci sii rii"
    )
    assert RELATIVE == ["r", "cov", "idisu", "idisw", "ti", "mld", "paf", "rci", "rii"]
    assert [name for name, row in MEASURES.items() if row.is_ordered] == ORDERED
    assert [name for name, row in MEASURES.items() if row.null_value] == ["r", "rii"]
    assert [name for name, row in MEASURES.items() if row.min_groups == 2] == [
        "d", "r", "par", "paf",
    ]  # fmt: skip


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert len(set(MISSING_REASON_TEXTS)) == len(MISSING_REASON_TEXTS) == len(MissingReason)
    assert all(sentence.endswith(".") for sentence in MISSING_REASON_TEXTS[1:])


@pytest.mark.parametrize("name", NAMES)
def test_whole_input_gives_an_estimate(name: str) -> None:
    assert why(name) == ""


# which groups are compared


def test_an_order_compares_its_ends() -> None:
    assert estimate("d") == 50
    assert estimate("d", favourable=False) == -50
    assert estimate("r") == 6
    assert estimate("d", rank=[4, 2, 3, 1]) == -50


def test_a_declared_reference_is_compared_with_the_group_furthest_on_the_bad_side() -> None:
    assert estimate("d", rank=None, reference=1) == 10  # 20 less the lowest of the others
    assert estimate("d", rank=None, reference=1, favourable=False) == 40  # 60 less 20
    assert estimate("d", rank=None, reference=0) == -10  # the reference is the lowest itself


def test_without_order_and_reference_the_highest_is_compared_with_the_lowest() -> None:
    assert estimate("d", rank=None, reference=None) == 50
    assert estimate("d", rank=None, reference=None, favourable=False) == 50


def test_of_equal_groups_the_one_with_the_larger_error_is_taken() -> None:
    tied = {"estimate": [10, 10, 60, 60], "rank": None, "reference": None}
    assert compute_measure("d", make_stratum(**tied)).se[0] == pytest.approx(math.hypot(2, 4))


def test_what_is_exploratory() -> None:
    def exploratory(**changes) -> list[str]:
        return [
            name
            for name in NAMES
            if compute_measure(name, make_stratum(**changes)).is_exploratory[0]
        ]

    assert exploratory() == ["mdbu", "mdbw"]
    # a declared reference is compared with the group that lies furthest off
    assert exploratory(rank=None) == ["d", "r", "mdbu", "mdbw", "par", "paf"]
    assert exploratory(rank=None, reference=None) == ["d", "r", "mdbu", "mdbw", "par", "paf"]


# what is missing


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_at_all(name: str) -> None:
    assert why(name, estimate=[NAN] * 4) == "No group has a figure."


@pytest.mark.parametrize("name", NEED_PEOPLE)
@pytest.mark.parametrize("people", [None, [NAN] * 4, [0.0] * 4])
def test_no_population(name: str, people: list[float] | None) -> None:
    assert why(name, population=people) == "The dataset gives no population of the groups."


@pytest.mark.parametrize("name", ["mdmu", "idisu"])
def test_a_published_average_takes_the_place_of_populations(name: str) -> None:
    assert why(name, population=None) == (
        "The dataset gives neither the population of the groups nor an average."
    )
    found = compute_measure(
        name, make_stratum(population=[100, NAN, 300, 400], published_average=30.0)
    )
    assert (found.group_count[0], found.excluded_count[0]) == (4, 0)
    assert found.estimate[0] == pytest.approx({"mdmu": 17.5, "idisu": 100 * 17.5 / 30}[name])
    assert compute_measure(name, make_stratum(published_average=30.0)).estimate[0] == estimate(name)


@pytest.mark.parametrize("name", NAMES)
def test_one_group_is_not_enough(name: str) -> None:
    few = "Fewer than 2 groups." if MEASURES[name].min_groups == 2 else "Fewer than 3 groups."
    for changes in ({"estimate": [NAN, NAN, NAN, 60]}, {"is_listed": [False, False, False, True]}):
        assert why(name, rank=[NAN, NAN, NAN, 1], **changes) == few
    alone = Strata(
        estimate=np.array([[5.0]]),
        population=np.array([[5.0]]),
        rank=np.array([[1.0]]),
        favourable=np.array([True]),
        reference=np.array([0]),
    )
    assert compute_measure(name, alone).missing_reason_texts()[0] == few


def test_groups_left_out_are_counted_and_columns_that_are_no_groups_are_not() -> None:
    figures, people = [10, NAN, 40, 60], [100, 200, NAN, 400]
    unordered = {"estimate": figures, "population": people, "rank": None}

    def counts(name: str, **changes) -> tuple[int, int]:
        found = compute_measure(name, make_stratum(**unordered, **changes))
        return int(found.group_count[0]), int(found.excluded_count[0])

    assert counts("d") == (3, 1)
    assert counts("paf") == (2, 2)
    assert counts("paf", is_listed=[True, False, True, True]) == (2, 1)


def test_a_group_without_a_place_in_the_order_is_left_out() -> None:
    found = compute_measure("aci", make_stratum(rank=[1, 2, 3, NAN]))
    assert (found.group_count[0], found.excluded_count[0]) == (3, 1)


@pytest.mark.parametrize("name", ["d", "r", "mdru", "mdrw"])
@pytest.mark.parametrize("reference", [1, 4, -2])
def test_the_reference_group_is_absent(name: str, reference: int) -> None:
    changes = {"estimate": [10, NAN, 40, 60], "rank": None, "reference": reference}
    assert why(name, **changes) == "The reference group has no figure."


def test_the_reference_group_is_not_declared_or_has_no_population() -> None:
    assert why("mdru", reference=None) == "No reference group is declared."
    people = [100, 200, 300, NAN]
    assert why("mdrw", population=people) == "The reference group has no population."
    assert why("mdru", population=people) == ""


@pytest.mark.parametrize("name", ["d", "r", "par", "paf"])
def test_an_end_of_the_order_has_no_figure(name: str) -> None:
    assert why(name, estimate=[10, 20, 40, NAN]) == (
        "The first or the last group of the order has no figure."
    )
    assert bool(why(name, estimate=[NAN, 20, 40, 60])) == (name in ("d", "r"))


@pytest.mark.parametrize("name", ORDERED)
def test_groups_without_an_order(name: str) -> None:
    assert why(name, rank=None) == "The groups have no order."
    assert why(name, rank=[NAN] * 4) == "The groups have no order."
    assert why(name, rank=[1, 2, 2, 3]) == "Two groups have the same rank."


# what is wrong


@pytest.mark.parametrize("name", NAMES)
def test_infinite_figures(name: str) -> None:
    for figure in (INF, -INF):
        assert why(name, estimate=[10, figure, 40, 60], max_value=NAN) == (
            "A figure, population or rank is infinite, or a population is negative."
        )


@pytest.mark.parametrize("name", NEED_PEOPLE)
@pytest.mark.parametrize("people", [INF, -1.0])
def test_infinite_and_negative_populations(name: str, people: float) -> None:
    assert why(name, population=[100, 200, 300, people]) == (
        "A figure, population or rank is infinite, or a population is negative."
    )


@pytest.mark.parametrize("name", NAMES)
def test_negative_figures(name: str) -> None:
    found = why(name, estimate=[-10, 20, 40, 60], max_value=NAN)
    assert found == (
        "A figure is negative, which a relative measure does not allow." if name in RELATIVE else ""
    )
    assert why(name, estimate=[-10, 20, 40, 60]) == (
        "A figure is below zero or above the declared scale."
    )


@pytest.mark.parametrize("name", NAMES)
def test_percentages_declared_as_shares(name: str) -> None:
    assert why(name, max_value=1.0) == "A figure is below zero or above the declared scale."
    for scale in (0.0, -100.0, INF):
        assert why(name, max_value=scale) == "The scale is not a number above zero."


@pytest.mark.parametrize("name", NAMES)
def test_shares_declared_as_shares_give_what_percentages_do(name: str) -> None:
    factor = {"bgv": 1e4}.get(name, 1.0 if name in RELATIVE else 100.0)
    shares = estimate(name, estimate=[0.1, 0.2, 0.4, 0.6], max_value=1.0)
    assert estimate(name) == pytest.approx(shares * factor)


@pytest.mark.parametrize("name", NAMES)
def test_all_figures_zero(name: str) -> None:
    found = why(name, estimate=[0.0] * 4)
    reason = {"r": "The figure to divide by is zero."}.get(
        name, "The mean is zero, and a relative measure divides by it."
    )
    assert found == (reason if name in RELATIVE else "")


@pytest.mark.parametrize("name", NAMES)
def test_one_figure_zero(name: str) -> None:
    reason = {
        "r": "The figure to divide by is zero.",
        "mld": "A figure is zero, and its logarithm does not exist.",
    }.get(name, "")
    assert why(name, estimate=[0, 20, 40, 60]) == reason


def test_a_group_of_nobody_is_left_out() -> None:
    found = compute_measure(
        "mld", make_stratum(estimate=[0, 20, 40, 60], population=[0, 200, 300, 400])
    )
    assert (found.group_count[0], found.excluded_count[0], found.missing_reason[0]) == (3, 1, 0)


def test_a_zero_in_the_theil_index_adds_nothing_and_takes_the_interval() -> None:
    assert estimate("ti", estimate=[0, 30, 30, 30], population=[50, 20, 20, 10]) == pytest.approx(
        1000 * math.log(2)
    )
    zero = [0, 20, 40, 60]
    assert why_no_interval("ti", estimate=zero) == (
        "A figure is zero, and the interval needs its logarithm."
    )
    assert why_no_interval("ti", estimate=zero, se=[0, 2, 3, 4]) == ""
    assert why_no_interval("r", estimate=[60, 40, 20, 0]) == ""


def test_figures_from_none_to_all_that_no_curve_fits() -> None:
    steep = {"estimate": [0, 0, 100, 100]}
    assert why("sii", **steep) == "No curve of the model fits these figures."
    assert why("sii", **steep, max_value=NAN) == ""
    assert why("rii", **steep, max_value=NAN) == "The fitted line falls to zero or below."


def test_figures_too_large_to_be_squared() -> None:
    huge = [1e200, 2e200, 3e200, 4e200]
    assert why("bgv", estimate=huge, max_value=NAN) == (
        "The measure is not defined for these figures."
    )
