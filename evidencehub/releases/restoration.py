"""The archive made again from a build: each build carries what the archive needs besides files."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from evidencehub.errors import HubError
from evidencehub.releases import disk
from evidencehub.releases.archive import Archive
from evidencehub.releases.log import LogEntry, parse_log, read_log
from evidencehub.releases.objects import ObjectStore
from evidencehub.releases.release import Release, locate_record, parse_record
from evidencehub.releases.release_file import has_bytes

COPY_NAME = "archive.zip"  # in a build: log, records, and objects that are no file of a release
_LOG_NAME = "log.jsonl"


def write_copy(archive: Archive, build: Path) -> None:
    """Write into a build what, with its files, makes the whole archive again."""
    releases = [r for slug in archive.list_datasets() for r in archive.list_releases(slug)]
    laid_out = {file.sha256 for release in releases for file in release.files}
    apart = {digest for release in releases for digest in release.digests} - laid_out
    with zipfile.ZipFile(build / COPY_NAME, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        if archive.entries:
            _write_member(copy, _LOG_NAME, (archive.folder / _LOG_NAME).read_bytes())
        for path in archive.list_records():
            _write_member(copy, path.relative_to(archive.folder).as_posix(), path.read_bytes())
        for digest in sorted(apart):
            _write_member(copy, f"objects/{digest}", archive.objects.locate(digest).read_bytes())


def read_copy(build: Path | None) -> list[Release]:
    """Return the releases that a build knows, none where there is no build or no sound copy."""
    if build is None:
        return []
    try:
        with zipfile.ZipFile(build / COPY_NAME) as copy:
            return list(_read_releases(copy))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return []


def restore_archive(folder: Path, build: Path) -> list[str]:
    """Give back to an archive what is missing or has changed, from a build; return the names.

    What the archive has beyond the build stays. Raise HubError, and change nothing, where the
    two tell different histories, or where the build is itself not whole.
    """
    try:
        with zipfile.ZipFile(build / COPY_NAME) as copy:
            return _restore(folder, build, copy)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise HubError(
            f"{build / COPY_NAME} cannot be read ({error}), so the archive cannot be made again "
            "from this build. Try an earlier build or a backup."
        ) from None


def _restore(folder: Path, build: Path, copy: zipfile.ZipFile) -> list[str]:
    entries = parse_log(copy.read(_LOG_NAME), build / COPY_NAME)
    keep_log = _continues(folder, entries)
    objects, restored = ObjectStore(folder / "objects"), []
    sources = _find_sources(build, copy)
    for digest, origin in sorted(sources.items()):
        if has_bytes(objects.locate(digest), digest):
            continue
        data = copy.read(f"objects/{digest}") if origin is None else origin.read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise HubError(
                f"{origin or build / COPY_NAME} has changed, so the archive cannot be made again "
                "from this build. Try an earlier build or a backup."
            )
        objects.write(data, digest)
        restored.append(f"objects/{digest[:2]}/{digest}")
    records = [name for name in copy.namelist() if name.startswith("releases/")]
    restored += [name for name in records if _write_if_other(folder / name, copy.read(name))]
    if not keep_log:
        log = copy.read(_LOG_NAME)
        disk.write_atomically(folder / _LOG_NAME, lambda file: file.write(log), 0o644)
        restored.append(_LOG_NAME)
    Archive.write_marker(folder)
    return restored


def _continues(folder: Path, entries: list[LogEntry]) -> bool:
    """True where the log of the archive is sound and has every entry of the build's.

    Raise HubError where it is sound and tells another history.
    """
    try:
        own = read_log(folder / _LOG_NAME)
    except HubError:
        return False
    shared = min(len(own), len(entries))
    if own[:shared] != entries[:shared]:
        raise HubError(
            f"{folder} and the build tell different histories: their logs part at line "
            f"{next(n for n in range(shared) if own[n] != entries[n]) + 1}. Nothing was changed. "
            "Use the archive that this build was made with."
        )
    return len(own) >= len(entries) and bool(own)


def _find_sources(build: Path, copy: zipfile.ZipFile) -> dict[str, Path | None]:
    """Return where the bytes of each object are: a file of the build, or (None) the copy."""
    sources: dict[str, Path | None] = {
        name.removeprefix("objects/"): None
        for name in copy.namelist()
        if name.startswith("objects/")
    }
    for release in _read_releases(copy):
        folder = build / "files" / release.dataset / release.version
        sources |= {file.sha256: folder / file.path for file in release.files}
    return sources


def _read_releases(copy: zipfile.ZipFile) -> Iterator[Release]:
    names = set(copy.namelist())
    if _LOG_NAME not in names:
        return
    latest: dict[tuple[str, str], LogEntry] = {}
    for entry in parse_log(copy.read(_LOG_NAME), Path(COPY_NAME)):
        if entry.event != "withdrawn":
            latest[entry.dataset, entry.version] = entry
    for entry in latest.values():
        name = locate_record(Path(), entry).as_posix()
        if name in names:  # else it was erased
            release = parse_record(copy.read(name), entry)
            if release is not None:
                yield release


def _write_if_other(path: Path, data: bytes) -> bool:
    """Write a record in the place of a missing or changed one; False where it is sound."""
    if path.is_file() and path.read_bytes() == data:
        return False
    disk.write_atomically(path, lambda file: file.write(data), disk.READ_ONLY)
    return True


def _write_member(copy: zipfile.ZipFile, name: str, data: bytes) -> None:
    copy.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 1)
