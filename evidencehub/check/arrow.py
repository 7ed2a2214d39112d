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

from evidencehub.check import fast
from evidencehub.model.columns import Cell, Chunk, Column
from evidencehub.model.package import Resource

BLOCK = 1 << 20  # bytes read at a time: some thousands of rows
MANY = 200  # distinct texts: fewer are sooner judged one by one, from what the judge remembers
PLAIN = {
    "header": True,
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
}
"""The dialect of the Table Dialect standard; Frictionless would guess what is left unsaid."""


class DiffersError(Exception):
    """pyarrow cannot be trusted to read this file as Frictionless would."""


def can_read(oracle: Any, dialect: Mapping[str, Any]) -> bool:
    """True when the dialect and the encoding are ones on which both parsers agree.

    `dialect` is that of the descriptor with the standard's defaults written out.
    """
    return (
        {**dialect, "delimiter": ","} == PLAIN
        and len(dialect["delimiter"]) == 1
        and oracle.encoding == "utf-8"
        and oracle.schema.fields_match in (None, "exact")
    )


def batches(
    resource: Resource,
    oracle: Any,
    judges: Mapping[str, dict[str, Cell]],
    in_keys: frozenset[str],
) -> Iterator[Chunk]:
    """The rows of one CSV file in chunks of about a megabyte.

    Columns of few distinct texts are judged by `judges`, text by text; others by the fast way
    of their field where there is one and it is sure. `in_keys` are the fields of keys.
    Raises DiffersError where the file has another header than the schema or pyarrow refuses it.
    """
    readers = [
        _Reader(
            judges[field.name],
            fast.accepting(field, told, in_key=field.name in in_keys),
            field.type,
        )
        for field, told in zip(oracle.schema.fields, resource.fields, strict=True)
    ]
    names = list(judges)
    row = 2  # the header is row 1
    try:
        with _open(resource, oracle, names) as stream:
            for batch in stream:
                if not batch.num_rows:
                    continue
                arrays = batch.columns
                read = [reader.read(a) for reader, a in zip(readers, arrays, strict=True)]
                cells = {n: typed for n, (typed, _) in zip(names, read, strict=True)}
                text = Texts(
                    {n: (a, spelt) for n, a, (_, spelt) in zip(names, arrays, read, strict=True)}
                )
                rows = range(row, row + batch.num_rows)
                yield Chunk(resource.name, resource.file, rows, cells, text)
                row = rows.stop
    except pa.ArrowInvalid as invalid:
        raise DiffersError from invalid


class Texts(Mapping[str, Column]):
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


class _Reader:
    """One field's way from text to typed cells; remembers whether its texts are mostly distinct."""

    def __init__(self, judge: dict[str, Cell], accept: fast.Accept | None, kind: str) -> None:
        self._judge, self._accept = judge, accept
        self._is_varied = kind in ("number", "integer", "datetime")

    def read(self, array: Any) -> tuple[Column, Column | None]:
        """The typed column, and the column of its text where that was needed."""
        text = None if self._is_varied else self._encoded(array)
        if self._is_varied and self._accept is not None:
            typed = self._accept(array)
            if typed is not None:
                return typed, text
        text = text or self._encoded(array)
        if self._accept is not None and len(text.values) > MANY:
            typed = self._accept(pa.array(text.values, pa.string()))
            if typed is not None:
                return Column(typed.values, text.index, sound=True), text
        return text.map(self._judge.__getitem__), text

    def _encoded(self, array: Any) -> Column:
        text = _encoded(array)
        self._is_varied = text.index is None
        return text


def _open(resource: Resource, oracle: Any, names: list[str]) -> Any:
    with resource.path.open("rb") as file:
        block = file.read(BLOCK)
    start = block[:4].removeprefix(codecs.BOM_UTF8)
    if not start or start[:1] in b"\r\n":
        raise DiffersError  # pyarrow passes over blank lines before the header
    control = oracle.dialect.get_control("csv")
    is_whole = len(block) < BLOCK  # then there is nothing left to read
    reader = pyarrow.csv.open_csv(
        pa.BufferReader(block) if is_whole else resource.path,
        pyarrow.csv.ReadOptions(block_size=BLOCK, use_threads=False),
        pyarrow.csv.ParseOptions(
            delimiter=control.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    if reader.schema.names != names:
        reader.close()
        raise DiffersError
    return reader


def _encoded(array: Any) -> Column:
    """The cells as a column: each distinct text once, unless nearly all are distinct."""
    encoded = array.dictionary_encode()
    if len(encoded.dictionary) * 2 > len(array):
        return Column(array.to_pylist())
    index = memoryview(encoded.indices.buffers()[1]).cast("i")
    start = encoded.indices.offset
    return Column(encoded.dictionary.to_pylist(), index[start : start + len(array)])
