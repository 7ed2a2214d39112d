"""Two periods of one row on a scale: the earlier a ring, the later a dot, a line if they compare.

The ring is the larger one, so that both are seen where the values are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from evidencehub.web.charts.dot_plot import LIST_ROW_HEIGHT, DotPlot
from evidencehub.web.charts.scales import Scale
from evidencehub.web.charts.svg import build_element, build_strip, write_percent

EARLIER, LATER = "earlier", "later"  # the names of the shapes on a page
RADII = {EARLIER: 6.0, LATER: 4.0}  # pixels
KEY_SCALE = Scale(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class DotPair:
    """The values of two periods; `is_joined` says whether one may be compared with the other."""

    earlier: float
    later: float
    is_joined: bool


def draw_pair(plot: DotPlot, pair: DotPair, height: int = LIST_ROW_HEIGHT) -> Markup:
    """Return one row over the grid of its ruler; the stylesheet puts the shapes at its ends."""
    grid = build_element("use", href=f"#{plot.name}")
    return build_strip("strip", height, grid, _draw_line(plot.scale, pair, height / 2))


def draw_pair_marks(scale: Scale, pair: DotPair, height: int = LIST_ROW_HEIGHT) -> Markup:
    """Return a pair that names its shapes itself, where no stylesheet of a page does."""
    markers = {"marker_start": f"url(#{EARLIER})", "marker_end": f"url(#{LATER})"}
    return _draw_line(scale, pair, height / 2, **markers)


def draw_pair_key() -> Markup:
    """Return a pair by itself for the key of a chart, with the shapes that all pairs repeat."""
    shapes = build_element("defs", *(_draw_shape(name) for name in RADII))
    pair = DotPair(0.25, 0.75, is_joined=True)
    return build_strip("key-mark", 16, shapes, draw_pair_marks(KEY_SCALE, pair, 16))


def _draw_shape(name: str) -> Markup:
    css_class = "point hollow" if name == EARLIER else "point"
    return build_element(
        "marker", build_element("circle", class_=css_class, r=RADII[name]), id=name,
        markerUnits="userSpaceOnUse", overflow="visible",
    )  # fmt: skip


def _draw_line(scale: Scale, pair: DotPair, middle: float, **markers: str) -> Markup:
    """Return the line whose ends are the values; what does not compare has ends only."""
    start, end = (
        write_percent(round(scale.locate(value), 1)) for value in (pair.earlier, pair.later)
    )
    css_class = "interval" if pair.is_joined else None
    return build_element(
        "line", class_=css_class, x1=start, x2=end, y1=middle, y2=middle, **markers
    )
