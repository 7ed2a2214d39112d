"""How words compare: without accents and case, by how they begin, and by their nearest spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from evidencehub.domain.unicode_text import fold_text

MIN_CORRECTED_CHARS, MIN_TWO_EDIT_CHARS = 4, 8  # letters from which one or two edits are corrected
MAX_SUGGESTIONS = 3
MAX_UNSTEMMED_CHARS = 3  # letters; shorter words keep their s


def split_singular_words(text: str) -> list[str]:
    """Return the words of a text, folded, without the s of a plural.

    >>> split_singular_words("Black Caribbeans")
    ['black', 'caribbean']
    """
    return [
        word.removesuffix("s") if len(word) > MAX_UNSTEMMED_CHARS else word
        for word in re.findall(r"\w+", fold_text(text))
    ]


def has_word_prefixes(words: Sequence[str], text: str) -> bool:
    """Return whether there are words and each of them begins a word of a text.

    >>> has_word_prefixes(["carib"], "Black Caribbean")
    True
    """
    text_words = split_singular_words(text)
    return bool(words) and all(any(t.startswith(word) for t in text_words) for word in words)


def suggest_word(words: Iterable[str], texts: Iterable[str]) -> str:
    """Return the word of some texts that is nearest to the first word that has one, else "".

    >>> suggest_word(["bengaldeshi"], ["Bangladeshi", "Black Caribbean"])
    'Bangladeshi'
    """
    spellings: dict[str, str] = {}
    for spelling in (word for text in texts for word in re.findall(r"\w+", text)):
        for folded_word in split_singular_words(spelling):
            spellings.setdefault(folded_word, spelling)
    for word in words:
        for nearest in rank_nearest_words(
            word, dict.fromkeys(spellings, 0), choose_max_edits(word)
        ):
            return spellings[nearest]
    return ""


def choose_max_edits(word: str) -> int:
    """Return how many edits a word may be away from what was meant; 0 where it is not corrected.

    >>> [choose_max_edits(word) for word in ("nhs", "brith", "mortalty", "2021")]
    [0, 1, 2, 0]
    """
    if len(word) < MIN_CORRECTED_CHARS or not word.isalpha():
        return 0
    return 1 if len(word) < MIN_TWO_EDIT_CHARS else 2


def rank_nearest_words(word: str, frequencies: Mapping[str, int], max_edits: int) -> list[str]:
    """Return the words with the fewest edits, at most three, the most frequent first.

    >>> rank_nearest_words("brith", {"birth": 12, "births": 3, "weight": 3}, 1)
    ['birth']
    """
    letters = set(word)
    candidates = [
        (edits, -frequency, candidate)
        for candidate, frequency in frequencies.items()
        # every edit changes two letters of the set at most: this passes over nearly all
        if candidate != word
        and len(letters.symmetric_difference(candidate)) <= 2 * max_edits
        and (edits := compute_edit_distance(word, candidate, max_edits)) <= max_edits
    ]
    fewest_edits = min(candidates)[0] if candidates else 0
    nearest = [candidate for edits, _, candidate in sorted(candidates) if edits == fewest_edits]
    return nearest[:MAX_SUGGESTIONS]


def compute_edit_distance(word: str, candidate: str, max_distance: int) -> int:
    """Return how many edits lie between two words; `max_distance` + 1 for any more.

    An edit replaces, adds, drops or swaps a letter (restricted Damerau-Levenshtein distance).

    >>> pairs = [("mortalty", "mortality"), ("brith", "birth")]
    >>> tuple(compute_edit_distance(*pair, 2) for pair in pairs)
    (1, 1)
    """
    if abs(len(word) - len(candidate)) > max_distance:
        return max_distance + 1
    over_limit = max_distance + 1
    row_before_previous: list[int] = []
    previous_row = list(range(len(candidate) + 1))
    for i, letter in enumerate(word, 1):
        current_row = [over_limit] * (len(candidate) + 1)
        current_row[0] = i
        # what lies further from the diagonal has too many edits already
        for j in range(max(1, i - max_distance), min(len(candidate), i + max_distance) + 1):
            other = candidate[j - 1]
            cost = min(
                previous_row[j] + 1, current_row[j - 1] + 1, previous_row[j - 1] + (letter != other)
            )
            if i > 1 and j > 1 and letter == candidate[j - 2] and word[i - 2] == other:
                cost = min(cost, row_before_previous[j - 2] + 1)
            current_row[j] = cost
        if min(current_row) > max_distance:
            return over_limit
        row_before_previous, previous_row = previous_row, current_row
    return min(previous_row[-1], over_limit)
