"""The site in Welsh, which is a draft: every page says so, and what is English is marked so."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from evidencehub import runtime
from evidencehub.messages.language import load_language
from tests.api.test_language import KINDS_OF_PAGE
from tests.support.dataset_builder import PROJECT_ROOT

DRAFT = '<span lang="cy">Cyfieithiad drafft yw hwn'
DRAFT_IN_ENGLISH = '<span lang="en">This translation is a draft'


async def read_pages(built: Path, folder: Path, code: str) -> dict[str, str]:
    """Every kind of page of the site in a language."""
    build = folder / code
    shutil.copytree(built, build)
    metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    (build / "metadata.json").write_text(json.dumps({**metadata, "language": code}), "utf-8")
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    pages = {}
    for path in (*KINDS_OF_PAGE, "/hub/area", "/nosuch"):
        response = await hub.client.get(path, follow_redirects=True)
        assert response.status_code == (404 if path == "/nosuch" else 200), path
        pages[path] = response.text
    return pages


async def test_every_kind_of_page_is_served_in_welsh_and_says_that_it_is_a_draft(
    built: Path, tmp_path: Path
) -> None:
    pages = await read_pages(built, tmp_path, "cy")
    for path, page in pages.items():
        assert '<html lang="cy" dir="ltr">' in page, path
        main = page.partition("<main")[2]
        assert DRAFT in main[:400], path
        assert DRAFT_IN_ENGLISH in main[:600], path
        assert not re.search("[\ufdd0\ufdd1]|%EF%B7%9", page), path
        assert not re.search(r"<(title|option)\b[^>]*>[^<]*<span", page), path
    home, group, search = pages["/"], pages["/groups/AFD"], pages["/search?q=zzzz"]
    assert "<h1>Pa mor wahanol yw iechyd rhwng grwpiau ethnig?</h1>" in home
    assert re.search(r"Mae gan \d+ dangosydd ffigur ar gyfer un o’r grwpiau hyn", group)
    assert "Ni chafwyd hyd i ddim ar gyfer “zzzz”." in search
    writing = pages["/writing"]  # of which nothing is translated
    assert writing.count('<span lang="en" dir="ltr">') > 10

    english = '<span lang="en">'
    for path, title in {
        "/": "Maternal mortality rate",
        "/indicators/uk-maternal-mortality-rate": "Maternal mortality rate",
        "/embed/uk-maternal-mortality-rate": "Maternal mortality rate",
        "/topics/maternity": "Maternal mortality rate",
        "/indicators": "Maternal mortality rate",
        "/places/GB": "",
        "/groups/AFD": "",
        "/findings/au-brisbane-remedy-birthing": "",
    }.items():
        assert english + title in pages[path].partition("<h1")[2], path


async def test_a_page_in_english_says_nothing_of_a_draft_or_of_english(
    built: Path, tmp_path: Path
) -> None:
    pages = await read_pages(built, tmp_path, "en")
    assert [path for path, page in pages.items() if "is a draft" in page] == []
    assert [path for path, page in pages.items() if '<span lang="en"' in page] == []


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 canfyddiadau"),
        (1, "1 canfyddiad"),
        (2, "2 ganfyddiad"),
        (3, "3 chanfyddiad"),
        (4, "4 canfyddiad"),
        (6, "6 chanfyddiad"),
        (13, "13 canfyddiad"),
    ],
)
def test_a_number_has_the_form_of_the_word_that_goes_with_it(count: int, text: str) -> None:
    texts = load_language("cy").translations
    assert texts.ngettext("1 finding", "%(count)s findings", count) % {"count": count} == text


def test_days_and_periods_are_in_welsh() -> None:
    welsh = load_language("cy")
    assert welsh.format_date("2021-06-07") == "7 Mehefin 2021"
    assert welsh.format_period("2021-03-01", "2022-05-31") == "Mawrth 2021 – Mai 2022"
