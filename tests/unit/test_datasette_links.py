"""Links, fields, filters and facets of the pages over tables, from an address alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.http import datasette_parameters
from evidencehub.web import datasette_links
from evidencehub.web.datasette_links import Heading

PATH = "/hub/toy"
NAMES = st.text(min_size=1, max_size=8)
PAIRS = st.lists(st.tuples(NAMES, st.text(max_size=8)), max_size=6)
COLUMNS = [{"name": name, "sortable": name != "note"} for name in ("toy", "price", "note")]


@given(PAIRS)
def test_a_link_says_the_same_parameters_in_the_same_order(pairs: list[tuple[str, str]]) -> None:
    path, _, query = datasette_links.build_link(PATH, pairs).partition("?")
    assert path == PATH
    assert datasette_links.parse_pairs(query) == pairs


@pytest.mark.parametrize(
    ("name", "is_filter", "parts"),
    [
        ("price", True, ("price", "exact")),
        ("price__gte", True, ("price", "gte")),
        ("a__b__in", True, ("a__b", "in")),
        ("_kind__exact", True, ("_kind", "exact")),
        ("_facet", False, None),
        ("_search_note", False, None),
    ],
)
def test_a_parameter_is_a_filter_by_its_name(
    name: str, is_filter: bool, parts: tuple[str, str] | None
) -> None:
    assert datasette_links.is_filter(name) is is_filter
    if parts is not None:
        assert datasette_links.split_filter(name) == parts


def test_the_link_that_removes_a_filter_keeps_everything_but_it_and_the_page() -> None:
    pairs = [("price__gt", "1"), ("_facet", "toy"), ("price__gt", "2"), ("_next", "9")]
    first, second = datasette_links.list_filters(PATH, pairs)
    assert first.remove_url == "/hub/toy?_facet=toy&price__gt=2"
    assert second.remove_url == "/hub/toy?price__gt=1&_facet=toy"
    assert (first.column, first.operator, first.value) == ("price", "gt", "1")


@pytest.mark.parametrize("operator", datasette_parameters.OPERATORS)
def test_a_filter_has_a_value_unless_its_operator_stands_alone(operator: str) -> None:
    (entry,) = datasette_links.list_filters(PATH, [(f"price__{operator}", "1")])
    fields, empty = datasette_links.make_filter_fields([entry], ["toy", "price"])
    assert entry.has_value is (operator not in ("isnull", "notnull", "isblank", "notblank"))
    assert fields.value == ("1" if entry.has_value else "")
    (chosen,) = [item for item in fields.conditions if item.is_chosen]
    assert (chosen.operator, "__1" in chosen.value) == (operator, not entry.has_value)
    assert [choice.value for choice in fields.columns if choice.is_chosen] == ["price"]
    assert (fields.suffix, empty.suffix, empty.value) == ("_1", "", "")
    assert not any(choice.is_chosen for choice in [*empty.columns, *empty.conditions])


def test_the_form_repeats_unseen_what_it_has_no_field_for() -> None:
    pairs = [
        *[("price__gt", "1"), ("toy", "A"), ("_facet", "toy"), ("_facet", "note"), ("_size", "5")],
        *[("_search", "x"), ("_search_note", "y"), ("_next", "9"), ("_sort_desc", "toy")],
        *[("_filter_column_1", "toy"), ("_sort_by_desc", "on")],
    ]
    kept = [("_facet", "toy"), ("_facet", "note"), ("_size", "5")]
    searched = [("_search", "x"), ("_search_note", "y")]
    assert datasette_links.list_hidden(pairs) == kept + searched
    visible = (*datasette_links.SORTING, datasette_links.SEARCH)
    assert datasette_links.list_hidden(pairs, visible) == kept + searched[1:]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("", False), [("_sort=toy", ""), ("_sort=price", ""), ("", "")]),
        (("price", False), [("_sort=toy", ""), ("_sort_desc=price", "ascending"), ("", "")]),
        (("price", True), [("_sort=toy", ""), ("_sort=price", "descending"), ("", "")]),
    ],
)
def test_a_click_on_a_heading_sorts_upwards_and_the_next_one_downwards(
    order: tuple[str, bool], expected: list[tuple[str, str]]
) -> None:
    pairs = [("toy", "A"), ("_sort", "note"), ("_sort_desc", "x"), ("_next", "9")]
    headings = datasette_links.make_headings(
        COLUMNS, PATH, pairs, order, {"price"}, has_row_link=False
    )
    urls = [f"/hub/toy?toy=A&{query}" if query else "" for query, _ in expected]
    assert [(item.sort_url, item.order) for item in headings] == [
        (url, order) for url, (_, order) in zip(urls, expected, strict=True)
    ]
    assert [item.is_number for item in headings] == [False, True, False]


def test_a_column_of_links_to_rows_is_not_sorted_whatever_its_name() -> None:
    columns = [{"name": "Link", "sortable": True}, {"name": "Link", "sortable": True}]
    first, second = datasette_links.make_headings(
        columns, PATH, [], ("Link", False), set(), has_row_link=True
    )
    assert first == Heading("Link", is_row_link=True)
    assert (second.sort_url, second.order) == ("/hub/toy?_sort_desc=Link", "ascending")


@pytest.mark.parametrize("hideable", [True, False])
@pytest.mark.parametrize("truncated", [True, False])
def test_a_facet_links_to_the_first_page_of_its_rows_on_this_server(
    hideable: bool, truncated: bool
) -> None:
    value = {
        "label": 3,
        "count": 7,
        "toggle_url": "http://localhost/hub/toy?_facet=price&_next=9&price=3",
        "selected": True,
    }
    result = {
        "name": "price",
        "results": [value],
        "truncated": truncated,
        "hideable": hideable,
        "toggle_url": "/hub/toy?_next=9",
    }
    facet = datasette_links.make_facet(result)
    (only,) = facet.values
    assert (only.label, only.count, only.is_chosen) == ("3", 7, True)
    assert only.url == "/hub/toy?_facet=price&price=3"
    assert facet.is_truncated is truncated
    assert facet.remove_url == ("/hub/toy" if hideable else "")


@pytest.mark.parametrize("used", range(datasette_parameters.MAX_FACETS + 2))
def test_rows_are_counted_by_another_column_until_there_are_as_many_facets_as_may_be(
    used: int,
) -> None:
    columns = [f"c{number}" for number in range(6)]
    names = ("_facet", "_facet_array", "_facet_date", "_facet", "_facet")
    pairs = [("_facet_size", "c5"), *zip(names[:used], columns, strict=False)]
    choices = datasette_links.list_facet_choices(columns, pairs)
    expected = columns[used:] if used < datasette_parameters.MAX_FACETS else []
    assert [choice.value for choice in choices] == expected
    assert [choice.is_chosen for choice in choices] == [True, *[False] * 5][: len(expected)]


def test_there_may_be_no_column_left_to_count_by() -> None:
    assert datasette_links.list_facet_choices(["toy"], [("_facet", "toy")]) == []


@given(PAIRS, st.sets(NAMES, max_size=3))
def test_a_parameter_that_may_stand_once_keeps_its_last_value(
    pairs: list[tuple[str, str]], names: set[str]
) -> None:
    url = datasette_links.build_link(PATH, pairs)
    kept = datasette_links.parse_pairs(datasette_links.keep_last(url, names).partition("?")[2])
    for name in {name for name, _ in pairs}:
        values = [value for other, value in pairs if other == name]
        expected = values[-1:] if name in names else values
        assert [value for other, value in kept if other == name] == expected
