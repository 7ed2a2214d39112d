"""Limits of differences and ratios: published examples, the edges, and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.stats import intervals
from evidencehub.stats.two_sample import LimitedValue, difference_limits, ratio_limits


def share(count: float, total: float) -> LimitedValue:
    return LimitedValue(count / total, *intervals.wilson_limits(count, total))


def rate(count: float, total: float) -> LimitedValue:
    return LimitedValue(count / total, *intervals.rate_limits(count, total))


# Newcombe 1998, table II, method 10
CLASSIC_PAIRS = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("first", "second", "lower", "upper"), CLASSIC_PAIRS)
def test_the_hybrid_score_interval_of_eight_published_pairs(first, second, lower, upper) -> None:
    limits = difference_limits(share(*first), share(*second))
    assert (float(limits.lower), float(limits.upper)) == pytest.approx((lower, upper), abs=5e-5)


def test_published_ratios_by_other_methods_are_near() -> None:
    """The aspirin trial (a ratio of 1.82) and a ratio of two rates (1.86), both log-normal there."""
    aspirin = ratio_limits(share(189, 11034), share(104, 11037))
    assert (float(aspirin.lower), float(aspirin.upper)) == pytest.approx((1.43, 2.31), abs=0.01)
    rates = ratio_limits(rate(41, 28010), rate(15, 19017))
    assert (float(rates.lower), float(rates.upper)) == pytest.approx((1.03, 3.35), rel=0.07)


def test_no_events_give_a_ratio_with_an_upper_limit() -> None:
    limits = ratio_limits(rate(0, 100), rate(5, 190))
    assert limits.lower == 0
    assert 0 < limits.upper < math.inf


def test_a_reference_without_events_gives_a_ratio_with_a_lower_limit_only() -> None:
    limits = ratio_limits(rate(5, 100), rate(0, 190))
    assert limits.lower == pytest.approx(1 / float(ratio_limits(rate(0, 190), rate(5, 100)).upper))
    assert limits.lower > 1
    assert limits.upper == math.inf


def test_what_is_not_known_stays_unknown() -> None:
    unknown = LimitedValue(1.0, math.nan, 2.0)
    for function in (difference_limits, ratio_limits):
        for limits in (function(unknown, rate(5, 100)), function(rate(5, 100), unknown)):
            assert np.isnan(limits.lower) | np.isnan(limits.upper)
    negative = ratio_limits(LimitedValue(-1.0, -2.0, 3.0), rate(5, 100))
    assert np.isnan(negative.lower) & np.isnan(negative.upper)


counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_the_limits_of_shares_are_possible_and_hold_the_estimate(first, second) -> None:
    x, y = share(*first), share(*second)
    lower, upper = difference_limits(x, y)
    assert -1 <= lower <= x.value - y.value + 1e-12
    assert x.value - y.value - 1e-12 <= upper <= 1
    lower, upper = ratio_limits(x, y)
    assert 0 <= lower <= upper
    if y.value:
        assert lower * (1 - 1e-12) <= x.value / y.value <= upper * (1 + 1e-12)


@given(counts, counts)
def test_difference_and_ratio_come_to_one_decision(first, second) -> None:
    x, y = rate(*first), rate(*second)
    difference, ratio = difference_limits(x, y), ratio_limits(x, y)
    distances = [difference.lower, difference.upper, ratio.lower - 1, ratio.upper - 1]
    if min(abs(float(distance)) for distance in distances) > 1e-9:
        assert (difference.lower > 0) == (ratio.lower > 1)
        assert (difference.upper < 0) == (ratio.upper < 1)


@given(counts, counts)
def test_the_other_way_round_turns_both(first, second) -> None:
    x, y = rate(*first), rate(*second)
    there, back = difference_limits(x, y), difference_limits(y, x)
    assert (float(there.lower), float(there.upper)) == (-float(back.upper), -float(back.lower))
    there, back = ratio_limits(x, y), ratio_limits(y, x)
    if there.lower > 0:
        assert there.lower * back.upper == pytest.approx(1)
    else:
        assert back.upper == math.inf
