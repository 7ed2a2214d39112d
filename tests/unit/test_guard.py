"""What the guard lets through, what it refuses, and what it says of the inside: nothing."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from evidencehub.serve import guard, home


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "/hub/observation", "_facet=sex&_facet=age&_facet=area", None),
        ("HEAD", "/hub/observation", "", None),
        ("OPTIONS", "/hub/observation", "", None),
        ("GET", "/" + "a" * guard.MAX_PATH, "", 414),
        ("GET", "/" + "a" * (guard.MAX_PATH - 1), "", None),
        ("GET", "/hub/observation", "q" * (guard.MAX_QUERY + 1), 414),
        ("GET", "/hub/observation", "q" * guard.MAX_QUERY, None),
        ("GET", "/hub%2Fobservation", "", 404),
        ("GET", "/hub%00", "", 404),
        ("GET", "/hub\\observation", "", 404),
        ("GET", "/-/VERSIONS.json", "", 404),
        ("DELETE", "/hub/observation", "", 405),
        ("PROPFIND", "/hub/observation", "", 405),
        ("GET", "/hub/observation", "_facet=a&_facet_date=b&_facet_array=c&_facet=", 400),
    ],
)
def test_a_request_is_refused_or_let_through(
    method: str, path: str, query: str, status: int | None
) -> None:
    refused = guard.refusal(method, path, query)
    assert (refused[0] if refused else None) == status


class Told(Exception):  # noqa: N818 - stands for Datasette's own, which are named so
    """An exception with a status, as Datasette raises them."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status = status


@pytest.mark.parametrize(
    ("exception", "answer"),
    [
        (Told(404, "Table not found: toys"), (404, "Table not found: toys")),
        (Told(404), (404, "Not Found")),
        (
            sqlite3.OperationalError("no such column: secret"),
            (400, "The question could not be answered as it was asked."),
        ),
        (KeyError("a name of the inside"), (500, "Something went wrong on our side.")),
    ],
    ids=["with a text", "without", "of the database", "a fault of ours"],
)
def test_an_exception_tells_what_was_meant_and_nothing_of_the_inside(
    exception: Exception, answer: tuple[int, str]
) -> None:
    assert guard.told(exception) == answer


async def called(scope: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """The types of the scopes that came through the guard, and what was sent back."""
    through: list[str] = []
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        through.append(scope["type"])
        if scope["type"] == "http":
            own = [(b"X-Frame-Options", b"DENY")]
            await send({"type": "http.response.start", "status": 200, "headers": own})
            await send({"type": "http.response.body", "body": b"toys"})

    async def send(message: Any) -> None:
        sent.append(message)

    await guard.wrap(app)(scope, None, send)
    return through, sent


async def test_a_server_s_start_and_end_are_no_requests() -> None:
    assert await called({"type": "lifespan"}) == (["lifespan"], [])


async def test_an_answer_gets_the_headers_that_it_does_not_have() -> None:
    through, sent = await called({"type": "http", "method": "GET", "path": "/hub"})
    assert through == ["http"]
    headers = dict(sent[0]["headers"])
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"X-Frame-Options"] == b"DENY"
    assert b"x-frame-options" not in headers


@pytest.mark.parametrize("raw", [b"//example.com/", b"/%5Cexample.com/?x=1"])
async def test_the_path_is_judged_as_it_was_sent(raw: bytes) -> None:
    scope = {"type": "http", "method": "GET", "path": "/example.com/", "raw_path": raw}
    through, sent = await called(scope)
    assert through == []
    assert [message.get("status") for message in sent] == [404, None]
    assert sent[1]["body"] == b"There is no such page.\n"


async def test_another_method_is_told_which_ones_there_are() -> None:
    _, sent = await called({"type": "http", "method": "PUT", "path": "/hub"})
    assert sent[0]["status"] == 405
    assert dict(sent[0]["headers"])[b"allow"] == b"GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("count", "words"),
    [(None, ""), (0, "1 kB"), (1_999, "1 kB"), (999_999, "999 kB"), (1_540_000, "1.5 MB")],
)
def test_a_size_is_told_as_people_read_it(count: int | None, words: str) -> None:
    assert home.size(count) == words
