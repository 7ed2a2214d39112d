"""GET requests to strangers: each address vetted, redirects followed, nothing sent that identifies.

There are no cookies, no passwords of `.netrc` and no proxies of the environment: a proxy would
connect for the hub to what the hub may not connect to.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from http import HTTPStatus
from importlib import metadata

import httpcore
import httpx

from evidencehub.exchange.fetch_errors import (
    CONNECTION_FAILURES,
    FetchError,
    explain_failure,
    quote,
)
from evidencehub.exchange.metered_connection import Meter, MeteredStream, VettedBackend
from evidencehub.exchange.public_addresses import Address, is_public, is_trusted, parse_literal

MAX_REDIRECTS = 5
MAX_PAUSE_SECONDS = 10  # that a busy server may ask for
MAX_KEPT_HEADER = 1_000  # characters of a header that is kept and sent back
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
Headers = Mapping[str, str]


def parse_address(text: str | httpx.URL) -> httpx.URL:
    """Return an address without its fragment.

    Raise FetchError for one that is not of the web, is wrong, or has a user's name or password.
    """
    try:
        url = httpx.URL(text).copy_with(fragment=None)
    except httpx.InvalidURL:
        raise _refuse_address(text, "is not a web address") from None
    if url.scheme not in _PORTS:
        raise FetchError(
            "scheme", f"“{quote(text)}” cannot be fetched. Use an address with https:// or http://."
        )
    if url.userinfo:
        raise _refuse_address(f"{url.scheme}://…@{url.host}", "has a user name or a password")
    host = _read_host(url)
    if not (_NAME.fullmatch(host) or parse_literal(host)) or not 0 < find_port(url) <= 0xFFFF:
        raise _refuse_address(text, "has a host or port that cannot be")
    return url


def _refuse_address(text: object, problem: str) -> FetchError:
    return FetchError("address", f"“{quote(text)}” {problem}. Correct the address.")


def find_port(url: httpx.URL) -> int:
    """Return the port of an address, also where it is not written."""
    return _PORTS[url.scheme] if url.port is None else url.port


def _read_host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def is_header_text(text: str) -> bool:
    """True for what may be kept of a header, and sent back in another."""
    return text.isascii() and text.isprintable() and len(text) <= MAX_KEPT_HEADER


class OpenResponse:
    """A response whose head has come. The body is read once, and `close` ends the connection."""

    def __init__(self, url: httpx.URL, response: httpcore.Response) -> None:
        self.url, self.status = url, response.status
        self._response = response
        self._stream: MeteredStream = response.extensions["network_stream"]

    @cached_property
    def headers(self) -> Headers:
        """The headers by their names in small letters; those that come twice are joined."""
        headers: dict[str, str] = {}
        for name, value in self._response.headers:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        return headers

    def read_kept(self, name: str) -> str:
        """Return a header that is kept; nothing for one that is missing, garbled or too long."""
        value = self.headers.get(name, "")
        return value if is_header_text(value) else ""

    @property
    def length(self) -> int | None:
        """How many bytes were announced; None for a body that ends otherwise."""
        if "transfer-encoding" in self.headers or "content-length" not in self.headers:
            return None
        return int(self.headers["content-length"].split(",")[0])

    @property
    def has_surplus(self) -> bool:
        """True where more came than was announced."""
        return self._stream.has_surplus

    def read_chunks(self) -> Iterator[bytes]:
        """Yield the body. Raise CONNECTION_FAILURES where it breaks off or the budget ends."""
        self._stream.expect_body(self.length)
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._stream.close()


class Requester:
    """Sends the requests of one pull; `origin` is the address that the operator wrote."""

    def __init__(self, origin: str, meter: Meter) -> None:
        address = parse_address(origin)
        self._origin = (_read_host(address), find_port(address))
        self._meter = meter
        self._backend = VettedBackend(meter, self._may_connect)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpcore.default_ssl_context()  # once: it reads hundreds of certificates

    def _may_connect(self, host: str, port: int, address: Address) -> bool:
        if _is_same_host(self._origin, (host, port)):
            return is_trusted(host, address)
        return is_public(address)

    def request(self, url: httpx.URL, headers: Headers) -> OpenResponse:
        """Return what an address answers, after redirects and at most one wait for a busy server.

        Raise FetchError where there is no response, or a redirect that may not be followed.
        """
        visited = [url]
        has_waited = False
        while True:
            place = _describe_place(visited)
            response = self._send(visited[-1], headers, place)
            pause = None if has_waited else self._read_pause(response)
            if response.status in _REDIRECTS:
                response.close()
                visited.append(_follow(response, visited, place))
            elif pause is not None:
                response.close()
                time.sleep(pause)
                has_waited = True
            else:
                return response

    def _send(self, url: httpx.URL, headers: Headers, place: str) -> OpenResponse:
        host, port = _read_host(url), find_port(url)
        target = httpcore.URL(scheme=url.scheme, host=host, port=port, target=url.raw_path)
        request = httpcore.Request("GET", target, headers=_build_headers(url, headers))
        connection = httpcore.HTTPConnection(
            target.origin,
            ssl_context=self._tls if url.scheme == "https" else None,
            network_backend=self._backend,
        )
        try:
            return OpenResponse(url, connection.handle_request(request))
        except CONNECTION_FAILURES as error:
            raise explain_failure(error, place, self._meter) from None

    def _read_pause(self, response: OpenResponse) -> int | None:
        """Return the seconds that a busy server asks to wait; None where that is too long."""
        text = response.headers.get("retry-after", "")
        if response.status not in _BUSY or not re.fullmatch(r"[0-9]{1,3}", text):
            return None
        limit = min(MAX_PAUSE_SECONDS, self._meter.seconds_left)
        return int(text) if int(text) <= limit else None


def _is_same_host(endpoint: tuple[str, int], other: tuple[str, int]) -> bool:
    """True for the same port of the same host, however an IPv6 address is written."""
    hosts = [parse_literal(host) or host for host, _ in (endpoint, other)]
    return hosts[0] == hosts[1] and endpoint[1] == other[1]


def _build_headers(url: httpx.URL, headers: Headers) -> list[tuple[bytes, bytes]]:
    every = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": f"evidencehub/{metadata.version('evidencehub')}",
        "Accept-Encoding": "identity",  # what is packed can be a thousand times as long unpacked
        "Connection": "close",  # so that no response can reach into the next
        **headers,
    }
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in every.items()]


def _describe_place(visited: list[httpx.URL]) -> str:
    place = quote(visited[-1])
    return f"{place} (redirected from {quote(visited[0])})" if len(visited) > 1 else place


def _follow(response: OpenResponse, visited: list[httpx.URL], place: str) -> httpx.URL:
    """Return where a response redirects to. Raise FetchError where that may not be followed."""
    location = response.headers.get("location", "")
    if not location:
        raise _refuse_redirect(place, "redirects without saying where")
    try:
        url = parse_address(response.url.join(location))
    except httpx.InvalidURL:
        raise _refuse_redirect(place, f"redirects to “{quote(location)}”, no web address") from None
    except FetchError as error:
        raise FetchError(error.code, f"{place} redirects: {error}") from None
    if url in visited:
        raise _refuse_redirect(place, f"redirects in a loop, to {quote(url)}")
    if len(visited) > MAX_REDIRECTS:
        raise _refuse_redirect(place, f"redirects more than {MAX_REDIRECTS} times")
    if response.url.scheme == "https" and url.scheme == "http":
        raise _refuse_redirect(place, f"redirects to {quote(url)}, which is not encrypted")
    return url


def _refuse_redirect(place: str, problem: str) -> FetchError:
    return FetchError("redirect", f"{place} {problem}. Use the address where the file is.")
