"""Addresses as people copy them: with the full stop of a sentence, a bracket, capitals.

An address that leads nowhere redirects to the one that was meant, if that is there; ids in which
such characters belong are found first, so nothing that exists is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from evidencehub.http import asgi
from evidencehub.http.asgi import ASGIApp, Message, Receive, Scope, Send
from evidencehub.http.site_address import get_raw_path

_PROGRAM_PREFIXES = ("/api/", "/odata", "/sdmx/")  # their 404 says what there is
_STRAY_ENDING = re.compile(
    r"(?:[.,;:!?'\"()<>\[\]{}*_/]|%(?:20|21|22|27|28|29|2a|2c|3a|3b|3c|3e|3f|5b|5d|7b|7d)"
    r"|%c2%(?:a0|ab|bb)|%e2%80%(?:[89][0-9a-f]|a6|b9|ba))+$",
    re.IGNORECASE,
)


def list_meant_paths(path: str) -> Iterator[str]:
    """Yield the paths that may have been meant by one that leads nowhere.

    >>> list(list_meant_paths("/indicators/Toys-rate)."))
    ['/indicators/Toys-rate', '/indicators/toys-rate).', '/indicators/toys-rate']
    """
    stripped = _STRAY_ENDING.sub("", path)
    for candidate in (stripped, path.lower(), stripped.lower()):
        if candidate not in ("", path) and not candidate.startswith(_PROGRAM_PREFIXES):
            yield candidate


def redirect_stray_endings(app: ASGIApp) -> ASGIApp:
    """Return the application, with redirects from mistyped addresses to those that are there."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def send_unless_lost(message: Message) -> None:
            if (message["type"] == "http.response.start" and message["status"] == 404) or held:
                held.append(message)
            else:
                await send(message)

        if scope["type"] != "http" or scope["method"] != "GET":
            await app(scope, receive, send)
            return
        await app(scope, receive, send_unless_lost)
        if not held:
            return
        location = await _find_meant_path(app, scope)
        if location:
            query = scope["query_string"].decode("latin-1")
            address = f"{location}?{query}" if query else location
            await asgi.send_response(send, 301, [("location", address)], b"")
            return
        for message in held:
            await send(message)

    return run


async def _find_meant_path(app: ASGIApp, scope: Scope) -> str:
    """Return the first path that may have been meant and leads somewhere; empty for none."""
    for path in dict.fromkeys(list_meant_paths(get_raw_path(scope))):
        if await _is_there(app, {**scope, "path": unquote(path), "raw_path": path.encode()}):
            return path
    return ""


async def _is_there(app: ASGIApp, scope: Scope) -> bool:
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def take_status(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, take_status)
    return statuses == [200]
