"""`serve` as people start it: a process of its own, asked over HTTP."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.dataset import ROOT, Site

PATIENCE = 60  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(site: Site, *options: str) -> Iterator[str]:
    """A server over the site; gives its address, and asserts that nothing of it is left."""
    port = free_port()
    places = ["--datasets", site.datasets, "--codes", site.codes]
    places += ["--out", site.out, "--archive", site.archive, "--port", port]
    process = subprocess.Popen(
        [sys.executable, "build.py", "serve", *map(str, places), *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def until(wanted: Callable[[], Any]) -> Any:
    """What `wanted` gives, asked again and again until it is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if found := wanted():
                return found
        except (URLError, ConnectionError):
            pass
        time.sleep(0.1)
    raise AssertionError


def versions(address: str) -> list[str]:
    with urlopen(f"{address}/hub/dataset.json?_shape=array") as answer:
        return [row["version"] for row in json.load(answer)]


def test_it_builds_what_is_missing_and_serves_it_from_several_processes(site: Site) -> None:
    site.dataset().write()
    with serving(site, "--workers", "2") as address:
        assert until(lambda: versions(address)) == ["1.0.0"]


def test_a_change_is_built_and_served_and_a_mistake_is_not(site: Site) -> None:
    toys = site.dataset()
    toys.write()
    with serving(site, "--reload") as address:
        assert until(lambda: versions(address)) == ["1.0.0"]
        toys.descriptor["version"] = "1.0.1"
        toys.write()
        until(lambda: versions(address) == ["1.0.1"])
        (toys.folder / "datapackage.json").write_text("{", "utf-8")
        time.sleep(3)
        assert until(lambda: versions(address)) == ["1.0.1"]
