"""The schemas of a posted query: for each resource the conditions, and the body around them.

A condition is one object with one member. It is named, as is each kind of comparison, so that
generators of clients can follow it into itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.api import query_body, query_tree
from evidencehub.api.json_schema import DATE_SCHEMA, JsonSchema, describe_array
from evidencehub.api.openapi_parts import reference_schema
from evidencehub.api.openapi_schemas import make_component_name, reference_value_set
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from evidencehub.api.row_selection import MAX_GROUP_COLUMNS, list_selection_parameters
from evidencehub.store.derived_rows import list_group_columns
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, ResourceColumn

OPERATOR_TEXTS = {
    "and": "All of these conditions hold.",
    "or": "At least one of these conditions holds.",
    "not": "This condition does not hold.",
    "eq": "The column has this value; null for no value.",
    "in": "The column has one of these values.",
    "lt": "The column is less than this value.",
    "lte": "The column is at most this value.",
    "gt": "The column is greater than this value.",
    "gte": "The column is at least this value.",
    "within": "The area, age or group is this one, or below it.",
    "contains": "The text contains this, whatever the case and the accents.",
    "starts_with": "The text begins with this, whatever the case and the accents.",
}
_TEXT_SCHEMA: JsonSchema = {
    "type": "string",
    "minLength": 1,
    "maxLength": query_body.MAX_TEXT_CHARS,
}


def build_query_schemas(reference_data: ReferenceData, common_parameters: JsonSchema) -> JsonSchema:
    """Return the schemas of a query to each resource that accepts one."""
    schemas: JsonSchema = {}
    for name in POST_QUERY_RESOURCES:
        schemas |= _describe_query(RESOURCES[name], reference_data, common_parameters)
    return schemas


def describe_query_body() -> JsonSchema:
    """Return the schema of the body, whose member `resource` says which of the others it is."""
    names = {name: f"query_{make_component_name(name)}" for name in POST_QUERY_RESOURCES}
    return {
        "oneOf": [reference_schema(schema_name) for schema_name in names.values()],
        "discriminator": {
            "propertyName": "resource",
            "mapping": {
                name: f"#/components/schemas/{schema_name}" for name, schema_name in names.items()
            },
        },
    }


def _describe_query(
    resource: ApiResource, reference_data: ReferenceData, common_parameters: JsonSchema
) -> JsonSchema:
    name = make_component_name(resource.name)
    sorts = [sign + column for column in resource.sortable_columns for sign in ("", "-")]
    return {
        **_describe_comparisons(resource, name, reference_data),
        f"condition_{name}": _describe_condition(name),
        f"query_{name}": {
            "type": "object",
            **({} if resource.name == query_tree.DEFAULT_RESOURCE else {"required": ["resource"]}),
            "additionalProperties": False,
            "properties": {
                "resource": {"type": "string", "const": resource.name},
                "where": reference_schema(f"condition_{name}"),
                "fields": describe_array(
                    {"type": "string", "enum": [c.name for c in resource.columns]}, minItems=1
                ),
                "sort": describe_array({"type": "string", "enum": sorts}, minItems=1),
                **_describe_selections(resource, common_parameters),
                "limit": common_parameters["limit"]["schema"],
                "cursor": common_parameters["cursor"]["schema"],
                "labels": {
                    "type": "boolean",
                    "description": common_parameters["labels"]["description"],
                },
            },
        },
    }


def _describe_selections(resource: ApiResource, common_parameters: JsonSchema) -> JsonSchema:
    columns = [column.name for column in list_group_columns(resource)]
    group_schema = {"type": "string", "enum": columns}
    own_schemas = {"group_by": describe_array(group_schema, minItems=1, maxItems=MAX_GROUP_COLUMNS)}
    return {
        name: own_schemas.get(name) or common_parameters[name]["schema"]
        for name in list_selection_parameters(resource)
    }


def _describe_comparisons(
    resource: ApiResource, name: str, reference_data: ReferenceData
) -> JsonSchema:
    """The schemas of the kinds of comparison: an object with one column and a value each."""
    columns = query_tree.list_queryable_columns(resource)
    values = {c.name: _describe_value(c, reference_data, has_codes=True) for c in columns}
    bounds = {
        c.name: _describe_value(c, reference_data, has_codes=False)
        for c in columns
        if c.column_type != "list"
    }
    equalities = {n: v if n not in bounds else _allow_null(v) for n, v in values.items()}
    lists = {
        n: describe_array(schema, minItems=1, maxItems=query_tree.MAX_LIST_VALUES)
        for n, schema in values.items()
    }
    return {
        f"equals_{name}": _require_one_member(equalities),
        f"among_{name}": _require_one_member(lists),
        f"bound_{name}": _require_one_member(bounds),
        f"within_{name}": _describe_lower_codes(columns, values),
        f"text_{name}": _describe_texts(columns),
    }


def _describe_lower_codes(columns: Sequence[ResourceColumn], values: JsonSchema) -> JsonSchema:
    names = [column.name for column in columns if query_tree.accepts_within(column)]
    return _require_one_member({name: values[name] for name in names})


def _describe_texts(columns: Sequence[ResourceColumn]) -> JsonSchema:
    names = [column.name for column in columns if column.column_type in ("text", "code")]
    return _require_one_member(dict.fromkeys(names, _TEXT_SCHEMA))


def _describe_condition(name: str) -> JsonSchema:
    """The schema of a condition: an object with one member, which may hold further conditions."""
    condition = reference_schema(f"condition_{name}")
    operands = {
        "and": describe_array(condition, minItems=1),
        "or": describe_array(condition, minItems=1),
        "not": condition,
        "eq": reference_schema(f"equals_{name}"),
        "in": reference_schema(f"among_{name}"),
        "within": reference_schema(f"within_{name}"),
        **dict.fromkeys(query_tree.TEXT_CONDITIONS, reference_schema(f"text_{name}")),
    }
    bound = reference_schema(f"bound_{name}")
    return _require_one_member(
        {
            operator: {**operands.get(operator, bound), "description": text}
            for operator, text in OPERATOR_TEXTS.items()
        }
    )


def _require_one_member(properties: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }


def _allow_null(schema: JsonSchema) -> JsonSchema:
    return {"anyOf": [schema, {"type": "null"}]}


def _describe_value(
    column: ResourceColumn, reference_data: ReferenceData, *, has_codes: bool
) -> JsonSchema:
    value_set = query_tree.find_value_set(column)
    if has_codes and reference_data.value_sets.get(value_set):
        return reference_value_set(value_set)
    match column.column_type:
        case "number" | "integer":
            maximum = query_body.MAX_ABSOLUTE_NUMBER
            return {"type": "number", "minimum": -maximum, "maximum": maximum}
        case "boolean":
            return {"type": "boolean"}
        case "date" | "day":
            return DATE_SCHEMA
        case _:
            return _TEXT_SCHEMA
