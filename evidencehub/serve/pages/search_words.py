"""The words of a search: taken apart, other words for them, and what a misspelt one may mean."""

from __future__ import annotations

import csv
import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Asks the database: SQL and bound values in, rows out."""

LONGEST = 300  # characters of a question that are read
MOST = 16  # words of a question that are looked for
CORRECTED = 5  # of them that are set right, at most: it takes longest
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    _WORD.findall(
        "a about am an and any are as at be been but by can could d did do does for from get give "
        "had has have how i if in into is it its ll m me my of on or our s should so some t than "
        "that the their them there these they this those to too ve was we were what when where "
        "which who whom whose why will with would you your"
    )
)
"""Words that say nothing of the subject; left out where others remain."""

SYNONYM, MISSPELT, BEGINNING = 0.7, 0.8, 0.5  # of the weight that the word itself would have
FEW = 5  # pages: so many may have no more than the stem of a misspelt word in common with it
COMMON = 20  # pages that have a word, for it to be meant where a rare one was written
GROUPINGS = ("bame", "bme", "bipoc", "poc", "people of colour", "people of color", "non white")
"""Words for “everybody but White people”, which the hub does not use by itself."""

KNOWN = """
select word, pages from search_word
where word in (select value from json_each(?))
"""
FOUND = f"""
select
  (select count(*) from (
    select 1 from search_page where search_page match ? limit {FEW + 1}
  )),
  (select coalesce(max(pages), 0) from search_word where word = ?)
"""
ALIKE = "select word, pages from search_word where length(word) between ? and ?"


@dataclass(frozen=True, slots=True)
class Sought:
    """One way in which a word may be found: an expression of FTS5, and how much it counts."""

    match: str
    weight: float


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question, and every way in which it is looked for."""

    word: str
    sought: Sequence[Sought]


@dataclass(frozen=True, slots=True)
class Correction:
    """A word as it was written, and what else was looked for; `misspelt` where nothing has it."""

    word: str
    meant: Sequence[str]
    misspelt: bool


def fold(text: str) -> str:
    """A text as words are compared: no accents, no case.

    >>> fold("Māori")
    'maori'
    """
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def parse(text: str) -> list[str]:
    """The words that a question is made of, each once, in their order; small ones left out.

    >>> parse("What is the King’s Fund?")
    ['king', 'fund']
    """
    every = list(dict.fromkeys(_WORD.findall(fold(text[:LONGEST]))))
    telling = [word for word in every if word not in _SMALL]
    return (telling or every)[:MOST]


def grouping(text: str) -> str:
    """The word for many groups at once that a question has; empty where it has none."""
    words = f" {' '.join(_WORD.findall(fold(text)))} "
    return next((said for said in GROUPINGS if f" {said} " in words), "")


def quoted(words: str) -> str:
    """Words as FTS5 takes them, one after the other: nothing in them is an operator."""
    return '"' + words.replace('"', " ") + '"'


def terms(ask: Ask, words: Sequence[str]) -> tuple[list[Term], list[Correction]]:
    """Every word with what it is looked for by, and what the person should be told of that."""
    meant = _synonyms_in(words)
    joined = _joined(ask, words)
    found: list[Term] = []
    told: list[Correction] = []
    for place, word in enumerate(words):
        wholes, others = joined.get(place, []), meant.get(place, [])
        unknown = not (wholes or others) and sum(c.misspelt for c in told) < CORRECTED
        near, rest = _spelt(ask, word) if unknown else ([], [])
        if near:
            told.append(Correction(word, near, misspelt=True))
            others = [other for one in near for other in _synonyms_in([one]).get(0, ())]
        elif further := [other for other in (*wholes, *others) if other != word]:
            told.append(Correction(word, further, misspelt=False))
        sought = [Sought(quoted(way), 1.0) for way in (word, *wholes)]
        sought += [Sought(quoted(way), MISSPELT) for way in near]
        sought += [Sought(quoted(way), SYNONYM) for way in dict.fromkeys(others)]
        found.append(Term(word, [*sought, *rest]))
    return found, told


def as_meant(words: Sequence[str], told: Iterable[Correction]) -> list[str]:
    """The words of a question, misspelt ones as they were most likely meant."""
    right = {one.word: one.meant[0] for one in told if one.misspelt}
    return [right.get(word, word) for word in words]


def _spelt(ask: Ask, word: str) -> tuple[list[str], list[Sought]]:
    """Words that a word may be a misspelling of, else everything that begins with it."""
    ((pages, as_written),) = ask(FOUND, (quoted(word), word))
    if pages > FEW or as_written > 1:
        return [], []
    near = nearest(ask, word, certain=not pages)
    if near or pages or len(word) < 4:
        return near, []
    return [], [Sought(f"{quoted(word)} *", BEGINNING)]


def nearest(ask: Ask, word: str, *, certain: bool = True) -> list[str]:
    """The known words that a word comes closest to: at most three, the most frequent first.

    One letter may be other, missing, too many or swapped in 4 to 7 letters, two in more. A word
    that is found somewhere (not `certain`) is set right only where another is much more common.
    """
    allowed = 0 if len(word) < 4 else 1 if len(word) < 8 or not certain else 2
    if not allowed or not word.isalpha():
        return []
    known = dict.fromkeys((said for said in synonyms() if " " not in said), 0)
    known |= dict(ask(ALIKE, (len(word) - allowed, len(word) + allowed)))
    known.pop(word, None)
    letters = set(word)
    near = [
        (apart, -pages, other)
        for other, pages in known.items()
        # every slip changes two letters of the set at most: this passes over nearly all
        if len(letters.symmetric_difference(other)) <= 2 * allowed
        and (apart := distance(word, other, allowed)) <= allowed
        and (certain or pages >= COMMON)
    ]
    best = min(near)[0] if near else 0
    return [other for apart, _, other in sorted(near) if apart == best][:3]


def distance(one: str, other: str, most: int) -> int:
    """How many slips of the pen lie between two words; `most` + 1 for any more.

    >>> distance("mortalty", "mortality", 2), distance("brith", "birth", 2)
    (1, 1)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    far = most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        line = [far] * (len(other) + 1)
        line[0] = i
        # what lies further from the diagonal has too many slips already
        for j in range(max(1, i - most), min(len(other), i + most) + 1):
            b = other[j - 1]
            cost = min(above[j] + 1, line[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            line[j] = cost
        if min(line) > most:
            return far
        before, above = above, line
    return min(above[-1], far)


@lru_cache(maxsize=1)
def synonyms() -> Mapping[str, Sequence[str]]:
    """Words that people use, folded, and the hub's words for them."""
    file = resources.files("evidencehub.serve.pages").joinpath("search_synonyms.csv")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        found.setdefault(fold(row["said"]), []).append(row["meant"])
    return found


def _synonyms_in(words: Sequence[str]) -> dict[int, list[str]]:
    """For the place of each word: the hub's words for it, or for the longest phrase it is in."""
    known, found = synonyms(), {}
    start = 0
    while start < len(words):
        for length in range(min(5, len(words) - start), 0, -1):
            meant = known.get(" ".join(words[start : start + length]))
            if meant:
                found.update({place: list(meant) for place in range(start, start + length)})
                break
        start += length
    return found


def _joined(ask: Ask, words: Sequence[str]) -> dict[int, list[str]]:
    """Two words that the hub writes as one: “birth weight” is birthweight."""
    pairs = [one + other for one, other in itertools.pairwise(words)]
    known = {word for word, _ in ask(KNOWN, (json.dumps(pairs),))} if pairs else set()
    found: dict[int, list[str]] = {}
    for place, pair in enumerate(pairs):
        if pair in known:
            for part in (place, place + 1):
                found.setdefault(part, []).append(pair)
    return found


def any_of(found: Iterable[Term]) -> str:
    """Every way of every word as one expression, for marking what was found."""
    return " OR ".join(dict.fromkeys(one.match for term in found for one in term.sought))
