"""The body of a request: its one limit, and how it is read."""

from __future__ import annotations

from evidencehub.http.asgi import Receive
from evidencehub.http.problem_details import make_http_error

MAX_BODY_BYTES = 65_536  # bytes of a posted query
MAX_DISCARDED_BYTES = 1_048_576  # bytes of a body that is too long that are read all the same


async def read_body(receive: Receive) -> bytes:
    """Return the body of a request. Raise HttpError (413) if it is too long, (400) if cut off.

    A body that is too long is read on for a while and dropped: a client that still sends would see
    its connection reset before it sees the response.
    """
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise make_http_error(400, "http/bad-body")
        size += len(message.get("body", b""))
        if size <= MAX_BODY_BYTES:
            chunks.append(message.get("body", b""))
        if not message.get("more_body") or size > MAX_DISCARDED_BYTES:
            break
    if size > MAX_BODY_BYTES:
        close = [("connection", "close")]
        raise make_http_error(413, "http/too-large", close, max_bytes=MAX_BODY_BYTES)
    return b"".join(chunks)
