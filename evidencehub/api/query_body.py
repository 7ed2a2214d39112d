"""The body of a posted query: JSON, its members, and the types of the values in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from evidencehub.api.query_draft import QueryDraft
from evidencehub.api.row_selection import NEWEST_PARAMETERS
from evidencehub.domain.unicode_text import compose_text
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import HttpError, make_http_error, make_problem

MAX_ABSOLUTE_NUMBER, MAX_TEXT_CHARS = 1e300, 1000  # of a number, and characters of a text
_SURROGATE_PATTERN = re.compile("[\ud800-\udfff]")


def parse_body(body: bytes) -> dict[str, Any]:
    """Return the members of a body, with composed letters; raise HttpError (400) if it is none.

    A member that is given twice is refused: readers of JSON differ in which of the two they take.
    """
    try:
        members = json.loads(body, parse_constant=_reject_constant, object_pairs_hook=_build_object)
        members = _compose_texts(members)
    except (ValueError, RecursionError):
        raise make_http_error(400, "api/bad-json/syntax") from None
    if not isinstance(members, dict):
        raise make_http_error(400, "api/bad-json")
    return members


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        composed_name = compose_text(name)
        if composed_name in members:
            problem = make_problem("api/bad-json/doubled", "", name=shorten_value(name))
            raise HttpError(400, [problem])
        members[composed_name] = value
    return members


def _compose_texts(value: Any) -> Any:
    """Return a value with every text in it in composed letters."""
    match value:
        case str():
            return compose_text(value)
        case list():
            return [_compose_texts(item) for item in value]
        case dict():
            return {name: _compose_texts(item) for name, item in value.items()}
        case _:
            return value


def _reject_constant(text: str) -> Any:
    raise ValueError(text)


def parse_common_members(members: Mapping[str, Any], draft: QueryDraft) -> dict[str, str]:
    """Return fields, order, limit, cursor and labels as an address would have them."""
    common_members = {}
    for name, (format_member, problem_code) in _COMMON_MEMBERS.items():
        if name in NEWEST_PARAMETERS and name in members and not draft.resource.row_key:
            draft.reject("api/unknown-member/resource", f"/{name}", name=name)
        text = format_member(members.get(name))
        if text:
            common_members[name] = text
        elif name in members:
            draft.reject(problem_code, f"/{name}")
    return common_members


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and abs(value) <= MAX_ABSOLUTE_NUMBER


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    is_short_text = isinstance(value, str) and len(value) <= MAX_TEXT_CHARS
    return is_short_text and not _SURROGATE_PATTERN.search(value)


def _format_names(value: Any) -> str:
    is_list = isinstance(value, list) and all(isinstance(name, str) and name for name in value)
    return ",".join(value) if is_list else ""


def _format_whole_number(value: Any) -> str:
    is_whole = _is_number(value) and value == value // 1  # in JSON 100.0 is a whole number
    return str(int(value))[:9] if is_whole else ""


def _format_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _format_boolean(value: Any) -> str:
    return str(value).lower() if _is_boolean(value) else ""


_COMMON_MEMBERS: Mapping[str, tuple[Callable[[Any], str], str]] = {
    "fields": (_format_names, "api/bad-value/columns"),
    "sort": (_format_names, "api/bad-value/columns"),
    "latest": (_format_boolean, "api/bad-value/boolean"),
    "last": (_format_whole_number, "api/bad-number"),
    "group_by": (_format_names, "api/bad-value/columns"),
    "limit": (_format_whole_number, "api/bad-number"),
    "cursor": (_format_text, "api/bad-cursor/type"),
    "labels": (_format_boolean, "api/bad-value/boolean"),
}
"""How a member becomes a parameter, empty if it cannot, and the problem that this is."""
_NUMBER_CHECK = (_is_number, "api/bad-value/number")
TYPE_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "number": _NUMBER_CHECK,
    "integer": _NUMBER_CHECK,
    "boolean": (_is_boolean, "api/bad-value/boolean"),
}
TEXT_CHECK = (_is_text, "api/bad-value/text")
