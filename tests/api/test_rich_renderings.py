"""One table in every rendering: page, JSON, CSV, NDJSON, Parquet, workbook agree on each row."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT

FORMS = ("json", "csv", "ndjson", "parquet")
NUMBERS = ("value", "value_min", "value_max")
TOTAL = "All ethnic groups"  # how a page names everybody, whatever the list calls them


class Shown(NamedTuple):
    """A row as people see it: the value, or what stands in its place, and the mark beside it."""

    figure: float | str
    mark: str


class Subject(NamedTuple):
    """One table of an indicator."""

    indicator: str
    area: str
    scheme: str
    start: str
    end: str


def year(indicator: str, area: str, scheme: str, number: int) -> Subject:
    return Subject(indicator, area, scheme, f"{number}-01-01", f"{number}-12-31")


SUBJECTS = {
    "marked values": year("toy-north-rate", "GB", "toy-kinds", 2024),
    "censored values": year("toy-north-rate", "GB", "toy-kinds", 2023),
    "published limits": year("toy-north-rate", "GB", "toy-kinds", 2022),
    "no values": year("toy-north-rate", "toy-lands:X01", "toy-kinds", 2021),
    "a zero": year("toy-north-infant", "GB", "toy-kinds", 2023),
    "a financial year": Subject(
        "toy-south-infant", "BR", "toy-south-groups", "2023-04-01", "2024-03-31"
    ),
    "synthetic values": year("toy-invented-rate", "AU", "toy-invented-groups", 2024),
    "a value that was not validated": year("toy-west-infant", "NZ", "toy-west-groups", 2024),
}


async def get(build: Path, address: str) -> bytes:
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    answer = await hub.client.get(address)
    assert answer.status_code == 200, address
    return bytes(answer.content)


async def read_form(build: Path, subject: Subject, form: str) -> list[tuple[Any, ...]]:
    """The rows of the API in one form: group, numbers, status."""
    filters = {"indicator": subject.indicator, "area": subject.area, "scheme": subject.scheme}
    filters |= {"from": subject.start, "to": subject.end, "sex": "_T", "age": "_T"}
    query = urlencode({**filters, "other": "none", "comparator": "none"})
    body = await get(build, f"/api/v1/observations.{form}?{query}")
    match form:
        case "json":
            rows = json.loads(body)["data"]
        case "ndjson":
            rows = [json.loads(line) for line in body.splitlines()]
        case "csv":
            rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
        case _:
            rows = pq.read_table(io.BytesIO(body)).to_pylist()
    return [
        (row["ethnicity_label"], *(as_number(row[name]) for name in NUMBERS), row["obs_status"])
        for row in rows
    ]


def as_number(cell: Any) -> float | None:
    return None if cell in (None, "") else float(cell)


async def read_page(build: Path, subject: Subject) -> dict[str, Shown]:
    """The rows of the table on the indicator's page."""
    options = {"area": subject.area, "scheme": subject.scheme}
    options |= {"period": f"{subject.start}/{subject.end}"}
    page = (await get(build, f"/indicators/{subject.indicator}?{urlencode(options)}")).decode()
    rows: dict[str, Shown] = {}
    for row in re.findall(r'<tr role="row"[^>]*><th scope="row".*?</tr>', page, re.DOTALL):
        head = re.sub(r'<span class="(?:badge|with)">.*?</span>', "", row.partition("</th>")[0])
        group = plain(head)
        cell = plain(row.partition('<bdi class="amount">')[2].partition("<svg")[0])
        rows[group.removeprefix("– ")] = split_mark(cell)
    return rows


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def split_mark(cell: str) -> Shown:
    """A cell of a page as its figure and its mark; a mark alone is both."""
    match = re.fullmatch(r"(.*?) ?(\[\w+\])?", cell)
    assert match is not None
    figure, mark = match[1] or match[2], match[2] or ""
    return Shown(float(figure) if re.fullmatch(r"-?[\d.]+", figure) else figure, mark)


async def read_workbook(build: Path, subject: Subject) -> dict[str, Shown]:
    """The rows of the same table in the indicator's workbook."""
    data = await get(build, f"/indicators/{subject.indicator}.xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Figures")
    cells = sheet.to_python()
    top = next(number for number, row in enumerate(cells) if "Ethnic group" in row)
    same = " ".join(str(row[0]) for row in cells[:top])
    rows = [dict(zip(cells[top], row, strict=True)) for row in cells[top + 1 :]]
    wanted = {"Area code": subject.area, "Classification code": subject.scheme}
    wanted |= {"Period start": subject.start, "Period end": subject.end}
    everybody = {"Sex": "Total", "Age": "All ages", "Other": ""}
    found: dict[str, Shown] = {}
    for row in rows:
        if all(row.get(name, value) == value for name, value in (wanted | everybody).items()):
            mark = re.match(r"\[\w+\]", str(row.get("Status", "")))
            value = row["Value"]
            figure = value if isinstance(value, float) else str(value)
            found[str(row["Ethnic group"])] = Shown(figure, mark[0] if mark else "")
    assert found, same
    return found


@pytest.mark.parametrize("name", SUBJECTS)
async def test_every_form_of_the_api_has_the_same_groups_values_and_statuses(
    rich_hub: Path, name: str
) -> None:
    first, *others = [await read_form(rich_hub, SUBJECTS[name], form) for form in FORMS]
    assert len(first) > 1
    assert all(rows == first for rows in others)


@pytest.mark.parametrize("name", SUBJECTS)
async def test_the_page_has_the_groups_and_values_of_the_api(rich_hub: Path, name: str) -> None:
    rows = await read_form(rich_hub, SUBJECTS[name], "json")
    page = await read_page(rich_hub, SUBJECTS[name])
    total = {group for group, *_ in rows} - page.keys()
    assert total <= {"All toys"}
    assert page.keys() - {group for group, *_ in rows} == ({TOTAL} if total else set())
    for group, value, least, most, status in rows:
        shown = page[TOTAL if group in total else group]
        bounds = {
            least: f"over {least:g}" if least else "",
            most: f"under {most:g}" if most else "",
        }
        if value is not None:
            assert shown.figure == value
        elif least is not None or most is not None:
            assert shown.figure == bounds[most if least is None else least]
        else:
            assert shown.figure == shown.mark != ""
        assert bool(shown.mark) is (status != "A"), group


@pytest.mark.parametrize("name", SUBJECTS)
async def test_page_and_workbook_have_the_same_groups_values_and_marks(
    rich_hub: Path, name: str
) -> None:
    page = await read_page(rich_hub, SUBJECTS[name])
    book = await read_workbook(rich_hub, SUBJECTS[name])
    if TOTAL in page:
        page["All toys"] = page.pop(TOTAL)
    assert page == book


@pytest.mark.parametrize("name", SUBJECTS)
async def test_every_mark_of_the_table_is_explained_below_it(rich_hub: Path, name: str) -> None:
    subject = SUBJECTS[name]
    options = {"area": subject.area, "scheme": subject.scheme}
    options |= {"period": f"{subject.start}/{subject.end}"}
    address = f"/indicators/{subject.indicator}?{urlencode(options)}"
    page = (await get(rich_hub, address)).decode()
    explained = set(re.findall(r"<strong>(\[\w+\])</strong>:", page))
    marks = {row.mark for row in (await read_page(rich_hub, subject)).values()} - {""}
    assert marks <= explained
    if name in ("marked values", "no values"):
        assert len(marks) == 3, "the data lack the case"
