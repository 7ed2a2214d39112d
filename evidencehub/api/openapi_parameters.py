"""The parameters of the description: filters, and those that every list has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidencehub.api.conversion_question import TOP_LEVEL_TARGET
from evidencehub.api.deprecations import list_deprecated_names
from evidencehub.api.filter_values import MAX_SEARCH_CHARS
from evidencehub.api.json_schema import DATE_SCHEMA, JsonSchema, describe_array
from evidencehub.api.openapi_schemas import MAX_EXAMPLES, make_component_name, reference_value_set
from evidencehub.api.query_parameters import DEFAULT_LIMIT, MAX_FILTER_VALUES, MAX_LIMIT
from evidencehub.api.resources import ALL_RESOURCES, CODES_OF_LIST
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.api.row_selection import (
    MAX_GROUP_COLUMNS,
    MAX_LAST_PERIODS,
    NEWEST_PARAMETERS,
    list_selection_parameters,
)
from evidencehub.store.derived_rows import describe_availability, list_group_columns
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, Filter

COMMON_PARAMETER_TEXTS: Mapping[str, str] = {
    "fields": "Return only these columns.",
    "sort": (
        "Sort order of the rows. A minus sign (-) before a column name sorts from highest to "
        "lowest. Rows without a value come last."
    ),
    "limit": f"Rows per page. JSON: default {DEFAULT_LIMIT}. Other formats: default all rows.",
    "cursor": "Cursor from page.next of the previous page. Use it unchanged.",
    "latest": (
        "true: only the newest period of each series, which is all rows that differ in their "
        "period only. It is chosen among the rows that meet all filters."
    ),
    "last": "Only this many of the newest periods of each series, chosen as with latest.",
    "group_by": (
        "Count the rows by these columns: one row for each combination of their values. The answer "
        "has these columns and the counts, and no others can be named in fields and sort."
    ),
    "labels": "false leaves out the label columns.",
    "convert": (
        f"Convert to this classification, or to the {TOP_LEVEL_TARGET} (top-level categories) "
        "of each classification, where this is valid; otherwise the response lists the "
        "obstacles. Counts are added and rates recalculated from the combined counts."
    ),
}
"""What the parameters say that are no filters; `convert` is of observations only."""


def describe_parameters(reference_data: ReferenceData) -> JsonSchema:
    """Return every parameter by the name of its component: the common ones, and each resource's."""
    examples = [*reference_data.value_sets["scheme"]][:MAX_EXAMPLES]
    parameter_schemas: Mapping[str, JsonSchema] = {
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        "cursor": {"type": "string", "minLength": 1},
        "latest": {"type": "boolean"},
        "last": {"type": "integer", "minimum": 1, "maximum": MAX_LAST_PERIODS},
        "labels": {"type": "boolean", "default": True},
        "convert": {"type": "string", "examples": [TOP_LEVEL_TARGET, *examples]},
    }
    common_parameters = {
        name: _describe_parameter(name, COMMON_PARAMETER_TEXTS[name], schema)
        for name, schema in parameter_schemas.items()
    }
    own_parameters = {
        _name_component(resource, parameter["name"]): _mark_deprecated(parameter, resource)
        for resource in ALL_RESOURCES
        for parameter in _describe_own_parameters(resource)
    }
    availability_parameters = {
        name: parameter
        for resource in ALL_RESOURCES
        if resource.dimensions
        for name, parameter in _describe_availability_parameters(resource).items()
    }
    return common_parameters | own_parameters | availability_parameters


def _mark_deprecated(parameter: JsonSchema, resource: ApiResource) -> JsonSchema:
    entry = list_deprecated_names("parameter", resource.name).get(parameter["name"])
    if entry is None:
        return parameter
    description = f"{parameter['description']} Deprecated: {entry.replacement}"
    return {**parameter, "description": description, "deprecated": True}


def reference_parameters(
    resource: ApiResource, *, is_availability: bool = False
) -> list[JsonSchema]:
    """Return the parameters of a list: its filters, and those that every list has.

    What is available of it has columns of its own, and neither is it counted nor converted.
    """
    selections = list_selection_parameters(resource, is_availability=is_availability)
    own_names = [parameter["name"] for parameter in _describe_own_parameters(resource)]
    if is_availability:
        filters = set(own_names) & resource.filters_by_name.keys()
        names = [_name_component(resource, name) for name in own_names if name in filters]
        names += _describe_availability_parameters(resource)
    else:
        names = [_name_component(resource, name) for name in own_names]
        names += ["convert"] if resource is OBSERVATIONS else []
    names += ["limit", "cursor", "labels", *sorted({*selections} & {*NEWEST_PARAMETERS})]
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _name_component(resource: ApiResource, parameter: str) -> str:
    return f"{make_component_name(resource.name)}_{parameter}"


def _describe_own_parameters(resource: ApiResource) -> list[JsonSchema]:
    """The parameters that depend on the resource: its filters, and those that name columns."""
    filters = [f for f in resource.filters if resource is not CODES_OF_LIST]
    selections = list_selection_parameters(resource)
    return [
        *(_describe_filter(filter_, resource) for filter_ in filters),
        _describe_column_parameter("fields", [c.name for c in resource.columns]),
        _describe_column_parameter("sort", resource.sortable_columns, sign="-?"),
        *([_describe_grouping(resource)] if "group_by" in selections else []),
    ]


def _describe_availability_parameters(resource: ApiResource) -> JsonSchema:
    """What names the columns of the codes that are available, by the names of components."""
    derived = describe_availability(resource)
    return {
        _name_component(derived, name): _describe_column_parameter(name, columns, sign=sign)
        for name, columns, sign in (
            ("fields", [*derived.columns_by_name], ""),
            ("sort", derived.sortable_columns, "-?"),
        )
    }


def _describe_grouping(resource: ApiResource) -> JsonSchema:
    columns = [column.name for column in list_group_columns(resource)]
    return _describe_column_parameter("group_by", columns, max_count=MAX_GROUP_COLUMNS)


def _describe_parameter(name: str, description: str, schema: JsonSchema) -> JsonSchema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _describe_filter(filter_: Filter, resource: ApiResource) -> JsonSchema:
    schema = _FILTER_SCHEMAS.get(filter_.filter_type, DATE_SCHEMA)
    if filter_.filter_type == "code":
        values = reference_value_set(filter_.value_set)
        schema = describe_array(values, minItems=1, maxItems=MAX_FILTER_VALUES)
    return {
        **_describe_parameter(filter_.name, f"Rows {filter_.description}.", schema),
        **({"style": "form", "explode": True} if filter_.filter_type == "code" else {}),
        **({"required": True} if filter_.name == resource.required_filter else {}),
    }


_FILTER_SCHEMAS: Mapping[str, JsonSchema] = {
    "text": {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH_CHARS},
    "part": {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH_CHARS},
    "at_least": {"type": "number", "minimum": 0, "maximum": 100},
    "boolean": {"type": "boolean"},
}


def _describe_column_parameter(
    name: str, columns: Sequence[str], *, sign: str = "", max_count: int | None = None
) -> JsonSchema:
    """A text with names of columns: few generators of clients can join the items of a list."""
    column = f"{sign}({'|'.join(columns)})"
    repeats = f"{{0,{max_count - 1}}}" if max_count else "*"
    pattern = f"^{column}(,{column}){repeats}$"
    schema = {"type": "string", "pattern": pattern, "examples": [columns[0]]}
    description = f"{COMMON_PARAMETER_TEXTS[name]} Separate several columns with commas."
    return _describe_parameter(name, description, schema)


def describe_path_parameter(name: str, schema: JsonSchema) -> JsonSchema:
    description = {"id": "Its id.", "list": "Id of the code list."}[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }
