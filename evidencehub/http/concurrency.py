"""How much is worked on at once, and whose turn it is: nobody waits behind one client's many.

A client is a network address; of IPv6 its first 64 bits, which one household has. Without a name
(no address, or a proxy that names none) a client has no share of its own.
Places are shared where there are too few of them: who is alone may wait for all.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from evidencehub.http.problem_details import HttpError, make_http_error

CLIENT_KEY = "hub.client"
"""Under this name a scope has the client, which the server has read from its connection."""
MAX_RUNNING, MAX_WAITING, MAX_WAIT_SECONDS = 16, 64, 10.0
# with one costly answer, a client leaves one of the four threads of the database to others
MAX_RUNNING_PER_CLIENT = 2
MAX_COSTLY_RUNNING, MAX_COSTLY_WAITING, MAX_COSTLY_PER_CLIENT = 2, 32, 1
MAX_STREAMS_PER_CLIENT = 20  # downloads of one client that flow at once, of all that may
RETRY_AFTER_SECONDS = 5  # seconds


@dataclass(eq=False, slots=True)
class Ticket:
    """The wish of a client for a place, until it has been given back."""

    client: str = ""
    admission: asyncio.Future[None] | None = None  # while it waits
    is_running: bool = False


class ConcurrencyLimit:
    """Lets `max_running` through at once, `max_per_client` of one client; `max_waiting` more wait.

    Clients that wait take turns. Where the queue is full, the client with the most in it gives way.
    """

    def __init__(
        self,
        max_running: int = MAX_RUNNING,
        max_waiting: int = MAX_WAITING,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
        max_per_client: int = MAX_RUNNING_PER_CLIENT,
    ) -> None:
        self._max_running, self._max_waiting = max_running, max_waiting
        self._max_per_client, self._wait_seconds = max_per_client, max_wait_seconds
        self._queues: OrderedDict[str, deque[Ticket]] = OrderedDict()  # the next turn comes first
        self._running_by_client: Counter[str] = Counter()
        self.running = self.waiting = 0

    async def acquire(self, ticket: Ticket) -> None:
        """Wait for a place.

        Raise HttpError if there is none in time: 429 for a client's own many, 503 for others'.
        """
        if self._has_place(ticket.client):
            self._admit(ticket)
            return
        self._make_room(ticket)
        ticket.admission = asyncio.get_running_loop().create_future()
        self._enqueue(ticket)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await ticket.admission
        except BaseException as error:
            if ticket.is_running:  # given in the moment in which the wait ended
                self.release(ticket)
            self._dequeue(ticket)
            if isinstance(error, TimeoutError):
                raise self._build_refusal(ticket.client) from None
            raise

    def release(self, ticket: Ticket) -> None:
        """Give the place back, to whoever waits for it; without a place, do nothing."""
        if not ticket.is_running:
            return
        ticket.is_running = False
        self.running -= 1
        self._count_running(ticket.client, -1)
        self._admit_waiting()

    def hand_over(self, ticket: Ticket, client: str) -> None:
        """Let a waiting ticket be another client's, who wants the same and is less busy."""
        busy = self._running_by_client
        if not self._is_waiting(ticket) or busy[client] >= busy[ticket.client]:
            return
        self._dequeue(ticket)
        ticket.client = client
        self._enqueue(ticket)
        self._admit_waiting()

    def _has_place(self, client: str) -> bool:
        is_within_share = not client or self._running_by_client[client] < self._max_per_client
        return self.running < self._max_running and is_within_share

    def _admit(self, ticket: Ticket) -> None:
        ticket.is_running = True
        self.running += 1
        self._count_running(ticket.client, 1)

    def _count_running(self, client: str, change: int) -> None:
        self._running_by_client[client] += change
        if not self._running_by_client[client]:
            del self._running_by_client[client]

    def _admit_waiting(self) -> None:
        """Give free places to those who wait, one to each client in turn."""
        while clients := [name for name in self._queues if self._has_place(name)]:
            self._admit_next(clients[0])

    def _admit_next(self, client: str) -> None:
        ticket = self._queues[client][0]
        self._dequeue(ticket)
        if client in self._queues:
            self._queues.move_to_end(client)
        self._admit(ticket)
        if ticket.admission is not None and not ticket.admission.done():
            ticket.admission.set_result(None)

    def _make_room(self, ticket: Ticket) -> None:
        """Send away the latest of the client who waits with most, if the queue is full."""
        if self.waiting < self._max_waiting:
            return
        lengths = {client: len(queue) for client, queue in self._queues.items()}
        largest = max(lengths, key=lengths.__getitem__, default=ticket.client)
        if lengths.get(ticket.client, 0) + 1 >= lengths.get(largest, 0):
            raise self._build_refusal(ticket.client)
        refused = self._queues[largest][-1]
        self._dequeue(refused)
        if refused.admission is not None and not refused.admission.done():
            refused.admission.set_exception(self._build_refusal(largest))

    def _build_refusal(self, client: str) -> HttpError:
        is_own_doing = bool(client) and (
            self._running_by_client[client] >= self._max_per_client or len(self._queues) > 1
        )
        return make_busy_error(is_own_doing=is_own_doing)

    def _is_waiting(self, ticket: Ticket) -> bool:
        return ticket in self._queues.get(ticket.client, ())

    def _enqueue(self, ticket: Ticket) -> None:
        self._queues.setdefault(ticket.client, deque()).append(ticket)
        self.waiting += 1

    def _dequeue(self, ticket: Ticket) -> None:
        if not self._is_waiting(ticket):
            return
        queue = self._queues[ticket.client]
        queue.remove(ticket)
        self.waiting -= 1
        if not queue:
            del self._queues[ticket.client]


@dataclass(slots=True)
class RequestPlaces:
    """The places of a process: those of quick answers, those of costly ones, and its streams."""

    quick: ConcurrencyLimit = field(default_factory=ConcurrencyLimit)
    costly: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(
            MAX_COSTLY_RUNNING, MAX_COSTLY_WAITING, MAX_WAIT_SECONDS, MAX_COSTLY_PER_CLIENT
        )
    )
    streams: Counter[str] = field(default_factory=Counter)

    def reserve(self, scope: MutableMapping[str, Any], *, is_costly: bool) -> CallPlace:
        """Return the place that a request will have, not yet waited for."""
        limit = self.costly if is_costly else self.quick
        return CallPlace(limit, Ticket(scope.get(CLIENT_KEY, "")), self.streams)


@dataclass(slots=True)
class CallPlace:
    """What one call of the application holds: a place while it works, then perhaps a stream."""

    limit: ConcurrencyLimit
    ticket: Ticket
    streams: Counter[str]
    is_stream: bool = False

    async def acquire(self) -> None:
        """Wait for it; raise HttpError (429, 503) where there is none."""
        self._check_streams()
        await self.limit.acquire(self.ticket)
        try:
            self._check_streams()  # others of the client may have become streams while it waited
        except HttpError:
            self.limit.release(self.ticket)
            raise

    def _check_streams(self) -> None:
        client = self.ticket.client
        if client and self.streams[client] >= MAX_STREAMS_PER_CLIENT:
            raise make_busy_error(is_own_doing=True)

    def become_stream(self) -> None:
        """Give the place back while the answer flows at the pace of its reader."""
        self.limit.release(self.ticket)
        if not self.is_stream:
            self.is_stream = True
            self.streams[self.ticket.client] += 1

    def end(self) -> None:
        """Give everything back."""
        self.limit.release(self.ticket)
        if self.is_stream:
            self.is_stream = False
            self.streams[self.ticket.client] -= 1
            self.streams += Counter()  # forgets clients without any


def make_busy_error(*, is_own_doing: bool) -> HttpError:
    """Return the refusal of a request without a place: 429 if its client has taken many."""
    status, code = (429, "http/too-many-requests") if is_own_doing else (503, "http/too-busy")
    retry_after = [("retry-after", str(RETRY_AFTER_SECONDS))]
    return make_http_error(status, code, retry_after)
