"""HTTP as clients and caches rely on it: tags, codings, ranges, other origins, errors."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import brotli
import httpx
import pytest

from evidencehub import runtime
from evidencehub.api.openapi_responses import RESPONSE_HEADERS
from tests.support.dataset_builder import PROJECT_ROOT

PAGE, TABLE, CSV, HOME = "/hub/dataset", "/hub/observation.json?_size=200", "/hub/area.csv", "/"
READ = [PAGE, TABLE, CSV, HOME, "/hub/dataset/uk-maternal-mortality.json", "/static/hub.css"]
SLUG = "uk-maternal-mortality"


@pytest.fixture
async def site(built: Path):
    """The served site as a browser meets it: no header but those a test gives."""
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    transport = httpx.ASGITransport(app=hub.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        client.headers.clear()
        yield client


@pytest.fixture
def download(built: Path) -> tuple[str, Path]:
    """Address and place of the largest CSV that has a packed copy beside it."""
    packed = sorted((built / "files").rglob("*.csv.gz"), key=lambda path: path.stat().st_size)
    path = packed[-1].with_suffix("")
    return f"/datasets/{path.relative_to(built / 'files').as_posix()}", path


# entity tags


@pytest.mark.parametrize("path", READ)
async def test_an_answer_that_a_client_has_is_not_sent_again(site, path: str) -> None:
    first = await site.get(path)
    assert first.status_code == 200
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await site.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == tag
        assert again.headers["access-control-allow-origin"] == "*"
        assert "content-length" not in again.headers
    assert (await site.get(path, headers={"if-none-match": '"other"'})).content == first.content


async def test_a_first_question_with_a_tag_is_answered_304_too(site, built: Path) -> None:
    tag = (await site.get(TABLE)).headers["etag"]
    fresh = runtime.create_datasette(PROJECT_ROOT, built)
    await fresh.invoke_startup()
    answer = await fresh.client.get(
        TABLE, headers={"if-none-match": tag, "host": "hub.test", "accept-encoding": "identity"}
    )
    assert answer.status_code == 304


async def test_equal_questions_have_equal_bytes_in_another_process_too(site, built: Path) -> None:
    other = runtime.create_datasette(PROJECT_ROOT, built)
    await other.invoke_startup()
    for path in READ:
        here = await site.get(path)
        there = await other.client.get(
            path, headers={"host": "hub.test", "accept-encoding": "identity"}
        )
        assert here.headers["etag"] == there.headers["etag"]
        assert here.content == there.content, path


async def test_every_coding_and_every_question_has_its_own_tag(site) -> None:
    tags = [
        (await site.get(path, headers={"accept-encoding": coding})).headers["etag"]
        for path in (TABLE, "/hub/observation.json?_size=199", CSV)
        for coding in ("identity", "gzip", "br")
    ]
    assert len(set(tags)) == 9


async def test_a_changed_template_changes_the_tag(site, built: Path, tmp_path: Path) -> None:
    import shutil

    for name in ("templates", "static", "plugins", "settings.json"):
        origin = PROJECT_ROOT / name
        copy = shutil.copytree if origin.is_dir() else shutil.copy
        copy(origin, tmp_path / name)
    page = tmp_path / "templates/home.html"
    page.write_text(page.read_text("utf-8").replace("</h1>", " </h1>", 1), "utf-8")
    changed = runtime.create_datasette(tmp_path, built)
    await changed.invoke_startup()
    here = await site.get("/", headers={"accept-encoding": "identity"})
    there = await changed.client.get(
        "/", headers={"host": "hub.test", "accept-encoding": "identity"}
    )
    assert here.content != there.content
    assert here.headers["etag"] != there.headers["etag"]


@pytest.mark.parametrize("path", READ)
async def test_head_tells_what_get_would(site, path: str) -> None:
    head = await site.head(path)
    whole = await site.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    told, kept = dict(head.headers), dict(whole.headers)
    assert kept.pop("hub-cache") == "hit"  # the same answer, which is now in the cache
    assert told == kept


async def test_the_order_of_parameters_makes_no_other_question(site) -> None:
    one = await site.get("/hub/observation.json?_size=2&sex=F&value__gt=3")
    two = await site.get("/hub/observation.json?value__gt=3&sex=%46&_size=2")
    assert one.headers["etag"] == two.headers["etag"]
    assert one.content == two.content


async def test_whom_a_client_asks_is_kept_apart(site) -> None:
    path = "/hub/observation.json?_size=1"
    here = (await site.get(path)).json()["next_url"]
    there = (await site.get(path, headers={"host": "evil.test"})).json()["next_url"]
    again = (await site.get(path)).json()["next_url"]
    assert here == again
    assert here.startswith("http://hub.test/")
    assert there.startswith("http://evil.test/")


# codings


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("br, gzip", "br"),
        ("gzip, deflate, br;q=0.9", "gzip"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("*", "br"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0", None),
        ("deflate", None),
        ("", None),
        ("*;q=0", None),
        ("identity;q=0, *;q=0.1", "br"),
    ],
)
async def test_a_client_gets_the_coding_that_it_likes_best(
    site, accept: str, coding: str | None
) -> None:
    plain = (await site.get(TABLE)).content
    async with site.stream("GET", TABLE, headers={"accept-encoding": accept}) as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
    assert response.headers.get("content-encoding") == coding
    assert response.headers["content-length"] == str(len(raw))
    assert "Accept-Encoding" in response.headers["vary"]
    undo = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    assert undo[coding](raw) == plain
    assert coding is None or len(raw) < len(plain) / 4


async def test_what_is_small_is_not_coded(site) -> None:
    path = "/hub/area.json?_shape=array&_size=1&_col=area"
    response = await site.get(path, headers={"accept-encoding": "gzip"})
    assert len(response.content) < 500
    assert "content-encoding" not in response.headers


async def test_nothing_depends_on_cookies(site) -> None:
    for path in READ:
        vary = (await site.get(path)).headers.get("vary", "").lower()
        assert "cookie" not in vary
        assert "authorization" not in vary


# what may be kept, and by whom


@pytest.mark.parametrize("path", READ)
async def test_everybody_may_keep_an_answer_for_a_while(site, path: str) -> None:
    response = await site.get(path)
    assert response.headers["cache-control"] == ("public, max-age=300, stale-while-revalidate=300")


async def test_an_answer_names_its_build(site, built: Path) -> None:
    build = json.loads((built / "manifest.json").read_text("utf-8"))["build"]
    assert (await site.get(PAGE)).headers["hub-build"] == build


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/hub/dataset?nosuch=1", "public, max-age=60"),
        ("/nosuch", "public, max-age=60"),
        (f"/datasets/{SLUG}/latest/datapackage.json", "public, max-age=300"),
        ("/healthz", "no-store"),
    ],
)
async def test_an_error_and_a_redirect_are_kept_for_less(site, path: str, word: str) -> None:
    assert (await site.get(path)).headers["cache-control"] == word


@pytest.mark.parametrize("path", READ)
async def test_with_a_cookie_everything_is_as_without(site, path: str) -> None:
    plain = await site.get(path)
    for name in ("cookie", "authorization", "proxy-authorization"):
        response = await site.get(path, headers={name: "a=b"})
        assert (response.status_code, response.content) == (200, plain.content)
        assert response.headers["cache-control"].startswith("public")
        assert response.headers["etag"] == plain.headers["etag"]
        assert response.headers["hub-cache"] == "hit"


async def test_an_invented_host_stands_in_no_answer_for_everybody(site) -> None:
    for path in (HOME, "/feed.atom", "/sitemap.xml", TABLE + "&_next=5"):
        response = await site.get(path, headers={"host": "evil.example"})
        assert response.headers["cache-control"] == "private, max-age=300", path
        again = await site.get(path, headers={"host": "evil.example"})
        assert "hub-cache" not in again.headers
        assert "evil.example" not in (await site.get(path)).text
    for path in ("/api/v1/observations?limit=1", "/static/hub.css"):
        response = await site.get(path, headers={"host": "evil.example"})
        assert response.headers["cache-control"].startswith("public"), path
        assert "evil.example" not in response.text + str(response.headers)


# other origins


@pytest.mark.parametrize(
    "path", [PAGE, TABLE, "/nosuch", "/hub/nosuch.json", "/hub/dataset?x=1", "/datasets/a/b/c"]
)
async def test_other_sites_may_read_answers_and_errors(site, path: str) -> None:
    headers = (await site.get(path, headers={"origin": "https://other.test"})).headers
    assert headers.get_list("access-control-allow-origin") == ["*"]
    exposed = headers["access-control-expose-headers"].lower().split(", ")
    needed = {"etag", "content-range", "repr-digest", "retry-after", *RESPONSE_HEADERS}
    assert needed <= set(exposed)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (TABLE, "GET, HEAD, OPTIONS"),
        ("/api/v1/query", "POST, OPTIONS"),
        ("/nosuch", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_browser_learns_what_it_may_ask_from_elsewhere(
    site, path: str, methods: str
) -> None:
    asked = {"origin": "https://other.test", "access-control-request-method": "GET"}
    response = await site.options(path, headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-methods"] == methods
    assert response.headers["allow"] == methods
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-max-age"] == "86400"
    for name in ("If-None-Match", "If-Range", "Range", "Accept", "Content-Type"):
        assert name in response.headers["access-control-allow-headers"]


# links, types, errors


async def test_links_are_written_as_the_standard_says(site) -> None:
    page = (await site.get(PAGE)).headers["link"]
    assert page.startswith("<http://hub.test/hub/dataset.json>; ")
    rows = await site.get("/hub/observation.json?_size=1")
    assert rows.headers["link"] == f'<{rows.json()["next_url"]}>; rel="next"'


async def test_csv_is_told_to_be_csv(site) -> None:
    assert (await site.get(CSV)).headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/hub/dataset?x=1", "text/html; charset=utf-8"),
        ("/hub/dataset.json?x=1", "application/problem+json"),
        ("/hub/dataset.csv?x=1", "application/problem+json"),
        ("/api/v1/%5C", "application/problem+json"),
    ],
)
async def test_an_error_comes_in_the_form_of_what_was_asked(site, path: str, kind: str) -> None:
    response = await site.get(path)
    assert response.status_code == (400 if "?" in path else 404)
    assert response.headers["content-type"] == kind


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"])
async def test_a_method_that_there_is_not_is_refused(site, method: str) -> None:
    response = await site.request(method, "/hub/observation.json")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


# downloads


@pytest.mark.parametrize(("name", "seconds"), [("datapackage.json", 86400), ("release.json", 300)])
async def test_only_what_never_changes_is_kept_for_a_year(
    site, download, built, name: str, seconds: int
) -> None:
    _, path = download
    slug, version = path.relative_to(built / "files").parts[:2]
    response = await site.get(f"/datasets/{slug}/{version}/{name}")
    assert response.status_code == 200
    assert f"max-age={seconds}" in response.headers["cache-control"]


async def test_a_download_says_all_that_a_client_needs_to_check_it(site, download, built) -> None:
    address, path = download
    response = await site.get(address)
    digest = hashlib.sha256(path.read_bytes())
    assert response.content == path.read_bytes()
    assert response.headers["etag"] == f'"{digest.hexdigest()}"'
    there = base64.b64encode(digest.digest()).decode()
    assert response.headers["repr-digest"] == f"sha-256=:{there}:"
    assert response.headers["content-length"] == str(path.stat().st_size)
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["cache-control"] == "public, max-age=86400"
    assert "last-modified" in response.headers
    slug, version = path.relative_to(built / "files").parts[:2]
    assert response.headers["content-disposition"] == (
        f'attachment; filename="{slug}-{version}{path.name.removeprefix(slug)}"'
    )
    head = await site.head(address)
    assert dict(head.headers) == dict(response.headers)


async def test_the_digests_in_the_database_are_those_of_the_files(site, built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        files = db.execute(
            "select dataset, version, file, sha256 from file order by 1, 3"
        ).fetchall()
    assert len(files) > 100
    for slug, version, file, sha256 in files[::7]:
        response = await site.get(f"/datasets/{slug}/{version}/{file}")
        assert hashlib.sha256(response.content).hexdigest() == sha256
        assert response.headers["etag"] == f'"{sha256}"'


async def test_a_download_that_a_client_has_is_not_sent_again(site, download) -> None:
    address, _ = download
    first = (await site.get(address)).headers
    for known in (
        {"if-none-match": first["etag"]},
        {"if-modified-since": first["last-modified"]},
        {"if-none-match": '"x", W/' + first["etag"]},
    ):
        assert (await site.get(address, headers=known)).status_code == 304
    past = {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert (await site.get(address, headers=past)).status_code == 200
    both = {"if-none-match": '"x"', "if-modified-since": first["last-modified"]}
    assert (await site.get(address, headers=both)).status_code == 200
    assert (await site.get(address, headers={"if-match": '"x"'})).status_code == 412
    assert (await site.get(address, headers={"if-match": "*"})).status_code == 200
    assert (await site.get(address, headers={"if-match": first["etag"]})).status_code == 200
    past = {"if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert (await site.get(address, headers=past)).status_code == 412


@pytest.mark.parametrize(
    ("header", "first", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=5-5", 5, 6),
        ("bytes=10-999999999", 10, None),
        ("bytes=-999999999", 0, None),
    ],
)
async def test_a_part_of_a_download(site, download, header: str, first: int, end: int) -> None:
    address, path = download
    whole = path.read_bytes()
    response = await site.get(address, headers={"range": header, "accept-encoding": "gzip"})
    assert response.status_code == 206
    assert response.content == whole[first:end]
    start = whole.index(response.content) if first < 0 else first
    last = start + len(response.content) - 1
    assert response.headers["content-range"] == f"bytes {start}-{last}/{len(whole)}"
    assert response.headers["content-length"] == str(len(response.content))
    assert "content-encoding" not in response.headers


async def test_several_parts_come_as_a_message_of_parts(site, download) -> None:
    from email import message_from_bytes

    address, path = download
    whole = path.read_bytes()
    response = await site.get(address, headers={"range": "bytes=0-9, 20-29,-5"})
    assert response.status_code == 206
    assert response.headers["content-length"] == str(len(response.content))
    kind = f"content-type: {response.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(kind + response.content).get_payload()
    assert [part["content-range"] for part in parts] == [
        f"bytes {a}-{b}/{len(whole)}"
        for a, b in ((0, 9), (20, 29), (len(whole) - 5, len(whole) - 1))
    ]
    assert [part.get_payload(decode=True) for part in parts][:2] == [whole[:10], whole[20:30]]


@pytest.mark.parametrize("header", ["bytes=999999999-", "bytes=-0"])
async def test_a_part_that_is_not_there_is_told_with_the_length(
    site, download, header: str
) -> None:
    address, path = download
    response = await site.get(address, headers={"range": header})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{path.stat().st_size}"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "header",
    ["bytes=9-1", "bytes=a-b", "lines=0-9", "bytes=", "bytes=0-9,5-20", "bytes=" + "0-0," * 17],
)
async def test_a_range_that_means_nothing_gets_the_whole(site, download, header: str) -> None:
    address, path = download
    response = await site.get(address, headers={"range": header})
    assert (response.status_code, len(response.content)) == (200, path.stat().st_size)


async def test_a_part_is_of_the_file_that_the_client_knows(site, download) -> None:
    address, _ = download
    first = (await site.get(address)).headers
    for known, status in (
        (first["etag"], 206),
        (first["last-modified"], 206),
        (f"W/{first['etag']}", 200),
        ('"other"', 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ):
        asked = {"range": "bytes=0-0", "if-range": known}
        assert (await site.get(address, headers=asked)).status_code == status, known


async def test_a_csv_comes_packed_from_the_file_beside_it(site, download) -> None:
    address, path = download
    async with site.stream("GET", address, headers={"accept-encoding": "br, gzip"}) as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "Accept-Encoding" in response.headers["vary"]
    assert raw == path.with_name(path.name + ".gz").read_bytes()
    assert gzip.decompress(raw) == path.read_bytes()
    there = base64.b64encode(hashlib.sha256(raw).digest()).decode()
    assert response.headers["repr-digest"] == f"sha-256=:{there}:"
    assert response.headers["etag"] != (await site.get(address)).headers["etag"]
    again = {"accept-encoding": "gzip", "if-none-match": response.headers["etag"]}
    assert (await site.get(address, headers=again)).status_code == 304


async def test_a_file_of_an_older_release_has_its_digest_too(site, built: Path) -> None:
    (folder,) = (built / "files" / SLUG).iterdir()
    older = folder / "extra.csv"  # like one that only the archive knows
    older.write_bytes(b"a\n1\n")
    response = await site.get(f"/datasets/{SLUG}/{folder.name}/extra.csv")
    older.unlink()
    assert response.content == b"a\n1\n"
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'


async def test_a_download_leads_to_what_describes_it(site, download) -> None:
    address, _ = download
    link = (await site.get(address)).headers["link"]
    there = link[1 : link.index(">")]
    assert link[link.index(">") :].startswith('>; rel="describedby"; type="application/json", ')
    assert "resources" in (await site.get(there)).json()
    assert there not in (await site.get(there)).headers["link"]
