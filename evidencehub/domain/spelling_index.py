"""Known spellings, found by what looks like them: quick also where there are thousands."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

MAX_COMPARED = 200  # spellings compared letter by letter: those that share most runs of three
MIN_LIKENESS = 0.5  # of 1, as difflib measures it: below that nothing is near
CLOSE_LIKENESS = 0.75  # from here on a spelling is near enough to be proposed for a map
_RUN_LENGTH = 3


class Likeness(NamedTuple):
    """A code that one of its spellings makes like a text, and how much (1 is the same)."""

    code: str
    ratio: float


class SpellingIndex:
    """The spellings of codes, compared without case, accents and punctuation.

    >>> index = SpellingIndex([("Māori", "2"), ("Pacific Peoples", "3")])
    >>> index.find("Maori"), index.find("Pacific people")[0].code, index.find("Martian")
    ([Likeness(code='2', ratio=1.0)], '3', [])
    """

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        """Take in pairs of a spelling and the code that it stands for."""
        self._codes: dict[str, list[str]] = defaultdict(list)
        self._spellings_by_run: dict[str, set[str]] = defaultdict(set)
        for spelling, code in spellings:
            loose = fold_loosely(spelling)
            if code not in self._codes[loose]:
                self._codes[loose].append(code)
            for run in _list_runs(loose):
                self._spellings_by_run[run].add(loose)

    def find(self, text: str) -> list[Likeness]:
        """Return the codes that look like `text`, the most alike first, each once."""
        loose = fold_loosely(text)
        matcher = difflib.SequenceMatcher(None, "", loose)
        found: dict[str, float] = {}
        for spelling in self._list_candidates(loose):
            matcher.set_seq1(spelling)
            if matcher.real_quick_ratio() < MIN_LIKENESS or matcher.quick_ratio() < MIN_LIKENESS:
                continue
            ratio = matcher.ratio()
            for code in self._codes[spelling] if ratio >= MIN_LIKENESS else ():
                found[code] = max(ratio, found.get(code, 0))
        return sorted(
            (Likeness(*item) for item in found.items()), key=lambda likeness: -likeness.ratio
        )

    def _list_candidates(self, loose: str) -> list[str]:
        shared = Counter(
            spelling
            for run in _list_runs(loose)
            for spelling in self._spellings_by_run.get(run, ())
        )
        return [spelling for spelling, _ in shared.most_common(MAX_COMPARED)]


def fold_loosely(text: str) -> str:
    """Return a text without case, accents and punctuation.

    >>> fold_loosely("White:  Gypsy/Traveller"), fold_loosely("Québec")
    ('white gypsy traveller', 'quebec')
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", letters)) or letters.strip()


def _list_runs(loose: str) -> set[str]:
    padded = f" {loose} "
    return {padded[i : i + _RUN_LENGTH] for i in range(max(1, len(padded) - _RUN_LENGTH + 1))}
