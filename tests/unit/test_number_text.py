"""Which texts are numbers, where a library would take signs away to make one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.number_text import make_number_test
from evidencehub.normalise.hub_columns import count_decimals

GROUPED = {"type": "number", "groupChar": ","}
NOT_BARE = {"type": "number", "bareNumber": False}


@pytest.mark.parametrize(
    "text", ["1,250", "12,345,678.5", "-1,250", "1250", "12,34,567", " 7 ", "1e3"]
)
def test_groups_in_their_places_are_a_number(text: str) -> None:
    assert make_number_test(GROUPED)(text)


@pytest.mark.parametrize("text", ["12,5", "1,2,5", "1,25,0", "1,,250", ",125", "125,", "1.250,5"])
def test_misplaced_groups_are_none(text: str) -> None:
    assert not make_number_test(GROUPED)(text)


@pytest.mark.parametrize("text", ["12.5%", "12.5 %", "£12", "-£12", "€ 3.20", "0.4‰", "12"])
def test_a_unit_may_stand_beside_a_number_that_is_not_bare(text: str) -> None:
    assert make_number_test(NOT_BARE)(text)


@pytest.mark.parametrize(
    "text", ["<5%", ">95%", "≥95", "5 or less", "12.3 b", "~7%", "c. 7", "7–9", "7-9", "(7)", "7*"]
)
def test_a_sign_that_may_change_the_number_may_not(text: str) -> None:
    assert not make_number_test(NOT_BARE)(text)


@pytest.mark.parametrize("text", ["1_000", "0x10", "1 000"])
def test_spellings_of_a_programming_language_are_no_numbers(text: str) -> None:
    assert not make_number_test({"type": "number"})(text)


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", ".", " ", "\u202f", "'"]))
def test_every_whole_number_is_one_in_groups(number: int, char: str) -> None:
    text = f"{number:,}".replace(",", char)
    is_number = make_number_test({"type": "integer", "groupChar": char})
    assert is_number(text)
    if abs(number) >= 1000:
        assert not is_number(text[:-1])


def test_a_unit_is_no_decimal() -> None:
    assert count_decimals(["12.5 %", "12%", "£3.20", "0.125 ‰"]) == [1, 0, 2, 3]
