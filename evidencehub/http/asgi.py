"""The few shapes that every part of the server speaks, and a whole answer in one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import quote

from evidencehub.http.body_parts import PartedBody

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
HeaderItems = Iterable[tuple[str, str]]  # names in lower case
PARTS = "hub.parts"
"""Where a message for the front has a body that is not read yet."""


class TrackedSend:
    """A `send` that knows whether the response has started: then no error can replace it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        self.has_started = True
        await self._send(message)


def encode_headers(headers: HeaderItems) -> list[tuple[bytes, bytes]]:
    """Headers as a server wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def get_header(scope: Scope, name: str) -> str:
    """What the client sent under a name (lower case); several are joined by commas."""
    raw_name = name.encode("latin-1")
    return ", ".join(v.decode("latin-1") for k, v in scope["headers"] if k.lower() == raw_name)


async def send_response(
    send: Send, status: int, headers: HeaderItems, body: bytes | PartedBody
) -> None:
    """Send an answer that is there already, with its length.

    One of several parts is handed to the front as it is, which reads what a client wants of it.
    """
    size = body.size if isinstance(body, PartedBody) else len(body)
    all_headers = [*headers, ("content-length", str(size))]
    await send(
        {"type": "http.response.start", "status": status, "headers": encode_headers(all_headers)}
    )
    content = {"body": b"", PARTS: body} if isinstance(body, PartedBody) else {"body": body}
    await send({"type": "http.response.body", **content})


async def send_stream(
    send: Send, headers: HeaderItems, next_chunk: Callable[[], Awaitable[bytes]]
) -> None:
    """Send an answer whose length is not known piece by piece; an empty one is the end."""
    chunk = await next_chunk()  # what goes wrong at the start is still told as it is
    await send({"type": "http.response.start", "status": 200, "headers": encode_headers(headers)})
    while chunk:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        chunk = await next_chunk()
    await send({"type": "http.response.body", "body": b""})


async def request_internally(
    app: ASGIApp, path: str, *, method: str = "GET", query: str = "", body: bytes = b""
) -> tuple[int, bytes]:
    """Return status and body of what an application answers, asked from within."""
    status, chunks = 0, []
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": method, "scheme": "http", "path": path, "raw_path": quote(path).encode(),
        "query_string": query.encode(), "root_path": "", "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0),
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(chunks)
