"""The schemas of the description: sets of values, rows, answers, trees of conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidencehub.api import query_tree
from evidencehub.api.conversion import TOP_LEVEL_TARGET
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


def describe_common_parameters(reference_data: ReferenceData) -> JsonSchema:
    """The parameters that every list has, and `convert`."""
    return {
        "limit": {
            "name": "limit",
            "in": "query",
            "description": (
                f"Rows per page. JSON: default {DEFAULT_LIMIT}. Other formats: default all rows."
            ),
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        },
        "cursor": {
            "name": "cursor",
            "in": "query",
            "description": "Cursor from page.next of the previous page. Use it unchanged.",
            "schema": {"type": "string", "minLength": 1},
        },
        "convert": {
            "name": "convert",
            "in": "query",
            "description": (
                f"Convert to this classification, or to the {TOP_LEVEL_TARGET} "
                "(top-level categories) of each classification, where this is "
                "valid; otherwise the response lists the obstacles. Counts "
                "are added and rates recalculated from the combined counts."
            ),
            "schema": {
                "type": "string",
                "enum": [*reference_data.value_sets["scheme"], TOP_LEVEL_TARGET],
            },
        },
        "labels": {
            "name": "labels",
            "in": "query",
            "description": "false leaves out the label columns.",
            "schema": {"type": "boolean", "default": True},
        },
    }


def reference_value_set(value_set: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/value_{value_set}"}


def reference_list(resource: ApiResource) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{resource.name.replace('-', '_')}"}


ITEM_SCHEMA: JsonSchema = {
    "type": "object",
    "required": ["data", "release", "licence", "links"],
    "properties": {"data": {"type": "object"}},
}
_LIST_SCHEMA: JsonSchema = {
    "type": "object",
    "required": ["data", "page", "release", "licence", "comparability", "links"],
    "properties": {
        "data": {"type": "array", "items": {"type": "object"}},
        "page": {
            "type": "object",
            "required": ["total", "returned", "truncated", "limit", "next", "cursor"],
            "properties": {
                "total": {"type": "integer", "description": "total number of rows in the result"},
                "returned": {"type": "integer", "description": "number of rows on this page"},
                "truncated": {"type": "boolean", "description": "true if more rows follow"},
                "limit": {"type": "integer"},
                "next": {"type": ["string", "null"], "description": "address of the next page"},
                "cursor": {
                    "type": ["string", "null"],
                    "description": "cursor for the next page, for use in a POST query",
                },
            },
        },
        "release": {
            "type": "array",
            "description": "the dataset releases from which the rows on this page come",
            "items": {
                "type": "object",
                "required": ["dataset", "title", "version", "date"],
                "additionalProperties": {"type": "string"},
            },
        },
        "licence": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "url", "datasets"],
                "properties": {
                    "id": {"type": "string"},
                    "url": {"type": ["string", "null"]},
                    "datasets": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
        "comparability": {
            "type": ["object", "null"],
            "description": "whether the rows on this page can be compared with each other",
            "required": ["verdict", "reasons"],
            "properties": {
                "verdict": {"enum": ["ok", "caution", "refuse"]},
                "reasons": {"type": "array", "items": {"type": "object"}},
            },
        },
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_PROBLEM_SCHEMA: JsonSchema = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "problems"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "parameter": {"type": "string"},
                    "near": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def build_schemas(reference_data: ReferenceData) -> JsonSchema:
    values = {
        f"value_{name}": {"type": "string", "enum": list(value_set)}
        for name, value_set in reference_data.value_sets.items()
        if value_set
    }
    rows = {}
    for resource in ALL_RESOURCES:
        name = resource.name.replace("-", "_")
        rows[f"{name}_row"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {c.name: _describe_column(c) for c in resource.columns},
        }
        data = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}_row"}}
        list_schema = {"$ref": "#/components/schemas/answer"}
        rows[name] = {"allOf": [list_schema, {"properties": {"data": data}}]}
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
    node = {"$ref": f"#/components/schemas/condition_{resource.name}"}
    columns = [c for c in resource.columns if c.column_type != "object"]
    ordered_operands = {
        c.name: _describe_value(c, reference_data, enum=False)
        for c in columns
        if c.column_type != "list"
    }
    value_operands = {c.name: _describe_value(c, reference_data, enum=True) for c in columns}
    list_operands = {
        name: {
            "type": "array",
            "items": schema,
            "minItems": 1,
            "maxItems": query_tree.MAX_LIST_VALUES,
        }
        for name, schema in value_operands.items()
    }
    operands_by_operator = {
        "eq": value_operands,
        "in": list_operands,
        **dict.fromkeys(("lt", "lte", "gt", "gte"), ordered_operands),
    }
    nodes: list[JsonSchema] = [
        _require_one_member({name: {"type": "array", "items": node, "minItems": 1}})
        for name in ("and", "or")
    ]
    nodes.append(_require_one_member({"not": node}))
    nodes += [
        _require_one_member({name: _require_one_member(operands)})
        for name, operands in operands_by_operator.items()
    ]
    names = [c.name for c in resource.columns]
    sorts = [sign + name for name in resource.sortable_columns for sign in ("", "-")]
    parameters = describe_common_parameters(reference_data)
    return {
        f"condition_{resource.name}": {"oneOf": nodes},
        f"query_{resource.name}": {
            "type": "object",
            "required": ["resource"],
            "additionalProperties": False,
            "properties": {
                "resource": {"const": resource.name},
                "where": node,
                "fields": {"type": "array", "items": {"enum": names}, "minItems": 1},
                "sort": {"type": "array", "items": {"enum": sorts}, "minItems": 1},
                **{name: parameters[name]["schema"] for name in ("limit", "cursor", "labels")},
            },
        },
    }


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
            return {
                "type": "number",
                "minimum": -query_tree.MAX_ABSOLUTE_NUMBER,
                "maximum": query_tree.MAX_ABSOLUTE_NUMBER,
            }
        case "boolean":
            return {"type": "boolean"}
        case "date":
            return DATE_SCHEMA
        case _:
            return {"type": "string", "maxLength": query_tree.MAX_TEXT_CHARS}
