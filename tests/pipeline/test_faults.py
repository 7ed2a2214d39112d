"""The build is killed, interrupted, and runs out of disk: what was published stays, and is served."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

KILLS = int(os.environ.get("KILLS", "10"))
SLUGS = ("toy-loans", "toy-repairs", "toy-sales")


def revised(site: BuildWorkspace, slug: str, version: int) -> DatasetBuilder:
    """A dataset of some size, in its release 1.<version>.0."""
    toys = site.dataset(slug)
    toys.descriptor["version"] = f"1.{version}.0"
    toys.texts["changes.md"] = f"# Changes\n\n## 1.{version}.0\n\n- Release {version}.\n"
    toys.tables["observations"] = [
        toys.build_observation(
            period=str(1000 + n), ethnicity="AB"[n % 2], value=f"{version}.{n % 10}"
        )
        for n in range(900)
    ]
    toys.write()
    return toys


def start(site: BuildWorkspace) -> subprocess.Popen[str]:
    """The build in a process of its own."""
    places = ["--datasets", site.datasets, "--codes", site.codes, "--out", site.out]
    command = [sys.executable, "build.py", *map(str, [*places, "--archive", site.archive])]
    return subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # tests that run in the background of a shell ignore interrupts, and so would the build
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    told, _ = process.communicate()
    return process.returncode, told.strip()


def kill_somewhen(process: subprocess.Popen[str], draw: random.Random, takes: float) -> bool:
    """End a build at a moment that nobody chose; True when it had not finished by itself."""
    time.sleep(draw.uniform(0, 1.1 * takes))
    process.send_signal(draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
    return finish(process)[0] != 0


def whole(build: Path) -> set[str]:
    """Assert that a build is whole: every file as listed, the database sound. Gives its versions."""
    manifest = json.loads((build / "manifest.json").read_text("utf-8"))
    assert sorted(manifest["datasets"]) == sorted(SLUGS)
    for slug, told in manifest["datasets"].items():
        release = build / "files" / slug / told["version"]
        for file in told["files"]:
            data = (release / file["file"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == file["sha256"]
    connection = sqlite3.connect(build / "hub.db")
    try:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("select count(*) from observation").fetchone() == (2700,)
    finally:
        connection.close()
    return {told["version"] for told in manifest["datasets"].values()}


async def served(build: Path) -> set[str]:
    """The versions that a server over the build tells."""
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    rows = (await hub.client.get("/hub/dataset.json?_shape=array")).json()
    assert (await hub.client.get("/")).status_code == 200
    return {row["version"] for row in rows}


async def test_a_build_that_is_killed_leaves_what_was_published(site: BuildWorkspace) -> None:
    draw = random.Random(1)
    for slug in SLUGS:
        revised(site, slug, 0)
    begun = time.monotonic()
    assert finish(start(site))[0] == 0
    takes = time.monotonic() - begun
    published, killed = 0, 0
    for version in range(1, KILLS + 1):
        for slug in SLUGS:
            revised(site, slug, version)
        killed += kill_somewhen(start(site), draw, takes)
        build = (site.out / "current").resolve()
        (found,) = whole(build)
        assert found in (f"1.{published}.0", f"1.{version}.0")
        published = int(found.split(".")[1])
        assert await served(build) == {found}
    assert killed >= KILLS // 3
    assert finish(start(site))[0] == 0
    assert whole((site.out / "current").resolve()) == {f"1.{KILLS}.0"}
    left = [p.name for p in site.out.rglob(".*") if p.name != ".lock"]
    assert left == []


UNCHANGED = "the previous build is unchanged"


def test_an_interrupt_is_told_in_one_line(site: BuildWorkspace) -> None:
    for attempt in range(20):  # a build that was quicker than the signal is no interrupt
        for slug in SLUGS:
            revised(site, slug, attempt)
        process = start(site)
        while process.poll() is None and not list(site.out.glob("stage/*/.work-*")):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        told = finish(process)
        if told[0] != 0:
            break
    published = (site.out / "current").is_symlink()
    assert told == (1, f"Stopped: {UNCHANGED if published else 'nothing was published'}.")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of sixteen megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if not made or made.returncode:
        pytest.skip("a small disk cannot be mounted here (it takes root)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk_is_told_and_what_was_published_stays(
    site: BuildWorkspace, small_disk: Path
) -> None:
    site.out = small_disk / "dist"
    site.archive = small_disk / "archive"
    for slug in SLUGS:
        revised(site, slug, 0)
    assert finish(start(site))[0] == 0
    before = (site.out / "current").resolve()
    filler = small_disk / "filler"
    failed = 0
    free = shutil.disk_usage(small_disk).free
    for left in (0, 40_000, 200_000, 400_000, 800_000):
        filler.write_bytes(bytes(max(free - left, 0)))
        for slug in SLUGS:
            revised(site, slug, left + 1)
        code, told = finish(start(site))
        if code:
            failed += 1
            assert code == 1
            assert told.startswith("Error: the disk is full; the previous build is unchanged.")
            assert (site.out / "current").resolve() == before
            assert whole(before) == {"1.0.0"}
    assert failed >= 2
    filler.unlink()


def test_two_builds_at_once_do_not_meet(site: BuildWorkspace) -> None:
    for slug in SLUGS:
        revised(site, slug, 0)
    first, second = start(site), start(site)
    ends = sorted([finish(first), finish(second)])
    assert [code for code, _ in ends] in ([0, 0], [0, 1])
    assert ends[1][0] == 0 or "another build is running" in ends[1][1]
    assert whole((site.out / "current").resolve()) == {"1.0.0"}
