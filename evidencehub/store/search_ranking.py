"""The pages that match a search, the best first."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidencehub.store.search_terms import RunQuery, Term, parse_query, quote_fts

# what a word counts in each column
TITLE_WEIGHT, KEYWORDS_WEIGHT, TEXT_WEIGHT, CONTEXT_WEIGHT, SOURCES_WEIGHT = 6.0, 2.0, 1.0, 0.2, 0.2
TITLE_PHRASE_BONUS = 0.5  # more, where a title has the whole query as it is
EXACT_TITLE_FACTOR = 2.0  # times as much, where it is all of the title
COVERAGE_EXPONENT = 3  # the power that the share of words that were found is raised to
MIN_COVERAGE_RATIO = 0.35  # of the best page's share: what has less is left out
USE_BONUS = 0.05  # more, each time that twice as many findings and questions rest on an indicator
MIN_RARITY = 1e-6  # of a word that half the pages have, or more
NO_VALUES_FACTOR = 0.45  # of a group that the hub has no figure of
NATIVE_GROUP_FACTOR = 0.7  # of a group of one classification, against the facet that gathers them
REPEATED_GROUP_FACTOR = 0.6  # of a group named as a better one, unless its classification is named
STUDY_PLACE_FACTOR = 0.4  # of a place that only one dataset knows, against countries and regions

KIND_PRIORS = {
    "question": 0.9, "page": 1.1, "topic": 1.1, "workstream": 1.0, "indicator": 1.0,
    "finding": 1.0, "group": 1.0, "place": 1.0, "dataset": 0.9, "recommendation": 0.85,
    "organisation": 0.4, "list": 0.2, "source": 0.2,
}  # fmt: skip
"""Every kind of page, and how far it comes first where words alone do not decide.

Evidence comes first: a source or a code list says what evidence rests on or how it is coded.
"""

PAGE_SCORES_SQL = f"""
select rowid, -bm25(search_page, 0, 0, 0, {TITLE_WEIGHT}, {KEYWORDS_WEIGHT}, {TEXT_WEIGHT},
  {CONTEXT_WEIGHT}, {SOURCES_WEIGHT})
from search_page
where search_page match ?
"""
PAGE_DETAILS_SQL = """
select p.rowid, p.kind, p.id, p.held, p.title, p.context, iif(
  p.kind = 'indicator',
  (select count(*) from finding_indicator as f where f.indicator = p.id)
  + (select count(*) from question_indicator as q where q.indicator = p.id),
  0
)
from search_page as p
where p.rowid in (select value from json_each(?))
"""
HAS_EVIDENCE_SQL = """
select 1 from search_page
where search_page match ? and held = 1 and kind not in ('list', 'source')
limit 1
"""
PAGE_COUNT_SQL = "select count(*) from search_page_docsize"


@dataclass(frozen=True, slots=True)
class RankedPage:
    """A page that matches, with its score; `has_all_words` where it has every word of the query."""

    page_rowid: int
    kind: str
    id: str
    title: str
    context: str
    score: float
    has_all_words: bool


def rank_pages(
    run_query: RunQuery, query_words: Sequence[str], terms: Sequence[Term]
) -> list[RankedPage]:
    """Return the pages that have enough of the words, the best first.

    `query_words` are the words as they were meant.

    Each word is looked for by itself, in every way that it may be written; a page counts for
    the best of them. What has all words comes before what has some, rare words count more.
    """
    ((page_count,),) = run_query(PAGE_COUNT_SQL, ())
    term_scores = [_score_term(run_query, term, page_count) for term in terms]
    coverage, score_by_page = _combine_scores(term_scores, page_count)
    if not coverage:
        return []
    if len(query_words) > 1:
        title_phrase = f"title : {quote_fts(' '.join(query_words))}"
        for page, points in run_query(PAGE_SCORES_SQL, (title_phrase,)):
            score_by_page[page] += TITLE_PHRASE_BONUS * points
    min_coverage = max(coverage.values()) * MIN_COVERAGE_RATIO
    final_scores = {
        page: score_by_page[page] * page_coverage**COVERAGE_EXPONENT
        for page, page_coverage in coverage.items()
        if page_coverage >= min_coverage
    }
    rows = run_query(PAGE_DETAILS_SQL, (json.dumps(list(final_scores)),))
    ranked_pages = []
    for page, kind, name, has_values, title, context, uses in rows:
        prior = _compute_page_prior(kind, name, has_values, title, query_words)
        prior *= 1 + USE_BONUS * math.log2(1 + uses)
        score = final_scores[page] * prior
        has_all_words = all(page in scores for scores in term_scores)
        ranked_pages.append(RankedPage(page, kind, name, title, context, score, has_all_words))
    return _put_repeated_groups_last(_sort_pages(ranked_pages), query_words)


def _sort_pages(pages: Iterable[RankedPage]) -> list[RankedPage]:
    return sorted(pages, key=lambda page: (-page.score, page.page_rowid))


def _put_repeated_groups_last(
    pages: Iterable[RankedPage], query_words: Sequence[str]
) -> list[RankedPage]:
    """Return pages with one group of each name in its place, and its like further down.

    Several countries have a group of the same name: who names the classification wants theirs.
    """
    group_titles: set[str] = set()
    reordered_pages = []
    for page in pages:
        is_repeated = page.kind == "group" and page.title in group_titles
        if page.kind == "group":
            group_titles.add(page.title)
        if is_repeated and not set(parse_query(page.context)).intersection(query_words):
            reordered_pages.append(replace(page, score=page.score * REPEATED_GROUP_FACTOR))
        else:
            reordered_pages.append(page)
    return _sort_pages(reordered_pages)


def _combine_scores(
    term_scores: Sequence[Mapping[int, float]], page_count: int
) -> tuple[dict[int, float], dict[int, float]]:
    """Return the share of the terms that each page has, rare ones counting more, and its score."""
    rarity = [math.log(1 + page_count / len(scores)) if scores else 0.0 for scores in term_scores]
    total_rarity = sum(rarity)
    coverage: dict[int, float] = defaultdict(float)
    score_by_page: dict[int, float] = defaultdict(float)
    for scores, term_rarity in zip(term_scores, rarity, strict=True):
        for page, points in scores.items():
            coverage[page] += term_rarity / total_rarity
            score_by_page[page] += points
    return coverage, score_by_page


def _score_term(run_query: RunQuery, term: Term, page_count: int) -> dict[int, float]:
    """Return what a term counts on each page that has it, however it is written there.

    All ways of writing it are as rare as they are together: else a page that says “mortality”,
    which is common, would count for less than one that says “deaths”.
    """
    scores_by_spelling: list[tuple[dict[int, float], float]] = [
        (dict(run_query(PAGE_SCORES_SQL, (alternative.expression,))), alternative.weight)
        for alternative in term.alternatives
    ]
    found_anywhere = {page for scores, _ in scores_by_spelling for page in scores}
    common_rarity = _compute_rarity(page_count, len(found_anywhere))
    best_scores: dict[int, float] = {}
    for scores, weight in scores_by_spelling:
        factor = weight * common_rarity / _compute_rarity(page_count, len(scores))
        for page, points in scores.items():
            best_scores[page] = max(best_scores.get(page, 0.0), points * factor)
    return best_scores


def _compute_rarity(page_count: int, count: int) -> float:
    """Return the inverse document frequency as SQLite's bm25() has it, with its lower bound."""
    return max(math.log((page_count - count + 0.5) / (count + 0.5)), MIN_RARITY)


def _compute_page_prior(
    kind: str, name: str, has_values: int, title: str, query_words: Sequence[str]
) -> float:
    if not has_values:
        return KIND_PRIORS[kind] * NO_VALUES_FACTOR
    is_exact = _drop_plurals(parse_query(title)) == _drop_plurals(query_words)
    prior = KIND_PRIORS[kind] * (EXACT_TITLE_FACTOR if is_exact else 1.0)
    if kind == "group" and "/" in name:
        prior *= NATIVE_GROUP_FACTOR
    return prior * (STUDY_PLACE_FACTOR if kind == "place" and ":" in name else 1.0)


def find_missing_words(run_query: RunQuery, terms: Sequence[Term]) -> list[str]:
    """Return the words of a query that no evidence is about, in their order."""
    return [term.word for term in terms if not run_query(HAS_EVIDENCE_SQL, (term.exact_match,))]


def has_evidence_on_all(run_query: RunQuery, terms: Sequence[Term]) -> bool:
    """Return whether a page with evidence says all the words itself, not only its sources do."""
    expressions = [f"{{title words text}} : ({term.exact_match})" for term in terms]
    return not expressions or bool(run_query(HAS_EVIDENCE_SQL, (" AND ".join(expressions),)))


def _drop_plurals(words: Sequence[str]) -> list[str]:
    """Return words without their last s: the index takes “deaths” for “death”, so titles do too."""
    return [word.removesuffix("s") for word in words]
