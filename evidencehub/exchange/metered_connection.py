"""Connections that go to vetted addresses only, and whose reads spend a budget."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from evidencehub.exchange.public_addresses import Address, resolve_host

IDLE_SECONDS = 30.0  # without a byte from a server, or without a connection to it
MAX_TRIED_ADDRESSES = 3  # of one host
MAX_HEAD_BYTES = 64 * 1024  # of one response, with the interim ones before it
Vetting = Callable[[str, int, Address], bool]  # host, port and address: may they be connected to?


class SpentBytesError(Exception):
    """More bytes came than the budget has."""


class SpentSecondsError(Exception):
    """The deadline has passed."""


class PrivateAddressError(Exception):
    """A host has no address that may be connected to; the argument is one that it has."""


class Meter:
    """What is left of a budget of bytes (received, heads included) and seconds."""

    def __init__(self, size: int, seconds: float) -> None:
        self.bytes_left = size
        self._deadline = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    def limit_wait(self) -> float:
        """Return how many seconds may be waited now. Raise SpentSecondsError for none."""
        seconds = min(IDLE_SECONDS, self.seconds_left)
        if seconds <= 0:
            raise SpentSecondsError
        return seconds

    def spend(self, size: int) -> None:
        """Take bytes off the budget. Raise SpentBytesError where it has not that many."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise SpentBytesError


class MeteredStream(httpcore.NetworkStream):
    """A connection that is cut where the budget ends, however slowly bytes come.

    The head of a response is handed on line by line, and after `expect_body` no more than the body
    that was announced: what was sent beyond it stays here, where `has_surplus` sees it.
    """

    def __init__(self, stream: httpcore.NetworkStream, meter: Meter) -> None:
        self._stream, self._meter = stream, meter
        self._buffer = b""
        self._head_bytes = 0
        self._is_head = True
        self._body_left: int | None = None

    @property
    def has_surplus(self) -> bool:
        """True where more came than the body that was announced."""
        return bool(self._buffer)

    def expect_body(self, length: int | None) -> None:
        """Hand on a body from now on, of a length where one was announced."""
        self._is_head, self._body_left = False, length

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout  # the meter knows how long may be waited: each read has less
        if not self._buffer:
            self._buffer = self._stream.read(max_bytes, self._meter.limit_wait())
        size = self._find_size()
        self._meter.spend(size)
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _find_size(self) -> int:
        """Return how many bytes of the buffer are handed on."""
        if self._is_head:
            size = self._buffer.find(b"\n") + 1 or len(self._buffer)
            self._head_bytes += size
            if self._head_bytes > MAX_HEAD_BYTES:
                raise httpcore.RemoteProtocolError("the head of the response does not end")
            return size
        if self._body_left is None:
            return len(self._buffer)
        size = min(self._body_left, len(self._buffer))
        self._body_left -= size
        return size

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, self._meter.limit_wait())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        wait = min(IDLE_SECONDS, max(self._meter.seconds_left, 0.001))  # it closes what times out
        stream = self._stream.start_tls(ssl_context, server_hostname, wait)
        return MeteredStream(stream, self._meter)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class VettedBackend(httpcore.NetworkBackend):
    """Connects to the very addresses that were vetted: a name is resolved once, here.

    Whoever vets a name and has a library resolve it again can be given another address then.
    """

    def __init__(self, meter: Meter, vetting: Vetting) -> None:
        self._meter, self._vetting = meter, vetting
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        addresses = self._find_addresses(host, port)
        for number, address in enumerate(addresses, 1):
            try:
                stream = self._sockets.connect_tcp(
                    str(address), port, self._meter.limit_wait(), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return MeteredStream(stream, self._meter)
        raise httpcore.ConnectError("this name has no address")

    def _find_addresses(self, host: str, port: int) -> Sequence[Address]:
        try:
            addresses = resolve_host(host, port, self._meter.limit_wait())
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        vetted = [address for address in addresses if self._vetting(host, port, address)]
        if addresses and not vetted:
            raise PrivateAddressError(str(addresses[0]))
        return vetted[:MAX_TRIED_ADDRESSES]
