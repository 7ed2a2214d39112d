"""Content codings: which ones a client accepts, and bytes in them (RFC 9110, 8.4 and 12.5.3)."""

from __future__ import annotations

import asyncio
import gzip
import re
import zlib
from functools import lru_cache

import brotli

from evidencehub.http.asgi import Message, Send
from evidencehub.http.quality_values import parse_quality_values

IDENTITY = ""
CODINGS = ("br", "gzip")  # what we offer, the better first
MIN_CODED_BYTES = 500  # bytes; below it a coding costs more than it saves
BROTLI_QUALITY, GZIP_LEVEL, STREAM_GZIP_LEVEL = 5, 6, 4
THREAD_THRESHOLD_BYTES = 32_768  # bytes; above it compressing would hold up other requests
FLUSH_BYTES = 16_384  # bytes of a stream that may wait inside the compressor

_COMPRESSIBLE = re.compile(
    r"text/|application/(json|javascript|xml|ndjson|x-ndjson|sql|manifest)|image/svg"
    r"|[a-z]+/[^;]*\+(json|xml|csv)"
)


def is_compressible(content_type: str) -> bool:
    """Whether bytes of this type become clearly smaller."""
    return _COMPRESSIBLE.match(content_type.lower()) is not None


@lru_cache(maxsize=512)
def list_accepted_codings(header: str) -> tuple[str, ...]:
    """The codings that a client accepts, the one it likes best first; "" is none at all.

    Without a header that is identity alone, for old clients say nothing and expect no coding.
    Among codings it likes equally ours comes first. Empty when even identity is excluded.
    """
    quality = {
        "gzip" if name == "x-gzip" else name: min(weight, 1.0)
        for name, weight in parse_quality_values(header)
    }
    wildcard = quality.get("*")
    preferences = {c: quality.get(c, wildcard or 0.0) for c in CODINGS}
    # identity is acceptable unless it, or "*" without it, has q=0; unnamed it comes last
    preferences[IDENTITY] = quality.get("identity", 0.0001 if wildcard is None else wildcard)
    codings = sorted((c for c in preferences if preferences[c] > 0), key=lambda c: -preferences[c])
    return tuple(codings)


def select_coding(header: str, content_type: str, size: int | None) -> str:
    """The coding for an answer of `size` bytes (None: a stream).

    A stream is coded with gzip only. What is small or would not shrink stays as it is, unless
    the client excludes that (`identity;q=0`); identity is also what it gets when it excludes
    everything, as RFC 9110 allows.
    """
    codings = [c for c in list_accepted_codings(header) if size is not None or c != "br"]
    prefers_identity = not is_compressible(content_type) or (
        size is not None and size < MIN_CODED_BYTES
    )
    if not codings or (prefers_identity and IDENTITY in codings):
        return IDENTITY
    return codings[0]


def compress(body: bytes, coding: str) -> bytes:
    """The bytes in a coding; the same bytes every time."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if coding == "gzip" else body


async def compress_async(body: bytes, coding: str) -> bytes:
    """The same, beside the event loop when it takes long."""
    if coding == IDENTITY or len(body) < THREAD_THRESHOLD_BYTES:
        return compress(body, coding)
    return await asyncio.to_thread(compress, body, coding)


class GzipStream:
    """Compresses a stream piece by piece, and lets it flow: little waits inside."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(STREAM_GZIP_LEVEL, zlib.DEFLATED, 31)
        self._buffered_bytes = 0

    async def add(self, chunk: bytes, *, last: bool) -> bytes:
        """What can be sent after one more piece."""
        if len(chunk) < THREAD_THRESHOLD_BYTES:
            return self._add(chunk, last)
        return await asyncio.to_thread(self._add, chunk, last)

    def _add(self, chunk: bytes, last: bool) -> bytes:
        compressed = self._gzip.compress(chunk)
        self._buffered_bytes += len(chunk)
        if last:
            return compressed + self._gzip.flush()
        if self._buffered_bytes >= FLUSH_BYTES:
            self._buffered_bytes = 0
            compressed += self._gzip.flush(zlib.Z_SYNC_FLUSH)
        return compressed


def wrap_send_in_gzip(send: Send) -> Send:
    """Codes the pieces of a stream as they pass."""
    stream = GzipStream()

    async def send_coded(message: Message) -> None:
        has_more = message.get("more_body", False)
        chunk = await stream.add(message.get("body", b""), last=not has_more)
        if chunk or not has_more:
            await send({"type": "http.response.body", "body": chunk, "more_body": has_more})

    return send_coded
