"""What a resource of the API is: its columns, its filters, its order, all as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

ComparisonSubject = Literal["", "values", "gaps"]
ColumnType = Literal[
    "text", "code", "date", "day", "number", "integer", "boolean", "list", "object"
]
"""A `day` is whole (2024-03-31); a `date` may be a year or a month only."""


SITE_URL_PLACEHOLDER = "site_url{}"
"""What stands in SQL for the address of the site, until a query is compiled."""


def build_label_placeholder(code_list: str, sql: str) -> str:
    """What stands in SQL for the label of a code of one list, until `select` writes it out."""
    return f"label{{{code_list}|{sql}}}"


@dataclass(frozen=True)
class ResourceColumn:
    """One column of an answer: how SQL finds it, how it is read, what it says.

    A `list` and an `object` are JSON text in SQL. `is_label` marks what only explains a code.
    """

    name: str
    sql: str
    column_type: ColumnType
    description: str
    is_label: bool = False


@dataclass(frozen=True)
class Filter:
    """One parameter that selects rows.

    A filter of type `code` declares its values: those of `codelist`, a code list, or of the set
    `value_set`, which the reference data computes. For a code list `value_set` is the name of the
    set in the API's description, by default that of the list. `condition_sql` is the condition for
    one value, or, with `{}` in it, for a list of bound values. `includes_lower` is True where an
    area stands for all that are within it, too, and a category for all that are below it.
    """

    name: str
    condition_sql: str
    description: str
    value_set: str = ""
    filter_type: Literal["code", "text", "part", "from", "to", "at_least", "boolean"] = "code"
    codelist: str = ""
    includes_lower: bool = False

    def __post_init__(self) -> None:
        """Name the set of a code list after the list."""
        if not self.value_set:
            object.__setattr__(self, "value_set", self.codelist.replace("-", "_"))

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be given several times; rows with any of the values are selected."""
        return self.filter_type == "code"


@dataclass(frozen=True)
class ApiResource:
    """A list of the API.

    `key_columns` names columns of SQL that together are different in every row.

    `comparability_sql` says which SQL tells what an answer must be judged by: where its rows come
    from (`dataset`), and, where there is a `comparison_subject`, facts by their names in
    `ComparabilityFacts`. `category_sql` is the SQL of the groups and of the areas that should share
    a period; rows count for it that meet `value_condition`. `indexed_source` is the index that
    gives rows in the order of the key, where a table has many. `item_column` is the column by which
    a single one is asked for, `required_filter` a filter that has to be given, `fixed_condition` a
    condition on every row. `datasette_view` is where Datasette shows the same.
    `row_key` is SQL that tells rows apart in short, for a resource whose rows form series: all that
    differ in their period only. `count_columns` are sums of what is counted of its rows beside
    their number, `dimensions` the columns whose codes are listed as available.
    `accepts_posted_query` is True where a tree of conditions may be posted.
    """

    name: str
    title: str
    from_sql: str
    key_columns: Sequence[str]
    columns: Sequence[ResourceColumn]
    filters: Sequence[Filter]
    comparability_sql: Mapping[str, str] = field(default_factory=dict)
    comparison_subject: ComparisonSubject = ""
    category_sql: Mapping[str, str] = field(default_factory=dict)
    value_condition: str = ""
    item_column: str = ""
    indexed_source: str = ""
    datasette_view: str = ""
    accepts_posted_query: bool = False
    fixed_condition: str = ""
    required_filter: str = ""
    row_key: Sequence[str] = ()
    count_columns: Sequence[ResourceColumn] = ()
    dimensions: Sequence[str] = ()

    @cached_property
    def columns_by_name(self) -> Mapping[str, ResourceColumn]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def filters_by_name(self) -> Mapping[str, Filter]:
        """The filters by their names."""
        return {filter_.name: filter_ for filter_ in self.filters}

    @cached_property
    def sortable_columns(self) -> Sequence[str]:
        """The columns that rows may be ordered by."""
        return [c.name for c in self.columns if c.column_type not in ("list", "object")]
