"""What the guard lets through, what it refuses, and what it says of the inside: nothing."""

from __future__ import annotations

import sqlite3

import pytest

from evidencehub.http import guard
from evidencehub.http.problem_details import HttpError


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "/hub/observation", "_facet=sex", None),
        ("HEAD", "/hub/observation", "", None),
        ("OPTIONS", "/hub/observation", "", None),
        ("POST", "/api/v1/query", "", None),
        ("GET", "/hub/finding/a~2Eb+c,d", "", None),
        ("GET", "/" + "a" * guard.MAX_PATH_CHARS, "", 414),
        ("GET", "/" + "a" * (guard.MAX_PATH_CHARS - 1), "", None),
        ("GET", "/hub/observation", "q" * (guard.MAX_QUERY_CHARS + 1), 414),
        ("GET", "/hub/observation", "q" * guard.MAX_QUERY_CHARS, None),
        ("GET", "/hub/a%20b", "", None),
        ("GET", "/hub%2Fobservation", "", 404),
        ("GET", "/hub%252Fobservation", "", 404),
        ("GET", "/hub%00", "", 404),
        ("GET", "/hub%0d%0aset-cookie:a", "", 404),
        ("GET", "/hub/%zz", "", 404),
        ("GET", "/hub/../hub", "", 404),
        ("GET", "/hub/%2E%2e/hub", "", 404),
        ("GET", "/hub/.", "", 404),
        ("GET", "//example.com/", "", 404),
        ("GET", "/hub//observation", "", 404),
        ("GET", "/%5cexample.com/", "", 404),
        ("GET", "/hub\\observation", "", 404),
        ("GET", "/hub/\xe9", "", 404),
        ("GET", "/hub", "a=\r\nset-cookie:a", 404),
        ("GET", "/-/VERSIONS.json", "", 404),
        ("DELETE", "/hub/observation", "", 405),
        ("PROPFIND", "/hub/observation", "", 405),
        ("POST", "/hub/observation", "", 405),
    ],
)
def test_a_request_is_refused_or_let_through(
    method: str, path: str, query: str, status: int | None
) -> None:
    if status is None:
        guard.check_request(method, path, query)
        return
    with pytest.raises(HttpError) as refused:
        guard.check_request(method, path, query)
    assert refused.value.status == status


@pytest.mark.parametrize("host", ["a b", 'a"><script>', "a/b", "a\\b", "a@b", "a" * 256])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(HttpError) as refused:
        guard.check_host("1.1", host)
    assert refused.value.status == 400


def test_another_method_is_told_which_ones_there_are() -> None:
    with pytest.raises(HttpError) as refused:
        guard.check_request("PUT", "/api/v1/query", "")
    assert refused.value.headers == (("allow", "POST, OPTIONS"),)


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
            (400, "The request could not be processed."),
        ),
        (KeyError("a name of the inside"), (500, "An internal error occurred.")),
    ],
    ids=["with a text", "without", "of the database", "a fault of ours"],
)
def test_an_exception_tells_what_was_meant_and_nothing_of_the_inside(
    exception: Exception, answer: tuple[int, str]
) -> None:
    assert guard.describe_exception(exception) == answer
