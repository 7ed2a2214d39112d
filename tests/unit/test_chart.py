"""The grammar of the charts: what a scale begins with, what a mark means, what no line may join."""

from __future__ import annotations

import itertools
import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.web.charts import coverage_mark, dot_plot, scales, time_plot
from evidencehub.web.charts.dot_plot import DotPlot, PlotRow
from evidencehub.web.charts.time_plot import TimePlot, TimePoint, TimeSeries, TimeTick

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 6))


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([12.0, 341.7], [0, 100, 200, 300, 400]),
        ([8.1, 8.2], [0, 2.5, 5, 7.5, 10]),  # close values lie close to each other
        ([60.8, 68.1], [0, 20, 40, 60, 80]),
        ([-25.0, 4.0], [-30, -20, -10, 0, 10]),
        ([0.0, 0.0], [0, 0.25, 0.5, 0.75, 1]),
        ([], [0, 0.25, 0.5, 0.75, 1]),
        ([None, 5.0, None], [0, 2, 4, 6]),
    ],
)
def test_a_scale_starts_at_zero_and_has_round_ticks(values, ticks) -> None:
    assert [tick.value for tick in scales.build_linear_scale(values).ticks] == ticks


@pytest.mark.parametrize(
    ("values", "limits", "high"),
    [
        ([58.0, 84.1], (), 100),
        ([51.0], (), 100),
        ([8.2], (), 10),
        ([50.0], (), 60),  # the border: not more than half
        ([140.0], (), 150),  # coverage above the whole, as published
        ([99.0], [101.0], 100),  # a limit that no percentage can have is an arrow
    ],
)
def test_percentages_of_more_than_half_have_a_scale_to_the_whole(values, limits, high) -> None:
    scale = scales.build_linear_scale(values, limits, is_percentage=True)
    assert (scale.low, scale.high) == (0, high)


def test_only_a_scale_that_may_omit_zero_does_and_then_it_is_not_narrow() -> None:
    scale = scales.build_linear_scale([80.1, 80.3], may_omit_zero=True)
    assert not scale.has_zero
    assert scale.high - scale.low >= scales.MIN_SPAN_SHARE * 80
    assert scales.build_linear_scale([10.0, 80.3], may_omit_zero=True).has_zero


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.booleans())
def test_every_value_is_on_the_scale_and_in_its_order(values, may_omit_zero) -> None:
    scale = scales.build_linear_scale(values, may_omit_zero=may_omit_zero)
    assert scale.low <= min(values)
    assert max(values) <= scale.high
    assert may_omit_zero or scale.has_zero
    placed = [scale.locate(value) for value in sorted(values)]
    assert placed == sorted(placed)
    assert all(scales.MARGIN_PERCENT <= place <= 100 - scales.MARGIN_PERCENT for place in placed)
    assert 2 <= len(scale.ticks) <= 12
    steps = [b.value - a.value for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)]
    assert all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_a_limit_far_off_does_not_set_the_scale(value: float, limit: float) -> None:
    scale = scales.build_linear_scale([value], [limit])
    assert scale.high <= scales.build_linear_scale([value * scales.LIMIT_REACH]).high
    if limit <= value * scales.LIMIT_REACH:
        assert scale.has_place_for(limit)


@given(st.lists(st.floats(1e-3, 1e3), max_size=9))
def test_a_scale_of_ratios_has_powers_of_two_with_one_and_is_never_narrow(ratios) -> None:
    scale = scales.build_log_scale(ratios)
    ticks = [tick.value for tick in scale.ticks]
    assert 1.0 in ticks
    assert len(ticks) <= scales.MAX_RATIO_TICKS
    assert not next(tick for tick in scale.ticks if tick.value == 1.0).is_minor
    assert scale.low <= 0.5
    assert scale.high >= 2.0
    assert all(math.log2(tick).is_integer() for tick in ticks)
    assert all(scale.has_place_for(ratio) for ratio in ratios)
    one = scale.locate(1.0)
    assert math.isclose(scale.locate(2.0) - one, one - scale.locate(0.5), abs_tol=0.02)


def draw(row: PlotRow, plot: DotPlot | None = None) -> str:
    scale = scales.build_linear_scale([0.0, 10.0])
    return dot_plot.draw_marks(plot or DotPlot(scale), row)


def count_shapes(drawn: str, css_class: str) -> int:
    return len(re.findall(rf'class="{css_class}', drawn))


@pytest.mark.parametrize("marker", ["filled", "hollow", "square", "reference"])
def test_each_meaning_has_a_shape_of_its_own(marker) -> None:
    assert count_shapes(draw(PlotRow(5.0, marker=marker)), f"mark {marker}") == 1


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        (PlotRow(None, is_suppressed=True), "suppressed"),
        (PlotRow(None, bounds=(None, 5.0)), "interval censored"),
        (PlotRow(None, bounds=(8.0, None)), "interval censored"),
        (PlotRow(0.0), "mark square"),
    ],
)
def test_suppressed_censored_and_zero_never_look_alike(row: PlotRow, shape: str) -> None:
    drawn = draw(row)
    shapes = ("suppressed", "interval censored", "mark")
    assert [name for name in shapes if count_shapes(drawn, name)] == [
        next(name for name in shapes if shape.startswith(name))
    ]


def test_a_missing_value_draws_nothing() -> None:
    assert draw(PlotRow(None)) == ""


@pytest.mark.parametrize(
    ("row", "arrows"),
    [
        (PlotRow(5.0, 1.0, 9.0), 0),
        (PlotRow(5.0, -3.0, 9.0), 1),
        (PlotRow(5.0, -3.0, 90.0), 2),
        (PlotRow(None, bounds=(8.0, None)), 1),
        (PlotRow(None, bounds=(1.0, 4.0)), 0),
        (PlotRow(50.0), 1),
    ],
)
def test_an_end_outside_the_scale_is_an_arrow(row: PlotRow, arrows: int) -> None:
    assert count_shapes(draw(row), "arrow") == arrows


def test_the_bar_reaches_from_the_reference_to_the_value() -> None:
    scale = scales.build_linear_scale([0.0, 10.0])
    plot = DotPlot(scale, reference=PlotRow(4.0, marker="reference"), is_group=True)
    bar = ET.fromstring(f"<g>{draw(PlotRow(9.0), plot)}</g>").find("rect[@class='gap']")
    assert bar is not None
    start, width = (float(bar.attrib[name].rstrip("%")) for name in ("x", "width"))
    assert start == scale.locate(4.0)
    assert math.isclose(start + width, scale.locate(9.0), abs_tol=0.02)
    assert count_shapes(draw(plot.reference, plot), "gap") == 0


def test_a_name_is_escaped_wherever_it_is_drawn() -> None:
    drawn = time_plot.draw_time_plot(build_plot([series([(1, 2.0), (2, 3.0)], label="<b>&")]))
    assert "<b>" not in drawn
    assert "&lt;b&gt;&amp;" in drawn


def series(points, *, label="A", runs=None, bridges=(), style="a") -> TimeSeries:
    run = [TimePoint(float(time), value) for time, value in points]
    return TimeSeries(label, "0.9", "1.0", style, runs or [run], bridges)


def build_plot(lines, **settings) -> TimePlot:
    points = [point for line in lines for point in line.points]
    times = [point.time for point in points]
    scale = scales.build_linear_scale([point.value for point in points])
    labels = [f"{tick.value:g}" for tick in scale.ticks]
    ticks = [TimeTick(time, str(time)) for time in sorted(set(times))]
    return TimePlot(scale, labels, (min(times), max(times)), ticks, lines, **settings)


def test_a_line_joins_the_points_of_a_run_and_none_of_two() -> None:
    first, second = [TimePoint(1.0, 1.0), TimePoint(2.0, 2.0)], [TimePoint(4.0, 4.0)]
    plot = build_plot([series((), runs=[first, second])])
    assert count_shapes(time_plot.draw_time_plot(plot), 'line a"') == 1
    bridged = series((), runs=[first, second], bridges=[(first[-1], second[0])])
    drawn = time_plot.draw_time_plot(build_plot([bridged]))
    assert count_shapes(drawn, "line bridge a") == 1


@given(st.integers(2, 200), st.integers(0, 40))
def test_every_point_can_be_seen(count: int, single: int) -> None:
    """Of many points only the last is a dot, but one that no line touches always is."""
    runs = [[TimePoint(float(n), 1.0) for n in range(count)]]
    runs += [[TimePoint(float(count + n), 1.0)] for n in range(single)]
    drawn = time_plot.draw_time_plot(build_plot([series((), runs=runs)]))
    dots = count_shapes(drawn, "point a")
    assert dots >= max(single, 1)
    assert dots == count + single or count + single > time_plot.MAX_POINTS_MARKED


@given(st.lists(st.tuples(st.floats(0, 260), st.floats(20, 64)), min_size=1, max_size=4))
def test_no_label_at_the_end_of_a_line_covers_another(labels) -> None:
    tops, heights = zip(*labels, strict=True)
    places = time_plot.keep_apart(tops, heights, 280)
    ordered = sorted(zip(places, heights, tops, strict=True), key=lambda label: label[0])
    for (above, height, _), (below, _, _) in itertools.pairwise(ordered):
        assert below - above >= height - 1e-6
    assert max(place + height for place, height in zip(places, heights, strict=True)) <= 280 + 1e-6


def test_a_break_is_drawn_and_named_once() -> None:
    plot = build_plot(
        [series([(1, 1.0), (5, 2.0)])], breaks=[2.0, 3.0], break_text="break in series"
    )
    drawn = time_plot.draw_time_plot(plot)
    assert count_shapes(drawn, "break") == 2
    assert drawn.count("break in series") == 1
    assert "break in series" not in time_plot.draw_panel(plot)


def test_panels_repeat_what_the_first_one_draws_behind_its_line() -> None:
    lines = [series([(1, 1.0), (2, 2.0)]), series([(1, 3.0), (2, 3.0)], style="b")]
    plot = build_plot(lines, breaks=[1.5])
    first, second = (time_plot.draw_panel(plot, is_first=is_first) for is_first in (True, False))
    assert f'id="{time_plot.PANEL_BASE}"' in first
    assert f'href="#{time_plot.PANEL_BASE}"' in second
    counts = {
        name: (first.count(name), second.count(name)) for name in ("line a", "line b", "break")
    }
    assert counts == {"line a": (1, 1), "line b": (1, 0), "break": (1, 0)}


def test_a_picture_says_in_words_what_it_shows_or_is_hidden_from_those_who_listen() -> None:
    lines = [series([(1, 1.0), (2, 2.0)])]
    spoken = ET.fromstring(time_plot.draw_time_plot(build_plot(lines, description="A: 1, then 2")))
    assert (spoken.get("role"), spoken.get("aria-label")) == ("img", "A: 1, then 2")
    silent = ET.fromstring(time_plot.draw_time_plot(build_plot(lines)))
    assert (silent.get("role"), silent.get("aria-hidden")) == (None, "true")


LIST_PLOT = DotPlot(scales.LIST_SCALE, [""] * len(scales.LIST_SCALE.ticks), reference=PlotRow(1.0))


@pytest.mark.parametrize("marker", ["filled", "hollow", "square"])
def test_what_a_line_of_a_list_repeats_stands_once_in_its_head(marker) -> None:
    line = dot_plot.draw_list_strip(LIST_PLOT, [PlotRow(3.0, marker=marker)])
    references = re.findall(r'href="#([^"]+)"', line)
    assert references == ["grid", "bar", marker]
    assert set(references) <= set(re.findall(r'id="([^"]+)"', dot_plot.draw_list_ruler(LIST_PLOT)))


def test_of_several_groups_no_bar_is_drawn_and_outside_the_scale_an_arrow() -> None:
    line = dot_plot.draw_list_strip(LIST_PLOT, [PlotRow(0.5), PlotRow(None), PlotRow(78.0)])
    assert re.findall(r'href="#([^"]+)"', line) == ["grid", "square"]
    assert line.count("arrow") == 1


def list_geometry(drawn: str) -> list[tuple[str, frozenset[tuple[str, str]]]]:
    """Each shape of a drawing without its colours."""
    return [
        (shape.tag, frozenset((key, value) for key, value in shape.items() if key != "class"))
        for shape in ET.fromstring(drawn).iter()
        if shape.tag not in ("svg", "g")
    ]


def test_what_is_held_of_a_cell_is_a_shape_and_none_that_says_how_sure_a_gap_is() -> None:
    marks = ("filled", "hollow", "square", "reference")
    drawings = [coverage_mark.draw_coverage_mark(status) for status in coverage_mark.SHAPES]
    shapes = [list_geometry(drawn) for drawn in drawings]
    assert all(shapes)
    assert len({frozenset(geometry) for geometry in shapes}) == len(shapes) == 4
    classes = [set(re.findall(r'class="([^"]+)"', drawn)) for drawn in drawings]
    assert not set().union(*classes) & {f"mark {marker}" for marker in marks}
