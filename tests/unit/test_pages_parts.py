"""How long lists of a page are cut: fairly, in order, and never to nothing."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.inequality.records import GapRecord
from evidencehub.store.areas import AreaRow
from evidencehub.store.gaps import ComparisonTableRow
from evidencehub.store.latest_values import SeriesCoverageRow
from evidencehub.store.observations import CategoryRow, TableObservationRow
from evidencehub.web.charts import scales
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
    return ComparisonPanel(table, (), [PanelRow("", None, None, gap)] * rows)


def test_every_country_stays_in_a_comparison_however_much_one_of_them_has() -> None:
    panels = [panel("X01", f"a{n}", 30) for n in range(10)] + [panel("X02", "b", 5)]
    selected = comparison_panels.select_panels(panels)
    assert {one.table.country for one in selected} == {"X01", "X02"}
    rows = sum(len(one.rows) for one in selected)
    assert rows <= comparison_panels.MAX_PANEL_ROWS + 5
    few = [panel("X01", "a", 3), panel("X02", "b", 3)]
    assert len(comparison_panels.select_panels(few)) == 2


def area(code: str, **cells: object) -> AreaRow:
    row = build_row(
        AreaRow, area=code, label=code, indicators=1, findings=0, recommendations=0, synthetic=0
    )
    return dataclasses.replace(row, **cells)


def test_an_area_stands_under_its_parent_or_the_country_of_its_values() -> None:
    tree = area_tree.build_area_tree(
        [
            area("C", level="country", indicators=0),
            area("R", country_of_values="C"),
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
    return [CategoryRow(code, parent, 0, n) for n, (code, parent) in enumerate(pairs)]


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


def test_overlapping_periods_are_no_change() -> None:
    rows = [
        observation("_T", 1.0, None, period_start="2018-01-01", period_end="2020-12-31"),
        observation("_T", 2.0, None, period_start="2019-01-01", period_end="2021-12-31"),
    ]
    assert main_facts.draft_change_fact("_T", rows[-1].period, rows) == []


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
    ("bounds", "expected"),
    [
        ({"value_max": 5.0}, (0.0, 5.0)),
        ({"value_min": 8.0}, (8.0, 10.0)),
        ({"value_min": 1.0, "value_max": 4.0}, (1.0, 4.0)),
        ({}, None),
        ({"value_min": 1.0, "value_max": 4.0, "value": 2.0}, None),
    ],
)
def test_a_censored_value_has_a_place_in_the_chart(bounds, expected) -> None:
    scale = scales.build_linear_scale([0.0, 10.0])
    row = observation("b", bounds.pop("value", None), None, **bounds)
    (chart_row,) = group_comparison.build_chart_rows([row], scale, {}, "rate", "")
    places = expected and tuple(scale.locate(value) for value in expected)
    assert chart_row.censored_positions == places


def test_no_line_leads_to_a_period_that_overlaps() -> None:
    periods = [("2018-01-01", "2020-12-31"), ("2019-01-01", "2021-12-31"),
               ("2022-01-01", "2022-12-31"), ("2018-01-01", "2023-12-31")]  # fmt: skip
    rows = [observation("b", 1.0, None, period_start=s, period_end=e) for s, e in periods]
    assert trend.find_breaks(rows, periods) == [False, True, False, True]
