"""A new format is a module and a row of the table: what else follows from it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from evidencehub import runtime
from evidencehub.api.app import ApiApp
from evidencehub.formats import format as formats
from evidencehub.formats.format import Format, RowColumn
from evidencehub.http import negotiation, parameters
from evidencehub.runtime import usage
from tests.support.dataset_builder import PROJECT_ROOT

QUERY = "/api/v1/observations?indicator=uk-maternal-mortality-rate&limit=3"


class ToyStream:
    """A format with a row on each line and its cells between strokes."""

    def __init__(self, columns: Sequence[RowColumn], _: Mapping[str, str]) -> None:
        self._names = [column.name for column in columns]

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        return b"".join("|".join(map(str, row)).encode() + b"\n" for row in rows)

    def finish(self) -> bytes:
        return f"{len(self._names)} columns\n".encode()


TOY = Format(
    "toy",
    "Toy",
    "toy",
    "application/x-toy",
    frozenset({"rows"}),
    open_writer=ToyStream,
    is_attachment=True,
)


@pytest.fixture
def with_toy(monkeypatch: pytest.MonkeyPatch) -> Iterable[None]:
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, TOY))
    parameters.canonicalise_accept.cache_clear()
    usage.classify_request.cache_clear()
    yield
    parameters.canonicalise_accept.cache_clear()
    usage.classify_request.cache_clear()


@pytest.fixture
async def api(with_toy: None, built: Path) -> Any:
    transport = httpx.ASGITransport(app=ApiApp(built))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        yield client


async def test_rows_are_written_in_a_new_format_by_ending_and_by_accept(
    api: httpx.AsyncClient,
) -> None:
    by_ending = await api.get(QUERY.replace("?", ".toy?"))
    by_header = await api.get(QUERY, headers={"accept": "application/x-toy"})
    assert by_ending.status_code == 200, by_ending.text
    assert by_ending.headers["content-type"] == "application/x-toy"
    assert by_ending.content == by_header.content
    *rows, end = by_ending.text.splitlines()
    assert len(rows) == 3
    assert end.endswith(" columns")


async def test_openapi_and_links_name_a_new_format(api: httpx.AsyncClient) -> None:
    description = (await api.get("/openapi.json")).json()
    operation = description["paths"]["/api/v1/observations.toy"]["get"]
    assert "application/x-toy" in operation["responses"]["200"]["content"]
    assert operation["operationId"] == "observations_toy"
    for path, method in (("observations", "get"), ("query", "post")):
        response = description["paths"][f"/api/v1/{path}"][method]["responses"]["200"]
        assert "application/x-toy" in response["description"]
    answer = await api.get(QUERY)
    assert ".toy?" in answer.json()["links"]["toy"]
    assert 'type="application/x-toy"' in answer.headers["link"]


async def test_pages_offer_a_new_format(with_toy: None, built: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    page = (await hub.client.get("/indicators/uk-maternal-mortality-rate")).text
    assert 'observations.toy?indicator=uk-maternal-mortality-rate">' in page
    assert "(Toy)</a>" in page


def test_negotiation_cache_and_usage_know_a_new_format(with_toy: None) -> None:
    assert negotiation.split_suffix("/api/v1/observations.toy")[1] == "toy"
    assert negotiation.select_format("application/x-toy, text/csv;q=0.5") == "toy"
    assert "application/x-toy" in parameters.canonicalise_accept("application/x-toy")
    assert usage.name_format(b"application/x-toy") == "toy"


def test_without_its_row_a_format_is_not_known() -> None:
    assert negotiation.split_suffix("/api/v1/observations.toy")[1] == ""
    assert "x-toy" not in parameters.canonicalise_accept("application/x-toy")
    assert usage.name_format(b"application/x-toy") == "application/x-toy"


def test_a_new_spreadsheet_has_an_address() -> None:
    code = (
        "from evidencehub.formats import format\n"
        "format.FORMATS += (format.Format('toy', 'Toy', 'toy', 'application/x-toy',"
        " frozenset({'workbook'}), write_workbook=lambda workbook: b'toy'),)\n"
        "from evidencehub.web import page_request, routes\n"
        "print(sum(bool(page_request.compile_pattern(page).fullmatch('/indicators/a.toy'))"
        " and page.handler.__name__ == 'export_indicator' for page in routes.PAGE_ROUTES))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT_ROOT, check=False
    )
    assert done.stdout == "1\n", done.stderr


def test_names_and_endings_are_unique() -> None:
    assert len({entry.name for entry in formats.FORMATS}) == len(formats.FORMATS)
    for use in ("rows", "workbook", "release", "citation"):
        endings = formats.list_endings(use)
        assert len(set(endings)) == len(endings), use
    assert all(entry.name == entry.ending for entry in formats.list_formats("rows"))


def test_each_format_of_rows_and_workbooks_can_be_written() -> None:
    for entry in formats.list_formats("rows")[1:]:
        assert entry.open_writer is not None, entry.name
        assert isinstance(entry.open_writer([RowColumn("a", "code", "A")], {}).finish(), bytes)
    assert all(entry.write_workbook for entry in formats.list_formats("workbook"))


async def test_pages_offer_a_csv_for_spreadsheets_of_any_language(built: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    for path in ("/indicators/uk-stillbirth-rate", "/datasets/uk-perinatal-infant-mortality"):
        page = (await hub.client.get(path)).text
        assert f'<a href="{path}.csv">CSV for spreadsheets</a>' in page
        assert page.index(f"{path}.xlsx") < page.index(f"{path}.csv")
        response = await hub.client.get(f"{path}.csv")
        assert response.headers["content-type"] == "text/csv; charset=utf-16"
        name = path.rpartition("/")[2]
        named = response.headers["content-disposition"]
        assert re.fullmatch(rf'attachment; filename="{name}-\d+\.\d+\.\d+\.csv"', named)
        headings, *rows = response.content.decode("utf-16").splitlines()
        assert headings.startswith("Indicator\tIndicator code\t")
        assert rows
        assert all(row.count("\t") == headings.count("\t") for row in rows)


async def test_a_dataset_without_figures_offers_no_csv_for_spreadsheets(built: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    page = (await hub.client.get("/datasets/rho-findings-recommendations")).text
    assert "rho-findings-recommendations.xlsx" in page
    assert "CSV for spreadsheets" not in page
    response = await hub.client.get("/datasets/rho-findings-recommendations.csv")
    assert response.status_code == 404
    assert "no figures" in response.text
