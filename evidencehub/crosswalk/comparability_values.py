"""What the rules of comparability look for in facts: places, units, adjustments, completeness."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from evidencehub.crosswalk.comparability_facts import (
    ComparabilityFacts,
    FindMatches,
    RuleMatches,
    VerdictBySchemePair,
    group_by_fields,
    group_by_indicator,
    list_indicators,
)
from evidencehub.crosswalk.comparability_wording import quote_values, shorten_list
from evidencehub.domain.countries import find_country
from evidencehub.messages.rendering import make_message

MIN_COMPLETENESS = 0.9
"""Below this share of records with a known ethnic group completeness is a caution.

The hub's own line: no source that was read sets one. At a tenth unknown, the people who are
left out outnumber most single groups.
"""


def find_differences(name: str, column: str, *, only_stated: bool = False) -> FindMatches:
    """Return a finder of more than one value of a column.

    With `only_stated`, a value that nobody gave does not differ from others.
    """

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        values = [value for value in group_by_fields(facts, column) if value or not only_stated]
        if len(values) > 1:
            yield make_message(f"comparability/{name}", values=quote_values(values)), facts

    return find


def find_not_stated(name: str, column: str, *not_stated_words: str) -> FindMatches:
    """Return a finder of facts which are empty or say no more than one of `not_stated_words`."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        not_stated = [
            fact
            for fact in facts
            if not (stated_text := getattr(fact, column).strip().casefold())
            or stated_text.startswith(not_stated_words)
        ]
        if not_stated:
            indicators = shorten_list(list_indicators(not_stated))
            yield make_message(f"comparability/{name}", indicators=indicators), not_stated

    return find


def find_synthetic_beside_real(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Values that were made up for teaching say nothing of the world."""
    synthetic = [fact for fact in facts if fact.is_synthetic]
    if synthetic and len(synthetic) < len(facts):
        indicators = shorten_list(list_indicators(synthetic))
        yield make_message("comparability/synthetic", indicators=indicators), facts


def find_secondary_beside_original(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """What was read where somebody else quotes it may have lost its notes, or be misquoted."""
    secondary = [fact for fact in facts if fact.is_secondary_source]
    if secondary and len(secondary) < len(facts):
        indicators = shorten_list(list_indicators(secondary))
        yield make_message("comparability/secondary-source", indicators=indicators), facts


def find_different_definitions(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Definitions are texts too long to quote: the indicators are named that have them."""
    stated = [fact for fact in facts if fact.definition]
    if len(group_by_fields(stated, "definition")) > 1:
        indicators = shorten_list(list_indicators(stated))
        yield make_message("comparability/definition", indicators=indicators), stated


def find_different_countries(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """There are no internationally accepted ethnic categories: groups are never pooled."""
    countries = sorted(filter(None, {find_country(fact.jurisdiction) for fact in facts}))
    if len(countries) > 1:
        values = shorten_list(countries)
        yield make_message("comparability/countries", countries=values), facts


_AREA_PARTS = {"GB-EAW": ("GB-ENG", "GB-WLS"), "GB-GBN": ("GB-EAW", "GB-ENG", "GB-SCT", "GB-WLS")}
"""Parts of a country that hold others (ISO 3166-2); a country holds all of its own."""


def _are_disjoint_areas(area: str, other_area: str) -> bool:
    """Two parts of one country that have no people in common."""
    is_same_area = (
        area == other_area
        or area in _AREA_PARTS.get(other_area, ())
        or other_area in _AREA_PARTS.get(area, ())
    )
    is_same_country = find_country(area) == find_country(other_area)
    return is_same_country and "-" in area and "-" in other_area and not is_same_area


def find_unlinked_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """Classifications of different places of a country that no crosswalk brings together."""
    areas_and_schemes = sorted(
        {(fact.jurisdiction, fact.scheme) for fact in facts if fact.jurisdiction}
    )
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
            reason = make_message(
                "comparability/classifications-apart",
                scheme=scheme,
                area=area,
                other_scheme=other_scheme,
                other_area=other_area,
            )
            yield reason, [fact for fact in facts if fact.scheme in (scheme, other_scheme)]


def find_different_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """A group may be drawn differently in two classifications, even under the same name."""
    schemes = list(group_by_fields(facts, "scheme"))
    if len(schemes) < 2:
        return
    values = quote_values(schemes)
    conversions = shorten_list(
        [
            make_message("comparability/conversion", source=source, target=target)
            for (source, target), verdict in sorted(links.items())
            if source in schemes and target in schemes and verdict != "not"
        ]
    )
    if conversions:
        code = "comparability/convertible-classifications"
        yield make_message(code, values=values, conversions=conversions), facts
    else:
        yield make_message("comparability/classifications", values=values), facts


def find_different_comparators(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Ratios to different groups are of different sizes, whatever the values are."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        values = group_by_fields(facts_of_indicator, "comparator")
        if len(values) > 1:
            yield (
                make_message(
                    "comparability/comparator", indicator=indicator, values=quote_values(values)
                ),
                facts_of_indicator,
            )


_CRUDE_ADJUSTMENTS = ("", "none", "crude")


def find_mixed_adjustments(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """What an adjusted figure leaves out, a crude one contains."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        adjustments = group_by_fields(facts_of_indicator, "adjustment")
        if len({"crude" if word in _CRUDE_ADJUSTMENTS else word for word in adjustments}) > 1:
            values = tuple(
                word or make_message("comparability/not-adjusted") for word in adjustments
            )
            yield (
                make_message("comparability/adjustment", indicator=indicator, values=values),
                facts_of_indicator,
            )


def _valid_completeness(fact: ComparabilityFacts) -> float | None:
    """The share of records with a known group, where it is stated and can be one."""
    share = fact.completeness
    return share if share is not None and 0 <= share <= 1 else None


def find_low_completeness(
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
            yield (
                make_message(
                    "comparability/completeness",
                    indicator=indicator,
                    percentage=f"{100 * min(low):.3g}",
                ),
                facts_of_indicator,
            )


def find_unstated_completeness(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """How many people have no known group, where nobody says."""
    find = find_not_stated("completeness-not-stated", "ethnicity_completeness", "not stated")
    without_share = [fact for fact in facts if _valid_completeness(fact) is None]
    yield from find(without_share, links)
