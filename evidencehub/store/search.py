"""What the search page reads beside the ranking: snippets, filters, suggestions, every page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.store.labels import TOPIC_RANK_CTE
from evidencehub.store.recommendations import ADDRESSEE_NOT_STATED
from evidencehub.store.search_terms import RunQuery, Term, match_any

SNIPPETS_SQL = """
select rowid, snippet(search_page, 5, char(2), char(3), '…', 32), context
from search_page
where search_page match ? and rowid in (select value from json_each(?))
"""
PAGE_FACETS_SQL = """
select page, facet, code from search_facet where page in (select value from json_each(?))
"""
FILTER_LABELS_SQL = """
select 'topic', code, label from code
where list = 'topic' and code in (select value from json_each(?))
union all
select 'place', area, label from area where area in (select value from json_each(?))
"""
SUGGESTED_TOPICS_SQL = f"""
with {TOPIC_RANK_CTE}, frequent as (
  select code from search_facet where facet = 'topic'
  group by code order by count(*) desc, code limit 6
)
select c.code, c.label from frequent join topic_rank as c using (code) order by c.rank limit 6
"""
SUGGESTED_INDICATORS_SQL = """
select i.indicator, i.title
from finding_indicator as f
join indicator as i on i.indicator = f.indicator
join dataset as d on d.dataset = i.dataset
where d.synthetic = 0
group by i.indicator
order by count(*) desc, i.indicator
limit 5
"""
SUGGESTED_GROUPS_SQL = """
select code, label from code where list = 'hub-facet' order by sort_order, code limit 8
"""
PAGE_KEYS_SQL = f"""
select kind, id from search_page
where held = 1 and kind <> 'source'
  and not (kind = 'organisation' and id = '{ADDRESSEE_NOT_STATED}')
order by kind, id
"""


@dataclass(frozen=True, slots=True)
class SearchSnippet:
    """A line of the text of a page, and what it belongs to.

    In `text` each word that was looked for stands between the characters 2 and 3.
    """

    page_rowid: int
    text: str
    context: str


@dataclass(frozen=True, slots=True)
class CodeSuggestion:
    """An item to go on to, by its identifier and label."""

    code: str
    label: str


def select_snippets(
    run_query: RunQuery, page_rowids: Iterable[int], terms: Sequence[Term]
) -> dict[int, SearchSnippet]:
    """Return a snippet of each of the pages, which have one of the terms."""
    params = (match_any(terms), json.dumps(list(page_rowids)))
    return {row[0]: SearchSnippet(*row) for row in run_query(SNIPPETS_SQL, params)}


def select_page_facets(
    run_query: RunQuery, page_rowids: Iterable[int]
) -> list[tuple[int, str, str]]:
    """Return the topics and places of pages as (page, facet, code)."""
    rows = run_query(PAGE_FACETS_SQL, (json.dumps(list(page_rowids)),))
    return [(page, facet, code) for page, facet, code in rows]


def select_filter_labels(
    run_query: RunQuery, codes: Mapping[str, Iterable[str]]
) -> dict[tuple[str, str], str]:
    """Return the labels of codes by facet and code; codes that do not exist are left out."""
    params = [json.dumps(list(codes.get(facet, ()))) for facet in ("topic", "place")]
    rows = run_query(FILTER_LABELS_SQL, params)
    return {(facet, code): label for facet, code, label in rows}


def select_suggested_topics(run_query: RunQuery) -> list[CodeSuggestion]:
    """Return the topics that most pages have, in the order of pages about people."""
    return [CodeSuggestion(*row) for row in run_query(SUGGESTED_TOPICS_SQL, ())]


def select_suggested_indicators(run_query: RunQuery) -> list[CodeSuggestion]:
    """Return the indicators that most findings name."""
    return [CodeSuggestion(*row) for row in run_query(SUGGESTED_INDICATORS_SQL, ())]


def select_suggested_groups(run_query: RunQuery) -> list[CodeSuggestion]:
    """Return the first facets of ethnic groups."""
    return [CodeSuggestion(*row) for row in run_query(SUGGESTED_GROUPS_SQL, ())]


def select_page_keys(run_query: RunQuery) -> list[tuple[str, str]]:
    """Return the kind and identifier of every item with evidence that has a page of its own."""
    return [(kind, name) for kind, name in run_query(PAGE_KEYS_SQL, ())]
