"""The front: what every request passes and every answer gets, whatever application is behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Protocol

from evidencehub.errors import QueryRefusedError
from evidencehub.http import (
    asgi,
    cache,
    conditional,
    content_coding,
    guard,
    headers,
    parameters,
    problem_details,
)
from evidencehub.http.asgi import ASGIApp, Message, Receive, Scope, Send
from evidencehub.http.concurrency import ConcurrencyLimit
from evidencehub.http.fingerprint import SiteFingerprint
from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.problem_details import HttpError, build_http_error, describe_query_refusal
from evidencehub.http.responses import END_OF_BODY, BufferedResponse, RawHeaders, drop_body_headers
from evidencehub.http.upstream import UpstreamCall, wait_until_done

BYPASSED_PATHS = ("/healthz", "/readyz")  # neither kept, nor coded, nor counted
MAX_DISCARDED_BYTES = 1_048_576  # bytes of a body that is too long that are read all the same
BODY_TIMEOUT_SECONDS = 10.0  # the longest that a client may take to send what it asks
ErrorRenderer = Callable[[int, str], Awaitable[str]]
RequestCheck = Callable[[CanonicalRequest], None]
log = logging.getLogger("evidencehub")


class FileServer(Protocol):
    """Downloads, which are answered without the application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> bool:
        """Answer, or say that the path is none of its own."""


class FrontMiddleware:
    """Wraps an application: refusals, downloads, answers kept and coded, headers.

    `judges` raise RefusedError for what is asked in a wrong way; `page` draws an error for
    people.
    """

    def __init__(
        self,
        app: ASGIApp,
        fingerprint: SiteFingerprint,
        *,
        render_error: ErrorRenderer,
        file_server: FileServer | None = None,
        checks: tuple[RequestCheck, ...] = (),
        response_cache: cache.ResponseCache | None = None,
        limit: ConcurrencyLimit | None = None,
    ) -> None:
        self._app, self._fingerprint, self._render_error = app, fingerprint, render_error
        self._file_server, self._checks = file_server, checks
        self._cache = cache.ResponseCache() if response_cache is None else response_cache
        self._by_address = self._cache.by_address
        self._running_calls: dict[Hashable, UpstreamCall] = {}
        self._limit = limit
        self._build = fingerprint.build.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # the short way: the very bytes of an earlier request, with nothing in it that matters
        request_headers = dict(scope["headers"])
        method = scope["method"]
        if (
            method in {"GET", "HEAD"}
            and len(request_headers) == len(scope["headers"])
            and b"cookie" not in request_headers
            and b"authorization" not in request_headers
            and b"range" not in request_headers
        ):
            address = (
                scope.get("raw_path"),
                scope["query_string"],
                request_headers.get(b"accept-encoding"),
                request_headers.get(b"accept"),
                request_headers.get(b"host"),
                scope.get("scheme"),
            )
            cached = self._by_address.get(address)
            if cached is not None:
                answer, encoded = cached
                answer.used_recently = True
                none_match = request_headers.get(b"if-none-match")
                await encoded.send(send, head=method == "HEAD", if_none_match=none_match)
                return
            await self._serve_safely(scope, receive, send, address)
        else:
            await self._serve_safely(scope, receive, send, None)

    async def _serve_safely(
        self, scope: Scope, receive: Receive, send: Send, address: cache.RawAddress | None
    ) -> None:
        """The long way, where every refusal and every fault becomes an answer."""
        response_started = False

        async def send_and_mark(message: Message) -> None:
            nonlocal response_started
            response_started = True
            await send(message)

        path = get_raw_path(scope)
        try:
            await self._dispatch(scope, receive, send_and_mark, path, address)
        except HttpError as error:
            await self._send_error(scope, send_and_mark, path, error)
        except QueryRefusedError as error:
            http_error = describe_query_refusal(error)
            await self._send_error(scope, send_and_mark, path, http_error)
        except Exception as error:  # the outermost frame: it logs, and tells the client
            log.error("%s %s", scope["method"], path, exc_info=error)  # noqa: TRY400
            if response_started:
                raise  # the server has to cut the connection: the answer is not whole
            internal_error = build_http_error(500, "fault", "Something went wrong on our side.")
            await self._send_error(scope, send_and_mark, path, internal_error)

    async def _dispatch(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        path: str,
        address: cache.RawAddress | None,
    ) -> None:
        query = scope["query_string"].decode("latin-1")
        method = scope["method"]
        guard.check_request(method, path, query, asgi.get_header(scope, "host"))
        if method == "OPTIONS":
            await self._send_start(
                send, 204, asgi.encode_headers(headers.build_preflight_headers(path))
            )
            await send(END_OF_BODY)
        elif path in BYPASSED_PATHS:
            await self._app(scope, receive, self._wrap_send(send))
        elif method == "POST":
            await self._serve_post(scope, receive, send, path)
        elif not await self._serve_file(scope, receive, send, path):
            await self._serve_read(scope, receive, send, path, address)

    async def _serve_file(self, scope: Scope, receive: Receive, send: Send, path: str) -> bool:
        if self._file_server is None:
            return False
        return await self._file_server(scope, receive, self._wrap_send(send), path)

    # reading: kept answers, one call for equal requests

    async def _serve_read(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        path: str,
        address: cache.RawAddress | None,
    ) -> None:
        request = parameters.parse_request(
            path, scope["query_string"].decode("latin-1"), asgi.get_header(scope, "accept")
        )
        for check in self._checks:
            check(request)
        if asgi.get_header(scope, "cookie") or asgi.get_header(scope, "authorization"):
            await self._serve_unshared(scope, receive, send, request)
            return
        key = (path, request.params, request.accept, _get_site(scope))
        answer = self._cache.get(key) or await self._share_call(scope, receive, send, request, key)
        if answer is not None:
            await self._send_response(answer, scope, send, address)

    async def _share_call(
        self, scope: Scope, receive: Receive, send: Send, question: CanonicalRequest, key: Hashable
    ) -> BufferedResponse | None:
        """The answer of the one call that equal requests share; None when it is sent already."""
        call = self._running_calls.get(key)
        if call is None:
            call = self._start_call(question.build_scope(scope))
            self._running_calls[key] = call
            call.is_buffered.add_done_callback(lambda _: self._running_calls.pop(key, None))
            return await self._lead_call(call, scope, receive, send, question, key)
        await wait_until_done(call.is_buffered)
        if call.is_buffered.cancelled() or _is_unshareable(call):
            # another's misfortune: ask anew, for oneself
            await self._serve_unshared(scope, receive, send, question)
            return None
        if not call.is_buffered.result():  # a stream is for the one who asked first
            await self._serve_unshared(scope, receive, send, question)
            return None
        return self._cache.get(key) or self._build_response(call, question)

    async def _lead_call(
        self,
        call: UpstreamCall,
        scope: Scope,
        receive: Receive,
        send: Send,
        question: CanonicalRequest,
        key: Hashable | None,
    ) -> BufferedResponse | None:
        """The answer of a call that this request began; None when it was a stream, and is sent."""
        if key is not None:
            call.is_buffered.add_done_callback(lambda _: self._cache_response(call, question, key))
        try:
            await wait_until_done(call.is_buffered)
        except asyncio.CancelledError:
            call.cancel_stream()
            raise
        if not call.is_buffered.result():
            await self._forward_stream(call, scope, receive, send, question)
            return None
        return (self._cache.get(key) if key else None) or self._build_response(call, question)

    async def _serve_unshared(
        self, scope: Scope, receive: Receive, send: Send, question: CanonicalRequest
    ) -> None:
        call = self._start_call(question.build_scope(scope))
        answer = await self._lead_call(call, scope, receive, send, question, None)
        if answer is not None:
            await self._send_response(answer, scope, send, None)

    def _start_call(self, scope: Scope, body: bytes = b"") -> UpstreamCall:
        if self._limit is None:
            self._limit = ConcurrencyLimit()
        request = {"type": "http.request", "body": body, "more_body": False}
        return UpstreamCall(self._app, scope, self._limit, request)

    def _cache_response(
        self, call: UpstreamCall, question: CanonicalRequest, key: Hashable
    ) -> None:
        """Keep what a call gave, if it is whole, good, and for everybody."""
        if (
            call.is_buffered.cancelled()
            or call.is_buffered.exception()
            or not call.is_buffered.result()
        ):
            return
        answer = self._build_response(call, question)
        headers_by_name = dict(answer.headers)
        cache_control = headers_by_name.get(b"cache-control", b"")
        is_private = (
            b"no-store" in cache_control
            or b"private" in cache_control
            or b"set-cookie" in headers_by_name
        )
        if answer.status == 200 and not is_private:
            self._cache.add(key, answer)

    def _build_response(self, call: UpstreamCall, question: CanonicalRequest) -> BufferedResponse:
        """A whole answer with our headers, and a tag where it may be asked for again."""
        status, response_headers = call.start_message["status"], self._build_headers(call, question)
        etag = self._select_etag(status, response_headers, question)
        kept_headers = [(name, value) for name, value in response_headers if name != b"etag"]
        return BufferedResponse(
            status, kept_headers, call.body, get_content_type(response_headers), etag
        )

    def _select_etag(
        self, status: int, response_headers: RawHeaders, question: CanonicalRequest
    ) -> str:
        """The application's own tag, or one of all that decides the bytes."""
        headers_by_name = dict(response_headers)
        if b"etag" in headers_by_name:
            return headers_by_name[b"etag"].decode("latin-1")
        if status != 200 or b"no-store" in headers_by_name.get(b"cache-control", b""):
            return ""
        etag_parts = (
            self._fingerprint.digest,
            question.path,
            question.query,
            get_content_type(response_headers),
        )
        return conditional.build_etag(*etag_parts)

    async def _send_response(
        self, response: BufferedResponse, scope: Scope, send: Send, address: cache.RawAddress | None
    ) -> None:
        encoded = await response.encode(_get_accept_encoding(scope))
        if address is not None and response.key is not None and address[0] is not None:
            self._cache.add_address(address, response, encoded.mark_as_cached())
        none_match = asgi.get_header(scope, "if-none-match").encode("latin-1")
        is_head = scope["method"] == "HEAD"
        await encoded.send(send, head=is_head, if_none_match=none_match or None)

    # streams, which are never held

    async def _forward_stream(
        self,
        call: UpstreamCall,
        scope: Scope,
        receive: Receive,
        send: Send,
        question: CanonicalRequest,
    ) -> None:
        status, response_headers = call.start_message["status"], self._build_headers(call, question)
        coding = content_coding.select_coding(
            _get_accept_encoding(scope), get_content_type(response_headers), None
        )
        etag = conditional.build_coded_etag(
            self._select_etag(status, response_headers, question), coding
        )
        response_headers = [(name, value) for name, value in response_headers if name != b"etag"]
        if etag:
            response_headers.append((b"etag", etag.encode("latin-1")))
        none_match = asgi.get_header(scope, "if-none-match")
        if etag and none_match and conditional.matches_weakly(none_match, etag):
            call.cancel_stream()
            await send(_build_start(304, drop_body_headers(response_headers)))
            await send(END_OF_BODY)
            return
        if coding:
            response_headers.append((b"content-encoding", coding.encode()))
        else:  # a length that was told is right as long as nothing is coded
            response_headers += [
                (k, v) for k, v in call.start_message["headers"] if k.lower() == b"content-length"
            ]
        await send(_build_start(status, response_headers))
        if scope["method"] == "HEAD":
            call.cancel_stream()
            await send(END_OF_BODY)
            return
        await call.forward_stream(
            content_coding.wrap_send_in_gzip(send) if coding else send, receive
        )

    # questions with a body

    async def _serve_post(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                body = await _read_body(receive)
        except TimeoutError:
            raise build_http_error(408, "slow-body", "The body took too long to come.") from None
        call = self._start_call(scope, body)
        request = CanonicalRequest(path, (), "", "", is_read=False)
        answer = await self._lead_call(call, scope, receive, send, request, None)
        if answer is not None:
            await self._send_response(answer, scope, send, None)

    # answers of our own

    def _complete_headers(self, start: Message) -> RawHeaders:
        return headers.complete_headers(
            start["status"], list(start.get("headers", [])), self._build
        )

    def _build_headers(self, call: UpstreamCall, question: CanonicalRequest) -> RawHeaders:
        response_headers = self._complete_headers(call.start_message)
        if question.path.endswith(".csv") and call.start_message["status"] == 200:
            response_headers = [_correct_csv_type(pair) for pair in response_headers]
        if question.is_read:
            return response_headers
        kept_headers = [
            (name, value) for name, value in response_headers if name != b"cache-control"
        ]
        return [*kept_headers, (b"cache-control", headers.NO_STORE)]

    def _wrap_send(self, send: Send) -> Send:
        """Adds our headers to an answer that passes through."""

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                app_headers = list(message.get("headers", []))
                length = [(k, v) for k, v in app_headers if k.lower() == b"content-length"]
                message = {**message, "headers": [*self._complete_headers(message), *length]}
            await send(message)

        return send_completed

    async def _send_start(self, send: Send, status: int, app_headers: RawHeaders) -> None:
        await send(
            _build_start(status, self._complete_headers({"status": status, "headers": app_headers}))
        )

    async def _send_error(self, scope: Scope, send: Send, path: str, error: HttpError) -> None:
        """Tell a refusal in the form that a client of this path reads."""
        media_type, body = problem_details.render_for_program(path, error) or (
            "text/html; charset=utf-8",
            (await self._render_error(error.status, str(error))).encode(),
        )
        error_headers = asgi.encode_headers([("content-type", media_type), *error.headers])
        response_headers = self._complete_headers(
            {"status": error.status, "headers": error_headers}
        )
        response_headers.append((b"content-length", str(len(body)).encode()))
        await send(_build_start(error.status, response_headers))
        payload = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": payload})


def get_raw_path(scope: Scope) -> str:
    """The path as it was sent, without its query."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return str(raw.split(b"?")[0].decode("latin-1"))


def get_content_type(response_headers: RawHeaders) -> str:
    """The media type of an answer."""
    return next((v.decode("latin-1") for k, v in response_headers if k == b"content-type"), "")


def _build_start(status: int, response_headers: RawHeaders) -> Message:
    return {"type": "http.response.start", "status": status, "headers": response_headers}


def _get_site(scope: Scope) -> tuple[str, str]:
    """Which site the client believes to ask: Datasette writes it into its links."""
    return scope.get("scheme", "http"), asgi.get_header(scope, "host")


def _get_accept_encoding(scope: Scope) -> str:
    """The codings a client accepts; none where it counts bytes (but only downloads have parts)."""
    return "" if asgi.get_header(scope, "range") else asgi.get_header(scope, "accept-encoding")


def _correct_csv_type(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Datasette calls its CSV plain text, so that browsers show it; programs go by the type."""
    name, value = header
    is_plain_text = name == b"content-type" and value.startswith(b"text/plain")
    return (name, b"text/csv; charset=utf-8") if is_plain_text else header


def _is_unshareable(call: UpstreamCall) -> bool:
    """Whether a call gave nothing that others should share; that it is too busy they may."""
    error = call.is_buffered.exception()
    if error is not None:
        return not isinstance(error, HttpError | QueryRefusedError)
    return call.is_buffered.result() and call.start_message["status"] >= 500


async def _read_body(receive: Receive) -> bytes:
    """The body of a request. Raises RefusedError (413) when it is too long.

    What is too long is read on for a while and dropped: a client that still sends would see its
    connection reset before it sees the answer.
    """
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise build_http_error(400, "bad-body", "The body ended too soon.")
        size += len(message.get("body", b""))
        if size <= guard.MAX_BODY_BYTES:
            chunks.append(message.get("body", b""))
        if not message.get("more_body") or size > MAX_DISCARDED_BYTES:
            break
    if size > guard.MAX_BODY_BYTES:
        text = f"The body is longer than {guard.MAX_BODY_BYTES} bytes."
        raise build_http_error(413, "too-large", text, [("connection", "close")])
    return b"".join(chunks)
