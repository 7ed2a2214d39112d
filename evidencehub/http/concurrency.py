"""How much is worked on at once: some questions run, some wait, the others come back later."""

from __future__ import annotations

import asyncio

from evidencehub.http.problem_details import HttpError, make_http_error

MAX_RUNNING, MAX_WAITING, MAX_WAIT_SECONDS = 16, 64, 10.0
RETRY_AFTER_SECONDS = 5  # seconds


class ConcurrencyLimit:
    """Lets `running` through at once; `waiting` more wait for `seconds` at most, in turn."""

    def __init__(
        self,
        max_running: int = MAX_RUNNING,
        max_waiting: int = MAX_WAITING,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> None:
        self._slots = asyncio.Semaphore(max_running)
        self._queue_space, self._wait_seconds = max_waiting, max_wait_seconds

    async def acquire(self) -> None:
        """Wait for a slot. Raise HttpError (503) if none is free in time."""
        if self._slots.locked() and self._queue_space == 0:
            raise _build_busy_error()
        self._queue_space -= 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise _build_busy_error() from None
        finally:
            self._queue_space += 1

    def release(self) -> None:
        """Give the place back."""
        self._slots.release()


def _build_busy_error() -> HttpError:
    return make_http_error(503, "http/too-busy", [("retry-after", str(RETRY_AFTER_SECONDS))])
