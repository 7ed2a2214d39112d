"""The sockets at which a server listens, or in words why there are none."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from evidencehub.errors import HubError

WAITING = 2048  # connections that may wait to be accepted; the system may allow fewer


def bind(host: str, port: int) -> list[socket.socket]:
    """Take an address, for every kind of it that the name has; nobody can connect before `open_`.

    Raises HubError, in words, where somebody else has it or it is not this machine's.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise HubError(
            f"--host {host}: there is no such address. Use 127.0.0.1 for this machine alone, or "
            "0.0.0.0 for all of its addresses."
        ) from None
    doors: list[socket.socket] = []
    for family, kind, protocol, _, address in found if port else found[:1]:
        door = socket.socket(family, kind, protocol)
        try:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            door.bind(address)
        except OSError as fault:
            for one in (door, *doors):
                one.close()
            raise HubError(_why(fault, host, port)) from None
        doors.append(door)
    return doors


def open_(doors: Sequence[socket.socket]) -> None:
    """Let clients in; they wait until a worker accepts them."""
    for door in doors:
        try:
            door.listen(WAITING)
        except OSError as fault:
            host, port = door.getsockname()[:2]
            raise HubError(_why(fault, host, port)) from None


def _why(fault: OSError, host: str, port: int) -> str:
    if fault.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken: another server listens there. Stop it, or choose "
            "another port with --port."
        )
    if fault.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Port {port} of {host} may not be used by you: ports below 1024 are the "
            "administrator's. Choose another one with --port."
        )
    if fault.errno == errno.EADDRNOTAVAIL:
        return (
            f"--host {host}: this is not an address of this machine. Use 127.0.0.1 for this "
            "machine alone, or 0.0.0.0 for all of its addresses."
        )
    return f"Port {port} of {host} cannot be used: {fault.strerror or fault}."
