"""Watching files while somebody writes a dataset: a change builds again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

State = dict[str, tuple[int, int]]


class Reload:
    """Runs `command` (of the hub's own command line) when something in `data` has changed.

    A change in `site` (templates, plugins …) needs no build, but new workers.
    """

    def __init__(self, data: Sequence[Path], site: Sequence[Path], command: Sequence[str]) -> None:
        self.data, self.site, self.command = data, site, command
        self.seen = _state(data), _state(site)
        self.build: subprocess.Popen[bytes] | None = None

    def look(self) -> bool:
        """Begin to build where data have changed; True where new workers are needed for the site.

        A build runs in a process of its own: requests are answered all the while, and when it has
        published something that is seen as any new build is.
        """
        if self.build is not None and self.build.poll() is None:
            return False
        data, site = self.seen
        self.seen = _state(self.data), _state(self.site)
        if self.seen[0] != data:
            code = "from evidencehub.cli import main; main()"
            self.build = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-c", code, *self.command], stdin=subprocess.DEVNULL
            )
        return self.seen[1] != site

    def stop(self) -> None:
        """Let a build that is running finish what it does, but wait no longer than needed."""
        if self.build is not None and self.build.poll() is None:
            self.build.terminate()
            self.build.wait()


def _state(watched: Sequence[Path]) -> State:
    """Times and sizes of all files; one that vanishes while we look is as good as deleted."""
    found: State = {}
    for path in (path for root in watched for path in root.rglob("*")):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file():
            found[str(path)] = (stat.st_mtime_ns, stat.st_size)
    return found
