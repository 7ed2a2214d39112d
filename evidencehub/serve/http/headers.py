"""The headers of every answer: who may read it, how long it is good, what a browser may do."""

from __future__ import annotations

import re
from http import HTTPStatus

from evidencehub.serve.http import encodings
from evidencehub.serve.http.answers import Pairs

READING = ("GET", "HEAD", "OPTIONS")
ANSWER = b"public, max-age=300, stale-while-revalidate=86400"
FOR_EVER = b"public, max-age=31536000, immutable"
MOVED, WRONG, NEVER = b"public, max-age=300", b"public, max-age=60", b"no-store"
EXPOSED = (
    "ETag, Link, Content-Length, Content-Range, Accept-Ranges, Repr-Digest, Retry-After, "
    "Location, Content-Disposition, Hub-Total, Hub-Release, Hub-Build"
)
ALLOWED = "Accept, Content-Type, If-Match, If-None-Match, If-Modified-Since, If-Range, Range"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
SAFE: Pairs = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
    (b"content-security-policy", POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"cross-origin"),  # data is there to be read elsewhere
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), browsing-topics=()"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
]
# for a page that is made to stand in others; it asks for this by its own policy
EMBEDDABLE = b"frame-ancestors *"
_EMBEDDED: Pairs = [
    (name, value.replace(b"frame-ancestors 'self'", EMBEDDABLE))
    for name, value in SAFE
    if name != b"x-frame-options"
]
# 4xx that depend on more than the address, or on the moment
_NOT_KEPT = {401, 403, 406, 408, 412, 416, 417, 425, 429}
_OURS = {name for name, _ in SAFE} | {b"hub-build", b"content-length", b"cache-control", b"vary"}
_OWN_WORD = re.compile(rb"public|private|no-store|no-cache|immutable")
_BARE_LINK = re.compile(rb"^([^<\s]\S*?)(\s*;\s*rel=.*)$")


def dressed(status: int, headers: Pairs, build: bytes) -> Pairs:
    """The headers of an answer without its length: those of the application, and ours.

    The application's own Cache-Control stays when it says more than an age.
    """
    own = [(name.lower(), value) for name, value in headers]
    kept = [(name, _link(value) if name == b"link" else value) for name, value in own]
    kept = [(name, value) for name, value in kept if name not in _OURS]
    kind = next((value for name, value in own if name == b"content-type"), b"")
    told = [value for name, value in own if name == b"cache-control"]
    word = next((value for value in told if _OWN_WORD.search(value)), None)
    framed = (b"content-security-policy", EMBEDDABLE) in own
    vary = _vary([value for name, value in own if name == b"vary"], kind.decode("latin-1"))
    return [
        *kept,
        (b"cache-control", word or kept_for(status)),
        *([(b"vary", vary)] if vary else []),
        *(_EMBEDDED if framed else SAFE),
        (b"hub-build", build),
    ]


def kept_for(status: int) -> bytes:
    """How long an answer with a status may be kept, where nothing else is known of it."""
    if status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.NOT_MODIFIED:
        return ANSWER
    if status < HTTPStatus.BAD_REQUEST:
        return MOVED
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NOT_KEPT:
        return WRONG
    return NEVER


def _vary(values: list[bytes], content_type: str) -> bytes:
    """What an answer depends on: never cookies, for nothing here depends on who asks."""
    names = [name.strip() for value in values for name in value.split(b",") if name.strip()]
    names = [name for name in names if name.lower() not in (b"cookie", b"authorization")]
    if encodings.compressible(content_type) and b"accept-encoding" not in {
        name.lower() for name in names
    }:
        names.append(b"Accept-Encoding")
    return b", ".join(names)


def _link(value: bytes) -> bytes:
    """A Link as RFC 8288 has it; Datasette leaves out the <> of its alternates."""
    return _BARE_LINK.sub(rb"<\1>\2", value)


def methods(path: str) -> tuple[str, ...]:
    """What may be done with a path."""
    return ("POST", "OPTIONS") if path == "/api/v1/query" else READING


def preflight(path: str) -> list[tuple[str, str]]:
    """What a browser is told before it asks from another site (the Fetch standard, 3.2)."""
    return [
        ("allow", ", ".join(methods(path))),
        ("access-control-allow-methods", ", ".join(methods(path))),
        ("access-control-allow-headers", ALLOWED),
        ("access-control-max-age", "86400"),
    ]
