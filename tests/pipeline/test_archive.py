"""The archive is evidence: whatever is altered, lost or cut short, it is told and nothing is lost."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidencehub.errors import HubError
from evidencehub.releases.archive import Archive
from evidencehub.releases.build_manifest import read_manifest
from evidencehub.releases.log import (
    FIRST_HASH,
    LogEntry,
    append_entries,
    encode_log,
    parse_log,
    read_log,
)
from evidencehub.releases.published_file import hash_file
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.published_hub import PublishedHub, copy_hub, overwrite, revise

SLUG = "toy-repairs"
KILLS = int(os.environ.get("KILLS", "10"))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two datasets, one of them in two releases."""
    root = tmp_path_factory.mktemp("published")
    site = BuildWorkspace(root)
    site.dataset("toy-loans").write()
    for version, value in (("1.0.0", "12.5"), ("1.1.0", "13.5")):
        revise(site.dataset(SLUG), version, value)
        assert site.build().is_ok
    return root


@pytest.fixture
def hub(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> PublishedHub:
    """A copy of the published hub, to damage."""
    return PublishedHub(copy_hub(published, tmp_path / "hub"), capsys)


def flip(data: bytes) -> bytes:
    """Change one byte in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def cut(data: bytes) -> bytes:
    """Leave the first half."""
    return data[: len(data) // 2]


def empty(_: bytes) -> bytes:
    """Leave nothing."""
    return b""


HOW: dict[str, Callable[[bytes], bytes] | None] = {
    "altered": flip, "cut short": cut, "emptied": empty, "deleted": None,
}  # fmt: skip


def assert_helpful(text: str) -> None:
    """Assert that a message names a way out, and that the way is never to delete the archive."""
    assert "restore-archive" in text
    assert "backup" in text
    assert not re.search(r"(?i)\b(delete|remove|rm|erase|clean)\b[^.]*archive", text)


def find_object(hub: PublishedHub, version: str, name: str) -> Path:
    archive = Archive(hub.site.archive)
    release = archive.find_release(SLUG, version)
    assert release is not None
    digests = {file.path: file.sha256 for file in release.files}
    digests |= {f"package/{path}": digest for path, digest in release.package.items()}
    return archive.objects.locate(digests[name])


def find_record(hub: PublishedHub) -> Path:
    return min((hub.site.archive / "releases" / SLUG / "1.0.0").iterdir())


IN_ARCHIVE: dict[str, Callable[[PublishedHub], Path]] = {
    "object of an earlier release": lambda hub: find_object(hub, "1.0.0", f"{SLUG}.csv"),
    "object of the latest release": lambda hub: find_object(hub, "1.1.0", f"{SLUG}.parquet"),
    "object that is no file of a release": lambda hub: find_object(
        hub, "1.0.0", "package/datapackage.json"
    ),
    "record": find_record,
    "log": lambda hub: hub.site.archive / "log.jsonl",
    "marker": lambda hub: hub.site.archive / "archive.json",
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("part", IN_ARCHIVE)
def test_a_damaged_archive_stops_the_build_and_is_restored_from_the_last(
    part: str, how: str, hub: PublishedHub
) -> None:
    archived, built = hub.read_archive(), hub.read_build()
    damaged = IN_ARCHIVE[part](hub)
    overwrite(damaged, HOW[how])
    for command in ("build", "verify"):
        code, text = hub.run(command)
        assert code == 1, text
        if command == "build":
            assert_helpful(text)
    assert hub.read_build() == built
    assert hub.run("restore-archive")[0] == 0
    assert hub.read_archive() == archived
    assert hub.run("verify") == (0, "The archive and all builds are as they were published.")
    assert hub.run("build")[0] == 0
    assert hub.read_build() == built


@pytest.mark.parametrize("part", IN_ARCHIVE)
def test_with_keep_going_a_damaged_archive_loses_nothing_either(
    part: str, hub: PublishedHub
) -> None:
    archived, built = hub.read_archive(), hub.read_build()
    overwrite(IN_ARCHIVE[part](hub), flip)
    code, text = hub.run("build", "--keep-going")
    assert code == 1, text
    assert_helpful(text)
    assert hub.read_build() == built
    assert hub.run("restore-archive")[0] == 0
    assert hub.read_archive() == archived
    assert hub.run("verify")[0] == 0


def test_with_keep_going_the_other_datasets_are_renewed(hub: PublishedHub) -> None:
    overwrite(find_record(hub), flip)
    revise(hub.site.dataset("toy-loans"), "1.1.0", "99.5")
    code, text = hub.run("build", "--keep-going")
    assert code == 1
    assert "toy-repairs: failed. Its last good release stays published." in text
    released = hub.build / "files"
    assert (released / "toy-loans/1.1.0/toy-loans.csv").is_file()
    assert (released / SLUG / "1.0.0" / f"{SLUG}.csv").is_file()
    assert hub.run("restore-archive")[0] == 0
    assert hub.run("verify")[0] == 0
    assert hub.run("build")[0] == 0


def drop_last_line(data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:-1])


RESTORE = (
    "Put the archive back from a backup, or take what is missing from the last build: `python "
    "build.py restore-archive`."
)
TEXTS = {
    "record": (find_record, cut, "The record of release 1.0.0 is missing or has changed. [metadata/release-damaged]"),
    "object": (
        IN_ARCHIVE["object of an earlier release"], None,
        f"Missing or changed in release 1.0.0: {SLUG}.csv. [metadata/release-damaged]",
    ),
    "log": (
        IN_ARCHIVE["log"], drop_last_line,
        "Line 3 of the log (published 1.1.0 on DAY) is missing or has changed. [metadata/release-lost]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("part", TEXTS)
def test_what_is_wrong_with_the_archive_is_told_in_full(part: str, hub: PublishedHub) -> None:
    find_file, change, message = TEXTS[part]
    overwrite(find_file(hub), change)
    code, text = hub.run("build")
    assert code == 1
    assert re.sub(r"\d{4}-\d\d-\d\d", "DAY", text) == (
        f"{SLUG}: 1 error must be fixed. Nothing has been published. error {hub.site.archive}: "
        f"{message} {RESTORE} 1 dataset failed. Nothing was published; the previous build is "
        "unchanged."
    )


def test_a_log_that_ends_too_early_is_told_for_each_release_that_it_lacks(
    hub: PublishedHub,
) -> None:
    log = hub.site.archive / "log.jsonl"
    whole = log.read_bytes()
    for count in range(whole.count(b"\n")):
        overwrite(log, lambda data, count=count: b"".join(whole.splitlines(True)[:count]))
        for options in ((), ("--keep-going",), ("--only", "toy-loans")):
            code, text = hub.run("build", *options)
            assert code == 1
            assert "[metadata/release-lost]" in text
            assert_helpful(text)
        code, text = hub.run("verify")
        assert code == 1
        assert "does not go on from the log" in text
    assert hub.run("restore-archive")[0] == 0
    assert log.read_bytes() == whole
    assert hub.run("build")[0] == 0


def test_a_withdrawal_that_is_cut_off_the_log_does_not_come_undone(hub: PublishedHub) -> None:
    log = hub.site.archive / "log.jsonl"
    before = log.read_bytes()
    assert hub.run("withdraw", "toy-loans", "--reason", "Counted twice.")[0] == 0
    assert hub.run("build")[0] == 0
    built = hub.read_build()
    overwrite(log, lambda _: before)
    for options in ((), ("--keep-going",)):
        assert hub.run("build", *options)[0] == 1
        assert hub.read_build() == built
    assert hub.run("restore-archive")[0] == 0
    assert Archive(hub.site.archive).is_withdrawn("toy-loans", "1.0.0")


def test_a_log_without_its_final_newline_is_whole(hub: PublishedHub) -> None:
    log = hub.site.archive / "log.jsonl"
    whole = log.read_bytes()
    overwrite(log, lambda data: data.removesuffix(b"\n"))
    assert hub.run("build")[0] == 0
    revise(hub.site.dataset(SLUG), "1.2.0", "14.5")
    assert hub.run("build")[0] == 0
    assert log.read_bytes().startswith(whole)
    assert hub.run("verify")[0] == 0


def test_the_whole_archive_is_made_again_from_the_last_build(hub: PublishedHub) -> None:
    archived, built = hub.read_archive(), hub.read_build()
    shutil.rmtree(hub.site.archive)
    code, text = hub.run("verify")
    assert code == 1
    code, text = hub.run("build")
    assert code == 0
    assert f"{hub.site.archive} was gone. It was made again from build {hub.build.name}" in text
    assert hub.read_archive() == archived
    assert hub.read_build() == built
    assert hub.run("verify")[0] == 0


def test_an_archive_is_made_again_although_the_manifest_is_damaged_too(hub: PublishedHub) -> None:
    archived = hub.read_archive()
    shutil.rmtree(hub.site.archive)
    overwrite(hub.build / "manifest.json", cut)
    assert hub.run("build")[0] == 0
    assert hub.read_archive() == archived


def test_objects_without_a_log_are_not_taken_for_a_new_archive(hub: PublishedHub) -> None:
    shutil.rmtree(hub.site.out)
    for name in ("archive.json", "log.jsonl"):
        (hub.site.archive / name).unlink()
    code, text = hub.run("build")
    assert code == 1
    assert "archive.json is missing" in text
    assert_helpful(text)


IN_BUILD: dict[str, Callable[[PublishedHub], Path]] = {
    "manifest": lambda hub: hub.build / "manifest.json",
    "database": lambda hub: hub.build / "hub.db",
    "copy of the archive": lambda hub: hub.build / "archive.zip",
    "file of an earlier release": lambda hub: hub.build / f"files/{SLUG}/1.0.0/{SLUG}.csv",
    "file of the latest release": lambda hub: hub.build / f"files/{SLUG}/1.1.0/about.md",
}
IN_STAGE = ("summary.json", "staged.db", f"files/{SLUG}.csv")


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("part", IN_BUILD)
def test_a_damaged_build_counts_as_absent_and_is_made_again(
    part: str, how: str, hub: PublishedHub
) -> None:
    archived, built = hub.read_archive(), hub.read_build()
    damaged = IN_BUILD[part](hub)
    overwrite(damaged, HOW[how])
    code, text = hub.run("verify")
    assert code == 1
    assert str(damaged) in text
    code, text = hub.run("build")
    assert code == 0, text
    assert (hub.read_build(), hub.read_archive()) == (built, archived)
    assert hub.run("verify")[0] == 0


def test_a_change_of_any_byte_of_a_manifest_is_seen(hub: PublishedHub) -> None:
    path = hub.build / "manifest.json"
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert not read_manifest(hub.build), data[place - 20 : place + 20]
    path.write_bytes(data)
    assert read_manifest(hub.build)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", IN_STAGE)
def test_a_damaged_stage_counts_as_absent_and_is_made_again(
    name: str, how: str, hub: PublishedHub
) -> None:
    archived, built = hub.read_archive(), hub.read_build()
    for stage in (hub.site.out / "stage" / SLUG).iterdir():
        overwrite(stage / name, HOW[how])
    code, text = hub.run("build")
    assert code == 0, text
    assert (hub.read_build(), hub.read_archive()) == (built, archived)
    assert hub.run("verify")[0] == 0


def test_a_folder_that_is_gone_must_come_back_or_be_withdrawn(hub: PublishedHub) -> None:
    built = hub.read_build()
    shutil.move(hub.site.datasets / "toy-loans", hub.site.root / "aside")
    code, text = hub.run("build")
    assert code == 1
    assert "[metadata/dataset-gone]" in text
    assert "`python build.py withdraw SLUG --reason …`" in text
    assert hub.read_build() == built
    assert hub.run("withdraw", "toy-loans", "--reason", "It was counted twice.")[0] == 0
    assert hub.run("build")[0] == 0
    assert (hub.build / "files/toy-loans/1.0.0/toy-loans.csv").is_file()


def test_a_withdrawn_version_is_passed_over_until_the_version_is_raised(hub: PublishedHub) -> None:
    assert hub.run("withdraw", SLUG, "1.1.0", "--reason", "Half were missing.")[0] == 0
    code, text = hub.run("build")
    assert code == 0
    assert "warning" in text
    assert "[metadata/withdrawn]" in text
    assert current_version(hub) == "1.0.0"
    revise(hub.site.dataset(SLUG), "1.0.1")
    assert "[metadata/version-falls]" in hub.run("build")[1]
    revise(hub.site.dataset(SLUG), "1.1.1")
    assert hub.run("build")[0] == 0
    assert current_version(hub) == "1.1.1"


def current_version(hub: PublishedHub) -> str:
    with closing(sqlite3.connect(hub.build / "hub.db")) as connection:
        (row,) = connection.execute("select version from dataset where dataset = ?", [SLUG])
    return str(row[0])


def test_what_is_withdrawn_must_be_there(hub: PublishedHub) -> None:
    for slug, version in (("toy-lones", ""), (SLUG, "9.9.9")):
        code, text = hub.run("withdraw", slug, *filter(None, [version]), "--reason", "No.")
        assert code == 1
        assert slug in text


def list_bytes(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder, and every member of an archive file."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()
        if path.name == "archive.zip":
            with zipfile.ZipFile(path) as members:
                for name in members.namelist():
                    yield path / name, members.read(name)


SECRET = "73.19"  # a figure that is nowhere else


@pytest.mark.parametrize("is_latest", [True, False])
def test_after_a_disclosure_the_bytes_are_gone_and_the_log_still_verifies(
    hub: PublishedHub, *, is_latest: bool
) -> None:
    revise(hub.site.dataset(SLUG), "1.2.0", SECRET)
    assert hub.run("build")[0] == 0
    if not is_latest:
        revise(hub.site.dataset(SLUG), "1.3.0", "15.5")
        assert hub.run("build")[0] == 0
    release = Archive(hub.site.archive).find_release(SLUG, "1.2.0")
    assert release is not None
    others = (r for r in Archive(hub.site.archive).list_releases(SLUG) if r != release)
    digests = release.digests.difference(*(other.digests for other in others))
    assert len(digests) > 4
    digests.add(release.package_sha256)
    log = (hub.site.archive / "log.jsonl").read_bytes()
    code, text = hub.run("withdraw", SLUG, "1.2.0", "--reason", "It tells.", "--disclosure")
    assert code == 0
    assert "version control" in text
    traces = re.compile("|".join([re.escape(SECRET), *digests]).encode())
    assert [path for path, data in list_bytes(hub.site.archive) if traces.search(data)] == []
    assert [
        path for path, data in list_bytes(hub.site.out / "stage") if SECRET.encode() in data
    ] == []
    assert hub.run("build")[0] == 0
    assert hub.run("verify")[0] == 0
    assert (hub.site.archive / "log.jsonl").read_bytes().startswith(log)
    assert not (hub.build / "files" / SLUG / "1.2.0").exists()
    assert [path for path, data in list_bytes(hub.site.archive) if traces.search(data)] == []
    remaining = [hub.site.out / name for name in ("stage", "builds")]
    assert [p for root in remaining for p, data in list_bytes(root) if traces.search(data)] == []
    assert current_version(hub) == ("1.1.0" if is_latest else "1.3.0")


def test_a_commitment_tells_nothing_of_a_release_that_was_erased(hub: PublishedHub) -> None:
    twin = PublishedHub(hub.site.root / "twin", hub._capsys)
    shutil.copytree(hub.site.datasets, twin.site.datasets, dirs_exist_ok=True)
    assert twin.run("build")[0] == 0
    commitments = [
        {e.commitment for e in read_log(h.site.archive / "log.jsonl") if e.version == "1.1.0"}
        for h in (hub, twin)
    ]
    assert all(commitments)
    assert commitments[0].isdisjoint(commitments[1])


def test_restoring_does_not_bring_back_what_was_erased(hub: PublishedHub) -> None:
    earlier = copy_hub(hub.site.out, hub.site.root / "earlier")
    assert hub.run("withdraw", SLUG, "1.0.0", "--reason", "It tells.", "--disclosure")[0] == 0
    archived = hub.read_archive()
    assert (SLUG, "1.0.0") not in archived
    shutil.rmtree(hub.site.out)
    shutil.move(earlier, hub.site.out)
    overwrite(find_object(hub, "1.1.0", f"{SLUG}.csv"), None)
    assert hub.run("restore-archive")[0] == 0
    assert hub.read_archive() == archived
    assert not (hub.site.archive / "releases" / SLUG / "1.0.0").exists() or not list(
        (hub.site.archive / "releases" / SLUG / "1.0.0").iterdir()
    )


def test_an_erasure_that_was_interrupted_is_finished_by_the_next_build(hub: PublishedHub) -> None:
    record = find_record(hub)
    data = record.read_bytes()
    table = find_object(hub, "1.0.0", f"{SLUG}.csv")
    figures = table.read_bytes()
    assert hub.run("withdraw", SLUG, "1.0.0", "--reason", "It tells.", "--disclosure")[0] == 0
    record.write_bytes(data)
    table.write_bytes(figures)
    assert hub.run("build")[0] == 0
    assert not record.exists()
    assert not table.exists()


def test_an_erasure_spares_the_objects_of_a_release_whose_record_is_damaged(
    hub: PublishedHub,
) -> None:
    archived = hub.read_archive()
    loans = hub.site.archive / "releases/toy-loans/1.0.0"
    overwrite(next(loans.iterdir()), flip)
    assert hub.run("withdraw", SLUG, "1.0.0", "--reason", "It tells.", "--disclosure")[0] == 0
    assert hub.run("restore-archive")[0] == 0
    archived.pop((SLUG, "1.0.0"))
    assert hub.read_archive() == archived


def list_inodes(root: Path) -> set[tuple[int, int]]:
    stats = [path.stat() for path in root.rglob("*") if path.is_file() and path.name != ".lock"]
    return {(stat.st_dev, stat.st_ino) for stat in stats}


def test_the_archive_shares_no_inode_and_its_files_are_read_only(site: BuildWorkspace) -> None:
    for version in ("1.0.0", "1.1.0"):
        revise(site.dataset(), version)
        assert site.build().is_ok
    assert list_inodes(site.archive).isdisjoint(list_inodes(site.out))
    assert list_inodes(site.archive).isdisjoint(list_inodes(site.datasets))
    writable = {
        path.relative_to(site.archive).as_posix()
        for path in site.archive.rglob("*")
        if path.is_file() and path.stat().st_mode & 0o222
    }
    assert writable == {".lock", "log.jsonl"}
    assert all(path.stat().st_nlink == 1 for path in site.archive.rglob("*") if path.is_file())
    build = (site.out / "current").resolve()
    assert all(not p.stat().st_mode & 0o222 for p in (build / "files").rglob("*") if p.is_file())


# what a folder may be instead


@pytest.mark.parametrize("name", ["objects", "releases", "log.jsonl", "archive.json", ".lock"])
def test_something_else_of_the_same_name_is_told_in_one_line(
    name: str, site: BuildWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = PublishedHub(site.root, capsys)
    site.dataset().write()
    place = site.archive / name
    site.archive.mkdir()
    if place.suffix or name == ".lock":
        place.mkdir()
    else:
        place.write_text("", "utf-8")
    code, text = hub.run("build")
    assert code == 1, text
    assert name in text
    assert not (site.out / "current").exists()


def test_a_folder_of_objects_that_is_a_file_is_told_in_one_line(
    site: BuildWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = PublishedHub(site.root, capsys)
    site.dataset().write()
    (site.archive / "objects").mkdir(parents=True)
    for number in range(256):
        (site.archive / f"objects/{number:02x}").write_text("", "utf-8")
    assert hub.run("build")[0] == 1
    shutil.rmtree(site.archive)
    assert hub.run("build")[0] == 0
    revise(site.dataset(), "1.1.0")
    for folder in (site.archive / "objects").iterdir():
        shutil.rmtree(folder)
        folder.write_text("", "utf-8")
    code, text = hub.run("build")
    assert code == 1
    assert_helpful(text)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """What makes a folder read-only, also for root."""
    mount, places = shutil.which("mount"), []

    def make_read_only(folder: Path) -> None:
        steps = [["--bind", folder, folder], ["-o", "remount,ro,bind", folder]]
        for step in steps:
            if (
                not mount
                or subprocess.run([mount, *step], check=False, capture_output=True).returncode
            ):
                pytest.skip("a read-only disk cannot be mounted here (it takes root)")
            if step is steps[0]:
                places.append(folder)

    yield make_read_only
    for folder in places:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["archive", "dist"])
def test_a_read_only_disk_is_told_in_one_line_and_nothing_changes(
    name: str, hub: PublishedHub, mounted: Callable[[Path], None]
) -> None:
    built = hub.read_build()
    revise(hub.site.dataset(SLUG), "1.2.0", "14.5")
    mounted(hub.site.root / name)
    code, text = hub.run("build")
    assert code == 1
    assert "the disk is read-only. Make it writable, or choose another folder." in text
    assert hub.read_build() == built


# two builds, one archive


@pytest.mark.parametrize("attempt", range(3))
def test_two_builds_with_one_archive_do_not_both_publish_a_version(
    attempt: int, tmp_path: Path
) -> None:
    sites = [BuildWorkspace(tmp_path / name) for name in ("one", "two")]
    for site, value in zip(sites, ("34.5", "99.5"), strict=True):
        site.archive = tmp_path / "archive"
        revise(site.dataset(), "1.0.0", value)
    processes = [start(site) for site in sites]
    results = [(process.communicate()[0], process.returncode) for process in processes]
    assert sorted(code for _, code in results) == [0, 1]
    (text,) = [text for text, code in results if code]
    assert "metadata/version-not-raised" in text or "another build wrote to the archive" in text
    archive = Archive(tmp_path / "archive")
    (release,) = archive.list_releases(SLUG)
    assert [file.path for file in release.files].count(f"{SLUG}.csv") == 1
    (winner,) = [site for site, (_, code) in zip(sites, results, strict=True) if not code]
    table = winner.out / f"current/files/{SLUG}/1.0.0/{SLUG}.csv"
    assert hash_file(table) in release.digests


def start(site: BuildWorkspace, *options: str, **settings: object) -> subprocess.Popen[str]:
    """The build in a process of its own."""
    places = ["--datasets", site.datasets, "--codes", site.codes, "--out", site.out]
    command = [
        sys.executable,
        "build.py",
        *map(str, [*places, "--archive", site.archive, *options]),
    ]
    return subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **settings,
    )  # type: ignore[call-overload]


def test_an_archive_that_another_hub_adds_to_goes_on(
    hub: PublishedHub, capsys: pytest.CaptureFixture[str]
) -> None:
    other = PublishedHub(hub.site.root / "other", capsys)
    other.site.archive = hub.site.archive
    shutil.copytree(hub.site.datasets, other.site.datasets, dirs_exist_ok=True)
    revise(other.site.dataset(SLUG), "1.2.0", "14.5")
    assert other.run("build")[0] == 0
    revise(hub.site.dataset(SLUG), "1.2.0", "14.5")
    assert hub.run("build")[0] == 0
    assert hub.read_build().keys() == other.read_build().keys()
    for each in (hub, other):
        assert each.run("verify")[0] == 0


# the log


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["published", "extended", "withdrawn"]),
        st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True),
        st.text(st.characters(codec="utf-8"), max_size=12),
    ),
    min_size=1,
    max_size=6,
)


def chain(events: list[tuple[str, str, str]]) -> list[LogEntry]:
    entries: list[LogEntry] = []
    for event, slug, reason in events:
        previous = entries[-1].hash if entries else FIRST_HASH
        entries.append(
            LogEntry(
                len(entries) + 1, "2026-01-31T00:00:00Z", event, slug, "1.0.0", "c" * 64, previous,
                reason, event == "withdrawn",
            )  # type: ignore[arg-type]
        )  # fmt: skip
    return entries


@given(EVENTS)
def test_a_log_is_read_as_it_was_written(events: list[tuple[str, str, str]]) -> None:
    entries = chain(events)
    assert parse_log(encode_log(entries), Path("log")) == entries


@given(EVENTS, st.data())
def test_any_changed_byte_of_a_line_that_another_follows_is_found(
    events: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    entries = chain([*events, ("published", "last", "")])
    log = bytearray(encode_log(entries))
    before_last = len(log) - len(entries[-1].encode())
    place = data.draw(st.integers(0, before_last - 1))
    log[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != log[place]))
    with pytest.raises(HubError, match="does not follow"):
        parse_log(bytes(log), Path("log"))


@given(EVENTS, st.data())
def test_a_line_that_is_left_out_or_moved_is_found(
    events: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    entries = chain([*events, ("published", "last", "")])
    place = data.draw(st.integers(0, len(entries) - 2))
    lines = [entry.encode() for entry in entries]
    left_out = b"".join(lines[:place] + lines[place + 1 :])
    swapped = b"".join([*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]])
    for log in (left_out, swapped):
        with pytest.raises(HubError, match="does not follow"):
            parse_log(log, Path("log"))


@given(EVENTS, st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_torn_tail_does_not_count_and_is_written_over(
    tmp_path: Path, events: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    entries = chain([*events, ("published", "last", "")])
    log = encode_log(entries)
    torn = data.draw(st.integers(0, len(log)))
    path = tmp_path / "log.jsonl"
    path.write_bytes(log[:torn])
    whole = read_log(path)
    assert encode_log(whole) in (log[:torn] + b"\n", log[: log[:torn].rfind(b"\n") + 1])
    append_entries(path, entries[len(whole) :])
    assert path.read_bytes() == log


# interruptions


def test_a_build_whose_disk_is_full_at_any_call_loses_nothing(
    hub: PublishedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    archived, built = hub.read_archive(), hub.read_build()
    revise(hub.site.dataset(SLUG), "1.2.0", "14.5")
    spare = copy_hub(hub.site.root, hub.site.root.with_name("spare"))
    calls = run_with_full_disk(hub, monkeypatch, FullDisk(sys.maxsize))[0].calls
    assert calls > 50
    renewed = hub.read_archive().keys()
    steps = range(calls) if KILLS > 20 else random.Random(1).sample(range(calls), 12)
    failures = 0
    for step in steps:
        for name in ("archive", "dist"):
            shutil.rmtree(hub.site.root / name)
            copy_hub(spare / name, hub.site.root / name)
        disk, code, text = run_with_full_disk(hub, monkeypatch, FullDisk(step))
        assert code in (0, 1), (disk, text)
        if code:
            failures += 1
            is_published = "was published before that, and is served" in text
            assert is_published == (hub.read_build() != built), disk
            assert is_published or "the previous build is unchanged." in text, disk
        assert archived.items() <= hub.read_archive().items(), disk
        assert hub.read_build() == built or (SLUG, "1.2.0") in hub.read_archive(), disk
        code, text = hub.run("build")
        assert code == 0, (disk, text)
        assert hub.run("verify")[0] == 0, disk
        assert hub.read_archive().keys() == renewed, disk
        hidden = {p.name for p in hub.site.root.rglob(".*")} - {".lock", ".well-known"}
        assert hidden == set(), disk
    assert failures > 5


class FullDisk:
    """A disk that is full for one call of those that write to it, and for no other."""

    def __init__(self, step: int) -> None:
        self.step, self.calls, self.place = step, 0, ""

    def __repr__(self) -> str:
        return f"full at call {self.step}: {self.place}"

    def wrap(self, name: str) -> Callable[..., object]:
        """A call of the operating system, which fails when its turn has come."""
        call = getattr(os, name)

        def attempt(*arguments: object, **options: object) -> object:
            self.calls += 1
            if self.calls == self.step + 1:
                self.place = f"{name}{arguments}"
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments, **options)

        return attempt


def run_with_full_disk(
    hub: PublishedHub, monkeypatch: pytest.MonkeyPatch, disk: FullDisk
) -> tuple[FullDisk, int, str]:
    """Build on a disk that fills up once."""
    with monkeypatch.context() as patch:
        for name in ("replace", "link", "chmod", "fsync", "sync", "symlink", "mkdir"):
            patch.setattr(os, name, disk.wrap(name))
        return disk, *hub.run("build")


def test_a_build_that_is_killed_while_it_writes_the_archive_loses_nothing(
    hub: PublishedHub,
) -> None:
    archived = hub.read_archive()
    draw = random.Random(1)
    for attempt in range(max(3, KILLS // 6)):
        revise(hub.site.dataset(SLUG), f"1.{attempt + 2}.0", f"{attempt}.5")
        process = start(hub.site)
        folder = hub.site.archive / "releases" / SLUG / f"1.{attempt + 2}.0"
        while process.poll() is None and not folder.exists():
            time.sleep(0.001)
        time.sleep(draw.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert archived.items() <= hub.read_archive().items()
        assert hub.run("build")[0] == 0
        assert hub.run("verify")[0] == 0
        archived = hub.read_archive()
        assert (SLUG, f"1.{attempt + 2}.0") in archived
