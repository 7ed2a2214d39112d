"""The few shapes that every part of the server speaks, and a whole answer in one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[str, str]]  # names in lower case


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as a server wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def header(scope: Scope, name: str) -> str:
    """What the client sent under a name (lower case); several are joined by commas."""
    wanted = name.encode("latin-1")
    return ", ".join(v.decode("latin-1") for k, v in scope["headers"] if k.lower() == wanted)


async def whole(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send an answer that is there already, with its length."""
    told = [*headers, ("content-length", str(len(body)))]
    await send({"type": "http.response.start", "status": status, "headers": raw(told)})
    await send({"type": "http.response.body", "body": body})


async def pieces(send: Send, headers: Headers, parts: Callable[[], Awaitable[bytes]]) -> None:
    """Send an answer whose length is not known piece by piece; an empty one is the end."""
    await send({"type": "http.response.start", "status": 200, "headers": raw(headers)})
    while part := await parts():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
