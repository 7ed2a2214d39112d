"""The values of filters: checked against what they may be, and bound as conditions in SQL."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from evidencehub.api.query_draft import QueryDraft
from evidencehub.api.value_lists import find_values_path
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import RequestProblem, make_problem
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import Filter

MAX_VALUE_PROBLEMS = 10  # unknown values of one parameter that are reported
MAX_SEARCH_CHARS = 200  # characters of a search
MAX_LISTED_VALUES = 12  # a longer set of values is not listed in a message
_DATE_PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_WORD_PATTERN = re.compile(r"\w+")
_BOOLEAN_VALUES = {"true": 1, "false": 0}


def parse_filter_values(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[Any]:
    """Return the values of one filter as SQL compares them; reject the others."""
    match filter_.filter_type:
        case "text":
            return _build_search_expression(filter_, values, draft)
        case "from" | "to":
            return _parse_days(filter_, values, draft)
        case "boolean":
            return _parse_booleans(filter_, values, draft)
        case _:
            return _parse_codes(filter_, values, draft)


def _parse_days(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[str]:
    end_of_period = filter_.filter_type == "to"
    days = {value: resolve_day(value, end_of_period=end_of_period) for value in values}
    for value in [value for value, day in days.items() if not day]:
        draft.reject("api/bad-date", filter_.name, value=shorten_value(value))
    return [day for day in days.values() if day]


def _parse_booleans(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[int]:
    for _ in [value for value in values if value not in _BOOLEAN_VALUES]:
        draft.reject("api/bad-value/boolean", filter_.name)
    return [_BOOLEAN_VALUES[value] for value in values if value in _BOOLEAN_VALUES]


def _parse_codes(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[Any]:
    reference_data = draft.reference_data
    value_set = reference_data.value_sets[filter_.value_set]
    unknown_values = [value for value in values if value not in value_set][:MAX_VALUE_PROBLEMS]
    draft.problems += [
        build_unknown_value_problem(filter_.name, filter_.value_set, value, reference_data)
        for value in unknown_values
    ]
    permitted_values = [value for value in values if value in value_set]
    if filter_.value_set != "ethnicity":
        return list(permitted_values)
    permitted_schemes = reference_data.value_sets["scheme"]
    schemes = [s for s in draft.filter_values.get("scheme", ()) if s in permitted_schemes]
    return list(resolve_groups(permitted_values, schemes, reference_data))


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
    """Return the problem of a value that is not in the set `name`, with the nearest that are.

    Of what was withdrawn the problem says so.
    """
    kind = "list" if name == "scheme" else name
    withdrawal = reference_data.withdrawals.by_id.get((kind, value))
    if withdrawal is not None:
        return make_problem(
            "api/unknown-value/withdrawn",
            parameter,
            value=value,
            day=withdrawal.withdrawn_on,
            reason=withdrawal.reason,
        )
    suggestions = reference_data.suggest_values(name, value[:MAX_SEARCH_CHARS])
    value_set = reference_data.value_sets[name]
    if suggestions:
        code = "api/unknown-value/near"
    elif len(value_set) <= MAX_LISTED_VALUES:
        code = "api/unknown-value/few"
    else:
        code = "api/unknown-value"
    return make_problem(
        code,
        parameter,
        suggestions,
        [f"{suggestion} ({value_set[suggestion]})" for suggestion in suggestions],
        value=shorten_value(value),
        values=", ".join(value_set) or "none",
        count=len(value_set),
        path=find_values_path(name, reference_data),
    )


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


def _build_search_expression(
    filter_: Filter, values: Sequence[str], draft: QueryDraft
) -> list[str]:
    """Return a search as FTS5 parses it: each word quoted, so that none is an operator."""
    if any(len(value) > MAX_SEARCH_CHARS for value in values):
        draft.reject("api/too-long", filter_.name, max_chars=MAX_SEARCH_CHARS)
        return []
    words = [word for value in values for word in _WORD_PATTERN.findall(value)]
    return [" ".join(f'"{word}"' for word in words) or '""']


def build_condition(filter_: Filter, values: Sequence[Any], draft: QueryDraft) -> str:
    """Return the condition of a filter in SQL; its values are bound."""
    if not isinstance(values[0], tuple):
        placeholders = ", ".join(map(draft.bind, values))
        return filter_.condition_sql.replace(
            "{}", f"({placeholders})" if filter_.is_repeatable else placeholders
        )
    pairs = [f"({', '.join(map(draft.bind, value))})" for value in values]
    if len(pairs) == 1:  # one pair as an equality, which an index can serve
        return filter_.condition_sql.replace("in (values {})", f"= {pairs[0]}")
    return filter_.condition_sql.replace("{}", ", ".join(pairs))
