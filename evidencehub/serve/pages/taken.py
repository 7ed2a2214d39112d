"""What people take with them: a dataset or an indicator as a spreadsheet, a package as one file."""

from __future__ import annotations

from dataclasses import asdict

from evidencehub.formats import ods, xlsx
from evidencehub.formats.workbook import Workbook
from evidencehub.serve.pages import bundle, spreadsheet
from evidencehub.serve.pages.page import Document, Visit, missing, path

WRITERS = {"xlsx": xlsx, "ods": ods}
FILES = """
select file, format, says, rows, bytes, sha256 from file where dataset = ? and version = ?
order by file
"""
OWN = "as the publisher wrote it"
FLAT = "all figures, codes with labels"


def of_indicator(visit: Visit) -> Document:
    """The figures of an indicator as a spreadsheet, in the form that the address ends with.

    Raises RefusedError: 404 where there is no such indicator, 413 where it has more figures
    than a spreadsheet is made of while somebody waits.
    """
    book = spreadsheet.of_indicator(visit.ask, visit.place["id"], asdict(visit.site))
    return _written(visit, book)


def of_dataset(visit: Visit) -> Document:
    """The figures of a dataset as a spreadsheet, as those of an indicator."""
    book = spreadsheet.of_dataset(visit.ask, visit.place["id"], asdict(visit.site))
    return _written(visit, book)


def _written(visit: Visit, book: Workbook) -> Document:
    ending = visit.place["ending"]
    writer = WRITERS[ending]
    name = f"{visit.place['id']}.{ending}"
    return Document(writer.TYPE, lambda: writer.write(book), name)


def package(visit: Visit) -> Document:
    """The publisher's package as one ZIP file, with the flat table and a README.

    Raises RefusedError (404) where there is no such dataset.
    """
    row = visit.ask.one("select * from dataset where dataset = ?", (visit.place["id"],))
    if row is None:
        raise missing("dataset of this name")
    slug, version = row["dataset"], row["version"]
    every = visit.ask.named(FILES, (slug, version))
    kinds = ("datapackage", "markdown")
    files = [f for f in every if f["says"] in (OWN, FLAT) or f["format"] in kinds]
    folder = visit.build / "files" / slug / version
    citation = spreadsheet.citation(row, asdict(visit.site))
    told = bundle.readme(row, files, citation, visit.home + path("datasets", slug))
    found = [(file["file"], folder / file["file"]) for file in files]
    parts = bundle.package(found, told)
    return Document("application/zip", parts, f"{slug}-{version}.zip")
