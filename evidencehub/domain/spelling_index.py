"""Known spellings, found by what looks like them: quick also where there are thousands."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_COMPARED = 200  # spellings compared letter by letter: those that share most pairs of letters
MIN_LIKENESS = 0.62  # of 1, as difflib measures it: below that nothing is near
MIN_LIKENESS_OF_CODES = 0.5  # of texts as short as a code: one letter of two may be wrong
MAX_CODE_LENGTH = 4
WORD_LIKENESS = 0.8  # of a text that is one word of a spelling
CLOSE_LIKENESS = 0.75  # from here on a spelling is near enough to be proposed for a map
_RUN_LENGTH = 2


class Likeness(NamedTuple):
    """A code that one of its spellings makes like a text, and how much (1 is the same)."""

    code: str
    ratio: float


class SpellingIndex:
    """The spellings of codes, compared without case, accents and punctuation.

    >>> index = SpellingIndex([("Māori", "2"), ("Pacific Peoples", "3")])
    >>> index.find("Maori"), index.find("Pacific")[0].code, index.find("Klingon")
    ([Likeness(code='2', ratio=1.0)], '3', [])
    """

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        """Take in pairs of a spelling and the code that it stands for."""
        self._codes: dict[str, list[str]] = defaultdict(list)
        self._spellings_by_run: dict[str, dict[str, None]] = defaultdict(dict)  # in their order
        for spelling, code in spellings:
            loose = fold_loosely(spelling)
            if code not in self._codes[loose]:
                self._codes[loose].append(code)
            for run in _list_runs(loose):
                self._spellings_by_run[run][loose] = None

    def find(self, text: str) -> list[Likeness]:
        """Return the codes that look like `text`, the most alike first, each once."""
        loose = fold_loosely(text)
        matcher = difflib.SequenceMatcher(None, "", loose)
        is_short = len(loose) <= MAX_CODE_LENGTH
        min_ratio = MIN_LIKENESS_OF_CODES if is_short else MIN_LIKENESS
        ratio_by_code: dict[str, float] = {}
        for spelling in self._list_candidates(loose):
            matcher.set_seq1(spelling)
            ratio = _measure(matcher, min_ratio)
            if not is_short and loose in spelling.split():  # a word of its own: MELAA, Pacific
                ratio = max(ratio, WORD_LIKENESS)
            for code in self._codes[spelling] if ratio >= min_ratio else ():
                ratio_by_code[code] = max(ratio, ratio_by_code.get(code, 0))
        return sorted(
            (Likeness(*item) for item in ratio_by_code.items()),
            key=lambda likeness: -likeness.ratio,
        )

    def _list_candidates(self, loose: str) -> list[str]:
        shared = Counter(
            spelling
            for run in _list_runs(loose)
            for spelling in self._spellings_by_run.get(run, ())
        )
        return [spelling for spelling, _ in shared.most_common(MAX_COMPARED)]


def _measure(matcher: difflib.SequenceMatcher[str], min_ratio: float) -> float:
    """Return how alike two texts are; 0 where a quick look tells that it is less than asked."""
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < min_ratio:
        return 0
    return matcher.ratio()


def choose_code(likenesses: Sequence[Likeness]) -> str:
    """Return the code to propose: one that is close, and closer than any other; else nothing.

    >>> choose_code([Likeness("A", 0.9), Likeness("B", 0.9)]), choose_code([Likeness("A", 0.9)])
    ('', 'A')
    """
    best, second = (*likenesses[:2], Likeness("", 0), Likeness("", 0))[:2]
    is_clear = best.ratio >= CLOSE_LIKENESS and best.ratio > second.ratio
    return best.code if is_clear else ""


def fold_loosely(text: str) -> str:
    """Return a text without case, accents and punctuation.

    >>> fold_loosely("White:  Gypsy/Traveller"), fold_loosely("Québec")
    ('white gypsy traveller', 'quebec')
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", letters)) or letters.strip()


def _list_runs(loose: str) -> dict[str, None]:
    padded = f" {loose} "
    starts = range(max(1, len(padded) - _RUN_LENGTH + 1))
    return dict.fromkeys(padded[start : start + _RUN_LENGTH] for start in starts)
