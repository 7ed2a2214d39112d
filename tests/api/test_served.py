"""What Datasette answers over the shipped datasets, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.summary_tables import assert_summaries_match

DESCRIPTOR = PROJECT_ROOT / "datasets/uk-maternal-mortality/datapackage.json"
VERSION = json.loads(DESCRIPTOR.read_text("utf-8"))["version"]


def names(built: Path) -> list[str]:
    connection = sqlite3.connect(built / "hub.db")
    try:
        rows = connection.execute(
            "select name from sqlite_master where type in ('table', 'view') "
            "and name not like 'sqlite_%' and name not like 'search_%' order by name"
        )
        return [name for (name,) in rows]
    finally:
        connection.close()


async def test_every_table_and_view_answers_as_json_csv_and_page(client, built: Path) -> None:
    found = names(built)
    assert len(found) > 20
    for name in found:
        size = "" if name == "search" else "?_size=1"  # a stored query has the same name
        for path in (f"/hub/{name}.json{size}", f"/hub/{name}.csv{size}", f"/hub/{name}"):
            response = await client.get(path)
            assert response.status_code == 200, path


def test_no_stratum_is_there_twice(built: Path) -> None:
    names = (
        "dataset, indicator, scheme, dimension, area, period_start, period_end, sex, age, other, "
        "adjustment, ethnicity"
    )
    with closing(sqlite3.connect(built / "hub.db")) as db:
        ((rows, kinds),) = db.execute(
            f"select count(*), count(distinct concat) from (select json_array({names}) as concat "
            "from stratum)"
        )
    assert rows == kinds > 100


async def test_a_row_answers_as_json(client) -> None:
    response = await client.get("/hub/dataset/uk-maternal-mortality.json?_shape=objects")
    assert (
        response.json()["rows"][0]["title"] == "Maternal mortality by ethnic group, United Kingdom"
    )


async def test_a_canned_query_answers_as_json_and_csv(client) -> None:
    path = "/hub/figures.{}?indicator=uk-maternal-mortality-rate"
    rows = (await client.get(path.format("json") + "&_shape=array")).json()
    told = (await client.get(path.format("csv"))).text
    assert [str(row["value"]) for row in rows] == [
        row["value"] for row in csv.DictReader(io.StringIO(told))
    ]
    assert rows[0]["unit_label"] == "per 100,000 maternities"


async def test_a_view_shows_title_licence_and_sources_of_its_package(client) -> None:
    page = (await client.get("/hub/dataset_uk_maternal_mortality")).text
    assert "Maternal mortality by ethnic group, United Kingdom" in page
    assert "CC-BY-4.0" in page
    assert "MBRRACE-UK, National Perinatal Epidemiology Unit, University of Oxford" in page
    assert "/hub/source?dataset=uk-maternal-mortality" in page
    assert "category in the classification; _T total, _U unknown" in page


async def test_the_first_page_shows_findings_by_workstream_and_leads_to_the_datasets(
    client,
) -> None:
    page = (await client.get("/")).text
    assert (
        "Infant mortality in the United States is more than twice as high for babies of Black"
        in page
    )
    for title in ("Improving health and care", "Collaborating globally"):
        assert title in page
    listed = (await client.get("/datasets")).text
    assert "Maternal mortality by ethnic group, United Kingdom" in listed


async def test_a_download_is_the_file_itself(client, built: Path) -> None:
    name = f"datasets/uk-maternal-mortality/{VERSION}/data/observations.csv"
    response = await client.get(f"/{name}")
    source = PROJECT_ROOT / "datasets/uk-maternal-mortality/data/observations.csv"
    assert response.content == source.read_bytes()
    assert response.headers["content-type"].startswith("text/csv")


async def test_latest_leads_to_the_current_version(client) -> None:
    response = await client.get("/datasets/uk-maternal-mortality/latest/datapackage.json")
    assert response.status_code == 302
    there = f"/datasets/uk-maternal-mortality/{VERSION}/datapackage.json"
    assert response.headers["location"] == there
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/hub?sql=select+1", 403),
        ("/hub.json?sql=select+1", 403),
        ("/-/versions", 404),
        ("/-/databases.json", 404),
        ("/-/threads.json", 404),
        ("/-/allow-debug", 404),
        ("/%5Cexample.com/", 404),
        ("//example.com/", 404),
        ("/nosuch", 404),
        ("/hub/nosuch.json", 404),
        ("/hub/dataset.blob", 404),
        ("/hub.csv", 404),
        ("/datasets/uk-maternal-mortality/1.0.0/..%2F..%2F..%2Fhub.db", 404),
        ("/datasets/../1.0.0/hub.db", 404),
        ("/hub/observation?_facet=sex&_facet=age&_facet=area&_facet=scheme", 400),
        ("/hub.db", 403),
    ],
)
async def test_what_is_not_for_strangers_is_refused(client, path: str, status: int) -> None:
    assert (await client.get(path)).status_code == status


async def test_writing_is_refused(client) -> None:
    response = await client.post("/hub/observation.json")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_an_error_prints_nothing_and_shows_no_inside(client, capfd) -> None:
    response = await client.get("/nosuch.json")
    assert response.json()["detail"] == "Database not found"
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


def overwrite(database: Path, table: str) -> None:
    """Spoil the page of a database file where a table begins."""
    connection = sqlite3.connect(database)
    (size,) = connection.execute("pragma page_size").fetchone()
    (page,) = connection.execute(
        "select rootpage from sqlite_master where name = ?", [table]
    ).fetchone()
    connection.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


async def test_a_fault_of_ours_is_logged_and_shows_no_inside(
    site: BuildWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    site.dataset().write()
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    overwrite(build / "hub.db", "dataset")
    response = await hub.client.get("/hub/dataset.json")
    assert response.status_code == 500
    assert response.json()["detail"] == "An internal error occurred."
    assert "malformed" not in response.text
    (logged,) = [record.getMessage() for record in caplog.records]
    assert logged.startswith("GET:   File ")
    assert logged.endswith("DatabaseError\n")
    # neither the text of the fault nor the address: they may repeat what a visitor typed
    assert "malformed" not in caplog.text
    assert "/hub/dataset" not in caplog.text


async def test_other_sites_may_read(client) -> None:
    response = await client.get("/hub/dataset.json")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/datasets/nosuch/latest/nosuch.csv", "No such dataset."),
        ("/datasets/uk-maternal-mortality/1.0.0/nosuch.json", "No such file."),
        ("/datasets/uk-maternal-mortality/9.9.9/datapackage.json", "No such file."),
        ("/" + "a" * 2_000, "The address is too long."),
    ],
    ids=["a dataset", "a file", "a release", "an address"],
)
async def test_a_download_that_is_not_there_is_told(client, path: str, text: str) -> None:
    response = await client.get(path)
    assert response.status_code in (404, 414)
    assert text in response.text


@pytest.mark.parametrize("path", ["/", "/hub/dataset.json", "/hub/dataset"])
async def test_a_head_request_answers_as_get_does_without_the_body(client, path: str) -> None:
    response = await client.head(path)
    asked = await client.get(path)
    assert response.status_code == asked.status_code == 200
    assert (response.content, len(asked.content) > 0) == (b"", True)
    assert response.headers["content-type"] == asked.headers["content-type"]
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_browser_may_ask_what_is_allowed(client) -> None:
    response = await client.options("/hub/dataset.json")
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"


async def test_the_site_says_that_it_is_well(client) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_the_summary_tables_say_what_every_figure_says(built: Path) -> None:
    assert_summaries_match(built)
