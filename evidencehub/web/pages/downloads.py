"""What people take with them: a dataset or an indicator as a spreadsheet, a package as one file."""

from __future__ import annotations

from dataclasses import asdict

from evidencehub.formats import package_zip
from evidencehub.formats.format import find_by_ending
from evidencehub.formats.workbook import Workbook
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import Document, PageRequest, create_not_found_error
from evidencehub.web.views import spreadsheet_export, spreadsheet_front

RELEASE_FILES_SQL = """
select file, format, says, rows, bytes, sha256 from file where dataset = ? and version = ?
order by file
"""
PUBLISHER_FILE = "as the publisher wrote it"
FLAT_FILE = "all figures, codes with labels"


def export_indicator(request: PageRequest) -> Document:
    """The figures of an indicator as a spreadsheet, in the form that the address ends with.

    Raise HttpError: 404 where there is no such indicator, 413 where it has more figures
    than a spreadsheet is made of while somebody waits.
    """
    book = spreadsheet_export.build_indicator_workbook(
        request.db, request.path_params["id"], asdict(request.site)
    )
    return _build_spreadsheet_document(request, book)


def export_dataset(request: PageRequest) -> Document:
    """The figures of a dataset as a spreadsheet, as those of an indicator."""
    book = spreadsheet_export.build_dataset_workbook(
        request.db, request.path_params["id"], asdict(request.site)
    )
    return _build_spreadsheet_document(request, book)


def _build_spreadsheet_document(request: PageRequest, book: Workbook) -> Document:
    extension = request.path_params["ending"]
    workbook_format = find_by_ending(extension, "workbook")
    if workbook_format is None or workbook_format.write_workbook is None:
        raise create_not_found_error("spreadsheet of this format")
    write = workbook_format.write_workbook
    name = f"{request.path_params['id']}.{extension}"
    return Document(workbook_format.content_type, lambda: write(book), name)


def export_package(request: PageRequest) -> Document:
    """The publisher's package as one ZIP file, with the flat table and a README.

    Raise HttpError (404) where there is no such dataset.
    """
    row = request.db.fetch_first(
        "select * from dataset where dataset = ?", (request.path_params["id"],)
    )
    if row is None:
        raise create_not_found_error("dataset of this name")
    slug, version = row["dataset"], row["version"]
    release_files = request.db.fetch_dicts(RELEASE_FILES_SQL, (slug, version))
    extra_formats = ("datapackage", "markdown")
    files = [
        f
        for f in release_files
        if f["says"] in (PUBLISHER_FILE, FLAT_FILE) or f["format"] in extra_formats
    ]
    folder = request.build_folder / "files" / slug / version
    citation = spreadsheet_front.build_dataset_citation(row, asdict(request.site))
    readme_text = package_zip.render_readme(
        row, files, citation, request.base_url + build_path("datasets", slug)
    )
    zip_entries = [(file["file"], folder / file["file"]) for file in files]
    zip_stream = package_zip.stream_zip(zip_entries, readme_text)
    return Document("application/zip", zip_stream, f"{slug}-{version}.zip")
