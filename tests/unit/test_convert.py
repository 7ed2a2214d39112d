"""Conversion between classifications: verdicts for the hub's pairs, worked examples, refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evidencehub.crosswalk.mappability import (
    Classification,
    CodeMapping,
    MappabilityVerdict,
    assess_mappability,
)
from evidencehub.crosswalk.reclassify import (
    ConversionRefusal,
    ConversionResult,
    IndicatorMetadata,
    reclassify,
    roll_up,
)
from evidencehub.pipeline import conversion_table
from evidencehub.source.code_lists import read_code_book
from evidencehub.stats import intervals

ROOT = Path(__file__).parents[2]
BOOK = read_code_book(ROOT / "codes")


WALKS: dict[tuple[str, str], list[CodeMapping]] = {}
for walk in BOOK.crosswalks:
    pair = (walk.from_scheme, walk.to_scheme)
    WALKS.setdefault(pair, []).append(CodeMapping(walk.from_code, walk.to_code, walk.relation))
SCHEMES = {
    name: conversion_table.build_scheme(told)
    for name, told in BOOK.lists.items()
    if told.kind in ("ethnicity", "facet")
}
PAIRS = sorted(pair for pair in WALKS if pair[0] in SCHEMES)  # topics lead to workstreams
C21, NHS, OS = "ew-census-2021", "nhs-ethnic-category-2001", "opensafely-ethnicity"

EXPECTED = {
    ("ew-census-2001", NHS): "convertible",
    (NHS, OS): "convertible",
    (C21, NHS): "with-caveat",
    (NHS, C21): "not",
    ("ew-census-2001", "ew-census-2011"): "not",
    ("ew-census-2011", C21): "not",
    ("scot-census-2022", C21): "not",
    ("ni-census-2021", C21): "not",
    ("us-omb-spd15-1997", "us-omb-spd15-2024"): "not",
}
"""What the reference on classifications (A.4) expects; every facet is for navigation only."""


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_pair_of_the_hub_has_the_verdict_that_is_expected_of_it(pair: tuple[str, str]) -> None:
    verdict = assess_mappability(SCHEMES[pair[0]], SCHEMES[pair[1]], WALKS[pair])
    assert verdict.level == ("not" if pair[1] == "hub-facet" else EXPECTED[pair])
    assert bool(verdict.reasons) == (verdict.level != "convertible")


def test_every_expected_pair_is_there() -> None:
    assert set(EXPECTED) <= set(PAIRS)


RATE = IndicatorMetadata("rate", 1000, "crude")
PLACE = {
    "indicator": "toy",
    "area": "X01",
    "period_start": "2024-01-01",
    "period_end": "2024-12-31",
}


def reasons_of(verdict: MappabilityVerdict) -> tuple[str, ...]:
    return tuple(reason.render() for reason in verdict.reasons)


def reasons_of_gaps(found: ConversionResult) -> list[str]:
    return [reason.render() for reason in found.unavailable["reason"]]


def caveats(found: ConversionResult) -> tuple[str, ...]:
    return tuple(caveat.render() for caveat in found.caveats)


def rows(given: Mapping[str, Any], **other: Any) -> pd.DataFrame:
    """A row for each code: its (numerator, denominator), or the columns that matter."""
    made = []
    for code, told in given.items():
        cells = told
        if isinstance(told, tuple):
            value = 1000 * told[0] / told[1] if told[1] else None
            cells = {"value": value, "numerator": told[0], "denominator": told[1]}
        made.append({**PLACE, "scheme": C21, "ethnicity": code, **other, **cells})
    return pd.DataFrame(made)


SUPPRESSED = {"value": None, "denominator": 50, "obs_status": "Q", "conf_status": "A"}


def to_nhs(
    table: pd.DataFrame, measure: IndicatorMetadata = RATE, **known: Any
) -> ConversionResult | ConversionRefusal:
    given = {"schemes": SCHEMES, "crosswalks": WALKS, "indicators": {"toy": measure}} | known
    return reclassify(table, NHS, **given)


def up(
    table: pd.DataFrame, measure: IndicatorMetadata = RATE, **known: Any
) -> ConversionResult | ConversionRefusal:
    return roll_up(table, **({"schemes": SCHEMES, "indicators": {"toy": measure}} | known))


def done(found: ConversionResult | ConversionRefusal) -> ConversionResult:
    assert isinstance(found, ConversionResult), found.obstacles
    return found


def refused(found: ConversionResult | ConversionRefusal) -> tuple[str, ...]:
    assert isinstance(found, ConversionRefusal)
    assert found.obstacles
    return tuple(obstacle.message for obstacle in found.obstacles)


def figures(found: ConversionResult, column: str = "value") -> dict[str, Any]:
    return dict(zip(found.rows["ethnicity"], found.rows[column], strict=True))


# the pairs of the reference whose second scheme is not among the hub's own


def presets(walk: Mapping[str, str], relation: str) -> list[CodeMapping]:
    return [CodeMapping(code, to, relation) for to, parts in walk.items() for code in parts.split()]


FIVE_A = {
    "White": "A B C",
    "Mixed": "D E F G",
    "Asian": "H J K L",
    "Black": "M N P",
    "Other": "R S",
}
FIVE_B = FIVE_A | {"Asian": "H J K L R", "Other": "S"}
FIVE = Classification("five", dict.fromkeys(FIVE_A, ""), counting_basis="single")
FIVE_A_TO_B = [
    CodeMapping("White", "White", "exactMatch"),
    CodeMapping("Mixed", "Mixed", "closeMatch"),
    CodeMapping("Black", "Black", "exactMatch"),
    CodeMapping("Asian", "Asian", "broadMatch"),
    CodeMapping("Other", "Other", "narrowMatch"),
    CodeMapping("Other", "Asian", "relatedMatch"),
]


SIXTEEN = Classification("sixteen", dict.fromkeys(SCHEMES[NHS].leaves, ""), counting_basis="single")
NINETEEN = Classification(
    "nineteen", dict.fromkeys(SCHEMES[C21].leaves, ""), counting_basis="single"
)
C21_TO_FIVE = {
    "White": "13 14 15 16 17",
    "Mixed": "9 10 11 12",
    "Asian": "1 2 3 4 5",
    "Black": "6 7 8",
    "Other": "18 19",
}


@pytest.mark.parametrize(
    ("source", "target", "relations"),
    [
        (NHS, FIVE, presets(FIVE_A, "broadMatch")),
        (NHS, FIVE, presets(FIVE_B, "broadMatch")),
        (NHS, SIXTEEN, [CodeMapping(c, c, "exactMatch") for c in SIXTEEN.leaves]),
        (C21, NINETEEN, [CodeMapping(c, c, "exactMatch") for c in NINETEEN.leaves]),
        (C21, FIVE, presets(C21_TO_FIVE, "broadMatch")),
    ],
)
def test_detailed_groups_go_into_presets(
    source: str, target: Classification, relations: list[CodeMapping]
) -> None:
    assert assess_mappability(SCHEMES[source], target, relations).level == "convertible"


def test_five_groups_do_not_become_the_other_five() -> None:
    assert reasons_of(assess_mappability(FIVE, FIVE, FIVE_A_TO_B)) == (
        "five Other: narrowMatch to Other of five. A group cannot be shared out among narrower ones.",
        "five Other: relatedMatch to Asian of five. They overlap, and nobody says by how much.",
        "five Asian: five Asian also holds some people of Other, and nobody says how many.",
    )


# verdicts in words


def test_the_reasons_name_codes_and_relations() -> None:
    pair = ("us-omb-spd15-1997", "us-omb-spd15-2024")
    verdict = assess_mappability(SCHEMES[pair[0]], SCHEMES[pair[1]], WALKS[pair])
    assert reasons_of(verdict) == (
        (
            "us-omb-spd15-1997 2106-3: narrowMatch to 2106-3 and 2118-8 of us-omb-spd15-2024. A group "
            "cannot be shared out among narrower ones."
        ),
        (
            "us-omb-spd15-1997 2135-2: relatedMatch to 2135-2 of us-omb-spd15-2024. They overlap, and "
            "nobody says by how much."
        ),
        "us-omb-spd15-1997 2186-5: noMatch. No group there holds its people.",
    )
    assert [(found.names, found.relation) for found in verdict.obstacles] == [
        (("2106-3",), "narrowMatch"),
        (("2135-2",), "relatedMatch"),
        (("2186-5",), "noMatch"),
    ]


ONE = Classification("one", {"_T": "", "a": "", "b": "", "u": ""}, frozenset({"u"}), "single", "XA")
TWO = Classification("two", {"H": "", "x": "H", "y": "H", "z": ""}, frozenset(), "single", "XA")
SAME = [CodeMapping("a", "x", "exactMatch"), CodeMapping("b", "z", "exactMatch")]


@pytest.mark.parametrize(
    ("source", "target", "relations", "reasons"),
    [
        (ONE, TWO, [], ["There is no crosswalk from one to two."]),
        (ONE, TWO, SAME[:1], ["one b: the crosswalk to two does not have it."]),
        (
            ONE,
            TWO,
            [*SAME, CodeMapping("b", "y", "broadMatch")],
            [
                "one b: leads to several groups of two, y (broadMatch) and z (exactMatch). It must be one."
            ],
        ),
        (
            ONE,
            TWO,
            [SAME[0], CodeMapping("b", "q", "exactMatch")],
            ["one b: leads to two “q”, which is no group there."],
        ),
        (
            ONE,
            TWO,
            [SAME[0], CodeMapping("b", "z", "likeness")],
            ["one b: likeness to z of two. This is not a relation that the hub knows."],
        ),
        (
            ONE,
            TWO,
            [SAME[0], CodeMapping("b", "H", "broadMatch")],
            ["two H holds x, and the crosswalk leads to both levels: the groups would overlap."],
        ),
        (
            ONE,
            Classification("two", TWO.parents, counting_basis="single", country="XB"),
            SAME,
            ["one is of XA and two of XB. Groups are never carried from one country to another."],
        ),
        (
            ONE,
            Classification("two", TWO.parents, counting_basis="prioritised"),
            SAME,
            [
                "People of several groups are counted differently: single in one, prioritised in two."
            ],
        ),
        (
            Classification("one", ONE.parents, ONE.residual_codes, "total-response"),
            Classification("two", TWO.parents, counting_basis="total-response"),
            [CodeMapping("a", "x", "broadMatch"), CodeMapping("b", "x", "broadMatch")],
            [
                "one counts people in more than one group (total-response): adding groups would count them twice."
            ],
        ),
        (
            Classification("one", ONE.parents, ONE.residual_codes),
            TWO,
            [CodeMapping("a", "x", "broadMatch"), CodeMapping("b", "x", "broadMatch")],
            [
                "one does not say how people of several groups are counted, so its groups cannot be added."
            ],
        ),
        (
            Classification("one", {"a": "b", "b": "a"}, counting_basis="single"),
            TWO,
            SAME,
            ["In one the codes a and b hold themselves."],
        ),
    ],
)
def test_what_stands_in_the_way_is_said(
    source: Classification,
    target: Classification,
    relations: Sequence[CodeMapping],
    reasons: list[str],
) -> None:
    verdict = assess_mappability(source, target, relations)
    assert (verdict.level, list(reasons_of(verdict))) == ("not", reasons)


def test_a_scheme_that_does_not_say_how_it_counts_is_a_caveat_where_nothing_is_added() -> None:
    silent = Classification("one", ONE.parents, ONE.residual_codes)
    assert reasons_of(assess_mappability(silent, TWO, SAME)) == (
        "one does not say how people of several groups are counted.",
    )


def test_people_of_one_group_only_are_a_caveat() -> None:
    alone = Classification("one", ONE.parents, ONE.residual_codes, "alone")
    target = Classification("two", TWO.parents, counting_basis="alone")
    assert reasons_of(assess_mappability(alone, target, SAME)) == (
        "one counts people of one group only; those of several are in none.",
    )


def test_a_code_that_is_exactly_a_group_leaves_no_room_for_another() -> None:
    relations = [CodeMapping("a", "x", "exactMatch"), CodeMapping("b", "x", "broadMatch")]
    assert reasons_of(assess_mappability(ONE, TWO, relations)) == (
        "one a is said to be exactly two x, and b to be in it too. Both cannot be true.",
    )


def test_only_the_codes_that_are_asked_for_are_judged() -> None:
    pair = ("ew-census-2011", C21)
    found = assess_mappability(
        SCHEMES[pair[0]], SCHEMES[C21], WALKS[pair], ["09", "12", "_T", "_U"]
    )
    assert found.level == "convertible"
    assert reasons_of(assess_mappability(SCHEMES[pair[0]], SCHEMES[C21], WALKS[pair], ["99"])) == (
        "“99” is not a code of ew-census-2011.",
    )


def test_a_group_of_which_another_code_holds_a_part_is_not_whole() -> None:
    walk = WALKS["ni-census-2021", C21]
    found = assess_mappability(SCHEMES["ni-census-2021"], SCHEMES[C21], walk, ["6", "3"])
    assert reasons_of(found) == (
        "ni-census-2021 6: ew-census-2021 5 also holds some people of 9, and nobody says how many.",
    )


# worked examples


def test_a_rate_is_made_again_from_its_added_counts() -> None:
    found = done(to_nhs(rows({"18": (10, 1000), "19": (30, 3000), "1": (5, 500)})))
    made = found.rows.set_index("ethnicity").loc["S"]
    low, high = intervals.limits_for_value_type("rate", 40, 4000, 1000)
    assert (made["numerator"], made["denominator"], made["value"]) == (40, 4000, 10)
    assert (made["ci_lower"], made["ci_upper"], made["ci_level"]) == (float(low), float(high), 95)
    assert made["derived"] == "value;ci_lower;ci_upper;ci_level;numerator;denominator"
    assert made["note"] == "Sum of 18 and 19 of ew-census-2021."
    assert (made["scheme"], made["from_scheme"], made["from_codes"]) == (NHS, C21, "18;19")
    assert found.count_left_out() == {}
    assert not len(found.unavailable)


@pytest.mark.parametrize(
    ("kind", "value"), [("percentage", 25.0), ("proportion", 0.25), ("rate", 0.25)]
)
def test_without_a_scale_a_percentage_is_out_of_a_hundred(kind: str, value: float) -> None:
    found = done(
        to_nhs(
            rows({"18": (1, 10), "19": (9, 30)}), IndicatorMetadata(kind, None, "None: as counted")
        )
    )
    assert figures(found) == {"S": value}
    low, high = intervals.limits_for_value_type(kind, 10, 40, 100 if kind == "percentage" else 1)
    assert (*figures(found, "ci_lower").values(), *figures(found, "ci_upper").values()) == (
        low,
        high,
    )


def test_a_value_is_not_rounded_to_its_decimals() -> None:
    found = done(to_nhs(rows({"18": (1, 10), "19": (1, 20)}, decimals=1)))
    assert figures(found)["S"] == 1000 * (2 / 30)
    assert figures(found, "decimals")["S"] == 1


def test_counts_are_summed_and_have_no_limits() -> None:
    table = rows({"18": {"value": 4}, "19": {"value": 6, "ci_lower": 1.0}}, population=100)
    made = done(to_nhs(table, IndicatorMetadata("count"))).rows.iloc[0]
    assert (made["value"], made["population"], made["derived"]) == (10, 200, "value;population")
    assert np.isnan(made["ci_lower"])
    assert np.isnan(made["numerator"])


def test_the_intervals_keep_the_level_that_the_parts_share() -> None:
    parts = {"18": (10, 100), "19": (20, 100 + 1)}
    assert figures(done(to_nhs(rows(parts, ci_level=99.8))), "ci_level") == {"S": 99.8}
    indicator = IndicatorMetadata("rate", 1000, "crude", 90)
    assert figures(done(to_nhs(rows(parts), indicator)), "ci_level") == {"S": 90}
    mixed = rows(parts)
    mixed["ci_level"] = [95, 99.8]
    assert figures(done(to_nhs(mixed, indicator)), "ci_level") == {"S": 90}


def test_one_code_alone_keeps_the_publishers_figure() -> None:
    table = rows(
        {"1": {"value": 12.3, "ci_lower": 1.0, "numerator": 1, "denominator": 80, "note": "Few."}}
    )
    made = done(to_nhs(table)).rows.iloc[0]
    assert (made["ethnicity"], made["value"], made["ci_lower"], made["derived"]) == (
        "K",
        12.3,
        1.0,
        "",
    )
    assert made["note"] == "Published as 1 of ew-census-2021. Few."


def test_a_group_that_one_narrower_code_stands_for_is_said_to_be_narrower() -> None:
    table = rows({"2": (3, 30)}, scheme="ni-census-2021")
    known: Any = {"schemes": SCHEMES, "crosswalks": WALKS, "indicators": {"toy": RATE}}
    found = done(reclassify(table, C21, **known))
    assert figures(found, "note") == {"15": "Published as 2 of ni-census-2021. It is narrower."}


def test_the_total_stays_the_total_and_residual_codes_are_left_out_and_counted() -> None:
    found = done(to_nhs(rows({"_T": (9, 90), "-8": (1, 10), "_U": (2, 20), "1": (3, 30)})))
    assert set(figures(found)) == {"_T", "K"}
    assert found.count_left_out() == {"no ethnic group: not known, not stated or declined": 2}
    assert sorted(found.left_out["ethnicity"]) == ["-8", "_U"]


def test_a_close_match_is_a_caveat_of_the_answer_and_a_note_of_the_row() -> None:
    found = done(to_nhs(rows({"15": (1, 10), "16": (2, 21), "17": (3, 30), "3": (5, 50)})))
    assert caveats(found) == (
        (
            "ew-census-2021 to nhs-ethnic-category-2001: some groups are nearly the same, not exactly "
            "(closeMatch): 15 to C and 16 to C."
        ),
    )
    assert (
        figures(found, "note")["C"]
        == "Sum of 15, 16 and 17 of ew-census-2021 (closeMatch: 15 and 16)."
    )
    assert done(to_nhs(rows({"3": (5, 50)}))).caveats == ()


def test_the_weakest_part_speaks_for_the_sum() -> None:
    table = rows({"18": (1, 10), "19": (2, 20)}, source="s", locator="p. 1")
    table["verification"], table["obs_status"] = ["A", "C3"], ["P", "A"]
    table["note"], table["locator"] = ["Few.", "Few."], ["p. 1", "p. 2"]
    made = done(to_nhs(table)).rows.iloc[0]
    assert (made["verification"], made["obs_status"], made["source"]) == ("C3", "P", "s")
    assert made["locator"] is None
    assert made["note"] == "Sum of 18 and 19 of ew-census-2021. Few."


def test_places_periods_sexes_and_datasets_are_never_added_together() -> None:
    parts = {"18": (1, 10), "19": (2, 20)}
    places = [rows(parts, area="X01"), rows(parts, area="X02"), rows(parts, sex="F")]
    assert len(done(to_nhs(pd.concat(places))).rows) == 3
    sets = [rows(parts, dataset="d1"), rows(parts, dataset="d2")]
    assert len(done(to_nhs(pd.concat(sets))).rows) == 2


# what is hidden or missing


def test_a_group_with_a_suppressed_part_is_a_gap_that_names_the_part() -> None:
    found = done(
        to_nhs(rows({"15": (7, 70), "16": SUPPRESSED, "17": (9, 90), "18": (1, 10), "19": (2, 20)}))
    )
    assert set(figures(found)) == {"S"}
    gap = found.unavailable.iloc[0]
    assert (gap["ethnicity"], gap["obs_status"], gap["area"]) == ("C", "Q", "X01")
    assert (
        gap["reason"].render()
        == "nhs-ethnic-category-2001 C cannot be given: ew-census-2021 16 is suppressed."
    )
    assert found.count_left_out() == {"part of a group that could not be made": 3}


def test_an_unavailable_group_is_a_row_of_its_stratum_without_a_value() -> None:
    told = {"indicator_title": "Toys", "source": "leaflet", "denominator": 50}
    table = rows({"18": SUPPRESSED | {"conf_status": "S"}, "19": (1, 10)}, **told)
    table.loc[1, "source"] = "book"
    (row,) = done(to_nhs(table)).unavailable.to_dict("records")
    assert (row["indicator_title"], row["source"], row["from_scheme"]) == ("Toys", None, C21)
    assert (row["obs_status"], row["conf_status"]) == ("Q", "S")
    assert pd.isna(row["value"])
    assert pd.isna(row["denominator"])


@pytest.mark.parametrize(
    ("statuses", "expected"), [("AA", "A"), ("AS", "C"), ("FS", "S"), ("FF", "F")]
)
def test_the_confidentiality_of_a_gap_is_that_of_what_hides_it(
    statuses: str, expected: str
) -> None:
    parts = {
        code: (1, 10) if status == "F" else SUPPRESSED | {"conf_status": status}
        for code, status in zip(("15", "16"), statuses, strict=True)
    }
    found = done(to_nhs(rows(parts)))
    assert set(found.unavailable["conf_status"]) == {expected}


def test_where_every_group_is_suppressed_each_is_a_gap_and_nothing_is_refused() -> None:
    found = done(to_nhs(rows({"18": SUPPRESSED, "19": SUPPRESSED})))
    assert len(found.rows) == 0
    assert found.unavailable[["ethnicity", "obs_status"]].to_numpy().tolist() == [["S", "Q"]]


def test_people_of_no_known_group_alone_are_left_out_with_the_reason() -> None:
    found = done(to_nhs(rows({"_U": (1, 10)})))
    assert (len(found.rows), len(found.unavailable)) == (0, 0)
    assert found.count_left_out() == {"no ethnic group: not known, not stated or declined": 1}


def test_a_group_with_a_missing_part_is_a_gap_and_a_group_not_asked_for_is_none() -> None:
    found = done(to_nhs(rows({"18": (7, 70), "1": (1, 10)})))
    assert reasons_of_gaps(found) == [
        "nhs-ethnic-category-2001 S cannot be given: ew-census-2021 19 has no row."
    ]
    assert found.unavailable["obs_status"].tolist() == ["O"]


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"value": None, "obs_status": "L"}, "has no figure"),
        ({"value": 3.0}, "has no numerator or no denominator"),
        ({"value": 3.0, "numerator": -1, "denominator": 9}, "has no numerator or no denominator"),
        (
            {"value": 3.0, "numerator": float("inf"), "denominator": 9},
            "has no numerator or no denominator",
        ),
        ({"value": None, "value_max": 5, "denominator": 9}, "is known only as a bound"),
        ({"value": 3.0, "numerator": 3, "denominator": 9, "conf_status": "N"}, "is suppressed"),
        (
            {"value": 3.0, "numerator": 3, "denominator": 9, "obs_status": "W"},
            "holds people of another category, or they are counted elsewhere",
        ),
    ],
)
def test_a_part_that_cannot_be_added_makes_a_gap(part: dict[str, Any], says: str) -> None:
    found = done(to_nhs(rows({"18": part, "19": (2, 20), "1": (2, 20)})))
    assert set(figures(found)) == {"K"}
    assert says in reasons_of_gaps(found)[0]


def test_a_hidden_number_that_slipped_through_changes_and_shows_nothing() -> None:
    leaky = SUPPRESSED | {"value": 3.0, "numerator": 3, "ci_upper": 9.0}
    found = done(to_nhs(rows({"16": leaky, "1": (2, 20), "18": leaky, "19": (1, 10)})))
    assert set(figures(found)) == {"K"}
    assert not (found.left_out["numerator"] == 3).any()
    assert found.left_out["value"].isna().sum() == 2


def test_a_rate_that_is_not_given_for_small_numbers_may_still_be_added() -> None:
    small = {"value": None, "numerator": 2, "denominator": 40, "obs_status": "O"}
    found = done(to_nhs(rows({"18": small, "19": (8, 60), "1": small})))
    assert figures(found) == {"S": 100}
    assert reasons_of_gaps(found) == [
        "nhs-ethnic-category-2001 K cannot be given: ew-census-2021 1 has no figure."
    ]


def test_a_group_without_people_has_no_rate() -> None:
    found = done(to_nhs(rows({"18": (0, 0), "19": (0, 0), "1": (1, 10)})))
    assert (found.unavailable["obs_status"].tolist(), reasons_of_gaps(found)) == (
        ["M"],
        ["Nobody is in the group."],
    )


def test_a_hidden_total_is_a_gap() -> None:
    found = done(to_nhs(rows({"_T": SUPPRESSED, "1": (1, 10)})))
    assert reasons_of_gaps(found) == ["The total is suppressed."]
    empty = done(to_nhs(rows({"_T": {"value": None, "obs_status": "O"}, "1": (1, 10)})))
    assert (empty.unavailable["obs_status"].tolist(), reasons_of_gaps(empty)) == (
        ["O"],
        ["The total has no figure."],
    )


def test_shares_of_one_whole_are_not_averaged() -> None:
    table = rows({"_T": (100, 200), "18": (10, 200), "19": (30, 200), "1": (5, 200)})
    found = done(to_nhs(table, IndicatorMetadata("percentage", 100, "crude")))
    assert set(figures(found)) == {"_T", "K"}
    assert reasons_of_gaps(found) == [
        (
            "All parts have the same denominator: they are shares of one whole, and their denominators "
            "cannot be added."
        )
    ]


def test_equal_denominators_by_chance_are_no_shares() -> None:
    groups = rows({"_T": (100, 5000), "18": (10, 200), "19": (30, 200)})
    assert figures(done(to_nhs(groups)))["S"] == 100
    assert figures(done(to_nhs(rows({"18": (10, 200), "19": (30, 200), "1": (1, 9)}))))["S"] == 100
    without = rows({"18": (10, 200), "19": (30, 200), "1": (1, 200)})
    assert set(figures(done(to_nhs(without)))) == {"K"}


def test_a_row_of_the_target_scheme_wins_even_when_it_is_hidden() -> None:
    own = rows({"S": SUPPRESSED, "_T": (50, 900)}, scheme=NHS)
    table = pd.concat([rows({"18": (1, 10), "19": (2, 20), "1": (3, 30), "_T": (51, 900)}), own])
    found = done(to_nhs(table))
    assert figures(found, "numerator")["_T"] == 50
    assert np.isnan(figures(found)["S"])
    assert set(figures(found)) == {"S", "K", "_T"}
    assert found.count_left_out() == {
        "the source gives the group in the target classification itself": 3
    }


def test_a_group_that_the_source_gives_itself_is_no_gap() -> None:
    table = pd.concat([rows({"18": SUPPRESSED, "1": (3, 30)}), rows({"S": (9, 90)}, scheme=NHS)])
    found = done(to_nhs(table))
    assert figures(found, "numerator") == {"K": 3, "S": 9}
    assert not len(found.unavailable)


def test_rows_that_are_in_the_target_scheme_stay_as_they_are() -> None:
    found = done(
        to_nhs(rows({"A": (1, 10), "Z": (2, 20)}, scheme=NHS), IndicatorMetadata("median"))
    )
    assert figures(found, "numerator") == {"A": 1, "Z": 2}


# headings


def test_parts_are_added_to_their_heading_and_never_to_the_heading_itself() -> None:
    table = rows(
        {"G2": (100, 1000), "6": (10, 100), "7": (20, 200), "8": (30, 300), "_T": (500, 9000)}
    )
    found = done(up(table))
    assert figures(found, "numerator") == {"G2": 60, "_T": 500}
    assert caveats(found) == (
        (
            "ew-census-2021: the parts of G2 do not always add up to the figure that is published for "
            "the heading (1 of 1 groups). The sum of the parts is given."
        ),
    )
    assert found.count_left_out() == {
        "a heading and its parts are both there: one of the two was taken": 1
    }


def test_the_heading_itself_is_taken_where_a_part_is_hidden() -> None:
    found = done(up(rows({"G2": (100, 1000), "6": SUPPRESSED, "7": (20, 200), "8": (30, 300)})))
    assert figures(found, "numerator") == {"G2": 100}
    assert figures(found, "derived") == {"G2": ""}
    assert caveats(found) == ()


def test_a_heading_that_is_hidden_is_not_made_from_its_parts() -> None:
    table = rows({"G2": SUPPRESSED, "6": (10, 100), "7": (20, 200), "8": (30, 300), "G5": (1, 10)})
    found = done(up(table))
    assert set(figures(found)) == {"G5"}
    assert reasons_of_gaps(found) == [
        "ew-census-2021 G2 cannot be given: ew-census-2021 G2 is suppressed."
    ]


def test_a_heading_stands_in_for_its_parts_where_it_is_all_there_is() -> None:
    found = done(up(rows({"G2": {"value": 5.0}, "18": (1, 10), "19": (2, 30)})))
    assert figures(found) == {"G2": 5.0, "G5": 75.0}


def test_the_next_level_keeps_groups_that_have_none() -> None:
    deep = Classification(
        "deep",
        {"T": "", "M": "T", "N": "T", "m1": "M", "m2": "M", "n1": "N", "L": ""},
        counting_basis="single",
    )
    table = rows(
        {"m1": (1, 10), "m2": (2, 20), "n1": (4, 40), "L": (8, 80), "T": (7, 70)}, scheme="deep"
    )
    two = done(up(table, schemes={"deep": deep}, level=2))
    assert figures(two, "numerator") == {"M": 3, "N": 4, "L": 8}
    one = done(up(two.rows, schemes={"deep": deep}))
    assert (
        figures(one, "numerator")
        == figures(done(up(table, schemes={"deep": deep})), "numerator")
        == {"T": 7, "L": 8}
    )
    with pytest.raises(ValueError, match="“level” is 0"):
        up(table, level=0)


def test_people_counted_in_every_group_they_gave_are_not_added() -> None:
    table = rows({"11": (1, 10), "12": (2, 20)}, scheme="nz-ethnicity-2005-v2")
    assert refused(up(table)) == (
        (
            "nz-ethnicity-2005-v2 counts people in more than one group (total-response): adding groups "
            "would count them twice."
        ),
    )
    prioritised = {
        code: (1, 10 + i) for i, code in enumerate(SCHEMES["nz-ethnicity-2005-v2"].children["1"])
    }
    assert len(
        done(
            up(rows(prioritised, scheme="nz-ethnicity-2005-v2", counting_basis="prioritised"))
        ).rows
    )


def test_a_heading_that_leads_somewhere_is_used_where_its_parts_are_not_there() -> None:
    source = Classification(
        "own", {"W": "", "w1": "W", "w2": "W", "o": ""}, counting_basis="single"
    )
    target = Classification("far", {"white": "", "other": ""}, counting_basis="single")
    walk = [CodeMapping("W", "white", "exactMatch"), CodeMapping("w1", "white", "broadMatch"),
            CodeMapping("w2", "white", "broadMatch"), CodeMapping("o", "other", "exactMatch")]  # fmt: skip
    known: Any = {
        "schemes": {"own": source, "far": target},
        "crosswalks": {("own", "far"): walk},
        "indicators": {"toy": RATE},
    }
    parts = rows({"W": (9, 90), "w1": (1, 10), "w2": (2, 20)}, scheme="own")
    assert figures(done(reclassify(parts, "far", **known)), "numerator") == {"white": 3}
    whole = rows({"W": (9, 90), "o": (1, 10)}, scheme="own")
    assert figures(done(reclassify(whole, "far", **known)), "numerator") == {"white": 9, "other": 1}


# refusals


@pytest.mark.parametrize(
    ("table", "measure", "reason"),
    [
        (
            rows({"1": (1, 9)}),
            IndicatorMetadata("median"),
            "toy: figures of the type “median” cannot be added up.",
        ),
        (
            rows({"1": (1, 9)}),
            IndicatorMetadata("rate-ratio"),
            "toy: figures of the type “rate-ratio” cannot be added up.",
        ),
        (
            rows({"1": (1, 9)}, adjustment="age-standardised"),
            RATE,
            "toy: adjusted figures (age-standardised) cannot be added.",
        ),
        (
            rows({"1": (1, 9)}, comparator="13"),
            RATE,
            "toy: figures in comparison with another group (13) cannot be added.",
        ),
        (
            rows({"1": (1, 9)}),
            IndicatorMetadata("rate", 1000, "ESP 2013"),
            "toy: only crude figures can be added, and the standardisation is “ESP 2013”.",
        ),
        (
            rows({"1": (1, 9)}),
            IndicatorMetadata("rate", 1000),
            "toy: only crude figures can be added, and the standardisation is “not stated”.",
        ),
        (
            rows({"1": (1, 9)}),
            IndicatorMetadata("rate", -1, "crude"),
            "toy: the scale is -1, which is no scale.",
        ),
        (
            rows({"G2": (1, 9)}),
            RATE,
            "ew-census-2021 G2: the crosswalk to nhs-ethnic-category-2001 does not have it.",
        ),
        (rows({"77": (1, 9)}), RATE, "“77” is not a code of ew-census-2021."),
        (
            rows({"1": (1, 9)}, scheme="nowhere"),
            RATE,
            "“nowhere” is not a classification of the hub.",
        ),
        (
            rows({"01": (1, 9)}, scheme="ew-census-2011"),
            RATE,
            "There is no crosswalk from ew-census-2011 to nhs-ethnic-category-2001.",
        ),
        (
            rows({"1": (1, 9)}, indicator="other"),
            RATE,
            "other: nothing is known of this indicator.",
        ),
        (
            pd.concat([rows({"1": (1, 9)}), rows({"1": (1, 9)})]),
            RATE,
            "1 row repeats the key of another, first toy, X01, 2024-01-01, 1. Ask for one release of one dataset.",
        ),
        (
            pd.concat([rows({"1": (1, 9)}), rows({"01": (1, 9)}, scheme="ew-census-2001")]),
            RATE,
            "The same figures are there in several classifications, ew-census-2001 and ew-census-2021. Ask for one of them.",
        ),
    ],
)
def test_a_refusal_says_what_stands_in_the_way(
    table: pd.DataFrame, measure: IndicatorMetadata, reason: str
) -> None:
    assert refused(to_nhs(table, measure))[0] == reason


def test_all_reasons_are_given_at_once() -> None:
    table = rows({"77": (1, 9), "78": (1, 9)}, adjustment="age-sex", comparator="13")
    assert len(refused(to_nhs(table))) == 4


def test_crude_rows_of_an_indicator_that_is_also_standardised_can_be_added() -> None:
    table = rows({"18": (1, 10), "19": (3, 30)}, adjustment="crude")
    assert figures(done(to_nhs(table, IndicatorMetadata("rate", 1000, "ESP 2013")))) == {"S": 100}


def test_a_target_that_is_not_known_is_refused() -> None:
    found = reclassify(
        rows({"1": (1, 9)}), "nowhere", schemes=SCHEMES, crosswalks=WALKS, indicators={"toy": RATE}
    )
    assert refused(found) == ("“nowhere” is not a classification of the hub.",)


def test_a_hierarchy_without_a_top_is_refused() -> None:
    circle = Classification("round", {"a": "b", "b": "a"}, counting_basis="single")
    table = rows({"a": (1, 10)}, scheme="round")
    reason = ("In round the codes a and b hold themselves.",)
    assert refused(up(table, schemes={"round": circle})) == reason
    assert refused(to_nhs(table, schemes=SCHEMES | {"round": circle}, crosswalks={})) == reason


def test_an_empty_answer_stays_empty() -> None:
    nothing = rows({"1": (1, 9)})[:0]
    for found in (done(to_nhs(nothing)), done(up(nothing))):
        assert (
            len(found.rows),
            len(found.unavailable),
            len(found.left_out),
            found.count_left_out(),
        ) == (0, 0, 0, {})


def test_observations_without_a_needed_column_are_our_mistake() -> None:
    with pytest.raises(ValueError, match="The observations lack the columns scheme, value"):
        to_nhs(rows({"1": (1, 9)}).drop(columns=["scheme", "value"]))
