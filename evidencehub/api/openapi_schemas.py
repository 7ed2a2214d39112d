"""The schemas of the description: sets of values, rows, answers, trees of conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidencehub.api import query_tree
from evidencehub.api.conversion_question import TOP_LEVEL_TARGET
from evidencehub.api.query_parameters import DEFAULT_LIMIT, MAX_LIMIT
from evidencehub.api.resources import ALL_RESOURCES, POST_QUERY_RESOURCES, RESOURCES
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, ResourceColumn

JsonSchema = dict[str, Any]
DATE_SCHEMA: JsonSchema = {
    "type": "string",
    "anyOf": [
        {"pattern": "^[1-9][0-9]{3}$"},
        {"pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"},
        {"format": "date"},
    ],
}
_COLUMN_SCHEMAS: Mapping[str, JsonSchema] = {
    "number": {"type": ["number", "null"]},
    "integer": {"type": ["number", "null"]},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": ["string", "null"]}},
    "object": {"type": ["object", "null"]},
}


def describe_parameter(name: str, description: str, schema: JsonSchema) -> JsonSchema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def describe_common_parameters(reference_data: ReferenceData) -> JsonSchema:
    """The parameters that every list has, and `convert`."""
    parameters = (
        describe_parameter(
            "limit",
            f"Rows per page. JSON: default {DEFAULT_LIMIT}. Other formats: default all rows.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        ),
        describe_parameter(
            "cursor",
            "Cursor from page.next of the previous page. Use it unchanged.",
            {"type": "string", "minLength": 1},
        ),
        describe_parameter(
            "convert",
            f"Convert to this classification, or to the {TOP_LEVEL_TARGET} (top-level categories) "
            "of each classification, where this is valid; otherwise the response lists the "
            "obstacles. Counts are added and rates recalculated from the combined counts.",
            {"type": "string", "enum": [*reference_data.value_sets["scheme"], TOP_LEVEL_TARGET]},
        ),
        describe_parameter(
            "labels", "false leaves out the label columns.", {"type": "boolean", "default": True}
        ),
    )
    return {parameter["name"]: parameter for parameter in parameters}


def reference_schema(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


def reference_value_set(value_set: str) -> JsonSchema:
    return reference_schema(f"value_{value_set}")


def reference_list(resource: ApiResource) -> JsonSchema:
    return reference_schema(resource.name.replace("-", "_"))


def describe_array(items: JsonSchema, **bounds: int) -> JsonSchema:
    return {"type": "array", "items": items, **bounds}


def describe_object(required: str, /, **properties: JsonSchema) -> JsonSchema:
    """The schema of an object; `required` has the names of its members with spaces between."""
    return {"type": "object", "required": required.split(), "properties": properties}


_TEXT, _NULLABLE_TEXT = {"type": "string"}, {"type": ["string", "null"]}
_INTEGER, _OBJECT = {"type": "integer"}, {"type": "object"}
ITEM_SCHEMA = describe_object("data release licence links", data=_OBJECT)
_LIST_SCHEMA = describe_object(
    "data page release licence comparability links",
    data=describe_array(_OBJECT),
    page=describe_object(
        "total returned truncated limit next cursor left_out",
        total=_INTEGER | {"description": "total number of rows in the result"},
        returned=_INTEGER | {"description": "number of rows on this page"},
        truncated={"type": "boolean", "description": "true if more rows follow"},
        limit=_INTEGER,
        next=_NULLABLE_TEXT | {"description": "address of the next page"},
        cursor=_NULLABLE_TEXT
        | {"description": "cursor for the next page, for use in a POST query"},
        left_out={
            **describe_array(
                describe_object("code rows text", code=_TEXT, rows=_INTEGER, text=_TEXT)
            ),
            "description": "rows that match the filters and are not in the result, with the reason",
        },
    ),
    release={
        "type": "array",
        "description": "the dataset releases from which all rows of the result come",
        "items": {
            "type": "object",
            "required": ["dataset", "title", "version", "date", "attribution", "governance"],
            "additionalProperties": _NULLABLE_TEXT,
        },
    },
    licence=describe_array(
        describe_object(
            "id url datasets", id=_TEXT, url=_NULLABLE_TEXT, datasets=describe_array(_TEXT)
        )
    ),
    comparability={
        **describe_object(
            "verdict subject reasons",
            verdict={"enum": ["ok", "caution", "refuse"]},
            subject={
                "enum": ["values", "gaps"],
                "description": "what is compared: values of groups, or gaps between groups",
            },
            reasons=describe_array(
                describe_object(
                    "verdict code text concerns",
                    verdict={"enum": ["caution", "refuse"]},
                    code=_TEXT,
                    text=_TEXT,
                    concerns=describe_array(_TEXT) | {"description": "ids of indicators"},
                )
            ),
        ),
        "type": ["object", "null"],
        "description": "whether the rows of the whole result, whatever its pages, can be compared "
        "with each other; null without rows to compare",
    },
    links={"type": "object", "additionalProperties": _TEXT},
)
_PROBLEM_SCHEMA = {
    "description": "RFC 9457",
    **describe_object(
        "type title status detail problems",
        type=_TEXT,
        title=_TEXT,
        status=_INTEGER,
        detail=_TEXT,
        problems=describe_array(
            describe_object(
                "code message",
                code=_TEXT,
                message=_TEXT,
                parameter=_TEXT,
                near=describe_array(_TEXT),
            )
        ),
        withdrawal={
            "description": "of 410: what was withdrawn, why and when",
            **describe_object(
                "dataset version reason withdrawn_on disclosure",
                dataset=_TEXT,
                version=_TEXT,
                reason=_TEXT,
                withdrawn_on=DATE_SCHEMA,
                disclosure={"type": "boolean"},
            ),
        },
    ),
}


def build_schemas(reference_data: ReferenceData) -> JsonSchema:
    values = {
        f"value_{name}": {"type": "string", "enum": list(value_set)}
        for name, value_set in reference_data.value_sets.items()
        if value_set
    }
    rows: JsonSchema = {}
    for resource in ALL_RESOURCES:
        name = resource.name.replace("-", "_")
        rows[f"{name}_row"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {c.name: _describe_column(c) for c in resource.columns},
        }
        data = describe_array(reference_schema(f"{name}_row"))
        rows[name] = {"allOf": [reference_schema("answer"), {"properties": {"data": data}}]}
    queries: JsonSchema = {}
    for name in POST_QUERY_RESOURCES:
        queries |= _describe_query_tree(RESOURCES[name], reference_data)
    return {"answer": _LIST_SCHEMA, "problem": _PROBLEM_SCHEMA, **values, **rows, **queries}


def _describe_column(column: ResourceColumn) -> JsonSchema:
    return {
        **_COLUMN_SCHEMAS.get(column.column_type, {"type": ["string", "null"]}),
        "description": column.description,
    }


def _describe_query_tree(resource: ApiResource, reference_data: ReferenceData) -> JsonSchema:
    """The schema of a posted question to one resource, and of its conditions."""
    parameters = describe_common_parameters(reference_data)
    sorts = [sign + name for name in resource.sortable_columns for sign in ("", "-")]
    return {
        f"condition_{resource.name}": {"oneOf": _describe_nodes(resource, reference_data)},
        f"query_{resource.name}": {
            "type": "object",
            "required": ["resource"],
            "additionalProperties": False,
            "properties": {
                "resource": {"const": resource.name},
                "where": reference_schema(f"condition_{resource.name}"),
                "fields": describe_array({"enum": [c.name for c in resource.columns]}, minItems=1),
                "sort": describe_array({"enum": sorts}, minItems=1),
                **{name: parameters[name]["schema"] for name in ("limit", "cursor", "labels")},
            },
        },
    }


def _describe_nodes(resource: ApiResource, reference_data: ReferenceData) -> list[JsonSchema]:
    """The schemas of a node in a tree of conditions: one for each operator."""
    node = reference_schema(f"condition_{resource.name}")
    columns = query_tree.list_queryable_columns(resource)
    values = {c.name: _describe_value(c, reference_data, enum=True) for c in columns}
    bounds = {
        c.name: _describe_value(c, reference_data, enum=False)
        for c in columns
        if c.column_type != "list"
    }
    max_items = query_tree.MAX_LIST_VALUES
    lists = {
        name: describe_array(schema, minItems=1, maxItems=max_items)
        for name, schema in values.items()
    }
    nodes = describe_array(node, minItems=1)
    operands = {
        "and": nodes,
        "or": nodes,
        "not": node,
        "eq": _require_one_member(values),
        "in": _require_one_member(lists),
        **dict.fromkeys(("lt", "lte", "gt", "gte"), _require_one_member(bounds)),
    }
    return [_require_one_member({name: operand}) for name, operand in operands.items()]


def _require_one_member(properties: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }


def _describe_value(
    column: ResourceColumn, reference_data: ReferenceData, *, enum: bool
) -> JsonSchema:
    name = query_tree.find_value_set(column)
    if enum and reference_data.value_sets.get(name):
        return reference_value_set(name)
    match column.column_type:
        case "number" | "integer":
            maximum = query_tree.MAX_ABSOLUTE_NUMBER
            return {"type": "number", "minimum": -maximum, "maximum": maximum}
        case "boolean":
            return {"type": "boolean"}
        case "date":
            return DATE_SCHEMA
        case _:
            return {"type": "string", "maxLength": query_tree.MAX_TEXT_CHARS}
