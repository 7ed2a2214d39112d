"""Whose turn it is: a client with many requests, beside others with one each."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from evidencehub.http.concurrency import (
    CLIENT_KEY,
    MAX_STREAMS_PER_CLIENT,
    ConcurrencyLimit,
    RequestPlaces,
    Ticket,
)
from evidencehub.http.parameters import parse_request
from evidencehub.http.problem_details import HttpError
from evidencehub.http.request_cost import is_costly
from evidencehub.runtime.proxies import believe_proxies, parse_proxies

GREEDY, OTHER = "192.0.2.1", "198.51.100.7"


class Crowd:
    """Requests that hold their places until they are told to end."""

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self.limit = limit
        self.admitted: list[Ticket] = []
        self.refused: list[tuple[str, int]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, *clients: str) -> None:
        self.tasks += [asyncio.create_task(self._wait(client)) for client in clients]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _wait(self, client: str) -> None:
        ticket = Ticket(client)
        try:
            await self.limit.acquire(ticket)
        except HttpError as error:
            self.refused.append((client, error.status))
        else:
            self.admitted.append(ticket)

    async def end_first(self) -> None:
        self.limit.release(self.admitted.pop(0))
        for _ in range(3):
            await asyncio.sleep(0)

    def count(self) -> Counter[str]:
        return Counter(ticket.client for ticket in self.admitted)


async def test_a_client_has_its_share_of_places_and_the_rest_waits_for_others() -> None:
    crowd = Crowd(ConcurrencyLimit(8, 20, 5, max_per_client=3))
    await crowd.ask(*[GREEDY] * 10, OTHER)
    assert crowd.count() == {GREEDY: 3, OTHER: 1}
    assert crowd.refused == []
    for _ in range(11):
        await crowd.end_first()
    assert (crowd.limit.running, crowd.limit.waiting, crowd.admitted) == (0, 0, [])


async def test_clients_that_wait_take_turns() -> None:
    crowd = Crowd(ConcurrencyLimit(1, 20, 5, max_per_client=3))
    await crowd.ask(*[GREEDY] * 6, OTHER, "203.0.113.5")
    turns = []
    for _ in range(4):
        turns.append(crowd.admitted[0].client)
        await crowd.end_first()
    assert turns == [GREEDY, GREEDY, OTHER, "203.0.113.5"]


async def test_a_full_queue_sends_away_the_client_with_most_in_it() -> None:
    crowd = Crowd(ConcurrencyLimit(1, 5, 5, max_per_client=1))
    await crowd.ask(*[GREEDY] * 6)
    await crowd.ask(OTHER)
    assert crowd.refused == [(GREEDY, 429)]
    await crowd.ask(GREEDY)
    assert crowd.refused == [(GREEDY, 429)] * 2
    await crowd.end_first()
    await crowd.end_first()
    assert OTHER in crowd.count()


async def test_who_is_alone_may_have_the_whole_queue() -> None:
    crowd = Crowd(ConcurrencyLimit(4, 20, 5, max_per_client=2))
    await crowd.ask(*[GREEDY] * 22)
    assert crowd.refused == []
    await crowd.ask(GREEDY)
    assert crowd.refused == [(GREEDY, 429)]


async def test_a_client_without_a_name_has_no_share_and_503_is_not_its_doing() -> None:
    crowd = Crowd(ConcurrencyLimit(4, 1, 5, max_per_client=2))
    await crowd.ask(*[""] * 6)
    assert crowd.count() == {"": 4}
    assert crowd.refused == [("", 503)]


async def test_who_wants_the_same_does_not_wait_behind_the_many_of_another() -> None:
    limit = ConcurrencyLimit(2, 5, 5, max_per_client=1)
    crowd = Crowd(limit)
    await crowd.ask(GREEDY)
    shared = Ticket(GREEDY)
    waiting = asyncio.create_task(limit.acquire(shared))
    await asyncio.sleep(0)
    assert not shared.is_running
    limit.hand_over(shared, OTHER)
    await waiting
    assert (shared.is_running, shared.client) == (True, OTHER)
    limit.release(shared)
    limit.release(shared)
    assert limit.running == 1


async def test_a_wait_that_is_given_up_leaves_nothing_behind() -> None:
    crowd = Crowd(ConcurrencyLimit(1, 5, 5, max_per_client=1))
    await crowd.ask(GREEDY, OTHER, OTHER)
    crowd.tasks[1].cancel()
    await asyncio.gather(*crowd.tasks[:2], return_exceptions=True)
    await crowd.end_first()
    assert crowd.count() == {OTHER: 1}
    await crowd.end_first()
    assert (crowd.limit.running, crowd.limit.waiting) == (0, 0)


async def test_a_client_has_its_share_of_streams() -> None:
    places = RequestPlaces()
    held = []
    for _ in range(MAX_STREAMS_PER_CLIENT):
        place = places.reserve({CLIENT_KEY: GREEDY}, is_costly=True)
        await place.acquire()
        place.become_stream()
        held.append(place)
    with pytest.raises(HttpError) as refusal:
        await places.reserve({CLIENT_KEY: GREEDY}, is_costly=True).acquire()
    assert (refusal.value.status, refusal.value.headers) == (429, (("retry-after", "5"),))
    await places.reserve({CLIENT_KEY: OTHER}, is_costly=True).acquire()
    for place in held:
        place.end()
        place.end()
    assert dict(places.streams) == {}


async def test_a_burst_that_waited_does_not_pass_the_share_of_streams() -> None:
    places, statuses = RequestPlaces(), Counter()

    async def download() -> None:
        place = places.reserve({CLIENT_KEY: GREEDY}, is_costly=True)
        try:
            await place.acquire()
        except HttpError as error:
            statuses[error.status] += 1
        else:
            place.become_stream()
            statuses[200] += 1

    await asyncio.gather(*(download() for _ in range(MAX_STREAMS_PER_CLIENT + 10)))
    assert statuses == {200: MAX_STREAMS_PER_CLIENT, 429: 10}
    assert places.costly.running == 0


COSTLY = [
    "/hub/observation?_sort=value", "/hub/observation.json?_facet=area", "/hub/observation.csv",
    "/hub/observation?area__contains=e", "/indicators/x.png", "/datasets/toys.xlsx",
    "/datasets/toys.zip", "/api/v1/observations.parquet", "/api/v1/observations?limit=10000",
    "/api/v1/observations?convert=GB-18", "/api/v1/gaps.ndjson?dataset=toys",
]  # fmt: skip
QUICK = [
    "/", "/indicators/x", "/search?q=a.png", "/datasets/toys", "/hub", "/hub/observation",
    "/api/v1/observations?limit=100", "/api/v1/observations?limit=", "/api/v1/datasets/toys",
    "/static/hub.css", "/feed.atom",
]  # fmt: skip


@pytest.mark.parametrize("address", COSTLY + QUICK)
def test_what_costs_much_has_places_of_its_own(address: str) -> None:
    path, _, query = address.partition("?")
    assert is_costly(parse_request(path, query, "", None)) == (address in COSTLY)


def test_a_file_by_its_media_type_costs_as_much_as_by_its_ending() -> None:
    for accept, cost in (
        ("text/csv", True),
        ("application/json", False),
        ("text/html, */*", False),
    ):
        assert is_costly(parse_request("/api/v1/observations", "", accept, None)) == cost


@pytest.mark.parametrize(
    ("connected", "forwarded", "client"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.9"], "192.0.2.7"),
        ("10.1.2.3", [], ""),
        ("10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["198.51.100.1", "203.0.113.9, 10.9.9.9"], "203.0.113.9"),
        ("10.1.2.3", ["2001:db8:1:2:a:b:c:d"], "2001:db8:1:2::"),
        ("10.1.2.3", ["[2001:db8:1:2::9]:4711"], "2001:db8:1:2::"),
        ("10.1.2.3", ["unknown"], ""),
        ("2001:db8:1:2::9", [], "2001:db8:1:2::"),
    ],
)  # fmt: skip
async def test_a_client_is_a_network_and_only_a_trusted_proxy_may_name_it(
    connected: str, forwarded: list[str], client: str
) -> None:
    seen = {}

    async def app(scope, receive, send) -> None:
        seen.update(scope)

    headers = [(b"host", b"x"), *((b"x-forwarded-for", value.encode()) for value in forwarded)]
    scope = {"type": "http", "client": (connected, 4711), "scheme": "http", "headers": headers}
    await believe_proxies(app, parse_proxies("10.0.0.0/8"))(scope, None, None)
    assert seen[CLIENT_KEY] == client
