"""The files of a build: every release, each file compared with its digest before it is shown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from evidencehub.domain.package import STATEMENT_NAME
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.disk import READ_ONLY, write_if_other
from evidencehub.releases.objects import ObjectStore
from evidencehub.releases.release import PlannedRelease, Release


def lay_out_files(
    target: Path,
    releases: Iterable[Release],
    objects: ObjectStore,
    cache: DigestCache,
    origins: Sequence[Mapping[str, Path]],
) -> None:
    """Put every file of every release below `target`, as `<slug>/<version>/<file>`.

    `origins` say where bytes may be had by SHA-256 besides the archive: a stage, an earlier
    build. Such a file is linked, if it is genuine; an object of the archive is copied, so that
    nothing that the archive holds shares an inode with anything else. Raise DamagedObjectError
    where the bytes can be had nowhere.
    """
    for release in releases:
        folder = target / release.dataset / release.version
        for parent in {(folder / file.path).parent for file in release.files}:
            parent.mkdir(parents=True, exist_ok=True)
        for file in release.files:
            place = folder / file.path
            if not any(
                _link_genuine(origin.get(file.sha256), place, file.sha256, cache)
                for origin in origins
            ):
                objects.copy_out(file.sha256, place)
                cache.remember(place, file.sha256)


def write_statements(target: Path, releases: Iterable[Release]) -> None:
    """Write beside the files of each release what they are, and its signature, if it has one."""
    for release in releases:
        folder = target / release.dataset / release.version
        for name, data in list_statement_files(release):
            if data:
                write_if_other(folder / name, data)
            else:
                (folder / name).unlink(missing_ok=True)


def list_statement_files(release: Release) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the statement of a release and of its signature, if any."""
    yield STATEMENT_NAME, release.statement
    yield f"{STATEMENT_NAME}.minisig", release.signature.encode()


def find_planned_files(planned: Iterable[PlannedRelease]) -> dict[str, Path]:
    """Return where the new files of planned releases are, by SHA-256."""
    return {sha256: path for plan in planned for sha256, path in plan.sources.items()}


def list_build_files(build: Path, releases: Iterable[Release]) -> Iterator[tuple[Path, str]]:
    """Yield where a build has each file of releases, and its SHA-256."""
    for release in releases:
        for file in release.files:
            yield build / "files" / release.dataset / release.version / file.path, file.sha256


def _link_genuine(origin: Path | None, place: Path, sha256: str, cache: DigestCache) -> bool:
    if origin is None or not cache.is_genuine(origin, sha256):
        return False
    try:
        os.link(origin, place)
    except OSError:  # another disk, or one without links
        return False
    place.chmod(READ_ONLY)
    return True
