"""A whole as a strip of its parts, in their own order: how much of it each part is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evidencehub.web.charts.svg import build_element, build_strip, write_percent

STRIP_HEIGHT, KEY_HEIGHT = 36, 10  # pixels
MIN_LABELLED_PERCENT = 6.0  # of the width: a narrower part has no number in it on a narrow screen


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole: how many, as a number and in writing; empty evidence is dashed."""

    count: int
    label: str = ""
    is_absent: bool = False


def draw_parts(parts: Sequence[Part]) -> Markup:
    """Return the parts side by side, each with its number. Words for them stand below it."""
    shapes = [
        shape
        for part, (start, width) in zip(parts, _locate_parts(parts), strict=True)
        for shape in (
            _draw_part(part, start, width, STRIP_HEIGHT),
            build_element(
                "text",
                part.label,
                class_="part-label" if width >= MIN_LABELLED_PERCENT else "part-label minor",
                x=write_percent(round(start + width / 2, 2)),
                y=STRIP_HEIGHT / 2 + 5,
                text_anchor="middle",
            ),
        )
    ]
    return build_strip("strip", STRIP_HEIGHT, *shapes)


def draw_part_key(parts: Sequence[Part], number: int) -> Markup:
    """Return the whole with one part of it drawn: which part of the strip some words name."""
    start, width = _locate_parts(parts)[number]
    whole = build_element("rect", class_="whole", x="0%", width="100%", y=3, height=KEY_HEIGHT - 6)
    return build_strip(
        "strip", KEY_HEIGHT, whole, _draw_part(parts[number], start, width, KEY_HEIGHT)
    )


def _locate_parts(parts: Sequence[Part]) -> list[tuple[float, float]]:
    """Return the start and the width of each part in percent of the whole."""
    ends = list(itertools.accumulate((part.count for part in parts), initial=0))
    total = ends[-1] or 1
    return [
        (round(100 * start / total, 2), round(100 * (end - start) / total, 2))
        for start, end in itertools.pairwise(ends)
    ]


def _draw_part(part: Part, start: float, width: float, height: int) -> Markup:
    return build_element(
        "rect", class_="part absent-part" if part.is_absent else "part", x=write_percent(start),
        width=write_percent(width), y=1, height=height - 2,
    )  # fmt: skip
