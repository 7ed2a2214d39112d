"""Sends a document: bytes, or a function that makes them or lays them out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from evidencehub.http import asgi
from evidencehub.web.page_request import Document

RunInThread = Callable[[Callable[[], Any]], Awaitable[Any]]


async def send_document(document: Document, run_in_thread: RunInThread, send: asgi.Send) -> None:
    """Send a document; what takes time is made in a thread, so that others are served."""
    headers = [("content-type", document.content_type), *document.headers.items()]
    body = document.body
    if callable(body):
        body = await run_in_thread(body)
    await asgi.send_response(send, 200, headers, body)
