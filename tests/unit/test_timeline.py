"""Timelines and parts of a whole: every mark is drawn, in order, and nothing between two."""

from __future__ import annotations

import itertools
import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.web.charts import part_strip, timeline
from evidencehub.web.charts.part_strip import Part
from evidencehub.web.charts.time_plot import TimeTick
from evidencehub.web.charts.timeline import Moment, Timeline, YearAxis
from evidencehub.web.views.recommendation_timelines import build_moment, build_year_axis

AXIS = YearAxis((2020.0, 2030.0), [TimeTick(float(year), str(year)) for year in range(2020, 2030)])
KINDS = st.sampled_from(timeline.MOMENT_KINDS)
TIMES = st.floats(1900, 2100).map(lambda time: round(time, 3))
MOMENTS = st.lists(st.builds(Moment, TIMES, KINDS), max_size=20)


def draw(*moments: Moment, description: str = "") -> ET.Element:
    return ET.fromstring(timeline.draw_timeline(Timeline(AXIS, moments, description)))


def list_marks(drawn: ET.Element) -> list[tuple[str, float]]:
    """Return the kind and the place in percent of each mark, as they are drawn."""
    marks = []
    for element in drawn:
        shape = element[0] if element.tag == "svg" else element
        css_class = shape.get("class", "")
        if css_class.startswith("moment "):
            place = element.get("x") or element.get("cx") or ""
            marks.append((css_class.split()[1], float(place.rstrip("%"))))
    return marks


@given(MOMENTS, st.integers(1900, 2100), st.integers(0, 150))
def test_every_event_is_drawn_in_order_inside_the_plot(moments, first, years) -> None:
    axis = YearAxis((float(first), float(first + years)), ())
    marks = list_marks(ET.fromstring(timeline.draw_timeline(Timeline(axis, moments))))
    assert sorted(kind for kind, _ in marks) == sorted(moment.kind for moment in moments)
    places = [place for _, place in marks]
    assert places == sorted(places)
    assert all(0 < place < 100 for place in places)


@given(TIMES, TIMES)
def test_equal_years_are_equally_wide_and_rows_of_a_list_share_them(time, other) -> None:
    low, high = AXIS.time_range
    inside = [min(max(moment, low), high) for moment in (time, other)]
    expected = (inside[1] - inside[0]) / (high - low) * (AXIS.locate(high) - AXIS.locate(low))
    assert math.isclose(AXIS.locate(other) - AXIS.locate(time), expected, abs_tol=0.02)


@pytest.mark.parametrize(
    ("kind", "tag"), [("made", "path"), ("event", "circle"), ("due", "path"), ("checked", "circle")]
)
def test_each_kind_has_a_shape_of_its_own(kind, tag) -> None:
    (mark,) = (e for e in draw(Moment(2024.0, kind)).iter() if e.get("class") == f"moment {kind}")
    assert mark.tag == tag
    assert f'class="moment {kind}"' in timeline.draw_moment_key(kind)


def test_marks_of_one_day_lie_so_that_each_can_be_seen() -> None:
    kinds = ["checked", "event", "due", "made"]
    drawn = list_marks(draw(*(Moment(2024.0, kind) for kind in kinds)))
    assert [kind for kind, _ in drawn] == ["made", "due", "event", "checked"]
    assert timeline.MOMENT_RADII["checked"] > timeline.MOMENT_RADII["event"]


def test_nothing_is_drawn_between_two_events() -> None:
    drawn = draw(Moment(2021.0, "made"), Moment(2029.0, "checked"))
    assert [e.tag for e in drawn.iter() if e.tag in {"line", "polyline", "rect"}] == []


def test_a_day_that_is_not_known_is_a_bar_over_its_year() -> None:
    drawn = draw(Moment(2021.5, "made", (2021.0, 2022.0)), Moment(2023.0, "event"))
    (bar,) = drawn.findall("rect[@class='moment-span']")
    start, width = (float(bar.attrib[name].rstrip("%")) for name in ("x", "width"))
    assert start == AXIS.locate(2021.0)
    assert math.isclose(start + width, AXIS.locate(2022.0), abs_tol=0.02)


def test_rows_repeat_the_grid_of_their_ruler() -> None:
    ruler = ET.fromstring(timeline.draw_year_ruler(AXIS))
    assert ruler.find("defs/g").get("id") == AXIS.name
    assert len(ruler.findall("defs/g/line")) == len(AXIS.ticks) + 1
    assert [text.text for text in ruler.findall("text")] == [tick.label for tick in AXIS.ticks]
    assert draw(Moment(2024.0, "made")).find("use").get("href") == f"#{AXIS.name}"


def test_a_timeline_says_in_words_what_it_shows_or_is_hidden_from_those_who_listen() -> None:
    spoken = draw(Moment(2024.0, "made"), description="made <2024>")
    assert (spoken.get("role"), spoken.get("aria-label")) == ("img", "made <2024>")
    silent = draw(Moment(2024.0, "made"))
    assert (silent.get("role"), silent.get("aria-hidden")) == (None, "true")


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=12))
def test_the_parts_fill_the_whole_in_their_order(counts) -> None:
    parts = [Part(count, str(count)) for count in counts]
    drawn = ET.fromstring(part_strip.draw_parts(parts))
    bars = [
        (float(bar.attrib["x"].rstrip("%")), float(bar.attrib["width"].rstrip("%")))
        for bar in drawn.findall("rect")
    ]
    assert len(bars) == len(counts)
    assert math.isclose(sum(width for _, width in bars), 100, abs_tol=0.1)
    assert all(
        math.isclose(start + width, following, abs_tol=0.02)
        for (start, width), (following, _) in itertools.pairwise(bars)
    )
    assert [text.text for text in drawn.findall("text")] == [str(count) for count in counts]


def test_a_part_of_which_nothing_is_known_is_dashed_in_the_strip_and_in_its_key() -> None:
    parts = [Part(3, "3"), Part(1, "1", is_absent=True)]
    assert len(re.findall("absent-part", part_strip.draw_parts(parts))) == 1
    assert "absent-part" not in part_strip.draw_part_key(parts, 0)
    assert "absent-part" in part_strip.draw_part_key(parts, 1)


def test_a_whole_without_parts_draws_nothing_in_it() -> None:
    assert "rect" not in part_strip.draw_parts([])


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("2021-01-01", Moment(2021.0, "event")),
        ("2021", Moment(2021.5, "event", (2021.0, 2022.0))),
        ("2020-07", Moment(2020 + (182 + 15.5) / 366, "event")),
    ],
)
def test_a_day_is_where_it_is_and_a_month_or_year_in_its_middle(day, moment) -> None:
    built = build_moment(day, "event")
    assert (round(built.time, 6), built.span) == (round(moment.time, 6), moment.span)


@given(st.lists(st.builds(Moment, TIMES, KINDS), min_size=1, max_size=30))
def test_an_axis_holds_all_events_in_whole_years_with_labels_that_fit(moments) -> None:
    axis = build_year_axis(moments)
    first, last = axis.time_range
    assert first <= min(moment.time for moment in moments)
    assert max(moment.time for moment in moments) <= last
    assert axis.ticks[0].time == first
    assert last - max(moment.time for moment in moments) <= 1
    assert 1 <= len(axis.ticks) <= 16
    assert not axis.ticks[0].is_minor
    assert sum(not tick.is_minor for tick in axis.ticks) <= 8


def test_an_axis_of_no_events_has_no_years() -> None:
    assert build_year_axis([]).ticks == ()
