"""What is wrong with a whole file is told once, and not cell by cell."""

from __future__ import annotations

import pytest

from tests.support.dataset_builder import DatasetBuilder


def told(toys: DatasetBuilder, data: bytes) -> list[tuple[str, str]]:
    """The rules and messages of a check with these bytes for the observations."""
    toys.raw_files["observations"] = data
    return [(p.rule, p.message) for p in toys.check().problems]


def written(toys: DatasetBuilder) -> str:
    return (toys.write() / "data" / "observations.csv").read_text("utf-8")


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_another_delimiter_is_named(sign: str, dataset: DatasetBuilder) -> None:
    name = "a tab" if sign == "\t" else f"“{sign}”"
    (problem,) = told(dataset, written(dataset).replace(",", sign).encode())
    assert problem == ("structure/header", f"The cells of the file are separated by {name}.")


def test_another_table_is_told_as_one(dataset: DatasetBuilder) -> None:
    rows = "".join(f"{n},2,3,4\n" for n in range(200))
    (problem,) = told(dataset, f"Site,Beds,Nurses,Doctors\n{rows}".encode())
    assert problem[0] == "structure/header"
    assert problem[1].startswith("The file holds another table")


def test_titles_above_a_table_are_told_with_its_row(dataset: DatasetBuilder) -> None:
    (problem,) = told(dataset, f"Table 3,\n\n{written(dataset)}".encode())
    assert problem == ("structure/header", "The column names are in row 3, below other text.")


def test_notes_below_a_table_are_told_as_one(dataset: DatasetBuilder) -> None:
    commas = "," * 13
    notes = f"Source: Toy Office{commas}\nNote: counted{commas}\n"
    dataset.field_overrides["observations"] = {"area": {"constraints": {"required": True}}}
    (problem,) = told(dataset, (written(dataset) + notes).encode())
    assert problem[0] == "structure/note-row"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest of a workbook", "The file is a spreadsheet workbook, not CSV."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "The file is a spreadsheet workbook, not CSV."),
        ("a,b\n1,2\n".encode("utf-16"), "The file is UTF-16."),
        (b"\xfe\xff\x00a", "The file is UTF-16."),
    ],
)
def test_a_file_that_is_no_utf_8_text_is_named(
    data: bytes, message: str, dataset: DatasetBuilder
) -> None:
    assert told(dataset, data) == [("structure/encoding", message)]


@pytest.mark.parametrize(
    ("dialect", "separator", "quote"),
    [
        ({"skipInitialSpace": True}, ", ", '"'),
        ({"csv": {"skipInitialSpace": True}}, ", ", '"'),
        ({"quoteChar": "'"}, ",", "'"),
        ({"quoteChar": "'", "delimiter": ";", "skipInitialSpace": True}, "; ", "'"),
    ],
)
def test_column_names_are_read_as_the_dialect_says(
    dialect: dict[str, object], separator: str, quote: str, dataset: DatasetBuilder
) -> None:
    rows = [line.split(",") for line in written(dataset).splitlines()]
    text = "".join(separator.join(f"{quote}{c}{quote}" for c in row) + "\n" for row in rows)
    dataset.resource_overrides["observations"] = {"dialect": dialect}
    assert told(dataset, text.encode()) == []
