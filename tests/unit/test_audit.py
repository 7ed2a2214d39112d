"""The audit of a dataset: which counts add up, and what that gives away."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.disclosure.additivity import BoundedCount, CountKey
from evidencehub.disclosure.audit import AuditResult, audit_counts

HIDDEN = None
BASE = CountKey("toys", "2024-01-01/2024-12-31", "X", "toys", "_T", "_T", "_T", "")


def counts(told: Mapping[tuple[str, ...], int | None], *names: str) -> list[BoundedCount]:
    """Counts by the values of some dimensions; None where the count is hidden (1 to 7)."""
    made = []
    for row, (values, n) in enumerate(told.items(), start=2):
        key = BASE._replace(**dict(zip(names, values, strict=True)))
        low, high = (1, 7) if n is None else (n, n)
        made.append(BoundedCount(key, low, high, n is None, ("a.csv", row)))
    return made


def known(found: AuditResult) -> dict[tuple[str, int], tuple[float, float]]:
    return {given.cell.location: (given.lower, given.upper) for given in found.disclosed}


def of(told: Mapping[tuple[str, ...], int | None], *names: str, **trees: object) -> AuditResult:
    return audit_counts(counts(told, *names), trees, 1, 7)  # type: ignore[arg-type]


def test_the_rest_of_a_total_is_given_away_and_the_figures_are_named() -> None:
    found = of({("_T",): 20, ("A",): 9, ("B",): None, ("C",): 8}, "ethnicity")
    (one,) = found.disclosed
    assert (one.cell.key.ethnicity, one.lower, one.upper, one.is_exact) == ("B", 3, 3, True)
    assert sorted(count.key.ethnicity for count in one.derived_from) == ["A", "C", "_T"]


def test_everybody_is_the_same_people_in_each_classification() -> None:
    told = {("toys", "_T"): 5, ("other", "_T"): None}
    assert known(of(told, "scheme", "ethnicity")) == {("a.csv", 3): (5, 5)}


@pytest.mark.parametrize("name", ["ethnicity", "sex", "age"])
def test_every_dimension_has_its_sums(name: str) -> None:
    found = of({("_T",): 12, ("1",): 8, ("2",): None}, name)
    assert known(found) == {("a.csv", 4): (4, 4)}


def test_further_dimensions_add_up_to_what_has_none() -> None:
    found = of({("",): 12, ("fifths=1",): 8, ("fifths=2",): None}, "dimensions")
    assert known(found) == {("a.csv", 4): (4, 4)}


def test_two_further_dimensions_each_add_up() -> None:
    told = {("fifths=1",): 9, ("fifths=1;parity=1",): 4, ("fifths=1;parity=2",): None}
    assert known(of(told, "dimensions")) == {("a.csv", 4): (5, 5)}


def test_areas_add_up_to_the_one_that_contains_them() -> None:
    told = {("X",): 30, ("X1",): 24, ("X2",): None}
    assert known(of(told, "area", area={"X": ["X1", "X2"]})) == {("a.csv", 4): (6, 6)}
    assert of(told, "area").disclosed == []


def test_headings_add_up_from_their_groups() -> None:
    told = {("H",): 12, ("A",): 8, ("B",): None}
    assert known(of(told, "ethnicity", toys={"H": ["A", "B"]})) == {("a.csv", 4): (4, 4)}


def test_parts_that_are_only_some_of_a_total_say_less() -> None:
    # elsewhere the parts are less than the total: somebody is in neither
    told = {
        ("X", "_T"): 100, ("X", "A"): 40, ("X", "B"): 30,
        ("Y", "_T"): 12, ("Y", "A"): 9, ("Y", "B"): None,
    }  # fmt: skip
    # so B is not 3 in Y, but no more than 3
    assert known(of(told, "area", "ethnicity")) == {("a.csv", 7): (1, 3)}


def test_parts_that_exceed_their_total_are_no_parts() -> None:
    told = {
        ("X", "_T"): 50, ("X", "A"): 40, ("X", "B"): 30,
        ("Y", "_T"): 12, ("Y", "A"): 9, ("Y", "B"): None,
    }  # fmt: skip
    assert of(told, "area", "ethnicity").disclosed == []


def test_nothing_hidden_needs_no_audit() -> None:
    assert of({("_T",): 12, ("A",): 9}, "ethnicity") == AuditResult([], [], 0)
    assert audit_counts([], {}, 1, 7) == AuditResult([], [], 0)


def test_other_periods_and_indicators_stay_apart() -> None:
    told = {("2023", "_T"): 12, ("2023", "A"): 9, ("2024", "B"): None}
    assert of(told, "period", "ethnicity").disclosed == []


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.data())
def test_what_is_given_away_is_true(parts: list[int], data: st.DataObject) -> None:
    names = [f"G{n}" for n in range(len(parts))]
    hidden = {n: HIDDEN if v <= 7 else v for n, v in zip(names, parts, strict=True)}
    told: dict[tuple[str, ...], int | None] = {("_T",): sum(parts)}
    told |= {(name,): hidden[name] for name in data.draw(st.permutations(names))}
    true = dict(zip(names, parts, strict=True))
    for one in of(told, "ethnicity").disclosed:
        assert one.lower <= true[one.cell.key.ethnicity] <= one.upper


def test_groups_add_up_to_the_total_where_their_headings_are_not_shown() -> None:
    told = {("_T",): 100, ("1",): HIDDEN, ("2",): 40, ("3",): 55}
    tree = {"G1": ["1", "2"], "G2": ["3"]}
    assert known(of(told, "ethnicity", toys=tree)) == {("a.csv", 3): (5, 5)}


def test_small_areas_add_up_where_regions_are_not_shown() -> None:
    told = {("C",): 30, ("L1",): 24, ("L2",): HIDDEN}
    tree = {"C": ["R1", "R2"], "R1": ["L1"], "R2": ["L2"]}
    assert known(of(told, "area", area=tree)) == {("a.csv", 4): (6, 6)}


def test_headings_that_go_round_end_the_search() -> None:
    told = {("_T",): 30, ("A",): 24, ("B",): HIDDEN}
    assert known(of(told, "ethnicity", toys={"P": ["Q", "A"], "Q": ["P", "B"]})) == {
        ("a.csv", 4): (6, 6)
    }


def periods(told: Mapping[str, int | None]) -> AuditResult:
    return of({(f"2024-{span}",): n for span, n in told.items()}, "period")


QUARTERS = ("01-01/2024-03-31", "04-01/2024-06-30", "07-01/2024-09-30", "10-01/2024-12-31")
YEAR = "01-01/2024-12-31"


def test_a_year_is_its_quarters_and_a_quarter_its_months() -> None:
    shown = dict.fromkeys(QUARTERS[:3], 10) | {QUARTERS[3]: None, YEAR: 34}
    months = {"10-01/2024-10-31": 1, "11-01/2024-11-30": 0, "12-01/2024-12-31": None}
    found = known(periods(shown | months))
    # the last quarter is 4, and so its last month 3
    assert found == {("a.csv", 5): (4, 4), ("a.csv", 9): (3, 3)}


def test_periods_with_a_gap_or_an_overlap_do_not_add_up() -> None:
    gap = {YEAR: 34, "01-01/2024-06-29": 30, QUARTERS[2]: None, QUARTERS[3]: 2}
    assert known(periods(gap)) == {}
    overlap = {YEAR: 34, "01-01/2024-07-31": 30, QUARTERS[2]: None, QUARTERS[3]: 2}
    assert known(periods(overlap)) == {}


def answers(*told: tuple[str, int | None, float]) -> AuditResult:
    """Counts of people who gave an answer, of so many in a group who were asked."""
    made = [
        BoundedCount(
            BASE._replace(ethnicity=group, dimensions=f"answer={row}"),
            *((1, 7) if n is None else (n, n)),
            is_suppressed=n is None,
            location=("a.csv", row),
            denominator_bounds=(asked, asked),
        )
        for row, (group, n, asked) in enumerate(told, start=2)
    ]
    return audit_counts(made, {}, 1, 7)


def test_a_denominator_is_the_total_of_all_answers_where_others_show_it() -> None:
    whole = (("A", 60, 100), ("A", 40, 100), ("B", 95, 100), ("B", None, 100))
    assert known(answers(*whole)) == {("a.csv", 5): (5, 5)}


@pytest.mark.parametrize("shown", [(), (("A", 20, 100), ("A", 40, 100))])
def test_without_that_a_denominator_is_no_total(shown: tuple[tuple[str, int, float], ...]) -> None:
    assert known(answers(*shown, ("B", 95, 100), ("B", None, 100))) == {}
