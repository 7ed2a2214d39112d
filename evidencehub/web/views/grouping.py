"""Rows that belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)


def group_rows(rows: Iterable[Row], get_key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Return the rows of each key, in the order in which they come; a key without rows has none.

    >>> group_rows([1, 2, 3], lambda number: number % 2)[1]
    [1, 3]
    """
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[get_key(row)].append(row)
    return groups
