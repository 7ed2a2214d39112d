"""Parses the parameters of a request into one checked query; every problem is reported at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from evidencehub.api import cursor
from evidencehub.api.filter_values import build_condition, parse_filter_values, resolve_day
from evidencehub.api.query_draft import QueryDraft
from evidencehub.api.row_selection import (
    describe_selection,
    list_selection_parameters,
    parse_derivation,
    parse_last_periods,
)
from evidencehub.http.parameters import (
    build_repeated_parameter_problem,
    group_params,
    make_unknown_name_problem,
    shorten_value,
)
from evidencehub.http.problem_details import HttpError
from evidencehub.store import query_sql
from evidencehub.store.logical_query import LogicalQuery, Selection
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
    is_availability: bool = False,
) -> LogicalQuery:
    """Return the query in the parameters of an address; raise HttpError (400) with every problem.

    `all_rows` is for formats that stream: without `limit` they give every row. `path_filter` is a
    filter that the path has set already, with its value. `cursor_variant` tells cursors of one kind
    of answer from those of another. With `is_availability` the rows are the codes that there are.
    """
    draft = QueryDraft(resource, reference_data, is_availability=is_availability)
    values_by_name = group_params(params)
    fixed_name, fixed_value = path_filter or ("", "")
    _check_names(values_by_name, fixed_name, draft)
    _check_repeats(values_by_name, draft)
    if path_filter:
        values_by_name[fixed_name] = [fixed_value]
    _add_filters(values_by_name, draft)
    names = _list_common_parameters(draft)
    shared = {n: values_by_name[n][0] for n in names if values_by_name.get(n, [""])[0]}
    return build_query(draft, shared, all_rows=all_rows, cursor_variant=cursor_variant)


def _list_common_parameters(draft: QueryDraft) -> tuple[str, ...]:
    """Return the parameters of a list that are no filters."""
    selections = list_selection_parameters(draft.resource, is_availability=draft.is_availability)
    return (*COMMON_PARAMETERS, *selections)


def _add_filters(values_by_name: Mapping[str, list[str]], draft: QueryDraft) -> None:
    filters = draft.resource.filters_by_name
    draft.filter_values = {n: v for n, v in values_by_name.items() if n in filters}
    required_filter = draft.resource.required_filter
    if required_filter and required_filter not in draft.filter_values:
        draft.reject("api/missing-parameter", required_filter)
    for name, values in draft.filter_values.items():
        draft.name_values(name, values)
        sql_values = parse_filter_values(filters[name], sorted({*values} - {""}), draft)
        if sql_values:
            condition = build_condition(filters[name], sql_values, draft)
            draft.conditions.append(condition)
            draft.filter_conditions[name] = condition
            draft.selections[condition] = Selection(name, sql_values)
    _check_range(draft)


def _check_range(draft: QueryDraft) -> None:
    """Reject days of a start and an end between which no row can lie."""
    start, end = (draft.filter_values.get(name, [""])[0] for name in ("from", "to"))
    first_day = resolve_day(start, end_of_period=False)
    last_day = resolve_day(end, end_of_period=True)
    if draft.resource.comparison_subject and last_day and first_day > last_day:
        draft.reject("api/empty-range", "from", start=start, end=end)


def build_item_query(
    resource: ApiResource, name: str, reference_data: ReferenceData
) -> LogicalQuery:
    """Return the query for a single item, by its id."""
    draft = QueryDraft(resource, reference_data)
    draft.conditions.append(f"{resource.columns_by_name[resource.item_column].sql} = :id")
    draft.bindings["id"] = name
    draft.filter_values["synthetic"] = ["true"]  # whoever names it knows what it is
    return build_query(draft, {"limit": "1"})


def build_query(
    draft: QueryDraft,
    shared: Mapping[str, str],
    *,
    all_rows: bool = False,
    cursor_variant: str = "",
) -> LogicalQuery:
    """Return the query over conditions already parsed; raise HttpError with every problem."""
    labels = _parse_labels(shared.get("labels", "true"), draft)
    last_periods = parse_last_periods(shared, draft)
    derive = parse_derivation(shared, draft)
    limit = _parse_limit(shared.get("limit", ""), draft) or (None if all_rows else DEFAULT_LIMIT)
    exclusion = _build_exclusion(draft)
    draft.conditions += filter(None, [exclusion, draft.resource.fixed_condition])
    row_query = LogicalQuery(
        draft.resource,
        draft.conditions,
        draft.bindings,
        columns=(),
        sort_order=(),
        limit=None,
        cursor_position=None,
        filter_values=draft.filter_values,
        digest="",
        include_labels=labels,
        exclusion=exclusion,
        resolved=draft.resolved,
        last_periods=last_periods,
        filter_conditions=draft.filter_conditions,
        selections=draft.selections,
    )
    resource = derive(row_query) if derive else draft.resource
    columns = _parse_fields(shared.get("fields", ""), resource, draft, labels=labels)
    order = _parse_sort(shared.get("sort", ""), resource, draft)
    selection = describe_selection(shared, last_periods, draft)
    digest = _compute_digest(draft, order, [*selection, *filter(None, [cursor_variant])])
    position_length = 1 if cursor_variant else len(order) + len(resource.key_columns)
    cursor_text = shared.get("cursor", "")
    position, origin = cursor.decode_cursor(cursor_text, digest, position_length, draft)
    if draft.problems:
        raise HttpError(400, draft.problems)
    query = replace(
        row_query,
        columns=columns,
        sort_order=order,
        limit=limit,
        cursor_position=position,
        digest=digest,
        cursor_origin=origin,
        single_valued_filters=frozenset(
            name for name, values in draft.filter_values.items() if len(set(values)) == 1
        ),
    )
    return _count_rows(query, resource, row_query) if derive else query


def _count_rows(
    query: LogicalQuery, resource: ApiResource, row_query: LogicalQuery
) -> LogicalQuery:
    """Return the query of counts, whose tables have the conditions on the rows within them."""
    return replace(
        query,
        resource=resource,
        conditions=(),
        exclusion="",
        last_periods=0,
        single_valued_filters=frozenset(),
        source_query=row_query,
    )


def _check_names(
    values_by_name: Mapping[str, list[str]], fixed_name: str, draft: QueryDraft
) -> None:
    """Reject parameters that are not known, and parameters without a value."""
    names = (*draft.resource.filters_by_name, *_list_common_parameters(draft))
    allowed = [name for name in names if name != fixed_name]
    for name, values in values_by_name.items():
        if name not in allowed:
            code, place = "api/unknown-parameter", shorten_value(name)
            draft.problems.append(make_unknown_name_problem(code, place, name, allowed))
        elif not all(values):
            draft.reject("api/empty-parameter", name)


def _check_repeats(values_by_name: Mapping[str, list[str]], draft: QueryDraft) -> None:
    filters = draft.resource.filters_by_name
    for name, values in values_by_name.items():
        is_shared = name in _list_common_parameters(draft)
        single = is_shared or (name in filters and not filters[name].is_repeatable)
        if single and len(values) > 1:
            draft.problems.append(build_repeated_parameter_problem(name, len(values)))
        elif len(values) > MAX_FILTER_VALUES:
            draft.reject("api/too-many-values", name, max_count=MAX_FILTER_VALUES)


def _build_exclusion(draft: QueryDraft) -> str:
    """Return the condition that leaves out synthetic rows whose dataset or indicator nobody named.

    It is empty where nothing is to be left out.
    """
    dataset_sql = draft.resource.comparability_sql.get("dataset")
    if not dataset_sql or "synthetic" in draft.filter_values:
        return ""
    reference_data, named_values = draft.reference_data, draft.named_values
    datasets = reference_data.synthetic_datasets - named_values.get("dataset", set())
    named_indicators = {*named_values.get("indicator", ()), *named_values.get("indicators", ())}
    indicators = [
        name
        for name in sorted(named_indicators & reference_data.indicators.keys())
        if reference_data.indicators[name]["dataset"] in datasets
    ]
    if not datasets:
        return ""
    exclusion = query_sql.build_exclusion(draft.resource, sorted(datasets), indicators)
    draft.selections[exclusion] = Selection(
        "dataset", sorted(datasets), indicators, is_excluded=True
    )
    return exclusion


def _parse_labels(text: str, draft: QueryDraft) -> bool:
    if text not in ("true", "false"):
        draft.reject("api/bad-value/boolean", "labels")
    return text != "false"


def _parse_fields(
    text: str, resource: ApiResource, draft: QueryDraft, *, labels: bool
) -> list[ResourceColumn]:
    columns = resource.columns_by_name
    if not text:
        return [column for column in columns.values() if labels or not column.is_label]
    names = list(dict.fromkeys(text.split(",")))
    _reject_unknown_columns("fields", names, columns, draft)
    return [columns[name] for name in names if name in columns]


def _parse_sort(
    text: str, resource: ApiResource, draft: QueryDraft
) -> list[tuple[ResourceColumn, bool]]:
    names = text.split(",") if text else []
    sortable = resource.sortable_columns
    _reject_unknown_columns("sort", [name.removeprefix("-") for name in names], sortable, draft)
    descending_by_column: dict[str, bool] = {}
    for name in names:  # a column that is named a second time would change nothing
        descending_by_column.setdefault(name.removeprefix("-"), name.startswith("-"))
    return [
        (resource.columns_by_name[name], descending)
        for name, descending in descending_by_column.items()
        if name in sortable
    ]


def _reject_unknown_columns(
    parameter: str, names: Iterable[str], allowed: Collection[str], draft: QueryDraft
) -> None:
    draft.problems += [
        make_unknown_name_problem("api/unknown-column", parameter, name, allowed)
        for name in names
        if name not in allowed
    ]


def _parse_limit(text: str, draft: QueryDraft) -> int | None:
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    draft.reject("api/bad-number/limit", "limit", maximum=MAX_LIMIT)
    return None


def _compute_digest(
    draft: QueryDraft, order: Sequence[tuple[ResourceColumn, bool]], variants: Sequence[str]
) -> str:
    """What tells one choice and order of rows from another, short: as asked, not as compiled.

    What is left out unless it is named, or which codes a value stands for, changes with what is
    published, and no publication may end a cursor of rows that it does not touch.
    """
    digest_parts = [
        draft.resource.name,
        sorted((name, sorted(set(map(str, v)))) for name, v in draft.filter_values.items()),
        draft.condition_tree,
        [(column.name, descending) for column, descending in order],
        *variants,
    ]
    return hashlib.blake2b(json.dumps(digest_parts).encode(), digest_size=6).hexdigest()
