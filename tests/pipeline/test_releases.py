"""Releases in the archive: their order, and what a release that was published keeps."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidencehub.errors import HubError
from evidencehub.releases.archive import Archive
from evidencehub.releases.migration import KEPT_FOLDER, migrate_archive
from evidencehub.releases.published_file import ReleaseFile, hash_bytes, hash_file
from evidencehub.releases.release import PlannedRelease, Release, plan_release
from tests.support.dataset_builder import BuildWorkspace
from tests.support.published_hub import PublishedHub, overwrite, revise

VERSIONS = ("0.9.9", "0.10.0", "1.2.9", "1.2.10", "1.9.0", "1.10.0", "2.0.0", "10.0.0")
TABLE = b"value\n"


def describe(name: str, data: bytes = TABLE) -> ReleaseFile:
    return ReleaseFile(name, "csv", "A table.", 1, len(data), hash_bytes(data))


def freeze(folder: Path, version: str, *names: str, **about: Any) -> Release:
    """Publish a release of tables that are all alike; as the archive then has it."""
    for name in names:
        (folder / name).write_bytes(TABLE)
    archive = Archive(folder / "archive")
    plan = plan_toys(archive, version, [describe(name) for name in names], folder, **about)
    archive.freeze([plan])
    release = archive.find_release("toys", version)
    assert release is not None
    return release


def plan_toys(
    archive: Archive, version: str, files: list[ReleaseFile], folder: Path, note: str = "First."
) -> PlannedRelease:
    summary = {
        "dataset": "toys", "version": version, "created": "2026-01-31T00:00:00Z",
        "release_note": note, "package_sha256": "p" * 64,
    }  # fmt: skip
    return plan_release(archive.find_release("toys", version), summary, files, folder)


@pytest.mark.parametrize("seed", range(4))
def test_releases_are_in_the_order_of_their_numbers_however_they_are_published(
    seed: int, tmp_path: Path
) -> None:
    versions = list(VERSIONS)
    random.Random(seed).shuffle(versions)
    for version in versions:
        freeze(tmp_path, version, "toys.csv")
    archive = Archive(tmp_path / "archive")
    assert [release.version for release in archive.list_releases("toys")] == list(VERSIONS)
    assert archive.list_versions("toys") == list(VERSIONS)
    latest = archive.find_latest("toys")
    assert latest is not None
    assert latest.version == "10.0.0"
    assert set(archive.list_previous_flat_files("toys", "1.10.0")) == set(VERSIONS) - {"1.10.0"}


def test_a_build_lists_releases_in_the_order_of_their_numbers(site: BuildWorkspace) -> None:
    for version in ("1.2.9", "1.2.10", "1.9.0", "1.10.0", "2.0.0", "10.0.0"):
        revise(site.dataset(), version)
        build = site.build().build
    assert build is not None
    with closing(sqlite3.connect(build / "hub.db")) as connection:
        listed = connection.execute("select version from release order by rowid").fetchall()
    assert [version for (version,) in listed] == [
        "1.2.9", "1.2.10", "1.9.0", "1.10.0", "2.0.0", "10.0.0",
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "rules"), [
    ("1.1.9", ["metadata/version-falls"]), ("1.2.0", ["metadata/version-not-raised"]),
    ("1.10.0", []),
])  # fmt: skip
def test_a_version_only_rises(version: str, rules: list[str], site: BuildWorkspace) -> None:
    revise(site.dataset(), "1.2.0", "12.5")
    assert site.build().is_ok
    revise(site.dataset(), version, "13.5")
    report = site.build().reports["toy-repairs"]
    assert report.rules == rules
    assert [p.location for p in report.problems] == ["datapackage.json, version"] * len(rules)


def test_earlier_releases_are_all_others_of_which_the_table_is_there(tmp_path: Path) -> None:
    freeze(tmp_path, "1.0.0", "toys.csv")
    freeze(tmp_path, "1.1.0", "about.csv")
    freeze(tmp_path, "1.2.0", "toys.csv")
    archive = Archive(tmp_path / "archive")
    assert set(archive.list_previous_flat_files("toys", "1.0.0")) == {"1.2.0"}
    earlier = archive.list_previous_flat_files("toys", "2.0.0")
    assert {version: path.read_bytes() for version, path in earlier.items()} == {
        "1.0.0": TABLE, "1.2.0": TABLE,
    }  # fmt: skip


def test_a_release_that_was_published_keeps_its_words_and_files(tmp_path: Path) -> None:
    first = freeze(tmp_path, "1.0.0", "toys.csv")
    changed = b"value,label\n"
    (tmp_path / "toys.csv").write_bytes(changed)
    archive = Archive(tmp_path / "archive")
    renamed = f"toys.{hash_bytes(changed)[:8]}.csv"
    plan = plan_toys(archive, "1.0.0", [describe("toys.csv", changed)], tmp_path, "Later words.")
    assert [file.path for file in plan.files] == [renamed]
    archive.freeze([plan])
    extended = archive.find_release("toys", "1.0.0")
    assert extended is not None
    assert extended.release_note == "First."
    assert extended.published_at == first.published_at
    assert [file.path for file in extended.files] == ["toys.csv", renamed]
    assert [entry.event for entry in archive.entries] == ["published", "extended"]
    again = plan_toys(archive, "1.0.0", [describe("toys.csv", changed)], tmp_path)
    assert again.event is None


def test_a_staged_file_that_has_changed_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "toys.csv").write_bytes(b"other\n")
    archive = Archive(tmp_path / "archive")
    plan = plan_toys(archive, "1.0.0", [describe("toys.csv")], tmp_path)
    with pytest.raises(HubError, match="has changed since it was written"):
        archive.freeze([plan])
    assert Archive(tmp_path / "archive").entries == []


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    release = replace(freeze(tmp_path, "1.0.0", "toys.csv"), signature="s", defines=(("a", "b"),))
    assert Release.decode(release.encode()) == release


# the former form of the archive


def write_old_form(site: BuildWorkspace, folder: Path) -> dict[str, dict[str, str]]:
    """Write the releases of the current build as earlier versions of the hub did."""
    build = (site.out / "current").resolve()
    archive = Archive(site.archive)
    digests: dict[str, dict[str, str]] = {}
    for slug in archive.list_datasets():
        for release in archive.list_releases(slug):
            home = folder / slug / release.version
            shutil.copytree(build / "files" / slug / release.version, home)
            record = {
                "dataset": slug,
                "version": release.version,
                "created": release.created,
                "release_note": release.release_note,
                "package_sha256": release.package_sha256,
                "files": [file.to_record() for file in release.files],
            }
            text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
            (home / "release.json").write_text(text, "utf-8")
            digests[f"{slug} {release.version}"] = {f.path: f.sha256 for f in release.files}
    return digests


@pytest.fixture
def old_hub(site: BuildWorkspace, capsys: pytest.CaptureFixture[str]) -> PublishedHub:
    """A hub whose archive is in the former form; `digests` says what it holds."""
    for slug, version in (
        ("toy-loans", "1.0.0"),
        ("toy-repairs", "1.0.0"),
        ("toy-repairs", "1.1.0"),
    ):
        revise(site.dataset(slug), version, f"1{version[2]}.5")
        assert site.build(keep_going=True).build is not None
    old = site.root / "old"
    old.mkdir()
    digests = write_old_form(site, old)
    shutil.rmtree(site.out)
    shutil.rmtree(site.archive)
    old.rename(site.archive)
    hub = PublishedHub(site.root, capsys)
    hub.digests = digests
    return hub


def test_an_archive_in_the_former_form_is_told_and_moved_once(old_hub: PublishedHub) -> None:
    before = {p: hash_file(p) for p in sorted(old_hub.site.archive.rglob("*")) if p.is_file()}
    code, text = old_hub.run("build")
    assert code == 1
    assert "`python build.py migrate-archive`" in text
    code, text = old_hub.run("migrate-archive")
    assert code == 0
    assert "toy-loans 1.0.0 toy-repairs 1.0.0 toy-repairs 1.1.0 Moved." in text
    moved = old_hub.site.archive / KEPT_FOLDER
    assert before == {
        old_hub.site.archive / path.relative_to(moved): hash_file(path)
        for path in moved.rglob("*")
        if path.is_file()
    }
    archived = {
        f"{slug} {version}": {n: d for n, d in files.items() if not n.startswith("package/")}
        for (slug, version), files in old_hub.read_archive().items()
    }
    assert archived == old_hub.digests
    assert old_hub.run("build")[0] == 0
    assert old_hub.run("verify")[0] == 0
    for release, files in old_hub.digests.items():
        folder = old_hub.build / "files" / release.replace(" ", "/")
        assert {name: hash_file(folder / name) for name in files} == files
    code, text = old_hub.run("migrate-archive")
    assert code == 1
    assert "nothing to move" in text


@pytest.mark.parametrize("name", ["toy-repairs.csv", "release.json", "data/observations.csv"])
def test_a_damaged_archive_is_not_moved(name: str, old_hub: PublishedHub) -> None:
    damaged = old_hub.site.archive / "toy-repairs/1.0.0" / name
    overwrite(damaged, lambda data: data[:-9])
    code, text = old_hub.run("migrate-archive")
    assert code == 1
    assert str(damaged) in text
    assert "Nothing was moved." in text
    assert sorted(p.name for p in old_hub.site.archive.iterdir()) == ["toy-loans", "toy-repairs"]


def test_a_move_that_was_interrupted_is_finished_when_it_is_run_again(
    old_hub: PublishedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old_hub.site.archive
    spare = shutil.copytree(folder, folder.with_name("spare"))
    migrate_archive(folder)
    for slug in ("toy-loans", "toy-repairs"):  # killed before it moved the second folder
        shutil.rmtree(folder / KEPT_FOLDER / slug)
    shutil.copytree(spare / "toy-repairs", folder / "toy-repairs")
    shutil.copytree(spare / "toy-loans", folder / KEPT_FOLDER / "toy-loans")
    assert old_hub.run("migrate-archive")[0] == 0
    assert len([e for e in Archive(folder).entries if e.version == "1.1.0"]) == 1
    assert old_hub.run("build")[0] == 0
