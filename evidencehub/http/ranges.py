"""Ranges of bytes: what a Range header asks for, and the parts of an answer (RFC 9110, 14)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from itertools import pairwise

MAX_RANGES = 16  # ranges in one request; who asks for more gets the whole
ByteSpan = tuple[int, int]  # first byte and the one after the last

_RANGE_SPEC = re.compile(r"(\d{0,18})\s*-\s*(\d{0,18})")


class RangeNotSatisfiableError(Exception):
    """No range that was asked for has a byte in it: 416."""


def parse_range(header: str, size: int) -> list[ByteSpan] | None:
    """The ranges of a file of `size` bytes that a header asks for, in its order.

    None when there is nothing to heed: no header, another unit, a syntax error, more than
    MAX_RANGES ranges, or ranges that overlap (RFC 9110, 14.2 lets a server answer those with the
    whole). Raise RangeNotSatisfiableError.
    """
    unit, _, range_set = header.partition("=")
    if unit.strip().lower() != "bytes":
        return None
    try:
        spans = [_parse_span(item, size) for item in map(str.strip, range_set.split(",")) if item]
    except ValueError:
        return None
    if not 1 <= len(spans) <= MAX_RANGES:
        return None
    satisfiable = [(start, end) for start, end in spans if start < end]
    if not satisfiable:
        raise RangeNotSatisfiableError
    return None if _overlap(satisfiable) else satisfiable


def _parse_span(text: str, size: int) -> ByteSpan:
    """The part of a file that one range names, empty if it has no byte of it; or ValueError."""
    match = _RANGE_SPEC.fullmatch(text)
    first, last = match.groups() if match else ("", "")
    if not first:
        return max(size - int(last), 0), size
    if last and int(last) < int(first):
        raise ValueError(text)
    return int(first), min(int(last) + 1, size) if last else size


def _overlap(spans: Sequence[ByteSpan]) -> bool:
    return any(earlier[1] > later[0] for earlier, later in pairwise(sorted(spans)))


def format_content_range(span: ByteSpan, size: int) -> str:
    """The Content-Range of a part."""
    return f"bytes {span[0]}-{span[1] - 1}/{size}"


def build_multipart(
    spans: Sequence[ByteSpan], size: int, content_type: str
) -> tuple[str, list[bytes | ByteSpan]]:
    """Return type and body of multipart/byteranges: texts, and spans where they belong."""
    boundary = secrets.token_hex(12)
    parts: list[bytes | ByteSpan] = []
    for span in spans:
        part_headers = (
            f"content-type: {content_type}\r\ncontent-range: {format_content_range(span, size)}"
        )
        parts += [f"\r\n--{boundary}\r\n{part_headers}\r\n\r\n".encode("latin-1"), span]
    parts.append(f"\r\n--{boundary}--\r\n".encode("latin-1"))
    return f"multipart/byteranges; boundary={boundary}", parts
