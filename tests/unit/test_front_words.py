"""Words of HTTP one by one: codings, tags, dates, ranges, forms, and what may be kept."""

from __future__ import annotations

import gzip
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.http import conditional, content_coding, fingerprint, headers, parameters, ranges
from evidencehub.http.problem_details import HttpError
from tests.support.dataset_builder import PROJECT_ROOT


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("", ("",)),
        ("br", ("br", "")),
        ("gzip, br", ("br", "gzip", "")),
        ("gzip;q=1.0, br;q=0.5", ("gzip", "br", "")),
        ("*", ("br", "gzip", "")),
        ("*;q=0", ()),
        ("br;q=0, *", ("gzip", "")),
        ("identity", ("",)),
        ("identity;q=0, gzip", ("gzip",)),
        ("gzip;q=0.5, identity;q=0.6", ("", "gzip")),
        ("x-gzip", ("gzip", "")),
        ("GZIP", ("gzip", "")),
        ("gzip;q=2", ("",)),
        ("gzip;q=abc, br", ("br", "")),
        (";,;q=1,,", ("",)),
    ],
)
def test_codings_in_the_order_of_a_client(header: str, order: tuple[str, ...]) -> None:
    assert content_coding.list_accepted_codings(header) == order


@pytest.mark.parametrize(
    ("header", "kind", "size", "coding"),
    [
        ("br, gzip", "text/csv; charset=utf-8", 10_000, "br"),
        ("br, gzip", "text/csv", None, "gzip"),
        ("br", "text/csv", None, ""),
        ("br", "text/csv", 499, ""),
        ("br", "text/csv", 500, "br"),
        ("br", "application/vnd.apache.parquet", 10_000, ""),
        ("br", "application/problem+json", 10_000, "br"),
        ("br", "application/vnd.sdmx.data+csv;version=2", 10_000, "br"),
        ("br", "image/svg+xml", 10_000, "br"),
        ("br", "image/png", 10_000, ""),
        ("br", "", 10_000, ""),
        ("identity;q=0, gzip", "image/png", 10, "gzip"),
        ("*;q=0", "text/csv", 10_000, ""),
    ],
)
def test_the_coding_of_an_answer(header: str, kind: str, size: int | None, coding: str) -> None:
    assert content_coding.select_coding(header, kind, size) == coding


@given(st.lists(st.binary(max_size=200) | st.just(b"a" * 40_000), max_size=12))
async def test_a_stream_comes_out_as_it_went_in(pieces: list[bytes]) -> None:
    stream = content_coding.GzipStream()
    packed = [await stream.add(piece, last=False) for piece in pieces]
    packed.append(await stream.add(b"", last=True))
    assert gzip.decompress(b"".join(packed)) == b"".join(pieces)


async def test_a_stream_does_not_wait_for_its_end() -> None:
    stream = content_coding.GzipStream()
    import zlib

    undo = zlib.decompressobj(31)
    seen = b""
    for _ in range(4):
        seen += undo.decompress(await stream.add(b"a" * 8_192, last=False))
    assert len(seen) >= 16_384


@given(st.text(max_size=60))
def test_no_header_of_a_client_is_a_fault_of_ours(text: str) -> None:
    assert set(content_coding.list_accepted_codings(text)) <= {"br", "gzip", ""}
    told = parameters.canonicalise_accept(text)
    assert parameters.canonicalise_accept(told) == told  # equal wishes are told in one way
    assert isinstance(conditional.matches_weakly(text, '"a"'), bool)
    assert isinstance(conditional.matches_strongly(text, '"a"'), bool)
    assert conditional.parse_http_date(text) is None or conditional.parse_http_date(text) > 0
    assert isinstance(conditional.range_applies(text, conditional.Validators('"a"', 1.0)), bool)
    for header in (text, f"bytes={text}"):
        with suppress(ranges.RangeNotSatisfiableError):
            spans = ranges.parse_range(header, 100)
            assert spans is None or all(0 <= start < end <= 100 for start, end in spans)


@given(
    st.integers(0, 300),
    st.lists(
        st.tuples(st.integers(0, 400) | st.none(), st.integers(0, 400) | st.none()), max_size=4
    ),
)
def test_ranges_are_those_of_a_slow_reading(
    size: int, wanted: list[tuple[int | None, int | None]]
) -> None:
    told = ["" if n is None else str(n) for pair in wanted for n in pair]
    header = "bytes=" + ",".join(f"{a}-{b}" for a, b in zip(told[::2], told[1::2], strict=True))
    slow = []
    for first, last in wanted:
        if first is None and last is None:
            slow.append(None)
        elif first is None:
            slow.append({n for n in range(size) if n >= size - (last or 0)})
        elif last is not None and last < first:
            slow.append(None)
        else:
            slow.append({n for n in range(size) if first <= n <= (400 if last is None else last)})
    try:
        spans = ranges.parse_range(header, size)
    except ranges.RangeNotSatisfiableError:
        assert all(one == set() for one in slow)
        return
    parts = [one for one in slow if one]
    if spans is None:
        union: set[int] = set().union(*parts) if parts else set()
        assert not wanted or None in slow or sum(map(len, parts)) > len(union)
    else:
        assert [set(range(*span)) for span in spans] == parts


@pytest.mark.parametrize(
    ("path", "header", "told"),
    [
        ("/api/v1/figures", "*/*", "*/*;q=0.9"),
        ("/api/v1/figures", "text/csv", "text/csv;q=0.9"),
        ("/api/v1/figures", "text/csv;q=0, */*", "*/*;q=0.9, text/csv;q=0"),
        ("/api/v1/figures", "text/csv, application/json", "application/json;q=0.9, text/csv;q=0.9"),
        ("/api/v1/figures", "image/png, x/y;q=0.1", "application/x-unknown;q=0.9"),
        ("/api/v1/figures", "", ""),
        ("/api/v1/figures.csv", "application/json", ""),
        ("/hub/area", "application/json", ""),
    ],
)
def test_an_accept_header_is_told_in_one_way(path: str, header: str, told: str) -> None:
    assert parameters.parse_request(path, "", header).accept == told


def test_parameters_are_told_in_one_way() -> None:
    question = parameters.parse_request("/", "b=2&a=%C3%A9+x&b=1&c", "")
    assert question.query == "a=%C3%A9+x&b=2&b=1&c="
    assert parameters.group_params(question.params) == {"a": ["é x"], "b": ["2", "1"], "c": [""]}


@pytest.mark.parametrize(
    "query", ["a=%ff", "a=%c3", "&".join("a=1" for _ in range(parameters.MAX_PARAMETERS + 1))]
)
def test_parameters_that_cannot_be_read_are_refused(query: str) -> None:
    with pytest.raises(HttpError) as refused:
        parameters.parse_request("/", query, "")
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (200, "public, max-age=300, stale-while-revalidate=300"),
        (206, "public, max-age=300, stale-while-revalidate=300"),
        (302, "public, max-age=300"),
        (304, "public, max-age=300, stale-while-revalidate=300"),
        (404, "public, max-age=60"),
        (405, "public, max-age=60"),
        (406, "no-store"),
        (416, "no-store"),
        (429, "no-store"),
        (500, "no-store"),
        (503, "no-store"),
    ],
)
def test_how_long_an_answer_is_good(status: int, word: str) -> None:
    assert headers.select_cache_control(status).decode() == word


def told(*own: tuple[bytes, bytes]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers.complete_headers(200, list(own), b"b1"):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    ("own", "word"),
    [
        (b"max-age=5", headers.CACHE_SUCCESS),
        (b"no-store", b"no-store"),
        (b"private, no-store", b"private, no-store"),
        (b"public, max-age=31536000, immutable", b"public, max-age=31536000, immutable"),
    ],
)
def test_an_application_may_say_more_than_an_age(own: bytes, word: bytes) -> None:
    assert told((b"Cache-Control", own))[b"cache-control"] == [word]


@pytest.mark.parametrize(
    ("own", "vary"),
    [
        ([(b"vary", b"Cookie, Authorization")], None),
        (
            [(b"vary", b"Accept, Cookie"), (b"content-type", b"text/csv")],
            b"Accept, Accept-Encoding",
        ),
        ([(b"vary", b"accept-encoding"), (b"content-type", b"text/csv")], b"accept-encoding"),
        ([(b"content-type", b"image/png")], None),
    ],
)
def test_what_an_answer_depends_on(own: Any, vary: bytes | None) -> None:
    assert told(*own).get(b"vary") == ([vary] if vary else None)


def test_nothing_is_said_twice() -> None:
    own = [(b"Access-Control-Allow-Origin", b"*"), (b"X-Frame-Options", b"DENY")]
    found = told(*own, (b"content-length", b"3"), (b"referrer-policy", b"no-referrer"))
    assert {len(values) for values in found.values()} == {1}
    assert b"content-length" not in found


@pytest.mark.parametrize(
    ("link", "written"),
    [
        (b'http://a/b.json; rel="alternate"', b'<http://a/b.json>; rel="alternate"'),
        (b"http://a/1,2.json?c=d;e; rel=alternate", b"<http://a/1,2.json?c=d;e>; rel=alternate"),
        (b'<http://a/b>; rel="next"', b'<http://a/b>; rel="next"'),
        (b"</a>; rel=preload", b"</a>; rel=preload"),
    ],
)
def test_a_link_is_one_by_the_standard(link: bytes, written: bytes) -> None:
    assert told((b"Link", link))[b"link"] == [written]


def test_all_of_the_hubs_code_is_part_of_the_state() -> None:
    assert fingerprint.CODE_FOLDER == PROJECT_ROOT / "evidencehub"
