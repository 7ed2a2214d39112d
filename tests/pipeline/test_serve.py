"""`serve` as people start it: a process of its own, asked over HTTP."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.dataset import ROOT, Site
from tests.support.served import PATIENCE, Served, command, free_port, runs, serving, until

LINES = "/hub/dataset.json?_shape=array"


def versions(served: Served) -> list[str]:
    return [row["version"] for row in served.json(LINES)]


def test_it_builds_what_is_missing_and_serves_it_from_several_processes(site: Site) -> None:
    site.dataset().write()
    with serving(site, "--workers", "2") as served:
        assert until(lambda: versions(served)) == ["1.0.0"]
        assert len(served.workers()) == 2


def test_a_change_is_built_and_served_and_a_mistake_is_not(site: Site) -> None:
    toys = site.dataset()
    toys.write()
    with serving(site, "--reload") as served:
        assert until(lambda: versions(served)) == ["1.0.0"]
        toys.descriptor["version"] = "1.0.1"
        toys.write()
        until(lambda: versions(served) == ["1.0.1"])
        (toys.folder / "datapackage.json").write_text("{", "utf-8")
        until(lambda: "What was published is as it was." in served.said)
        assert versions(served) == ["1.0.1"]


def refused(site: Site, *options: str, cwd: Path = ROOT) -> tuple[int, str]:
    """Exit code and last line of a server that does not start."""
    done = subprocess.run(
        command(site, *options), cwd=cwd, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_a_port_that_is_taken_is_told_before_anything_is_built(site: Site) -> None:
    site.dataset().write()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, words = refused(site, "--port", str(port))
    assert code == 1
    assert words == (
        f"Error: Port {port} of 127.0.0.1 is taken: another server listens there. Stop it, or "
        "choose another port with --port."
    )
    assert not site.out.exists()


ADDRESS = "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all of its addresses."
WRITTEN = "Choose another file, or “off”."
WRONG = {
    "--host 192.0.2.1": f"--host 192.0.2.1: this is not an address of this machine. {ADDRESS}",
    "--host a..b": f"--host a..b: there is no such address. {ADDRESS}",
    "--access-log nowhere/log": (
        "nowhere/log: this cannot be written to ([Errno 2] No such file or directory: "
        f"'nowhere/log'). {WRITTEN}"
    ),
    "--usage nowhere/usage.db": (
        "nowhere/usage.db: this cannot be written to (unable to open database file). " + WRITTEN
    ),
}


@pytest.mark.parametrize("options", list(WRONG))
def test_what_cannot_be_served_is_told_in_words(site: Site, options: str) -> None:
    site.dataset().write()
    told = refused(site, "--port", str(free_port()), *options.split())
    assert told == (1, f"Error: {WRONG[options]}")


def test_strangers_may_not_run_sql_by_mistake(site: Site) -> None:
    code, words = refused(site, "--host", "0.0.0.0", "--sql", "on")
    assert code == 2
    assert words == (
        "Error: --sql on is for a copy that only this machine reaches, and --host 0.0.0.0 is open "
        "to others. Leave --host out, or say --sql public if strangers may ask what they like."
    )


def test_a_worker_that_dies_is_replaced_and_the_others_answer(site: Site) -> None:
    site.dataset().write()
    with serving(site, "--workers", "2") as served:
        served.ready()
        before = until(lambda: len(served.workers()) == 2 and served.workers())
        os.kill(before[0], signal.SIGKILL)
        for _ in range(20):
            assert versions(served) == ["1.0.0"]
        until(lambda: len(served.workers()) == 2)
        assert before[0] not in served.workers()
        assert f"Worker {before[0]} was ended by signal 9. It is replaced in" in served.said


def test_nothing_is_left_when_the_first_process_is_killed(site: Site) -> None:
    site.dataset().write()
    with serving(site, "--workers", "2") as served:
        served.ready()
        workers = until(lambda: len(served.workers()) == 2 and served.workers())
        served.process.kill()
        until(lambda: not any(runs(pid) for pid in workers))
        assert served.refuses_connections()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_was_asked_before_is_answered(
    site: Site, number: signal.Signals
) -> None:
    site.dataset().write()
    with serving(site, "--workers", "2") as served:
        served.ready()
        with closing(served.connect()) as connection:
            connection.request("GET", LINES)
            served.process.send_signal(number)
            assert connection.getresponse().status == 200
        assert served.process.wait(PATIENCE) == 0


def test_a_site_that_cannot_be_served_is_told_and_ends_with_1(site: Site) -> None:
    site.dataset().write()
    place = site.root / "place"
    for name in ("templates", "static", "plugins"):
        shutil.copytree(ROOT / name, place / name)
    for name in ("build.py", "metadata.yaml", "settings.json"):
        shutil.copy(ROOT / name, place / name)
    (place / "settings.json").write_text("{", "utf-8")
    done = subprocess.run(
        command(site, "--port", str(free_port())), cwd=place, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    build = (site.out / "current").resolve()
    assert done.returncode == 1
    assert done.stderr == (
        f"{place}/settings.json: this is not JSON (Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)). Correct it and start again.\n"
        "Error: The server could not start: a worker ended with exit code 1. What it said is "
        f"above; the build is {build}.\n"
    )


def test_new_settings_are_served_after_a_signal_and_no_restart(site: Site) -> None:
    site.dataset().write()
    with serving(site) as served:
        served.ready()
        before = served.workers()
        served.process.send_signal(signal.SIGUSR1)
        until(lambda: "is served now" in served.said)
        assert versions(served) == ["1.0.0"]
        until(lambda: not set(before) & set(served.workers()))
        assert len(served.workers()) == 1


def test_a_second_signal_does_not_wait_for_a_slow_client(site: Site) -> None:
    site.dataset().write()
    with serving(site) as served:
        served.ready()
        with socket.create_connection(("127.0.0.1", served.port)) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\n")
            begun = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            served.process.send_signal(signal.SIGTERM)
            served.process.wait(PATIENCE)
            assert time.monotonic() - begun < 30
