"""The parameters of Datasette's own pages: an unknown one is refused, never silently ignored.

The parameters are those that the views of Datasette 0.65.5 read (`views/table.py`, `row.py`,
`database.py`, `base.py`, `renderer.py`, `filters.py`, `facets.py`), less those that nobody needs
here and that make every address new, cost much, or reach into the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from evidencehub.http import datasette_schema, parameters
from evidencehub.http.datasette_schema import DatasetteSchema, DatasetteTable
from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.problem_details import (
    HttpError,
    RequestProblem,
    make_http_error,
    make_problem,
)

MAX_FACETS, MAX_ROWS = 3, 1_000
TEXT_OPERATORS = ("exact", "not", "contains", "endswith", "startswith", "like", "notlike", "glob")
ORDER_OPERATORS = ("gt", "gte", "lt", "lte")
LIST_OPERATORS = ("in", "notin", "arraycontains", "arraynotcontains", "date")
UNARY_OPERATORS = ("isnull", "notnull", "isblank", "notblank")
OPERATORS = (*TEXT_OPERATORS, *ORDER_OPERATORS, *LIST_OPERATORS, *UNARY_OPERATORS)
COLUMN_PARAMETERS = ("_col", "_nocol", "_label", "_facet", "_facet_array", "_facet_date")
TRUE_VALUES = ("1", "on", "true", "yes")

_NUMBER_PATTERN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# a key as Datasette writes it: what needs no code has none, so that a row has one address
_UNESCAPED_BYTES = "20|2D|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9A]"
_KEY_PART = rf"(?:[A-Za-z0-9_+-]|~(?!{_UNESCAPED_BYTES})[0-9A-F]{{2}})*"
_ROW_KEY = re.compile(rf"{_KEY_PART}(?:,{_KEY_PART})*")
_TABLE_PATH = re.compile(r"/hub/([^/.]+)(?:\.(\w+))?")
_ROW_PATH = re.compile(r"/hub/([^/.]+)/([^/]+?)(?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """What a value must be, and the message about any other."""

    is_valid: Callable[[str, DatasetteTable], bool]
    code: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


Rules = Mapping[str, ParameterRule]


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of Datasette: its name in a sentence, its parameters, and its table if it has one."""

    name: str
    rules: Rules
    table: DatasetteTable | None = None


def _require_one_of(*values: str) -> ParameterRule:
    choices = {"choices": ", ".join(values)}
    return ParameterRule(lambda value, _: value in values, "http/bad-value/choice", choices)


def _is_row_count(value: str, _: DatasetteTable) -> bool:
    return value in {"", "max"} or (value.isdecimal() and int(value[:9]) <= MAX_ROWS)


def _is_next(value: str, table: DatasetteTable) -> bool:
    return not table.is_view or re.fullmatch(r"\d{1,9}", value) is not None


_ANYTHING = ParameterRule(lambda _value, _table: True)
_FLAG = _require_one_of(*TRUE_VALUES)
_COLUMN = ParameterRule(lambda value, table: value in table.columns, "http/bad-value/column")
_OPTIONAL_COLUMN = ParameterRule(
    lambda value, table: not value or value in table.columns, "http/bad-value/column"
)
_SORT = ParameterRule(
    lambda value, table: not value or value in table.sortable, "http/bad-value/sort"
)
_ROW_COUNT = ParameterRule(_is_row_count, "http/bad-value/count", {"maximum": MAX_ROWS})
_SEARCH = ParameterRule(lambda _, table: bool(table.searchable), "http/bad-value/search")
_OPERATOR = ParameterRule(
    lambda value, _: not value or value.removesuffix("__1") in OPERATORS,
    "http/bad-value/choice",
    {"choices": ", ".join(OPERATORS)},
)

TABLE_PARAMETERS: Rules = {
    **dict.fromkeys(COLUMN_PARAMETERS, _COLUMN),
    **dict.fromkeys(("_nocount", "_nofacet", "_nosuggest", "_sort_by_desc"), _FLAG),
    **dict.fromkeys(("_sort", "_sort_desc"), _SORT),
    **dict.fromkeys(("_size", "_facet_size"), _ROW_COUNT),
    "_next": ParameterRule(_is_next, "http/bad-value/next"),
    "_labels": _require_one_of(*TRUE_VALUES, "off", "0", "false", "no", ""),
    "_search": _SEARCH,
    "_searchmode": _require_one_of("raw", "escaped"),
    "_filter_column": _OPTIONAL_COLUMN,
    "_filter_op": _OPERATOR,
    "_filter_value": _ANYTHING,
}
JSON_PARAMETERS: Rules = {
    "_shape": _require_one_of("arrays", "objects", "array", "object", "arrayfirst"),
    "_nl": _FLAG,
    "_json": _ANYTHING,
    "_json_infinity": _require_one_of(*TRUE_VALUES, "0", "off", "false", "no"),
}
CSV_PARAMETERS: Rules = {"_header": _require_one_of("off", "on"), "_dl": _FLAG}
QUERY_PARAMETERS: Rules = {
    "_size": _require_one_of("max"),
    **dict.fromkeys(("_hide_sql", "_show_sql"), _FLAG),
}
ROW_PARAMETERS: Rules = {"_extras": _require_one_of("foreign_key_tables")}
DATABASE_PARAMETERS: Rules = {"_show_hidden": _FLAG}
PARAMETERS_BY_FORMAT: Mapping[str | None, Rules] = {
    None: {},
    "json": JSON_PARAMETERS,
    "csv": CSV_PARAMETERS,
}
# read by Datasette, and not for the public; told so, rather than called unknown
FORBIDDEN_PARAMETERS = (
    *("_where", "_through", "_fts_table", "_fts_pk", "_timelimit", "_ttl", "_trace", "_context"),
    *("_stream", "sql"),
)
REPEATABLE_PARAMETERS = {*COLUMN_PARAMETERS, "_json", "_where"}
_NUMBERED_FILTER = re.compile(r"(_filter_(?:column|op|value))_\d{1,2}")
_NO_TABLE = DatasetteTable("", {}, frozenset(), frozenset(), is_view=False)


@dataclass(frozen=True)
class DatasetteRequestCheck:
    """Checks the parameters of Datasette's pages.

    With `public_sql`, visitors may run their own statements.
    """

    schema: DatasetteSchema
    public_sql: bool = False

    def __call__(self, request: CanonicalRequest) -> None:
        """Raise HttpError with every problem of a request, or let it pass."""
        path, page = request.path, None
        if path in {"/hub", "/hub.json", "/hub.csv"}:
            page = self._describe_database_page(request)
        elif match := _TABLE_PATH.fullmatch(path):
            page = self._describe_table_page(match[1], match[2])
        elif match := _ROW_PATH.fullmatch(path):
            page = self._describe_row_page(match[1], match[2], match[3])
        problems = _find_page_problems(request, page) if page else []
        if problems:
            raise HttpError(400, problems)

    def _describe_database_page(self, request: CanonicalRequest) -> _Page:
        suffix = request.path.partition(".")[2] or None
        format_parameters = PARAMETERS_BY_FORMAT[suffix]
        sql = dict(reversed(request.params)).get("sql")  # the first, if there are several
        if sql is None and suffix == "csv":
            raise make_http_error(404, "http/not-found/list")
        if sql is None:
            return _Page("the list of tables", {**DATABASE_PARAMETERS, **format_parameters})
        if not self.public_sql:
            raise make_http_error(403, "http/sql")
        names = dict.fromkeys([*datasette_schema.find_sql_parameters(sql), "sql"], _ANYTHING)
        return _Page("an SQL query", {**names, **QUERY_PARAMETERS, **format_parameters})

    def _describe_table_page(self, name: str, ending: str | None) -> _Page:
        format_parameters = _select_format_parameters(ending)
        if name in self.schema.queries:
            query_parameters = dict.fromkeys(self.schema.queries[name], _ANYTHING)
            rules = {**query_parameters, **QUERY_PARAMETERS, **format_parameters}
            return _Page(f"the query “{name}”", rules)
        table = self.schema.tables.get(name)
        if table is None:
            candidates = [*self.schema.tables, *self.schema.queries]
            raise _build_not_found_error("http/not-found/table-or-view", name, candidates)
        rules = {
            **TABLE_PARAMETERS,
            **format_parameters,
            **{f"_search_{column}": _SEARCH for column in table.searchable},
            **({"_where": _ANYTHING} if self.public_sql else {}),
        }
        return _Page(f"“{name}”", rules, table)

    def _describe_row_page(self, name: str, key: str, ending: str | None) -> _Page:
        format_parameters = _select_format_parameters(ending)
        tables_with_rows = [
            table.name for table in self.schema.tables.values() if not table.is_view
        ]
        if name not in tables_with_rows:
            raise _build_not_found_error("http/not-found/table", name, tables_with_rows)
        if "%" not in key and not _ROW_KEY.fullmatch(key):
            raise make_http_error(404, "http/not-found/row")
        return _Page(f"a row of “{name}”", {**ROW_PARAMETERS, **format_parameters})


def _find_page_problems(request: CanonicalRequest, page: _Page) -> list[RequestProblem]:
    problems: list[RequestProblem] = []
    for name, values in parameters.group_params(request.params).items():
        problems += _find_problems(name, values, page)
    facets = [
        name for name, _ in request.params if name in REPEATABLE_PARAMETERS and "_facet" in name
    ]
    if len(facets) > MAX_FACETS:
        problems.append(make_problem("http/too-many-facets", facets[0], max_count=MAX_FACETS))
    if {"_sort", "_sort_desc"} <= {name for name, value in request.params if value}:
        problems.append(make_problem("http/contradiction", "_sort"))
    return problems


def _find_problems(name: str, values: Sequence[str], page: _Page) -> list[RequestProblem]:
    numbered = _NUMBERED_FILTER.fullmatch(name)
    rule = page.rules.get(numbered[1] if numbered else name)
    if rule is None:
        return _find_filter_problems(name, values, page)
    if len(values) > 1 and name not in REPEATABLE_PARAMETERS:
        return [parameters.build_repeated_parameter_problem(name, len(values))]
    table = page.table or _NO_TABLE
    invalid_values = [value for value in values if not rule.is_valid(value, table)]
    return [
        make_problem(rule.code, name, name=name, table=table.name, value=value[:60], **rule.params)
        for value in invalid_values[-1:]
    ]


def _find_filter_problems(name: str, values: Sequence[str], page: _Page) -> list[RequestProblem]:
    """Return the problems of a filter, `column` or `column__operator`, or of an unknown name."""
    table = page.table
    if table is None or (name.startswith("_") and "__" not in name):
        return [_build_unknown_parameter_problem(name, page.rules, page.name)]
    column, _, operator = name.rpartition("__") if "__" in name else (name, "", "exact")
    if column not in table.columns:
        candidates = [*table.columns, *page.rules]
        return [_build_unknown_parameter_problem(name, candidates, page.name, wanted_name=column)]
    if operator not in OPERATORS:
        suggestions = parameters.suggest_names(operator, OPERATORS, cutoff=0.3)
        filters = [f"{column}__{suggestion}" for suggestion in suggestions]
        near = parameters.quote_names(filters)
        return [make_problem("http/unknown-operator", name, filters, near, operator=operator)]
    return [
        make_problem(code, name, name=name, value=value[:60])
        for value in values
        if (code := _find_number_problem(value, column, operator, table))
    ]


def _find_number_problem(value: str, column: str, operator: str, table: DatasetteTable) -> str:
    """Return the code of what is wrong with a value that is compared as a number, or nothing."""
    is_number = _NUMBER_PATTERN.fullmatch(value) is not None
    is_order = operator in ORDER_OPERATORS
    if is_order and table.is_untyped(column) and is_number and not value.isdecimal():
        return "http/bad-value/whole"
    is_comparison = is_order or (operator in ("exact", "not") and value)
    if is_comparison and table.is_numeric(column) and not is_number:
        return "http/bad-value/number"
    return ""


def _build_unknown_parameter_problem(
    name: str, candidates: Collection[str], page_name: str, wanted_name: str = ""
) -> RequestProblem:
    if name in FORBIDDEN_PARAMETERS:
        return make_problem("http/closed", name, name=name)
    suggestions = parameters.suggest_names(wanted_name or name, candidates)
    near = parameters.quote_names(suggestions)
    return make_problem(
        "http/unknown-parameter", name, suggestions, near, name=name[:60], page=page_name
    )


def _build_not_found_error(code: str, name: str, candidates: Collection[str]) -> HttpError:
    near = parameters.quote_names(parameters.suggest_names(name, candidates, cutoff=0.6))
    return HttpError(404, [make_problem(code, "", (), near, name=name[:60])])


def _select_format_parameters(ending: str | None) -> Rules:
    """Return the parameters of a format. Raise HttpError (404) for an unknown format."""
    format_parameters = PARAMETERS_BY_FORMAT.get(ending)
    if format_parameters is None:
        raise make_http_error(404, "http/not-found/format", ending=str(ending))
    return format_parameters
