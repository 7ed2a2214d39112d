"""What one client may hold: how many connections there are, and for how long without progress.

uvicorn waits for a slow reader, which keeps memory flat, but it waits for ever, as it does for a
request that never ends. So once a second every connection is looked at; a request costs nothing.
"""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from evidencehub.serve import asgi, problem

HEAD = 64 * 1024  # bytes of a request line with its headers; the parser itself knows no bound
RETRY = 5  # seconds after which a client that was turned away may come again


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds without progress, and connections of one worker."""

    connections: int = 500
    request: float = 30.0  # from being ready for a request to having all of it
    stalled: float = 60.0  # in which a reader must take at least something


async def busy(_scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
    """Turn a request away because there are too many connections."""
    said = problem.refused(
        503,
        "too-busy",
        f"The server has more visitors than it can answer. Try again in {RETRY} seconds.",
    )
    headers = [("content-type", problem.TYPE), ("retry-after", str(RETRY)), ("connection", "close"),
               ("cache-control", "no-store"), ("access-control-allow-origin", "*")]  # fmt: skip
    await asgi.whole(send, 503, headers, problem.body(said))


# Any: uvicorn's types are not followed
class Connection(HttpToolsProtocol):  # type: ignore[misc]
    """One client's connection, with a memory of when it last made progress."""

    limits = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin; beyond the limit of connections every request is answered 503."""
        super().connection_made(transport)
        self.head = 0
        # bytes that wait with us, times it went on, bytes that wait with the system
        self.taken: tuple[int, int, int] = (0, 0, 0)
        self.taken_at = 0.0
        self.resumed = 0
        self.waits_for: Any = None
        self.waits_since = 0.0
        if len(self.connections) > 2 * self.limits.connections:
            transport.abort()  # not even worth an answer: each costs memory and a file handle
        elif len(self.connections) > self.limits.connections:
            self.app = busy

    def data_received(self, data: bytes) -> None:
        """Parse; a request line with headers that grows past all bounds is refused."""
        super().data_received(data)
        if self.scope is None or "method" in self.scope:
            self.head = 0
            return
        self.head += len(data)
        if self.head > HEAD and not self.transport.is_closing():
            self.refuse(b"431 Request Header Fields Too Large")

    def resume_writing(self) -> None:
        """Count that the client has taken something."""
        self.resumed += 1
        super().resume_writing()

    def refuse(self, status: bytes) -> None:
        """Answer with a bare status where no request could be read, and close."""
        text = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(text)
        self.transport.close()

    @property
    def between(self) -> bool:
        """True while no request is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def look(self, now: float) -> None:
        """Drop the connection where the client has made no progress for too long."""
        left = self.transport.get_write_buffer_size()
        taken = (left, self.resumed, self._queued() if left else 0)
        if not left or taken != self.taken:
            self.taken, self.taken_at = taken, now
        elif now - self.taken_at > self.limits.stalled:
            self.transport.abort()
            return
        self._look_for_request(now, left)

    def _queued(self) -> int:
        """Bytes that the system has taken from us, and the client not yet from the system.

        Megabytes fit there: who is slow but goes on shows itself here long before we see it.
        """
        try:
            told = fcntl.ioctl(
                self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4)
            )
        except OSError:
            return 0
        return int.from_bytes(told, sys.byteorder)

    def _look_for_request(self, now: float, left: int) -> None:
        reading = self.between or bool(self.cycle.more_body)
        # a connection that is kept alive between requests has a timer of uvicorn's
        idle = self.between and self.timeout_keep_alive_task is not None
        state = (self.between, self.cycle)
        if not reading or idle or left or state != self.waits_for:
            self.waits_for, self.waits_since = state, now
        elif now - self.waits_since > self.limits.request and not self.transport.is_closing():
            if self.between and self.head:
                self.refuse(b"408 Request Timeout")
            else:
                self.transport.abort()


def protocol(limits: Limits) -> type[Connection]:
    """The class of connections with these limits."""
    return type("Connection", (Connection,), {"limits": limits})


def look(connections: Iterable[Any], now: float) -> None:
    """Drop every connection that has made no progress for too long."""
    for connection in list(connections):
        connection.look(now)
