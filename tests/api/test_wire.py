"""HTTP over real sockets: connections that are kept, bodies without a length, ends too soon."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.dataset_builder import BuildWorkspace
from tests.support.running_server import TIMEOUT_SECONDS, RunningServer, run_server

ROWS, TABLE = "/hub/observation.json?_shape=array", "/hub/observation"
FILE = "/datasets/toy-repairs/1.0.0/about.md"
LONG = "# Toys\n" + "A line about toys that were mended.\n" * 27_000  # just within the limit


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    site = BuildWorkspace(tmp_path_factory.mktemp("wire"))
    dataset = site.dataset()
    dataset.texts["about.md"] = LONG
    dataset.write()
    with run_server(site) as server:
        server.wait_until_ready()
        yield server


def said(served: RunningServer, request: bytes) -> bytes:
    """All that comes back until the server closes the connection, as the request asks it to."""
    with closing(socket.create_connection(("127.0.0.1", served.port), TIMEOUT_SECONDS)) as client:
        client.sendall(request)
        parts = []
        try:
            while part := client.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts)


def first_line(answer: bytes) -> bytes:
    return answer.split(b"\r\n", 1)[0]


def test_a_connection_stays_in_step_whatever_is_asked(served: RunningServer) -> None:
    client = served.connect()
    whole = served.get(ROWS)
    client.request("GET", ROWS)
    answer = client.getresponse()
    tag = answer.headers["etag"]
    assert answer.read() == whole
    steps = [
        ("HEAD", ROWS, {}, 200, b""),
        ("GET", ROWS, {}, 200, whole),
        ("GET", ROWS, {"If-None-Match": tag}, 304, b""),
        ("GET", ROWS, {}, 200, whole),
        ("HEAD", FILE, {}, 200, b""),
        ("GET", FILE, {"Range": "bytes=0-5"}, 206, LONG[:6].encode()),
        ("GET", FILE, {"Range": "bytes=99999999-"}, 416, None),
        ("HEAD", "/nosuch", {}, 404, b""),
        ("OPTIONS", ROWS, {}, 204, b""),
        ("PUT", ROWS, {"Content-Length": "0"}, 405, None),
        ("GET", ROWS, {}, 200, whole),
    ]
    for method, path, headers, status, body in steps:
        client.request(method, path, headers=headers)
        answer = client.getresponse()
        found = answer.read()
        assert answer.status == status, (method, path)
        assert body is None or found == body, (method, path)
    client.close()


def test_many_questions_at_once_on_one_connection_are_answered_in_turn(
    served: RunningServer,
) -> None:
    one = f"GET {ROWS} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    assert said(served, one * 19 + last).count(b"HTTP/1.1 200 OK\r\n") == 20


def test_a_body_without_a_length_has_the_same_limit(served: RunningServer) -> None:
    head = (
        b"POST /api/v1/query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    assert first_line(said(served, head + chunk * 20 + b"0\r\n\r\n")).split()[1] == b"413"
    fine = said(served, head + b"2\r\n[]\r\n0\r\n\r\n")
    assert first_line(fine).split()[1] == b"400"
    assert b"application/problem+json" in fine


@pytest.mark.parametrize(
    ("request_line", "statuses"),
    [
        (b"TRACE / HTTP/1.1", {b"405"}),
        (b"CONNECT example.com:80 HTTP/1.1", {b"400", b"404", b"405"}),
        (b"BREW / HTTP/1.1", {b"400", b"405"}),
        (b"GET //example.com/ HTTP/1.1", {b"404"}),
        (b"GET /\\example.com/ HTTP/1.1", {b"404", b"400"}),
        (b"GET http://example.com/ HTTP/1.1", {b"200"}),
        (b"GET /%zz HTTP/1.1", {b"404"}),
        (b"GET /" + b"a" * 60_000 + b" HTTP/1.1", {b"414", b"400"}),
        (b"GET /hub/observation?x=" + b"a" * 20_000 + b" HTTP/1.1", {b"414"}),
    ],
)
def test_a_strange_request_gets_an_answer_and_harms_nobody(
    served: RunningServer, request_line: bytes, statuses: set[bytes]
) -> None:
    answer = said(served, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert first_line(answer).split()[1] in statuses
    assert b"location: //" not in answer.lower()
    assert served.get("/healthz") == b"ok\n"


def test_a_page_arrives_packed_and_whole(served: RunningServer) -> None:
    client = served.connect()
    for _ in range(2):  # made, then kept
        client.request("GET", TABLE, headers={"Accept-Encoding": "gzip"})
        answer = client.getresponse()
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(answer.read()) == served.get(TABLE)
    client.close()


def test_a_download_that_was_cut_off_can_be_gone_on_with(served: RunningServer) -> None:
    with closing(socket.create_connection(("127.0.0.1", served.port), TIMEOUT_SECONDS)) as client:
        client.sendall(f"GET {FILE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head, _, had = client.recv(20_000).partition(b"\r\n\r\n")
    tag = next(
        line.split(b": ")[1].decode() for line in head.split(b"\r\n") if line.startswith(b"etag")
    )
    rest = served.connect()
    rest.request("GET", FILE, headers={"Range": f"bytes={len(had)}-", "If-Range": tag})
    answer = rest.getresponse()
    assert answer.status == 206
    assert had + answer.read() == LONG.encode()
    rest.close()
