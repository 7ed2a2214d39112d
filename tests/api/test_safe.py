"""What strangers may not do: each attempt succeeds on Datasette as it comes, and not here."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from evidencehub import runtime
from evidencehub.http import guard
from tests.support.asgi_client import AsgiResponse, send_request
from tests.support.dataset_builder import PROJECT_ROOT

BOMB = "/hub.json?sql=select+length(hex(zeroblob(100000000)))"
WIDE = "/hub.json?sql=select+length(a.x)+from+(select+zeroblob(1000000)+as+x+from+area+limit+100)+a"
ENDLESS = (
    "/hub.json?sql=with+recursive+n(x)+as+(select+1+union+all+select+x%2B1+from+n)"
    "+select+count(*)+from+n"
)


@pytest.fixture
async def app(built: Path):
    """The served site, to be asked by the very bytes."""
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    return hub.app()


@pytest.fixture
async def open_to_sql(built: Path):
    """A private copy that runs SQL of whoever asks."""
    hub = runtime.create_datasette(PROJECT_ROOT, built, public_sql=True)
    await hub.invoke_startup()
    return hub.app()


@pytest.fixture(scope="module")
def stock(built: Path) -> Iterator[subprocess.Popen[str]]:
    """Datasette as it comes, over the same database."""
    command = [sys.executable, "-m", "tests.support.stock_datasette", str(built)]
    with subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield process
        process.terminate()


def ask_stock(stock: subprocess.Popen[str], address: str, method: str = "GET") -> dict:
    assert stock.stdin is not None
    assert stock.stdout is not None
    stock.stdin.write(json.dumps([method, address]) + "\n")
    stock.stdin.flush()
    return json.loads(stock.stdout.readline())


# addresses


@pytest.mark.parametrize(
    ("address", "theirs", "ours"),
    [
        # pages about the machine
        ("/-/versions.json", 200, 404),
        ("/-/threads.json", 200, 404),
        ("/-/databases.json", 200, 404),
        ("/-/settings.json", 200, 404),
        ("/-/plugins.json", 200, 404),
        ("/-/metadata.json", 200, 404),
        ("/-/actor.json", 200, 404),
        ("/-/allow-debug", 200, 404),
        ("/-/messages", 200, 404),
        ("/-/patterns", 200, 404),
        ("/hub.db", 200, 403),
        # SQL of one's own
        ("/hub.json?sql=select+1", 200, 403),
        ("/hub/area.json?_where=1", 200, 400),
        # a redirect to another site
        ("/\\example.com/", 302, 404),
        # filters that are ignored
        ("/hub/observation.json?nosuch=1", 200, 400),
        ("/hub/observation.json?value__foo=1", 200, 400),
        ("/hub/observation.json?value__gt=abc", 200, 400),
        ("/hub/observation.json?_search=abc", 200, 400),
        ("/hub/observation.json?_size=1&_size=2", 200, 400),
        # new addresses for the same rows
        ("/hub/area.json?x=1", 200, 400),
        ("/hub/area.json?_nosuch=1", 200, 400),
        ("/hub/area.json?_ttl=1", 200, 400),
        ("/hub/area.json?_labels=x1", 200, 400),
        ("/hub/area.html5", 200, 404),
        ("/hub/~61rea.json", 200, 404),
        ("/hub/dataset/uk~2Dmaternal-mortality.json", 200, 404),
        ("/hub/figures.json?indicator=a&x=1", 200, 400),
        ("/hub.json?x=1", 200, 400),
        # faults that show as faults of the server
        ("/hub/observation.json?_sort=nosuch", 500, 400),
        ("/hub/observation.json?_sort=value&_sort_desc=value", 500, 400),
        ("/hub/observation.json?_through=x", 500, 400),
        ("/hub.csv", 500, 404),
        # work that costs much
        (
            "/hub/observation?" + "&".join(f"_facet={c}" for c in ("sex", "age", "area", "scheme")),
            200,
            400,
        ),
        (
            "/hub/observation.json?_facet=sex&_facet_date=period_start&_facet=area&_facet=age",
            200,
            400,
        ),
        ("/hub/area?" + "area=" + "a" * 17_000, 200, 414),
    ],
)
async def test_what_stock_datasette_answers_is_closed(
    app, stock: subprocess.Popen[str], address: str, theirs: int, ours: int
) -> None:
    assert ask_stock(stock, address)["status"] == theirs
    assert (await send_request(app, address)).status == ours


async def test_a_table_does_not_take_what_is_posted(app, stock: subprocess.Popen[str]) -> None:
    assert ask_stock(stock, "/hub/area.json", "POST")["status"] == 500
    assert (await send_request(app, "/hub/area.json", "POST")).status == 405


@pytest.mark.parametrize(
    "address",
    [
        "/\\example.com/",
        "//example.com/",
        "///example.com/",
        "/%5Cexample.com/",
        "/%5c%5cexample.com/",
        "/%2F%2Fexample.com/",
        "/%2f/example.com/",
        "/\t/example.com/",
        "/%09/example.com/",
        "/hub/\\..\\example.com/",
        "/hub//example.com/",
        "/%255Cexample.com/",
        "/.//example.com/",
        "/datasets/uk-maternal-mortality/latest//example.com/",
        "/datasets/uk-maternal-mortality/latest/%0d%0aset-cookie:a=b",
        "/datasets/uk-maternal-mortality/latest/a%0d%0aset-cookie:a=b",
        "/hub/%0d%0aset-cookie:a=b/",
        "/hub/observation?_filter_column=%0d%0aset-cookie:a&_filter_value=b",
        "/datasets/x/latest/datapackage.json",
    ],
)
async def test_no_redirect_leads_away_and_no_header_is_made(app, address: str) -> None:
    answer = await send_request(app, address)
    assert answer.status == (400 if "?" in address else 404)
    assert answer.header("location") == ""
    assert answer.header("set-cookie") == ""
    assert all("\r" not in value and "\n" not in value for _, value in answer.headers)


async def test_a_redirect_of_a_form_stays_on_the_page(app) -> None:
    query = urlencode(
        {"_filter_column": "area", "_filter_op": "exact", "_filter_value": "//x\r\na: b"}
    )
    answer = await send_request(app, f"/hub/observation?{query}")
    assert answer.status == 302
    assert answer.header("location").startswith("/hub/observation?area__exact=%2F%2Fx%0D%0Aa")


@pytest.mark.parametrize(
    "name",
    [
        "../hub.db",
        "..%2f..%2f..%2fhub.db",
        "%2e%2e/%2e%2e/hub.db",
        "....//hub.db",
        "..\\..\\hub.db",
        "..%5chub.db",
        "%252e%252e%252fhub.db",
        "datapackage.json%00.csv",
        "/etc/hostname",
        "data",
        "data/",
        "./datapackage.json",
        "data/../datapackage.json",
        "linked.csv",
        "linked/manifest.json",
    ],
)
async def test_a_download_stays_inside_its_release(app, built: Path, name: str) -> None:
    (folder,) = (built / "files/uk-maternal-mortality").iterdir()
    links = {folder / "linked.csv": built / "manifest.json", folder / "linked": built}
    for link, target in links.items():
        link.symlink_to(target)
    try:
        for version in (folder.name, "latest"):
            answer = await send_request(app, f"/datasets/uk-maternal-mortality/{version}/{name}")
            assert answer.status == 404
            assert b"SQLite" not in answer.body
    finally:
        for link in links:
            link.unlink()


@pytest.mark.parametrize("version", ["..", "%2e%2e", ".", "~", "9.9.9", "*"])
async def test_a_release_is_one_that_there_is(app, version: str) -> None:
    for slug in ("uk-maternal-mortality", "..", ".", ""):
        answer = await send_request(app, f"/datasets/{slug}/{version}/datapackage.json")
        assert answer.status == 404


@pytest.mark.parametrize("address", ["/static/../settings.json", "/static/%2e%2e/settings.json"])
async def test_static_files_stay_in_their_folder(app, address: str) -> None:
    assert (await send_request(app, address)).status == 404


# SQL


def memory() -> int:
    """Kilobytes that this process has held at most."""
    told = Path("/proc/self/status").read_text("utf-8")
    return int(told.split("VmHWM:")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="counts memory as Linux does")
async def test_a_statement_cannot_fill_the_memory(
    open_to_sql, app, stock: subprocess.Popen[str]
) -> None:
    before = ask_stock(stock, "/hub/area.json?_size=1")["memory"]
    bomb = ask_stock(stock, BOMB)
    assert bomb["status"] == 200
    assert bomb["memory"] > before + 150_000
    here = memory()
    for address in (BOMB, WIDE):
        assert (await send_request(open_to_sql, address)).status == 400
        assert (await send_request(app, address)).status == 403
    assert memory() < here + 100_000


async def test_a_statement_without_end_is_stopped(open_to_sql) -> None:
    begun = time.monotonic()
    answer = await send_request(open_to_sql, ENDLESS)
    assert answer.status == 400
    assert time.monotonic() - begun < 3
    assert json.loads(answer.body)["detail"] == (
        "The request took too long. Request less data at once."
    )


async def test_a_private_copy_runs_sql_and_keeps_the_other_limits(open_to_sql) -> None:
    rows = await send_request(open_to_sql, "/hub.json?sql=select+:a+%2B+1+as+b&a=2&_shape=array")
    assert json.loads(rows.body) == [{"b": 3}]
    where = await send_request(open_to_sql, "/hub/area.json?_where=area+=+'GB'&_shape=array")
    assert [row["area"] for row in json.loads(where.body)] == ["GB"]
    assert b"<textarea" in (await send_request(open_to_sql, "/hub?sql=select+1")).body
    for address, status in (
        ("/hub.json?sql=select+1&x=1", 400),
        ("/hub.json?sql=delete+from+area", 400),
        ("/hub.json?sql=attach+'x'+as+y", 400),
        ("/hub/area.json?x=1", 400),
        ("/hub/area.json?_fts_table=x", 400),
    ):
        assert (await send_request(open_to_sql, address)).status == status, address


def test_a_connection_writes_nothing(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as connection:
        guard.restrict_connection(connection)
        for statement in ("delete from area", "attach ':memory:' as other"):
            with pytest.raises(sqlite3.OperationalError):
                connection.execute(statement)


# what a spreadsheet would run

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
FORMULA = "=HYPERLINK(A1)"


def test_no_cell_is_a_formula(built: Path) -> None:
    looked_at, found = 0, []
    with closing(sqlite3.connect(built / "hub.db")) as db:
        tables = [
            name
            for (name,) in db.execute(
                "select name from sqlite_master where type in ('table', 'view') "
                "and name not like 'sqlite_%' and name not like 'search_%' order by name"
            )
        ]
        for table in tables:
            for row in db.execute(f'select * from "{table}"'):
                texts = [cell for cell in row if isinstance(cell, str)]
                looked_at += len(texts)
                found += [
                    (table, text)
                    for text in texts
                    if text[:1] in tuple("=+-@\t\r") and not _NUMBER.fullmatch(text)
                ]
    assert looked_at > 10_000
    assert found == []


async def test_what_a_client_writes_is_never_in_a_csv(app, built: Path) -> None:
    metadata = json.loads((built / "metadata.json").read_text("utf-8"))
    queries = metadata["databases"]["hub"]["queries"]
    assert len(queries) > 5
    for name, query in queries.items():
        names = set(re.findall(r":([a-z_]+)", query["sql"]))
        answer = await send_request(
            app, f"/hub/{name}.csv?{urlencode(dict.fromkeys(names, FORMULA))}"
        )
        assert answer.status == 200, name
        assert b"HYPERLINK" not in answer.body
    for address in (
        f"/hub/area.csv?area={FORMULA}",
        f"/hub/area.csv?{FORMULA}=1",
        f"/hub/{FORMULA}.csv",
        f"/hub/area.csv?_col={FORMULA}",
        f"/datasets/{FORMULA}/1.0.0/a.csv",
    ):
        answer = await send_request(app, address)
        csv = answer.header("content-type").startswith("text/csv")
        assert not csv or b"HYPERLINK" not in answer.body, address


# pages: every link leads somewhere, and nothing in them needs to be allowed


class Page(HTMLParser):
    """The links of a page, the requests that its forms would make, and what runs inside it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.form: tuple[str, list[tuple[str, str]]] = ("", [])
        self.select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        self.links += [own[name] for name in ("href", "src") if name in own]
        self.inline += [name for name in own if name == "style" or name.startswith("on")]
        is_data = own.get("type") == "application/ld+json"  # which no browser runs
        if tag == "style" or (tag == "script" and "src" not in own and not is_data):
            self.inline.append(tag)
        if tag == "form":
            self.form = (own["action"], [])
        if tag == "input" and "name" in own and (own.get("type") != "checkbox" or "checked" in own):
            self.form[1].append((own["name"], own.get("value", "on")))
        if tag == "select":
            self.select = own["name"]
            self.form[1].append((self.select, ""))
        if tag == "option" and "selected" in own:
            self.form[1].append((self.select, own.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            address, fields = self.form
            self.links.append(f"{address}?{urlencode(dict(fields))}")


PAGES = [
    "/",
    "/hub",
    "/hub?_show_hidden=1",
    "/hub/observation?_size=1",
    "/hub/observation?_size=1&value__gt=3&sex=F&_facet=area&_sort_desc=value",
    "/hub/observation_flat?_size=2&_facet=sex&_facet=age",
    "/hub/dataset?_size=2&_sort=title",
    "/hub/finding?_size=1&_labels=off&_nocol=note",
    "/hub/dataset_uk_maternal_mortality?_size=1",
    "/hub/dataset/uk-maternal-mortality",
    "/hub/figures?indicator=uk-maternal-mortality-rate",
    "/hub/figures",
    "/hub/search?words=maternal",
    "/nosuch",
    "/hub/observation?nosuch=1",
]


@pytest.mark.parametrize("address", PAGES)
async def test_every_link_of_a_page_leads_somewhere_and_nothing_runs_in_it(
    app, address: str
) -> None:
    answer = await send_request(app, address)
    assert answer.header("content-type").startswith("text/html")
    page = Page(answer.body.decode())
    assert page.inline == []
    policy = answer.header("content-security-policy")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    base = f"http://hub.test{address}"
    links = {urljoin(base, link) for link in page.links if not link.startswith("#")}
    ours = sorted(link.split("#")[0] for link in links if urlsplit(link).netloc == "hub.test")
    assert len(ours) > 2
    for link in ours:
        found = await followed(app, link)
        assert found.status == 200, link


async def followed(app, link: str) -> AsgiResponse:
    """The answer to a link, or what it leads to."""
    for _ in range(4):
        parts = urlsplit(link)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = await send_request(app, address)
        if answer.status != 302:
            break
        link = urljoin(link, answer.header("location"))
    return answer


@pytest.mark.parametrize("address", ["/", "/hub/area.json", "/nosuch", "/hub/area?x=1", "/healthz"])
async def test_every_answer_tells_browsers_what_it_may_not_do(app, address: str) -> None:
    answer = await send_request(app, address)
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("x-frame-options") == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.header("content-security-policy")
    assert answer.header("cross-origin-resource-policy") == "cross-origin"
    assert answer.header("cross-origin-opener-policy") == "same-origin"
    assert answer.header("referrer-policy") == "strict-origin-when-cross-origin"
    assert "geolocation=()" in answer.header("permissions-policy")
