"""The addresses of pages: built from identifiers, and read back into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

IDENTIFIER_PATTERN = r"(?:[A-Za-z0-9_~:.,!$&'()*+;=@-]|%[0-9A-Fa-f]{2})+"
"""One segment of a path: the checks allow any text as an identifier; `build_path` encodes it."""

_ITEM_FOLDERS = {
    "topic": "topics",
    "workstream": "topics",
    "list": "codes",
    "indicator": "indicators",
    "finding": "findings",
    "recommendation": "recommendations",
    "question": "questions",
    "dataset": "datasets",
    "group": "groups",
    "place": "places",
    "organisation": "organisations",
}
_SITE_PAGE_PATHS = {"downloads": "/datasets"}
_ESCAPED_CHARS = re.compile("~|%2F|%5C|%25")
_TILDE_ESCAPES = re.compile("~(2F|5C|25|7E)")


def build_path(*segments: str) -> str:
    """Return the path of a page from its segments: /indicators/a:b from “indicators” and “a:b”.

    The server refuses a slash, a backslash and % within a segment: they are escaped with a tilde.

    >>> build_path("groups", "toys", "a/b c")
    '/groups/toys/a~2Fb%20c'
    """
    return "/" + "/".join(
        _ESCAPED_CHARS.sub(_escape_path_char, quote(segment, safe=":~,")) for segment in segments
    )


def decode_path_params(path_params: Mapping[str, str]) -> dict[str, str]:
    """Return the segments of a path as they were before `build_path`.

    Raise UnicodeDecodeError where the bytes are not UTF-8.

    >>> decode_path_params({"code": "18%2B"})
    {'code': '18+'}
    """
    return {
        name: unquote(_TILDE_ESCAPES.sub(r"%\1", raw_value), errors="strict")
        for name, raw_value in path_params.items()
    }


def build_item_path(kind: str, name: str) -> str:
    """Return the path of something that the search index has, by its kind and identifier.

    >>> items = [("group", "opensafely-ethnicity/16:10"), ("source", "births/ons-2021")]
    >>> tuple(build_item_path(*item) for item in items)
    ('/groups/opensafely-ethnicity/16:10', '/datasets/births#source-ons-2021')
    """
    if kind == "page":
        return _SITE_PAGE_PATHS.get(name, f"/{name}")
    if kind == "source":
        dataset, _, source = name.partition("/")
        return f"{build_path('datasets', dataset)}#source-{quote(source)}"
    return build_path(_ITEM_FOLDERS[kind], *(name.split("/", 1) if kind == "group" else [name]))


def keep_web_url(url: str | None) -> str:
    """Return an address that a page may link to; empty for anything but HTTP."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""


def _escape_path_char(match: re.Match[str]) -> str:
    return "~" + (match.group()[1:] or "7E")
