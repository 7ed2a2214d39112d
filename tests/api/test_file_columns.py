"""The files of a release and the API's answers are one table: columns, types, descriptions, texts."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from evidencehub.api.app import ApiApp
from evidencehub.api.resources.observations import OBSERVATIONS

NAMES = [column.name for column in OBSERVATIONS.columns]
OF_THE_INDICATOR = {
    "indicator_title", "family", "unit", "unit_label", "ci_level", "decimals", "ethnicity_known",
    "same_source", "same_source_label", "ethnicity_recording", "ethnicity_recording_label",
}  # fmt: skip
"""What a file cannot say of an indicator that another dataset defines."""


@pytest.fixture(scope="module", params=["shipped", "rich"])
def build(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue({"shipped": "built", "rich": "rich_hub"}[request.param]))


async def download(build: Path, slug: str, ending: str) -> bytes:
    transport = httpx.ASGITransport(app=ApiApp(build))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        response = await client.get(f"/api/v1/observations.{ending}?dataset={slug}")
    assert response.status_code == 200, response.text
    return response.content


def find_files(build: Path, ending: str) -> dict[str, Path]:
    """The flat file of each dataset with this ending, the one of the newest release."""
    files = sorted((build / "files").glob(f"*/*/*.{ending}"))
    return {
        path.parents[1].name: path for path in files if path.name.startswith(path.parents[1].name)
    }


def read_csv(data: bytes) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    return sorted(rows, key=lambda row: row["id"])


def sort_rows(table: Any) -> list[dict[str, Any]]:
    return sorted(table.select(NAMES).to_pylist(), key=lambda row: row["id"])


def assert_same_cells(rows: list[dict[str, Any]], answer: list[dict[str, Any]]) -> None:
    for row, expected in zip(rows, answer, strict=True):
        left_out = set() if row["indicator_title"] else OF_THE_INDICATOR
        names = [name for name in NAMES if name not in left_out]
        assert {name: row[name] for name in names} == {name: expected[name] for name in names}


async def test_a_file_of_a_release_says_in_each_cell_what_the_api_says(build: Path) -> None:
    files = find_files(build, "csv")
    assert files
    for slug, path in files.items():
        rows, answer = read_csv(path.read_bytes()), read_csv(await download(build, slug, "csv"))
        assert_same_cells(rows, answer)
        assert not rows or list(rows[0])[: len(NAMES)] == NAMES
        assert gzip.decompress(path.with_name(find_files(build, "csv.gz")[slug].name).read_bytes())


async def test_parquet_has_the_same_types_descriptions_and_cells_in_file_and_api(
    build: Path,
) -> None:
    files = find_files(build, "parquet")
    assert files
    for slug, path in files.items():
        table = pq.read_table(path)
        answer = pq.read_table(io.BytesIO(await download(build, slug, "parquet")))
        fields = {field.name: field for field in table.schema}
        for field in answer.schema:
            assert fields[field.name].equals(field, check_metadata=True)
        assert_same_cells(sort_rows(table), sort_rows(answer))


async def test_days_are_dates_in_parquet(build: Path) -> None:
    for slug, path in find_files(build, "parquet").items():
        for source in (path, io.BytesIO(await download(build, slug, "parquet"))):
            table = pq.read_table(source)
            for name in ("period_start", "period_end"):
                assert table.schema.field(name).type == pa.date32()
            pc.greater_equal(table["period_end"], pa.scalar(dt.date(2010, 1, 1)))


def read_typed(cell: str, column: dict[str, Any]) -> Any:
    """A cell as CSV on the Web reads it; raises ValueError where it is not of the type."""
    datatype = column["datatype"]
    if cell == "":
        return None
    if isinstance(datatype, dict):
        assert (datatype["base"], datatype["format"]) == ("boolean", "true|false")
        return {"true": True, "false": False}[cell]
    readers = {"number": float, "date": dt.date.fromisoformat, "string": str, "json": json.loads}
    return readers[datatype](cell)


def test_the_document_beside_a_file_describes_every_column_as_parquet_types_it(build: Path) -> None:
    files = find_files(build, "csv")
    for slug, path in files.items():
        document = json.loads(path.with_name(f"{slug}.csv-metadata.json").read_text("utf-8"))
        assert document["url"] == path.name
        assert document["dialect"]["lineTerminators"] == ["\n"]
        assert b"\r\n" not in path.read_bytes()[:2_000]
        columns = document["tableSchema"]["columns"]
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert [column["name"] for column in columns] == header
        table = pq.read_table(path.with_suffix(".parquet"))
        for i, (column, field) in enumerate(zip(columns, table.schema, strict=True)):
            assert column["dc:description"] == field.metadata[b"description"].decode()
            read = [read_typed(row[i], column) for row in rows]
            kept = [cell or None for cell in table[column["name"]].to_pylist()]
            if column["datatype"] == "json":  # of which Parquet keeps the text
                kept = [cell and json.loads(cell) for cell in kept]
            assert [cell or None for cell in read] == kept


def test_a_licence_stands_beside_a_file_only_where_it_covers_every_value(build: Path) -> None:
    stated = set()
    for slug, path in find_files(build, "csv").items():
        document = json.loads(path.with_name(f"{slug}.csv-metadata.json").read_text("utf-8"))
        with path.open(encoding="utf-8", newline="") as file:
            bases = {row["source_licence_basis"] for row in csv.DictReader(file)} - {""}
        if document["dc:license"]:
            assert bases <= {"publisher-licence"}
        stated.add(bool(document["dc:license"]))
        assert document["notes"][0]["licence"]
    assert False in stated
