"""The schemas of the description: sets of values, rows, items, answers and problems.

Codes are plain text with examples: a list of codes grows with any publication, and a client that
was generated from the description must not break when it does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from evidencehub.api import details, never_null
from evidencehub.api.answer_links import BASE
from evidencehub.api.conversion import ORIGIN_COLUMNS
from evidencehub.api.deprecations import list_deprecated_names
from evidencehub.api.json_schema import (
    JsonSchema,
    allow_null,
    describe_array,
    describe_as,
    describe_object,
)
from evidencehub.api.openapi_parts import ANSWER_PARTS, reference_schema
from evidencehub.api.resources import ALL_RESOURCES
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.api.value_lists import find_values_path
from evidencehub.store.derived_rows import describe_availability, list_count_columns
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, ColumnType, ResourceColumn

MAX_EXAMPLES = 3
_TEXT: JsonSchema = {"type": "string"}
_COLUMN_TYPES: Mapping[ColumnType, JsonSchema] = {
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "list": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object", "additionalProperties": True},
}


def make_component_name(name: str) -> str:
    """Return the name of a resource as identifiers have it.

    >>> make_component_name("preferred-terms")
    'preferred_terms'
    """
    return name.replace("-", "_")


def reference_value_set(value_set: str) -> JsonSchema:
    return reference_schema(f"value_{value_set}")


def build_schemas(reference_data: ReferenceData) -> JsonSchema:
    """Return the schemas of values, of the parts of an answer, and of each resource."""
    schemas: JsonSchema = dict(ANSWER_PARTS)
    schemas["query_answer"] = _describe_answer(
        "Rows of the resource that the query names.",
        {"type": "object", "additionalProperties": True},
    )
    schemas |= {
        f"value_{name}": _describe_value_set(name, reference_data)
        for name in reference_data.value_sets
    }
    for resource in ALL_RESOURCES:
        schemas |= _describe_resource(resource, reference_data)
        if resource.dimensions:
            schemas |= _describe_resource(describe_availability(resource), reference_data)
    return schemas


def _describe_value_set(name: str, reference_data: ReferenceData) -> JsonSchema:
    """The schema of a code: its list may grow, so that codes are examples and not all there are."""
    values = [*reference_data.value_sets[name]]
    path = find_values_path(name, reference_data)
    if not path:
        return {"type": "string", "x-extensible-enum": values}
    return {
        "type": "string",
        "examples": values[:MAX_EXAMPLES],
        "description": f"A code. {BASE}/{path} lists the codes.",
    }


def _describe_resource(resource: ApiResource, reference_data: ReferenceData) -> JsonSchema:
    """The schemas of the rows of a resource, of its answers and of a single item."""
    name = make_component_name(resource.name)
    required_names = never_null.list_required_columns(resource, reference_data.required_columns)
    properties = {
        column.name: _describe_column(column, resource, required_names)
        for column in resource.columns
    }
    origin = {c.name: _describe_column(c, resource, ()) for c in ORIGIN_COLUMNS}
    counts = {
        c.name: _describe_column(c, resource, (c.name,)) for c in list_count_columns(resource)
    }
    row: JsonSchema = {
        "type": "object",
        "description": f"{resource.title}: one row.",
        "required": [*properties],
        "properties": properties | (origin if resource is OBSERVATIONS else {}),
    }
    selection = {
        **{key: value for key, value in row.items() if key != "required"},
        "description": "A row with the columns of `fields`, without labels, or counted.",
        "properties": row["properties"] | counts,
    }
    schemas = {
        f"{name}_row": row,
        f"{name}_selection": selection,
        name: _describe_list(resource, name),
    }
    if resource.name in details.DETAIL_COLUMNS:
        schemas |= _describe_item(resource, name, row, reference_data)
    return schemas


def _describe_list(resource: ApiResource, name: str) -> JsonSchema:
    rows = {"anyOf": [reference_schema(f"{name}_row"), reference_schema(f"{name}_selection")]}
    members = {}
    if resource is OBSERVATIONS:
        members["conversion"] = reference_schema("conversion")
    if "q" in resource.filters_by_name:
        members["search_words"] = reference_schema("search_words")
    return _describe_answer(f"{resource.title}.", rows, **members)


def _describe_answer(description: str, row: JsonSchema, **members: JsonSchema) -> JsonSchema:
    """The schema of rows and of what goes with them."""
    return describe_as(
        description,
        describe_object(
            "data page resolved release licence comparability links",
            data=describe_as("the rows", describe_array(row)),
            page=reference_schema("page"),
            resolved=reference_schema("resolved"),
            release=describe_array(reference_schema("release")),
            licence=describe_array(reference_schema("licence")),
            comparability={"anyOf": [reference_schema("comparability"), {"type": "null"}]},
            links=reference_schema("links"),
            **members,
        ),
    )


def _describe_item(
    resource: ApiResource, name: str, row: JsonSchema, reference_data: ReferenceData
) -> JsonSchema:
    """The schemas of a single item: its row, what it has beyond it, and the answer."""
    schemas: JsonSchema = {}
    properties = dict(row["properties"])
    for detail_name, detail in details.DETAIL_COLUMNS[resource.name].items():
        if not detail.members:
            properties[detail_name] = describe_as(detail.description, allow_null(_TEXT))
            continue
        member_name = f"{name}_{detail_name}"
        schemas[member_name] = _describe_members(detail, reference_data)
        properties[detail_name] = describe_as(
            detail.description, describe_array(reference_schema(member_name))
        )
    schemas[f"{name}_item"] = {
        "type": "object",
        "description": f"{resource.title}: a single one, with all related data.",
        "required": [*properties],
        "properties": properties,
    }
    schemas[f"{name}_single"] = describe_object(
        "data release licence links",
        data=reference_schema(f"{name}_item"),
        release=describe_array(reference_schema("release")),
        licence=describe_array(reference_schema("licence")),
        links=reference_schema("links"),
    )
    return schemas


def _describe_members(detail: details.Detail, reference_data: ReferenceData) -> JsonSchema:
    required = never_null.list_required_sql(detail.from_sql, reference_data.required_columns)
    properties = {}
    for member in detail.members:
        schema = _COLUMN_TYPES.get(member.member_type, _TEXT)
        if member.member_type == "date":
            schema = {"type": "string"}
        is_required = member.sql in required or member.member_type == "boolean"
        properties[member.name] = schema if is_required else allow_null(schema)
    return describe_object(" ".join(properties), **properties)


def _describe_column(
    column: ResourceColumn, resource: ApiResource, required_names: Collection[str]
) -> JsonSchema:
    schema = _COLUMN_TYPES.get(column.column_type, _TEXT)
    if column.column_type == "list" and column.is_label:
        schema = describe_array(allow_null(_TEXT))
    if column.name not in required_names:
        schema = allow_null(schema)
    if column.name in list_deprecated_names("column", resource.name):
        schema = {**schema, "deprecated": True}
    return describe_as(column.description, schema)
