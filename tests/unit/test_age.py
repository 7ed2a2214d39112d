"""Which ages a spelling means, and which spellings may mean several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.age import AgeRange, list_ages_within, parse_age


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5-9", 5, 9), ("10 – 14", 10, 14), ("15 to 19", 15, 19), ("Aged 16 to 64", 16, 64),
        ("20 a 24 anos", 20, 24), ("5 to 9 years old", 5, 9), ("Age 0-4", 0, 4),
        ("65+", 65, None), ("85 and over", 85, None), ("75 years and older", 75, None),
        ("90 plus", 90, None), ("≥65", 65, None), ("People aged 18 and over", 18, None),
        ("Under 5", 0, 4), ("<1", 0, 0), ("less than 18 years", 0, 17), ("Aged 7", 7, 7),
        ("7 years", 7, 7), ("19 and under", 0, 19), ("4 years or younger", 0, 4),
        ("'5-12", 5, 12), ("'85+", 85, None), ("Children (0-17)", 0, 17), ("Adults (18+)", 18, None),
        ("Faixa Etária 20 a 24 anos", 20, 24), ("Under-5s", 0, 4), ("under-1", 0, 0),
    ],
)  # fmt: skip
def test_a_spelling_means_its_bounds(text: str, low: int, high: int | None) -> None:
    assert parse_age(text) == AgeRange(low, high)


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "over 65",
        "9-5",
        "5-999",
        "05-Nov",
        "0 to 5 months",
        "",
        "5-9-12",
        "under 0",
        "'5",
        "5 (2)",
        "Faixa Etária Mais de 80 anos",
        "Wards (5-9)",
    ],
)
def test_what_may_mean_several_ages_means_none(text: str) -> None:
    assert parse_age(text) is None


@given(st.integers(0, 130), st.none() | st.integers(0, 130))
def test_code_and_label_of_a_range_mean_the_range(low: int, high: int | None) -> None:
    ages = AgeRange(low, high if high is None or high >= low else low)
    assert parse_age(ages.code) == parse_age(ages.label) == ages


@given(st.text())
def test_no_text_crashes(text: str) -> None:
    assert parse_age(text) is None or parse_age(text).low >= 0


CODES = ["_T", "_U", "under-1", "0-4", "0-17", "16-24", "18+", "18-24", "65+", "65-74"]


@pytest.mark.parametrize(
    ("age", "within"),
    [
        ("18+", ["18+", "18-24", "65+", "65-74"]),
        ("0-17", ["0-17", "under-1", "0-4"]),
        ("65-74", ["65-74"]),
        ("16-24", ["16-24", "18-24"]),
        ("_U", ["_U"]),
        ("_T", ["_T", "_U", "under-1", "0-4", "0-17", "16-24", "18+", "18-24", "65+", "65-74"]),
    ],
)
def test_an_age_has_those_in_it_whose_bounds_lie_within_its_own(
    age: str, within: list[str]
) -> None:
    assert list_ages_within(age, CODES) == within
