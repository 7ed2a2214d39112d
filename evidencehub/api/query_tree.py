"""A tree of conditions, posted as JSON, for queries too long or complex for an address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.api.filter_values import build_unknown_value_problem, resolve_day
from evidencehub.api.query_draft import QueryDraft
from evidencehub.api.query_parameters import build_query
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from evidencehub.http.parameters import make_unknown_name_problem, shorten_value
from evidencehub.http.problem_details import (
    HttpError,
    RequestProblem,
    make_http_error,
    make_problem,
)
from evidencehub.messages.rendering import Parameter
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


def parse_query_tree(body: bytes, reference_data: ReferenceData) -> LogicalQuery:
    """Return the query in a posted tree; raise HttpError (400) with every problem."""
    members = _parse_body(body)
    problems = [
        _describe_unknown("api/unknown-member", f"/{shorten_value(name)}", name, BODY_MEMBERS)
        for name in list(members)[:MAX_PROBLEMS]
        if name not in BODY_MEMBERS
    ]
    name = members.get("resource", "observations")
    if name not in POST_QUERY_RESOURCES:
        code = "api/unknown-value/resource"
        problem = _describe_unknown(code, "/resource", str(name), POST_QUERY_RESOURCES)
        raise HttpError(400, [*problems, problem])
    draft = QueryDraft(RESOURCES[name], reference_data, problems=problems)
    compiler = _TreeCompiler(draft)
    if "where" in members:
        draft.condition_tree = members["where"]
        place = _Place("/where", depth=1, holds_always=True)
        draft.conditions.append(compiler.compile_node(members["where"], place))
    return build_query(draft, _parse_common_members(members, compiler))


def _parse_body(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise make_http_error(400, "api/bad-json/syntax") from None
    if not isinstance(members, dict):
        raise make_http_error(400, "api/bad-json")
    return members


def _reject_constant(text: str) -> Any:
    raise ValueError(text)


def _parse_common_members(members: Mapping[str, Any], compiler: _TreeCompiler) -> dict[str, str]:
    """Return fields, order, limit, cursor and labels as an address would have them."""
    common_members = {}
    for name, (format_member, problem_code) in _COMMON_MEMBERS.items():
        text = format_member(members.get(name))
        if text:
            common_members[name] = text
        elif name in members:
            compiler.reject(problem_code, f"/{name}")
    return common_members


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and abs(value) <= MAX_ABSOLUTE_NUMBER


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    is_short_text = isinstance(value, str) and len(value) <= MAX_TEXT_CHARS
    return is_short_text and not _SURROGATE_PATTERN.search(value)


def _format_names(value: Any) -> str:
    is_list = isinstance(value, list) and all(isinstance(name, str) and name for name in value)
    return ",".join(value) if is_list else ""


def _format_whole_number(value: Any) -> str:
    is_whole = _is_number(value) and value == value // 1  # in JSON 100.0 is a whole number
    return str(int(value))[:9] if is_whole else ""


def _format_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _format_boolean(value: Any) -> str:
    return str(value).lower() if _is_boolean(value) else ""


_COMMON_MEMBERS: Mapping[str, tuple[Callable[[Any], str], str]] = {
    "fields": (_format_names, "api/bad-value/columns"),
    "sort": (_format_names, "api/bad-value/columns"),
    "limit": (_format_whole_number, "api/bad-number"),
    "cursor": (_format_text, "api/bad-cursor/type"),
    "labels": (_format_boolean, "api/bad-value/boolean"),
}
"""How a member becomes a parameter, empty if it cannot, and the problem that this is."""
_NUMBER_CHECK = (_is_number, "api/bad-value/number")
_TYPE_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "number": _NUMBER_CHECK,
    "integer": _NUMBER_CHECK,
    "boolean": (_is_boolean, "api/bad-value/boolean"),
}
_TEXT_CHECK = (_is_text, "api/bad-value/text")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands in the tree.

    `holds_always` is True if it holds for every row of the answer: nothing but `and` is above it.
    """

    pointer: str
    depth: int
    holds_always: bool

    def enter(self, name: str, *, holds_always: bool = False) -> _Place:
        """Return the place of a condition within this one."""
        return _Place(f"{self.pointer}/{name}", self.depth + 1, self.holds_always and holds_always)


@dataclass(slots=True)
class _TreeCompiler:
    """Compiles a tree to SQL; what is not known counts as not so, under `not` as well."""

    draft: QueryDraft
    condition_count: int = 0
    value_count: int = 0

    def reject(self, code: str, pointer: str, /, **params: Parameter) -> str:
        """Add the problem of an entry of the catalogue; see `add_problem`."""
        return self.add_problem(make_problem(code, pointer, **params))

    def add_problem(self, problem: RequestProblem) -> str:
        """Return a condition that never holds; raise HttpError if there are too many problems."""
        self.draft.problems.append(problem)
        if len(self.draft.problems) >= MAX_PROBLEMS:
            raise HttpError(400, self.draft.problems)
        return "0"

    def compile_node(self, node: Any, place: _Place) -> str:
        self.condition_count += 1
        if self.condition_count == MAX_CONDITIONS + 1:
            self.reject("api/too-large/conditions", place.pointer, max_count=MAX_CONDITIONS)
        if self.condition_count > MAX_CONDITIONS:
            return "0"
        if place.depth > MAX_DEPTH:
            return self.reject("api/too-deep", place.pointer, max_depth=MAX_DEPTH)
        if not isinstance(node, dict) or len(node) != 1:
            return self.reject("api/bad-condition", place.pointer)
        ((operator, operand),) = node.items()
        match operator:
            case "and" | "or":
                return self._compile_junction(operator, operand, place)
            case "not":
                return f"not {self.compile_node(operand, place.enter(operator))}"
            case _:
                return self._compile_comparison(operator, operand, place)

    def _compile_junction(self, operator: str, operand: Any, place: _Place) -> str:
        if not isinstance(operand, list) or not operand:
            return self.reject("api/bad-condition/list", f"{place.pointer}/{operator}")
        conditions = [
            self.compile_node(n, place.enter(f"{operator}/{i}", holds_always=operator == "and"))
            for i, n in enumerate(operand)
        ]
        return f"({f' {operator} '.join(conditions)})"

    def _compile_comparison(self, operator: str, operand: Any, place: _Place) -> str:
        pointer = f"{place.pointer}/{shorten_value(operator)}"
        if operator not in OPERATORS:
            problem = _describe_unknown("api/unknown-operator", pointer, operator, OPERATORS)
            return self.add_problem(problem)
        if not isinstance(operand, dict) or len(operand) != 1:
            return self.reject("api/bad-condition/comparison", pointer, operator=operator)
        ((name, value),) = operand.items()
        pointer = f"{pointer}/{shorten_value(name)}"
        columns = {column.name: column for column in list_queryable_columns(self.draft.resource)}
        if name not in columns:
            code = "api/unknown-column/condition"
            return self.add_problem(_describe_unknown(code, pointer, name, columns))
        if operator == "in":
            return self._compile_in(columns[name], value, pointer, place)
        self._count_values(1, pointer)
        return self._compile_single_value(
            operator, columns[name], value, pointer, holds_always=place.holds_always
        )

    def _compile_in(self, column: ResourceColumn, values: Any, pointer: str, place: _Place) -> str:
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_LIST_VALUES:
            return self.reject("api/bad-value/list", pointer, max_count=MAX_LIST_VALUES)
        self._count_values(len(values), pointer)
        conditions = [
            self._compile_single_value("eq", column, value, f"{pointer}/{i}")
            for i, value in enumerate(values)
        ]
        if place.holds_always:  # who lists a dataset has named it
            self.draft.filter_values.setdefault(column.name, []).extend(map(str, values))
        return f"({' or '.join(_merge_equalities(column, conditions))})"

    def _count_values(self, count: int, pointer: str) -> None:
        self.value_count += count
        if self.value_count > MAX_TREE_VALUES:
            self.reject("api/too-large/values", pointer, max_count=MAX_TREE_VALUES)
            raise HttpError(400, self.draft.problems)

    def _compile_single_value(
        self,
        operator: str,
        column: ResourceColumn,
        value: Any,
        pointer: str,
        *,
        holds_always: bool = False,
    ) -> str:
        problem_code = _find_type_problem(operator, column, value)
        if problem_code:
            return self.reject(problem_code, pointer, max_chars=MAX_TEXT_CHARS)
        if value is None:
            return f"({column.sql} is null)"
        if column.column_type == "date":
            return self._compare_date(operator, column, value, pointer)
        if operator != "eq":
            name = self._bind(value)
            return f"(({column.sql} {SQL_OPERATORS[operator]} {name}) is true)"
        if unknown_code := self._find_unknown_code(column, value, pointer):
            return self.add_problem(unknown_code)
        if holds_always:
            self.draft.filter_values.setdefault(column.name, []).append(value)
        return self._compare_equal(column, value)

    def _bind(self, value: Any) -> str:
        return self.draft.bind(value if isinstance(value, str) else float(value))

    def _compare_date(self, operator: str, column: ResourceColumn, value: str, pointer: str) -> str:
        """A comparison of days, of which either may be a month or a year only."""
        boundary_day = resolve_day(value, end_of_period=operator in ("lte", "gt"))
        if not boundary_day:
            return self.reject("api/bad-date/condition", pointer)
        if operator == "eq":
            name = self._bind(value)
            return f"((substr({column.sql}, 1, length({name})) = {name}) is true)"
        bound = f"substr({self._bind(boundary_day)}, 1, length({column.sql}))"
        return f"(({column.sql} {SQL_OPERATORS[operator]} {bound}) is true)"

    def _compare_equal(self, column: ResourceColumn, value: Any) -> str:
        """Equality, for codes in all the forms that addresses take."""
        is_group = find_value_set(column) == "ethnicity"
        schemes = self.draft.reference_data.schemes_by_group.get(value, ()) if is_group else ()
        if column.column_type == "list":
            values = [f"{scheme}:{value}" for scheme in schemes] or [value]
            names = ", ".join(map(self._bind, values))
            return f"exists (select 1 from json_each({column.sql}) where value in ({names}))"
        if is_group and value and not schemes:
            scheme, _, code = value.partition(":")
            scheme_sql = self.draft.resource.columns_by_name["scheme"].sql
            scheme_condition = f"{scheme_sql} = {self._bind(scheme)}"
            return f"(({scheme_condition} and {column.sql} = {self._bind(code)}) is true)"
        if value == NONE_VALUE and column.name in ("other", "comparator", "adjustment"):
            value = ""
        return f"(({column.sql} = {self._bind(value)}) is true)"

    def _find_unknown_code(
        self, column: ResourceColumn, value: Any, pointer: str
    ) -> RequestProblem | None:
        """Return the problem of a code that is in none of the column's lists."""
        name, reference_data = find_value_set(column), self.draft.reference_data
        codes = value.split(";") if name == "other" else [value]
        value_set = reference_data.value_sets.get(name, {value: ""})
        if value == "" or all(code in value_set for code in codes):
            return None
        return build_unknown_value_problem(pointer, name, value, reference_data)


def _find_type_problem(operator: str, column: ResourceColumn, value: Any) -> str:
    """Return the code of what is wrong with the kind of a value; empty for nothing."""
    is_list = column.column_type == "list"
    if value is None:
        return "" if operator == "eq" and not is_list else "api/bad-value/null"
    if is_list and operator != "eq":
        return "api/bad-value/list-column"
    is_valid, problem_code = _TYPE_CHECKS.get(column.column_type, _TEXT_CHECK)
    return "" if is_valid(value) else problem_code


def _merge_equalities(column: ResourceColumn, conditions: Sequence[str]) -> list[str]:
    """Equalities of one column as one `in`, so that its SQL stands once; others as they are."""
    equality = re.compile(rf"\(\({re.escape(column.sql)} = (:p\d+)\) is true\)")
    matches = [(condition, equality.fullmatch(condition)) for condition in conditions]
    names = ", ".join(match[1] for _, match in matches if match)
    merged = [f"(({column.sql} in ({names})) is true)"] if names else []
    return [*merged, *(condition for condition, match in matches if not match)]


def _describe_unknown(
    code: str, pointer: str, name: str, allowed: Collection[str]
) -> RequestProblem:
    return make_unknown_name_problem(code, pointer, name, allowed, 0.6)


def list_queryable_columns(resource: ApiResource) -> list[ResourceColumn]:
    """Return the columns that a condition may name."""
    return [column for column in resource.columns if column.column_type != "object"]


def find_value_set(column: ResourceColumn) -> str:
    """The set that the values of a column come from, empty where it is open."""
    if column.column_type not in ("code", "list") or column.is_label:
        return ""
    return _VALUE_SET_BY_COLUMN.get(column.name, column.name)
