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

from evidencehub import runtime
from evidencehub.errors import HubError
from evidencehub.http import asgi, site_address
from evidencehub.runtime import connections, known_names, process_status, proxies
from evidencehub.runtime.control_messages import (
    ACCEPT,
    CLOSED,
    DRAIN,
    READY,
    SHUTDOWN_SECONDS,
    WorkerConfig,
)
from evidencehub.runtime.metrics import SharedSlot

KEEP_ALIVE_SECONDS = 15  # seconds that a connection may rest between two requests
DRAIN_SECONDS = 300.0  # seconds that an answer may go on while the worker drains

log = logging.getLogger("evidencehub")


# Any: uvicorn's types are not followed
class WorkerServer(uvicorn.Server):  # type: ignore[misc]
    """uvicorn's server, which can also drain: take nothing new, and finish what it has."""

    def __init__(
        self,
        config: uvicorn.Config,
        control_socket: socket.socket,
        status: process_status.ProcessStatus,
    ) -> None:
        super().__init__(config)
        self.control_socket, self.status = control_socket, status
        self.listeners: list[socket.socket] = []
        self.may_accept = asyncio.Event()
        self.metrics: SharedSlot | None = None
        self.drain_deadline: float | None = None  # when what is left will be cut

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal and end as usual (uvicorn's own would raise it once more)."""
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: self.stop())
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer a request of our own, say so, and accept requests when told to."""
        self.listeners = list(sockets or [])
        await self._verify_site()
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no need to look through it again and again
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._handle_messages, args=[loop], daemon=True).start()
        self.control_socket.sendall(READY)
        await self.may_accept.wait()
        self.status.start_logging()
        await super().startup(sockets=sockets)

    async def _verify_site(self) -> None:
        """Raise HubError where the site over this build would not answer."""
        if not self.config.loaded:
            self.config.load()
        status, body = await asgi.request_internally(self.config.loaded_app, "/readyz")
        if status != 200:
            response_text = body.decode("utf-8", "replace").strip()
            raise HubError(f"The build {self.status.build} does not respond: {response_text}")
        await asgi.request_internally(
            self.config.loaded_app, "/"
        )  # its templates are compiled once

    def _handle_messages(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for orders, in a thread: one comes through while the loop is kept busy, too."""
        handlers = {ACCEPT: self.may_accept.set, DRAIN: self.drain}
        with contextlib.suppress(ConnectionError):
            while (message := self.control_socket.recv(1)) in handlers:
                loop.call_soon_threadsafe(handlers[message])
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(self.stop)
        time.sleep(SHUTDOWN_SECONDS + 5)
        os._exit(1)

    def stop(self) -> None:
        """Take nothing new, finish answers for some seconds, then end."""
        self.should_exit = True
        self.may_accept.set()

    def drain(self) -> None:
        """Take no new connection and end each one after its next answer; end with the last."""
        if self.drain_deadline is not None:
            return
        self.drain_deadline = time.monotonic() + DRAIN_SECONDS
        self.status.draining = True
        for asyncio_server in self.servers:
            asyncio_server.close()
        for listener in self.listeners:
            listener.close()
        self.control_socket.sendall(CLOSED)
        # from here on each answer says so, and active clients move to the new workers; the
        # connections at rest have uvicorn's timer, as always
        self.config.encoded_headers = [*self.config.encoded_headers, (b"connection", b"close")]
        self.server_state.default_headers = [
            *self.server_state.default_headers,
            (b"connection", b"close"),
        ]
        for connection in self.server_state.connections:
            if not connection.is_between_requests and not connection.pipeline:
                connection.cycle.keep_alive = False

    async def on_tick(self, counter: int) -> bool:
        """Look after connections once a second; True when the worker should end."""
        if counter % 10 == 0:
            connections.check_connections(self.server_state.connections, time.monotonic())
            if self.metrics is not None:
                self.metrics.write(self.status.count_metrics(len(self.server_state.connections)))
        if self.drain_deadline is not None and (
            not self.server_state.connections or time.monotonic() > self.drain_deadline
        ):
            return True
        return bool(await super().on_tick(counter))


def run_worker(config: WorkerConfig) -> None:
    """Serve until told to stop; raises HubError where the build would not answer."""
    _raise_file_limit(config.options.max_connections)
    hub = runtime.create_datasette(
        config.options.site_folder, config.build, public_sql=config.options.public_sql
    )
    status = process_status.attach_status(
        hub,
        config.build.name,
        access_log=config.options.access_log,
        usage_file=config.options.usage_file,
        has_metrics=config.options.has_metrics,
        names=known_names.read_known_names(hub),
    )
    write_timeout = config.options.write_timeout
    trusted_proxies = proxies.parse_proxies(config.options.trusted_proxies)
    limits = connections.ConnectionLimits(
        config.options.max_connections,
        write_timeout / 2,
        write_timeout,
        trusted_proxies,
        site_address.get_site_address(hub).base,
    )
    uvicorn_config = uvicorn.Config(
        proxies.believe_proxies(hub.app(), trusted_proxies),
        proxy_headers=False,
        http=connections.build_protocol(limits),
        ws="none",
        lifespan="on",
        log_level="error",  # a request that cannot be read is the client's fault, not news
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    control_socket = socket.socket(fileno=config.control_fd)
    listeners = [socket.socket(fileno=descriptor) for descriptor in config.listener_fds]
    try:
        server = WorkerServer(uvicorn_config, control_socket, status)
        if config.options.has_metrics:
            server.metrics = SharedSlot(config.metrics_fd)
        server.run(sockets=listeners)
        if server.metrics is not None:
            server.metrics.write(status.count_metrics(0))
    finally:
        status.stop_logging()


def _raise_file_limit(max_connections: int) -> None:
    """Allow as many open files as the connections need, where the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed_files = 2 * max_connections + 200
    if soft != resource.RLIM_INFINITY and soft < needed_files:
        new_limit = needed_files if hard == resource.RLIM_INFINITY else min(needed_files, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (new_limit, hard))


def main(config_json: str) -> int:
    """Run a worker; its exit code is 1 where it could not start."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        run_worker(WorkerConfig.from_json(config_json))
    except HubError as error:
        log.error("%s", error)  # noqa: TRY400
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
