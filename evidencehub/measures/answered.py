"""Conversion for those who have rows and want rows: no tables of pandas go in or come out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidencehub.measures.added import FROM, Measure
from evidencehub.measures.classify import Obstacle, Relation, Scheme
from evidencehub.measures.convert import Refusal, convert, roll_up

HEADINGS = "headings"  # instead of a classification: each one's own top headings
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answered:
    """Converted rows, and an account of the others.

    `gaps` are groups that could not be made, each with its reason; `left_out` counts the rows
    that went into no group, by why; `caveats` must be said with the answer.
    """

    rows: Sequence[Row]
    gaps: Sequence[Row]
    left_out: Mapping[str, int]
    caveats: Sequence[str]


def answer(
    rows: Sequence[Row],
    to: str,
    *,
    schemes: Mapping[str, Scheme],
    crosswalks: Mapping[tuple[str, str], Sequence[Relation]],
    measures: Mapping[str, Measure],
) -> Answered | Sequence[Obstacle]:
    """The rows in the groups of the scheme `to` (or HEADINGS), or what stands in the way.

    `rows` are whole tables, with the columns of an observation; text that is not there and
    numbers that are not there are None, before and after.
    """
    frame = pd.DataFrame(list(rows), dtype=object)
    if to == HEADINGS:
        found = roll_up(frame, schemes=schemes, measures=measures)
    else:
        found = convert(frame, to, schemes=schemes, crosswalks=crosswalks, measures=measures)
    if isinstance(found, Refusal):
        return found.obstacles
    nullable = [name for name in frame.columns if any(row[name] is None for row in rows)]
    return Answered(
        list(_plain(found.rows, nullable)),
        list(_plain(found.gaps, nullable)),
        found.counts(),
        found.caveats,
    )


def _plain(frame: Any, nullable: Sequence[str]) -> Iterator[Row]:
    """The rows of a table as dictionaries."""
    empty = {*nullable, *FROM, "note", "derived"}
    for row in frame.to_dict("records"):
        yield {name: _cell(cell, empty=name in empty) for name, cell in row.items()}


def _cell(cell: Any, *, empty: bool) -> Any:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if cell == "" and empty:
        return None
    return cell.item() if hasattr(cell, "item") else cell
