"""The search of the site: what a person asks, what was found, and how it can be narrowed down."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from evidencehub.http.problem_details import HttpError, RequestProblem
from evidencehub.store import search_terms
from evidencehub.store.search_ranking import RankedPage, rank_pages
from evidencehub.store.search_terms import RunQuery, Term
from evidencehub.web.addresses import build_item_path, build_path
from evidencehub.web.page_request import Context, PageRequest

RESULTS_PER_PAGE = 20  # results on a page
MAX_FILTER_CHOICES = 8  # of a filter, the most frequent first
FILTERS = ("kind", "topic", "place")
OPTION_NAMES = ("q", *FILTERS, "page")
"""Every option of the page, as in its address."""

KIND_LABELS = {
    "indicator": "Indicator",
    "finding": "Finding",
    "recommendation": "Recommendation",
    "dataset": "Dataset",
    "topic": "Topic",
    "workstream": "Workstream",
    "group": "Ethnic group",
    "place": "Place",
    "organisation": "Organisation",
    "list": "Classification or code list",
    "source": "Source",
    "page": "Page of this site",
}
"""Every kind of thing that is found; the template has these words for translators too."""

_POSITIVE_INTEGER = re.compile(r"[1-9][0-9]{0,5}")
_HIGHLIGHT = re.compile("(\x02[^\x03]*\x03)")

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
SUGGESTED_TOPICS_SQL = """
select c.code, c.label
from search_facet as f join code as c on c.list = 'topic' and c.code = f.code
where f.facet = 'topic'
group by c.code
order by count(*) desc, c.code
limit 6
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


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page that was found, as it is listed.

    `snippet_parts` is a line of its text, in pieces: the text of each, and whether it was looked
    for.
    """

    kind: str
    kind_label: str
    id: str
    title: str
    url: str
    snippet_parts: Sequence[tuple[str, bool]]
    context: str


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A filter as a link; the link of a chosen one takes it away again."""

    value: str
    label: str
    count: int
    is_selected: bool
    url: str


def build_context(request: PageRequest) -> Context:
    """The page of a search."""
    return build_search_context(request.db, request.options)


def build_search_context(run_query: RunQuery, options: Mapping[str, str]) -> Context:
    """What templates/search.html shows for the options q, kind, topic, place and page.

    Raises RefusedError (400) for a kind, topic, place or page that there is none of.
    """
    query = options.get("q", "").encode("utf-8", "replace").decode().strip()
    words = search_terms.parse_query(query)
    terms, corrections = search_terms.expand_words(run_query, words)
    ranked_pages = rank_pages(run_query, search_terms.apply_corrections(words, corrections), terms)
    selected = {name: options[name] for name in FILTERS if options.get(name)}
    facets = _load_facets(run_query, ranked_pages, selected)
    matching_pages = [
        ranked_page
        for ranked_page in ranked_pages
        if _matches_filters(facets[ranked_page.page_rowid], selected)
    ]
    page_number, page_count = _parse_page(options.get("page", "1"), len(matching_pages))
    start = (page_number - 1) * RESULTS_PER_PAGE
    link_options = {"q": query, **selected}
    return {
        "title": query,
        "q": query,
        "total": len(matching_pages),
        "everything": len(ranked_pages),
        "first": start + 1,
        "hits": _build_results(run_query, matching_pages[start : start + RESULTS_PER_PAGE], terms),
        "corrections": [c for c in corrections if c.is_misspelt],
        "also": [c for c in corrections if not c.is_misspelt],
        "grouping": search_terms.find_collective_term(query),
        "narrowed": bool(selected),
        "filters": _build_filters(run_query, ranked_pages, facets, selected, query),
        "unfiltered": _build_search_path({"q": query}),
        "page": page_number,
        "pages": page_count,
        "previous": _build_search_path({**link_options, "page": str(page_number - 1)})
        if page_number > 1
        else "",
        "next": _build_search_path({**link_options, "page": str(page_number + 1)})
        if page_number < page_count
        else "",
        "suggestions": {} if matching_pages else _load_suggestions(run_query),
    }


FacetsByPage = Mapping[int, frozenset[tuple[str, str]]]


def _load_facets(
    run_query: RunQuery, ranked_pages: Sequence[RankedPage], selected: Mapping[str, str]
) -> FacetsByPage:
    """What each page may be narrowed down by: its kind, its topics, its places."""
    _check_filters(run_query, selected)
    facets = {ranked_page.page_rowid: {("kind", ranked_page.kind)} for ranked_page in ranked_pages}
    for page, facet, code in run_query(PAGE_FACETS_SQL, (json.dumps(list(facets)),)):
        facets[page].add((facet, code))
    return {page: frozenset(page_facets) for page, page_facets in facets.items()}


def _check_filters(run_query: RunQuery, selected: Mapping[str, str]) -> None:
    """Refuse a value that no filter has."""
    params = [
        json.dumps([selected[name]] if name in selected else []) for name in ("topic", "place")
    ]
    valid_choices = {(facet, code) for facet, code, _ in run_query(FILTER_LABELS_SQL, params)}
    valid_choices |= {("kind", kind) for kind in KIND_LABELS}
    faults = [
        RequestProblem("bad-value", f"There is no {name} “{value[:60]}” to search in.", name)
        for name, value in selected.items()
        if (name, value) not in valid_choices
    ]
    if faults:
        raise HttpError(400, faults)


def _parse_page(text: str, total: int) -> tuple[int, int]:
    """The number of the page that is asked for, and that of the last one."""
    page_count = max(1, -(-total // RESULTS_PER_PAGE))
    if not _POSITIVE_INTEGER.fullmatch(text) or int(text) > page_count:
        message = (
            f"“page” is a whole number, 1 to {page_count} for this search; it is “{text[:60]}”."
        )
        raise HttpError(400, [RequestProblem("bad-value", message, "page")])
    return int(text), page_count


def _matches_filters(facets: Iterable[tuple[str, str]], selected: Mapping[str, str]) -> bool:
    return selected.items() <= set(facets)


def _build_results(
    run_query: RunQuery, ranked_pages: Sequence[RankedPage], terms: Sequence[Term]
) -> list[SearchResult]:
    if not ranked_pages:
        return []
    params = (
        search_terms.match_any(terms),
        json.dumps([ranked_page.page_rowid for ranked_page in ranked_pages]),
    )
    snippets = {
        page: (text, context_text) for page, text, context_text in run_query(SNIPPETS_SQL, params)
    }
    return [
        SearchResult(
            ranked_page.kind,
            KIND_LABELS[ranked_page.kind],
            ranked_page.id,
            ranked_page.title,
            build_item_path(ranked_page.kind, ranked_page.id),
            _split_highlights(snippets[ranked_page.page_rowid][0]),
            snippets[ranked_page.page_rowid][1],
        )
        for ranked_page in ranked_pages
    ]


def _split_highlights(text: str) -> list[tuple[str, bool]]:
    """A text with signs around what was looked for, in pieces."""
    pieces = [text_piece for text_piece in _HIGHLIGHT.split(text) if text_piece]
    return [(text_piece.strip("\x02\x03"), text_piece.startswith("\x02")) for text_piece in pieces]


def _build_filters(
    run_query: RunQuery,
    ranked_pages: Sequence[RankedPage],
    facets: FacetsByPage,
    selected: Mapping[str, str],
    query: str,
) -> list[dict[str, Any]]:
    """For each filter its choices; each counts what the other filters leave."""
    counts = {}
    for name in FILTERS:
        other_filters = {
            filter_name: value for filter_name, value in selected.items() if filter_name != name
        }
        matching_facets = (
            facets[ranked_page.page_rowid]
            for ranked_page in ranked_pages
            if _matches_filters(facets[ranked_page.page_rowid], other_filters)
        )
        counts[name] = Counter(
            code for page_facets in matching_facets for facet, code in page_facets if facet == name
        )
        if name in selected:
            counts[name].setdefault(selected[name], 0)
    params = [json.dumps(list(counts[name])) for name in ("topic", "place")]
    labels = {(facet, code): label for facet, code, label in run_query(FILTER_LABELS_SQL, params)}
    labels |= {("kind", kind): label for kind, label in KIND_LABELS.items()}
    return [
        {"name": name, "choices": _build_choices(name, counts[name], labels, selected, query)}
        for name in FILTERS
        if len(counts[name]) > 1 or name in selected
    ]


def _build_choices(
    name: str,
    counts: Mapping[str, int],
    labels: Mapping[tuple[str, str], str],
    selected: Mapping[str, str],
    query: str,
) -> list[FilterChoice]:
    by_frequency = sorted(counts, key=lambda value: (-counts[value], labels[name, value]))
    visible_values = by_frequency[:MAX_FILTER_CHOICES] if name != "kind" else by_frequency
    if name in selected and selected[name] not in visible_values:
        visible_values = [*visible_values[:-1], selected[name]]
    built_choices = []
    for value in visible_values:
        is_chosen = selected.get(name) == value
        other_filters = {
            filter_name: value_selected
            for filter_name, value_selected in selected.items()
            if filter_name != name
        }
        link = {"q": query, **other_filters, **({} if is_chosen else {name: value})}
        built_choices.append(
            FilterChoice(
                value, labels[name, value], counts[value], is_chosen, _build_search_path(link)
            )
        )
    return built_choices


def _load_suggestions(run_query: RunQuery) -> dict[str, list[tuple[str, str]]]:
    """Where to go on when nothing was found: addresses and titles."""
    return {
        "topics": [
            (build_path("topics", code), label)
            for code, label in run_query(SUGGESTED_TOPICS_SQL, ())
        ],
        "indicators": [
            (build_path("indicators", name), title)
            for name, title in run_query(SUGGESTED_INDICATORS_SQL, ())
        ],
        "groups": [
            (build_path("groups", code), label)
            for code, label in run_query(SUGGESTED_GROUPS_SQL, ())
        ],
    }


def _build_search_path(options: Mapping[str, str]) -> str:
    return "/search?" + urlencode(options)
