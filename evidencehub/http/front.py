"""The front: what every request passes and every answer gets, whatever application is behind."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from dataclasses import dataclass, replace
from http import HTTPStatus

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
from evidencehub.http.concurrency import RequestPlaces
from evidencehub.http.file_responses import is_current, read_conditions
from evidencehub.http.fingerprint import SiteFingerprint
from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.problem_details import HttpError, describe_query_refusal, make_http_error
from evidencehub.http.request_body import read_body
from evidencehub.http.request_cost import is_costly
from evidencehub.http.responses import (
    END_OF_BODY,
    RawHeaders,
    build_start,
    describe_coding,
    drop_body_headers,
)
from evidencehub.http.site_address import CREDENTIAL_HEADERS, SiteAddress, get_raw_path
from evidencehub.http.spool import SpoolStore
from evidencehub.http.upstream import UpstreamCall
from evidencehub.http.visitor_text import BrokenOffError, describe_fault
from evidencehub.http.whole_responses import (
    SpooledResponse,
    WholeResponse,
    add_last_modified,
    build_whole_response,
    find_own_etag,
    get_content_type,
    get_length,
    has_etag,
    send_encoded,
    send_spooled,
)

BYPASSED_PATHS = ("/healthz", "/readyz")  # neither kept, nor coded, nor counted
BODY_TIMEOUT_SECONDS = 10.0  # the longest that a client may take to send what it asks
ErrorRenderer = Callable[[HttpError], Awaitable[str]]
RequestCheck = Callable[[CanonicalRequest], None]
ParameterLister = Callable[[str], Collection[str] | None]
"""The parameters of a path that ignores all others; None for a path that refuses them."""
FileServer = Callable[[Scope, Receive, Send, str], Awaitable[bool]]
"""Answers a download without the application, or says that the path is none of its own."""
log = logging.getLogger("evidencehub")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with the two channels of its connection; `address` if its bytes may be kept."""

    scope: Scope
    receive: Receive
    send: Send
    path: str  # as the site knows it, without its query
    address: cache.RawAddress | None

    @property
    def is_head(self) -> bool:
        """Whether only the headers are wanted."""
        return bool(self.scope["method"] == "HEAD")

    def get_header(self, name: str) -> str:
        """What the client sent under a name."""
        return asgi.get_header(self.scope, name)

    def list_codings(self) -> str:
        """The codings a client accepts; none where it counts bytes (only downloads have parts)."""
        return "" if self.get_header("range") else self.get_header("accept-encoding")


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
        places: RequestPlaces | None = None,
        site: SiteAddress | None = None,
        list_parameters: ParameterLister = lambda _path: None,
    ) -> None:
        self._list_parameters = list_parameters
        self._site = site or SiteAddress()
        self._app, self._fingerprint, self._render_error = app, fingerprint, render_error
        self._file_server, self._checks = file_server, checks
        self._cache = cache.ResponseCache() if response_cache is None else response_cache
        self._by_address = self._cache.by_address
        self._spools = SpoolStore()
        self._calls = call_sharing.CallSharing(app, places, self._spools)
        self._build = fingerprint.build.encode()
        # data, code and pages are read once, so nothing that is served from here changed since
        self._unchanged_since = conditional.format_http_date(time.time())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # the short way: the very bytes of an earlier request, with nothing in it that matters
        request_headers = dict(scope["headers"])
        is_read = scope["method"] in {"GET", "HEAD"}
        address = _build_address(scope, request_headers) if is_read else None
        cached = self._by_address.get(address) if address else None
        if cached is not None:
            answer, encoded = cached
            answer.used_recently = True
            none_match = request_headers.get(b"if-none-match", b"").decode("latin-1")
            modified_since = request_headers.get(b"if-modified-since", b"").decode("latin-1")
            head = scope["method"] == "HEAD"
            await encoded.send(
                send, head=head, none_match=none_match, modified_since=modified_since
            )
            return
        # the long way, where every refusal and every fault becomes an answer
        tracked_send = asgi.TrackedSend(send)
        raw_path = get_raw_path(scope).removeprefix(self._site.prefix)
        exchange = Exchange(scope, receive, tracked_send, raw_path, address)
        try:
            scope = self._site.read_request(scope)
            exchange = Exchange(scope, receive, tracked_send, get_raw_path(scope), address)
            await self._dispatch(exchange)
        except HttpError as error:
            await self._send_error(exchange, error)
        except QueryRefusedError as error:
            await self._send_error(exchange, describe_query_refusal(error))
        except Exception as error:  # noqa: BLE001 - the outermost frame: it logs, and tells the client
            log.error("%s: %s", scope["method"], describe_fault(error))  # noqa: TRY400
            if tracked_send.has_started:
                # the server has to cut the connection: the answer is not whole
                raise BrokenOffError from None
            await self._send_error(exchange, make_http_error(500, "http/fault"))

    async def _dispatch(self, exchange: Exchange) -> None:
        scope, path, send = exchange.scope, exchange.path, exchange.send
        method, query = scope["method"], scope["query_string"]
        guard.check_request(method, path, query.decode("latin-1"))
        if method == "OPTIONS":
            preflight_headers = asgi.encode_headers(headers.build_preflight_headers(path))
            await send(build_start(204, self._complete_headers(204, preflight_headers, path)))
            await send(END_OF_BODY)
        elif path in BYPASSED_PATHS:
            await self._app(scope, exchange.receive, self._wrap_send(send, path))
        elif method == "POST":
            await self._serve_post(exchange)
        elif location := renamed_tables.build_location(path, query):
            moved = [("location", location)]
            await asgi.send_response(self._wrap_send(send, path), 301, moved, b"")
        elif not await self._serve_file(exchange):
            await self._serve_read(exchange)

    async def _serve_file(self, exchange: Exchange) -> bool:
        if self._file_server is None:
            return False
        send = self._wrap_send(exchange.send, exchange.path)
        return await self._file_server(exchange.scope, exchange.receive, send, exchange.path)

    # reading: kept answers, one call for equal requests

    async def _serve_read(self, exchange: Exchange) -> None:
        query = exchange.scope["query_string"].decode("latin-1")
        names = self._list_parameters(exchange.path)
        accept = exchange.get_header("accept")
        request = parameters.parse_request(exchange.path, query, accept, names)
        for check in self._checks:
            check(request)
        origin = self._site.find_origin(exchange.scope, exchange.path)
        if origin is not None and not self._site.is_known_host(exchange.scope):
            await self._serve_one_client(exchange, request)
            return
        key = (exchange.path, request.params, request.accept, origin)
        answer = self._find_kept(key) or await self._share_call(exchange, request, key)
        await self._send_response(answer, exchange, exchange.address)

    async def _share_call(
        self, exchange: Exchange, request: CanonicalRequest, key: Hashable
    ) -> WholeResponse | None:
        """Return the response of the one call that equal requests share; None if it is sent."""
        call = self._calls.find_call(key, exchange.scope)
        if call is None:
            call = self._calls.start_call(
                request.build_scope(exchange.scope), key=key, is_costly=is_costly(request)
            )
            return await self._lead_call(call, exchange, request, key)
        if not await call_sharing.wait_for_shared_call(call):
            await self._serve_unshared(exchange, request)
            return None
        return self._find_kept(key) or self._build_response(call, request)

    def _find_kept(self, key: Hashable) -> WholeResponse | None:
        return self._cache.get(key) or self._spools.get(key)

    async def _lead_call(
        self,
        call: UpstreamCall,
        exchange: Exchange,
        request: CanonicalRequest,
        key: Hashable | None = None,
    ) -> WholeResponse | None:
        """Return the response of a call that this request started; None if a stream was sent."""
        if key is not None:
            call.is_buffered.add_done_callback(lambda _: self._cache_response(call, request, key))
        if not await call_sharing.wait_for_own_call(call):
            await self._forward_stream(call, exchange, request)
            return None
        return (self._find_kept(key) if key else None) or self._build_response(call, request)

    async def _serve_unshared(
        self, exchange: Exchange, request: CanonicalRequest, body: bytes = b""
    ) -> None:
        call = self._calls.start_call(
            request.build_scope(exchange.scope) if request.is_read else exchange.scope,
            body,
            is_costly=is_costly(request),
        )
        await self._send_response(await self._lead_call(call, exchange, request), exchange, None)

    async def _serve_one_client(self, exchange: Exchange, request: CanonicalRequest) -> None:
        """Answer with the host that was asked, and let nobody keep it for others."""

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": headers.make_private(message["headers"])}
            await exchange.send(message)

        await self._serve_unshared(replace(exchange, send=send_private), request)

    def _cache_response(self, call: UpstreamCall, request: CanonicalRequest, key: Hashable) -> None:
        """Keep the response of a call if it is whole, good, and for everybody."""
        if call_sharing.has_whole_response(call):
            response = self._build_response(call, request)
            if isinstance(response, SpooledResponse):
                if response.sha256:  # what was never read takes no time to lay out again
                    self._spools.add(key, response)
            elif response.status == HTTPStatus.OK and headers.is_public(response.headers):
                self._cache.add(key, response)

    def _build_response(self, call: UpstreamCall, request: CanonicalRequest) -> WholeResponse:
        """A whole answer with our headers, and a tag where it may be asked for again."""
        return build_whole_response(call, self._build_headers(call, request))

    def _build_stream_etag(
        self, status: int, response_headers: RawHeaders, request: CanonicalRequest
    ) -> str:
        """The tag of bytes that are not there: of what they are made from, and the code."""
        if not has_etag(status, response_headers):
            return ""
        origin = find_own_etag(response_headers) or self._fingerprint.build
        content_type = get_content_type(response_headers)
        return conditional.build_etag(
            self._fingerprint.code, origin, request.path, request.query, content_type
        )

    async def _send_response(
        self, response: WholeResponse | None, exchange: Exchange, address: cache.RawAddress | None
    ) -> None:
        """Send a response, unless it is sent already; an equal `address` finds it from now on."""
        if response is None:
            return
        conditions, head = read_conditions(exchange.scope), exchange.is_head
        if isinstance(response, SpooledResponse):
            codings = exchange.list_codings()
            run = self._spools.run_in_thread
            await send_spooled(exchange.send, response, conditions, codings, run, head=head)
            return
        encoded = await response.encode(exchange.list_codings())
        if address is not None and response.key is not None and address[0] is not None:
            self._cache.add_address(address, response, encoded.mark_as_cached())
        run = self._spools.run_in_thread
        content_type = response.content_type
        await send_encoded(exchange.send, encoded, content_type, conditions, run, head=head)

    # streams, which are never held

    async def _forward_stream(
        self, call: UpstreamCall, exchange: Exchange, request: CanonicalRequest
    ) -> None:
        status, response_headers = call.start_message["status"], self._build_headers(call, request)
        content_type = get_content_type(response_headers)
        coding = content_coding.select_coding(exchange.list_codings(), content_type, None)
        etag = self._build_stream_etag(status, response_headers, request)
        etag = conditional.build_coded_etag(etag, coding)
        validators = conditional.Validators(etag, conditional.read_modified(response_headers))
        response_headers = describe_coding(response_headers, etag, coding)
        is_fresh = bool(etag) and is_current(read_conditions(exchange.scope), validators)
        if is_fresh:
            status, response_headers = 304, drop_body_headers(response_headers)
        elif not coding:  # a length that was told is right as long as nothing is coded
            response_headers += get_length(call.start_message)
        await exchange.send(build_start(status, response_headers))
        if is_fresh or exchange.is_head:
            call.cancel_stream()
            await exchange.send(END_OF_BODY)
            return
        send = content_coding.wrap_send_in_gzip(exchange.send) if coding else exchange.send
        await call.forward_stream(send, exchange.receive)

    # requests with a body

    async def _serve_post(self, exchange: Exchange) -> None:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                body = await read_body(exchange.receive)
        except TimeoutError:
            raise make_http_error(408, "http/slow-body") from None
        request = CanonicalRequest(exchange.path, (), "", "", is_read=False)
        await self._serve_unshared(exchange, request, body)

    # answers of our own

    def _complete_headers(self, status: int, app_headers: RawHeaders, path: str) -> RawHeaders:
        completed = headers.complete_headers(status, app_headers, self._build, path)
        return self._site.build_headers(completed)

    def _build_headers(self, call: UpstreamCall, request: CanonicalRequest) -> RawHeaders:
        status = call.start_message["status"]
        app_headers = call.start_message.get("headers", [])
        response_headers = self._complete_headers(status, app_headers, request.path)
        if request.path.endswith(".csv") and status == 200:
            response_headers = [headers.correct_csv_type(pair) for pair in response_headers]
        if request.is_read:
            return add_last_modified(status, response_headers, self._unchanged_since)
        kept_headers = [pair for pair in response_headers if pair[0] != b"cache-control"]
        return [*kept_headers, (b"cache-control", headers.NO_STORE)]

    def _wrap_send(self, send: Send, path: str) -> Send:
        """Adds our headers to an answer that passes through."""

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                app_headers = message.get("headers", [])
                completed = self._complete_headers(message["status"], app_headers, path)
                message = {**message, "headers": [*completed, *get_length(message)]}
            await send(message)

        return send_completed

    async def _send_error(self, exchange: Exchange, error: HttpError) -> None:
        """Tell a refusal in the form that a client of this path reads."""
        accept = exchange.get_header("accept")
        media_type, body = problem_details.render_for_program(
            exchange.path, error, accept, self._site.base
        ) or ("text/html; charset=utf-8", (await self._render_error(error)).encode())
        vary = [("vary", "Accept")]  # the form does
        error_headers = asgi.encode_headers([("content-type", media_type), *error.headers, *vary])
        response_headers = self._complete_headers(error.status, error_headers, exchange.path)
        response_headers.append((b"content-length", str(len(body)).encode()))
        await exchange.send(build_start(error.status, response_headers))
        payload = b"" if exchange.is_head else body
        await exchange.send({"type": "http.response.body", "body": payload})


_SLOW_CONDITIONS = {b"range", b"if-match", b"if-unmodified-since", b"if-range"}


def _build_address(scope: Scope, request_headers: dict[bytes, bytes]) -> cache.RawAddress | None:
    """The bytes that find an earlier response; None if it may depend on more than these."""
    if b"host" not in request_headers or not _SLOW_CONDITIONS.isdisjoint(request_headers):
        return None
    if len(request_headers) != len(scope["headers"]):
        names = [name for name, _ in scope["headers"] if name not in CREDENTIAL_HEADERS]
        if len(names) != len(set(names)):
            return None
    return (
        scope.get("raw_path"),
        scope["query_string"],
        request_headers.get(b"accept-encoding"),
        request_headers.get(b"accept"),
        request_headers.get(b"host"),
        scope.get("scheme"),
    )
