"""Numbers that findings state: what rounded figures allow, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidencehub.stats.stated_values import (
    RoundedValue,
    compare_with_stated,
    recompute_claim,
    value_before_rounding,
)


@pytest.mark.parametrize(
    ("measure", "figure", "reference", "stated", "decimals", "verdict"),
    [
        # the publisher says 3.5 times; its own rounded rates give 3.56, and allow 3.53 to 3.60
        ("ratio", RoundedValue(228, 0), RoundedValue(64, 0), 3.5, 1, "within-rounding"),
        ("ratio", RoundedValue(228, 0), RoundedValue(64, 0), 3.6, 1, "within-rounding"),
        ("ratio", RoundedValue(228, 0), RoundedValue(64, 0), 3.4, 1, "mismatch"),
        ("ratio", RoundedValue(341.7, 1), RoundedValue(72.4, 1), 4.7, 1, "equal"),
        ("ratio", RoundedValue(760.0, 1), RoundedValue(69.3, 1), 11.0, 1, "equal"),
        ("ratio", RoundedValue(34, 0), RoundedValue(8, 0), 4.3, 1, "within-rounding"),
        # “about three times”, and the published ratio is 3.7
        ("value", RoundedValue(3.7, 1), None, 3, 0, "mismatch"),
        ("difference", RoundedValue(15, 0), RoundedValue(9.0, 1), 6, 0, "within-rounding"),
        ("difference", RoundedValue(6.92, 2), RoundedValue(2.87, 2), 4.05, 2, "within-rounding"),
        ("value", RoundedValue(12.67, 2, 254, 2_004_184, 100_000), None, 12.67, 2, "equal"),
        # the counts settle what the rounded percentages leave open
        (
            "ratio",
            RoundedValue(2.1, 1, 339, 16_011, 100),
            RoundedValue(1.1, 1, 791, 70_722, 100),
            1.9,
            1,
            "equal",
        ),
        ("ratio", RoundedValue(2.1, 1), RoundedValue(1.1, 1), 1.9, 1, "within-rounding"),
        ("ratio", RoundedValue(5, 0), RoundedValue(0, 0), 1.0, 1, "not-computable"),
        ("ratio", RoundedValue(5, 0), None, 1.0, 1, "not-computable"),
        ("difference", RoundedValue(5, 0), None, 1.0, 1, "not-computable"),
    ],
)
def test_a_number_is_judged_by_what_rounding_allows(
    measure: str,
    figure: RoundedValue,
    reference: RoundedValue | None,
    stated: float,
    decimals: int,
    verdict: str,
) -> None:
    assert (
        compare_with_stated(stated, decimals, recompute_claim(measure, figure, reference))
        == verdict
    )


def test_the_range_is_the_one_that_rounding_leaves() -> None:
    found = recompute_claim("ratio", RoundedValue(228, 0), RoundedValue(64, 0))
    assert found is not None
    assert found == pytest.approx((227.5 / 64.5, 228 / 64, 228.5 / 63.5))


@pytest.mark.parametrize(
    ("reference", "is_defined"),
    [
        (RoundedValue(-1, 0), False),
        (RoundedValue(0, 0), False),
        (RoundedValue(0, None), False),
        (RoundedValue(0.5, 0), False),  # from 0 to 1
        (RoundedValue(0.05, 1), False),  # from 0 to 0.1
        (RoundedValue(0.0625, None), True),
        (RoundedValue(0.75, 0), True),
        (RoundedValue(1, 0), True),
    ],
    ids=repr,
)
def test_a_ratio_is_defined_where_the_reference_cannot_be_zero(
    reference: RoundedValue, is_defined: bool
) -> None:
    assert (recompute_claim("ratio", RoundedValue(5, 0), reference) is not None) == is_defined


@pytest.mark.parametrize(("value", "is_defined"), [(-1, False), (-0.25, False), (0, True)])
def test_a_ratio_of_a_negative_value_is_not_defined(value: float, is_defined: bool) -> None:
    ratio = recompute_claim("ratio", RoundedValue(value, 0), RoundedValue(2, 0))
    assert (ratio is not None) == is_defined
    assert ratio is None or ratio == (0, 0, 0.5 / 1.5)


def test_a_zero_denominator_leaves_the_value_as_it_is_published() -> None:
    assert value_before_rounding(RoundedValue(3, 0, 1, 0, 100)) == (2.5, 3, 3.5)


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        (2.49, "mismatch"),
        (2.5, "within-rounding"),
        (3.0, "within-rounding"),
        (3.5, "within-rounding"),
        (3.51, "mismatch"),
    ],
)
def test_a_number_is_allowed_up_to_both_ends_of_the_range(stated: float, verdict: str) -> None:
    assert (
        compare_with_stated(stated, 4, recompute_claim("value", RoundedValue(3, 0), None))
        == verdict
    )


def test_counts_of_something_else_are_not_taken() -> None:
    # a standardised rate stands beside its counts: the crude rate would be 12.5
    assert value_before_rounding(RoundedValue(11.0, 1, 25, 2000, 1000)) == pytest.approx(
        (10.95, 11.0, 11.05)
    )


def test_a_figure_is_written_as_it_is_published() -> None:
    assert str(RoundedValue(760, 1)) == "760.0"
    assert str(RoundedValue(2.1, 1, 339, 16_011)) == "2.1 (339 of 16011)"
    assert str(RoundedValue(0.125, None)) == "0.125"
    assert str(RoundedValue(2.1, 1, 339)) == "2.1"
    assert str(RoundedValue(2.1, 1, None, 16_011)) == "2.1"


_DECIMALS = st.integers(0, 3)
_TRUE = st.floats(0.01, 500)


@given(_TRUE, _TRUE, _DECIMALS, _DECIMALS, _DECIMALS, st.sampled_from(["ratio", "difference"]))
def test_what_is_true_of_the_figures_before_rounding_is_never_a_mismatch(
    one: float, two: float, d1: int, d2: int, d3: int, measure: str
) -> None:
    figures = RoundedValue(round(one, d1), d1), RoundedValue(round(two, d2), d2)
    found = recompute_claim(measure, *figures)
    assume(found is not None)
    true = one / two if measure == "ratio" else one - two
    assert compare_with_stated(round(true, d3), d3, found) in ("equal", "within-rounding")


@given(_TRUE, _TRUE, _DECIMALS)
def test_a_number_far_outside_is_a_mismatch(one: float, two: float, decimals: int) -> None:
    found = recompute_claim("difference", RoundedValue(one, decimals), RoundedValue(two, decimals))
    assert found is not None
    assert compare_with_stated(found.upper + 2, 0, found) == "mismatch"
