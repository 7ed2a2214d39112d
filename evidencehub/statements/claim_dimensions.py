"""Place, sex and ages of a claim beside those that its finding names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from evidencehub.statements.group_mentions import GroupVocabulary

_WORDS_BY_SEX = {
    "F": re.compile(r"\b(?:women|woman|girls?|females?|mothers?|daughters?)\b", re.IGNORECASE),
    "M": re.compile(r"\b(?:men|man|boys?|males?|fathers?|sons?)\b", re.IGNORECASE),
}
_NUMERAL = re.compile(r"\d+")


class OtherPeople(NamedTuple):
    """A place, a sex or ages that a column names and its claim is not about."""

    column: str
    text: str
    start: int
    end: int


def find_other_place(
    texts: Mapping[str, str], places: GroupVocabulary, codes: Collection[str]
) -> OtherPeople | None:
    """Return a place of a text that names only places other than `codes`; None if there is none."""
    for column, text in texts.items():
        mentions = [mention for mention in places.find_groups(text) if not mention.is_common]
        if mentions and not any(mention.codes & set(codes) for mention in mentions):
            return OtherPeople(column, *mentions[0][:1], mentions[0].start, mentions[0].end)
    return None


def find_other_sex(texts: Mapping[str, str], sex: str) -> OtherPeople | None:
    """Return a word of a text that names only the other sex than a claim's; None if none does."""
    own_words = _WORDS_BY_SEX.get(sex)
    if own_words is None:
        return None
    (other_words,) = (words for code, words in _WORDS_BY_SEX.items() if code != sex)
    for column, text in texts.items():
        match = other_words.search(text)
        if match is not None and own_words.search(text) is None:
            return OtherPeople(column, match[0], *match.span())
    return None


def has_ages(texts: Mapping[str, str], age_label: str) -> bool:
    """Return true where the texts have each number of an age band: 16 and 24 of “16 to 24”."""
    numerals = set(_NUMERAL.findall(" ".join(texts.values())))
    return set(_NUMERAL.findall(age_label)) <= numerals
