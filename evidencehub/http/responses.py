"""Answers that are there: their messages ready to send, compressed once for each coding."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from evidencehub.http import conditional, content_coding
from evidencehub.http.asgi import Message, Send

MAX_MESSAGE_BYTES = 262_144  # bytes written at once: what a slow reader makes the server hold
# bytes that an answer takes besides its body: headers, messages, keys (measured)
RESPONSE_OVERHEAD_BYTES = 5_000
RawHeaders = list[tuple[bytes, bytes]]
END_OF_BODY: Message = {"type": "http.response.body", "body": b""}
_BODILESS_STATUSES = {204, 304}  # these have no body, and no length (RFC 9110, 8.6)
_BODY_HEADERS = (b"content-length", b"content-type", b"content-encoding", b"content-range")


@dataclass(slots=True)
class EncodedResponse:
    """One answer in one coding: nothing is left to do but to send it.

    `content` is the body in one piece where parts of it may be asked for.
    """

    validators: conditional.Validators
    start: Message
    body: tuple[Message, ...]
    not_modified: Message
    size: int
    content: bytes | None = None

    def mark_as_cached(self) -> EncodedResponse:
        """The same, saying that it was kept: for the operator's log."""
        headers = [*self.start["headers"], (b"hub-cache", b"hit")]
        return replace(self, start={**self.start, "headers": headers})

    async def send(
        self, send: Send, *, head: bool, none_match: str = "", modified_since: str = ""
    ) -> None:
        """Answer a request: whole, without a body, or with 304."""
        if (none_match or modified_since) and conditional.is_not_modified(
            none_match, modified_since, self.validators
        ):
            await send(self.not_modified)
            await send(END_OF_BODY)
            return
        await send(self.start)
        for message in (END_OF_BODY,) if head else self.body:
            await send(message)


@dataclass(slots=True, eq=False)
class BufferedResponse:
    """A whole answer of the inner application, and what has been made ready of it.

    `headers` are those that every coding shares; the entity tag of `validators` is that of the
    bytes as they are, or empty; `sha256` is their digest where it is known. A `has_parts` response
    says its digest, and parts of it may be asked for.
    """

    status: int
    headers: RawHeaders
    body: bytes
    content_type: str
    validators: conditional.Validators
    has_parts: bool = False
    sha256: str = ""
    key: Any = None
    used_recently: bool = False
    counted_bytes: int = 0  # bytes that the cache counts for it
    cache_addresses: list[Any] = field(default_factory=list)
    _encoded: dict[str, EncodedResponse] = field(default_factory=dict)
    _encoding_tasks: dict[str, asyncio.Task[EncodedResponse]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        encoded_bytes = sum(encoded.size for encoded in self._encoded.values())
        return len(self.body) + RESPONSE_OVERHEAD_BYTES + encoded_bytes

    async def encode(self, accept_encoding: str) -> EncodedResponse:
        """The answer in the coding that a client likes best; each is made once."""
        coding = content_coding.IDENTITY
        if self.status not in _BODILESS_STATUSES and b"content-encoding" not in dict(self.headers):
            coding = content_coding.select_coding(
                accept_encoding, self.content_type, len(self.body)
            )
        encoded = self._encoded.get(coding)
        if encoded is not None:
            return encoded
        if coding == content_coding.IDENTITY:  # nothing to wait for, and nothing to share
            return await self._encode_once(coding)
        task = self._encoding_tasks.get(coding)
        if task is None:
            task = self._encoding_tasks[coding] = asyncio.create_task(self._encode_once(coding))
        # shielded: whoever asked first may go away while others wait for the same bytes
        return await asyncio.shield(task)

    async def _encode_once(self, coding: str) -> EncodedResponse:
        body = await content_coding.compress_async(self.body, coding)
        etag = conditional.build_coded_etag(self.validators.etag, coding)
        headers = describe_coding(self.headers, etag, coding)
        if self.has_parts:
            is_own = coding == content_coding.IDENTITY and self.sha256
            headers += describe_parts(self.sha256 if is_own else hashlib.sha256(body).hexdigest())
        not_modified_headers = drop_body_headers(headers)
        if self.status not in _BODILESS_STATUSES:
            headers.append((b"content-length", str(len(body)).encode()))
        is_own_body = coding == content_coding.IDENTITY and len(body) <= MAX_MESSAGE_BYTES
        encoded = EncodedResponse(
            replace(self.validators, etag=etag),
            build_start(self.status, headers),
            split_body(body),
            build_start(304, not_modified_headers),
            0 if is_own_body else len(body),
            body if self.has_parts and coding == content_coding.IDENTITY else None,
        )
        self._encoded[coding] = encoded
        self._encoding_tasks.pop(coding, None)
        return encoded


def build_start(status: int, headers: RawHeaders) -> Message:
    """The message that a response begins with."""
    return {"type": "http.response.start", "status": status, "headers": headers}


def describe_coding(headers: RawHeaders, etag: str, coding: str) -> RawHeaders:
    """Headers with the entity tag and the coding of the bytes that follow, empty for none."""
    new_headers = (b"etag", etag.encode("latin-1")), (b"content-encoding", coding.encode())
    kept_headers = [pair for pair in headers if pair[0] != b"etag"]
    return kept_headers + [pair for pair in new_headers if pair[1]]


def describe_parts(sha256: str) -> RawHeaders:
    """Headers of a response of which parts may be asked for: that, and the digest of the whole.

    Without a digest where `sha256` is empty.
    """
    digest = conditional.format_digest(sha256) if sha256 else ""
    return [(b"accept-ranges", b"bytes"), *([(b"repr-digest", digest.encode())] if digest else [])]


def drop_body_headers(headers: RawHeaders) -> RawHeaders:
    """The headers of a 304: those of the whole answer that say nothing of its body."""
    return [(name, value) for name, value in headers if name not in _BODY_HEADERS]


def split_body(body: bytes) -> tuple[Message, ...]:
    """A body as messages of at most MAX_MESSAGE_BYTES."""
    starts = range(0, max(len(body), 1), MAX_MESSAGE_BYTES)
    return tuple(
        {
            "type": "http.response.body",
            "body": body[start : start + MAX_MESSAGE_BYTES],
            "more_body": start + MAX_MESSAGE_BYTES < len(body),
        }
        for start in starts
    )
