"""Folder in, database and files out: small, real, whole."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet
import pytest

from evidencehub.errors import HubError, UsageError
from evidencehub.load import assemble
from evidencehub.pipeline import BuildOutcome, release_history
from evidencehub.releases.archive import Archive
from evidencehub.releases.published_file import hash_file
from evidencehub.source.code_lists import read_code_book
from tests.support.dataset_builder import CODE_FOLDER, BuildWorkspace, DatasetBuilder


def rows(database: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its SHA-256."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def list_release(folder: Path) -> dict[str, str]:
    """Every file of a release with its SHA-256, as its statement has them."""
    files = tree(folder)
    assert files.pop("release.json")
    statement = json.loads((folder / "release.json").read_text("utf-8"))
    assert files == {file["file"]: file["sha256"] for file in statement["files"]}
    return files


def test_a_dataset_becomes_rows_and_files(site: BuildWorkspace) -> None:
    site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    assert rows(
        outcome.build / "hub.db",
        "select indicator, area, period_start, period_end, ethnicity, value, decimals, obs_status "
        "from observation order by rowid",
    ) == [
        (
            "toy-repairs-rate",
            "toy-repairs-places:X01",
            "2024-01-01",
            "2024-12-31",
            "A",
            12.5,
            1,
            "A",
        ),
        (
            "toy-repairs-rate",
            "toy-repairs-places:X01",
            "2024-01-01",
            "2024-12-31",
            "B",
            10.0,
            1,
            "A",
        ),
    ]
    release = outcome.build / "files" / "toy-repairs" / "1.0.0"
    assert sorted(str(p.relative_to(release)) for p in release.rglob("*") if p.is_file()) == [
        "about.md",
        "changes.md",
        "data/codes.csv",
        "data/indicators.csv",
        "data/observations.csv",
        "data/sources.csv",
        "datapackage.json",
        "release.json",
        "toy-repairs.csv",
        "toy-repairs.csv-metadata.json",
        "toy-repairs.csv.gz",
        "toy-repairs.parquet",
    ]
    assert [p.name for p in outcome.build.iterdir() if p.name.startswith(".")] == []


def test_the_publisher_s_bytes_are_published_as_they_are(site: BuildWorkspace) -> None:
    folder = site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    published = outcome.build / "files/toy-repairs/1.0.0/data/observations.csv"
    assert published.read_bytes() == (folder / "data/observations.csv").read_bytes()


def test_every_format_carries_the_same_rows(site: BuildWorkspace) -> None:
    site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    release = outcome.build / "files/toy-repairs/1.0.0"
    flat = (release / "toy-repairs.csv").read_text("utf-8")
    assert gzip.decompress((release / "toy-repairs.csv.gz").read_bytes()).decode() == flat
    table = pyarrow.parquet.read_table(release / "toy-repairs.parquet").to_pylist()
    assert [(r["ethnicity"], r["ethnicity_label"], r["value"]) for r in table] == [
        ("A", "Group A", 12.5),
        ("B", "Group B", 10.0),
    ]
    read = csv.DictReader(io.StringIO(flat))
    assert [(r["ethnicity"], r["ethnicity_label"], float(r["value"])) for r in read] == [
        ("A", "Group A", 12.5),
        ("B", "Group B", 10.0),
    ]


def test_the_manifest_lists_every_file_with_its_hash(site: BuildWorkspace) -> None:
    site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    manifest = json.loads((outcome.build / "manifest.json").read_text("utf-8"))
    release = outcome.build / "files/toy-repairs/1.0.0"
    listed = {
        f["file"]: (f["sha256"], f["bytes"]) for f in manifest["datasets"]["toy-repairs"]["files"]
    }
    assert listed == {
        name: (digest, (release / name).stat().st_size)
        for name, digest in list_release(release).items()
    }


def test_two_builds_of_the_same_inputs_are_equal_byte_for_byte(tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        site = BuildWorkspace(tmp_path / name)
        site.dataset("toy-repairs").write()
        site.dataset("toy-loans").write()
        take_archive(tmp_path / "one", site)
        outcome = site.build()
        assert outcome.build is not None
        trees.append({outcome.build.name: tree(outcome.build)})
    assert trees[0] == trees[1]


def take_archive(first: Path, site: BuildWorkspace) -> None:
    """Give a site the archive of another: it is an input, and says when what was published."""
    if (first / "archive").is_dir():
        shutil.copytree(first / "archive", site.archive)


def test_an_unchanged_dataset_is_not_staged_again(site: BuildWorkspace) -> None:
    site.dataset("toy-repairs").write()
    site.dataset("toy-loans").write()
    assert sorted(site.build().rebuilt) == ["toy-loans", "toy-repairs"]
    assert site.build().rebuilt == []
    changed = site.dataset("toy-loans")
    changed.descriptor["version"] = "1.0.1"
    changed.tables["observations"][0]["note"] = "Mended twice."
    changed.write()
    assert site.build().rebuilt == ["toy-loans"]


@pytest.mark.parametrize("keep_going", [False, True])
def test_a_dataset_that_fails_changes_nothing_that_is_published(
    site: BuildWorkspace, keep_going: bool
) -> None:
    site.dataset("toy-repairs").write()
    site.dataset("toy-loans").write()
    before = site.build().build
    spoiled = site.dataset("toy-loans")
    spoiled.descriptor["version"] = "1.0.1"
    spoiled.tables["observations"][0]["ethnicity"] = "Group Z"
    spoiled.write()
    outcome = site.build(keep_going=keep_going)
    assert not outcome.reports["toy-loans"].has_no_errors
    assert (site.out / "current").resolve() == before
    if keep_going:
        assert outcome.kept_previous == ["toy-loans"]


def test_a_version_that_was_published_is_never_changed(site: BuildWorkspace) -> None:
    site.dataset().write()
    assert site.build().is_ok
    changed = site.dataset()
    changed.tables["observations"][0]["value"] = "12.6"
    changed.tables["observations"][0]["numerator"] = ""
    changed.write()
    report = site.build().reports["toy-repairs"]
    assert report.rules == ["metadata/version-not-raised"]


def test_older_releases_stay_downloadable(site: BuildWorkspace) -> None:
    site.dataset().write()
    site.build()
    changed = site.dataset()
    changed.descriptor["version"] = "1.1.0"
    changed.texts["changes.md"] += "\n## 1.1.0\n\n- A row more.\n"
    changed.tables["observations"].append(changed.build_observation(period="2023"))
    changed.write()
    outcome = site.build()
    assert outcome.build is not None
    versions = sorted(p.name for p in (outcome.build / "files/toy-repairs").iterdir())
    assert versions == ["1.0.0", "1.1.0"]
    assert rows(outcome.build / "hub.db", "select version from release order by version") == [
        ("1.0.0",),
        ("1.1.0",),
    ]


def test_columns_without_a_concept_are_kept_and_served(site: BuildWorkspace) -> None:
    toys = site.dataset()
    for row, colour in zip(toys.tables["observations"], ("red", "blue"), strict=True):
        row["colour"] = colour
    toys.write()
    outcome = site.build()
    assert outcome.build is not None
    assert rows(outcome.build / "hub.db", "select ethnicity, colour from dataset_toy_repairs") == [
        ("A", "red"),
        ("B", "blue"),
    ]


def test_many_datasets_are_shared_out_and_come_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = []
    for cores in (1, 2):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        site = BuildWorkspace(tmp_path / str(cores))
        for number in range(17):
            site.dataset(f"toy-{number}").write()
        spoiled = site.dataset("toy-3")
        spoiled.tables["observations"][0]["ethnicity"] = "Group Z"
        spoiled.write()
        take_archive(tmp_path / "1", site)
        outcome = site.build(keep_going=True)
        assert outcome.build is not None
        assert outcome.reports["toy-3"].rules == ["codes/unknown-code"]
        trees.append({outcome.build.name: tree(outcome.build)})
    assert trees[0] == trees[1]


def test_a_dataset_that_is_withdrawn_stays_downloadable(site: BuildWorkspace) -> None:
    site.dataset("toy-repairs").write()
    loans = site.dataset("toy-loans").write()
    site.build()
    shutil.rmtree(loans)
    release_history.withdraw(
        site.archive, site.out, "toy-loans", "", "The source took it back.", disclosure=False
    )
    outcome = site.build()
    assert outcome.build is not None
    assert rows(outcome.build / "hub.db", "select dataset from dataset") == [("toy-repairs",)]
    assert (outcome.build / "files/toy-loans/1.0.0/toy-loans.csv").is_file()


def test_a_dataset_that_refers_to_one_left_out_is_left_out_too(site: BuildWorkspace) -> None:
    site.dataset("toy-sales").write()
    loans = site.dataset("toy-loans")
    loans.tables["observations"][0]["ethnicity"] = "Group Z"
    loans.write()
    repairs = site.dataset("toy-repairs")
    repairs.tables["observations"][0]["indicator"] = "toy-loans-rate"
    repairs.write()
    outcome = site.build(keep_going=True)
    assert outcome.build is not None
    assert rows(outcome.build / "hub.db", "select dataset from dataset") == [("toy-sales",)]
    assert outcome.reports["toy-repairs"].rules == ["links/unknown-indicator"]


def test_only_one_dataset_is_looked_at_when_one_is_named(site: BuildWorkspace) -> None:
    for slug in ("toy-repairs", "toy-loans"):
        site.dataset(slug).write()
    site.build()
    for slug in ("toy-repairs", "toy-loans"):
        changed = site.dataset(slug)
        changed.descriptor["version"] = "1.0.1"
        changed.write()
    outcome = site.build(only_dataset="toy-loans")
    assert outcome.build is not None
    assert list(outcome.reports) == ["toy-loans"]
    assert rows(outcome.build / "hub.db", "select dataset, version from dataset order by 1") == [
        ("toy-loans", "1.0.1"),
        ("toy-repairs", "1.0.0"),
    ]


def test_a_dataset_that_is_not_there_cannot_be_built_alone(site: BuildWorkspace) -> None:
    site.dataset("toy-repairs").write()
    message = "“toy-repair” is not a dataset. Did you mean toy-repairs?"
    with pytest.raises(UsageError, match=re.escape(message)):
        site.build(only_dataset="toy-repair")
    assert not (site.out / "current").exists()


def published(outcome: BuildOutcome) -> list[tuple[object, ...]]:
    assert outcome.build is not None
    return rows(outcome.build / "hub.db", "select dataset, version from dataset order by 1")


def test_one_dataset_is_built_alone_without_any_earlier_build(site: BuildWorkspace) -> None:
    site.dataset("toy-repairs").write()
    (site.dataset("toy-loans").write() / "datapackage.json").write_text("{", "utf-8")
    outcome = site.build(only_dataset="toy-repairs")
    assert outcome.is_ok
    assert outcome.notes == ["toy-loans has no release yet, so it is left out."]
    assert published(outcome) == [("toy-repairs", "1.0.0")]


def test_what_was_published_is_kept_from_the_archive_where_no_build_has_it(
    site: BuildWorkspace,
) -> None:
    site.dataset("toy-repairs").write()
    loans = site.dataset("toy-loans")
    loans.write()
    site.build()
    shutil.rmtree(site.out)
    loans.descriptor["version"] = "1.1.0"
    loans.tables["observations"][0]["ethnicity"] = "Z"
    loans.write()
    outcome = site.build(only_dataset="toy-repairs")
    assert published(outcome) == [("toy-loans", "1.0.0"), ("toy-repairs", "1.0.0")]
    assert list(outcome.reports) == ["toy-repairs"]


def test_a_dataset_without_a_figure_is_not_published(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.raw_files["observations"] = ",".join(toys.build_observation()).encode() + b"\n"
    assert toys.check().has_no_errors
    outcome = site.build()
    assert outcome.build is None
    assert outcome.reports["toy-repairs"].rules == ["metadata/nothing-to-publish", "values/no-rows"]


def test_the_labelled_file_says_what_rows_leave_to_indicator_scheme_and_dataset(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"ci_level": "99", "decimals": "2"}
    toys.field_overrides["indicators"] = {"decimals": {"type": "integer"}}
    toys.tables["observations"][1] |= {"verification": "C3"}
    toys.write()
    outcome = site.build()
    assert outcome.build is not None
    flat = outcome.build / "files/toy-repairs/1.0.0/toy-repairs.csv"
    read = csv.DictReader(io.StringIO(flat.read_text("utf-8")))
    names = ("ci_level", "decimals", "counting_basis", "verification")
    assert [tuple(row[name] for name in names) for row in read] == [
        ("99", "1", "single", "C1"),
        ("99", "1", "single", "C3"),
    ]


def test_a_warning_stops_a_strict_build_only(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0]["method"] = ""
    toys.write()
    assert site.build(strict=True).build is None
    assert site.build().build is not None


def test_a_reference_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    release = {"dataset": "toy-lost", "version": "1.0.0", "created": "2026-01-31"}
    lost = {"release": [{**release, "release_note": None, "package_sha256": ""}]}
    with pytest.raises(HubError, match=r"release refers by dataset .* dataset: toy-lost"):
        assemble.assemble_hub(tmp_path / "hub.db", {}, read_code_book(CODE_FOLDER), lost)


def test_a_folder_of_datasets_that_is_not_there_is_told(site: BuildWorkspace) -> None:
    site.datasets.rmdir()
    with pytest.raises(UsageError, match="no such folder"):
        site.build()


@pytest.mark.parametrize("spoilt", [None, b"{", b"\xff"], ids=["gone", "cut short", "not text"])
def test_a_stage_without_a_whole_summary_is_staged_again(
    spoilt: bytes | None, site: BuildWorkspace
) -> None:
    site.dataset().write()
    before = site.build().build
    (summary,) = site.out.glob("stage/toy-repairs/*/summary.json")
    if spoilt is None:
        summary.unlink()
    else:
        summary.write_bytes(spoilt)
    outcome = site.build()
    assert outcome.rebuilt == ["toy-repairs"]
    assert outcome.build == before
    assert site.build().rebuilt == []


def relabelled(site: BuildWorkspace) -> None:
    """Let the hub call a code otherwise: a release's own files come out changed."""
    path = site.codes / "sex.csv"
    text = path.read_text("utf-8")
    assert ",Total," in text
    path.write_text(text.replace(",Total,", ",Everybody,"), "utf-8")


def archived_files(site: BuildWorkspace) -> dict[str, str]:
    """The SHA-256 of every file of the first release, each compared with its object."""
    archive = Archive(site.archive)
    release = archive.find_release("toy-repairs", "1.0.0")
    assert release is not None
    for digest in release.digests:
        assert hash_file(archive.objects.locate(digest)) == digest
    return {file.path: file.sha256 for file in release.files}


def test_a_new_label_gives_a_release_new_files_beside_the_old_ones(
    site: BuildWorkspace, tmp_path: Path
) -> None:
    site.codes = shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    site.dataset().write()
    assert site.build().is_ok
    before = archived_files(site)
    relabelled(site)
    outcome = site.build()
    assert outcome.build is not None
    after, release = archived_files(site), outcome.build / "files/toy-repairs/1.0.0"
    fresh = set(after) - set(before)
    assert before.items() <= after.items()
    assert list_release(release) == after
    assert {re.sub(r"[0-9a-f]{8}", "HASH", name) for name in fresh} == {
        "toy-repairs.HASH.csv",
        "toy-repairs.HASH.csv-metadata.json",
        "toy-repairs.HASH.csv.gz",
        "toy-repairs.HASH.parquet",
    }
    (description,) = (name for name in fresh if name.endswith(".json"))
    assert all(after[name].startswith(name.split(".")[1]) for name in fresh - {description})
    described = json.loads((release / description).read_bytes())["url"]
    assert description == described.replace(".csv", ".csv-metadata.json")
    listed = rows(outcome.build / "hub.db", "select file from file where file like 'toy-%'")
    assert {name for (name,) in listed} == fresh
    (table,) = (name for name in fresh if name.endswith(".csv"))
    assert table == described
    assert "Everybody" in (release / table).read_text("utf-8")


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk than the temporary one."""
    place = Path("/dev/shm")
    if not place.is_dir() or place.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk here")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def test_the_archive_may_be_on_another_disk(site: BuildWorkspace, other_disk: Path) -> None:
    site.archive = other_disk / "archive"
    site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    published = list_release(outcome.build / "files/toy-repairs/1.0.0")
    assert published == archived_files(site)
    assert list(site.archive.rglob("*.part")) == []


def _without_header(toys: DatasetBuilder) -> None:
    toys.write()
    _, *rows = (toys.folder / "data/observations.csv").read_bytes().splitlines(keepends=True)
    toys.raw_files["observations"] = b"".join(rows)
    toys.resource_overrides["observations"] = {"dialect": {"header": False}}


def _other_order(toys: DatasetBuilder) -> None:
    toys.write()
    told = json.loads((toys.folder / "datapackage.json").read_text("utf-8"))
    (table,) = [entry for entry in told["resources"] if entry["name"] == "observations"]
    fields = [*table["schema"]["fields"][::-1], {"name": "adjustment", "type": "string"}]
    toys.resource_overrides["observations"] = {
        "schema": {"fields": fields, "fieldsMatch": "superset"}
    }


@pytest.mark.parametrize("change", [_without_header, _other_order])
def test_fields_that_are_not_the_columns_lose_no_row(
    change: Callable[[DatasetBuilder], None], site: BuildWorkspace
) -> None:
    toys = site.dataset()
    change(toys)
    toys.write()
    outcome = site.build()
    assert outcome.build is not None
    assert rows(outcome.build / "hub.db", "select ethnicity, value from observation") == [
        ("A", 12.5),
        ("B", 10.0),
    ]


def test_a_build_that_lost_its_manifest_is_made_anew(site: BuildWorkspace) -> None:
    site.dataset().write()
    first = site.build().build
    assert first is not None
    (first / "manifest.json").unlink()
    assert site.build().build == first
    assert (site.out / "current" / "manifest.json").is_file()


def test_a_wrong_annotation_is_told_once_and_not_for_every_row(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.field_overrides["observations"] = {"value": {"type": "string"}}
    assert toys.check().rules == ["structure/annotation"]
