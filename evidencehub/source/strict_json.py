"""JSON as the standard has it, of a depth and with texts that every reader can take."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

MAX_NESTING = 50  # objects and lists inside one another; a descriptor needs about 10
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class UnacceptableJsonError(ValueError):
    """A text that Python reads as JSON though the standard does not allow it."""


def parse_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raise UnacceptableJsonError for what Python takes and other readers do not (a key twice, NaN,
    half a character), RecursionError for what is nested too deeply, and ValueError for the rest.
    """
    value = json.loads(
        text,
        object_pairs_hook=_reject_duplicate_keys,
        parse_constant=_reject_number,
        parse_float=_parse_finite,
    )
    if _is_nested_deeper(value, MAX_NESTING):
        raise RecursionError
    half = _find_half_character(value, "") if _SURROGATE_ESCAPE.search(text) else None
    if half is not None:
        raise UnacceptableJsonError(f"half a character (\\uD800 to \\uDFFF) at {half}")
    return value


def _reject_duplicate_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        duplicate_key = next(key for key, count in counts.items() if count > 1)
        raise UnacceptableJsonError(f"“{duplicate_key}” appears more than once in one object")
    return values


def _reject_number(text: str) -> NoReturn:
    raise UnacceptableJsonError(f"{text} is not a number")


def _parse_finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UnacceptableJsonError(f"{text} is too large a number")
    return number


def _is_nested_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        containers = [node for node in level if isinstance(node, dict | list)]
        level = [
            child
            for node in containers
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return any(isinstance(node, dict | list) for node in level)


def _find_half_character(node: Any, location: str) -> str | None:
    """Return where a text or a key has half a character, which no file or database can hold."""
    if isinstance(node, str):
        return (location or "the top") if _LONE_SURROGATE.search(node) else None
    if not isinstance(node, dict | list):
        return None
    items = node.items() if isinstance(node, dict) else enumerate(node)
    places = (
        _find_half_character(part, place)
        for key, value in items
        for part, place in ((key, location), (value, f"{location}.{key}".removeprefix(".")))
    )
    return next(filter(None, places), None)
