"""The countries of the world as outlines, some of them marked: where, and never how much.

The outlines are those of Natural Earth (public domain), simplified; docs/how-to/
redraw-the-world-map.md says how. A country that is too small for an outline is a dot.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup

from evidencehub.web.charts.svg import build_element

DOT_RADIUS = 6.0  # units


@dataclass(frozen=True, slots=True)
class Outline:
    """A country on the map: a path, or the place of a dot."""

    path: str
    place: tuple[float, float] | None = None


@cache
def read_outlines() -> Mapping[str, Outline]:
    """Return the outlines by ISO code; land without a code of its own is under the empty one."""
    text = resources.files("evidencehub.web.charts").joinpath("world.csv").read_text("utf-8")
    return {
        row["code"]: Outline(row["path"], (float(row["x"]), float(row["y"])) if row["x"] else None)
        for row in csv.DictReader(text.splitlines())
    }


def draw_land(marked_codes: Iterable[str]) -> Markup:
    """Return the outlines of all other countries: the map on which the marked ones lie."""
    marked = set(marked_codes)
    land = "".join(line.path for code, line in read_outlines().items() if code not in marked)
    return build_element("path", class_="whole", d=land)


def draw_country(code: str) -> Markup:
    """Return a marked country; nothing if the map does not have it."""
    outline = read_outlines().get(code)
    if outline is None:
        return Markup("")
    if outline.place is None:
        return build_element("path", class_="moment", d=outline.path)
    x, y = outline.place
    return build_element("circle", class_="moment", cx=x, cy=y, r=DOT_RADIUS)
