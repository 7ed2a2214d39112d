"""Publish: a dataset's files, the archive that freezes them, the manifest that lists them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evidencehub.model.package import VERSION, SourcePackage
from evidencehub.model.problem import Problem

BLOCK = 1 << 20
TEXTS = ("about.md", "changes.md")


@dataclass(frozen=True, slots=True)
class File:
    """One downloadable file: its name below the release, what it is, and how to check it."""

    file: str
    format: str
    says: str
    rows: int | None
    bytes: int
    sha256: str


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def package_files(package: SourcePackage) -> dict[str, Path]:
    """The publisher's own files: descriptor, tables, texts, by their name in the folder."""
    found = {"datapackage.json": package.folder / "datapackage.json"}
    found |= {resource.file: resource.path for resource in package.resources}
    found |= {name: package.folder / name for name in TEXTS if (package.folder / name).is_file()}
    return dict(sorted(found.items()))


def package_digest(package: SourcePackage) -> str:
    """One SHA-256 over the names and bytes of the publisher's files."""
    digest = hashlib.sha256()
    for name, path in package_files(package).items():
        digest.update(f"{name}\0{sha256(path)}\n".encode())
    return digest.hexdigest()


# The archive: <archive>/<slug>/<version>/ with the files and release.json, written once.


def archived(archive: Path, slug: str, version: str) -> Mapping[str, Any] | None:
    """What was frozen of a release, or None if it was never published."""
    path = archive / slug / version / "release.json"
    # what is no version was never published, and may not be a safe path
    if not VERSION.fullmatch(version) or not path.is_file():
        return None
    return dict(json.loads(path.read_text("utf-8")))


def releases(archive: Path, slug: str) -> list[Mapping[str, Any]]:
    """Every release of a dataset that was ever published, oldest first."""
    folder = archive / slug
    found = [archived(archive, slug, p.name) for p in folder.iterdir()] if folder.is_dir() else []
    return sorted((told for told in found if told is not None), key=by_version)


def earlier(archive: Path, slug: str, version: str) -> dict[str, Path]:
    """The flat CSV of every other release that was published of a dataset, by version."""
    found = {told["version"]: archive / slug / told["version"] for told in releases(archive, slug)}
    paths = {name: home / f"{slug}.csv" for name, home in found.items() if name != version}
    return {name: path for name, path in paths.items() if path.is_file()}


def slugs(archive: Path) -> list[str]:
    """Every dataset that was ever published; one that has been withdrawn stays downloadable."""
    return sorted(p.name for p in archive.iterdir() if p.is_dir()) if archive.is_dir() else []


def by_version(told: Mapping[str, Any]) -> list[int]:
    """What releases are ordered by: 1.10.0 comes after 1.9.0."""
    return [int(part) for part in told["version"].split(".")]


def version_problem(archive: Path, slug: str, version: str, package_sha256: str) -> list[Problem]:
    """A problem when this version was published with other bytes."""
    frozen = archived(archive, slug, version)
    if frozen is None or frozen["package_sha256"] == package_sha256:
        return []
    return [
        Problem(
            "metadata/version-not-raised",
            f"Version {version} was published with other contents on {frozen['created']}.",
            "Raise the version and say in changes.md what changed "
            "(on your own machine, where nothing is public yet, `make clean-archive` forgets it).",
            field="version",
        )
    ]


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the archive will hold it: what is known of it, and its files by name.

    `files` are those of this build; `fresh` are those the archive does not have yet, each with
    the name it has in the staged folder; `told` is release.json.
    """

    files: list[File]
    fresh: list[tuple[File, str]]
    told: dict[str, Any]


def release(archive: Path, about: Mapping[str, Any], files: Iterable[File]) -> Release:
    """How a staged dataset goes into the archive; nothing is written yet.

    A derived file whose bytes have changed since the release was frozen (a label in a code
    list, say) gets a name with a hash of its content; nothing that is there is ever touched.
    """
    frozen = archived(archive, about["dataset"], about["version"])
    known = {entry["file"]: entry["sha256"] for entry in frozen["files"]} if frozen else {}
    named = [_named(file, known) for file in files]
    fresh = [(file, old) for file, old in named if file.file not in known]
    entries = [*(frozen["files"] if frozen else []), *(asdict(file) for file, _ in fresh)]
    told = {**about, **(frozen or {}), "files": entries}
    return Release([file for file, _ in named], fresh, told)


def freeze(archive: Path, new: Release, folder: Path) -> None:
    """Write what the archive does not have yet; `release.json`, the last, makes it whole."""
    if not new.fresh:
        return
    home = archive / new.told["dataset"] / new.told["version"]
    for place in {(home / file.file).parent for file, _ in new.fresh}:
        place.mkdir(parents=True, exist_ok=True)
    for file, old in new.fresh:
        _place(folder / old, home / file.file)
    write_whole(home / "release.json", new.told)


def _named(file: File, known: Mapping[str, str]) -> tuple[File, str]:
    """The file under its name in the archive, and the name it has in the build."""
    if known.get(file.file, file.sha256) == file.sha256:
        return file, file.file
    stem, dot, ending = file.file.partition(".")
    return File(**{**asdict(file), "file": f"{stem}.{file.sha256[:8]}{dot}{ending}"}), file.file


def _place(origin: Path, target: Path) -> None:
    """Put a file of the stage under another name: whole, or not at all.

    A hard link where the disk allows it: staged files are never written again.
    """
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    link(origin, part)
    os.replace(part, target)


def link(origin: Path, target: Path) -> None:
    """The same file under another name, or a copy where the disk allows no hard link."""
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)


def write_whole(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON so that the file is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
    os.replace(part, path)


def lay_out(archive: Path, releases: Iterable[Mapping[str, Any]], target: Path) -> None:
    """Put every file of every release below `target`, as `<slug>/<version>/<file>`."""
    for release in releases:
        place = Path(release["dataset"]) / release["version"]
        names = [entry["file"] for entry in release["files"]]
        for folder in {(target / place / name).parent for name in names}:
            folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            link(archive / place / name, target / place / name)
