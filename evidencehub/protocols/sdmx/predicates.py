"""What a data query selects, as predicates: its key, its periods, conditions on components."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from evidencehub.domain.period import DayRange
from evidencehub.formats.sdmx_model import OBS_VALUE, TIME_PERIOD, Component
from evidencehub.http.parameters import shorten_value
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.protocols.sdmx.components import MEASURE
from evidencehub.protocols.sdmx.dataflows import FlowDimension, IndicatorFlow, parse_other
from evidencehub.protocols.sdmx.identifiers import decode_id
from evidencehub.protocols.sdmx.parameters import COMPONENT_FILTER
from evidencehub.protocols.sdmx.time_periods import format_period, parse_time_period
from evidencehub.store.indicator_cubes import (
    AnyOf,
    ColumnComparison,
    Membership,
    Operator,
    Predicate,
)

WILDCARDS = ("", "*")
ALL_KEYS = ("", "all", "*")
_CONDITION = re.compile(r"(?:(eq|ne|lt|le|gt|ge|co|nc|sw|ew):)?(.*)", re.DOTALL)
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda code, value: code == value,
    "ne": lambda code, value: code != value,
    "lt": lambda code, value: code < value,
    "le": lambda code, value: code <= value,
    "gt": lambda code, value: code > value,
    "ge": lambda code, value: code >= value,
    "co": lambda code, value: value in code,
    "nc": lambda code, value: value not in code,
    "sw": lambda code, value: code.startswith(value),
    "ew": lambda code, value: code.endswith(value),
}
_PERIOD_TESTS: Mapping[str, Callable[[DayRange, DayRange], bool]] = {
    "eq": lambda span, bound: span == bound,
    "ne": lambda span, bound: span != bound,
    "lt": lambda span, bound: span[1] < bound[0],
    "le": lambda span, bound: span[1] <= bound[1],
    "gt": lambda span, bound: span[0] > bound[1],
    "ge": lambda span, bound: span[0] >= bound[0],
}
"""How the days of a value compare with those that are named: a period counts as a whole."""


@dataclass(frozen=True, slots=True)
class ComponentSelection:
    """A predicate with the component that it is about, empty for a choice of whole keys."""

    component: str
    predicate: Predicate


def parse_key(text: str, flow: IndicatorFlow, *, separator: str) -> list[ComponentSelection]:
    """Return what a key selects: codes in the order of the dimensions, with dots between.

    `separator` stands between alternatives: a plus sign between codes in version 1, a comma
    between whole keys in version 2. Raise HttpError: 400 for a wrong number of parts, 404 for a
    code that is not there.
    """
    if text in ALL_KEYS:
        return []
    keys = [text] if separator == "+" else text.split(separator)
    parsed = [_parse_single_key(key, flow, separator) for key in keys]
    if len(parsed) == 1:
        return parsed[0]
    alternatives = [[item.predicate for item in selections] for selections in parsed]
    return [ComponentSelection("", AnyOf(alternatives))]


def _parse_single_key(key: str, flow: IndicatorFlow, separator: str) -> list[ComponentSelection]:
    parts = key.split(".")
    if key in ALL_KEYS:
        return []
    if len(parts) != len(flow.dimensions):
        names = ", ".join(item.id for item in flow.dimensions)
        problem = make_problem(
            "sdmx/bad-key",
            "key",
            key=shorten_value(key),
            count=len(parts),
            wanted=len(flow.dimensions),
            dimensions=names,
            name=flow.dataflow.id,
        )
        raise HttpError(400, [problem])
    selections = []
    for part, dimension in zip(parts, flow.dimensions, strict=True):
        if part not in WILDCARDS:
            codes = part.split(separator) if separator == "+" else [part]
            _check_codes(codes, dimension, flow)
            selections.append(_select_codes(dimension, set(codes), flow))
    return selections


def _check_codes(codes: Sequence[str], dimension: FlowDimension, flow: IndicatorFlow) -> None:
    dimension_codes = set(dimension.codes.values())
    unknown = [code for code in codes if code not in dimension_codes]
    if unknown:
        raise HttpError(
            404,
            [
                make_problem(
                    "sdmx/not-found/code",
                    dimension.id,
                    code=shorten_value(code),
                    dimension=dimension.id,
                    name=flow.dataflow.id,
                )
                for code in unknown
            ],
        )


def _select_codes(
    dimension: FlowDimension, codes: set[str], flow: IndicatorFlow
) -> ComponentSelection:
    """Return the rows with some codes of a dimension, by the values of the hub."""
    values = [value for value, code in dimension.codes.items() if code in codes]
    if dimension.other_list:
        chosen = set(values)
        values = [
            value
            for value in flow.cube.columns["other"]
            if parse_other(value).get(dimension.other_list, "") in chosen
        ]
    return ComponentSelection(dimension.id, Membership(dimension.column, values))


def parse_bounds(values: Mapping[str, str], flow: IndicatorFlow) -> list[ComponentSelection]:
    """Return what startPeriod and endPeriod select: periods that lie wholly within them."""
    spans = list_spans(flow)
    selections = []
    for name, operator in (("startPeriod", "ge"), ("endPeriod", "le")):
        if name in values:
            bound = _parse_period(values[name], name)
            spans = [span for span in spans if _PERIOD_TESTS[operator](span, bound)]
    if "startPeriod" in values or "endPeriod" in values:
        selections.append(_select_spans(spans))
    return selections


def list_spans(flow: IndicatorFlow) -> list[DayRange]:
    """Return the first and last day of each period that occurs."""
    pairs = (value.partition("/") for value in flow.cube.columns["period"])
    return [(start, end) for start, _, end in pairs]


def _select_spans(spans: Iterable[DayRange]) -> ComponentSelection:
    return ComponentSelection(TIME_PERIOD, Membership("period", ["/".join(span) for span in spans]))


def _parse_period(text: str, name: str) -> DayRange:
    span = parse_time_period(text)
    if span is None:
        problem = make_problem("sdmx/bad-value/period", name, value=shorten_value(text), name=name)
        raise HttpError(400, [problem])
    return span


def parse_component_filters(
    values: Mapping[str, str], flow: IndicatorFlow
) -> list[ComponentSelection]:
    """Return what c[component] selects: conditions with + between all hold, values are choices.

    Raise HttpError (400) for an unknown component, or a value that cannot be one of it.
    """
    return [
        _parse_condition(match[1], condition, flow)
        for name, text in values.items()
        if (match := COMPONENT_FILTER.fullmatch(name))
        for condition in re.split(r"[+ ]", text)
    ]


def _parse_condition(component: str, condition: str, flow: IndicatorFlow) -> ComponentSelection:
    match = _CONDITION.fullmatch(condition)
    operator, values = (match[1] or "eq", match[2].split(",")) if match else ("eq", [condition])
    parameter = f"c[{component}]"
    if component == TIME_PERIOD:
        return _compare_periods(operator, values, flow, parameter)
    dimension = flow.find_dimension(component)
    if dimension is not None:
        test = _TEXT_TESTS[operator]
        combine = all if operator in ("ne", "nc") else any
        codes = {
            code
            for code in dimension.codes.values()
            if combine(test(code, value) for value in values)
        }
        return _select_codes(dimension, codes, flow)
    column, item = _find_attribute(component, flow, parameter)
    compared = [_parse_value(value, item, operator, parameter) for value in values]
    return ComponentSelection(
        component, ColumnComparison(column, cast("Operator", operator), compared)
    )


def _compare_periods(
    operator: str, values: Sequence[str], flow: IndicatorFlow, parameter: str
) -> ComponentSelection:
    spans = list_spans(flow)
    combine = all if operator in ("ne", "nc") else any
    if operator in _PERIOD_TESTS:
        bounds = [_parse_period(value, parameter) for value in values]
        compare = _PERIOD_TESTS[operator]
        return _select_spans(s for s in spans if combine(compare(s, b) for b in bounds))
    test = _TEXT_TESTS[operator]
    return _select_spans(s for s in spans if combine(test(format_period(*s), v) for v in values))


def _find_attribute(component: str, flow: IndicatorFlow, parameter: str) -> tuple[str, Component]:
    """Return the column of the API and the component of an attribute, or of the measure."""
    if component == OBS_VALUE:
        return "value", MEASURE
    for column, item in flow.attributes.items():
        if item.id == component:
            return column, item
    names = [item.id for item in flow.dataflow.components]
    problem = make_problem(
        "sdmx/unknown-component",
        parameter,
        name=component,
        flow=flow.dataflow.id,
        allowed=", ".join(names),
    )
    raise HttpError(400, [problem])


def _parse_value(text: str, item: Component, operator: str, parameter: str) -> str | float:
    if item.data_type in ("number", "integer") and operator in _PERIOD_TESTS:
        try:
            return float(text)
        except ValueError:
            shortened = shorten_value(text)
            problem = make_problem(
                "sdmx/bad-value/number", parameter, value=shortened, name=parameter
            )
            raise HttpError(400, [problem]) from None
    return decode_id(text) if item.data_type == "code" else text
