"""What strangers' servers may do to the hub that fetches from them: cost it a line in a report."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import random
import re
import socket
import time
from importlib import metadata
from pathlib import Path

import pytest

from evidencehub.exchange import metered_connection
from evidencehub.exchange.fetching import FetchBudget, Fetched, Fetcher, FetchError
from evidencehub.exchange.metered_connection import MAX_HEAD_BYTES
from evidencehub.exchange.public_addresses import is_public, is_trusted
from tests.support import hostile_server
from tests.support.hostile_server import (
    HostileServer,
    SeenRequest,
    make_certificate,
    redirect,
    reset,
    respond,
    serve,
)

BODY = bytes(range(256)) * 40
OTHER = bytes(reversed(BODY))
SHA256 = hashlib.sha256(BODY).hexdigest()
LAST_MODIFIED = "Tue, 01 Dec 2026 08:00:00 GMT"
HALF = len(BODY) // 2
RANGES = {"Accept_Ranges": "bytes", "ETag": '"one"'}


def open_fetcher(server: HostileServer, size: int = 1_000_000, seconds: float = 5) -> Fetcher:
    return Fetcher(server.address, FetchBudget(size, seconds))


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fetch(server: HostileServer, folder: Path, **options) -> Fetched:
    with open_fetcher(server) as fetcher:
        return fetcher.fetch(f"{server.address}/file", folder / "file", **options)


def refuse(server: HostileServer, folder: Path, **options) -> FetchError:
    """The error of a fetch, which leaves nothing but what was there."""
    (folder / "file").write_bytes(b"older")
    with pytest.raises(FetchError) as caught:
        fetch(server, folder, **options)
    assert list_files(folder) == ["file"]
    assert (folder / "file").read_bytes() == b"older"
    assert caught.value.__cause__ is None
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


# what is fetched


def test_a_file_comes_whole_and_its_validators_with_it(folder: Path) -> None:
    answer = respond(BODY, ETag='W/"a"', Last_Modified=LAST_MODIFIED, Content_Type="text/csv")
    with serve(answer) as server:
        fetched = fetch(server, folder, sha256=SHA256.upper(), size=len(BODY), accept="text/csv")
    assert fetched == Fetched(
        f"{server.address}/file", SHA256, len(BODY), 'W/"a"', LAST_MODIFIED, "text/csv", False
    )
    assert (folder / "file").read_bytes() == BODY
    assert list_files(folder) == ["file"]
    (request,) = server.requests
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": f"evidencehub/{metadata.version('evidencehub')}",
        "accept-encoding": "identity",
        "connection": "close",
        "accept": "text/csv",
    }


def test_a_file_without_a_length_comes_whole(folder: Path) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    until_closed = b"HTTP/1.0 200 OK\r\n\r\nabcde"
    for answer in (chunked, until_closed):
        with serve(answer) as server:
            assert fetch(server, folder, size=5).bytes == 5
        assert (folder / "file").read_bytes() == b"abcde"


def test_a_file_replaces_the_older_one(folder: Path) -> None:
    (folder / "file").write_bytes(b"older")
    with serve(respond(BODY)) as server:
        fetch(server, folder)
    assert (folder / "file").read_bytes() == BODY


def test_a_small_document_is_returned() -> None:
    with serve(respond(b"[]", ETag='"1"')) as server, open_fetcher(server) as fetcher:
        content, fetched = fetcher.fetch_bytes(f"{server.address}/catalogue", limit=2)
    assert content == b"[]"
    assert (fetched.bytes, fetched.etag, fetched.is_unchanged) == (2, '"1"', False)


@pytest.mark.parametrize("length", [3, None])
def test_a_small_document_that_is_large_is_refused(length: int | None) -> None:
    answer = respond(b"[1]") if length else b"HTTP/1.1 200 OK\r\n\r\n[1]"
    with (
        serve(answer) as server,
        open_fetcher(server) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.fetch_bytes(f"{server.address}/catalogue", limit=2)
    assert caught.value.code == "too-large"
    assert str(caught.value) == (
        f"{server.address}/catalogue is longer than the 2 bytes that such a document may have. "
        "Check the address, or tell its publisher."
    )


def test_a_small_document_is_refused_by_its_length_before_it_is_read() -> None:
    with (
        serve(respond(bytes(9_000))) as server,
        open_fetcher(server, size=1_000) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.fetch_bytes(f"{server.address}/catalogue", limit=8_999)
    assert "8999 bytes that such a document may have" in str(caught.value)


@pytest.mark.parametrize("length", [None, 9])
def test_a_small_document_may_be_as_long_as_its_limit(length: int | None) -> None:
    answer = respond(bytes(9)) if length else b"HTTP/1.1 200 OK\r\n\r\n" + bytes(9)
    with serve(answer) as server, open_fetcher(server) as fetcher:
        assert fetcher.fetch_bytes(f"{server.address}/catalogue", limit=9)[0] == bytes(9)


# conditions


def test_an_unchanged_file_is_left_as_it_is(folder: Path) -> None:
    (folder / "file").write_bytes(b"older")
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'
    with serve(answer) as server:
        fetched = fetch(server, folder, etag='"one"', last_modified=LAST_MODIFIED)
        with open_fetcher(server) as fetcher:
            content, again = fetcher.fetch_bytes(
                f"{server.address}/file", limit=9, etag='"one"', last_modified=LAST_MODIFIED
            )
    assert fetched.is_unchanged
    assert again.is_unchanged
    assert content == b""
    assert (fetched.etag, fetched.last_modified) == ('"one"', LAST_MODIFIED)
    assert (fetched.sha256, fetched.bytes) == ("", 0)
    assert (folder / "file").read_bytes() == b"older"
    assert list_files(folder) == ["file"]
    for request in server.requests:
        assert request.headers["if-none-match"] == '"one"'
        assert request.headers["if-modified-since"] == LAST_MODIFIED


def test_what_nobody_asked_to_be_unchanged_is_refused(folder: Path) -> None:
    with serve(respond(status="304 Not Modified")) as server:
        error = refuse(server, folder)
    assert (error.code, error.status) == ("status", 304)
    assert "which was not asked" in str(error)


def test_a_garbled_validator_is_not_sent(folder: Path) -> None:
    with serve(respond(BODY)) as server:
        fetch(server, folder, etag='"a"\r\nX: y', last_modified="žluťoučký")
    assert set(server.requests[0].headers).isdisjoint({"if-none-match", "if-modified-since", "x"})


def test_a_validator_that_is_too_long_is_not_kept(folder: Path) -> None:
    tags = [f'"{"a" * length}"' for length in (998, 999)]
    answers = [respond(BODY, ETag=tag, Content_Type="text/\xe9") for tag in tags]
    with serve(*answers) as server:
        fetched = [fetch(server, folder) for _ in answers]
    assert [file.etag for file in fetched] == [tags[0], ""]
    assert fetched[0].content_type == ""


# what was expected


def test_another_files_hash_is_refused_with_both_values(folder: Path) -> None:
    with serve(respond(OTHER)) as server:
        error = refuse(server, folder, sha256=SHA256)
    assert error.code == "hash"
    assert str(error) == (
        f"{server.address}/file has the SHA-256 {hashlib.sha256(OTHER).hexdigest()}, and {SHA256} "
        "was expected. Pull again later: if it stays, its publisher must correct one of them."
    )


def test_a_length_other_than_expected_is_refused_with_both_values(folder: Path) -> None:
    with serve(respond(BODY)) as server:
        error = refuse(server, folder, size=9)
    assert error.code == "length"
    assert str(error) == (
        f"{server.address}/file is 10240 bytes long, and 9 bytes were expected. "
        "Tell its publisher, or pull again."
    )


@pytest.mark.parametrize(("body", "text"), [(b"abcd", "is longer"), (b"ab", "is 2 bytes long")])
def test_a_length_that_was_not_announced_is_checked(folder: Path, body: bytes, text: str) -> None:
    with serve(b"HTTP/1.1 200 OK\r\n\r\n" + body) as server:
        error = refuse(server, folder, size=3)
    assert error.code == "length"
    assert f"{text}, and 3 bytes were expected" in str(error)


def test_more_bytes_than_announced_are_refused(folder: Path) -> None:
    with serve(respond(b"abcde", length=3)) as server:
        error = refuse(server, folder)
    assert error.code == "length"
    assert "sent more than the length that it announced" in str(error)


def test_more_bytes_than_announced_are_refused_in_a_long_file_too(folder: Path) -> None:
    with serve(respond(bytes(300_000), length=100_001)) as server:
        assert refuse(server, folder).code == "length"


# broken connections


def test_a_broken_connection_is_resumed_where_it_broke(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    span = f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"
    rest = respond(BODY[HALF:], "206 Partial Content", Content_Range=span, ETag='"one"')
    with serve(first, rest) as server:
        fetched = fetch(server, folder, sha256=SHA256, etag='"zero"')
    assert (fetched.bytes, fetched.etag) == (len(BODY), '"one"')
    assert (folder / "file").read_bytes() == BODY
    headers = server.requests[1].headers
    assert (headers["range"], headers["if-range"]) == (f"bytes={HALF}-", '"one"')
    assert "if-none-match" not in headers


def test_a_reset_connection_is_resumed_by_its_date(folder: Path) -> None:
    dates = {"Last_Modified": LAST_MODIFIED, "Date": "Tue, 01 Dec 2026 09:00:00 GMT"}
    first = reset(respond(BODY[:HALF], length=len(BODY), Accept_Ranges="bytes", **dates))
    span = f"bytes {HALF}-{len(BODY) - 1}/*"
    rest = respond(BODY[HALF:], "206 Partial Content", Content_Range=span)
    with serve(first, rest) as server:
        fetch(server, folder, sha256=SHA256)
    assert server.requests[1].headers["if-range"] == LAST_MODIFIED


def test_chunks_that_break_off_are_resumed(folder: Path) -> None:
    head = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAccept-Ranges: bytes\r\nETag: "one"\r\n\r\n'
    rest = respond(b"def", "206 Partial Content", Content_Range="bytes 3-5/6")
    with serve(head + b"3\r\nabc\r\n", rest) as server:
        assert fetch(server, folder).bytes == 6
    assert (folder / "file").read_bytes() == b"abcdef"


def test_a_file_in_many_pieces_is_given_up_after_three_resumptions(folder: Path) -> None:
    def send_piece(request: SeenRequest, connection: socket.socket) -> None:
        start = int(re.sub(r"\D", "", request.headers.get("range", "0")))
        span = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
        status = "206 Partial Content" if start else "200 OK"
        left = len(BODY) - start
        connection.sendall(
            respond(BODY[start : start + 9], status, left, Content_Range=span, **RANGES)
        )

    with serve(send_piece) as server:
        error = refuse(server, folder)
    assert len(server.requests) == 4
    assert error.code == "length"
    assert str(error) == (
        f"{server.address}/file broke off after 36 of 10240 bytes. "
        "Pull again later, or tell its publisher."
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"one"'},  # and no word of ranges
        {"Accept_Ranges": "none", "ETag": '"one"'},
        {"Accept_Ranges": "bytes"},
        {"Accept_Ranges": "bytes", "ETag": 'W/"one"'},
        {"Accept_Ranges": "bytes", "Last_Modified": LAST_MODIFIED},
        {"Accept_Ranges": "bytes", "Last_Modified": LAST_MODIFIED, "Date": LAST_MODIFIED},
        {"Accept_Ranges": "bytes", "Last_Modified": "yesterday", "Date": LAST_MODIFIED},
    ],
)
def test_without_ranges_and_a_strong_validator_nothing_is_resumed(
    folder: Path, headers: dict[str, str]
) -> None:
    with serve(respond(BODY[:HALF], length=len(BODY), **headers)) as server:
        error = refuse(server, folder)
    assert len(server.requests) == 1
    assert error.code == "length"


def test_a_version_that_changed_meanwhile_replaces_what_had_come(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    with serve(first, respond(OTHER, ETag='"two"')) as server:
        fetched = fetch(server, folder)
    assert (folder / "file").read_bytes() == OTHER
    assert fetched.etag == '"two"'
    assert fetched.sha256 == hashlib.sha256(OTHER).hexdigest()


def test_a_shorter_version_leaves_nothing_of_the_longer_one(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    with serve(first, respond(b"abc", ETag='"two"')) as server:
        fetch(server, folder)
    assert (folder / "file").read_bytes() == b"abc"


@pytest.mark.parametrize(
    ("span", "tag"),
    [
        (f"bytes {HALF - 1}-{len(BODY) - 2}/{len(BODY)}", '"one"'),  # begins elsewhere
        (f"bytes {HALF}-{len(BODY)}/{len(BODY) + 1}", '"one"'),  # of a longer file
        (f"bytes {HALF}-{len(BODY)}/{len(BODY)}", '"one"'),  # ends after the end
        (f"bytes {HALF}-{HALF}/{len(BODY)}", '"one"'),  # says one byte and sends more
        (f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}", '"two"'),  # of another version
        ("multipart/byteranges", '"one"'),
        ("", '"one"'),
    ],
)
def test_a_range_that_does_not_fit_is_thrown_away(folder: Path, span: str, tag: str) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    rest = respond(OTHER[HALF:], "206 Partial Content", Content_Range=span, ETag=tag)
    with serve(first, rest, respond(OTHER)) as server:
        fetch(server, folder)
    assert (folder / "file").read_bytes() == OTHER
    assert "range" not in server.requests[2].headers


def test_more_bytes_than_a_range_has_are_refused(folder: Path) -> None:
    first = respond(b"abc", length=6, **RANGES)
    rest = b"HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n"
    rest += b"Content-Range: bytes 3-4/6\r\n\r\n3\r\ndef\r\n0\r\n\r\n"
    with serve(first, rest) as server:
        error = refuse(server, folder)
    assert error.code == "length"
    assert "sent more than the length that it announced" in str(error)


def test_a_range_that_ends_after_the_file_is_thrown_away(folder: Path) -> None:
    first = respond(b"abc", length=6, **RANGES)
    rest = respond(b"defg", "206 Partial Content", Content_Range="bytes 3-6/6")
    with serve(first, rest, respond(b"abcdef")) as server:
        fetch(server, folder)
    assert len(server.requests) == 3


def test_a_range_of_a_file_of_which_nobody_knows_the_end_is_thrown_away(folder: Path) -> None:
    head = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAccept-Ranges: bytes\r\nETag: "one"\r\n\r\n'
    rest = respond(b"de", "206 Partial Content", Content_Range="bytes 3-4/*")
    with serve(head + b"3\r\nabc\r\n", rest, respond(b"abcdef")) as server:
        fetch(server, folder)
    assert (folder / "file").read_bytes() == b"abcdef"


def test_a_redirected_file_is_resumed_where_it_came_from(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    span = f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"
    rest = respond(BODY[HALF:], "206 Partial Content", Content_Range=span)
    with serve(redirect("/mirror"), first, rest) as server:
        fetch(server, folder, sha256=SHA256)
    assert [request.target for request in server.requests] == ["/file", "/mirror", "/mirror"]


def test_a_range_that_comes_from_elsewhere_is_thrown_away(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    span = f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"
    rest = respond(OTHER[HALF:], "206 Partial Content", Content_Range=span, ETag='"one"')
    with serve(first, redirect("/mirror"), rest, respond(BODY)) as server:
        fetch(server, folder, sha256=SHA256)
    assert [request.target for request in server.requests] == ["/file", "/file", "/mirror", "/file"]


def test_a_range_that_is_refused_is_followed_by_the_whole(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    with serve(first, respond(status="416 Range Not Satisfiable"), respond(BODY)) as server:
        fetch(server, folder)
    assert (folder / "file").read_bytes() == BODY


def test_a_range_that_nobody_asked_for_is_refused(folder: Path) -> None:
    answer = respond(b"abc", "206 Partial Content", Content_Range="bytes 0-2/3")
    with serve(answer) as server:
        error = refuse(server, folder)
    assert (error.code, error.status) == ("status", 206)


def test_an_error_instead_of_a_range_is_an_error(folder: Path) -> None:
    first = respond(BODY[:HALF], length=len(BODY), **RANGES)
    with serve(first, respond(status="410 Gone")) as server:
        error = refuse(server, folder)
    assert (error.code, error.status) == ("status", 410)


# budgets


def test_a_length_above_the_budget_is_refused_before_it_is_read(folder: Path) -> None:
    def send_on(_: SeenRequest, connection: socket.socket) -> None:
        connection.sendall(respond(length=10**12))
        assert connection.recv(1) == b""  # the client has left

    with serve(send_on) as server:
        error = refuse(server, folder)
    assert error.code == "too-large"
    assert re.fullmatch(
        rf"{server.address}/file is 1000000000000 bytes long, and 9999\d\d bytes of the budget are "
        r"left\. Raise `megabytes` of this partner, or take fewer datasets\.",
        str(error),
    )


def test_a_stream_without_an_end_is_cut_by_the_budget(folder: Path) -> None:
    def send_on(_: SeenRequest, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(bytes(65_536))

    with serve(send_on) as server:
        error = refuse(server, folder)
    assert error.code == "too-large"
    assert "what is left of the budget of bytes" in str(error)


def test_the_budget_of_bytes_counts_heads_and_bodies(folder: Path) -> None:
    answer = respond(BODY)
    with serve(answer) as server:
        with open_fetcher(server, size=len(answer)) as fetcher:
            fetcher.fetch(f"{server.address}/file", folder / "file")
        with open_fetcher(server, size=len(answer) - 1) as fetcher, pytest.raises(FetchError):
            fetcher.fetch(f"{server.address}/file", folder / "file")


def test_the_budget_of_bytes_is_spent_by_all_fetches_together(folder: Path) -> None:
    with serve(respond(BODY)) as server, open_fetcher(server, 3 * len(BODY)) as fetcher:
        for name in ("a", "b"):
            fetcher.fetch(f"{server.address}/{name}", folder / name)
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(f"{server.address}/c", folder / "c")
    assert caught.value.code == "too-large"
    assert list_files(folder) == ["a", "b"]


@pytest.mark.parametrize("start", [0, 20, 60], ids=["status line", "headers", "body"])
def test_a_server_that_drips_is_cut_by_the_deadline(folder: Path, start: int) -> None:
    data = respond(BODY, Content_Type="text/csv")
    with serve() as server:
        drip = server.drip(data[start:], 0.1)

        def send(request: SeenRequest, connection: socket.socket) -> None:
            connection.sendall(data[:start])
            drip(request, connection)

        server.answers.append(send)
        began = time.monotonic()
        with open_fetcher(server, seconds=0.4) as fetcher:
            with pytest.raises(FetchError) as caught:
                fetcher.fetch(f"{server.address}/file", folder / "file")
            assert time.monotonic() - began < 1.5
            with pytest.raises(FetchError) as again:  # nothing is left for the next
                fetcher.fetch(f"{server.address}/other", folder / "other")
    assert caught.value.code == again.value.code == "timeout"
    assert str(caught.value) == (
        f"{server.address}/file had not come when the seconds of this pull were over. "
        "Raise `seconds` of this partner, or pull again later."
    )
    assert list_files(folder) == []


def test_a_server_that_says_nothing_is_cut_by_the_deadline(folder: Path) -> None:
    with serve() as server, open_fetcher(server, seconds=0.3) as fetcher:
        server.answers.append(server.send_and_wait(b""))
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(f"{server.address}/file", folder / "file")
    assert caught.value.code == "timeout"


def test_a_file_that_stands_still_is_cut_by_the_deadline(folder: Path) -> None:
    with serve() as server, open_fetcher(server, seconds=0.3) as fetcher:
        server.answers.append(
            server.send_and_wait(respond(BODY[:HALF], length=len(BODY), **RANGES))
        )
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(f"{server.address}/file", folder / "file")
    assert caught.value.code == "timeout"
    assert len(server.requests) == 1


def test_a_silent_server_is_left_long_before_the_deadline(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metered_connection, "IDLE_SECONDS", 0.2)
    with serve() as server:
        server.answers.append(server.send_and_wait(b""))
        error = refuse(server, folder)
    assert error.code == "timeout"
    assert str(error) == (
        f"{server.address}/file: nothing came for 30 seconds. "
        "Pull again later, or check the address."
    )


def test_a_file_that_stands_still_is_resumed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metered_connection, "IDLE_SECONDS", 0.2)
    span = f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"
    rest = respond(BODY[HALF:], "206 Partial Content", Content_Range=span)
    with serve() as server:
        first = server.send_and_wait(respond(BODY[:HALF], length=len(BODY), **RANGES))
        server.answers += [first, rest]
        fetch(server, folder, sha256=SHA256)


def test_interim_responses_without_an_end_are_cut(folder: Path) -> None:
    def send_on(_: SeenRequest, connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with serve(send_on) as server:
        assert refuse(server, folder).code == "protocol"


# redirects


def test_redirects_are_followed_at_the_origin(folder: Path) -> None:
    with serve(
        redirect("/b?c=d#e", "301 Moved Permanently"), redirect("../f", "307 Temporary Redirect"),
        respond(BODY),
    ) as server:  # fmt: skip
        fetched = fetch(server, folder)
    assert [request.target for request in server.requests] == ["/file", "/b?c=d", "/f"]
    assert fetched.url == f"{server.address}/f"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed(folder: Path, status: int) -> None:
    with serve(redirect("/b", f"{status} There"), respond(BODY)) as server:
        assert fetch(server, folder).url == f"{server.address}/b"


def test_a_status_with_choices_is_no_redirect(folder: Path) -> None:
    with serve(redirect("/b", "300 Multiple Choices")) as server:
        assert refuse(server, folder).status == 300


def test_a_loop_of_redirects_is_seen(folder: Path) -> None:
    with serve(redirect("/a"), redirect("/file")) as server:
        error = refuse(server, folder)
    assert error.code == "redirect"
    assert str(error) == (
        f"{server.address}/a (redirected from {server.address}/file) redirects in a loop, to "
        f"{server.address}/file. Use the address where the file is."
    )


def test_more_than_five_redirects_are_refused(folder: Path) -> None:
    def send_on(request: SeenRequest, connection: socket.socket) -> None:
        connection.sendall(redirect(f"{request.target}x"))

    with serve(send_on) as server:
        error = refuse(server, folder)
    assert error.code == "redirect"
    assert "redirects more than 5 times" in str(error)
    assert len(server.requests) == 6


def test_a_redirect_to_a_private_address_is_not_followed(folder: Path) -> None:
    with (
        serve(respond(BODY)) as neighbour,
        serve(redirect(f"{neighbour.address}/secret")) as server,
    ):
        error = refuse(server, folder)
    assert neighbour.connections == 0
    assert error.code == "private-address"
    assert str(error) == (
        f"{neighbour.address}/secret (redirected from {server.address}/file) leads to 127.0.0.1, "
        "which is not a public address. Only the host and port in partners.yaml may be private, and "
        "this machine is written there as localhost."
    )


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "0.0.0.0", "[::]",
     "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "169.254.169.254", "10.0.0.1", "224.0.0.1"],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_connected_to(folder: Path, host: str) -> None:
    with (
        serve(respond(BODY)) as neighbour,
        serve(respond(BODY)) as server,
        open_fetcher(server) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.fetch(f"http://{host}:{neighbour.port}/", folder / "file")
    assert caught.value.code == "private-address"
    assert neighbour.connections == 0


@pytest.mark.parametrize(
    ("location", "code"),
    [("file:///etc/passwd", "scheme"), ("//user:hunter2@example.org/", "address"),
     ("http://[::1", "redirect"), ("http://a..b/", "address"), ("", "redirect"),
     ("http://example.org:99999/", "address"), ("gopher://example.org/", "scheme")],
)  # fmt: skip
def test_a_redirect_to_what_is_no_web_address_is_refused(
    folder: Path, location: str, code: str
) -> None:
    with serve(redirect(location)) as server:
        error = refuse(server, folder)
    assert error.code == code
    assert str(error).startswith(f"{server.address}/file redirects")
    assert "hunter2" not in str(error)


# TLS


def test_a_trusted_certificate_is_needed_and_encryption_is_not_given_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, certificate = make_certificate(tmp_path)
    with serve(respond(BODY), redirect("http://example.org/"), tls=tls) as server:
        error = refuse(server, folder)
        assert error.code == "unreachable"
        assert "certificate" in str(error)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        fetch(server, folder)
        assert (folder / "file").read_bytes() == BODY
        error = refuse(server, folder)
    assert error.code == "redirect"
    assert "http://example.org/, which is not encrypted" in str(error)


def test_a_server_that_speaks_no_tls_is_refused(folder: Path) -> None:
    with serve(respond(BODY)) as server:
        server.answers[0] = redirect(f"https://127.0.0.1:{server.port}/")
        error = refuse(server, folder)
    assert error.code == "unreachable"


# names


def answer_names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have DNS answer names under .test and .localhost so, one after the other; return the names."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def resolve_name(host, port, *args, **options):
        if not str(host).endswith((".test", ".localhost")):
            return resolve(host, port, *args, **options)
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve_name)
    return asked


def test_what_was_vetted_is_what_is_connected_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_names(monkeypatch, ["10.0.0.1", "127.0.0.1"], ["192.0.2.1"])
    with serve(respond(BODY)) as server:
        address = f"http://hub.localhost:{server.port}"
        with Fetcher(address, FetchBudget(100_000, 5)) as fetcher:
            fetcher.fetch(f"{address}/file", folder / "file")
    assert asked == ["hub.localhost"]
    assert server.requests[0].headers["host"] == f"hub.localhost:{server.port}"


@pytest.mark.parametrize(("silent", "is_reached"), [(2, True), (3, False)])
def test_a_few_addresses_of_a_name_are_tried(
    folder: Path, monkeypatch: pytest.MonkeyPatch, silent: int, is_reached: bool
) -> None:
    answer_names(monkeypatch, [f"127.0.0.{2 + number}" for number in range(silent)] + ["127.0.0.1"])
    with serve(respond(BODY)) as server:
        address = f"http://hub.localhost:{server.port}"
        with Fetcher(address, FetchBudget(100_000, 5)) as fetcher:
            if is_reached:
                fetcher.fetch(f"{address}/file", folder / "file")
            else:
                with pytest.raises(FetchError):
                    fetcher.fetch(f"{address}/file", folder / "file")
    assert server.connections == is_reached


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"])
def test_a_partners_name_does_not_make_the_hubs_own_machine_a_partner(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    answer_names(monkeypatch, [address])
    with serve(respond(BODY)) as server:
        partner = f"http://partner.test:{server.port}"
        with (
            Fetcher(partner, FetchBudget(100_000, 5)) as fetcher,
            pytest.raises(FetchError) as caught,
        ):
            fetcher.fetch(f"{partner}/file", folder / "file")
    assert caught.value.code == "private-address"
    assert server.connections == 0


def test_a_slow_name_is_cut_by_the_deadline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: time.sleep(2) or [])
    began = time.monotonic()
    with (
        Fetcher("http://partner.test", FetchBudget(100_000, 0.2)) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.fetch("http://partner.test/file", folder / "file")
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 1


def test_a_name_without_an_address_cannot_be_reached(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_names(monkeypatch, [])
    with (
        Fetcher("http://partner.test", FetchBudget(100_000, 5)) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.fetch("http://partner.test/file", folder / "file")
    assert str(caught.value) == (
        "http://partner.test/file cannot be reached (this name has no address). "
        "Check the address, or pull again later."
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "Name or service not known",
        ),
        (UnicodeError("label empty or too long"), "this name cannot be in DNS"),
    ],
)
def test_a_name_that_dns_does_not_have_cannot_be_reached(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*args, **options):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with (
        Fetcher("http://partner.test", FetchBudget(100_000, 5)) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.fetch("http://partner.test/file", folder / "file")
    assert caught.value.code == "unreachable"
    assert f"cannot be reached ({reason})" in str(caught.value)


SPECIAL = [
    "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
    "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.0",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255",
    "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.0", "239.255.255.255",
    "240.0.0.0", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "2002:909:909::", "3fff::1", "4000::1",
    "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "::ffff:9.9.9.9", "64:ff9b::909:909", "2001:4860:4860::8888", "2606:4700:4700::1111",
    "2620:fe::9",
]  # fmt: skip


@pytest.mark.parametrize("address", SPECIAL)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True), ("127.0.0.1", "127.0.0.2", False),
        ("::1", "::1", True), ("0:0::1", "::1", True), ("169.254.1.1", "169.254.1.1", True),
        ("localhost", "127.0.0.1", True), ("localhost", "::1", True),
        ("localhost", "10.0.0.1", False), ("hub.localhost", "127.0.0.1", True),
        ("hub.test", "9.9.9.9", True), ("hub.test", "10.0.0.1", True),
        ("hub.test", "fd00::1", True), ("hub.test", "::ffff:10.0.0.1", True),
        ("hub.test", "127.0.0.1", False), ("hub.test", "::ffff:127.0.0.1", False),
        ("hub.test", "169.254.169.254", False), ("hub.test", "fe80::1", False),
    ],
)  # fmt: skip
def test_what_the_operators_host_may_stand_for(host: str, address: str, expected: bool) -> None:
    assert is_trusted(host, ipaddress.ip_address(address)) == expected


# addresses, statuses and codings


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.org/", "scheme"), ("file:///etc/passwd", "scheme"), ("/file", "scheme"),
        ("data:,x", "scheme"), ("http:///file", "address"), ("http://a b/", "address"),
        ("http://user@example.org/", "address"), ("http://user:hunter2@example.org/", "address"),
        ("http://example.org:0/", "address"), ("http://example.org:x/", "address"),
        ("http://example..org/", "address"), (f"http://{'a' * 64}.org/", "address"),
        ("http://exa\nmple.org/", "address"), ("http://example.org/%zz\x00", "address"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused(folder: Path, url: str, code: str) -> None:
    with serve() as server, open_fetcher(server) as fetcher:
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(url, folder / "file")
        with pytest.raises(FetchError):
            Fetcher(url, FetchBudget(1, 1))
    assert caught.value.code == code
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("404 Not Found", "status 404 (Not Found). Check the address, or ask its publisher."),
        ("410 Gone", "status 410 (Gone). Check the address, or ask its publisher."),
        ("500 Oh", "status 500 (Internal Server Error). Pull again later, or ask its publisher."),
        ("204 No Content", "status 204 (No Content). Check the address, or ask its publisher."),
        ("799 ?", "status 799 (unknown). Pull again later, or ask its publisher."),
        ("429 No", "status 429 (Too Many Requests). Pull again later, or ask its publisher."),
    ],
)
def test_a_status_is_named(folder: Path, status: str, text: str) -> None:
    with serve(respond(b"" if status[:3] == "204" else b"no", status)) as server:
        error = refuse(server, folder)
    assert (error.code, error.status) == ("status", int(status[:3]))
    assert str(error) == f"{server.address}/file answered with {text}"


@pytest.mark.parametrize(("status", "pause"), [("429 Too Many Requests", 0), ("503 Full", 1)])
def test_a_busy_server_is_waited_for(folder: Path, status: str, pause: int) -> None:
    with serve(respond(status=status, Retry_After=str(pause)), respond(BODY)) as server:
        began = time.monotonic()
        fetch(server, folder)
    assert time.monotonic() - began >= pause


def test_a_busy_server_is_waited_for_once(folder: Path) -> None:
    with serve(respond(status="503 Service Unavailable", Retry_After="0")) as server:
        error = refuse(server, folder)
    assert (error.code, error.status, len(server.requests)) == ("status", 503, 2)


@pytest.mark.parametrize("pause", ["11", "6", "-1", "1.5", "soon", "9" * 5_000])
def test_a_long_pause_is_not_waited_for(folder: Path, pause: str) -> None:
    with serve(respond(status="503 Service Unavailable", Retry_After=pause)) as server:
        error = refuse(server, folder)
    assert (error.code, error.status, len(server.requests)) == ("status", 503, 1)


def test_a_packed_body_is_refused_unread(folder: Path) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    for coding in ("gzip", "br", "identity, gzip", "\x1b[31mx"):
        with serve(respond(bomb, Content_Encoding=coding)) as server:
            error = refuse(server, folder)
        assert error.code == "encoding"
        assert str(error).isprintable()
    with serve(respond(BODY, Content_Encoding="Identity")) as server:
        fetch(server, folder)


def test_nothing_of_the_operators_is_sent(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there
    answer = respond(BODY, Set_Cookie="id=1; Path=/")
    with serve(answer) as server, open_fetcher(server) as fetcher:
        for _ in range(2):
            fetcher.fetch(f"{server.address}/file", folder / "file")
    for request in server.requests:
        assert set(request.headers).isdisjoint({"cookie", "authorization", "referer"})


# servers that are none


NO_HTTP = [
    b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 100, b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n",
    b"HTTP/1.1 099 Low\r\n\r\n", b"HTTP/11 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nA: b\r\n",
    b"HTTP/1.1 200 OK\r\nA: " + b"b" * (MAX_HEAD_BYTES + 1),
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * MAX_HEAD_BYTES, b"\r\n" * MAX_HEAD_BYTES,
    b"220 ready\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("answer", NO_HTTP, ids=[f"{number}" for number in range(len(NO_HTTP))])
def test_what_is_no_http_is_refused(folder: Path, answer: bytes) -> None:
    with serve(answer) as server:
        error = refuse(server, folder)
    assert error.code == "protocol"
    assert str(error) == (
        f"{server.address}/file gave no response in HTTP. Check the address, or tell its publisher."
    )


@pytest.mark.parametrize(
    "chunks", [b"zz\r\nabc", b"-1\r\n", b"f" * 30, b"3\r\nabcdef\r\n0\r\n\r\n"]
)
def test_chunks_that_are_none_are_refused(folder: Path, chunks: bytes) -> None:
    with serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks) as server:
        assert refuse(server, folder).code == "length"


def test_a_connection_that_is_reset_is_refused(folder: Path) -> None:
    with serve(reset()) as server:
        error = refuse(server, folder)
    assert error.code == "unreachable"
    assert str(error) == (
        f"{server.address}/file cannot be reached (Connection reset by peer). "
        "Check the address, or pull again later."
    )


def test_a_server_that_is_down_is_refused(folder: Path) -> None:
    with serve() as server:
        pass
    error = refuse(server, folder)
    assert error.code == "unreachable"
    assert "Connection refused" in str(error)


def test_whatever_a_server_says_nothing_but_a_fetch_error_comes_of_it(folder: Path) -> None:
    chance = random.Random(19)
    sound = [
        respond(BODY[:300], **RANGES), redirect("/b"), respond(status="503 No", Retry_After="0"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
        respond(BODY[:9], "206 Partial", Content_Range="bytes 3-11/12", **RANGES),
    ]  # fmt: skip

    def spoil(_: SeenRequest, connection: socket.socket) -> None:
        data = bytearray(chance.choice(sound))
        for _ in range(chance.randint(0, 5)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        connection.sendall(data[: chance.choice((len(data), chance.randrange(len(data))))])

    outcomes = set()
    with serve(spoil) as server:
        for _ in range(400):
            with open_fetcher(server, 100_000, 2) as fetcher:
                try:
                    fetcher.fetch(f"{server.address}/file", folder / "file")
                    outcomes.add("fetched")
                except FetchError as error:
                    outcomes.add(error.code)
    assert outcomes >= {"fetched", "protocol", "length", "status"}


# files that cannot be written


def test_a_file_that_cannot_be_written_is_not_the_servers_fault(folder: Path) -> None:
    with (
        serve(respond(BODY)) as server,
        open_fetcher(server) as fetcher,
        pytest.raises(FileNotFoundError),
    ):
        fetcher.fetch(f"{server.address}/file", folder / "missing" / "file")


def test_what_an_earlier_run_left_is_not_taken_for_a_part(folder: Path) -> None:
    (folder / "file.part").write_bytes(OTHER * 2)
    with serve(respond(BODY)) as server:
        fetch(server, folder, sha256=SHA256)
    assert list_files(folder) == ["file"]
    assert (folder / "file").read_bytes() == BODY


def test_the_server_of_these_tests_reads_requests_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n")
        assert hostile_server.read_request(theirs) == SeenRequest("/a", {"host": "b"})
