"""Lines over time: on one scale, named at their ends, never drawn across what must not be compared.

Times are decimal years. Places across are percentages of the width, places down are pixels: text is
never scaled, and one drawing serves a phone, a wide screen and a picture.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evidencehub.web.charts.scales import Scale
from evidencehub.web.charts.svg import build_element, write_percent

PLOT_HEIGHT, PANEL_HEIGHT = 260, 84  # pixels
TIME_MARGIN = 1.5  # percent of the width left free at either end
MAX_POINTS_MARKED = 60  # of all lines: of more only the last, and those without a line
END_LINE_CHARS, END_LINE_HEIGHT = 15, 15  # of the name at the end of a line
PERCENT = 100
PANEL_BASE = "panel"  # what the panels of a page share, by name
LABEL_ROOM = 26  # pixels below the plot for the times


Size = tuple[int, int]  # width and height


@dataclass(frozen=True, slots=True)
class TimePoint:
    """A value at a time; hollow if it is of a secondary source, or of a status that says so."""

    time: float
    value: float
    lower: float | None = None
    upper: float | None = None
    is_hollow: bool = False


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """The values of one group. A line joins the points of a run and none of two runs.

    `bridges` are pairs of points with times without a value between them, joined by dots.
    `style` is one of a, b, c and d: b is the group compared with. `start_text` and `end_text` are
    the first and the last value in writing.
    """

    label: str
    start_text: str
    end_text: str
    style: str
    runs: Sequence[Sequence[TimePoint]]
    bridges: Sequence[tuple[TimePoint, TimePoint]] = ()

    @property
    def points(self) -> list[TimePoint]:
        """Return all its points in order."""
        return [point for run in self.runs for point in run]

    @property
    def has_hollow_point(self) -> bool:
        """Return whether a point is hollow."""
        return any(point.is_hollow for point in self.points)

    @property
    def lonely_points(self) -> list[TimePoint]:
        """Return the points that no line touches: without a mark nobody would see them."""
        return [run[0] for run in self.runs if len(run) == 1]


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A time below the plot; a minor one has no label on a narrow screen."""

    time: float
    label: str
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class TimePlot:
    """Several series on one scale; `breaks` are the times that no comparison may cross.

    `times` are those of the rows of its table, in their order.

    `tick_labels` are those of the scale. `description` says in words what the picture shows.
    """

    scale: Scale
    tick_labels: Sequence[str]
    time_range: tuple[float, float]
    time_ticks: Sequence[TimeTick]
    series: Sequence[TimeSeries]
    times: Sequence[float] = ()
    breaks: Sequence[float] = ()
    break_text: str = ""
    description: str = ""

    def locate_time(self, time: float) -> float:
        """Return where a time stands in percent of the width; a single one stands in the middle."""
        first, last = self.time_range
        fraction = (time - first) / (last - first) if last > first else 0.5
        return round(TIME_MARGIN + (100 - 2 * TIME_MARGIN) * fraction, 2)


def draw_time_plot(plot: TimePlot, height: int = PLOT_HEIGHT, width: int = PERCENT) -> Markup:
    """Return an svg as wide as its place; the names at the ends of the lines hang over its edge.

    `width` is its width in pixels where that is known, as in a picture: lines are then not
    stretched, which only browsers draw without stretching their strokes too.
    """
    elements = (
        *_draw_value_axis(plot, height),
        *_draw_time_axis(plot, height),
        *_draw_breaks(plot, height, plot.break_text),
        _draw_shapes(plot, plot.series, (width, height)),
        *_draw_all_points(plot, height, marks_points=True),
        *_draw_end_labels(plot, height),
    )
    return _build_picture("time-plot", plot, height + LABEL_ROOM, *elements)


def draw_panel(
    plot: TimePlot, height: int = PANEL_HEIGHT, width: int = PERCENT, *, is_first: bool = True
) -> Markup:
    """Return one of many small charts on a common scale; it is about its first series.

    What all of them have behind it is drawn by the first one of a page.
    """
    size = (width, height)
    elements = (
        _draw_panel_base(plot, size) if is_first else build_element("use", href=f"#{PANEL_BASE}"),
        _draw_shapes(plot, plot.series[:1], size),
        *_draw_all_points(plot, height, marks_points=False),
    )
    return _build_picture("panel", plot, height + 18, *elements)


def _draw_panel_base(plot: TimePlot, size: Size) -> Markup:
    """Return the ends of both scales, the breaks, and the series that is in every panel."""
    height = size[1]
    top, base = plot.tick_labels[-1], write_pixel(height)
    first, last = plot.time_ticks[0], plot.time_ticks[-1]
    return build_element(
        "g",
        build_element("line", class_="grid", x1="0%", x2="100%", y1=0, y2=0),
        build_element("line", class_="base", x1="0%", x2="100%", y1=base, y2=base),
        build_element("text", top, class_="tick", x="0%", y=-4),
        build_element("text", first.label, class_="tick", x="0%", y=height + 15),
        build_element(
            "text", last.label, class_="tick", x="100%", y=height + 15, text_anchor="end"
        ),
        *_draw_breaks(plot, height, ""),
        _draw_shapes(plot, plot.series[1:], size),
        id=PANEL_BASE,
    )


def _build_picture(css_class: str, plot: TimePlot, height: int, *elements: Markup) -> Markup:
    return build_element(
        "svg", *elements, class_=css_class, height=height,
        role="img" if plot.description else None, aria_label=plot.description or None,
        data_times=" ".join(f"{plot.locate_time(time):g}" for time in plot.times) or None,
        aria_hidden=None if plot.description else "true",
    )  # fmt: skip


def write_pixel(value: float) -> str:
    """Return a number of pixels with one decimal at most."""
    return f"{round(value, 1):g}"


def _locate_value(scale: Scale, value: float, height: int) -> float:
    """Return how many pixels below the top of the plot a value stands."""
    return round(height * (1 - scale.locate(value) / 100), 1)


def _draw_value_axis(plot: TimePlot, height: int) -> Iterator[Markup]:
    for tick, label in zip(plot.scale.ticks, plot.tick_labels, strict=True):
        y = _locate_value(plot.scale, tick.value, height)
        is_base = tick.value == (1.0 if plot.scale.is_log else 0.0)
        css_class = "base" if is_base else "grid"
        yield build_element("line", class_=css_class, x1="0%", x2="100%", y1=y, y2=y)
        yield build_element(
            "text", label, class_="tick", x="0%", dx=-8, y=y, dy=4, text_anchor="end"
        )


def _draw_time_axis(plot: TimePlot, height: int) -> Iterator[Markup]:
    for tick in plot.time_ticks:
        x = write_percent(plot.locate_time(tick.time))
        css_class = "tick minor" if tick.is_minor else "tick"
        yield build_element("line", class_="base", x1=x, x2=x, y1=height, y2=height + 4)
        yield build_element(
            "text", tick.label, class_=css_class, x=x, y=height + 20, text_anchor="middle"
        )


def _draw_breaks(plot: TimePlot, height: int, text: str) -> Iterator[Markup]:
    """Yield a dotted line at each break, with its words at the first one."""
    for number, time in enumerate(plot.breaks):
        x = write_percent(plot.locate_time(time))
        yield build_element("line", class_="break", x1=x, x2=x, y1=-6, y2=height)
        if number == 0 and text:
            is_late = plot.locate_time(time) > 70  # percent of the width
            yield build_element(
                "text", text, class_="tick", x=x, dx=-6 if is_late else 6, y=4,
                text_anchor="end" if is_late else "start",
            )  # fmt: skip


def _draw_shapes(plot: TimePlot, all_series: Sequence[TimeSeries], size: Size) -> Markup:
    """Return bands and lines. A line cannot stand at percentages: it is stretched."""
    width, height = size
    shapes = [
        *(band for series in all_series for band in _draw_bands(plot, series, size)),
        *(line for series in all_series for line in _draw_lines(plot, series, size)),
    ]
    return build_element(
        "svg", *shapes, height=height, viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
    )  # fmt: skip


def _draw_all_points(plot: TimePlot, height: int, *, marks_points: bool) -> Iterator[Markup]:
    """Yield the dots: of all points and the ends of many, else of the end of the first line."""
    for series, points in _select_marked_points(plot, marks_points=marks_points):
        yield from _draw_points(plot, series, points, height)


def _select_marked_points(
    plot: TimePlot, *, marks_points: bool
) -> Iterator[tuple[TimeSeries, list[TimePoint]]]:
    """Yield each series with the points that are dots."""
    point_count = sum(len(series.points) for series in plot.series)
    for number, series in enumerate(plot.series):
        if marks_points and point_count <= MAX_POINTS_MARKED:
            yield series, series.points
            continue
        ends = series.points[-1:] if marks_points or number == 0 else []
        yield series, [*series.lonely_points, *ends]


def _draw_bands(plot: TimePlot, series: TimeSeries, size: Size) -> Iterator[Markup]:
    """Yield the confidence intervals of each run as a shape."""
    for run in series.runs:
        uppers = [(p.time, p.upper) for p in run if p.upper is not None]
        lowers = [(p.time, p.lower) for p in run if p.lower is not None]
        if len(run) > 1 and len(uppers) == len(lowers) == len(run):
            corners = _write_corners(plot, [*uppers, *lowers[::-1]], size)
            yield build_element("polygon", class_=f"band {series.style}", points=corners)


def _draw_lines(plot: TimePlot, series: TimeSeries, size: Size) -> Iterator[Markup]:
    bridges = [(f"line bridge {series.style}", pair) for pair in series.bridges]
    runs = [(f"line {series.style}", run) for run in series.runs if len(run) > 1]
    for css_class, points in [*runs, *bridges]:
        corners = _write_corners(plot, [(p.time, p.value) for p in points], size)
        yield build_element("polyline", class_=css_class, points=corners)


def _write_corners(plot: TimePlot, places: Sequence[tuple[float, float]], size: Size) -> str:
    width, height = size
    return " ".join(
        f"{round(plot.locate_time(time) * width / PERCENT, 1):g},"
        f"{_locate_value(plot.scale, value, height):g}"
        for time, value in places
    )


def _draw_points(
    plot: TimePlot, series: TimeSeries, points: Sequence[TimePoint], height: int
) -> Iterator[Markup]:
    lonely = set(series.lonely_points)
    for point in points:
        x = write_percent(plot.locate_time(point.time))
        if point in lonely and point.lower is not None and point.upper is not None:
            ends = (_locate_value(plot.scale, end, height) for end in (point.lower, point.upper))
            y1, y2 = ends
            css_class = f"interval {series.style}"
            yield build_element("line", class_=css_class, x1=x, x2=x, y1=y1, y2=y2)
        hollow = " hollow" if point.is_hollow else ""
        y = _locate_value(plot.scale, point.value, height)
        yield build_element("circle", class_=f"point {series.style}{hollow}", cx=x, cy=y, r=4)


def _draw_end_labels(plot: TimePlot, height: int) -> Iterator[Markup]:
    """Yield the name and the last value of each series beside its end, kept apart."""
    labels = [
        (series, [*textwrap.wrap(series.label, END_LINE_CHARS)[:3], series.end_text])
        for series in plot.series
        if series.points
    ]
    wanted = [
        _locate_value(plot.scale, series.points[-1].value, height)
        - END_LINE_HEIGHT * (len(lines) - 1) / 2
        for series, lines in labels
    ]
    heights = [END_LINE_HEIGHT * len(lines) + 4 for _, lines in labels]
    tops = keep_apart(wanted, heights, height + END_LINE_HEIGHT)
    for (series, lines), top in zip(labels, tops, strict=True):
        spans = [
            build_element(
                "tspan", line, x="100%", dx=10, y=write_pixel(top + 4 + END_LINE_HEIGHT * n)
            )
            for n, line in enumerate(lines)
        ]
        yield build_element("text", *spans, class_=f"end {series.style}")


def keep_apart(tops: Sequence[float], heights: Sequence[float], end: float) -> list[float]:
    """Return places of labels in which none covers another, as near to the wanted ones as may be.

    They are moved down until each has room, then up again until none hangs below `end`.

    >>> keep_apart([10, 12], [20, 20], 100)
    [10, 30]
    """
    order = sorted(range(len(tops)), key=lambda index: tops[index])
    places = list(tops)
    for above, below in itertools.pairwise(order):
        places[below] = max(places[below], places[above] + heights[above])
    limit = end
    for index in reversed(order):
        places[index] = min(places[index], limit - heights[index])
        limit = places[index]
    return places
