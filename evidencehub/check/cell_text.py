"""The texts of cells, as rules read them and as messages quote them."""

from __future__ import annotations

import re

from evidencehub.domain.columns import Column

SPREADSHEET_ERRORS = frozenset(
    ("#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
)
"""What a spreadsheet writes where a formula gives nothing."""


def quote_cell(text: str, max_length: int = 60) -> str:
    """A cell's text as a message may quote it: short, and without control characters."""
    return re.sub(
        r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]",
        "␀",
        text if len(text) <= max_length else text[:max_length] + "…",
    )


def column_texts(column: Column) -> list[str]:
    """The texts that a column holds, each at least once."""
    if column.is_clean:
        return list(filter(None, column.values))
    return [cell for cell in column.values if isinstance(cell, str)]
