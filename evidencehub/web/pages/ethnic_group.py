"""Everything that is known about one group: a heading, or a group of one classification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidencehub.store import groups, latest_values
from evidencehub.store.groups import CrosswalkRelationRow, FacetMemberRow, GroupDetailRow
from evidencehub.store.latest_values import SeriesCoverageRow
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.views import evidence_lines, helplines
from evidencehub.web.views.evidence_lines import EvidenceLine
from evidencehub.web.views.grouping import group_rows

MAX_GROUPS_IN_API_LINK = 60
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
    rows = groups.select_facet_members(request.db, [code, *(row.code for row in children)])
    keys = [(row.scheme, row.code) for row in rows]
    coverage = latest_values.select_group_coverage(request.db, keys)
    return {
        **_build_evidence_context(request, keys, coverage),
        **_build_member_context(rows, count_indicators(coverage)),
        "title": facet.label,
        "structured_data": {
            **_describe_term(facet.label, code, request.base_url + build_path("groups", code)),
            "description": facet.definition,
        },
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
        **_build_evidence_context(request, [(scheme, code)], coverage),
        "title": f"{group.label}, {group.scheme_title}",
        "structured_data": _describe_group(request.base_url, group),
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


def _describe_term(label: str, code: str, address: str) -> dict[str, Any]:
    """Return a group or a heading as schema.org describes a term."""
    return {
        "@context": "https://schema.org",
        "@type": "DefinedTerm",
        "name": label,
        "termCode": code,
        "url": address,
    }


def _describe_group(base_url: str, group: GroupDetailRow) -> dict[str, Any]:
    address = base_url + build_path("groups", group.scheme, group.code)
    term = _describe_term(group.label, group.code, address)
    return {**term, "inDefinedTermSet": base_url + build_path("codes", group.scheme)}


def _build_evidence_context(
    request: PageRequest, keys: Sequence[GroupKey], coverage: Sequence[SeriesCoverageRow]
) -> Context:
    """Return what there is on some groups: values by topic, findings, and what is not known."""
    rows = latest_values.select_latest_by_group(request.db, evidence_lines.limit_areas(coverage))
    lines = [evidence_lines.build_evidence_line(row) for row in rows]
    sections, lines_not_shown = evidence_lines.truncate_sections(
        evidence_lines.group_by_topic(request.db, lines, _get_indicator)
    )
    with_values = [row for row in coverage if row.has_value]
    indicators = {row.indicator for row in with_values}
    covered_topics = evidence_lines.find_covered_topics(request.db, indicators)
    return {
        "sections": sections,
        "lines_not_shown": len(coverage) - len(lines) + lines_not_shown,
        "coverage_count": len(coverage),
        "indicators": len(indicators),
        "places": len({row.area for row in with_values}),
        "has_ratio_without_interval": any(line.gap.lacks_ratio_interval for line in lines),
        **_split_findings(groups.select_group_findings(request.db, keys)),
        "uncovered_topics": evidence_lines.select_uncovered_topics(request.db, covered_topics),
        "helplines": helplines.select_helplines(request.site, sorted(covered_topics)),
        "api_groups": _list_api_groups(coverage),
    }


def _split_findings(findings: Sequence[groups.GroupFindingRow]) -> Context:
    """Return the findings about some groups, and those that compare others with them."""
    return {
        "findings": [row for row in findings if row.is_affected],
        "findings_as_comparison": [row for row in findings if not row.is_affected],
    }


def _get_indicator(line: EvidenceLine) -> str:
    return line.row.indicator


def _list_api_groups(coverage: Iterable[SeriesCoverageRow]) -> list[str]:
    """Return the groups with observations as the API names them, as many as an address holds."""
    return sorted({f"{row.scheme}:{row.ethnicity}" for row in coverage})[:MAX_GROUPS_IN_API_LINK]


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
