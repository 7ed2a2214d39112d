"""Calls of the application, and the one call that equal requests at the same time share."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from http import HTTPStatus

from evidencehub.errors import QueryRefusedError
from evidencehub.http.asgi import ASGIApp, Scope
from evidencehub.http.concurrency import CLIENT_KEY, RequestPlaces
from evidencehub.http.problem_details import HttpError
from evidencehub.http.spool import SpoolStore
from evidencehub.http.upstream import UpstreamCall, wait_until_done


class CallSharing:
    """Starts calls of one application, and finds the running call of an equal request."""

    def __init__(
        self, app: ASGIApp, places: RequestPlaces | None = None, spools: SpoolStore | None = None
    ) -> None:
        self._app, self._places, self._spools = app, places or RequestPlaces(), spools
        self._running_calls: dict[Hashable, UpstreamCall] = {}

    def find_call(self, key: Hashable, scope: Scope) -> UpstreamCall | None:
        """Return the running call of equal requests; it waits no longer than this client must."""
        call = self._running_calls.get(key)
        if call is not None:
            call.place.limit.hand_over(call.place.ticket, scope.get(CLIENT_KEY, ""))
        return call

    def start_call(
        self, scope: Scope, body: bytes = b"", key: Hashable | None = None, *, is_costly: bool
    ) -> UpstreamCall:
        """Start a call; with a `key`, equal requests find it until its response is whole."""
        request = {"type": "http.request", "body": body, "more_body": False}
        place = self._places.reserve(scope, is_costly=is_costly)
        call = UpstreamCall(self._app, scope, place, request, self._spools)
        if key is not None:
            self._running_calls[key] = call
            call.is_buffered.add_done_callback(lambda _: self._running_calls.pop(key, None))
        return call


async def wait_for_own_call(call: UpstreamCall) -> bool:
    """Return whether the call that this request started was buffered; it may be a stream."""
    try:
        await wait_until_done(call.is_buffered)
    except asyncio.CancelledError:
        call.cancel_stream()
        raise
    return call.is_buffered.result()


async def wait_for_shared_call(call: UpstreamCall) -> bool:
    """Return whether an equal request's call gives a response that this one may have too.

    A stream is for the request that started it, and neither a failure of the application is shared
    nor that another client asks too much; that the server is too busy is. Raise what the shared
    call raised.
    """
    await wait_until_done(call.is_buffered)
    if call.is_buffered.cancelled():
        return False
    error = call.is_buffered.exception()
    if error is not None and not isinstance(error, HttpError | QueryRefusedError):
        return False
    if isinstance(error, HttpError) and error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return False
    return call.is_buffered.result() and call.start_message["status"] < 500


def has_whole_response(call: UpstreamCall) -> bool:
    """Return whether a finished call gave a whole response: not a stream, not a failure."""
    future = call.is_buffered
    return not future.cancelled() and future.exception() is None and future.result()
