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

from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

TIMEOUT_SECONDS = 60  # seconds


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def build_serve_command(site: BuildWorkspace, *options: str) -> list[str]:
    """The command line that serves a site."""
    path_options = ["--datasets", site.datasets, "--codes", site.codes]
    path_options += ["--out", site.out, "--archive", site.archive]
    return [sys.executable, "build.py", "serve", *map(str, path_options), *options]


@dataclass
class RunningServer:
    """A running server: its address, its first process, and the file that it writes to."""

    port: int
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What it has printed, both to output and to errors."""
        return self.log_file.read_text("utf-8")

    def get(self, path: str) -> bytes:
        """The body of what a path answers; raises HTTPError where it is refused."""
        with urlopen(self.address + path, timeout=TIMEOUT_SECONDS) as response:
            return bytes(response.read())

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def wait_until_ready(self) -> Any:
        """What /readyz says as soon as it says that all is well."""
        return wait_until(lambda: self.get_json("/readyz"))

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)

    def list_worker_pids(self) -> list[int]:
        """The ids of the processes that the server has started and that still run."""
        return list_child_pids(self.process.pid)

    def refuses_connections(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


def list_child_pids(parent: int) -> list[int]:
    pids = []
    for stat_file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat_file.read_text("utf-8").rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(ppid) == parent and state != "Z":
            pids.append(int(stat_file.parent.name))
    return sorted(pids)


def is_running(pid: int) -> bool:
    """True while a process runs (a dead one that nobody has looked after does not)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


@contextmanager
def run_server(
    site: BuildWorkspace, *options: str, folder: Path = PROJECT_ROOT
) -> Iterator[RunningServer]:
    """A server over the site, with the settings of a folder; afterwards nothing of it is left."""
    port, log = find_free_port(), site.root / "served.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*build_serve_command(site, *options), "--port", str(port)],
            cwd=folder,
            stdout=file,
            stderr=file,
        )
    served = RunningServer(port, process, log)
    try:
        yield served
    finally:
        remaining_pids = served.list_worker_pids()
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_SECONDS)
        wait_until(lambda: not any(is_running(pid) for pid in remaining_pids))
        assert served.refuses_connections()


def wait_until(condition: Callable[[], Any]) -> Any:
    """What `condition` gives, asked again and again until it is something."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < end:
        try:
            if outcome := condition():
                return outcome
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.05)
    raise AssertionError
