"""The fast reader: pyarrow parses, Frictionless' readers still judge each distinct cell.

pyarrow's CSV parser agrees with Python's on everything that a plain dialect allows, but for
oddities which it refuses (ragged rows, bad encoding) or that are looked for here (another
header). Each of those raises DiffersError, and the package is read again the slow way.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv

from evidencehub.check import column_parsers
from evidencehub.domain.columns import Cell, Chunk, Column
from evidencehub.domain.package import Resource

BLOCK_BYTES = 1 << 20  # bytes read at a time: some thousands of rows
MIN_TEXTS_FOR_ARROW = (
    200  # distinct texts: fewer are sooner judged one by one, from what the judge remembers
)
STANDARD_DIALECT = {
    "header": True,
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
}
"""The dialect of the Table Dialect standard; Frictionless would guess what is left unsaid."""


class ParserMismatchError(Exception):
    """pyarrow cannot be trusted to read this file as Frictionless would."""


def is_supported(resource_form: Any, dialect: Mapping[str, Any]) -> bool:
    """True when dialect, encoding and labels are ones on which both parsers agree.

    `dialect` is that of the descriptor with the standard's defaults written out. Frictionless
    takes white space around a label away.
    """
    names = resource_form.schema.field_names
    return (
        {**dialect, "delimiter": ","} == STANDARD_DIALECT
        and len(dialect["delimiter"]) == 1
        and resource_form.encoding == "utf-8"
        and resource_form.schema.fields_match in (None, "exact")
        and all(name and name == name.strip() for name in names)
    )


def read_chunks(
    resource: Resource,
    resource_form: Any,
    parsers: Mapping[str, dict[str, Cell]],
    key_fields: frozenset[str],
) -> Iterator[Chunk]:
    """The rows of one CSV file in chunks of about a megabyte.

    Columns of few distinct texts are judged by `parsers`, text by text; others by the fast way
    of their field where there is one and it is sure. `key_fields` are the fields of keys.
    Raises DiffersError where the file has another header than the schema or pyarrow refuses it.
    """
    readers = [
        _ColumnReader(
            parsers[field.name],
            column_parsers.select_column_parser(
                field, field_descriptor, in_key=field.name in key_fields
            ),
            field.type,
        )
        for field, field_descriptor in zip(
            resource_form.schema.fields, resource.fields, strict=True
        )
    ]
    names = list(parsers)
    row = 2  # the header is row 1
    try:
        with _open_csv(resource, resource_form, names) as stream:
            for batch in stream:
                if not batch.num_rows:
                    continue
                arrays = batch.columns
                read = [reader.read(a) for reader, a in zip(readers, arrays, strict=True)]
                cells = {n: typed for n, (typed, _) in zip(names, read, strict=True)}
                text = TextColumns(
                    {
                        n: (a, text_column)
                        for n, a, (_, text_column) in zip(names, arrays, read, strict=True)
                    }
                )
                rows = range(row, row + batch.num_rows)
                yield Chunk(resource.name, resource.file, rows, cells, text)
                row = rows.stop
    except pa.ArrowInvalid as invalid:
        raise ParserMismatchError from invalid


class TextColumns(Mapping[str, Column]):
    """The text of each column, made into Python's only where someone asks for it."""

    def __init__(self, arrays: dict[str, tuple[Any, Column | None]]) -> None:
        """For each name its Arrow array, and its column where that has been made already."""
        self._arrays = arrays

    def __getitem__(self, name: str) -> Column:
        """The column; its index is the one of the typed cells."""
        array, column = self._arrays[name]
        if column is None:
            column = Column(array.to_pylist())
            self._arrays[name] = array, column
        return column

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._arrays)

    def __len__(self) -> int:
        """How many columns."""
        return len(self._arrays)


class _ColumnReader:
    """One field's way from text to typed cells; remembers whether its texts are mostly distinct."""

    def __init__(
        self,
        cell_parser: dict[str, Cell],
        column_parser: column_parsers.ColumnParser | None,
        kind: str,
    ) -> None:
        self._cell_parser, self._column_parser = cell_parser, column_parser
        self._is_mostly_distinct = kind in ("number", "integer", "datetime")

    def read(self, array: Any) -> tuple[Column, Column | None]:
        """The typed column, and the column of its text where that was needed."""
        text = None if self._is_mostly_distinct else self._encode_text(array)
        if self._is_mostly_distinct and self._column_parser is not None:
            typed = self._column_parser(array)
            if typed is not None:
                return typed, text
        text = text or self._encode_text(array)
        if self._column_parser is not None and len(text.values) > MIN_TEXTS_FOR_ARROW:
            typed = self._column_parser(pa.array(text.values, pa.string()))
            if typed is not None:
                return Column(typed.values, text.index, is_clean=True), text
        return text.map(self._cell_parser.__getitem__), text

    def _encode_text(self, array: Any) -> Column:
        text = _encode_array(array)
        self._is_mostly_distinct = text.index is None
        return text


def _open_csv(resource: Resource, resource_form: Any, names: list[str]) -> Any:
    with resource.path.open("rb") as file:
        block = file.read(BLOCK_BYTES)
    start = block[:4].removeprefix(codecs.BOM_UTF8)
    if not start or start[:1] in b"\r\n":
        raise ParserMismatchError  # pyarrow passes over blank lines before the header
    control = resource_form.dialect.get_control("csv")
    is_whole = len(block) < BLOCK_BYTES  # then there is nothing left to read
    reader = pyarrow.csv.open_csv(
        pa.BufferReader(block) if is_whole else resource.path,
        pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        pyarrow.csv.ParseOptions(
            delimiter=control.delimiter, newlines_in_values=True, ignore_empty_lines=False
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    if reader.schema.names != names:
        reader.close()
        raise ParserMismatchError
    return reader


def _encode_array(array: Any) -> Column:
    """The cells as a column: each distinct text once, unless nearly all are distinct."""
    encoded = array.dictionary_encode()
    if len(encoded.dictionary) * 2 > len(array):
        return Column(array.to_pylist())
    index = memoryview(encoded.indices.buffers()[1]).cast("i")
    start = encoded.indices.offset
    return Column(encoded.dictionary.to_pylist(), index[start : start + len(array)])
