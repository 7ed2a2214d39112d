"""The one search of pages and API: what the words of a query match, and how they were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.store.search_ranking import (
    RankedPage,
    find_missing_words,
    has_evidence_on_all,
    rank_pages,
)
from evidencehub.store.search_terms import (
    Correction,
    RunQuery,
    Term,
    apply_corrections,
    expand_words,
    parse_query,
)


@dataclass(frozen=True, slots=True)
class SearchMatches:
    """The pages that match a query, the best first, and how its words were read.

    `corrections` has the words that other words were looked for with, `missing_words` those that no
    evidence is about. `is_partial` where there is evidence on each of the others, and none on all
    of them.
    """

    words: Sequence[str]
    terms: Sequence[Term]
    corrections: Sequence[Correction]
    missing_words: Sequence[str]
    is_partial: bool
    ranked_pages: Sequence[RankedPage]


def match_pages(run_query: RunQuery, text: str) -> SearchMatches:
    """Return what a query matches: misspelt words corrected, with the hub's words for others."""
    words = parse_query(text)
    terms, corrections = expand_words(run_query, words)
    missing_words = find_missing_words(run_query, terms)
    remaining_terms = [term for term in terms if term.word not in missing_words]
    return SearchMatches(
        words=words,
        terms=terms,
        corrections=corrections,
        missing_words=missing_words,
        is_partial=not has_evidence_on_all(run_query, remaining_terms),
        ranked_pages=rank_pages(run_query, apply_corrections(words, corrections), terms),
    )
