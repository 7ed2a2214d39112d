"""A tree of conditions, posted as JSON, for queries too long or complex for an address."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.api.filter_values import build_unknown_value_problem, resolve_day
from evidencehub.api.query_parameters import build_query
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from evidencehub.http.parameters import shorten_value, suggest_names
from evidencehub.http.problem_details import HttpError, RequestProblem, build_http_error
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import NONE_VALUE, ReferenceData
from evidencehub.store.resource_model import ApiResource, ResourceColumn

MAX_DEPTH, MAX_CONDITIONS, MAX_LIST_VALUES = 8, 200, 200
MAX_TREE_VALUES, MAX_PROBLEMS = 1_000, 30  # of a whole tree, and told of one at most
MAX_ABSOLUTE_NUMBER, MAX_TEXT_CHARS = 1e300, 1000  # of a number, and characters of a text
SQL_OPERATORS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
OPERATORS = ("and", "or", "not", "in", *SQL_OPERATORS)
BODY_MEMBERS = ("resource", "where", "fields", "sort", "limit", "cursor", "labels")
_VALUE_SET_BY_COLUMN = {
    "type": "finding_type",
    "groups_affected": "ethnicity",
    "groups_compared": "ethnicity",
    "workstreams": "workstream",
    "topics": "topic",
    "indicators": "indicator",
    "addressed_to": "organisation",
}
_SURROGATE_PATTERN = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _ParseState:
    """The bindings and problems collected while a tree is parsed."""

    resource: ApiResource
    reference_data: ReferenceData
    bindings: dict[str, Any] = field(default_factory=dict)
    problems: list[RequestProblem] = field(default_factory=list)
    required_values: dict[str, list[str]] = field(default_factory=dict)
    condition_count: int = 0
    value_count: int = 0

    def reject(self, code: str, message: str, place: str, suggestions: Sequence[str] = ()) -> str:
        """Add a problem, and return a condition that never holds."""
        self.add_problem(RequestProblem(code, message, place, suggestions))
        return "0"

    def add_problem(self, problem: RequestProblem) -> None:
        """Add a problem; raise HttpError when there are too many."""
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            raise HttpError(400, self.problems)


def parse_query_tree(body: bytes, reference_data: ReferenceData) -> LogicalQuery:
    """Return the query in a posted tree; raise HttpError (400) with every problem."""
    members = _parse_body(body)
    problems = [
        RequestProblem(
            "unknown-member",
            (
                f"“{shorten_value(name)}” is not a property of the query. Available "
                f"properties: {', '.join(BODY_MEMBERS)}."
            ),
            f"/{shorten_value(name)}",
            suggest_names(name, BODY_MEMBERS, 3, 0.6),
        )
        for name in list(members)[:MAX_PROBLEMS]
        if name not in BODY_MEMBERS
    ]
    name = members.get("resource", "observations")
    if name not in POST_QUERY_RESOURCES:
        suggestions = suggest_names(str(name), POST_QUERY_RESOURCES, 3, 0.6)
        text = f"“resource” must be one of {', '.join(POST_QUERY_RESOURCES)}."
        raise HttpError(
            400, [*problems, RequestProblem("unknown-value", text, "/resource", suggestions)]
        )
    state = _ParseState(RESOURCES[name], reference_data, problems=problems)
    conditions = []
    if "where" in members:
        conditions.append(_compile_node(members["where"], "/where", 1, state, sure=True))
    common_members = _parse_common_members(members, state)
    return build_query(
        RESOURCES[name],
        common_members,
        conditions,
        state.bindings,
        state.required_values,
        state.problems,
        reference_data,
        all_rows=False,
    )


def _parse_body(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        text = 'The body must be a JSON object: {"resource": "observations", "where": {…}}.'
        raise build_http_error(400, "bad-json", text) from None
    if not isinstance(members, dict):
        raise build_http_error(400, "bad-json", "The body must be a JSON object: {…}.")
    return members


def _reject_constant(text: str) -> Any:
    raise ValueError(text)


def _parse_common_members(members: Mapping[str, Any], reading: _ParseState) -> dict[str, str]:
    """Fields, order, limit, cursor and labels as an address would have them."""
    common_members = {}
    for name in ("fields", "sort"):
        value = members.get(name)
        if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
            common_members[name] = ",".join(value)
        elif name in members:
            reading.reject("bad-value", "The value must be a list of column names.", f"/{name}")
    limit, cursor, labels = (members.get(name) for name in ("limit", "cursor", "labels"))
    if (
        isinstance(limit, (int, float))
        and not isinstance(limit, bool)
        and abs(limit) <= MAX_ABSOLUTE_NUMBER
        and limit == limit // 1
    ):
        common_members["limit"] = str(int(limit))[:9]  # in JSON 100.0 is a whole number
    elif "limit" in members:
        reading.reject("bad-number", "The value must be a whole number.", "/limit")
    if isinstance(cursor, str) and cursor:
        common_members["cursor"] = cursor
    elif "cursor" in members:
        reading.reject("bad-cursor", "The value must be a cursor issued by the API.", "/cursor")
    if isinstance(labels, bool):
        common_members["labels"] = str(labels).lower()
    elif "labels" in members:
        reading.reject("bad-value", "The value must be true or false.", "/labels")
    return common_members


def _compile_node(node: Any, pointer: str, depth: int, reading: _ParseState, *, sure: bool) -> str:
    """The SQL of one node; what is not known counts as not so, under `not` as well.

    A `sure` node holds for every row of the answer: nothing but `and` lies above it.
    """
    reading.condition_count += 1
    if reading.condition_count == MAX_CONDITIONS + 1:
        reading.reject(
            "too-large", f"The maximum is {MAX_CONDITIONS} conditions. Simplify the query.", pointer
        )
    if reading.condition_count > MAX_CONDITIONS:
        return "0"
    if depth > MAX_DEPTH:
        return reading.reject(
            "too-deep", f"The maximum depth is {MAX_DEPTH} levels. Simplify the query.", pointer
        )
    if not isinstance(node, dict) or len(node) != 1:
        text = 'A condition must be an object with one property: {"eq": {"area": "GB"}}.'
        return reading.reject("bad-condition", text, pointer)
    ((operator, operand),) = node.items()
    pointer = f"{pointer}/{shorten_value(operator)}"
    if operator in ("and", "or"):
        if not isinstance(operand, list) or not operand:
            return reading.reject(
                "bad-condition", "The value must be a list of conditions.", pointer
            )
        sure = sure and operator == "and"
        conditions = [
            _compile_node(n, f"{pointer}/{i}", depth + 1, reading, sure=sure)
            for i, n in enumerate(operand)
        ]
        return f"({f' {operator} '.join(conditions)})"
    if operator == "not":
        return f"not {_compile_node(operand, pointer, depth + 1, reading, sure=False)}"
    if operator not in OPERATORS:
        suggestions = suggest_names(operator, OPERATORS, 3, 0.6)
        text = (
            f"“{shorten_value(operator)}” is not an operator. Available operators: "
            f"{', '.join(OPERATORS)}."
        )
        return reading.reject("unknown-operator", text, pointer, suggestions)
    if not isinstance(operand, dict) or len(operand) != 1:
        text = (
            f'The condition must name one column and one value: {{"{operator}": {{"area": "GB"}}}}.'
        )
        return reading.reject("bad-condition", text, pointer)
    ((name, value),) = operand.items()
    return _compile_comparison(
        operator, name, value, f"{pointer}/{shorten_value(name)}", reading, sure=sure
    )


def _compile_comparison(
    operator: str, name: str, value: Any, place: str, reading: _ParseState, *, sure: bool
) -> str:
    column = reading.resource.columns_by_name.get(name)
    usable = [c.name for c in reading.resource.columns if c.column_type != "object"]
    if column is None or column.column_type == "object":
        suggestions = suggest_names(name, usable, 3, 0.6)
        text = (
            f"“{shorten_value(name)}” is not a column that can be queried. Available "
            f"columns: {', '.join(usable)}."
        )
        return reading.reject("unknown-column", text, place, suggestions)
    is_list = operator == "in"
    if is_list and (not isinstance(value, list) or not 1 <= len(value) <= MAX_LIST_VALUES):
        return reading.reject(
            "bad-value", f"The value must be a list of 1 to {MAX_LIST_VALUES} values.", place
        )
    reading.value_count += len(value) if is_list else 1
    if reading.value_count > MAX_TREE_VALUES:
        reading.reject(
            "too-large",
            f"The maximum is {MAX_TREE_VALUES} values in the whole query. Split the query.",
            place,
        )
        raise HttpError(400, reading.problems)
    if not is_list:
        return _compile_single_value(operator, column, value, place, reading, sure=sure)
    conditions = [
        _compile_single_value("eq", column, v, f"{place}/{i}", reading, sure=False)
        for i, v in enumerate(value)
    ]
    return f"({' or '.join(_merge_equalities(column, conditions))})"


def _merge_equalities(column: ResourceColumn, conditions: Sequence[str]) -> list[str]:
    """Equalities of one column as one `in`, so that its SQL stands once; others as they are."""
    equality = re.compile(rf"\(\({re.escape(column.sql)} = (:p\d+)\) is true\)")
    matches = [equality.fullmatch(condition) for condition in conditions]
    names = [match[1] for match in matches if match]
    other_conditions = [
        condition for condition, match in zip(conditions, matches, strict=True) if not match
    ]
    return (
        [f"(({column.sql} in ({', '.join(names)})) is true)", *other_conditions]
        if names
        else other_conditions
    )


def _compile_single_value(
    operator: str,
    column: ResourceColumn,
    value: Any,
    place: str,
    reading: _ParseState,
    *,
    sure: bool,
) -> str:
    if value is None:
        if operator == "eq" and column.column_type != "list":
            return f"({column.sql} is null)"
        return reading.reject("bad-value", "null can be used only with eq.", place)
    if column.column_type == "list" and operator != "eq":
        text = (
            "A column that holds a list can be used only with eq and in, which test "
            "whether the list contains a value."
        )
        return reading.reject("bad-value", text, place)
    message = _explain_wrong_type(column, value)
    if message:
        return reading.reject("bad-value", message, place)
    if column.column_type == "date":
        return _compare_date(operator, column, value, place, reading)
    if operator == "eq":
        problem = _find_unknown_code(column, value, place, reading)
        if problem is not None:
            reading.add_problem(problem)
            return "0"
        if sure:
            reading.required_values.setdefault(column.name, []).append(value)
        return _compare_equal(column, value, reading)
    name = _add_binding(value if isinstance(value, str) else float(value), reading)
    return f"(({column.sql} {SQL_OPERATORS[operator]} {name}) is true)"


def _add_binding(value: Any, reading: _ParseState) -> str:
    name = f"p{len(reading.bindings)}"
    reading.bindings[name] = value
    return f":{name}"


def _compare_date(
    operator: str, column: ResourceColumn, value: str, place: str, reading: _ParseState
) -> str:
    """A comparison of days, of which either may be a month or a year only."""
    boundary_day = resolve_day(value, end_of_period=operator in ("lte", "gt"))
    if not boundary_day:
        text = "The value must be a year (2024), a month (2024-03) or a day (2024-03-31)."
        return reading.reject("bad-date", text, place)
    if operator == "eq":
        name = _add_binding(value, reading)
        return f"((substr({column.sql}, 1, length({name})) = {name}) is true)"
    name = _add_binding(boundary_day, reading)
    return (
        f"(({column.sql} {SQL_OPERATORS[operator]} substr({name}, 1, "
        f"length({column.sql}))) is true)"
    )


def _compare_equal(column: ResourceColumn, value: Any, reading: _ParseState) -> str:
    """Equality, for codes in all the forms that addresses take."""
    reference_data = reading.reference_data
    if column.column_type == "list":
        values = [value]
        if find_value_set(column) == "ethnicity" and value in reference_data.schemes_by_group:
            values = [f"{scheme}:{value}" for scheme in reference_data.schemes_by_group[value]]
        names = ", ".join(_add_binding(item, reading) for item in values)
        return f"exists (select 1 from json_each({column.sql}) where value in ({names}))"
    if (
        find_value_set(column) == "ethnicity"
        and value
        and value not in reference_data.schemes_by_group
    ):
        scheme, _, code = value.partition(":")
        scheme_sql = reading.resource.columns_by_name["scheme"].sql
        pair_condition = (
            f"{scheme_sql} = {_add_binding(scheme, reading)} and {column.sql} = "
            f"{_add_binding(code, reading)}"
        )
        return f"(({pair_condition}) is true)"
    if value == NONE_VALUE and column.name in ("other", "comparator", "adjustment"):
        value = ""
    name = _add_binding(value if isinstance(value, str) else float(value), reading)
    return f"(({column.sql} = {name}) is true)"


def _explain_wrong_type(column: ResourceColumn, value: Any) -> str:
    """What is wrong with the kind of a value, or nothing."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if column.column_type in ("number", "integer"):
        is_in_range = is_number and abs(value) <= MAX_ABSOLUTE_NUMBER
        return "" if is_in_range else "The value must be a number."
    if column.column_type == "boolean":
        return "" if isinstance(value, bool) else "The value must be true or false."
    is_valid_text = (
        isinstance(value, str)
        and len(value) <= MAX_TEXT_CHARS
        and not _SURROGATE_PATTERN.search(value)
    )
    return (
        "" if is_valid_text else f"The value must be text of at most {MAX_TEXT_CHARS} characters."
    )


def _find_unknown_code(
    column: ResourceColumn, value: Any, place: str, reading: _ParseState
) -> RequestProblem | None:
    """A code that is in none of the column's lists."""
    name = find_value_set(column)
    codes = value.split(";") if name == "other" else [value]
    value_set = reading.reference_data.value_sets.get(name, {value: ""})
    if value == "" or all(code in value_set for code in codes):
        return None
    return build_unknown_value_problem(place, name, value, reading.reference_data)


def find_value_set(column: ResourceColumn) -> str:
    """The set that the values of a column come from, empty where it is open."""
    if column.column_type not in ("code", "list") or column.is_label:
        return ""
    return _VALUE_SET_BY_COLUMN.get(column.name, column.name)
