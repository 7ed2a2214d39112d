"""A tree of conditions, posted as JSON, for questions that an address cannot hold."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.serve.api.known import NONE, Known
from evidencehub.serve.api.question import Question, day, finish, short, unknown
from evidencehub.serve.api.resource import Column, Resource
from evidencehub.serve.api.resources import QUERIED, RESOURCES
from evidencehub.serve.problem import Fault, RefusedError, refused

DEPTH, NODES, VALUES = 8, 200, 200
ALL_VALUES, FAULTS = 1_000, 30  # of a whole tree, and told of one at most
LARGEST, LONGEST = 1e300, 1000  # of a number, and characters of a text
COMPARE = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
OPERATORS = ("and", "or", "not", "in", *COMPARE)
MEMBERS = ("resource", "where", "fields", "sort", "limit", "cursor", "labels")
_SETS = {
    "type": "finding_type",
    "groups_affected": "ethnicity",
    "groups_compared": "ethnicity",
    "workstreams": "workstream",
    "topics": "topic",
    "indicators": "indicator",
    "addressed_to": "organisation",
}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _Reading:
    """What was found on the way through a tree."""

    resource: Resource
    known: Known
    bound: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    named: dict[str, list[str]] = field(default_factory=dict)
    nodes: int = 0
    values: int = 0

    def fault(self, code: str, message: str, place: str, near: Sequence[str] = ()) -> str:
        """Note what is wrong; gives a condition that never holds."""
        self.add(Fault(code, message, place, near))
        return "0"

    def add(self, fault: Fault) -> None:
        """Note what is wrong; raises RefusedError where there is no end of it."""
        self.faults.append(fault)
        if len(self.faults) >= FAULTS:
            raise RefusedError(400, self.faults)


def parse(body: bytes, known: Known) -> Question:
    """The question in a posted tree; raises RefusedError (400) with every fault."""
    told = _json(body)
    faults = [
        Fault(
            "unknown-member",
            f"There is no member “{short(name)}” here. Known are {', '.join(MEMBERS)}.",
            f"/{short(name)}",
            difflib.get_close_matches(name, MEMBERS),
        )
        for name in list(told)[:FAULTS]
        if name not in MEMBERS
    ]
    name = told.get("resource", "observations")
    if name not in QUERIED:
        near = difflib.get_close_matches(str(name), QUERIED)
        text = f"“resource” must be one of {', '.join(QUERIED)}."
        raise RefusedError(400, [*faults, Fault("unknown-value", text, "/resource", near)])
    reading = _Reading(RESOURCES[name], known, faults=faults)
    where = []
    if "where" in told:
        where.append(_node(told["where"], "/where", 1, reading, sure=True))
    shared = _shared(told, reading)
    return finish(
        RESOURCES[name], shared, where, reading.bound, reading.named, reading.faults, known,
        whole=False,
    )  # fmt: skip


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        text = 'The body must be a JSON object: {"resource": "observations", "where": {…}}.'
        raise refused(400, "bad-json", text) from None
    if not isinstance(told, dict):
        raise refused(400, "bad-json", "The body must be a JSON object: {…}.")
    return told


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _shared(told: Mapping[str, Any], reading: _Reading) -> dict[str, str]:
    """Fields, order, limit, cursor and labels as an address would have them."""
    found = {}
    for name in ("fields", "sort"):
        value = told.get(name)
        if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
            found[name] = ",".join(value)
        elif name in told:
            reading.fault("bad-value", "It must be a list of names of columns.", f"/{name}")
    limit, cursor, labels = (told.get(name) for name in ("limit", "cursor", "labels"))
    if (
        isinstance(limit, (int, float))
        and not isinstance(limit, bool)
        and abs(limit) <= LARGEST
        and limit == limit // 1
    ):
        found["limit"] = str(int(limit))[:9]  # in JSON 100.0 is a whole number
    elif "limit" in told:
        reading.fault("bad-number", "It must be a whole number.", "/limit")
    if isinstance(cursor, str) and cursor:
        found["cursor"] = cursor
    elif "cursor" in told:
        reading.fault("bad-cursor", "It must be a cursor that the hub has given.", "/cursor")
    if isinstance(labels, bool):
        found["labels"] = str(labels).lower()
    elif "labels" in told:
        reading.fault("bad-value", "It must be true or false.", "/labels")
    return found


def _node(node: Any, place: str, depth: int, reading: _Reading, *, sure: bool) -> str:
    """The SQL of one node; what is not known counts as not so, under `not` as well.

    A `sure` node holds for every row of the answer: nothing but `and` lies above it.
    """
    reading.nodes += 1
    if reading.nodes == NODES + 1:
        reading.fault("too-large", f"At most {NODES} conditions, please.", place)
    if reading.nodes > NODES:
        return "0"
    if depth > DEPTH:
        return reading.fault("too-deep", f"At most {DEPTH} levels, please.", place)
    if not isinstance(node, dict) or len(node) != 1:
        text = 'A condition is an object with one member: {"eq": {"area": "GB"}}.'
        return reading.fault("bad-condition", text, place)
    ((operator, inside),) = node.items()
    place = f"{place}/{short(operator)}"
    if operator in ("and", "or"):
        if not isinstance(inside, list) or not inside:
            return reading.fault("bad-condition", "It must be a list of conditions.", place)
        sure = sure and operator == "and"
        parts = [
            _node(n, f"{place}/{i}", depth + 1, reading, sure=sure) for i, n in enumerate(inside)
        ]
        return f"({f' {operator} '.join(parts)})"
    if operator == "not":
        return f"not {_node(inside, place, depth + 1, reading, sure=False)}"
    if operator not in OPERATORS:
        near = difflib.get_close_matches(operator, OPERATORS)
        text = f"There is no “{short(operator)}”. Known are {', '.join(OPERATORS)}."
        return reading.fault("unknown-operator", text, place, near)
    if not isinstance(inside, dict) or len(inside) != 1:
        text = f'It must name one column and a value: {{"{operator}": {{"area": "GB"}}}}.'
        return reading.fault("bad-condition", text, place)
    ((name, value),) = inside.items()
    return _leaf(operator, name, value, f"{place}/{short(name)}", reading, sure=sure)


def _leaf(
    operator: str, name: str, value: Any, place: str, reading: _Reading, *, sure: bool
) -> str:
    column = reading.resource.by_name.get(name)
    usable = [c.name for c in reading.resource.columns if c.kind != "object"]
    if column is None or column.kind == "object":
        near = difflib.get_close_matches(name, usable)
        text = f"There is no column “{short(name)}” to ask for. Known are {', '.join(usable)}."
        return reading.fault("unknown-column", text, place, near)
    many = operator == "in"
    if many and (not isinstance(value, list) or not 1 <= len(value) <= VALUES):
        return reading.fault("bad-value", f"It must be a list of 1 to {VALUES} values.", place)
    reading.values += len(value) if many else 1
    if reading.values > ALL_VALUES:
        reading.fault("too-large", f"At most {ALL_VALUES} values in all, please.", place)
        raise RefusedError(400, reading.faults)
    if not many:
        return _compare(operator, column, value, place, reading, sure=sure)
    parts = [
        _compare("eq", column, v, f"{place}/{i}", reading, sure=False) for i, v in enumerate(value)
    ]
    return f"({' or '.join(_together(column, parts))})"


def _together(column: Column, parts: Sequence[str]) -> list[str]:
    """Equalities of one column as one `in`, so that its SQL stands once; others as they are."""
    same = re.compile(rf"\(\({re.escape(column.sql)} = (:p\d+)\) is true\)")
    found = [same.fullmatch(part) for part in parts]
    names = [match[1] for match in found if match]
    rest = [part for part, match in zip(parts, found, strict=True) if not match]
    return [f"(({column.sql} in ({', '.join(names)})) is true)", *rest] if names else rest


def _compare(
    operator: str, column: Column, value: Any, place: str, reading: _Reading, *, sure: bool
) -> str:
    if value is None:
        if operator == "eq" and column.kind != "list":
            return f"({column.sql} is null)"
        return reading.fault("bad-value", "null can only be asked for with eq.", place)
    if column.kind == "list" and operator != "eq":
        text = "A column with several values can be asked with eq and in: whether it holds one."
        return reading.fault("bad-value", text, place)
    wrong = _kind(column, value)
    if wrong:
        return reading.fault("bad-value", wrong, place)
    if column.kind == "date":
        return _date(operator, column, value, place, reading)
    if operator == "eq":
        fault = _unknown(column, value, place, reading)
        if fault is not None:
            reading.add(fault)
            return "0"
        if sure:
            reading.named.setdefault(column.name, []).append(value)
        return _equal(column, value, reading)
    name = _bind(value if isinstance(value, str) else float(value), reading)
    return f"(({column.sql} {COMPARE[operator]} {name}) is true)"


def _bind(value: Any, reading: _Reading) -> str:
    name = f"p{len(reading.bound)}"
    reading.bound[name] = value
    return f":{name}"


def _date(operator: str, column: Column, value: str, place: str, reading: _Reading) -> str:
    """A comparison of days, of which either may be a month or a year only."""
    bound = day(value, last=operator in ("lte", "gt"))
    if not bound:
        text = "It must be a year (2024), a month (2024-03) or a day (2024-03-31)."
        return reading.fault("bad-date", text, place)
    if operator == "eq":
        name = _bind(value, reading)
        return f"((substr({column.sql}, 1, length({name})) = {name}) is true)"
    name = _bind(bound, reading)
    return f"(({column.sql} {COMPARE[operator]} substr({name}, 1, length({column.sql}))) is true)"


def _equal(column: Column, value: Any, reading: _Reading) -> str:
    """Equality, for codes in all the forms that addresses take."""
    known = reading.known
    if column.kind == "list":
        values = [value]
        if known_as(column) == "ethnicity" and value in known.groups:
            values = [f"{scheme}:{value}" for scheme in known.groups[value]]
        names = ", ".join(_bind(one, reading) for one in values)
        return f"exists (select 1 from json_each({column.sql}) where value in ({names}))"
    if known_as(column) == "ethnicity" and value and value not in known.groups:
        scheme, _, code = value.partition(":")
        where = reading.resource.by_name["scheme"].sql
        pair = f"{where} = {_bind(scheme, reading)} and {column.sql} = {_bind(code, reading)}"
        return f"(({pair}) is true)"
    if value == NONE and column.name in ("other", "comparator", "adjustment"):
        value = ""
    name = _bind(value if isinstance(value, str) else float(value), reading)
    return f"(({column.sql} = {name}) is true)"


def _kind(column: Column, value: Any) -> str:
    """What is wrong with the kind of a value, or nothing."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if column.kind in ("number", "integer"):
        fits = number and abs(value) <= LARGEST
        return "" if fits else "It must be a number."
    if column.kind == "boolean":
        return "" if isinstance(value, bool) else "It must be true or false."
    good = isinstance(value, str) and len(value) <= LONGEST and not _SURROGATE.search(value)
    return "" if good else f"It must be text of at most {LONGEST} characters."


def _unknown(column: Column, value: Any, place: str, reading: _Reading) -> Fault | None:
    """A code that is in none of the column's lists."""
    name = known_as(column)
    parts = value.split(";") if name == "other" else [value]
    there = reading.known.values.get(name, {value: ""})
    if value == "" or all(part in there for part in parts):
        return None
    return unknown(place, name, value, reading.known)


def known_as(column: Column) -> str:
    """The set that the values of a column come from, empty where it is open."""
    if column.kind not in ("code", "list") or column.label:
        return ""
    return _SETS.get(column.name, column.name)
