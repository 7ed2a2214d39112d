"""The code lists, and for each one its codes, where they are used and where they convert to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.domain.status import TOTAL
from evidencehub.messages.stored_messages import decode_messages
from evidencehub.store import codes as code_store
from evidencehub.store.codes import CodeListDetailRow, ListedCodeRow
from evidencehub.web.page_request import Context, PageRequest, require_row
from evidencehub.web.views.grouping import group_rows

MAX_CODES = 400  # codes of a list, and its uses, on one page
MAX_REASONS = 20  # reasons of one conversion
MAX_STRUCTURED_TERMS = 100  # codes in the description for search engines
LIST_KINDS = ("ethnicity", "area", "dimension", "facet", "vocabulary")
TOPIC_LISTS = ("topic", "workstream")
INTERNATIONAL = "INT"


def build_list_context(request: PageRequest) -> Context:
    """Return every list by its kind, the classifications of ethnicity first."""
    rows = code_store.select_code_lists(request.db)
    by_kind = group_rows(rows, lambda row: row.kind)
    return {
        "sections": [(kind, by_kind[kind]) for kind in LIST_KINDS],
        "count": len(rows),
        "international": INTERNATIONAL,
    }


def build_context(request: PageRequest) -> Context:
    """Return one list: its facts, its codes in their order, its uses and its conversions."""
    name = request.path_params["id"]
    code_list = require_row(code_store.select_code_list(request.db, name), "code list")
    rows = code_store.select_codes_of_list(request.db, code_list.list, MAX_CODES)
    facets = group_rows(
        code_store.select_facet_mappings(request.db, code_list.list), lambda row: row.from_code
    )
    uses = code_store.select_code_list_uses(request.db, code_list, MAX_CODES)
    conversions = code_store.select_conversions(request.db, code_list.list)
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
        "codes": order_by_hierarchy(rows),
        "paths": _build_code_paths(request, code_list),
        "facets": facets,
        "is_truncated": code_list.codes > len(rows),
        "visible_columns": _find_visible_columns(code_list, rows, facets),
        "labels": {row.code: row.label for row in rows},
        "conversions": [(row, decode_messages(row.reasons or "[]")) for row in conversions],
        "max_reasons": MAX_REASONS,
        "uses_by_dataset": group_rows(uses, lambda row: row.dataset),
        "structured_data": _build_structured_data(request, code_list, rows),
    }


def order_by_hierarchy(codes: Iterable[ListedCodeRow]) -> list[tuple[ListedCodeRow, int]]:
    """Return codes so that each follows its parent, with its depth; otherwise in their order.

    Codes whose parents are not among them are at the top.
    """
    rows = list(codes)
    codes_in_list = {row.code for row in rows}
    children = group_rows(rows, lambda row: row.parent if row.parent in codes_in_list else None)
    ordered_codes: list[tuple[ListedCodeRow, int]] = []
    stack = [(row, 0) for row in reversed(children[None])]
    while stack:
        row, depth = stack.pop()
        ordered_codes.append((row, depth))
        stack += [(child, depth + 1) for child in reversed(children[row.code])]
    return ordered_codes


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
    code_list: CodeListDetailRow, rows: Sequence[ListedCodeRow], facets: Mapping[str, object]
) -> dict[str, bool]:
    """Return which of the columns that a list may lack the table has."""
    list_dates = {(None, None), (code_list.valid_from, code_list.valid_to)}
    return {
        "meaning": any(row.definition or row.note for row in rows),
        "aliases": any(row.aliases for row in rows),
        "facets": any(row.code in facets for row in rows),
        "dates": any((row.valid_from, row.valid_to) not in list_dates for row in rows),
    }


def _build_structured_data(
    request: PageRequest, code_list: CodeListDetailRow, codes: Sequence[ListedCodeRow]
) -> dict[str, Any]:
    """Return the list as a schema.org DefinedTermSet."""
    page_url = request.base_url + build_path("codes", code_list.list)
    terms = [
        {
            "@type": "DefinedTerm",
            "termCode": code.code,
            "name": code.label,
            "inLanguage": code.language,
            **({"description": code.definition} if code.definition else {}),
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
