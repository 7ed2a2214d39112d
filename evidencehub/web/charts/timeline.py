"""Days on a line of years: made, what happened, due, last checked. A list has one range of years.

Nothing is drawn between two marks: a day without a mark says only that the hub holds nothing of it.
No mark is coloured as good or bad. Times are decimal years. Places across are percentages of the
width and places down are pixels, as in the other charts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from evidencehub.web.charts.scales import MARGIN_PERCENT
from evidencehub.web.charts.svg import Attribute, build_element, write_percent
from evidencehub.web.charts.time_plot import TimeTick

MomentKind = Literal["made", "event", "due", "checked"]
MOMENT_KINDS: tuple[MomentKind, ...] = ("made", "due", "event", "checked")
"""The kinds in the order in which marks of one day lie on each other: each can still be seen."""
TIMELINE_HEIGHT, RULER_HEIGHT = 28, 18  # pixels
MOMENT_PATHS = {"made": "M0-8 8 0 0 8-8 0Z", "due": "M-1.5-11H1.5V11H-1.5Z"}
MOMENT_RADII = {"event": 4.5, "checked": 7.0}  # a ring lies around the dot of the same day


@dataclass(frozen=True, slots=True)
class Moment:
    """A mark at a time; `span` is when it may have been, if no day is known but a month or year."""

    time: float
    kind: MomentKind
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class YearAxis:
    """The years that all rows of a list share. `name` tells it from another axis of a page.

    A tick stands at the beginning of its year, its label in the middle.
    """

    time_range: tuple[float, float]
    ticks: Sequence[TimeTick]
    name: str = "years"

    def locate(self, time: float) -> float:
        """Return where a time stands in percent of the width; one outside stands at the end."""
        first, last = self.time_range
        fraction = (min(max(time, first), last) - first) / (last - first) if last > first else 0.5
        return round(MARGIN_PERCENT + (100 - 2 * MARGIN_PERCENT) * fraction, 2)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What one row draws on an axis; `description` says the same in words."""

    axis: YearAxis
    moments: Sequence[Moment]
    description: str = ""


def draw_year_ruler(axis: YearAxis) -> Markup:
    """Return the years above a list, with the grid that its rows repeat."""
    grid = build_element("g", *_draw_grid(axis), id=axis.name)
    labels = [
        build_element(
            "text",
            tick.label,
            class_="tick minor" if tick.is_minor else "tick",
            x=write_percent(axis.locate(tick.time + 0.5)),
            y=13,
            text_anchor="middle",
        )
        for tick in axis.ticks
    ]
    return _build_drawing(
        "ruler", RULER_HEIGHT, build_element("defs", grid), *labels, aria_hidden="true"
    )


def draw_timeline(timeline: Timeline, height: int = TIMELINE_HEIGHT) -> Markup:
    """Return the marks of a row in the order of time, over the grid of its ruler."""
    axis, middle = timeline.axis, height / 2
    moments = sorted(
        timeline.moments, key=lambda moment: (moment.time, MOMENT_KINDS.index(moment.kind))
    )
    grid = build_element("use", href=f"#{axis.name}")
    spans = [_draw_span(axis, moment.span, middle) for moment in moments if moment.span]
    marks = [_draw_moment(moment.kind, axis.locate(moment.time), middle) for moment in moments]
    return _build_drawing(
        "timeline", height, grid, *spans, *marks, role="img" if timeline.description else None,
        aria_label=timeline.description or None,
        aria_hidden=None if timeline.description else "true",
    )  # fmt: skip


def draw_moment_key(kind: MomentKind) -> Markup:
    """Return a mark by itself, for the key of a list."""
    return _build_drawing("key-mark", 22, _draw_moment(kind, 50, 11), aria_hidden="true")


def draw_span_key() -> Markup:
    """Return the bar of a day of which the month or year only is known, for the key of a list."""
    axis = YearAxis((0.0, 1.0), ())
    return _build_drawing("key-mark", 22, _draw_span(axis, (0.0, 1.0), 11), aria_hidden="true")


def _draw_grid(axis: YearAxis) -> Iterator[Markup]:
    ends = [tick.time for tick in axis.ticks] + [axis.time_range[1]] * bool(axis.ticks)
    for time in ends:
        x = write_percent(axis.locate(time))
        yield build_element("line", class_="grid", x1=x, x2=x, y1=0, y2="100%")


def _draw_span(axis: YearAxis, span: tuple[float, float], middle: float) -> Markup:
    start, end = (axis.locate(time) for time in span)
    return build_element(
        "rect", class_="moment-span", x=write_percent(start),
        width=write_percent(round(end - start, 2)), y=middle - 3, height=6,
    )  # fmt: skip


def _draw_moment(kind: MomentKind, position: float, middle: float) -> Markup:
    """Return the mark of a kind: a diamond, a dot, an upright bar or a ring."""
    css_class, x = f"moment {kind}", write_percent(position)
    if kind in MOMENT_PATHS:
        shape = build_element("path", class_=css_class, d=MOMENT_PATHS[kind])
        return build_element("svg", shape, x=x, y=middle, overflow="visible")
    return build_element("circle", class_=css_class, cx=x, cy=middle, r=MOMENT_RADII[kind])


def _build_drawing(
    css_class: str, height: int, *elements: Markup, **attributes: Attribute
) -> Markup:
    return build_element(
        "svg", *elements, class_=css_class, width="100%", height=height, **attributes,
        focusable="false",
    )  # fmt: skip
