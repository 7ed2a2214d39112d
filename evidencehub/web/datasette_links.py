"""Links, form fields, filters and facets of a page over a table, as data for its template."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from evidencehub.http import datasette_parameters

Pairs = Sequence[tuple[str, str]]

PAGE = "_next"
SORTING = ("_sort", "_sort_desc", "_sort_by_desc")
SEARCH = "_search"


class Choice(NamedTuple):
    """An option of a list in a form; where it is an operator, `value` is what is sent for it."""

    value: str
    is_chosen: bool
    operator: str = ""


@dataclass(frozen=True, slots=True)
class TableFilter:
    """A filter of the rows, and the link to the same rows without it."""

    column: str
    operator: str
    value: str
    has_value: bool
    remove_url: str


@dataclass(frozen=True, slots=True)
class FilterFields:
    """The fields of one filter in the form; `suffix` ends their names, so that each is unique."""

    suffix: str
    columns: Sequence[Choice]
    conditions: Sequence[Choice]
    value: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading. `order` is how the rows are sorted by it, in the words of ARIA."""

    name: str
    sort_url: str = ""
    order: str = ""
    is_row_link: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet with its number of rows, and the link that filters by it or stops it."""

    label: str
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """Rows counted by the values of a column; `remove_url` is empty if the facet is permanent."""

    column: str
    values: Sequence[FacetValue]
    is_truncated: bool
    remove_url: str


def parse_pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query string, blank ones too, in their order."""
    return parse_qsl(query, keep_blank_values=True)


def build_link(path: str, pairs: Pairs) -> str:
    """An address with parameters.

    >>> build_link("/hub/area", [("label__contains", "a&b"), ("_size", "5")])
    '/hub/area?label__contains=a%26b&_size=5'
    """
    return f"{path}?{urlencode(pairs)}" if pairs else path


def drop_names(pairs: Pairs, names: Collection[str]) -> list[tuple[str, str]]:
    """The parameters but for those of these names."""
    return [(name, value) for name, value in pairs if name not in names]


def drop_page(url: str) -> str:
    """A link without its host, which a proxy may hide, and to the first page of its rows.

    >>> drop_page("http://localhost/hub/area?level=country&_next=5")
    '/hub/area?level=country'
    """
    parts = urlsplit(url)
    return build_link(parts.path, drop_names(parse_pairs(parts.query), {PAGE}))


def keep_last(url: str, names: Collection[str]) -> str:
    """A link without its host in which each of these parameters stands once, its last value.

    >>> keep_last("/hub/area.csv?_size=5&level=country&_size=max", {"_size"})
    '/hub/area.csv?level=country&_size=max'
    """
    parts = urlsplit(url)
    pairs = parse_pairs(parts.query)
    last = {name: position for position, (name, _) in enumerate(pairs)}
    remaining = [
        p for position, p in enumerate(pairs) if p[0] not in names or last[p[0]] == position
    ]
    return build_link(parts.path, remaining)


def is_filter(name: str) -> bool:
    """Whether a parameter filters rows; a column that starts with “_” comes with an operator."""
    return not name.startswith("_") or "__" in name


def split_filter(name: str) -> tuple[str, str]:
    """The column and the operator of a filter.

    >>> split_filter("value__gt"), split_filter("area")
    (('value', 'gt'), ('area', 'exact'))
    """
    column, _, operator = name.rpartition("__")
    return (column, operator) if column else (name, "exact")


def list_filters(path: str, pairs: Pairs) -> list[TableFilter]:
    """The filters of an address in their order."""
    filters = []
    for position, (name, value) in enumerate(pairs):
        if not is_filter(name):
            continue
        other_pairs = drop_names([*pairs[:position], *pairs[position + 1 :]], {PAGE})
        column, operator = split_filter(name)
        has_value = operator not in datasette_parameters.UNARY_OPERATORS
        filters.append(
            TableFilter(column, operator, value, has_value, build_link(path, other_pairs))
        )
    return filters


def make_choices(values: Iterable[str], chosen: str) -> list[Choice]:
    """The options of a list of which at most one is chosen."""
    return [Choice(value, value == chosen) for value in values]


def make_conditions(chosen: str) -> list[Choice]:
    """All operators.

    One that stands alone is sent with a value: Datasette drops blank parameters on the way.
    """
    return [
        Choice(
            operator + ("__1" if operator in datasette_parameters.UNARY_OPERATORS else ""),
            operator == chosen,
            operator,
        )
        for operator in datasette_parameters.OPERATORS
    ]


def make_filter_fields(
    filters: Sequence[TableFilter], columns: Sequence[str]
) -> list[FilterFields]:
    """Fields for each filter, and empty ones for another."""
    fields = [
        FilterFields(
            f"_{position}",
            make_choices(columns, entry.column),
            make_conditions(entry.operator),
            entry.value if entry.has_value else "",
        )
        for position, entry in enumerate(filters, start=1)
    ]
    empty = FilterFields("", make_choices(columns, ""), make_conditions(""), "")
    return [*fields, empty]


def list_hidden(pairs: Pairs, visible: Collection[str] = SORTING) -> list[tuple[str, str]]:
    """What the form of filters must repeat unseen: all that it has no field for."""
    dropped = {PAGE, *visible}
    return [
        (name, value)
        for name, value in pairs
        if not is_filter(name) and name not in dropped and not name.startswith("_filter_")
    ]


def make_headings(
    columns: Sequence[Mapping[str, Any]],
    path: str,
    pairs: Pairs,
    order: tuple[str, bool],
    numbers: Collection[str],
    *,
    has_row_link: bool,
) -> list[Heading]:
    """The headings of a table. `order` is the column that sorts its rows and if it descends.

    A click sorts upwards, the next one downwards. `numbers` are the columns of numbers.
    `has_row_link`: the first column holds no values but links to the rows.
    """
    remaining = drop_names(pairs, {PAGE, *SORTING})
    directions = {order[0]: "descending" if order[1] else "ascending"}
    headings = [Heading(columns[0]["name"], is_row_link=True)] if has_row_link else []
    for column in columns[len(headings) :]:
        name = column["name"]
        direction = directions.get(name, "")
        turn = "_sort_desc" if direction == "ascending" else "_sort"
        url = build_link(path, [*remaining, (turn, name)]) if column["sortable"] else ""
        headings.append(Heading(name, url, direction, is_number=name in numbers))
    return headings


def make_facet(result: Mapping[str, Any]) -> Facet:
    """A facet as Datasette counts it."""
    values = [
        FacetValue(
            str(value["label"]), value["count"], drop_page(value["toggle_url"]), value["selected"]
        )
        for value in result["results"]
    ]
    remove_url = drop_page(result["toggle_url"]) if result["hideable"] else ""
    return Facet(result["name"], values, bool(result["truncated"]), remove_url)


def list_facet_choices(columns: Sequence[str], pairs: Pairs) -> list[Choice]:
    """The columns that rows can be counted by too; none once there are as many facets as may be."""
    used_columns = [
        value for name, value in pairs if name.startswith("_facet") and name != "_facet_size"
    ]
    if len(used_columns) >= datasette_parameters.MAX_FACETS:
        return []
    unused = [name for name in columns if name not in used_columns]
    return make_choices(unused, unused[0] if unused else "")
