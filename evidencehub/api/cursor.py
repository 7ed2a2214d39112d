"""Where the next page begins: the last row's place in the order, sealed so that it is checked.

A cursor belongs to a query as it was asked, and to what the answer was made from: it ends when a
release that the query touches moves, and outlives every other publication.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from evidencehub.api.query_draft import QueryDraft
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.store.logical_query import LogicalQuery

_CHECKSUM_BYTES = 6  # bytes: enough to tell a damaged or home-made cursor


def encode_cursor(position: Sequence[Any], digest: str, origin: str) -> str:
    """The cursor after a row with these values, for a query and the origin of its answer."""
    text = json.dumps([digest, origin, *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_compute_checksum(text) + text).decode().rstrip("=")


def decode_cursor(
    text: str, digest: str, length: int, draft: QueryDraft
) -> tuple[list[Any] | None, str]:
    """Return the `length` values in a cursor and its origin; None if there is none, or a bad one.

    Whether the origin is still that of the answer is for `require_current` to say.
    """
    payload = _decode_verified(text) if text else None
    if payload is None:
        code = "api/bad-cursor"
    elif payload[0] != digest:
        code = "api/cursor-of-another-query"
    elif is_valid_position(payload[2:], length):
        return payload[2:], str(payload[1])
    else:
        code = "api/bad-cursor"
    if text:
        draft.reject(code, "cursor")
    return None, ""


def require_current(query: LogicalQuery, origin: str) -> None:
    """Raise HttpError (410) if the cursor of a query is of an answer of another origin."""
    if query.cursor_position is not None and query.cursor_origin != origin:
        raise HttpError(410, [make_problem("api/cursor-outdated", "cursor")])


def is_valid_position(position: Sequence[Any], expected_length: int) -> bool:
    """Whether values from a cursor can be a place in an order: the seal is no secret."""
    return len(position) == expected_length and all(
        value is None or (isinstance(value, (str, float, int)) and not isinstance(value, bool))
        for value in position
    )


def _decode_verified(text: str) -> list[Any] | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    checksum, payload_json = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
    if not payload_json or checksum != _compute_checksum(payload_json):
        return None
    payload = json.loads(payload_json)
    return payload if isinstance(payload, list) and len(payload) > 1 else None


def _compute_checksum(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=_CHECKSUM_BYTES, person=b"hub-cursor").digest()
