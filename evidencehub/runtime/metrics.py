"""Counts of all workers for monitoring, as OpenMetrics at a port that only operators reach.

Each worker writes what it has counted into memory that it shares with its supervisor, once a
second; the supervisor adds it up when it is asked. Nothing here says who asked or what for.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SLOT_BYTES = 65_536
_HEADER_BYTES = 8  # length and checksum of what follows
METRICS = {
    "requests": ("counter", "Requests that were answered, by kind and status."),
    "cache_hits": ("counter", "Requests that were answered from the cache in memory."),
    "connections_refused": ("counter", "Connections that were refused because of too many."),
    "worker_restarts": ("counter", "Workers that have ended and were replaced."),
    "workers": ("gauge", "Workers that run now, those that finish their last answers included."),
    "connections": ("gauge", "Connections that are open."),
    "places_running": ("gauge", "Requests that are worked on, by class."),
    "places_waiting": ("gauge", "Requests that wait for a place, by class."),
    "downloads_running": ("gauge", "Answers that flow at the pace of their readers."),
    "memory_bytes": ("gauge", "Memory of all workers."),
    "build": ("info", "The build that is served."),
    "build_age_seconds": ("gauge", "Seconds since the build that is served was published."),
}
"""Every metric: its type, and what it says."""
_SUFFIXES = {"counter": "_total", "info": "_info"}
Sample = tuple[str, tuple[tuple[str, str], ...]]  # name and labels
_FIRST_SEGMENTS = {
    "api": "api", "openapi.json": "api", "oai": "api", "odata": "api", "sdmx": "api",
    "hub": "tables", "static": "static", "-": "static", "healthz": "probe", "readyz": "probe",
}  # fmt: skip


def classify_path(path: str) -> str:
    """Return the kind of a request: api, tables, static, probe, download or page.

    >>> [classify_path(p) for p in ("/", "/api/v1", "/datasets/a/1.0.0/a.csv", "/a.png")]
    ['page', 'api', 'download', 'page']
    """
    segments = path.split("/", 4)
    if segments[1:2] == ["datasets"] and len(segments) > 4:
        return "download"
    return _FIRST_SEGMENTS.get(segments[1] if len(segments) > 1 else "", "page")


class SharedSlot:
    """Memory in which one process leaves a document and another reads the last whole one."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, SLOT_BYTES)
        self._last: Mapping[str, Any] = {}

    @classmethod
    def create(cls) -> SharedSlot:
        """Return a new slot; its descriptor is for the other process."""
        descriptor = os.memfd_create("evidencehub-metrics")
        os.ftruncate(descriptor, SLOT_BYTES)
        return cls(descriptor)

    def write(self, document: Mapping[str, Any]) -> None:
        """Leave a document; one that is too long is left out."""
        data = json.dumps(document).encode()
        if len(data) > SLOT_BYTES - _HEADER_BYTES:
            return
        header = len(data).to_bytes(4, "big") + zlib.crc32(data).to_bytes(4, "big")
        self._memory[: _HEADER_BYTES + len(data)] = header + data

    def read(self) -> Mapping[str, Any]:
        """Return the last document; the one before while another is being written."""
        size = int.from_bytes(self._memory[:4], "big")
        data = self._memory[_HEADER_BYTES : _HEADER_BYTES + min(size, SLOT_BYTES)]
        if size and zlib.crc32(data) == int.from_bytes(self._memory[4:_HEADER_BYTES], "big"):
            self._last = json.loads(data)
        return self._last

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        os.close(self.descriptor)


@dataclass
class MetricsBoard:
    """What the workers of a supervisor have counted, those that have ended included."""

    slots: list[SharedSlot] = field(default_factory=list)
    restarts: int = 0
    build: Path | None = None
    _ended: Counter[Sample] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open_slot(self) -> SharedSlot:
        """Return the memory of one more worker."""
        slot = SharedSlot.create()
        with self._lock:
            self.slots.append(slot)
        return slot

    def retire(self, slot: SharedSlot) -> None:
        """Keep what a worker that has ended had counted: a counter never goes back."""
        with self._lock:
            if slot in self.slots:
                self.slots.remove(slot)
                self._ended += _read_samples(slot.read(), "counters")
                slot.close()

    def render(self) -> str:
        """Return every metric as OpenMetrics text."""
        with self._lock:
            documents = [slot.read() for slot in self.slots]
            samples = Counter(self._ended)
        for document in documents:
            samples.update(_read_samples(document, "counters"))
            samples.update(_read_samples(document, "gauges"))
        samples["worker_restarts", ()] = self.restarts
        samples["workers", ()] = len(documents)
        if self.build is not None:
            samples["build", (("build", self.build.name),)] = 1
            samples["build_age_seconds", ()] = _read_age(self.build)
        return render_samples(samples)


def _read_samples(document: Mapping[str, Any], kind: str) -> Counter[Sample]:
    samples: Counter[Sample] = Counter()
    for name, labels, value in document.get(kind, ()):
        samples[name, tuple((key, text) for key, text in labels)] += value
    return samples


def _read_age(build: Path) -> int:
    try:
        return max(0, int(time.time() - build.stat().st_mtime))
    except OSError:
        return 0


def render_samples(samples: Mapping[Sample, int]) -> str:
    """Return samples as OpenMetrics text; a metric without any sample is zero, or left out.

    >>> print(render_samples({("workers", ()): 2}).splitlines()[-2])
    evidencehub_workers 2
    """
    lines = []
    for name, (kind, text) in METRICS.items():
        full_name, suffix = f"evidencehub_{name}", _SUFFIXES.get(kind, "")
        own_samples = sorted((labels, value) for (n, labels), value in samples.items() if n == name)
        if not own_samples:
            continue
        lines += [f"# TYPE {full_name} {kind}", f"# HELP {full_name} {text}"]
        for labels, value in own_samples:
            joined = ",".join(f'{key}="{label}"' for key, label in labels)
            lines.append(f"{full_name}{suffix}{f'{{{joined}}}' if joined else ''} {value}")
    return "\n".join([*lines, "# EOF", ""])


@contextmanager
def serve_metrics(listener: socket.socket | None, board: MetricsBoard) -> Iterator[None]:
    """Answer GET /metrics at a socket that listens, until the block ends."""
    if listener is None:
        yield
        return

    class MetricsHandler(BaseHTTPRequestHandler):
        timeout = 10  # seconds that a request may take

        def do_GET(self) -> None:
            is_known = self.path.partition("?")[0] == "/metrics"
            body = board.render().encode() if is_known else b"Ask for /metrics.\n"
            self.send_response(200 if is_known else 404)
            self.send_header("content-type", MEDIA_TYPE if is_known else "text/plain")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    host, port = listener.getsockname()[:2]
    server = ThreadingHTTPServer((host, port), MetricsHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
