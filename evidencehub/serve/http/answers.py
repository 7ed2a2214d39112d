"""Answers that are there: their messages ready to send, compressed once for each coding."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from evidencehub.serve.asgi import Message, Send
from evidencehub.serve.http import conditional, encodings

SLICE = 262_144  # bytes written at once: what a slow reader makes the server hold
BESIDES = 5_000  # bytes that an answer takes besides its body: headers, messages, keys (measured)
Pairs = list[tuple[bytes, bytes]]
DONE: Message = {"type": "http.response.body", "body": b""}
_WITHOUT = {204, 304}  # these have no body, and no length (RFC 9110, 8.6)
_OF_A_BODY = (b"content-length", b"content-type", b"content-encoding", b"content-range")


@dataclass(slots=True)
class Ready:
    """One answer in one coding: nothing is left to do but to send it."""

    etag: bytes  # empty: none
    start: Message
    body: tuple[Message, ...]
    unchanged: Message
    size: int

    def kept(self) -> Ready:
        """The same, saying that it was kept: for the operator's log."""
        headers = [*self.start["headers"], (b"hub-cache", b"hit")]
        return replace(self, start={**self.start, "headers": headers})

    async def send(self, send: Send, *, head: bool, if_none_match: bytes | None) -> None:
        """Answer a request: whole, without a body, or with 304."""
        if if_none_match and self.etag and self._named(if_none_match):
            await send(self.unchanged)
            await send(DONE)
            return
        await send(self.start)
        if head:
            await send(DONE)
            return
        for message in self.body:
            await send(message)

    def _named(self, if_none_match: bytes) -> bool:
        if if_none_match == self.etag:
            return True
        return conditional.listed(if_none_match.decode("latin-1"), self.etag.decode("latin-1"))


@dataclass(slots=True, eq=False)
class Answer:
    """A whole answer of the inner application, and what has been made ready of it.

    `headers` are those that every coding shares; `etag` is that of the bytes as they are, or
    empty.
    """

    status: int
    headers: Pairs
    body: bytes
    content_type: str
    etag: str = ""
    key: Any = None
    used: bool = False
    counted: int = 0  # bytes that the cache counts for it
    addresses: list[Any] = field(default_factory=list)
    _ready: dict[str, Ready] = field(default_factory=dict)
    _making: dict[str, asyncio.Task[Ready]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return len(self.body) + BESIDES + sum(ready.size for ready in self._ready.values())

    async def ready(self, accept_encoding: str) -> Ready:
        """The answer in the coding that a client likes best; each is made once."""
        coding = encodings.IDENTITY
        if self.status not in _WITHOUT and b"content-encoding" not in dict(self.headers):
            coding = encodings.chosen(accept_encoding, self.content_type, len(self.body))
        found = self._ready.get(coding)
        if found is not None:
            return found
        if coding == encodings.IDENTITY:  # nothing to wait for, and nothing to share
            return await self._make(coding)
        task = self._making.get(coding)
        if task is None:
            task = self._making[coding] = asyncio.create_task(self._make(coding))
        # shielded: whoever asked first may go away while others wait for the same bytes
        return await asyncio.shield(task)

    async def _make(self, coding: str) -> Ready:
        body = await encodings.compressed(self.body, coding)
        etag = conditional.for_coding(self.etag, coding).encode("latin-1")
        headers = list(self.headers)
        if etag:
            headers.append((b"etag", etag))
        if coding:
            headers.append((b"content-encoding", coding.encode()))
        unchanged = without_body(headers)
        if self.status not in _WITHOUT:
            headers.append((b"content-length", str(len(body)).encode()))
        made = Ready(
            etag,
            {"type": "http.response.start", "status": self.status, "headers": headers},
            sliced(body),
            {"type": "http.response.start", "status": 304, "headers": unchanged},
            0 if coding == encodings.IDENTITY and len(body) <= SLICE else len(body),
        )
        self._ready[coding] = made
        self._making.pop(coding, None)
        return made


def without_body(headers: Pairs) -> Pairs:
    """The headers of a 304: those of the whole answer that say nothing of its body."""
    return [(name, value) for name, value in headers if name not in _OF_A_BODY]


def sliced(body: bytes) -> tuple[Message, ...]:
    """A body as messages of at most SLICE bytes."""
    starts = range(0, max(len(body), 1), SLICE)
    return tuple(
        {
            "type": "http.response.body",
            "body": body[start : start + SLICE],
            "more_body": start + SLICE < len(body),
        }
        for start in starts
    )
