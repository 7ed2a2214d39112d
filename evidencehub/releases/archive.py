"""Publish: a dataset's files, the archive that freezes them, the manifest that lists them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evidencehub.domain.package import VERSION_PATTERN, SourcePackage
from evidencehub.domain.problem import Problem

READ_BLOCK_BYTES = 1 << 20
PACKAGE_TEXTS = ("about.md", "changes.md")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One downloadable file: its name below the release, what it is, and how to check it."""

    path: str
    format: str
    description: str
    rows: int | None
    size_bytes: int
    sha256: str

    def to_record(self) -> dict[str, Any]:
        """Return the file as release.json, the manifest and the table `file` have it."""
        return {
            "file": self.path,
            "format": self.format,
            "says": self.description,
            "rows": self.rows,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ReleaseFile:
        """Return the file of a record that `to_record` made."""
        return cls(
            *(record[name] for name in ("file", "format", "says", "rows", "bytes", "sha256"))
        )


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def package_files(package: SourcePackage) -> dict[str, Path]:
    """The publisher's own files: descriptor, tables, texts, by their name in the folder."""
    files = {"datapackage.json": package.folder / "datapackage.json"}
    files |= {resource.file: resource.path for resource in package.resources}
    files |= {
        name: package.folder / name for name in PACKAGE_TEXTS if (package.folder / name).is_file()
    }
    return dict(sorted(files.items()))


def package_digest(package: SourcePackage) -> str:
    """One SHA-256 over the names and bytes of the publisher's files."""
    digest = hashlib.sha256()
    for name, path in package_files(package).items():
        digest.update(f"{name}\0{hash_file(path)}\n".encode())
    return digest.hexdigest()


# The archive: <archive>/<slug>/<version>/ with the files and release.json, written once.


def read_release(archive: Path, slug: str, version: str) -> Mapping[str, Any] | None:
    """What was frozen of a release, or None if it was never published."""
    path = archive / slug / version / "release.json"
    # what is no version was never published, and may not be a safe path
    if not VERSION_PATTERN.fullmatch(version) or not path.is_file():
        return None
    return dict(json.loads(path.read_text("utf-8")))


def list_releases(archive: Path, slug: str) -> list[Mapping[str, Any]]:
    """Every release of a dataset that was ever published, oldest first."""
    folder = archive / slug
    records = (
        [read_release(archive, slug, p.name) for p in folder.iterdir()] if folder.is_dir() else []
    )
    return sorted((record for record in records if record is not None), key=parse_version_key)


def list_previous_flat_files(archive: Path, slug: str, version: str) -> dict[str, Path]:
    """The flat CSV of every other release that was published of a dataset, by version."""
    folder_by_version = {
        record["version"]: archive / slug / record["version"]
        for record in list_releases(archive, slug)
    }
    paths = {
        name: release_folder / f"{slug}.csv"
        for name, release_folder in folder_by_version.items()
        if name != version
    }
    return {name: path for name, path in paths.items() if path.is_file()}


def list_datasets(archive: Path) -> list[str]:
    """Every dataset that was ever published; one that has been withdrawn stays downloadable."""
    return sorted(p.name for p in archive.iterdir() if p.is_dir()) if archive.is_dir() else []


def parse_version_key(record: Mapping[str, Any]) -> list[int]:
    """What releases are ordered by: 1.10.0 comes after 1.9.0."""
    return [int(number) for number in record["version"].split(".")]


def check_version(archive: Path, slug: str, version: str, package_sha256: str) -> list[Problem]:
    """A problem when this version was published with other bytes."""
    frozen = read_release(archive, slug, version)
    if frozen is None or frozen["package_sha256"] == package_sha256:
        return []
    return [
        Problem(
            "metadata/version-not-raised",
            f"Version {version} was published with different contents on {frozen['created']}.",
            "Raise the version and say in changes.md what changed. On your own machine, where "
            "nothing is public yet, `make clean-archive` removes the archived copy.",
            field="version",
        )
    ]


@dataclass(frozen=True, slots=True)
class FrozenRelease:
    """A release as the archive will hold it: what is known of it, and its files by name.

    `files` are those of this build; `new_files` are those the archive does not have yet, each with
    the name it has in the staged folder; `record` is release.json.
    """

    files: list[ReleaseFile]
    new_files: list[tuple[ReleaseFile, str]]
    record: dict[str, Any]


def plan_release(
    archive: Path, summary: Mapping[str, Any], files: Iterable[ReleaseFile]
) -> FrozenRelease:
    """How a staged dataset goes into the archive; nothing is written yet.

    A derived file whose bytes have changed since the release was frozen (a label in a code
    list, say) gets a name with a hash of its content; nothing that is there is ever touched.
    """
    frozen = read_release(archive, summary["dataset"], summary["version"])
    hash_by_path = {entry["file"]: entry["sha256"] for entry in frozen["files"]} if frozen else {}
    named_files = [_choose_archive_name(file, hash_by_path) for file in files]
    new_files = [
        (file, staged_name) for file, staged_name in named_files if file.path not in hash_by_path
    ]
    entries = [*(frozen["files"] if frozen else []), *(file.to_record() for file, _ in new_files)]
    record = {**summary, **(frozen or {}), "files": entries}
    return FrozenRelease([file for file, _ in named_files], new_files, record)


def write_release(archive: Path, planned: FrozenRelease, folder: Path) -> None:
    """Write what the archive does not have yet; `release.json`, the last, makes it whole."""
    if not planned.new_files:
        return
    release_folder = archive / planned.record["dataset"] / planned.record["version"]
    for parent_folder in {(release_folder / file.path).parent for file, _ in planned.new_files}:
        parent_folder.mkdir(parents=True, exist_ok=True)
    for file, staged_name in planned.new_files:
        _link_atomically(folder / staged_name, release_folder / file.path)
    write_json_atomically(release_folder / "release.json", planned.record)


def _choose_archive_name(
    file: ReleaseFile, hash_by_path: Mapping[str, str]
) -> tuple[ReleaseFile, str]:
    """The file under its name in the archive, and the name it has in the build."""
    if hash_by_path.get(file.path, file.sha256) == file.sha256:
        return file, file.path
    stem, dot, ending = file.path.partition(".")
    return replace(file, path=f"{stem}.{file.sha256[:8]}{dot}{ending}"), file.path


def _link_atomically(origin: Path, target: Path) -> None:
    """Put a file of the stage under another name: whole, or not at all.

    A hard link where the disk allows it: staged files are never written again.
    """
    temporary = target.with_name(f".{target.name}.part")
    temporary.unlink(missing_ok=True)
    link_or_copy(origin, temporary)
    os.replace(temporary, target)


def link_or_copy(origin: Path, target: Path) -> None:
    """The same file under another name, or a copy where the disk allows no hard link."""
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)


def write_json_atomically(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON so that the file is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
    os.replace(temporary, path)


def link_release_files(archive: Path, releases: Iterable[Mapping[str, Any]], target: Path) -> None:
    """Put every file of every release below `target`, as `<slug>/<version>/<file>`."""
    for release in releases:
        release_path = Path(release["dataset"]) / release["version"]
        file_names = [entry["file"] for entry in release["files"]]
        for folder in {(target / release_path / name).parent for name in file_names}:
            folder.mkdir(parents=True, exist_ok=True)
        for name in file_names:
            link_or_copy(archive / release_path / name, target / release_path / name)
