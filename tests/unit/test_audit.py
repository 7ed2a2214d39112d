"""The audit of a dataset: which counts add up, and what that gives away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.disclosure.audit import AuditResult, ProtectedRange, audit_counts
from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, CountKey, IndicatorSum
from evidencehub.disclosure.interval_sums import parse_age_bounds
from evidencehub.disclosure.scheme_covers import CodeRelation, SchemeCover, build_scheme_cover

HIDDEN = None
POLICY = ProtectedRange(1, 7)
NOTHING = AuditResult([], [], [], [])
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
    return audit_counts(counts(told, *names), CategoryStructure(trees), POLICY)  # type: ignore[arg-type]


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


def test_a_stratum_whose_parts_fall_short_says_nothing_of_another() -> None:
    told = {
        ("X", "_T"): 100, ("X", "A"): 40, ("X", "B"): 30,
        ("Y", "_T"): 12, ("Y", "A"): 9, ("Y", "B"): None,
    }  # fmt: skip
    assert known(of(told, "area", "ethnicity")) == {("a.csv", 7): (3, 3)}


def test_a_part_of_a_heading_that_has_others_is_bounded_by_it() -> None:
    trees = {"toys": {"H": ["A", "B", "C"]}}
    assert known(of({("H",): 5, ("B",): None}, "ethnicity", **trees)) == {("a.csv", 3): (1, 5)}


def test_a_stratum_whose_parts_exceed_its_total_is_reported_and_no_other_is_left_out() -> None:
    told = {
        ("X", "_T"): 50, ("X", "A"): 40, ("X", "B"): 30,
        ("Y", "_T"): 12, ("Y", "A"): 9, ("Y", "B"): None,
        ("Z", "_T"): 13, ("Z", "A"): 9, ("Z", "B"): None,
    }  # fmt: skip
    found = of(told, "area", "ethnicity")
    assert known(found) == {("a.csv", 7): (3, 3), ("a.csv", 10): (4, 4)}
    (contradiction,) = found.contradictions
    assert [count.location[1] for count in contradiction.counts] == [2, 3, 4]
    assert not contradiction.is_protective


def test_parts_that_exceed_their_total_in_most_strata_overlap() -> None:
    told = {
        ("X", "_T"): 50, ("X", "A"): 40, ("X", "B"): 30,
        ("Y", "_T"): 12, ("Y", "A"): 9, ("Y", "B"): None,
        ("Z", "_T"): 70, ("Z", "A"): 60, ("Z", "B"): 40,
    }  # fmt: skip
    found = of(told, "area", "ethnicity")
    assert found.disclosed == []
    assert len(found.contradictions) == 2


def test_nothing_hidden_and_nothing_left_out_is_no_finding() -> None:
    assert of({("_T",): 20, ("A",): 9}, "ethnicity") == NOTHING
    assert audit_counts([], CategoryStructure(), POLICY) == NOTHING


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
    return audit_counts(made, CategoryStructure(), POLICY)


def test_a_denominator_is_the_total_of_all_answers_where_others_show_it() -> None:
    whole = (("A", 60, 100), ("A", 40, 100), ("B", 95, 100), ("B", None, 100))
    assert known(answers(*whole)) == {("a.csv", 5): (5, 5)}


@pytest.mark.parametrize("shown", [(), (("A", 20, 100), ("A", 40, 100))])
def test_without_that_a_denominator_is_no_total(shown: tuple[tuple[str, int, float], ...]) -> None:
    assert known(answers(*shown, ("B", 95, 100), ("B", None, 100))) == {}


def rows(counts: tuple[BoundedCount, ...]) -> list[int]:
    return [count.location[1] for count in counts]


def test_a_heading_with_a_single_part_is_that_part() -> None:
    told = {("_T",): 50, ("P",): 5, ("G",): None, ("Q",): 45}
    assert known(of(told, "ethnicity", toys={"P": ["G"]})) == {("a.csv", 4): (5, 5)}


def test_a_heading_that_is_more_than_its_single_part_can_be_contradicts_it() -> None:
    told = {("_T",): 60, ("P",): 15, ("G",): None, ("Q",): 45}
    (conflict,) = of(told, "ethnicity", toys={"P": ["G"]}).contradictions
    assert conflict.is_protective


def test_a_single_part_of_a_single_part_is_the_heading_too() -> None:
    told = {("P",): None, ("G",): 4}
    tree = {"P": ["M"], "M": ["G"]}
    assert known(of(told, "ethnicity", toys=tree)) == {("a.csv", 2): (4, 4)}
    tree = {"P": ["M"], "M": ["G", "F"]}
    assert known(of(told, "ethnicity", toys=tree)) == {("a.csv", 2): (4, 7)}


def test_what_the_listed_parts_leave_of_a_total_is_a_count_too() -> None:
    found = of({("_T",): 40, ("A",): 20, ("C",): 15}, "ethnicity")
    (remainder,) = found.remainders
    assert (remainder.lower, remainder.upper, rows(remainder.counts)) == (5, 5, [2, 3, 4])


@pytest.mark.parametrize(("total", "found"), [(35, 0), (36, 1), (42, 1), (43, 0)])
def test_a_remainder_is_a_finding_if_the_policy_would_suppress_it(total: int, found: int) -> None:
    told = {("_T",): total, ("A",): 20, ("C",): 15}
    assert len(of(told, "ethnicity").remainders) == found


def test_a_contradiction_over_several_sums_leaves_out_no_more_than_those() -> None:
    # each town says 5, and the county 20 for all three
    told: dict[tuple[str, ...], int | None] = {("C", "B"): 20}
    for town in "XYZ":
        told |= {(town, "_T"): 40, (town, "A"): 20, (town, "B"): None, (town, "C"): 15}
    found = of(told, "area", "ethnicity", area={"C": ["X", "Y", "Z"]})
    assert {(span[0], span[1]) for span in known(found).values()} == {(5, 5)}
    assert len(known(found)) == 3
    assert [conflict.is_protective for conflict in found.contradictions] == [True]


def ages(told: Mapping[str, int | None]) -> AuditResult:
    made = counts({(band,): n for band, n in told.items()}, "age")
    spans = {band: span for band in told if (span := parse_age_bounds(band))}
    return audit_counts(made, CategoryStructure(spans={"age": spans}), POLICY)


def test_age_bands_that_nest_add_up_by_their_bounds() -> None:
    told = {"_T": 100, "0-17": 40, "18+": 60, "0-4": 15, "5-11": 20, "12-17": None}
    assert known(ages(told)) == {("a.csv", 7): (5, 5)}


def test_age_bands_that_overlap_add_up_by_their_bounds_too() -> None:
    # 0-17 and 18-24 are 0-11 and 12-24
    told = {"0-17": 40, "18-24": 30, "0-11": 36, "12-24": None}
    told |= {"12-24": 34, "18-24": None, "0-24": 70, "0-17": 66}
    assert known(ages(told)) == {("a.csv", 3): (4, 4)}


def test_a_gap_between_age_bands_is_a_remainder() -> None:
    (remainder,) = ages({"0-17": 40, "0-4": 15, "12-17": 20}).remainders
    assert (remainder.lower, remainder.upper) == (5, 5)


def test_age_not_known_is_a_part_of_all_ages() -> None:
    assert known(ages({"_T": 50, "0-17": 20, "18+": 26, "_U": None})) == {("a.csv", 5): (4, 4)}


def covers() -> tuple[SchemeCover, ...]:
    """Scheme `fine` has a, b, c; `broad` has AB, which is a and b, and C."""
    parents = {"fine": dict.fromkeys("abc", ""), "broad": {"AB": "", "C": ""}}
    links = [("a", "AB", "broadMatch"), ("b", "AB", "broadMatch"), ("c", "C", "exactMatch")]
    cover = build_scheme_cover("fine", "broad", parents, [CodeRelation(*link) for link in links])
    assert cover is not None
    return (cover,)


def in_schemes(told: Mapping[tuple[str, str], int | None]) -> AuditResult:
    structure = CategoryStructure(scheme_covers=covers())
    return audit_counts(counts(told, "scheme", "ethnicity"), structure, POLICY)


def test_a_category_is_the_sum_of_those_that_an_exact_crosswalk_maps_to_it() -> None:
    told = {("fine", "a"): 40, ("fine", "b"): None, ("broad", "AB"): 44}
    assert known(in_schemes(told)) == {("a.csv", 3): (4, 4)}


def test_a_category_is_its_exact_match_in_another_scheme() -> None:
    assert known(in_schemes({("fine", "c"): None, ("broad", "C"): 6})) == {("a.csv", 2): (6, 6)}


@pytest.mark.parametrize("relation", ["closeMatch", "relatedMatch", "narrowMatch"])
def test_what_a_crosswalk_maps_roughly_does_not_add_up(relation: str) -> None:
    parents = {"fine": dict.fromkeys("abc", ""), "broad": {"AB": "", "C": ""}}
    links = [("a", "AB", "broadMatch"), ("b", "AB", relation), ("c", "C", "exactMatch")]
    cover = build_scheme_cover("fine", "broad", parents, [CodeRelation(*link) for link in links])
    assert cover is not None
    assert "AB" not in cover.target_leaves


def of_indicators(told: Mapping[str, int | None], *sums: IndicatorSum) -> AuditResult:
    made = counts({(name,): n for name, n in told.items()}, "indicator")
    made = [replace(count, denominator_bounds=(50, 50)) for count in made]
    return audit_counts(made, CategoryStructure(indicator_sums=sums), POLICY)


def test_indicators_add_up_as_the_package_declares() -> None:
    declared = IndicatorSum("all", ("one", "two"))
    told = {"all": 30, "one": 25, "two": None}
    assert known(of_indicators(told, declared)) == {("a.csv", 4): (5, 5)}
    assert known(of_indicators(told)) == {}


def test_complements_add_up_to_their_denominator() -> None:
    declared = IndicatorSum("", ("yes", "no"))
    assert known(of_indicators({"yes": 45, "no": None}, declared)) == {("a.csv", 3): (5, 5)}
