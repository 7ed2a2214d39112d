"""The kinds of charts: each draws a view model as SVG, and knows no words and no data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from evidencehub.web.charts import (
    coverage_mark,
    dot_plot,
    pair_plot,
    part_strip,
    picture_style,
    tile_map,
    time_plot,
    timeline,
    world_map,
)

DRAWINGS: Mapping[str, Callable[..., Markup]] = {
    "draw_style": picture_style.draw_style,
    "draw_ruler": dot_plot.draw_ruler,
    "draw_ruler_again": dot_plot.draw_ruler_again,
    "draw_strip": dot_plot.draw_strip,
    "draw_list_ruler": dot_plot.draw_list_ruler,
    "draw_list_strip": dot_plot.draw_list_strip,
    "draw_grid": dot_plot.draw_grid,
    "draw_marks": dot_plot.draw_marks,
    "draw_key_mark": dot_plot.draw_key_mark,
    "draw_pair": pair_plot.draw_pair,
    "draw_pair_marks": pair_plot.draw_pair_marks,
    "draw_pair_key": pair_plot.draw_pair_key,
    "draw_time_plot": time_plot.draw_time_plot,
    "draw_panel": time_plot.draw_panel,
    "draw_year_ruler": timeline.draw_year_ruler,
    "draw_timeline": timeline.draw_timeline,
    "draw_moment_key": timeline.draw_moment_key,
    "draw_span_key": timeline.draw_span_key,
    "draw_parts": part_strip.draw_parts,
    "draw_part_key": part_strip.draw_part_key,
    "draw_tile_map": tile_map.draw_tile_map,
    "draw_land": world_map.draw_land,
    "draw_country": world_map.draw_country,
    "draw_coverage_mark": coverage_mark.draw_coverage_mark,
}
"""What templates call to draw, by name."""
