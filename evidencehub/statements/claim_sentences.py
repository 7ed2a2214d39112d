"""What the sentences of a finding say of a claim's groups: whether and how they compare them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from evidencehub.statements.group_mentions import GroupMention, GroupVocabulary
from evidencehub.statements.group_things import names_thing
from evidencehub.statements.stated_finding import StatedClaim, StatedFinding
from evidencehub.statements.text_directions import (
    Comparison,
    find_base,
    find_comparisons,
    find_direction,
)
from evidencehub.statements.text_numbers import TextNumber

VALUED_BY_POLARITY = {"favourable": 1, "adverse": -1}
"""What more of a value is: better or worse; nothing for a neutral one."""


@dataclass(frozen=True, slots=True)
class GroupPair:
    """Two groups of which a claim, or two of them, say which has more.

    `effect` is 1 where `group` has more than `reference`, -1 where it has less, 0 for the same.
    `is_stated` where the claim's own number compares the two.
    """

    claim: StatedClaim
    group: str
    reference: str
    effect: int
    polarity: str
    is_stated: bool

    def sign_for(self, subject: str) -> int:
        """Return 1 where `subject`, one of the two, has more than the other."""
        return self.effect if subject == self.group else -self.effect

    def value_for(self, subject: str) -> int:
        """Return 1 where it is better for `subject` than for the other, 0 where neither."""
        return self.sign_for(subject) * VALUED_BY_POLARITY.get(self.polarity, 0)


class DirectionFault(NamedTuple):
    """Words that say the opposite of a pair's values; `is_swapped` where they name the base."""

    column: str
    words: str
    pair: GroupPair
    is_swapped: bool
    start: int
    end: int


class UnnamedGroup(NamedTuple):
    """A group that is not named in the text that has its claim's number."""

    column: str
    number: TextNumber
    code: str


@dataclass(frozen=True)
class ClaimSentences:
    """The texts of a finding with the groups of one scheme that they name."""

    finding: StatedFinding
    vocabulary: GroupVocabulary

    @cached_property
    def mentions(self) -> Mapping[str, tuple[GroupMention, ...]]:
        """Return the groups that each column names."""
        return {
            column: self.vocabulary.find_groups(text) for column, text in self.finding.texts.items()
        }

    @cached_property
    def comparisons(self) -> Mapping[str, tuple[Comparison, ...]]:
        """Return the comparisons that each column makes."""
        return {
            column: tuple(find_comparisons(text, self.mentions[column]))
            for column, text in self.finding.texts.items()
        }

    def find_missing_group(
        self, claim: StatedClaim, named_codes: Sequence[str]
    ) -> UnnamedGroup | None:
        """Return a group of a claim that no text with its number names; None where one names all.

        What the statement names, title and detail need not name again. `named_codes` are those
        that must be named: the total and “not known” need not.
        """
        missing: UnnamedGroup | None = None
        for column, number in self.finding.list_numbers_of(claim):
            columns = {column, "statement"} & self.finding.texts.keys()
            codes = [
                code
                for code in named_codes
                if not any(self._is_named(name, claim, code) for name in columns)
            ]
            if not codes:
                return None
            missing = missing or UnnamedGroup(column, number, codes[0])
        return missing

    def _is_named(self, column: str, claim: StatedClaim, code: str) -> bool:
        stated = claim.group_text if code == claim.ethnicity else claim.reference_text
        if stated and stated.casefold() in self.finding.texts[column].casefold():
            return self.vocabulary.can_stand_for(stated, code)
        return any(code in mention.codes for mention in self.mentions[column])

    def find_other_groups(
        self, codes: set[str], texts: set[str]
    ) -> Iterator[tuple[str, GroupMention]]:
        """Return groups that the texts name and that are neither in `codes` nor in `texts`.

        The name of a classification, a language or a title names nobody.
        """
        for column, mentions in self.mentions.items():
            for mention in mentions:
                is_other = not mention.is_common and not mention.codes & codes
                is_listed = any(mention.text.casefold() in text for text in texts)
                if is_other and not is_listed and not self._is_thing(column, mention):
                    yield column, mention

    def _is_thing(self, column: str, mention: GroupMention) -> bool:
        return names_thing(self.finding.texts[column], mention.start, mention.end)

    def find_direction_faults(
        self, pairs: Sequence[GroupPair], affected: set[str]
    ) -> Iterator[DirectionFault]:
        """Return the words that say that the other group has more, or that it is better."""
        for column, comparisons in self.comparisons.items():
            for comparison in comparisons:
                concerned = [pair for pair in pairs if _find_subject(comparison, pair)]
                agree = [
                    _says_of(comparison, pair, _find_subject(comparison, pair)) >= 0
                    for pair in concerned
                ]
                if concerned and not any(agree):
                    yield DirectionFault(
                        column,
                        comparison.text,
                        concerned[0],
                        False,
                        comparison.start,
                        comparison.end,
                    )
        for pair in pairs:
            if pair.is_stated:
                yield from self._find_faults_at_number(pair, affected)

    def _find_faults_at_number(
        self, pair: GroupPair, affected: set[str]
    ) -> Iterator[DirectionFault]:
        """Return the faults of the words beside a comparison's own number."""
        for column, number in self.finding.list_numbers_of(pair.claim):
            text = self.finding.texts[column]
            comparison = find_direction(text, self.comparisons[column], number)
            if comparison is None and pair.claim.measure == "ratio":
                base = find_base(text, number, self.mentions[column])
                if base is not None and base.codes == {pair.group}:
                    yield DirectionFault(column, base.text, pair, True, number.start, base.end)
            elif comparison is not None and not comparison.base:
                subject = pair.reference if affected == {pair.reference} else pair.group
                if _says_of(comparison, pair, subject) < 0:
                    words = f"{number.text} {comparison.text}"
                    place = number.start, comparison.end
                    yield DirectionFault(column, words, pair, False, *place)


def _find_subject(comparison: Comparison, pair: GroupPair) -> str:
    """Return the group of a pair of which a comparison speaks: the one not after “than”."""
    if pair.reference in comparison.base and pair.group not in comparison.base:
        return pair.group
    if pair.group in comparison.base and pair.reference not in comparison.base:
        return pair.reference
    return ""


def _says_of(comparison: Comparison, pair: GroupPair, subject: str) -> int:
    """Return 1 where a comparison says of `subject` what the values do, -1 for the opposite."""
    effect = pair.value_for(subject) if comparison.is_valued else pair.sign_for(subject)
    return comparison.sign * effect
