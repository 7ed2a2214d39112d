"""The search of the site: the results of a query, and the filters that narrow them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from evidencehub.domain.page_addresses import build_item_path, build_path
from evidencehub.http.problem_details import HttpError, RequestProblem
from evidencehub.store import search as search_store
from evidencehub.store.search_matches import SearchMatches, match_pages
from evidencehub.store.search_ranking import RankedPage
from evidencehub.store.search_terms import RunQuery, Term, find_collective_term
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.gap_strips import build_list_plot, list_markers, load_gap_strips

RESULTS_PER_PAGE = 20
MAX_FILTER_CHOICES = 8  # of a filter but the kinds, the most frequent first
FILTERS = ("kind", "topic", "place")
KIND_ORDER = (
    *("list", "dataset", "group", "finding", "indicator", "organisation"),
    *("page", "place", "question", "recommendation", "source", "topic", "workstream"),
)
"""Every kind of item, in the order of the filter where as many pages have them."""
OPTION_NAMES = ("q", *FILTERS, "page")
"""Every option of the page, as in its address."""

_POSITIVE_INTEGER = re.compile(r"[1-9][0-9]{0,5}")
_HIGHLIGHT = re.compile("(\x02[^\x03]*\x03)")


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A filter as a link, which removes a selected one; those of kinds have no label."""

    value: str
    label: str
    count: int
    is_selected: bool
    url: str


FacetsByPage = Mapping[int, frozenset[tuple[str, str]]]
FilterLabels = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class SearchSelection:
    """The matches of a query, the filters that were chosen, and what each page can be chosen by."""

    query: str
    matches: SearchMatches
    selected: Mapping[str, str]
    facets: FacetsByPage

    def filter_pages(self, selected: Mapping[str, str]) -> list[RankedPage]:
        """Return the pages that pass the filters, the best first."""
        return [
            page
            for page in self.matches.ranked_pages
            if selected.items() <= set(self.facets[page.page_rowid])
        ]


def build_context(request: PageRequest) -> Context:
    """Return the page of a search, with the gaps of the indicators among its results."""
    context = build_search_context(request.db, request.options)
    paths = {row["id"]: row["url"] for row in context["results"] if row["kind"] == "indicator"}
    strips = load_gap_strips(request.db, paths)
    return {
        **context,
        "has_search_of_its_own": True,
        "gap_strips": {paths[name]: strip for name, strip in strips.items()},
        "list_plot": build_list_plot(request.language),
        "list_markers": list_markers(strips),
    }


def build_search_context(run_query: RunQuery, options: Mapping[str, str]) -> Context:
    """Return what templates/search.html shows for the options q, kind, topic, place and page.

    Raise HttpError (400) for a kind, topic, place or page that does not exist.
    """
    selection = select_pages(run_query, options)
    query, matches = selection.query, selection.matches
    pages = selection.filter_pages(selection.selected)
    page_number, page_count = _parse_page(options.get("page", "1"), len(pages))
    start = (page_number - 1) * RESULTS_PER_PAGE
    return {
        "title": query,
        "search_query": query,
        "total": len(pages),
        "unfiltered_total": len(matches.ranked_pages),
        "first_position": start + 1,
        "results": _build_results(
            run_query, pages[start : start + RESULTS_PER_PAGE], matches.terms
        ),
        "corrections": [row for row in matches.corrections if row.is_misspelt],
        "synonyms": [row for row in matches.corrections if not row.is_misspelt],
        "missing_words": matches.missing_words,
        "is_partial": matches.is_partial,
        "collective_term": find_collective_term(query),
        "is_filtered": bool(selection.selected),
        "filters": _build_filters(run_query, selection),
        "unfiltered_path": _build_search_path({"q": query}),
        "page_number": page_number,
        "page_count": page_count,
        "previous_path": _build_page_path(selection, page_number - 1, page_count),
        "next_path": _build_page_path(selection, page_number + 1, page_count),
        "suggestions": {} if pages else _load_suggestions(run_query),
    }


def select_pages(run_query: RunQuery, options: Mapping[str, str]) -> SearchSelection:
    """Return the pages that match; raise HttpError (400) for a filter that does not exist."""
    query = options.get("q", "").encode("utf-8", "replace").decode().strip()
    matches = match_pages(run_query, query)
    selected = {name: options[name] for name in FILTERS if options.get(name)}
    _check_filters(run_query, selected)
    return SearchSelection(query, matches, selected, _load_facets(run_query, matches.ranked_pages))


def _load_facets(run_query: RunQuery, ranked_pages: Sequence[RankedPage]) -> FacetsByPage:
    """Return the kind, the topics and the places of each page."""
    facets = {page.page_rowid: {("kind", page.kind)} for page in ranked_pages}
    for page, facet, code in search_store.select_page_facets(run_query, facets):
        facets[page].add((facet, code))
    return {page: frozenset(page_facets) for page, page_facets in facets.items()}


def _check_filters(run_query: RunQuery, selected: Mapping[str, str]) -> None:
    """Refuse a value that no filter has."""
    codes = {name: [value] for name, value in selected.items()}
    valid_choices = set(search_store.select_filter_labels(run_query, codes))
    valid_choices |= {("kind", kind) for kind in KIND_ORDER}
    problems = [
        RequestProblem("bad-value", f"There is no {name} “{value[:60]}” to search in.", name)
        for name, value in selected.items()
        if (name, value) not in valid_choices
    ]
    if problems:
        raise HttpError(400, problems)


def _parse_page(text: str, total: int) -> tuple[int, int]:
    """Return the number of the page that is asked for, and that of the last one."""
    page_count = max(1, -(-total // RESULTS_PER_PAGE))
    if not _POSITIVE_INTEGER.fullmatch(text) or int(text) > page_count:
        message = (
            f"“page” is a whole number, 1 to {page_count} for this search; it is “{text[:60]}”."
        )
        raise HttpError(400, [RequestProblem("bad-value", message, "page")])
    return int(text), page_count


def _build_results(
    run_query: RunQuery, ranked_pages: Sequence[RankedPage], terms: Sequence[Term]
) -> list[Context]:
    """Return the pages as they are listed.

    `title` is empty for a page of the site, whose title the template translates. `snippet_parts`
    is a line of its text in parts: each with whether it was looked for.
    """
    rowids = [page.page_rowid for page in ranked_pages]
    snippets = search_store.select_snippets(run_query, rowids, terms) if rowids else {}
    return [
        {
            "kind": page.kind,
            "id": page.id,
            "title": "" if page.kind == "page" else page.title,
            "url": build_item_path(page.kind, page.id),
            "snippet_parts": _split_highlights(snippets[page.page_rowid].text),
            "context": snippets[page.page_rowid].context,
        }
        for page in ranked_pages
    ]


def _split_highlights(text: str) -> list[tuple[str, bool]]:
    """Return a snippet in parts: each with whether it was looked for."""
    parts = [part for part in _HIGHLIGHT.split(text) if part]
    return [(part.strip("\x02\x03"), part.startswith("\x02")) for part in parts]


def _build_filters(
    run_query: RunQuery, selection: SearchSelection
) -> dict[str, list[FilterChoice]]:
    """Return the filters that have a choice; each counts what the other filters leave."""
    counts = {name: _count_choices(selection, name) for name in FILTERS}
    labels = search_store.select_filter_labels(run_query, counts)
    return {
        name: _build_choices(selection, name, counts[name], labels)
        for name in FILTERS
        if len(counts[name]) > 1 or name in selection.selected
    }


def _count_choices(selection: SearchSelection, name: str) -> Counter[str]:
    """Return how many pages each choice of a filter would leave; the selected one is there."""
    counts = Counter(
        code
        for page in selection.filter_pages(_drop_filter(selection.selected, name))
        for facet, code in selection.facets[page.page_rowid]
        if facet == name
    )
    if name in selection.selected:
        counts.setdefault(selection.selected[name], 0)
    return counts


def _build_choices(
    selection: SearchSelection, name: str, counts: Mapping[str, int], labels: FilterLabels
) -> list[FilterChoice]:
    """Return the most frequent choices of a filter, and the selected one."""
    selected_value = selection.selected.get(name)
    if name == "kind":
        values = sorted(counts, key=lambda kind: (-counts[kind], KIND_ORDER.index(kind)))
    else:
        values = sorted(counts, key=lambda code: (-counts[code], labels[name, code]))
        hidden_values = values[MAX_FILTER_CHOICES:]
        values = values[:MAX_FILTER_CHOICES]
        if selected_value in hidden_values:
            values[-1] = str(selected_value)
    other_options = {"q": selection.query, **_drop_filter(selection.selected, name)}
    return [
        FilterChoice(
            value,
            labels.get((name, value), ""),
            counts[value],
            value == selected_value,
            _build_search_path(
                other_options if value == selected_value else {**other_options, name: value}
            ),
        )
        for value in values
    ]


def _drop_filter(selected: Mapping[str, str], name: str) -> dict[str, str]:
    return {other: value for other, value in selected.items() if other != name}


def _load_suggestions(run_query: RunQuery) -> dict[str, list[tuple[str, str]]]:
    """Return where to go on without a result: paths and titles."""
    rows = {
        "topics": search_store.select_suggested_topics(run_query),
        "indicators": search_store.select_suggested_indicators(run_query),
        "groups": search_store.select_suggested_groups(run_query),
    }
    return {
        folder: [(build_path(folder, row.code), row.label) for row in suggestions]
        for folder, suggestions in rows.items()
    }


def _build_page_path(selection: SearchSelection, page_number: int, page_count: int) -> str:
    """Return the path of a page of results; empty where there is none."""
    if not 1 <= page_number <= page_count:
        return ""
    return _build_search_path(
        {"q": selection.query, **selection.selected, "page": str(page_number)}
    )


def _build_search_path(options: Mapping[str, str]) -> str:
    return "/search?" + urlencode(options)
