"""How many decimals differences, ratios and measures have, and what rounding allows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.inequality.decimals import bound_ratio, choose_ratio_decimals, count_decimals


def bounds(value: float, half: float, base: float, base_half: float) -> tuple[float, float]:
    found = bound_ratio(*(np.array([number]) for number in (value, half, base, base_half)))
    return float(found.lowest[0]), float(found.highest[0])


def test_rounded_values_give_the_range_of_ratios_that_rounding_allows() -> None:
    assert bounds(2.1, 0.05, 1.1, 0.05) == pytest.approx((2.05 / 1.15, 2.15 / 1.05))
    assert bounds(2.1, 0.05, 1.1, 0) == pytest.approx((2.05 / 1.1, 2.15 / 1.1))
    assert bounds(0.0, 0.05, 1.1, 0.05) == pytest.approx((0, 0.05 / 1.05))


@pytest.mark.parametrize(
    "numbers", [(2.1, 0, 1.1, 0), (2.1, 0.05, 0.0, 0.05), (2.1, 0.05, 0.05, 0.05), (-1, 0.5, 1, 0)]
)
def test_there_is_no_range_of_an_exact_ratio_nor_of_one_without_end(
    numbers: tuple[float, float, float, float],
) -> None:
    assert all(math.isnan(bound) for bound in bounds(*numbers))


@pytest.mark.parametrize(
    ("numbers", "decimals"),
    [
        ((341.7, 0.05, 72.4, 0.05), 2),
        ((2.1, 0.05, 1.1, 0.05), 0),
        ((21, 0.5, 11, 0.5), 0),
        ((12.5, 0.05, 11.1, 0.05), 1),
        ((38, 0.5, 25.0, 0.05), 1),  # 1.50 to 1.54: no whole number lies there
        ((37, 0.5, 25.0, 0.05), 1),  # 1.46 to 1.50
        ((339 / 16011, 0, 791 / 70722, 0), 2),
    ],
)
def test_a_ratio_has_no_more_decimals_than_its_values_decide(
    numbers: tuple[float, float, float, float], decimals: int
) -> None:
    found = bound_ratio(*(np.array([number]) for number in numbers))
    ratio = np.array([numbers[0] / numbers[2]])
    assert choose_ratio_decimals(ratio, found).tolist() == [decimals]


@given(st.integers(1, 400), st.integers(1, 4000))
def test_a_ratio_in_whole_numbers_is_one_that_the_values_allow(value: int, base: int) -> None:
    numbers = (float(value), 0.5, base / 10, 0.05)
    found = bound_ratio(*(np.array([number]) for number in numbers))
    ratio = numbers[0] / numbers[2]
    (decimals,) = choose_ratio_decimals(np.array([ratio]), found).tolist()
    if decimals == 0:
        assert found.lowest[0] <= round(ratio) <= found.highest[0]


@pytest.mark.parametrize(
    ("value", "largest", "decimals", "most", "expected"),
    [
        (0.4, 2.1, 1, None, 1),  # in the figures' unit
        (29.12, 2.1, 1, 1, 0),  # percent of the mean, from two digits
        (29.12, 212.4, 1, 1, 1),
        (0.0, 2.1, 1, 1, 1),
        (133.0, 2.1, 1, 2, 0),  # three digits of two are too many; none is taken away
        (0.15, 141.6, 1, 3, 3),
        (0.15, 3.0, 0, 3, 1),
        (1.0, 2.1, math.nan, 1, None),
    ],
)
def test_a_measure_has_no_more_digits_than_its_figures(
    value: float, largest: float, decimals: float, most: int | None, expected: int | None
) -> None:
    assert count_decimals(value, largest, decimals, most) == expected
