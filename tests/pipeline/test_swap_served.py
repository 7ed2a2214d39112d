"""Does a server pass from one build to the next without anybody noticing?"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from evidencehub.pipeline import swap
from evidencehub.server import supervisor
from tests.support.dataset import Dataset, Site
from tests.support.served import Served, serving, until

ROWS = "/hub/observation.json?_shape=array&_size=1000"
VERSIONS = [f"1.0.{n}" for n in range(5)]


def revise(toys: Dataset, version: str) -> None:
    """A release in which every row tells which one it is of."""
    toys.descriptor["version"] = version
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- A word.\n"
    toys.tables["observations"] = [
        toys.observation(ethnicity=group, period=str(year), note=f"release {version}")
        for group in "AB"
        for year in range(1900, 2025)
    ]
    toys.write()


class Client(threading.Thread):
    """Asks again and again; remembers what it was told and whatever went wrong."""

    def __init__(self, served: Served, *, fresh: bool) -> None:
        super().__init__()
        self.served, self.fresh = served, fresh
        self.answers: list[str] = []
        self.faults: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        connection = self.served.connect()
        while not self.ended.is_set():
            try:
                self.answers.append(self.ask(connection))
            except Exception as fault:  # noqa: BLE001 - whatever it is, the test tells it
                self.faults.append(repr(fault))
                connection.close()
            if self.fresh:
                connection.close()
                connection = self.served.connect()
        connection.close()

    def ask(self, connection: HTTPConnection) -> str:
        # some answers are kept by the server, some are made anew
        size = 300 + len(self.answers) % 2 * len(self.answers) % 600
        connection.request("GET", f"/hub/observation.json?_shape=array&_size={size}")
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status == 200, body
        found = [version for version in VERSIONS if f'"release {version}"' in body]
        assert len(found) == 1, f"mixed: {found}"
        assert body.count(f'"release {found[0]}"') == 250
        return found[0]


@pytest.fixture
def toys(site: Site) -> Dataset:
    found = site.dataset()
    revise(found, VERSIONS[0])
    return found


def test_no_request_fails_while_builds_are_swapped(site: Site, toys: Dataset) -> None:
    with serving(site, "--workers", "2") as served:
        served.ready()
        clients = [Client(served, fresh=number % 2 == 1) for number in range(4)]
        for client in clients:
            client.start()
        try:
            for version in VERSIONS[1:]:
                revise(toys, version)
                site.build()
                until(
                    lambda wanted=version: (
                        all(c.answers[-1:] == [wanted] for c in clients)
                        or any(c.faults for c in clients)
                    )
                )
        finally:
            for client in clients:
                client.ended.set()
                client.join()
    for client in clients:
        assert client.faults == []
        # the old build, then the new one, and never back
        assert client.answers == sorted(client.answers)
        assert sorted(set(client.answers)) == VERSIONS


def test_a_connection_at_rest_is_answered_once_more_and_told_to_close(
    site: Site, toys: Dataset
) -> None:
    with serving(site) as served:
        served.ready()
        (before,) = served.workers()
        with closing(served.connect()) as connection:
            connection.request("GET", "/readyz")
            assert connection.getresponse().read()
            revise(toys, VERSIONS[1])
            site.build()
            until(lambda: "is served now" in served.said)
            connection.request("GET", ROWS)
            answer = connection.getresponse()
            assert answer.status == 200
            assert VERSIONS[0] in answer.read().decode()
            assert answer.headers["connection"] == "close"
        until(lambda: before not in served.workers())


def test_who_asks_a_draining_process_whether_it_is_ready_is_told(site: Site, toys: Dataset) -> None:
    with serving(site) as served:
        served.ready()
        with closing(served.connect()) as connection:
            connection.request("GET", "/readyz")
            assert connection.getresponse().read()
            revise(toys, VERSIONS[1])
            site.build()
            until(lambda: "is served now" in served.said)
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            assert answer.status == 503
            assert b'"why": "draining: another process answers in its place"' in answer.read()


def slow(served: Served, path: str) -> Iterator[bytes]:
    """The bytes of an answer, taken only as they are asked for."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", served.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while part := client.recv(65_536):
            yield part


def test_a_download_outlives_its_build_and_the_build_stays_till_then(
    site: Site, toys: Dataset
) -> None:
    long = "# Toys\n" + "A line about toys that were mended.\n" * 400_000
    toys.texts["about.md"] = long
    revise(toys, VERSIONS[0])
    with serving(site) as served:
        first = Path(str(site.out / "builds" / served.ready()["build"]))
        download = slow(served, f"/datasets/toy-repairs/{VERSIONS[0]}/about.md")
        taken = [next(download)]
        for version in VERSIONS[1:4]:
            revise(toys, version)
            build = site.build().build
            assert build is not None
            until(lambda name=build.name: served.json("/readyz")["build"] == name)
        assert first in swap.builds(site.out)
        assert len(swap.builds(site.out)) == 3
        taken.extend(download)
        assert b"".join(taken).partition(b"\r\n\r\n")[2].decode() == long
        until(lambda: len(served.workers()) == 1)
        revise(toys, VERSIONS[4])
        site.build()
        assert first not in swap.builds(site.out)


def test_a_build_that_does_not_answer_is_not_served_and_the_old_one_is(
    site: Site, toys: Dataset
) -> None:
    with serving(site, "--workers", "2") as served:
        good = served.ready()["build"]
        bad = site.out / "builds" / "bad0bad0bad0bad0"
        shutil.copytree(site.out / "builds" / good, bad)
        (bad / "hub.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
        swap.point(site.out, bad)
        until(lambda: f"Build {bad.name} cannot be served" in served.said)
        assert served.json("/readyz")["build"] == good
        assert f"Build {good} is served as before" in served.said
        revise(toys, VERSIONS[1])
        site.build()
        until(lambda: served.json("/readyz")["build"] not in (good, bad.name))


def test_a_build_is_kept_while_it_is_held_and_no_longer(site: Site, toys: Dataset) -> None:
    first = site.build().build
    assert first is not None
    handle = supervisor.hold(first)
    for version in VERSIONS[1:4]:
        revise(toys, version)
        site.build()
    assert first in swap.builds(site.out)
    os.close(handle)
    assert first not in swap.forget_old(site.out)
    assert len(swap.builds(site.out)) == swap.KEPT
    with pytest.raises(OSError, match="No such file"):
        supervisor.hold(first)


def test_what_waits_to_be_accepted_during_a_swap_is_answered(site: Site, toys: Dataset) -> None:
    with serving(site) as served:
        served.ready()
        waiting = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(50)]
        revise(toys, VERSIONS[1])
        site.build()
        until(lambda: "is served now" in served.said)
        time.sleep(0.2)
        for client in waiting:
            with client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
