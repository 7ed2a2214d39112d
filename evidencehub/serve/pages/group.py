"""Everything that is known about one group: a navigation facet, or a group of one scheme."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from evidencehub.serve.pages import groups, latest, support
from evidencehub.serve.pages.page import Context, Visit, missing, path

ASKED = 60  # groups in the address of a question to the API
Row = dict[str, Any]

FACET_ROWS = """
select code, label, coalesce(short_label, label) as short_label, definition, language, parent
from code where list = 'hub-facet' order by sort_order, code
"""
MEMBERS = """
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
FINDINGS = """
select
  f.finding, f.title, f.statement, f.verification, max(g.role = 'affected') as affected
from json_each(:groups) as j
join finding_group as g on g.scheme = j.value ->> 0 and g.ethnicity = j.value ->> 1
join finding as f on f.finding = g.finding and f.superseded_by is null
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
group by f.finding
order by f.published desc, f.finding
"""
GROUP = """
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
KIN = """
select code, label, language, 'parent' as kin from code where list = :scheme and code = :parent
union all
select code, label, language, 'child' from (
  select code, label, language from code where list = :scheme and parent = :code
  order by sort_order, code
)
"""
NAMES = "select alias from alias where list = :scheme and code = :code order by alias"
RELATIONS = """
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
TURNED = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}


def facet(visit: Visit) -> Context:
    """A facet: the national groups that it gathers, those of narrower facets among them."""
    code = visit.place["code"]
    facets = {row["code"]: row for row in visit.ask.named(FACET_ROWS)}
    if code not in facets:
        raise missing(f"heading “{code}” of ethnic groups")
    own = facets[code]
    children = [row for row in facets.values() if row["parent"] == code]
    inside = [code, *(row["code"] for row in children)]
    members = visit.ask.named(MEMBERS, {"facets": json.dumps(inside)})
    keys = [(row["scheme"], row["code"]) for row in members]
    told = known(visit, keys)
    for row in members:
        row["indicators"] = told["held"].get((row["scheme"], row["code"]), 0)
        row["narrower"] = facets[row["facet"]] if row["facet"] != code else None
    label = own["label"]
    return {
        **told,
        "structured": {
            "@context": "https://schema.org",
            "@type": "DefinedTerm",
            "name": label,
            "description": own["definition"],
            "termCode": code,
            "url": visit.home + path("groups", code),
        },
        "kind_of": "facet",
        "group": own,
        "parent": facets.get(own["parent"]),
        "children": children,
        "countries": groups.countries(members),
        "members": members,
        "silent": sum(1 for row in members if not row["indicators"]),
    }


def native(visit: Visit) -> Context:
    """A group of one scheme, as its source names it."""
    place = {"scheme": visit.place["id"], "code": visit.place["code"]}
    found = visit.ask.named(GROUP, place)
    if not found:
        raise missing(f"group “{place['code']}” of a classification “{place['scheme']}”")
    own = found[0]
    kin = visit.ask.named(KIN, {**place, "parent": own["parent"]})
    label = own["label"]
    return {
        **known(visit, [(own["scheme"], own["code"])]),
        "structured": {
            "@context": "https://schema.org",
            "@type": "DefinedTerm",
            "name": label,
            "termCode": own["code"],
            "inDefinedTermSet": visit.home + path("codes", own["scheme"]),
            "url": visit.home + path("groups", own["scheme"], own["code"]),
        },
        "kind_of": "native",
        "group": own,
        "facets": [row for row in found if row["facet"]],
        "kin": {
            "parent": [row for row in kin if row["kin"] == "parent"],
            "children": [row for row in kin if row["kin"] == "child"],
        },
        "aliases": [
            alias
            for (alias,) in visit.ask(NAMES, place)
            if alias.casefold() not in label.casefold()
        ],
        "relations": relations(visit.ask.named(RELATIONS, place)),
    }


def known(visit: Visit, keys: Sequence[tuple[str, str]]) -> Context:
    """What there is on some groups: figures by topic, findings, and what is not known."""
    there = latest.held(visit.ask, keys)
    lines = latest.of_groups(visit.ask, latest.spread(there))
    sections, _ = latest.by_topic(visit.ask, lines)
    indicators = {row["indicator"] for row in there if row["known"]}
    covered = latest.topics(visit.ask, indicators)
    cut = latest.cut(sections)
    found = visit.ask.named(FINDINGS, {"groups": json.dumps([list(key) for key in keys])})
    asked = {(row["scheme"], row["ethnicity"]) for row in there}
    return {
        "sections": sections,
        "held": held(there),
        "figures": len(there),
        "indicators": len(indicators),
        "places": len({row["area"] for row in there if row["known"]}),
        "second_hand": any((line["verification"] or "").startswith("C3") for line in lines),
        "unsure": any(line["ratio"] is not None and line["ratio_lower"] is None for line in lines),
        "more": len(there) - len(lines) + cut,
        "findings": [row for row in found if row["affected"]],
        "compared": [row for row in found if not row["affected"]],
        "unknown": latest.not_known(visit.ask, covered),
        "support": support.lines(visit.site, sorted(covered)),
        "api": sorted(f"{scheme}:{code}" for scheme, code in asked)[:ASKED],
    }


def held(lines: Sequence[Row]) -> dict[tuple[str, str], int]:
    """How many indicators have a figure, by scheme and code of the group."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        if line["known"]:
            key = (line["scheme"], line["ethnicity"])
            found.setdefault(key, set()).add(line["indicator"])
    return {key: len(indicators) for key, indicators in found.items()}


def relations(rows: Sequence[Row]) -> list[Row]:
    """Relations as they read from one group: what is broader one way is narrower the other.

    What a crosswalk says in both directions stands once.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        turned = TURNED.get(row["relation"], row["relation"])
        told = turned if row["turned"] else row["relation"]
        found.setdefault((row["scheme"], row["code"], told), {**row, "relation": told})
    return list(found.values())
