"""The page of a dataset: its first rows, sorted by links, and every version with its files."""

from __future__ import annotations

import html
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

SLUG = "us-infant-mortality-1915-2013"


def cells(page: str) -> list[list[str]]:
    """The cells of each row of the preview as they are read."""
    section = page.partition('id="rows"')[2].partition("</table>")[0].partition("<tbody>")[2]
    return [
        [
            " ".join(html.unescape(re.sub("<[^>]*>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    ]


def read_number(text: str) -> float:
    return float(re.sub(r"[^\d.−-]", "", text).replace("−", "-"))


async def test_the_first_rows_are_those_of_the_file_with_labels(client, built: Path) -> None:
    page = (await client.get(f"/datasets/{SLUG}")).text
    assert "The first 10 of 198 rows." in page
    with sqlite3.connect(built / "hub.db") as db:
        expected = db.execute(
            "select e.label, o.value, a.label, i.title from observation as o"
            " join code as e on e.list = o.scheme and e.code = o.ethnicity"
            " join area as a using (area) join indicator as i using (indicator)"
            " where o.dataset = ? order by o.file, o.row limit 10",
            (SLUG,),
        ).fetchall()
    rows = cells(page)
    assert len(rows) == 10
    for row, (group, value, place, title) in zip(rows, expected, strict=True):
        assert row[0] == group
        assert read_number(row[1].partition(" ")[0]) == value
        assert {place, title} <= set(row)


@pytest.mark.parametrize("sign", ["", "-"])
async def test_a_heading_sorts_the_whole_dataset(client, built: Path, sign: str) -> None:
    page = (await client.get(f"/datasets/{SLUG}?sort={sign}value")).text
    values = [read_number(row[1].partition(" ")[0]) for row in cells(page)]
    with sqlite3.connect(built / "hub.db") as db:
        everything = [
            value
            for (value,) in db.execute("select value from observation where dataset = ?", (SLUG,))
        ]
    assert values == sorted(everything, reverse=sign == "-")[:10]
    assert f'aria-sort="{"descending" if sign else "ascending"}"' in page
    assert page.count("aria-sort=") == 1
    other = "value" if sign else "-value"
    assert f'href="/datasets/{SLUG}?sort={other}#rows"' in page


async def test_what_has_no_value_comes_last_and_says_so(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"][0] |= {"value": "", "numerator": "", "obs_status": "M"}
    toys.write()
    client = await serve(site)
    for sort, places in (("", [0]), ("?sort=value", [1]), ("?sort=-value", [1])):
        rows = cells((await client.get(f"/datasets/{toys.slug}{sort}")).text)
        assert [place for place, row in enumerate(rows) if row[1] == "[z]"] == places, sort


@pytest.mark.parametrize("choice", ["values", "--value", "period;drop"])
async def test_an_unknown_column_is_refused(client, choice: str) -> None:
    response = await client.get(f"/datasets/{SLUG}", params={"sort": choice})
    assert response.status_code == 400


async def test_the_whole_is_one_link_away_in_each_format(client) -> None:
    page = (await client.get(f"/datasets/{SLUG}")).text
    links = page.partition('id="rows"')[2].partition('class="tools"')[2].partition("</p>")[0]
    addresses = re.findall(r'href="([^"]+)"', links)
    assert addresses == [
        f"/datasets/{SLUG}.xlsx",
        f"/datasets/{SLUG}.ods",
        f"/datasets/{SLUG}.csv",
        f"/api/v1/observations.csv?dataset={SLUG}",
        f"/api/v1/observations.parquet?dataset={SLUG}",
    ]
    for address in addresses:
        assert (await client.get(address)).status_code == 200, address


async def test_a_dataset_without_figures_has_nothing_to_look_into(client) -> None:
    page = (await client.get("/datasets/rho-findings-recommendations")).text
    assert 'id="rows"' not in page
    assert "#rows" not in page


async def test_a_value_that_is_a_comparison_says_with_whom(client) -> None:
    page = (await client.get("/datasets/pulse-oximetry-accuracy?sort=value")).text
    assert any("compared with White" in row[-1] for row in cells(page))


async def serve(site: BuildWorkspace) -> Any:
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


async def test_each_version_has_its_day_its_changes_and_its_files(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.write()
    site.build()
    toys.descriptor["version"] = "1.10.0"
    toys.texts["changes.md"] = (
        "# Changes\n\n## 1.10.0 (2026-02-03)\n\n- Tenth.\n\n"
        "## 1.9.0 (2026-02-02)\n\n- Ninth.\n\n## 1.0.0 (2026-01-31)\n\n- First.\n"
    )
    toys.write()
    client = await serve(site)

    history = (await client.get(f"/datasets/{toys.slug}")).text.partition('id="history"')[2]

    tenth, ninth, first = re.split(r'<li id="version-', history)[1:]
    assert tenth.startswith("1.10.0")
    assert "3 February 2026" in tenth
    assert "Tenth." in tenth
    assert 'href="#downloads"' in tenth
    assert "The hub has no files of this version." in ninth
    address = f"/datasets/{toys.slug}/1.0.0/{toys.slug}.csv"
    assert f'href="{address}"' in first
    assert (await client.get(address)).status_code == 200
