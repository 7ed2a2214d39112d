"""The parameters of Datasette's own pages: an unknown one is refused, never silently ignored.

The parameters are those that the views of Datasette 0.65.5 read (`views/table.py`, `row.py`,
`database.py`, `base.py`, `renderer.py`, `filters.py`, `facets.py`), less those that nobody needs
here and that make every address new, cost much, or reach into the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.http import datasette_schema, parameters
from evidencehub.http.datasette_schema import DatasetteSchema, DatasetteTable
from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.problem_details import HttpError, RequestProblem, build_http_error

MAX_FACETS, MAX_ROWS = 3, 1_000
TEXT_OPERATORS = ("exact", "not", "contains", "endswith", "startswith", "like", "notlike", "glob")
ORDER_OPERATORS = ("gt", "gte", "lt", "lte")
LIST_OPERATORS = ("in", "notin", "arraycontains", "arraynotcontains", "date")
UNARY_OPERATORS = ("isnull", "notnull", "isblank", "notblank")
OPERATORS = (*TEXT_OPERATORS, *ORDER_OPERATORS, *LIST_OPERATORS, *UNARY_OPERATORS)
TRUE_VALUES = ("1", "on", "true", "yes")
ParameterCheck = Callable[[str, DatasetteTable], str]  # what is wrong with a value; empty: nothing

_NUMBER_PATTERN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# a key as Datasette writes it: what needs no code has none, so that a row has one address
_UNESCAPED_BYTES = "20|2D|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9A]"
_KEY_PART = rf"(?:[A-Za-z0-9_+-]|~(?!{_UNESCAPED_BYTES})[0-9A-F]{{2}})*"
_ROW_KEY = re.compile(rf"{_KEY_PART}(?:,{_KEY_PART})*")
_TABLE_PATH = re.compile(r"/hub/([^/.]+)(?:\.(\w+))?")
_ROW_PATH = re.compile(r"/hub/([^/.]+)/([^/]+?)(?:\.(\w+))?")


def _require_one_of(*values: str) -> ParameterCheck:
    return lambda value, _: "" if value in values else f"must be one of {', '.join(values)}"


def _check_column(value: str, table: DatasetteTable) -> str:
    return "" if value in table.columns else f"must be a column of “{table.name}”"


def _check_optional_column(value: str, table: DatasetteTable) -> str:
    return "" if not value else _check_column(value, table)


def _check_sort(value: str, table: DatasetteTable) -> str:
    message = f"must be a sortable column of “{table.name}”"
    return "" if not value or value in table.sortable else message


def _require_at_most(maximum: int) -> ParameterCheck:
    def check(value: str, _: DatasetteTable) -> str:
        fine = value in {"", "max"} or (value.isdecimal() and int(value[:9]) <= maximum)
        return "" if fine else f"must be a whole number up to {maximum}, or “max”"

    return check


def _check_next(value: str, table: DatasetteTable) -> str:
    fine = not table.is_view or re.fullmatch(r"\d{1,9}", value)
    return "" if fine else "must be the value given by the previous page"


def _check_search(_: str, table: DatasetteTable) -> str:
    return "" if table.searchable else f"cannot be used: “{table.name}” has no full-text index"


def _check_operator(value: str, _: DatasetteTable) -> str:
    fine = value.removesuffix("__1") in OPERATORS or not value
    return "" if fine else f"must be one of {', '.join(OPERATORS)}"


def _accept_anything(_value: str, _table: DatasetteTable) -> str:
    return ""


TABLE_PARAMETERS: Mapping[str, ParameterCheck] = {
    **dict.fromkeys(
        ("_col", "_nocol", "_label", "_facet", "_facet_array", "_facet_date"), _check_column
    ),
    **dict.fromkeys(("_nocount", "_nofacet", "_nosuggest"), _require_one_of(*TRUE_VALUES)),
    **dict.fromkeys(("_sort", "_sort_desc"), _check_sort),
    "_sort_by_desc": _require_one_of(*TRUE_VALUES),
    **dict.fromkeys(("_size", "_facet_size"), _require_at_most(MAX_ROWS)),
    "_next": _check_next,
    "_labels": _require_one_of(*TRUE_VALUES, "off", "0", "false", "no", ""),
    "_search": _check_search,
    "_searchmode": _require_one_of("raw", "escaped"),
    "_filter_column": _check_optional_column,
    "_filter_op": _check_operator,
    "_filter_value": _accept_anything,
}
JSON_PARAMETERS: Mapping[str, ParameterCheck] = {
    "_shape": _require_one_of("arrays", "objects", "array", "object", "arrayfirst"),
    "_nl": _require_one_of(*TRUE_VALUES),
    "_json": _accept_anything,
    "_json_infinity": _require_one_of(*TRUE_VALUES, "0", "off", "false", "no"),
}
CSV_PARAMETERS: Mapping[str, ParameterCheck] = {
    "_header": _require_one_of("off", "on"),
    "_dl": _require_one_of(*TRUE_VALUES),
}
QUERY_PARAMETERS: Mapping[str, ParameterCheck] = {
    "_size": _require_one_of("max"),
    **dict.fromkeys(("_hide_sql", "_show_sql"), _require_one_of(*TRUE_VALUES)),
}
ROW_PARAMETERS: Mapping[str, ParameterCheck] = {"_extras": _require_one_of("foreign_key_tables")}
DATABASE_PARAMETERS: Mapping[str, ParameterCheck] = {"_show_hidden": _require_one_of(*TRUE_VALUES)}
PARAMETERS_BY_FORMAT: Mapping[str | None, Mapping[str, ParameterCheck]] = {
    None: {},
    "json": JSON_PARAMETERS,
    "csv": CSV_PARAMETERS,
}
# read by Datasette, and not for the public; told so, rather than called unknown
FORBIDDEN_PARAMETERS = (
    *("_where", "_through", "_fts_table", "_fts_pk", "_timelimit", "_ttl", "_trace", "_context"),
    *("_stream", "sql"),
)
REPEATABLE_PARAMETERS = {
    "_col",
    "_nocol",
    "_label",
    "_facet",
    "_facet_array",
    "_facet_date",
    "_json",
    "_where",
}
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
        path = request.path
        if path in {"/api", "/favicon.ico"} or path.startswith(("/static/", "/-/static/")):
            self._check_params(request, {}, "this page")
        elif path in {"/hub", "/hub.json", "/hub.csv"}:
            self._check_database_page(request)
        elif match := _TABLE_PATH.fullmatch(path):
            self._check_table_page(request, match[1], match[2])
        elif match := _ROW_PATH.fullmatch(path):
            self._check_row_page(request, match[1], match[2], match[3])

    def _check_database_page(self, request: CanonicalRequest) -> None:
        suffix = request.path.partition(".")[2] or None
        values_by_name = parameters.group_params(request.params)
        if "sql" in values_by_name and not self.public_sql:
            raise build_http_error(
                403, "sql", "Running your own SQL is not available to the public."
            )
        if "sql" in values_by_name:
            names = dict.fromkeys(
                datasette_schema.find_sql_parameters(values_by_name["sql"][0]), _accept_anything
            )
            allowed = {
                **names,
                "sql": _accept_anything,
                **QUERY_PARAMETERS,
                **PARAMETERS_BY_FORMAT[suffix],
            }
            self._check_params(request, allowed, "an SQL query")
        elif suffix == "csv":
            raise build_http_error(
                404, "not-found", "The list of tables is available as a page and as JSON only."
            )
        else:
            self._check_params(
                request,
                {**DATABASE_PARAMETERS, **PARAMETERS_BY_FORMAT[suffix]},
                "the list of tables",
            )

    def _check_table_page(self, request: CanonicalRequest, name: str, ending: str | None) -> None:
        format_parameters = _select_format_parameters(ending)
        if name in self.schema.queries:
            allowed = dict.fromkeys(self.schema.queries[name], _accept_anything)
            self._check_params(
                request, {**allowed, **QUERY_PARAMETERS, **format_parameters}, f"the query “{name}”"
            )
            return
        table = self.schema.tables.get(name)
        if table is None:
            raise _build_not_found_error(
                "table or view", name, [*self.schema.tables, *self.schema.queries]
            )
        checks_by_name = {
            **TABLE_PARAMETERS,
            **format_parameters,
            **{f"_search_{c}": _check_search for c in table.searchable},
        }
        if self.public_sql:
            checks_by_name["_where"] = _accept_anything
        self._check_params(request, checks_by_name, f"“{name}”", table)

    def _check_row_page(
        self, request: CanonicalRequest, name: str, key: str, ending: str | None
    ) -> None:
        format_parameters = _select_format_parameters(ending)
        table = self.schema.tables.get(name)
        if table is None or table.is_view:
            tables_with_rows = [
                table_schema.name
                for table_schema in self.schema.tables.values()
                if not table_schema.is_view
            ]
            raise _build_not_found_error("table", name, tables_with_rows)
        if "%" not in key and not _ROW_KEY.fullmatch(key):
            raise build_http_error(404, "not-found", "No such row.")
        self._check_params(request, {**ROW_PARAMETERS, **format_parameters}, f"a row of “{name}”")

    def _check_params(
        self,
        request: CanonicalRequest,
        checks_by_name: Mapping[str, ParameterCheck],
        page_name: str,
        table: DatasetteTable | None = None,
    ) -> None:
        problems: list[RequestProblem] = []
        for name, values in parameters.group_params(request.params).items():
            problems += self._find_problems(name, values, checks_by_name, page_name, table)
        facets = [
            name for name, _ in request.params if name in REPEATABLE_PARAMETERS and "_facet" in name
        ]
        if len(facets) > MAX_FACETS:
            text = f"At most {MAX_FACETS} facets can be requested at once."
            problems.append(RequestProblem("too-many-facets", text, facets[0]))
        if {"_sort", "_sort_desc"} <= {name for name, value in request.params if value}:
            text = "Use “_sort” or “_sort_desc”, not both."
            problems.append(RequestProblem("contradiction", text, "_sort"))
        if problems:
            raise HttpError(400, problems)

    def _find_problems(
        self,
        name: str,
        values: Sequence[str],
        checks_by_name: Mapping[str, ParameterCheck],
        page_name: str,
        table: DatasetteTable | None,
    ) -> list[RequestProblem]:
        numbered = _NUMBERED_FILTER.fullmatch(name)
        check = checks_by_name.get(numbered[1] if numbered else name)
        if check is None:
            if table is not None and (not name.startswith("_") or "__" in name):
                return _find_filter_problems(name, values, checks_by_name, table)
            return [_build_unknown_parameter_problem(name, checks_by_name, page_name)]
        if len(values) > 1 and name not in REPEATABLE_PARAMETERS:
            return [parameters.build_repeated_parameter_problem(name, len(values))]
        value_by_message = {check(value, table or _NO_TABLE): value for value in values}
        return [
            RequestProblem("bad-value", f"“{name}” {message}. The value is “{value[:60]}”.", name)
            for message, value in value_by_message.items()
            if message
        ]


def _find_filter_problems(
    name: str,
    values: Sequence[str],
    checks_by_name: Mapping[str, ParameterCheck],
    table: DatasetteTable,
) -> list[RequestProblem]:
    """Return the problems of a filter, `column` or `column__operator`."""
    column, _, operator = name.rpartition("__") if "__" in name else (name, "", "exact")
    if column not in table.columns:
        names = [*table.columns, *checks_by_name]
        return [
            _build_unknown_parameter_problem(name, names, f"“{table.name}”", wanted_name=column)
        ]
    if operator not in OPERATORS:
        suggestions = parameters.suggest_names(operator, OPERATORS, cutoff=0.3)
        text = f"“{operator}” is not an operator."
        suggested_filters = [f"{column}__{suggestion}" for suggestion in suggestions]
        text = _add_quoted(text, suggested_filters)
        return [RequestProblem("unknown-operator", text, name, suggested_filters)]
    messages = (_explain_wrong_number(value, column, operator, table) for value in values)
    return [
        RequestProblem("bad-value", f"“{name}” {message}.", name) for message in messages if message
    ]


def _explain_wrong_number(value: str, column: str, operator: str, table: DatasetteTable) -> str:
    is_number = _NUMBER_PATTERN.fullmatch(value) is not None
    if (
        operator in ORDER_OPERATORS
        and table.is_untyped(column)
        and is_number
        and not value.isdecimal()
    ):
        return "can be compared only with whole numbers"
    is_comparison = operator in ORDER_OPERATORS or (operator in ("exact", "not") and value)
    if is_comparison and table.is_numeric(column) and not is_number:
        return f"must be compared with a number, but the value is “{value[:60]}”"
    return ""


def _build_unknown_parameter_problem(
    name: str, candidates: Collection[str], page_name: str, wanted_name: str = ""
) -> RequestProblem:
    if name in FORBIDDEN_PARAMETERS:
        return RequestProblem(
            "closed", f"The parameter “{name}” is not available to the public.", name
        )
    suggestions = parameters.suggest_names(wanted_name or name, candidates)
    text = f"“{name[:60]}” is not a parameter of {page_name}."
    return parameters.build_unknown_parameter_problem(text, name, suggestions)


def _add_quoted(text: str, names: Sequence[str]) -> str:
    return parameters.add_suggestions(text, [f"“{name}”" for name in names])


def _build_not_found_error(object_type: str, name: str, candidates: Collection[str]) -> HttpError:
    suggestions = parameters.suggest_names(name, candidates, cutoff=0.6)
    return build_http_error(
        404, "not-found", _add_quoted(f"No such {object_type}: “{name[:60]}”.", suggestions)
    )


def _select_format_parameters(ending: str | None) -> Mapping[str, ParameterCheck]:
    """Return the parameters of a format. Raise HttpError (404) for an unknown format."""
    format_parameters = PARAMETERS_BY_FORMAT.get(ending)
    if format_parameters is None:
        raise build_http_error(
            404, "not-found", f"The format “.{ending}” is not available. Use .json or .csv."
        )
    return format_parameters
