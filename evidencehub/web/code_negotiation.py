"""Addresses of code lists: a browser gets the page, a program what it accepts (RFC 9110)."""

from __future__ import annotations

import re

from evidencehub.http import asgi
from evidencehub.http.asgi import ASGIApp, Message, Receive, Scope, Send
from evidencehub.http.parameters import CODE_LIST_PATH
from evidencehub.http.quality_values import parse_quality_values
from evidencehub.web.pages.code_documents import DOCUMENTS

_PAGE_TYPES = ("text/html", "*/*", "text/*", "application/xhtml+xml")
_ENDING = re.compile(rf"\.(?:{'|'.join(map(re.escape, DOCUMENTS))})$")
_ENDINGS_BY_TYPE = {media.partition(";")[0]: ending for ending, (media, _) in DOCUMENTS.items()}


def negotiate_code_lists(app: ASGIApp) -> ASGIApp:
    """Return the application with the documents of code lists at the addresses of their pages."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if not CODE_LIST_PATH.fullmatch(path) or _ENDING.search(path):
            await app(scope, receive, send)
            return
        ending = _select_ending(asgi.get_header(scope, "accept"))
        if ending:
            raw_path = f"{scope['raw_path'].decode('latin-1')}.{ending}".encode("latin-1")
            scope = {**scope, "path": f"{path}.{ending}", "raw_path": raw_path}

        async def send_varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (b"vary", b"Accept")]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, send_varied)

    return run


def _select_ending(accept: str) -> str:
    """Return the ending of the document that a client likes best, empty for the page.

    >>> _select_ending("text/html, */*;q=0.8"), _select_ending("text/turtle, text/html;q=0.5")
    ('', 'ttl')
    """
    best, chosen = 0.0, ""
    for name, weight in parse_quality_values(accept):
        ending = _ENDINGS_BY_TYPE.get(name)
        if weight > best and (ending is not None or name in _PAGE_TYPES):
            best, chosen = weight, ending or ""
    return chosen
