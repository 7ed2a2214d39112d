"""What one client may hold: how many connections there are, and for how long without progress.

uvicorn waits for a slow reader, which keeps memory flat, but it waits for ever, as it does for a
request that never ends. So once a second every connection is looked at; a request costs nothing.
"""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from evidencehub.http import asgi, problem_details
from evidencehub.http.concurrency import make_busy_error
from evidencehub.http.problem_details import HttpError, build_http_error, make_http_error
from evidencehub.runtime.proxies import NO_PROXIES, TrustedProxies, name_network

MAX_HEAD_BYTES = (
    64 * 1024
)  # bytes of a request line with its headers; the parser itself knows no bound
REFUSALS: Counter[int] = Counter()  # connections of this process that were refused, by status
_ASCII = "".join(map(chr, range(128)))
RETRY_AFTER_SECONDS = 5  # seconds after which a client that was turned away may come again


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds without progress, and connections of one worker."""

    max_connections: int = 500
    request_timeout: float = 30.0  # from being ready for a request to having all of it
    write_timeout: float = 60.0  # in which a reader must take at least something
    proxies: TrustedProxies = NO_PROXIES  # their connections are those of many visitors
    base: str = ""  # what stands before a path in links to the site

    @property
    def max_resting(self) -> int:
        """How many connections of one client may wait for a request, or for the rest of one."""
        return max(10, self.max_connections // 10)

    @property
    def max_per_client(self) -> int:
        """How many connections of one client may be answered at once."""
        return max(10, self.max_connections // 4)


def build_refusal(error: HttpError, base: str) -> tuple[asgi.HeaderItems, bytes]:
    """Return headers and body of a refusal that needs no application; the connection ends."""
    headers = [
        ("content-type", problem_details.MEDIA_TYPE),
        ("connection", "close"),
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "*"),
        *error.headers,
    ]
    return headers, problem_details.render_problem_json(error, base)


def build_refusing_app(error: HttpError, base: str) -> asgi.ASGIApp:
    """Return an application that refuses every request."""

    async def refuse(_scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
        REFUSALS[error.status] += 1
        await asgi.send_response(send, error.status, *build_refusal(error, base))

    return refuse


def make_overload_error() -> HttpError:
    """Return the refusal of a client because there are too many connections."""
    text = f"The server is at its connection limit. Try again in {RETRY_AFTER_SECONDS} seconds."
    return build_http_error(503, "too-busy", text, [("retry-after", str(RETRY_AFTER_SECONDS))])


# Any: uvicorn's types are not followed
class LimitedConnection(HttpToolsProtocol):  # type: ignore[misc]
    """One client's connection, with a memory of when it last made progress."""

    limits = ConnectionLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin; beyond the limit of connections every request is answered 503."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.network = "" if self.address in self.limits.proxies else name_network(self.address)
        self.rested_since = time.monotonic()
        self.head_bytes = 0
        self.is_in_request_line = True
        # bytes that wait with us, times it went on, bytes that wait with the system
        self.write_progress: tuple[int, int, int] = (0, 0, 0)
        self.progress_at = 0.0
        self.resume_count = 0
        self.read_state: Any = None
        self.read_state_since = 0.0
        if len(self.connections) > self.limits.max_connections:
            drop_resting(self.connections)
        if len(self.connections) > 2 * self.limits.max_connections:
            transport.abort()  # not even worth an answer: each costs memory and a file handle
        elif len(self.connections) > self.limits.max_connections:
            self.app = build_refusing_app(make_overload_error(), self.limits.base)
        elif self._exceeds_share():
            self.app = build_refusing_app(make_busy_error(is_own_doing=True), self.limits.base)

    def _exceeds_share(self) -> bool:
        """Return whether its client has more connections than one may have, resting ones aside."""
        if not self.network:
            return False
        siblings = [other for other in self.connections if other.network == self.network]
        return (
            len(siblings) > self.limits.max_per_client
            and sum(not other.is_resting for other in siblings) >= self.limits.max_per_client
        )

    def data_received(self, data: bytes) -> None:
        """Parse; a request line with headers that grows past all bounds is refused."""
        super().data_received(self._encode_request_line(data) if self._expects_head else data)
        if self.scope is None or "method" in self.scope:
            self.head_bytes = 0
            return
        self.head_bytes += len(data)
        if self.head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_bare_status(b"431 Request Header Fields Too Large")

    @property
    def _expects_head(self) -> bool:
        """True unless what comes next is the body of a request, or waits behind another one."""
        return not self.pipeline and (self.cycle is None or not self.cycle.more_body)

    def _encode_request_line(self, data: bytes) -> bytes:
        """Percent-encode what is not ASCII in an address: curl and R send it as it was typed."""
        if self.head_bytes == 0:
            self.is_in_request_line = True
        if not self.is_in_request_line:
            return data
        line, end, rest = data.partition(b"\n")
        self.is_in_request_line = not end
        return data if line.isascii() else quote(line, safe=_ASCII).encode() + end + rest

    def on_headers_complete(self) -> None:
        """Choose who answers: nobody gets chunks who does not know them, or sends too much."""
        if self._count_head_bytes() > MAX_HEAD_BYTES:
            self.app = build_refusing_app(make_http_error(431, "http/long-head"), self.limits.base)
        elif self.parser.get_http_version() == "1.0":
            self.app = self._end_with_connection(self.app)
        super().on_headers_complete()

    def _count_head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _end_with_connection(self, app: asgi.ASGIApp) -> asgi.ASGIApp:
        """Return an application whose answers of no known length end as the connection does.

        HTTP/1.0 knows no chunks (RFC 9112, 7.1), and uvicorn makes them for it all the same.
        """

        async def run(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
            cycle, has_length = self.cycle, True

            async def send_unchunked(message: asgi.Message) -> None:
                nonlocal has_length
                if message["type"] == "http.response.start":
                    names = {name.lower() for name, _ in message["headers"]}
                    has_length = b"content-length" in names
                    cycle.chunked_encoding = None if has_length else False
                elif not has_length:
                    cycle.expected_content_length = len(message.get("body", b""))
                await send(message)

            await app(scope, receive, send_unchunked)

        return run

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Refuse what is no request, and say what to do."""
        error = make_http_error(400, "http/bad-request")
        headers, body = build_refusal(error, self.limits.base)
        lines = [f"{name}: {value}" for name, value in [*headers, ("content-length", len(body))]]
        head = "\r\n".join(["HTTP/1.1 400 Bad Request", *lines, "", ""])
        self.transport.write(head.encode("latin-1") + body)
        self.transport.close()

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
    def is_resting(self) -> bool:
        """True while the client is to send something and the server has nothing to do for it."""
        return self.is_between_requests or bool(self.cycle.more_body)

    @property
    def awaits_data(self) -> bool:
        """True while the client is to send a request, or the rest of one."""
        if not self.is_between_requests:
            return bool(self.cycle.more_body)
        # a connection that is kept alive between requests has a timer of uvicorn's
        return self.timeout_keep_alive_task is None

    def check_progress(self, now: float) -> None:
        """Drop the connection where the client has made no progress for too long."""
        if not self.is_resting:
            self.rested_since = now
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
    """Drop every connection that has made no progress for too long, and the many of one client."""
    for connection in list(connections):
        connection.check_progress(now)
    drop_resting(connections)


def drop_resting(connections: Iterable[Any]) -> None:
    """Drop the connections of one client that wait for a request, but for the latest of them.

    Otherwise one client with many half-open ones would leave no room for others.
    """
    resting: dict[str, list[Any]] = {}
    for connection in connections:
        if connection.is_resting and connection.network:
            resting.setdefault(connection.network, []).append(connection)
    for candidates in resting.values():
        candidates.sort(key=attrgetter("rested_since"), reverse=True)
        for connection in candidates[candidates[0].limits.max_resting :]:
            connection.transport.abort()
