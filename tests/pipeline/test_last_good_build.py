"""A server starts from the last good build: when today's fails, is damaged, or cannot be made."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import generated_package
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
        refusal = (
            NO_COUNTS if options else f"{site.out} cannot be written to, so use is not counted."
        )
        assert served.output.count(refusal) == 1


NO_COUNTS = "Use is not counted: --no-build writes nothing unless --usage-file names a file."


def list_files(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def test_a_server_that_does_not_build_writes_nothing_although_it_may(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    before = list_files(site.out)
    with run_server(site, "--no-build", "--workers", "2") as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert len(served.get("/datasets/toy-repairs.xlsx")) > 1000
    assert list_files(site.out) == before
    usage = site.root / "usage.db"
    with run_server(site, "--no-build", "--usage-file", str(usage)) as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert NO_COUNTS not in served.output
    assert usage.is_file()
    assert list_files(site.out) == before


IN_MEMORY = (
    "No temporary file can be made, so large tables are sorted in memory. "
    "TMPDIR names a folder for them."
)
# a machine on which nothing at all can be written, by a user without any rights of root
NOTHING_TO_WRITE = """
for mount in $(awk '$2 !~ "^/(proc|sys|dev)" {print $2}' /proc/mounts); do
  mount -o remount,ro,bind "$mount" || exit 90
done
for folder in /tmp /var/tmp; do touch $folder/x 2>/dev/null && exit 91; done
exec setpriv --bounding-set -all --inh-caps -all "$@"
"""


def test_a_machine_on_which_nothing_can_be_written_serves_everything(
    site: BuildWorkspace, locales: str
) -> None:
    generated_package.write_package(site.datasets / "bench-sorted", 20_000)
    publish(site, "1.0.0")
    port = find_free_port()
    command = build_serve_command(site, "--no-build", "--port", str(port))
    command = ["unshare", "-m", "sh", "-c", NOTHING_TO_WRITE, "sh", *command]
    if subprocess.run([*command[:2], "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mounts of its own can be had here (it takes root)")
    environment = {
        "PATH": os.environ["PATH"], "LOCPATH": locales, "LC_ALL": "tr_TR.ISO-8859-9",
        "TZ": "Pacific/Auckland",
    }  # fmt: skip
    with subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        served = RunningServer(port, process, site.root / "none")
        try:
            assert "1.0.0" in wait_until(lambda: versions(served))
            for path in ("", ".xlsx", ".ods", ".zip"):
                assert len(served.get(f"/datasets/toy-repairs{path}")) > 1000
            address = "/hub/observation.json?_sort_desc=value&_facet=area&_size=1000"
            assert len(served.get_json(address)["rows"]) == 1000
            rows = served.get("/api/v1/observations.parquet?dataset=bench-sorted")
            assert rows.startswith(b"PAR1")
        finally:
            process.terminate()
            process.wait(30)
        assert process.stderr is not None
        assert process.stderr.read().decode() == f"{NO_COUNTS}\n{IN_MEMORY}\n"


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
        assert NO_COUNTS in served.output
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


@pytest.fixture(scope="session")
def locales(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with locales that are not UTF-8, for LOCPATH."""
    folder = tmp_path_factory.mktemp("locales")
    for language, charset in (("de_DE", "ISO-8859-1"), ("tr_TR", "ISO-8859-9")):
        command = [
            "localedef",
            "-i",
            language,
            "-f",
            charset,
            str(folder / f"{language}.{charset}"),
        ]
        if shutil.which("localedef") is None or subprocess.run(command, check=False).returncode:
            pytest.skip("no locale can be made here (it takes localedef and its sources)")
    return str(folder)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_foreign_locale_builds_and_serves_the_same_bytes(
    site: BuildWorkspace, locales: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys = site.dataset()
    toys.descriptor["title"] = "Спасибо, Māori, ≥ 5"
    toys.tables["sizes"] = [{"entry": "ß"}]
    path = "data/größe-ĸ.csv"
    toys.resource_overrides["sizes"] = {"path": path, "hub": {"role": "table"}}
    (toys.folder / "data").mkdir(parents=True)
    (toys.folder / path).write_text("entry\nß\n", "utf-8")
    toys.write()
    build = site.build().build
    assert build is not None
    digest = hashlib.sha256((build / "hub.db").read_bytes()).hexdigest()
    shutil.rmtree(site.out)
    monkeypatch.setenv("LOCPATH", locales)
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    monkeypatch.setenv("TZ", zone)
    with run_server(site) as served:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        assert served.get("/datasets/toy-repairs/1.0.0/data/gr%C3%B6%C3%9Fe-%C4%B8.csv")
        printed = served.log_file.read_bytes().decode("iso-8859-1")
        assert f"Published as build {build.name}." in printed
    assert hashlib.sha256((site.out / "current/hub.db").read_bytes()).hexdigest() == digest


def test_json_is_utf_8_under_every_locale(
    site: BuildWorkspace, locales: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys = site.dataset()
    toys.tables["observations"][0]["ethnicity"] = "ĸ😀é"
    toys.write()
    monkeypatch.setenv("LOCPATH", locales)
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    command = [sys.executable, "build.py", "build", *build_serve_command(site)[3:], "--json"]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, check=False)
    assert done.returncode == 1
    assert "ĸ😀é" in json.dumps(json.loads(done.stdout.decode("utf-8")), ensure_ascii=False)


def test_what_was_published_is_said_when_printing_fails(site: BuildWorkspace) -> None:
    """The reader of the output has gone, or the disk of its log is full."""
    publish(site, "1.0.0")
    toys = site.dataset()
    for version, end in (("1.0.1", "pipe"), ("1.0.2", "/dev/full")):
        toys.descriptor["version"] = version
        toys.write()
        if end == "pipe":
            reader, writer = os.pipe()
            os.close(reader)
        else:
            writer = os.open(end, os.O_WRONLY)
        command = [sys.executable, "build.py", "build", *build_serve_command(site)[3:]]
        done = subprocess.run(
            command, cwd=PROJECT_ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )
        os.close(writer)
        name = (site.out / "current").resolve().name
        assert done.returncode == 1
        assert f"build {name} was published before that, and is served" in done.stderr
        assert "internal error" not in done.stderr
        assert "Traceback" not in done.stderr


def test_a_server_goes_on_where_nobody_reads_what_it_prints(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    port = find_free_port()
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(
            build_serve_command(site, "--no-build", "--port", str(port)),
            cwd=PROJECT_ROOT, stdout=full, stderr=full,
        )  # fmt: skip
    served = RunningServer(port, process, site.root / "none")
    try:
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
        os.kill(served.list_worker_pids()[0], signal.SIGKILL)
        assert wait_until(lambda: versions(served)) == ["1.0.0"]
    finally:
        process.terminate()
        process.wait(30)
