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
from evidencehub.serve.operation import journal
from evidencehub.server import Options, doors
from evidencehub.server.orders import CLOSED, DRAIN, GO, GRACE, READY, STOP, Start
from evidencehub.server.reload import Reload

LOOK = 1.0  # seconds between two looks at what is published
STARTING = 300.0  # seconds that a worker may take to get ready
CLOSING = 2.0  # seconds that old workers have to accept no more, before new ones accept
PAUSES = (0.5, 30.0)  # seconds before a worker that died is started again: at first, at most
STEADY = 60.0  # seconds after which a worker that dies is taken for an accident
AGAIN = 60.0  # seconds after which a build that could not be served is tried again


@dataclass(eq=False)
class Worker:
    """A process, and our end of the socket over which we speak to it."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    started: float
    ready: bool = False
    going: bool = False
    closed: bool = False

    def tell(self, order: bytes) -> None:
        """Give an order; one who is gone needs none."""
        with contextlib.suppress(OSError):
            self.control.sendall(order)


@dataclass(eq=False)
class Crew:
    """The workers of one build, and the hold on its folder that keeps it from being deleted."""

    build: Path
    hold: int
    workers: list[Worker] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """True when every worker takes requests."""
        return all(worker.ready for worker in self.workers)


def hold(build: Path) -> int:
    """A hold on a build: a file handle with a shared lock on its manifest.

    Whoever deletes old builds asks for the lock first. It is the system's: it ends with the last
    process that has the handle, however that ends. Raises OSError where the build is gone.
    """
    handle = os.open(build / "manifest.json", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        (build / "manifest.json").stat()  # raises where it was deleted before we held it
    except OSError:
        os.close(handle)
        raise
    return handle


def serve(
    options: Options,
    bound: Sequence[socket.socket],
    current: Callable[[], Path | None],
    tell: Callable[[str], None],
    reload: Reload | None = None,
) -> None:
    """Serve at the sockets of `doors.bind` until stopped; tell what happens, a line each time.

    Raises HubError where a file for the log cannot be written or no worker starts.
    """
    if why := journal.check(options.access_log, options.usage):
        raise HubError(why)
    doors.open_(bound)
    Supervisor(options, bound, current, tell, reload).run()


class Supervisor:
    """Serves what `current` says is published, until it is told to stop."""

    def __init__(
        self,
        options: Options,
        doors: Sequence[socket.socket],
        current: Callable[[], Path | None],
        tell: Callable[[str], None],
        reload: Reload | None = None,
    ) -> None:
        self.options, self.doors, self.current, self.tell = options, doors, current, tell
        self.reload = reload
        self.crew: Crew | None = None
        self.coming: Crew | None = None
        self.leaving: list[Worker] = []
        self.refused: tuple[Path, float] | None = None  # a build that failed, when to try again
        self.next_start, self.pause = 0.0, PAUSES[0]
        self.stopping = self.renew = False
        self.looked = 0.0
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve; returns after a signal. Raises HubError where not even the first workers start."""
        with self._signals():
            try:
                self._come(self._published())
                while not self.stopping:
                    self._wait(0.5)
                    self._reap()
                    self._take_over()
                    self._replace()
                    if time.monotonic() - self.looked > LOOK:
                        self.looked = time.monotonic()
                        self._look()
            finally:
                self._stop()

    def _published(self) -> Path:
        build = self.current()
        if build is None:
            raise HubError("Nothing is published that could be served. Build first.")
        return build

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Let signals set a flag and wake the loop."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.selector.register(ours, selectors.EVENT_READ)
        handlers: dict[int, Any] = {
            signal.SIGINT: self._asked_to_stop,
            signal.SIGTERM: self._asked_to_stop,
            signal.SIGUSR1: self._asked_to_renew,
            signal.SIGCHLD: lambda *_: None,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)
            self.selector.unregister(ours)
            ours.close()
            theirs.close()

    def _asked_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _asked_to_renew(self, *_: object) -> None:
        self.renew = True

    def _wait(self, seconds: float) -> None:
        """Wait for news: from a worker, a signal, or a worker's end."""
        for key, _ in self.selector.select(seconds):
            worker: Worker | None = key.data
            if worker is None:
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]  # it is a socket
                continue
            with contextlib.suppress(OSError):
                if said := worker.control.recv(16):
                    worker.ready |= READY in said
                    worker.closed |= CLOSED in said
                    continue
            worker.closed = True
            self.selector.unregister(worker.control)  # its end: `_reap` sees to it

    def _start(self, crew: Crew) -> None:
        """Start one more worker of a crew."""
        ours, theirs = socket.socketpair()
        with theirs:
            handles = tuple(door.fileno() for door in self.doors)
            start = Start(self.options, crew.build, handles, theirs.fileno())
            process = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-m", "evidencehub.server.worker", start.as_text()],
                # a worker has the hold by having the handle
                pass_fds=[*handles, theirs.fileno(), crew.hold],
                stdin=subprocess.DEVNULL,
                # Ctrl-C in a terminal is for us; we tell the workers
                start_new_session=True,
            )
        worker = Worker(process, ours, time.monotonic())
        self.selector.register(ours, selectors.EVENT_READ, worker)
        crew.workers.append(worker)

    def _come(self, build: Path) -> None:
        """Start the workers of a build, next to those that serve."""
        try:
            crew = Crew(build, hold(build))
        except OSError:
            return  # deleted already: the next look finds a newer one
        self.coming = crew
        for _ in range(self.options.workers):
            self._start(crew)

    def _reap(self) -> None:
        """See to workers that have ended, or do not get ready."""
        now = time.monotonic()
        for worker in [one for one in self.leaving if one.process.poll() is not None]:
            self._forget(worker)
            self.leaving.remove(worker)
        if self.coming is not None:
            ended = [one for one in self.coming.workers if one.process.poll() is not None]
            late = [one for one in self.coming.workers if not one.ready]
            if ended:
                self._refuse(f"a worker {_ending(ended[0])}")
            elif late and now - late[0].started > STARTING:
                self._refuse(f"a worker was not ready after {STARTING:.0f} seconds")
        if self.crew is not None:
            for worker in [one for one in self.crew.workers if one.process.poll() is not None]:
                self._forget(worker)
                self.crew.workers.remove(worker)
                lived = now - worker.started
                self.pause = PAUSES[0] if lived > STEADY else min(self.pause * 2, PAUSES[1])
                self.next_start = now + self.pause
                pid = worker.process.pid
                self.tell(
                    f"Worker {pid} {_ending(worker)}. It is replaced in {self.pause:g} seconds."
                )

    def _replace(self) -> None:
        """Start again what has died, after its pause."""
        if self.crew is None or time.monotonic() < self.next_start:
            return
        while len(self.crew.workers) < self.options.workers:
            self._start(self.crew)

    def _refuse(self, why: str) -> None:
        """Give up the workers that were to come; the old ones stay."""
        coming, self.coming = self.coming, None
        assert coming is not None  # noqa: S101 - the caller has looked
        self._dismiss(coming, STOP)
        if self.crew is None:
            raise HubError(
                f"The server could not start: {why}. What it said is above; the build is "
                f"{coming.build}."
            )
        self.refused = (coming.build, time.monotonic() + AGAIN)
        self.tell(
            f"Build {coming.build.name} cannot be served: {why}. Build {self.crew.build.name} "
            f"is served as before; the other is tried again in {AGAIN:.0f} seconds."
        )

    def _take_over(self) -> None:
        """When all new workers are ready, let the old ones drain and the new ones begin."""
        if self.coming is not None and self.coming.ready:
            old, self.crew, self.coming, self.refused = self.crew, self.coming, None, None
            self.next_start, self.pause = 0.0, PAUSES[0]
            if old is not None:
                self._dismiss(old, DRAIN)
                # only then the new ones: who connects anew never goes back to the old build.
                # Meanwhile connections wait at the socket, some milliseconds
                end = time.monotonic() + CLOSING
                while not all(one.closed for one in old.workers) and time.monotonic() < end:
                    self._wait(0.05)
                name = self.crew.build.name
                self.tell(f"Build {name} is served now; the workers before it finish.")
        for worker in self.crew.workers if self.crew else ():
            if worker.ready and not worker.going:
                worker.going = True
                worker.tell(GO)

    def _dismiss(self, crew: Crew, order: bytes) -> None:
        for worker in crew.workers:
            worker.tell(order)
        self.leaving += crew.workers
        os.close(crew.hold)  # each worker has its own until it ends

    def _look(self) -> None:
        """See whether a new build has been published, or we were asked for new workers."""
        if self.reload is not None and self.reload.look():
            self.renew = True
        build = self.current()
        newest = self.coming or self.crew
        again = self.renew and self.coming is None
        if build is None or (newest is not None and build == newest.build and not again):
            return
        if self.refused and self.refused[0] == build and time.monotonic() < self.refused[1]:
            return
        self.renew = False
        if self.coming is not None:
            self._dismiss(self.coming, STOP)
            self.coming = None
        self._come(build)

    def _forget(self, worker: Worker) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(worker.control)
        worker.control.close()

    def _stop(self) -> None:
        """End every process; what is being answered has some seconds."""
        for door in self.doors:
            door.close()
        crews = [crew for crew in (self.crew, self.coming) if crew is not None]
        workers = [*self.leaving, *(worker for crew in crews for worker in crew.workers)]
        for worker in workers:
            worker.tell(STOP)
        self.stopping = False
        end = time.monotonic() + GRACE + 2
        # a second Ctrl-C does not wait
        while any(w.process.poll() is None for w in workers) and not self.stopping:
            if time.monotonic() > end:
                break
            self._wait(0.1)
        for worker in workers:
            if worker.process.poll() is None:
                worker.process.kill()
            worker.process.wait()
            self._forget(worker)
        if self.reload is not None:
            self.reload.stop()


def _ending(worker: Worker) -> str:
    code = worker.process.returncode
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
