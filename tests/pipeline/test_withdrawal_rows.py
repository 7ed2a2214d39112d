"""What a build knows of what was withdrawn, and what the archive keeps of what was erased."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from evidencehub.pipeline import release_history, withdrawal_rows
from evidencehub.releases.archive import Archive
from evidencehub.releases.tombstone import Tombstone
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

SLUG = "toy-loans"
IDS = (
    ("code list", f"{SLUG}-groups"),
    ("code list", f"{SLUG}-places"),
    ("indicator", f"{SLUG}-rate"),
)


def build(site: BuildWorkspace) -> Path:
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


def withdraw(site: BuildWorkspace, version: str = "", *, disclosure: bool = True) -> None:
    release_history.withdraw(
        site.archive, site.out, SLUG, version, "It was wrong.", disclosure=disclosure
    )


def publish(site: BuildWorkspace, version: str, *indicators: str) -> DatasetBuilder:
    """Publish a version whose indicators are the first one and those named."""
    site.dataset("toy-repairs").write()
    loans = site.dataset(SLUG)
    loans.descriptor["version"] = version
    loans.descriptor["hub"]["topics"] = ["maternity"]
    loans.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- Counted.\n"
    loans.tables["indicators"] += [
        {**loans.tables["indicators"][0], "id": name} for name in indicators
    ]
    loans.write()
    build(site)
    return loans


def read(build_folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(build_folder / "hub.db")) as database:
        return database.execute(sql).fetchall()


def test_a_release_from_before_the_log_is_asked_for_its_ids(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    archive = Archive(site.archive)
    (release,) = archive.list_releases(SLUG)
    assert sorted(release.defines) == sorted(IDS)
    told = withdrawal_rows.describe_release(archive, release)
    assert told == Tombstone(release.defines, ("innovating-for-all", "maternity"))
    silent = withdrawal_rows.describe_release(archive, replace(release, defines=()))
    assert sorted(silent.defines) == sorted(IDS)


def test_a_withdrawal_does_not_fail_because_a_part_is_missing(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    archive = Archive(site.archive)
    (release,) = archive.list_releases(SLUG)
    archive.objects.erase(release.package["data/indicators.csv"])
    silent = withdrawal_rows.describe_release(archive, replace(release, defines=()))
    assert silent == Tombstone((), ("innovating-for-all", "maternity"))
    archive.objects.erase(release.package["datapackage.json"])
    assert withdrawal_rows.describe_release(archive, release) == Tombstone(release.defines)
    withdraw(site)
    assert list(archive.objects.list_names())


def test_an_id_is_that_of_the_newest_version_that_had_it(site: BuildWorkspace) -> None:
    publish(site, "1.0.0", "toy-old", "toy-both")
    publish(site, "2.0.0", "toy-both", "toy-new")
    shutil.rmtree(site.datasets / SLUG)
    withdraw(site, disclosure=False)
    current = build(site)
    sql = "select kind, id, version from withdrawn_id where kind <> 'list' order by kind, id"
    assert read(current, sql) == [
        ("dataset", SLUG, "2.0.0"),
        ("indicator", "toy-both", "2.0.0"),
        ("indicator", f"{SLUG}-rate", "2.0.0"),
        ("indicator", "toy-new", "2.0.0"),
        ("indicator", "toy-old", "1.0.0"),
    ]
    assert read(current, "select id from subject where id = 'toy-loans'") == []


def test_ids_and_topics_outlive_what_was_erased_in_two_steps(site: BuildWorkspace) -> None:
    publish(site, "1.0.0", "toy-old")
    publish(site, "2.0.0")
    withdraw(site, "1.0.0")
    withdraw(site)
    withdraw(site)  # nothing is left to describe, and nothing is forgotten
    shutil.rmtree(site.datasets / SLUG)
    current = build(site)
    ids = {name for (name,) in read(current, "select id from withdrawn_id")}
    assert ids == {SLUG, f"{SLUG}-rate", "toy-old", f"{SLUG}-groups", f"{SLUG}-places"}
    rows = read(current, "select version, title, language, topics, disclosure from withdrawal")
    topics = '["innovating-for-all", "maternity"]'
    assert rows == [("1.0.0", None, None, topics, 1), ("2.0.0", None, None, topics, 1)]


def test_a_tombstone_has_no_digest_and_no_text(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    withdraw(site)
    (path,) = (site.archive / "releases" / SLUG).rglob("*.json")
    assert json.loads(path.read_bytes()) == {
        "format": 1,
        "dataset": SLUG,
        "versions": {
            "1.0.0": {
                "defines": sorted(map(list, IDS)),
                "topics": ["innovating-for-all", "maternity"],
                "synthetic": False,
            }
        },
    }


def test_a_tombstone_that_changed_is_found_and_restored(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    shutil.rmtree(site.datasets / SLUG)
    withdraw(site)
    current = build(site)
    assert release_history.verify(site.archive, site.out) == []
    (path,) = (site.archive / "releases" / SLUG).rglob("*.json")
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data.replace(b"maternity", b"dementia_"))
    assert release_history.verify(site.archive, site.out) == [f"{path} is missing or has changed."]
    assert [p.rule for p in site.build().reports[SLUG].problems] == ["metadata/release-damaged"]
    path.unlink()
    assert not site.build().is_ok
    release_history.restore(site.archive, site.out)
    assert path.read_bytes() == data
    assert build(site) == current
    shutil.rmtree(site.archive)
    assert build(site) == current
    assert path.read_bytes() == data


def test_equal_archives_make_equal_databases(site: BuildWorkspace) -> None:
    publish(site, "1.0.0", "toy-old")
    shutil.rmtree(site.datasets / SLUG)
    withdraw(site)
    first = build(site)
    data = (first / "hub.db").read_bytes()
    shutil.rmtree(site.out)
    assert build(site) == first
    assert (first / "hub.db").read_bytes() == data


def test_a_withdrawal_makes_another_build(site: BuildWorkspace) -> None:
    publish(site, "1.0.0")
    before = build(site)
    withdraw(site, disclosure=False)
    assert build(site) != before
