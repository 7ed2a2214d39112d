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

from evidencehub.http import asgi, problem_details

MAX_HEAD_BYTES = (
    64 * 1024
)  # bytes of a request line with its headers; the parser itself knows no bound
RETRY_AFTER_SECONDS = 5  # seconds after which a client that was turned away may come again


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds without progress, and connections of one worker."""

    max_connections: int = 500
    request_timeout: float = 30.0  # from being ready for a request to having all of it
    write_timeout: float = 60.0  # in which a reader must take at least something


async def respond_overloaded(_scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
    """Refuse a request because there are too many connections."""
    error = problem_details.build_http_error(
        503,
        "too-busy",
        (f"The server is at its connection limit. Try again in {RETRY_AFTER_SECONDS} seconds."),
    )
    headers = [
        ("content-type", problem_details.MEDIA_TYPE),
        ("retry-after", str(RETRY_AFTER_SECONDS)),
        ("connection", "close"),
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "*"),
    ]
    await asgi.send_response(send, 503, headers, problem_details.render_problem_json(error))


# Any: uvicorn's types are not followed
class LimitedConnection(HttpToolsProtocol):  # type: ignore[misc]
    """One client's connection, with a memory of when it last made progress."""

    limits = ConnectionLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin; beyond the limit of connections every request is answered 503."""
        super().connection_made(transport)
        self.head_bytes = 0
        # bytes that wait with us, times it went on, bytes that wait with the system
        self.write_progress: tuple[int, int, int] = (0, 0, 0)
        self.progress_at = 0.0
        self.resume_count = 0
        self.read_state: Any = None
        self.read_state_since = 0.0
        if len(self.connections) > 2 * self.limits.max_connections:
            transport.abort()  # not even worth an answer: each costs memory and a file handle
        elif len(self.connections) > self.limits.max_connections:
            self.app = respond_overloaded

    def data_received(self, data: bytes) -> None:
        """Parse; a request line with headers that grows past all bounds is refused."""
        super().data_received(data)
        if self.scope is None or "method" in self.scope:
            self.head_bytes = 0
            return
        self.head_bytes += len(data)
        if self.head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_bare_status(b"431 Request Header Fields Too Large")

    def resume_writing(self) -> None:
        """Count that the client has taken something."""
        self.resume_count += 1
        super().resume_writing()

    def send_bare_status(self, status: bytes) -> None:
        """Answer with a bare status where no request could be read, and close."""
        text = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(text)
        self.transport.close()

    @property
    def is_between_requests(self) -> bool:
        """True while no request is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    @property
    def awaits_data(self) -> bool:
        """True while the client is to send a request, or the rest of one."""
        if not self.is_between_requests:
            return bool(self.cycle.more_body)
        # a connection that is kept alive between requests has a timer of uvicorn's
        return self.timeout_keep_alive_task is None

    def check_progress(self, now: float) -> None:
        """Drop the connection where the client has made no progress for too long."""
        buffered_bytes = self.transport.get_write_buffer_size()
        progress = (
            buffered_bytes,
            self.resume_count,
            self._count_kernel_bytes() if buffered_bytes else 0,
        )
        if not buffered_bytes or progress != self.write_progress:
            self.write_progress, self.progress_at = progress, now
        elif now - self.progress_at > self.limits.write_timeout:
            self.transport.abort()
            return
        self._check_request_progress(now, buffered_bytes)

    def _count_kernel_bytes(self) -> int:
        """Bytes that the system has taken from us, and the client not yet from the system.

        Megabytes fit there: who is slow but goes on shows itself here long before we see it.
        """
        try:
            raw_count = fcntl.ioctl(
                self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4)
            )
        except OSError:
            return 0
        return int.from_bytes(raw_count, sys.byteorder)

    def _check_request_progress(self, now: float, buffered_bytes: int) -> None:
        read_state = (self.is_between_requests, self.cycle)
        is_late = now - self.read_state_since > self.limits.request_timeout
        if buffered_bytes or not self.awaits_data or read_state != self.read_state:
            self.read_state, self.read_state_since = read_state, now
        elif is_late and not self.transport.is_closing():
            if self.is_between_requests and self.head_bytes:
                self.send_bare_status(b"408 Request Timeout")
            else:
                self.transport.abort()


def build_protocol(limits: ConnectionLimits) -> type[LimitedConnection]:
    """The class of connections with these limits."""
    return type("Connection", (LimitedConnection,), {"limits": limits})


def check_connections(connections: Iterable[Any], now: float) -> None:
    """Drop every connection that has made no progress for too long."""
    for connection in list(connections):
        connection.check_progress(now)
