"""A release as it was published, and the record that the log of the archive commits to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evidencehub.releases import disk
from evidencehub.releases.log import Event, LogEntry
from evidencehub.releases.published_file import DESCRIPTOR, ReleaseFile

FORMAT = 1  # of the archive: folders, log, records
ROWS_FORMAT = 1  # of <slug>.parquet, the rows of a release in the hub's shape


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it was published.

    `files` are those that can be downloaded, `package` the publisher's own bytes by name and
    SHA-256, `defines` the kind and id of everything that the release defines. `nonce` makes the
    hash of the record in the log tell nothing of what it hashes. `signature` is that of the
    statement of the release (see `statement`), in minisign's form, empty where there is none.
    """

    dataset: str
    version: str
    created: str
    release_note: str | None
    package_sha256: str
    published_at: str
    files: tuple[ReleaseFile, ...]
    package: Mapping[str, str]
    defines: tuple[tuple[str, str], ...] = ()
    nonce: str = ""
    rows_format: int = ROWS_FORMAT
    signature: str = ""

    @property
    def version_key(self) -> list[int]:
        """What releases are ordered by: 1.10.0 comes after 1.9.0."""
        return parse_version(self.version)

    @property
    def digests(self) -> set[str]:
        """The SHA-256 of every object that the release needs."""
        return {file.sha256 for file in self.files} | set(self.package.values())

    @property
    def key(self) -> tuple[str, str]:
        """Dataset and version."""
        return self.dataset, self.version

    @property
    def statement(self) -> bytes:
        """What is signed, and served as `release.json`: the files of the release, with digests."""
        described = {
            "dataset": self.dataset,
            "version": self.version,
            "created": self.created,
            "release_note": self.release_note,
            "package_sha256": self.package_sha256,
            "files": [
                {"file": file.path, "bytes": file.size_bytes, "sha256": file.sha256}
                for file in sorted(self.files, key=lambda file: file.path)
            ],
        }
        return disk.encode_json(described)

    def encode(self) -> bytes:
        """Return the record as it is written, and as the log commits to it."""
        return disk.encode_json(
            {
                "format": FORMAT,
                "dataset": self.dataset,
                "version": self.version,
                "created": self.created,
                "release_note": self.release_note,
                "package_sha256": self.package_sha256,
                "published_at": self.published_at,
                "files": [file.to_record() for file in self.files],
                "package": dict(self.package),
                "defines": [list(pair) for pair in self.defines],
                "nonce": self.nonce,
                "rows_format": self.rows_format,
                "signature": self.signature,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> Release:
        """Return the release of a record; raise ValueError for another format."""
        record = json.loads(data)
        if record.pop("format", None) != FORMAT:
            raise ValueError("The record has a format that this version of the hub does not know.")
        files = tuple(map(ReleaseFile.from_record, record.pop("files")))
        defines = tuple((kind, identifier) for kind, identifier in record.pop("defines"))
        return cls(files=files, defines=defines, **record)


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """A release as the archive will hold it.

    `files` are those of this build; `sources` gives, by SHA-256, where each object that is not in
    the archive yet is to be copied from; `event` is empty where nothing is new.
    """

    release: Release
    files: Sequence[ReleaseFile]
    sources: Mapping[str, Path]
    event: Event | None


def plan_release(
    frozen: Release | None,
    summary: Mapping[str, Any],
    files: Iterable[ReleaseFile],
    folder: Path,
    package: Mapping[str, str] = {},
    package_origins: Mapping[str, Path] = {},
    defines: Iterable[tuple[str, str]] = (),
    write_documents: Callable[[Sequence[ReleaseFile]], Mapping[ReleaseFile, Path]] = lambda _: {},
) -> PlannedRelease:
    """Return how a staged dataset goes into the archive; nothing is written yet.

    `frozen` is what was published under its version; `package` gives the SHA-256 of each of the
    publisher's files, `package_origins` where its bytes are. A derived file whose bytes have
    changed since then (a label in a code list, say) gets a name with a hash of its content;
    nothing that is there is touched. `write_documents` gives further files, which name these as
    the archive will, and where each is.
    """
    base = frozen or _create_release(summary, package, defines)
    hash_by_path = {file.path: file.sha256 for file in base.files}
    origins = _name_files({file: folder / file.path for file in files}, hash_by_path)
    origins |= _name_files(write_documents(list(origins)), hash_by_path)
    build_files = list(origins)
    new = {file: path for file, path in origins.items() if file.path not in hash_by_path}
    if frozen is not None and not new:
        return PlannedRelease(frozen, build_files, {}, None)
    release = replace(base, files=(*base.files, *new), signature="")
    sources = {file.sha256: origin for file, origin in new.items()}
    if frozen is not None:
        return PlannedRelease(release, build_files, sources, "extended")
    return PlannedRelease(release, build_files, {**sources, **package_origins}, "published")


def _name_files(
    origins: Mapping[ReleaseFile, Path], hash_by_path: Mapping[str, str]
) -> dict[ReleaseFile, Path]:
    return {choose_archive_name(file, hash_by_path): path for file, path in origins.items()}


def _create_release(
    summary: Mapping[str, Any], package: Mapping[str, str], defines: Iterable[tuple[str, str]]
) -> Release:
    names = ("dataset", "version", "created", "release_note", "package_sha256")
    return Release(
        **{name: summary[name] for name in names},
        published_at="",
        files=(),
        package=package,
        defines=tuple(sorted(defines)),
    )


def locate_record(folder: Path, entry: LogEntry) -> Path:
    """Return where the record is that a line of the log commits to."""
    return folder / "releases" / entry.dataset / entry.version / f"{entry.seq:08d}.json"


def parse_version(version: str) -> list[int]:
    """Return the numbers of a version, to order by."""
    return [int(number) for number in version.split(".")]


def read_record(folder: Path, entry: LogEntry) -> Release | None:
    """Return the release of an entry; None where its record is missing or has changed."""
    try:
        return parse_record(locate_record(folder, entry).read_bytes(), entry)
    except OSError:
        return None


def read_digests(path: Path) -> set[str]:
    """Return the SHA-256 of every object of a record, sound or not; none where it is no record."""
    try:
        return Release.decode(path.read_bytes()).digests
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def parse_record(data: bytes, entry: LogEntry) -> Release | None:
    """Return the release of a record; None where it is not the one that the entry commits to."""
    if hashlib.sha256(data).hexdigest() != entry.commitment:
        return None
    try:
        release = Release.decode(data)
    except (ValueError, TypeError, KeyError):
        return None
    return release if (release.dataset, release.version) == (entry.dataset, entry.version) else None


def choose_archive_name(file: ReleaseFile, hash_by_path: Mapping[str, str]) -> ReleaseFile:
    """Return the file under the name that it has in the archive."""
    if hash_by_path.get(file.path, file.sha256) == file.sha256:
        return file
    stem, dot, ending = file.path.partition(".")
    return replace(file, path=f"{stem}.{file.sha256[:8]}{dot}{ending}")


def locate_package(folder: Path, digests: Mapping[str, str]) -> dict[str, Path]:
    """Return where each of the publisher's files is in a stage, by SHA-256.

    The descriptor is apart, as it was written: the files of a release hold one to which hashes
    were added.
    """
    return {
        sha256: folder / ("source" if name == DESCRIPTOR else "files") / name
        for name, sha256 in digests.items()
    }
