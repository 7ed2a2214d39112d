"""What every request passes first: unsafe paths, pages that tell too much, headers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

MAX_PATH, MAX_QUERY, MAX_FACETS = 2_000, 4_000, 3
READING = ("GET", "HEAD", "OPTIONS")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_DEBUG = re.compile(
    r"/-/(versions|plugins|settings|config|metadata|databases|threads|actor|permissions|allow-debug"
    r"|messages|patterns|logout|auth-token|create-token|static-plugins/.*\.map)(\.json)?/?"
)
_LIMITS = (
    ("SQLITE_LIMIT_LENGTH", 8_000_000),
    ("SQLITE_LIMIT_SQL_LENGTH", 20_000),
    ("SQLITE_LIMIT_EXPR_DEPTH", 100),
    ("SQLITE_LIMIT_COMPOUND_SELECT", 20),
    ("SQLITE_LIMIT_ATTACHED", 0),
)


def refusal(method: str, raw_path: str, query: str) -> tuple[int, str] | None:
    """Status and message for a request that goes no further, or None.

    `raw_path` is the path as it was sent: a backslash or a second slash at its start would
    otherwise come back as a redirect to another site.
    """
    path = raw_path.lower().replace("%5c", "\\")
    if len(raw_path) > MAX_PATH or len(query) > MAX_QUERY:
        return 414, "The address is too long."
    if "\\" in path or path.startswith("//") or "%2f" in path or "%00" in path:
        return 404, "There is no such page."
    if _DEBUG.fullmatch(path):
        return 404, "There is no such page."
    if method not in READING:
        return 405, "This site is for reading: use GET."
    facets = sum(1 for name, _ in parse_qsl(query, keep_blank_values=True) if "_facet" in name)
    if facets > MAX_FACETS:
        return 400, f"At most {MAX_FACETS} facets can be asked for at once."
    return None


def wrap(app: App) -> App:
    """The application behind the guard: refusals answered, headers added to every answer."""

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        raw = scope.get("raw_path") or scope["path"].encode()
        query = scope.get("query_string", b"").decode("latin-1")
        refused = refusal(scope["method"], raw.split(b"?")[0].decode("latin-1"), query)

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                have = {name.lower() for name, _ in message.get("headers", [])}
                fresh = [(name, value) for name, value in HEADERS if name not in have]
                message = {**message, "headers": [*message.get("headers", []), *fresh]}
            await send(message)

        if refused is None:
            await app(scope, receive, with_headers)
        else:
            await _answer(*refused, with_headers)

    return guarded


async def _answer(status: int, text: str, send: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", ", ".join(READING).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


def limit(connection: sqlite3.Connection) -> None:
    """Keep one connection small and read-only, whatever it is asked.

    `trusted_schema` stays on: the schema is our own, and older SQLite counts json_extract, which
    the views of datasets use, among the functions that it would refuse.
    """
    for name, most in _LIMITS:
        connection.setlimit(getattr(sqlite3, name), most)
    connection.execute("pragma query_only = on")


def told(exception: Exception) -> tuple[int, str]:
    """Status and message for an exception: what Datasette meant to say, nothing of the inside."""
    status = getattr(exception, "status", None)
    if isinstance(status, int):
        text = getattr(exception, "message", None) or str(exception)
        return status, str(text) or HTTPStatus(status).phrase
    if isinstance(exception, sqlite3.OperationalError):
        return 400, "The question could not be answered as it was asked."
    return 500, "Something went wrong on our side."
