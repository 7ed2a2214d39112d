"""Which addresses the hub may connect to when a stranger names the host.

A catalogue, a redirect or DNS could otherwise have the hub ask a machine that only the hub can
reach: a neighbour behind the same firewall, or the metadata of a cloud. The networks are those of
IANA's registries of special-purpose addresses. They are listed here because the lists of
`ipaddress` differ between releases of Python.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SPECIAL_IPV4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
_GLOBAL_IPV6 = "2000::/3"  # nothing outside it is assigned to hosts that everybody can reach
# protocols (Teredo among them), documentation, and 6to4, which leads to an IPv4 address
_SPECIAL_IPV6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
_IPV4_WITHIN_IPV6 = ("::ffff:0:0/96", "64:ff9b::/96")  # IPv4-mapped, and translated by NAT64
_PRIVATE_USE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


def is_public(address: Address) -> bool:
    """True for an address of a host that everybody can reach.

    >>> [is_public(ipaddress.ip_address(text)) for text in ("9.9.9.9", "10.0.0.1", "2620:fe::9")]
    [True, False, True]
    """
    address = _unwrap(address)
    if isinstance(address, ipaddress.IPv4Address):
        return not _is_within(address, _SPECIAL_IPV4)
    return _is_within(address, (_GLOBAL_IPV6,)) and not _is_within(address, _SPECIAL_IPV6)


def is_trusted(host: str, address: Address) -> bool:
    """True for an address that a host may have which the operator wrote.

    An address that was written is trusted whatever it is, and `localhost` with loopback. Any other
    name is a partner's, who says what it stands for: it may be in a network of an organisation, but
    never the hub's own machine, nor the link on which clouds tell their secrets.
    """
    literal = parse_literal(host)
    if literal is not None:
        return literal == address
    if host == "localhost" or host.endswith(".localhost"):
        return address.is_loopback
    return is_public(address) or _is_within(_unwrap(address), _PRIVATE_USE)


def parse_literal(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def resolve_host(host: str, port: int, seconds: float) -> Sequence[Address]:
    """Return the addresses of a host, in the order in which they should be tried.

    Raise OSError for a name without an address, TimeoutError where DNS takes longer than `seconds`.
    """
    results: SimpleQueue[list[Address] | OSError] = SimpleQueue()
    # in a thread, since the system's resolver knows no deadline
    Thread(target=_resolve, args=(host, port, results), daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"DNS did not answer within {seconds:.0f} s") from None
    if isinstance(result, OSError):
        raise result
    return result


def _resolve(host: str, port: int, results: SimpleQueue[list[Address] | OSError]) -> None:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        texts = dict.fromkeys(str(entry[4][0]) for entry in entries)
        results.put([ipaddress.ip_address(text) for text in texts])
    except OSError as error:
        results.put(error)
    except ValueError:  # UnicodeError too: a name that DNS cannot have
        results.put(OSError("this name cannot be in DNS"))


def _unwrap(address: Address) -> Address:
    """Return the IPv4 address that packets to an IPv6 address arrive at, if there is one."""
    if isinstance(address, ipaddress.IPv6Address) and _is_within(address, _IPV4_WITHIN_IPV6):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_within(address: Address, networks: Sequence[str]) -> bool:
    return any(address in ipaddress.ip_network(network) for network in networks)
