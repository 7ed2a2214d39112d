"""From what a client asked to one checked question; everything that is wrong is told at once."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from evidencehub.api import cursor
from evidencehub.http.problem_details import HttpError, RequestProblem
from evidencehub.store.logical_query import LogicalQuery, ParamValues
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
MAX_FILTER_VALUES = 25  # of one parameter; a posted question may have more
MAX_VALUE_PROBLEMS = 10  # values of one parameter that are told to be wrong
MAX_SEARCH_CHARS = 200  # characters of a search
COMMON_PARAMETERS = ("fields", "sort", "limit", "cursor", "labels")
_DATE_PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_WORD_PATTERN = re.compile(r"\w+")
_SCHEMES = ("scheme", "ethnicity")


def parse_query_string(query: bytes) -> list[tuple[str, str]]:
    """The parameters of an address, in their order; raises RefusedError where it has none.

    A plus sign is a space, as in forms.
    """
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000
        )
    except (UnicodeDecodeError, ValueError):
        fault = RequestProblem(
            "bad-address", "The address cannot be read: it must be UTF-8, and short."
        )
        raise HttpError(400, [fault]) from None


def parse_query(
    resource: ApiResource,
    params: Iterable[tuple[str, str]],
    known: ReferenceData,
    *,
    all_rows: bool = False,
    path_filter: tuple[str, str] | None = None,
    cursor_variant: str = "",
) -> LogicalQuery:
    """The question in the parameters of an address; raises RefusedError (400) with every fault.

    `all_rows` is for formats that stream: without `limit` they give every row. `path_filter` is a
    filter that the path has set already, with its value. `cursor_variant` tells cursors of one kind
    of answer from those of another.
    """
    values_by_name: dict[str, list[str]] = {}
    for name, value in params:
        values_by_name.setdefault(name, []).append(value)
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
        sql_values, new_problems = _parse_filter_values(
            filter_, sorted({v for v in values if v}), known, filter_values
        )
        problems += new_problems
        if sql_values:
            conditions.append(_build_condition(filter_, sql_values, bindings))
    shared = {n: values_by_name[n][0] for n in COMMON_PARAMETERS if values_by_name.get(n, [""])[0]}
    return build_query(
        resource,
        shared,
        conditions,
        bindings,
        filter_values,
        problems,
        known,
        all_rows=all_rows,
        cursor_variant=cursor_variant,
    )


def build_item_query(resource: ApiResource, name: str, known: ReferenceData) -> LogicalQuery:
    """The question for a single item, by its id."""
    column = resource.columns_by_name[resource.item_column]
    where, bindings = [f"{column.sql} = :id"], {"id": name}
    shared = {"limit": "1"}
    filter_values = {"synthetic": ["true"]}  # whoever names it knows what it is
    return build_query(
        resource, shared, where, dict(bindings), filter_values, [], known, all_rows=False
    )


def build_query(
    resource: ApiResource,
    shared: Mapping[str, str],
    conditions: list[str],
    bound: dict[str, Any],
    filter_values: ParamValues,
    problems: list[RequestProblem],
    known: ReferenceData,
    *,
    all_rows: bool,
    cursor_variant: str = "",
) -> LogicalQuery:
    """The question, when its conditions are known; raises RefusedError with every fault."""
    labels, new_problems = _parse_labels(shared.get("labels", "true"))
    problems += new_problems
    columns, new_problems = _parse_fields(resource, shared.get("fields", ""), labels=labels)
    problems += new_problems
    order, new_problems = _parse_sort(resource, shared.get("sort", ""))
    problems += new_problems
    limit, new_problems = _parse_limit(shared.get("limit", ""), None if all_rows else DEFAULT_LIMIT)
    problems += new_problems
    synthetic_condition = _build_synthetic_condition(resource, filter_values, known)
    if synthetic_condition:
        conditions.append(synthetic_condition)
    if resource.fixed_condition:
        conditions.append(resource.fixed_condition)
    digest = _compute_digest(resource, conditions, bound, order, cursor_variant)
    cursor_position, new_problems = cursor.decode_cursor(
        shared.get("cursor", ""), digest, known.edition
    )
    problems += new_problems
    if cursor_position is not None and not cursor.is_valid_position(
        cursor_position, 1 if cursor_variant else len(order) + len(resource.key_columns)
    ):
        problems.append(cursor.build_invalid_cursor_problem())
    if problems:
        only_outdated = all(fault.code == "cursor-outdated" for fault in problems)
        raise HttpError(410 if only_outdated else 400, problems)
    fixed = frozenset(name for name, values in filter_values.items() if len(set(values)) == 1)
    return LogicalQuery(
        resource,
        conditions,
        bound,
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
            suggestions = difflib.get_close_matches(name, allowed, 3, 0.5)
            yield RequestProblem(
                "unknown-parameter",
                (
                    f"There is no parameter “{shorten_value(name)}” here. Known are "
                    f"{', '.join(allowed)}."
                ),
                shorten_value(name),
                suggestions,
            )
        elif not all(values):
            yield RequestProblem(
                "empty-parameter", "It has no value. Give one, or leave it out.", name
            )


def _check_repeats(
    resource: ApiResource, values_by_name: Mapping[str, list[str]]
) -> Iterable[RequestProblem]:
    for name, values in values_by_name.items():
        filter_ = resource.filters_by_name.get(name)
        single = name in COMMON_PARAMETERS or (filter_ is not None and not filter_.is_repeatable)
        if single and len(values) > 1:
            yield RequestProblem(
                "repeated-parameter", f"It stands {len(values)} times; once will do.", name
            )
        elif len(values) > MAX_FILTER_VALUES:
            yield RequestProblem(
                "too-many-values", f"At most {MAX_FILTER_VALUES} values, please.", name
            )


def _check_required(resource: ApiResource, filter_values: ParamValues) -> Iterable[RequestProblem]:
    if resource.required_filter and resource.required_filter not in filter_values:
        yield RequestProblem(
            "missing-parameter", "This parameter has to be given.", resource.required_filter
        )


def _parse_filter_values(
    filter_: Filter, values: Sequence[str], known: ReferenceData, filter_values: ParamValues
) -> tuple[list[Any], list[RequestProblem]]:
    """The values of one filter as SQL compares them, and what is wrong with them."""
    if filter_.filter_type == "text":
        return _build_search_expression(filter_, values)
    if filter_.filter_type in ("from", "to"):
        days = [resolve_day(value, end_of_period=filter_.filter_type == "to") for value in values]
        problems = [
            build_date_problem(filter_.name, v)
            for v, known_values in zip(values, days, strict=True)
            if not known_values
        ]
        return [known_values for known_values in days if known_values], problems
    if filter_.filter_type == "boolean":
        flags = [{"true": 1, "false": 0}.get(value) for value in values]
        return [t for t in flags if t is not None], [
            RequestProblem("bad-value", "It must be true or false.", filter_.name)
            for t in flags
            if t is None
        ]
    value_set = known.value_sets[filter_.value_set]
    unknown_values = [value for value in values if value not in value_set][:MAX_VALUE_PROBLEMS]
    problems = [
        build_unknown_value_problem(filter_.name, filter_.value_set, value, known)
        for value in unknown_values
    ]
    known_values = [value for value in values if value in value_set]
    if filter_.value_set != "ethnicity":
        return list(known_values), problems
    schemes = [s for s in filter_values.get("scheme", ()) if s in known.value_sets["scheme"]]
    return resolve_groups(known_values, schemes, known), problems


def resolve_groups(
    values: Iterable[str], schemes: Sequence[str], known: ReferenceData
) -> list[tuple[str, str]]:
    """Each group as scheme and code; a code alone is taken in every scheme that is wanted."""
    pairs = []
    for value in values:
        if value in known.schemes_by_group:
            pairs += [
                (s, value) for s in known.schemes_by_group[value] if not schemes or s in schemes
            ]
        else:
            scheme, _, code = value.partition(":")
            pairs.append((scheme, code))
    return pairs or [("", "")]  # known, but not in the schemes that are asked for


def build_unknown_value_problem(
    parameter: str, name: str, value: str, known: ReferenceData
) -> RequestProblem:
    """A value that is not in the set of this name, with those that come closest."""
    suggestions = known.suggest_values(name, value[:MAX_SEARCH_CHARS])
    value_set = known.value_sets[name]
    if suggestions:
        hint = (
            "Did you mean "
            + " or ".join(f"{code} ({value_set[code]})" for code in suggestions)
            + "?"
        )
    elif len(value_set) <= 12:
        hint = f"Known are {', '.join(value_set) or 'none'}."
    else:
        hint = f"{len(value_set)} values are known; /openapi.json lists them."
    return RequestProblem(
        "unknown-value", f"“{shorten_value(value)}” is not known. {hint}", parameter, suggestions
    )


def shorten_value(text: str) -> str:
    """A value as it may be shown in a message: without control characters, not too long."""
    printable = "".join(c if c.isprintable() else "�" for c in text)
    return printable if len(printable) <= 80 else printable[:80] + "…"


def resolve_day(text: str, *, end_of_period: bool) -> str:
    """The first or last day of a year, month or day, as ISO writes it; empty for no date.

    >>> resolve_day("2024-02", end_of_period=True)
    '2024-02-29'
    """
    match = _DATE_PATTERN.fullmatch(text)
    if match is None:
        return ""
    year, month, day_of_month = match.groups()
    try:
        if day_of_month:
            return date(int(year), int(month), int(day_of_month)).isoformat()
        first_of_month = date(int(year), int(month or (12 if end_of_period else 1)), 1)
    except ValueError:
        return ""
    if not end_of_period:
        return first_of_month.isoformat()
    next_month = (first_of_month.month == 12, first_of_month.month % 12 + 1)
    if first_of_month.year == 9999 and next_month[0]:
        return "9999-12-31"
    return date.fromordinal(
        date(first_of_month.year + next_month[0], next_month[1], 1).toordinal() - 1
    ).isoformat()


def build_date_problem(parameter: str, value: str) -> RequestProblem:
    """A text that is no date."""
    return RequestProblem(
        "bad-date",
        f"“{shorten_value(value)}” is no date. Write a year (2024), a month (2024-03) or a day "
        "(2024-03-31).",
        parameter,
    )


def _build_search_expression(
    filter_: Filter, values: Sequence[str]
) -> tuple[list[str], list[RequestProblem]]:
    """A search as FTS5 takes it: every word, quoted, so that nothing in it is an operator."""
    if any(len(value) > MAX_SEARCH_CHARS for value in values):
        return [], [
            RequestProblem(
                "too-long", f"At most {MAX_SEARCH_CHARS} characters, please.", filter_.name
            )
        ]
    words = [word for value in values for word in _WORD_PATTERN.findall(value)]
    return [" ".join(f'"{word}"' for word in words) or '""'], []


def _build_condition(filter_: Filter, values: Sequence[Any], bound: dict[str, Any]) -> str:
    """The filter's condition, its values put into `bound`."""
    value_placeholders = []
    for value in values:
        components = value if isinstance(value, tuple) else (value,)
        start = len(bound)
        bound |= {f"p{start + i}": component for i, component in enumerate(components)}
        placeholders = ", ".join(f":p{start + i}" for i in range(len(components)))
        value_placeholders.append(f"({placeholders})" if isinstance(value, tuple) else placeholders)
    if len(value_placeholders) == 1 and isinstance(values[0], tuple):
        # one pair as an equality, which an index can serve
        return filter_.condition_sql.replace("in (values {})", f"= {value_placeholders[0]}")
    placeholder_list = ", ".join(value_placeholders)
    if not filter_.is_repeatable or isinstance(values[0], tuple):
        return filter_.condition_sql.replace("{}", placeholder_list)
    return filter_.condition_sql.replace("{}", f"({placeholder_list})")


def _build_synthetic_condition(
    resource: ApiResource, filter_values: ParamValues, known: ReferenceData
) -> str:
    """Made-up figures are left out, unless what they belong to is asked for by its name."""
    if not known.synthetic_datasets or not resource.dataset_sql or "synthetic" in filter_values:
        return ""
    requested_datasets = {*filter_values.get("dataset", ())}
    requested_datasets |= {
        known.indicators[name]["dataset"]
        for name in filter_values.get("indicator", ())
        if name in known.indicators
    }
    hidden_datasets = sorted(known.synthetic_datasets - requested_datasets)
    quoted_names = ", ".join("'" + name.replace("'", "''") + "'" for name in hidden_datasets)
    return f"{resource.dataset_sql} not in ({quoted_names})" if hidden_datasets else ""


def _parse_labels(text: str) -> tuple[bool, list[RequestProblem]]:
    problems = (
        []
        if text in ("true", "false")
        else [RequestProblem("bad-value", "It must be true or false.", "labels")]
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
    suggestions = difflib.get_close_matches(name, list(names), 3, 0.5)
    return RequestProblem(
        "unknown-column",
        f"There is no column “{shorten_value(name)}” to put here. Known are {', '.join(names)}.",
        parameter,
        suggestions,
    )


def _parse_limit(text: str, default: int | None) -> tuple[int | None, list[RequestProblem]]:
    if not text:
        return default, []
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_LIMIT:
        return default, [
            RequestProblem(
                "bad-number", f"It must be a whole number from 1 to {MAX_LIMIT}.", "limit"
            )
        ]
    return int(text), []


def _compute_digest(
    resource: ApiResource,
    conditions: Sequence[str],
    bound: Mapping[str, Any],
    order: Sequence[tuple[ResourceColumn, bool]],
    cursor_variant: str,
) -> str:
    """What tells one choice and order of rows from another, short."""
    digest_parts = [
        resource.name,
        sorted(re.sub(r":p(\d+)", lambda m: json.dumps(bound[f"p{m[1]}"]), c) for c in conditions),
        [(column.name, descending) for column, descending in order],
        *filter(None, [cursor_variant]),
    ]
    return hashlib.blake2b(json.dumps(digest_parts).encode(), digest_size=6).hexdigest()
