"""One call of the application behind the front: its answer whole, or its head and a stream."""

from __future__ import annotations

import asyncio
from typing import Any

from evidencehub.http.asgi import PARTS, ASGIApp, Message, Receive, Scope, Send
from evidencehub.http.body_parts import FileSpan, PartedBody, read_parts
from evidencehub.http.concurrency import CallPlace
from evidencehub.http.spool import Spool, SpoolStore

MAX_BUFFERED_BYTES = 2_000_000  # bytes kept back at most; what is longer is a stream


class UpstreamCall:
    """Runs the application in a task of its own, so that several may wait for one answer.

    `is_buffered` ends with True when the answer is whole (then `start_message` and `body` are
    there), with False when it is a stream: then `forward_stream` passes it on, without a byte lost
    or kept. A body that is too long for memory is written to one of `spools`, and is a stream only
    if that has no room for it. An application asks not to be kept back with the header
    `x-accel-buffering: no`.
    """

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        place: CallPlace,
        request: Message,
        spools: SpoolStore | None = None,
    ) -> None:
        self.start_message: Message = {}
        self.body: bytes | Spool | PartedBody = b""
        self._spools = spools
        self._spool: Spool | None = None
        self.is_buffered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.is_buffered.add_done_callback(_retrieve_exception)
        self._stream_target: asyncio.Future[Send] = asyncio.get_running_loop().create_future()
        self._disconnected = asyncio.Event()
        self._chunks: list[bytes] = []
        self._size = 0
        self._is_complete = False
        self.place = place
        self._request: Message | None = request
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await self.place.acquire()
            await app(scope, self._receive, self._handle_message)
            if self._is_complete:
                self.is_buffered.set_result(True)
            elif not self.is_buffered.done():
                self._fail(RuntimeError("The application returned an incomplete response."))
        except Exception as error:
            if self.is_buffered.done():
                raise
            self._fail(error)
        finally:
            self.place.end()
            if not self.is_buffered.done():
                self._fail(asyncio.CancelledError())

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            self.is_buffered.cancel()
        else:
            self.is_buffered.set_exception(error)

    async def _receive(self) -> Message:
        if self._request is not None:
            request, self._request = self._request, None
            return request
        # as long as several may wait for the answer, no client's end is the end of the call
        await self._disconnected.wait()
        return {"type": "http.disconnect"}

    async def _handle_message(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start_message = message
            if _refuses_buffering(message):
                await self._start_streaming()
        elif message["type"] == "http.response.body":
            await self._handle_body(message)

    async def _handle_body(self, message: Message) -> None:
        if self._stream_target.done():
            await self._stream_target.result()(message)
            return
        if PARTS in message:
            self.body, self._is_complete = message[PARTS], True
            return
        self._chunks.append(message.get("body", b""))
        self._size += len(self._chunks[-1])
        if self._size > MAX_BUFFERED_BYTES and not await self._write_to_spool():
            await self._start_streaming()
            await self._send_held(self._stream_target.result(), message)
        elif not message.get("more_body"):
            # opened when the application has ended: it may have files to close still
            self.body = self._spool or b"".join(self._chunks)
            self._chunks, self._is_complete = [], True

    async def _write_to_spool(self) -> bool:
        """Move what is held in memory to the disk; return False where it has no room for it."""
        if self._spool is None and self._spools is not None:
            self.place.become_stream()  # from here on it costs as little as a stream
            self._spool = self._spools.open_spool()
        if self._spool is None or not await self._spool.add(b"".join(self._chunks)):
            return False
        self._chunks = []
        return True

    async def _send_held(self, send: Send, message: Message) -> None:
        """Send what was held back of a response that turned out to be a stream."""
        spool, self._spool = self._spool, None
        if spool is not None and self._spools is not None:
            parts = [FileSpan(spool, 0, spool.size)]
            async for chunk in read_parts(parts, self._spools.run_in_thread):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        buffered, self._chunks = b"".join(self._chunks), []
        await send({**message, "body": buffered})

    async def _start_streaming(self) -> None:
        self.place.become_stream()
        if not self.is_buffered.done():
            self.is_buffered.set_result(False)
        await self._stream_target

    async def forward_stream(self, send: Send, receive: Receive) -> None:
        """Pass the stream on until it ends or the client goes away."""
        self._stream_target.set_result(send)
        watcher = asyncio.create_task(self._watch_disconnect(receive))
        try:
            await asyncio.wait((self._task,))
            if not self._task.cancelled():
                self._task.result()
        finally:
            watcher.cancel()
            self._task.cancel()

    async def _watch_disconnect(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._disconnected.set()
        await asyncio.sleep(0)  # whoever waits for this end may close things first
        self._task.cancel()

    def cancel_stream(self) -> None:
        """Nobody wants the stream, or nobody will when the answer turns out to be one."""
        self.is_buffered.add_done_callback(self._cancel_if_stream)

    def _cancel_if_stream(self, is_buffered: asyncio.Future[bool]) -> None:
        if not (
            is_buffered.cancelled()
            or is_buffered.exception()
            or is_buffered.result()
            or self._stream_target.done()
        ):
            self._task.cancel()


def _refuses_buffering(start: Message) -> bool:
    return any(
        name.lower() == b"x-accel-buffering" and value.strip().lower() == b"no"
        for name, value in start.get("headers", [])
    )


def _retrieve_exception(future: asyncio.Future[bool]) -> None:
    if not future.cancelled():
        future.exception()  # told to whoever waits; nobody may


async def wait_until_done(future: asyncio.Future[Any]) -> None:
    """Wait for a future without ending it when the one who waits is ended."""
    await asyncio.wait((future,))
