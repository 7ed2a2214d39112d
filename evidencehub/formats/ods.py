"""A workbook as an OpenDocument spreadsheet (.ods, ODF 1.3), written as a stream of XML."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from evidencehub.formats.format import get_format
from evidencehub.formats.workbook import (
    COVER_WIDTH_CHARS,
    FORMATTED_DECIMALS,
    ZIP_TIMESTAMP,
    CellValue,
    LinkCell,
    NumberCell,
    Sheet,
    SheetColumn,
    TableSheet,
    TextLine,
    TextSheet,
    Workbook,
    clean_text,
    format_number,
)

MEDIA_TYPE = get_format("ods").media_type
CM_PER_CHARACTER = 0.21  # centimetres
ROWS_PER_WRITE = 500  # rows that are encoded and compressed at once
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES = {
    "office": f"{_ODF}office:1.0",
    "table": f"{_ODF}table:1.0",
    "text": f"{_ODF}text:1.0",
    "style": f"{_ODF}style:1.0",
    "number": f"{_ODF}datastyle:1.0",
    "meta": f"{_ODF}meta:1.0",
    "config": f"{_ODF}config:1.0",
    "fo": f"{_ODF}xsl-fo-compatible:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
}
_XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MANIFEST_PARTS = ("content.xml", "styles.xml", "meta.xml", "settings.xml")
# spaces at either end, or several together, would be lost in a paragraph
_COLLAPSIBLE_BLANKS = re.compile(r"^ +| +$| {2,}")
_REGION_SUBTAG = re.compile(r"[A-Z]{2}|[0-9]{3}")


def write_ods(workbook: Workbook) -> bytes:
    """The file. Equal workbooks give equal bytes; every text is a text, also `=1+1`."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        # first and not compressed: so programs know the file by its first bytes
        archive.writestr(zipfile.ZipInfo("mimetype", ZIP_TIMESTAMP), MEDIA_TYPE, zipfile.ZIP_STORED)
        _write_part(archive, "META-INF/manifest.xml", _render_manifest())
        _write_part(archive, "meta.xml", _render_meta(workbook))
        _write_part(archive, "settings.xml", _render_settings(workbook.sheets))
        _write_part(archive, "styles.xml", _render_styles(workbook.language))
        with archive.open(_create_zip_entry("content.xml"), "w") as content_file:
            _write_content(workbook, content_file)
    return sink.getvalue()


def _create_zip_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_TIMESTAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_part(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_create_zip_entry(name), text.encode())


def _render_root_tag(name: str) -> str:
    spaces = "".join(f' xmlns:{prefix}="{space}"' for prefix, space in _NAMESPACES.items())
    return f'{_XML_DECLARATION}<office:{name}{spaces} office:version="1.3">'


def _render_manifest() -> str:
    entries = [("/", MEDIA_TYPE), *((name, "text/xml") for name in _MANIFEST_PARTS)]
    file_entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in entries
    )
    manifest_namespace = f'xmlns:manifest="{_ODF}manifest:1.0"'
    return (
        f'{_XML_DECLARATION}<manifest:manifest {manifest_namespace} manifest:version="1.3">'
        f"{file_entries}</manifest:manifest>"
    )


def _render_meta(workbook: Workbook) -> str:
    moment = f"{workbook.created_utc:%Y-%m-%dT%H:%M:%SZ}"
    meta_values = {
        "dc:title": workbook.title,
        "dc:subject": workbook.subject,
        "dc:description": workbook.description,
        "meta:initial-creator": workbook.publisher,
        "dc:creator": workbook.publisher,
        "meta:creation-date": moment,
        "dc:date": moment,
        "dc:language": workbook.language,
    }
    body = "".join(
        f"<{name}>{escape(clean_text(text))}</{name}>" for name, text in meta_values.items()
    )
    root = _render_root_tag("document-meta")
    return f"{root}<office:meta>{body}</office:meta></office:document-meta>"


def _render_config_item(name: str, config_type: str, value: object) -> str:
    return (
        f'<config:config-item config:name="{name}" config:type="{config_type}">{value}'
        "</config:config-item>"
    )


def _render_settings(sheets: Sequence[Sheet]) -> str:
    """Header rows stay in view; the first sheet is the one that opens."""
    tables = (s for s in sheets if isinstance(s, TableSheet) and s.is_frozen)
    panes = "".join(map(_render_frozen_panes, tables))
    first = escape(sheets[0].name) if sheets else ""
    view = (
        _render_config_item("ViewId", "string", "view1")
        + f'<config:config-item-map-named config:name="Tables">{panes}'
        + "</config:config-item-map-named>"
        + _render_config_item("ActiveTable", "string", first)
    )
    return (
        f"{_render_root_tag('document-settings')}<office:settings>"
        '<config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f"{view}</config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings></office:document-settings>"
    )


def _render_frozen_panes(table: TableSheet) -> str:
    first_scrolled_row = table.header_row + 1
    frozen = 2
    settings = (
        ("VerticalSplitMode", "short", frozen),
        ("VerticalSplitPosition", "int", first_scrolled_row),
        ("ActiveSplitRange", "short", frozen),
        ("PositionTop", "int", 0),
        ("PositionBottom", "int", first_scrolled_row),
    )
    items = "".join(_render_config_item(*setting) for setting in settings)
    tag = "config:config-item-map-entry"
    return f"<{tag} config:name={quoteattr(table.name)}>{items}</{tag}>"


def _render_styles(language: str) -> str:
    """The language of every text, and styles with the names that people look for."""
    code, _, subtags = language.partition("-")
    region = next(
        (subtag for subtag in subtags.split("-") if _REGION_SUBTAG.fullmatch(subtag)), "none"
    )
    language_attributes = f"fo:language={quoteattr(code)} fo:country={quoteattr(region)}"
    top_aligned = '<style:table-cell-properties style:vertical-align="top"/>'
    wrapped_cell = '<style:table-cell-properties style:vertical-align="top" fo:wrap-option="wrap"/>'
    underlined_cell = (
        '<style:table-cell-properties style:vertical-align="top" fo:wrap-option="wrap" '
        'fo:border-bottom="0.75pt solid #000000"/>'
    )
    bold = '<style:text-properties fo:font-weight="bold"{}/>'
    # a link is told by its line, not by its colour alone
    link = '<style:text-properties fo:color="#0b5394" style:text-underline-style="solid"/>'
    styles = (
        '<style:default-style style:family="table-cell">'
        f"<style:text-properties {language_attributes}/>"
        "</style:default-style>"
        + _render_style("Default", "", "")
        + _render_style("Title", top_aligned, bold.format(' fo:font-size="16pt"'))
        + _render_style("Heading", wrapped_cell, bold.format(' fo:font-size="13pt"'))
        + _render_style("Column_20_heading", underlined_cell, bold.format(""), "Column heading")
        + _render_style("Wrapped", wrapped_cell, "")
        + _render_style("Hyperlink", top_aligned, link)
        + _render_style("Mark", '<style:paragraph-properties fo:text-align="end"/>', "")
    )
    root = _render_root_tag("document-styles")
    return f"{root}<office:styles>{styles}</office:styles></office:document-styles>"


def _render_style(name: str, cell: str, text: str, display_name: str = "") -> str:
    parent = "" if name == "Default" else ' style:parent-style-name="Default"'
    display_attribute = f" style:display-name={quoteattr(display_name)}" if display_name else ""
    return (
        f'<style:style style:name="{name}"{display_attribute} style:family="table-cell"{parent}>'
        f"{cell}{text}</style:style>"
    )


def _write_content(workbook: Workbook, content_file: IO[bytes]) -> None:
    root = _render_root_tag("document-content")
    body = "<office:body><office:spreadsheet>"
    content_file.write(f"{root}{_render_automatic_styles(workbook.sheets)}{body}".encode())
    cells = _CellWriter()
    for sheet in workbook.sheets:
        for piece in cells.render_sheet(sheet):
            content_file.write(piece.encode())
    end = "</office:spreadsheet></office:body></office:document-content>"
    content_file.write(f"{_render_database_ranges(workbook.sheets)}{end}".encode())


def _render_automatic_styles(sheets: Sequence[Sheet]) -> str:
    widths = {COVER_WIDTH_CHARS}.union(
        *(s.measure_columns() for s in sheets if isinstance(s, TableSheet))
    )
    columns = "".join(
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * CM_PER_CHARACTER:.2f}cm"/>'
        "</style:style>"
        for width in sorted(widths)
    )
    numbers = "".join(
        f'<number:number-style style:name="N{n}"><number:number number:decimal-places="{n}" '
        f'number:min-decimal-places="{n}" number:min-integer-digits="1" number:grouping="true"/>'
        f'</number:number-style><style:style style:name="n{n}" style:family="table-cell" '
        f'style:parent-style-name="Default" style:data-style-name="N{n}"/>'
        for n in FORMATTED_DECIMALS
    )
    return f"<office:automatic-styles>{columns}{numbers}</office:automatic-styles>"


def _render_database_ranges(sheets: Sequence[Sheet]) -> str:
    """Each table as a named range with a header and buttons to filter by."""
    tables = [sheet for sheet in sheets if isinstance(sheet, TableSheet) and sheet.rows]
    ranges = "".join(
        f'<table:database-range table:name="Table_{number}" '
        f"table:target-range-address={quoteattr(_format_range_address(table))} "
        'table:contains-header="true" table:display-filter-buttons="true"/>'
        for number, table in enumerate(tables, 1)
    )
    return f"<table:database-ranges>{ranges}</table:database-ranges>" if ranges else ""


def _format_range_address(table: TableSheet) -> str:
    top = table.header_row + 1
    last = _name_column(len(table.columns) - 1)
    return f"'{table.name}'.A{top}:'{table.name}'.{last}{top + len(table.rows)}"


def _name_column(column_index: int) -> str:
    """The name of a column, by its place from 0: A, Z, AA."""
    higher, last = divmod(column_index, 26)
    return (_name_column(higher - 1) if higher else "") + chr(ord("A") + last)


class _CellWriter:
    """Writes cells; keeps those with texts, since few texts are many cells."""

    def __init__(self) -> None:
        self._cells_by_style: dict[str, dict[str, str]] = defaultdict(dict)

    def render_sheet(self, sheet: Sheet) -> Iterator[str]:
        """A sheet in pieces."""
        widths = [COVER_WIDTH_CHARS] if isinstance(sheet, TextSheet) else sheet.measure_columns()
        yield f"<table:table table:name={quoteattr(sheet.name)}>"
        # ODF wants a column at the least
        yield "".join(
            f'<table:table-column table:style-name="w{w}"/>' for w in widths or [COVER_WIDTH_CHARS]
        )
        yield _render_row(_render_text_cell(sheet.title, "Title"))
        style = "Wrapped" if isinstance(sheet, TextSheet) else ""
        yield "".join(_render_row(_render_line_cell(text_line, style)) for text_line in sheet.lines)
        if isinstance(sheet, TableSheet):
            cells = (_render_text_cell(c.heading, "Column_20_heading") for c in sheet.columns)
            heads = _render_row("".join(cells))
            yield f"<table:table-header-rows>{heads}</table:table-header-rows>"
            yield from self._render_rows(sheet)
        yield "</table:table>"

    def _render_rows(self, table: TableSheet) -> Iterator[str]:
        writers = [self._create_cell_renderer(column) for column in table.columns]
        for start in range(0, len(table.rows), ROWS_PER_WRITE):
            rows = table.rows[start : start + ROWS_PER_WRITE]
            cells = (
                [write(cell) for write, cell in zip(writers, row, strict=True)] for row in rows
            )
            yield "".join(_render_row("".join(row_cells)) for row_cells in cells)

    def _create_cell_renderer(self, column: SheetColumn) -> Callable[[CellValue], str]:
        """What makes a cell of a column."""
        style = "Wrapped" if column.is_wrapped else ""
        if column.cell_type == "number":  # a mark stands where the numbers do
            style = "Mark"
        rendered_cells, decimals = self._cells_by_style[style], column.decimals

        def write(cell: CellValue) -> str:
            if isinstance(cell, str):
                rendered = rendered_cells.get(cell)
                if rendered is None:
                    rendered = rendered_cells[cell] = _render_text_cell(cell, style)
                return rendered
            if isinstance(cell, NumberCell):
                return _render_number_cell(cell.number, cell.decimals)
            if isinstance(cell, LinkCell):
                return _render_line_cell(TextLine(cell.text, cell.target), style)
            return "<table:table-cell/>" if cell is None else _render_number_cell(cell, decimals)

        return write


def _render_row(cells: str) -> str:
    return f"<table:table-row>{cells or '<table:table-cell/>'}</table:table-row>"


def _render_number_cell(number: float, decimals: int | None) -> str:
    style = f' table:style-name="n{decimals}"' if decimals in FORMATTED_DECIMALS else ""
    return (
        f'<table:table-cell{style} office:value-type="float" office:value="{number!r}">'
        f"<text:p>{format_number(number, decimals)}</text:p></table:table-cell>"
    )


def _render_line_cell(line: TextLine, style: str) -> str:
    link = LinkCell(line.text, line.target)
    if not link.is_followable:
        return _render_text_cell(line.text, "Heading" if line.is_heading else style)
    is_internal = link.target.startswith("#")
    href = f"#'{link.target[1:]}'.A1" if is_internal else link.target
    link_tag = f'<text:a xlink:type="simple" xlink:href={quoteattr(clean_text(href))}>'
    return _render_text_cell(line.text, "Hyperlink", (link_tag, "</text:a>"))


def _render_text_cell(text: str, style: str = "", link_tags: tuple[str, str] = ("", "")) -> str:
    """A cell with a text: each line of it is a paragraph."""
    style_attribute = f' table:style-name="{style}"' if style else ""
    if not text:
        return f"<table:table-cell{style_attribute}/>"
    start, end = link_tags
    paragraphs = "".join(
        f"<text:p>{start}{_escape_inline(paragraph_text)}{end}</text:p>"
        for paragraph_text in clean_text(text).split("\n")
    )
    opening_tag = f'<table:table-cell{style_attribute} office:value-type="string">'
    return f"{opening_tag}{paragraphs}</table:table-cell>"


def _escape_inline(text: str) -> str:
    return _COLLAPSIBLE_BLANKS.sub(_render_blanks, escape(text))


def _render_blanks(match: re.Match[str]) -> str:
    return f'<text:s text:c="{len(match[0])}"/>'
