"""The access log and the counts of use, written by a thread of their own.

Several processes write to the same places: lines are appended in one step each time, and counts
are added up in a small SQLite database.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from evidencehub.serve.operation import usage
from evidencehub.serve.operation.usage import What

PAUSE, MINUTE = 0.5, 60.0  # seconds between two times of writing lines, and counts
PIPE = 4096  # bytes that a pipe takes in one step, whoever else writes to it
LONGEST = 300  # characters of a path that are written
DAY = 86_400  # seconds

Asked = tuple[str, str, bytes, int]  # method, path, query, and the status that was answered
Told = tuple[bytes, bytes, bytes]  # what headers say of the answer: see `_told`
Request = tuple[float, float, int, Asked, Any]  # when, seconds, bytes, …, headers of the answer
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}")

log = logging.getLogger("evidencehub")


class Journal:
    """Where lines and counts go: a file, “-” for standard output, or “off”."""

    def __init__(self, access_log: str, usage_file: str) -> None:
        self.access_log, self.usage_file = access_log, usage_file
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._counts: usage.Counts = {}
        self._told = False

    def start(self, taken: Callable[[], tuple[Sequence[Request], int]], build: str) -> None:
        """Begin to write what `taken` gives again and again."""
        self._taken, self._build = taken, build
        self._file = _Appended(self.access_log) if self.access_log != "off" else None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write the rest; waits some seconds at most."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        counted_at = time.monotonic()
        while True:
            last = self._ended.wait(PAUSE)
            self._write(*self._taken())
            if self.usage_file != "off" and (last or time.monotonic() - counted_at > MINUTE):
                counted_at = time.monotonic()
                self._add_up()
            if last:
                return

    def _write(self, requests: Iterable[Request], lost: int) -> None:
        """Write the lines of requests, and remember them among the counts."""
        lines: list[str] = []
        sums: dict[tuple[float, Asked, Told], list[int]] = {}
        for at, seconds, size, asked, headers in requests:
            told = _told(headers)
            sent = 0 if asked[0] == "HEAD" else size
            if self._file is not None:
                lines.append(line(at, seconds, sent, asked, told, self._build))
            # alike requests are many, so their sums are made first and looked into afterwards
            key = at // DAY, asked, told
            if key in sums:
                kind = sums[key]
                kind[0] += 1
                kind[1] += sent
            else:
                sums[key] = [1, sent]
        if self.usage_file != "off":
            for (day, asked, told), (number, size) in sums.items():
                usage.count(self._counts, _day(day), What(*asked, *told), number, size)
        if lost:
            lines.append(json.dumps({"time": moment(time.time()), "not_written": lost}) + "\n")
        if self._file is None:
            return
        try:
            self._file.write(lines)
        except OSError as fault:
            self._tell_once(f"{self.access_log}: the access log cannot be written ({fault}).")

    def _add_up(self) -> None:
        try:
            usage.add(Path(self.usage_file), self._counts)
        except (OSError, sqlite3.Error) as fault:
            # the counts stay and are tried again in a minute
            self._tell_once(f"{self.usage_file}: the counts of use cannot be written ({fault}).")
        else:
            self._counts = {}

    def _tell_once(self, text: str) -> None:
        if not self._told:
            self._told = True
            log.warning("%s The hub is served all the same.", text)


class _Appended:
    """A file to which several processes append whole lines; opened anew where it was moved."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handle = sys.stdout.fileno() if name == "-" else self._opened()

    def _opened(self) -> int:
        return os.open(self.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)

    def write(self, lines: Sequence[str]) -> None:
        """Append the lines, as many at once as stay together."""
        if not lines:
            return
        if self.name != "-" and self._moved():
            os.close(self.handle)
            self.handle = self._opened()
        most = PIPE if self.name == "-" else 1 << 20
        batch: list[bytes] = []
        size = 0
        for text in lines:
            data = text.encode()
            if batch and size + len(data) > most:
                _write_all(self.handle, b"".join(batch))
                batch, size = [], 0
            batch.append(data)
            size += len(data)
        _write_all(self.handle, b"".join(batch))

    def _moved(self) -> bool:
        try:
            there, ours = Path(self.name).stat(), os.fstat(self.handle)
        except FileNotFoundError:
            return True
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)


def _told(headers: Iterable[tuple[bytes, bytes]]) -> Told:
    """Of the headers of an answer: content type, what the cache says, and which part it is."""
    kind = cache = part = b""
    for name, value in headers:
        if name in _TOLD:
            if name in (b"content-type", b"Content-Type"):
                kind = value
            elif name == b"hub-cache":
                cache = value
            else:
                part = value
    return kind, cache, part


_TOLD = {b"content-type", b"Content-Type", b"hub-cache", b"content-range"}


@lru_cache(maxsize=4)
def _day(number: float) -> str:
    return datetime.fromtimestamp(number * DAY, tz=UTC).date().isoformat()


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def moment(at: float) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    whole = int(at)
    return f"{_second(whole)}.{int((at - whole) * 1000):03}Z"


@lru_cache(maxsize=4)
def _second(whole: int) -> str:
    return datetime.fromtimestamp(whole, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def names(query: bytes) -> list[str]:
    """The names of the parameters of a query; “?” where one is none of ours.

    A value may be about a person, and so may what was typed where a name belongs.
    """
    parts = (part.split("=", 1)[0] for part in query.decode("latin-1").split("&") if part)
    return [part if _NAME.fullmatch(part) else "?" for part in parts][:30]


def line(at: float, seconds: float, size: int, asked: Asked, told: Told, build: str) -> str:
    """One request as a line of JSON, built by hand: this is done for each one."""
    taken = f'"bytes":{size},"ms":{seconds * 1000:.1f}'
    return f'{{"time":"{moment(at)}",{_described(asked, told)},{taken},"build":"{build}"}}\n'


@lru_cache(maxsize=4000)
def _described(asked: Asked, answered: Told) -> str:
    what = What(*asked, *answered)
    format_ = usage.media(what.content_type) if what.content_type else ""
    told = {
        "method": what.method,
        "path": what.path[:LONGEST],
        "parameters": names(what.query),
        "status": what.status,
        "format": format_,
        "cache": what.cache.decode("latin-1"),
    }
    return json.dumps(told, separators=(",", ":"))[1:-1]


def check(access_log: str, usage_file: str) -> str:
    """Why these places cannot be written to, or nothing where they can."""
    try:
        if access_log not in ("-", "off"):
            os.close(_Appended(access_log).handle)
        if usage_file != "off":
            usage.add(Path(usage_file), {})
    except (OSError, sqlite3.Error) as fault:
        place = access_log if isinstance(fault, OSError) else usage_file
        return f"{place}: this cannot be written to ({fault}). Choose another file, or “off”."
    return ""
