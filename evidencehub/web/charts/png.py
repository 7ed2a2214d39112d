"""Charts as pictures: a template draws SVG, resvg makes PNG of it."""

from __future__ import annotations

FONT_FAMILY = "Liberation Sans"  # where a machine lacks it, the first sans-serif there is


def render_png(svg: str, width_px: int = 1200) -> bytes:
    """An SVG document as PNG, `width_px` pixels wide, with the fonts of the machine.

    It takes a tenth of a second or so of one core: run it on a thread.
    """
    import resvg_py  # three megabytes that only pictures need

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, width=width_px, font_family=FONT_FAMILY, sans_serif_family=FONT_FAMILY
        )
    )
