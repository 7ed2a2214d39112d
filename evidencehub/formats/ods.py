"""A workbook as an OpenDocument spreadsheet (.ods, ODF 1.3), written as a stream of XML."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from evidencehub.formats.workbook import (
    Cell,
    Column,
    Figure,
    Line,
    Link,
    Sheet,
    Table,
    Text,
    Workbook,
    plain,
    shown,
)

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
EPOCH = (1980, 1, 1, 0, 0, 0)
COVER_WIDTH = 100  # characters
CHARACTER = 0.21  # centimetres
BLOCK = 500  # rows that are encoded and compressed at once
DECIMALS = range(11)
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = {
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
_START = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PARTS = ("content.xml", "styles.xml", "meta.xml", "settings.xml")
# spaces at either end, or several together, would be lost in a paragraph
_SPACE = re.compile(r"^ +| +$| {2,}")
_REGION = re.compile(r"[A-Z]{2}|[0-9]{3}")


def write(workbook: Workbook) -> bytes:
    """The file. Equal workbooks give equal bytes; every text is a text, also `=1+1`."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        # first and not compressed: so programs know the file by its first bytes
        archive.writestr(zipfile.ZipInfo("mimetype", EPOCH), TYPE, zipfile.ZIP_STORED)
        _put(archive, "META-INF/manifest.xml", _manifest())
        _put(archive, "meta.xml", _meta(workbook))
        _put(archive, "settings.xml", _settings(workbook.sheets))
        _put(archive, "styles.xml", _styles(workbook.language))
        with archive.open(_entry("content.xml"), "w") as part:
            _content(workbook, part)
    return sink.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_entry(name), text.encode())


def _root(name: str) -> str:
    spaces = "".join(f' xmlns:{prefix}="{space}"' for prefix, space in _SPACES.items())
    return f'{_START}<office:{name}{spaces} office:version="1.3">'


def _manifest() -> str:
    entries = [("/", TYPE), *((name, "text/xml") for name in _PARTS)]
    told = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in entries
    )
    space = f'xmlns:manifest="{_ODF}manifest:1.0"'
    return f'{_START}<manifest:manifest {space} manifest:version="1.3">{told}</manifest:manifest>'


def _meta(workbook: Workbook) -> str:
    moment = f"{workbook.moment:%Y-%m-%dT%H:%M:%SZ}"
    told = {
        "dc:title": workbook.title,
        "dc:subject": workbook.subject,
        "dc:description": workbook.description,
        "meta:initial-creator": workbook.publisher,
        "dc:creator": workbook.publisher,
        "meta:creation-date": moment,
        "dc:date": moment,
        "dc:language": workbook.language,
    }
    body = "".join(f"<{name}>{escape(plain(text))}</{name}>" for name, text in told.items())
    root = _root("document-meta")
    return f"{root}<office:meta>{body}</office:meta></office:document-meta>"


def _item(name: str, kind: str, value: object) -> str:
    return (
        f'<config:config-item config:name="{name}" config:type="{kind}">{value}'
        "</config:config-item>"
    )


def _settings(sheets: Sequence[Sheet]) -> str:
    """Header rows stay in view; the first sheet is the one that opens."""
    tables = "".join(
        _frozen(sheet) for sheet in sheets if isinstance(sheet, Table) and sheet.is_frozen
    )
    first = escape(sheets[0].name) if sheets else ""
    named = f'<config:config-item-map-named config:name="Tables">{tables}'
    view = (
        f"{_item('ViewId', 'string', 'view1')}{named}</config:config-item-map-named>"
        f"{_item('ActiveTable', 'string', first)}"
    )
    return (
        f"{_root('document-settings')}<office:settings>"
        '<config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f"{view}</config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings></office:document-settings>"
    )


def _frozen(table: Table) -> str:
    below = table.header_row + 1
    frozen = 2
    items = (
        _item("VerticalSplitMode", "short", frozen)
        + _item("VerticalSplitPosition", "int", below)
        + _item("ActiveSplitRange", "short", frozen)
        + _item("PositionTop", "int", 0)
        + _item("PositionBottom", "int", below)
    )
    name = quoteattr(table.name)
    return (
        f"<config:config-item-map-entry config:name={name}>{items}</config:config-item-map-entry>"
    )


def _styles(language: str) -> str:
    """The language of every text, and styles with the names that people look for."""
    code, _, rest = language.partition("-")
    region = next((part for part in rest.split("-") if _REGION.fullmatch(part)), "none")
    spoken = f"fo:language={quoteattr(code)} fo:country={quoteattr(region)}"
    top = '<style:table-cell-properties style:vertical-align="top"/>'
    wrap = '<style:table-cell-properties style:vertical-align="top" fo:wrap-option="wrap"/>'
    line = (
        '<style:table-cell-properties style:vertical-align="top" fo:wrap-option="wrap" '
        'fo:border-bottom="0.75pt solid #000000"/>'
    )
    bold = '<style:text-properties fo:font-weight="bold"{}/>'
    # a link is told by its line, not by its colour alone
    link = '<style:text-properties fo:color="#0b5394" style:text-underline-style="solid"/>'
    styles = (
        f'<style:default-style style:family="table-cell"><style:text-properties {spoken}/>'
        "</style:default-style>"
        + _style("Default", "", "")
        + _style("Title", top, bold.format(' fo:font-size="16pt"'))
        + _style("Heading", wrap, bold.format(' fo:font-size="13pt"'))
        + _style("Column_20_heading", line, bold.format(""), "Column heading")
        + _style("Wrapped", wrap, "")
        + _style("Hyperlink", top, link)
        + _style("Mark", '<style:paragraph-properties fo:text-align="end"/>', "")
    )
    root = _root("document-styles")
    return f"{root}<office:styles>{styles}</office:styles></office:document-styles>"


def _style(name: str, cell: str, text: str, called: str = "") -> str:
    parent = "" if name == "Default" else ' style:parent-style-name="Default"'
    told = f" style:display-name={quoteattr(called)}" if called else ""
    return (
        f'<style:style style:name="{name}"{told} style:family="table-cell"{parent}>'
        f"{cell}{text}</style:style>"
    )


def _content(workbook: Workbook, part: IO[bytes]) -> None:
    root = _root("document-content")
    body = "<office:body><office:spreadsheet>"
    part.write(f"{root}{_automatic(workbook.sheets)}{body}".encode())
    cells = _Cells()
    for sheet in workbook.sheets:
        for piece in cells.sheet(sheet):
            part.write(piece.encode())
    end = "</office:spreadsheet></office:body></office:document-content>"
    part.write(f"{_ranges(workbook.sheets)}{end}".encode())


def _automatic(sheets: Sequence[Sheet]) -> str:
    widths = {COVER_WIDTH}.union(*(s.widths() for s in sheets if isinstance(s, Table)))
    columns = "".join(
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * CHARACTER:.2f}cm"/>'
        "</style:style>"
        for width in sorted(widths)
    )
    numbers = "".join(
        f'<number:number-style style:name="N{n}"><number:number number:decimal-places="{n}" '
        f'number:min-decimal-places="{n}" number:min-integer-digits="1" number:grouping="true"/>'
        f'</number:number-style><style:style style:name="n{n}" style:family="table-cell" '
        f'style:parent-style-name="Default" style:data-style-name="N{n}"/>'
        for n in DECIMALS
    )
    return f"<office:automatic-styles>{columns}{numbers}</office:automatic-styles>"


def _ranges(sheets: Sequence[Sheet]) -> str:
    """Each table as a named range with a header and buttons to filter by."""
    tables = [sheet for sheet in sheets if isinstance(sheet, Table) and sheet.rows]
    ranges = "".join(
        f'<table:database-range table:name="Table_{number}" '
        f"table:target-range-address={quoteattr(_range(table))} "
        'table:contains-header="true" table:display-filter-buttons="true"/>'
        for number, table in enumerate(tables, 1)
    )
    return f"<table:database-ranges>{ranges}</table:database-ranges>" if ranges else ""


def _range(table: Table) -> str:
    top = table.header_row + 1
    last = _letters(len(table.columns) - 1)
    return f"'{table.name}'.A{top}:'{table.name}'.{last}{top + len(table.rows)}"


def _letters(place: int) -> str:
    """The name of a column, by its place from 0: A, Z, AA."""
    more, last = divmod(place, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + last)


class _Cells:
    """Writes cells; keeps those with texts, since few texts are many cells."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._wrapped: dict[str, str] = {}
        self._marks: dict[str, str] = {}

    def sheet(self, sheet: Sheet) -> Iterator[str]:
        """A sheet in pieces."""
        columns = (Column("text", "", wraps=True),) if isinstance(sheet, Text) else sheet.columns
        widths = [COVER_WIDTH] if isinstance(sheet, Text) else sheet.widths()
        yield f"<table:table table:name={quoteattr(sheet.name)}>"
        # ODF wants a column at the least
        yield "".join(
            f'<table:table-column table:style-name="w{w}"/>' for w in widths or [COVER_WIDTH]
        )
        yield _row(_cell(sheet.title, "Title"))
        style = "Wrapped" if isinstance(sheet, Text) else ""
        yield "".join(_row(_line(line, style)) for line in sheet.lines)
        if isinstance(sheet, Table):
            heads = "".join(_cell(column.heading, "Column_20_heading") for column in columns)
            yield f"<table:table-header-rows>{_row(heads)}</table:table-header-rows>"
            yield from self._rows(sheet)
        yield "</table:table>"

    def _rows(self, table: Table) -> Iterator[str]:
        writers = [self._writer(column) for column in table.columns]
        for start in range(0, len(table.rows), BLOCK):
            yield "".join(
                _row("".join([write(cell) for write, cell in zip(writers, row, strict=True)]))
                for row in table.rows[start : start + BLOCK]
            )

    def _writer(self, column: Column) -> Callable[[Cell], str]:
        """What makes a cell of a column."""
        style, known = ("Wrapped", self._wrapped) if column.wraps else ("", self._texts)
        if column.kind == "number":  # a mark stands where the numbers do
            style, known = "Mark", self._marks
        decimals = column.decimals

        def write(cell: Cell) -> str:
            if isinstance(cell, str):
                found = known.get(cell)
                if found is None:
                    found = known[cell] = _cell(cell, style)
                return found
            if isinstance(cell, Figure):
                return _number(cell.number, cell.decimals)
            if isinstance(cell, Link):
                return _line(Line(cell.text, cell.target), style)
            return "<table:table-cell/>" if cell is None else _number(cell, decimals)

        return write


def _row(cells: str) -> str:
    return f"<table:table-row>{cells or '<table:table-cell/>'}</table:table-row>"


def _number(number: float, decimals: int | None) -> str:
    style = f' table:style-name="n{decimals}"' if decimals in DECIMALS else ""
    return (
        f'<table:table-cell{style} office:value-type="float" office:value="{number!r}">'
        f"<text:p>{shown(number, decimals)}</text:p></table:table-cell>"
    )


def _line(line: Line, style: str) -> str:
    link = Link(line.text, line.target)
    if not link.leads:
        return _cell(line.text, "Heading" if line.heading else style)
    inside = link.target.startswith("#")
    where = f"#'{link.target[1:]}'.A1" if inside else link.target
    told = f'<text:a xlink:type="simple" xlink:href={quoteattr(plain(where))}>'
    return _cell(line.text, "Hyperlink", (told, "</text:a>"))


def _cell(text: str, style: str = "", around: tuple[str, str] = ("", "")) -> str:
    """A cell with a text: each line of it is a paragraph."""
    named = f' table:style-name="{style}"' if style else ""
    if not text:
        return f"<table:table-cell{named}/>"
    start, end = around
    told = "".join(
        f"<text:p>{start}{_inline(line)}{end}</text:p>" for line in plain(text).split("\n")
    )
    return f'<table:table-cell{named} office:value-type="string">{told}</table:table-cell>'


def _inline(text: str) -> str:
    return _SPACE.sub(_spaces, escape(text))


def _spaces(found: re.Match[str]) -> str:
    return f'<text:s text:c="{len(found[0])}"/>'
