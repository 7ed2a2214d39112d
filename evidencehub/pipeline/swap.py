"""The swap: a build is a directory, complete when it appears; `current` is a link to one."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidencehub.errors import HubError

MAX_KEPT_BUILDS = 2  # builds that stay: the one that is served, and the one before it
MANIFEST_NAME = "manifest.json"


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
    """The build that is served, or None before the first."""
    link = out_folder / "current"
    return link.resolve() if (link / MANIFEST_NAME).is_file() else None


def read_manifest(build: Path) -> Mapping[str, Any]:
    """What a build is made of: datasets, staged forms, files."""
    return dict(json.loads((build / MANIFEST_NAME).read_text("utf-8")))


def publish_build(out_folder: Path, work_folder: Path, build_hash: str) -> Path:
    """Rename the finished folder and point the link `current` at it, each in one step."""
    target = out_folder / "builds" / build_hash
    if target.exists():
        _delete_build(target)
    _flush_to_disk(work_folder)
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


def _flush_to_disk(folder: Path) -> None:
    """Ask for what was written to be on the disk before a name leads to it."""
    for path in (*(p for p in folder.iterdir() if p.is_file()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def list_builds(out_folder: Path) -> list[Path]:
    """Every whole build, the newest first."""
    complete_builds = [
        p for p in (out_folder / "builds").glob("[0-9a-f]*") if (p / MANIFEST_NAME).is_file()
    ]
    return sorted(complete_builds, key=lambda path: path.stat().st_mtime, reverse=True)


def delete_old_builds(out_folder: Path) -> list[Path]:
    """Delete all but the newest builds, and those that a server still uses; gives what stays."""
    current = find_current_build(out_folder)
    builds_current_first = sorted(list_builds(out_folder), key=lambda path: path != current)
    return builds_current_first[:MAX_KEPT_BUILDS] + [
        old_build
        for old_build in builds_current_first[MAX_KEPT_BUILDS:]
        if not _delete_if_unused(old_build)
    ]


def _delete_if_unused(build: Path) -> bool:
    """Delete a build that no server holds; False where one does (see `supervisor.hold`)."""
    with (build / MANIFEST_NAME).open("rb") as manifest_file:
        try:
            fcntl.flock(manifest_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        _delete_build(build)  # under the lock: who waits for it finds the build gone
    return True
