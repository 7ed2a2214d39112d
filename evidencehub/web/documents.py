"""Sends a document: bytes, a function that makes them, or a stream of chunks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from evidencehub.http import asgi
from evidencehub.web.page_request import Document

RunInThread = Callable[[Callable[[], bytes]], Awaitable[bytes]]


async def send_document(document: Document, run_in_thread: RunInThread, send: asgi.Send) -> None:
    """Send a document; what takes time is made in a thread, so that others are served."""
    headers = [("content-type", document.content_type), *document.headers.items()]
    body = document.body
    if callable(body):
        body = await run_in_thread(body)
    if isinstance(body, bytes):
        await asgi.send_response(send, 200, headers, body)
        return
    chunks = body
    await asgi.send_stream(send, headers, lambda: run_in_thread(lambda: next(chunks, b"")))
