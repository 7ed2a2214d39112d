"""The front: what every request passes and every answer gets, whatever application is behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from http import HTTPStatus
from typing import Protocol

from evidencehub.errors import QueryRefusedError
from evidencehub.http import (
    asgi,
    cache,
    call_sharing,
    conditional,
    content_coding,
    guard,
    headers,
    parameters,
    problem_details,
    renamed_tables,
)
from evidencehub.http.asgi import ASGIApp, Message, Receive, Scope, Send
from evidencehub.http.concurrency import ConcurrencyLimit
from evidencehub.http.fingerprint import SiteFingerprint
from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.problem_details import HttpError, describe_query_refusal, make_http_error
from evidencehub.http.request_body import read_body
from evidencehub.http.responses import END_OF_BODY, BufferedResponse, RawHeaders, drop_body_headers
from evidencehub.http.upstream import UpstreamCall

BYPASSED_PATHS = ("/healthz", "/readyz")  # neither kept, nor coded, nor counted
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

    `checks` raise HttpError for a request that is not valid; `render_error` renders an error as
    a page.
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
        self._calls = call_sharing.CallSharing(app, limit)
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
        tracked_send = asgi.TrackedSend(send)
        path = get_raw_path(scope)
        try:
            await self._dispatch(scope, receive, tracked_send, path, address)
        except HttpError as error:
            await self._send_error(scope, tracked_send, path, error)
        except QueryRefusedError as error:
            http_error = describe_query_refusal(error)
            await self._send_error(scope, tracked_send, path, http_error)
        except Exception as error:  # the outermost frame: it logs, and tells the client
            log.error("%s %s", scope["method"], path, exc_info=error)  # noqa: TRY400
            if tracked_send.has_started:
                raise  # the server has to cut the connection: the answer is not whole
            internal_error = make_http_error(500, "http/fault")
            await self._send_error(scope, tracked_send, path, internal_error)

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
        elif location := renamed_tables.build_location(path, scope["query_string"]):
            await asgi.send_response(self._wrap_send(send), 301, [("location", location)], b"")
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
        self, scope: Scope, receive: Receive, send: Send, request: CanonicalRequest, key: Hashable
    ) -> BufferedResponse | None:
        """Return the response of the one call that equal requests share; None if it is sent."""
        call = self._calls.find_call(key)
        if call is None:
            call = self._calls.start_call(request.build_scope(scope), key=key)
            return await self._lead_call(call, scope, receive, send, request, key)
        if not await call_sharing.wait_for_shared_call(call):
            await self._serve_unshared(scope, receive, send, request)
            return None
        return self._cache.get(key) or self._build_response(call, request)

    async def _lead_call(
        self,
        call: UpstreamCall,
        scope: Scope,
        receive: Receive,
        send: Send,
        request: CanonicalRequest,
        key: Hashable | None,
    ) -> BufferedResponse | None:
        """Return the response of a call that this request started; None if a stream was sent."""
        if key is not None:
            call.is_buffered.add_done_callback(lambda _: self._cache_response(call, request, key))
        if not await call_sharing.wait_for_own_call(call):
            await self._forward_stream(call, scope, receive, send, request)
            return None
        return (self._cache.get(key) if key else None) or self._build_response(call, request)

    async def _serve_unshared(
        self, scope: Scope, receive: Receive, send: Send, request: CanonicalRequest
    ) -> None:
        call = self._calls.start_call(request.build_scope(scope))
        response = await self._lead_call(call, scope, receive, send, request, None)
        if response is not None:
            await self._send_response(response, scope, send, None)

    def _cache_response(self, call: UpstreamCall, request: CanonicalRequest, key: Hashable) -> None:
        """Keep the response of a call if it is whole, good, and for everybody."""
        if call_sharing.has_whole_response(call):
            response = self._build_response(call, request)
            if response.status == HTTPStatus.OK and headers.is_public(response.headers):
                self._cache.add(key, response)

    def _build_response(self, call: UpstreamCall, request: CanonicalRequest) -> BufferedResponse:
        """A whole answer with our headers, and a tag where it may be asked for again."""
        status, response_headers = call.start_message["status"], self._build_headers(call, request)
        etag = self._select_etag(status, response_headers, request)
        kept_headers = [(name, value) for name, value in response_headers if name != b"etag"]
        return BufferedResponse(
            status, kept_headers, call.body, get_content_type(response_headers), etag
        )

    def _select_etag(
        self, status: int, response_headers: RawHeaders, request: CanonicalRequest
    ) -> str:
        """The application's own tag, or one of all that decides the bytes."""
        headers_by_name = dict(response_headers)
        if b"etag" in headers_by_name:
            return headers_by_name[b"etag"].decode("latin-1")
        if status != 200 or b"no-store" in headers_by_name.get(b"cache-control", b""):
            return ""
        etag_parts = (
            self._fingerprint.digest,
            request.path,
            request.query,
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
        request: CanonicalRequest,
    ) -> None:
        status, response_headers = call.start_message["status"], self._build_headers(call, request)
        coding = content_coding.select_coding(
            _get_accept_encoding(scope), get_content_type(response_headers), None
        )
        etag = conditional.build_coded_etag(
            self._select_etag(status, response_headers, request), coding
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

    # requests with a body

    async def _serve_post(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                body = await read_body(receive)
        except TimeoutError:
            raise make_http_error(408, "http/slow-body") from None
        call = self._calls.start_call(scope, body)
        request = CanonicalRequest(path, (), "", "", is_read=False)
        answer = await self._lead_call(call, scope, receive, send, request, None)
        if answer is not None:
            await self._send_response(answer, scope, send, None)

    # answers of our own

    def _complete_headers(self, start: Message) -> RawHeaders:
        return headers.complete_headers(
            start["status"], list(start.get("headers", [])), self._build
        )

    def _build_headers(self, call: UpstreamCall, request: CanonicalRequest) -> RawHeaders:
        response_headers = self._complete_headers(call.start_message)
        if request.path.endswith(".csv") and call.start_message["status"] == 200:
            response_headers = [headers.correct_csv_type(pair) for pair in response_headers]
        if request.is_read:
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
