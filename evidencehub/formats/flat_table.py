"""The flat table of a dataset's observations, codes and labels together: CSV and Parquet.

It has the columns of the API's observations, with the same names, types and texts, and after them
the publisher's own.
"""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from evidencehub.domain.columns import Column, HubChunk
from evidencehub.domain.written_numbers import tidy_number
from evidencehub.formats.flat_columns import FlatColumnBuilder
from evidencehub.formats.format import RowColumn
from evidencehub.formats.hashing_file import HashingFile, WrittenFile
from evidencehub.formats.parquet import build_schema

GZIP_LEVEL = 4  # of compression: half the time of gzip's 6, for a file that is a fourteenth larger
ROW_GROUP_ROWS = 65_536  # rows of a row group: a few megabytes, what readers like
WRITE_BUFFER_BYTES = 1 << 20  # bytes
DICTIONARY_TYPE = pa.dictionary(pa.int32(), pa.string())  # a text that many rows share
DISTINCT_TEXT_COLUMNS = ("id", "extra", "locator", "note", "read_from")  # may differ in each row
LINE_TERMINATOR = "\n"  # of a CSV that Arrow writes
PLAIN_NUMBERS = (1e-4, 1e10)  # between them every writer writes a number in the same way


def _choose_written_schema(schema: pa.Schema, publisher_names: Collection[str]) -> pa.Schema:
    """The types in which columns are handed to the writer: texts that repeat as a dictionary."""
    distinct_names = {*DISTINCT_TEXT_COLUMNS, *publisher_names}
    return pa.schema(
        (f.name, f.type if f.name in distinct_names or f.type != pa.string() else DICTIONARY_TYPE)
        for f in schema
    )


def _choose_compression(schema: pa.Schema) -> dict[str, str]:
    return {f.name: "snappy" if f.type == DICTIONARY_TYPE else "zstd" for f in schema}


def _list_texts(schema: pa.Schema) -> list[str]:
    return [f.name for f in schema if not pa.types.is_floating(f.type)]


class FlatTableWriter:
    """Writes the flat table of one dataset as Parquet and as CSV, chunk by chunk.

    Columns that carry no concept follow the others, under the names they have in the package
    (with `_` at the end where the hub has a column of that name); they are in `extra` too.
    `columns` are all of them, in the order of the files.
    """

    def __init__(
        self,
        columns: Sequence[RowColumn],
        builder: FlatColumnBuilder,
        folder: Path,
        extra: Sequence[str],
        file_metadata: Mapping[str, str] | None = None,
    ) -> None:
        """`columns` are those of the API, `extra` the publisher's own columns without a concept."""
        self.row_count = 0
        self._builder = builder
        names = {column.name for column in columns}
        self._extra_names = {name: f"{name}_" if name in names else name for name in extra}
        publisher_columns = [
            RowColumn(name, "text", "the publisher's own column")
            for name in self._extra_names.values()
        ]
        self.columns = [*columns, *publisher_columns]
        self._schema = build_schema(self.columns, file_metadata)
        self._written_schema = _choose_written_schema(self._schema, self._extra_names.values())
        self._file = HashingFile(folder / f"{builder.slug}.parquet")
        # Parquet writes in small pieces: they are gathered before they come to Python
        self._buffer = pa.BufferedOutputStream(pa.PythonFile(self._file, "w"), WRITE_BUFFER_BYTES)
        self._writer = pyarrow.parquet.ParquetWriter(
            self._buffer,
            self._written_schema,
            compression=_choose_compression(self._written_schema),
            use_dictionary=_list_texts(self._schema),
            store_schema=False,
        )
        self._csv = FlatCsvWriter(folder / f"{builder.slug}.csv", self._written_schema)
        self._pending_batches: list[Any] = []

    def write(self, chunk: HubChunk) -> None:
        """Append a chunk of observations."""
        columns = self._builder.build(chunk)
        for name, written_name in self._extra_names.items():
            column = chunk.unmapped.get(name) or Column.constant(None, len(chunk))
            columns[written_name] = _convert_to_text(column)
        arrays = [_convert_to_arrow(columns[f.name], f.type) for f in self._written_schema]
        self._pending_batches.append(
            pa.RecordBatch.from_arrays(arrays, schema=self._written_schema)
        )
        self.row_count += len(chunk)
        if sum(batch.num_rows for batch in self._pending_batches) >= ROW_GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._pending_batches:
            table = pa.Table.from_batches(self._pending_batches).unify_dictionaries()
            self._writer.write_table(table)
            self._csv.write(table)
        self._pending_batches = []

    def close(self) -> None:
        """Write what is left, and what the format needs at the end."""
        self._flush()
        # readers see the types and descriptions of the API's Parquet, not how this was written
        described = base64.b64encode(self._schema.serialize().to_pybytes())
        metadata = {**(self._schema.metadata or {}), b"ARROW:schema": described}
        self._writer.add_key_value_metadata(metadata)
        self._writer.close()
        self._buffer.close()
        self._file.close()
        self._csv.close()

    @property
    def files(self) -> list[WrittenFile]:
        """The three files, once they are closed."""
        return [*self._csv.files, self._file.written_file]


class FlatCsvWriter:
    """Writes a flat table as CSV, and beside it the same compressed (`<path>.gz`).

    A text is quoted where it must be; the compressed file has neither name nor time in it, so
    that equal tables give equal bytes.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """Open both files; codes are written as plain text."""
        self._schema = pa.schema([(field.name, _choose_csv_type(field.type)) for field in schema])
        self._files = [HashingFile(path), HashingFile(path.with_name(f"{path.name}.gz"))]
        self._gzip = gzip.GzipFile("", "wb", GZIP_LEVEL, self._files[1], mtime=0)
        self._writer = pyarrow.csv.CSVWriter(
            pa.PythonFile(TeeFile(self._files[0], self._gzip), "w"),
            self._schema,
            write_options=pyarrow.csv.WriteOptions(quoting_style="needed"),
        )

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        columns = [
            _write_numbers(column) if pa.types.is_floating(column.type) else column.cast(field.type)
            for column, field in zip(table.columns, self._schema, strict=True)
        ]
        self._writer.write_table(pa.table(columns, schema=self._schema))

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
        self._gzip.close()
        for file in self._files:
            file.close()

    @property
    def files(self) -> list[WrittenFile]:
        """Both files, once they are closed."""
        return [file.written_file for file in self._files]


class TeeFile(io.RawIOBase):
    """A file that writes to two others what it is given."""

    def __init__(self, *files: Any) -> None:
        """The files; closing them is their owner's."""
        self._files = files

    def write(self, data: Any) -> int:
        """Write to each."""
        for file in self._files:
            file.write(data)
        return len(data)

    def writable(self) -> bool:
        """Arrow asks before it writes."""
        return True


def _choose_csv_type(arrow_type: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_floating(arrow_type) else _decode_type(arrow_type)


def _write_numbers(column: Any) -> Any:
    """The numbers as texts, as the API writes them."""
    size = pc.abs(column)
    smallest, largest = PLAIN_NUMBERS
    is_odd = pc.and_(
        pc.not_equal(size, 0.0), pc.or_(pc.less(size, smallest), pc.greater(size, largest))
    )
    if not pc.any(is_odd).as_py():
        return column.cast(pa.string())
    numbers = column.to_pylist()
    return pa.array([None if n is None else str(tidy_number(n)) for n in numbers], pa.string())


def _convert_to_text(column: Column) -> Column:
    if set(map(type, column.values)) <= {str, type(None)}:
        return column
    return column.map(lambda cell: cell if cell is None else str(cell))


def _decode_type(arrow_type: pa.DataType) -> pa.DataType:
    return arrow_type.value_type if pa.types.is_dictionary(arrow_type) else arrow_type


def _convert_to_arrow(column: Column, arrow_type: pa.DataType) -> Any:
    """The column as an Arrow array; its index is handed over, not copied."""
    if column.is_constant and column.values[0] is None:
        return pa.nulls(len(column), arrow_type)
    if pa.types.is_date(arrow_type):
        return _convert_to_arrow(column, pa.string()).cast(arrow_type)
    if column.index is None:
        array = pa.array(column.values, _decode_type(arrow_type))
        return array.dictionary_encode() if pa.types.is_dictionary(arrow_type) else array
    indices = pa.Array.from_buffers(
        pa.int32(), len(column), [None, pa.py_buffer(memoryview(column.index))]
    )
    values = pa.array(column.values, _decode_type(arrow_type))
    if not pa.types.is_dictionary(arrow_type):
        return values.take(indices)
    if values.null_count or len(set(column.values)) < len(column.values):
        # Parquet takes no null in a dictionary, and what it writes for a repeat is left to chance
        return values.take(indices).dictionary_encode()
    # the index is one of our own columns: no need to look at every place again
    return pa.DictionaryArray.from_arrays(indices, values, safe=False)
