"""What operators are told of a server, and what SQL of strangers' own may do to it."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from evidencehub import runtime
from evidencehub.http import visitor_text
from evidencehub.runtime import usage
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import TIMEOUT_SECONDS, RunningServer, run_server, wait_until

DOWNLOAD = "/datasets/toy-repairs/1.0.0/data/observations.csv"


async def test_the_site_lives_and_keeps_no_such_answer(client) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")
    assert response.headers["cache-control"] == "no-store"


async def test_the_site_is_ready_and_tells_its_build(client, built: Path) -> None:
    response = await client.get("/readyz")
    told = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert told.pop("uptime_seconds") >= 0
    packages = [*PROJECT_ROOT.glob("datasets/*/datapackage.json")]
    count = len([*packages, *PROJECT_ROOT.glob("questions/datapackage.json")])
    assert told == {"ready": True, "build": built.name, "datasets": count}


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (
            '{"build": "other"}',
            "manifest.json tells of build other, but the database is of {build}",
        ),
        ("{", "the build's manifest.json cannot be read: it may have been deleted"),
        (None, "the build's manifest.json cannot be read: it may have been deleted"),
    ],
)
async def test_a_site_over_a_broken_build_is_not_ready(
    site: BuildWorkspace, manifest: str | None, why: str
) -> None:
    site.dataset().write()
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    (build / "manifest.json").unlink()
    if manifest is not None:
        (build / "manifest.json").write_text(manifest, "utf-8")
    response = await hub.client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["ready"] is False
    assert response.json()["why"] == why.format(build=build.name)


def test_the_log_and_the_counts_tell_what_was_asked_and_not_by_whom(site: BuildWorkspace) -> None:
    site.dataset().write()
    log, use = site.root / "access.log", site.root / "usage.db"
    options = ["--workers", "2", "--access-log", str(log), "--usage-file", str(use)]
    personal = {
        "User-Agent": "secret-browser", "Referer": "http://secret-referrer.example/",
        "Cookie": "secret=cookie", "X-Forwarded-For": "203.0.113.9", "Authorization": "secret-key",
    }  # fmt: skip
    with run_server(site, *options) as served:
        served.wait_until_ready()
        for _ in range(10):
            asked = Request(served.address + DOWNLOAD, headers=personal)
            with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:
                size = len(answer.read())
        with urlopen(Request(served.address + DOWNLOAD, method="HEAD"), timeout=TIMEOUT_SECONDS):
            pass
        with pytest.raises(HTTPError):
            served.get("/nosuch?name=secret-value")
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    for word in ("secret", "127.0.0.1", "203.0.113.9"):
        assert word not in log.read_text("utf-8").lower()
    got = [one for one in lines if one["path"] == DOWNLOAD and one["method"] == "GET"]
    assert [(one["status"], one["bytes"], one["format"]) for one in got] == [
        (200, size, "csv")
    ] * 10
    assert [one["bytes"] for one in lines if one["method"] == "HEAD"] == [0]
    assert [one["parameters"] for one in lines if one["path"] == "/?"] == [["name"]]
    day = lines[-1]["time"][:10]
    assert usage.read_usage(use) == [(day, "toy-repairs", "download", "csv", 10, 0, 10 * size)]


SECRET = "zqx9434765919"
TYPED = [
    f"/{SECRET}", f"/{SECRET}/", f"/indicators/{SECRET}", f"/api/v1/{SECRET}", f"/hub/{SECRET}.json",
    f"/api/v1/observations?{SECRET}=1", f"/api/v1/observations?indicator={SECRET}",
    f"/api/v1/search?q={SECRET}", f"/search?q={SECRET}", f"/?{SECRET}=1&utm_source={SECRET}",
    f"/api/v1/observations?dataset={SECRET}", f"/hub/observation?dataset={SECRET}",
    f"/hub/search_page?_search=%22{SECRET}", f"/hub/search_page.json?_search=%22{SECRET}",
    f"/hub/search_page.csv?_search=%22{SECRET}&_searchmode=raw", f"/hub/{SECRET}?_search=x",
    f"/hub/search_page.json?_search={SECRET}%22+AND&_searchmode=raw", f"/hub/figures?{SECRET}=1",
    f"/hub/observation?value__gt={SECRET}", f"/hub/observation?_sort={SECRET}", f"/embed/{SECRET}",
    f"/hub/observation?{SECRET}__gt=1", f"/hub?sql=select+{SECRET}", f"/datasets/{SECRET}/1/a.csv",
    f"/datasets/toy-repairs/1.0.0/{SECRET}", f"/static/{SECRET}", f"/hub/dataset/{SECRET}",
    f"/-/{SECRET}", f"/{SECRET}%00", f"/hub/code?_facet={SECRET}", f"/{SECRET}" + "a" * 3_000,
]  # fmt: skip


@pytest.mark.parametrize("public_sql", ["off", "local"])
def test_nothing_that_a_visitor_has_typed_is_written_anywhere(
    site: BuildWorkspace, public_sql: str
) -> None:
    site.dataset().write()
    log, use = site.root / "access.log", site.root / "usage.db"
    options = ["--access-log", str(log), "--usage-file", str(use), "--public-sql", public_sql]
    headers = dict.fromkeys(
        ("Cookie", "Authorization", "Proxy-Authorization", "User-Agent", "Referer", "Accept", "From",
         "X-Forwarded-For", "X-Forwarded-Host", "Accept-Language", "If-None-Match", SECRET),
        SECRET,
    )  # fmt: skip
    with run_server(site, *options) as served:
        served.wait_until_ready()
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            for path in [*TYPED, "/", "/api/v1/query"]:
                body = SECRET.encode() if method == "POST" else None
                asked = Request(served.address + path, body, headers=headers, method=method)
                try:
                    with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:
                        answer.read()
                except HTTPError as refusal:
                    refusal.close()
        with closing(served.connect()) as connection:
            connection.request("GET", "/about", headers={"Host": f"{SECRET}.example"})
            connection.getresponse().read()
    lines = log.read_text("utf-8")
    assert lines.count("\n") > 4 * len(TYPED)
    assert '"path":"/about"' in lines
    assert '"path":"/indicators/?"' in lines
    assert '"parameters":["_search"]' in lines
    with closing(sqlite3.connect(use)) as database:
        counted = "\n".join(database.iterdump())
    assert "tables" in counted
    for written in (lines, counted, served.output):
        assert SECRET[:10] not in written.lower()


def test_a_fault_is_logged_without_what_was_typed() -> None:
    def raise_fault() -> None:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error

    with pytest.raises(KeyError) as caught:
        raise_fault()
    told = visitor_text.describe_fault(caught.value)
    assert "raise_fault" in told
    assert told.endswith("KeyError\n")
    assert "ValueError" in told
    assert SECRET not in told.replace("{SECRET}", "")


def test_counts_are_kept_through_a_swap(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.write()
    with run_server(site) as served:
        served.wait_until_ready()
        served.get(DOWNLOAD)
        toys.descriptor["title"] = "Toys again"
        toys.descriptor["version"] = "1.0.1"
        toys.write()
        site.build()
        wait_until(lambda: "Now serving build" in served.output)
        served.get(DOWNLOAD)
    counted = usage.read_usage(site.out / "usage.db")
    assert sum(row[4] for row in counted if row[2] == "download") == 2


# SQL of strangers' own: off, or bounded


def asked(served: RunningServer, sql: str) -> tuple[int, str]:
    """Status and text of what a statement of one's own gives."""
    try:
        return 200, served.get(f"/hub.json?_shape=array&sql={quote(sql)}").decode()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


BOMB = "select length(hex(zeroblob(400000000)))"
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


def peak(pid: int) -> float:
    """The most megabytes that a process has had in memory."""
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = [one for one in text.splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def test_sql_is_off_unless_it_is_switched_on(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site) as served:
        served.wait_until_ready()
        assert asked(served, "select 1 as one")[0] == 403


def test_sql_that_is_on_has_bounds_of_memory_and_time(site: BuildWorkspace) -> None:
    site.dataset().write()
    with run_server(site, "--public-sql", "local") as served:
        served.wait_until_ready()
        assert "Visitors can run their own SQL" in served.output
        (worker,) = served.list_worker_pids()
        assert asked(served, "select 1 as one") == (200, '[{"one": 1}]')
        before = peak(worker)
        assert asked(served, BOMB)[0] == 400
        assert peak(worker) - before < 100
        several = [threading.Thread(target=asked, args=[served, ENDLESS]) for _ in range(4)]
        for thread in several:
            thread.start()
        assert asked(served, ENDLESS)[0] == 400
        for thread in several:
            thread.join(TIMEOUT_SECONDS)
            assert not thread.is_alive()
        assert asked(served, "select 2 as two") == (200, '[{"two": 2}]')
        for sql in ("delete from dataset", "attach '/tmp/x.db' as x", "pragma query_only = off"):
            assert asked(served, sql)[0] == 400


# whom to tell of a weakness


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("security@hub.example", "mailto:security@hub.example"),
        ("https://hub.example/tell", "https://hub.example/tell"),
        ("http://hub.example/tell", ""),
        ("", ""),
    ],
)
async def test_whom_to_tell_of_a_weakness(
    site: BuildWorkspace, contact: str, expected: str
) -> None:
    site.dataset().write()
    build = site.build().build
    assert build is not None
    metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    (build / "metadata.json").unlink()
    metadata |= {"contact": contact, "url": "https://hub.test"}
    (build / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    response = await hub.client.get("/.well-known/security.txt")
    if not expected:
        assert response.status_code == 404
        return
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"] == expected
    assert fields["Canonical"] == "https://hub.test/.well-known/security.txt"
    remaining = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=150) < remaining < timedelta(days=365)
