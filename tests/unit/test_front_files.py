"""Downloads from a folder that a test has made: packed copies that lie, readers that go away."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from evidencehub.http.problem_details import HttpError
from evidencehub.http.release_files import ReleaseFileServer
from tests.support.asgi_client import AsgiResponse, send_request

TOYS = b"toy,price\nball,3\n" * 100


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "files/toys/1.0.0"
    folder.mkdir(parents=True)
    (folder / "toys.csv").write_bytes(TOYS)
    listed = [{"file": "toys.csv", "format": "csv", "sha256": hashlib.sha256(TOYS).hexdigest()}]
    told = {
        "build": "b1",
        "releases": {"toys": {"1.0.0": "2026-01-31T12:00:00Z"}},
        "datasets": {"toys": {"version": "1.0.0", "files": listed}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(told), "utf-8")
    return folder


async def got(release: Path, name: str = "toys.csv", **headers: str) -> AsgiResponse:
    downloads = ReleaseFileServer(release.parents[2])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        path = scope["raw_path"].decode()
        assert await downloads(scope, receive, send, path) is path.startswith("/datasets/toys/")

    address = f"/datasets/toys/1.0.0/{name}"
    return await send_request(app, address, **{k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("packed", "used"),
    [
        (gzip.compress(TOYS), True),
        (gzip.compress(TOYS + b"kite,4\n"), False),
        (gzip.compress(TOYS)[:-9], False),
        (b"no gzip at all", False),
        (None, False),
    ],
    ids=["the same", "other rows", "cut off", "broken", "none"],
)
async def test_a_packed_copy_is_used_when_it_holds_the_same(
    release: Path, packed: bytes | None, used: bool
) -> None:
    if packed is not None:
        (release / "toys.csv.gz").write_bytes(packed)
    answer = await got(release, accept_encoding="gzip")
    assert answer.header("content-encoding") == ("gzip" if used else "")
    assert (gzip.decompress(answer.body) if used else answer.body) == TOYS
    assert (await got(release, accept_encoding="br")).body == TOYS
    assert (await got(release, accept_encoding="gzip;q=0")).body == TOYS


async def test_a_path_that_is_no_download_is_left_to_others(release: Path) -> None:
    downloads = ReleaseFileServer(release.parents[2])
    for path in ("/", "/hub/toys", "/datasets/toys", "/datasets/toys/1.0.0"):
        assert not await downloads({}, None, None, path)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1_000, 3_000_000])
async def test_a_file_that_became_shorter_is_not_ended_as_if_it_were_whole(
    release: Path, size: int
) -> None:
    (release / "kites.csv").write_bytes(b"a" * size)
    downloads = ReleaseFileServer(release.parents[2])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await downloads(scope, receive, send, scope["raw_path"].decode())

    address = "/datasets/toys/1.0.0/kites.csv"
    assert len((await send_request(app, address)).body) == size
    (release / "kites.csv").write_bytes(b"a" * (size // 2))
    with pytest.raises(OSError, match=r"kites\.csv became shorter while it was being read"):
        await send_request(app, address)


async def test_nothing_is_read_for_a_reader_who_has_gone(release: Path) -> None:
    (release / "large.csv").write_bytes(b"a" * 5_000_000)
    gone, sent = asyncio.Event(), []

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:
            gone.set()
        await asyncio.sleep(0)

    scope = {"type": "http", "method": "GET", "headers": []}
    path = "/datasets/toys/1.0.0/large.csv"
    assert await ReleaseFileServer(release.parents[2])(scope, receive, send, path)
    assert 3 <= len(sent) <= 5


@pytest.mark.parametrize("path", ["/datasets/kites/1.0.0/a.csv", "/datasets/toys/1.0.0/a%00.csv"])
async def test_what_is_not_there_is_refused(release: Path, path: str) -> None:
    with pytest.raises(HttpError) as refused:
        await ReleaseFileServer(release.parents[2])({"headers": []}, None, None, path)  # type: ignore[arg-type]
    assert refused.value.status == 404
