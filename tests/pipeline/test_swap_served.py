"""Does a server pass from one build to the next without anybody noticing?"""

from __future__ import annotations

import hashlib
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
from evidencehub.releases.build_manifest import read_manifest, write_manifest
from evidencehub.runtime import supervisor
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder
from tests.support.running_server import RunningServer, run_server, wait_until

ROWS = "/hub/observation.json?_shape=array&_size=1000"
VERSIONS = [f"1.0.{n}" for n in range(5)]


def revise(toys: DatasetBuilder, version: str) -> None:
    """A release in which every row tells which one it is of."""
    toys.descriptor["version"] = version
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- A word.\n"
    toys.tables["observations"] = [
        toys.build_observation(ethnicity=group, period=str(year), note=f"release {version}")
        for group in "AB"
        for year in range(1900, 2025)
    ]
    toys.write()


class Client(threading.Thread):
    """Asks again and again; remembers what it was told and whatever went wrong."""

    def __init__(self, served: RunningServer, *, fresh: bool) -> None:
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
            except Exception as fault:  # noqa: BLE001 - whatever it is, the test reports it
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
def toys(site: BuildWorkspace) -> DatasetBuilder:
    found = site.dataset()
    revise(found, VERSIONS[0])
    return found


def test_no_request_fails_while_builds_are_swapped(
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    with run_server(site, "--workers", "2") as served:
        served.wait_until_ready()
        clients = [Client(served, fresh=number % 2 == 1) for number in range(4)]
        for client in clients:
            client.start()
        try:
            for version in VERSIONS[1:]:
                revise(toys, version)
                site.build()
                wait_until(
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
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    with run_server(site) as served:
        served.wait_until_ready()
        (before,) = served.list_worker_pids()
        with closing(served.connect()) as connection:
            connection.request("GET", "/readyz")
            assert connection.getresponse().read()
            revise(toys, VERSIONS[1])
            site.build()
            wait_until(lambda: "Now serving build" in served.output)
            connection.request("GET", ROWS)
            answer = connection.getresponse()
            assert answer.status == 200
            assert VERSIONS[0] in answer.read().decode()
            assert answer.headers["connection"] == "close"
        wait_until(lambda: before not in served.list_worker_pids())


def test_who_asks_a_draining_process_whether_it_is_ready_is_told(
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    with run_server(site) as served:
        served.wait_until_ready()
        with closing(served.connect()) as connection:
            connection.request("GET", "/readyz")
            assert connection.getresponse().read()
            revise(toys, VERSIONS[1])
            site.build()
            wait_until(lambda: "Now serving build" in served.output)
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            assert answer.status == 503
            assert b'"why": "draining: another process answers in its place"' in answer.read()


def slow(served: RunningServer, path: str) -> Iterator[bytes]:
    """The bytes of an answer, taken only as they are asked for."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", served.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while part := client.recv(65_536):
            yield part


def test_a_download_outlives_its_build_and_the_build_stays_till_then(
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    long = toys.add_large_table()
    revise(toys, VERSIONS[0])
    with run_server(site) as served:
        first = Path(str(site.out / "builds" / served.wait_until_ready()["build"]))
        download = slow(served, f"/datasets/toy-repairs/{VERSIONS[0]}/data/workshop-log.csv")
        taken = [next(download)]
        for version in VERSIONS[1:4]:
            revise(toys, version)
            build = site.build().build
            assert build is not None
            wait_until(lambda name=build.name: served.get_json("/readyz")["build"] == name)
        assert first in swap.list_builds(site.out)
        assert len(swap.list_builds(site.out)) == 3
        taken.extend(download)
        assert b"".join(taken).partition(b"\r\n\r\n")[2].decode() == long
        wait_until(lambda: len(served.list_worker_pids()) == 1)
        revise(toys, VERSIONS[4])
        site.build()
        assert first not in swap.list_builds(site.out)


def test_a_build_that_does_not_answer_is_not_served_and_the_old_one_is(
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    with run_server(site, "--workers", "2") as served:
        good = served.wait_until_ready()["build"]
        bad = site.out / "builds" / "bad0bad0bad0bad0"
        shutil.copytree(site.out / "builds" / good, bad)
        spoilt = b"SQLite format 3\0" + b"\xff" * 5000
        (bad / "hub.db").write_bytes(spoilt)
        manifest = dict(read_manifest(bad))
        # as it was built, so that only a worker finds out
        manifest["database"]["sha256"] = hashlib.sha256(spoilt).hexdigest()
        write_manifest(bad, manifest)
        swap.switch_current(site.out, bad)
        wait_until(lambda: f"Build {bad.name} cannot be served" in served.output)
        assert served.get_json("/readyz")["build"] == good
        assert f"Build {good} is still being served" in served.output
        revise(toys, VERSIONS[1])
        site.build()
        wait_until(lambda: served.get_json("/readyz")["build"] not in (good, bad.name))


def test_a_build_is_kept_while_it_is_held_and_no_longer(
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    first = site.build().build
    assert first is not None
    handle = supervisor.lock_build(first)
    for version in VERSIONS[1:4]:
        revise(toys, version)
        site.build()
    assert first in swap.list_builds(site.out)
    os.close(handle)
    assert first not in swap.delete_old_builds(site.out)
    assert len(swap.list_builds(site.out)) == swap.MAX_KEPT_BUILDS
    with pytest.raises(OSError, match="No such file"):
        supervisor.lock_build(first)


def test_what_waits_to_be_accepted_during_a_swap_is_answered(
    site: BuildWorkspace, toys: DatasetBuilder
) -> None:
    with run_server(site) as served:
        served.wait_until_ready()
        waiting = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(50)]
        revise(toys, VERSIONS[1])
        site.build()
        wait_until(lambda: "Now serving build" in served.output)
        time.sleep(0.2)
        for client in waiting:
            with client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
