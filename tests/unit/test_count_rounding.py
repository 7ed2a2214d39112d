"""The policies that round counts are those that the check of disclosure knows."""

from __future__ import annotations

from evidencehub.check.disclosure_policy import POLICIES
from evidencehub.domain.count_rounding import ROUNDING_BASES, get_rounding_reach


def test_a_policy_rounds_alike_wherever_it_is_asked_for() -> None:
    assert {n: p.rounding_base for n, p in POLICIES.items() if p.rounding_base} == ROUNDING_BASES


def test_a_count_lies_within_half_a_base_of_the_one_that_was_rounded() -> None:
    assert get_rounding_reach("mhsds-5") == 2.0
    assert get_rounding_reach("cdc-wonder-9") == get_rounding_reach("already-published") == 0.0
