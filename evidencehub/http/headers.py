"""The headers of every answer: who may read it, how long it is good, what a browser may do."""

from __future__ import annotations

import re
from http import HTTPStatus

from evidencehub.http import content_coding
from evidencehub.http.cache_tags import build_cache_tags
from evidencehub.http.responses import RawHeaders

READ_METHODS = ("GET", "HEAD", "OPTIONS")
_QUERY_PATH = "/api/v1/query"
# protocols whose questions come in an address or in a body, as the client likes
_READ_OR_POST_PATH = re.compile("/api/(?:[123]/)?action/.*|/oai/?")
# what is corrected or withdrawn must be gone from every cache within minutes; a file of a release
# never changes, but it may be withdrawn, so no cache keeps it longer than a day
CACHE_SUCCESS = b"public, max-age=300, stale-while-revalidate=300"
CACHE_RELEASE = b"public, max-age=86400"
CACHE_REDIRECT = b"public, max-age=300"
CACHE_CLIENT_ERROR = b"public, max-age=60"
# an answer that names a host which anybody may have made up: for the one who asked alone
CACHE_ONE_CLIENT = b"private, max-age=300"
NO_STORE = b"no-store"
EXPOSED_HEADERS = (
    "ETag, Link, Content-Length, Content-Range, Accept-Ranges, Repr-Digest, Retry-After, "
    "Location, Content-Disposition, Deprecation, Sunset, Hub-Total, Hub-Truncated, Hub-Cursor, "
    "Hub-Left-Out, Hub-Near, Hub-Resolved, Hub-Release, Hub-Release-Count, Hub-Licence, "
    "Hub-Comparability, Hub-Conversion, Hub-Search, Hub-Build"
)
ALLOWED_HEADERS = (
    "Accept, Content-Type, If-Match, If-None-Match, If-Modified-Since, If-Range, Range"
)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
SECURITY_HEADERS: RawHeaders = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED_HEADERS.encode()),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"cross-origin"),  # data is there to be read elsewhere
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), browsing-topics=()"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
]
# for a page that is made to stand in others; it asks for this by its own policy
EMBEDDABLE_POLICY = b"frame-ancestors *"
_EMBEDDABLE_HEADERS: RawHeaders = [
    (name, value.replace(b"frame-ancestors 'self'", EMBEDDABLE_POLICY))
    for name, value in SECURITY_HEADERS
    if name != b"x-frame-options"
]
# 4xx that depend on more than the address, or on the moment
_UNCACHEABLE_STATUSES = {401, 403, 406, 408, 412, 416, 417, 421, 425, 429}
_REPLACED_HEADERS = {name for name, _ in SECURITY_HEADERS} | {
    b"hub-build",
    b"content-length",
    b"cache-control",
    b"vary",
}
_CACHE_DIRECTIVE = re.compile(rb"public|private|no-store|no-cache|immutable")
_BARE_LINK = re.compile(rb"^([^<\s]\S*?)(\s*;\s*rel=.*)$")


def complete_headers(status: int, headers: RawHeaders, build: bytes, path: str = "") -> RawHeaders:
    """The headers of an answer to a path without its length: those of the application, and ours.

    The application's own Cache-Control stays when it says more than an age.
    """
    app_headers = [(name.lower(), value) for name, value in headers]
    own_cache_controls = filter(_CACHE_DIRECTIVE.search, _get_values(app_headers, b"cache-control"))
    is_embeddable = EMBEDDABLE_POLICY in _get_values(app_headers, b"content-security-policy")
    vary = _build_vary(app_headers)
    return [
        *(
            (name, _repair_link(value) if name == b"link" else value)
            for name, value in app_headers
            if name not in _REPLACED_HEADERS
        ),
        (b"cache-control", next(own_cache_controls, select_cache_control(status))),
        *([(b"vary", vary)] if vary else []),
        *(_EMBEDDABLE_HEADERS if is_embeddable else SECURITY_HEADERS),
        *build_cache_tags(path, app_headers),
        (b"hub-build", build),
    ]


def _get_values(headers: RawHeaders, name: bytes) -> list[bytes]:
    return [value for header, value in headers if header == name]


def select_cache_control(status: int) -> bytes:
    """How long an answer with a status may be kept, where nothing else is known of it."""
    if status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.NOT_MODIFIED:
        return CACHE_SUCCESS
    if status < HTTPStatus.BAD_REQUEST:
        return CACHE_REDIRECT
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _UNCACHEABLE_STATUSES:
        return CACHE_CLIENT_ERROR
    return NO_STORE


def _build_vary(headers: RawHeaders) -> bytes:
    """What an answer depends on: never cookies, for nothing here depends on who asks."""
    items = b",".join(_get_values(headers, b"vary")).split(b",")
    names = {name.strip().lower(): name.strip() for name in items}
    content_type = next(iter(_get_values(headers, b"content-type")), b"")
    if content_coding.is_compressible(content_type.decode("latin-1")):
        names.setdefault(b"accept-encoding", b"Accept-Encoding")
    ignored = (b"", b"cookie", b"authorization")
    return b", ".join(name for key, name in names.items() if key not in ignored)


def _repair_link(value: bytes) -> bytes:
    """A Link as RFC 8288 has it; Datasette leaves out the <> of its alternates."""
    return _BARE_LINK.sub(rb"<\1>\2", value)


def list_methods(path: str) -> tuple[str, ...]:
    """What may be done with a path."""
    if path == _QUERY_PATH:
        return ("POST", "OPTIONS")
    return (*READ_METHODS, "POST") if _READ_OR_POST_PATH.fullmatch(path) else READ_METHODS


def build_preflight_headers(path: str) -> list[tuple[str, str]]:
    """What a browser is told before it asks from another site (the Fetch standard, 3.2)."""
    return [
        ("allow", ", ".join(list_methods(path))),
        ("access-control-allow-methods", ", ".join(list_methods(path))),
        ("access-control-allow-headers", ALLOWED_HEADERS),
        ("access-control-max-age", "86400"),
    ]


def is_public(response_headers: RawHeaders) -> bool:
    """Return whether a response is for everybody, and so may be kept."""
    headers_by_name = dict(response_headers)
    cache_control = headers_by_name.get(b"cache-control", b"")
    is_private = b"no-store" in cache_control or b"private" in cache_control
    return not is_private and b"set-cookie" not in headers_by_name


def make_private(response_headers: RawHeaders) -> RawHeaders:
    """Return the headers of a response that caches shared by several people do not keep."""
    return [
        (
            name,
            CACHE_ONE_CLIENT if name == b"cache-control" and value.startswith(b"public") else value,
        )
        for name, value in response_headers
    ]


def correct_csv_type(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Datasette calls its CSV plain text, so that browsers show it; programs go by the type."""
    name, value = header
    is_plain_text = name == b"content-type" and value.startswith(b"text/plain")
    return (name, b"text/csv; charset=utf-8") if is_plain_text else header
