"""Connections as strangers open them: half of a request, an old version, too much, letters as typed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import TIMEOUT_SECONDS, RunningServer, run_server, wait_until

STRANGER = "127.0.0.2"  # an address of this machine that is no trusted proxy


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    site = BuildWorkspace(tmp_path_factory.mktemp("doors"))
    site.dataset().write()
    with run_server(site, "--max-connections", "60") as server:
        server.wait_until_ready()
        yield server


def connect(served: RunningServer, source: str = STRANGER) -> socket.socket:
    target = ("127.0.0.1", served.port)
    return socket.create_connection(target, TIMEOUT_SECONDS, source_address=(source, 0))


def exchange(served: RunningServer, *packets: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    with connect(served) as client:
        for packet in packets:
            client.sendall(packet)
            time.sleep(0.05)
        received = b""
        with suppress(ConnectionResetError):
            while part := client.recv(65_536):
                received += part
    return received


def split(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ")[::2] for line in lines)
    return int(status.split()[1]), {name.lower(): value for name, value in pairs}, body


CLOSE = b"Host: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"GET /api/v1 HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "bad-host"),
        (b"GET /api/v1 HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 400, "bad-host"),
        (b"GET /api/v1 HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400, "bad-host"),
        (b"GET /api/v1\r\n\r\n", 505, "bad-version"),
        (b"GET /api/v1 HTTP/3.0\r\n" + CLOSE, 400, "bad-request"),
        (b"NOTHING\r\n\r\n", 400, "bad-request"),
        (b"GET /api/v1 HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n" + CLOSE, 431, "long-head"),
        (b"GET /api/v1 HTTP/1.1\r\n" + b"X: 0123456789\r\n" * 5_000 + CLOSE, 431, "long-head"),
        (b"GET /api/v1/search?q=M\xe4ori HTTP/1.1\r\n" + CLOSE, 400, "bad-address"),
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_refused_in_words(
    served: RunningServer, request_bytes: bytes, status: int, code: str
) -> None:
    answer = exchange(served, request_bytes)
    if status == 431 and not answer.endswith(b"}\n"):
        assert answer.startswith(b"HTTP/1.1 431")  # refused before all of it had come
        return
    told, headers, body = split(answer)
    assert told == status
    assert headers["content-type"] == "application/problem+json"
    assert headers["access-control-allow-origin"] == "*"
    assert json.loads(body)["problems"][0]["code"] == code


def test_a_request_that_is_none_says_what_to_do(served: RunningServer) -> None:
    _, _, body = split(exchange(served, b"GET / nonsense \xc4\x81\r\n\r\n"))
    assert json.loads(body)["detail"] == (
        "The request is not valid HTTP. Percent-encode everything in the address that is not "
        "ASCII: M%C4%81ori for Māori."
    )


@pytest.mark.parametrize("cut", [None, 4, 20, 21, 22, 23, 40])
def test_letters_in_an_address_are_taken_as_typed(served: RunningServer, cut: int | None) -> None:
    typed = "GET /api/v1/search?q=Māori HTTP/1.1\r\n".encode() + CLOSE
    coded = b"GET /api/v1/search?q=M%C4%81ori HTTP/1.1\r\n" + CLOSE
    expected = split(exchange(served, coded))
    assert expected[0] == 200
    packets = [typed] if cut is None else [typed[:cut], typed[cut:]]
    status, _, body = split(exchange(served, *packets))
    assert (status, body) == (200, expected[2])


def test_a_body_is_not_touched(served: RunningServer) -> None:
    body = json.dumps({"resource": "findings", "search": "Māori"}, ensure_ascii=False).encode()
    head = f"POST /api/v1/query HTTP/1.1\r\nContent-Length: {len(body)}\r\n".encode()
    whole = split(exchange(served, head + CLOSE + body))
    parts = split(exchange(served, head + CLOSE, body[:30], body[30:]))
    assert whole[::2] == parts[::2]
    assert b"\\u" not in whole[2]


def test_curl_asks_with_letters(served: RunningServer) -> None:
    address = f"{served.address}/api/v1/search?q=Māori"
    done = subprocess.run(["curl", "-sS", "-g", address], capture_output=True, check=True)
    assert "data" in json.loads(done.stdout)


@pytest.mark.parametrize("path", ["/", "/api/v1/observations.csv", "/datasets/toy-repairs.zip"])
def test_an_old_client_gets_no_chunks(served: RunningServer, path: str) -> None:
    status, headers, body = split(exchange(served, f"GET {path} HTTP/1.0\r\n\r\n".encode()))
    assert status == 200
    assert "transfer-encoding" not in headers
    assert headers["connection"] == "close"
    with_host = served.get(path)
    assert len(body) > 100
    assert path == "/" or body == with_host or path.endswith(".zip")


def test_half_open_connections_of_one_address_leave_room_for_others(served: RunningServer) -> None:
    (worker,) = served.list_worker_pids()
    with ExitStack() as stack:
        for number in range(110):  # nearly twice as many as there may be
            client = stack.enter_context(connect(served))
            with suppress(ConnectionError):
                client.sendall(b"" if number % 2 else b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert served.get("/healthz") == b"ok\n"
        wait_until(lambda: count_connections(worker, served.port) <= 12)
        # others, and the very address, are served
        with connect(served, "127.0.0.3") as other:
            other.sendall(b"GET /healthz HTTP/1.1\r\n" + CLOSE)
            assert other.recv(100).startswith(b"HTTP/1.1 200")
        assert exchange(served, b"GET /healthz HTTP/1.1\r\n" + CLOSE).startswith(b"HTTP/1.1 200")


def count_connections(pid: int, port: int) -> int:
    """How many connections a worker has, by the tables of the system."""
    owned = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            owned.add(str(descriptor.readlink()))
    lines = Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]
    columns = [line.split() for line in lines]
    return sum(
        int(c[1].partition(":")[2], 16) == port and c[3] == "01" and f"socket:[{c[9]}]" in owned
        for c in columns
    )


def test_a_trusted_proxy_may_hold_many(served: RunningServer) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(served, "127.0.0.1")) for _ in range(30)]
        time.sleep(2.5)  # two times of looking at connections
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\n" + CLOSE)
            assert client.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(("source", "is_believed"), [("127.0.0.1", True), (STRANGER, False)])
def test_only_a_trusted_proxy_is_believed(
    served: RunningServer, source: str, is_believed: bool
) -> None:
    forwarded = b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example, hub.test\r\n"
    with connect(served, source) as client:
        client.sendall(b"GET /robots.txt HTTP/1.1\r\n" + forwarded + CLOSE)
        answer = b"".join(iter(lambda: client.recv(65_536), b"")).decode()
    assert ("Sitemap: https://hub.test/sitemap.xml" in answer) == is_believed
    assert ("Sitemap: http://x/sitemap.xml" in answer) != is_believed
    assert "evil" not in answer


def test_killed_workers_are_back_within_two_seconds(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site, "--workers", "2") as server:
        server.wait_until_ready()
        longest = 0.0
        for _ in range(4):
            both = wait_until(lambda: (p := server.list_worker_pids()) and len(p) == 2 and p)
            wait_until(lambda: server.get("/healthz"))
            for pid in both:
                os.kill(pid, signal.SIGKILL)
            begun = time.monotonic()
            wait_until(
                lambda old=both: (
                    server.get("/healthz") and set(server.list_worker_pids()) - set(old)
                )
            )
            longest = max(longest, time.monotonic() - begun)
        delays = [
            line.rsplit(" ", 2)[1] for line in server.output.splitlines() if "A new one" in line
        ]
        # the machine may be slow to start a process: the pause before it is what we decide
        assert set(delays) == {"0.1"}
        assert longest < 10
