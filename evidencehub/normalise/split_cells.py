"""A value and its flag, or its confidence interval, in one cell: `12.3 b`, `12.5 [r]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from evidencehub.domain.columns import Cell
from evidencehub.messages.rendering import Message, make_message

Meaning = Mapping[str, Cell]

_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_CELL = re.compile(rf"(?P<before>\D*?)(?P<number>{_NUMBER})(?P<after>.*)", re.DOTALL)
_INTERVAL = re.compile(
    rf"\s*[(\[]\s*(?P<lower>{_NUMBER})\s*(?:to|-|–|—|,|;)\s*(?P<upper>{_NUMBER})\s*[)\]]"
)


def merge_number_map(concept: str, annotation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a field says of its cells, with the words of its `map` among the marks.

    A text in the map of a number is that number: `{"Thousands": "1000"}`.
    """
    words = {
        text: meaning if isinstance(meaning, Mapping) else {concept: _read_number(meaning)}
        for text, meaning in (annotation.get("map") or {}).items()
    }
    return {**annotation, "marks": {**(annotation.get("marks") or {}), **words}}


def _read_number(text: str) -> float | str:
    """The number of a text; the text where it is none, which the plan then refuses."""
    return float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else text


def make_split_lookup(
    concept: str, marks: Mapping[str, Any], *, has_interval: bool
) -> Callable[[Cell], Meaning | Message]:
    """Return the meaning of a cell with a number of `concept` and what stands beside it.

    `marks` gives the meaning of each flag, as concepts. A flag without a meaning is a failure: it
    may be a bound (`<5`), and then the number is no value.
    """

    def find_meaning(cell: Cell) -> Meaning | Message:
        text = str(cell).strip()
        if text in marks:
            return dict(marks[text])
        match = _CELL.fullmatch(text)
        if match is None:
            return make_message("values/split/no-number", text=text)
        meaning: dict[str, Cell] = {concept: _parse(match["number"])}
        if concept == "value":
            meaning["decimals"] = len(match["number"].partition(".")[2])
        rest = match["after"]
        interval = _INTERVAL.match(rest) if has_interval else None
        if interval is not None:
            meaning |= {
                "ci_lower": _parse(interval["lower"]),
                "ci_upper": _parse(interval["upper"]),
            }
            rest = rest[interval.end() :]
        for flag_text in filter(None, (match["before"].strip(), rest.strip())):
            flag_meaning = _find_flags(flag_text, marks)
            if flag_meaning is None:
                return make_message("values/split/unknown-flag", text=text, flag=flag_text)
            if any(meaning.get(name, value) != value for name, value in flag_meaning.items()):
                return make_message("values/split/conflict", text=text)
            meaning |= flag_meaning
        return meaning

    return find_meaning


def _find_flags(text: str, marks: Mapping[str, Any]) -> Meaning | None:
    """The meaning of one flag, or of several that stand together and do not contradict another."""
    for flags in ([text], text.split(), list(text)):
        if not all(flag in marks for flag in flags):
            continue
        meaning: dict[str, Cell] = {}
        for flag in flags:
            if any(meaning.get(name, value) != value for name, value in marks[flag].items()):
                return None
            meaning |= marks[flag]
        return meaning
    return None


def _parse(number: str) -> float:
    return float(number.replace(",", ""))
