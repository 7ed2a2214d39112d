"""The rows of an answer, page by page, and what goes with all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Row = TypeVar("Row")
Document = Mapping[str, Any]


class Answer(Generic[Row]):
    """Rows that match a request. To iterate reads all of them, a page at a time.

    `release`, `licence` and `comparability` are about all rows, whatever the page. If the data is
    updated between two pages, iterating raises CursorOutdated: make the request again.
    """

    def __init__(
        self,
        first_page: Document,
        read_next: Callable[[Document], Document],
        column_types: Mapping[str, str],
    ) -> None:
        self._first_page, self._read_next, self._column_types = first_page, read_next, column_types

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Row]:
        page = self._first_page
        yield from page["data"]
        while page["page"]["truncated"]:
            page = self._read_next(page)
            yield from page["data"]

    @property
    def total(self) -> int:
        """How many rows there are, on all pages."""
        return int(self._first_page["page"]["total"])

    @property
    def left_out(self) -> list[dict[str, Any]]:
        """How many rows match and are left out, and why."""
        return list(self._first_page["page"]["left_out"])

    @property
    def release(self) -> list[dict[str, Any]]:
        """The releases from which the rows come: cite them."""
        return list(self._first_page["release"])

    @property
    def licence(self) -> list[dict[str, Any]]:
        """The terms on which the rows may be used."""
        return list(self._first_page["licence"])

    @property
    def comparability(self) -> dict[str, Any] | None:
        """Whether the rows may be compared with each other, and why not; None without rows."""
        verdict: dict[str, Any] | None = self._first_page["comparability"]
        return verdict

    @property
    def conversion(self) -> dict[str, Any] | None:
        """With `convert`: how the values were converted, and what could not be."""
        return self._first_page.get("conversion")

    @property
    def metadata(self) -> dict[str, Any]:
        """Everything that goes with the rows."""
        return {name: value for name, value in self._first_page.items() if name != "data"}

    def to_pandas(self) -> pd.DataFrame:
        """Return all rows as a data frame: codes are text, dates are dates, counts are Int64.

        `attrs["hub"]` has what goes with the rows.
        """
        import pandas as pd

        types = {
            "text": "str",
            "date": "datetime64[s]",
            "number": "float64",
            "integer": "Int64",
            "boolean": "boolean",
        }
        columns = {
            name: pd.Series(values, dtype=types.get(kind, "object"))
            for name, kind, values in self._list_columns()
        }
        frame = pd.DataFrame(columns)
        frame.attrs["hub"] = self.metadata
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return all rows as a data frame: codes are text, dates are dates; objects are JSON."""
        import polars as pl

        types: dict[str, Any] = {
            "number": pl.Float64,
            "integer": pl.Int64,
            "boolean": pl.Boolean,
            "list": pl.List(pl.String),
        }
        columns = []
        for name, kind, values in self._list_columns():
            if kind == "object":
                values = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
            series = pl.Series(name, values, dtype=types.get(kind, pl.String), strict=False)
            columns.append(series.str.to_date("%Y-%m-%d") if kind == "date" else series)
        return pl.DataFrame(columns)

    def _list_columns(self) -> Iterator[tuple[str, str, list[Any]]]:
        """Yield name, type and values of each column, in the order of the first row."""
        rows: list[Any] = list(self)
        for name in rows[0] if rows else self._column_types:
            yield name, self._column_types.get(name, "text"), [row[name] for row in rows]
