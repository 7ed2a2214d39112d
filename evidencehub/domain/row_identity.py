"""The id of a row: it follows from the row's natural key, and from nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import cast

from evidencehub.domain.concepts import OBSERVATION_KEY

ROW_ID_COLUMN, ROW_ID_FUNCTION = "id", "row_id"
ID_BYTES = 10  # of the digest: among a million million rows two alike are still unlikely
OBSERVATION_ID_COLUMNS: Sequence[str] = sorted(("dataset", *OBSERVATION_KEY))
"""The columns that tell observations apart, in the order in which their id is computed."""
_SEPARATOR = "\x1f"


def build_row_id(*key_cells: object) -> str:
    """Return the id of the row with this natural key, its columns in alphabetical order.

    A cell that is empty and one that is missing are the same. The id is the same in every release,
    database and format: 20 hexadecimal digits of BLAKE2b over the cells, joined by U+001F.

    >>> build_row_id("crude", None, "GB") == build_row_id("crude", "", "GB")
    True
    """
    try:
        text = _SEPARATOR.join(cast("tuple[str, ...]", key_cells))  # nearly always so, and quick
    except TypeError:
        text = _SEPARATOR.join("" if cell is None else str(cell) for cell in key_cells)
    return hashlib.blake2b(text.encode(), digest_size=ID_BYTES).hexdigest()


def build_row_id_sql(key_columns: Iterable[str]) -> str:
    """Return SQL for the id of a row, by the function that every connection to a hub has."""
    return f"{ROW_ID_FUNCTION}({', '.join(sort_key_columns(key_columns))})"


def sort_key_columns(key_columns: Iterable[str]) -> list[str]:
    """Return the columns of a key, with or without the alias of their table, by their names.

    >>> sort_key_columns(["s.sex", 's."group"', "g.area"])
    ['g.area', 's."group"', 's.sex']
    """
    return sorted(key_columns, key=lambda column: column.rpartition(".")[2].strip('"'))
