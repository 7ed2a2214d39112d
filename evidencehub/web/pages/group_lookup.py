"""Look up your own group: headings, the national groups under them, and what has no values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from evidencehub.store import groups
from evidencehub.store.database import RowReader
from evidencehub.store.groups import FacetRow, GroupRow
from evidencehub.store.latest_values import select_topics
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.group_search import search_groups
from evidencehub.web.views.grouping import group_rows

MAX_QUERY_CHARS = 100  # letters of a search that are read


def build_context(request: PageRequest) -> Context:
    """Return the headings with the groups that have evidence, a search result, and the gaps."""
    facets, all_groups = groups.select_facets(request.db), groups.select_groups(request.db)
    listed = [group for group in all_groups if group.indicators or group.findings]
    query = request.options.get("q", "").strip()[:MAX_QUERY_CHARS]
    by_facet = group_rows(listed, lambda group: group.facet)
    return {
        "query": query,
        "search_result": search_groups(query, facets, all_groups, groups.select_aliases(request.db))
        if query
        else None,
        "sections": [
            (facet, _group_by_country(by_facet[facet.code]), len(by_facet[facet.code]))
            for facet in facets
        ],
        "countries_without_facet": _group_by_country(by_facet[None]),
        **_build_coverage(facets, request.db),
    }


def _group_by_country(rows: Iterable[GroupRow]) -> dict[str, list[GroupRow]]:
    return group_rows(rows, lambda row: row.country_label or "")


def _build_coverage(facets: Sequence[FacetRow], db: RowReader) -> Context:
    """Return how many indicators have a value: a row for each heading, a column for each topic."""
    counts = Counter(
        {(row.facet, row.topic): row.indicators for row in groups.select_coverage_counts(db)}
    )
    topics_with_values = {topic for _, topic in counts}
    topics = group_rows(select_topics(db), lambda topic: topic.code in topics_with_values)
    return {
        "topics": topics[True],
        "topics_without_values": topics[False],
        "facets": facets,
        "coverage": counts,
    }
