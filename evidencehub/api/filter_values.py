"""The values of filters: checked against what they may be, and bound as conditions in SQL."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from evidencehub.http.parameters import add_suggestions, shorten_value
from evidencehub.http.problem_details import RequestProblem
from evidencehub.store.logical_query import ParamValues
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import Filter

MAX_VALUE_PROBLEMS = 10  # unknown values of one parameter that are reported
MAX_SEARCH_CHARS = 200  # characters of a search
MAX_LISTED_VALUES = 12  # a longer set of values is not listed in a message
_DATE_PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_WORD_PATTERN = re.compile(r"\w+")
_BOOLEAN_VALUES = {"true": 1, "false": 0}


def parse_filter_values(
    filter_: Filter,
    values: Sequence[str],
    reference_data: ReferenceData,
    filter_values: ParamValues,
) -> tuple[list[Any], list[RequestProblem]]:
    """Return the values of one filter as SQL compares them, and what is wrong with them."""
    match filter_.filter_type:
        case "text":
            return _build_search_expression(filter_, values)
        case "from" | "to":
            return _parse_days(filter_, values)
        case "boolean":
            return _parse_booleans(filter_, values)
        case _:
            return _parse_codes(filter_, values, reference_data, filter_values)


def _parse_days(filter_: Filter, values: Sequence[str]) -> tuple[list[Any], list[RequestProblem]]:
    end_of_period = filter_.filter_type == "to"
    days = {value: resolve_day(value, end_of_period=end_of_period) for value in values}
    problems = [_build_date_problem(filter_.name, value) for value, day in days.items() if not day]
    return [day for day in days.values() if day], problems


def _parse_booleans(
    filter_: Filter, values: Sequence[str]
) -> tuple[list[Any], list[RequestProblem]]:
    problems = [
        RequestProblem("bad-value", "The value must be true or false.", filter_.name)
        for value in values
        if value not in _BOOLEAN_VALUES
    ]
    return [_BOOLEAN_VALUES[value] for value in values if value in _BOOLEAN_VALUES], problems


def _parse_codes(
    filter_: Filter,
    values: Sequence[str],
    reference_data: ReferenceData,
    filter_values: ParamValues,
) -> tuple[list[Any], list[RequestProblem]]:
    value_set = reference_data.value_sets[filter_.value_set]
    unknown_values = [value for value in values if value not in value_set][:MAX_VALUE_PROBLEMS]
    problems = [
        build_unknown_value_problem(filter_.name, filter_.value_set, value, reference_data)
        for value in unknown_values
    ]
    permitted_values = [value for value in values if value in value_set]
    if filter_.value_set != "ethnicity":
        return list(permitted_values), problems
    permitted_schemes = reference_data.value_sets["scheme"]
    schemes = [s for s in filter_values.get("scheme", ()) if s in permitted_schemes]
    return list(resolve_groups(permitted_values, schemes, reference_data)), problems


def resolve_groups(
    values: Iterable[str], schemes: Sequence[str], reference_data: ReferenceData
) -> list[tuple[str, str]]:
    """Return each group as scheme and code; a code alone stands for it in each scheme given."""
    pairs = []
    for value in values:
        if value in reference_data.schemes_by_group:
            pairs += [
                (s, value)
                for s in reference_data.schemes_by_group[value]
                if not schemes or s in schemes
            ]
        else:
            scheme, _, code = value.partition(":")
            pairs.append((scheme, code))
    return pairs or [("", "")]  # permitted, but in none of the requested schemes


def build_unknown_value_problem(
    parameter: str, name: str, value: str, reference_data: ReferenceData
) -> RequestProblem:
    """Return the problem of a value that is not in the set `name`, with the nearest that are."""
    suggestions = reference_data.suggest_values(name, value[:MAX_SEARCH_CHARS])
    value_set = reference_data.value_sets[name]
    text = f"“{shorten_value(value)}” is not a permitted value."
    if suggestions:
        text = add_suggestions(text, [f"{code} ({value_set[code]})" for code in suggestions])
    elif len(value_set) <= MAX_LISTED_VALUES:
        text += f" Permitted values: {', '.join(value_set) or 'none'}."
    else:
        text += f" There are {len(value_set)} permitted values; see /openapi.json."
    return RequestProblem("unknown-value", text, parameter, suggestions)


def resolve_day(text: str, *, end_of_period: bool) -> str:
    """Return the first or last day of a year, month or day in ISO 8601; empty for no date.

    >>> resolve_day("2024-02", end_of_period=True)
    '2024-02-29'
    """
    match = _DATE_PATTERN.fullmatch(text)
    if match is None:
        return ""
    year, month, day_of_month = match.groups()
    month_number = int(month or (12 if end_of_period else 1))
    try:
        day = date(int(year), month_number, int(day_of_month or 1))
        if end_of_period and not day_of_month:
            day = day.replace(day=monthrange(day.year, day.month)[1])
    except ValueError:
        return ""
    return day.isoformat()


def _build_date_problem(parameter: str, value: str) -> RequestProblem:
    return RequestProblem(
        "bad-date",
        (
            f"“{shorten_value(value)}” is not a valid date. Use a year (2024), a month "
            "(2024-03) or a day (2024-03-31)."
        ),
        parameter,
    )


def _build_search_expression(
    filter_: Filter, values: Sequence[str]
) -> tuple[list[str], list[RequestProblem]]:
    """Return a search as FTS5 parses it: each word quoted, so that none is an operator."""
    if any(len(value) > MAX_SEARCH_CHARS for value in values):
        return [], [
            RequestProblem(
                "too-long",
                f"The maximum is {MAX_SEARCH_CHARS} characters. Shorten the text.",
                filter_.name,
            )
        ]
    words = [word for value in values for word in _WORD_PATTERN.findall(value)]
    return [" ".join(f'"{word}"' for word in words) or '""'], []


def build_condition(filter_: Filter, values: Sequence[Any], bindings: dict[str, Any]) -> str:
    """Return the condition of a filter in SQL; its values are added to `bindings`."""
    value_placeholders = []
    for value in values:
        components = value if isinstance(value, tuple) else (value,)
        start = len(bindings)
        bindings |= {f"p{start + i}": component for i, component in enumerate(components)}
        placeholders = ", ".join(f":p{start + i}" for i in range(len(components)))
        value_placeholders.append(f"({placeholders})" if isinstance(value, tuple) else placeholders)
    if len(value_placeholders) == 1 and isinstance(values[0], tuple):
        # one pair as an equality, which an index can serve
        return filter_.condition_sql.replace("in (values {})", f"= {value_placeholders[0]}")
    placeholder_list = ", ".join(value_placeholders)
    if not filter_.is_repeatable or isinstance(values[0], tuple):
        return filter_.condition_sql.replace("{}", placeholder_list)
    return filter_.condition_sql.replace("{}", f"({placeholder_list})")
