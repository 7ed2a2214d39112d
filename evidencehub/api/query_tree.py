"""A tree of conditions, posted as JSON, for queries too long or complex for an address."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidencehub.api.filter_values import (
    build_unknown_value_problem,
    resolve_day,
    resolve_group,
    resolve_lower,
    split_group,
)
from evidencehub.api.query_body import (
    MAX_TEXT_CHARS,
    TEXT_CHECK,
    TYPE_CHECKS,
    parse_body,
    parse_common_members,
)
from evidencehub.api.query_draft import QueryDraft
from evidencehub.api.query_parameters import build_query
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from evidencehub.domain.unicode_text import fold_text
from evidencehub.http.parameters import make_unknown_name_problem, shorten_value
from evidencehub.http.problem_details import HttpError, RequestProblem, make_problem
from evidencehub.messages.rendering import Parameter
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import NONE_VALUE, ReferenceData
from evidencehub.store.resource_model import ApiResource, ResourceColumn

MAX_DEPTH, MAX_CONDITIONS, MAX_LIST_VALUES = 8, 200, 200
MAX_TREE_VALUES, MAX_PROBLEMS = 1_000, 30  # of a whole tree, and told of one at most
SQL_OPERATORS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
ORDER_OPERATORS = ("lt", "lte", "gt", "gte")
TEXT_CONDITIONS = {
    "contains": "instr(fold_text({column}), {text}) > 0",
    "starts_with": "substr(fold_text({column}), 1, length({text})) = {text}",
}
"""Comparisons of texts, without regard to case and accents, as SQL."""
OPERATORS = ("and", "or", "not", "in", *SQL_OPERATORS, "within", *TEXT_CONDITIONS)
BODY_MEMBERS = (
    *("resource", "where", "latest", "last", "group_by", "fields", "sort", "limit", "cursor"),
    "labels",
)
_VALUE_SET_BY_COLUMN = {
    "type": "finding_type",
    "scheme": "classification",
    "group": "ethnicity",
    "groups": "ethnicity",
    "groups_affected": "ethnicity",
    "groups_compared": "ethnicity",
    "workstreams": "workstream",
    "topics": "topic",
    "indicators": "indicator",
    "addressed_to": "organisation",
}
DEFAULT_RESOURCE = "observations"
"""The resource of a body that names none."""
_NAMED_COLUMNS = {"indicators": "indicator"}
"""Columns whose values name what another column has."""
_NESTED_COLUMNS = ("area", "age")
_OPTIONAL_COLUMNS = ("other", "comparator", "adjustment", "origin")
"""Columns that may be empty, for which the value is `none`."""


def parse_query_tree(body: bytes, reference_data: ReferenceData) -> LogicalQuery:
    """Return the query in a posted tree; raise HttpError (400) with every problem."""
    members = parse_body(body)
    problems = [
        _describe_unknown("api/unknown-member", f"/{shorten_value(name)}", name, BODY_MEMBERS)
        for name in list(members)[:MAX_PROBLEMS]
        if name not in BODY_MEMBERS
    ]
    name = members.get("resource", DEFAULT_RESOURCE)
    if name not in POST_QUERY_RESOURCES:
        code = "api/unknown-value/resource"
        problem = _describe_unknown(code, "/resource", str(name), POST_QUERY_RESOURCES)
        raise HttpError(400, [*problems, problem])
    draft = QueryDraft(RESOURCES[name], reference_data, problems=problems)
    compiler = _TreeCompiler(draft)
    if "where" in members:
        draft.condition_tree = members["where"]
        place = _Place("/where", depth=1, holds_always=True, names_values=True)
        draft.filter_conditions = compiler.compile_tree(members["where"], place)
        draft.conditions += draft.filter_conditions.values()
    required = draft.resource.required_filter
    if required and required not in draft.filter_values:
        draft.reject("api/missing-parameter/condition", "/where", name=required)
    return build_query(draft, parse_common_members(members, draft))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands in the tree.

    `holds_always` is True if it holds for every row of the answer: nothing but `and` is above it.
    `names_values` is True if rows with its values are asked for: not below `not`, or below two.
    """

    pointer: str
    depth: int
    holds_always: bool
    names_values: bool

    def enter(self, operator: str, number: int | None = None) -> _Place:
        """Return the place of a condition within this one, the operand of an operator."""
        return _Place(
            f"{self.pointer}/{operator}" + ("" if number is None else f"/{number}"),
            self.depth + 1,
            self.holds_always and operator == "and",
            self.names_values != (operator == "not"),
        )


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

    def compile_tree(self, node: Any, place: _Place) -> dict[str, str]:
        """Return the conditions by their places: those of an `and` at the top one by one."""
        members = node.get("and") if isinstance(node, dict) and len(node) == 1 else None
        if not isinstance(members, list) or not members:
            return {place.pointer: self.compile_node(node, place)}
        self.condition_count += 1
        places = [place.enter("and", number) for number, _ in enumerate(members)]
        return {
            inner.pointer: self.compile_node(member, inner)
            for inner, member in zip(places, members, strict=True)
        }

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
        conditions = [self.compile_node(n, place.enter(operator, i)) for i, n in enumerate(operand)]
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
        place = replace(place, pointer=pointer)
        if operator == "in":
            return self._compile_in(columns[name], value, place)
        self._count_values(1, pointer)
        return self._compile_single_value(operator, columns[name], value, place)

    def _compile_in(self, column: ResourceColumn, values: Any, place: _Place) -> str:
        pointer = place.pointer
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_LIST_VALUES:
            return self.reject("api/bad-value/list", pointer, max_count=MAX_LIST_VALUES)
        self._count_values(len(values), pointer)
        conditions = [
            self._compile_single_value(
                "eq", column, value, replace(place, pointer=f"{pointer}/{i}")
            )
            for i, value in enumerate(values)
        ]
        return f"({' or '.join(_merge_equalities(column, conditions))})"

    def _count_values(self, count: int, pointer: str) -> None:
        self.value_count += count
        if self.value_count > MAX_TREE_VALUES:
            self.reject("api/too-large/values", pointer, max_count=MAX_TREE_VALUES)
            raise HttpError(400, self.draft.problems)

    def _compile_single_value(
        self, operator: str, column: ResourceColumn, value: Any, place: _Place
    ) -> str:
        pointer = place.pointer
        problem_code = _find_type_problem(operator, column, value)
        if problem_code:
            return self.reject(problem_code, pointer, max_chars=MAX_TEXT_CHARS, operator=operator)
        if value is None:
            return f"({column.sql} is null)"
        if operator in TEXT_CONDITIONS:
            return self._compare_text(operator, column, value, pointer)
        if column.column_type in ("date", "day"):
            return self._compare_date(operator, column, value, pointer)
        if operator in ORDER_OPERATORS:
            name = self._bind(value)
            return f"(({column.sql} {SQL_OPERATORS[operator]} {name}) is true)"
        if unknown_code := self._find_unknown_code(column, value, pointer):
            return self.add_problem(unknown_code)
        self._name_value(column, value, place)
        if column.name in _NESTED_COLUMNS and operator == "within":
            codes = resolve_lower(column.name, column.name, [value], self.draft)
            names = ", ".join(map(self._bind, codes))
            return f"(({column.sql} in ({names})) is true)"
        return self._compare_equal(column, value, includes_lower=operator == "within")

    def _name_value(self, column: ResourceColumn, value: Any, place: _Place) -> None:
        """Keep a value that is asked for by name, and one that every row must have."""
        if place.names_values:
            name = _NAMED_COLUMNS.get(column.name, column.name)
            self.draft.name_values(name, [str(value)])
        if place.holds_always:
            self.draft.filter_values.setdefault(column.name, []).append(str(value))

    def _compare_text(self, operator: str, column: ResourceColumn, value: str, pointer: str) -> str:
        """A comparison of texts as they are read: without regard to case and accents."""
        part = fold_text(value)
        if not part:
            return self.reject("api/empty-parameter", pointer)
        condition = TEXT_CONDITIONS[operator].format(column=column.sql, text=self._bind(part))
        return f"(({condition}) is true)"

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

    def _compare_equal(
        self, column: ResourceColumn, value: Any, *, includes_lower: bool = False
    ) -> str:
        """Equality, for codes in all the forms that addresses take."""
        if find_value_set(column) == "ethnicity" and value:
            return self._compare_group(column, value, includes_lower=includes_lower)
        if column.column_type == "list":
            return self._match_list_items(column, [value])
        if column.name == "family" and value:  # where a filter knows more than one family of a row
            condition = self.draft.resource.filters_by_name["family"].condition_sql
            return f"(({condition.replace('{}', f'({self._bind(value)})')}) is true)"
        if value == NONE_VALUE and column.name in _OPTIONAL_COLUMNS:
            return f"({column.sql} is null)"
        return f"(({column.sql} = {self._bind(value)}) is true)"

    def _compare_group(self, column: ResourceColumn, value: str, *, includes_lower: bool) -> str:
        """Whether a group is one of those that a value stands for, in a column or a list."""
        reference_data = self.draft.reference_data
        groups = resolve_group(value, reference_data, includes_lower=includes_lower)
        codes = [f"{scheme}:{code}" for scheme, code in groups]
        if groups != [split_group(value)]:
            self.draft.resolved.setdefault(column.name, {})[value] = codes
        if column.column_type == "list":
            return self._match_list_items(column, codes)
        scheme_sql = self.draft.resource.columns_by_name["scheme"].sql
        pairs = ", ".join(f"({self._bind(s)}, {self._bind(c)})" for s, c in groups)
        return f"((({scheme_sql}, {column.sql}) in (values {pairs})) is true)"

    def _match_list_items(self, column: ResourceColumn, values: Sequence[str]) -> str:
        names = ", ".join(map(self._bind, values))
        return f"exists (select 1 from json_each({column.sql}) where value in ({names}))"

    def _find_unknown_code(
        self, column: ResourceColumn, value: Any, pointer: str
    ) -> RequestProblem | None:
        """Return the problem of a code that is in none of the column's lists."""
        name, reference_data = find_value_set(column), self.draft.reference_data
        codes = value.split(";") if name == "other" else [value]
        value_set = reference_data.value_sets.get(name, {value: ""})
        if all(code in value_set for code in codes):
            return None
        return build_unknown_value_problem(pointer, name, value, reference_data)


def _find_type_problem(operator: str, column: ResourceColumn, value: Any) -> str:
    """Return the code of what is wrong with the kind of a value; empty for nothing."""
    is_list = column.column_type == "list"
    if value is None:
        return "" if operator == "eq" and not is_list else "api/bad-value/null"
    if problem_code := _find_operator_problem(operator, column):
        return problem_code
    is_valid, problem_code = TYPE_CHECKS.get(column.column_type, TEXT_CHECK)
    return "" if is_valid(value) else problem_code


def _find_operator_problem(operator: str, column: ResourceColumn) -> str:
    """Return the code of what is wrong with an operator for a column; empty for nothing."""
    if operator == "within":
        return "" if accepts_within(column) else "api/bad-value/not-within"
    if operator in TEXT_CONDITIONS:
        return "" if column.column_type in ("text", "code") else "api/bad-value/not-text"
    is_ordered_list = column.column_type == "list" and operator in ORDER_OPERATORS
    return "api/bad-value/list-column" if is_ordered_list else ""


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


def accepts_within(column: ResourceColumn) -> bool:
    """Return whether the codes of a column have others below them."""
    is_nested = column.name in _NESTED_COLUMNS or find_value_set(column) == "ethnicity"
    return not column.is_label and is_nested


def find_value_set(column: ResourceColumn) -> str:
    """The set that the values of a column come from, empty where it is open."""
    if column.column_type not in ("code", "list") or column.is_label:
        return ""
    return _VALUE_SET_BY_COLUMN.get(column.name, column.name)
