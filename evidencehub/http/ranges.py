"""Ranges of bytes: what a Range header asks for, and the parts of an answer (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

MAX_RANGES = 16  # ranges in one request; who asks for more gets the whole
ByteSpan = tuple[int, int]  # first byte and the one after the last

_RANGE_HEADER = re.compile(r"bytes\s*=\s*(.+)", re.IGNORECASE)
_RANGE_SPEC = re.compile(r"(\d{0,18})\s*-\s*(\d{0,18})")


class RangeNotSatisfiableError(Exception):
    """No range that was asked for has a byte in it: 416."""


def parse_range(header: str, size: int) -> list[ByteSpan] | None:
    """The ranges of a file of `size` bytes that a header asks for, in its order.

    None when there is nothing to heed: no header, another unit, a syntax error, more than MOST
    ranges, or ranges that overlap (RFC 9110, 14.2 lets a server answer those with the whole).
    Raises UnsatisfiableError.
    """
    header_match = _RANGE_HEADER.fullmatch(header.strip())
    if header_match is None:
        return None
    matches = [
        _RANGE_SPEC.fullmatch(item.strip()) for item in header_match[1].split(",") if item.strip()
    ]
    if not matches or len(matches) > MAX_RANGES:
        return None
    spans: list[ByteSpan] = []
    for match in matches:
        if match is None or match.groups() == ("", "") or _is_reversed(match[1], match[2]):
            return None
        spans += _clip_to_file(match[1], match[2], size)
    if not spans:
        raise RangeNotSatisfiableError
    sorted_spans = sorted(spans)
    overlap = any(earlier[1] > later[0] for earlier, later in pairwise(sorted_spans))
    return None if overlap else spans


def _is_reversed(first: str, last: str) -> bool:
    return bool(first and last) and int(last) < int(first)


def _clip_to_file(first: str, last: str, size: int) -> list[ByteSpan]:
    """The range within the file; none when it has no byte of it."""
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    return [(start, end)] if start < end else []


def format_content_range(span: ByteSpan, size: int) -> str:
    """The Content-Range of a part."""
    return f"bytes {span[0]}-{span[1] - 1}/{size}"


def build_multipart(
    spans: Sequence[ByteSpan], size: int, content_type: str, boundary: str
) -> list[bytes | ByteSpan]:
    """The body of multipart/byteranges: texts, and spans of the file where they belong."""
    parts: list[bytes | ByteSpan] = []
    for span in spans:
        part_headers = (
            f"content-type: {content_type}\r\ncontent-range: {format_content_range(span, size)}"
        )
        parts += [f"\r\n--{boundary}\r\n{part_headers}\r\n\r\n".encode("latin-1"), span]
    return [*parts, f"\r\n--{boundary}--\r\n".encode("latin-1")]
