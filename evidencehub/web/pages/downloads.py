"""What people take with them: a dataset or an indicator as a spreadsheet, a package as one file."""

from __future__ import annotations

import functools
from collections.abc import Callable

from evidencehub.domain.page_addresses import build_path
from evidencehub.formats import package_zip
from evidencehub.formats.format import list_spreadsheet_formats
from evidencehub.formats.workbook import TableSheet, Workbook
from evidencehub.http.body_parts import PartedBody
from evidencehub.http.conditional import build_etag
from evidencehub.http.file_names import build_file_name
from evidencehub.store import spreadsheets
from evidencehub.web.page_request import Document, PageRequest, create_not_found_error, require_row
from evidencehub.web.views import spreadsheet_export, spreadsheet_front

PUBLISHER_FILE = "as the publisher wrote it"
FLAT_FILE = "all figures, codes with labels"


def export_indicator(request: PageRequest) -> Document:
    """Return an indicator as a spreadsheet, in the format that the address ends with.

    Raise HttpError: 404 if there is no such indicator, 413 if it has more observations
    than a spreadsheet is made of while somebody waits.
    """
    return _build_spreadsheet_document(
        request,
        spreadsheet_export.build_indicator_workbook,
        spreadsheet_export.build_indicator_table,
    )


def export_dataset(request: PageRequest) -> Document:
    """Return a dataset as a spreadsheet, as an indicator."""
    return _build_spreadsheet_document(
        request, spreadsheet_export.build_dataset_workbook, spreadsheet_export.build_dataset_table
    )


def _build_spreadsheet_document(
    request: PageRequest,
    build_workbook: Callable[..., Workbook],
    build_table: Callable[..., TableSheet],
) -> Document:
    name, ending = request.path_params["id"], request.path_params["ending"]
    formats = {entry.ending: entry for entry in list_spreadsheet_formats()}
    entry = formats.get(ending)
    if entry is not None and entry.write_workbook is not None:
        book = build_workbook(request.db, name, request.site, request.translations)
        write = functools.partial(entry.write_workbook, book)
    elif entry is not None and entry.write_table is not None:
        table = build_table(request.db, name, request.translations)
        write = functools.partial(entry.write_table, table)
    else:
        raise create_not_found_error("spreadsheet of this format")
    version = find_version(request, name)
    return Document(entry.content_type, write, build_file_name(name, version, ending=ending))


def find_version(request: PageRequest, name: str) -> str:
    """Return the version of the release that an indicator, or a dataset, is of; empty for none."""
    reference_data = request.reference_data
    if reference_data is None:
        return ""
    dataset = reference_data.indicators.get(name, {}).get("dataset", name)
    return str(reference_data.datasets.get(dataset, {}).get("version", ""))


def export_package(request: PageRequest) -> Document:
    """The publisher's package as one ZIP file, with the flat table and a README.

    Raise HttpError (404) where there is no such dataset.
    """
    name = request.path_params["id"]
    row = require_row(
        spreadsheets.select_record(request.db, "dataset", name), "dataset of this name"
    )
    slug, version = row["dataset"], row["version"]
    release_files = spreadsheets.select_file_records(request.db, slug, version)
    extra_formats = ("datapackage", "markdown")
    files = [
        f
        for f in release_files
        if f["says"] in (PUBLISHER_FILE, FLAT_FILE) or f["format"] in extra_formats
    ]
    folder = request.build_folder / "files" / slug / version
    citation = spreadsheet_front.render_citation(request.db, name, request.site)
    readme_text = package_zip.render_readme(
        row, files, citation, request.base_url + build_path("datasets", slug)
    )
    digests = [readme_text, *(f"{file['file']} {file['sha256']}" for file in files)]
    zip_entries = [(file["file"], folder / file["file"]) for file in files]
    return Document(
        "application/zip",
        lambda: PartedBody.of_files(package_zip.lay_out_package(zip_entries, readme_text)),
        f"{slug}-{version}.zip",
        build_etag("package", *digests),
    )
