"""Ranges of bytes: what a Range header asks for, and the parts of an answer (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

MOST = 16  # ranges in one request; who asks for more gets the whole
Span = tuple[int, int]  # first byte and the one after the last

_HEADER = re.compile(r"bytes\s*=\s*(.+)", re.IGNORECASE)
_ONE = re.compile(r"(\d{0,18})\s*-\s*(\d{0,18})")


class UnsatisfiableError(Exception):
    """No range that was asked for has a byte in it: 416."""


def asked(header: str, size: int) -> list[Span] | None:
    """The ranges of a file of `size` bytes that a header asks for, in its order.

    None when there is nothing to heed: no header, another unit, a syntax error, more than MOST
    ranges, or ranges that overlap (RFC 9110, 14.2 lets a server answer those with the whole).
    Raises UnsatisfiableError.
    """
    matched = _HEADER.fullmatch(header.strip())
    if matched is None:
        return None
    found = [_ONE.fullmatch(item.strip()) for item in matched[1].split(",") if item.strip()]
    if not found or len(found) > MOST:
        return None
    spans: list[Span] = []
    for one in found:
        if one is None or one.groups() == ("", "") or _backwards(one[1], one[2]):
            return None
        spans += _span(one[1], one[2], size)
    if not spans:
        raise UnsatisfiableError
    ordered = sorted(spans)
    overlap = any(before[1] > after[0] for before, after in pairwise(ordered))
    return None if overlap else spans


def _backwards(first: str, last: str) -> bool:
    return bool(first and last) and int(last) < int(first)


def _span(first: str, last: str, size: int) -> list[Span]:
    """The range within the file; none when it has no byte of it."""
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    return [(start, end)] if start < end else []


def content_range(span: Span, size: int) -> str:
    """The Content-Range of a part."""
    return f"bytes {span[0]}-{span[1] - 1}/{size}"


def multipart(
    spans: Sequence[Span], size: int, content_type: str, boundary: str
) -> list[bytes | Span]:
    """The body of multipart/byteranges: texts, and spans of the file where they belong."""
    parts: list[bytes | Span] = []
    for span in spans:
        told = f"content-type: {content_type}\r\ncontent-range: {content_range(span, size)}"
        parts += [f"\r\n--{boundary}\r\n{told}\r\n\r\n".encode("latin-1"), span]
    return [*parts, f"\r\n--{boundary}--\r\n".encode("latin-1")]
