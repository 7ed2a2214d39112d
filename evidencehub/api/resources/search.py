"""The full-text search over everything."""

from __future__ import annotations

from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

SEARCH = ApiResource(
    "search",
    "Full-text search of everything, best match first",
    "search",
    ("rank", "kind", "id"),
    (
        ResourceColumn(
            "kind", "kind", "text", "dataset, indicator, finding, recommendation or code"
        ),
        ResourceColumn("id", "id", "code", "id; list:code for a code"),
        ResourceColumn("title", "title", "text", "title or label"),
        ResourceColumn(
            "matched",
            "snippet(search, -1, '[', ']', ' … ', 24)",
            "text",
            "excerpt with the matching words in square brackets",
        ),
        ResourceColumn(
            "rank",
            "rank",
            "number",
            "relevance (BM25, title words weighted four times); lower is better",
        ),
    ),
    (
        Filter("q", "search match {}", "words to search for (required)", filter_type="text"),
        Filter("kind", "kind in {}", "of this kind", "search_kind"),
    ),
    datasette_table="search",
    required_filter="q",
    fixed_condition="rank match 'bm25(0, 0, 4.0, 1.0)'",
)
