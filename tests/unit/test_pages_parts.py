"""How long lists of a page are cut: fairly, in order, and never to nothing."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.inequality.records import GapRecord
from evidencehub.messages.language import load_language
from evidencehub.store.areas import AreaRow
from evidencehub.store.gaps import ComparisonTableRow
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.latest_values import SeriesCoverageRow
from evidencehub.store.observations import CategoryRow, TableObservationRow
from evidencehub.web.charts import scales
from evidencehub.web.charts.dot_plot import DotPlot, PlotRow
from evidencehub.web.views import (
    area_tree,
    comparison_panels,
    evidence_lines,
    group_comparison,
    main_facts,
    table_selection,
    trend,
)
from evidencehub.web.views.comparison_panels import ComparisonPanel, PanelRow
from evidencehub.web.views.gap_view import GapView
from evidencehub.web.views.group_comparison import ChartRow, ComparisonBasis
from evidencehub.web.views.headline import build_headline
from evidencehub.web.views.table_selection import TableSelection
from evidencehub.web.views.table_view import TableView


def coverage(indicator: str, area: str) -> SeriesCoverageRow:
    return SeriesCoverageRow(indicator, area, "toy", "A", 1)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 60))
def test_lines_are_spread_over_indicators_and_begin_with_their_first_areas(sizes, limit) -> None:
    rows = [coverage(f"toy-{n}", str(area)) for n, size in enumerate(sizes) for area in range(size)]
    limited = evidence_lines.limit_areas(rows, limit)
    for n, size in enumerate(sizes):
        areas = [row.area for row in limited if row.indicator == f"toy-{n}"]
        assert areas == [str(area) for area in range(len(areas))]
        assert 1 <= len(areas) <= size
    assert len(limited) <= max(limit, len(sizes))
    if len(rows) <= limit:
        assert limited == rows


@given(st.integers(1, 400), st.data())
def test_a_long_list_has_the_choices_around_the_chosen_one(count: int, data) -> None:
    choices = [(str(n), f"Area {n}") for n in range(count)]
    value = data.draw(st.sampled_from(choices))[0]
    nearby = table_selection.select_nearby_choices(choices, value)
    assert value in dict(nearby)
    assert len(nearby) == min(count, table_selection.MAX_FIELD_CHOICES)
    first = choices.index(nearby[0])
    assert nearby == choices[first : first + len(nearby)]


def build_row(row_class: type, **cells: object):
    """Return a row of the store with empty cells but for those given."""
    empty: dict[str, object] = dict.fromkeys(field.name for field in dataclasses.fields(row_class))
    return row_class(**{**empty, **cells})


def panel(country: str, area: str, rows: int) -> ComparisonPanel:
    labels = {"country_label": "", "area_label": "", "title": "", "indicator": "", "scheme": ""}
    table = build_row(ComparisonTableRow, country=country, area=area, **labels)
    gap = build_row(GapView)
    return ComparisonPanel(table, (), [PanelRow("", None, None, gap, PlotRow(None))] * rows)


def test_every_country_stays_in_a_comparison_however_much_one_of_them_has() -> None:
    panels = [panel("X01", f"a{n}", 30) for n in range(10)] + [panel("X02", "b", 5)]
    selected = comparison_panels.select_panels(panels)
    assert {one.table.country for one in selected} == {"X01", "X02"}
    rows = sum(len(one.rows) for one in selected)
    assert rows <= comparison_panels.MAX_PANEL_ROWS + 5
    few = [panel("X01", "a", 3), panel("X02", "b", 3)]
    assert len(comparison_panels.select_panels(few)) == 2


@pytest.mark.parametrize(
    ("gap_ends", "newest", "expected"),
    [
        (("2019", "2022"), "2024", [False, True]),  # the older panel has a newer gap beside it
        (("2019", "2022"), "2022", [False, False]),
        (("2022", "2022"), "2024", [True, True]),
    ],
)
def test_newer_values_without_a_gap_are_told_of_the_newest_panel_of_a_place(
    gap_ends, newest: str, expected: list[bool]
) -> None:
    tables = [
        build_row(ComparisonTableRow, area="X01", period_end=end, newest_period_end=newest)
        for end in gap_ends
    ]
    panels = [ComparisonPanel(table, (), [], newest_gap_end=max(gap_ends)) for table in tables]
    assert [one.has_newer_values for one in panels] == expected


def area(code: str, **cells: object) -> AreaRow:
    row = build_row(
        AreaRow, area=code, label=code, indicators=1, findings=0, recommendations=0, synthetic=0
    )
    return dataclasses.replace(row, **cells)


def test_an_area_stands_under_its_parent_or_its_country() -> None:
    tree = area_tree.build_area_tree(
        [
            area("C", level="country", indicators=0),
            area("R", country="C"),
            area("T", parent="R"),
            area("empty", parent="R", indicators=0),
        ]
    )
    assert [row.area for row in tree.list_ancestors("T")] == ["C", "R"]
    (root,) = [tree.build_node(code) for code in tree.roots]
    assert [node.row.area for node in root.children] == ["R"]
    assert [node.row.area for node in root.children[0].children] == ["T"]


def test_areas_that_lie_in_each_other_end_somewhere() -> None:
    tree = area_tree.build_area_tree([area("A", parent="B"), area("B", parent="A")])
    assert [node.row.area for node in tree.build_node("A").children] == ["B"]
    assert tree.build_node("A").children[0].children == []


def observation(
    ethnicity: str, value: float | None, parent: str | None, **columns
) -> TableObservationRow:
    cells = {
        "ethnicity": ethnicity, "value": value, "parent": parent, "residual": 0,
        "verification": "C1", "obs_status": "A", "period_start": "2020-01-01",
        "period_end": "2020-12-31", "decimals": 1,
    }  # fmt: skip
    return build_row(TableObservationRow, **{**cells, **columns})


def categories(*pairs: tuple[str, str | None]) -> list[CategoryRow]:
    return [CategoryRow(code, code.title(), parent, 0, n) for n, (code, parent) in enumerate(pairs)]


def test_main_facts_set_groups_side_by_side_that_count_everybody_once() -> None:
    rows = [
        observation("white", 10.0, None),
        observation("white-irish", 2.0, "white"),
        observation("black", 30.0, None),
        observation("black-other", 90.0, "black"),
        observation("elsewhere", 5.0, None),
    ]
    tree = categories(*((row.ethnicity, row.parent) for row in rows))
    groups = main_facts.select_partition_rows(rows, "white", tree)
    assert [row.ethnicity for row in groups] == ["white", "black", "elsewhere"]
    (fact,) = main_facts.draft_main_facts(rows, {}, "white", tree)
    assert (fact["kind"], fact["rows"]) == ("groups", groups)


def test_of_many_groups_none_is_picked_for_its_value() -> None:
    rows = [observation(f"g{n}", 10.0 + n, None, population=100.0 + n) for n in range(8)]
    tree = categories(*((row.ethnicity, None) for row in rows))
    gaps = {row.ethnicity: gap(1.0 + n) for n, row in enumerate(rows[1:])}
    spread, gaps_fact = main_facts.draft_main_facts(rows, gaps, "g0", tree)
    assert (spread["kind"], spread["lowest"].value, spread["highest"].value) == (
        "spread",
        10.0,
        17.0,
    )
    assert [item["row"].ethnicity for item in gaps_fact["rows"]] == ["g7"]  # most people
    assert gaps_fact["compared"] == 7
    unknown = [replace(row, population=None) for row in rows]
    _, gaps_fact = main_facts.draft_main_facts(unknown, gaps, "g0", tree)
    assert gaps_fact["rows"] == []


def gap(difference: float) -> GapRecord:
    cells = dict.fromkeys(GapRecord._fields) | {"difference": difference, "ratio": 1.1}
    return GapRecord(**cells)


def test_values_of_a_secondary_source_are_no_main_fact() -> None:
    rows = [observation("a", 1.0, None, verification="C3"), observation("b", 2.0, None)]
    tree = categories(("a", None), ("b", None))
    facts = main_facts.draft_main_facts(rows, {}, "", tree)
    assert [fact["kind"] for fact in facts] == ["awaiting-verification"]


def test_a_censored_value_is_among_the_facts() -> None:
    rows = [observation("a", None, None, value_max=0.5), observation("b", 2.0, None)]
    (fact,) = main_facts.draft_main_facts(rows, {}, "", categories(("a", None), ("b", None)))
    assert [row.ethnicity for row in fact["rows"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("periods", "statuses", "expected"),
    [
        ((2018, 2019, 2020), "AAA", 2019),
        ((2018, 2019, 2020), "AAB", None),
        ((2018, 2019, 2020), "ABA", 2019),  # the break is before the one that is compared
        ((2020,), "A", None),
    ],
)
def test_a_change_is_told_since_the_newest_period_before_and_never_across_a_break(
    periods: tuple[int, ...], statuses: str, expected: int | None
) -> None:
    rows = [
        observation(
            "_T", 1.0 + year, None, period_start=f"{year}-01-01", period_end=f"{year}-12-31",
            obs_status=status,
        )
        for year, status in zip(periods, statuses, strict=True)
    ]  # fmt: skip
    facts = main_facts.draft_change_fact("_T", rows[-1].period, rows)
    assert [fact["first"].period_start[:4] for fact in facts] == (
        [str(expected)] if expected else []
    )


@pytest.mark.parametrize("count", [2, 3, 5])
def test_overlapping_periods_are_no_change(count: int) -> None:
    rows = [
        observation("_T", value, None, period_start=f"{year}-01-01", period_end=f"{year + 2}-12-31")
        for year, value in zip(range(2015, 2015 + count), (1.0, 4.0, 9.0, 5.0, 2.0), strict=False)
    ]
    assert main_facts.draft_change_fact("_T", rows[-1].period, rows) == []


@pytest.mark.parametrize(("level", "is_told"), [("C1", True), ("C3", False)])
def test_no_change_is_told_behind_a_value_that_waits(level: str, is_told: bool) -> None:
    rows = [
        observation(
            "_T", value, None, period_start=f"{year}-01-01", period_end=f"{year}-12-31",
            verification=level if year == 2019 else "C1",
        )
        for year, value in ((2018, 3.0), (2019, 9.0), (2020, 4.0))
    ]  # fmt: skip
    facts = main_facts.draft_change_fact("_T", rows[-1].period, rows)
    assert [fact["first"].value for fact in facts] == ([9.0] if is_told else [])


def interval(difference: float, lower: float, upper: float) -> GapRecord:
    return gap(difference)._replace(difference_lower=lower, difference_upper=upper)


@pytest.mark.parametrize(
    ("comparisons", "word"), [(1, "higher"), (2, "higher"), (15, "similar"), (0, "higher")]
)
def test_of_many_comparisons_one_must_lie_farther_off_to_be_called_different(
    comparisons: int, word: str
) -> None:
    """Limits 1 to 9 around 5 are 2.5 standard errors from 0; of 15 comparisons 2.94 are needed."""
    row = observation("b", 15.0, None)
    assert (
        group_comparison.classify_difference(row, interval(5.0, 1.1, 8.9), "", comparisons) == word
    )


def test_a_published_ratio_is_widened_on_the_scale_of_its_logarithm() -> None:
    row = observation("b", 2.0, None, ci_lower=1.05, ci_upper=3.81)
    words = [group_comparison.classify_difference(row, None, "rate-ratio", n) for n in (1, 2, 9)]
    assert words == ["higher", "similar", "similar"]
    low = observation("b", 0.5, None, ci_lower=0.0, ci_upper=0.9)
    assert group_comparison.classify_difference(low, None, "rate-ratio", 1) == "lower"


@pytest.mark.parametrize(
    ("value_type", "published_reference", "comparison"),
    [
        ("difference", "C", "above"),
        ("difference", "toy-devices:old", ""),  # above another device, not above a group
        ("difference", "", ""),
        ("odds-ratio", "C", "above"),
        ("odds-ratio", "toy-towns:other", ""),
    ],
)
def test_higher_is_said_of_groups_beside_groups_only(
    value_type: str, published_reference: str, comparison: str
) -> None:
    judged_type = group_comparison.get_judged_type(value_type, published_reference)
    (row,) = group_comparison.build_chart_rows([observation("b", 2.0, None)], {}, judged_type, "")
    assert row.comparison == comparison


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"value_max": 5.0}, (None, 5.0)),
        ({"value_min": 8.0}, (8.0, None)),
        ({"value_min": 1.0, "value_max": 4.0}, (1.0, 4.0)),
        ({}, None),
        ({"value_min": 1.0, "value_max": 4.0, "value": 2.0}, None),
    ],
)
def test_a_censored_value_has_a_place_in_the_chart(bounds, expected) -> None:
    row = observation("b", bounds.pop("value", None), None, **bounds)
    (chart_row,) = group_comparison.build_chart_rows([row], {}, "rate", "")
    assert chart_row.plot.bounds == expected


def chart_rows(*rows: TableObservationRow, comparator: str = "") -> list[ChartRow]:
    return group_comparison.build_chart_rows(rows, {}, "rate", comparator)


def test_the_group_compared_with_has_a_mark_of_its_own() -> None:
    rows = chart_rows(observation("a", 1.0, None), observation("b", 2.0, None), comparator="a")
    assert [row.plot.marker for row in rows] == ["reference", "square"]
    alone = chart_rows(observation("a", 1.0, None), observation("b", 2.0, None))
    assert [row.plot.marker for row in alone] == ["square", "square"]


def test_a_parent_category_without_a_row_is_a_heading_over_its_first() -> None:
    rows = chart_rows(
        observation("_T", 1.0, None),
        observation("irish", 1.0, "white"),
        observation("roma", 1.0, "white"),
        observation("black", 1.0, None),
        observation("caribbean", 1.0, "black"),
    )
    headed = group_comparison.add_headings(rows, categories(("white", None), ("black", None)))
    assert [row.heading for row in headed] == ["", "White", "", "", ""]
    assert [row.is_subgroup for row in headed] == [False, False, False, False, True]


def table(*rows: TableObservationRow, comparator: str = "", series_breaks: str = "") -> TableView:
    """Return a table of some observations as a page has it, of all their periods."""
    periods = dict.fromkeys(sorted({row.period for row in rows}, reverse=True), 2)
    newest = next(iter(periods))
    indicator = build_row(
        IndicatorRow, indicator="toy", value_type="rate", unit="per-1000", polarity="adverse",
        series_breaks=series_breaks,
    )  # fmt: skip
    key = ("toy", "X", "_T", "_T", "", "", "")
    shown = chart_rows(*(row for row in rows if row.period == newest), comparator=comparator)
    return TableView(
        selection=TableSelection(key, newest, periods),
        basis=ComparisonBasis(key, newest, indicator, "single", ()),
        area_label="X", restriction_labels=[], adjustment_label="", classification=None, all_rows=rows, rows=shown, gaps={},
        plot=DotPlot(scales.build_linear_scale([1.0])), comparator_code=comparator,
        comparator_choices=(), order="scheme",
    )  # fmt: skip


def yearly(years: str, statuses: str = "", ethnicity: str = "b") -> list[TableObservationRow]:
    """Return a value of each year (first-last or one, with spaces between)."""
    spans = [(span.split("-")[0], span.split("-")[-1]) for span in years.split()]
    return [
        observation(
            ethnicity, 1.0 + n, None, period_start=f"{first}-01-01", period_end=f"{last}-12-31",
            obs_status=status, short_label=ethnicity,
        )
        for n, ((first, last), status) in enumerate(
            zip(spans, statuses or "A" * len(spans), strict=True)
        )
    ]  # fmt: skip


def runs_of(view: TableView) -> tuple[list[int], int]:
    """Return how many points the runs of the first line have, and how many bridges there are."""
    built = trend.build_trend(view, load_language("en"))
    (line, *_) = built.plot.series
    return [len(run) for run in line.runs], len(line.bridges)


@pytest.mark.parametrize(
    ("years", "statuses", "expected"),
    [
        ("2018 2019 2020", "AAA", ([3], 0)),
        ("2018 2019 2021", "AAA", ([2, 1], 1)),  # no value of 2020: dots, not a line
        ("2001 2011 2021", "AAA", ([3], 0)),  # every ten years, as it is published
        ("2018 2019 2020", "AAB", ([2, 1], 0)),
        ("2018 2019 2021", "AAB", ([2, 1], 0)),  # a break and a missing year: nothing leads over
        ("2018-2020 2019-2021 2022", "AAA", ([1, 2], 0)),
        ("2018-2020 2021-2023", "AA", ([2], 0)),  # the border: the next day
        ("2018-2020 2020-2022", "AA", ([1, 1], 0)),  # the border: a year in common
        ("2018 2018-2023 2022", "AAA", ([1, 1, 1], 0)),  # within an earlier one
    ],
)
def test_no_line_leads_where_values_must_not_be_compared(years, statuses, expected) -> None:
    assert runs_of(table(*yearly(years, statuses))) == expected


def test_a_break_told_in_words_only_leaves_every_point_by_itself() -> None:
    years = yearly("2018 2019 2020")
    assert runs_of(table(*years, series_breaks="The census changed.")) == ([1, 1, 1], 0)
    marked = yearly("2018 2019 2020", "ABA")
    assert runs_of(table(*marked, series_breaks="The census changed.")) == ([1, 2], 0)


def test_a_break_of_another_group_parts_all_lines() -> None:
    """What changed for one changed for the table: its time is that of a period."""
    rows = [*yearly("2018 2019 2020"), *yearly("2018 2019 2020", "AAB", ethnicity="c")]
    built = trend.build_trend(table(*rows), load_language("en"))
    assert [[len(run) for run in line.runs] for line in built.plot.series] == [[2, 1], [2, 1]]


def test_of_many_groups_each_has_a_panel_and_none_is_left_out() -> None:
    groups = [f"g{n}" for n in range(7)]
    rows = [row for group in groups for row in yearly("2018 2019", ethnicity=group)]
    built = trend.build_trend(table(*rows, comparator="g0"), load_language("en"))
    assert built.plot is None
    assert [row.ethnicity for row, _ in built.panels] == groups[1:]
    assert all(len(panel.series) == 2 for _, panel in built.panels)  # with the reference
    assert len(built.columns) == 7


def test_the_headline_is_of_a_group_chosen_beforehand_or_of_how_many_differ() -> None:
    reference, member = observation("a", 10.0, None), observation("b", 30.0, None)
    item = {"row": member, "gap": gap(20.0), "is_similar": False}
    gaps = {"kind": "gaps", "reference": reference, "rows": [item], "compared": 1}
    one = {**gaps, "is_declared": False}
    assert build_headline([one], is_percentage=False).kind == "ratio"
    tested = {"kind": "tested", "reference": reference, "count": 15, "differing": 5}
    many = [{**gaps, "compared": 15, "is_declared": False}, tested]
    assert build_headline(many, is_percentage=False).kind == "tested"
    declared = [{**gaps, "compared": 15, "is_declared": True}, tested]
    assert build_headline(declared, is_percentage=False).kind == "ratio"


@pytest.mark.parametrize(("value", "kind"), [(50.0, "ratio"), (50.1, "difference")])
def test_of_shares_above_half_the_difference_is_told(value: float, kind: str) -> None:
    item = {"row": observation("b", value, None), "gap": gap(5.0), "is_similar": False}
    fact = {
        "kind": "gaps", "reference": observation("a", 45.0, None), "rows": [item],
        "compared": 1, "is_declared": False,
    }  # fmt: skip
    assert build_headline([fact], is_percentage=True).kind == kind
    assert build_headline([fact], is_percentage=False).kind == "ratio"


def test_values_that_wait_to_be_verified_have_no_number() -> None:
    waiting = {"kind": "awaiting-verification", "row": observation("a", 1.0, None)}
    total = {"kind": "total", "row": observation("_T", 1.0, None)}
    headline = build_headline([total, waiting], is_percentage=False)
    assert (headline.kind, headline.lead) == ("none", waiting)
    assert build_headline([total], is_percentage=False).kind == "value"
