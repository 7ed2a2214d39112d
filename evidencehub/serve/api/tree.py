"""A tree of conditions, posted as JSON, for questions that an address cannot hold."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import Question, day, finish, short, unknown
from evidencehub.serve.api.resource import Column, Resource
from evidencehub.serve.api.resources import QUERIED, RESOURCES
from evidencehub.serve.problem import Fault, RefusedError, refused

DEPTH, NODES, VALUES = 8, 200, 200
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

    def fault(self, code: str, message: str, place: str, near: Sequence[str] = ()) -> str:
        """Note what is wrong; gives a condition that never holds."""
        self.faults.append(Fault(code, message, place, near))
        return "0"


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
        for name in told
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
        where.append(_node(told["where"], "/where", 1, reading))
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
    if isinstance(limit, (int, float)) and not isinstance(limit, bool) and limit == limit // 1:
        found["limit"] = f"{limit:.0f}"  # in JSON 100.0 is a whole number
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


def _node(node: Any, place: str, depth: int, reading: _Reading) -> str:
    """The SQL of one node; what is not known counts as not so, under `not` as well."""
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
        parts = [_node(n, f"{place}/{i}", depth + 1, reading) for i, n in enumerate(inside)]
        return f"({f' {operator} '.join(parts)})"
    if operator == "not":
        return f"not {_node(inside, place, depth + 1, reading)}"
    if operator not in OPERATORS:
        near = difflib.get_close_matches(operator, OPERATORS)
        text = f"There is no “{short(operator)}”. Known are {', '.join(OPERATORS)}."
        return reading.fault("unknown-operator", text, place, near)
    if not isinstance(inside, dict) or len(inside) != 1:
        text = f'It must name one column and a value: {{"{operator}": {{"area": "GB"}}}}.'
        return reading.fault("bad-condition", text, place)
    ((name, value),) = inside.items()
    return _leaf(operator, name, value, f"{place}/{short(name)}", reading)


def _leaf(operator: str, name: str, value: Any, place: str, reading: _Reading) -> str:
    column = reading.resource.by_name.get(name)
    usable = [c.name for c in reading.resource.columns if c.kind != "object"]
    if column is None or column.kind == "object":
        near = difflib.get_close_matches(name, usable)
        text = f"There is no column “{short(name)}” to ask for. Known are {', '.join(usable)}."
        return reading.fault("unknown-column", text, place, near)
    if operator == "in":
        if not isinstance(value, list) or not 1 <= len(value) <= VALUES:
            text = f"It must be a list of 1 to {VALUES} values."
            return reading.fault("bad-value", text, place)
        parts = [_compare("eq", column, v, f"{place}/{i}", reading) for i, v in enumerate(value)]
        return f"({' or '.join(parts)})"
    return _compare(operator, column, value, place, reading)


def _compare(operator: str, column: Column, value: Any, place: str, reading: _Reading) -> str:
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
        value = day(value, last=operator in ("lte", "gt"))
        if not value:
            text = "It must be a year (2024), a month (2024-03) or a day (2024-03-31)."
            return reading.fault("bad-date", text, place)
    name = f"p{len(reading.bound)}"
    if operator == "eq":
        fault = _unknown(column, value, place, reading)
        if fault is not None:
            reading.faults.append(fault)
            return "0"
        reading.named.setdefault(column.name, []).append(value)
    reading.bound[name] = value if isinstance(value, str) else float(value)
    if column.kind == "list":
        return f"exists (select 1 from json_each({column.sql}) where value = :{name})"
    return f"(({column.sql} {COMPARE[operator]} :{name}) is true)"


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
    if value == "" or value in reading.known.values.get(name, {value: ""}):
        return None
    return unknown(place, name, value, reading.known)


def known_as(column: Column) -> str:
    """The set that the values of a column come from, empty where it is open."""
    if column.kind not in ("code", "list") or column.label:
        return ""
    return _SETS.get(column.name, column.name)
