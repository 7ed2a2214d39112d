"""Parses the parameters of a request into one checked query; every problem is reported at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.api import cursor
from evidencehub.api.filter_values import build_condition, parse_filter_values
from evidencehub.http.parameters import (
    build_repeated_parameter_problem,
    group_params,
    shorten_value,
    suggest_names,
)
from evidencehub.http.problem_details import HttpError, RequestProblem
from evidencehub.store.logical_query import LogicalQuery, ParamValues
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, ResourceColumn

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
MAX_FILTER_VALUES = 25  # of one parameter; a posted question may have more
COMMON_PARAMETERS = ("fields", "sort", "limit", "cursor", "labels")


def parse_query(
    resource: ApiResource,
    params: Iterable[tuple[str, str]],
    reference_data: ReferenceData,
    *,
    all_rows: bool = False,
    path_filter: tuple[str, str] | None = None,
    cursor_variant: str = "",
) -> LogicalQuery:
    """Return the query in the parameters of an address; raise HttpError (400) with every problem.

    `all_rows` is for formats that stream: without `limit` they give every row. `path_filter` is a
    filter that the path has set already, with its value. `cursor_variant` tells cursors of one kind
    of answer from those of another.
    """
    values_by_name = group_params(params)
    problems = [
        *_check_names(resource, values_by_name, path_filter),
        *_check_repeats(resource, values_by_name),
    ]
    if path_filter:
        values_by_name[path_filter[0]] = [path_filter[1]]
    filter_values = {n: v for n, v in values_by_name.items() if n in resource.filters_by_name}
    problems += _check_required(resource, filter_values)
    conditions: list[str] = []
    bindings: dict[str, Any] = {}
    for name, values in filter_values.items():
        filter_ = resource.filters_by_name[name]
        sql_values, new_problems = parse_filter_values(
            filter_, sorted({v for v in values if v}), reference_data, filter_values
        )
        problems += new_problems
        if sql_values:
            conditions.append(build_condition(filter_, sql_values, bindings))
    shared = {n: values_by_name[n][0] for n in COMMON_PARAMETERS if values_by_name.get(n, [""])[0]}
    return build_query(
        resource,
        shared,
        conditions,
        bindings,
        filter_values,
        problems,
        reference_data,
        all_rows=all_rows,
        cursor_variant=cursor_variant,
    )


def build_item_query(
    resource: ApiResource, name: str, reference_data: ReferenceData
) -> LogicalQuery:
    """Return the query for a single item, by its id."""
    column = resource.columns_by_name[resource.item_column]
    conditions, bindings = [f"{column.sql} = :id"], {"id": name}
    shared = {"limit": "1"}
    filter_values = {"synthetic": ["true"]}  # whoever names it knows what it is
    return build_query(
        resource,
        shared,
        conditions,
        dict(bindings),
        filter_values,
        [],
        reference_data,
        all_rows=False,
    )


def build_query(
    resource: ApiResource,
    shared: Mapping[str, str],
    conditions: list[str],
    bindings: dict[str, Any],
    filter_values: ParamValues,
    problems: list[RequestProblem],
    reference_data: ReferenceData,
    *,
    all_rows: bool,
    cursor_variant: str = "",
) -> LogicalQuery:
    """Return the query over conditions already parsed; raise HttpError with every problem."""
    labels, new_problems = _parse_labels(shared.get("labels", "true"))
    problems += new_problems
    columns, new_problems = _parse_fields(resource, shared.get("fields", ""), labels=labels)
    problems += new_problems
    order, new_problems = _parse_sort(resource, shared.get("sort", ""))
    problems += new_problems
    limit, new_problems = _parse_limit(shared.get("limit", ""), None if all_rows else DEFAULT_LIMIT)
    problems += new_problems
    synthetic_condition = _build_synthetic_condition(resource, filter_values, reference_data)
    if synthetic_condition:
        conditions.append(synthetic_condition)
    if resource.fixed_condition:
        conditions.append(resource.fixed_condition)
    digest = _compute_digest(resource, conditions, bindings, order, cursor_variant)
    cursor_position, new_problems = cursor.decode_cursor(
        shared.get("cursor", ""), digest, reference_data.edition
    )
    problems += new_problems
    if cursor_position is not None and not cursor.is_valid_position(
        cursor_position, 1 if cursor_variant else len(order) + len(resource.key_columns)
    ):
        problems.append(cursor.build_invalid_cursor_problem())
    if problems:
        only_outdated = all(problem.code == "cursor-outdated" for problem in problems)
        raise HttpError(410 if only_outdated else 400, problems)
    fixed = frozenset(name for name, values in filter_values.items() if len(set(values)) == 1)
    return LogicalQuery(
        resource,
        conditions,
        bindings,
        columns,
        order,
        limit,
        cursor_position,
        filter_values,
        digest,
        labels,
        fixed,
    )


def _check_names(
    resource: ApiResource,
    values_by_name: Mapping[str, list[str]],
    path_filter: tuple[str, str] | None,
) -> Iterable[RequestProblem]:
    """Parameters that are not known, and parameters without a value."""
    allowed = [
        n
        for n in (*resource.filters_by_name, *COMMON_PARAMETERS)
        if not path_filter or n != path_filter[0]
    ]
    for name, values in values_by_name.items():
        if name not in allowed:
            suggestions = suggest_names(name, allowed, 3)
            yield RequestProblem(
                "unknown-parameter",
                (
                    f"“{shorten_value(name)}” is not a parameter of this resource. "
                    f"Available parameters: {', '.join(allowed)}."
                ),
                shorten_value(name),
                suggestions,
            )
        elif not all(values):
            yield RequestProblem(
                "empty-parameter",
                "The parameter has no value. Give it a value or leave it out.",
                name,
            )


def _check_repeats(
    resource: ApiResource, values_by_name: Mapping[str, list[str]]
) -> Iterable[RequestProblem]:
    for name, values in values_by_name.items():
        filter_ = resource.filters_by_name.get(name)
        single = name in COMMON_PARAMETERS or (filter_ is not None and not filter_.is_repeatable)
        if single and len(values) > 1:
            yield build_repeated_parameter_problem(name, len(values))
        elif len(values) > MAX_FILTER_VALUES:
            yield RequestProblem(
                "too-many-values",
                f"The maximum is {MAX_FILTER_VALUES} values. Split the request.",
                name,
            )


def _check_required(resource: ApiResource, filter_values: ParamValues) -> Iterable[RequestProblem]:
    if resource.required_filter and resource.required_filter not in filter_values:
        yield RequestProblem(
            "missing-parameter", "This parameter is required.", resource.required_filter
        )


def _build_synthetic_condition(
    resource: ApiResource, filter_values: ParamValues, reference_data: ReferenceData
) -> str:
    """Made-up figures are left out, unless what they belong to is asked for by its name."""
    dataset_sql = resource.comparability_sql.get("dataset")
    if not dataset_sql or "synthetic" in filter_values:
        return ""
    requested_datasets = {*filter_values.get("dataset", ())}
    requested_datasets |= {
        reference_data.indicators[name]["dataset"]
        for name in filter_values.get("indicator", ())
        if name in reference_data.indicators
    }
    hidden_datasets = sorted(reference_data.synthetic_datasets - requested_datasets)
    quoted_names = ", ".join("'" + name.replace("'", "''") + "'" for name in hidden_datasets)
    return f"{dataset_sql} not in ({quoted_names})" if hidden_datasets else ""


def _parse_labels(text: str) -> tuple[bool, list[RequestProblem]]:
    problems = (
        []
        if text in ("true", "false")
        else [RequestProblem("bad-value", "The value must be true or false.", "labels")]
    )
    return text != "false", problems


def _parse_fields(
    resource: ApiResource, text: str, *, labels: bool
) -> tuple[list[ResourceColumn], list[RequestProblem]]:
    if not text:
        return [c for c in resource.columns if labels or not c.is_label], []
    names = list(dict.fromkeys(text.split(",")))
    problems = [
        _build_unknown_column_problem(resource.columns_by_name, "fields", n)
        for n in names
        if n not in resource.columns_by_name
    ]
    return [resource.columns_by_name[n] for n in names if n in resource.columns_by_name], problems


def _parse_sort(
    resource: ApiResource, text: str
) -> tuple[list[tuple[ResourceColumn, bool]], list[RequestProblem]]:
    names = [name for name in text.split(",") if text]
    column_names = [name.removeprefix("-") for name in names]
    problems = [
        _build_unknown_column_problem(resource.sortable_columns, "sort", name)
        for name in column_names
        if name not in resource.sortable_columns
    ]
    descending_by_column: dict[str, bool] = {}
    for name, column in zip(names, column_names, strict=True):
        descending_by_column.setdefault(
            column, name.startswith("-")
        )  # a second time it would change nothing
    return [
        (resource.columns_by_name[n], descending)
        for n, descending in descending_by_column.items()
        if not problems
    ], problems


def _build_unknown_column_problem(
    names: Iterable[str], parameter: str, name: str
) -> RequestProblem:
    suggestions = suggest_names(name, names, 3)
    return RequestProblem(
        "unknown-column",
        (
            f"“{shorten_value(name)}” is not a column that can be used here. Available "
            f"columns: {', '.join(names)}."
        ),
        parameter,
        suggestions,
    )


def _parse_limit(text: str, default: int | None) -> tuple[int | None, list[RequestProblem]]:
    if not text:
        return default, []
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_LIMIT:
        return default, [
            RequestProblem(
                "bad-number", f"The value must be a whole number from 1 to {MAX_LIMIT}.", "limit"
            )
        ]
    return int(text), []


def _compute_digest(
    resource: ApiResource,
    conditions: Sequence[str],
    bindings: Mapping[str, Any],
    order: Sequence[tuple[ResourceColumn, bool]],
    cursor_variant: str,
) -> str:
    """What tells one choice and order of rows from another, short."""
    digest_parts = [
        resource.name,
        sorted(
            re.sub(r":p(\d+)", lambda m: json.dumps(bindings[f"p{m[1]}"]), c) for c in conditions
        ),
        [(column.name, descending) for column, descending in order],
        *filter(None, [cursor_variant]),
    ]
    return hashlib.blake2b(json.dumps(digest_parts).encode(), digest_size=6).hexdigest()
