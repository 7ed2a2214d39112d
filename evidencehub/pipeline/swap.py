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

KEPT = 2  # builds that stay: the one that is served, and the one before it
MANIFEST = "manifest.json"


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Only one build at a time writes to `out`; raises HubError where another one is running.

    What builds that were killed have left behind is cleared away.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HubError(
                f"{out}: another build is running. Wait until it has finished."
            ) from None
        for left in (*(out / "builds").glob(".*"), *(out / "stage").glob("*/.work-*")):
            shutil.rmtree(left, ignore_errors=True)
        yield


def current(out: Path) -> Path | None:
    """The build that is served, or None before the first."""
    link = out / "current"
    return link.resolve() if (link / MANIFEST).is_file() else None


def manifest(build: Path) -> Mapping[str, Any]:
    """What a build is made of: datasets, staged forms, files."""
    return dict(json.loads((build / MANIFEST).read_text("utf-8")))


def into_place(out: Path, work: Path, build_hash: str) -> Path:
    """Give the finished folder `work` its name and point `current` at it, each in one step."""
    target = out / "builds" / build_hash
    if target.exists():
        _remove(target)
    _to_disk(work)
    os.replace(work, target)
    point(out, target)
    return target


def point(out: Path, target: Path) -> None:
    """Let `current` lead to `target`: a new link takes the place of the old one in one step."""
    link = out / ".current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("builds") / target.name)
    os.replace(link, out / "current")
    os.utime(target)


def _remove(build: Path) -> None:
    """Delete a build: its name is gone at once, so that no part of one is taken for a build."""
    hidden = build.with_name(f".old-{build.name}")
    shutil.rmtree(hidden, ignore_errors=True)
    os.replace(build, hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def _to_disk(folder: Path) -> None:
    """Ask for what was written to be on the disk before a name leads to it."""
    for path in (*(p for p in folder.iterdir() if p.is_file()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def builds(out: Path) -> list[Path]:
    """Every whole build, the newest first."""
    found = [p for p in (out / "builds").glob("[0-9a-f]*") if (p / MANIFEST).is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def forget_old(out: Path) -> list[Path]:
    """Delete all but the newest builds, and those that a server still uses; gives what stays."""
    served = current(out)
    ordered = sorted(builds(out), key=lambda path: path != served)
    return ordered[:KEPT] + [old for old in ordered[KEPT:] if not _remove_unless_held(old)]


def _remove_unless_held(build: Path) -> bool:
    """Delete a build that no server holds; False where one does (see `supervisor.hold`)."""
    with (build / MANIFEST).open("rb") as manifest_file:
        try:
            fcntl.flock(manifest_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        _remove(build)  # under the lock: who waits for it finds the build gone
    return True
