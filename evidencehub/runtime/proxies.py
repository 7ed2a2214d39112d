"""Whose word is believed about who asks, and for which scheme and host: a trusted proxy's.

Who asks is known by network, and for no longer than an answer takes: it is written nowhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evidencehub.errors import HubError
from evidencehub.http.asgi import ASGIApp, Receive, Scope, Send
from evidencehub.http.concurrency import CLIENT_KEY

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
        if scope["type"] == "http" and client:
            if client[0] in proxies:
                forwarded = _apply_forwarded_headers(scope)
                scope[CLIENT_KEY] = _find_visitor(forwarded, proxies)
            else:
                scope[CLIENT_KEY] = name_network(client[0])
        await app(scope, receive, send)

    return serve_as_asked


def name_network(address: str) -> str:
    """Return the network that counts as one client, or nothing for what is no address.

    >>> name_network("192.0.2.7"), name_network("2001:db8:1:2:3:4:5:6"), name_network("unknown")
    ('192.0.2.7', '2001:db8:1:2::', '')
    >>> name_network("::ffff:192.0.2.7"), name_network("192.0.2.7:4711"), name_network("[::1]:80")
    ('192.0.2.7', '192.0.2.7', '::')
    """
    number = _parse_address(address.strip())
    if isinstance(number, ipaddress.IPv6Address):
        number = number.ipv4_mapped or ipaddress.IPv6Address(int(number) >> 64 << 64)
    return "" if number is None else str(number)


def _parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address that may have a port or a zone, as some proxies write it."""
    bare = text.partition("]")[0].removeprefix("[").partition("%")[0]
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return None


def _find_visitor(forwarded: Mapping[bytes, bytes], proxies: TrustedProxies) -> str:
    """Return the network of the last address that no trusted proxy has; none if it is not said.

    What stands further to the left was sent by the visitor, who may write anything. Where every
    address is trusted, it is the one that the nearest proxy has added.
    """
    addresses = forwarded.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    visitors = (text for text in reversed(addresses) if text.strip() not in proxies)
    return name_network(next(visitors, addresses[-1]))


def _apply_forwarded_headers(scope: Scope) -> Mapping[bytes, bytes]:
    """Set scheme and host as forwarded: of several, the one that the nearest proxy has added.

    Return what was forwarded; a header that comes twice counts as one with commas.
    """
    forwarded: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _FORWARDED_HEADERS:
            forwarded[name] = forwarded[name] + b"," + value if name in forwarded else value
    scheme = _read_last(forwarded.get(b"x-forwarded-proto", b""))
    if scheme in (b"http", b"https"):
        scope["scheme"] = scheme.decode()
    if host := _read_last(forwarded.get(b"x-forwarded-host", b"")):
        remaining = [pair for pair in scope["headers"] if pair[0] != b"host"]
        scope["headers"] = [*remaining, (b"host", host)]
    return forwarded


_FORWARDED_HEADERS = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")


def _read_last(value: bytes) -> bytes:
    return value.rpartition(b",")[2].strip()


def _expand_star(names: Iterable[str]) -> list[str]:
    return [network for name in names for network in (_EVERYWHERE if name == "*" else (name,))]
