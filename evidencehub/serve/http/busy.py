"""How much is worked on at once: some questions run, some wait, the others come back later."""

from __future__ import annotations

import asyncio

from evidencehub.serve.problem import RefusedError, refused

RUNNING, WAITING, SECONDS = 16, 64, 10.0
RETRY_AFTER = 5  # seconds


class Gate:
    """Lets `running` through at once; `waiting` more wait for `seconds` at most, in turn."""

    def __init__(
        self, running: int = RUNNING, waiting: int = WAITING, seconds: float = SECONDS
    ) -> None:
        self._free = asyncio.Semaphore(running)
        self._room, self._seconds = waiting, seconds

    async def enter(self) -> None:
        """Wait for a place. Raises RefusedError (503) when there is none in time."""
        if self._free.locked() and self._room == 0:
            raise _busy()
        self._room -= 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._room += 1

    def leave(self) -> None:
        """Give the place back."""
        self._free.release()


def _busy() -> RefusedError:
    return refused(
        503,
        "too-busy",
        "Too many questions at once. Ask again in some seconds.",
        [("retry-after", str(RETRY_AFTER))],
    )
