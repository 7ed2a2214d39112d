"""The words of a search: how it is split, synonyms, and what a misspelt word may mean."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from evidencehub.domain.unicode_text import fold_text
from evidencehub.store.english_words import is_english_word
from evidencehub.store.word_matching import (
    MIN_CORRECTED_CHARS,
    choose_max_edits,
    rank_nearest_words,
)

RunQuery = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Runs a query: SQL and bound values in, rows out."""

MAX_QUERY_CHARS = 300  # characters of a query that are read
MAX_QUERY_WORDS = 16  # words of a query that are looked for
MAX_CORRECTIONS = 5  # words that are corrected: it takes longest
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+")  # 2.8 and 1,415 are one word each
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a about am an and any anyone anything are as at be been but by can could d did do does "
        "done for from get give had has have how i if in into is it its ll m many me much my no "
        "not of on or our s should so some t than that the their them there these they this "
        "those to too ve was we were what when where which who whom whose why will with would "
        "you your"
    )
)
"""Words that say nothing about the subject; left out where others remain."""

# of the weight that the word itself would have
SYNONYM_WEIGHT, CORRECTION_WEIGHT, PREFIX_WEIGHT = 0.7, 0.8, 0.5
MIN_PREFIX_CHARS = 3  # letters of a word that may be the beginning of another
PART_WEIGHT = 0.5  # of a word by itself, where it means something else with the next one
# so many pages may have no more in common with a misspelt word than its stem
MAX_RARE_PAGES = 5
MIN_COMMON_PAGES = 20  # pages with a word, for it to be meant where a rare one was written
COLLECTIVE_TERMS = (
    "bame", "bme", "bipoc", "poc", "people of colour", "people of color", "non white",
)  # fmt: skip
"""Terms for “everybody but White people”, which the hub does not use itself."""

KNOWN_WORDS_SQL = """
select word, pages from search_vocabulary
where word in (select value from json_each(?))
"""
WORD_FREQUENCY_SQL = f"""
select
  (select count(*) from (
    select 1 from search_page where search_page match ? limit {MAX_RARE_PAGES + 1}
  )),
  (select coalesce(max(pages), 0) from search_vocabulary where word = ?)
"""
WORDS_BY_LENGTH_SQL = "select word, pages from search_vocabulary where length(word) between ? and ?"


@dataclass(frozen=True, slots=True)
class MatchExpression:
    """One way in which a word may be found: an expression of FTS5, and how much it counts."""

    expression: str
    weight: float


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the query, and every way in which it is looked for.

    `is_widened` where the other words say more than this one: what has them may not have it.
    """

    word: str
    alternatives: Sequence[MatchExpression]
    is_widened: bool = False

    @property
    def exact_match(self) -> str:
        """The FTS5 expression for what is about this word, and not about a wider one."""
        return quote_fts(self.word) if self.is_widened else match_any([self])


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of the query, and what else was looked for; `is_misspelt` where no page has it."""

    word: str
    suggestions: Sequence[str]
    is_misspelt: bool


def parse_query(text: str) -> list[str]:
    """Return the words of a query, each once, in their order, without stop words.

    >>> parse_query("What is the King’s Fund?")
    ['king', 'fund']
    """
    unique_words = list(dict.fromkeys(_WORD.findall(fold_text(text[:MAX_QUERY_CHARS]))))
    significant_words = [word for word in unique_words if word not in _STOP_WORDS]
    return (significant_words or unique_words)[:MAX_QUERY_WORDS]


def find_collective_term(text: str) -> str:
    """Return the collective term that a query has; empty where it has none."""
    words = f" {' '.join(_WORD.findall(fold_text(text)))} "
    return next((term for term in COLLECTIVE_TERMS if f" {term} " in words), "")


def quote_fts(words: str) -> str:
    """Return words as an FTS5 phrase, in which nothing is an operator."""
    return '"' + words.replace('"', " ") + '"'


def expand_words(run_query: RunQuery, words: Sequence[str]) -> tuple[list[Term], list[Correction]]:
    """Return what each word is looked for by, and the corrections to report to the reader."""
    synonyms_by_position, phrase_positions = _match_synonyms(words)
    compounds_by_position = _match_compounds(run_query, words)
    search_terms: list[Term] = []
    corrections: list[Correction] = []
    for position, word in enumerate(words):
        compounds = compounds_by_position.get(position, [])
        synonyms = synonyms_by_position.get(position, [])
        known_words = [*compounds, *synonyms]
        is_unknown = not known_words and sum(c.is_misspelt for c in corrections) < MAX_CORRECTIONS
        suggestions, prefix_matches = _correct_spelling(run_query, word) if is_unknown else ([], [])
        synonyms = synonyms or _list_synonyms(suggestions)
        if other_words := suggestions or list(filter(word.__ne__, known_words)):
            corrections.append(Correction(word, other_words, is_misspelt=bool(suggestions)))
        is_part = bool(compounds) or position in phrase_positions
        alternatives = [
            *_weigh(PART_WEIGHT if is_part else 1.0, [word]),
            *_weigh(1.0, compounds),
            *_weigh(CORRECTION_WEIGHT, suggestions),
            *_weigh(SYNONYM_WEIGHT, dict.fromkeys(synonyms)),
            *prefix_matches,
        ]
        search_terms.append(Term(word, alternatives, word in load_widened_words()))
    return search_terms, corrections


def _list_synonyms(words: Iterable[str]) -> list[str]:
    return [synonym for word in words for synonym in load_synonyms().get(word, ())]


def _weigh(weight: float, spellings: Iterable[str]) -> list[MatchExpression]:
    return [MatchExpression(quote_fts(spelling), weight) for spelling in spellings]


def apply_corrections(words: Sequence[str], corrections: Iterable[Correction]) -> list[str]:
    """Return the words of a query, misspelt ones as they were most likely meant."""
    suggestion_by_word = {c.word: c.suggestions[0] for c in corrections if c.is_misspelt}
    return [suggestion_by_word.get(word, word) for word in words]


def _correct_spelling(run_query: RunQuery, word: str) -> tuple[list[str], list[MatchExpression]]:
    """Return the words that a word may misspell, else an expression for words that it begins.

    A word of English is neither: what is meant is that word, whether or not the hub has it. One
    that is too short to correct may be a beginning all the same: “obs”, “eth”.
    """
    if len(word) >= MIN_CORRECTED_CHARS and is_english_word(word):
        return [], []
    ((pages, as_written),) = run_query(WORD_FREQUENCY_SQL, (quote_fts(word), word))
    if pages > MAX_RARE_PAGES or as_written > 1:
        return [], []
    suggestions = find_nearest_words(run_query, word, is_unknown=not pages)
    if suggestions or pages or len(word) < MIN_PREFIX_CHARS or not word.isalpha():
        return suggestions, []
    return [], [MatchExpression(f"{quote_fts(word)} *", PREFIX_WEIGHT)]


def find_nearest_words(run_query: RunQuery, word: str, *, is_unknown: bool = True) -> list[str]:
    """Return the known words that a word comes closest to: at most three.

    A word that some page has (not `is_unknown`) is corrected only where another is much more
    common.
    """
    max_edits = choose_max_edits(word) if is_unknown else min(choose_max_edits(word), 1)
    if not max_edits:
        return []
    page_counts = dict.fromkeys((phrase for phrase in load_synonyms() if " " not in phrase), 0)
    lengths = (len(word) - max_edits, len(word) + max_edits)
    page_counts |= dict(run_query(WORDS_BY_LENGTH_SQL, lengths))
    if not is_unknown:
        page_counts = {w: pages for w, pages in page_counts.items() if pages >= MIN_COMMON_PAGES}
    return rank_nearest_words(word, page_counts, max_edits)


@lru_cache(maxsize=1)
def load_synonyms() -> Mapping[str, Sequence[str]]:
    """Return the words that people use, folded, with the hub's words for them."""
    synonyms: dict[str, list[str]] = {}
    for row in csv.DictReader(_read_lines("search_synonyms.csv")):
        synonyms.setdefault(row["said"], []).append(row["meant"])
    return synonyms


@lru_cache(maxsize=1)
def load_widened_words() -> frozenset[str]:
    """Return the words that people use for which the hub has only a wider one."""
    rows = csv.DictReader(_read_lines("search_synonyms.csv"))
    return frozenset(row["said"] for row in rows if row["wider"])


def _read_lines(name: str) -> list[str]:
    return resources.files("evidencehub.store").joinpath(name).read_text("utf-8").splitlines()


def _match_synonyms(words: Sequence[str]) -> tuple[dict[int, list[str]], set[int]]:
    """Return the synonyms of each word by its position, or of the longest phrase that it is in.

    The set has the positions of the words that are in a phrase.
    """
    synonyms_by_phrase = load_synonyms()
    synonyms_by_position: dict[int, list[str]] = {}
    phrase_positions: set[int] = set()
    start = 0
    while start < len(words):
        for length in range(min(5, len(words) - start), 0, -1):
            positions = range(start, start + length)
            synonyms = synonyms_by_phrase.get(" ".join(words[start : start + length]))
            if synonyms:
                synonyms_by_position |= {position: list(synonyms) for position in positions}
                phrase_positions.update(positions if length > 1 else ())
                break
        start += length
    return synonyms_by_position, phrase_positions


def _match_compounds(run_query: RunQuery, words: Sequence[str]) -> dict[int, list[str]]:
    """Return pairs of words that the hub writes as one: “birth weight” is birthweight."""
    pairs = [first_word + second_word for first_word, second_word in itertools.pairwise(words)]
    known_words = {word for word, _ in run_query(KNOWN_WORDS_SQL, (json.dumps(pairs),))}
    compounds_by_position: dict[int, list[str]] = {}
    for position, pair in enumerate(pairs):
        if pair in known_words:
            for position_in_pair in (position, position + 1):
                compounds_by_position.setdefault(position_in_pair, []).append(pair)
    return compounds_by_position


def match_any(search_terms: Iterable[Term]) -> str:
    """Return one FTS5 expression for all terms, for marking what was found."""
    expressions = (match.expression for term in search_terms for match in term.alternatives)
    return " OR ".join(dict.fromkeys(expressions))
