"""Where the next page begins: the last row's place in the order, sealed so that it is checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from evidencehub.http.problem_details import RequestProblem

_CHECKSUM_BYTES = 6  # bytes: enough to tell a damaged or home-made cursor


def encode_cursor(position: Sequence[Any], digest: str, edition: str) -> str:
    """The cursor after a row with these values, for the query and the edition of these names."""
    text = json.dumps([digest, edition, *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_compute_checksum(text) + text).decode().rstrip("=")


def decode_cursor(
    text: str, digest: str, edition: str
) -> tuple[list[Any] | None, list[RequestProblem]]:
    """The values in a cursor; or None, and what is wrong with it if anything is."""
    if not text:
        return None, []
    payload = _decode_verified(text)
    if payload is None:
        return None, [build_invalid_cursor_problem()]
    if payload[0] != digest:
        text = (
            "This cursor was issued for a request with different filters or a different sort order."
        )
        return None, [_build_problem("cursor-of-another-query", text)]
    if payload[1] != edition:
        text = (
            "The data has been updated since this cursor was issued, so its next page "
            "no longer exists."
        )
        return None, [_build_problem("cursor-outdated", text)]
    return payload[2:], []


def build_invalid_cursor_problem() -> RequestProblem:
    """A text that is no cursor of ours."""
    return _build_problem("bad-cursor", "This is not a cursor issued by the API.")


def is_valid_position(position: Sequence[Any], expected_length: int) -> bool:
    """Whether values from a cursor can be a place in an order: the seal is no secret."""
    return len(position) == expected_length and all(
        value is None or (isinstance(value, (str, float, int)) and not isinstance(value, bool))
        for value in position
    )


def _build_problem(code: str, text: str) -> RequestProblem:
    return RequestProblem(code, f"{text} Start again without `cursor`.", "cursor")


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
