"""The dialect of a resource with the standard's properties at one level, however it is nested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flatten_dialect(dialect: Mapping[str, Any]) -> dict[str, Any]:
    """The dialect as the Table Dialect standard writes it.

    Frictionless 5 writes what is of CSV alone below `csv`: `{"csv": {"delimiter": ";"}}`.

    >>> flatten_dialect({"header": True, "csv": {"delimiter": ";"}})
    {'header': True, 'delimiter': ';'}
    """
    nested = dialect.get("csv")
    if not isinstance(nested, Mapping):
        return dict(dialect)
    return {**{name: value for name, value in dialect.items() if name != "csv"}, **nested}
