"""Calls of the application, and the one call that equal requests at the same time share."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from evidencehub.errors import QueryRefusedError
from evidencehub.http.asgi import ASGIApp, Scope
from evidencehub.http.concurrency import ConcurrencyLimit
from evidencehub.http.problem_details import HttpError
from evidencehub.http.upstream import UpstreamCall, wait_until_done


class CallSharing:
    """Starts calls of one application, and finds the running call of an equal request."""

    def __init__(self, app: ASGIApp, limit: ConcurrencyLimit | None = None) -> None:
        self._app, self._limit = app, limit
        self._running_calls: dict[Hashable, UpstreamCall] = {}

    def find_call(self, key: Hashable) -> UpstreamCall | None:
        """Return the running call of equal requests."""
        return self._running_calls.get(key)

    def start_call(
        self, scope: Scope, body: bytes = b"", key: Hashable | None = None
    ) -> UpstreamCall:
        """Start a call; with a `key`, equal requests find it until its response is whole."""
        if self._limit is None:
            self._limit = ConcurrencyLimit()
        request = {"type": "http.request", "body": body, "more_body": False}
        call = UpstreamCall(self._app, scope, self._limit, request)
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

    A stream is for the request that started it, and a failure of the application is not shared;
    that the server is too busy is. Raise what the shared call raised.
    """
    await wait_until_done(call.is_buffered)
    if call.is_buffered.cancelled():
        return False
    error = call.is_buffered.exception()
    if error is not None and not isinstance(error, HttpError | QueryRefusedError):
        return False
    return call.is_buffered.result() and call.start_message["status"] < 500


def has_whole_response(call: UpstreamCall) -> bool:
    """Return whether a finished call gave a whole response: not a stream, not a failure."""
    future = call.is_buffered
    return not future.cancelled() and future.exception() is None and future.result()
