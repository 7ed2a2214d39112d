"""What every request passes first: unsafe paths, pages that tell too much; and safe connections."""

from __future__ import annotations

import re
import sqlite3
from http import HTTPStatus

from evidencehub.errors import QueryRefusedError
from evidencehub.http import headers
from evidencehub.http.problem_details import HttpError, make_http_error
from evidencehub.messages.rendering import make_message

MAX_PATH_CHARS, MAX_QUERY_CHARS = 2_000, 16_000

_DEBUG_PATH = re.compile(
    r"/-/(versions|plugins|settings|config|metadata|databases|threads|actor|permissions|allow-debug"
    r"|messages|patterns|logout|auth-token|create-token|static-plugins/.*)(\.json)?/?"
)
# a backslash, a slash or a control character that is written as a code, a code of a code, an
# empty segment, and dots that lead upwards: no address of ours has one
_UNSAFE_PATH = re.compile(
    r"[\x00-\x20\x7f-\xff\\]|//|%(?![0-9a-f]{2})|%(?:0[0-9a-f]|1[0-9a-f]|7f|2f|5c|25)"
    r"|(?:/|^)(?:\.|%2e){1,2}(?:/|$)"
)
_VALID_HOST = re.compile(r"[A-Za-z0-9._~:\[\]-]{0,255}")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x20\x7f]")
MAX_CELL_BYTES = 8_000_000  # bytes in a cell of our own questions
# bytes in a cell of a stranger's; a page holds 1,000 rows, and a statement can make each as large
MAX_PUBLIC_SQL_CELL_BYTES = 100_000
_SQLITE_LIMITS = (
    ("SQLITE_LIMIT_SQL_LENGTH", 20_000),
    ("SQLITE_LIMIT_EXPR_DEPTH", 100),
    ("SQLITE_LIMIT_COMPOUND_SELECT", 20),
    ("SQLITE_LIMIT_ATTACHED", 0),
)


def check_host(http_version: str, host: str) -> None:
    """Raise HttpError for a version of HTTP or a Host header that cannot be meant.

    HTTP/1.1 demands one Host (RFC 9112, 3.2), HTTP/1.0 did not know it yet.
    """
    if http_version not in ("1.0", "1.1"):
        raise make_http_error(505, "http/bad-version", [("connection", "close")])
    if not _VALID_HOST.fullmatch(host) or (http_version == "1.1" and not host):
        raise make_http_error(400, "http/bad-host")


def check_request(method: str, path: str, query: str) -> None:
    """Raise HttpError for a request that goes no further.

    `path` and `query` are as they were sent: a backslash or a second slash would otherwise come
    back as a redirect to another site, and a code of a line end as a header.
    """
    if len(path) > MAX_PATH_CHARS or len(query) > MAX_QUERY_CHARS:
        raise make_http_error(414, "http/too-long")
    if (
        _UNSAFE_PATH.search(path.lower())
        or _CONTROL_CHARACTER.search(query)
        or _DEBUG_PATH.fullmatch(path.lower())
    ):
        raise make_http_error(404, "http/not-found/page")
    allowed = headers.list_methods(path)
    if method not in allowed:
        allow = [("allow", ", ".join(allowed))]
        raise make_http_error(405, "http/method-not-allowed", allow, method=method[:20])


def restrict_connection(connection: sqlite3.Connection, *, public_sql: bool = False) -> None:
    """Keep one connection small and read-only, whatever it is asked.

    `public_sql`: by strangers too.

    `trusted_schema` stays on: the schema is our own, and older SQLite counts json_extract, which
    the views of datasets use, among the functions that it would refuse.
    """
    # imported here: the command line knows addresses, and loads no database
    from evidencehub.store.database import SORT_IN_MEMORY, has_temporary_folder

    connection.setlimit(
        sqlite3.SQLITE_LIMIT_LENGTH, MAX_PUBLIC_SQL_CELL_BYTES if public_sql else MAX_CELL_BYTES
    )
    for name, maximum in _SQLITE_LIMITS:
        connection.setlimit(getattr(sqlite3, name), maximum)
    # imported here: commands that open no database do without its library

    if not has_temporary_folder():
        connection.execute(SORT_IN_MEMORY)
    connection.execute("pragma query_only = on")


def _took_too_long(exception: Exception) -> bool:
    """Whether Datasette broke a statement off: it says so as HTML or, where it streams, bare."""
    cause = getattr(exception, "e", None)
    return getattr(exception, "message_is_html", False) or (
        isinstance(cause, sqlite3.OperationalError) and cause.args == ("interrupted",)
    )


def describe_exception(exception: Exception) -> tuple[int, str]:
    """Status and message for an exception: what Datasette meant to say, nothing of the inside."""
    if isinstance(exception, QueryRefusedError):
        return 503, exception.message
    if isinstance(exception, HttpError):
        return exception.status, str(exception)
    status = getattr(exception, "status", None)
    if _took_too_long(exception):
        return 400, make_message("http/too-slow").render()
    if isinstance(status, int):
        text = getattr(exception, "message", None) or str(exception)
        return status, str(text) or HTTPStatus(status).phrase
    if isinstance(exception, sqlite3.OperationalError):
        return 400, make_message("http/sql/failed").render()
    return 500, make_message("http/fault").render()
