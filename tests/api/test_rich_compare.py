"""The comparison of countries, over two families of which every country has its own oddity."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT

FAMILIES = ("maternal-mortality", "infant-mortality")
NUMBER = r"([−\d.,]+)"


@dataclass(frozen=True)
class PageRow:
    """A row of the page: its panel, its group, and its numbers as they are printed."""

    panel: str
    group: str
    is_second_hand: bool
    ratio: str
    difference: str
    figures: str


async def read_page(build: Path, family: str) -> str:
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    answer = await hub.client.get(f"/compare?family={family}")
    assert answer.status_code == 200
    return html.unescape(str(answer.text))


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def list_rows(page: str) -> list[PageRow]:
    """The rows of the chart's table."""
    chart = page.partition('<table class="chart compare"')[2].partition("</table>")[0]
    rows: list[PageRow] = []
    for body in re.findall(r"<tbody.*?</tbody>", chart, re.DOTALL):
        panel = plain(body.partition("<a ")[2].partition(">")[2].partition("</a>")[0])
        for row in re.findall(r'<tr role="row">.*?</tr>', body, re.DOTALL):
            head = row.partition("</th>")[0]
            cells = {name: plain(text) for name, text in re.findall(
                r'data-label="(\w+)">(.*?)</td>', row, re.DOTALL
            )}  # fmt: skip
            ratio = plain(row.partition('<span class="amount">')[2].partition("<svg")[0])
            rows.append(
                PageRow(
                    panel,
                    plain(head).removesuffix(" secondary source"),
                    "secondary source" in head,
                    ratio,
                    cells["Difference"],
                    cells["Figures"],
                )
            )
    return rows


def as_number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def ask(build: Path, sql: str, *values: str) -> list[Any]:
    with closing(sqlite3.connect(build / "hub.db")) as db:
        return db.execute(sql, values).fetchall()


@pytest.mark.parametrize(
    ("family", "headings"),
    [
        (
            "maternal-mortality",
            [
                "Brazil",
                "New Zealand",
                "United Kingdom, Toy Town (toy-lands)",
                "United Kingdom, Toy Vale (toy-lands)",
                "United Kingdom",
            ],
        ),
        ("infant-mortality", ["Brazil", "New Zealand", "United Kingdom"]),
    ],
)
async def test_a_heading_says_what_tells_its_table_from_the_others(
    rich_hub: Path, family: str, headings: list[str]
) -> None:
    rows = list_rows(await read_page(rich_hub, family))
    assert list(dict.fromkeys(row.panel for row in rows)) == headings


@pytest.mark.parametrize("family", FAMILIES)
async def test_no_gap_stands_beside_figures_that_it_is_not_of(rich_hub: Path, family: str) -> None:
    compared = 0
    for row in list_rows(await read_page(rich_hub, family)):
        match = re.match(rf"{NUMBER} against {NUMBER}", row.figures)
        if match is None:
            assert row.figures == "published as a comparison"
            continue
        mine, reference = map(as_number, match.groups())
        ratio, _, _ = row.ratio.removeprefix("about ").partition(" ")
        assert as_number(ratio) == pytest.approx(mine / reference, abs=0.00501), row
        difference, word = row.difference.split()[:2]
        assert as_number(difference) == pytest.approx(abs(mine - reference)), row
        assert word == ("higher" if mine > reference else "lower")
        compared += 1
    assert compared > 5


async def test_crude_figures_are_shown_and_adjusted_ones_are_said_to_be_left_out(
    rich_hub: Path,
) -> None:
    page = await read_page(rich_hub, "maternal-mortality")
    rows = list_rows(page)
    figures = [row.figures.partition(" per ")[0] for row in rows if row.panel == "Brazil"]
    assert figures == ["62.0 against 40.0", "51.0 against 40.0"]
    left_out = plain(page.partition('<h2 id="left-out">')[2].partition("<h2")[0])
    assert "(Drums (toy-south), Tops (toy-south)): adjusted for other differences" in left_out
    crude = ask(
        rich_hub,
        "select value from observation where indicator = 'toy-south-rate' and adjustment = 'crude' "
        "order by ethnicity",
    )
    assert crude == [(40.0,), (62.0,), (51.0,)]


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_second_hand_figure_has_its_badge_and_no_other_has(
    rich_hub: Path, family: str
) -> None:
    rows = list_rows(await read_page(rich_hub, family))
    marked = {(row.panel, row.group) for row in rows if row.is_second_hand}
    expected = {
        "maternal-mortality": {("New Zealand", "Drums (toy-west)")},
        "infant-mortality": {("New Zealand", "Tops (toy-west)")},
    }
    assert marked == expected[family]
    assert len(rows) > len(marked)


@pytest.mark.parametrize("family", FAMILIES)
async def test_each_ratio_and_each_difference_stands_once(rich_hub: Path, family: str) -> None:
    page = await read_page(rich_hub, family)
    rows = list_rows(page)
    assert len({(row.panel, row.group) for row in rows}) == len(rows)
    measures = page.partition('<h2 id="measures">')[2].partition("<h2")[0]
    labels = [plain(text) for text in re.findall(
        r'<th scope="row">(.*?)(?: <span class="badge">.*?)?<br>', measures
    )]  # fmt: skip
    known = dict(ask(rich_hub, "select code, label from code where list = 'inequality-measure'"))
    assert set(labels) <= set(known.values())
    assert {known["d"], known["r"]}.isdisjoint(labels)
    assert known["mdbu"] in labels
    has_both = "select count(*) from inequality_flat as q join indicator as i using (indicator) where family = ? and measure = ?"  # fmt: skip
    assert all(ask(rich_hub, has_both, family, measure)[0][0] > 2 for measure in ("d", "r"))


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_synthetic_country_is_not_compared(rich_hub: Path, family: str) -> None:
    synthetic = ask(
        rich_hub,
        "select label from area where area in (select area from observation join dataset "
        "using (dataset) where synthetic = 1 and indicator in "
        "(select indicator from indicator where family = ?))",
        family,
    )
    assert synthetic == [("Australia",)]
    assert "Australia" not in await read_page(rich_hub, family)


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_gap_of_the_api_in_the_latest_period_is_on_the_page(
    rich_hub: Path, family: str
) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    answer = await hub.client.get(f"/api/v1/gaps?family={family}&sex=_T&age=_T&other=none&to=2024")
    page = list_rows(await read_page(rich_hub, family))
    groups = {row.group for row in page}
    gaps = [row for row in answer.json()["data"] if row["period_start"] >= "2023-04"]
    assert len(gaps) > 4
    assert {row["group_label"] for row in gaps} == groups
