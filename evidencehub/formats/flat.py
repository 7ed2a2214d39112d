"""The flat table of a dataset's observations, codes and labels together: CSV and Parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from evidencehub.codes import CodeBook
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
    "verification", "note",
)  # fmt: skip
"""The columns of the flat files, in order."""


TEXT = pa.dictionary(pa.int32(), pa.string())


def _type(name: str) -> pa.DataType:
    if name in NUMBERS:
        return pa.float64()
    return pa.int32() if name == "decimals" else TEXT


class FlatFiles:
    """Writes the flat CSV and Parquet of one dataset side by side, chunk by chunk.

    Columns that carry no concept follow the others, under the names they have in the package
    (with `_` at the end where the hub has a column of that name).
    """

    def __init__(
        self,
        slug: str,
        folder: Path,
        book: CodeBook,
        indicators: Mapping[str, Mapping[str, str]],
        extra: Sequence[str],
    ) -> None:
        """`indicators` gives title and unit of the dataset's own indicators."""
        self.rows = 0
        self._slug, self._book, self._indicators = slug, book, indicators
        self._extra = {name: f"{name}_" if name in COLUMNS else name for name in extra}
        fields = [(name, _type(name)) for name in COLUMNS]
        self._schema = pa.schema([*fields, *((name, TEXT) for name in self._extra.values())])
        self._plain = pa.schema([(field.name, _plain(field.type)) for field in self._schema])
        self._parquet = pyarrow.parquet.ParquetWriter(
            folder / f"{slug}.parquet", self._schema, compression="zstd"
        )
        options = pyarrow.csv.WriteOptions(quoting_style="needed")
        self._csv = pyarrow.csv.CSVWriter(
            folder / f"{slug}.csv", self._plain, write_options=options
        )

    def write(self, chunk: HubChunk) -> None:
        """Append a chunk of observations to both files."""
        columns = {**chunk.columns, **self._labels(chunk)}
        arrays = [_array(columns[name], _type(name)) for name in COLUMNS]
        for name in self._extra:
            column = chunk.extra.get(name) or Column.constant(None, len(chunk))
            arrays.append(_array(_texts(column), TEXT))
        self._parquet.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        plain = [a.dictionary_decode() if isinstance(a, pa.DictionaryArray) else a for a in arrays]
        self._csv.write(pa.RecordBatch.from_arrays(plain, schema=self._plain))
        self.rows += len(chunk)

    def close(self) -> None:
        """Write what both formats need at the end."""
        self._parquet.close()
        self._csv.close()

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


def _pairs(first: Column, second: Column) -> Column:
    if first.is_constant:
        return second.map(lambda cell: (first.values[0], cell))
    return encode(zip(first, second, strict=True))


def _label(book: CodeBook, name: str) -> Callable[[Cell], Cell]:
    code_list = book.find(str(name))
    codes = code_list.codes if code_list is not None else {}
    return lambda code: codes[code].label if code in codes else None


def _texts(column: Column) -> Column:
    if all(cell is None or cell.__class__ is str for cell in column.values):
        return column
    return column.map(lambda cell: cell if cell is None else str(cell))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _array(column: Column, kind: pa.DataType) -> Any:
    """The column as an Arrow array; its index is handed over, not copied."""
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
    return pa.DictionaryArray.from_arrays(places, values)
