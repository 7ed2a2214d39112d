"""Comparability: the verdict on an answer, and each reason in full."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.crosswalk.comparability import (
    ANSWER_RATIONALES,
    assess_comparability,
    refuse_unassessed,
)
from evidencehub.crosswalk.comparability_facts import Comparability, ComparabilityFacts
from evidencehub.crosswalk.comparability_periods import (
    CategoryPeriod,
    UnsharedPeriods,
    describe_period_length,
    find_unshared_periods,
)
from evidencehub.crosswalk.comparability_rules import RULES
from evidencehub.crosswalk.comparability_values import MIN_COMPLETENESS
from evidencehub.domain.reference_kind import REFERENCE_KINDS

FULL: dict[str, Any] = {
    "indicator": "toy-a",
    "scheme": "scheme-a",
    "period_start": "2024-01-01",
    "period_end": "2024-12-31",
    "dataset": "toys",
    "jurisdiction": "XA",
    "counting_basis": "single",
    "unit": "percent",
    "value_type": "percentage",
    "standardisation": "crude",
    "definition": "Toys that break.",
    "numerator": "Toys.",
    "population": "Live births.",
    "whose_ethnicity": "mother",
    "recording": "self-reported",
    "ethnicity_completeness": "Known for 97%.",
    "completeness": 0.97,
}


def told(**different: Any) -> ComparabilityFacts:
    return ComparabilityFacts(**FULL | different)


def said(*facts: ComparabilityFacts, links: Any = None) -> list[tuple[str, str, str]]:
    return [
        (reason.kind, reason.rule, reason.message)
        for reason in assess_comparability(facts, links).reasons
    ]


def test_rows_of_one_kind_may_be_compared() -> None:
    found = assess_comparability([told()])
    assert (found.level, found.reasons) == ("ok", ())


def test_an_answer_without_rows_has_nothing_against_it() -> None:
    assert assess_comparability([]) == Comparability("ok", ())


def test_a_series_of_one_indicator_without_breaks_is_no_mixture() -> None:
    later = told(period_start="2025-01-01", period_end="2025-12-31")
    assert assess_comparability([told(), later]).level == "ok"


def test_periods_that_share_one_day_overlap() -> None:
    later = told(period_start="2024-12-31", period_end="2025-12-30")
    assert "periods-overlap" in [
        reason.rule for reason in assess_comparability([told(), later]).reasons
    ]


CASES: list[tuple[dict[str, Any], str, str, str]] = [
    (
        {"jurisdiction": "XB", "scheme": "scheme-a"},
        "refuse",
        "countries",
        (
            "The groups are of different countries: XA and XB. Compare the inequality within each "
            "country, not groups between countries."
        ),
    ),
    (
        {"unit": "count"},
        "refuse",
        "unit",
        "The figures have different units: “count” and “percent”.",
    ),
    (
        {"value_type": "rate"},
        "refuse",
        "value-type",
        "The figures are of different types: “percentage” and “rate”.",
    ),
    (
        {"adjustment": "age-standardised"},
        "refuse",
        "adjustment",
        "toy-a: figures with different adjustments: no adjustment and age-standardised.",
    ),
    (
        {"comparator": "group-1"},
        "refuse",
        "comparator",
        "toy-a: figures in relation to different groups: not stated and “group-1”.",
    ),
    (
        {"scheme": "scheme-b"},
        "caution",
        "classifications",
        "The groups are of different classifications: “scheme-a” and “scheme-b”.",
    ),
    (
        {"counting_basis": "total-response"},
        "caution",
        "counting-basis",
        "People of several groups are counted differently: “single” and “total-response”.",
    ),
    (
        {"indicator": "toy-b", "standardisation": "ESP 2013"},
        "caution",
        "standardisation",
        "The figures are standardised differently: “ESP 2013” and “crude”.",
    ),
    (
        {"population": "All births."},
        "caution",
        "population",
        "The figures are about different people: “All births.” and “Live births.”.",
    ),
    (
        {"whose_ethnicity": "baby"},
        "caution",
        "whose-ethnicity",
        "The ethnic group is that of different people: “baby” and “mother”.",
    ),
    (
        {"recording": "assigned"},
        "caution",
        "recording",
        "The ethnic group was recorded differently: “assigned” and “self-reported”.",
    ),
    ({"age": "0-4"}, "caution", "age", "The figures are of different ages: “0-4” and “_T”."),
    ({"sex": "F"}, "caution", "sex", "The figures are of different sexes: “F” and “_T”."),
    (
        {"period_start": "2025-01-01", "period_end": "2025-03-31"},
        "caution",
        "period-length",
        "The periods differ in length: 3 months (toy-a) and 12 months (toy-a).",
    ),
    (
        {"indicator": "toy-b", "period_start": "2025-01-01", "period_end": "2025-12-31"},
        "caution",
        "periods",
        (
            "The figures are of different periods: toy-a 2024-01-01 to 2024-12-31 and toy-b 2025-01-01 "
            "to 2025-12-31."
        ),
    ),
    (
        {"period_start": "2024-07-01", "period_end": "2025-06-30"},
        "caution",
        "periods-overlap",
        (
            "toy-a: periods overlap, such as 2024-01-01 to 2024-12-31 and 2024-07-01 to 2025-06-30, so "
            "their figures share people."
        ),
    ),
    (
        {
            "period_start": "2025-01-01",
            "period_end": "2025-12-31",
            "series_breaks": "New form in 2025.",
        },
        "caution",
        "series-break",
        "toy-a: the series has a break. New form in 2025.",
    ),
    (
        {"period_start": "2025-01-01", "period_end": "2025-12-31", "has_break": True},
        "caution",
        "series-break",
        "toy-a: the series has a break at 2025-01-01.",
    ),
    (
        {"indicator": "toy-b", "completeness": 0.834},
        "caution",
        "completeness",
        "toy-b: the ethnic group is known for only 83.4% of records.",
    ),
    (
        {"indicator": "toy-b", "ethnicity_completeness": "Not known for 13%."},
        "caution",
        "completeness-differs",
        "The ethnic group is known for different shares: “Known for 97%.” and “Not known for 13%.”.",
    ),
    (
        {"indicator": "toy-b", "is_synthetic": True},
        "refuse",
        "synthetic",
        "Some values were made up for teaching (toy-b). Do not set them beside real ones.",
    ),
    (
        {"is_secondary_source": True},
        "caution",
        "secondary-source",
        "Some values were read in a secondary source (toy-a), others in the original.",
    ),
    (
        {"indicator": "toy-b", "definition": "Toys that bend."},
        "caution",
        "definition",
        "The indicators are defined differently: toy-a and toy-b. Read the definition of each.",
    ),
    (
        {"numerator": "Broken toys."},
        "caution",
        "numerator",
        "What is counted differs: “Broken toys.” and “Toys.”.",
    ),
]


@pytest.mark.parametrize(
    ("different", "kind", "rule", "text"), CASES, ids=lambda case: str(case)[:30]
)
def test_what_differs_is_said(different: dict[str, Any], kind: str, rule: str, text: str) -> None:
    assert said(told(), told(**different)) == [(kind, rule, text)]


SILENT: list[tuple[dict[str, Any], str, str]] = [
    (
        {"completeness": None, "ethnicity_completeness": "not stated on the page that was read"},
        "completeness-not-stated",
        "It is not stated for how many people the ethnic group is known (toy-a).",
    ),
    (
        {"completeness": 97.0, "ethnicity_completeness": ""},
        "completeness-not-stated",
        "It is not stated for how many people the ethnic group is known (toy-a).",
    ),
    (
        {"completeness": float("nan"), "ethnicity_completeness": ""},
        "completeness-not-stated",
        "It is not stated for how many people the ethnic group is known (toy-a).",
    ),
    (
        {"counting_basis": ""},
        "counting-basis-not-stated",
        "It is not stated how people of several groups are counted (toy-a).",
    ),
    (
        {"whose_ethnicity": "unknown"},
        "whose-not-stated",
        "It is not stated whose ethnic group it is (toy-a).",
    ),
]


@pytest.mark.parametrize(("different", "rule", "text"), SILENT)
def test_what_nobody_stated_is_a_caution(different: dict[str, Any], rule: str, text: str) -> None:
    assert said(told(**different)) == [("caution", rule, text)]


def test_a_share_in_words_that_begin_with_not_known_is_stated() -> None:
    words = "Not known and stated for 13% of inpatients."
    assert (
        assess_comparability([told(completeness=None, ethnicity_completeness=words)]).level == "ok"
    )


@pytest.mark.parametrize(
    ("share", "kind"),
    [(MIN_COMPLETENESS, "ok"), (MIN_COMPLETENESS - 0.001, "caution"), (0.0, "caution")],
)
def test_the_line_of_completeness(share: float, kind: str) -> None:
    assert assess_comparability([told(completeness=share)]).level == kind


def test_a_unit_that_is_not_stated_is_no_other_unit() -> None:
    assert assess_comparability([told(), told(unit="", value_type="")]).level == "ok"


@pytest.mark.parametrize("same", ["none", "crude"])
def test_crude_and_not_adjusted_are_the_same(same: str) -> None:
    assert assess_comparability([told(), told(adjustment=same)]).level == "ok"


def test_indicators_may_be_adjusted_each_in_its_way() -> None:
    found = assess_comparability([told(), told(indicator="toy-b", adjustment="age-sex")])
    assert found.level == "ok"


# classifications: within a country, a crosswalk may bring them together

HERE, THERE = (
    told(jurisdiction="GB-EAW", scheme="census"),
    told(jurisdiction="GB-SCT", scheme="other"),
)


def test_classifications_of_different_places_without_a_way_between_them_are_refused() -> None:
    assert said(HERE, THERE, links={("other", "census"): "not"})[0] == (
        "refuse",
        "classifications-apart",
        "The groups of census (GB-EAW) and other (GB-SCT) cannot be brought into one classification.",
    )


@pytest.mark.parametrize("kind", ["convertible", "with-caveat"])
def test_a_crosswalk_in_either_direction_leaves_a_caution_that_says_so(kind: str) -> None:
    for pair in (("census", "other"), ("other", "census")):
        assert said(HERE, THERE, links={pair: kind}) == [
            (
                "caution",
                "classifications",
                (
                    "The groups are of different classifications: “census” and “other”. These can be "
                    f"converted: {pair[0]} to {pair[1]}."
                ),
            )
        ]


def test_old_and_new_classifications_of_one_place_are_a_caution() -> None:
    new = told(jurisdiction="GB-EAW", scheme="newer")
    assert assess_comparability([HERE, new], {("census", "newer"): "not"}).level == "caution"


@pytest.mark.parametrize("country", ["GB-ENG", "GB-WLS", "GB-GBN", "GB", "GB-EAW"])
def test_a_classification_of_a_part_of_the_same_place_is_a_caution(country: str) -> None:
    part = told(jurisdiction=country, scheme="own")
    assert assess_comparability([HERE, part], {("x", "y"): "not"}).level == "caution"


def test_nothing_is_refused_for_want_of_links_that_were_not_given() -> None:
    assert assess_comparability([HERE, THERE]).level == "caution"


# order and shape


def test_refusals_come_before_cautions_and_name_whom_they_concern() -> None:
    found = assess_comparability(
        [told(), told(indicator="toy-b", unit="count", age="0-4", completeness=0.5)]
    )
    assert [(reason.kind, reason.rule, reason.indicators) for reason in found.reasons] == [
        ("refuse", "unit", ("toy-a", "toy-b")),
        ("caution", "age", ("toy-a", "toy-b")),
        ("caution", "completeness", ("toy-b",)),
    ]


# gaps beside gaps

GAP: dict[str, Any] = {
    "dimension": "ethnicity",
    "reference_kind": "declared-group",
    "reference_group": "group-1",
}


def gap(**different: Any) -> ComparabilityFacts:
    return told(**GAP | different)


def said_of_gaps(*facts: ComparabilityFacts) -> list[tuple[str, str, str]]:
    found = assess_comparability(facts, subject="gaps")
    return [(reason.kind, reason.rule, reason.message) for reason in found.reasons]


GAP_CASES: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    (
        "caution",
        "classifications",
        {},
        {"indicator": "toy-b", "jurisdiction": "XB", "scheme": "scheme-b"},
        "The groups are of different classifications: “scheme-a” and “scheme-b”.",
    ),
    (
        "refuse",
        "absolute-unit",
        {"is_absolute": True},
        {"is_absolute": True, "unit": "per-1000-population"},
        (
            "The absolute measures have different units: “per-1000-population” and “percent”. "
            "Compare the relative measures only."
        ),
    ),
    (
        "caution",
        "difference-unit",
        {},
        {"unit": "per-1000-population"},
        (
            "The differences have different units: “per-1000-population” and “percent”. "
            "Compare the ratios only."
        ),
    ),
    (
        "refuse",
        "ratio-kind",
        {},
        {"value_type": "odds-ratio"},
        "The ratios are of different kinds: “odds-ratio” and “risk-ratio”.",
    ),
    (
        "caution",
        "similar-ratio-kind",
        {},
        {"value_type": "hazard-ratio"},
        (
            "The ratios are of different kinds, which are alike only for rare events: “hazard-ratio” "
            "and “risk-ratio”."
        ),
    ),
    (
        "caution",
        "ratio-kind-not-stated",
        {"value_type": "ratio"},
        {"value_type": "ratio", "indicator": "toy-b"},
        "It is not stated of what kind the ratios are (toy-a and toy-b).",
    ),
    (
        "refuse",
        "dimension",
        {},
        {"dimension": "toy-wealth"},
        "The gaps are between categories of different dimensions: “ethnicity” and “toy-wealth”.",
    ),
    (
        "refuse",
        "reference-kind",
        {},
        {"indicator": "toy-b", "reference_kind": "all-groups", "reference_group": ""},
        (
            "The gaps are measured from different kinds of reference: all groups together (toy-b) "
            "and a reference group (toy-a)."
        ),
    ),
    (
        "refuse",
        "reference-kind",
        {"reference_kind": "highest-lowest", "reference_group": ""},
        {"indicator": "toy-b", "reference_kind": "all-groups", "reference_group": ""},
        (
            "The gaps are measured from different kinds of reference: all groups together (toy-b) "
            "and the highest group against the lowest (toy-a)."
        ),
    ),
    (
        "refuse",
        "adjusted-beside-crude",
        {},
        {"indicator": "toy-b", "adjustment": "age-sex"},
        "Some gaps are crude (toy-a), others adjusted or standardised (toy-b).",
    ),
    (
        "caution",
        "adjustments-differ",
        {"standardisation": "ESP 2013"},
        {"indicator": "toy-b", "standardisation": "WHO 2000"},
        "The gaps are adjusted for different things: “ESP 2013” and “WHO 2000”.",
    ),
    (
        "caution",
        "adjustment-not-stated",
        {},
        {"indicator": "toy-b", "standardisation": "not stated"},
        "It is not stated whether the values are adjusted or standardised (toy-b).",
    ),
    (
        "caution",
        "reference-group",
        {},
        {"reference_group": "group-2"},
        ("scheme-a: gaps are measured from different reference groups: “group-1” and “group-2”."),
    ),
    (
        "caution",
        "number-of-groups",
        {"group_count": 2},
        {"indicator": "toy-b", "group_count": 6},
        (
            "The numbers of groups differ: 2 (toy-a) and 6 (toy-b). Of more groups the widest gap "
            "is wider."
        ),
    ),
    (
        "caution",
        "exploratory",
        {"is_exploratory": False},
        {"indicator": "toy-b", "is_exploratory": True},
        (
            "Some gaps are of a group picked by its value (toy-b), others of a group fixed "
            "beforehand."
        ),
    ),
]


@pytest.mark.parametrize(
    ("kind", "rule", "first", "second", "text"), GAP_CASES, ids=lambda case: str(case)[:30]
)
def test_what_differs_between_gaps_is_said(
    kind: str, rule: str, first: dict[str, Any], second: dict[str, Any], text: str
) -> None:
    assert said_of_gaps(gap(**first), gap(**second)) == [(kind, rule, text)]


SHARED = [
    rule.name
    for rule in RULES
    if rule.values_level == rule.gaps_level and rule.name != "adjustment"
]


@pytest.mark.parametrize("case", [case for case in CASES if case[2] in SHARED], ids=lambda c: c[2])
def test_what_values_share_with_gaps_is_said_of_gaps_too(
    case: tuple[dict[str, Any], str, str, str],
) -> None:
    different, kind, rule, text = case
    assert said_of_gaps(gap(), gap(**different)) == [(kind, rule, text)]


def test_two_adjustments_of_one_indicator_are_refused_among_gaps_too() -> None:
    found = assess_comparability([gap(), gap(adjustment="age-sex")], subject="gaps")
    assert [(reason.kind, reason.rule) for reason in found.reasons] == [("refuse", "adjustment")]


@pytest.mark.parametrize("kind", ["mean", "best-group", "ordered-categories"])
def test_a_measure_over_all_groups_is_held_against_no_gap_of_two(kind: str) -> None:
    summary = gap(reference_kind=kind, reference_group="", is_exploratory=True)
    assert assess_comparability([gap(is_exploratory=False), summary], subject="gaps").level == "ok"


def test_gaps_of_the_same_country_and_kind_may_be_compared() -> None:
    later = gap(period_start="2025-01-01", period_end="2025-12-31")
    assert assess_comparability([gap(), later], subject="gaps").level == "ok"


def test_units_of_relative_measures_do_not_matter() -> None:
    rows = [gap(is_absolute=False), gap(is_absolute=False, unit="count")]
    assert assess_comparability(rows, subject="gaps").level == "ok"


def test_only_the_sentence_is_short_and_the_concerns_are_whole() -> None:
    rows = [gap(indicator=f"toy-{n:02}", unit=f"unit-{n:02}", is_absolute=True) for n in range(20)]
    (reason,) = assess_comparability(rows, subject="gaps").reasons
    assert reason.message.startswith("The absolute measures have different units: “unit-00”, ")
    assert "“unit-11” and 8 more. " in reason.message
    assert len(reason.indicators) == 20


# periods that no two categories share


def span(category: str, start: int, end: int, indicator: str = "toy-a") -> CategoryPeriod:
    return CategoryPeriod(indicator, category, f"{start}-01-01", f"{end}-12-31")


def test_groups_without_a_period_in_common_are_a_caution() -> None:
    periods = [span("B", 2018, 2020), span("M", 2022, 2024)]
    unshared = list(find_unshared_periods(periods, "group"))
    found = assess_comparability([told()], unshared_periods=unshared)
    assert [(r.kind, r.rule, r.message, r.indicators) for r in found.reasons] == [
        (
            "caution",
            "no-period-in-common",
            (
                "toy-a: the groups have no period in common, such as B (2018-01-01 to 2020-12-31) and "
                "M (2022-01-01 to 2024-12-31)."
            ),
            ("toy-a",),
        )
    ]


@pytest.mark.parametrize(
    "periods",
    [
        [span("A", 2018, 2018), span("A", 2019, 2019), span("B", 2018, 2018)],
        [span("A", 2018, 2018), span("B", 2019, 2019, "toy-b")],
        [span("A", 2018, 2018), span("A", 2020, 2020)],
        [],
    ],
)
def test_one_period_that_all_have_is_enough(periods: list[CategoryPeriod]) -> None:
    assert list(find_unshared_periods(periods, "group")) == []


def test_three_groups_that_share_periods_two_by_two_share_none() -> None:
    years = {"A": (2018, 2022), "B": (2018, 2020), "C": (2020, 2022)}
    periods = [span(name, year, year) for name, pair in years.items() for year in pair]
    (unshared,) = find_unshared_periods(periods, "area")
    assert [example.category for example in unshared.examples] == ["B", "C"]


def test_too_many_categories_to_look_at_are_said() -> None:
    found = assess_comparability([told()], unshared_periods=[UnsharedPeriods("toy-a", "area")])
    assert [(r.kind, r.rule, r.message) for r in found.reasons] == [
        (
            "caution",
            "periods-not-assessed",
            (
                "toy-a: too many groups, areas and periods to assess whether any period is shared. "
                "Add filters."
            ),
        )
    ]


def test_what_was_not_assessed_is_refused() -> None:
    found = refuse_unassessed(200_000, 2_000)
    assert found.level == "refuse"
    assert [(r.rule, r.message) for r in found.reasons] == [
        (
            "not-assessed",
            (
                "The answer is too large to assess: the maximum is 200,000 rows, and 2,000 "
                "combinations of what rows may differ in. Add filters, such as one indicator or one "
                "period."
            ),
        )
    ]


def test_each_rule_says_why() -> None:
    rationales = [rule.rationale for rule in RULES] + list(ANSWER_RATIONALES.values())
    assert all(text.endswith(".") for text in rationales)
    assert len(set(rationales)) == len(rationales)


def test_every_rule_has_a_case() -> None:
    shown = {rule for _, _, rule, _ in CASES} | {rule for _, rule, _ in SILENT}
    shown |= {rule for _, rule, *_ in GAP_CASES}
    assert {rule.name for rule in RULES} == shown | {"classifications-apart", "adjustment"}
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("start", "end", "length"),
    [
        ("2020-04-01", "2021-03-31", "12 months"),
        ("2024-02-01", "2024-02-29", "1 month"),
        ("2024-02-01", "2024-02-28", "28 days"),
        ("2024-05-05", "2024-05-05", "1 day"),
        ("2017-01-01", "2021-12-31", "60 months"),
        ("2024-05-05", "2024-05-01", "unknown"),
        ("2024", "2024", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_the_length_of_a_period(start: str, end: str, length: str) -> None:
    assert describe_period_length(start, end).render() == length


words = st.sampled_from(["", "a", "b", "GB-EAW", "GB-SCT", "2024-01-01", "not stated"])
values_of_type = {
    "str": words,
    "bool": st.booleans(),
    "float | None": st.one_of(st.none(), st.floats()),
    "bool | None": st.sampled_from([None, True, False]),
    "int | None": st.sampled_from([None, 2, 6]),
}
facts = st.builds(
    ComparabilityFacts,
    **{field.name: values_of_type[str(field.type)] for field in fields(ComparabilityFacts)}
    | {"reference_kind": st.sampled_from(["", *REFERENCE_KINDS])},
)


@settings(deadline=None)
@given(
    st.lists(facts, max_size=5),
    st.sampled_from(["values", "gaps"]),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_a_verdict_has_its_reasons(
    some: list[ComparabilityFacts], subject: Any, chance: Any
) -> None:
    found = assess_comparability(some, {("a", "b"): "not"}, subject=subject)
    mixed = [*some, *some[:1]]
    chance.shuffle(mixed)
    again = assess_comparability(mixed, {("a", "b"): "not"}, subject=subject)
    assert (again.level, [r.message for r in again.reasons]) == (
        found.level,
        [r.message for r in found.reasons],
    )
    kinds = [reason.kind for reason in found.reasons]
    assert kinds == sorted(kinds, reverse=True)
    assert found.level == (kinds[0] if kinds else "ok")
    assert all(reason.indicators or not some for reason in found.reasons)
