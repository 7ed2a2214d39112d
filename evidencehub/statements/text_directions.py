"""Directions in a sentence: which group it says has more or less than which other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidencehub.statements.group_mentions import GroupMention
from evidencehub.statements.text_numbers import TextNumber

_HIGHER = (
    "more|higher|greater|larger|longer|likelier|oftener|bigger|above|exceeds?|exceeded|most|highest"
)
_LOWER = "fewer|less|lower|smaller|shorter|below|least|lowest"
_COMPARATIVE = re.compile(
    rf"\b(?:(?P<higher>{_HIGHER})|(?P<lower>{_LOWER})|(?P<worse>worse|poorer|worst)|(?P<better>better))"
    r"\b",
    re.IGNORECASE,
)
_SIGNS = {"higher": (1, False), "lower": (-1, False), "worse": (-1, True), "better": (1, True)}
_BY = re.compile(r"\s+by\s+(?:about\s+|around\s+|nearly\s+|almost\s+|over\s+)?$", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.,;:!?()]")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\bthan\b|\bcompared\s+(?:with|to)\b|\bagainst\b|\brelative\s+to\b|\bversus\b|"
    r"^\s*(?:the|that|those)\b",
    re.IGNORECASE,
)
_AS = re.compile(r"\bas\b", re.IGNORECASE)
_MAX_DISTANCE = 30  # characters between a number and its direction word: “6.2 points fewer”
_QUANTIFIER = re.compile(r"\s+than\s+(?:an?\s+|one\s+)?(?:\d|half|third|quarter|twice|two|three)")


class Comparison(NamedTuple):
    """What a sentence says of two groups: `sign` is 1 for higher, -1 for lower.

    With `is_valued` it is 1 for better and -1 for worse. `base` is the group after “than”; empty
    where the sentence names none there.
    """

    text: str
    sign: int
    is_valued: bool
    base: frozenset[str]
    start: int
    end: int


def find_comparisons(text: str, mentions: Sequence[GroupMention]) -> Iterator[Comparison]:
    """Return each direction word of a text with the group that stands after “than”.

    “More than half” bounds a number, so it compares nothing.
    """
    for match in _COMPARATIVE.finditer(text):
        if _QUANTIFIER.match(text, match.end()):
            continue
        sentence_end = _find_sentence_end(text, match.end())
        than = _THAN.search(text, match.end(), sentence_end)
        base = _find_first(mentions, than.end(), sentence_end) if than else None
        end = base.end if base else match.end()
        yield Comparison(
            text[match.start() : end],
            *_SIGNS[match.lastgroup or ""],
            base.codes if base else frozenset(),
            match.start(),
            match.end(),
        )


def find_direction(
    text: str, comparisons: Sequence[Comparison], number: TextNumber
) -> Comparison | None:
    """Return the direction word of a number: “6.2 points fewer”, “lower by 6.2 points”."""
    for comparison in comparisons:
        between = text[number.end : comparison.start]
        if 0 <= comparison.start - number.end <= _MAX_DISTANCE and not _CLAUSE_END.search(between):
            return comparison
        if comparison.end < number.start and _BY.fullmatch(text, comparison.end, number.start):
            return comparison
    return None


def find_base(
    text: str, number: TextNumber, mentions: Sequence[GroupMention]
) -> GroupMention | None:
    """Return the group that a number's sentence compares with.

    It stands after “than” and the like, after “times the rate of”, or after the second “as” of
    “as high for these people as for those”.
    """
    sentence_end = _find_sentence_end(text, number.end)
    rest = text[number.end : sentence_end]
    ends = [match.end() for match in itertools.islice(_AS.finditer(rest), 1, 2)]
    ends += [match.end() for match in itertools.islice(_REFERENCE.finditer(rest), 1)]
    return _find_first(mentions, number.end + min(ends), sentence_end) if ends else None


def _find_first(mentions: Sequence[GroupMention], start: int, end: int) -> GroupMention | None:
    return next((m for m in mentions if start <= m.start < end and not m.is_common), None)


def _find_sentence_end(text: str, start: int) -> int:
    match = _SENTENCE_END.search(text, start)
    return match.start() if match else len(text)
