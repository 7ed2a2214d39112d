"""Whether a question can be converted, judged from what it asks for and from no row."""

from __future__ import annotations

from typing import Any

import pytest

from evidencehub.crosswalk.convertibility import IndicatorMetadata, PublishedTables, list_obstacles
from evidencehub.crosswalk.mappability import Classification, CodeMapping

FROM = Classification("from", {"a": "", "a1": "a", "a2": "a", "b": ""}, frozenset(), "single", "XA")
INTO = Classification("into", {"x": "", "y": ""}, frozenset(), "single", "XA")
ABROAD = Classification("abroad", {"z": ""}, frozenset(), "single", "XB")
FACET = Classification("facet", {"f": ""}, is_facet=True)
SCHEMES = {scheme.name: scheme for scheme in (FROM, INTO, ABROAD, FACET)}
WALKS = {
    ("from", "into"): [
        CodeMapping("a1", "x", "broadMatch"),
        CodeMapping("a2", "x", "broadMatch"),
        CodeMapping("b", "y", "narrowMatch"),
    ]
}
INDICATORS = {
    "rate": IndicatorMetadata("rate", 1000, "crude"),
    "standard": IndicatorMetadata("rate", 1000, "ESP 2013"),
    "odds": IndicatorMetadata("odds-ratio"),
}


def told(target: str, *tables: PublishedTables, **known: Any) -> list[str]:
    given = {"schemes": SCHEMES, "crosswalks": WALKS, "indicators": INDICATORS} | known
    return [obstacle.message for obstacle in list_obstacles(tables, target, **given)]


def test_what_maps_exactly_or_to_a_broader_category_has_nothing_against_it() -> None:
    assert told("into", PublishedTables("rate", "from", frozenset({"a1", "a2"}))) == []


def test_a_broader_category_is_not_looked_at_where_its_parts_are_published() -> None:
    assert told("into", PublishedTables("rate", "from", frozenset({"a", "a1", "a2"}))) == []


@pytest.mark.parametrize("codes", [frozenset({"b"}), frozenset()])
def test_without_any_row_the_whole_classification_is_judged(codes: frozenset[str]) -> None:
    (obstacle,) = told("into", PublishedTables("rate", "from", codes))
    assert obstacle.startswith("from b: narrowMatch to y of into.")


@pytest.mark.parametrize("indicator", ["rate", ""])
def test_a_classification_that_is_only_for_finding_data_is_never_a_target(indicator: str) -> None:
    expected = ["facet is for finding data. Nothing is converted into it."]
    assert told("facet", PublishedTables(indicator, "from")) == expected
    assert told("facet") == expected


def test_another_country_is_refused_without_a_row() -> None:
    assert told("abroad", PublishedTables("", "from")) == [
        "There is no crosswalk from from to abroad.",
        ("from is of XA and abroad of XB. Groups are never carried from one country to another."),
    ]


@pytest.mark.parametrize(
    ("indicator", "facts", "expected"),
    [
        ("odds", {}, "odds: figures of the type “odds-ratio” cannot be added up."),
        (
            "standard",
            {},
            "standard: only crude figures can be added, and the standardisation is “ESP 2013”.",
        ),
        (
            "rate",
            {"has_counts": False},
            "rate: the rate is published without its numerator and denominator.",
        ),
        (
            "rate",
            {"comparators": frozenset({"a1"})},
            "rate: figures in comparison with another group (a1) cannot be added.",
        ),
        (
            "rate",
            {"adjustments": frozenset({"", "age-sex"})},
            "rate: adjusted figures (age-sex) cannot be added.",
        ),
    ],
)
@pytest.mark.parametrize("target", ["into", ""])
def test_a_measure_that_cannot_be_added_is_refused_whatever_the_target(
    indicator: str, facts: dict[str, Any], expected: str, target: str
) -> None:
    assert told(target, PublishedTables(indicator, "from", frozenset({"a1"}), **facts)) == [
        expected
    ]


def test_crude_rows_of_a_standardised_indicator_may_be_converted() -> None:
    table = PublishedTables("standard", "from", frozenset({"a1"}), adjustments=frozenset({"crude"}))
    assert told("into", table) == []


def test_what_is_in_the_target_already_is_judged_by_nothing() -> None:
    assert told("into", PublishedTables("odds", "into", frozenset({"x"}))) == []


@pytest.mark.parametrize(
    ("codes", "is_refused"), [(frozenset({"a1"}), True), (frozenset({"b"}), False), ((), True)]
)
def test_people_counted_in_each_of_their_groups_are_not_added_to_headings(
    codes: frozenset[str], is_refused: bool
) -> None:
    table = PublishedTables(
        "rate", "from", frozenset(codes), counting_bases=frozenset({"total-response"})
    )
    assert bool(told("", table)) is is_refused


def test_each_obstacle_is_named_once() -> None:
    tables = [PublishedTables("rate", "from", frozenset({"b"})) for _ in range(3)]
    assert len(told("into", *tables)) == 1
