"""Content codings: which ones a client accepts, and bytes in them (RFC 9110, 8.4 and 12.5.3)."""

from __future__ import annotations

import asyncio
import gzip
import re
import zlib
from functools import lru_cache

import brotli

from evidencehub.serve.asgi import Message, Send

IDENTITY = ""
CODINGS = ("br", "gzip")  # what we offer, the better first
LEAST = 500  # bytes; below it a coding costs more than it saves
BROTLI_QUALITY, GZIP_LEVEL, STREAM_LEVEL = 5, 6, 4
OFF_LOOP = 32_768  # bytes; above it compressing would hold up other requests
FLUSH = 16_384  # bytes of a stream that may wait inside the compressor

_COMPRESSIBLE = re.compile(
    r"text/|application/(json|javascript|xml|ndjson|x-ndjson|sql|manifest)|image/svg"
    r"|[a-z]+/[^;]*\+(json|xml|csv)"
)


def compressible(content_type: str) -> bool:
    """Whether bytes of this type become clearly smaller."""
    return _COMPRESSIBLE.match(content_type.lower()) is not None


@lru_cache(maxsize=512)
def accepted(header: str) -> tuple[str, ...]:
    """The codings that a client accepts, the one it likes best first; "" is none at all.

    Without a header that is identity alone, for old clients say nothing and expect no coding.
    Among codings it likes equally ours comes first. Empty when even identity is excluded.
    """
    quality = _qualities(header)
    star = quality.get("*")
    likes = {c: quality.get(c, star or 0.0) for c in CODINGS}
    # identity is acceptable unless it, or "*" without it, has q=0; unnamed it comes last
    likes[IDENTITY] = quality.get("identity", 0.0001 if star is None else star)
    order = sorted((c for c in likes if likes[c] > 0), key=lambda c: -likes[c])
    return tuple(order)


def _qualities(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.lower().split(";"))
        q = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        if name and re.fullmatch(r"[01](\.\d{0,3})?", q):
            found["gzip" if name == "x-gzip" else name] = min(float(q), 1.0)
    return found


def chosen(header: str, content_type: str, size: int | None) -> str:
    """The coding for an answer of `size` bytes (None: a stream).

    A stream is coded with gzip only. What is small or would not shrink stays as it is, unless
    the client excludes that (`identity;q=0`); identity is also what it gets when it excludes
    everything, as RFC 9110 allows.
    """
    order = [c for c in accepted(header) if size is not None or c != "br"]
    plain = not compressible(content_type) or (size is not None and size < LEAST)
    if not order or (plain and IDENTITY in order):
        return IDENTITY
    return order[0]


def compress(body: bytes, coding: str) -> bytes:
    """The bytes in a coding; the same bytes every time."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if coding == "gzip" else body


async def compressed(body: bytes, coding: str) -> bytes:
    """The same, beside the event loop when it takes long."""
    if coding == IDENTITY or len(body) < OFF_LOOP:
        return compress(body, coding)
    return await asyncio.to_thread(compress, body, coding)


class GzipStream:
    """Compresses a stream piece by piece, and lets it flow: little waits inside."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(STREAM_LEVEL, zlib.DEFLATED, 31)
        self._waiting = 0

    async def add(self, piece: bytes, *, last: bool) -> bytes:
        """What can be sent after one more piece."""
        if len(piece) < OFF_LOOP:
            return self._add(piece, last)
        return await asyncio.to_thread(self._add, piece, last)

    def _add(self, piece: bytes, last: bool) -> bytes:
        out = self._gzip.compress(piece)
        self._waiting += len(piece)
        if last:
            return out + self._gzip.flush()
        if self._waiting >= FLUSH:
            self._waiting = 0
            out += self._gzip.flush(zlib.Z_SYNC_FLUSH)
        return out


def gzipping(send: Send) -> Send:
    """Codes the pieces of a stream as they pass."""
    stream = GzipStream()

    async def coded(message: Message) -> None:
        more = message.get("more_body", False)
        piece = await stream.add(message.get("body", b""), last=not more)
        if piece or not more:
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return coded
