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

from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import (
    TIMEOUT_SECONDS,
    RunningServer,
    build_serve_command,
    find_free_port,
    is_running,
    run_server,
    wait_until,
)

LINES = "/hub/dataset.json?_shape=array"


def versions(served: RunningServer) -> list[str]:
    return [row["version"] for row in served.get_json(LINES)]


def test_it_builds_what_is_missing_and_serves_it_from_several_processes(
    site: BuildWorkspace,
) -> None:
    site.dataset().write()
    with run_server(site, "--workers", "2") as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert len(served.list_worker_pids()) == 2


def test_a_change_is_built_and_served_and_a_mistake_is_not(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.write()
    with run_server(site, "--reload") as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        toys.descriptor["version"] = "1.0.1"
        toys.write()
        wait_until(lambda: versions(served) == ["1.0.1"])
        (toys.folder / "datapackage.json").write_text("{", "utf-8")
        wait_until(lambda: "previous build is unchanged" in served.output)
        assert versions(served) == ["1.0.1"]


def refused(site: BuildWorkspace, *options: str, cwd: Path = PROJECT_ROOT) -> tuple[int, str]:
    """Exit code and last line of a server that does not start."""
    done = subprocess.run(
        build_serve_command(site, *options), cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_a_port_that_is_taken_is_told_before_anything_is_built(site: BuildWorkspace) -> None:
    site.dataset().write()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, words = refused(site, "--port", str(port))
    assert code == 1
    assert words == (
        f"Error: Port {port} on 127.0.0.1 is already in use. Stop the other server, or "
        "choose another port with --port."
    )
    assert not site.out.exists()


ADDRESS = "Use 127.0.0.1 for this machine only, or 0.0.0.0 for all its addresses."
WRITTEN = "Choose another file, or “off”."
WRONG = {
    "--host 192.0.2.1": f"--host 192.0.2.1 is not an address of this machine. {ADDRESS}",
    "--host a..b": f"--host a..b: no such address. {ADDRESS}",
    "--access-log nowhere/log": (
        "nowhere/log: this cannot be written to ([Errno 2] No such file or directory: "
        f"'nowhere/log'). {WRITTEN}"
    ),
    "--usage-file nowhere/usage.db": (
        "nowhere/usage.db: this cannot be written to (unable to open database file). " + WRITTEN
    ),
}


@pytest.mark.parametrize("options", list(WRONG))
def test_what_cannot_be_served_is_told_in_words(site: BuildWorkspace, options: str) -> None:
    site.dataset().write()
    told = refused(site, "--port", str(find_free_port()), *options.split())
    assert told == (1, f"Error: {WRONG[options]}")


def test_strangers_may_not_run_sql_by_mistake(site: BuildWorkspace) -> None:
    code, words = refused(site, "--host", "0.0.0.0", "--public-sql", "local")
    assert code == 2
    assert words == (
        "Error: --public-sql local needs an address that only this machine reaches; --host 0.0.0.0 is "
        "open to others. Omit --host, or use --public-sql public to let everybody run SQL."
    )


def test_a_worker_that_dies_is_replaced_and_the_others_answer(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site, "--workers", "2") as served:
        served.wait_until_ready()
        before = wait_until(
            lambda: len(served.list_worker_pids()) == 2 and served.list_worker_pids()
        )
        os.kill(before[0], signal.SIGKILL)
        for _ in range(20):
            assert versions(served) == ["1.0.0"]
        # until its end is noticed, the killed process is still listed
        wait_until(lambda: before[0] not in (pids := served.list_worker_pids()) and len(pids) == 2)
        assert f"Worker {before[0]} was stopped by signal 9. A new one starts in" in served.output


def test_nothing_is_left_when_the_first_process_is_killed(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site, "--workers", "2") as served:
        served.wait_until_ready()
        workers = wait_until(
            lambda: len(served.list_worker_pids()) == 2 and served.list_worker_pids()
        )
        served.process.kill()
        wait_until(lambda: not any(is_running(pid) for pid in workers))
        assert served.refuses_connections()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_was_asked_before_is_answered(
    site: BuildWorkspace, number: signal.Signals
) -> None:
    site.dataset().write()
    with run_server(site, "--workers", "2") as served:
        served.wait_until_ready()
        with closing(served.connect()) as connection:
            connection.request("GET", LINES)
            served.process.send_signal(number)
            assert connection.getresponse().status == 200
        assert served.process.wait(TIMEOUT_SECONDS) == 0


def test_a_site_that_cannot_be_served_is_told_and_ends_with_1(site: BuildWorkspace) -> None:
    site.dataset().write()
    place = site.root / "place"
    for name in ("templates", "static", "plugins"):
        shutil.copytree(PROJECT_ROOT / name, place / name)
    for name in ("build.py", "metadata.yaml", "settings.json"):
        shutil.copy(PROJECT_ROOT / name, place / name)
    (place / "settings.json").write_text("{", "utf-8")
    done = subprocess.run(
        build_serve_command(site, "--port", str(find_free_port())), cwd=place, capture_output=True, text=True,
        timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    build = (site.out / "current").resolve()
    assert done.returncode == 1
    assert done.stderr == (
        f"{place}/settings.json: not valid JSON (Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)). Correct it and start again.\n"
        "Error: The server could not start: a worker stopped with exit code 1. See the "
        f"messages above; the build is {build}.\n"
    )


def test_new_settings_are_served_after_a_signal_and_no_restart(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site) as served:
        served.wait_until_ready()
        before = served.list_worker_pids()
        served.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: "Now serving build" in served.output)
        assert versions(served) == ["1.0.0"]
        wait_until(lambda: not set(before) & set(served.list_worker_pids()))
        assert len(served.list_worker_pids()) == 1


def test_a_second_signal_does_not_wait_for_a_slow_client(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site) as served:
        served.wait_until_ready()
        with socket.create_connection(("127.0.0.1", served.port)) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\n")
            begun = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            served.process.send_signal(signal.SIGTERM)
            served.process.wait(TIMEOUT_SECONDS)
            assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    ("options", "new_name"),
    [
        ("--patience 0", "--write-timeout"),
        ("--connections=0", "--max-connections"),
        ("--sql=maybe", "--public-sql"),
        ("--usage nowhere/usage.db", "--usage-file"),
    ],
)
def test_an_option_by_its_old_name_warns_and_still_works(
    site: BuildWorkspace, options: str, new_name: str
) -> None:
    site.dataset().write()
    command = build_serve_command(site, "--port", str(find_free_port()), *options.split())
    process = subprocess.run(
        command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    old_name = options.replace("=", " ").split()[0]
    warning, *_, error = process.stderr.strip().splitlines()
    assert warning == f"Warning: {old_name} is now {new_name}; the old name will go."
    assert process.returncode > 0
    assert new_name in error or error.startswith("Error: nowhere/usage.db: this cannot be written")


def test_sql_on_means_local(site: BuildWorkspace) -> None:
    _, text = refused(site, "--host", "0.0.0.0", "--sql", "on")
    assert "Error: --public-sql local needs an address that only this machine reaches" in text
