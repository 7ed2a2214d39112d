"""Look up your own group: headings, the national groups under them, and what has no values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.store import groups
from evidencehub.store.groups import CoverageCountRow, FacetRow, GroupRow
from evidencehub.store.latest_values import TopicRow, select_topics
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.country_groups import CountryGroups, group_by_country
from evidencehub.web.views.group_search import search_groups

MAX_QUERY_CHARS = 100  # letters of a search that are read


@dataclass(frozen=True, slots=True)
class FacetSection:
    """A heading with the groups that have evidence, by country."""

    facet: FacetRow
    countries: Sequence[CountryGroups[GroupRow]]

    @property
    def group_count(self) -> int:
        """Return how many groups there are."""
        return sum(len(country.groups) for country in self.countries)


@dataclass(frozen=True, slots=True)
class CoverageTable:
    """How many indicators have a value: a row for each heading, a column for each topic."""

    topics: Sequence[TopicRow]
    topics_without_values: Sequence[TopicRow]
    rows: Sequence[tuple[FacetRow, Sequence[int]]]


def build_context(request: PageRequest) -> Context:
    """Return the headings with the groups that have evidence, a search result, and the gaps."""
    facets, all_groups = groups.select_facets(request.db), groups.select_groups(request.db)
    listed = [group for group in all_groups if group.indicators or group.findings]
    query = request.options.get("q", "").strip()[:MAX_QUERY_CHARS]
    return {
        "query": query,
        "search_result": search_groups(query, facets, all_groups, groups.select_aliases(request.db))
        if query
        else None,
        "sections": [
            FacetSection(
                facet, group_by_country(group for group in listed if group.facet == facet.code)
            )
            for facet in facets
        ],
        "countries_without_facet": group_by_country(
            group for group in listed if group.facet is None
        ),
        "coverage": build_coverage_table(
            facets, select_topics(request.db), groups.select_coverage_counts(request.db)
        ),
    }


def build_coverage_table(
    facets: Sequence[FacetRow], topics: Sequence[TopicRow], counts: Sequence[CoverageCountRow]
) -> CoverageTable:
    """Return how many indicators have a value, by heading and topic."""
    indicators = {(row.facet, row.topic): row.indicators for row in counts}
    topics_with_values = {row.topic for row in counts}
    columns = [topic for topic in topics if topic.code in topics_with_values]
    return CoverageTable(
        topics=columns,
        topics_without_values=[topic for topic in topics if topic.code not in topics_with_values],
        rows=[
            (facet, [indicators.get((facet.code, topic.code), 0) for topic in columns])
            for facet in facets
        ],
    )
