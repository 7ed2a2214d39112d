"""Pairs of dots: which two periods of a group, and when a line may lead between them."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from evidencehub.domain.status import NORMAL, SERIES_BREAK
from evidencehub.messages.language import load_language
from evidencehub.web.charts import pair_plot, scales
from evidencehub.web.charts.dot_plot import DotPlot
from evidencehub.web.charts.pair_plot import DotPair
from evidencehub.web.views.gap_pairs import DatedGap, WrittenValue, build_gap_pairs
from evidencehub.web.views.time_axis import TimeAxis
from tests.support.dataset_builder import PROJECT_ROOT

ENGLISH = load_language("en")


def year(start: int, length: int = 1) -> tuple[str, str]:
    return f"{start}-01-01", f"{start + length - 1}-12-31"


def build_pairs(groups, *, broken=(), series_breaks=None):
    """The pairs of groups, each with a difference of 10, 11, … in its periods, and no ratio."""
    periods = sorted({period for group in groups for period in group})
    observations = [
        SimpleNamespace(period=period, obs_status=SERIES_BREAK if period in broken else NORMAL)
        for period in periods
    ]
    axis = TimeAxis(periods, observations, "A", series_breaks, ENGLISH)
    gaps = [
        [
            DatedGap(period, None, False, WrittenValue(value, str(value)), None)
            for value, period in enumerate(group, 10)
        ]
        for group in groups
    ]
    return build_gap_pairs(gaps, axis.may_compare, ENGLISH)


@pytest.mark.parametrize(
    ("periods", "settings", "earlier", "is_joined"),
    [
        ([year(2001), year(2002), year(2005)], {}, year(2001), True),
        # after a break the earliest period is that of the break
        ([year(2001), year(2002), year(2005)], {"broken": [year(2002)]}, year(2002), True),
        ([year(2001), year(2002), year(2005)], {"broken": [year(2005)]}, year(2001), False),
        ([year(2001), year(2002)], {"series_breaks": "the form changed"}, year(2001), False),
        # neighbours of rolling periods share years, the ends do not
        ([year(2001, 3), year(2002, 3), year(2004, 3)], {}, year(2001, 3), True),
        ([year(2001, 3), year(2002, 3)], {}, year(2001, 3), False),
        ([year(2001), year(2001, 3)], {}, year(2001), False),
    ],
)
def test_the_latest_stands_beside_the_earliest_that_compares(
    periods, settings, earlier, is_joined
) -> None:
    pairs = build_pairs([periods], **settings)
    (row,) = pairs.rows
    assert row.periods == (earlier, periods[-1])
    assert row.difference == DotPair(10.0 + periods.index(earlier), 9.0 + len(periods), is_joined)
    assert row.ratio is None
    assert pairs.has_separate_pair is not is_joined


def test_no_group_is_left_out_and_periods_are_said_once_only_if_all_have_the_same() -> None:
    same = [[year(2001), year(2002)]] * 20
    pairs = build_pairs(same)
    assert len(pairs.rows) == 20
    assert pairs.common_periods == (year(2001), year(2002))
    pairs = build_pairs([*same, [year(2001), year(2003)]])
    assert len(pairs.rows) == 21
    assert pairs.common_periods is None


@pytest.mark.parametrize("is_joined", [True, False])
def test_a_line_is_drawn_between_comparable_periods_only(is_joined: bool) -> None:
    plot = DotPlot(scales.build_linear_scale([0.0, 10.0]))
    drawn = pair_plot.draw_pair(plot, DotPair(8.0, 3.0, is_joined))
    line = ET.fromstring(drawn).find("line")
    assert line is not None
    assert line.get("class") == ("interval" if is_joined else None)  # without one it has no stroke
    places = [f"{plot.scale.locate(value):g}%" for value in (8.0, 3.0)]
    assert [line.get("x1"), line.get("x2")] == places
    for end in ("start: url(#earlier)", "end: url(#later)"):
        assert f"marker-{end}" in (PROJECT_ROOT / "static/hub.css").read_text("utf-8")


def test_both_periods_can_be_seen_where_the_values_are_the_same() -> None:
    shapes = {shape.get("id"): shape[0] for shape in ET.fromstring(pair_plot.draw_pair_key())[0]}
    assert float(shapes["earlier"].get("r")) > float(shapes["later"].get("r"))
    assert [shapes[name].get("class") for name in ("earlier", "later")] == ["point hollow", "point"]
