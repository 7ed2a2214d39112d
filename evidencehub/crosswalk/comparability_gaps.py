"""The rules of comparability on gaps: their references, their groups, their units, their kinds.

Each measure is compared with itself only, so a measure over all groups is not held against the
difference of two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidencehub.crosswalk.comparability_facts import (
    ComparabilityFacts,
    FindMatches,
    RuleMatches,
    VerdictBySchemePair,
    group_by_fields,
    list_indicators,
)
from evidencehub.crosswalk.comparability_wording import quote_values, shorten_list
from evidencehub.domain.reference_kind import ALL_GROUPS, DECLARED_GROUP, HIGHEST_LOWEST
from evidencehub.domain.status import RATIO_KINDS, SIMILAR_RATIO_KINDS, UNSTATED_RATIO
from evidencehub.messages.rendering import Message, make_message

_KIND_MESSAGES = {
    DECLARED_GROUP: "comparability/reference-declared-group",
    ALL_GROUPS: "comparability/reference-all-groups",
    HIGHEST_LOWEST: "comparability/reference-highest-lowest",
}
"""The kinds of reference of a gap between two groups, or between a group and all. The other kinds
belong to a measure, whatever the data: they never stand for one of these."""
_NO_ADJUSTMENT = ("none", "crude")
_NOT_STATED = ("", "not-stated", "not stated", "unknown")


def _get_ratio_kind(fact: ComparabilityFacts) -> str:
    return RATIO_KINDS.get(fact.value_type, fact.value_type)


def _select_pairs(facts: Iterable[ComparabilityFacts]) -> list[ComparabilityFacts]:
    """Return the facts of rows that compare two groups, or a group with all."""
    return [fact for fact in facts if fact.reference_kind in _KIND_MESSAGES]


def find_different_dimensions(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Ethnic groups have no order; the steps of deprivation within one group are no ethnic gap."""
    values = [value for value in group_by_fields(facts, "dimension") if value]
    if len(values) > 1:
        yield make_message("comparability/dimension", values=quote_values(values)), facts


def find_different_reference_kinds(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """A gap to everybody is smaller than one to the best-placed group, of the same values."""
    pairs = _select_pairs(facts)
    by_kind = group_by_fields(pairs, "reference_kind")
    if len(by_kind) > 1:
        kinds = tuple(
            make_message(
                "comparability/kind-of-indicators",
                kind=make_message(_KIND_MESSAGES[kind]),
                indicators=shorten_list(list_indicators(facts_of_kind)),
            )
            for kind, facts_of_kind in by_kind.items()
        )
        yield make_message("comparability/reference-kind", kinds=kinds), pairs


def find_different_reference_groups(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Within one classification a country's gaps may still be measured from unlike groups."""
    with_group = [fact for fact in facts if fact.reference_group]
    for scheme, facts_of_scheme in group_by_fields(with_group, "scheme").items():
        groups = list(group_by_fields(facts_of_scheme, "reference_group"))
        if len(groups) > 1:
            values = quote_values(groups)
            yield (
                make_message("comparability/reference-group", scheme=scheme, values=values),
                facts_of_scheme,
            )


def find_different_group_counts(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Of more groups the widest gap is wider, also where nothing but chance differs."""
    counted = [fact for fact in facts if fact.group_count is not None]
    counts = sorted({fact.group_count for fact in counted if fact.group_count is not None})
    if len(counts) > 1:
        by_count = tuple(
            make_message(
                "comparability/count-of-indicators",
                count=count,
                indicators=shorten_list(
                    list_indicators(fact for fact in counted if fact.group_count == count)
                ),
            )
            for count in counts
        )
        yield make_message("comparability/number-of-groups", counts=by_count), counted


def find_exploratory_beside_fixed(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """A group that was picked because its gap is wide looks wider than one fixed beforehand."""
    pairs = _select_pairs(facts)
    exploratory = [fact for fact in pairs if fact.is_exploratory]
    if exploratory and any(fact.is_exploratory is False for fact in pairs):
        yield (
            make_message(
                "comparability/exploratory", indicators=shorten_list(list_indicators(exploratory))
            ),
            pairs,
        )


def find_different_ratio_kinds(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """An odds ratio beside a rate ratio overstates; a standardised ratio has another base."""
    reason = _explain_ratio_kinds(facts, are_similar=False)
    if reason is not None:
        yield reason, facts


def find_similar_ratio_kinds(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Rate, risk and hazard ratios agree for rare events, and drift apart for common ones."""
    reason = _explain_ratio_kinds(facts, are_similar=True)
    if reason is not None:
        yield reason, facts


def _explain_ratio_kinds(
    facts: Sequence[ComparabilityFacts], *, are_similar: bool
) -> Message | None:
    """Return the reason if there are several kinds, all of them similar or not as is asked."""
    ratios = [fact for fact in facts if fact.is_absolute is not True and fact.value_type]
    kinds = {_get_ratio_kind(fact) for fact in ratios}
    if len(kinds) < 2 or (kinds <= {*SIMILAR_RATIO_KINDS}) is not are_similar:
        return None
    code = "comparability/similar-ratio-kind" if are_similar else "comparability/ratio-kind"
    return make_message(code, values=quote_values(sorted(kinds)))


def find_unstated_ratio_kinds(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Two ratios “of no kind above” may be anything: nobody stated that they are alike."""
    unstated = [fact for fact in facts if fact.value_type == UNSTATED_RATIO]
    indicators = list_indicators(unstated)
    if len(indicators) > 1:
        yield (
            make_message(
                "comparability/ratio-kind-not-stated", indicators=shorten_list(indicators)
            ),
            unstated,
        )


def build_unit_finder(code: str, *, is_absolute: bool | None) -> FindMatches:
    """Return a finder of unlike units among rows that are absolute, or (None) also relative."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        concerned = [fact for fact in facts if fact.is_absolute is is_absolute and fact.unit]
        units = list(group_by_fields(concerned, "unit"))
        if len(units) > 1:
            yield make_message(code, values=quote_values(units)), concerned

    return find


def _describe_adjustment(fact: ComparabilityFacts) -> str:
    """Return what values are adjusted for: “crude”, a text, or nothing where nobody says.

    An adjustment of the row goes before the indicator's standardisation, which is a text that
    begins with “crude” or “none” where values stand as counted.
    """
    stated_text = (fact.adjustment or fact.standardisation).strip()
    if stated_text.casefold().startswith(_NO_ADJUSTMENT):
        return "crude"
    return "" if stated_text.casefold().startswith(_NOT_STATED[1:]) else stated_text


def _group_by_adjustment(
    facts: Iterable[ComparabilityFacts],
) -> dict[str, list[ComparabilityFacts]]:
    by_adjustment: dict[str, list[ComparabilityFacts]] = {}
    for fact in facts:
        by_adjustment.setdefault(_describe_adjustment(fact), []).append(fact)
    return dict(sorted(by_adjustment.items()))


def find_adjusted_beside_crude(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """A crude gap holds what an adjusted one leaves out, such as the ages of the groups.

    Within one indicator the rule on adjustments says so already.
    """
    by_adjustment = _group_by_adjustment(facts)
    crude = by_adjustment.get("crude", [])
    adjusted = [
        fact for name, part in by_adjustment.items() if name not in ("", "crude") for fact in part
    ]
    crude_indicators, adjusted_indicators = map(list_indicators, (crude, adjusted))
    if crude and adjusted and len({*crude_indicators, *adjusted_indicators}) > 1:
        yield (
            make_message(
                "comparability/adjusted-beside-crude",
                crude=shorten_list(crude_indicators),
                adjusted=shorten_list(adjusted_indicators),
            ),
            [*crude, *adjusted],
        )


def find_different_adjustments(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Two standard populations, or two lists of factors, leave different things out."""
    adjusted = {
        n: part for n, part in _group_by_adjustment(facts).items() if n not in ("", "crude")
    }
    concerned = [fact for part in adjusted.values() for fact in part]
    if len(adjusted) > 1 and len(list_indicators(concerned)) > 1:
        values = quote_values(adjusted)
        yield make_message("comparability/adjustments-differ", values=values), concerned


def find_unstated_adjustments(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Of several indicators one may be standardised and another not, where nobody says."""
    unstated = _group_by_adjustment(facts).get("", [])
    if unstated and len(list_indicators(facts)) > 1:
        indicators = shorten_list(list_indicators(unstated))
        yield make_message("comparability/adjustment-not-stated", indicators=indicators), unstated
