"""The front before any application: one call for many, streams in bounds, and when it is busy."""

from __future__ import annotations

import asyncio
import base64
import gc
import gzip
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from evidencehub.http import front, spool, upstream
from evidencehub.http.cache import ResponseCache
from evidencehub.http.concurrency import ConcurrencyLimit, RequestPlaces
from evidencehub.http.fingerprint import SiteFingerprint
from evidencehub.http.front import FrontMiddleware
from evidencehub.http.problem_details import HttpError
from evidencehub.http.visitor_text import BrokenOffError


def places(**limits: Any) -> RequestPlaces:
    return RequestPlaces(ConcurrencyLimit(**limits), ConcurrencyLimit(**limits))


Send = Callable[[dict[str, Any]], Awaitable[None]]
JSON = (b"content-type", b"application/json")


async def page(error: HttpError) -> str:
    return f"<p>{error.status} {error}"


class Toys:
    """An application whose answers a test decides, and that counts who asked."""

    def __init__(self, body: bytes = b'{"toys": 3}' * 100, status: int = 200) -> None:
        self.body, self.status = body, status
        self.headers: list[tuple[bytes, bytes]] = [JSON]
        self.asked: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()
        self.ended: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        self.asked.append(scope)
        self.bodies.append((await receive())["body"])
        await self.open.wait()
        await self.answer(scope, receive, send)

    async def answer(self, scope: Any, receive: Any, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Stream(Toys):
    """An application that gives pieces for as long as somebody takes them."""

    def __init__(self, pieces: int, size: int) -> None:
        super().__init__()
        self.pieces, self.size, self.sent = pieces, size, 0

    async def answer(self, scope: Any, receive: Any, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            for number in range(self.pieces):
                piece = bytes([65 + number % 26]) * self.size
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                self.sent += 1
            await send({"type": "http.response.body", "body": b""})
            self.ended.append("whole")
        except asyncio.CancelledError:
            self.ended.append("stopped")
            raise


class Client:
    """One request and what came back."""

    def __init__(self, path: str = "/toys", method: str = "GET", **headers: str) -> None:
        raw, _, query = path.partition("?")
        self.scope = {
            "type": "http",
            "method": method,
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode("latin-1"),
            "scheme": "http",
            "server": ("hub.test", 80),
            "headers": [
                (k.replace("_", "-").encode(), v.encode())
                for k, v in {"host": "hub.test", **headers}.items()
            ],
        }
        self.start: dict[str, Any] = {}
        self.pieces: list[bytes] = []
        self.gone = asyncio.Event()
        self.taking = asyncio.Event()
        self.taking.set()
        self.whole = False
        self.parts: list[bytes] = [b""]

    async def receive(self) -> dict[str, Any]:
        if self.parts:
            return {
                "type": "http.request",
                "body": self.parts.pop(0),
                "more_body": bool(self.parts),
            }
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        await self.taking.wait()
        self.pieces.append(bytes(message["body"]))
        self.whole = self.whole or not message.get("more_body", False)

    async def ask(self, front: FrontMiddleware) -> Client:
        await front(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.start["status"])

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    def header(self, name: str) -> str:
        return dict(self.start["headers"]).get(name.encode(), b"").decode()


def made(app: Any, **options: Any) -> FrontMiddleware:
    return FrontMiddleware(app, SiteFingerprint("b1", "d1"), render_error=page, **options)


@pytest.fixture
def no_spool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fits on the disk: what is too long for memory flows."""
    monkeypatch.setattr(spool, "MAX_SPOOLED_BYTES", 0)


@asynccontextmanager
async def together(*running: Awaitable[Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    tasks = [asyncio.ensure_future(one) for one in running]
    for _ in range(5):
        await asyncio.sleep(0)
    yield tasks
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)


# kept answers


async def test_an_answer_is_asked_for_once() -> None:
    toys = Toys()
    site = made(toys)
    for _ in range(3):
        client = await Client(accept_encoding="gzip").ask(site)
        assert gzip.decompress(client.body) == toys.body
    assert len(toys.asked) == 1


async def test_equal_questions_at_once_cost_one_call() -> None:
    toys = Toys()
    toys.open.clear()
    site = made(toys)
    clients = [Client("/toys?a=1&b=2" if n % 2 else "/toys?b=2&a=1") for n in range(100)]
    async with together(*(client.ask(site) for client in clients)):
        toys.open.set()
    assert len(toys.asked) == 1
    assert {client.body for client in clients} == {toys.body}


async def test_who_asked_first_may_go_away() -> None:
    toys = Toys()
    toys.open.clear()
    site = made(toys)
    first, second = Client(), Client()
    async with together(first.ask(site), second.ask(site)) as tasks:
        tasks[0].cancel()
        first.gone.set()
        await asyncio.sleep(0)
        toys.open.set()
    assert second.body == toys.body
    assert len(toys.asked) == 1


async def test_a_failure_is_not_shared() -> None:
    class Failing(Toys):
        async def answer(self, scope: Any, receive: Any, send: Send) -> None:
            if len(self.asked) == 1:
                raise KeyError("toys")
            await super().answer(scope, receive, send)

    toys = Failing()
    toys.open.clear()
    site = made(toys)
    clients = [Client() for _ in range(3)]
    async with together(*(client.ask(site) for client in clients)):
        toys.open.set()
    assert [client.status for client in clients] == [500, 200, 200]
    assert b"KeyError" not in clients[0].body


async def test_what_went_wrong_is_not_kept() -> None:
    for status in (404, 400, 500, 302):
        toys = Toys(status=status)
        site = made(toys)
        assert [(await Client().ask(site)).status for _ in range(2)] == [status, status]
        assert len(toys.asked) == 2


@pytest.mark.parametrize("name", ["cookie", "authorization", "proxy_authorization"])
async def test_a_credential_makes_no_other_question_and_goes_no_further(name: str) -> None:
    toys = Toys()
    site = made(toys)
    asked = [await Client(**{name: f"secret {turn}"}).ask(site) for turn in range(2)]
    asked.append(await Client().ask(site))
    assert len(toys.asked) == 1
    assert toys.asked[0]["headers"] == [(b"host", b"hub.test")]
    assert [client.header("hub-cache") for client in asked] == ["", "hit", "hit"]
    assert asked[1].header("cache-control").startswith("public")


@pytest.mark.parametrize("header", [(b"set-cookie", b"a=b"), (b"cache-control", b"no-store")])
async def test_a_personal_answer_is_not_kept(header: tuple[bytes, bytes]) -> None:
    toys = Toys()
    toys.headers = [JSON, header]
    site = made(toys)
    await Client().ask(site)
    await Client().ask(site)
    assert len(toys.asked) == 2


async def test_what_is_kept_has_a_limit() -> None:
    toys = Toys(b"a" * 10_000)
    cache = ResponseCache(200_000)
    site = made(toys, response_cache=cache)
    for number in range(100):
        await Client(f"/toys?n={number}").ask(site)
        await Client("/toys?n=0").ask(site)
    assert cache.total_bytes <= 200_000
    assert len(cache) == len(cache.by_address) <= 20
    # what is asked for all the time stays
    assert sum(scope["query_string"] == b"n=0" for scope in toys.asked) == 1


async def test_what_is_dropped_gives_its_memory_back_at_once() -> None:
    toys = Toys()
    site = made(toys, response_cache=ResponseCache(400_000))
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for number in range(100):
            toys.body = bytes(40_000)
            await Client(f"/toys?n={number}").ask(site)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
        gc.enable()


async def test_many_spellings_of_a_question_fill_nothing() -> None:
    cache = ResponseCache()
    toys = Toys()
    site = made(toys, response_cache=cache)
    for number in range(5_000):
        await Client("/toys", accept=f"text/x{number}").ask(site)
    assert len(toys.asked) == len(cache) == 1
    assert len(cache.by_address) <= 4_096


async def test_the_form_counts_only_where_there_are_several() -> None:
    toys = Toys()
    site = made(toys)
    for path in ("/api/v1/toys", "/api/v1/toys.json", "/hub/toys"):
        for accept in ("application/json", "text/csv;q=0.7", "text/csv", "text/made-up"):
            await Client(path, accept=accept).ask(site)
    told = [(s["path"], dict(s["headers"]).get(b"accept")) for s in toys.asked]
    assert told == [
        ("/api/v1/toys", b"application/json;q=0.9"),
        ("/api/v1/toys", b"text/csv;q=0.9"),
        ("/api/v1/toys", b"application/x-unknown;q=0.9"),
        ("/api/v1/toys.json", None),
        ("/hub/toys", None),
    ]


async def test_the_tag_of_a_whole_answer_is_that_of_its_bytes() -> None:
    toys = Toys()
    tag = (await Client().ask(made(toys))).header("etag")
    toys.headers = [JSON, (b"etag", b'"own"')]
    assert (await Client().ask(made(toys))).header("etag") == tag


async def test_the_tag_of_a_stream_names_what_it_is_made_from() -> None:
    async def ask(origin: bytes = b"", build: str = "b1", code: str = "d1", **asked: str) -> str:
        stream = Stream(3, 10)
        stream.headers = [JSON, (b"x-accel-buffering", b"no"), (b"etag", origin)]
        front = FrontMiddleware(stream, SiteFingerprint(build, code), render_error=page)
        return (await Client(**asked).ask(front)).header("etag")

    assert await ask(b'"o"') == await ask(b'"o"', build="b2")
    tags = [await ask(b'"o"'), await ask(b'"p"'), await ask(b'"o"', code="d2"), await ask()]
    tags += [await ask(build="b2"), await ask(b'"o"', path="/toys?a=1")]
    tags.append(await ask(b'"o"', accept_encoding="gzip"))
    assert len(set(tags)) == len(tags) == 7


async def test_a_large_answer_is_sent_in_slices() -> None:
    toys = Toys(bytes(1_000_000))
    client = await Client().ask(made(toys))
    assert max(map(len, client.pieces)) == 262_144
    assert client.body == toys.body


async def test_a_part_of_a_page_is_the_whole() -> None:
    toys = Toys()
    toys.headers = [(b"content-type", b"text/html; charset=utf-8")]
    site = made(toys)
    for _ in range(2):
        client = await Client(range="bytes=0-1", accept_encoding="gzip").ask(site)
        assert (client.status, client.body) == (200, toys.body)
    assert len(toys.asked) == 1


@pytest.mark.parametrize("size", [1_000, 5_000_000])
async def test_parts_of_a_whole_answer_wherever_it_lies(size: int) -> None:
    toys = Toys(body=bytes(n % 251 for n in range(size)))
    site = made(toys)
    whole = await Client().ask(site)
    tag, total = whole.header("etag"), str(size)
    assert (whole.header("content-length"), whole.header("accept-ranges")) == (total, "bytes")
    digest = base64.b64encode(hashlib.sha256(toys.body).digest()).decode()
    assert whole.header("repr-digest") == f"sha-256=:{digest}:"
    part = await Client(range="bytes=10-19", accept_encoding="gzip").ask(site)
    assert (part.status, part.body) == (206, toys.body[10:20])
    assert (part.header("content-range"), part.header("etag")) == (f"bytes 10-19/{size}", tag)
    assert (await Client(range="bytes=-5").ask(site)).body == toys.body[-5:]
    several = await Client(range="bytes=0-1,5-6").ask(site)
    assert several.status == 206
    assert several.header("content-type").startswith("multipart/byteranges")
    assert (await Client(range=f"bytes={size}-").ask(site)).status == 416
    for named, status in ((tag, 206), (f"W/{tag}", 200), ('"x"', 200)):
        assert (await Client(range="bytes=0-1", if_range=named).ask(site)).status == status
    head = await Client(method="HEAD", range="bytes=0-1").ask(site)
    assert (head.status, head.header("content-length"), head.body) == (200, total, b"")
    assert (await Client(if_none_match=tag).ask(site)).status == 304
    assert (await Client(if_match='"x"').ask(site)).status == 412
    assert len(toys.asked) == 1


async def test_a_long_answer_in_a_coding_is_the_same_bytes(monkeypatch: Any) -> None:
    stream = Stream(50, 100_000)
    site = made(stream)
    plain = await Client().ask(site)
    coded = await Client(accept_encoding="gzip").ask(site)
    assert gzip.decompress(coded.body) == plain.body
    assert coded.header("content-length") == ""
    assert coded.header("etag") == plain.header("etag")[:-1] + '-gzip"'
    assert (await Client(method="HEAD", accept_encoding="gzip").ask(site)).body == b""
    assert len(stream.asked) == 1


async def test_what_is_longer_than_the_disk_allows_flows_from_its_first_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spool, "MAX_SPOOLED_BYTES", 4_000_000)
    client = await Client().ask(made(Stream(100, 100_000)))
    assert client.whole
    assert client.body == b"".join(bytes([65 + n % 26]) * 100_000 for n in range(100))
    assert client.header("content-length") == client.header("accept-ranges") == ""


async def test_the_disk_holds_what_was_asked_for_lately() -> None:
    store = spool.SpoolStore(max_bytes=250)
    for number in range(4):
        made_spool = store.open_spool()
        assert made_spool is not None
        assert await made_spool.add(b"a" * 100)
        store.add(number, made_spool)
        del made_spool
        await asyncio.sleep(0.1)  # the thread that wrote it lets go of it
        gc.collect()
    assert [store.get(number) is not None for number in range(4)] == [False, False, True, True]
    held = store.get(3)
    assert held.read(0, 2) == b"aa"
    assert not await held.add(b"a" * 300)


async def test_what_the_application_has_coded_is_left_alone() -> None:
    toys = Toys(gzip.compress(b"toys" * 1_000))
    toys.headers = [JSON, (b"content-encoding", b"gzip")]
    client = await Client(accept_encoding="br").ask(made(toys))
    assert client.body == toys.body
    assert client.header("content-encoding") == "gzip"


async def test_an_answer_without_a_body_has_no_length() -> None:
    client = await Client().ask(made(Toys(b"", 204)))
    assert "content-length" not in {k.decode() for k, _ in client.start["headers"]}


async def test_the_head_of_a_stream_is_that_of_the_stream() -> None:
    stream = Stream(100, 100_000)
    site = made(stream)
    head = await Client(method="HEAD", accept_encoding="gzip").ask(site)
    whole = await Client(accept_encoding="gzip").ask(site)
    assert head.start == whole.start
    assert head.body == b""


# streams


async def test_a_stream_arrives_whole_and_is_not_held() -> None:
    stream = Stream(100, 100_000)
    client = await Client().ask(made(stream))
    assert client.body == b"".join(bytes([65 + n % 26]) * 100_000 for n in range(100))
    assert client.whole
    assert stream.ended == ["whole"]
    # what was kept back before it was known to be a stream comes in one piece
    assert len(client.pieces[0]) <= upstream.MAX_BUFFERED_BYTES + 100_000
    assert "content-length" not in dict(client.start["headers"])


async def test_a_stream_is_as_slow_as_its_reader(no_spool: None) -> None:
    stream = Stream(1_000, 100_000)
    site = made(stream)
    client = Client()
    client.taking.clear()
    async with together(client.ask(site)):
        await asyncio.sleep(0.05)
        assert stream.sent <= upstream.MAX_BUFFERED_BYTES / 100_000 + 1
        client.taking.set()
    assert stream.ended == ["whole"]


async def test_a_stream_ends_when_its_reader_goes_away() -> None:
    stream = Stream(1_000, 100_000)
    client = Client()
    client.taking.clear()
    async with together(client.ask(made(stream))):
        await asyncio.sleep(0.05)
        client.gone.set()
        await asyncio.sleep(0.05)
        client.taking.set()
    assert stream.ended == ["stopped"]
    assert stream.sent < 1_000


async def test_a_stream_can_ask_to_flow_from_its_first_byte() -> None:
    stream = Stream(3, 10)
    stream.headers = [JSON, (b"x-accel-buffering", b"no")]
    client = await Client().ask(made(stream))
    assert client.pieces == [b"A" * 10, b"B" * 10, b"C" * 10, b""]


async def test_a_stream_is_packed_as_it_flows(no_spool: None) -> None:
    stream = Stream(40, 100_000)
    client = await Client(accept_encoding="br, gzip").ask(made(stream))
    assert client.header("content-encoding") == "gzip"
    assert len(client.pieces) > 10
    assert gzip.decompress(client.body) == (await Client().ask(made(stream))).body


async def test_a_stream_that_a_client_has_is_not_begun() -> None:
    stream = Stream(1_000, 100_000)
    site = made(stream)
    tag = (await Client(method="HEAD").ask(site)).header("etag")
    client = await Client(if_none_match=tag).ask(site)
    assert (client.status, client.body) == (304, b"")
    await asyncio.sleep(0.01)
    assert stream.ended == ["stopped", "stopped"]


async def test_a_stream_is_for_the_one_who_asked(no_spool: None) -> None:
    stream = Stream(30, 100_000)
    stream.open.clear()
    site = made(stream)
    clients = [Client() for _ in range(3)]
    async with together(*(client.ask(site) for client in clients)):
        stream.open.set()
    assert {len(client.body) for client in clients} == {3_000_000}
    assert len(stream.asked) == 3


async def test_a_stream_that_breaks_is_not_ended_as_if_it_were_whole(no_spool: None) -> None:
    class Broken(Stream):
        async def answer(self, scope: Any, receive: Any, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            piece = b"a" * 3_000_000
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            raise KeyError("toys")

    client = Client()
    with pytest.raises(BrokenOffError):
        await client.ask(made(Broken(1, 1)))
    assert not client.whole


async def test_an_application_learns_that_nobody_reads_on() -> None:
    class Watching(Stream):
        async def answer(self, scope: Any, receive: Any, send: Send) -> None:
            stream = asyncio.create_task(super().answer(scope, receive, send))
            assert (await receive())["type"] == "http.disconnect"
            self.ended.append("told")
            stream.cancel()

    stream = Watching(1_000, 100_000)
    client = Client()
    client.taking.clear()
    async with together(client.ask(made(stream))):
        await asyncio.sleep(0.05)
        client.gone.set()
        await asyncio.sleep(0.05)
        client.taking.set()
    assert stream.ended[0] == "told"


async def test_a_stream_that_nobody_waits_for_any_more_is_not_begun(no_spool: None) -> None:
    stream = Stream(100, 100_000)
    stream.open.clear()
    async with together(Client().ask(made(stream))) as (asking,):
        asking.cancel()
        await asyncio.sleep(0)
        stream.open.set()
        await asyncio.sleep(0.05)
    assert stream.ended == ["stopped"]


async def test_an_application_that_says_nothing_is_at_fault() -> None:
    class Silent(Toys):
        async def answer(self, scope: Any, receive: Any, send: Send) -> None:
            return

    client = await Client("/api/v1/toys").ask(made(Silent()))
    assert client.status == 500
    assert client.header("content-type") == "application/problem+json"


# how much at once


async def test_too_many_questions_at_once_are_sent_away() -> None:
    toys = Toys()
    toys.open.clear()
    site = made(toys, places=places(max_running=2, max_waiting=3, max_wait_seconds=5))
    clients = [Client(f"/api/toys?n={number}") for number in range(7)]
    async with together(*(client.ask(site) for client in clients)):
        assert len(toys.asked) == 2
        assert [client.status for client in clients[5:]] == [503, 503]
        toys.open.set()
    assert [client.status for client in clients] == [200] * 5 + [503] * 2
    assert clients[6].header("retry-after") == "5"
    assert clients[6].header("content-type") == "application/problem+json"
    assert clients[6].header("cache-control") == "no-store"
    assert (await Client("/api/toys?n=9").ask(site)).status == 200


async def test_who_waits_too_long_is_sent_away() -> None:
    toys = Toys()
    toys.open.clear()
    site = made(toys, places=places(max_running=1, max_waiting=3, max_wait_seconds=0.05))
    clients = [Client(f"/api/toys?n={number}") for number in range(2)]
    async with together(*(client.ask(site) for client in clients)):
        await asyncio.sleep(0.1)
        assert clients[1].status == 503
        toys.open.set()
    assert clients[0].status == 200


async def test_a_kept_answer_is_given_when_all_are_busy() -> None:
    toys = Toys()
    site = made(toys, places=places(max_running=1, max_waiting=0, max_wait_seconds=1))
    await Client("/toys").ask(site)
    toys.open.clear()
    async with together(Client("/toys?n=1").ask(site)):
        assert (await Client("/toys").ask(site)).status == 200
        assert (await Client("/toys?n=2").ask(site)).status == 503
        toys.open.set()


async def test_a_stream_that_flows_holds_no_place() -> None:
    stream = Stream(100, 100_000)
    site = made(stream, places=places(max_running=1, max_waiting=0, max_wait_seconds=1))
    slow = Client("/toys?n=1")
    slow.taking.clear()
    async with together(slow.ask(site)):
        await asyncio.sleep(0.05)
        assert (await Client("/toys?n=2").ask(site)).status == 200
        slow.taking.set()


# questions with a body


async def test_a_question_with_a_body_reaches_the_application() -> None:
    toys = Toys()
    site = made(toys)
    for _ in range(2):
        client = Client("/api/v1/query?x=1", "POST", content_type="application/json")
        client.parts = [b'{"a":', b" 1}"]
        await client.ask(site)
        assert client.body == toys.body
        assert client.header("cache-control") == "no-store"
        assert client.header("etag") == ""
    assert toys.bodies == [b'{"a": 1}'] * 2
    assert toys.asked[0]["query_string"] == b"x=1"


async def test_a_body_has_a_limit() -> None:
    toys = Toys()
    for parts, status in (([b"a" * 65_536], 200), ([b"a" * 65_536, b"b"], 413)):
        client = Client("/api/v1/query", "POST")
        client.parts = list(parts)
        await client.ask(made(toys))
        assert client.status == status
    assert len(toys.asked) == 1


async def test_a_body_without_end_is_not_read_for_ever() -> None:
    client = Client("/api/v1/query", "POST")
    client.parts = [b"a" * 100_000] * 50
    await client.ask(made(Toys()))
    assert client.status == 413
    assert len(client.parts) > 30


async def test_a_start_and_an_end_of_the_server_pass_through() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Send) -> None:
        seen.append(scope["type"])

    await made(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "BODY_TIMEOUT_SECONDS", 0.02)
    client = Client("/api/v1/query", "POST")
    client.parts = []
    await client.ask(made(Toys()))
    assert client.status == 408


async def test_a_body_that_ends_too_soon_is_no_question() -> None:
    toys = Toys()
    client = Client("/api/v1/query", "POST")
    client.parts = []
    client.gone.set()
    await client.ask(made(toys))
    assert (client.status, toys.asked) == (400, [])
