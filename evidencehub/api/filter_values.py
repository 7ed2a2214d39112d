"""The values of filters: checked against what they may be, and bound as conditions in SQL."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from evidencehub.api.query_draft import QueryDraft
from evidencehub.api.value_lists import find_values_path
from evidencehub.domain.age import list_ages_within
from evidencehub.domain.unicode_text import fold_text
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import RequestProblem, make_problem
from evidencehub.store.hierarchies import FACET_SCHEME
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import Filter

MAX_VALUE_PROBLEMS = 10  # unknown values of one parameter that are reported
MAX_SEARCH_CHARS = 200  # characters of a search
MAX_LISTED_VALUES = 12  # a longer set of values is not listed in a message
_DATE_PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_NUMBER_PATTERN = re.compile(r"\d{1,3}(\.\d{1,340})?(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
MAX_PERCENTAGE = 100
_BOOLEAN_VALUES = {"true": 1, "false": 0}


def parse_filter_values(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[Any]:
    """Return the values of one filter as SQL compares them; reject the others."""
    match filter_.filter_type:
        case "text":
            return _check_search_texts(filter_, values, draft)
        case "at_least":
            return _parse_percentages(filter_, values, draft)
        case "part":
            return _parse_parts(filter_, values, draft)
        case "from" | "to":
            return _parse_days(filter_, values, draft)
        case "boolean":
            return _parse_booleans(filter_, values, draft)
        case _:
            return _parse_codes(filter_, values, draft)


def _parse_percentages(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[float]:
    numbers = [float(value) for value in values if _NUMBER_PATTERN.fullmatch(value)]
    if len(numbers) < len(values) or any(number > MAX_PERCENTAGE for number in numbers):
        draft.reject("api/bad-value/percentage", filter_.name)
    return numbers


def _parse_parts(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[str]:
    """Return parts of a text as they are compared: without case and accents."""
    if any(len(value) > MAX_SEARCH_CHARS for value in values):
        draft.reject("api/too-long", filter_.name, max_chars=MAX_SEARCH_CHARS)
    parts = [fold_text(value) for value in values]
    if not all(parts):  # of accents alone nothing is left to look for
        draft.reject("api/empty-parameter", filter_.name)
    return parts


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
    if filter_.value_set == "ethnicity":
        return _resolve_groups(filter_, permitted_values, draft)
    if filter_.includes_lower:
        return resolve_lower(filter_.name, filter_.value_set, permitted_values, draft)
    return list(permitted_values)


def resolve_lower(name: str, value_set: str, values: Iterable[str], draft: QueryDraft) -> list[str]:
    """Return areas or ages and all within them, and keep what each value of `name` stands for."""
    reference_data = draft.reference_data
    if value_set == "age":
        ages = reference_data.value_sets["age"]
        codes = {value: list_ages_within(value, ages) for value in values}
    else:
        codes = {value: reference_data.hierarchies.list_areas_within(value) for value in values}
    draft.resolved.setdefault(name, {}).update(codes)
    return list(dict.fromkeys(code for within in codes.values() for code in within))


def _resolve_groups(
    filter_: Filter, values: Iterable[str], draft: QueryDraft
) -> list[tuple[str, str]]:
    """Return the groups of a filter, as scheme and code, in the schemes that are given."""
    permitted_schemes = draft.reference_data.value_sets["scheme"]
    schemes = [s for s in draft.filter_values.get("scheme", ()) if s in permitted_schemes]
    groups: dict[tuple[str, str], None] = {}
    for value in values:
        resolved = resolve_group(
            value, draft.reference_data, schemes, includes_lower=filter_.includes_lower
        )
        groups |= dict.fromkeys(resolved)
        if resolved != [split_group(value)]:
            codes = [f"{scheme}:{code}" for scheme, code in resolved]
            draft.resolved.setdefault(filter_.name, {})[value] = codes
    return list(groups) or [("", "")]  # permitted, but in none of the requested schemes


def resolve_group(
    value: str,
    reference_data: ReferenceData,
    schemes: Sequence[str] = (),
    *,
    includes_lower: bool = False,
) -> list[tuple[str, str]]:
    """Return the groups, as scheme and code, that a value stands for; only of `schemes` if given.

    A code alone stands for it in every scheme that has it. A code of the navigation facet stands
    for all groups under it, since the facet is for finding values and none is published in it; a
    code alone does so only if no classification has the same code.
    """
    is_code_alone = value in reference_data.schemes_by_group
    groups = _list_exact(value, reference_data)
    is_facet = len(groups) == 1 and groups[0][0] == FACET_SCHEME
    if includes_lower or is_facet:
        groups = _list_lower(groups, reference_data, is_facet=is_facet)
    if schemes and (is_code_alone or is_facet):
        groups = [group for group in groups if group[0] in schemes]
    return groups


def _list_exact(value: str, reference_data: ReferenceData) -> list[tuple[str, str]]:
    """Return the group with its scheme, or the code alone in every scheme that has it."""
    schemes = reference_data.schemes_by_group.get(value)
    return [(scheme, value) for scheme in schemes] if schemes else [split_group(value)]


def _list_lower(
    groups: Iterable[tuple[str, str]], reference_data: ReferenceData, *, is_facet: bool
) -> list[tuple[str, str]]:
    """Return groups and those below them; below a code of the facet only if it is meant."""
    hierarchies, lower = reference_data.hierarchies, dict[tuple[str, str], None]()
    for group in groups:
        is_exact = group[0] == FACET_SCHEME and not is_facet
        lower |= dict.fromkeys([group] if is_exact else hierarchies.list_groups_within(group))
    return list(lower)


def split_group(value: str) -> tuple[str, str]:
    """Return the scheme and the code of a group that is named with both."""
    scheme, _, code = value.partition(":")
    return scheme, code


def build_unknown_value_problem(
    parameter: str, name: str, value: str, reference_data: ReferenceData
) -> RequestProblem:
    """Return the problem of a value that is not in the set `name`, with the nearest that are.

    Of what was withdrawn the problem says so.
    """
    kind = "list" if name in ("scheme", "classification") else name
    withdrawal = reference_data.withdrawals.by_id.get((kind, value))
    if withdrawal is not None:
        return make_problem(
            "api/unknown-value/withdrawn",
            parameter,
            value=value,
            day=withdrawal.withdrawn_on,
            reason=withdrawal.reason,
        )
    if name == "classification" and value in reference_data.value_sets["scheme"]:
        return make_problem("api/unknown-value/facet", parameter, value=value)
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


def _check_search_texts(filter_: Filter, values: Sequence[str], draft: QueryDraft) -> list[str]:
    """Return a search as it was written, or nothing if it is too long."""
    if any(len(value) > MAX_SEARCH_CHARS for value in values):
        draft.reject("api/too-long", filter_.name, max_chars=MAX_SEARCH_CHARS)
        return []
    return list(values)


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
