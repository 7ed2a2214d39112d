"""The sockets at which a server listens, or in words why there are none."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from evidencehub.errors import HubError

LISTEN_BACKLOG = 2048  # connections that may wait to be accepted; the system may allow fewer


def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Return sockets bound to every address of a host name; nobody can connect before `listen`.

    Raise HubError if an address is in use or is not this machine's.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise HubError(
            f"--host {host}: no such address. Use 127.0.0.1 for this machine only, or 0.0.0.0 for "
            "all its addresses."
        ) from None
    listeners: list[socket.socket] = []
    for family, socket_type, protocol, _, address in addresses if port else addresses[:1]:
        listener = socket.socket(family, socket_type, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
        except OSError as error:
            for opened in (listener, *listeners):
                opened.close()
            raise HubError(_explain_error(error, host, port)) from None
        listeners.append(listener)
    return listeners


def listen(listeners: Sequence[socket.socket]) -> None:
    """Let clients in; they wait until a worker accepts them."""
    for listener in listeners:
        try:
            listener.listen(LISTEN_BACKLOG)
        except OSError as error:
            host, port = listener.getsockname()[:2]
            raise HubError(_explain_error(error, host, port)) from None


def _explain_error(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is already in use. Stop the other server, or choose another "
            "port with --port."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Port {port} on {host} needs administrator rights, as do all ports below 1024. "
            "Choose another port with --port."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"--host {host} is not an address of this machine. Use 127.0.0.1 for this machine "
            "only, or 0.0.0.0 for all its addresses."
        )
    return f"Port {port} on {host} cannot be used: {error.strerror or error}."
