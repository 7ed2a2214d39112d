"""The flat table of a dataset's observations, codes and labels together: CSV and Parquet."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.columns import Cell, Column, HubChunk, encode_cells
from evidencehub.domain.observation import NUMBER_COLUMNS, list_flat_columns
from evidencehub.formats.hashing_file import HashingFile, WrittenFile

FLAT_COLUMNS = list_flat_columns()

GZIP_LEVEL = 4  # of compression: half the time of gzip's 6, for a file that is a fourteenth larger
ROW_GROUP_ROWS = 65_536  # rows of a row group: a few megabytes, what readers like
WRITE_BUFFER_BYTES = 1 << 20  # bytes
DICTIONARY_TYPE = pa.dictionary(pa.int32(), pa.string())  # a text that many rows share
FREE_TEXT_COLUMNS = ("locator", "note", "read_from")  # texts that may differ from row to row


_LABEL_LISTS = {"area": "area", "sex": "sex", "age": "age", "obs_status": "obs-status"}
"""The code lists that label the codes of columns, whatever the classification."""


def _choose_arrow_type(name: str) -> pa.DataType:
    if name in NUMBER_COLUMNS:
        return pa.float64()
    if name in FREE_TEXT_COLUMNS:
        return pa.string()
    return pa.int32() if name == "decimals" else DICTIONARY_TYPE


class FlatTableWriter:
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
        self.row_count = 0
        self._slug, self._book, self._indicators = slug, book, indicators
        self._verification = verification
        self._extra_names = {name: f"{name}_" if name in FLAT_COLUMNS else name for name in extra}
        fields = [(name, _choose_arrow_type(name)) for name in FLAT_COLUMNS]
        self._schema = pa.schema(
            [*fields, *((name, pa.string()) for name in self._extra_names.values())]
        )
        texts = [name for name in self._schema.names if name not in NUMBER_COLUMNS]
        compression_by_column = {
            f.name: "snappy" if f.type == DICTIONARY_TYPE else "zstd" for f in self._schema
        }
        self._file = HashingFile(folder / f"{slug}.parquet")
        # Parquet writes in small pieces: they are gathered before they come to Python
        self._buffer = pa.BufferedOutputStream(pa.PythonFile(self._file, "w"), WRITE_BUFFER_BYTES)
        self._writer = pyarrow.parquet.ParquetWriter(
            self._buffer, self._schema, compression=compression_by_column, use_dictionary=texts
        )
        self._csv = FlatCsvWriter(folder / f"{slug}.csv", self._schema)
        self._pending_batches: list[Any] = []

    def write(self, chunk: HubChunk) -> None:
        """Append a chunk of observations."""
        columns = {
            "derived": Column.constant("", len(chunk)),
            **chunk.columns,
            **self._build_label_columns(chunk),
            **self._fill_inherited_columns(chunk),
        }
        arrays = [
            _convert_to_arrow(columns[name], _choose_arrow_type(name)) for name in FLAT_COLUMNS
        ]
        for name in self._extra_names:
            column = chunk.unmapped.get(name) or Column.constant(None, len(chunk))
            arrays.append(_convert_to_arrow(_convert_to_text(column), pa.string()))
        self._pending_batches.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
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
        self._writer.close()
        self._buffer.close()
        self._file.close()
        self._csv.close()

    @property
    def files(self) -> list[WrittenFile]:
        """The three files, once they are closed."""
        return [*self._csv.files, self._file.written_file]

    def _fill_inherited_columns(self, chunk: HubChunk) -> dict[str, Column]:
        """What a row leaves to its indicator, its scheme or its dataset."""
        columns = chunk.columns
        return {
            **{
                name: _fill_missing(columns[name], self._map_indicators(chunk, name))
                for name in ("ci_level", "decimals")
            },
            "counting_basis": _fill_missing(
                columns["counting_basis"], columns["scheme"].map(self._find_counting_basis)
            ),
            "verification": columns["verification"].map(lambda v: v or self._verification),
        }

    def _map_indicators(self, chunk: HubChunk, name: str) -> Column:
        """What the indicator of each row says under a name."""
        return chunk.columns["indicator"].map(lambda i: self._indicators.get(i, {}).get(name))

    def _find_counting_basis(self, scheme: Cell) -> Cell:
        code_list = self._book.get_list(str(scheme))
        return code_list.counting_basis or None if code_list is not None else None

    def _build_label_columns(self, chunk: HubChunk) -> dict[str, Column]:
        book, columns = self._book, chunk.columns
        group_pairs = _zip_columns(columns["scheme"], columns["ethnicity"])
        return {
            "dataset": Column.constant(self._slug, len(chunk)),
            "indicator_title": self._map_indicators(chunk, "title"),
            "country": columns["area"].map(_create_country_finder(book)),
            "unit": self._map_indicators(chunk, "unit"),
            "ethnicity_label": group_pairs.map(
                lambda pair: _create_label_finder(book, pair[0])(pair[1])
            ),
            **{
                f"{name}_label": columns[name].map(_create_label_finder(book, list_name))
                for name, list_name in _LABEL_LISTS.items()
            },
        }


class FlatCsvWriter:
    """Writes a flat table as CSV, and beside it the same compressed (`<path>.gz`).

    A text is quoted where it must be; the compressed file has neither name nor time in it, so
    that equal tables give equal bytes.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """Open both files; codes are written as plain text."""
        self._schema = pa.schema([(field.name, _decode_type(field.type)) for field in schema])
        self._files = [HashingFile(path), HashingFile(path.with_name(f"{path.name}.gz"))]
        self._gzip = gzip.GzipFile("", "wb", GZIP_LEVEL, self._files[1], mtime=0)
        self._writer = pyarrow.csv.CSVWriter(
            pa.PythonFile(TeeFile(self._files[0], self._gzip), "w"),
            self._schema,
            write_options=pyarrow.csv.WriteOptions(quoting_style="needed"),
        )

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        self._writer.write_table(table.cast(self._schema))

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


def _fill_missing(column: Column, fallback: Column) -> Column:
    """The column, with the cells of the other one where it is empty."""
    if None not in column.values or set(fallback.values) == {None}:
        return column
    if column.is_constant:
        return fallback
    return encode_cells(b if a is None else a for a, b in zip(column, fallback, strict=True))


def _zip_columns(first: Column, second: Column) -> Column:
    if first.is_constant:
        return second.map(lambda cell: (first.values[0], cell))
    return encode_cells(zip(first, second, strict=True))


def _create_label_finder(book: CodeBook, list_name: str) -> Callable[[Cell], Cell]:
    """From a code of a list to its label; a code of another list says which (`list:code`)."""
    code_list = book.get_list(str(list_name))
    codes = code_list.codes if code_list is not None else {}

    def label(code: Cell) -> Cell:
        if code in codes:
            return codes[code].label
        list_code, colon, bare = str(code).partition(":")
        other_list = book.lists.get(list_code) if colon else None
        other_code = other_list.codes.get(bare) if other_list else None
        return other_code.label if other_code else None

    return label


def _create_country_finder(book: CodeBook) -> Callable[[Cell], Cell]:
    """From the id of an area to the country in which it lies."""
    areas = book.get_list("area")
    countries = {code.code: code.country or None for code in areas.codes.values()} if areas else {}
    return lambda area: countries.get(str(area))


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
