"""May the rows of one answer be compared with each other? The facts first, then a verdict.

`refuse` means that the figures, set beside each other group by group, would mislead whatever is
said with them: they are of different things. `caution` means that they may stand side by side
when the difference is said. Nothing is judged by guess: a fact that nobody stated is a caution
of its own, never taken for agreement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from evidencehub.crosswalk.comparability_facts import (
    Comparability,
    ComparabilityFacts,
    ComparabilityReason,
    VerdictBySchemePair,
    list_indicators,
)
from evidencehub.crosswalk.comparability_rules import RULES


def assess_comparability(
    facts: Iterable[ComparabilityFacts], verdicts: VerdictBySchemePair | None = None
) -> Comparability:
    """Whether the rows that these facts are of may be compared, and why not or with what care.

    `verdicts` are the verdicts on scheme pairs; with them, classifications of different places
    that no crosswalk brings together are refused. The order of the facts does not matter.
    """
    sorted_facts = sorted(set(facts), key=_sort_key)
    reasons = tuple(
        ComparabilityReason(rule.kind, rule.name, reason, list_indicators(facts_concerned))
        for kind in ("refuse", "caution")
        for rule in RULES
        if rule.kind == kind
        for reason, facts_concerned in rule.find_matches(sorted_facts, verdicts or {})
    )
    return Comparability(reasons[0].kind if reasons else "ok", reasons)


def _sort_key(fact: ComparabilityFacts) -> tuple[str, ...]:
    return tuple(str(getattr(fact, field.name)) for field in fields(ComparabilityFacts))
