"""What operators see of a server: whether it lives, is ready, what it answered, what was used.

Nothing here tells who asked: no address, no browser, no cookie, and of parameters only the names.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from evidencehub.serve import asgi
from evidencehub.serve.operation.journal import Journal, Request

WAITING = 20_000  # requests that may wait to be written; more are counted and not written
READY = """
select
  (select value from build where name = 'hash') as build,
  (select count(*) from dataset) as datasets
"""


class Process:
    """What one server process knows of itself; `seen` is called for every request."""

    def __init__(self, build: str, journal: Journal | None = None) -> None:
        self.build, self.journal = build, journal
        self.started = time.monotonic()
        self.draining = False
        self.requests: deque[Request] = deque()
        self.lost = 0
        self.running = False

    def open(self) -> None:
        """Begin to write what is seen."""
        if self.journal is not None:
            self.journal.start(self._taken, self.build)
            self.running = True

    def close(self) -> None:
        """Write what is still to be written, and end."""
        if self.running and self.journal is not None:
            self.running = False
            self.journal.stop()

    def seen(self, request: Request) -> None:
        """Remember a request; writing is done elsewhere, so that no answer waits for a disk."""
        if len(self.requests) < WAITING:
            self.requests.append(request)
        else:
            self.lost += 1

    def _taken(self) -> tuple[list[Request], int]:
        """The requests seen since the last time, and how many more there were."""
        taken = [self.requests.popleft() for _ in range(len(self.requests))]
        lost, self.lost = self.lost, 0
        return taken, lost


def attach(datasette: Any, build: str, *, access_log: str = "off", usage: str = "off") -> Process:
    """Make `datasette` remember what it answers (before its `app()` is made); see `Options`."""
    wanted = access_log != "off" or usage != "off"
    datasette.hub_process = Process(build, Journal(access_log, usage) if wanted else None)
    return of(datasette)


def of(datasette: Any) -> Process:
    """What is known of the process that this Datasette runs in."""
    if not hasattr(datasette, "hub_process"):
        datasette.hub_process = Process(Path(datasette.get_database("hub").path).parent.name)
    process: Process = datasette.hub_process
    return process


def wrapper(process: Process) -> Callable[[asgi.App], asgi.App]:
    """What is put around the application, outside of everything else, to see every answer."""

    def wrap(app: asgi.App) -> asgi.App:
        if process.journal is None:
            return app
        clock, seen = time.time, process.seen

        async def observed(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
            if not process.running or scope["type"] != "http":
                await app(scope, receive, send)
                return
            begun = clock()
            status, size, headers = 500, 0, ()

            # not a coroutine of its own: one less to make for every piece of every answer
            def counted(message: asgi.Message) -> Awaitable[None]:
                nonlocal status, size, headers
                if message["type"] == "http.response.body":
                    size += len(message.get("body", b""))
                elif "status" in message:
                    status, headers = message["status"], message.get("headers", ())
                return send(message)

            try:
                await app(scope, receive, counted)
            finally:
                asked = scope["method"], scope["path"], scope["query_string"], status
                seen((begun, clock() - begun, size, asked, headers))

        return observed

    return wrap


def readiness(
    process: Process, folder: Path, row: Mapping[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    """Status and text for /readyz; `row` is what the database of `folder` says, if it answers."""
    told: dict[str, Any] = {
        "ready": False,
        "build": process.build,
        "datasets": row["datasets"] if row else None,
        "uptime_seconds": round(time.monotonic() - process.started, 1),
    }
    why = "draining: another process answers in its place" if process.draining else ""
    if not why:
        why = _broken(folder, row)
    if why:
        return 503, {**told, "why": why}
    return 200, {**told, "ready": True}


def _broken(folder: Path, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "the database does not answer"
    try:
        build = json.loads((folder / "manifest.json").read_text("utf-8"))["build"]
    except (OSError, ValueError, KeyError):
        return "the build's manifest.json cannot be read: it may have been deleted"
    if build != row["build"]:
        return f"manifest.json tells of build {build}, but the database is of {row['build']}"
    return ""


async def ask(app: asgi.App, path: str) -> tuple[int, bytes]:
    """Status and body of what the application answers to a GET, asked from within."""
    status, parts = 0, []
    scope: asgi.Scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0),
    }  # fmt: skip

    async def receive() -> asgi.Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: asgi.Message) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)
