"""The comparison that answers today, whatever a family holds: none lost, none that should not."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.inequality.selection import (
    FamilyComparison,
    Reason,
    SelectedComparison,
    Status,
    select_current,
)

YEARS = st.tuples(st.integers(2010, 2020), st.integers(0, 4)).map(
    lambda pair: (f"{pair[0]}-01-01", f"{pair[0] + pair[1]}-12-31")
)
KINDS = st.sampled_from(
    [(False, "rate"), (False, "percentage"), (True, "rate-ratio"), (True, "odds-ratio")]
)
COMPARISONS = st.builds(
    lambda area, group, years, kind, sex, adjustment, secondary, people: FamilyComparison(
        family="falls", area=area, scheme=group[0], ethnicity=group[1], reference="R",
        indicator=f"{kind[1]}-{area}", dataset="toys", period_start=years[0],
        period_end=years[1], sex=sex, adjustment=adjustment, value_type=kind[1],
        is_published=kind[0], is_secondary=secondary, people=people,
    ),
    area=st.sampled_from(["X1", "X2", "X3"]),
    group=st.tuples(st.sampled_from(["old", "new"]), st.sampled_from(["A", "B", ""])),
    years=YEARS, kind=KINDS, sex=st.sampled_from(["_T", "F"]),
    adjustment=st.sampled_from(["", "age"]), secondary=st.booleans(),
    people=st.sampled_from([None, 10.0, 20.0]),
)  # fmt: skip
FAMILIES = st.lists(COMPARISONS, min_size=1, max_size=14, unique=True)


def by_place(selected: list[SelectedComparison]) -> dict[str, list[SelectedComparison]]:
    places = defaultdict(list)
    for choice in selected:
        places[choice.comparison.area].append(choice)
    return places


@settings(max_examples=500, deadline=None)
@given(FAMILIES, st.randoms())
def test_no_place_is_lost_and_each_group_has_one_answer(
    family: list[FamilyComparison], rng
) -> None:
    selected = select_current(family)
    assert [choice.comparison for choice in selected] == family
    for choices in by_place(selected).values():
        current = [c.comparison for c in choices if c.status is Status.CURRENT]
        assert current, "a place without an answer"
        groups = [(c.scheme, c.ethnicity) for c in current]
        assert len(set(groups)) == len(groups)
    assert all(c.reason for c in selected if c.status is not Status.CURRENT)
    shuffled = rng.sample(family, len(family))
    again = {choice.comparison: choice for choice in select_current(shuffled)}
    assert [again[comparison] for comparison in family] == selected


@settings(max_examples=500, deadline=None)
@given(FAMILIES)
def test_nothing_is_quoted_while_newer_values_wait_to_be_verified(
    family: list[FamilyComparison],
) -> None:
    for choices in by_place(select_current(family)).values():
        current = [choice for choice in choices if choice.status is Status.CURRENT]
        newest = max(choice.comparison.period for choice in current)
        waits = any(c.comparison.is_secondary for c in current if c.comparison.period == newest)
        assert all(not c.is_headline for c in choices if waits or c.status is not Status.CURRENT)
        assert {c.reason for c in current} <= (
            {Reason.AWAITING_VERIFICATION} if waits else {Reason.NONE}
        )


@settings(max_examples=300, deadline=None)
@given(FAMILIES, COMPARISONS)
def test_an_older_comparison_changes_no_answer(
    family: list[FamilyComparison], other: FamilyComparison
) -> None:
    old = other._replace(period_start="1990-01-01", period_end="1990-12-31", ethnicity="A")
    has_group = {(c.area, c.scheme, c.ethnicity, c.narrowness) for c in family if not c.narrowness}
    if (old.area, old.scheme, "A", 0) not in has_group:
        return
    before = {c.comparison for c in select_current(family) if c.status is Status.CURRENT}
    after = {c.comparison for c in select_current([*family, old]) if c.status is Status.CURRENT}
    assert after == before


FALLS = FamilyComparison(
    "falls", "X1", "toys", "B", "A", "fall-rate", "toys", "2020-01-01", "2020-12-31"
)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"period_start": "2018-01-01", "period_end": "2018-12-31"}, Reason.NEWER_PERIOD),
        ({"period_start": "2019-07-01", "period_end": "2020-06-30"}, Reason.OVERLAPPING_PERIOD),
        ({"period_start": "2010-01-01"}, Reason.OVERLAPPING_PERIOD),  # cumulative
        ({"sex": "F", "period_end": "2021-12-31"}, Reason.PART_OF_POPULATION),
        ({"is_published": True, "value_type": "odds-ratio"}, Reason.OTHER_QUANTITY),
        ({"adjustment": "age"}, Reason.ADJUSTED),
        ({"is_secondary": True}, Reason.SECONDARY_SOURCE),
        ({"dataset": "toys-too"}, Reason.OTHER_DATASET),
    ],
)
def test_what_is_not_the_answer_says_why(other: dict[str, object], reason: Reason) -> None:
    answer, left = select_current([FALLS, FALLS._replace(**other)])
    assert (answer.status, answer.reason) == (Status.CURRENT, Reason.NONE)
    assert left.reason is reason


def test_the_ratio_that_the_source_prints_stands_before_one_that_follows_from_its_values() -> None:
    printed = FALLS._replace(is_published=True, value_type="rate-ratio", indicator="fall-ratio")
    derived, published = select_current([FALLS, printed])
    assert (published.status, derived.reason) == (Status.CURRENT, Reason.SOURCE_COMPARES)


def test_newer_values_of_a_secondary_source_bring_no_older_headline_back() -> None:
    older = FALLS._replace(people=100.0)
    newer = FALLS._replace(period_start="2022-01-01", period_end="2022-12-31", is_secondary=True)
    first, second = select_current([older, newer])
    assert (first.status, first.is_headline) == (Status.HISTORY, False)
    assert (second.status, second.reason, second.is_headline) == (
        Status.CURRENT, Reason.AWAITING_VERIFICATION, False,
    )  # fmt: skip


def test_a_headline_is_of_a_group_that_was_chosen_beforehand() -> None:
    others = [FALLS._replace(ethnicity=code, people=n) for code, n in (("C", 30.0), ("D", 20.0))]
    unknown = FALLS._replace(ethnicity="E")
    assert [c.is_headline for c in select_current([*others])] == [True, False]
    assert not any(c.is_headline for c in select_current([*others, unknown]))
    declared = unknown._replace(is_declared=True)
    assert [c.is_headline for c in select_current([*others, declared])] == [False, False, True]


def test_invented_comparisons_are_judged_apart() -> None:
    invented = FALLS._replace(is_synthetic=True, period_end="2023-12-31", period_start="2023-01-01")
    assert [c.status for c in select_current([FALLS, invented])] == [Status.CURRENT] * 2
