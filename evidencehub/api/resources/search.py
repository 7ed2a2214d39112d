"""The full-text search over everything."""

from __future__ import annotations

from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

SEARCH = ApiResource(
    "search",
    "Everything by words, the best match first",
    "search",
    ("rank", "kind", "id"),
    (
        ResourceColumn(
            "kind", "kind", "text", "dataset, indicator, finding, recommendation or code"
        ),
        ResourceColumn("id", "id", "code", "its id; list:code for a code"),
        ResourceColumn("title", "title", "text", "its title or label"),
        ResourceColumn(
            "matched",
            "snippet(search, -1, '[', ']', ' … ', 24)",
            "text",
            "where the words were found, in square brackets",
        ),
        ResourceColumn("rank", "rank", "number", "lower is better (BM25, titles count four times)"),
    ),
    (
        Filter(
            "q",
            "search match {}",
            "words to look for; this parameter has to be given",
            filter_type="text",
        ),
        Filter("kind", "kind in {}", "only this kind of thing", "search_kind"),
    ),
    datasette_table="search",
    required_filter="q",
    fixed_condition="rank match 'bm25(0, 0, 4.0, 1.0)'",
)
