"""Everything that is known about one group: a heading, or a group of one classification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from evidencehub.domain.page_addresses import build_path
from evidencehub.store import groups, latest_values
from evidencehub.store.coverage import select_country_grid
from evidencehub.store.groups import CrosswalkRelationRow, FacetMemberRow
from evidencehub.store.latest_values import SeriesCoverageRow
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.views import evidence_lines
from evidencehub.web.views.evidence_lines import EvidenceLine
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.structured_data import describe

MAX_GROUPS_IN_API_LINK = 60
FIRST_FINDINGS = 3  # told in full; further ones stand folded by their titles, to keep pages light
INVERSE_RELATIONS = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}

GroupKey = tuple[str, str]  # scheme and code


def build_facet_context(request: PageRequest) -> Context:
    """Return a heading: the national groups under it and under narrower ones.

    Raise HttpError (404) if there is no such heading.
    """
    code = request.path_params["code"]
    facets = {row.code: row for row in groups.select_facets(request.db)}
    if code not in facets:
        raise create_not_found_error(f"heading “{code}” of ethnic groups")
    facet = facets[code]
    children = [row for row in facets.values() if row.parent == code]
    rows = groups.select_facet_members(request.db, code)
    keys = [(row.scheme, row.code) for row in rows]
    coverage = latest_values.select_group_coverage(request.db, keys)
    return {
        **_build_evidence_context(request, keys, coverage, code),
        **_build_member_context(rows, count_indicators(coverage)),
        "title": facet.label,
        "structured_data": describe(
            "DefinedTerm",
            name=facet.label,
            termCode=code,
            url=request.base_url + build_path("groups", code),
            description=facet.definition,
        ),
        "preferred_terms": groups.select_preferred_terms(request.db, "hub-facet", code),
        "is_facet": True,
        "group": facet,
        "facets_by_code": facets,
        "parent_facet": facets.get(facet.parent or ""),
        "narrower_facets": children,
    }


def _build_member_context(
    rows: Sequence[FacetMemberRow], indicator_counts: Mapping[GroupKey, int]
) -> Context:
    """Return the members of a heading with values, and those without, by country."""
    members = group_rows(rows, lambda row: (row.scheme, row.code) in indicator_counts)
    return {
        "has_members": bool(rows),
        "indicator_counts": indicator_counts,
        "members_with_values": _group_by_country(members[True]),
        "members_without_values": _group_by_country(members[False]),
        "member_count_without_values": len(members[False]),
    }


def _group_by_country(rows: Iterable[FacetMemberRow]) -> dict[str, list[FacetMemberRow]]:
    return group_rows(rows, lambda row: row.country_label or "")


def build_group_context(request: PageRequest) -> Context:
    """Return a group of one classification, as its source names it.

    Raise HttpError (404) if there is no such group.
    """
    scheme, code = request.path_params["id"], request.path_params["code"]
    rows = groups.select_group_details(request.db, scheme, code)
    if not rows:
        raise create_not_found_error(f"group “{code}” of a classification “{scheme}”")
    group = rows[0]
    coverage = latest_values.select_group_coverage(request.db, [(scheme, code)])
    return {
        **_build_evidence_context(request, [(scheme, code)], coverage, group.facet),
        "title": f"{group.label}, {group.scheme_title}",
        "structured_data": describe(
            "DefinedTerm",
            name=group.label,
            termCode=group.code,
            url=request.base_url + build_path("groups", group.scheme, group.code),
            inDefinedTermSet=request.base_url + build_path("codes", group.scheme),
        ),
        "preferred_terms": groups.select_preferred_terms(request.db, scheme, code),
        "is_facet": False,
        "group": group,
        "facets": [row for row in rows if row.facet],
        "parents": groups.select_group_parent(request.db, scheme, group.parent),
        "children": groups.select_group_children(request.db, scheme, code),
        "aliases": [
            alias
            for alias in groups.select_group_aliases(request.db, scheme, code)
            if alias.casefold() not in group.label.casefold()
        ],
        "relations": orient_relations(groups.select_crosswalk_relations(request.db, scheme, code)),
    }


def _build_evidence_context(
    request: PageRequest,
    keys: Sequence[GroupKey],
    coverage: Sequence[SeriesCoverageRow],
    facet: str | None,
) -> Context:
    """Return what there is on some groups: values by topic, findings, and what is not known.

    What was looked for is known by heading: `facet` is that of the groups, if they have one.
    """
    rows = latest_values.select_latest_by_group(request.db, evidence_lines.limit_areas(coverage))
    lines = [evidence_lines.build_evidence_line(row) for row in rows]
    findings = group_rows(
        groups.select_group_findings(request.db, keys), lambda row: bool(row.is_affected)
    )
    about_group = group_rows(findings[True], lambda row: bool(row.goes_well))
    with_values = [row for row in coverage if row.has_value]
    indicators = {row.indicator for row in with_values}
    searched = select_country_grid(request.db, facet) if facet else ()
    topics = evidence_lines.build_topic_context(
        request, lines, _get_indicator, indicators, searched
    )
    return {
        **topics,
        "lines_not_shown": len(coverage) - len(lines) + topics["lines_not_shown"],
        "coverage_count": len(coverage),
        "indicators": len(indicators),
        "places": len({row.area for row in with_values}),
        "list_markers": {line.plot.marker for line in lines if line.plot},
        "has_ratio_without_interval": any(line.gap.lacks_ratio_interval for line in lines),
        "finding_count": len(findings[True]),
        "findings": about_group[False],
        "findings_that_go_well": about_group[True],
        "first_findings": FIRST_FINDINGS,
        "findings_as_comparison": findings[False],
        "api_query": _build_api_query(coverage),
    }


def _get_indicator(line: EvidenceLine) -> str:
    return line.row.indicator


def _build_api_query(coverage: Iterable[SeriesCoverageRow]) -> str:
    """Return the query of the API for the groups with observations, as many as an address holds."""
    keys = sorted({f"{row.scheme}:{row.ethnicity}" for row in coverage})[:MAX_GROUPS_IN_API_LINK]
    return urlencode([("ethnicity", key) for key in keys], safe=":")


def count_indicators(coverage: Iterable[SeriesCoverageRow]) -> dict[GroupKey, int]:
    """Return how many indicators have a value, by scheme and code of the group."""
    rows = [row for row in coverage if row.has_value]
    rows_by_group = group_rows(rows, lambda row: (row.scheme, row.ethnicity))
    return {key: len({row.indicator for row in rows}) for key, rows in rows_by_group.items()}


def orient_relations(rows: Iterable[CrosswalkRelationRow]) -> list[CrosswalkRelationRow]:
    """Return relations as they read from one group: broader one way is narrower the other.

    What a crosswalk says in both directions stands once.
    """
    relations: dict[tuple[Any, ...], CrosswalkRelationRow] = {}
    for row in rows:
        inverse = INVERSE_RELATIONS.get(row.relation, row.relation)
        oriented = replace(row, relation=inverse if row.is_reversed else row.relation)
        relations.setdefault((row.scheme, row.code, oriented.relation), oriented)
    return list(relations.values())
