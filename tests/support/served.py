"""A served site in processes of its own, as people start it, and clients with real sockets."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.support.dataset import ROOT, Site

PATIENCE = 60  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(site: Site, *options: str) -> list[str]:
    """The command line that serves a site."""
    places = ["--datasets", site.datasets, "--codes", site.codes]
    places += ["--out", site.out, "--archive", site.archive]
    return [sys.executable, "build.py", "serve", *map(str, places), *options]


@dataclass
class Served:
    """A running server: its address, its first process, and the file that it writes to."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """What it has printed, both to output and to errors."""
        return self.log.read_text("utf-8")

    def get(self, path: str) -> bytes:
        """The body of what a path answers; raises HTTPError where it is refused."""
        with urlopen(self.address + path, timeout=PATIENCE) as answer:
            return bytes(answer.read())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def ready(self) -> Any:
        """What /readyz says as soon as it says that all is well."""
        return until(lambda: self.json("/readyz"))

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def workers(self) -> list[int]:
        """The ids of the processes that the server has started and that still run."""
        return children(self.process.pid)

    def refuses_connections(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


def children(parent: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = place.read_text("utf-8").rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(ppid) == parent and state != "Z":
            found.append(int(place.parent.name))
    return sorted(found)


def runs(pid: int) -> bool:
    """True while a process runs (a dead one that nobody has looked after does not)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


@contextmanager
def serving(site: Site, *options: str) -> Iterator[Served]:
    """A server over the site; afterwards asserts that nothing of it is left."""
    port, log = free_port(), site.root / "served.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command(site, *options), "--port", str(port)], cwd=ROOT, stdout=file, stderr=file
        )
    served = Served(port, process, log)
    try:
        yield served
    finally:
        left = served.workers()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        until(lambda: not any(runs(pid) for pid in left))
        assert served.refuses_connections()


def until(wanted: Callable[[], Any]) -> Any:
    """What `wanted` gives, asked again and again until it is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if found := wanted():
                return found
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.05)
    raise AssertionError
