"""Releases in the archive: their order, and what a release that was published keeps."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evidencehub.releases import archive
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

VERSIONS = ("0.9.9", "0.10.0", "1.2.9", "1.2.10", "1.9.0", "1.10.0", "2.0.0", "10.0.0")


def release(site: BuildWorkspace, toys: DatasetBuilder, version: str) -> Path:
    """Publish a version of the toys; the build that has it."""
    toys.descriptor["version"] = version
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- Counted rebuilt.\n"
    toys.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


@pytest.mark.parametrize("seed", range(4))
def test_releases_are_in_the_order_of_their_numbers_however_they_are_stored(
    seed: int, tmp_path: Path
) -> None:
    versions = list(VERSIONS)
    random.Random(seed).shuffle(versions)
    for version in versions:
        home = tmp_path / "toys" / version
        home.mkdir(parents=True)
        (home / "release.json").write_text(json.dumps({"version": version}), "utf-8")
        (home / "toys.csv").write_text("value\n", "utf-8")
    assert [entry["version"] for entry in archive.list_releases(tmp_path, "toys")] == list(VERSIONS)
    assert sorted(archive.list_previous_flat_files(tmp_path, "toys", "1.10.0")) == sorted(
        set(VERSIONS) - {"1.10.0"}
    )


def test_a_build_lists_releases_in_the_order_of_their_numbers(site: BuildWorkspace) -> None:
    toys = site.dataset()
    for version in ("1.10.0", "1.9.0", "1.2.10", "1.2.9", "10.0.0", "2.0.0"):
        build = release(site, toys, version)
    with closing(sqlite3.connect(build / "hub.db")) as connection:
        listed = connection.execute("select version from release order by rowid").fetchall()
    assert [version for (version,) in listed] == [
        "1.2.9", "1.2.10", "1.9.0", "1.10.0", "2.0.0", "10.0.0",
    ]  # fmt: skip


def test_earlier_releases_are_all_others_of_which_the_table_is_there(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        home = tmp_path / "toys" / version
        home.mkdir(parents=True)
        (home / "release.json").write_text(json.dumps({"version": version}), "utf-8")
        if version != "1.1.0":
            (home / "toys.csv").write_text("value\n", "utf-8")
    assert archive.list_previous_flat_files(tmp_path, "toys", "1.0.0") == {
        "1.2.0": tmp_path / "toys/1.2.0/toys.csv"
    }
    assert set(archive.list_previous_flat_files(tmp_path, "toys", "2.0.0")) == {"1.0.0", "1.2.0"}


ABOUT = {"dataset": "toys", "version": "1.0.0"}


def file(name: str, sha256: str) -> archive.ReleaseFile:
    return archive.ReleaseFile(name, "csv", "A table.", 1, 10, sha256)


def test_a_release_that_was_published_keeps_its_words_and_files(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    (tmp_path / "stage" / "toys.csv").write_text("value\n", "utf-8")
    first = archive.plan_release(
        tmp_path, {**ABOUT, "release_note": "First."}, [file("toys.csv", "aaaaaaaaaa")]
    )
    archive.write_release(tmp_path, first, tmp_path / "stage")
    rebuilt = archive.plan_release(
        tmp_path, {**ABOUT, "release_note": "Later words."}, [file("toys.csv", "bbbbbbbbbb")]
    )
    assert rebuilt.record["release_note"] == "First."
    assert [entry["file"] for entry in rebuilt.record["files"]] == ["toys.csv", "toys.bbbbbbbb.csv"]
    assert [(new.path, name) for new, name in rebuilt.new_files] == [
        ("toys.bbbbbbbb.csv", "toys.csv")
    ]


def test_what_a_release_did_not_say_is_added_when_it_is_built_again(tmp_path: Path) -> None:
    (tmp_path / "toys.csv").write_text("value\n", "utf-8")
    first = archive.plan_release(tmp_path, ABOUT, [file("toys.csv", "aaaaaaaaaa")])
    archive.write_release(tmp_path, first, tmp_path)
    rebuilt = archive.plan_release(
        tmp_path, {**ABOUT, "licence": "CC-BY-4.0"}, [file("toys.csv", "aaaaaaaaaa")]
    )
    assert rebuilt.new_files == []
    assert rebuilt.record["licence"] == "CC-BY-4.0"
