"""Watching files while somebody writes a dataset: a change builds again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FileSnapshot = dict[str, tuple[int, int]]


class SourceWatcher:
    """Runs the hub's `build_command` when something in `build_inputs` has changed.

    A change in `site_folders` (templates, plugins …) needs no build, but new workers.
    """

    def __init__(
        self, build_inputs: Sequence[Path], site_folders: Sequence[Path], command: Sequence[str]
    ) -> None:
        self.build_inputs, self.site_folders, self.build_command = (
            build_inputs,
            site_folders,
            command,
        )
        self.snapshots = _take_snapshot(build_inputs), _take_snapshot(site_folders)
        self.build_process: subprocess.Popen[bytes] | None = None

    def check(self) -> bool:
        """Begin to build where data have changed; True where new workers are needed for the site.

        A build runs in a process of its own: requests are answered all the while, and when it has
        published something that is seen as any new build is.
        """
        if self.build_process is not None and self.build_process.poll() is None:
            return False
        previous_inputs, previous_site = self.snapshots
        self.snapshots = _take_snapshot(self.build_inputs), _take_snapshot(self.site_folders)
        if self.snapshots[0] != previous_inputs:
            code = "from evidencehub.cli import main; main()"
            self.build_process = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-c", code, *self.build_command], stdin=subprocess.DEVNULL
            )
        return self.snapshots[1] != previous_site

    def stop(self) -> None:
        """Let a build that is running finish what it does, but wait no longer than needed."""
        if self.build_process is not None and self.build_process.poll() is None:
            self.build_process.terminate()
            self.build_process.wait()


def _take_snapshot(folders: Sequence[Path]) -> FileSnapshot:
    """Times and sizes of all files; one that vanishes while we look is as good as deleted."""
    snapshot: FileSnapshot = {}
    for path in (path for root in folders for path in root.rglob("*")):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file():
            snapshot[str(path)] = (stat.st_mtime_ns, stat.st_size)
    return snapshot
