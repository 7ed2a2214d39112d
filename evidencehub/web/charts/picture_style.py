"""The colours of pictures: no stylesheet of a page reaches them, so that each brings its own."""

from __future__ import annotations

from markupsafe import Markup

PICTURE_CSS = """
.panel,.time-plot{overflow:visible}
text{fill:#17202a}
.quiet,.tick{fill:#4b5762}
.tick{font-size:13px;font-weight:400}
.grid{stroke:#d8dee4}
.base{stroke:#17202a}
.gap{fill:#bcd8f0}
.reference-band{fill:#f8dfcd}
.reference-line{stroke:#b4470c;stroke-width:2}
.interval{stroke:#0b66ad;stroke-width:2}
.censored{stroke-dasharray:3 3}
.suppressed{fill:none;stroke:#8a959e;stroke-dasharray:3 3}
.mark,.arrow{fill:#0b66ad;stroke:#0b66ad}
.mark.filled,.mark.hollow{stroke-width:2}
.mark.hollow{fill:#fff}
.mark.reference{fill:#b4470c;stroke:#b4470c}
.line,.point,.interval{stroke:#0b66ad}
.line{fill:none;stroke-width:3;stroke-linecap:round}
.point{fill:#0b66ad;stroke-width:2}
.line.b{stroke-width:1.75}
.b{stroke:#b4470c}
.point.b{fill:#b4470c}
.c{stroke:#0a7566}
.point.c{fill:#0a7566}
.d{stroke:#6b3fa0}
.point.d{fill:#6b3fa0}
.e{stroke:#7c8791}
.point.e{fill:#7c8791}
.line.c{stroke-dasharray:7 5}
.line.d{stroke-dasharray:2 5}
.bridge{stroke-width:2;stroke-dasharray:.1 6}
.point.hollow{fill:#fff}
.band{fill:#bcd8f0;opacity:.55;stroke:none}
.band.b{fill:#f8dfcd}
.break{stroke:#4b5762;stroke-width:1.5;stroke-dasharray:2 4}
.end{fill:#0b66ad;stroke:none;font-weight:bold;font-size:14px}
.end.b{fill:#b4470c}
.end.c{fill:#0a7566}
.end.d{fill:#6b3fa0}
.end.e{fill:#4b5762}
"""
"""The classes of `dot_plot` and `time_plot` on white, in the colours of `static/hub.css`."""


def draw_style() -> Markup:
    """Return the style element of a picture."""
    return Markup("<style>{}</style>").format(PICTURE_CSS.strip())
