"""The search of the site: everything that has a page."""

from __future__ import annotations

from evidencehub.api import columns
from evidencehub.store.resource_model import SITE_URL_PLACEHOLDER, ApiResource, Filter

_SNIPPET_SQL = (
    "(select nullif(snippet(search_page, 5, '[', ']', ' … ', 24), '') from search_page"
    " where search_page match m.expression and search_page.rowid = m.page)"
)
_FACET_SQL = "m.page in (select page from search_facet where facet = '{}' and code in {{}})"

SEARCH = ApiResource(
    "search",
    "The search of the site: everything that has a page, best match first",
    "search_match as m",
    ("m.position",),
    columns.build(
        "m",
        ("position", "integer", "place in the list, from 1; the best match first"),
        ("kind", "text", "kind of the page: indicator, finding, group, place, source …"),
        (
            "id",
            "code",
            "id; scheme/code for a group of one classification, dataset/id for a source",
        ),
        ("title", "text", "title or label"),
        (
            *("context", "text", "dataset, classification or larger area that it belongs to"),
            "nullif(m.context, '')",
        ),
        ("url", "text", "address of its page", f"{SITE_URL_PLACEHOLDER} || m.path"),
        ("matched", "text", "excerpt with the matching words in square brackets", _SNIPPET_SQL),
        ("has_all_words", "boolean", "whether it has every word, or a word for it"),
        ("score", "number", "relevance; higher is better, and only within one answer"),
    ),
    (
        Filter("q", "m.query = {}", "words to search for (required)", filter_type="text"),
        Filter("kind", "m.kind in {}", "of this kind", "search_kind"),
        Filter("topic", _FACET_SQL.format("topic"), "in this topic", codelist="topic"),
        Filter("area", _FACET_SQL.format("place"), "about this country or area", "area"),
    ),
    required_filter="q",
)
