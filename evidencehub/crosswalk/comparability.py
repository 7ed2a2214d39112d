"""May the rows of one answer be compared with each other? The facts first, then a verdict.

What is compared are values side by side, or gaps side by side: where gaps are the subject, another
country or classification is what is asked for, and unlike references are what misleads.
`refuse` means that the rows, set beside each other, would mislead whatever is said with them: they
are of different things. `caution` means that they may stand side by side when the difference is
said. Nothing is judged by guess: a fact that nobody stated is a caution of its own, never taken
for agreement; and what was not judged refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from evidencehub.crosswalk.comparability_facts import (
    Comparability,
    ComparabilityFacts,
    ComparabilityReason,
    ComparisonSubject,
    VerdictBySchemePair,
    list_indicators,
)
from evidencehub.crosswalk.comparability_periods import UnsharedPeriods, explain_unshared_periods
from evidencehub.crosswalk.comparability_rules import RULES
from evidencehub.messages.rendering import make_message

UNSHARED_PERIODS, UNASSESSED_PERIODS = "no-period-in-common", "periods-not-assessed"
NOT_ASSESSED = "not-assessed"
ANSWER_RATIONALES = {
    UNSHARED_PERIODS: (
        "The groups or areas of one indicator have no period in common: what differs may be the "
        "time, not the group."
    ),
    UNASSESSED_PERIODS: (
        "There are too many groups, areas and periods to see whether any period is shared."
    ),
    NOT_ASSESSED: "The answer is too large to assess: what was not judged is not said to be fine.",
}
"""The reasons that are about an answer as a whole, with why: the last refuses, others caution."""


def assess_comparability(
    facts: Iterable[ComparabilityFacts],
    verdicts: VerdictBySchemePair | None = None,
    *,
    subject: ComparisonSubject = "values",
    unshared_periods: Iterable[UnsharedPeriods] = (),
) -> Comparability:
    """Return whether the rows that these facts are of may be compared, and why not.

    `verdicts` are the verdicts on scheme pairs; with them, values in classifications of different
    places that no crosswalk brings together are refused. `unshared_periods` are the indicators of
    whose groups or areas no period is shared. The order of the facts does not matter.
    """
    sorted_facts = sorted(set(facts), key=_sort_key)
    reasons = [
        ComparabilityReason(level, rule.name, reason, list_indicators(facts_concerned))
        for rule in RULES
        if (level := rule.get_level(subject)) != "ok"
        for reason, facts_concerned in rule.find_matches(sorted_facts, verdicts or {})
    ]
    for item in sorted(set(unshared_periods)):
        name = UNSHARED_PERIODS if item.examples else UNASSESSED_PERIODS
        reason = explain_unshared_periods(item)
        reasons.append(ComparabilityReason("caution", name, reason, (item.indicator,)))
    reasons.sort(key=lambda reason: reason.kind != "refuse")
    return Comparability(reasons[0].kind if reasons else "ok", tuple(reasons))


def refuse_unassessed(max_rows: int, max_combinations: int) -> Comparability:
    """Return the verdict on an answer that has more than either of these and is not assessed."""
    reason = make_message(
        "comparability/not-assessed",
        max_rows=f"{max_rows:,}",
        max_combinations=f"{max_combinations:,}",
    )
    return Comparability("refuse", (ComparabilityReason("refuse", NOT_ASSESSED, reason, ()),))


def _sort_key(fact: ComparabilityFacts) -> tuple[str, ...]:
    return tuple(str(getattr(fact, field.name)) for field in fields(ComparabilityFacts))
