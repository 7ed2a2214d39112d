"""The code lists, and for each one its codes, where they are used and where they convert to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import Message
from evidencehub.messages.stored_messages import decode_messages
from evidencehub.store import codes as code_store
from evidencehub.store.codes import (
    CodeListDetailRow,
    CodeListUseRow,
    ConversionRow,
    FacetMappingRow,
    ListedCodeRow,
)
from evidencehub.web.addresses import build_path, keep_web_url
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error

MAX_CODES = 400  # codes of a list, and its uses, on one page
MAX_REASONS = 20  # reasons of one conversion
MAX_STRUCTURED_TERMS = 100  # codes in the description for search engines
LIST_KINDS = ("ethnicity", "area", "dimension", "facet", "vocabulary")
TOPIC_LISTS = ("topic", "workstream")
INTERNATIONAL = "INT"


@dataclass(frozen=True, slots=True)
class NestedCode:
    """A code under its parent: its depth, the path of its page, and the facets it belongs to."""

    row: ListedCodeRow
    depth: int
    path: str = ""
    facets: Sequence[FacetMappingRow] = ()


@dataclass(frozen=True, slots=True)
class ConversionView:
    """A conversion with the other list, and the first reasons of its verdict."""

    row: ConversionRow
    other_list: str
    reasons: Sequence[Message]
    reasons_not_shown: int


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A dataset whose observations have codes of a list, with its indicators."""

    dataset: str
    title: str
    language: str
    indicators: Sequence[CodeListUseRow]


def build_list_context(request: PageRequest) -> Context:
    """Return every list by its kind, the classifications of ethnicity first."""
    rows = code_store.select_code_lists(request.db)
    return {
        "sections": [(kind, [row for row in rows if row.kind == kind]) for kind in LIST_KINDS],
        "count": len(rows),
        "international": INTERNATIONAL,
    }


def build_context(request: PageRequest) -> Context:
    """Return one list: its facts, its codes in their order, its uses and its conversions."""
    code_list = code_store.select_code_list(request.db, request.path_params["id"])
    if code_list is None:
        raise create_not_found_error("code list")
    rows = code_store.select_codes_of_list(request.db, code_list.list, MAX_CODES)
    codes = _build_nested_codes(request, code_list, rows)
    source_url = keep_web_url(code_list.source_url)
    return {
        "code_list": code_list,
        "international": INTERNATIONAL,
        "language_code": code_list.language.split("-")[0],
        "source_url": source_url,
        "source_host": source_url.split("/")[2] if source_url else "",
        "is_classification": code_list.kind == "ethnicity",
        "has_uses": code_list.kind in code_store.CODE_LIST_USES_SQL_BY_KIND,
        "is_disadvantaged_first": code_list.ordered == "disadvantaged-first",
        "codes": codes,
        "is_truncated": code_list.codes > len(rows),
        "visible_columns": _find_visible_columns(code_list, codes),
        "labels": {row.code: row.label for row in rows},
        "conversions": [
            _build_conversion(row)
            for row in code_store.select_conversions(request.db, code_list.list)
        ],
        "datasets": _group_by_dataset(
            code_store.select_code_list_uses(request.db, code_list, MAX_CODES)
        ),
        "structured_data": _build_structured_data(request, code_list, codes),
    }


def order_by_hierarchy(codes: Iterable[ListedCodeRow]) -> list[NestedCode]:
    """Return codes so that each follows its parent, with its depth; otherwise in their order.

    Codes whose parents are not among them are at the top.
    """
    rows = list(codes)
    codes_in_list = {row.code for row in rows}
    children_by_parent: dict[str, list[ListedCodeRow]] = {}
    for row in rows:
        parent = row.parent if row.parent in codes_in_list else ""
        children_by_parent.setdefault(parent or "", []).append(row)
    ordered_codes: list[NestedCode] = []
    stack = [(row, 0) for row in reversed(children_by_parent.get("", []))]
    while stack:
        row, depth = stack.pop()
        ordered_codes.append(NestedCode(row, depth))
        stack += [(child, depth + 1) for child in reversed(children_by_parent.get(row.code, []))]
    return ordered_codes


def _build_nested_codes(
    request: PageRequest, code_list: CodeListDetailRow, rows: Sequence[ListedCodeRow]
) -> list[NestedCode]:
    paths = _build_code_paths(request, code_list)
    facets: dict[str, list[FacetMappingRow]] = {}
    for mapping in code_store.select_facet_mappings(request.db, code_list.list):
        facets.setdefault(mapping.from_code, []).append(mapping)
    return [
        NestedCode(
            nested.row,
            nested.depth,
            paths.get(nested.row.code, ""),
            facets.get(nested.row.code, ()),
        )
        for nested in order_by_hierarchy(rows)
    ]


def _build_code_paths(request: PageRequest, code_list: CodeListDetailRow) -> dict[str, str]:
    """Return the path of the page of each code that has one."""
    name = code_list.list
    if code_list.kind == "area":
        areas = code_store.select_areas_with_evidence(request.db, name)
        return {code: build_path("places", area) for code, area in areas.items()}
    if code_list.kind == "ethnicity":
        folders = ["groups", name]
    elif code_list.kind == "facet":
        folders = ["groups"]
    elif name in TOPIC_LISTS:
        folders = ["topics"]
    else:
        return {}
    codes = code_store.select_code_names(request.db, name)
    return {
        code: build_path(*folders, code)
        for code in codes
        if code_list.kind != "ethnicity" or code != TOTAL
    }


def _find_visible_columns(
    code_list: CodeListDetailRow, codes: Iterable[NestedCode]
) -> dict[str, bool]:
    """Return which of the columns that a list may lack the table has."""
    list_dates = {(None, None), (code_list.valid_from, code_list.valid_to)}
    codes = list(codes)
    return {
        "meaning": any(code.row.definition or code.row.note for code in codes),
        "aliases": any(code.row.aliases for code in codes),
        "facets": any(code.facets for code in codes),
        "dates": any((code.row.valid_from, code.row.valid_to) not in list_dates for code in codes),
    }


def _build_conversion(row: ConversionRow) -> ConversionView:
    reasons = decode_messages(row.reasons or "[]")
    return ConversionView(
        row,
        row.to_scheme if row.is_outgoing else row.from_scheme,
        reasons[:MAX_REASONS],
        len(reasons[MAX_REASONS:]),
    )


def _group_by_dataset(rows: Iterable[CodeListUseRow]) -> list[DatasetUse]:
    """Return the datasets with observations that have codes of the list, in their order."""
    indicators: dict[str, list[CodeListUseRow]] = {}
    for row in rows:
        indicators.setdefault(row.dataset, []).append(row)
    return [
        DatasetUse(dataset, uses[0].dataset_title, uses[0].language, uses)
        for dataset, uses in indicators.items()
    ]


def _build_structured_data(
    request: PageRequest, code_list: CodeListDetailRow, codes: Sequence[NestedCode]
) -> dict[str, Any]:
    """Return the list as a schema.org DefinedTermSet."""
    page_url = request.base_url + build_path("codes", code_list.list)
    terms = [
        {
            "@type": "DefinedTerm",
            "termCode": code.row.code,
            "name": code.row.label,
            "inLanguage": code.row.language,
            **({"description": code.row.definition} if code.row.definition else {}),
        }
        for code in codes[:MAX_STRUCTURED_TERMS]
    ]
    return {
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": page_url,
        "url": page_url,
        "name": code_list.title,
        "inLanguage": code_list.language,
        **({"creator": code_list.authority} if code_list.authority else {}),
        "hasDefinedTerm": terms,
    }
