"""What operators see of a server: whether it lives, is ready, what it answered, what was used.

Nothing here tells who asked: no address, no browser, no cookie, and of parameters only the names.
"""

from __future__ import annotations

import json
import resource
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from evidencehub.http import asgi
from evidencehub.http.concurrency import RequestPlaces
from evidencehub.http.visitor_text import KnownNames
from evidencehub.runtime import connections, metrics
from evidencehub.runtime.access_log import AccessLogWriter, RequestRecord

MAX_QUEUED_REQUESTS = (
    20_000  # requests that may wait to be written; more are counted and not written
)
_CACHE_HIT = (b"hub-cache", b"hit")
READINESS_SQL = """
select
  (select value from build where name = 'hash') as build,
  (select count(*) from dataset) as datasets
"""


class ProcessStatus:
    """What one server process knows of itself; `record` is called for every request."""

    def __init__(self, build: str, log_writer: AccessLogWriter | None = None) -> None:
        self.build, self.log_writer = build, log_writer
        self.started_at = time.monotonic()
        self.draining = False
        self.queued_requests: deque[RequestRecord] = deque()
        self.dropped_requests = 0
        self.is_logging = False
        self.has_metrics = False
        self.places = RequestPlaces()
        self.request_counts: Counter[tuple[str, int]] = Counter()  # by kind and status
        self.cache_hits = 0

    def count_request(self, path: str, status: int, headers: Collection[Any]) -> None:
        """Count a request for monitoring."""
        self.request_counts[metrics.classify_path(path), status] += 1
        self.cache_hits += _CACHE_HIT in headers

    def count_metrics(self, connection_count: int) -> dict[str, Any]:
        """Return what is counted, and what is so now, by name and labels."""
        counters: list[Any] = [
            ["requests", [["kind", kind], ["status", str(status)]], count]
            for (kind, status), count in self.request_counts.items()
        ]
        counters += [
            ["cache_hits", [], self.cache_hits],
            ["connections_refused", [], connections.REFUSALS.total()],
        ]
        gauges: list[Any] = [
            ["connections", [], connection_count],
            ["downloads_running", [], self.places.streams.total()],
            ["memory_bytes", [], _read_memory()],
        ]
        for name, limit in (("quick", self.places.quick), ("costly", self.places.costly)):
            gauges.append(["places_running", [["class", name]], limit.running])
            gauges.append(["places_waiting", [["class", name]], limit.waiting])
        return {"counters": counters, "gauges": gauges}

    def start_logging(self) -> None:
        """Begin to write what is seen."""
        if self.log_writer is not None:
            self.log_writer.start(self._take_requests, self.build)
            self.is_logging = True

    def stop_logging(self) -> None:
        """Write what is still to be written, and end."""
        if self.is_logging and self.log_writer is not None:
            self.is_logging = False
            self.log_writer.stop()

    def record(self, request: RequestRecord) -> None:
        """Remember a request; writing is done elsewhere, so that no answer waits for a disk."""
        if len(self.queued_requests) < MAX_QUEUED_REQUESTS:
            self.queued_requests.append(request)
        else:
            self.dropped_requests += 1

    def _take_requests(self) -> tuple[list[RequestRecord], int]:
        """The requests seen since the last time, and how many more there were."""
        requests = [self.queued_requests.popleft() for _ in range(len(self.queued_requests))]
        dropped, self.dropped_requests = self.dropped_requests, 0
        return requests, dropped


def _read_memory() -> int:
    """Return the bytes that this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def attach_status(
    datasette: Any,
    build: str,
    *,
    access_log: str = "off",
    usage_file: str = "off",
    names: KnownNames | None = None,
    has_metrics: bool = False,
) -> ProcessStatus:
    """Make `datasette` remember what it answers (before its `app()` is made); see `Options`."""
    is_enabled = access_log != "off" or usage_file != "off"
    datasette.hub_status = ProcessStatus(
        build, AccessLogWriter(access_log, usage_file, names) if is_enabled else None
    )
    process = get_status(datasette)
    process.has_metrics = has_metrics
    return process


def get_status(datasette: Any) -> ProcessStatus:
    """What is known of the process that this Datasette runs in."""
    if not hasattr(datasette, "hub_status"):
        datasette.hub_status = ProcessStatus(Path(datasette.get_database("hub").path).parent.name)
    process: ProcessStatus = datasette.hub_status
    return process


def build_log_wrapper(process: ProcessStatus) -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    """What is put around the application, outside of everything else, to see every answer."""

    def wrap(app: asgi.ASGIApp) -> asgi.ASGIApp:
        if process.log_writer is None and not process.has_metrics:
            return app
        clock, record = time.time, process.record

        async def logged_app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
            is_watched = process.is_logging or process.has_metrics
            if not is_watched or scope["type"] != "http":
                await app(scope, receive, send)
                return
            started_at = clock()
            status, size, headers = 500, 0, ()

            # not a coroutine of its own: one less to make for every piece of every answer
            def send_and_count(message: asgi.Message) -> Awaitable[None]:
                nonlocal status, size, headers
                if message["type"] == "http.response.body":
                    size += len(message.get("body", b""))
                elif "status" in message:
                    status, headers = message["status"], message.get("headers", ())
                return send(message)

            try:
                await app(scope, receive, send_and_count)
            finally:
                request_line = scope["method"], scope["path"], scope["query_string"], status
                if process.has_metrics:
                    process.count_request(scope["path"], status, headers)
                if process.is_logging:
                    record((started_at, clock() - started_at, size, request_line, headers))

        return logged_app

    return wrap


def report_readiness(
    process: ProcessStatus, build_folder: Path, database_row: Mapping[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    """Status and text for /readyz.

    `database_row` is what the database of `build_folder` says, if it answers.
    """
    report: dict[str, Any] = {
        "ready": False,
        "build": process.build,
        "datasets": database_row["datasets"] if database_row else None,
        "uptime_seconds": round(time.monotonic() - process.started_at, 1),
    }
    reason = "draining: another process answers in its place" if process.draining else ""
    if not reason:
        reason = _explain_unready(build_folder, database_row)
    if reason:
        return 503, {**report, "why": reason}
    return 200, {**report, "ready": True}


def _explain_unready(build_folder: Path, database_row: Mapping[str, Any] | None) -> str:
    if database_row is None:
        return "the database does not answer"
    try:
        build = json.loads((build_folder / "manifest.json").read_text("utf-8"))["build"]
    except (OSError, ValueError, KeyError):
        return "the build's manifest.json cannot be read: it may have been deleted"
    if build != database_row["build"]:
        return (
            f"manifest.json tells of build {build}, but the database is of {database_row['build']}"
        )
    return ""
