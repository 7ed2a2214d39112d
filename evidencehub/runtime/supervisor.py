"""The process that people start: it holds the address, keeps workers alive and swaps them.

Workers are processes of their own that accept from the same socket. A new build gets new workers;
when all of them are ready the old ones drain. What waits to be accepted waits at the socket, which
stays open all the while, so no request is lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidencehub.errors import HubError
from evidencehub.runtime import ServeOptions, access_log, sockets
from evidencehub.runtime.control_messages import (
    ACCEPT,
    CLOSED,
    DRAIN,
    READY,
    SHUTDOWN_SECONDS,
    STOP,
    WorkerConfig,
)
from evidencehub.runtime.metrics import MetricsBoard, SharedSlot, serve_metrics
from evidencehub.runtime.reload import SourceWatcher
from evidencehub.runtime.restarts import RestartSchedule

POLL_SECONDS = 1.0  # seconds between two looks at what is published
START_TIMEOUT_SECONDS = 300.0  # seconds that a worker may take to get ready
CLOSE_TIMEOUT_SECONDS = 2.0  # seconds that old workers have to stop accepting, before new ones do
BUILD_RETRY_SECONDS = 60.0  # seconds after which a build that could not be served is tried again


@dataclass(eq=False)
class WorkerProcess:
    """A worker, and the supervisor's end of the socket between them."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    metrics: SharedSlot
    started_at: float
    is_ready: bool = False
    is_accepting: bool = False
    has_stopped_accepting: bool = False

    @property
    def has_exited(self) -> bool:
        """True when the process has ended."""
        return self.process.poll() is not None

    @property
    def ended_by_accident(self) -> bool:
        """True if it could serve, or was killed: a new one is no worse off from the start."""
        return self.is_ready or (self.process.returncode or 0) < 0

    def send_message(self, message: bytes) -> None:
        """Send a message; a worker that is gone needs none."""
        with contextlib.suppress(OSError):
            self.control.sendall(message)


@dataclass(eq=False)
class WorkerGroup:
    """The workers of one build, and the lock that keeps its folder from being deleted."""

    build: Path
    lock_fd: int
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        """True when every worker takes requests."""
        return all(worker.is_ready for worker in self.workers)


def lock_build(build: Path) -> int:
    """Return a lock on a build: a file descriptor with a shared lock on its manifest.

    Old builds are deleted only under an exclusive lock. The lock is the system's: it ends with the
    last process that has the descriptor, however that ends. Raise OSError if the build is gone.
    """
    descriptor = os.open(build / "manifest.json", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        (build / "manifest.json").stat()  # raises where it was deleted before we held it
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def serve(
    options: ServeOptions,
    listeners: Sequence[socket.socket],
    find_current_build: Callable[[], Path | None],
    report: Callable[[str], None],
    watcher: SourceWatcher | None = None,
    metrics_listener: socket.socket | None = None,
) -> None:
    """Serve at the sockets of `sockets.bind_sockets` until stopped; `report` gets a line per event.

    Raise HubError if a log file cannot be written or no worker starts.
    """
    if problem := access_log.explain_unwritable(options.access_log, options.usage_file):
        raise HubError(problem)
    sockets.listen(listeners)
    supervisor = Supervisor(options, listeners, find_current_build, report, watcher)
    with serve_metrics(metrics_listener, supervisor.metrics):
        supervisor.run()


class Supervisor:
    """Serves what `find_current_build` says is published, until it is told to stop."""

    def __init__(
        self,
        options: ServeOptions,
        listeners: Sequence[socket.socket],
        find_current_build: Callable[[], Path | None],
        report: Callable[[str], None],
        watcher: SourceWatcher | None = None,
    ) -> None:
        self.options, self.listeners, self.watcher = options, listeners, watcher
        self.find_current_build, self.report = find_current_build, report
        self.active_group: WorkerGroup | None = None
        self.starting_group: WorkerGroup | None = None
        self.retiring_workers: list[WorkerProcess] = []
        self.failed_build: tuple[Path, float] | None = None  # with the time to try it again
        self.restarts, self.metrics = RestartSchedule(), MetricsBoard()
        self.stopping = self.renewal_requested = False
        self.polled_at = 0.0
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve; returns after a signal. Raise HubError if not even the first workers start."""
        with self._handle_signals():
            try:
                self._start_group(self._require_build())
                while not self.stopping:
                    self._wait_for_events(self.restarts.get_wait_seconds(time.monotonic(), 0.5))
                    self._handle_exits()
                    self._switch_groups()
                    self._restart_workers()
                    if time.monotonic() - self.polled_at > POLL_SECONDS:
                        self.polled_at = time.monotonic()
                        self._check_for_build()
            finally:
                self._shut_down()

    def _require_build(self) -> Path:
        build = self.find_current_build()
        if build is None:
            raise HubError("There is no published build to serve. Run a build first.")
        return build

    @contextlib.contextmanager
    def _handle_signals(self) -> Iterator[None]:
        """Let signals set a flag and wake the loop."""
        read_end, write_end = socket.socketpair()
        read_end.setblocking(False)
        write_end.setblocking(False)
        self.selector.register(read_end, selectors.EVENT_READ)
        handlers: dict[int, Any] = {
            signal.SIGINT: self._request_stop,
            signal.SIGTERM: self._request_stop,
            signal.SIGUSR1: self._request_renewal,
            signal.SIGCHLD: lambda *_: None,
        }
        previous_handlers = {
            signal_number: signal.signal(signal_number, handler)
            for signal_number, handler in handlers.items()
        }
        previous_wakeup_fd = signal.set_wakeup_fd(write_end.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(previous_wakeup_fd)
            for signal_number, handler in previous_handlers.items():
                signal.signal(signal_number, handler)
            self.selector.unregister(read_end)
            read_end.close()
            write_end.close()

    def _request_stop(self, *_: object) -> None:
        self.stopping = True

    def _request_renewal(self, *_: object) -> None:
        self.renewal_requested = True

    def _wait_for_events(self, seconds: float) -> None:
        """Wait for news: from a worker, a signal, or a worker's end."""
        for key, _ in self.selector.select(seconds):
            worker: WorkerProcess | None = key.data
            if worker is None:
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]  # it is a socket
                continue
            with contextlib.suppress(OSError):
                if message := worker.control.recv(16):
                    worker.is_ready |= READY in message
                    worker.has_stopped_accepting |= CLOSED in message
                    continue
            worker.has_stopped_accepting = True
            self.selector.unregister(worker.control)  # its end: `_reap` sees to it

    def _start_worker(self, group: WorkerGroup) -> None:
        """Start one more worker of a crew."""
        supervisor_end, worker_end = socket.socketpair()
        slot = self.metrics.open_slot()
        with worker_end:
            descriptors = tuple(listener.fileno() for listener in self.listeners)
            private_fds = (worker_end.fileno(), slot.descriptor)
            config = WorkerConfig(self.options, group.build, descriptors, *private_fds)
            process = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-m", "evidencehub.runtime.worker", config.to_json()],
                # a worker holds the lock by having its descriptor
                pass_fds=[*descriptors, *private_fds, group.lock_fd],
                stdin=subprocess.DEVNULL,
                # Ctrl-C in a terminal is for the supervisor, which stops the workers
                start_new_session=True,
            )
        worker = WorkerProcess(process, supervisor_end, slot, time.monotonic())
        self.selector.register(supervisor_end, selectors.EVENT_READ, worker)
        group.workers.append(worker)

    def _start_group(self, build: Path) -> None:
        """Start the workers of a build, next to those that serve."""
        try:
            group = WorkerGroup(build, lock_build(build))
        except OSError:
            return  # deleted already: the next look finds a newer one
        self.starting_group = group
        for _ in range(self.options.workers):
            self._start_worker(group)

    def _handle_exits(self) -> None:
        """Handle workers that have ended, or do not get ready in time."""
        self._remove_exited(self.retiring_workers)
        if self.starting_group is not None:
            self._check_starting_group(self.starting_group)
        if self.active_group is not None:
            for worker in self._remove_exited(self.active_group.workers):
                self._schedule_restart(worker)

    def _remove_exited(self, workers: list[WorkerProcess]) -> list[WorkerProcess]:
        """Take the workers that have ended out of a list, and return them."""
        exited = [worker for worker in workers if worker.has_exited]
        for worker in exited:
            self._close_control(worker)
            workers.remove(worker)
        return exited

    def _check_starting_group(self, group: WorkerGroup) -> None:
        exited = [worker for worker in group.workers if worker.has_exited]
        unready = [worker for worker in group.workers if not worker.is_ready]
        if exited:
            self._reject_build(f"a worker {_describe_exit(exited[0])}")
        elif unready and time.monotonic() - unready[0].started_at > START_TIMEOUT_SECONDS:
            self._reject_build(f"a worker was not ready after {START_TIMEOUT_SECONDS:.0f} seconds")

    def _schedule_restart(self, worker: WorkerProcess) -> None:
        """Set when a new worker replaces one that has ended."""
        self.metrics.restarts += 1
        delay = self.restarts.record_exit(time.monotonic(), is_accident=worker.ended_by_accident)
        self.report(
            f"Worker {worker.process.pid} {_describe_exit(worker)}. A new one starts in "
            f"{delay:g} seconds."
        )

    def _restart_workers(self) -> None:
        """Replace workers that have ended, after their delay."""
        if self.active_group is None or time.monotonic() < self.restarts.due_at:
            return
        while len(self.active_group.workers) < self.options.workers:
            self._start_worker(self.active_group)

    def _reject_build(self, reason: str) -> None:
        """Stop the workers that were starting; the earlier ones stay."""
        rejected_group, self.starting_group = self.starting_group, None
        assert rejected_group is not None  # noqa: S101 - the caller has looked
        self._retire_group(rejected_group, STOP)
        if self.active_group is None:
            raise HubError(
                f"The server could not start: {reason}. See the messages above; the build is "
                f"{rejected_group.build}."
            )
        self.failed_build = (rejected_group.build, time.monotonic() + BUILD_RETRY_SECONDS)
        self.report(
            f"Build {rejected_group.build.name} cannot be served: {reason}. Build "
            f"{self.active_group.build.name} "
            f"is still being served; the new build is tried again in {BUILD_RETRY_SECONDS:.0f} "
            "seconds."
        )

    def _switch_groups(self) -> None:
        """When all new workers are ready, drain the old ones and let the new ones accept."""
        if self.starting_group is not None and self.starting_group.is_ready:
            previous_group, self.active_group, self.starting_group, self.failed_build = (
                self.active_group,
                self.starting_group,
                None,
                None,
            )
            self.restarts, self.metrics.build = RestartSchedule(), self.active_group.build
            if previous_group is not None:
                self._retire_group(previous_group, DRAIN)
                # only then the new ones: who connects anew never goes back to the old build.
                # Meanwhile connections wait at the socket, some milliseconds
                deadline = time.monotonic() + CLOSE_TIMEOUT_SECONDS
                while (
                    not all(candidate.has_stopped_accepting for candidate in previous_group.workers)
                    and time.monotonic() < deadline
                ):
                    self._wait_for_events(0.05)
                name = self.active_group.build.name
                self.report(f"Now serving build {name}. Earlier workers finish their requests.")
        for worker in self.active_group.workers if self.active_group else ():
            if worker.is_ready and not worker.is_accepting:
                worker.is_accepting = True
                worker.send_message(ACCEPT)

    def _retire_group(self, group: WorkerGroup, message: bytes) -> None:
        for worker in group.workers:
            worker.send_message(message)
        self.retiring_workers += group.workers
        os.close(group.lock_fd)  # each worker has its own until it ends

    def _check_for_build(self) -> None:
        """Start workers for a new build, or new workers if they were requested."""
        if self.watcher is not None and self.watcher.check():
            self.renewal_requested = True
        build = self.find_current_build()
        latest_group = self.starting_group or self.active_group
        must_renew = self.renewal_requested and self.starting_group is None
        if build is None or (
            latest_group is not None and build == latest_group.build and not must_renew
        ):
            return
        if (
            self.failed_build
            and self.failed_build[0] == build
            and time.monotonic() < self.failed_build[1]
        ):
            return
        self.renewal_requested = False
        if self.starting_group is not None:
            self._retire_group(self.starting_group, STOP)
            self.starting_group = None
        self._start_group(build)

    def _close_control(self, worker: WorkerProcess) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(worker.control)
        worker.control.close()
        self.metrics.retire(worker.metrics)

    def _shut_down(self) -> None:
        """End every process; requests in progress have some seconds."""
        for listener in self.listeners:
            listener.close()
        groups = [group for group in (self.active_group, self.starting_group) if group is not None]
        workers = [
            *self.retiring_workers,
            *(worker for group in groups for worker in group.workers),
        ]
        for worker in workers:
            worker.send_message(STOP)
        self.stopping = False
        deadline = time.monotonic() + SHUTDOWN_SECONDS + 2
        # a second Ctrl-C does not wait
        while not all(worker.has_exited for worker in workers) and not self.stopping:
            if time.monotonic() > deadline:
                break
            self._wait_for_events(0.1)
        for worker in workers:
            if not worker.has_exited:
                worker.process.kill()
            worker.process.wait()
            self._close_control(worker)
        if self.watcher is not None:
            self.watcher.stop()


def _describe_exit(worker: WorkerProcess) -> str:
    code = worker.process.returncode
    return f"was stopped by signal {-code}" if code < 0 else f"stopped with exit code {code}"
