"""The front: what every request passes and every answer gets, whatever application is behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Protocol

from evidencehub.serve import asgi, problem
from evidencehub.serve.asgi import App, Message, Receive, Scope, Send
from evidencehub.serve.http import asked, cache, conditional, encodings, guard, headers
from evidencehub.serve.http.answers import DONE, Answer, Pairs, without_body
from evidencehub.serve.http.asked import Asked
from evidencehub.serve.http.busy import Gate
from evidencehub.serve.http.calls import Call, settled
from evidencehub.serve.http.state import State
from evidencehub.serve.problem import RefusedError, refused

UNTOUCHED = ("/healthz", "/readyz")  # neither kept, nor coded, nor counted
DROPPED = 1_048_576  # bytes of a body that is too long that are read all the same
BODY_SECONDS = 10.0  # the longest that a client may take to send what it asks
Page = Callable[[int, str], Awaitable[str]]
Judge = Callable[[Asked], None]
log = logging.getLogger("evidencehub")


class Files(Protocol):
    """Downloads, which are answered without the application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> bool:
        """Answer, or say that the path is none of its own."""


class Front:
    """Wraps an application: refusals, downloads, answers kept and coded, headers.

    `judges` raise RefusedError for what is asked in a wrong way; `page` draws an error for
    people.
    """

    def __init__(
        self,
        app: App,
        state: State,
        *,
        page: Page,
        files: Files | None = None,
        judges: tuple[Judge, ...] = (),
        kept: cache.Cache | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._app, self._state, self._page = app, state, page
        self._files, self._judges = files, judges
        self._cache = cache.Cache() if kept is None else kept
        self._hot = self._cache.hot
        self._calls: dict[Hashable, Call] = {}
        self._gate = gate
        self._build = state.build.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # the short way: the very bytes of an earlier request, with nothing in it that matters
        sent = dict(scope["headers"])
        method = scope["method"]
        if (
            method in {"GET", "HEAD"}
            and len(sent) == len(scope["headers"])
            and b"cookie" not in sent
            and b"authorization" not in sent
            and b"range" not in sent
        ):
            address = (
                scope.get("raw_path"),
                scope["query_string"],
                sent.get(b"accept-encoding"),
                sent.get(b"accept"),
                sent.get(b"host"),
                scope.get("scheme"),
            )
            kept = self._hot.get(address)
            if kept is not None:
                answer, ready = kept
                answer.used = True
                none_match = sent.get(b"if-none-match")
                await ready.send(send, head=method == "HEAD", if_none_match=none_match)
                return
            await self._safely(scope, receive, send, address)
        else:
            await self._safely(scope, receive, send, None)

    async def _safely(
        self, scope: Scope, receive: Receive, send: Send, address: cache.Address | None
    ) -> None:
        """The long way, where every refusal and every fault becomes an answer."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        path = raw_path(scope)
        try:
            await self._serve(scope, receive, watched, path, address)
        except RefusedError as error:
            await self._refuse(scope, watched, path, error)
        except Exception as error:  # the outermost frame: it logs, and tells the client
            log.error("%s %s", scope["method"], path, exc_info=error)  # noqa: TRY400
            if begun:
                raise  # the server has to cut the connection: the answer is not whole
            ours = refused(500, "fault", "Something went wrong on our side.")
            await self._refuse(scope, watched, path, ours)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, path: str, address: cache.Address | None
    ) -> None:
        query = scope["query_string"].decode("latin-1")
        method = scope["method"]
        guard.judge(method, path, query, asgi.header(scope, "host"))
        if method == "OPTIONS":
            await self._start(send, 204, asgi.raw(headers.preflight(path)))
            await send(DONE)
        elif path in UNTOUCHED:
            await self._app(scope, receive, self._dressing(send))
        elif method == "POST":
            await self._post(scope, receive, send, path)
        elif not await self._download(scope, receive, send, path):
            await self._read(scope, receive, send, path, address)

    async def _download(self, scope: Scope, receive: Receive, send: Send, path: str) -> bool:
        if self._files is None:
            return False
        return await self._files(scope, receive, self._dressing(send), path)

    # reading: kept answers, one call for equal requests

    async def _read(
        self, scope: Scope, receive: Receive, send: Send, path: str, address: cache.Address | None
    ) -> None:
        question = asked.read(
            path, scope["query_string"].decode("latin-1"), asgi.header(scope, "accept")
        )
        for judge in self._judges:
            judge(question)
        if asgi.header(scope, "cookie") or asgi.header(scope, "authorization"):
            await self._call_alone(scope, receive, send, question)
            return
        key = (path, question.pairs, question.accept, _site(scope))
        answer = self._cache.get(key) or await self._shared(scope, receive, send, question, key)
        if answer is not None:
            await self._send(answer, scope, send, address)

    async def _shared(
        self, scope: Scope, receive: Receive, send: Send, question: Asked, key: Hashable
    ) -> Answer | None:
        """The answer of the one call that equal requests share; None when it is sent already."""
        call = self._calls.get(key)
        if call is None:
            call = self._call(question.scope(scope))
            self._calls[key] = call
            call.opened.add_done_callback(lambda _: self._calls.pop(key, None))
            return await self._led(call, scope, receive, send, question, key)
        await settled(call.opened)
        if call.opened.cancelled() or _failed(call):
            # another's misfortune: ask anew, for oneself
            await self._call_alone(scope, receive, send, question)
            return None
        if not call.opened.result():  # a stream is for the one who asked first
            await self._call_alone(scope, receive, send, question)
            return None
        return self._cache.get(key) or self._answer(call, question)

    async def _led(
        self,
        call: Call,
        scope: Scope,
        receive: Receive,
        send: Send,
        question: Asked,
        key: Hashable | None,
    ) -> Answer | None:
        """The answer of a call that this request began; None when it was a stream, and is sent."""
        if key is not None:
            call.opened.add_done_callback(lambda _: self._keep(call, question, key))
        try:
            await settled(call.opened)
        except asyncio.CancelledError:
            call.stop()
            raise
        if not call.opened.result():
            await self._stream(call, scope, receive, send, question)
            return None
        return (self._cache.get(key) if key else None) or self._answer(call, question)

    async def _call_alone(
        self, scope: Scope, receive: Receive, send: Send, question: Asked
    ) -> None:
        call = self._call(question.scope(scope))
        answer = await self._led(call, scope, receive, send, question, None)
        if answer is not None:
            await self._send(answer, scope, send, None)

    def _call(self, scope: Scope, body: bytes = b"") -> Call:
        if self._gate is None:
            self._gate = Gate()
        request = {"type": "http.request", "body": body, "more_body": False}
        return Call(self._app, scope, self._gate, request)

    def _keep(self, call: Call, question: Asked, key: Hashable) -> None:
        """Keep what a call gave, if it is whole, good, and for everybody."""
        if call.opened.cancelled() or call.opened.exception() or not call.opened.result():
            return
        answer = self._answer(call, question)
        own = dict(answer.headers)
        word = own.get(b"cache-control", b"")
        private = b"no-store" in word or b"private" in word or b"set-cookie" in own
        if answer.status == 200 and not private:
            self._cache.keep(key, answer)

    def _answer(self, call: Call, question: Asked) -> Answer:
        """A whole answer with our headers, and a tag where it may be asked for again."""
        status, told = call.start["status"], self._headers(call, question)
        etag = self._tag(status, told, question)
        kept = [(name, value) for name, value in told if name != b"etag"]
        return Answer(status, kept, call.body, content_type(told), etag)

    def _tag(self, status: int, told: Pairs, question: Asked) -> str:
        """The application's own tag, or one of all that decides the bytes."""
        own = dict(told)
        if b"etag" in own:
            return own[b"etag"].decode("latin-1")
        if status != 200 or b"no-store" in own.get(b"cache-control", b""):
            return ""
        parts = (self._state.digest, question.path, question.query, content_type(told))
        return conditional.tag(*parts)

    async def _send(
        self, answer: Answer, scope: Scope, send: Send, address: cache.Address | None
    ) -> None:
        ready = await answer.ready(_codings(scope))
        if address is not None and answer.key is not None and address[0] is not None:
            self._cache.remember(address, answer, ready.kept())
        none_match = asgi.header(scope, "if-none-match").encode("latin-1")
        head = scope["method"] == "HEAD"
        await ready.send(send, head=head, if_none_match=none_match or None)

    # streams, which are never held

    async def _stream(
        self, call: Call, scope: Scope, receive: Receive, send: Send, question: Asked
    ) -> None:
        status, told = call.start["status"], self._headers(call, question)
        coding = encodings.chosen(_codings(scope), content_type(told), None)
        etag = conditional.for_coding(self._tag(status, told, question), coding)
        told = [(name, value) for name, value in told if name != b"etag"]
        if etag:
            told.append((b"etag", etag.encode("latin-1")))
        none_match = asgi.header(scope, "if-none-match")
        if etag and none_match and conditional.listed(none_match, etag):
            call.stop()
            await send(_start(304, without_body(told)))
            await send(DONE)
            return
        if coding:
            told.append((b"content-encoding", coding.encode()))
        else:  # a length that was told is right as long as nothing is coded
            told += [(k, v) for k, v in call.start["headers"] if k.lower() == b"content-length"]
        await send(_start(status, told))
        if scope["method"] == "HEAD":
            call.stop()
            await send(DONE)
            return
        await call.stream(encodings.gzipping(send) if coding else send, receive)

    # questions with a body

    async def _post(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive)
        except TimeoutError:
            raise refused(408, "slow-body", "The body took too long to come.") from None
        call = self._call(scope, body)
        question = Asked(path, (), "", "", reads=False)
        answer = await self._led(call, scope, receive, send, question, None)
        if answer is not None:
            await self._send(answer, scope, send, None)

    # answers of our own

    def _dress(self, start: Message) -> Pairs:
        return headers.dressed(start["status"], list(start.get("headers", [])), self._build)

    def _headers(self, call: Call, question: Asked) -> Pairs:
        told = self._dress(call.start)
        if question.path.endswith(".csv") and call.start["status"] == 200:
            told = [_csv(pair) for pair in told]
        if question.reads:
            return told
        kept = [(name, value) for name, value in told if name != b"cache-control"]
        return [*kept, (b"cache-control", headers.NEVER)]

    def _dressing(self, send: Send) -> Send:
        """Adds our headers to an answer that passes through."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", []))
                length = [(k, v) for k, v in own if k.lower() == b"content-length"]
                message = {**message, "headers": [*self._dress(message), *length]}
            await send(message)

        return dressed

    async def _start(self, send: Send, status: int, own: Pairs) -> None:
        await send(_start(status, self._dress({"status": status, "headers": own})))

    async def _refuse(self, scope: Scope, send: Send, path: str, error: RefusedError) -> None:
        """Tell a refusal in the form that a client of this path reads."""
        kind, body = problem.told(path, error) or (
            "text/html; charset=utf-8",
            (await self._page(error.status, str(error))).encode(),
        )
        own = asgi.raw([("content-type", kind), *error.headers])
        told = self._dress({"status": error.status, "headers": own})
        told.append((b"content-length", str(len(body)).encode()))
        await send(_start(error.status, told))
        shown = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": shown})


def raw_path(scope: Scope) -> str:
    """The path as it was sent, without its query."""
    sent = scope.get("raw_path") or scope["path"].encode()
    return str(sent.split(b"?")[0].decode("latin-1"))


def content_type(told: Pairs) -> str:
    """The media type of an answer."""
    return next((v.decode("latin-1") for k, v in told if k == b"content-type"), "")


def _start(status: int, told: Pairs) -> Message:
    return {"type": "http.response.start", "status": status, "headers": told}


def _site(scope: Scope) -> tuple[str, str]:
    """Which site the client believes to ask: Datasette writes it into its links."""
    return scope.get("scheme", "http"), asgi.header(scope, "host")


def _codings(scope: Scope) -> str:
    """The codings a client accepts; none where it counts bytes (but only downloads have parts)."""
    return "" if asgi.header(scope, "range") else asgi.header(scope, "accept-encoding")


def _csv(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Datasette calls its CSV plain text, so that browsers show it; programs go by the type."""
    name, value = pair
    plain = name == b"content-type" and value.startswith(b"text/plain")
    return (name, b"text/csv; charset=utf-8") if plain else pair


def _failed(call: Call) -> bool:
    """Whether a call gave nothing that others should share; that it is too busy they may."""
    error = call.opened.exception()
    if error is not None:
        return not isinstance(error, RefusedError)
    return call.opened.result() and call.start["status"] >= 500


async def _body(receive: Receive) -> bytes:
    """The body of a request. Raises RefusedError (413) when it is too long.

    What is too long is read on for a while and dropped: a client that still sends would see its
    connection reset before it sees the answer.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise refused(400, "bad-body", "The body ended too soon.")
        size += len(message.get("body", b""))
        if size <= guard.MAX_BODY:
            parts.append(message.get("body", b""))
        if not message.get("more_body") or size > DROPPED:
            break
    if size > guard.MAX_BODY:
        text = f"The body is longer than {guard.MAX_BODY} bytes."
        raise refused(413, "too-large", text, [("connection", "close")])
    return b"".join(parts)
