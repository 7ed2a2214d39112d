"""A server starts from the last good build: when today's fails, is damaged, or cannot be made."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidencehub.pipeline import ServableBuildFinder
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import (
    RunningServer,
    build_serve_command,
    find_free_port,
    run_server,
    wait_until,
)


def versions(served: RunningServer) -> list[str]:
    return [row["version"] for row in served.get_json("/hub/dataset.json?_shape=array")]


def publish(site: BuildWorkspace, version: str) -> Path:
    toys = site.dataset()
    toys.descriptor["version"] = version
    toys.write()
    build = site.build().build
    assert build is not None
    return build


def spoil_package(site: BuildWorkspace) -> None:
    (site.datasets / "toy-repairs/datapackage.json").write_text("{", "utf-8")


def spoil_code_lists(site: BuildWorkspace) -> None:
    """The build ends with an error of the person who builds."""
    site.codes = site.root / "no-codes"
    site.codes.mkdir()


def spoil_build_folder(site: BuildWorkspace) -> None:
    """The build ends with an internal error."""
    shutil.rmtree(site.out / "stage")
    (site.out / "stage").write_text("a file where a folder belongs", "utf-8")


@pytest.mark.parametrize("spoil", [spoil_package, spoil_code_lists, spoil_build_folder])
def test_a_build_that_fails_leaves_the_last_good_one_to_serve(
    site: BuildWorkspace, spoil: Callable[[BuildWorkspace], None]
) -> None:
    build = publish(site, "1.0.0")
    spoil(site)
    with run_server(site) as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert f"The last good build, {build.name}, is served instead." in served.output


def overwrite(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(20_000)
        file.write(b"damaged")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda database: database.write_bytes(b""),
    "overwritten": overwrite,
    "cut short": lambda database: os.truncate(database, 50_000),
    "removed": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_build_is_refused_for_an_earlier_one(site: BuildWorkspace, damage: str) -> None:
    first, second = publish(site, "1.0.0"), publish(site, "1.0.1")
    told: list[str] = []
    find_build = ServableBuildFinder(site.out, told.append)
    assert find_build() == second
    DAMAGES[damage](second / "hub.db")
    assert [find_build(), find_build()] == [first, first]
    (sentence,) = told
    assert sentence.startswith(f"Build {second.name} is not served: ")
    assert ServableBuildFinder(site.out)() == first
    with run_server(site, "--no-build") as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert sentence in served.output
    DAMAGES[damage](first / "hub.db")
    assert find_build() is None


def test_a_damaged_build_is_made_again_by_the_next_build(site: BuildWorkspace) -> None:
    build = publish(site, "1.0.0")
    overwrite(build / "hub.db")
    with run_server(site) as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert "Published as build" in served.output


def refused(site: BuildWorkspace, *options: str) -> tuple[int, str]:
    command = build_serve_command(site, "--port", str(find_free_port()), *options)
    done = subprocess.run(
        command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_without_a_build_there_is_nothing_to_serve(site: BuildWorkspace) -> None:
    assert refused(site, "--no-build") == (
        1,
        "Error: There is no published build to serve. Run a build first.",
    )


def test_nothing_is_rebuilt_by_a_server_that_is_not_to_build(site: BuildWorkspace) -> None:
    code, words = refused(site, "--no-build", "--reload")
    assert code == 2
    assert words == "Error: --reload builds what changes, so it does not go with --no-build."


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Makes a folder a mount that nobody can write to."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        for arguments in (["--bind"], ["-o", "remount,bind,ro"]):
            command = ["mount", *arguments, str(folder), str(folder)]
            done = subprocess.run(command, check=False, capture_output=True)
            if done.returncode:
                pytest.skip("a folder cannot be mounted read-only here (it takes root)")
            mounted.append(folder)

    yield mount
    for folder in mounted[:1]:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("options", [(), ("--no-build",)])
def test_a_build_on_a_read_only_disk_is_served(
    site: BuildWorkspace, read_only_disk: Callable[[Path], None], options: tuple[str, ...]
) -> None:
    publish(site, "1.0.0")
    read_only_disk(site.out)
    with run_server(site, *options) as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert f"{site.out} cannot be written to, so use is not counted." in served.output


def become_another_user() -> None:
    """Let root be a user like any other, who may not pass over the rights of files."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP, which counts from exec on


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_another_user_may_serve_what_is_there(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    for path in (site.out, *site.out.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    port = find_free_port()
    command = build_serve_command(site, "--no-build", "--port", str(port))
    log = site.root / "served.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=PROJECT_ROOT, stdout=file, stderr=file,
            preexec_fn=become_another_user,  # noqa: PLW1509
        )  # fmt: skip
    served = RunningServer(port, process, log)
    try:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert f"{site.out} cannot be written to, so use is not counted." in served.output
    finally:
        process.terminate()
        process.wait(30)
    assert not (site.out / "usage.db").exists()


def test_a_language_that_lacks_a_letter_stops_no_server(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, "1.0.0")
    (site.datasets / "toy-repairs/datapackage.json").write_text('{"ĸ": 1, "ĸ": 2}', "utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "iso-8859-1:strict")
    with run_server(site) as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert "\\u0138" in served.log_file.read_text("iso-8859-1")
