"""Conditional requests: entity tags, dates, and whether a client's copy is still good."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

_ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells whether a client's copy of a response is still good.

    `modified` is the moment since which it has not changed, as far as that is known: seconds since
    1970; None if not known.
    """

    etag: str
    modified: float | None = None

    def is_as_new(self, moment: int) -> bool:
        """Whether a copy of this moment is as new as the response."""
        return self.modified is not None and int(self.modified) <= moment


def read_modified(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return the moment that a response gives as Last-Modified; None for none."""
    return parse_http_date(dict(headers).get(b"last-modified", b"").decode("latin-1"))


def build_etag(*inputs: str) -> str:
    """A strong entity tag over everything that decides the bytes of an answer."""
    digest = hashlib.blake2b("\0".join(inputs).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def build_content_etag(content_type: str, sha256: str) -> str:
    """A strong entity tag of a whole answer: equal bytes have equal tags, whatever was published.

    >>> build_content_etag("text/csv", "0" * 64) == build_content_etag("text/csv", "1" * 64)
    False
    """
    return build_etag(content_type, sha256)


def build_coded_etag(etag: str, coding: str) -> str:
    """The tag of the same answer in a coding: other bytes, so another tag (RFC 9110, 8.8.3.3)."""
    return f'{etag[:-1]}-{coding}"' if coding and etag.endswith('"') else etag


def matches_weakly(header: str, etag: str) -> bool:
    """Whether If-None-Match names the tag, compared weakly (RFC 9110, 13.1.2)."""
    if header.strip() == "*":
        return True
    opaque = etag.removeprefix("W/").strip('"')
    return any(match[1] == opaque for match in _ENTITY_TAG.finditer(header))


def matches_strongly(header: str, etag: str) -> bool:
    """Whether If-Match names the tag, compared strongly (RFC 9110, 13.1.1)."""
    if header.strip() == "*":
        return True
    return any(match[0] == etag for match in _ENTITY_TAG.finditer(header))


def format_http_date(seconds: float) -> str:
    """A moment as HTTP writes it."""
    return formatdate(int(seconds), usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Seconds since 1970 of a date as HTTP writes it, or None where it is none."""
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None


def is_not_modified(if_none_match: str, if_modified_since: str, validators: Validators) -> bool:
    """Whether a 304 is the answer. A tag decides alone where one is given (RFC 9110, 13.2.2)."""
    if if_none_match:
        return bool(validators.etag) and matches_weakly(if_none_match, validators.etag)
    limit = parse_http_date(if_modified_since) if if_modified_since else None
    return limit is not None and validators.is_as_new(limit)


def is_precondition_failed(if_match: str, if_unmodified_since: str, validators: Validators) -> bool:
    """Whether a 412 is the answer (RFC 9110, 13.2.2, the first two steps)."""
    if if_match:
        return not matches_strongly(if_match, validators.etag)
    limit = parse_http_date(if_unmodified_since) if if_unmodified_since else None
    return limit is not None and validators.modified is not None and not validators.is_as_new(limit)


def range_applies(if_range: str, validators: Validators) -> bool:
    """Whether a Range may be answered: no If-Range, or one that names these bytes (13.1.5)."""
    if not if_range:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == validators.etag
    moment = parse_http_date(if_range)
    is_exact = validators.modified is not None and moment == int(validators.modified)
    return moment is not None and is_exact and validators.is_as_new(moment)


def format_digest(sha256: str) -> str:
    """Return the Repr-Digest of bytes with this SHA-256 in hexadecimal (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
