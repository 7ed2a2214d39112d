"""Where the next page begins: the last row's place in the order, sealed so that it is checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from evidencehub.serve.problem import Fault

_SEAL = 6  # bytes: enough to tell a damaged or home-made cursor


def write(values: Sequence[Any], digest: str, edition: str) -> str:
    """The cursor after a row with these values, for the query and the edition of these names."""
    text = json.dumps([digest, edition, *values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(text) + text).decode().rstrip("=")


def read(text: str, digest: str, edition: str) -> tuple[list[Any] | None, list[Fault]]:
    """The values in a cursor; or None, and what is wrong with it if anything is."""
    if not text:
        return None, []
    told = _opened(text)
    if told is None:
        return None, [bad()]
    if told[0] != digest:
        text = "This cursor belongs to another question: other filters, or another order."
        return None, [_fault("cursor-of-another-query", text)]
    if told[1] != edition:
        text = "The data was published anew since, and pages of two editions do not fit together."
        return None, [_fault("cursor-outdated", text)]
    return told[2:], []


def bad() -> Fault:
    """A text that is no cursor of ours."""
    return _fault("bad-cursor", "This is no cursor that the hub has given.")


def fits(values: Sequence[Any], width: int) -> bool:
    """Whether values from a cursor can be a place in an order: the seal is no secret."""
    return len(values) == width and all(
        value is None or (isinstance(value, (str, float, int)) and not isinstance(value, bool))
        for value in values
    )


def _fault(code: str, text: str) -> Fault:
    return Fault(code, f"{text} Begin again without `cursor`.", "cursor")


def _opened(text: str) -> list[Any] | None:
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    seal, inside = whole[:_SEAL], whole[_SEAL:]
    return list(json.loads(inside)) if inside and seal == _seal(inside) else None


def _seal(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=_SEAL, person=b"hub-cursor").digest()
