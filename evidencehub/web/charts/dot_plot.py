"""The chart that is a table: in each row a mark on a common scale, and the gap as a bar.

Places are percentages of the width, so that marks stay round and letters keep their size however
wide the page is. The same elements stand on pages, in pictures and in frames of other sites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from evidencehub.web.charts.scales import Scale
from evidencehub.web.charts.svg import build_element, build_strip, join_elements, write_percent

Marker = Literal["filled", "hollow", "square", "reference"]
"""A difference beyond chance, no clear difference, not tested, the group compared with."""
ROW_HEIGHT, LIST_ROW_HEIGHT = 34, 24  # pixels
ARROW_PATHS = {1: "M0-5 8 0 0 5Z", -1: "M0-5-8 0 0 5Z"}  # of an end above, and below the scale
LIST_MARKERS: tuple[Marker, ...] = ("filled", "hollow", "square")
MARKER_PATHS = {"square": "M-5-5H5V5H-5Z", "reference": "M0-7 7 0 0 7-7 0Z"}


@dataclass(frozen=True, slots=True)
class PlotRow:
    """What a row draws: a value with its limits, or the bounds of a censored one.

    `bounds` are None for a value that is known; one bound of the two may be None.
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None
    bounds: tuple[float | None, float | None] | None = None
    marker: Marker = "square"
    is_suppressed: bool = False

    @property
    def has_interval(self) -> bool:
        """Return whether both limits are known."""
        return self.lower is not None and self.upper is not None


@dataclass(frozen=True, slots=True)
class DotPlot:
    """What the rows of a chart share: their scale, and the value from which gaps are measured.

    `tick_labels` stand beside the ticks. `name` tells the grid of one chart of a page from that of
    another. `is_group` says whether the reference is a group's value, and not 1 for ratios or 0 for
    differences.
    """

    scale: Scale
    tick_labels: Sequence[str] = ()
    name: str = "grid"
    reference: PlotRow | None = None
    is_group: bool = False


def draw_ruler(plot: DotPlot, *shapes: Markup) -> Markup:
    """Return the scale as the head of the table has it, with what the rows repeat: the grid."""
    shapes = build_element("defs", draw_grid(plot), *shapes), *_draw_tick_labels(plot)
    return build_strip("ruler", 18, *shapes)


def draw_ruler_again(plot: DotPlot) -> Markup:
    """Return the scale of a ruler that is on the page already: a grid has one name, and is once."""
    return build_strip("ruler", 18, *_draw_tick_labels(plot))


def _draw_tick_labels(plot: DotPlot) -> list[Markup]:
    last = len(plot.scale.ticks) - 1
    return [
        build_element(
            "text",
            label,
            class_="tick minor" if tick.is_minor else "tick",
            x=write_percent(tick.position),
            y=13,
            # the outer labels stay inside the chart
            text_anchor="start" if number == 0 else "end" if number == last else "middle",
        )
        for number, (tick, label) in enumerate(zip(plot.scale.ticks, plot.tick_labels, strict=True))
    ]


def draw_list_ruler(plot: DotPlot) -> Markup:
    """Return the head of a list: its scale, and the bar and marks that its many lines repeat."""
    middle = LIST_ROW_HEIGHT / 2
    bar = build_element("rect", class_="gap", y=middle - 4, width="100%", height=8)
    place = f"translate(0 {middle:g})"
    marks = [_draw_shape(marker, id=marker, transform=place) for marker in LIST_MARKERS]
    return draw_ruler(plot, build_element("symbol", bar, id="bar"), *marks)


def draw_strip(plot: DotPlot, row: PlotRow, height: int = ROW_HEIGHT) -> Markup:
    """Return one row of the chart over the grid of its ruler."""
    grid = build_element("use", href=f"#{plot.name}")
    return build_strip("strip", height, grid, draw_marks(plot, row, height))


def draw_list_strip(plot: DotPlot, rows: Sequence[PlotRow]) -> Markup:
    """Return one line of a list: a mark for each group; the bar of the gap if there is one only.

    All but the places stands once on the page, in the ruler of the list.
    """
    parts = [build_element("use", href=f"#{plot.name}")]
    if len(rows) == 1 and (gap := _locate_gap(plot, rows[0])):
        x, width = gap
        parts.append(build_element("use", href="#bar", x=x, width=width))
    for row in rows:
        if row.value is not None and plot.scale.has_place_for(row.value):
            x = write_percent(plot.scale.locate(row.value))
            parts.append(build_element("use", href=f"#{row.marker}", x=x))
        elif row.value is not None:
            parts.append(_draw_value(plot.scale, row.value, row.marker, LIST_ROW_HEIGHT / 2))
    return build_strip("strip", None, *parts)


def draw_key_mark(marker: Marker) -> Markup:
    """Return a mark by itself, for the key of a chart."""
    return build_strip("key-mark", 16, draw_marker(marker, 50, 8))


def draw_grid(plot: DotPlot, height: float | str = "100%") -> Markup:
    """Return the lines behind every row: ticks, no difference, the reference with its interval."""
    scale = plot.scale
    lines = [_draw_vertical(tick.position, height, "grid") for tick in scale.ticks]
    if scale.is_log or (scale.has_zero and scale.low < 0):
        lines.append(_draw_vertical(scale.locate(1.0 if scale.is_log else 0.0), height, "base"))
    if plot.is_group and plot.reference and plot.reference.value is not None:
        lines += _draw_reference(scale, plot.reference, height)
    return build_element("g", *lines, id=plot.name)


def _draw_reference(scale: Scale, reference: PlotRow, height: float | str) -> list[Markup]:
    lines = []
    if reference.lower is not None and reference.upper is not None:
        start, end = scale.locate(reference.lower), scale.locate(reference.upper)
        lines.append(
            build_element(
                "rect",
                class_="reference-band",
                x=write_percent(start),
                width=write_percent(round(end - start, 2)),
                y=0,
                height=height,
            )
        )
    place = scale.locate(reference.value or 0.0)
    return [*lines, _draw_vertical(place, height, "reference-line")]


def _draw_vertical(position: float, height: float | str, css_class: str) -> Markup:
    x = write_percent(position)
    return build_element("line", class_=css_class, x1=x, x2=x, y1=0, y2=height)


def draw_marks(plot: DotPlot, row: PlotRow, height: float = ROW_HEIGHT) -> Markup:
    """Return what a row draws over the grid: the gap, the interval, the mark.

    A suppressed value is a dashed box as wide as the scale, a censored one a dashed line between
    its bounds; any other missing value draws nothing.
    """
    middle = height / 2
    if row.bounds is not None:
        return _draw_censored(plot.scale, row.bounds, middle)
    if row.value is None:
        return _draw_suppressed(plot.scale, middle) if row.is_suppressed else Markup("")
    parts = [_draw_gap(plot, row, middle)]
    if row.lower is not None and row.upper is not None:
        parts.append(_draw_interval(plot.scale, row.lower, row.upper, middle))
    return join_elements(*parts, _draw_value(plot.scale, row.value, row.marker, middle))


def _draw_gap(plot: DotPlot, row: PlotRow, middle: float) -> Markup:
    """Return the bar from the reference to the value; none for the reference itself."""
    gap = _locate_gap(plot, row)
    if gap is None:
        return Markup("")
    x, width = gap
    return build_element("rect", class_="gap", x=x, width=width, y=middle - 4, height=8)


def _locate_gap(plot: DotPlot, row: PlotRow) -> tuple[str, str] | None:
    """Return where the bar from the reference to the value begins, and how wide it is."""
    start = plot.reference.value if plot.reference else None
    if start is None or row.value is None or row.marker == "reference":
        return None
    low, high = sorted((plot.scale.locate(start), plot.scale.locate(row.value)))
    return write_percent(low), write_percent(round(high - low, 2))


def _draw_interval(scale: Scale, lower: float, upper: float, middle: float) -> Markup:
    """Return a line between two limits; an end outside the scale is an arrow."""
    line = _draw_horizontal(scale.locate(lower), scale.locate(upper), middle, "interval")
    ends = [(lower, -1)] * (lower < scale.low) + [(upper, 1)] * (upper > scale.high)
    arrows = [
        _draw_path(scale.locate(end), middle, ARROW_PATHS[side], "arrow") for end, side in ends
    ]
    return join_elements(line, *arrows)


def _draw_censored(
    scale: Scale, bounds: tuple[float | None, float | None], middle: float
) -> Markup:
    """Return a dashed line between two bounds; where one is missing it leads to an arrow."""
    low, high = bounds
    start = scale.locate(scale.low if low is None else low)
    end = scale.locate(scale.high if high is None else high)
    parts = [_draw_horizontal(start, end, middle, "interval censored")]
    if high is None:
        parts.append(_draw_path(end, middle, ARROW_PATHS[1], "arrow"))
    if low is None:
        parts.append(_draw_path(start, middle, ARROW_PATHS[-1], "arrow"))
    return join_elements(*parts)


def _draw_suppressed(scale: Scale, middle: float) -> Markup:
    start, end = scale.margin, 100 - scale.margin
    return build_element(
        "rect", class_="suppressed", x=write_percent(start), width=write_percent(end - start),
        y=middle - 6, height=12,
    )  # fmt: skip


def _draw_value(scale: Scale, value: float, marker: Marker, middle: float) -> Markup:
    """Return the mark of a value; outside the scale it is an arrow at the end."""
    place = scale.locate(value)
    if not scale.has_place_for(value):
        side = 1 if value > scale.high else -1
        return _draw_path(place, middle, ARROW_PATHS[side], "arrow value")
    return draw_marker(marker, place, middle)


def draw_marker(marker: Marker, position: float, middle: float) -> Markup:
    """Return a mark at a place in percent of the width."""
    if marker in MARKER_PATHS:
        return _place_shape(position, middle, _draw_shape(marker))
    return _draw_shape(marker, cx=write_percent(position), cy=middle)


def _draw_shape(marker: Marker, **attributes: str | float) -> Markup:
    """Return the shape of a mark at the origin, if `attributes` do not place it."""
    css_class = f"mark {marker}"
    if marker in MARKER_PATHS:
        return build_element("path", class_=css_class, d=MARKER_PATHS[marker], **attributes)
    return build_element("circle", class_=css_class, **attributes, r=5.5)


def _draw_path(position: float, middle: float, path: str, css_class: str) -> Markup:
    return _place_shape(position, middle, build_element("path", class_=css_class, d=path))


def _place_shape(position: float, middle: float, shape: Markup) -> Markup:
    """Return a shape of pixels at a place in percent: only a nested svg can stand at one."""
    return build_element("svg", shape, x=write_percent(position), y=middle, overflow="visible")


def _draw_horizontal(start: float, end: float, middle: float, css_class: str) -> Markup:
    return build_element(
        "line", class_=css_class, x1=write_percent(start), x2=write_percent(end),
        y1=middle, y2=middle,
    )  # fmt: skip
