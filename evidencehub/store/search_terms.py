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

RunQuery = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Asks the database: SQL and bound values in, rows out."""

MAX_QUERY_CHARS = 300  # characters of a question that are read
MAX_QUERY_WORDS = 16  # words of a question that are looked for
MAX_CORRECTIONS = 5  # of them that are set right, at most: it takes longest
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a about am an and any are as at be been but by can could d did do does for from get give "
        "had has have how i if in into is it its ll m me my of on or our s should so some t than "
        "that the their them there these they this those to too ve was we were what when where "
        "which who whom whose why will with would you your"
    )
)
"""Words that say nothing of the subject; left out where others remain."""

SYNONYM_WEIGHT, CORRECTION_WEIGHT, PREFIX_WEIGHT = (
    0.7,
    0.8,
    0.5,
)  # of the weight that the word itself would have
MAX_RARE_PAGES = (
    5  # pages: so many may have no more than the stem of a misspelt word in common with it
)
MIN_COMMON_PAGES = 20  # pages that have a word, for it to be meant where a rare one was written
COLLECTIVE_TERMS = (
    "bame",
    "bme",
    "bipoc",
    "poc",
    "people of colour",
    "people of color",
    "non white",
)
"""Words for “everybody but White people”, which the hub does not use by itself."""

KNOWN_WORDS_SQL = """
select word, pages from search_word
where word in (select value from json_each(?))
"""
WORD_FREQUENCY_SQL = f"""
select
  (select count(*) from (
    select 1 from search_page where search_page match ? limit {MAX_RARE_PAGES + 1}
  )),
  (select coalesce(max(pages), 0) from search_word where word = ?)
"""
WORDS_BY_LENGTH_SQL = "select word, pages from search_word where length(word) between ? and ?"


@dataclass(frozen=True, slots=True)
class MatchExpression:
    """One way in which a word may be found: an expression of FTS5, and how much it counts."""

    expression: str
    weight: float


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question, and every way in which it is looked for."""

    word: str
    alternatives: Sequence[MatchExpression]


@dataclass(frozen=True, slots=True)
class Correction:
    """A word as it was written, and what else was looked for.

    `is_misspelt` where nothing has it.
    """

    word: str
    suggestions: Sequence[str]
    is_misspelt: bool


def fold_text(text: str) -> str:
    """A text as words are compared: no accents, no case.

    >>> fold_text("Māori")
    'maori'
    """
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def parse_query(text: str) -> list[str]:
    """The words that a question is made of, each once, in their order; small ones left out.

    >>> parse_query("What is the King’s Fund?")
    ['king', 'fund']
    """
    unique_words = list(dict.fromkeys(_WORD.findall(fold_text(text[:MAX_QUERY_CHARS]))))
    significant_words = [word for word in unique_words if word not in _STOP_WORDS]
    return (significant_words or unique_words)[:MAX_QUERY_WORDS]


def find_collective_term(text: str) -> str:
    """The word for many groups at once that a question has; empty where it has none."""
    words = f" {' '.join(_WORD.findall(fold_text(text)))} "
    return next(
        (
            collective_term
            for collective_term in COLLECTIVE_TERMS
            if f" {collective_term} " in words
        ),
        "",
    )


def quote_fts(words: str) -> str:
    """Words as FTS5 takes them, one after the other: nothing in them is an operator."""
    return '"' + words.replace('"', " ") + '"'


def expand_words(run_query: RunQuery, words: Sequence[str]) -> tuple[list[Term], list[Correction]]:
    """Every word with what it is looked for by, and what the person should be told of that."""
    synonyms_by_position = _match_synonyms(words)
    compounds_by_position = _match_compounds(run_query, words)
    search_terms: list[Term] = []
    corrections: list[Correction] = []
    for position, word in enumerate(words):
        compounds, synonym_words = (
            compounds_by_position.get(position, []),
            synonyms_by_position.get(position, []),
        )
        unknown = (
            not (compounds or synonym_words)
            and sum(c.is_misspelt for c in corrections) < MAX_CORRECTIONS
        )
        suggestions, prefix_matches = _correct_spelling(run_query, word) if unknown else ([], [])
        if suggestions:
            corrections.append(Correction(word, suggestions, is_misspelt=True))
            synonym_words = [
                synonym_word
                for suggestion in suggestions
                for synonym_word in _match_synonyms([suggestion]).get(0, ())
            ]
        elif other_words := [
            synonym_word for synonym_word in (*compounds, *synonym_words) if synonym_word != word
        ]:
            corrections.append(Correction(word, other_words, is_misspelt=False))
        alternatives = [
            MatchExpression(quote_fts(spelling), 1.0) for spelling in (word, *compounds)
        ]
        alternatives += [
            MatchExpression(quote_fts(spelling), CORRECTION_WEIGHT) for spelling in suggestions
        ]
        alternatives += [
            MatchExpression(quote_fts(spelling), SYNONYM_WEIGHT)
            for spelling in dict.fromkeys(synonym_words)
        ]
        search_terms.append(Term(word, [*alternatives, *prefix_matches]))
    return search_terms, corrections


def apply_corrections(words: Sequence[str], corrections: Iterable[Correction]) -> list[str]:
    """The words of a question, misspelt ones as they were most likely meant."""
    suggestion_by_word = {
        correction.word: correction.suggestions[0]
        for correction in corrections
        if correction.is_misspelt
    }
    return [suggestion_by_word.get(word, word) for word in words]


def _correct_spelling(run_query: RunQuery, word: str) -> tuple[list[str], list[MatchExpression]]:
    """Words that a word may be a misspelling of, else everything that begins with it."""
    ((pages, as_written),) = run_query(WORD_FREQUENCY_SQL, (quote_fts(word), word))
    if pages > MAX_RARE_PAGES or as_written > 1:
        return [], []
    suggestions = find_nearest_words(run_query, word, is_unknown=not pages)
    if suggestions or pages or len(word) < 4:
        return suggestions, []
    return [], [MatchExpression(f"{quote_fts(word)} *", PREFIX_WEIGHT)]


def find_nearest_words(run_query: RunQuery, word: str, *, is_unknown: bool = True) -> list[str]:
    """The known words that a word comes closest to: at most three, the most frequent first.

    One letter may be other, missing, too many or swapped in 4 to 7 letters, two in more. A word
    that is found somewhere (not `is_unknown`) is set right only where another is much more common.
    """
    max_slips = 0 if len(word) < 4 else 1 if len(word) < 8 or not is_unknown else 2
    if not max_slips or not word.isalpha():
        return []
    page_counts = dict.fromkeys((synonym for synonym in load_synonyms() if " " not in synonym), 0)
    page_counts |= dict(
        run_query(WORDS_BY_LENGTH_SQL, (len(word) - max_slips, len(word) + max_slips))
    )
    page_counts.pop(word, None)
    letters = set(word)
    candidates = [
        (slips, -pages, candidate)
        for candidate, pages in page_counts.items()
        # every slip changes two letters of the set at most: this passes over nearly all
        if len(letters.symmetric_difference(candidate)) <= 2 * max_slips
        and (slips := compute_edit_distance(word, candidate, max_slips)) <= max_slips
        and (is_unknown or pages >= MIN_COMMON_PAGES)
    ]
    fewest_slips = min(candidates)[0] if candidates else 0
    return [candidate for slips, _, candidate in sorted(candidates) if slips == fewest_slips][:3]


def compute_edit_distance(word: str, candidate: str, max_distance: int) -> int:
    """How many slips of the pen lie between two words; `max_distance` + 1 for any more.

    >>> pairs = [("mortalty", "mortality"), ("brith", "birth")]
    >>> tuple(compute_edit_distance(*pair, 2) for pair in pairs)
    (1, 1)
    """
    if abs(len(word) - len(candidate)) > max_distance:
        return max_distance + 1
    over_limit = max_distance + 1
    row_before_previous: list[int] = []
    previous_row = list(range(len(candidate) + 1))
    for i, a in enumerate(word, 1):
        current_row = [over_limit] * (len(candidate) + 1)
        current_row[0] = i
        # what lies further from the diagonal has too many slips already
        for j in range(max(1, i - max_distance), min(len(candidate), i + max_distance) + 1):
            b = candidate[j - 1]
            cost = min(previous_row[j] + 1, current_row[j - 1] + 1, previous_row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == candidate[j - 2] and word[i - 2] == b:
                cost = min(cost, row_before_previous[j - 2] + 1)
            current_row[j] = cost
        if min(current_row) > max_distance:
            return over_limit
        row_before_previous, previous_row = previous_row, current_row
    return min(previous_row[-1], over_limit)


@lru_cache(maxsize=1)
def load_synonyms() -> Mapping[str, Sequence[str]]:
    """Words that people use, folded, and the hub's words for them."""
    file = resources.files("evidencehub.store").joinpath("search_synonyms.csv")
    meant_by_word: dict[str, list[str]] = {}
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        meant_by_word.setdefault(fold_text(row["said"]), []).append(row["meant"])
    return meant_by_word


def _match_synonyms(words: Sequence[str]) -> dict[int, list[str]]:
    """For the place of each word: the hub's words for it, or for the longest phrase it is in."""
    synonyms_by_phrase, synonyms_by_position = load_synonyms(), {}
    start = 0
    while start < len(words):
        for length in range(min(5, len(words) - start), 0, -1):
            synonym_words = synonyms_by_phrase.get(" ".join(words[start : start + length]))
            if synonym_words:
                synonyms_by_position.update(
                    {position: list(synonym_words) for position in range(start, start + length)}
                )
                break
        start += length
    return synonyms_by_position


def _match_compounds(run_query: RunQuery, words: Sequence[str]) -> dict[int, list[str]]:
    """Two words that the hub writes as one: “birth weight” is birthweight."""
    pairs = [first_word + second_word for first_word, second_word in itertools.pairwise(words)]
    known_words = (
        {word for word, _ in run_query(KNOWN_WORDS_SQL, (json.dumps(pairs),))} if pairs else set()
    )
    compounds_by_position: dict[int, list[str]] = {}
    for position, pair in enumerate(pairs):
        if pair in known_words:
            for position_in_pair in (position, position + 1):
                compounds_by_position.setdefault(position_in_pair, []).append(pair)
    return compounds_by_position


def match_any(search_terms: Iterable[Term]) -> str:
    """Every way of every word as one expression, for marking what was found."""
    return " OR ".join(
        dict.fromkeys(
            alternative.expression for term in search_terms for alternative in term.alternatives
        )
    )
