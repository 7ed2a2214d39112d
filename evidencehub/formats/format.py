"""The one table of formats: what the hub gives away, under which ending and media type.

Content negotiation, endings of addresses, OpenAPI, links, download lists and usage counts read it.
A new format is a module that writes it and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from evidencehub.formats.workbook import TableSheet, Workbook

RowShape = Literal["cells", "typed cells", "json objects"]
FormatUse = Literal[
    "rows", "workbook", "table", "release", "citation", "graph", "catalogue", "description"
]


class RowColumn(NamedTuple):
    """A column of rows to write: `column_type` is number, integer, boolean, list, day or a text."""

    name: str
    column_type: str
    description: str


class RowWriter(Protocol):
    """Writes rows a piece at a time: memory does not grow with their number."""

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """Return the bytes that are ready after these rows, which may be none."""

    def finish(self) -> bytes:
        """Return the last bytes, which may be none."""


FileMetadata = Mapping[str, str]
"""What is said of a file as a whole, texts by names; a format without a place for it drops it,
and the response says it in headers."""


def _open_csv(columns: Sequence[RowColumn], _: FileMetadata) -> RowWriter:
    from evidencehub.formats.csv_stream import CsvStream

    return CsvStream(columns)


def _open_ndjson(_: Sequence[RowColumn], __: FileMetadata) -> RowWriter:
    from evidencehub.formats.ndjson_stream import NdjsonStream

    return NdjsonStream()


def _open_parquet(columns: Sequence[RowColumn], file_metadata: FileMetadata) -> RowWriter:
    # imported here: a server that is never asked for Parquet does without it
    from evidencehub.formats.parquet import ParquetStream

    return ParquetStream(columns, file_metadata)


def _write_xlsx(workbook: Workbook) -> bytes:
    from evidencehub.formats.xlsx import write_xlsx

    return write_xlsx(workbook)


def _write_ods(workbook: Workbook) -> bytes:
    from evidencehub.formats.ods import write_ods

    return write_ods(workbook)


def _write_spreadsheet_csv(table: TableSheet) -> bytes:
    from evidencehub.formats.spreadsheet_csv import write_spreadsheet_csv

    return write_spreadsheet_csv(table)


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `title` is its name for readers.

    `uses` says where it is offered: rows of the API, spreadsheets of several sheets or of one
    table, files of a release, citations, the catalogue as a graph or in a form of its own,
    descriptions of a release.
    `content_type` is the header as it is sent, `aliases` are further media types that a client may
    ask for. Rows are streamed where there is an `open_writer`, which takes rows of `row_shape`:
    cells with lists joined to a text, cells with lists as JSON, or one JSON object in UTF-8 each.
    `is_attachment`: a browser keeps it as a file.
    `answers_posted_query`: an answer to a posted question may have it.
    """

    name: str
    title: str
    ending: str
    content_type: str
    uses: tuple[FormatUse, ...]
    aliases: tuple[str, ...] = ()
    row_shape: RowShape = "cells"
    open_writer: Callable[[Sequence[RowColumn], FileMetadata], RowWriter] | None = None
    write_workbook: Callable[[Workbook], bytes] | None = None
    write_table: Callable[[TableSheet], bytes] | None = None
    is_attachment: bool = False
    answers_posted_query: bool = True

    @property
    def media_type(self) -> str:
        """The media type without parameters."""
        return self.content_type.partition(";")[0]

    @property
    def media_types(self) -> tuple[str, ...]:
        """Every media type that names it."""
        return (self.media_type, *self.aliases)


FORMATS: tuple[Format, ...] = (
    Format("json", "JSON", "json", "application/json", ("rows",),
           aliases=("application/problem+json",)),
    Format("csv", "CSV", "csv", "text/csv; charset=utf-8", ("rows", "release"),
           open_writer=_open_csv, is_attachment=True),
    Format("ndjson", "NDJSON", "ndjson", "application/x-ndjson", ("rows",),
           aliases=("application/ndjson",), row_shape="json objects", open_writer=_open_ndjson),
    Format("parquet", "Parquet", "parquet", "application/vnd.apache.parquet", ("rows", "release"),
           row_shape="typed cells", open_writer=_open_parquet, is_attachment=True,
           answers_posted_query=False),
    Format("xlsx", "XLSX", "xlsx",
           "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("workbook",),
           write_workbook=_write_xlsx),
    Format("ods", "ODS", "ods", "application/vnd.oasis.opendocument.spreadsheet", ("workbook",),
           write_workbook=_write_ods),
    Format("spreadsheet-csv", "CSV for spreadsheets", "csv", "text/csv; charset=utf-16",
           ("table",), write_table=_write_spreadsheet_csv),
    Format("csv.gz", "CSV, compressed", "gz", "application/gzip", ("release",),
           is_attachment=True),
    Format("csv-metadata", "CSV metadata", "csv-metadata.json", "application/csvm+json",
           ("release",)),
    Format("datapackage", "Data Package", "json", "application/json", ("release",)),
    Format("markdown", "Markdown", "md", "text/markdown; charset=utf-8", ("release",)),
    Format("bibtex", "BibTeX", "bib", "application/x-bibtex; charset=utf-8", ("citation",)),
    Format("ris", "RIS", "ris", "application/x-research-info-systems; charset=utf-8",
           ("citation",)),
    Format("csl", "CSL JSON", "csl.json",
           "application/vnd.citationstyles.csl+json; charset=utf-8", ("citation",)),
    Format("turtle", "Turtle", "ttl", "text/turtle; charset=utf-8", ("graph",)),
    Format("json-ld", "JSON-LD", "jsonld", "application/ld+json", ("graph",),
           aliases=("application/json",)),
    Format("rdf-xml", "RDF/XML", "rdf", "application/rdf+xml", ("graph",),
           aliases=("application/xml", "text/xml")),
    Format("dcat-us", "DCAT-US data.json", "json", "application/json", ("catalogue",)),
    Format("catalogue-package", "Data Package", "json", "application/json", ("catalogue",)),
    Format("dump-manifest", "Manifest of the dump", "json", "application/json", ("catalogue",)),
    Format("croissant", "Croissant", "json", "application/ld+json", ("description",)),
    Format("datacite", "DataCite", "json", "application/vnd.datacite.datacite+json",
           ("description",)),
    Format("ro-crate", "RO-Crate", "json", "application/ld+json", ("description",)),
    Format("release-package", "Data Package", "json", "application/json", ("description",)),
    Format("linkset", "Linkset", "json", "application/linkset+json", ("catalogue",)),
    Format("resource-sync", "ResourceSync", "xml", "application/xml; charset=utf-8",
           ("catalogue", "description")),
    Format("sha256sums", "SHA-256 sums", "", "text/plain; charset=utf-8", ("catalogue",)),
)  # fmt: skip
"""Every format, in the order in which formats are offered; the first of the rows is the default."""


def list_formats(use: FormatUse) -> list[Format]:
    """Return the formats that are offered for `use`, in order."""
    return [entry for entry in FORMATS if use in entry.uses]


def list_endings(use: FormatUse) -> tuple[str, ...]:
    """Return the endings of the formats for `use`, without the dot, in order."""
    return tuple(entry.ending for entry in list_formats(use))


def list_row_downloads() -> list[Format]:
    """Return the formats of rows that pages offer as files to keep."""
    return [entry for entry in list_formats("rows") if entry.is_attachment]


def list_spreadsheet_formats() -> list[Format]:
    """Return the formats that pages offer to open in a spreadsheet."""
    return [*list_formats("workbook"), *list_formats("table")]


def list_posted_query_formats() -> tuple[str, ...]:
    """Return the names of the formats that an answer to a posted question may have."""
    return tuple(entry.name for entry in list_formats("rows") if entry.answers_posted_query)


def list_attachment_suffixes() -> tuple[str, ...]:
    """Return the endings, with the dot, of files that a browser keeps instead of showing them."""
    return tuple(f".{entry.ending}" for entry in FORMATS if entry.is_attachment)


def get_format(name: str) -> Format:
    """Return the format of this name; raise KeyError where there is none."""
    for entry in FORMATS:
        if entry.name == name:
            return entry
    raise KeyError(name)


def find_by_ending(ending: str, use: FormatUse) -> Format | None:
    """Return the format for `use` with this ending (without the dot), None where there is none."""
    return next((entry for entry in list_formats(use) if entry.ending == ending), None)


def find_by_file_name(name: str, use: FormatUse) -> Format | None:
    """Return the format for `use` of a file of this name: of its endings the longest counts."""
    entries = [entry for entry in list_formats(use) if name.endswith(f".{entry.ending}")]
    return max(entries, key=lambda entry: len(entry.ending), default=None)


def iter_media_types(use: FormatUse = "rows") -> Iterator[tuple[str, Format]]:
    """Yield each media type of the formats for `use`, with the format that it names."""
    for entry in list_formats(use):
        for media_type in entry.media_types:
            yield media_type, entry
