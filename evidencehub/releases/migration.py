"""The archive's former form, <slug>/<version>/ with release.json, moved to today's, once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evidencehub.errors import HubError
from evidencehub.releases.archive import Archive, list_old_releases
from evidencehub.releases.published_file import DESCRIPTOR, PACKAGE_TEXTS, ReleaseFile, hash_file
from evidencehub.releases.release import PlannedRelease, Release, parse_version

KEPT_FOLDER = "before-migration"
_OWN_NAMES = {"objects", "releases", KEPT_FOLDER}
_UNNUMBERED = 0  # the rows of a release from before their format had a number


def migrate_archive(folder: Path) -> list[Release]:
    """Move every release of an archive into today's form; return them in the order of the log.

    Every file is compared with its digest first. Raise HubError, and change nothing, where one is
    missing or has changed. The old folders stay, below `before-migration`.
    """
    old = _list_records(folder)
    dataset_folders = sorted({path.parents[1] for path in old})
    planned = sorted((_plan_move(path) for path in old), key=_order)
    archive = Archive(folder, is_migrating=True)
    with archive.lock():
        archive.reload()
        archive.freeze(_list_unmoved(planned, archive))
        damaged = sorted(archive.find_damaged_objects(None))
        if damaged or _list_unmoved(planned, archive):
            raise HubError(f"{folder}: the moved archive is not sound: {damaged}.")
        (folder / KEPT_FOLDER).mkdir(exist_ok=True)
        for path in dataset_folders:
            os.replace(path, folder / KEPT_FOLDER / path.name)
    return [plan.release for plan in planned]


def _list_records(folder: Path) -> list[Path]:
    old = list(list_old_releases(folder))
    if not old:
        raise HubError(
            f"{folder} holds no release in the former form, so there is nothing to move."
        )
    if clashes := [path for path in old if path.parents[1].name in _OWN_NAMES]:
        raise HubError(f"{clashes[0]}: a dataset of this name cannot be moved by itself.")
    return old


def _list_unmoved(planned: Iterable[PlannedRelease], archive: Archive) -> list[PlannedRelease]:
    """Return what the archive does not have in today's form: less, after an interruption."""
    moved = {
        r.key: r.files for slug in archive.list_datasets() for r in archive.list_releases(slug)
    }
    return [plan for plan in planned if moved.get(plan.release.key) != plan.release.files]


def _plan_move(path: Path) -> PlannedRelease:
    folder, record = path.parent, _read_old_record(path)
    files = tuple(map(ReleaseFile.from_record, record["files"]))
    for file in files:
        place = folder / file.path
        if not place.is_file() or hash_file(place) != file.sha256:
            raise HubError(
                f"{place} is missing or has changed since it was published: its SHA-256 is not "
                f"{file.sha256}. Put it back from a backup, then run this again. Nothing was moved."
            )
    digests = {file.path: file.sha256 for file in files}
    release = Release(
        dataset=record["dataset"],
        version=record["version"],
        created=record["created"],
        release_note=record.get("release_note"),
        package_sha256=record["package_sha256"],
        published_at=record["created"],
        files=files,
        package={name: digests[name] for name in _list_package_names(folder, digests)},
        rows_format=_UNNUMBERED,
    )
    sources = {file.sha256: folder / file.path for file in files}
    return PlannedRelease(release, files, sources, "published")


def _read_old_record(path: Path) -> Mapping[str, Any]:
    try:
        record = dict(json.loads(path.read_text("utf-8")))
        expected = (path.parents[1].name, path.parent.name)
        if (record["dataset"], record["version"]) == expected and record["files"]:
            return record
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise HubError(
        f"{path} is damaged: it is not the record of a release. Put it back from a backup, then "
        "run this again. Nothing was moved."
    )


def _list_package_names(folder: Path, digests: Mapping[str, str]) -> Iterator[str]:
    """Yield the publisher's files; the descriptor is the one that hashes were added to."""
    descriptor = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    names = [DESCRIPTOR, *PACKAGE_TEXTS, *(r.get("path", "") for r in descriptor["resources"])]
    yield from sorted({name for name in names if name in digests})


def _order(plan: PlannedRelease) -> tuple[str, str, list[int]]:
    return plan.release.created, plan.release.dataset, parse_version(plan.release.version)
