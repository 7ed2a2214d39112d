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

from evidencehub.model.columns import Column, Missing

Accept = Callable[[Any], Column | None]

_LARGEST = 2**53  # beyond it a floating-point number no longer tells neighbours apart
_MOMENT = r"^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"
_PLAIN_NUMBER = {"required", "minimum", "maximum"}
_PLAIN_TEXT = {"required", "pattern", "minLength", "maxLength", "unique"}


def accepting(field: Any, told: Mapping[str, Any], *, in_key: bool) -> Accept | None:
    """The fast way for a Frictionless field, described as `told`, or None where there is none.

    Numbers in a key stay with Frictionless, whose decimals are equal in more cases than floats.
    """
    constraints = {name: v for name, v in field.constraints.items() if v is not None}
    known = set(told) - {"name", "type", "title", "description", "constraints", "hub"}
    known -= {"missingValues", "example", "categories", "rdfType"}
    if known - ({"format"} if told.get("format") == "default" else set()):
        return None
    missing = field.missing_values
    if not field.has_defined("missing_values") and field.schema:
        missing = field.schema.missing_values
    if field.type in ("number", "integer") and not in_key and set(constraints) <= _PLAIN_NUMBER:
        return _numbers(field, constraints, missing)
    if field.type == "string" and set(constraints) <= _PLAIN_TEXT:
        return _texts(constraints, missing)
    if field.type == "datetime" and not in_key and set(constraints) <= {"required"}:
        return _moments(missing)
    return None


def _numbers(field: Any, constraints: dict[str, Any], missing: list[str]) -> Accept:
    kind = pa.float64() if field.type == "number" else pa.int64()
    lowest = _bound(field, constraints.get("minimum"), -_LARGEST)
    highest = _bound(field, constraints.get("maximum"), _LARGEST)
    required = bool(constraints.get("required"))
    absent = pa.array(missing, pa.string())
    marks = any(missing)

    def accept(array: Any) -> Column | None:
        is_missing = pc.is_in(array, value_set=absent)
        filled = pc.if_else(is_missing, pa.scalar(None, pa.string()), array)
        if required and filled.null_count:
            return None
        if kind == pa.int64() and any(_holds(filled, sign) for sign in "xX"):
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
        cells = _listed(numbers)
        return (
            _with_marks(cells, array, is_missing)
            if marks and numbers.null_count
            else Column(cells, None, sound=True)
        )

    return accept


def _holds(array: Any, sign: str) -> bool:
    return bool(pc.any(pc.match_substring(array, sign)).as_py())


def _listed(numbers: Any) -> list[Any]:
    """The numbers as a list, None where there is none; quicker than Arrow's own."""
    raw = memoryview(numbers.buffers()[1])
    held = raw.cast("d") if numbers.type == pa.float64() else raw.cast("q")
    cells: list[Any] = held[numbers.offset : numbers.offset + len(numbers)].tolist()
    if numbers.null_count:
        for position in pc.indices_nonzero(pc.is_null(numbers)).to_pylist():
            cells[position] = None
    return cells


def _with_marks(cells: list[Any], array: Any, is_missing: Any) -> Column:
    """Cells that say why there is no number keep their text."""
    sound = True
    for position in pc.indices_nonzero(is_missing).to_pylist():
        text = array[position].as_py()
        if text:
            cells[position] = Missing(text)
            sound = False
    return Column(cells, None, sound)


def _bound(field: Any, limit: Any, otherwise: float) -> float:
    """A limit as Frictionless reads it; values on it are left to Frictionless."""
    if limit is None:
        return otherwise
    value = field.create_value_reader()(limit)
    return float(value)


def _texts(constraints: dict[str, Any], missing: list[str]) -> Accept:
    pattern = constraints.get("pattern")
    matches = re.compile(f"^{pattern}$").match if pattern is not None else None
    shortest, longest = constraints.get("minLength", 0), constraints.get("maxLength")
    required = bool(constraints.get("required"))
    empty_is_missing = "" in missing
    marks = frozenset(text for text in missing if text)

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
        return Column(texts, None, sound=True)

    return accept


def _moments(missing: list[str]) -> Accept:
    def accept(array: Any) -> Column | None:
        if not pc.all(pc.match_substring_regex(array, _MOMENT)).as_py():
            return None
        told = pc.replace_substring(array, "Z", "+00:00").to_pylist()
        return Column(told, None, sound=True) if set(missing).isdisjoint(told) else None

    return accept
