"""The kinds of charts: each draws a view model as SVG, and knows no words and no data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from evidencehub.web.charts import dot_plot, picture_style, time_plot

DRAWINGS: Mapping[str, Callable[..., Markup]] = {
    "draw_style": picture_style.draw_style,
    "draw_ruler": dot_plot.draw_ruler,
    "draw_strip": dot_plot.draw_strip,
    "draw_list_strip": dot_plot.draw_list_strip,
    "draw_grid": dot_plot.draw_grid,
    "draw_marks": dot_plot.draw_marks,
    "draw_key_mark": dot_plot.draw_key_mark,
    "draw_time_plot": time_plot.draw_time_plot,
    "draw_panel": time_plot.draw_panel,
}
"""What templates call to draw, by name."""
