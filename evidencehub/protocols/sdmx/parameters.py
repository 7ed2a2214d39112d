"""Parameters of a resource: unknown and repeated ones are refused, those not offered by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from evidencehub.http.parameters import (
    build_repeated_parameter_problem,
    group_params,
    shorten_value,
    suggest_names,
)
from evidencehub.http.problem_details import HttpError, RequestProblem, make_problem

COMPONENT_FILTER = re.compile(r"c\[([A-Za-z][A-Za-z0-9_-]*)\]")
_HISTORY = "sdmx/not-offered"
_PAGING = "sdmx/not-offered/paging"
_NOT_OFFERED = {
    "updatedAfter": (_HISTORY, ""),
    "asOf": (_HISTORY, ""),
    "includeHistory": (_HISTORY, "false"),
    "offset": (_PAGING, "0"),
    "limit": (_PAGING, ""),
    "sort": (_PAGING, ""),
    "reportingYearStartDay": (_HISTORY, "--01-01"),
    "deletion": (_HISTORY, "false"),
    "explicitMeasure": (_HISTORY, "false"),
}
"""Parameters of the standard that are refused: with which message, but for which value."""


def parse_parameters(
    params: Iterable[tuple[str, str]], allowed: Sequence[str], refused: Sequence[str] = ()
) -> dict[str, str]:
    """Return the value of each parameter that is given and not empty.

    `refused` are those of the standard that this resource has and the hub does not offer. Raise
    HttpError (400) with every problem. Where `c` is allowed, so is c[component].
    """
    values: dict[str, str] = {}
    problems: list[RequestProblem] = []
    for name, values_of_name in group_params(params).items():
        problem = _find_problem(name, values_of_name, allowed, refused)
        if problem:
            problems.append(problem)
        elif values_of_name[0] and name not in refused:
            values[name] = values_of_name[0]
    if problems:
        raise HttpError(400, problems)
    return values


def _find_problem(
    name: str, values_of_name: Sequence[str], allowed: Sequence[str], refused: Sequence[str]
) -> RequestProblem | None:
    is_filter = "c" in allowed and COMPONENT_FILTER.fullmatch(name) is not None
    if not is_filter and (name == "c" or name not in (*allowed, *refused)):
        return _build_unknown_problem(name, allowed)
    if len(values_of_name) > 1:
        return build_repeated_parameter_problem(name, len(values_of_name))
    code, harmless = _NOT_OFFERED[name] if name in refused else ("", values_of_name[0])
    is_harmless = values_of_name[0] in ("", harmless)
    return None if is_harmless else make_problem(code, name, name=name)


def _build_unknown_problem(name: str, allowed: Sequence[str]) -> RequestProblem:
    if not allowed:
        return make_problem("sdmx/unknown-parameter/none", name, name=shorten_value(name))
    near = suggest_names(name, allowed)
    listed = ", ".join("c[…]" if item == "c" else item for item in allowed)
    return make_problem(
        "sdmx/unknown-parameter", name, near, near, name=shorten_value(name), allowed=listed
    )


def choose(values: Mapping[str, str], name: str, choices: Sequence[str], default: str) -> str:
    """Return the value of a parameter that has a few; raise HttpError (400) for any other."""
    value = values.get(name, default)
    if value not in choices:
        raise HttpError(400, [_build_choice_problem(name, value, choices)])
    return value


def parse_choices(
    values: Mapping[str, str], name: str, choices: Sequence[str], default: str
) -> list[str]:
    """Return the values, with commas between, of a parameter; raise HttpError (400) for others."""
    chosen = values.get(name, default).split(",")
    unknown = [value for value in chosen if value not in choices]
    if unknown:
        raise HttpError(400, [_build_choice_problem(name, value, choices) for value in unknown])
    return chosen


def _build_choice_problem(name: str, value: str, choices: Sequence[str]) -> RequestProblem:
    shortened = shorten_value(value)
    return make_problem(
        "sdmx/bad-value", name, value=shortened, name=name, choices=", ".join(choices)
    )


def parse_count(values: Mapping[str, str], name: str) -> int:
    """Return a whole number from 1, 0 where it is not given; raise HttpError (400) for others."""
    text = values.get(name, "")
    if not text:
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        problem = make_problem("sdmx/bad-value/count", name, value=shorten_value(text), name=name)
        raise HttpError(400, [problem])
    return int(text)
