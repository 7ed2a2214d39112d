"""The columns of a dataset's flat table, made of a chunk of observations and the code lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.columns import Cell, Column, HubChunk, encode_cells
from evidencehub.domain.licence_basis import find_licence_basis
from evidencehub.domain.row_identity import OBSERVATION_ID_COLUMNS, build_row_id

_LABEL_LISTS = {
    "area": "area", "sex": "sex", "age": "age", "adjustment": "adjustment",
    "obs_status": "obs-status", "conf_status": "conf-status", "counting_basis": "counting-basis",
    "verification": "verification", "unit": "unit", "same_source": "same-source",
    "ethnicity_recording": "ethnicity-recording",
}  # fmt: skip
"""The code lists that label the codes of columns, whatever the classification."""
_EMPTY_AS_NULL = ("other", "comparator", "adjustment", "derived")
_OF_INDICATOR = {
    "title": "indicator_title", "family": "family", "unit": "unit",
    "ethnicity_known": "ethnicity_known", "same_source": "same_source",
    "ethnicity_recording": "ethnicity_recording",
}  # fmt: skip
"""What an indicator says of all its rows, and the columns that hold it."""
INDICATOR_PROPERTIES = (*_OF_INDICATOR, "ci_level", "decimals")


@dataclass(frozen=True)
class FlatColumnBuilder:
    """Makes the columns of the flat table of one dataset.

    `indicators` gives INDICATOR_PROPERTIES of the dataset's own indicators, `defaults` what the
    dataset says for those that do not, by the names of columns; `source_terms` the licence of each
    of its sources; `origin` is the partner that it was taken from, if it was.
    """

    slug: str
    book: CodeBook
    indicators: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, Any]
    source_terms: Mapping[str, str | None]
    origin: str | None = None

    def build(self, chunk: HubChunk) -> dict[str, Column]:
        """Return every column of the API's observations, by its name."""
        columns = {
            "dataset": Column.constant(self.slug, len(chunk)),
            "derived": Column.constant("", len(chunk)),
            **chunk.columns,
        }
        columns |= {name: columns[name].map(lambda cell: cell or None) for name in _EMPTY_AS_NULL}
        columns |= self._fill_inherited_columns(columns)
        columns |= self._build_label_columns(columns)
        columns["country"] = columns["area"].map(_create_country_finder(self.book))
        columns["source_licence"] = columns["source"].map(
            lambda source: self.source_terms.get(str(source))
        )
        columns["source_licence_basis"] = columns["source"].map(self._find_basis)
        columns["extra"] = _build_extra_column(chunk)
        columns["origin"] = Column.constant(self.origin, len(chunk))
        columns["id"] = _build_id_column(columns)
        return columns

    def _fill_inherited_columns(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """What a row leaves to its indicator, its scheme or its dataset."""
        level = _fill_missing(columns["ci_level"], self._map_indicators(columns, "ci_level"))
        return {
            **{
                column: _fill_default(
                    self._map_indicators(columns, name), self.defaults.get(column)
                )
                for name, column in _OF_INDICATOR.items()
            },
            "ci_level": _keep_beside_limits(level, columns["ci_lower"], columns["ci_upper"]),
            "decimals": _fill_missing(
                columns["decimals"], self._map_indicators(columns, "decimals")
            ),
            "counting_basis": _fill_missing(
                columns["counting_basis"], columns["scheme"].map(self._find_counting_basis)
            ),
            "verification": _fill_default(
                columns["verification"], self.defaults.get("verification")
            ),
        }

    def _find_basis(self, source: Cell) -> Cell:
        if source is None:
            return None
        return find_licence_basis(self.source_terms.get(str(source)), self.book.licences)

    def _map_indicators(self, columns: Mapping[str, Column], name: str) -> Column:
        """What the indicator of each row says under a name."""
        return columns["indicator"].map(lambda i: self.indicators.get(str(i), {}).get(name))

    def _find_counting_basis(self, scheme: Cell) -> Cell:
        code_list = self.book.get_list(str(scheme))
        return code_list.counting_basis or None if code_list is not None else None

    def _build_label_columns(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        return {
            **{
                f"{name}_label": _map_pairs(
                    columns["scheme"], columns[name], lambda scheme: find_label(self.book, scheme)
                )
                for name in ("ethnicity", "comparator")
            },
            **{
                f"{name}_label": columns[name].map(find_label(self.book, list_name))
                for name, list_name in _LABEL_LISTS.items()
            },
            "other_label": columns["other"].map(_create_dimension_labeller(self.book)),
            "scheme_title": columns["scheme"].map(self._find_scheme_title),
        }

    def _find_scheme_title(self, scheme: Cell) -> Cell:
        code_list = self.book.get_list(str(scheme))
        return code_list.title if code_list is not None else None


def find_label(book: CodeBook, list_name: Cell) -> Callable[[Cell], Cell]:
    """From a code of a list to its label; a code of another list says which (`list:code`)."""
    code_list = book.get_list(str(list_name))
    codes = code_list.codes if code_list is not None else {}

    def label(code: Cell) -> Cell:
        if code in codes:
            return codes[code].label
        list_code, colon, bare = str(code).partition(":")
        return _find_code_label(book, list_code, bare) if colon else None

    return label


def _find_code_label(book: CodeBook, list_name: str, code: str) -> str | None:
    code_list = book.lists.get(list_name)
    entry = code_list.codes.get(code) if code_list else None
    return entry.label if entry else None


def _create_dimension_labeller(book: CodeBook) -> Callable[[Cell], Cell]:
    """From `list=code;list=code` to the labels; of several a code stands for one without."""

    def label(other: Cell) -> Cell:
        pairs = [part.partition("=")[::2] for part in str(other or "").split(";") if part]
        labels = [_find_code_label(book, *pair) for pair in pairs]
        if len(pairs) < 2:
            return labels[0] if labels else None
        return "; ".join(text or code for text, (_, code) in zip(labels, pairs, strict=True))

    return label


def _create_country_finder(book: CodeBook) -> Callable[[Cell], Cell]:
    """From the id of an area to the country in which it lies."""
    areas = book.get_list("area")
    codes = areas.codes if areas is not None else {}

    def find_country(area: Cell) -> Cell:
        code = codes.get(str(area))
        return (code.country or None) if code is not None else None

    return find_country


def _build_id_column(columns: Mapping[str, Column]) -> Column:
    keys = (columns[name] for name in OBSERVATION_ID_COLUMNS)
    return Column([build_row_id(*cells) for cells in zip(*keys, strict=True)])


def _build_extra_column(chunk: HubChunk) -> Column:
    """The publisher's columns without a concept, as one JSON object in each row."""
    if not chunk.unmapped:
        return Column.constant(None, len(chunk))
    names = list(chunk.unmapped)
    return encode_cells(
        json.dumps(
            {n: int(c) if isinstance(c, bool) else c for n, c in zip(names, cells, strict=True)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for cells in zip(*chunk.unmapped.values(), strict=True)
    )


def _fill_missing(column: Column, fallback: Column) -> Column:
    """The column, with the cells of the other one where it is empty."""
    if None not in column.values or set(fallback.values) == {None}:
        return column
    if column.is_constant:
        return fallback
    return encode_cells(b if a is None else a for a, b in zip(column, fallback, strict=True))


def _fill_default(column: Column, default: Cell) -> Column:
    return column.map(lambda cell: default if cell is None else cell)


def _keep_beside_limits(level: Column, lower: Column, upper: Column) -> Column:
    """The level of each interval, empty where there is no limit."""
    if set(level.values) == {None}:
        return level
    return encode_cells(
        None if low is None and high is None else cell
        for cell, low, high in zip(level, lower, upper, strict=True)
    )


def _map_pairs(
    first: Column, second: Column, create_finder: Callable[[Cell], Callable[[Cell], Cell]]
) -> Column:
    """The cells of `second`, mapped as the cell of `first` beside each says."""
    if first.is_constant:
        return second.map(create_finder(first.values[0]))
    pairs = encode_cells(zip(first, second, strict=True))
    return pairs.map(lambda pair: create_finder(pair[0])(pair[1]))
