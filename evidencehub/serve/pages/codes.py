"""The code lists, and for each one its codes, where they are used, where they may be carried to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.serve.pages.dataset import web
from evidencehub.serve.pages.page import Context, Visit, missing, path

MOST = 400  # codes, and links of each kind, on one page
TERMS = 100  # codes that search engines are told of
KINDS = ("ethnicity", "area", "dimension", "facet", "vocabulary")
TOTAL = "_T"
Row = dict[str, Any]

LISTS = """
select l.list, l.title, l.kind, l.authority, l.jurisdiction, l.language, l.valid_from, l.valid_to,
  (select count(*) from code as c where c.list = l.list) as codes,
  (
    select label from code as a
    where a.list = 'iso-3166'
      and a.code in (l.jurisdiction, 'GB-' || l.jurisdiction, substr(l.jurisdiction, 1, 2))
    order by length(a.code) desc, a.code limit 1
  ) as place
from code_list as l
left join dataset as d on d.dataset = l.dataset
where coalesce(d.synthetic, 0) = 0
order by l.jurisdiction is null, l.title, l.list
"""
ONE = """
select l.*, b.label as basis, b.definition as basis_says, d.title as dataset_title,
  coalesce(d.synthetic, 0) as synthetic,
  (select count(*) from code as c where c.list = l.list) as codes,
  (
    select label from code as a
    where a.list = 'iso-3166'
      and a.code in (l.jurisdiction, 'GB-' || l.jurisdiction, substr(l.jurisdiction, 1, 2))
    order by length(a.code) desc, a.code limit 1
  ) as place
from code_list as l
left join code as b on b.list = 'counting-basis' and b.code = l.counting_basis
left join dataset as d on d.dataset = l.dataset
where l.list = :list
order by l.list
"""
CODES = """
select c.code, c.label, c.prose, c.language, c.parent, c.level, c.residual, c.definition,
  c.valid_from, c.valid_to, c.note,
  (
    select group_concat(alias, ', ')
    from (select alias from alias where list = c.list and code = c.code order by alias)
  ) as aliases
from code as c
where c.list = :list
order by coalesce(c.sort_order, 1000000), c.code
limit :most
"""
FACETS = """
select x.from_code, x.to_code, x.relation, x.note, c.label, c.language
from crosswalk as x
left join code as c on c.list = x.to_scheme and c.code = x.to_code
where x.from_scheme = :list and x.to_scheme = 'hub-facet'
order by x.from_code, x.to_code
"""
CONVERSIONS = """
select v.from_scheme, v.to_scheme, v.verdict, v.reasons, l.title, l.language,
  v.from_scheme = :list as onward
from conversion as v
join code_list as l on l.list = iif(v.from_scheme = :list, v.to_scheme, v.from_scheme)
left join dataset as d on d.dataset = l.dataset
where (v.from_scheme = :list or v.to_scheme = :list) and v.to_scheme <> 'hub-facet'
  and coalesce(d.synthetic, 0) = 0
order by onward desc, l.title, l.list
"""
_USED = """
select i.indicator, i.title, d.dataset, d.title as dataset_title, d.language,
  {figures} as figures
from {held}
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
where {where} and (d.synthetic = 0 or :synthetic = 1)
group by d.dataset, i.indicator
order by d.title, d.dataset, i.title, i.indicator
limit :most
"""
_HELD = {"figures": "sum(o.figures)", "held": "held as o"}
USED = {
    "ethnicity": _USED.format(**_HELD, where="o.scheme = :list"),
    "area": _USED.format(**_HELD, where="o.area in (select area from area where list = :list)"),
    "dimension": _USED.format(
        figures="count(*)",
        held="observation as o",
        where="o.other in (select other from other where list = :list)",
    ),
}
PLACES = """
select code, area from area
where list = :list
  and (
    area in (select h.area from held as h join dataset as d using (dataset) where d.synthetic = 0)
    or area in (
      select f.area from finding as f join dataset as d using (dataset) where d.synthetic = 0
    )
    or exists (
      select 1 from code_list as l join dataset as d using (dataset)
      where l.list = area.list and d.synthetic = 1
    )
  )
order by code
"""


def listed(visit: Visit) -> Context:
    """Every list, the classifications of ethnicity first."""
    rows = visit.ask.named(LISTS)
    return {
        "kinds": [
            {"kind": kind, "lists": [row for row in rows if row["kind"] == kind]} for kind in KINDS
        ],
        "count": len(rows),
    }


def context(visit: Visit) -> Context:
    """One list: what it is, its codes in their order, where it is used, where it leads."""
    bound = {"list": visit.place["id"]}
    row = visit.ask.one(ONE, bound)
    if row is None:
        raise missing("code list")
    facets = visit.ask.named(FACETS, bound)
    links = _links(visit, row)
    codes = ordered(visit.ask.named(CODES, {**bound, "most": MOST}))
    for code in codes:
        code["link"] = links.get(code["code"], "")
        code["facets"] = [one for one in facets if one["from_code"] == code["code"]]
    conversions = visit.ask.named(CONVERSIONS, bound)
    return {
        "row": row,
        "source": web(row["source_url"]),
        "codes": codes,
        "cut": row["codes"] > len(codes),
        "has": {
            **{
                name: any(code[name] for code in codes)
                for name in ("definition", "aliases", "facets", "note")
            },
            "dates": any(
                (code["valid_from"], code["valid_to"])
                not in ((None, None), (row["valid_from"], row["valid_to"]))
                for code in codes
            ),
        },
        "labels": {code["code"]: code["label"] for code in codes},
        "conversions": conversions,
        "used": _used(visit, row),
        "structured": _structured(visit, row, codes),
    }


def ordered(codes: Iterable[Row]) -> list[Row]:
    """Codes so that each stands under its parent, with its depth; the order is kept otherwise.

    Codes whose parents are not among them stand at the top.
    """
    rows = list(codes)
    known = {row["code"] for row in rows}
    below: dict[str, list[Row]] = {}
    for row in rows:
        parent = row["parent"] if row["parent"] in known else ""
        below.setdefault(parent or "", []).append(row)
    found: list[Row] = []
    waiting = [(row, 0) for row in reversed(below.get("", []))]
    while waiting:
        row, depth = waiting.pop()
        found.append({**row, "depth": depth})
        waiting += [(child, depth + 1) for child in reversed(below.get(row["code"], []))]
    return found


def _links(visit: Visit, row: Mapping[str, Any]) -> dict[str, str]:
    """The page of each code that has one."""
    name = row["list"]
    codes = [
        code for (code,) in visit.ask("select code from code where list = ? order by 1", [name])
    ]
    if row["kind"] == "ethnicity":
        return {code: path("groups", name, code) for code in codes if code != TOTAL}
    if row["kind"] == "facet":
        return {code: path("groups", code) for code in codes}
    if name in ("topic", "workstream"):
        return {code: path("topics", code) for code in codes}
    if row["kind"] == "area":
        found = visit.ask(PLACES, {"list": name})
        return {code: path("places", area) for code, area in found}
    return {}


def _used(visit: Visit, row: Mapping[str, Any]) -> list[Row]:
    """The datasets with figures that name codes of the list, each with its indicators."""
    sql = USED.get(row["kind"])
    if sql is None:
        return []
    bound = {"list": row["list"], "most": MOST, "synthetic": row["synthetic"]}
    found: dict[str, Row] = {}
    for one in visit.ask.named(sql, bound):
        dataset = found.setdefault(one["dataset"], {**one, "indicators": []})
        dataset["indicators"].append(one)
    return list(found.values())


def _structured(visit: Visit, row: Mapping[str, Any], codes: Iterable[Row]) -> Row:
    """The list in the words of schema.org."""
    here = visit.home + path("codes", row["list"])
    terms = [
        {
            "@type": "DefinedTerm",
            "termCode": code["code"],
            "name": code["label"],
            "inLanguage": code["language"],
            **({"description": code["definition"]} if code["definition"] else {}),
        }
        for code in list(codes)[:TERMS]
    ]
    return {
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": here,
        "url": here,
        "name": row["title"],
        "inLanguage": row["language"],
        **({"creator": row["authority"]} if row["authority"] else {}),
        "hasDefinedTerm": terms,
    }
