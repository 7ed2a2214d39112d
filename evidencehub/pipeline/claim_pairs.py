"""Groups that the claims of a finding compare, with which of both has more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from evidencehub.domain.status import RATIO_VALUE_TYPES
from evidencehub.pipeline.claim_verification import VerifiedClaim
from evidencehub.statements.claim_sentences import GroupPair
from evidencehub.statements.stated_finding import COMPARISON_MEASURES, StatedClaim

ClaimPair = tuple[VerifiedClaim, GroupPair]


def get_stated(claim: VerifiedClaim) -> StatedClaim:
    """Return what a claim says of its finding."""
    return StatedClaim(*(claim.claim[name] for name in StatedClaim._fields))


def list_pairs(claims: Sequence[VerifiedClaim]) -> list[ClaimPair]:
    """Return the pairs of groups that claims compare, or of which two claims give values.

    All claims are of one classification.
    """
    pairs = [
        (claim, _build_pair(claim, *comparison, is_stated=True))
        for claim in claims
        if (comparison := _find_comparison(claim)) is not None
    ]
    for claim, other in combinations(claims, 2):
        if _is_comparable(claim, other):
            effect = _sign(claim.claim["stated"] - other.claim["stated"])
            reference = str(other.claim["ethnicity"])
            pairs.append((claim, _build_pair(claim, reference, effect, is_stated=False)))
    return pairs


def turn_pair(pair: GroupPair) -> GroupPair:
    """Return the same pair seen from its reference."""
    return replace(pair, group=pair.reference, reference=pair.group, effect=-pair.effect)


def _build_pair(claim: VerifiedClaim, reference: str, effect: int, *, is_stated: bool) -> GroupPair:
    polarity = claim.indicator.polarity if claim.indicator else ""
    group = str(claim.claim["ethnicity"])
    return GroupPair(get_stated(claim), group, reference, effect, polarity, is_stated)


def _find_comparison(claim: VerifiedClaim) -> tuple[str, int] | None:
    """Return the group that a claim's number compares with, and which of both has more.

    A published difference or ratio compares with its own comparator.
    """
    value = claim.values[str(claim.claim["ethnicity"])].value or 0.0
    if claim.claim["measure"] in COMPARISON_MEASURES:
        reference = str(claim.claim["reference"])
        return reference, _sign(value - (claim.values[reference].value or 0.0))
    value_type = claim.indicator.value_type if claim.indicator else ""
    if claim.claim["measure"] != "value" or not claim.claim["comparator"]:
        return None
    if value_type in ("difference", *RATIO_VALUE_TYPES):
        return str(claim.claim["comparator"]), _sign(value - (value_type != "difference"))
    return None


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _is_comparable(claim: VerifiedClaim, other: VerifiedClaim) -> bool:
    """Return true for two claims about values that differ in nothing but the group."""
    names = ("indicator", "area", "period_start", "period_end", "sex", "age", "other", "adjustment")
    return (
        claim.claim["measure"] == other.claim["measure"] == "value"
        and claim.claim["ethnicity"] != other.claim["ethnicity"]
        and all(claim.claim[name] == other.claim[name] for name in names)
    )
