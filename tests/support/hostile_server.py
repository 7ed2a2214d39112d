"""A server on 127.0.0.1 that says, byte by byte, whatever a test has it say, lies included."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TIMEOUT_SECONDS = 10
TLS_HANDSHAKE = b"\x16\x03"


@dataclass(frozen=True)
class SeenRequest:
    """A request as it came: its target, and its headers by their names in small letters."""

    target: str
    headers: Mapping[str, str]


Answer = bytes | Callable[[SeenRequest, socket.socket], None]


@dataclass
class HostileServer:
    """Gives the first answer to the first request, and so on; the last one to all that follow."""

    answers: list[Answer]
    listener: socket.socket
    port: int
    tls: ssl.SSLContext | None = None
    requests: list[SeenRequest] = field(default_factory=list)
    connections: int = 0
    threads: list[threading.Thread] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def accept(self) -> None:
        """Take connections until the server is over."""
        while True:
            connection, _ = self.listener.accept()
            if self.is_over.is_set():
                connection.close()
                return
            self.connections += 1
            connection.settimeout(TIMEOUT_SECONDS)
            thread = threading.Thread(target=self.answer, args=(connection,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def answer(self, connection: socket.socket) -> None:
        """Answer the one request of a connection; a client may leave at any time."""
        with contextlib.suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = read_request(connection)
            self.requests.append(request)
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
            if callable(answer):
                answer(request, connection)
            else:
                connection.sendall(answer)
        connection.close()

    def drip(self, data: bytes, seconds: float) -> Answer:
        """An answer of which a byte comes at a time."""

        def send(_: SeenRequest, connection: socket.socket) -> None:
            for number in range(len(data)):
                if self.is_over.wait(seconds):
                    return
                connection.sendall(data[number : number + 1])

        return send

    def send_and_wait(self, first: bytes) -> Answer:
        """An answer that stands still after its first bytes."""

        def send(_: SeenRequest, connection: socket.socket) -> None:
            connection.sendall(first)
            self.is_over.wait(TIMEOUT_SECONDS)

        return send


@contextmanager
def serve(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[HostileServer]:
    """A running server; more answers may be added to it while it runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = HostileServer(list(answers), listener, listener.getsockname()[1], tls)
    acceptor = threading.Thread(target=server.accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        server.is_over.set()
        socket.create_connection(("127.0.0.1", server.port)).close()  # which wakes the acceptor
        acceptor.join(TIMEOUT_SECONDS)
        listener.close()
        for thread in server.threads:
            thread.join(TIMEOUT_SECONDS)


def read_request(connection: socket.socket) -> SeenRequest:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        part = connection.recv(4096)
        data += part
        if not part or data.startswith(TLS_HANDSHAKE):
            raise ConnectionError("the client left, or speaks TLS")
    first, *lines = data.decode("latin-1").rstrip().split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    return SeenRequest(first.split(" ")[1], headers)


def respond(
    body: bytes = b"", status: str = "200 OK", length: int | None = None, **headers: str
) -> bytes:
    """A response, with a length that may be a lie; `last_modified` is `Last-Modified`."""
    every = {"Content-Length": str(len(body) if length is None else length)}
    every |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in every.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return respond(status=status, Location=location)


def reset(first: bytes = b"") -> Answer:
    """An answer that ends, after some bytes, with a connection that is reset."""

    def send(_: SeenRequest, connection: socket.socket) -> None:
        connection.sendall(first)
        time.sleep(0.05)  # what was sent is lost if the reset overtakes it
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return send


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server on 127.0.0.1 needs for TLS, and the certificate that clients must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hostile.test")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "hostile.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file = folder / "hostile.key"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return context, file
