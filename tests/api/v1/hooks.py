"""What schemathesis cannot know: which codes there are, and which cursors the hub has given.

Codes are plain text in the description, with examples: a query that must be accepted is sent with
those. It is sent without a cursor; pages and cursors have tests of their own. What a schema cannot
say is seen to here: a comparison has a family, a span does not end before it begins, and
conditions are not too deep.
"""

from __future__ import annotations

import zlib
from typing import Any

import schemathesis
from schemathesis import GenerationMode

from evidencehub.api.query_tree import DEFAULT_RESOURCE, MAX_DEPTH

NOT_TOGETHER = {"group_by": ("fields", "sort", "convert", "latest", "last"), "latest": ("last",)}
"""Parameters that leave others without a meaning: tests of their own try the pairs."""


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    if case.meta is not None and case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    raw = case.operation.schema.raw_schema
    for part in (case.query, case.body):
        if isinstance(part, dict):
            drop_what_is_left_without_a_meaning(part)
    for raw_parameter in case.operation.definition.raw.get("parameters", ()):
        parameter = resolve(raw_parameter, raw)
        part = case.query if parameter["in"] == "query" else case.path_parameters
        if parameter["name"] in (part or ()):
            part[parameter["name"]] = known(part[parameter["name"]], parameter["schema"], raw)
    if isinstance(case.body, dict) and measure_depth(case.body.get("where")) >= MAX_DEPTH:
        case.body.pop("where")
    if isinstance(case.body, dict) and "where" in case.body:
        name = f"condition_{case.body.get('resource', DEFAULT_RESOURCE)}"
        case.body["where"] = known(case.body["where"], raw["components"]["schemas"][name], raw)
    if isinstance(case.body, dict) and case.body.get("resource") == "compare":
        family = {"eq": {"family": "infant-mortality"}}
        case.body["where"] = {"and": [family, *filter(None, [case.body.get("where")])]}


def measure_depth(condition: Any) -> int:
    """How many conditions stand within one another."""
    if not isinstance(condition, dict):
        return 0
    parts = [part for name in ("and", "or") for part in condition.get(name, ())]
    return 1 + max(map(measure_depth, [*parts, condition.get("not")]))


def drop_what_is_left_without_a_meaning(part: dict[str, Any]) -> None:
    part.pop("cursor", None)
    if part.get("from", "") > part.get("to", "9999"):
        part.pop("to")
    for name, others in NOT_TOGETHER.items():
        for other in others if name in part else ():
            part.pop(other, None)


def known(value: Any, schema: dict[str, Any], raw: dict[str, Any]) -> Any:
    """The value with an example of the description in the place of each code."""
    schema = resolve(schema, raw)
    codes = [*schema.get("x-extensible-enum", ()), *schema.get("examples", ())]
    if codes and "pattern" not in schema:
        return codes[zlib.crc32(repr(value).encode()) % len(codes)]
    if "anyOf" in schema and value is not None:
        return known(value, schema["anyOf"][0], raw)
    if isinstance(value, list) and "items" in schema:
        return [known(item, schema["items"], raw) for item in value]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {n: known(v, properties[n], raw) if n in properties else v for n, v in value.items()}
    return value


def resolve(schema: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        place: Any = raw
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    return schema
