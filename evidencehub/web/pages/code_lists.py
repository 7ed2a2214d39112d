"""The code lists, and for each one its codes, where they are used, where they may be carried to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.domain.status import TOTAL
from evidencehub.web.addresses import build_path, keep_web_url
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error

MAX_CODES_SHOWN = 400  # codes, and links of each kind, on one page
MAX_STRUCTURED_TERMS = 100  # codes that search engines are told of
LIST_KINDS = ("ethnicity", "area", "dimension", "facet", "vocabulary")
Row = dict[str, Any]

CODE_LISTS_SQL = """
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
CODE_LIST_SQL = """
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
CODES_OF_LIST_SQL = """
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
FACET_MAPPINGS_SQL = """
select x.from_code, x.to_code, x.relation, x.note, c.label, c.language
from crosswalk as x
left join code as c on c.list = x.to_scheme and c.code = x.to_code
where x.from_scheme = :list and x.to_scheme = 'hub-facet'
order by x.from_code, x.to_code
"""
CONVERSIONS_SQL = """
select v.from_scheme, v.to_scheme, v.verdict, v.reasons, l.title, l.language,
  v.from_scheme = :list as onward
from conversion as v
join code_list as l on l.list = iif(v.from_scheme = :list, v.to_scheme, v.from_scheme)
left join dataset as d on d.dataset = l.dataset
where (v.from_scheme = :list or v.to_scheme = :list) and v.to_scheme <> 'hub-facet'
  and coalesce(d.synthetic, 0) = 0
order by onward desc, l.title, l.list
"""
_DATASETS_USING_LIST_SQL = """
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
_FROM_SUMMARY_TABLE = {"figures": "sum(o.figures)", "held": "held as o"}
USAGE_SQL_BY_KIND = {
    "ethnicity": _DATASETS_USING_LIST_SQL.format(**_FROM_SUMMARY_TABLE, where="o.scheme = :list"),
    "area": _DATASETS_USING_LIST_SQL.format(
        **_FROM_SUMMARY_TABLE, where="o.area in (select area from area where list = :list)"
    ),
    "dimension": _DATASETS_USING_LIST_SQL.format(
        figures="count(*)",
        held="observation as o",
        where="o.other in (select other from other where list = :list)",
    ),
}
AREAS_WITH_EVIDENCE_SQL = """
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


def build_list_context(request: PageRequest) -> Context:
    """Every list, the classifications of ethnicity first."""
    rows = request.db.fetch_dicts(CODE_LISTS_SQL)
    return {
        "kinds": [
            {"kind": kind, "lists": [row for row in rows if row["kind"] == kind]}
            for kind in LIST_KINDS
        ],
        "count": len(rows),
    }


def build_context(request: PageRequest) -> Context:
    """One list: what it is, its codes in their order, where it is used, where it leads."""
    params = {"list": request.path_params["id"]}
    code_list = request.db.fetch_first(CODE_LIST_SQL, params)
    if code_list is None:
        raise create_not_found_error("code list")
    facets = request.db.fetch_dicts(FACET_MAPPINGS_SQL, params)
    code_paths = _build_code_paths(request, code_list)
    codes = order_by_hierarchy(
        request.db.fetch_dicts(CODES_OF_LIST_SQL, {**params, "most": MAX_CODES_SHOWN})
    )
    for code in codes:
        code["link"] = code_paths.get(code["code"], "")
        code["facets"] = [mapping for mapping in facets if mapping["from_code"] == code["code"]]
    conversions = request.db.fetch_dicts(CONVERSIONS_SQL, params)
    return {
        "row": code_list,
        "source": keep_web_url(code_list["source_url"]),
        "codes": codes,
        "cut": code_list["codes"] > len(codes),
        "has": {
            **{
                name: any(code[name] for code in codes)
                for name in ("definition", "aliases", "facets", "note")
            },
            "dates": any(
                (code["valid_from"], code["valid_to"])
                not in ((None, None), (code_list["valid_from"], code_list["valid_to"]))
                for code in codes
            ),
        },
        "labels": {code["code"]: code["label"] for code in codes},
        "conversions": conversions,
        "used": _select_datasets_using_list(request, code_list),
        "structured": _build_structured_data(request, code_list, codes),
    }


def order_by_hierarchy(codes: Iterable[Row]) -> list[Row]:
    """Codes so that each stands under its parent, with its depth; the order is kept otherwise.

    Codes whose parents are not among them stand at the top.
    """
    rows = list(codes)
    codes_in_list = {row["code"] for row in rows}
    children_by_parent: dict[str, list[Row]] = {}
    for row in rows:
        parent = row["parent"] if row["parent"] in codes_in_list else ""
        children_by_parent.setdefault(parent or "", []).append(row)
    ordered_codes: list[Row] = []
    stack = [(row, 0) for row in reversed(children_by_parent.get("", []))]
    while stack:
        row, depth = stack.pop()
        ordered_codes.append({**row, "depth": depth})
        stack += [(child, depth + 1) for child in reversed(children_by_parent.get(row["code"], []))]
    return ordered_codes


def _build_code_paths(request: PageRequest, code_list: Mapping[str, Any]) -> dict[str, str]:
    """The page of each code that has one."""
    name = code_list["list"]
    codes = [
        code for (code,) in request.db("select code from code where list = ? order by 1", [name])
    ]
    if code_list["kind"] == "ethnicity":
        return {code: build_path("groups", name, code) for code in codes if code != TOTAL}
    if code_list["kind"] == "facet":
        return {code: build_path("groups", code) for code in codes}
    if name in ("topic", "workstream"):
        return {code: build_path("topics", code) for code in codes}
    if code_list["kind"] == "area":
        area_codes = request.db(AREAS_WITH_EVIDENCE_SQL, {"list": name})
        return {code: build_path("places", area) for code, area in area_codes}
    return {}


def _select_datasets_using_list(request: PageRequest, code_list: Mapping[str, Any]) -> list[Row]:
    """The datasets with figures that name codes of the list, each with its indicators."""
    sql = USAGE_SQL_BY_KIND.get(code_list["kind"])
    if sql is None:
        return []
    params = {
        "list": code_list["list"],
        "most": MAX_CODES_SHOWN,
        "synthetic": code_list["synthetic"],
    }
    datasets: dict[str, Row] = {}
    for usage in request.db.fetch_dicts(sql, params):
        dataset = datasets.setdefault(usage["dataset"], {**usage, "indicators": []})
        dataset["indicators"].append(usage)
    return list(datasets.values())


def _build_structured_data(
    request: PageRequest, code_list: Mapping[str, Any], codes: Iterable[Row]
) -> Row:
    """The list in the words of schema.org."""
    page_url = request.base_url + build_path("codes", code_list["list"])
    terms = [
        {
            "@type": "DefinedTerm",
            "termCode": code["code"],
            "name": code["label"],
            "inLanguage": code["language"],
            **({"description": code["definition"]} if code["definition"] else {}),
        }
        for code in list(codes)[:MAX_STRUCTURED_TERMS]
    ]
    return {
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": page_url,
        "url": page_url,
        "name": code_list["title"],
        "inLanguage": code_list["language"],
        **({"creator": code_list["authority"]} if code_list["authority"] else {}),
        "hasDefinedTerm": terms,
    }
