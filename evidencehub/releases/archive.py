"""The archive: every release that was published, read from its log, and added to by it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from evidencehub.domain.package import VERSION_PATTERN
from evidencehub.errors import HubError
from evidencehub.releases import disk
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.disk import RESTORE_HINT
from evidencehub.releases.log import FIRST_HASH, Event, LogEntry, append_entries, read_log
from evidencehub.releases.log_summary import Withdrawal, summarise_log
from evidencehub.releases.objects import ObjectStore
from evidencehub.releases.published_file import has_bytes
from evidencehub.releases.release import (
    FORMAT,
    PlannedRelease,
    Release,
    locate_record,
    parse_version,
    read_digests,
    read_record,
)
from evidencehub.releases.tombstone import (
    Tombstone,
    locate_tombstones,
    read_tombstones,
    write_tombstones,
)

LOCK_WAIT_SECONDS = 120.0
NONCE_BYTES = 32
NO_TOMBSTONES: Mapping[str, Tombstone] = MappingProxyType({})


class Archive:
    """The archive as its log tells it; what is damaged is in `damage`, by dataset and version."""

    def __init__(self, folder: Path, *, is_migrating: bool = False) -> None:
        """Read the archive in `folder`, empty where there is none.

        Raise HubError for a log that does not hold together, for a format of another version, and
        for a folder in the form that the hub used before.
        """
        self.folder, self._is_migrating = folder, is_migrating
        self.reload()

    def reload(self) -> None:
        """Read the log and the records as they are now."""
        _check_format(self.folder, may_be_old=self._is_migrating)
        self.entries = read_log(self.folder / "log.jsonl")
        self.summary = summarise_log(self.entries)
        self.damage: dict[tuple[str, str], str] = {}
        self._releases: dict[str, dict[str, Release]] = {}
        self._tombstones: dict[tuple[str, str], Tombstone] = {}
        for entry in self.summary.with_tombstones:
            self._read_tombstones(entry)
        for (slug, version), entry in self.summary.standing.items():
            release = read_record(self.folder, entry)
            if release is None:
                path = locate_record(self.folder, entry)
                self.damage[slug, version] = f"{path} is missing or has changed."
            else:
                self._releases.setdefault(slug, {})[version] = release

    def _read_tombstones(self, entry: LogEntry) -> None:
        tombstones = read_tombstones(self.folder, entry)
        if tombstones is None:
            path = locate_tombstones(self.folder, entry)
            self.damage[entry.dataset, entry.version] = f"{path} is missing or has changed."
            return
        for version, tombstone in tombstones.items():
            self._tombstones[entry.dataset, version] = tombstone

    @property
    def objects(self) -> ObjectStore:
        """The bytes of all releases."""
        return ObjectStore(self.folder / "objects")

    @property
    def head(self) -> tuple[int, str]:
        """The number and the hash of the last entry: whoever knows them knows the whole log."""
        return (self.entries[-1].seq, self.entries[-1].hash) if self.entries else (0, FIRST_HASH)

    def list_datasets(self) -> list[str]:
        """Return every dataset that was ever published, withdrawn ones too, by name."""
        return sorted(self.summary.versions)

    def list_releases(self, slug: str) -> list[Release]:
        """Return the releases of a dataset whose files may be had, oldest first."""
        return sorted(
            self._releases.get(slug, {}).values(), key=lambda release: release.version_key
        )

    def find_release(self, slug: str, version: str) -> Release | None:
        """Return what was published under a version, or None."""
        return self._releases.get(slug, {}).get(version)

    def list_versions(self, slug: str) -> list[str]:
        """Return every version that was ever published, erased ones too, oldest first."""
        return sorted(self.summary.versions.get(slug, ()), key=parse_version)

    def find_latest(self, slug: str) -> Release | None:
        """Return the newest release that was not withdrawn, or None."""
        standing = [r for r in self.list_releases(slug) if not self.is_withdrawn(slug, r.version)]
        return standing[-1] if standing else None

    def is_withdrawn(self, slug: str, version: str) -> bool:
        """True for a version that was withdrawn, by itself or with its whole dataset."""
        return self.find_withdrawal(slug, version) is not None

    def find_withdrawal(self, slug: str, version: str) -> Withdrawal | None:
        """Return the last withdrawal that a version fell under, or None."""
        return self.summary.withdrawals.get((slug, version))

    def find_tombstone(self, slug: str, version: str) -> Tombstone | None:
        """Return what stays of a release that was erased, or None."""
        return self._tombstones.get((slug, version))

    def list_withdrawals(self) -> list[tuple[str, str, Withdrawal]]:
        """Return dataset, version and withdrawal of every version that was withdrawn, in order."""
        ordered = sorted(
            self.summary.withdrawals.items(),
            key=lambda pair: (pair[0][0], parse_version(pair[0][1])),
        )
        return [(slug, version, withdrawal) for (slug, version), withdrawal in ordered]

    def list_previous_flat_files(self, slug: str, version: str) -> dict[str, Path]:
        """Return the flat CSV of every other release of a dataset, by version."""
        return {
            release.version: self.objects.locate(file.sha256)
            for release in self.list_releases(slug)
            for file in release.files
            if release.version != version and file.path == f"{slug}.csv"
        }

    def extract_package(self, release: Release, folder: Path) -> None:
        """Write the publisher's own files of a release into `folder`."""
        for name, sha256 in release.package.items():
            self.objects.copy_out(sha256, folder / name)

    def find_damaged_objects(self, cache: DigestCache | None) -> dict[tuple[str, str], list[str]]:
        """Return the files of each release that are missing or have changed, by name.

        Without a cache every object is read.
        """
        checked: dict[str, bool] = {}

        def is_genuine(sha256: str) -> bool:
            if sha256 not in checked:
                path = self.objects.locate(sha256)
                checked[sha256] = (
                    cache.is_genuine(path, sha256) if cache is not None else has_bytes(path, sha256)
                )
            return checked[sha256]

        damaged: dict[tuple[str, str], list[str]] = {}
        for slug, releases in sorted(self._releases.items()):
            for version, release in releases.items():
                names = {digest: f"package/{name}" for name, digest in release.package.items()}
                names |= {file.sha256: file.path for file in release.files}
                bad = sorted(name for digest, name in names.items() if not is_genuine(digest))
                if bad:
                    damaged[slug, version] = bad
        return damaged

    def freeze(self, planned: Collection[PlannedRelease]) -> None:
        """Write what the archive does not have yet; the log, written last, makes it count.

        To be called under `lock`. Raise DamagedObjectError where a staged file has changed.
        """
        self.store_objects(planned)
        self.record_releases(planned)

    def store_objects(
        self, planned: Iterable[PlannedRelease], origin_cache: DigestCache | None = None
    ) -> None:
        """Write the new objects of releases, which count once `record_releases` was called.

        `origin_cache` remembers the files that they were copied from. To be called under `lock`.
        Raise DamagedObjectError where a staged file has changed.
        """
        origins = {sha256: path for plan in planned for sha256, path in plan.sources.items()}
        if origins:
            found_archive(self.folder)
        for sha256, origin in origins.items():
            if self.objects.add(origin, sha256) and origin_cache is not None:
                origin_cache.remember(origin, sha256)

    def record_releases(self, planned: Iterable[PlannedRelease]) -> None:
        """Write the records of new releases, whose objects are there, and then the log."""
        new = [(plan.release, plan.event) for plan in planned if plan.event is not None]
        if not new:
            return
        found_archive(self.folder)
        entries: list[LogEntry] = []
        for release, event in new:
            entries.append(self._write_record(release, event, entries))
        self._append(entries)

    def add_signatures(self, sign: Callable[[Release], str]) -> None:
        """Sign every release that has no signature yet; under `lock`."""
        entries: list[LogEntry] = []
        for release in [r for slug in self.list_datasets() for r in self.list_releases(slug)]:
            if not release.signature:
                signed = replace(release, signature=sign(release))
                entries.append(self._write_record(signed, "signed", entries))
        if entries:
            self._append(entries)

    def withdraw(
        self,
        slug: str,
        version: str,
        reason: str,
        *,
        disclosure: bool,
        tombstones: Mapping[str, Tombstone] = NO_TOMBSTONES,
    ) -> list[str]:
        """Write a withdrawal into the log, and for disclosure erase the bytes; under `lock`.

        Return the versions that it concerns. An empty `version` means all of them. `tombstones`
        give what stays of the versions that are erased.
        """
        versions = [v for v in self.list_versions(slug) if version in ("", v)]
        if not versions:
            wanted = f"version {version} of {slug}" if version else slug
            raise HubError(f"There is no {wanted} in {self.folder}, so it cannot be withdrawn.")
        entry = self._next_entry("withdrawn", slug, version, "", [])
        commitment = write_tombstones(self.folder, entry, tombstones) if tombstones else ""
        self._append([replace(entry, commitment=commitment, reason=reason, disclosure=disclosure)])
        if disclosure:
            self.erase_withdrawn()
        return versions

    def erase_withdrawn(self) -> None:
        """Erase the records and objects that only releases withdrawn for disclosure have.

        Run again it finishes what an interruption left: records go last. What no release has goes
        too, but for a time when a record is damaged and nobody knows what it has.
        """
        records = [
            path
            for slug, version in self.summary.erased
            for path in (self.folder / "releases" / slug / version).glob("*")
        ]
        if records:
            for name in self._find_doomed(records):
                self.objects.erase(name)
        for path in records:
            path.unlink()

    def _find_doomed(self, records: Iterable[Path]) -> set[str]:
        doomed = set().union(*map(read_digests, records))
        doomed.update(
            name for name in self.objects.list_names() if not self.damage or name.startswith(".")
        )
        releases = (
            release for slug in self.list_datasets() for release in self.list_releases(slug)
        )
        return doomed.difference(*(release.digests for release in releases))

    def lock(self) -> AbstractContextManager[None]:
        """Hold the archive against every other writer; raise HubError after a while."""
        return lock_archive(self.folder)

    def _write_record(
        self, release: Release, event: Event, pending: Sequence[LogEntry]
    ) -> LogEntry:
        entry = self._next_entry(event, release.dataset, release.version, "", pending)
        named = replace(
            release,
            nonce=secrets.token_hex(NONCE_BYTES),
            published_at=release.published_at or entry.logged_at,
        )
        data = named.encode()
        path = locate_record(self.folder, entry)
        disk.write_atomically(path, lambda file: file.write(data), disk.READ_ONLY)
        return replace(entry, commitment=hashlib.sha256(data).hexdigest())

    def _next_entry(
        self, event: Event, slug: str, version: str, commitment: str, pending: Sequence[LogEntry]
    ) -> LogEntry:
        seq, previous = (pending[-1].seq, pending[-1].hash) if pending else self.head
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return LogEntry(seq + 1, now, event, slug, version, commitment, previous)

    def _append(self, entries: Sequence[LogEntry]) -> None:
        os.sync()  # objects and records are on the disk before a line of the log speaks of them
        append_entries(self.folder / "log.jsonl", entries)
        self.reload()


def lock_archive(folder: Path) -> AbstractContextManager[None]:
    """Hold an archive against every other writer; raise HubError after a while."""
    return disk.hold_lock(
        folder / ".lock",
        wait_seconds=LOCK_WAIT_SECONDS,
        message=f"{folder}: another build is writing to the archive. Wait until it finishes, then "
        "try again.",
    )


def found_archive(folder: Path) -> None:
    """Write an empty log, then the marker of the format, where they are not there yet.

    They come before all else: objects without them are an archive that lost them.
    """
    marker, log = folder / "archive.json", folder / "log.jsonl"
    if not log.is_file():
        disk.write_atomically(log, lambda _: None, 0o644)
    if _read_format(marker) is None:
        data = disk.encode_json({"format": FORMAT})
        disk.write_atomically(marker, lambda file: file.write(data), disk.READ_ONLY)


def has_no_log(folder: Path) -> bool:
    """True where neither log nor marker is there: nothing was published, or all is lost."""
    return not any((folder / name).exists() for name in ("log.jsonl", "archive.json"))


def list_old_releases(folder: Path) -> Iterator[Path]:
    """Yield `release.json` of each release in the form that the hub used before the log."""
    for path in sorted(folder.glob("*/*/release.json")):
        if VERSION_PATTERN.fullmatch(path.parent.name):
            yield path


def _check_format(folder: Path, *, may_be_old: bool) -> None:
    marker, log = folder / "archive.json", folder / "log.jsonl"
    if marker.is_file() and _read_format(marker) != FORMAT:
        raise HubError(
            f"{marker} does not name format {FORMAT}, the one that this version of the hub reads. "
            f"Use the version of the hub that wrote the archive. {RESTORE_HINT}"
        )
    if not may_be_old and next(list_old_releases(folder), None) is not None:
        raise HubError(
            f"{folder} is in the form that the hub used before. Move it to today's once: "
            "`python build.py migrate-archive`."
        )
    missing = next((path for path in (marker, log) if not path.is_file()), None)
    if missing is not None and _is_founded(folder):
        raise HubError(f"{missing} is missing. {RESTORE_HINT}")


def _is_founded(folder: Path) -> bool:
    """True where there is more than the empty log that an archive begins with."""
    marker, log = folder / "archive.json", folder / "log.jsonl"
    has_contents = any((folder / name).is_dir() for name in ("objects", "releases"))
    return has_contents or marker.is_file() or (log.is_file() and log.stat().st_size > 0)


def _read_format(marker: Path) -> int | None:
    """Return the format that a marker names; None where it names none."""
    try:
        number = json.loads(marker.read_text("utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None
