"""The swap: a build is a directory, complete when it appears; `current` is a link to one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evidencehub.errors import HubError
from evidencehub.releases.build_manifest import MANIFEST_NAME, read_manifest
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.layout import list_build_files
from evidencehub.releases.release import Release

MAX_KEPT_BUILDS = 2  # builds that stay: the one that is served, and the one before it


def delete_folder(folder: Path) -> None:
    """Delete a folder where there is one; raise OSError where a part of it cannot be deleted."""
    if folder.is_dir():
        shutil.rmtree(folder)


@contextmanager
def lock_builds(out_folder: Path) -> Iterator[None]:
    """Only one build at a time writes to `out_folder`; raises HubError if another is running.

    What builds that were killed have left behind is cleared away.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    with (out_folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HubError(
                f"{out_folder}: another build is running. Wait until it finishes, then try again."
            ) from None
        for leftover in (
            *(out_folder / "builds").glob(".*"),
            *(out_folder / "stage").glob("*/.work-*"),
        ):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def find_current_build(out_folder: Path) -> Path | None:
    """The build that `current` leads to; None before the first, and for one that is damaged."""
    link = out_folder / "current"
    return link.resolve() if read_manifest(link) else None


def is_whole(build: Path, releases: Iterable[Release], cache: DigestCache) -> bool:
    """True for a build with a sound manifest, what that names, and every file of a release."""
    manifest = read_manifest(build)
    if not manifest:
        return False
    digests = [(build / "hub.db", manifest["database"]["sha256"])]
    digests += [(build / file["file"], file["sha256"]) for file in manifest["catalogue"]]
    return all(cache.is_genuine(*pair) for pair in [*digests, *list_build_files(build, releases)])


def publish_build(out_folder: Path, work_folder: Path, build_hash: str) -> Path:
    """Rename the finished folder and point the link `current` at it, each in one step."""
    target = out_folder / "builds" / build_hash
    os.sync()  # what was written is on the disk before a name leads to it
    if target.exists():
        _delete_build(target)
    os.replace(work_folder, target)
    switch_current(out_folder, target)
    return target


def switch_current(out_folder: Path, target: Path) -> None:
    """Point the link `current` at `target`: a new link replaces the old one in one step."""
    link = out_folder / ".current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("builds") / target.name)
    os.replace(link, out_folder / "current")
    os.utime(target)


def _delete_build(build: Path) -> None:
    """Delete a build: its name is gone at once, so that no part of one is taken for a build."""
    doomed = build.with_name(f".old-{build.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    os.replace(build, doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def list_build_folders(out_folder: Path) -> list[Path]:
    """Return the folder of every build, whole or not, by name."""
    return sorted((out_folder / "builds").glob("[0-9a-f]*"))


def list_builds(out_folder: Path) -> list[Path]:
    """Return every whole build, the newest first."""
    complete_builds = [path for path in list_build_folders(out_folder) if read_manifest(path)]
    return sorted(complete_builds, key=lambda path: path.stat().st_mtime, reverse=True)


def list_build_candidates(out_folder: Path) -> list[Path]:
    """Return the build that `current` leads to, damaged or not, then the whole ones, newest first.

    From one of them an archive may be restored.
    """
    link = out_folder / "current"
    return [*([link.resolve()] if link.is_dir() else []), *list_builds(out_folder)]


def delete_old_builds(out_folder: Path, erased: Collection[tuple[str, str]] = ()) -> list[Path]:
    """Delete all but the newest builds, and those that a server still uses; return what stays.

    What is no whole build goes too, and every build that holds an erased release (dataset and
    version), however new.
    """
    current = find_current_build(out_folder)
    builds = sorted(list_builds(out_folder), key=lambda path: path != current)
    clean = [build for build in builds if not _holds_any(build, erased)]
    kept_builds = clean[:MAX_KEPT_BUILDS]
    for folder in list_build_folders(out_folder):
        if folder not in kept_builds and not _delete_if_unused(folder):
            kept_builds.append(folder)
    return [build for build in kept_builds if read_manifest(build)]


def erase_releases(out_folder: Path, erased: Collection[tuple[str, str]]) -> Iterator[Path]:
    """Delete releases (dataset, version) from disk: their stages, and each build that has one.

    Of a build that is served only their files go; it is given back.
    """
    current = find_current_build(out_folder)
    for build in list_build_folders(out_folder):
        if build != current and _holds_any(build, erased) and _delete_if_unused(build):
            continue
        for slug, version in erased:
            delete_folder(build / "files" / slug / version)
        yield build
    for slug in {slug for slug, _ in erased}:
        delete_folder(out_folder / "stage" / slug)


def _holds_any(build: Path, releases: Collection[tuple[str, str]]) -> bool:
    versions = read_manifest(build).get("releases", {})
    return any(version in versions.get(slug, ()) for slug, version in releases)


def _delete_if_unused(build: Path) -> bool:
    """Delete a build that no server holds; False where one does (see `supervisor.hold`)."""
    try:
        manifest_file = (build / MANIFEST_NAME).open("rb")
    except OSError:
        _delete_build(build)  # no server could have started on it
        return True
    with manifest_file:
        try:
            fcntl.flock(manifest_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        _delete_build(build)  # under the lock: who waits for it finds the build gone
    return True
