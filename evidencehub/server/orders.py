"""What a supervisor and its workers say to each other.

They speak over a socket. The worker says `READY` when it could answer, and accepts connections
when it is told to `GO`. At `DRAIN` it accepts no more, says `CLOSED`, and ends with its last
connection; at `STOP` it ends soon. If the socket ends, the supervisor is gone: the worker goes too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from evidencehub.server import Options

READY, CLOSED = b"r", b"c"  # of the worker
GO, DRAIN, STOP = b"g", b"d", b"s"  # of the supervisor
GRACE = 10  # seconds that answers may go on when the server is stopped


@dataclass(frozen=True, slots=True)
class Start:
    """What a worker is started with, passed as one argument of its command line."""

    options: Options
    build: Path
    listeners: tuple[int, ...]  # file descriptors
    control: int

    def as_text(self) -> str:
        """The form in which it is passed."""
        options = {name: getattr(self.options, name) for name in self.options.__slots__}
        told = {
            "options": {**options, "site": str(self.options.site)},
            "build": str(self.build),
            "listeners": self.listeners,
            "control": self.control,
        }
        return json.dumps(told)

    @classmethod
    def from_text(cls, text: str) -> Start:
        """What `as_text` has written."""
        told = json.loads(text)
        options = Options(**{**told["options"], "site": Path(told["options"]["site"])})
        listeners = tuple(told["listeners"])
        return cls(options, Path(told["build"]), listeners, told["control"])
