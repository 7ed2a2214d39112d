"""What a supervisor and its workers say to each other.

They speak over a socket. The worker says `READY` when it could answer, and accepts connections
when it is told to `GO`. At `DRAIN` it accepts no more, says `CLOSED`, and ends with its last
connection; at `STOP` it ends soon. If the socket ends, the supervisor is gone: the worker goes too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from evidencehub.runtime import ServeOptions

READY, CLOSED = b"r", b"c"  # of the worker
ACCEPT, DRAIN, STOP = b"g", b"d", b"s"  # of the supervisor
SHUTDOWN_SECONDS = 10  # seconds that answers may go on when the server is stopped


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker is started with, passed as one argument of its command line."""

    options: ServeOptions
    build: Path
    listener_fds: tuple[int, ...]  # file descriptors
    control_fd: int
    metrics_fd: int

    def to_json(self) -> str:
        """The form in which it is passed."""
        options = {name: getattr(self.options, name) for name in self.options.__slots__}
        document = {
            "options": {**options, "site_folder": str(self.options.site_folder)},
            "build": str(self.build),
            "listeners": self.listener_fds,
            "control": self.control_fd,
            "metrics": self.metrics_fd,
        }
        return json.dumps(document)

    @classmethod
    def from_json(cls, text: str) -> WorkerConfig:
        """Return what `to_json` has written."""
        document = json.loads(text)
        site_folder = Path(document["options"].pop("site_folder"))
        options = ServeOptions(site_folder, **document["options"])
        listeners = tuple(document["listeners"])
        descriptors = document["control"], document["metrics"]
        return cls(options, Path(document["build"]), listeners, *descriptors)
