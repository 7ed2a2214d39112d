"""The rules of comparability: what refuses a comparison, and what needs caution.

Refused are groups of different countries (the hub compares inequality within each country and
never pools groups across them), classifications of different places that no crosswalk brings
together (Scotland beside England and Wales), different units or types of value, and within one
indicator adjusted figures beside crude ones or figures relative to different groups. All else
is a caution: breaks, completeness, periods, ages and ways of counting are shown as notes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from evidencehub.crosswalk.comparability_facts import (
    ComparabilityFacts,
    ComparabilityRule,
    RuleMatches,
    VerdictBySchemePair,
    group_by_fields,
    group_by_indicator,
    list_indicators,
)
from evidencehub.crosswalk.comparability_periods import (
    find_different_lengths,
    find_different_periods,
    find_overlapping_periods,
    find_series_breaks,
)
from evidencehub.messages.rendering import join_words

MIN_COMPLETENESS = 0.9
"""Below this share of records with a known ethnic group completeness is a caution.

The hub's own line: no source that was read sets one. At a tenth unknown, the people who are
left out outnumber most single groups.
"""


def _quote_values(values: Iterable[str]) -> str:
    """The values as they stand in a sentence; what is empty is said to be not stated."""
    return join_words([f"“{value}”" if value else "not stated" for value in values])


def _make_difference_rule(
    column: str, message: str, *, only_stated: bool = False
) -> Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]:
    """A rule that looks for more than one value of a column, in words that end in the values.

    With `only_stated`, a value that nobody gave does not differ from others.
    """

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        values = [value for value in group_by_fields(facts, column) if value or not only_stated]
        if len(values) > 1:
            yield f"{message}: {_quote_values(values)}.", facts

    return find


def _make_within_indicator_rule(
    column: str, message: str
) -> Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]:
    """The same rule, within each indicator."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        for indicator, facts_of_indicator in group_by_indicator(facts):
            values = group_by_fields(facts_of_indicator, column)
            if len(values) > 1:
                yield f"{indicator}: {message}: {_quote_values(values)}.", facts_of_indicator

    return find


def _make_not_stated_rule(
    column: str, message: str, *not_stated_words: str
) -> Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]:
    """A rule that looks for facts which are empty or say no more than one of `not_stated_words`."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        not_stated = [
            fact
            for fact in facts
            if not (stated_text := getattr(fact, column).strip().casefold())
            or stated_text.startswith(not_stated_words)
        ]
        if not_stated:
            yield f"{message} ({join_words(list_indicators(not_stated))}).", not_stated

    return find


def _find_different_countries(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """There are no internationally accepted ethnic categories: groups are never pooled."""
    values = sorted({fact.country[:2] for fact in facts if fact.country})
    if len(values) > 1:
        text = (
            f"The groups are of different countries: {join_words(values)}. Compare the inequality "
            "within each country, not groups between countries."
        )
        yield text, facts


_AREA_PARTS = {"GB-EAW": ("GB-ENG", "GB-WLS"), "GB-GBN": ("GB-EAW", "GB-ENG", "GB-SCT", "GB-WLS")}
"""Parts of a country that hold others (ISO 3166-2); a country holds all of its own."""


def _are_disjoint_areas(area: str, other_area: str) -> bool:
    """Two parts of one country that have no people in common."""
    is_same_area = (
        area == other_area
        or area in _AREA_PARTS.get(other_area, ())
        or other_area in _AREA_PARTS.get(area, ())
    )
    return area[:2] == other_area[:2] and "-" in area and "-" in other_area and not is_same_area


def _find_unlinked_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """Classifications of different places of a country that no crosswalk brings together."""
    areas_and_schemes = sorted({(fact.country, fact.scheme) for fact in facts if fact.country})
    for (area, scheme), (other_area, other_scheme) in (
        itertools.combinations(areas_and_schemes, 2) if links else ()
    ):
        pair_verdicts = {
            links.get((scheme, other_scheme), "not"),
            links.get((other_scheme, scheme), "not"),
        }
        if (
            _are_disjoint_areas(area, other_area)
            and scheme != other_scheme
            and pair_verdicts == {"not"}
        ):
            text = (
                f"The groups of {scheme} ({area}) and {other_scheme} ({other_area}) cannot "
                f"be brought into one "
                "classification."
            )
            yield text, [fact for fact in facts if fact.scheme in (scheme, other_scheme)]


def _find_different_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """A group may be drawn differently in two classifications, even under the same name."""
    values = list(group_by_fields(facts, "scheme"))
    if len(values) > 1:
        pairs = sorted(
            f"{scheme} to {other_scheme}"
            for (scheme, other_scheme), kind in links.items()
            if scheme in values and other_scheme in values and kind != "not"
        )
        suggestion = f" These can be converted: {join_words(pairs)}." if pairs else ""
        yield (
            f"The groups are of different classifications: {_quote_values(values)}.{suggestion}",
            facts,
        )


_CRUDE_ADJUSTMENTS = ("", "none", "crude")


def _find_mixed_adjustments(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """What an adjusted figure leaves out, a crude one contains."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        values = group_by_fields(facts_of_indicator, "adjustment")
        stated_text = {"crude" if word in _CRUDE_ADJUSTMENTS else word for word in values}
        if len(stated_text) > 1:
            text = join_words([word or "no adjustment" for word in values])
            yield f"{indicator}: figures with different adjustments: {text}.", facts_of_indicator


def _valid_completeness(fact: ComparabilityFacts) -> float | None:
    """The share of records with a known group, where it is stated and can be one."""
    share = fact.completeness
    return share if share is not None and 0 <= share <= 1 else None


def _find_low_completeness(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """People whose group is not known are in no group: figures of groups are then too low."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        low = [
            share
            for share in map(_valid_completeness, facts_of_indicator)
            if share is not None and share < MIN_COMPLETENESS
        ]
        if low:
            share = f"{100 * min(low):.3g}%"
            yield (
                f"{indicator}: the ethnic group is known for only {share} of records.",
                facts_of_indicator,
            )


def _find_unstated_completeness(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """How many people have no known group, where nobody says."""
    says = "It is not stated for how many people the ethnic group is known"
    find = _make_not_stated_rule("ethnicity_completeness", says, "not stated")
    yield from find([fact for fact in facts if _valid_completeness(fact) is None], links)


_DIFFERENT_UNITS = "The figures have different units"
_DIFFERENT_VALUE_TYPES = "The figures are of different types"
_DIFFERENT_COMPARATORS = "figures in relation to different groups"
_DIFFERENT_STANDARDISATION = "The figures are standardised differently"
_DIFFERENT_POPULATIONS = "The figures are about different people"
_DIFFERENT_WHOSE_ETHNICITY = "The ethnic group is that of different people"
_DIFFERENT_RECORDING = "The ethnic group was recorded differently"
_DIFFERENT_COUNTING_BASIS = "People of several groups are counted differently"
_DIFFERENT_COMPLETENESS = "The ethnic group is known for different shares"
_COUNTING_BASIS_NOT_STATED = "It is not stated how people of several groups are counted"
_WHOSE_ETHNICITY_NOT_STATED = "It is not stated whose ethnic group it is"

RULES = (
    ComparabilityRule("countries", "refuse", _find_different_countries),
    ComparabilityRule("classifications-apart", "refuse", _find_unlinked_classifications),
    ComparabilityRule(
        "unit", "refuse", _make_difference_rule("unit", _DIFFERENT_UNITS, only_stated=True)
    ),
    ComparabilityRule(
        "value-type",
        "refuse",
        _make_difference_rule("value_type", _DIFFERENT_VALUE_TYPES, only_stated=True),
    ),
    ComparabilityRule("adjustment", "refuse", _find_mixed_adjustments),
    ComparabilityRule(
        "comparator", "refuse", _make_within_indicator_rule("comparator", _DIFFERENT_COMPARATORS)
    ),
    ComparabilityRule("classifications", "caution", _find_different_classifications),
    ComparabilityRule(
        "counting-basis",
        "caution",
        _make_difference_rule("counting_basis", _DIFFERENT_COUNTING_BASIS),
    ),
    ComparabilityRule(
        "standardisation",
        "caution",
        _make_difference_rule("standardisation", _DIFFERENT_STANDARDISATION),
    ),
    ComparabilityRule(
        "population", "caution", _make_difference_rule("population", _DIFFERENT_POPULATIONS)
    ),
    ComparabilityRule(
        "whose-ethnicity",
        "caution",
        _make_difference_rule("whose_ethnicity", _DIFFERENT_WHOSE_ETHNICITY),
    ),
    ComparabilityRule(
        "recording", "caution", _make_difference_rule("recording", _DIFFERENT_RECORDING)
    ),
    ComparabilityRule(
        "age", "caution", _make_difference_rule("age", "The figures are of different ages")
    ),
    ComparabilityRule(
        "sex", "caution", _make_difference_rule("sex", "The figures are of different sexes")
    ),
    ComparabilityRule("period-length", "caution", find_different_lengths),
    ComparabilityRule("periods", "caution", find_different_periods),
    ComparabilityRule("periods-overlap", "caution", find_overlapping_periods),
    ComparabilityRule("series-break", "caution", find_series_breaks),
    ComparabilityRule("completeness", "caution", _find_low_completeness),
    ComparabilityRule(
        "completeness-differs",
        "caution",
        _make_difference_rule("ethnicity_completeness", _DIFFERENT_COMPLETENESS),
    ),
    ComparabilityRule("completeness-not-stated", "caution", _find_unstated_completeness),
    ComparabilityRule(
        "counting-basis-not-stated",
        "caution",
        _make_not_stated_rule("counting_basis", _COUNTING_BASIS_NOT_STATED),
    ),
    ComparabilityRule(
        "whose-not-stated",
        "caution",
        _make_not_stated_rule("whose_ethnicity", _WHOSE_ETHNICITY_NOT_STATED, "unknown"),
    ),
)
"""What is looked for, in the order in which reasons are given. The rest of an answer's facts
(its dataset, its place) may differ without a word: they say where a figure is from."""
