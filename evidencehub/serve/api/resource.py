"""What a resource of the API is: its columns, its filters, its order, all as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["text", "code", "date", "number", "integer", "boolean", "list", "object"]


def labelled(listed: str, sql: str) -> str:
    """What stands in SQL for the label of a code of one list, until `select` writes it out."""
    return f"label{{{listed}|{sql}}}"


@dataclass(frozen=True)
class Column:
    """One column of an answer: how SQL finds it, how it is read, what it says.

    A `list` and an `object` are JSON text in SQL. `label` marks what only explains a code.
    """

    name: str
    sql: str
    kind: Kind
    says: str
    label: bool = False


@dataclass(frozen=True)
class Filter:
    """One parameter that chooses rows.

    `known` names the set that its values come from; without one it is text, a date, or a
    whole number, as `kind` says. `where` is the condition for one value, or, with `{}` in it,
    for a list of bound values.
    """

    name: str
    where: str
    says: str
    known: str = ""
    kind: Literal["code", "text", "from", "to", "boolean"] = "code"

    @property
    def many(self) -> bool:
        """Whether it may stand several times; any one of the values will do then."""
        return self.kind == "code"


@dataclass(frozen=True)
class Resource:
    """A list of the API. `key` names columns of SQL that together are different in every row.

    `facts` says which SQL tells what an answer must be judged by: where its rows come from,
    and whether they may be compared. `keyed` is the index that gives rows in the order of the
    key, where a table has many. `item` is the column by which a single one is asked for,
    `required` a filter that has to be given, `always` a condition on every row. `table` and
    `view` are where Datasette shows the same. `query` is True where a tree of conditions may
    be posted.
    """

    name: str
    title: str
    source: str
    key: Sequence[str]
    columns: Sequence[Column]
    filters: Sequence[Filter]
    dataset: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    item: str = ""
    keyed: str = ""
    table: str = ""
    view: str = ""
    query: bool = False
    always: str = ""
    required: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def filter_by_name(self) -> Mapping[str, Filter]:
        """The filters by their names."""
        return {one.name: one for one in self.filters}

    @cached_property
    def sortable(self) -> Sequence[str]:
        """The columns that rows may be ordered by."""
        return [c.name for c in self.columns if c.kind not in ("list", "object")]
