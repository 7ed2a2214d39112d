"""The full-text search over everything."""

from __future__ import annotations

from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

_SNIPPET_SQL = "snippet(search, -1, '[', ']', ' … ', 24)"
_MATCHED = "excerpt with the matching words in square brackets"
_RANK = "relevance (BM25, title words weighted four times); lower is better"

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
        ResourceColumn("matched", _SNIPPET_SQL, "text", _MATCHED),
        ResourceColumn("rank", "rank", "number", _RANK),
    ),
    (
        Filter("q", "search match {}", "words to search for (required)", filter_type="text"),
        Filter("kind", "kind in {}", "of this kind", "search_kind"),
    ),
    required_filter="q",
    fixed_condition="rank match 'bm25(0, 0, 4.0, 1.0)'",
)
