"""Numbers that findings state: what rounded figures allow, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidencehub.measures.claims import Figure, allowed, judge, recomputed


@pytest.mark.parametrize(
    ("measure", "figure", "reference", "stated", "decimals", "verdict"),
    [
        # the publisher says 3.5 times; its own rounded rates give 3.56, and allow 3.53 to 3.60
        ("ratio", Figure(228, 0), Figure(64, 0), 3.5, 1, "within-rounding"),
        ("ratio", Figure(228, 0), Figure(64, 0), 3.6, 1, "within-rounding"),
        ("ratio", Figure(228, 0), Figure(64, 0), 3.4, 1, "mismatch"),
        ("ratio", Figure(341.7, 1), Figure(72.4, 1), 4.7, 1, "equal"),
        ("ratio", Figure(760.0, 1), Figure(69.3, 1), 11.0, 1, "equal"),
        ("ratio", Figure(34, 0), Figure(8, 0), 4.3, 1, "within-rounding"),
        # “about three times”, and the published ratio is 3.7
        ("value", Figure(3.7, 1), None, 3, 0, "mismatch"),
        ("difference", Figure(15, 0), Figure(9.0, 1), 6, 0, "within-rounding"),
        ("difference", Figure(6.92, 2), Figure(2.87, 2), 4.05, 2, "within-rounding"),
        ("value", Figure(12.67, 2, 254, 2_004_184, 100_000), None, 12.67, 2, "equal"),
        # the counts settle what the rounded percentages leave open
        (
            "ratio",
            Figure(2.1, 1, 339, 16_011, 100),
            Figure(1.1, 1, 791, 70_722, 100),
            1.9,
            1,
            "equal",
        ),
        ("ratio", Figure(2.1, 1), Figure(1.1, 1), 1.9, 1, "within-rounding"),
        ("ratio", Figure(5, 0), Figure(0, 0), 1.0, 1, "not-computable"),
        ("ratio", Figure(5, 0), None, 1.0, 1, "not-computable"),
        ("difference", Figure(5, 0), None, 1.0, 1, "not-computable"),
    ],
)
def test_a_number_is_judged_by_what_rounding_allows(
    measure: str,
    figure: Figure,
    reference: Figure | None,
    stated: float,
    decimals: int,
    verdict: str,
) -> None:
    assert judge(stated, decimals, recomputed(measure, figure, reference)) == verdict


def test_the_range_is_the_one_that_rounding_leaves() -> None:
    found = recomputed("ratio", Figure(228, 0), Figure(64, 0))
    assert found is not None
    assert found == pytest.approx((227.5 / 64.5, 228 / 64, 228.5 / 63.5))


@pytest.mark.parametrize(
    ("reference", "is_defined"),
    [
        (Figure(-1, 0), False),
        (Figure(0, 0), False),
        (Figure(0, None), False),
        (Figure(0.5, 0), False),  # from 0 to 1
        (Figure(0.05, 1), False),  # from 0 to 0.1
        (Figure(0.0625, None), True),
        (Figure(0.75, 0), True),
        (Figure(1, 0), True),
    ],
    ids=repr,
)
def test_a_ratio_is_defined_where_the_reference_cannot_be_zero(
    reference: Figure, is_defined: bool
) -> None:
    assert (recomputed("ratio", Figure(5, 0), reference) is not None) == is_defined


@pytest.mark.parametrize(("value", "is_defined"), [(-1, False), (-0.25, False), (0, True)])
def test_a_ratio_of_a_negative_value_is_not_defined(value: float, is_defined: bool) -> None:
    ratio = recomputed("ratio", Figure(value, 0), Figure(2, 0))
    assert (ratio is not None) == is_defined
    assert ratio is None or ratio == (0, 0, 0.5 / 1.5)


def test_a_zero_denominator_leaves_the_value_as_it_is_published() -> None:
    assert allowed(Figure(3, 0, 1, 0, 100)) == (2.5, 3, 3.5)


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
    assert judge(stated, 4, recomputed("value", Figure(3, 0), None)) == verdict


def test_counts_of_something_else_are_not_taken() -> None:
    # a standardised rate stands beside its counts: the crude rate would be 12.5
    assert allowed(Figure(11.0, 1, 25, 2000, 1000)) == pytest.approx((10.95, 11.0, 11.05))


def test_a_figure_is_written_as_it_is_published() -> None:
    assert str(Figure(760, 1)) == "760.0"
    assert str(Figure(2.1, 1, 339, 16_011)) == "2.1 (339 of 16011)"
    assert str(Figure(0.125, None)) == "0.125"
    assert str(Figure(2.1, 1, 339)) == "2.1"
    assert str(Figure(2.1, 1, None, 16_011)) == "2.1"


_DECIMALS = st.integers(0, 3)
_TRUE = st.floats(0.01, 500)


@given(_TRUE, _TRUE, _DECIMALS, _DECIMALS, _DECIMALS, st.sampled_from(["ratio", "difference"]))
def test_what_is_true_of_the_figures_before_rounding_is_never_a_mismatch(
    one: float, two: float, d1: int, d2: int, d3: int, measure: str
) -> None:
    figures = Figure(round(one, d1), d1), Figure(round(two, d2), d2)
    found = recomputed(measure, *figures)
    assume(found is not None)
    true = one / two if measure == "ratio" else one - two
    assert judge(round(true, d3), d3, found) in ("equal", "within-rounding")


@given(_TRUE, _TRUE, _DECIMALS)
def test_a_number_far_outside_is_a_mismatch(one: float, two: float, decimals: int) -> None:
    found = recomputed("difference", Figure(one, decimals), Figure(two, decimals))
    assert found is not None
    assert judge(found.highest + 2, 0, found) == "mismatch"
