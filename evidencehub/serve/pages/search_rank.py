"""Which pages a search finds, the best first."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.serve.pages.search_words import Ask, Term, parse, quoted

TITLE, WORDS, TEXT, CONTEXT, SOURCES = 6.0, 2.0, 1.0, 0.2, 0.2  # what a word counts there
PHRASE = 0.5  # more, where a title has the whole question as it stands
WHOLE = 2.0  # times as much, where it is all of the title
COVERED = 3  # the power that the share of words that were found is raised to
ENOUGH = 0.35  # of the best page's share: what has less is left out
UNHELD = 0.45  # of a group that the hub has no figure of
CLASSIFIED = 0.85  # of a group of one classification, against the facet that gathers them

PRIOR = {
    "page": 1.1,
    "topic": 1.1,
    "workstream": 1.0,
    "indicator": 1.0,
    "finding": 1.0,
    "group": 1.0,
    "place": 1.0,
    "dataset": 0.9,
    "recommendation": 0.85,
    "organisation": 0.6,
    "list": 0.4,
    "source": 0.4,
}
"""Every kind of page, and how far it comes first where words alone do not decide."""

SCORED = f"""
select rowid, -bm25(search_page, 0, 0, 0, {TITLE}, {WORDS}, {TEXT}, {CONTEXT}, {SOURCES})
from search_page
where search_page match ?
"""
PAGES = """
select rowid, kind, id, held, title
from search_page
where rowid in (select value from json_each(?))
"""
COUNT = "select count(*) from search_page_docsize"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page that was found."""

    page: int
    kind: str
    id: str
    title: str
    score: float


def ranked(ask: Ask, words: Sequence[str], terms: Sequence[Term]) -> list[Ranked]:
    """Every page that has enough of the words, the best first. `words` are spelt as meant.

    Each word is looked for by itself, in every way that it may be written; a page counts for
    the best of them. What has all words comes before what has some, rare words count more.
    """
    told = [_scores(ask, term) for term in terms]
    ((pages,),) = ask(COUNT, ())
    rarity = [math.log(1 + pages / len(found)) if found else 0.0 for found in told]
    most = sum(rarity)
    if not most:
        return []
    share: dict[int, float] = {}
    score: dict[int, float] = {}
    for found, rare in zip(told, rarity, strict=True):
        for page, points in found.items():
            share[page] = share.get(page, 0.0) + rare / most
            score[page] = score.get(page, 0.0) + points
    if len(words) > 1:
        for page, points in ask(SCORED, (f"title : {quoted(' '.join(words))}",)):
            score[page] = score.get(page, 0.0) + PHRASE * points
    least = max(share.values()) * ENOUGH
    kept = {page: score[page] * part**COVERED for page, part in share.items() if part >= least}
    rows = ask(PAGES, (json.dumps(list(kept)),))
    result = [
        Ranked(page, kind, name, title, kept[page] * _prior(kind, name, held, title, words))
        for page, kind, name, held, title in rows
    ]
    return sorted(result, key=lambda one: (-one.score, one.page))


def _scores(ask: Ask, term: Term) -> dict[int, float]:
    found: dict[int, float] = {}
    for one in term.sought:
        for page, points in ask(SCORED, (one.match,)):
            found[page] = max(found.get(page, 0.0), points * one.weight)
    return found


def _prior(kind: str, name: str, held: int, title: str, words: Sequence[str]) -> float:
    if not held:
        return PRIOR[kind] * UNHELD
    prior = PRIOR[kind] * (WHOLE if parse(title) == list(words) else 1.0)
    return prior * (CLASSIFIED if kind == "group" and "/" in name else 1.0)
