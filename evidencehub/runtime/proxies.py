"""Whose word is believed about the scheme and the host that a visitor asked: a trusted proxy's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from evidencehub.errors import HubError
from evidencehub.http.asgi import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The addresses of proxies in front of the server.

    >>> "10.1.2.3" in parse_proxies("127.0.0.1, 10.0.0.0/8")
    True
    """

    networks: tuple[Network, ...] = ()

    def __contains__(self, address: str) -> bool:
        try:
            number = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(number in network for network in self.networks)


NO_PROXIES = TrustedProxies()


def parse_proxies(text: str) -> TrustedProxies:
    """Return the proxies that an option names; raise HubError for what is no address."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        networks = [ipaddress.ip_network(name) for name in _expand_star(names)]
    except ValueError as error:
        raise HubError(
            f"--trusted-proxies {text}: {error}. Use addresses or networks with commas between "
            "them, such as 127.0.0.1,10.0.0.0/8."
        ) from None
    return TrustedProxies(tuple(networks))


def believe_proxies(app: ASGIApp, proxies: TrustedProxies) -> ASGIApp:
    """Return an application that sees which scheme and host a trusted proxy was asked for."""

    async def serve_as_asked(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["type"] == "http" and client and client[0] in proxies:
            _apply_forwarded_headers(scope)
        await app(scope, receive, send)

    return serve_as_asked


def _apply_forwarded_headers(scope: Scope) -> None:
    """Set scheme and host as forwarded: of several, the one that the nearest proxy has added."""
    forwarded = {name: value for name, value in scope["headers"] if name in _FORWARDED_HEADERS}
    scheme = _read_last(forwarded.get(b"x-forwarded-proto", b""))
    if scheme in (b"http", b"https"):
        scope["scheme"] = scheme.decode()
    if host := _read_last(forwarded.get(b"x-forwarded-host", b"")):
        remaining = [pair for pair in scope["headers"] if pair[0] != b"host"]
        scope["headers"] = [*remaining, (b"host", host)]


_FORWARDED_HEADERS = (b"x-forwarded-proto", b"x-forwarded-host")


def _read_last(value: bytes) -> bytes:
    return value.rpartition(b",")[2].strip()


def _expand_star(names: Iterable[str]) -> list[str]:
    return [network for name in names for network in (_EVERYWHERE if name == "*" else (name,))]
