"""What older and other spellings of a descriptor mean: nested dialects, profiles of v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

V1_PROFILES = ("data-package", "tabular-data-package")
"""Profiles of Data Package v1, which name no other description than that of the standard."""


def flatten_dialect(dialect: Mapping[str, Any]) -> dict[str, Any]:
    """The dialect as the Table Dialect standard writes it.

    Frictionless 5 writes what is of CSV alone below `csv`: `{"csv": {"delimiter": ";"}}`.
    What stands beside `csv` has precedence, as it has there.

    >>> flatten_dialect({"header": True, "csv": {"delimiter": ";"}})
    {'delimiter': ';', 'header': True}
    """
    nested = dialect.get("csv")
    if not isinstance(nested, Mapping):
        return dict(dialect)
    return {**nested, **{name: value for name, value in dialect.items() if name != "csv"}}
