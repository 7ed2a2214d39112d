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
from pathlib import Path

import pyarrow.parquet
import pytest

from evidencehub import codes
from evidencehub.errors import HubError, WrongUseError
from evidencehub.load import assemble
from evidencehub.pipeline import workers
from tests.support.dataset import CODES, Site


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


def test_a_dataset_becomes_rows_and_files(site: Site) -> None:
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
        "toy-repairs.csv",
        "toy-repairs.csv.gz",
        "toy-repairs.parquet",
    ]


def test_the_publisher_s_bytes_are_published_as_they_are(site: Site) -> None:
    folder = site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    published = outcome.build / "files/toy-repairs/1.0.0/data/observations.csv"
    assert published.read_bytes() == (folder / "data/observations.csv").read_bytes()


def test_every_format_carries_the_same_rows(site: Site) -> None:
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


def test_the_manifest_lists_every_file_with_its_hash(site: Site) -> None:
    site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    manifest = json.loads((outcome.build / "manifest.json").read_text("utf-8"))
    release = outcome.build / "files/toy-repairs/1.0.0"
    listed = {
        f["file"]: (f["sha256"], f["bytes"]) for f in manifest["datasets"]["toy-repairs"]["files"]
    }
    assert listed == {
        name: (digest, (release / name).stat().st_size) for name, digest in tree(release).items()
    }


def test_two_builds_of_the_same_inputs_are_equal_byte_for_byte(tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        site = Site(tmp_path / name)
        site.dataset("toy-repairs").write()
        site.dataset("toy-loans").write()
        outcome = site.build()
        assert outcome.build is not None
        trees.append({outcome.build.name: tree(outcome.build)})
    assert trees[0] == trees[1]


def test_an_unchanged_dataset_is_not_staged_again(site: Site) -> None:
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
    site: Site, keep_going: bool
) -> None:
    site.dataset("toy-repairs").write()
    site.dataset("toy-loans").write()
    before = site.build().build
    spoiled = site.dataset("toy-loans")
    spoiled.descriptor["version"] = "1.0.1"
    spoiled.tables["observations"][0]["ethnicity"] = "Group Z"
    spoiled.write()
    outcome = site.build(keep_going=keep_going)
    assert not outcome.reports["toy-loans"].ok
    assert (site.out / "current").resolve() == before
    if keep_going:
        assert outcome.kept == ["toy-loans"]


def test_a_version_that_was_published_is_never_changed(site: Site) -> None:
    site.dataset().write()
    assert site.build().ok
    changed = site.dataset()
    changed.tables["observations"][0]["value"] = "12.6"
    changed.tables["observations"][0]["numerator"] = ""
    changed.write()
    report = site.build().reports["toy-repairs"]
    assert report.rules == ["metadata/version-not-raised"]


def test_older_releases_stay_downloadable(site: Site) -> None:
    site.dataset().write()
    site.build()
    changed = site.dataset()
    changed.descriptor["version"] = "1.1.0"
    changed.texts["changes.md"] += "\n## 1.1.0\n\n- A row more.\n"
    changed.tables["observations"].append(changed.observation(period="2023"))
    changed.write()
    outcome = site.build()
    assert outcome.build is not None
    versions = sorted(p.name for p in (outcome.build / "files/toy-repairs").iterdir())
    assert versions == ["1.0.0", "1.1.0"]
    assert rows(outcome.build / "hub.db", "select version from release order by version") == [
        ("1.0.0",),
        ("1.1.0",),
    ]


def test_columns_without_a_concept_are_kept_and_served(site: Site) -> None:
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
        site = Site(tmp_path / str(cores))
        for number in range(workers.MANY + 1):
            site.dataset(f"toy-{number}").write()
        spoiled = site.dataset("toy-3")
        spoiled.tables["observations"][0]["ethnicity"] = "Group Z"
        spoiled.write()
        outcome = site.build(keep_going=True)
        assert outcome.build is not None
        assert outcome.reports["toy-3"].rules == ["codes/unknown-code"]
        trees.append({outcome.build.name: tree(outcome.build)})
    assert trees[0] == trees[1]


def test_a_dataset_that_is_withdrawn_stays_downloadable(site: Site) -> None:
    site.dataset("toy-repairs").write()
    loans = site.dataset("toy-loans").write()
    site.build()
    shutil.rmtree(loans)
    outcome = site.build()
    assert outcome.build is not None
    assert rows(outcome.build / "hub.db", "select dataset from dataset") == [("toy-repairs",)]
    assert (outcome.build / "files/toy-loans/1.0.0/toy-loans.csv").is_file()


def test_a_dataset_that_refers_to_one_left_out_is_left_out_too(site: Site) -> None:
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


def test_only_one_dataset_is_looked_at_when_one_is_named(site: Site) -> None:
    for slug in ("toy-repairs", "toy-loans"):
        site.dataset(slug).write()
    site.build()
    for slug in ("toy-repairs", "toy-loans"):
        changed = site.dataset(slug)
        changed.descriptor["version"] = "1.0.1"
        changed.write()
    outcome = site.build(only="toy-loans")
    assert outcome.build is not None
    assert list(outcome.reports) == ["toy-loans"]
    assert rows(outcome.build / "hub.db", "select dataset, version from dataset order by 1") == [
        ("toy-loans", "1.0.1"),
        ("toy-repairs", "1.0.0"),
    ]


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("toy-repair", "“toy-repair” is not one of the datasets. Did you mean toy-repairs?"),
        ("toy-loans", "There is no build yet that toy-repairs could be kept from."),
    ],
)
def test_one_dataset_is_built_alone_only_where_the_others_can_be_kept(
    only: str, message: str, site: Site
) -> None:
    for slug in ("toy-repairs", "toy-loans"):
        site.dataset(slug).write()
    with pytest.raises(WrongUseError, match=re.escape(message)):
        site.build(only=only)
    assert not (site.out / "current").exists()


def test_a_dataset_without_a_figure_is_not_published(site: Site) -> None:
    toys = site.dataset()
    toys.raw["observations"] = ",".join(toys.observation()).encode() + b"\n"
    assert toys.check().ok
    outcome = site.build()
    assert outcome.build is None
    assert outcome.reports["toy-repairs"].rules == ["metadata/nothing-to-publish"]


def test_the_labelled_file_says_what_rows_leave_to_indicator_scheme_and_dataset(
    site: Site,
) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"ci_level": "99", "decimals": "2"}
    toys.fields["indicators"] = {"decimals": {"type": "integer"}}
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


def test_a_warning_stops_a_strict_build_only(site: Site) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0]["method"] = ""
    toys.write()
    assert site.build(strict=True).build is None
    assert site.build().build is not None


def test_a_reference_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    release = {"dataset": "toy-lost", "version": "1.0.0", "created": "2026-01-31"}
    lost = {"release": [{**release, "release_note": None, "package_sha256": ""}]}
    with pytest.raises(HubError, match=r"release refers by dataset .* dataset: toy-lost"):
        assemble.hub(tmp_path / "hub.db", {}, codes.read(CODES), lost)
