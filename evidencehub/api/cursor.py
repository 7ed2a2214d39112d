"""Where the next page begins: the last row's place in the order, sealed so that it is checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from evidencehub.api.query_draft import QueryDraft

_CHECKSUM_BYTES = 6  # bytes: enough to tell a damaged or home-made cursor


def encode_cursor(position: Sequence[Any], digest: str, edition: str) -> str:
    """The cursor after a row with these values, for the query and the edition of these names."""
    text = json.dumps([digest, edition, *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_compute_checksum(text) + text).decode().rstrip("=")


def decode_cursor(text: str, digest: str, length: int, draft: QueryDraft) -> list[Any] | None:
    """Return the `length` values in a cursor; None without one, or if it is rejected."""
    payload = _decode_verified(text) if text else None
    if payload is None:
        code = "api/bad-cursor"
    elif payload[0] != digest:
        code = "api/cursor-of-another-query"
    elif payload[1] != draft.reference_data.edition:
        code = "api/cursor-outdated"
    elif is_valid_position(payload[2:], length):
        return payload[2:]
    else:
        code = "api/bad-cursor"
    if text:
        draft.reject(code, "cursor")
    return None


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
    return (
        list(json.loads(payload_json))
        if payload_json and checksum == _compute_checksum(payload_json)
        else None
    )


def _compute_checksum(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=_CHECKSUM_BYTES, person=b"hub-cursor").digest()
