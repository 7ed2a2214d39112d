"""How far a published count may lie from the true one, by the policy under which it was rounded."""

from __future__ import annotations

ROUNDING_BASES = {"nhs-7-5": 5, "mhsds-5": 5, "opensafely-7-5": 5}
"""Policies under which counts are rounded to the nearest multiple of a base."""


def get_rounding_reach(policy: str | None) -> float:
    """Return how far a count may lie from the one that was rounded to it; 0 where none is rounded.

    >>> get_rounding_reach("nhs-7-5"), get_rounding_reach(None)
    (2.0, 0.0)
    """
    return float(ROUNDING_BASES.get(policy or "", 0) // 2)
