"""The site in other languages: made-up ones that show what a translation would miss."""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from evidencehub import runtime
from evidencehub.messages import language
from tests.support.dataset_builder import PROJECT_ROOT

PAGES = ("/", "/datasets", "/datasets/uk-maternal-mortality", "/codes", "/codes/ew-census-2021")
PAGES += (
    "/changes",
    "/about",
    "/glossary",
    "/design",
    "/indicators",
    "/writing",
    "/accessibility",
    "/search",
    "/topics",
    "/nosuch",
)
FRAME = {"header", "footer", "nav"}
KINDS_OF_PAGE = (  # one or more of each route; /design shows invented data, /api code with comments
    *(page for page in PAGES if page not in ("/design", "/nosuch")),
    "/topics/maternity",
    "/groups",
    "/groups?q=roma",
    "/groups/AFD",
    "/groups/ew-census-2021/16",
    "/places",
    "/places/GB",
    "/indicators/uk-maternal-mortality-rate",
    "/indicators/us-infant-mortality-rate-1915-2013",
    "/indicators/nz-perinatal-related-mortality-rate",
    "/indicators/eu-roma-life-expectancy-difference",
    "/indicators/teaching-town-fall-admission-rate-synthetic",
    "/embed/uk-maternal-mortality-rate",
    "/compare",
    "/compare?family=infant-mortality",
    "/findings",
    "/findings/au-brisbane-remedy-birthing",
    "/recommendations",
    "/recommendations/rho-pulse-ox-04",
    "/recommendations/emd-2024-01",
    "/organisations",
    "/organisations/aihw",
    "/questions",
    "/questions/question-detention-causes",
    "/coverage",
    "/coverage?group=AFD",
    "/coverage?by=country",
    "/search?q=toilet",
    "/search?q=zzzz",
    "/codes/adjustment",
)
NAMES = {  # of formats and languages of programs: the same in every language
    *("CSV", "JSON", "XLSX", "ODS", "Parquet", "SVG", "PNG", "RIS", "BibTeX", "CSL JSON"),
    *("curl", "Python", "JavaScript", "R"),
}
SPOKEN_ATTRIBUTES = ("aria-label", "title", "alt", "placeholder")
SILENT = {"script", "style", "pre", "code"}
BETWEEN_PIECES = re.compile(r"[,;·()\[\]<>#|\n\0]|\.(?=\s|$)|:(?=\s|$)")
DATE = re.compile(r"(\d{1,2} )?\b[A-Z][a-z]+ \d{4}")
CUT_OFF = re.compile(r"[^\0]*…")  # an excerpt of the search ends in the middle of a cell


def spoken(built: Path, folder: Path, code: str) -> Path:
    """The build of the shipped datasets, in another language."""
    other = folder / "build"
    shutil.copytree(built, other)
    metadata = other / "metadata.json"
    told = json.loads(metadata.read_text("utf-8"))
    metadata.write_text(json.dumps({**told, "language": code}), "utf-8")
    return other


async def answers(build: Path) -> Any:
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


class Main(HTMLParser):
    """What a reader sees and hears of the main part of a page; a tag is \\0."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._is_main = False
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_main |= tag == "main"
        self._silent += tag in SILENT
        if self._is_main and not self._silent and tag != "mark":
            told = [text or "" for name, text in attrs if name in SPOKEN_ATTRIBUTES]
            self.text += "\0".join(["", *told, ""])

    def handle_endtag(self, tag: str) -> None:
        self._is_main &= tag != "main"
        self._silent -= tag in SILENT
        self.text += "" if tag == "mark" else "\0"

    def handle_data(self, data: str) -> None:
        if self._is_main and not self._silent:
            self.text += data


def split_into_pieces(text: str) -> set[str]:
    """The parts of a text between its signs, without dates: labels stand beside each other."""
    pieces = BETWEEN_PIECES.split(DATE.sub("", text))
    words = (" ".join(re.sub("[`*]", "", piece).replace("’", "'").split()) for piece in pieces)
    return {piece.strip(" .:-–") for piece in words if re.search("[A-Za-z]{3}", piece)}


def drop_translated(text: str) -> str:
    """A text without what is in the brackets of the made-up language, which may be nested."""
    shorter = re.sub("⟦[^⟦⟧]*⟧", "\0", text)
    return text if shorter == text else drop_translated(shorter)


def read_data(build: Path) -> set[str]:
    """Every text of the database and of the site's own settings."""
    db = sqlite3.connect(build / "hub.db")
    tables = [
        name
        for (name,) in db.execute("select name from sqlite_master where type = 'table'")
        if not name.startswith(("sqlite_", "search"))
    ]
    cells = {
        cell
        for table in tables
        for row in db.execute(f'select * from "{table}"')
        for cell in row
        if isinstance(cell, str)
    }
    db.close()
    settings = json.loads((build / "metadata.json").read_text("utf-8"))
    return cells | set(list_texts(settings))


def list_texts(item: Any) -> Iterable[str]:
    """Every text in some JSON."""
    if isinstance(item, str):
        return [item]
    parts = item.values() if isinstance(item, dict) else item if isinstance(item, list) else []
    return [text for part in parts for text in list_texts(part)]


class Frame(HTMLParser):
    """The texts of header, footer and navigation, and the language and direction of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.root: dict[str, str | None] = {}
        self.texts: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.root = given
        self._depth += tag in FRAME
        if self._depth and given.get("aria-label"):
            self.texts.append(given["aria-label"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag in FRAME

    def handle_data(self, data: str) -> None:
        if self._depth and data.strip():
            self.texts.append(data.strip())


@pytest.mark.parametrize(("code", "direction"), [("en-XA", "ltr"), ("en-XB", "rtl")])
async def test_every_text_of_the_frame_is_one_that_was_translated(
    built: Path, tmp_path: Path, code: str, direction: str
) -> None:
    client = await answers(spoken(built, tmp_path, code))
    data = {"Evidence hub", "Data"}  # the site's own name, as it is
    for path in PAGES:
        frame = Frame()
        frame.feed((await client.get(path)).text)
        assert (frame.root["lang"], frame.root["dir"]) == (code, direction)
        assert len(frame.texts) > 15
        plain = [text for text in frame.texts if not re.fullmatch("⟦.*⟧", text, re.DOTALL)]
        assert set(plain) <= data, path


async def test_the_texts_of_the_hub_are_translated_and_the_data_is_not(
    built: Path, tmp_path: Path
) -> None:
    client = await answers(spoken(built, tmp_path, "en-XA"))
    page = (await client.get("/datasets/uk-maternal-mortality")).text
    assert "<h1>Maternal mortality by ethnic group, United Kingdom</h1>" in page
    assert "⟦Wĥ" in page or "⟦Whàt ýöû" in page
    for path in ("/about", "/writing", "/accessibility", "/privacy"):
        main = (await client.get(path)).text.split("<main", 1)[1].split("</main>")[0]
        plain = re.sub(r"⟦[^⟧]*⟧", "", main)
        left = re.sub(r"<dl>.*?</dl>|<[^>]*>|CC[\w.-]+", " ", plain, flags=re.DOTALL).split(">", 1)
        assert not re.findall(r"[A-Za-z]{3,}", left[-1]), path


async def test_every_text_in_the_main_part_of_every_kind_of_page_is_translated_or_data(
    built: Path, tmp_path: Path
) -> None:
    build = spoken(built, tmp_path, "en-XA")
    cells = read_data(build)
    pieces_of_data = NAMES.union(*map(split_into_pieces, cells))
    all_data = "\n".join(" ".join(cell.replace("’", "'").split()) for cell in cells)
    client = await answers(build)
    plain = {}
    for path in KINDS_OF_PAGE:
        response = await client.get(path, follow_redirects=True)
        assert response.status_code == 200, path
        main = Main()
        main.feed(response.text)
        assert main.text.count("⟦") > 3, path
        pieces = split_into_pieces(CUT_OFF.sub("", drop_translated(main.text))) - pieces_of_data
        plain[path] = {
            piece
            for piece in pieces
            if not (piece in all_data and len(piece.split()) > 2)  # a part of a longer text
            and not re.fullmatch(r"(https?:)?\S+[./]\S+", piece)
        }
    assert {path: pieces for path, pieces in plain.items() if pieces} == {}


async def test_a_reason_why_nothing_is_converted_is_in_the_language_of_the_page(
    built: Path, tmp_path: Path
) -> None:
    client = await answers(spoken(built, tmp_path, "en-XA"))
    page = (await client.get("/codes/us-omb-spd15-1997")).text
    reason = "⟦us-omb-spd15-1997 2106-3: wîdér thàñ ⟦2106-3 àñd 2118-8⟧ öf us-omb-spd15-2024."
    assert reason in page, page.partition('id="conversion"')[2][:3000]
    english = await answers(built)
    page = (await english.get("/codes/us-omb-spd15-1997")).text
    assert "us-omb-spd15-1997 2106-3: wider than 2106-3 and 2118-8 of us-omb-spd15-2024." in page


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
async def test_the_texts_of_a_spreadsheet_are_translated_and_the_data_is_not(
    built: Path, tmp_path: Path, ending: str
) -> None:
    client = await answers(spoken(built, tmp_path, "en-XA"))
    name = "teaching-town-fall-admission-rate-synthetic"
    response = await client.get(f"/indicators/{name}.{ending}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    sheets = {sheet: book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names}
    assert len(sheets) == 7
    for title, rows in sheets.items():
        assert re.fullmatch("⟦.*⟧", title)
        top = next((row for row, cells in enumerate(rows) if "".join(map(str, cells[1:]))), None)
        headings = [] if top is None else rows[top]  # the cover has no table
        assert [text for text in headings if not re.fullmatch("⟦.*⟧", str(text))] == []
    notes = {row[1]: row[2] for row in sheets["⟦Ñötés⟧"]}
    assert notes["[x]"] == "⟦Ñöt àvàîlàblé: thé söûrçé gîvés ñö fîgûré héré.⟧"
    assert notes["⟦Vérîfîçàtîöñ⟧"] == "Synthetic"


def test_a_number_reads_as_the_language_writes_it() -> None:
    english = language.load_language("en")
    assert (english.format_number(1234.5, 1), english.format_date("2026-11-23")) == (
        "1,234.5",
        "23 November 2026",
    )


@pytest.fixture
def served_rtl(built: Path, tmp_path: Path) -> Iterator[str]:
    """The site in en-XB on a socket of its own."""
    import uvicorn

    hub = runtime.create_datasette(PROJECT_ROOT, spoken(built, tmp_path, "en-XB"))
    running = uvicorn.Server(uvicorn.Config(hub.app(), port=0, log_level="critical"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.05)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(20)


CHROMIUM = shutil.which("chromium")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_nothing_overflows_from_right_to_left_on_a_narrow_screen(served_rtl: str) -> None:
    from playwright.sync_api import sync_playwright

    from tests.support.browser_user import BROWSER_FLAGS

    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=list(BROWSER_FLAGS))
        page = browser.new_page(viewport={"width": 320, "height": 800})
        wide = {}
        for path in PAGES:
            page.goto(served_rtl + path)
            wide[path] = page.evaluate(
                "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
            )
        browser.close()
    assert {path: width for path, width in wide.items() if width > 320} == {}
