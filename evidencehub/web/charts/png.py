"""Charts as pictures: a template draws SVG, resvg makes PNG of it."""

from __future__ import annotations

FONT_FAMILY = "Liberation Sans"  # as wide as Arial, which pictures are laid out for
OTHER_FONT_FAMILY = "DejaVu Sans"  # what servers without it have; a picture without words is none


def render_png(svg: str, width_px: int = 1200) -> bytes:
    """An SVG document as PNG, `width_px` pixels wide, with the fonts of the machine.

    It takes a tenth of a second or so of one core: run it on a thread.
    """
    import resvg_py  # three megabytes that only pictures need

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width_px,
            font_family=FONT_FAMILY,
            sans_serif_family=OTHER_FONT_FAMILY,
        )
    )
