"""The log of the archive: one line an event, each holding the hash of the line before it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from evidencehub.errors import HubError
from evidencehub.releases.disk import RESTORE_HINT, encode_json, flush_file

Event = Literal["published", "extended", "signed", "withdrawn"]
FIRST_HASH = "0" * 64  # what the first line has in the place of a hash


class DamagedLogError(HubError):
    """The log does not hold together; the text says from which line on."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event: what happened to which version of which dataset, and when.

    `commitment` is the SHA-256 of the record of the release as this event left it; the record
    holds a random number, so that the hash tells nothing once the record is erased. `previous` is
    the hash of the line before. An empty `version` of a withdrawal means the whole dataset.
    """

    seq: int
    logged_at: str
    event: Event
    dataset: str
    version: str
    commitment: str
    previous: str
    reason: str = ""
    disclosure: bool = False

    def encode(self) -> bytes:
        """Return the line as it stands in the log."""
        return encode_json(asdict(self))

    @property
    def hash(self) -> str:
        """What the next line holds of this one."""
        return hashlib.sha256(self.encode()).hexdigest()


def read_log(path: Path) -> list[LogEntry]:
    """Return the entries of a log, none where there is no file.

    A last line that stops short was being written when the power was cut: it does not count. Raise
    DamagedLogError where a line is not one, is out of order, or does not follow from the one
    before.
    """
    return parse_log(path.read_bytes(), path) if path.is_file() else []


def parse_log(data: bytes, path: Path) -> list[LogEntry]:
    """Return the entries of the bytes of a log; `path` says in an error where they are from."""
    entries: list[LogEntry] = []
    *lines, tail = data.split(b"\n")
    if _parse_line(tail) is not None:  # whole but for the end of the line
        lines.append(tail)
    for number, line in enumerate(lines, start=1):
        entry = _parse_line(line)
        previous = entries[-1].hash if entries else FIRST_HASH
        if entry is None or (entry.seq, entry.previous) != (number, previous):
            raise DamagedLogError(
                f"{path} line {number} does not follow from the line before it, so the file was "
                f"changed after it was written. {RESTORE_HINT}"
            )
        entries.append(entry)
    return entries


def encode_log(entries: Iterable[LogEntry]) -> bytes:
    """Return the bytes of a log of these entries."""
    return b"".join(entry.encode() for entry in entries)


def append_entries(path: Path, entries: Sequence[LogEntry]) -> None:
    """Write entries after the last whole line, and return when they are on the disk."""
    with path.open("ab+") as file:
        file.seek(0)
        data = file.read()
        whole = encode_log(parse_log(data, path))
        file.truncate(min(len(whole), len(data)))
        file.write(whole[len(data) :] + encode_log(entries))
        file.flush()
        os.fsync(file.fileno())
    flush_file(path.parent)


def _parse_line(line: bytes) -> LogEntry | None:
    try:
        values = json.loads(line)
        entry = LogEntry(**values)
    except (ValueError, TypeError):
        return None
    types_match = all(
        type(getattr(entry, field.name)).__name__ == _TYPE_NAMES[field.name]
        for field in fields(entry)
    )
    return entry if types_match and entry.encode() == line + b"\n" else None


_TYPE_NAMES = {
    field.name: {"seq": "int", "disclosure": "bool"}.get(field.name, "str")
    for field in fields(LogEntry)
}
