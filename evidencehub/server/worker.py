"""One worker process: a uvicorn server over one build, told by its supervisor what to do."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator

import uvicorn

from evidencehub import server
from evidencehub.errors import HubError
from evidencehub.serve.operation import observe
from evidencehub.server import connections
from evidencehub.server.orders import CLOSED, DRAIN, GO, GRACE, READY, Start

KEEP_ALIVE = 15  # seconds that a connection may rest between two requests
STREAMS = 300.0  # seconds that an answer may go on while the worker drains

log = logging.getLogger("evidencehub")


# Any: uvicorn's types are not followed
class Server(uvicorn.Server):  # type: ignore[misc]
    """uvicorn's server, which can also drain: take nothing new, and finish what it has."""

    def __init__(
        self, config: uvicorn.Config, control: socket.socket, process: observe.Process
    ) -> None:
        super().__init__(config)
        self.control, self.process = control, process
        self.listeners: list[socket.socket] = []
        self.going = asyncio.Event()
        self.drained_at: float | None = None  # when what is left will be cut

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal and end as usual (uvicorn's own would raise it once more)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer a request of our own, say so, and when told to, let in those of others."""
        self.listeners = list(sockets or [])
        await self._answers()
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no need to look through it again and again
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._obey, args=[loop], daemon=True).start()
        self.control.sendall(READY)
        await self.going.wait()
        self.process.open()
        await super().startup(sockets=sockets)

    async def _answers(self) -> None:
        """Raise HubError where the site over this build would not answer."""
        if not self.config.loaded:
            self.config.load()
        status, body = await observe.ask(self.config.loaded_app, "/readyz")
        if status != 200:
            told = body.decode("utf-8", "replace").strip()
            raise HubError(f"The build {self.process.build} does not answer: {told}")
        await observe.ask(self.config.loaded_app, "/")  # its templates are compiled once

    def _obey(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for orders, in a thread: one comes through while the loop is kept busy, too."""
        orders = {GO: self.going.set, DRAIN: self.drain}
        with contextlib.suppress(ConnectionError):
            while (order := self.control.recv(1)) in orders:
                loop.call_soon_threadsafe(orders[order])
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(self.stop)
        time.sleep(GRACE + 5)
        os._exit(1)

    def stop(self) -> None:
        """Take nothing new, finish answers for some seconds, then end."""
        self.should_exit = True
        self.going.set()

    def drain(self) -> None:
        """Take no new connection and end each one after its next answer; end with the last."""
        if self.drained_at is not None:
            return
        self.drained_at = time.monotonic() + STREAMS
        self.process.draining = True
        for listening in self.servers:
            listening.close()
        for listener in self.listeners:
            listener.close()
        self.control.sendall(CLOSED)
        # from here on each answer says so, and active clients move to the new workers; the
        # connections at rest have uvicorn's timer, as always
        self.config.encoded_headers = [*self.config.encoded_headers, (b"connection", b"close")]
        self.server_state.default_headers = [
            *self.server_state.default_headers,
            (b"connection", b"close"),
        ]
        for connection in self.server_state.connections:
            if not connection.between and not connection.pipeline:
                connection.cycle.keep_alive = False

    async def on_tick(self, counter: int) -> bool:
        """Look after connections once a second; True when the worker should end."""
        if counter % 10 == 0:
            connections.look(self.server_state.connections, time.monotonic())
        if self.drained_at is not None and (
            not self.server_state.connections or time.monotonic() > self.drained_at
        ):
            return True
        return bool(await super().on_tick(counter))


def run(start: Start) -> None:
    """Serve until told to stop; raises HubError where the build would not answer."""
    _allow_files(start.options.connections)
    hub = server.datasette(start.options.site, start.build, sql=start.options.sql)
    process = observe.attach(
        hub, start.build.name, access_log=start.options.access_log, usage=start.options.usage
    )
    patience = start.options.patience
    limits = connections.Limits(start.options.connections, patience / 2, patience)
    config = uvicorn.Config(
        hub.app(),
        http=connections.protocol(limits),
        ws="none",
        lifespan="on",
        log_level="error",  # a request that cannot be read is the client's fault, not news
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    control = socket.socket(fileno=start.control)
    listeners = [socket.socket(fileno=number) for number in start.listeners]
    try:
        Server(config, control, process).run(sockets=listeners)
    finally:
        process.close()


def _allow_files(most: int) -> None:
    """Allow as many open files as the connections need, where the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * most + 200
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most_allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most_allowed, hard))


def main(text: str) -> int:
    """Run a worker; its exit code is 1 where it could not start."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        run(Start.from_text(text))
    except HubError as told:
        log.error("%s", told)  # noqa: TRY400 - the text says it all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
