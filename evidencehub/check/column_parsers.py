"""Whole columns accepted at once: never more than Frictionless' readers accept, often less.

Each function takes a column of text as Arrow read it and gives the typed cells, or None where
it is not sure; then Frictionless' own reader is asked cell by cell. The one obligation, which
a property test holds them to: what is accepted here, Frictionless accepts, with that value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidencehub.domain.columns import Column, MissingValue

ColumnParser = Callable[[Any], Column | None]

_MAX_EXACT_INTEGER = 2**53  # beyond it a floating-point number no longer tells neighbours apart
_UTC_DATETIME_PATTERN = (
    r"^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"
)
_NUMBER_CONSTRAINTS = {"required", "minimum", "maximum"}
_TEXT_CONSTRAINTS = {"required", "pattern", "minLength", "maxLength", "unique"}


def select_column_parser(
    field: Any, field_descriptor: Mapping[str, Any], *, in_key: bool
) -> ColumnParser | None:
    """Return the fast parser of a field described as `field_descriptor`; None if it has none.

    Numbers in a key stay with Frictionless, whose decimals are equal in more cases than floats.
    """
    constraints = {name: v for name, v in field.constraints.items() if v is not None}
    unsupported_keys = set(field_descriptor) - {
        "name",
        "type",
        "title",
        "description",
        "constraints",
        "hub",
    }
    unsupported_keys -= {"missingValues", "example", "categories", "rdfType"}
    if unsupported_keys - ({"format"} if field_descriptor.get("format") == "default" else set()):
        return None
    missing = field.missing_values
    if not field.has_defined("missing_values") and field.schema:
        missing = field.schema.missing_values
    if (
        field.type in ("number", "integer")
        and not in_key
        and set(constraints) <= _NUMBER_CONSTRAINTS
    ):
        return _number_parser(field, constraints, missing)
    if field.type == "string" and set(constraints) <= _TEXT_CONSTRAINTS:
        return _text_parser(constraints, missing)
    if field.type == "datetime" and not in_key and set(constraints) <= {"required"}:
        return _datetime_parser(missing)
    return None


def _number_parser(
    field: Any, constraints: dict[str, Any], missing_texts: list[str]
) -> ColumnParser:
    kind = pa.float64() if field.type == "number" else pa.int64()
    lowest = _read_limit(field, constraints.get("minimum"), -_MAX_EXACT_INTEGER)
    highest = _read_limit(field, constraints.get("maximum"), _MAX_EXACT_INTEGER)
    required = bool(constraints.get("required"))
    missing_array = pa.array(missing_texts, pa.string())
    has_markers = any(missing_texts)

    def accept(array: Any) -> Column | None:
        is_missing = pc.is_in(array, value_set=missing_array)
        filled = pc.if_else(is_missing, pa.scalar(None, pa.string()), array)
        if required and filled.null_count:
            return None
        if kind == pa.int64() and any(_contains(filled, sign) for sign in "xX"):
            return None  # Arrow reads hexadecimal numbers
        try:
            numbers = pc.cast(filled, kind)
        except pa.ArrowInvalid:
            return None
        span = pc.min_max(numbers).as_py()
        if span["min"] is not None and not lowest < span["min"] <= span["max"] < highest:
            return None
        if kind == pa.float64() and not pc.all(pc.is_finite(numbers), min_count=0).as_py():
            return None
        cells = _to_list(numbers)
        return (
            _with_missing_values(cells, array, is_missing)
            if has_markers and numbers.null_count
            else Column(cells, None, is_clean=True)
        )

    return accept


def _contains(array: Any, character: str) -> bool:
    return bool(pc.any(pc.match_substring(array, character)).as_py())


def _to_list(numbers: Any) -> list[Any]:
    """The numbers as a list, None where there is none; quicker than Arrow's own."""
    raw = memoryview(numbers.buffers()[1])
    values = raw.cast("d") if numbers.type == pa.float64() else raw.cast("q")
    cells: list[Any] = values[numbers.offset : numbers.offset + len(numbers)].tolist()
    if numbers.null_count:
        for position in pc.indices_nonzero(pc.is_null(numbers)).to_pylist():
            cells[position] = None
    return cells


def _with_missing_values(cells: list[Any], array: Any, is_missing: Any) -> Column:
    """Cells that say why there is no number keep their text."""
    sound = True
    for position in pc.indices_nonzero(is_missing).to_pylist():
        text = array[position].as_py()
        if text:
            cells[position] = MissingValue(text)
            sound = False
    return Column(cells, None, sound)


def _read_limit(field: Any, limit: Any, default: float) -> float:
    """A limit as Frictionless reads it; values on it are left to Frictionless."""
    if limit is None:
        return default
    value = field.create_value_reader()(limit)
    return float(value)


def _text_parser(constraints: dict[str, Any], missing_texts: list[str]) -> ColumnParser:
    pattern = constraints.get("pattern")
    matches = re.compile(f"^{pattern}$").match if pattern is not None else None
    shortest, longest = constraints.get("minLength", 0), constraints.get("maxLength")
    required = bool(constraints.get("required"))
    empty_is_missing = "" in missing_texts
    marks = frozenset(text for text in missing_texts if text)

    def accept(array: Any) -> Column | None:
        texts = array.to_pylist()
        if not marks.isdisjoint(texts):
            return None
        filled = texts
        if empty_is_missing and "" in texts:
            if required:
                return None
            filled = [text for text in texts if text]
            texts = [text or None for text in texts]
        if matches is not None and not all(map(matches, filled)):
            return None
        if shortest or longest is not None:
            lengths = set(map(len, filled)) or {shortest}
            if min(lengths) < shortest or (longest is not None and max(lengths) > longest):
                return None
        return Column(texts, None, is_clean=True)

    return accept


def _datetime_parser(missing_texts: list[str]) -> ColumnParser:
    def accept(array: Any) -> Column | None:
        if not pc.all(pc.match_substring_regex(array, _UTC_DATETIME_PATTERN)).as_py():
            return None
        texts = pc.replace_substring(array, "Z", "+00:00").to_pylist()
        return Column(texts, None, is_clean=True) if set(missing_texts).isdisjoint(texts) else None

    return accept
