"""The flat table of a dataset's observations, codes and labels together: CSV and Parquet."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from evidencehub.codes import CodeBook
from evidencehub.formats.hashed import HashedFile, Written
from evidencehub.model.columns import Cell, Column, HubChunk, encode

NUMBERS = (
    "value", "value_min", "value_max", "ci_lower", "ci_upper", "ci_level", "se",
    "numerator", "denominator", "population",
)  # fmt: skip
COLUMNS = (
    "dataset", "indicator", "indicator_title", "area", "area_label", "period_start", "period_end",
    "scheme", "ethnicity", "ethnicity_label", "sex", "sex_label", "age", "age_label", "other",
    "comparator", "adjustment", "value", "unit", "value_min", "value_max", "ci_lower", "ci_upper",
    "ci_level", "se", "numerator", "denominator", "population", "decimals", "obs_status",
    "obs_status_label", "conf_status", "counting_basis", "source", "locator", "read_from",
    "verification", "note", "derived",
)  # fmt: skip
"""The columns of the flat files, in order."""


LEVEL = 4  # of compression: half the time of gzip's 6, for a file that is a fourteenth larger
GROUP = 65_536  # rows of a row group: a few megabytes, what readers like
GATHERED = 1 << 20  # bytes
CODE = pa.dictionary(pa.int32(), pa.string())  # a text that many rows share
WORDS = ("locator", "note", "read_from")  # texts that may differ from row to row


def _type(name: str) -> pa.DataType:
    if name in NUMBERS:
        return pa.float64()
    if name in WORDS:
        return pa.string()
    return pa.int32() if name == "decimals" else CODE


class FlatTable:
    """Writes the flat table of one dataset as Parquet and as CSV, chunk by chunk.

    Columns that carry no concept follow the others, under the names they have in the package
    (with `_` at the end where the hub has a column of that name).
    """

    def __init__(
        self,
        slug: str,
        folder: Path,
        book: CodeBook,
        indicators: Mapping[str, Mapping[str, Any]],
        extra: Sequence[str],
        verification: str | None,
    ) -> None:
        """`indicators` gives title, unit, ci_level and decimals of the dataset's own indicators.

        `verification` is the level of rows that do not say theirs.
        """
        self.rows = 0
        self._slug, self._book, self._indicators = slug, book, indicators
        self._verification = verification
        self._extra = {name: f"{name}_" if name in COLUMNS else name for name in extra}
        fields = [(name, _type(name)) for name in COLUMNS]
        self._schema = pa.schema([*fields, *((name, pa.string()) for name in self._extra.values())])
        texts = [name for name in self._schema.names if name not in NUMBERS]
        packing = {f.name: "snappy" if f.type == CODE else "zstd" for f in self._schema}
        self._file = HashedFile(folder / f"{slug}.parquet")
        # Parquet writes in small pieces: they are gathered before they come to Python
        self._gathered = pa.BufferedOutputStream(pa.PythonFile(self._file, "w"), GATHERED)
        self._writer = pyarrow.parquet.ParquetWriter(
            self._gathered, self._schema, compression=packing, use_dictionary=texts
        )
        self._csv = FlatCsv(folder / f"{slug}.csv", self._schema)
        self._held: list[Any] = []

    def write(self, chunk: HubChunk) -> None:
        """Append a chunk of observations."""
        nothing = Column.constant("", len(chunk))
        columns = {
            "derived": nothing,
            **chunk.columns,
            **self._labels(chunk),
            **self._unsaid(chunk),
        }
        arrays = [_array(columns[name], _type(name)) for name in COLUMNS]
        for name in self._extra:
            column = chunk.extra.get(name) or Column.constant(None, len(chunk))
            arrays.append(_array(_texts(column), pa.string()))
        self._held.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self.rows += len(chunk)
        if sum(batch.num_rows for batch in self._held) >= GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            table = pa.Table.from_batches(self._held).unify_dictionaries()
            self._writer.write_table(table)
            self._csv.write(table)
        self._held = []

    def close(self) -> None:
        """Write what is left, and what the format needs at the end."""
        self._flush()
        self._writer.close()
        self._gathered.close()
        self._file.close()
        self._csv.close()

    @property
    def files(self) -> list[Written]:
        """The three files, once they are closed."""
        return [*self._csv.files, self._file.written]

    def _unsaid(self, chunk: HubChunk) -> dict[str, Column]:
        """What a row leaves to its indicator, its scheme or its dataset."""
        columns, about = chunk.columns, self._indicators
        return {
            "ci_level": _or(
                columns["ci_level"],
                columns["indicator"].map(lambda i: about.get(i, {}).get("ci_level")),
            ),
            "decimals": _or(
                columns["decimals"],
                columns["indicator"].map(lambda i: about.get(i, {}).get("decimals")),
            ),
            "counting_basis": _or(columns["counting_basis"], columns["scheme"].map(self._basis)),
            "verification": columns["verification"].map(lambda v: v or self._verification),
        }

    def _basis(self, scheme: Cell) -> Cell:
        found = self._book.find(str(scheme))
        return found.counting_basis or None if found is not None else None

    def _labels(self, chunk: HubChunk) -> dict[str, Column]:
        book, columns = self._book, chunk.columns
        groups = _pairs(columns["scheme"], columns["ethnicity"])
        about = self._indicators
        return {
            "dataset": Column.constant(self._slug, len(chunk)),
            "indicator_title": columns["indicator"].map(lambda i: about.get(i, {}).get("title")),
            "unit": columns["indicator"].map(lambda i: about.get(i, {}).get("unit")),
            "area_label": columns["area"].map(_label(book, "area")),
            "ethnicity_label": groups.map(lambda pair: _label(book, pair[0])(pair[1])),
            "sex_label": columns["sex"].map(_label(book, "sex")),
            "age_label": columns["age"].map(_label(book, "age")),
            "obs_status_label": columns["obs_status"].map(_label(book, "obs-status")),
        }


class FlatCsv:
    """Writes a flat table as CSV, and beside it the same compressed (`<path>.gz`).

    A text is quoted where it must be; the compressed file has neither name nor time in it, so
    that equal tables give equal bytes.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """Open both files; codes are written as plain text."""
        self._schema = pa.schema([(field.name, _plain(field.type)) for field in schema])
        self._files = [HashedFile(path), HashedFile(path.with_name(f"{path.name}.gz"))]
        self._packed = gzip.GzipFile("", "wb", LEVEL, self._files[1], mtime=0)
        self._writer = pyarrow.csv.CSVWriter(
            pa.PythonFile(Both(self._files[0], self._packed), "w"),
            self._schema,
            write_options=pyarrow.csv.WriteOptions(quoting_style="needed"),
        )

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
        self._packed.close()
        for file in self._files:
            file.close()

    @property
    def files(self) -> list[Written]:
        """Both files, once they are closed."""
        return [file.written for file in self._files]


class Both:
    """A file that writes to two others what it is given."""

    def __init__(self, *files: Any) -> None:
        """The files; closing them is their owner's."""
        self._files = files

    def write(self, data: bytes) -> int:
        """Write to each."""
        for file in self._files:
            file.write(data)
        return len(data)

    def writable(self) -> bool:
        """Arrow asks before it writes."""
        return True

    @property
    def closed(self) -> bool:
        """The files stay open."""
        return False

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """The files stay open."""


def _or(column: Column, otherwise: Column) -> Column:
    """The column, with the cells of the other one where it is empty."""
    if None not in column.values or set(otherwise.values) == {None}:
        return column
    if column.is_constant:
        return otherwise
    return encode(b if a is None else a for a, b in zip(column, otherwise, strict=True))


def _pairs(first: Column, second: Column) -> Column:
    if first.is_constant:
        return second.map(lambda cell: (first.values[0], cell))
    return encode(zip(first, second, strict=True))


def _label(book: CodeBook, name: str) -> Callable[[Cell], Cell]:
    """From a code of a list to its label; a code of another list says which (`list:code`)."""
    code_list = book.find(str(name))
    codes = code_list.codes if code_list is not None else {}

    def label(code: Cell) -> Cell:
        if code in codes:
            return codes[code].label
        other, colon, bare = str(code).partition(":")
        found = book.lists.get(other) if colon else None
        return found.codes[bare].label if found is not None and bare in found.codes else None

    return label


def _texts(column: Column) -> Column:
    if set(map(type, column.values)) <= {str, type(None)}:
        return column
    return column.map(lambda cell: cell if cell is None else str(cell))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _array(column: Column, kind: pa.DataType) -> Any:
    """The column as an Arrow array; its index is handed over, not copied."""
    if column.is_constant and column.values[0] is None:
        return pa.nulls(len(column), kind)
    if column.index is None:
        array = pa.array(column.values, _plain(kind))
        return array.dictionary_encode() if pa.types.is_dictionary(kind) else array
    places = pa.Array.from_buffers(
        pa.int32(), len(column), [None, pa.py_buffer(memoryview(column.index))]
    )
    values = pa.array(column.values, _plain(kind))
    if not pa.types.is_dictionary(kind):
        return values.take(places)
    if values.null_count or len(set(column.values)) < len(column.values):
        # Parquet takes no null in a dictionary, and what it writes for a repeat is left to chance
        return values.take(places).dictionary_encode()
    # the index is one of our own columns: no need to look at every place again
    return pa.DictionaryArray.from_arrays(places, values, safe=False)
