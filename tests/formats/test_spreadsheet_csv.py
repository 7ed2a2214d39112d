"""Does the CSV for spreadsheets open alike in every language, with nothing silently changed?"""

from __future__ import annotations

import csv
import math
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from evidencehub.domain.spreadsheet_text import is_value_like
from evidencehub.formats.spreadsheet_csv import write_spreadsheet_csv
from evidencehub.formats.workbook import CellValue, LinkCell, NumberCell, SheetColumn, TableSheet
from evidencehub.http.problem_details import HttpError
from evidencehub.store.database import RowReader
from evidencehub.web.views import spreadsheet_export

NUMBERS = [1.234, -0.5, 12.75, 1234567.5, 0.00012, 33, 0, 1e16, NumberCell(5.3, 1)]
KEPT_TEXTS = ["Māori", "Türkisch, Straße; “so”", "[c]", "5 to 9", "E92000001", "Table 3", "王\nb"]
GUARDED_TEXTS = [
    "=1+1", "@x", "-2+3", "007", "3/4", "10-14", "1.10", "1E5", "12.5%", "1:30", "3 May",
    "March 2021", "18+", "1234567890123456",
]  # fmt: skip
# tab, quotes, UTF-16, from the first row, columns as they are, no language, quoted as numbers,
# numbers of every kind: the import that changes most
IMPORT = "Text - txt - csv (StarCalc):9,34,65535,1,,0,false,true"
LOCALES = ("de-DE", "fr-FR", "en-GB", "pt-BR", "de-CH")
TOWN = "teaching-town-fall-admission-rate-synthetic"


def write(cells: Sequence[CellValue]) -> bytes:
    columns = [SheetColumn("Row"), SheetColumn("Cell")]
    rows = [[f"r{number}", cell] for number, cell in enumerate(cells)]
    return write_spreadsheet_csv(TableSheet("Cells", "Cells", [], columns, rows))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(data.decode("utf-16").splitlines(keepends=True), delimiter="\t"))


@pytest.fixture
def ask(built: Path) -> Iterator[RowReader]:
    connection = apsw.Connection(str(built / "hub.db"), flags=apsw.SQLITE_OPEN_READONLY)
    yield RowReader(connection)
    connection.close()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_has_no_decimal_sign_and_is_exact(number: float) -> None:
    ((_, text),) = read(write([number]))[1:]
    assert not set(text) & set(".,'  ")
    assert float(text) == number


@pytest.mark.parametrize("text", GUARDED_TEXTS)
def test_a_text_that_would_change_is_guarded(text: str) -> None:
    assert read(write([text]))[1] == ["r0", f"'{text}"]


@pytest.mark.parametrize("text", [*KEPT_TEXTS, "2021-04-01", "42"])
def test_any_other_text_stands_as_it_is(text: str) -> None:
    assert read(write([text]))[1] == ["r0", text]


def test_a_long_text_of_digits_is_looked_at_in_no_time() -> None:
    assert not is_value_like("1" * 30_000 + " people")


def test_links_and_empty_cells() -> None:
    cells = [LinkCell("Source", "https://example.org"), None, ""]
    assert [row[1] for row in read(write(cells))[1:]] == ["Source", "", ""]


@pytest.mark.parametrize("locale", LOCALES)
def test_libreoffice_reads_numbers_as_numbers_and_texts_as_texts(
    tmp_path: Path, locale: str
) -> None:
    cells = [*NUMBERS, *KEPT_TEXTS, *GUARDED_TEXTS, "2021-04-01"]
    opened = open_with_libreoffice(tmp_path, locale, write(cells))
    values = [row[1] for row in opened[1:]]
    for value, cell in zip(values, NUMBERS, strict=False):
        number = cell.number if isinstance(cell, NumberCell) else cell
        assert isinstance(value, float), (locale, cell, value)
        assert math.isclose(value, number, rel_tol=1e-15), (locale, cell, value)
    texts = values[len(NUMBERS) : -1]
    assert texts == [*KEPT_TEXTS, *(f"'{text}" for text in GUARDED_TEXTS)]
    assert f"{values[-1]:%Y-%m-%d}" == "2021-04-01"


def test_libreoffice_reads_a_whole_indicator_in_german(tmp_path: Path, ask: RowReader) -> None:
    table = spreadsheet_export.build_indicator_table(ask, TOWN)
    opened = open_with_libreoffice(tmp_path, "de-DE", write_spreadsheet_csv(table))
    assert opened[0] == [column.heading for column in table.columns]
    assert len(opened) == 1 + len(table.rows) > 10
    place = opened[0].index("Value")
    for row, cells in zip(opened[1:], table.rows, strict=True):
        cell = cells[place]
        assert row[place] == (cell.number if isinstance(cell, NumberCell) else cell)


def open_with_libreoffice(tmp_path: Path, locale: str, data: bytes) -> list[list[object]]:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed: nobody else has read these files")
    profile = tmp_path / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" '
        f'oor:op="fuse"><value>{locale}</value></prop></item></oor:items>'
    )
    (tmp_path / "table.csv").write_bytes(data)
    command = [soffice, f"-env:UserInstallation=file://{profile.parent}", "--headless"]
    command += [f"--infilter={IMPORT}", "--convert-to", "xlsx", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "table.csv")], check=True, timeout=120)
    return CalamineWorkbook.from_path(tmp_path / "table.xlsx").get_sheet_by_index(0).to_python()


def test_every_row_says_of_which_indicator_and_under_which_licence(ask: RowReader) -> None:
    dataset = "uk-perinatal-infant-mortality"
    table = spreadsheet_export.build_dataset_table(ask, dataset)
    headings = [column.heading for column in table.columns]
    ((count, indicators),) = ask(
        "select count(*), count(distinct indicator) from observation where dataset = ?", (dataset,)
    )
    assert len(table.rows) == count
    codes = {row[headings.index("Indicator code")] for row in table.rows}
    assert len(codes) == indicators > 1
    ((licence,),) = ask("select licence from dataset where dataset = ?", (dataset,))
    assert {row[headings.index("Licence")] for row in table.rows} == {licence}
    assert not any("[note" in str(cell) for row in table.rows for cell in row)
    ((note,),) = ask(
        "select note from observation where dataset = ? and note <> '' limit 1", (dataset,)
    )
    assert note in {row[headings.index("Note")] for row in table.rows}


def test_invented_figures_say_so_in_each_row(ask: RowReader) -> None:
    table = spreadsheet_export.build_indicator_table(ask, TOWN)
    place = [column.heading for column in table.columns].index("Invented figures")
    assert {str(row[place])[:24] for row in table.rows} == {"These figures are invent"}


def test_a_dataset_without_figures_has_no_table(ask: RowReader) -> None:
    with pytest.raises(HttpError) as refusal:
        spreadsheet_export.build_dataset_table(ask, "rho-findings-recommendations")
    assert refusal.value.status == 404
