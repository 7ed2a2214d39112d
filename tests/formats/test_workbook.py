"""Do the spreadsheets and the package of a release hold what was published, and open everywhere?"""

from __future__ import annotations

import csv
import gettext
import io
import math
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.domain.status import SYMBOLS, get_status_symbol
from evidencehub.formats import ods, package_zip, xlsx
from evidencehub.formats.format import Format, list_formats
from evidencehub.formats.workbook import (
    MAX_CELL_UTF16_UNITS,
    MAX_SHEET_NAME_CHARS,
    LinkCell,
    NumberCell,
    SheetColumn,
    TableSheet,
    TextLine,
    TextSheet,
    Workbook,
    clean_text,
    make_sheet_names_unique,
)
from evidencehub.http.problem_details import HttpError
from evidencehub.store.database import RowReader
from evidencehub.web.site_settings import SiteSettings
from evidencehub.web.views import spreadsheet_export
from evidencehub.web.views.spreadsheet_labels import WorkbookWords
from tests.support.dataset_builder import PROJECT_ROOT

SITE = SiteSettings(title="Toy hub", url="https://hub.example.org")
DATASETS = sorted(path.name for path in (PROJECT_ROOT / "datasets").iterdir() if path.is_dir())
WRITERS = pytest.mark.parametrize("writer", list_formats("workbook"), ids=lambda entry: entry.name)
TEXTS = {
    "Area": "area_label",
    "Area code": "area",
    "Period start": "period_start",
    "Period end": "period_end",
    "Ethnic group": "ethnicity_label",
    "Ethnic group code": "ethnicity",
    "Classification code": "scheme",
    "Sex": "sex_label",
    "Age": "age_label",
    "Place in the source": "locator",
    "Read in": "read_from",
}
NUMBERS = {
    "Value": "value",
    "At least": "value_min",
    "At most": "value_max",
    "Lower limit": "ci_lower",
    "Upper limit": "ci_upper",
    "Standard error": "se",
    "Numerator": "numerator",
    "Denominator": "denominator",
    "Population": "population",
}
ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DC = "{http://purl.org/dc/elements/1.1/}"


@pytest.fixture(scope="module")
def ask(built: Path) -> Iterator[RowReader]:
    connection = apsw.Connection(str(built / "hub.db"), flags=apsw.SQLITE_OPEN_READONLY)
    yield RowReader(connection)
    connection.close()


@pytest.fixture(scope="module")
def published(built: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each dataset's flat CSV."""
    found = {}
    for path in sorted((built / "files").glob("*/*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def read(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def parted(sheet: list[list[object]], table: TableSheet) -> tuple[str, list[dict[str, object]]]:
    """The lines above a table as one text, and its rows under their headings."""
    top = table.header_row
    headings = sheet[top]
    assert headings == [column.heading for column in table.columns]
    above = " ".join(str(row[0]) for row in sheet[:top])
    return above, [dict(zip(headings, row, strict=True)) for row in sheet[top + 1 :]]


def tables(workbook: Workbook) -> list[TableSheet]:
    return [sheet for sheet in workbook.sheets if isinstance(sheet, TableSheet)]


def assert_equal_to_csv(
    sheet: list[list[object]], table: TableSheet, rows: list[dict[str, str]], notes: dict[str, str]
) -> None:
    above, found = parted(sheet, table)
    assert len(found) == len(rows)
    for heading, name in TEXTS.items():
        wanted = [row[name] for row in rows]
        if found and heading in found[0]:
            assert [row[heading] for row in found] == wanted, heading
        else:
            assert set(wanted) == {""} or (len(set(wanted)) == 1 and wanted[0] in above), heading
    for heading, name in NUMBERS.items():
        shown = [row.get(heading, "") for row in found]
        assert_numbers(shown, rows, name)
    for row, cells in zip(rows, found, strict=True):
        assert notes.get(str(cells.get("Note", "")), "") == row["note"]
        mark = get_status_symbol(row["obs_status"])
        status = f"{mark} {row['obs_status_label']}".strip()
        assert cells.get("Status", status) == status
        assert "Status" in cells or f"Status: {status}" in above
        for own in row.keys() - OBSERVATIONS.columns_by_name.keys():  # the publisher's own
            assert cells.get(own, "") == row[own]


def assert_numbers(shown: list[object], rows: list[dict[str, str]], name: str) -> None:
    for cell, row in zip(shown, rows, strict=True):
        if row[name]:
            assert isinstance(cell, float)
            assert math.isclose(cell, float(row[name]), rel_tol=1e-14)
        elif name == "value" and (row["value_min"] or row["value_max"]):
            assert str(cell).startswith(("over ", "under "))
        elif name == "value":
            assert cell == get_status_symbol(row["obs_status"])
        else:
            assert cell == "" or cell in SYMBOLS


def notes_of(book: dict[str, list[list[object]]]) -> dict[str, str]:
    told = {str(row[1]): str(row[2]) for row in book["Notes"] if row[0] == "Note on a figure"}
    return {"": "", **told}


def test_there_are_datasets() -> None:
    assert DATASETS


@WRITERS
@pytest.mark.parametrize("slug", DATASETS)
def test_the_workbook_of_a_dataset_holds_what_its_csv_holds(
    slug: str, writer: Format, ask: RowReader, published: dict[str, list[dict[str, str]]]
) -> None:
    workbook = spreadsheet_export.build_dataset_workbook(ask, slug, SITE)
    book = read(writer.write_workbook(workbook))
    rows = published.get(slug, [])
    sheets = {table.title: table for table in tables(workbook)}
    indicators = dict.fromkeys((row["indicator"], row["indicator_title"]) for row in rows)
    for indicator, title in indicators:
        table = sheets[title]
        own = [row for row in rows if row["indicator"] == indicator]
        assert_equal_to_csv(book[table.name], table, own, notes_of(book))
    assert len(sheets) == len(tables(workbook))
    shown = sum(len(sheets[title].rows) for _, title in indicators)
    assert shown == len(rows)


@WRITERS
def test_the_workbook_of_an_indicator_holds_what_the_csv_holds(
    writer: Format, ask: RowReader, published: dict[str, list[dict[str, str]]]
) -> None:
    everything = [row for rows in published.values() for row in rows]
    indicators = [key for (key,) in ask("select indicator from indicator order by 1")]
    assert indicators
    for indicator in indicators:
        workbook = spreadsheet_export.build_indicator_workbook(ask, indicator, SITE)
        book = read(writer.write_workbook(workbook))
        own = [row for row in everything if row["indicator"] == indicator]
        found = [table for table in tables(workbook) if table.name == "Figures"]
        assert len(found) == bool(own)
        for table in found:
            assert_equal_to_csv(book["Figures"], table, own, notes_of(book))


@WRITERS
@pytest.mark.parametrize(
    ("name", "view", "heading", "column"),
    [
        ("Gaps", "gap_flat", "Difference", "difference"),
        ("Gaps", "gap_flat", "Ratio, upper limit", "ratio_upper"),
        ("Inequality", "inequality_flat", "Value", "value"),
        ("Inequality", "inequality_flat", "Lower limit", "ci_lower"),
    ],
)
def test_gaps_and_measures_of_inequality_are_those_of_the_database(
    name: str, view: str, heading: str, column: str, writer: Format, ask: RowReader
) -> None:
    indicator = "teaching-town-fall-admission-rate-synthetic"
    workbook = spreadsheet_export.build_indicator_workbook(ask, indicator, SITE)
    table = next(table for table in tables(workbook) if table.name == name)
    _, found = parted(read(writer.write_workbook(workbook))[name], table)
    wanted = [v for (v,) in ask(f"select {column} from {view} where indicator = ?", [indicator])]
    assert wanted
    shown = [cell for row in found if isinstance(cell := row[heading], float)]
    numbers = [value for value in wanted if value is not None]
    assert sorted(shown) == pytest.approx(sorted(numbers), rel=1e-14)
    assert sum(row[heading] == "[x]" for row in found) == len(wanted) - len(numbers)


def test_what_the_hub_computes_is_shown_no_finer_than_the_values_bear_out(ask: RowReader) -> None:
    """As on the pages: derived limits like their value, gaps and measures as their row says."""
    indicator = "teaching-town-fall-admission-rate-synthetic"
    workbook = spreadsheet_export.build_indicator_workbook(ask, indicator, SITE)
    shown: dict[tuple[str, str], set[int | None]] = {}
    for table in tables(workbook):
        for column, cells in zip(table.columns, zip(*table.rows, strict=True), strict=True):
            digits = {cell.decimals for cell in cells if isinstance(cell, NumberCell)}
            shown[table.name, column.heading] = digits
    (decimals,) = shown["Figures", "Value"]
    assert shown["Figures", "Lower limit"] == {decimals}
    for heading in ("Difference", "Difference, lower limit", "Difference, upper limit"):
        assert shown["Gaps", heading] == {decimals}, heading
    for heading in ("Ratio", "Ratio, lower limit", "Ratio, upper limit"):
        assert {1, 2} >= shown["Gaps", heading] > set(), heading
    borne_out = {
        row[0]
        for row in ask("select decimals from inequality_flat where indicator = ?", [indicator])
    }
    for heading in ("Value", "Lower limit", "Upper limit"):
        assert shown["Inequality", heading] <= borne_out, heading


class Made(NamedTuple):
    """A workbook of the shipped datasets and its two files."""

    workbook: Workbook
    office: bytes
    document: bytes


@pytest.fixture(scope="module")
def made(ask: RowReader) -> list[Made]:
    """Every workbook that the shipped datasets and indicators have."""
    indicators = [key for (key,) in ask("select indicator from indicator order by 1")]
    workbooks = [spreadsheet_export.build_dataset_workbook(ask, slug, SITE) for slug in DATASETS]
    workbooks += [spreadsheet_export.build_indicator_workbook(ask, key, SITE) for key in indicators]
    return [Made(book, xlsx.write_xlsx(book), ods.write_ods(book)) for book in workbooks]


def test_findings_and_recommendations_have_sheets_of_their_own(ask: RowReader) -> None:
    workbook = spreadsheet_export.build_dataset_workbook(ask, "rho-findings-recommendations", SITE)
    sheets = {table.name: len(table.rows) for table in tables(workbook)}
    for name in ("finding", "recommendation", "source"):
        sql = f"select count(*) from {name} where dataset = 'rho-findings-recommendations'"
        assert sheets[f"{name.capitalize()}s"] == ask(sql)[0][0]


def test_every_mark_and_note_in_a_table_is_explained_and_no_other(made: list[Made]) -> None:
    for workbook, _, _ in made:
        notes = next(table for table in tables(workbook) if table.name == "Notes")
        explained = {row[1] for row in notes.rows if str(row[1]).startswith("[")}
        cells = {
            str(cell)
            for table in tables(workbook)
            if table is not notes
            for row in table.rows
            for cell in row
        }
        marks = {mark for cell in cells for mark in re.findall(r"^\[[a-z0-9 ]+\]", cell)}
        marks |= {
            m
            for table in tables(workbook)
            for line in table.lines
            for m in SYMBOLS
            if f"Status: {m}" in line.text
        }
        assert explained == marks


def test_a_column_of_numbers_holds_numbers_or_says_why_not(made: list[Made]) -> None:
    for workbook, _, _ in made:
        for table in tables(workbook)[2:]:
            for place, column in enumerate(table.columns):
                cells = [row[place] for row in table.rows]
                if column.cell_type == "number":
                    assert all(not isinstance(c, str) or c in SYMBOLS for c in cells)
                    assert None not in cells
                else:
                    assert all(c is None or isinstance(c, str | LinkCell) for c in cells)


def xml(data: bytes, name: str) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ET.fromstring(archive.read(name))


def all_xml(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_no_cell_is_a_formula_and_every_part_is_xml(made: list[Made]) -> None:
    for _, office, document in made:
        assert not re.search(r"<f[ >/]", all_xml(office))
        assert "table:formula" not in all_xml(document)
        assert xml(document, "content.xml") is not None


def test_the_file_tells_its_title_and_language(made: list[Made]) -> None:
    for workbook, office, document in made:
        core = xml(office, "docProps/core.xml")
        meta = xml(document, "meta.xml")
        for told in (core, meta):
            assert [e.text for e in told.iter(f"{DC}title")] == [clean_text(workbook.title)]
            assert [e.text for e in told.iter(f"{DC}language")] == [workbook.language]
            assert [e.text for e in told.iter(f"{DC}subject")] == [clean_text(workbook.subject)]


def test_a_language_with_a_region_is_that_of_the_cells() -> None:
    styles = xml(ods.write_ods(toy(language="mi-Latn-NZ")), "styles.xml")
    found = next(e.attrib for e in styles.iter(f"{ODF % 'style'}text-properties"))
    assert sorted(found.values()) == ["NZ", "mi"]


def test_links_inside_lead_to_a_sheet(made: list[Made]) -> None:
    for workbook, office, document in made:
        names = {sheet.name for sheet in workbook.sheets}
        text = all_xml(office)
        inside = {html(where) for where in re.findall(r'location="\'(.*?)\'!A1"', text)}
        assert inside == names - {"Cover"}
        content = xml(document, "content.xml")
        targets = [a.attrib[f"{XLINK}href"] for a in content.iter(f"{ODF % 'text'}a")]
        assert {t[2:-4] for t in targets if t.startswith("#")} == names - {"Cover"}


def html(text: str) -> str:
    return (
        text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )


@WRITERS
def test_equal_workbooks_are_equal_files(writer: Format, ask: RowReader) -> None:
    made = [
        writer.write_workbook(
            spreadsheet_export.build_dataset_workbook(ask, "teaching-suppressed-synthetic", SITE)
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_header_rows_are_marked(made: list[Made]) -> None:
    for workbook, office, document in made:
        with zipfile.ZipFile(io.BytesIO(office)) as archive:
            parts = [n for n in archive.namelist() if n.startswith("xl/tables/")]
            refs = sorted(ET.fromstring(archive.read(n)).attrib["ref"] for n in parts)
        wanted = [f"A{t.header_row + 1}" for t in tables(workbook)]
        assert sorted(ref.split(":")[0] for ref in refs) == sorted(wanted)
        content = xml(document, "content.xml")
        heads = [
            ["".join(cell.itertext()) for cell in header.iter(f"{ODF % 'table'}table-cell")]
            for header in content.iter(f"{ODF % 'table'}table-header-rows")
        ]
        assert heads == [[column.heading for column in t.columns] for t in tables(workbook)]


def test_header_rows_stay_in_view_unless_too_much_stands_above_them() -> None:
    for lines, frozen in ((2, True), (40, False)):
        table = TableSheet("Figures", "Toys", [TextLine("x")] * lines, [SheetColumn("A")], [["1"]])
        workbook = toy([table])
        assert ("<pane " in all_xml(xlsx.write_xlsx(workbook))) is frozen
        assert ("VerticalSplitMode" in all_xml(ods.write_ods(workbook))) is frozen


def test_the_cover_says_what_a_reader_needs(ask: RowReader) -> None:
    cover = spreadsheet_export.build_dataset_workbook(
        ask, "teaching-suppressed-synthetic", SITE
    ).sheets[0]
    assert isinstance(cover, TextSheet)
    text = "\n".join(line.text for line in cover.lines)
    targets = {line.target for line in cover.lines if line.target}
    assert "These figures are invented, for teaching. Do not use them as evidence." in text
    assert "Version 1.0.1, created " in text
    assert "Version 1.0.1. [Data set]." in text
    assert " https://hub.example.org/datasets/teaching-suppressed-synthetic " in text
    assert {
        "#Contents",
        "#Notes",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        "mailto:teaching@example.org",
    } <= targets


def test_too_many_rows_are_refused_and_the_csv_is_named(
    ask: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet_export, "MAX_SPREADSHEET_ROWS", 10)
    with pytest.raises(HttpError) as refused:
        spreadsheet_export.build_dataset_workbook(ask, "teaching-suppressed-synthetic", SITE)
    assert refused.value.status == 413
    assert str(refused.value) == (
        "A spreadsheet is made of at most 10 rows, and these are 266. All of them are in "
        "/datasets/teaching-suppressed-synthetic/1.0.1/teaching-suppressed-synthetic.csv"
    )
    with pytest.raises(HttpError) as refused:
        spreadsheet_export.build_indicator_workbook(
            ask, "teaching-town-fall-admission-rate-synthetic", SITE
        )
    assert str(refused.value).endswith(
        "/api/v1/observations.csv?indicator=teaching-town-fall-admission-rate-synthetic"
    )


def test_what_does_not_fit_beside_the_figures_is_named(
    ask: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet_export, "MAX_SPREADSHEET_ROWS", 500)
    workbook = spreadsheet_export.build_indicator_workbook(
        ask, "teaching-town-fall-admission-rate-synthetic", SITE
    )
    assert [sheet.name for sheet in workbook.sheets[3:]] == ["Figures", "Gaps", "Sources"]
    cover = workbook.sheets[0]
    assert isinstance(cover, TextSheet)
    left_out = [line.text for line in cover.lines if line.text.startswith("Not in this file")]
    assert len(left_out) == 1
    assert "/api/v1/inequality.csv?indicator=teaching-town-fall-admission-rate" in left_out[0]


@pytest.mark.parametrize(
    "make", [spreadsheet_export.build_dataset_workbook, spreadsheet_export.build_indicator_workbook]
)
def test_what_is_not_there_is_not_found(make, ask: RowReader) -> None:
    with pytest.raises(HttpError) as refused:
        make(ask, "no-such-thing", SITE)
    assert refused.value.status == 404


# ---- the model and its two writers


def toy(sheets: list[TableSheet | TextSheet] | None = None, language: str = "en") -> Workbook:
    made = sheets or [TextSheet("Cover", "Toys", [TextLine("About toys")])]
    return Workbook("Toys", language, "Toys", "About toys", "Toy Office", "2024-02-03", made)


def of_cells(cells: list[object]) -> Workbook:
    column = SheetColumn("Cell", decimals=1)
    rows = [[cell, "end"] for cell in cells]
    return toy([TableSheet("Cells", "Cells", [], [column, SheetColumn("End")], rows)])


anything = st.text(st.characters(codec=None, categories=None), max_size=40)
numbers = st.floats(-1e300, 1e300, allow_subnormal=False)  # Excel ends a little below 1e308


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(anything, numbers, st.none()), min_size=1, max_size=8))
@example(["=1+1", "+1", "-1", "@a", "\t=1", "1.0", "TRUE", "2024-01-01", "#N/A", "{=1}"])
@example(["  a  b  ", "a\nb", "\n", " ", "a\r\nb", "<b>&amp;</b>", "]]>", '"', "'", "_x0041_"])
@example(["http://example.org", "mailto:a@b", "internal:Sheet!A1", "\ud800", "\x00\x01", "\ufffe"])
def test_whatever_is_put_in_comes_out(cells: list[object]) -> None:
    wanted = [clean_text(cell) if isinstance(cell, str) else cell for cell in cells]
    workbook = of_cells(cells)
    for found in (xlsx_cells(xlsx.write_xlsx(workbook)), ods_cells(ods.write_ods(workbook))):
        assert len(found) == len(wanted)
        for cell, meant in zip(found, wanted, strict=True):
            if isinstance(meant, float):
                assert isinstance(cell, float)
                assert math.isclose(cell, meant, rel_tol=1e-14)
            else:
                assert cell == (meant or None)


def xlsx_cells(data: bytes) -> list[object]:
    """The first column of the second row on, read by hand from the XML."""
    shared = [
        re.sub("_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), "".join(si.itertext()))
        for si in xml(data, "xl/sharedStrings.xml")
    ]
    found = []
    for row in list(xml(data, "xl/worksheets/sheet1.xml").iter(f"{MAIN}row"))[2:]:
        cell = row.find(f"{MAIN}c")
        assert cell is not None
        told = cell.findtext(f"{MAIN}v")
        if not cell.attrib["r"].startswith("A"):
            found.append(None)
        elif cell.attrib.get("t") == "s":
            found.append(shared[int(told)])
        else:
            found.append(float(told))
    return found


def ods_cells(data: bytes) -> list[object]:
    found = []
    for row in list(xml(data, "content.xml").iter(f"{ODF % 'table'}table-row"))[2:]:
        cell = row[0]
        kind = cell.attrib.get(f"{ODF % 'office'}value-type")
        if kind == "float":
            found.append(float(cell.attrib[f"{ODF % 'office'}value"]))
        else:
            found.append("\n".join(paragraph(p) for p in cell) if kind else None)
    return found


def paragraph(element: ET.Element) -> str:
    """The text of a paragraph as ODF reads it: white space is one space, none at either end."""
    parts = [element.text or ""]
    assert not parts[0].startswith(" ")
    for child in element:
        tail = child.tail or ""
        assert "  " not in tail
        parts += [" " * int(child.attrib[f"{ODF % 'text'}c"]), tail]
    return "".join(parts)


@WRITERS
def test_markup_of_the_writer_in_a_text_stays_text(writer: Format) -> None:
    sheet = read(writer.write_workbook(of_cells(["<r><t>bold</t></r>"])))["Cells"]
    assert str(sheet[2][0]).rstrip() == "<r><t>bold</t></r>"


@WRITERS
def test_another_reader_finds_the_same(writer: Format) -> None:
    cells = [
        "=SUM(A1:A9)",
        NumberCell(12.5, 1),
        NumberCell(12.5, None),
        3.25,
        None,
        "two\nlines",
        "[c]",
    ]
    sheet = read(writer.write_workbook(of_cells(cells)))["Cells"]
    found = [row[0] for row in sheet[2:]]
    assert found == ["=SUM(A1:A9)", 12.5, 12.5, 3.25, "", "two\nlines", "[c]"]


def test_a_number_is_shown_with_the_decimals_it_was_published_with() -> None:
    data = ods.write_ods(
        of_cells([NumberCell(1234.5, 2), NumberCell(7.0, 0), NumberCell(0.125, None)])
    )
    texts = [e.text for e in xml(data, "content.xml").iter(f"{ODF % 'text'}p")]
    assert [texts[place] for place in (3, 5, 7)] == ["1,234.50", "7", "0.125"]


def test_a_text_that_no_cell_can_hold_is_cut_and_says_so() -> None:
    for text in ("a" * 40_000, "😀" * 20_000):
        cut = clean_text(text)
        assert len(cut.encode("utf-16-le")) // 2 <= MAX_CELL_UTF16_UNITS
        assert cut.endswith(" … (cut: a cell holds no more)")
        assert read(xlsx.write_xlsx(of_cells([text])))["Cells"][2][0] == cut
    assert clean_text("b" * MAX_CELL_UTF16_UNITS) == "b" * MAX_CELL_UTF16_UNITS


def test_an_address_that_cannot_be_followed_is_a_text() -> None:
    links = [
        LinkCell("a", "javascript:alert(1)"),
        LinkCell("b", "file:///x"),
        LinkCell("c", "https://e.org/" + "x" * 3000),
    ]
    workbook = of_cells(links)
    assert "hyperlink " not in all_xml(xlsx.write_xlsx(workbook))
    assert "text:a" not in all_xml(ods.write_ods(workbook))


@WRITERS
def test_a_table_without_rows_opens(writer: Format) -> None:
    empty = TableSheet("Figures", "Toys", [], [SheetColumn("A")], [])
    link = LinkCell("Figures", "#Figures")
    made = toy([TableSheet("Contents", "Contents", [], [SheetColumn("Sheet")], [[link]]), empty])
    assert read(writer.write_workbook(made))["Figures"] == [["Toys"], ["A"]]


@given(st.lists(anything, max_size=12))
@example(["History", "x" * 40, "x" * 40, "a'b", "[a]:*?/\\", "", "😀" * 20])
def test_names_of_sheets_are_unique_and_allowed(titles: list[str]) -> None:
    names = make_sheet_names_unique(titles)
    assert len({name.casefold() for name in names}) == len(titles)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= MAX_SHEET_NAME_CHARS
        assert not set(name) & set("[]:*?/\\'")
        assert name.casefold() != "history"
    assert make_sheet_names_unique(names) == names


def test_a_workbook_that_could_not_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="names of the sheets"):
        toy([TextSheet("A", "A", []), TextSheet("a", "A", [])])
    with pytest.raises(ValueError, match="same heading"):
        TableSheet("A", "A", [], [SheetColumn("X"), SheetColumn("x")], [])


def test_a_censored_value_is_said_in_words() -> None:
    nobody: Any = None  # no label is looked up
    words = WorkbookWords(nobody, gettext.NullTranslations())
    assert words.format_censored(950, None, 0) == "over 950"
    assert words.format_censored(None, 5.0, None) == "under 5"
    assert words.format_censored(5, 9, 0) == "5 to 9"


# ---- the whole package


def package(files: list[tuple[str, Path]], readme: str = "Read me\n") -> bytes:
    parts = package_zip.lay_out_package(files, readme)
    return b"".join(part if isinstance(part, bytes) else part.read_bytes() for part in parts)


def test_a_package_holds_the_files_as_they_are(built: Path) -> None:
    folder = next((built / "files/teaching-suppressed-synthetic").iterdir())
    files = [(str(p.relative_to(folder)), p) for p in sorted(folder.rglob("*")) if p.is_file()]
    data = package(files)
    assert data == package(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["README.txt", *(name for name, _ in files)]
        assert archive.read("README.txt") == b"Read me\n"
        for name, path in files:
            assert archive.read(name) == path.read_bytes()


@pytest.mark.parametrize("name", ["README.txt", "a.csv", "/a", "../a", "b/../../a", "b\\a"])
def test_a_name_that_would_overwrite_or_leave_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a")
    with pytest.raises(ValueError, match="cannot be a name"):
        package([("a.csv", path), (name, path)])


def test_the_readme_of_a_package(built: Path, ask: RowReader) -> None:
    about = ask.fetch_first(
        "select * from dataset where dataset = ?", ["teaching-suppressed-synthetic"]
    )
    files = ask.fetch_dicts(
        "select * from file where dataset = ? and file like 'data/%' order by file",
        ["teaching-suppressed-synthetic"],
    )
    assert about
    text = package_zip.render_readme(
        about, files, "Toy Office (2026). Toys.", "https://hub.example.org/toys"
    )
    for told in (about["title"], "Version:   1.0.1", "CC0-1.0 (https://", "How to cite"):
        assert told in text
    for file in files:
        assert f"{file['file']}\n  {file['says']}, {file['rows']:,} rows" in text
        assert f"sha256 {file['sha256']}" in text
    assert max(map(len, text.splitlines())) < 120


# ---- another program


@pytest.mark.slow
@WRITERS
def test_libreoffice_opens_it_and_reads_the_same(
    writer: Format, ask: RowReader, tmp_path: Path
) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed: nobody else has read these files")
    ending = writer.ending
    books = {
        "toys": of_cells(["=1+1", "  a  b ", NumberCell(12.5, 1), "two\nlines", "@x", -0.5]),
        "town": spreadsheet_export.build_indicator_workbook(
            ask, "teaching-town-fall-admission-rate-synthetic", SITE
        ),
        "uk": spreadsheet_export.build_dataset_workbook(ask, "uk-perinatal-infant-mortality", SITE),
    }
    for name, workbook in books.items():
        (tmp_path / f"{name}.{ending}").write_bytes(writer.write_workbook(workbook))
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    command = [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", every_sheet, "--outdir", str(tmp_path / "out")]
    command += [str(tmp_path / f"{name}.{ending}") for name in books]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    complaints = [line for line in ran.stderr.splitlines() if "javaldx" not in line]
    assert complaints == []
    for name, workbook in books.items():
        for table in tables(workbook):
            path = tmp_path / "out" / f"{name}-{table.name}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))[table.header_row + 1 :]
            assert_same_rows(rows, table)


def assert_same_rows(rows: list[list[str]], table: TableSheet) -> None:
    assert len(rows) == len(table.rows)
    for row, cells in zip(rows, table.rows, strict=True):
        for told, cell in zip(row, cells, strict=True):
            if isinstance(cell, NumberCell | float | int):
                number = cell.number if isinstance(cell, NumberCell) else cell
                assert math.isclose(float(told), number, rel_tol=1e-12)
            elif isinstance(cell, LinkCell):
                assert told == cell.text
            else:
                assert told == (cell or "")
