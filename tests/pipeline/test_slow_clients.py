"""Does a client that is slow, or never ends, harm anybody but itself?"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from benchmarks import generated_package
from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import TIMEOUT_SECONDS, RunningServer, run_server, wait_until

FILE = "/datasets/toy-repairs/1.0.0/data/workshop-log.csv"
ROWS = "/hub/observation.json?_shape=array"


@pytest.fixture
def long(site: BuildWorkspace) -> str:
    """What FILE holds: more than the buffers of a connection do."""
    dataset = site.dataset()
    text = dataset.add_large_table()
    dataset.write()
    return text


def narrow(served: RunningServer, request: str) -> socket.socket:
    """A client that has asked, and has room for little of the answer."""
    client = socket.socket()
    client.settimeout(TIMEOUT_SECONDS)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", served.port))
    client.sendall(request.encode())
    return client


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"


def memory(pid: int) -> float:
    """Megabytes that a process has in memory."""
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = [one for one in text.splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def rest(client: socket.socket) -> Iterator[bytes]:
    """What still comes until the server closes or cuts the connection."""
    try:
        while part := client.recv(65_536):
            yield part
    except ConnectionResetError:
        return


def besieged(served: RunningServer, path: str, ask: Callable[[int], None]) -> list[int]:
    """Let fifty clients take a byte a second for longer than the patience, and `ask` meanwhile.

    Gives how many bytes each has had when it was cut off; asserts that whoever asked was
    answered soon and that the worker did not grow.
    """
    (worker,) = served.list_worker_pids()
    clients = [narrow(served, get(path)) for _ in range(50)]
    for client in clients:
        assert client.recv(1)
    before, longest = memory(worker), 0.0
    for turn in range(8):
        for client in clients:
            with suppress(ConnectionResetError):
                client.recv(1)
        begun = time.monotonic()
        ask(turn)
        longest = max(longest, time.monotonic() - begun)
        time.sleep(1)
    assert longest < 3
    assert memory(worker) - before < 50
    had = []
    for client in clients:
        with client:
            had.append(sum(map(len, rest(client))))
    return had


def test_fifty_who_take_a_byte_a_second_harm_nobody_and_are_cut_off(
    site: BuildWorkspace, long: str
) -> None:
    with run_server(site, "--write-timeout", "5") as served:
        served.wait_until_ready()

        def ask(_: int) -> None:
            assert len(served.get_json(ROWS)) == 2

        assert max(besieged(served, FILE, ask)) < len(long) / 2
        ask(0)


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_fifty_who_take_an_answer_of_the_api_a_byte_a_second_harm_nobody(
    site: BuildWorkspace, form: str
) -> None:
    generated_package.write_package(site.datasets / "bench-api", 20_000)
    path = f"/api/v1/observations.{form}?dataset=bench-api"
    path += "&limit=10000" if form == "json" else ""
    with run_server(site, "--write-timeout", "5") as served:
        served.wait_until_ready()
        whole = len(served.get(path))
        assert whole > 5_000_000

        def ask(turn: int) -> None:
            address = f"/api/v1/observations?dataset=bench-api&limit={turn + 1}"
            assert len(served.get_json(address)["data"]) == turn + 1

        assert max(besieged(served, path, ask)) < whole
        assert len(served.get(path)) == whole  # and there is room for others again


def test_who_is_slow_but_goes_on_gets_everything(site: BuildWorkspace, long: str) -> None:
    with run_server(site, "--write-timeout", "2") as served:
        served.wait_until_ready()
        request = f"GET {FILE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with narrow(served, request) as client:
            taken = []
            for _ in range(16):  # longer than the patience
                taken.append(client.recv(65_536))
                time.sleep(0.3)
            taken += rest(client)
        assert b"".join(taken).partition(b"\r\n\r\n")[2].decode() == long


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("", b""),
        ("GET / HTTP/1.1\r\nHos", b"HTTP/1.1 408 Request Timeout\r\n"),
        (get("/healthz") + "GET / HT", b"HTTP/1.1 200 OK\r\n"),
        ("GET / HTTP/1.1\r\nx: " + "y" * 100_000, b"HTTP/1.1 431 Request Header Fields Too Large"),
        ("GET / HTTP/1.1\r\n" + "x: y\r\n" * 20_000, b"HTTP/1.1 431 Request Header Fields Too"),
        ("nonsense\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n"),
    ],
    ids=["nothing", "half a request", "half a second one", "a long line", "many lines", "nonsense"],
)
def test_a_request_that_never_ends_is_ended(site: BuildWorkspace, sent: str, told: bytes) -> None:
    site.dataset().write()
    with run_server(site, "--write-timeout", "2") as served:
        served.wait_until_ready()
        with narrow(served, sent) as client:
            begun = time.monotonic()
            assert b"".join(rest(client))[: len(told)] == told
            assert time.monotonic() - begun < 30
        assert len(served.get_json(ROWS)) == 2


def test_beyond_the_limit_of_connections_one_is_told_to_come_again(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site, "--max-connections", "4") as served:
        served.wait_until_ready()
        others = [narrow(served, get("/healthz")) for _ in range(4)]
        for client in others:
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        with closing(served.connect()) as connection:
            connection.request("GET", ROWS)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        assert answer.status == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["connection"] == "close"
        assert told["detail"] == ("The server is at its connection limit. Try again in 5 seconds.")
        for client in others:
            client.close()
        assert len(wait_until(lambda: served.get_json(ROWS))) == 2
