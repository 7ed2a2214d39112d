"""Whole columns accepted at once: never more than Frictionless' readers accept, often less.

Each function takes a column of text as Arrow read it and gives the typed cells, or None where
it is not sure; then Frictionless' own reader is asked cell by cell. The one obligation, which
a property test holds them to: what is accepted here, Frictionless accepts, with that value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidencehub.domain.columns import Column, MissingValue
from evidencehub.domain.number_text import MAX_EXACT_INTEGER

ColumnParser = Callable[[Any], Column | None]

_UTC_DATETIME_PATTERN = (
    r"^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"
)
_SUPPORTED_KEYS = {
    "name", "type", "title", "description", "constraints", "hub", "missingValues", "example",
    "categories", "rdfType", "format",
}  # fmt: skip


def select_column_parser(
    field: Any, field_descriptor: Mapping[str, Any], *, in_key: bool
) -> ColumnParser | None:
    """Return the fast parser of a field described as `field_descriptor`; None if it has none.

    Numbers in a key stay with Frictionless, whose decimals are equal in more cases than floats.
    """
    is_default_format = field_descriptor.get("format", "default") == "default"
    if not (field_descriptor.keys() <= _SUPPORTED_KEYS and is_default_format):
        return None
    make_parser, supported_constraints = (_KEY_PARSERS if in_key else _PARSERS).get(
        field.type, (None, frozenset())
    )
    constraints = {name: v for name, v in field.constraints.items() if v is not None}
    if make_parser is None or not constraints.keys() <= supported_constraints:
        return None
    missing = field.missing_values
    if not field.has_defined("missing_values") and field.schema:
        missing = field.schema.missing_values
    return make_parser(field, constraints, missing)


def _make_number_parser(
    field: Any, constraints: dict[str, Any], missing_texts: list[str]
) -> ColumnParser:
    kind = pa.float64() if field.type == "number" else pa.int64()
    lowest = _read_limit(field, constraints.get("minimum"), -MAX_EXACT_INTEGER)
    highest = _read_limit(field, constraints.get("maximum"), MAX_EXACT_INTEGER)
    required = bool(constraints.get("required"))
    missing_array = pa.array(missing_texts, pa.string())
    has_markers = any(missing_texts)

    def accept(array: Any) -> Column | None:
        is_missing = pc.is_in(array, value_set=missing_array)
        filled = pc.if_else(is_missing, pa.scalar(None, pa.string()), array)
        numbers = None if required and filled.null_count else _cast(filled, kind)
        if numbers is None or not _is_within(numbers, lowest, highest):
            return None
        cells = _to_list(numbers)
        if has_markers and numbers.null_count:
            return _with_missing_values(cells, array, is_missing)
        return Column(cells, None, is_clean=True)

    return accept


def _cast(texts: Any, kind: Any) -> Any:
    """The texts as numbers; None where one is none, or hexadecimal, which Arrow would read."""
    if kind == pa.int64() and (_contains(texts, "x") or _contains(texts, "X")):
        return None
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return None


def _is_within(numbers: Any, lowest: float, highest: float) -> bool:
    """True for finite numbers that all lie between two limits."""
    span = pc.min_max(numbers).as_py()
    if span["min"] is not None and not lowest < span["min"] <= span["max"] < highest:
        return False
    return bool(pc.all(pc.is_finite(numbers), min_count=0).as_py())


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


def _make_text_parser(
    _: Any, constraints: dict[str, Any], missing_texts: list[str]
) -> ColumnParser:
    pattern = constraints.get("pattern")
    matches = re.compile(f"^{pattern}$").match if pattern is not None else None
    shortest, longest = constraints.get("minLength", 0), constraints.get("maxLength", math.inf)
    is_bounded = shortest > 0 or longest < math.inf
    empty_is_missing = "" in missing_texts
    marks = frozenset(text for text in missing_texts if text or constraints.get("required"))

    def accept(array: Any) -> Column | None:
        texts = array.to_pylist()
        if not marks.isdisjoint(texts):
            return None
        filled = list(filter(None, texts)) if empty_is_missing else texts
        if len(filled) < len(texts):
            texts = [text or None for text in texts]
        if matches is not None and not all(map(matches, filled)):
            return None
        if is_bounded and not _have_lengths(filled, shortest, longest):
            return None
        return Column(texts, None, is_clean=True)

    return accept


def _have_lengths(texts: list[str], shortest: int, longest: float) -> bool:
    lengths = [len(text) for text in texts] or [shortest]
    return shortest <= min(lengths) and max(lengths) <= longest


def _make_datetime_parser(_: Any, __: dict[str, Any], missing_texts: list[str]) -> ColumnParser:
    def accept(array: Any) -> Column | None:
        if not pc.all(pc.match_substring_regex(array, _UTC_DATETIME_PATTERN)).as_py():
            return None
        texts = pc.replace_substring(array, "Z", "+00:00").to_pylist()
        return Column(texts, None, is_clean=True) if set(missing_texts).isdisjoint(texts) else None

    return accept


_NUMBER_CONSTRAINTS = frozenset(("required", "minimum", "maximum"))
_TEXT_CONSTRAINTS = frozenset(("required", "pattern", "minLength", "maxLength", "unique"))
_PARSERS = {
    "number": (_make_number_parser, _NUMBER_CONSTRAINTS),
    "integer": (_make_number_parser, _NUMBER_CONSTRAINTS),
    "string": (_make_text_parser, _TEXT_CONSTRAINTS),
    "datetime": (_make_datetime_parser, frozenset(("required",))),
}
"""By type: the maker of its fast parser, and the constraints that this one can check."""
_KEY_PARSERS = {"string": _PARSERS["string"]}
