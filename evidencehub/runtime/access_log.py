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

from evidencehub.http.visitor_text import KnownNames
from evidencehub.runtime import usage
from evidencehub.runtime.usage import RequestKey

WRITE_INTERVAL_SECONDS, USAGE_INTERVAL_SECONDS = (
    0.5,
    60.0,
)  # seconds between two times of writing lines, and counts
ATOMIC_PIPE_BYTES = 4096  # bytes that a pipe takes in one step, whoever else writes to it
MAX_PATH_CHARS = 300  # characters of a path that are written
SECONDS_PER_DAY = 86_400  # seconds

RequestLine = tuple[str, str, bytes, int]  # method, path, query, and the status that was answered
ResponseSummary = tuple[bytes, bytes, bytes]  # what headers say of the answer: see `_told`
RequestRecord = tuple[
    float, float, int, RequestLine, Any
]  # when, seconds, bytes, …, headers of the answer
_PARAMETER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}")

log = logging.getLogger("evidencehub")


class AccessLogWriter:
    """Where lines and counts go: a file, “-” for standard output, or “off”.

    Of what visitors have typed they hold only `names`, the site's own words.
    """

    def __init__(self, access_log: str, usage_file: str, names: KnownNames | None = None) -> None:
        self._shorten = lru_cache(maxsize=4000)((names or KnownNames()).shorten_request)
        self.access_log, self.usage_file = access_log, usage_file
        self._stop_requested = threading.Event()
        self._thread: threading.Thread | None = None
        self._usage_counts: usage.UsageCounts = {}
        self._warned_of: set[str] = set()

    def start(
        self, take_requests: Callable[[], tuple[Sequence[RequestRecord], int]], build: str
    ) -> None:
        """Begin to write what `take_requests` gives again and again."""
        self._take_requests, self._build = take_requests, build
        self._file = _AppendFile(self.access_log) if self.access_log != "off" else None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write the rest; waits some seconds at most."""
        self._stop_requested.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        counted_at = time.monotonic()
        while True:
            is_last = self._stop_requested.wait(WRITE_INTERVAL_SECONDS)
            self._write_requests(*self._take_requests())
            if self.usage_file != "off" and (
                is_last or time.monotonic() - counted_at > USAGE_INTERVAL_SECONDS
            ):
                counted_at = time.monotonic()
                self._save_usage()
            if is_last:
                return

    def _write_requests(self, requests: Iterable[RequestRecord], dropped: int) -> None:
        """Write the lines of requests, and remember them among the counts."""
        lines: list[str] = []
        totals: dict[tuple[float, RequestLine, ResponseSummary], list[int]] = {}
        for requested_at, seconds, size, typed_line, headers in requests:
            request_line = self._shorten(*typed_line)
            summary = _summarise_response(headers)
            sent_bytes = 0 if request_line[0] == "HEAD" else size
            if self._file is not None:
                lines.append(
                    format_line(
                        requested_at, seconds, sent_bytes, request_line, summary, self._build
                    )
                )
            # alike requests are many, so their sums are made first and looked into afterwards
            key = requested_at // SECONDS_PER_DAY, request_line, summary
            if key in totals:
                total = totals[key]
                total[0] += 1
                total[1] += sent_bytes
            else:
                totals[key] = [1, sent_bytes]
        if self.usage_file != "off":
            for (day, request_line, summary), (count, size) in totals.items():
                usage.add_requests(
                    self._usage_counts,
                    _format_day(day),
                    RequestKey(*request_line, *summary),
                    count,
                    size,
                )
        if dropped:
            lines.append(
                json.dumps({"time": format_timestamp(time.time()), "not_written": dropped}) + "\n"
            )
        if self._file is None:
            return
        try:
            self._file.write(lines)
        except OSError as error:
            self._warn_once(self.access_log, f"the access log cannot be written ({error}).")

    def _save_usage(self) -> None:
        try:
            usage.save_counts(Path(self.usage_file), self._usage_counts)
        except (OSError, sqlite3.Error) as error:
            # the counts stay and are tried again in a minute
            self._warn_once(self.usage_file, f"the counts of use cannot be written ({error}).")
        else:
            self._usage_counts = {}

    def _warn_once(self, file: str, text: str) -> None:
        if file not in self._warned_of:
            self._warned_of.add(file)
            log.warning("%s: %s The hub is served all the same.", file, text)


class _AppendFile:
    """A file to which several processes append whole lines; opened anew where it was moved."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.descriptor = sys.stdout.fileno() if name == "-" else self._open()

    def _open(self) -> int:
        return os.open(self.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)

    def write(self, lines: Sequence[str]) -> None:
        """Append the lines, as many at once as stay together."""
        if not lines:
            return
        if self.name != "-" and self._was_moved():
            os.close(self.descriptor)
            self.descriptor = self._open()
        max_batch_bytes = ATOMIC_PIPE_BYTES if self.name == "-" else 1 << 20
        batch: list[bytes] = []
        size = 0
        for text in lines:
            data = text.encode()
            if batch and size + len(data) > max_batch_bytes:
                _write_all(self.descriptor, b"".join(batch))
                batch, size = [], 0
            batch.append(data)
            size += len(data)
        _write_all(self.descriptor, b"".join(batch))

    def _was_moved(self) -> bool:
        try:
            current_stat, opened_stat = Path(self.name).stat(), os.fstat(self.descriptor)
        except FileNotFoundError:
            return True
        return (current_stat.st_dev, current_stat.st_ino) != (
            opened_stat.st_dev,
            opened_stat.st_ino,
        )


def _summarise_response(headers: Iterable[tuple[bytes, bytes]]) -> ResponseSummary:
    """Of the headers of an answer: content type, what the cache says, and which part it is."""
    content_type = cache = content_range = b""
    for name, value in headers:
        if name in _LOGGED_HEADERS:
            if name in (b"content-type", b"Content-Type"):
                content_type = value
            elif name == b"hub-cache":
                cache = value
            else:
                content_range = value
    return content_type, cache, content_range


_LOGGED_HEADERS = {b"content-type", b"Content-Type", b"hub-cache", b"content-range"}


@lru_cache(maxsize=4)
def _format_day(day_number: float) -> str:
    return datetime.fromtimestamp(day_number * SECONDS_PER_DAY, tz=UTC).date().isoformat()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def format_timestamp(requested_at: float) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    second = int(requested_at)
    return f"{_format_second(second)}.{int((requested_at - second) * 1000):03}Z"


@lru_cache(maxsize=4)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def list_parameter_names(query: bytes) -> list[str]:
    """The names of the parameters of a query; “?” where one is none of ours.

    A value may be about a person, and so may what was typed where a name belongs.
    """
    names_in_query = (name.split("=", 1)[0] for name in query.decode("latin-1").split("&") if name)
    return [name if _PARAMETER_NAME.fullmatch(name) else "?" for name in names_in_query][:30]


def format_line(
    requested_at: float,
    seconds: float,
    size: int,
    request_line: RequestLine,
    summary: ResponseSummary,
    build: str,
) -> str:
    """One request as a line of JSON, built by hand: this is done for each one."""
    measures = f'"bytes":{size},"ms":{seconds * 1000:.1f}'
    request = _format_request(request_line, summary)
    time = format_timestamp(requested_at)
    return f'{{"time":"{time}",{request},{measures},"build":"{build}"}}\n'


@lru_cache(maxsize=4000)
def _format_request(request_line: RequestLine, summary: ResponseSummary) -> str:
    key = RequestKey(*request_line, *summary)
    format_ = usage.name_format(key.content_type) if key.content_type else ""
    record = {
        "method": key.method,
        "path": key.path[:MAX_PATH_CHARS],
        "parameters": list_parameter_names(key.query),
        "status": key.status,
        "format": format_,
        "cache": key.cache_status.decode("latin-1"),
    }
    return json.dumps(record, separators=(",", ":"))[1:-1]


def explain_unwritable(access_log: str, usage_file: str) -> str:
    """Why these places cannot be written to, or nothing where they can."""
    try:
        if access_log not in ("-", "off"):
            os.close(_AppendFile(access_log).descriptor)
        if usage_file != "off":
            usage.save_counts(Path(usage_file), {})
    except (OSError, sqlite3.Error) as error:
        destination = access_log if isinstance(error, OSError) else usage_file
        return f"{destination}: this cannot be written to ({error}). Choose another file, or “off”."
    return ""
