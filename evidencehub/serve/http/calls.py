"""One call of the application behind the front: its answer whole, or its head and a stream."""

from __future__ import annotations

import asyncio
from typing import Any

from evidencehub.serve.asgi import App, Message, Receive, Scope, Send
from evidencehub.serve.http.busy import Gate

CAP = 2_000_000  # bytes kept back at most; what is longer is a stream


class Call:
    """Runs the application in a task of its own, so that several may wait for one answer.

    `opened` ends with True when the answer is whole (then `start` and `body` are there), with
    False when it is a stream: then `stream` passes it on, without a byte lost or kept. An
    application asks not to be kept back with the header `x-accel-buffering: no`.
    """

    def __init__(self, app: App, scope: Scope, gate: Gate, request: Message) -> None:
        self.start: Message = {}
        self.body = b""
        self.opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.opened.add_done_callback(_seen)
        self._sink: asyncio.Future[Send] = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()
        self._parts: list[bytes] = []
        self._size = 0
        self._whole = False
        self._gate, self._inside = gate, False
        self._request: Message | None = request
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: App, scope: Scope) -> None:
        try:
            await self._gate.enter()
            self._inside = True
            await app(scope, self._receive, self._take)
            if self._whole:
                self.opened.set_result(True)
            elif not self.opened.done():
                self._fail(RuntimeError("The application gave no whole answer."))
        except Exception as error:
            if self.opened.done():
                raise
            self._fail(error)
        finally:
            self._leave()
            if not self.opened.done():
                self._fail(asyncio.CancelledError())

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            self.opened.cancel()
        else:
            self.opened.set_exception(error)

    def _leave(self) -> None:
        if self._inside:
            self._gate.leave()
        self._inside = False

    async def _receive(self) -> Message:
        if self._request is not None:
            request, self._request = self._request, None
            return request
        # as long as several may wait for the answer, no client's end is the end of the call
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            if _unbuffered(message):
                await self._open()
        elif message["type"] == "http.response.body":
            await self._take_body(message)

    async def _take_body(self, message: Message) -> None:
        if self._sink.done():
            await self._sink.result()(message)
            return
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        if self._size > CAP:
            kept, self._parts = b"".join(self._parts), []
            await self._open()
            await self._sink.result()({**message, "body": kept})
        elif not message.get("more_body"):
            # opened when the application has ended: it may have files to close still
            self.body, self._parts, self._whole = b"".join(self._parts), [], True

    async def _open(self) -> None:
        self._leave()
        if not self.opened.done():
            self.opened.set_result(False)
        await self._sink

    async def stream(self, send: Send, receive: Receive) -> None:
        """Pass the stream on until it ends or the client goes away."""
        self._sink.set_result(send)
        watcher = asyncio.create_task(self._watch(receive))
        try:
            await asyncio.wait((self._task,))
            if not self._task.cancelled():
                self._task.result()
        finally:
            watcher.cancel()
            self._task.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        await asyncio.sleep(0)  # whoever waits for this end may close things first
        self._task.cancel()

    def stop(self) -> None:
        """Nobody wants the stream, or nobody will when the answer turns out to be one."""
        self.opened.add_done_callback(self._stop_a_stream)

    def _stop_a_stream(self, opened: asyncio.Future[bool]) -> None:
        if not (opened.cancelled() or opened.exception() or opened.result() or self._sink.done()):
            self._task.cancel()


def _unbuffered(start: Message) -> bool:
    return any(
        name.lower() == b"x-accel-buffering" and value.strip().lower() == b"no"
        for name, value in start.get("headers", [])
    )


def _seen(future: asyncio.Future[bool]) -> None:
    if not future.cancelled():
        future.exception()  # told to whoever waits; nobody may


async def settled(future: asyncio.Future[Any]) -> None:
    """Wait for a future without ending it when the one who waits is ended."""
    await asyncio.wait((future,))
