"""Texts of suppressed values: those that state a count, and those that state the rule."""

from __future__ import annotations

import pytest

from evidencehub.check.rules.disclosure_texts import find_stated_counts

STATED = (
    "suppressed (n=4)", "n = 4", "N: 4", "n is 4", "(4)", "[4]", "4", "four", "four.", "= 4",
    "4 women", "four women", "fewer than 5, in fact 4 women", "only 3", "exactly two",
    "the count is 7", "count: 6", "the number was 3", "numerator=2", "suppressed, actually 8",
    "12 deaths were registered", "total of 9",
)  # fmt: skip
NOT_STATED = (
    "", "suppressed", "fewer than 5", "less than five", "under 8", "counts of 1 to 7 are suppressed",
    "counts from 1 to 9", "rounded to the nearest 5", "see note 3", "see table 4", "quarter 2",
    "two years together", "one of the smaller groups", "between 1 and 7", "up to 9 people",
    "at least 3", "more than 10", "2 to 7", "1-7 suppressed", "<5", "≤ 7", "n<5", "n < 5",
    "published in 2024", "release 1.4", "policy nhs-7-5", "5% of toys", "a base of 5",
)  # fmt: skip


@pytest.mark.parametrize("text", STATED)
def test_a_text_that_states_a_count_is_found(text: str) -> None:
    assert len(list(find_stated_counts(text))) == 1


@pytest.mark.parametrize("text", NOT_STATED)
def test_a_text_that_states_the_rule_or_something_else_is_not(text: str) -> None:
    assert list(find_stated_counts(text)) == []
