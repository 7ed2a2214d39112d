"""The geometry of the charts: where marks and figures stand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.web.charts import scales

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 6))


@pytest.mark.parametrize(
    ("figures", "marks"),
    [
        ([12.0, 341.7], [0, 100, 200, 300, 400]),
        ([60.8, 68.1], [55, 60, 65, 70, 75]),  # not from edge to edge
        ([-25.0, 4.0], [-30, -20, -10, 0, 10]),
        ([0.0, 0.0], [-0.5, -0.25, 0, 0.25, 0.5]),
        ([], [0, 0.25, 0.5, 0.75, 1]),
        ([None, 5.0, None], [0, 2, 4, 6]),
    ],
)
def test_a_scale_has_round_marks(figures, marks) -> None:
    assert [mark.value for mark in scales.build_linear_scale(figures).ticks] == marks


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.booleans())
def test_every_figure_is_on_the_scale_and_in_its_order(figures, zero) -> None:
    scale = scales.build_linear_scale(figures, include_zero=zero)
    assert scale.low <= min(figures)
    assert max(figures) <= scale.high
    assert not zero or scale.has_zero
    placed = [scale.locate(one) for one in sorted(figures)]
    assert placed == sorted(placed)
    assert all(scales.MARGIN_PERCENT <= one <= 100 - scales.MARGIN_PERCENT for one in placed)
    assert 2 <= len(scale.ticks) <= 12
    steps = [b.value - a.value for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)]
    assert all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)


@given(st.floats(0.01, 50))
def test_on_a_scale_of_ratios_twice_and_half_are_as_far_from_one(ratio: float) -> None:
    scale = scales.build_log_scale([0.01, 100])
    one = scale.locate(1.0)
    assert math.isclose(scale.locate(2.0) - one, one - scale.locate(0.5), abs_tol=0.11)
    assert (
        scales.build_log_scale([ratio]).low <= min(ratio, 1) <= scales.build_log_scale([ratio]).high
    )


def test_a_scale_far_from_zero_says_so() -> None:
    assert not scales.build_linear_scale([60.8, 68.1]).has_zero
    assert scales.build_linear_scale([60.8, 68.1], include_zero=True).has_zero
    assert scales.build_linear_scale([60.8, 168.1]).has_zero


def test_a_missing_value_and_a_break_interrupt_the_line() -> None:
    scale = scales.build_linear_scale([0, 10])
    whole = scales.build_trend_panel([1, 2, 3, 4], [1, 2, 3, 4], scale, (1, 4))
    assert len(whole.paths) == 1
    gap = scales.build_trend_panel([1, 2, 3, 4, 5], [1, 2, None, 4, 5], scale, (1, 5))
    assert len(gap.paths) == 2
    assert len(gap.points) == 4
    broken = scales.build_trend_panel(
        [1, 2, 3, 4], [1, 2, 3, 4], scale, (1, 4), [False, False, True, False]
    )
    assert len(broken.paths) == 2
