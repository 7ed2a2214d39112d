"""The archive made again from a build: each build carries what the archive needs besides files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidencehub.errors import HubError
from evidencehub.releases import disk
from evidencehub.releases.archive import Archive, found_archive, lock_archive
from evidencehub.releases.log import DamagedLogError, LogEntry, encode_log, parse_log
from evidencehub.releases.log_summary import ReleaseKey, summarise_log
from evidencehub.releases.objects import ObjectStore
from evidencehub.releases.published_file import has_bytes, hash_bytes, read_genuine
from evidencehub.releases.release import Release, locate_record, parse_record
from evidencehub.releases.tombstone import locate_tombstones

COPY_NAME = "archive.zip"  # in a build: log, records, and objects that are no file of a release
LOG_NAME = "log.jsonl"
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    RuntimeError,
)  # of a damaged one


@dataclass(frozen=True, slots=True)
class ArchiveCopy:
    """What a build holds of the archive: the log, records and objects by name, each compared."""

    build: Path
    entries: list[LogEntry]
    releases: dict[ReleaseKey, Release]
    members: dict[str, bytes]


def write_copy(archive: Archive, build: Path, earlier: ArchiveCopy | None = None) -> None:
    """Write into a build what, with its files, makes the whole archive again.

    What is damaged in the archive is taken from an `earlier` copy. Raise HubError where it is not
    there either: a build that could not restore the archive must not replace one that can.
    """
    spare = earlier.members if earlier is not None else {}
    members, releases = {LOG_NAME: encode_log(archive.entries)}, []
    for entry in archive.summary.standing.values():
        path = locate_record(Path(), entry)
        data = _read_member(archive.folder / path, path.as_posix(), entry.commitment, spare)
        members[path.as_posix()] = data
        release = parse_record(data, entry)
        releases += [release] if release is not None else []
    for entry in archive.summary.with_tombstones:
        path = locate_tombstones(Path(), entry)
        data = _read_member(archive.folder / path, path.as_posix(), entry.commitment, spare)
        members[path.as_posix()] = data
    laid_out = {file.sha256 for release in releases for file in release.files}
    for digest in {digest for release in releases for digest in release.digests} - laid_out:
        path = archive.objects.locate(digest)
        members[f"objects/{digest}"] = _read_member(path, f"objects/{digest}", digest, spare)
    disk.write_atomically(
        build / COPY_NAME, lambda file: _write_members(file, members), disk.READ_ONLY
    )


def read_copy(build: Path) -> ArchiveCopy | None:
    """Return the archive as a build knows it; None where that is not there whole."""
    try:
        with zipfile.ZipFile(build / COPY_NAME) as file:
            members = {name: file.read(name) for name in file.namelist()}
        entries = parse_log(members.pop(LOG_NAME), build / COPY_NAME)
        releases = dict(_parse_records(entries, members))
    except (*ZIP_ERRORS, OSError, KeyError, HubError):
        return None
    copy = ArchiveCopy(build, entries, releases, members)
    apart = (item for release in releases.values() for item in _find_origins(release, copy))
    is_whole = all(
        hash_bytes(origin) == digest for digest, origin in apart if isinstance(origin, bytes)
    )
    return copy if is_whole else None


def _parse_records(
    entries: list[LogEntry], members: Mapping[str, bytes]
) -> Iterator[tuple[ReleaseKey, Release]]:
    """Yield each release that stands; raise ValueError where a record is not an entry's."""
    for key, entry in summarise_log(entries).standing.items():
        release = parse_record(members[locate_record(Path(), entry).as_posix()], entry)
        if release is None:
            raise ValueError(key)
        yield key, release
    for entry in summarise_log(entries).with_tombstones:
        if hash_bytes(members[locate_tombstones(Path(), entry).as_posix()]) != entry.commitment:
            raise ValueError(entry.seq)


def find_copy(builds: Iterable[Path]) -> ArchiveCopy | None:
    """Return the copy of the first build that has it whole, or None."""
    copies = (read_copy(build) for build in builds)
    return next((copy for copy in copies if copy is not None), None)


def restore_archive(folder: Path, copy: ArchiveCopy) -> list[str]:
    """Give back to an archive what is missing or has changed, from a build; return the names.

    What the archive has beyond the build stays, and what was withdrawn for disclosure stays
    erased; a log that does not hold together is kept aside. Raise HubError, and change nothing,
    where the two tell different histories, or where a file of the build has changed.
    """
    with lock_archive(folder):
        log_file = folder / LOG_NAME
        log = log_file.read_bytes() if log_file.is_file() else b""
        entries = _merge_logs(log, copy, folder)
        summary = summarise_log(entries)
        standing = [key for key in copy.releases if key in summary.standing]
        origins = _find_missing(folder, [copy.releases[key] for key in standing], copy)
        objects = ObjectStore(folder / "objects")
        restored = [objects.write(data, digest) for digest, data in origins]
        copied = summarise_log(copy.entries)
        paths = [locate_record(Path(), copied.latest[key]) for key in standing]
        paths += [locate_tombstones(Path(), entry) for entry in copied.with_tombstones]
        names = [path.as_posix() for path in paths]
        restored += [n for n in names if disk.write_if_other(folder / n, copy.members[n])]
        restored += _replace_log(log_file, log, encode_log(entries))
        found_archive(folder)
    return restored


def _merge_logs(log: bytes, copy: ArchiveCopy, folder: Path) -> list[LogEntry]:
    """Return the entries of the archive and the build together.

    Lines beyond the build's stay where they follow from it. Raise HubError where the log of the
    archive is sound and tells another history.
    """
    path, shared = folder / LOG_NAME, len(copy.entries)
    try:
        entries = parse_log(log, path)
    except DamagedLogError:
        beyond = b"".join(log.splitlines(keepends=True)[shared:])
        try:
            return parse_log(encode_log(copy.entries) + beyond, path)
        except DamagedLogError:
            return copy.entries
    pairs = zip(entries, copy.entries, strict=False)
    for number, (archived, copied) in enumerate(pairs, start=1):
        if archived != copied:
            raise HubError(
                f"{folder} and build {copy.build.name} tell different histories: their logs part "
                f"at line {number}. Nothing was changed. Use the archive that this build was made "
                "with, or a backup of it."
            )
    return max(entries, copy.entries, key=len)


def _replace_log(path: Path, old: bytes, new: bytes) -> Iterator[str]:
    """Put a log in the place of another; yield its name, and that of a damaged one set aside."""
    if old == new and path.is_file():
        return
    if not new.startswith(old):
        aside = path.with_name(f"log-damaged-{hash_bytes(old)[:8]}.jsonl")
        disk.write_atomically(aside, lambda file: file.write(old), disk.READ_ONLY)
        yield aside.name
    disk.write_atomically(path, lambda file: file.write(new), 0o644)
    yield path.name


def _find_origins(release: Release, copy: ArchiveCopy) -> Iterator[tuple[str, bytes | Path]]:
    """Yield where the bytes of each object are, by digest: a file of the build, or the copy."""
    folder = copy.build / "files" / release.dataset / release.version
    files = {file.sha256: folder / file.path for file in release.files}
    yield from files.items()
    for digest in release.digests - set(files):
        yield digest, copy.members.get(f"objects/{digest}", b"")


def _find_missing(
    folder: Path, releases: Iterable[Release], copy: ArchiveCopy
) -> list[tuple[str, bytes | Path]]:
    """Return digest and origin of each object that an archive lacks, in order.

    Raise HubError where the build does not have it either.
    """
    objects = ObjectStore(folder / "objects")
    origins = {item for release in releases for item in _find_origins(release, copy)}
    missing = [(d, o) for d, o in sorted(origins, key=str) if not has_bytes(objects.locate(d), d)]
    for digest, origin in missing:
        if isinstance(origin, Path) and not has_bytes(origin, digest):
            raise HubError(
                f"{origin} is missing or has changed, so the archive cannot be made again from "
                "this build. Nothing was changed. Put the archive back from a backup."
            )
    return missing


def _read_member(path: Path, name: str, sha256: str, spare: Mapping[str, bytes]) -> bytes:
    for data in (read_genuine(path, sha256), spare.get(name)):
        if data is not None and hash_bytes(data) == sha256:
            return data
    raise HubError(f"{path} is missing or has changed. {disk.RESTORE_HINT}")


def _write_members(file: BinaryIO, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for name, data in sorted(members.items()):
            copy.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 1)
