"""Conversion for those who have rows and want rows: no tables of pandas go in or come out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidencehub.crosswalk.aggregate import ORIGIN_COLUMNS, stratum_columns
from evidencehub.crosswalk.convertibility import IndicatorMetadata
from evidencehub.crosswalk.mappability import Classification, CodeMapping, Obstacle
from evidencehub.crosswalk.reclassify import ConversionRefusal, reclassify, roll_up
from evidencehub.domain.written_numbers import tidy_number

TOP_LEVEL_GROUPS = "headings"  # instead of a classification: each one's own top headings
RowMapping = Mapping[str, Any]


@dataclass(frozen=True)
class ConvertedRows:
    """Converted rows, and an account of the others.

    `unavailable` are groups that could not be made, each with its reason; they are among the
    `rows` too, without a value and with the reason as their note. `left_out` counts the rows that
    went into no group, by why; `caveats` must be said with the answer.
    """

    rows: Sequence[RowMapping]
    unavailable: Sequence[RowMapping]
    left_out: Mapping[str, int]
    caveats: Sequence[str]


def convert_rows(
    rows: Sequence[RowMapping],
    target: str,
    *,
    schemes: Mapping[str, Classification],
    crosswalks: Mapping[tuple[str, str], Sequence[CodeMapping]],
    indicators: Mapping[str, IndicatorMetadata],
) -> ConvertedRows | Sequence[Obstacle]:
    """The rows in the groups of the scheme `target` (or HEADINGS), or what stands in the way.

    `rows` are whole tables, with the columns of an observation; text that is not there and
    numbers that are not there are None, before and after.
    """
    frame = pd.DataFrame(list(rows), dtype=object)
    if target == TOP_LEVEL_GROUPS:
        result = roll_up(frame, schemes=schemes, indicators=indicators)
    else:
        result = reclassify(
            frame, target, schemes=schemes, crosswalks=crosswalks, indicators=indicators
        )
    if isinstance(result, ConversionRefusal):
        return result.obstacles
    nullable = [name for name in frame.columns if any(row[name] is None for row in rows)]
    reasons = [reason.render() for reason in result.unavailable["reason"]]
    unavailable = list(
        _to_mappings(result.unavailable.assign(reason=reasons, note=reasons), nullable)
    )
    key = [*stratum_columns(frame), "scheme", "ethnicity"]
    return ConvertedRows(
        sorted(
            [*_to_mappings(result.rows, nullable), *unavailable],
            key=lambda row: [row[name] or "" for name in key],
        ),
        unavailable,
        result.count_left_out(),
        [caveat.render() for caveat in result.caveats],
    )


def _to_mappings(frame: Any, nullable: Sequence[str]) -> Iterator[RowMapping]:
    """The rows of a table as dictionaries."""
    empty_as_none = {*nullable, *ORIGIN_COLUMNS, "note", "derived"}
    for row in frame.to_dict("records"):
        yield {
            name: _to_python(cell, empty_as_none=name in empty_as_none)
            for name, cell in row.items()
        }


def _to_python(cell: Any, *, empty_as_none: bool) -> Any:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if cell == "" and empty_as_none:
        return None
    value = cell.item() if hasattr(cell, "item") else cell
    return tidy_number(value) if isinstance(value, float) else value
