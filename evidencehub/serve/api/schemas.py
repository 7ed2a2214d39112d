"""The schemas of the description: sets of values, rows, answers, trees of conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidencehub.serve.api import tree
from evidencehub.serve.api.converted import HEADINGS
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import LIMIT, MOST
from evidencehub.serve.api.resource import Column, Resource
from evidencehub.serve.api.resources import LIST_CODES, QUERIED, RESOURCES

Schema = dict[str, Any]
DATE: Schema = {
    "type": "string",
    "anyOf": [
        {"pattern": "^[1-9][0-9]{3}$"},
        {"pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"},
        {"format": "date"},
    ],
}
_TYPES: Mapping[str, Schema] = {
    "number": {"type": ["number", "null"]},
    "integer": {"type": ["number", "null"]},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": ["string", "null"]}},
    "object": {"type": ["object", "null"]},
}


def shared(known: Known) -> Schema:
    """The parameters that every list has, and `convert`."""
    return {
        "limit": {
            "name": "limit",
            "in": "query",
            "description": f"Rows of a page. JSON: {LIMIT} when not given; other forms: all.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST},
        },
        "cursor": {
            "name": "cursor",
            "in": "query",
            "description": "Where the page begins: as page.next has it, and nothing else.",
            "schema": {"type": "string", "minLength": 1},
        },
        "convert": {
            "name": "convert",
            "in": "query",
            "description": "Carry the figures over into this classification, or into the "
            f"top {HEADINGS} of their own, where that is sound; else the answer says why not. "
            "Counts are added, rates made again from their counts.",
            "schema": {"type": "string", "enum": [*known.values["scheme"], HEADINGS]},
        },
        "labels": {
            "name": "labels",
            "in": "query",
            "description": "false leaves out the columns that only explain codes.",
            "schema": {"type": "boolean", "default": True},
        },
    }


def ref(known: str) -> Schema:
    return {"$ref": f"#/components/schemas/value_{known}"}


def answer_of(resource: Resource) -> Schema:
    return {"$ref": f"#/components/schemas/{resource.name.replace('-', '_')}"}


ITEM: Schema = {
    "type": "object",
    "required": ["data", "release", "licence", "links"],
    "properties": {"data": {"type": "object"}},
}
_ANSWER: Schema = {
    "type": "object",
    "required": ["data", "page", "release", "licence", "comparability", "links"],
    "properties": {
        "data": {"type": "array", "items": {"type": "object"}},
        "page": {
            "type": "object",
            "required": ["total", "returned", "truncated", "limit", "next", "cursor"],
            "properties": {
                "total": {"type": "integer", "description": "rows of the whole answer"},
                "returned": {"type": "integer", "description": "rows of this page"},
                "truncated": {"type": "boolean", "description": "true where others follow"},
                "limit": {"type": "integer"},
                "next": {"type": ["string", "null"], "description": "address of the next page"},
                "cursor": {
                    "type": ["string", "null"],
                    "description": "where the next page begins: for a posted question",
                },
            },
        },
        "release": {
            "type": "array",
            "description": "the releases that the rows of this page are of",
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
            "description": "whether the rows of this page may be compared with each other",
            "required": ["verdict", "reasons"],
            "properties": {
                "verdict": {"enum": ["ok", "caution", "refuse"]},
                "reasons": {"type": "array", "items": {"type": "object"}},
            },
        },
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_PROBLEM: Schema = {
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


def schemas(known: Known) -> Schema:
    values = {
        f"value_{name}": {"type": "string", "enum": list(there)}
        for name, there in known.values.items()
        if there
    }
    rows = {}
    for resource in (*RESOURCES.values(), LIST_CODES):
        name = resource.name.replace("-", "_")
        rows[f"{name}_row"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {c.name: _column(c) for c in resource.columns},
        }
        data = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}_row"}}
        answer = {"$ref": "#/components/schemas/answer"}
        rows[name] = {"allOf": [answer, {"properties": {"data": data}}]}
    queries: Schema = {}
    for name in QUERIED:
        queries |= _tree(RESOURCES[name], known)
    return {"answer": _ANSWER, "problem": _PROBLEM, **values, **rows, **queries}


def _column(column: Column) -> Schema:
    return {**_TYPES.get(column.kind, {"type": ["string", "null"]}), "description": column.says}


def _tree(resource: Resource, known: Known) -> Schema:
    """The schema of a posted question to one resource, and of its conditions."""
    node = {"$ref": f"#/components/schemas/condition_{resource.name}"}
    columns = [c for c in resource.columns if c.kind != "object"]
    ordered = {c.name: _value(c, known, enum=False) for c in columns if c.kind != "list"}
    equal = {c.name: _value(c, known, enum=True) for c in columns}
    several = {
        name: {"type": "array", "items": schema, "minItems": 1, "maxItems": tree.VALUES}
        for name, schema in equal.items()
    }
    leaves = {"eq": equal, "in": several, **dict.fromkeys(("lt", "lte", "gt", "gte"), ordered)}
    nodes: list[Schema] = [
        _one({name: {"type": "array", "items": node, "minItems": 1}}) for name in ("and", "or")
    ]
    nodes.append(_one({"not": node}))
    nodes += [_one({name: _one(inside)}) for name, inside in leaves.items()]
    names = [c.name for c in resource.columns]
    sorts = [sign + name for name in resource.sortable for sign in ("", "-")]
    parameters = shared(known)
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


def _one(properties: Schema) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }


def _value(column: Column, known: Known, *, enum: bool) -> Schema:
    name = tree.known_as(column)
    if enum and known.values.get(name):
        return ref(name)
    match column.kind:
        case "number" | "integer":
            return {"type": "number", "minimum": -tree.LARGEST, "maximum": tree.LARGEST}
        case "boolean":
            return {"type": "boolean"}
        case "date":
            return DATE
        case _:
            return {"type": "string", "maxLength": tree.LONGEST}
