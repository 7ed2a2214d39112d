"""One request to an application by its very bytes: clients tidy up the addresses that matter."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass
class AsgiResponse:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


async def send_request(app: Any, address: str, method: str = "GET", **headers: str) -> AsgiResponse:
    """What an application answers to an address, which is sent as it is."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(k.encode(), v.encode()) for k, v in {"host": "hub.test", **headers}.items()],
        "client": ("127.0.0.1", 1),
        "server": (headers.get("host", "hub.test"), 80),
    }
    response = AsgiResponse()
    is_finished = asyncio.Event()
    request_messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in request_messages:
            return message
        await is_finished.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            response.status = message["status"]
            response.headers = [(k.decode().lower(), v.decode()) for k, v in message["headers"]]
        else:
            response.body += message.get("body", b"")

    await app(scope, receive, send)
    is_finished.set()
    return response
