"""Everything that is known about one group: a navigation facet, or a group of one scheme."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from evidencehub.domain.status import is_secondary_source
from evidencehub.store import latest_values
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.pages import group_lookup
from evidencehub.web.views import helplines

MAX_GROUPS_IN_API_LINK = 60  # groups in the address of a question to the API
Row = dict[str, Any]

FACETS_SQL = """
select code, label, coalesce(short_label, label) as short_label, definition, language, parent
from code where list = 'hub-facet' order by sort_order, code
"""
FACET_MEMBERS_SQL = """
select
  c.list as scheme, c.code, c.label, c.language, l.title as scheme_title,
  substr(l.jurisdiction, 1, 2) as country, n.label as country_label, x.to_code as facet,
  x.relation, p.label as parent_label
from json_each(:facets) as j
join crosswalk as x on x.to_scheme = 'hub-facet' and x.to_code = j.value
join code as c on c.list = x.from_scheme and c.code = x.from_code
join code_list as l on l.list = c.list
left join dataset as d on d.dataset = l.dataset
left join code as p on p.list = c.list and p.code = c.parent
left join area as n on n.area = substr(l.jurisdiction, 1, 2)
where coalesce(d.synthetic, 0) = 0
order by n.label, l.title, l.list, c.sort_order, c.code
"""
GROUP_FINDINGS_SQL = """
select
  f.finding, f.title, f.statement, f.verification, max(g.role = 'affected') as affected
from json_each(:groups) as j
join finding_group as g on g.scheme = j.value ->> 0 and g.ethnicity = j.value ->> 1
join finding as f on f.finding = g.finding and f.superseded_by is null
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
group by f.finding
order by f.published desc, f.finding
"""
GROUP_SQL = """
select
  c.list as scheme, c.code, c.label, c.short_label, c.language, c.definition, c.note, c.level,
  c.residual, c.parent, l.title as scheme_title, l.note as scheme_note, l.valid_from, l.valid_to,
  l.counting_basis, b.definition as counting, l.jurisdiction, n.label as country_label,
  q.label as part_label,
  x.to_code as facet, x.relation, f.label as facet_label
from code as c
join code_list as l on l.list = c.list and l.kind = 'ethnicity'
left join code as b on b.list = 'counting-basis' and b.code = l.counting_basis
left join area as n on n.area = substr(l.jurisdiction, 1, 2)
left join code as q on q.list = 'iso-3166' and q.code = l.jurisdiction and length(q.code) > 2
left join crosswalk as x on x.from_scheme = c.list and x.from_code = c.code
  and x.to_scheme = 'hub-facet'
left join code as f on f.list = 'hub-facet' and f.code = x.to_code
where c.list = :scheme and c.code = :code
order by x.to_code
"""
PARENT_AND_CHILDREN_SQL = """
select code, label, language, 'parent' as kin from code where list = :scheme and code = :parent
union all
select code, label, language, 'child' from (
  select code, label, language from code where list = :scheme and parent = :code
  order by sort_order, code
)
"""
ALIASES_SQL = "select alias from alias where list = :scheme and code = :code order by alias"
CROSSWALK_RELATIONS_SQL = """
select x.relation, 0 as turned, l.list as scheme, l.title as scheme_title, c.code, c.label,
  c.language, x.note
from crosswalk as x
join code_list as l on l.list = x.to_scheme and l.kind = 'ethnicity'
left join dataset as d on d.dataset = l.dataset
left join code as c on c.list = x.to_scheme and c.code = x.to_code
where x.from_scheme = :scheme and x.from_code = :code and coalesce(d.synthetic, 0) = 0
union all
select x.relation, 1, l.list, l.title, c.code, c.label, c.language, x.note
from crosswalk as x
join code_list as l on l.list = x.from_scheme and l.kind = 'ethnicity'
left join dataset as d on d.dataset = l.dataset
join code as c on c.list = x.from_scheme and c.code = x.from_code
where x.to_scheme = :scheme and x.to_code = :code and coalesce(d.synthetic, 0) = 0
order by 4, 2, 6
limit 60
"""
INVERSE_RELATIONS = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}


def build_facet_context(request: PageRequest) -> Context:
    """A facet: the national groups that it gathers, those of narrower facets among them."""
    code = request.path_params["code"]
    facets = {row["code"]: row for row in request.db.fetch_dicts(FACETS_SQL)}
    if code not in facets:
        raise create_not_found_error(f"heading “{code}” of ethnic groups")
    facet_row = facets[code]
    children = [row for row in facets.values() if row["parent"] == code]
    facet_codes = [code, *(row["code"] for row in children)]
    members = request.db.fetch_dicts(FACET_MEMBERS_SQL, {"facets": json.dumps(facet_codes)})
    keys = [(row["scheme"], row["code"]) for row in members]
    evidence_context = build_evidence_context(request, keys)
    for row in members:
        row["indicators"] = evidence_context["held"].get((row["scheme"], row["code"]), 0)
        row["narrower"] = facets[row["facet"]] if row["facet"] != code else None
    label = facet_row["label"]
    return {
        **evidence_context,
        "structured": {
            "@context": "https://schema.org",
            "@type": "DefinedTerm",
            "name": label,
            "description": facet_row["definition"],
            "termCode": code,
            "url": request.base_url + build_path("groups", code),
        },
        "kind_of": "facet",
        "group": facet_row,
        "parent": facets.get(facet_row["parent"]),
        "children": children,
        "countries": group_lookup.group_by_country(members),
        "members": members,
        "silent": sum(1 for row in members if not row["indicators"]),
    }


def build_group_context(request: PageRequest) -> Context:
    """A group of one scheme, as its source names it."""
    params = {"scheme": request.path_params["id"], "code": request.path_params["code"]}
    group_rows = request.db.fetch_dicts(GROUP_SQL, params)
    if not group_rows:
        raise create_not_found_error(
            f"group “{params['code']}” of a classification “{params['scheme']}”"
        )
    group = group_rows[0]
    related_codes = request.db.fetch_dicts(
        PARENT_AND_CHILDREN_SQL, {**params, "parent": group["parent"]}
    )
    label = group["label"]
    return {
        **build_evidence_context(request, [(group["scheme"], group["code"])]),
        "structured": {
            "@context": "https://schema.org",
            "@type": "DefinedTerm",
            "name": label,
            "termCode": group["code"],
            "inDefinedTermSet": request.base_url + build_path("codes", group["scheme"]),
            "url": request.base_url + build_path("groups", group["scheme"], group["code"]),
        },
        "kind_of": "native",
        "group": group,
        "facets": [row for row in group_rows if row["facet"]],
        "kin": {
            "parent": [row for row in related_codes if row["kin"] == "parent"],
            "children": [row for row in related_codes if row["kin"] == "child"],
        },
        "aliases": [
            alias
            for (alias,) in request.db(ALIASES_SQL, params)
            if alias.casefold() not in label.casefold()
        ],
        "relations": orient_relations(request.db.fetch_dicts(CROSSWALK_RELATIONS_SQL, params)),
    }


def build_evidence_context(request: PageRequest, keys: Sequence[tuple[str, str]]) -> Context:
    """What there is on some groups: figures by topic, findings, and what is not known."""
    coverage = latest_values.select_group_coverage(request.db, keys)
    latest_rows = latest_values.select_latest_by_group(
        request.db, latest_values.limit_areas(coverage)
    )
    sections, _ = latest_values.group_by_topic(request.db, latest_rows)
    indicators = {row["indicator"] for row in coverage if row["known"]}
    covered_topics = latest_values.select_topics(request.db, indicators)
    lines_dropped = latest_values.truncate_sections(sections)
    findings = request.db.fetch_dicts(
        GROUP_FINDINGS_SQL, {"groups": json.dumps([list(key) for key in keys])}
    )
    groups_with_rows = {(row["scheme"], row["ethnicity"]) for row in coverage}
    return {
        "sections": sections,
        "held": count_indicators(coverage),
        "figures": len(coverage),
        "indicators": len(indicators),
        "places": len({row["area"] for row in coverage if row["known"]}),
        "second_hand": any(
            is_secondary_source(latest_row["verification"]) for latest_row in latest_rows
        ),
        "unsure": any(
            latest_row["ratio"] is not None and latest_row["ratio_lower"] is None
            for latest_row in latest_rows
        ),
        "more": len(coverage) - len(latest_rows) + lines_dropped,
        "findings": [row for row in findings if row["affected"]],
        "compared": [row for row in findings if not row["affected"]],
        "unknown": latest_values.select_uncovered_topics(request.db, covered_topics),
        "support": helplines.select_helplines(request.site, sorted(covered_topics)),
        "api": sorted(f"{scheme}:{code}" for scheme, code in groups_with_rows)[
            :MAX_GROUPS_IN_API_LINK
        ],
    }


def count_indicators(coverage: Sequence[Row]) -> dict[tuple[str, str], int]:
    """How many indicators have a figure, by scheme and code of the group."""
    indicators_by_group: dict[tuple[str, str], set[str]] = {}
    for coverage_row in coverage:
        if coverage_row["known"]:
            key = (coverage_row["scheme"], coverage_row["ethnicity"])
            indicators_by_group.setdefault(key, set()).add(coverage_row["indicator"])
    return {key: len(indicators) for key, indicators in indicators_by_group.items()}


def orient_relations(rows: Sequence[Row]) -> list[Row]:
    """Relations as they read from one group: what is broader one way is narrower the other.

    What a crosswalk says in both directions stands once.
    """
    unique_relations: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        inverse = INVERSE_RELATIONS.get(row["relation"], row["relation"])
        relation = inverse if row["turned"] else row["relation"]
        unique_relations.setdefault(
            (row["scheme"], row["code"], relation), {**row, "relation": relation}
        )
    return list(unique_relations.values())
