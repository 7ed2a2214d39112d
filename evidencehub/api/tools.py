"""The API as tools for programs that read and reason in words: what each takes, what it asks.

A tool is a row here; the address that it asks is answered by the API with all its strictness, so
that an answer of a tool says what the API says: releases, terms and comparability included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.api import details
from evidencehub.api.answer_links import AVAILABILITY, BASE
from evidencehub.api.json_schema import JsonSchema, describe_object
from evidencehub.api.resources import RESOURCES

Arguments = Mapping[str, Any]
Address = tuple[str, Sequence[tuple[str, str]]]
DEFAULT_ROWS, MAX_ROWS = 50, 1_000  # of an answer, which somebody reads as text
COMPARISONS: Mapping[str, str] = {
    "groups": "gaps",
    "inequality": "inequality",
    "countries": "compare",
}
"""What can be compared, and the resource that compares it."""
INSTRUCTIONS = (
    "Evidence on ethnic inequalities in health and care, from one build of the hub. "
    "Search first, then describe what you found, then query its values or compare them. "
    "Every answer with rows names its releases (with a text to cite), the terms of use by source, "
    "and, in comparability, whether its values may be compared: say its reasons with any "
    "comparison, and do not compare where the verdict is “refuse”. "
    "A null value has a reason in obs_status; it is never zero. "
    "Rows whose verification is C3 were read in a secondary source: say so. "
    "Do not rank groups, and do not explain a difference by ethnicity itself."
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: `build_address` gives the path and the parameters of the API for its arguments.

    The arguments have passed `input_schema` (JSON Schema) before. It raises ValueError, with what
    to do, for those that do not go together.
    """

    name: str
    title: str
    description: str
    input_schema: JsonSchema
    build_address: Callable[[Arguments], Address]


def _describe_rows() -> JsonSchema:
    return {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_ROWS,
        "default": DEFAULT_ROWS,
        "description": "Rows of the answer; page.total says how many there are.",
    }


def _describe_parameters(text: str) -> JsonSchema:
    value = {"type": ["string", "number", "boolean"]}
    return {
        "type": "object",
        "description": text,
        "additionalProperties": {"anyOf": [value, {"type": "array", "items": value}]},
    }


def _build_params(arguments: Arguments) -> list[tuple[str, str]]:
    """Return the parameters of an address, those of an argument with several values repeated."""
    parameters = {**arguments.get("parameters", {})}
    parameters.setdefault("limit", arguments.get("limit", DEFAULT_ROWS))
    return [
        (name, _write_value(value))
        for name, values in parameters.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _write_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _build_search(arguments: Arguments) -> Address:
    params = [("q", arguments["text"]), ("limit", str(arguments.get("limit", DEFAULT_ROWS)))]
    kind = arguments.get("kind")
    return f"{BASE}/search", [*params, *([("kind", kind)] if kind else [])]


def _build_description(arguments: Arguments) -> Address:
    resource, identifier = arguments["resource"], arguments.get("id", "")
    if resource == "codes":
        path = f"{BASE}/codes/{identifier}" if identifier else f"{BASE}/codes"
        return path, _build_params(arguments)
    if resource not in details.DETAIL_COLUMNS and identifier:
        single = ", ".join((*details.DETAIL_COLUMNS, "codes"))
        raise ValueError(f"{resource} has no single items. Leave id out, or take one of {single}.")
    if not identifier:
        return f"{BASE}/{resource}", _build_params(arguments)
    if arguments.get("parameters"):
        raise ValueError("A single item takes no parameters. Leave them out, or leave id out.")
    return f"{BASE}/{resource}/{identifier}", ()


def _build_query(arguments: Arguments) -> Address:
    view = f"/{AVAILABILITY}" if arguments.get("codes_only") else ""
    return f"{BASE}/observations{view}", _build_params(arguments)


def _build_comparison(arguments: Arguments) -> Address:
    return f"{BASE}/{COMPARISONS[arguments['of']]}", _build_params(arguments)


_ASKED_OTHERWISE = ("observations", "search", *COMPARISONS.values())
_DESCRIBED = [name for name in RESOURCES if name not in _ASKED_OTHERWISE]
_FILTER_TEXT = (
    "Parameters of {} by their names, such as {}. A value may be a list: any of them matches. "
    "An unknown name or code is refused with what is near it."
)
TOOLS: tuple[Tool, ...] = (
    Tool(
        "search",
        "Search the hub",
        "Find indicators, findings, recommendations, groups, places and datasets by words.",
        describe_object(
            "text",
            text={"type": "string", "minLength": 1, "description": "What to look for."},
            kind={"type": "string", "description": "Only results of this kind."},
            limit=_describe_rows(),
        ),
        _build_search,
    ),
    Tool(
        "describe",
        "Describe what there is",
        "List what there is of a resource, or give one item whole: an indicator with its "
        "definition and series, a dataset with its sources, a finding with its claims, a code list "
        "with its codes.",
        describe_object(
            "resource",
            resource={"type": "string", "enum": _DESCRIBED},
            id={"type": "string", "description": "Its id; of codes, the name of the list."},
            parameters=_describe_parameters(_FILTER_TEXT.format("the list", "topic or dataset")),
            limit=_describe_rows(),
        ),
        _build_description,
    ),
    Tool(
        "query",
        "Query values",
        "Published values with their limits, periods, groups, sources, terms and status. "
        "With codes_only: which codes of each dimension the matching rows have, with counts.",
        describe_object(
            "",
            parameters=_describe_parameters(
                _FILTER_TEXT.format(
                    "observations",
                    "indicator, dataset, family, area, country, ethnicity, sex, age, from, to, "
                    "latest, fields, sort",
                )
            ),
            codes_only={"type": "boolean", "default": False},
            limit=_describe_rows(),
        ),
        _build_query,
    ),
    Tool(
        "compare",
        "Compare",
        "Gaps between groups (difference and ratio with limits and the pair of values), measures "
        "of inequality over all groups, or the same family of indicators across countries.",
        describe_object(
            "of",
            of={"type": "string", "enum": [*COMPARISONS]},
            parameters=_describe_parameters(
                _FILTER_TEXT.format("the comparison", "indicator, family, area, latest")
            ),
            limit=_describe_rows(),
        ),
        _build_comparison,
    ),
)
"""Every tool, in the order in which they are listed."""
