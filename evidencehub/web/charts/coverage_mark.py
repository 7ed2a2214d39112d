"""What the hub holds of a cell of a grid, as a shape: bars, lines of text, a ring, a dashed box.

A ring is the day on which somebody last looked, as in `timeline`; dashed is what the hub does not
hold, as in `part_strip`. No shape is one of those that say how sure a difference is.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from evidencehub.web.charts.svg import build_element

MARK_SIZE = 16  # pixels
SHAPES: Mapping[str, Markup] = {
    "values": build_element(
        "path", class_="mark", d="M1 9H4V15H1ZM6.5 2H9.5V15H6.5ZM12 6H15V15H12Z"
    ),
    "findings": build_element("path", class_="interval", d="M1 3H15M1 8H15M1 13H9"),
    "not-found": build_element("circle", class_="moment checked", cx=8, cy=8, r=6),
    "not-held": build_element("rect", class_="suppressed", x=1, y=1, width=14, height=14),
}
"""The shape of each status, in the order of how much is held."""


def draw_coverage_mark(status: str) -> Markup:
    """Return the shape of a status, beside a number or words that say the same."""
    return build_element(
        "svg", SHAPES[status], width=MARK_SIZE, height=MARK_SIZE, aria_hidden="true"
    )
