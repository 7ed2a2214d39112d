"""The parts that every schema of the API's description is built of."""

from __future__ import annotations

from typing import Any

JsonSchema = dict[str, Any]
DATE_SCHEMA: JsonSchema = {
    "type": "string",
    "anyOf": [
        {"type": "string", "pattern": "^[1-9][0-9]{3}$"},
        {"type": "string", "pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"},
        {"type": "string", "format": "date"},
    ],
}
"""A date that a request may give to the day, the month or the year."""


def describe_array(items: JsonSchema, **bounds: int) -> JsonSchema:
    return {"type": "array", "items": items, **bounds}


def describe_object(required: str, /, **properties: JsonSchema) -> JsonSchema:
    """The schema of an object; `required` has the names of its members with spaces between."""
    return {"type": "object", "required": required.split(), "properties": properties}


def describe_as(description: str, schema: JsonSchema) -> JsonSchema:
    return {**schema, "description": description}


def allow_null(schema: JsonSchema) -> JsonSchema:
    return {**schema, "type": [schema["type"], "null"]}
