"""What a sentence says in numbers, units, periods, groups and directions."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.period import parse_period
from evidencehub.statements.claim_dimensions import find_other_sex, has_ages
from evidencehub.statements.claim_sentences import ClaimSentences, GroupPair
from evidencehub.statements.group_mentions import build_vocabulary, list_names
from evidencehub.statements.number_places import find_misplaced_numbers, list_period_places
from evidencehub.statements.number_words import WITHOUT_VALUE
from evidencehub.statements.stated_finding import TEXT_COLUMNS, StatedClaim, StatedFinding
from evidencehub.statements.study_counts import find_study_counts
from evidencehub.statements.text_directions import find_comparisons
from evidencehub.statements.text_numbers import find_numbers, states
from evidencehub.statements.text_periods import can_mean, find_periods
from evidencehub.statements.value_units import describe_unit, find_unit_faults
from tests.support.dataset_builder import PROJECT_ROOT

NUMBERS = {
    "4.7 times as high": [(4.7, "times", 1)],
    "4.7-fold": [(4.7, "times", 1)],
    "a tenfold rise": [(10, "times", 1)],
    "twice the rate": [(2, "times", 1)],
    "47%": [(47, "percent", 1)],
    "47 per cent": [(47, "percent", 1)],
    "6.2 percentage points": [(6.2, "points", 1)],
    "341.7 per 100,000": [(341.7, "per", 100_000)],
    "15 of every 1,000 births": [(15, "per", 1_000)],
    "5 per thousand": [(5, "per", 1_000)],
    "1 in 10 people": [(1, "per", 10)],
    "four of five trusts": [(4, "per", 5)],
    "two women in three": [(2, "per", 3)],
    "12.67 women died for every 100,000 maternities": [(12.67, "per", 100_000)],
    "about half of them": [(0.5, "part", 1)],
    "about a third of them": [(1 / 3, "part", 1)],
    "three quarters of them": [(0.75, "part", 1)],
    "2,004,184 maternities": [(2_004_184, None, 1)],
    "1.2 million people": [(1_200_000, None, 1)],
    "339 of 16,011 pairs": [(339, None, 1), (16_011, None, 1)],
    "from 3.35 to 4.32": [(3.35, None, 1), (4.32, None, 1)],
    "3.35-4.32": [(3.35, None, 1), (4.32, None, 1)],
    "twelve women": [(12, None, 1)],
    "over eight years": [(8, None, 1)],
    # what is no value
    "in 2021-22 and by 31 March 2023": [],
    "two published rates": [],
    "COVID-19 and type 2 diabetes": [],
    "From 6 January to 31 December 2023 and between 5 and 12 March 2021": [],
    "on 3 May, and between 5 and 12 March": [],
    "of 48 people 12 may have died": [(48, None, 1), (12, None, 1)],
    "on 40 March 2021": [(40, None, 1)],
    "section 136": [],
    "ages 16 to 24, aged 65 and over, 16-year-olds": [],
    "from 24 weeks of pregnancy": [],
    "19 studies and 13,000 papers": [],
    "(95% confidence interval)": [],
    "the first half of the year": [],
    "no one of them": [],
    "level C2": [],
}


@pytest.mark.parametrize("text", list(NUMBERS))
def test_a_number_is_read_with_its_unit(text: str) -> None:
    found = [
        (n.value, n.unit and n.unit.kind, n.unit.base if n.unit else 1) for n in find_numbers(text)
    ]
    assert found == [(pytest.approx(value), kind, base) for value, kind, base in NUMBERS[text]]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("one of four sites", []), ("five hospitals of one city", []),
        ("48 participants of 8 health boards", []), ("99 studies from 32 countries", []),
        ("five trials", []), ("46 studies", []),
        # of the kind, and in no example
        ("in four deprived, ethnically diverse wards", []), ("12 clinics in 3 towns", []),
        ("across 19 GP practices and two hospitals", []), ("a trial with 142 participants", []),
        ("1 of the 4 centres", []), ("26 volunteers took part", []),
        # what a study found
        ("48 deaths", [48]), ("8 women died", [8]), ("48 participants died", [48]),
        ("12 participants of Group A were ill", [12]), ("one in four sites", [1]),
        ("24 of 50 hospitals", [24, 50]), ("half of the 12 hospitals", [0.5]),
        ("47% of 12 sites", [47, 12]), ("four of five hospitals", [4]),
        ("48 deaths in 8 hospitals", [48]), ("48 women in hospitals died", [48]),
        ("of these, 48 in hospitals died", [48]), ("one of four women", [1]),
        ("12 hospitals failed", [12]), ("half of hospitals in 12 countries", [0.5]),
    ],
)  # fmt: skip
def test_a_count_that_describes_a_study_needs_no_claim(text: str, values: list[float]) -> None:
    finding = StatedFinding("f", 2, "f", {"detail": text})
    assert [unbound.number.value for unbound in finding.find_unbound_numbers()] == values


def test_a_count_that_describes_a_study_may_have_a_claim_or_be_listed() -> None:
    texts = {"statement": "Of 48 participants of 8 health boards it was asked."}
    one = claim("numerator", 48)
    finding = StatedFinding("f", 2, "f", texts, [one], unbound_figures="8 health boards")
    assert [number.value for _, number in finding.list_numbers_of(one)] == [48]
    assert list(finding.find_entries_without_number()) == []


@pytest.mark.parametrize(
    ("text", "stated", "expected"),
    [
        ("4.7 times", 4.7, True), ("4.7 times", 4.71, False), ("5 times", 4.7, False),
        ("about twice", 1.9, True), ("about twice", 2.3, False), ("more than twice", 2.4, True),
        ("more than twice", 1.9, False), ("more than twice", 3.2, False),
        ("nearly 100%", 98, True), ("nearly 100%", 60, False), ("about 15,000", 15_300, True),
        ("about 15,000", 16_000, False), ("about a third", 33, True), ("about a third", 38, False),
        ("half", 51, True), ("half", 57, False), ("just over half", 55, True), ("4 in 5", 80, True),
        ("4 in 5", 0.8, True), ("1 in 50", 20, True), ("−6.2", -6.2, True), ("−6.2", 6.2, False),
        ("6.2 fewer", -6.2, True), ("47%", 0.47, True), ("at least 12", 12, True),
    ],
)  # fmt: skip
def test_a_number_says_what_its_words_allow(text: str, stated: float, expected: bool) -> None:
    (number,) = find_numbers(text)
    assert states(number, stated) == expected


@given(st.integers(0, 99_999), st.integers(0, 3), st.integers(0, 99_999))
def test_a_numeral_states_itself_and_no_other_number(
    digits: int, decimals: int, other: int
) -> None:
    value, second = digits / 10**decimals, other / 10**decimals
    (number,) = find_numbers(f"It was {value:,.{decimals}f}% of them.")
    assert states(number, value)
    assert states(number, second) == (value == second or (second <= 1 and value == 100 * second))


@pytest.mark.parametrize(
    ("text", "first_day", "last_day", "expected"),
    [
        ("2021-22", "2021-04-01", "2022-03-31", True), ("2021/22", "2022-04-01", "2023-03-31", False),
        ("the year to March 2022", "2021-04-01", "2022-03-31", True),
        ("the year ending 31 March 2024", "2021-04-01", "2022-03-31", False),
        ("March 2022", "2021-04-01", "2022-03-31", True), ("May 2022", "2021-04-01", "2022-03-31", False),
        ("2006 to 2012", "2006-01-01", "2012-12-31", True), ("2006–2012", "2006-01-01", "2013-12-31", False),
        ("between 2006 and 2012", "2006-01-01", "2012-12-31", True), ("2022", "2022-01-01", "2022-12-31", True),
        ("2022", "2022-04-01", "2023-03-31", False), ("1999-00", "1999-04-01", "2000-03-31", True),
        ("April 2021 to March 2022", "2021-04-01", "2022-03-31", True),
        ("April to June 2020", "2020-04-01", "2020-06-30", True),
        ("April to June 2020", "2020-04-01", "2020-07-31", False),
        ("31 December 2023", "2023-12-31", "2023-12-31", True),
        ("21 December 2023", "2023-12-31", "2023-12-31", False),
        ("31 December 2023", "2023-01-01", "2023-12-31", True),
        ("the year to October 2008", "2007-10-14", "2008-10-13", True),
        ("the year to 13 October 2008", "2007-10-14", "2008-10-13", True),
        ("the year to 31 October 2008", "2007-10-14", "2008-10-13", False),
        ("12 months to October 2008", "2007-10-14", "2008-10-13", True),
        ("the year to October 2008", "2007-10-15", "2008-10-13", False),
        ("the year to October 2009", "2007-10-14", "2008-10-13", False),
        ("October 2007 to October 2008", "2007-10-14", "2008-10-13", True),
        ("November 2007 to October 2008", "2007-10-14", "2008-10-13", False),
        ("14 October 2007–13 October 2008", "2007-10-14", "2008-10-13", True),
        ("13 October 2007 to 13 October 2008", "2007-10-14", "2008-10-13", False),
        ("three years to March 2022", "2019-04-01", "2022-03-31", True),
        ("three years to March 2022", "2021-04-01", "2022-03-31", False),
        ("two years ending December 2021", "2020-01-01", "2021-12-31", True),
        ("6 January to 31 December 2023", "2023-01-06", "2023-12-31", True),
        ("9 January to 31 December 2023", "2023-01-06", "2023-12-31", False),
        ("5 and 12 March 2021", "2021-03-05", "2021-03-12", True),
        ("the 5th to the 12th of March 2021", "2021-03-05", "2021-03-13", False),
        ("15 March to 2 May 2020", "2020-03-01", "2020-05-31", True),
        ("29 February 2024", "2024-02", "2024-02", True),
        ("the year to December 2024", "9999-01-01", "9999-12-31", False),
    ],
)  # fmt: skip
def test_a_period_can_mean(text: str, first_day: str, last_day: str, expected: bool) -> None:
    (period,) = find_periods(text)
    assert can_mean(period, first_day, last_day) == expected


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("It was looked for on 28 November 2026.", []),
        ("Read on 29 November 2026.", []),
        ("An article of 2004 says so.", []),
        ("a review published on 9 November 2021", []),
        ("In a report of November 2022 it was so.", []),
        # of the kind, and in no example
        ("Published by the Ministry of Health in May 2019.", []),
        ("The search was for this hub on 28 November 2026.", []),
        ("The guidance was last updated in March 2024.", []),
        ("a paper dated 5 May 2011, searched for until June 2012", []),
        # what is the finding's time, and wrong
        ("In 2004 it was so.", ["2004"]),
        ("In November 2022 it was reported.", ["November 2022"]),
        ("A review of 2004 to 2006.", ["2004 to 2006"]),
        ("The survey of 2004, and the statistics of 2005.", ["2004", "2005"]),
        ("A search of records found 12 deaths in 2004.", ["2004"]),
        ("The study reports that patients were seen in 2004.", ["2004"]),
        ("In the report, 12 women died in March 2004.", ["March 2004"]),
        ("Staff report in 2004 that it was so.", ["2004"]),
        ("Oximeters that were read in 2004.", ["2004"]),
        ("12 case reviews from 2004, and care plans updated in 2005", ["2004", "2005"]),
        ("An article of 2004 on the deaths of 2005.", ["2005"]),
    ],
)
def test_the_date_of_a_publication_or_a_search_is_not_the_time_of_a_finding(
    text: str, others: list[str]
) -> None:
    days = [("2007-10-14", "2008-10-13")]
    finding = StatedFinding("f", 2, "f", {"detail": text}, days=days, has_period=True)
    assert [period.text for _, period in finding.find_other_periods()] == others


def test_a_count_of_people_is_no_year() -> None:
    assert find_periods("2000 women and 2,021 men, and 1950% of 2022.5") == ()


NAMES = [
    *list_names("G", ["Black or Black British", "Black", "Black people"], "heading"),
    *list_names("P", ["Black - Any other Black background", "Other Black"], "group"),
    *list_names("W", ["White"], "heading"),
    *list_names("I", ["White: Irish", "people from a White Irish background"], "group"),
    *list_names("O", ["Other"], "group"),
    *list_names("_T", ["All"], "total"),
]
VOCABULARY = build_vocabulary(NAMES, ["Black African", "Roma"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Black or Black British people", [{"G"}]), ("any other Black background", [{"P"}]),
        ("White Irish and White people", [{"I"}, {"W"}]), ("Black African people", [set()]),
        ("black people", [{"G"}]), ("Other causes of all", [{"O"}, {"_T"}]),
        ("White-collar work", [{"W"}]), ("Whitehall", []),
    ],
)  # fmt: skip
def test_the_longest_name_of_a_group_is_the_one_that_is_meant(
    text: str, codes: list[set[str]]
) -> None:
    assert [set(mention.codes) for mention in VOCABULARY.find_groups(text)] == codes


def test_an_ordinary_word_names_a_group_only_if_a_claim_says_so() -> None:
    mentions = VOCABULARY.find_groups("Other causes; a white paper; all of them; White people")
    assert [mention.text for mention in mentions if not mention.is_common] == ["White"]


@pytest.mark.parametrize(
    "text",
    [
        "No value by Black status was read.", "by White identity", "Asian languages",
        "the Black Health Performance Framework", "the Asian Framework",
        # of the kind, and in no example
        "Black History Month", "the White Paper", "the Ministry for Asian Development",
        "Asian medicine", "by White background", "by Asian descent", "Black data sovereignty",
        "the National Black Community Controlled Health Organisation", "in the Black Country",
        "speakers of Asian languages",
    ],
)  # fmt: skip
def test_a_thing_that_bears_the_name_of_a_group_names_nobody(text: str) -> None:
    assert find_other_groups(text) == []


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Asian women", ["Asian"]), ("Black babies and White babies", ["Black", "White"]),
        ("Black people's status", ["Black people"]), ("women of Asian status", ["Asian"]),
        ("people with a Black identity", ["Black"]), ("Asian language speakers", ["Asian"]),
        ("Black Women Report Discrimination", ["Black"]), ("by Black women", ["Black"]),
        ("Black health workers", ["Black"]), ("people of Asian descent", ["Asian"]),
        ("White babies in the Framework", ["White"]), ("than for White. History", ["White"]),
        ("the Black rate", ["Black"]), ("White status groups", ["White"]),
    ],
)  # fmt: skip
def test_people_of_another_group_are_seen(text: str, groups: list[str]) -> None:
    assert find_other_groups(text) == groups


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("all other ethnic groups combined", "G", True),
        # of the kind, and in no example
        ("all minority groups", "G", True), ("other minority groups", "G", True),
        ("all groups other than White", "G", True), ("non-White people", "G", True),
        ("all who were asked in Leeds", "P", True), ("players", "G", True),
        ("all", "_T", True), ("all patients", "_T", True), ("Black women", "G", True),
        # what names another group
        ("all", "G", False), ("all patients", "G", False), ("all of them together", "G", False),
        ("White minority groups", "G", False), ("black disabled staff", "W", False),
        ("non-White people", "W", False), ("other", "P", False),
    ],
)  # fmt: skip
def test_a_claim_may_say_how_its_group_is_named(words: str, code: str, expected: bool) -> None:
    one = claim("value", 12.5)._replace(ethnicity=code, group_text=words)
    finding = StatedFinding("f", 2, "f", {"statement": f"12.5% of {words}"}, [one])
    missing = ClaimSentences(finding, VOCABULARY).find_missing_group(one, [code])
    assert (missing is None) == expected


def find_other_groups(text: str) -> list[str]:
    """The groups of a text about nobody in particular."""
    names = [*NAMES, *list_names("A", ["Asian"], "heading")]
    finding = StatedFinding("f", 2, "f", {"statement": text})
    sentences = ClaimSentences(finding, build_vocabulary(names, []))
    return [mention.text for _, mention in sentences.find_other_groups(set(), set())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("more than Black people", [(1, {"G"})]),
        ("fewer than among White people", [(-1, {"W"})]),
        ("more than half", []),
        ("less than a third", []),
        ("no more than 12", []),
        ("worse than for White people", [(-1, {"W"})]),
        ("They are more often ill.", [(1, set())]),
    ],
)
def test_a_comparison_is_read_with_the_group_after_than(
    text: str, expected: list[tuple[int, set[str]]]
) -> None:
    found = find_comparisons(text, VOCABULARY.find_groups(text))
    assert [(comparison.sign, set(comparison.base)) for comparison in found] == expected


@pytest.mark.parametrize(
    ("text", "sex", "expected"),
    [
        ("men died", "F", "men"), ("women died", "F", None), ("women and men died", "F", None),
        ("mothers of boys", "M", None), ("mothers died", "M", "mothers"), ("people", "F", None),
        ("men died", "_T", None), ("humankind and Germans", "F", None),
    ],
)  # fmt: skip
def test_a_text_that_names_only_the_other_sex_is_seen(
    text: str, sex: str, expected: str | None
) -> None:
    other = find_other_sex({"statement": text}, sex)
    assert (other and other.text) == expected


def test_a_text_must_have_each_number_of_an_age_band() -> None:
    assert has_ages({"statement": "aged 16 to 24"}, "16 to 24 years")
    assert not has_ages({"statement": "aged 16 to 34"}, "16 to 24 years")
    assert not has_ages({"statement": "aged 18"}, "18 to 24 years")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 2021-22 38% and in 2022-23 49%", False), ("In 2021-22 49% and in 2022-23 38%", True),
        ("38% in 2021-22 and 49% in 2022-23", False), ("49% in 2021-22, after 38% in 2022-23", True),
        ("From 2021-22 to 2022-23: 38% to 49%", False), ("It was 38% and 49% in 2021-22", False),
        ("In 2022-23 as in 2021-22: 49% and 38%", False), ("From 49% to 38%. It was 2021-22", False),
    ],
)  # fmt: skip
def test_numbers_stand_in_the_order_of_what_they_are_of(text: str, expected: bool) -> None:
    years = ("2021-04-01", "2022-03-31"), ("2022-04-01", "2023-03-31")
    claims = [
        claim("value", stated)._replace(row=row, period_start=days[0], period_end=days[1])
        for row, (stated, days) in enumerate(zip((38, 49), years, strict=True), start=2)
    ]
    finding = StatedFinding("f", 2, "f", {"statement": text}, claims)
    keys = {one.row: f"{one.period_start}/{one.period_end}" for one in claims}
    wrong = find_misplaced_numbers(finding, keys, list_period_places(finding))
    assert (wrong is not None) == expected


def claim(measure: str = "ratio", stated: float = 4.7) -> StatedClaim:
    days = ("2021-04-01", "2022-03-31")
    return StatedClaim("claims.csv", 2, measure, stated, 1, "i", *days, "s", "G", "W", None, None)


def faults(text: str, measure: str = "ratio", stated: float = 4.7, *, effect: int = 1) -> int:
    """How many directions of a sentence about Black and White people are wrong."""
    one = claim(measure, stated)
    finding = StatedFinding("f", 2, "f", {"statement": text}, [one])
    pair = GroupPair(one, "G", "W", effect, "adverse", is_stated=True)
    return len(list(ClaimSentences(finding, VOCABULARY).find_direction_faults([pair], {"G"})))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("4.7 times as high for Black people as for White people",
         "4.7 times as high for White people as for Black people"),
        ("Black people are 4.7 times as likely as White people",
         "White people are 4.7 times as likely as Black people"),
        ("the rate of Black people is 4.7 times that of White people",
         "the rate of White people is 4.7 times that of Black people"),
        ("Black people have higher rates than White people, 4.7 times",
         "Black people have lower rates than White people, 4.7 times"),
        ("It is worse for Black people than for White people: 4.7 times",
         "It is better for Black people than for White people: 4.7 times"),
        ("White people are 4.7 times less likely than Black people",
         "White people are 4.7 times more likely than Black people"),
    ],
)  # fmt: skip
def test_a_sentence_that_turns_a_comparison_about_is_seen(right: str, wrong: str) -> None:
    assert (faults(right), bool(faults(wrong))) == (0, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("6.2 more", 0), ("6.2 fewer", 1), ("lower by 6.2", 1), ("6.2 apart", 0)],
)
def test_the_direction_beside_a_difference_is_that_of_the_group(words: str, expected: int) -> None:
    assert faults(f"Black people: {words}", "difference", 6.2) == expected
    assert faults(f"Black people: {words}", "difference", 6.2, effect=-1) == (
        0 if words == "6.2 apart" else 1 - expected
    )


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@cache
def read_indicators() -> dict[str, dict[str, str]]:
    paths = sorted(PROJECT_ROOT.glob("datasets/*/data/indicators.csv"))
    return {row["id"]: row for path in paths for row in read_rows(path)}


def read_days(row: dict[str, str]) -> tuple[str, str] | None:
    """The first and last day of a row, which has them in one column or in two."""
    start, end = row.get("period_start"), row.get("period_end")
    return (start, end) if start and end else parse_period(row.get("period") or "")


def read_shipped_findings() -> Iterator[tuple[str, StatedFinding]]:
    """The findings of datasets/ that have claims, as their files have them."""
    for path in sorted(PROJECT_ROOT.glob("datasets/*/data/claims.csv")):
        claims: dict[str, list[StatedClaim]] = {}
        for number, row in enumerate(read_rows(path), start=2):
            days = read_days(row)
            assert days is not None
            claims.setdefault(row["finding"], []).append(
                StatedClaim(
                    "claims.csv", number, row["measure"], float(row["stated"]), None,
                    row["indicator"], *days, row["scheme"], row["ethnicity"], row.get("reference"),
                    None, None,
                )
            )  # fmt: skip
        for number, row in enumerate(read_rows(path.parent / "findings.csv"), start=2):
            if row["id"] in claims:
                texts = {column: row[column] for column in TEXT_COLUMNS if row.get(column)}
                own_days = read_days(row) or ("2008-01-01", "2019-12-31")
                looked = [
                    (day, day) for name in ("published", "reviewed") if (day := row.get(name))
                ]
                yield row["id"], StatedFinding(
                    "findings.csv", number, row["id"], texts, claims[row["id"]],
                    row.get("unbound_figures") or "", "", [own_days, *looked], has_period=True,
                )  # fmt: skip


def is_stopped(finding: StatedFinding) -> bool:
    units = []
    for one in finding.claims:
        about = read_indicators()[one.indicator]
        scale = float(about["scale"]) if about["scale"] else None
        units.append((one, describe_unit(
            one.measure, unit=about["unit"], label="", scale=scale, value_type=about["value_type"]
        )))  # fmt: skip
    checks = (
        finding.find_unbound_numbers(), finding.find_claims_without_number(),
        finding.find_claims_without_period(), finding.find_other_periods(),
        finding.find_entries_without_number(), find_unit_faults(finding, units),
    )  # fmt: skip
    return any(next(iter(check), None) is not None for check in checks)


def names_other_end(finding: StatedFinding, column: str, place: int) -> bool:
    """Whether the month alone at a place is that of a last day: the text had that of the first."""
    ends = {end[:7] for _, end in finding.days}
    return any(
        "{:d}-{:02d}".format(*period.last) in ends
        for period in finding.periods[column]
        if period.start <= place < period.end and not period.has_start and not any(period.days)
    )


SHIPPED = dict(read_shipped_findings())


def test_shipped_findings_pass() -> None:
    assert len(SHIPPED) > 12
    assert [name for name, finding in SHIPPED.items() if is_stopped(finding)] == []


def list_places_without_value(text: str) -> Iterator[int]:
    """The places of numbers that are no values; dates are judged."""
    for period in find_periods(text):
        text = text[: period.start] + " " * (period.end - period.start) + text[period.end :]
    spans = [range(*match.span()) for match in WITHOUT_VALUE.finditer(text)]
    for span in (*spans, *find_study_counts(text)):
        yield from span


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_no_digit_of_a_shipped_finding_can_change_unseen(name: str) -> None:
    """Ages, what describes a study and levels of intervals are left aside: they are no values."""
    finding = SHIPPED[name]
    unseen, tried = [], 0
    for column, text in finding.texts.items():
        aside = set(list_places_without_value(text))
        for place, sign in enumerate(text):
            is_name = text[place - 1 : place].isalpha()  # “C2”
            if sign.isdigit() and place not in aside and not is_name:
                for digit in {"0", "1", "4", "9"} - {sign}:
                    changed = text[:place] + digit + text[place + 1 :]
                    other = StatedFinding(
                        finding.file, finding.row, name, {**finding.texts, column: changed},
                        finding.claims, finding.unbound_figures, "", finding.days, has_period=True,
                    )  # fmt: skip
                    tried += 1
                    if not is_stopped(other) and not names_other_end(other, column, place):
                        unseen.append(changed)
    assert tried > 5
    assert unseen == []
