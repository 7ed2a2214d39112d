"""/openapi.json: the API described (OpenAPI 3.1), from the same tables that answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from evidencehub.api import details
from evidencehub.api import openapi_schemas as schemas
from evidencehub.api.answer_links import BASE, CSV_METADATA_SUFFIX, CSV_METADATA_TYPE
from evidencehub.api.filter_values import MAX_SEARCH_CHARS
from evidencehub.api.openapi_schemas import JsonSchema
from evidencehub.api.query_parameters import MAX_FILTER_VALUES
from evidencehub.api.resources import CODES_OF_LIST, POST_QUERY_RESOURCES, RESOURCES
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.formats.format import (
    get_format,
    list_endings,
    list_formats,
    list_posted_query_formats,
)
from evidencehub.http import problem_details
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource, Filter

_EXAMPLE_PARAMS: Mapping[str, Sequence[str]] = {
    "observations": ("indicator=uk-maternal-mortality-rate", "limit=3"),
    "gaps": ("indicator=uk-maternal-mortality-rate",),
    "inequality": ("indicator=us-infant-mortality-rate",),
    "compare": ("family=infant-mortality",),
    "search": ("q=maternal%20deaths",),
}
_DESCRIPTION = (
    "Every list gives the total number of rows, returns them in pages, and is available as JSON, "
    "CSV, NDJSON or Parquet. Invalid requests are refused, with every problem listed at once. "
    "See /api for examples."
)
_CSV_METADATA_DESCRIPTION = (
    "Columns, releases, licences and comparability of the CSV (CSV on the Web metadata)."
)
_ROWS_DESCRIPTION = "The rows. CSV, NDJSON and Parquet return all rows unless limit is given."


def render_openapi(reference_data: ReferenceData) -> bytes:
    """The description as JSON text; the sets of values are those of this build."""
    description = {
        "openapi": "3.1.0",
        "info": {
            "title": "Evidence hub",
            "version": "1",
            "summary": "Evidence on ethnic inequalities in health and care",
            "description": _DESCRIPTION,
        },
        "servers": [{"url": reference_data.site_url or "/"}],
        "paths": _describe_paths(reference_data),
        "components": {
            "schemas": schemas.build_schemas(reference_data),
            "parameters": schemas.describe_common_parameters(reference_data),
            "responses": _describe_errors(),
        },
    }
    return (json.dumps(description, ensure_ascii=False, indent=1) + "\n").encode()


def build_example_url(resource: str) -> str:
    """An address that shows what a resource is for."""
    query_text = "&".join(_EXAMPLE_PARAMS.get(resource, ()))
    return f"{BASE}/{resource}" + (f"?{query_text}" if query_text else "")


def _describe_paths(reference_data: ReferenceData) -> JsonSchema:
    paths: JsonSchema = {
        BASE: {"get": _describe_operation("index", "List the resources", {"type": "object"})}
    }
    for resource in RESOURCES.values():
        paths |= _describe_list(f"{BASE}/{resource.name}", resource)
        if resource.name in details.DETAIL_COLUMNS:
            item = _describe_item(resource, reference_data)
            paths[f"{BASE}/{resource.name}/{{id}}"] = {"get": item}
    paths |= _describe_list(
        f"{BASE}/codes/{{list}}",
        CODES_OF_LIST,
        [_describe_path_parameter("list", schemas.reference_value_set("list"))],
    )
    paths[f"{BASE}/query"] = {"post": _describe_posted_query()}
    return paths


def _describe_list(
    base_path: str, resource: ApiResource, path_parameters: Iterable[JsonSchema] = ()
) -> JsonSchema:
    """A list under its own address, and under the address with an ending."""
    filters = [
        _describe_filter(f, resource) for f in resource.filters if resource is not CODES_OF_LIST
    ]
    common_parameters = _describe_common_parameters(resource)
    format_parameter = _describe_path_parameter(
        "format", {"type": "string", "enum": list(list_endings("rows"))}
    )
    content = {
        entry.media_type: {
            "schema": schemas.reference_list(resource) if entry.name == "json" else {}
        }
        for entry in list_formats("rows")
    }
    responses = {
        "200": {"description": _ROWS_DESCRIPTION, "headers": _ROW_HEADERS, "content": content},
        **_reference_errors("400", "404", "406", "409", "410", "414", "503"),
    }
    name = resource.name.replace("-", "_")
    addresses: dict[str, tuple[str, list[JsonSchema]]] = {
        base_path: (name, []),
        f"{base_path}.{{format}}": (f"{name}_in_a_format", [format_parameter]),
    }
    parameters = [*filters, *common_parameters]
    return {
        path: {
            "get": {
                "operationId": operation_id,
                "summary": resource.title,
                "tags": [resource.name],
                "responses": responses,
                "parameters": [*path_parameters, *formats, *parameters],
            }
        }
        for path, (operation_id, formats) in addresses.items()
    } | {
        f"{base_path}{CSV_METADATA_SUFFIX}": {
            "get": {
                "operationId": f"{name}_csv_metadata",
                "summary": f"{resource.title}: metadata of the CSV",
                "tags": [resource.name],
                "responses": _describe_csv_metadata(),
                "parameters": [*path_parameters, *parameters],
            }
        }
    }


def _describe_csv_metadata() -> JsonSchema:
    return {
        "200": {
            "description": _CSV_METADATA_DESCRIPTION,
            "headers": _ROW_HEADERS,
            "content": {CSV_METADATA_TYPE: {"schema": {"type": "object"}}},
        },
        **_reference_errors("400", "404", "409", "410", "414", "503"),
    }


def _describe_headers() -> JsonSchema:
    return {
        name: {"description": description, "schema": {"type": header_type}}
        for name, (header_type, description) in RESPONSE_HEADERS.items()
    }


RESPONSE_HEADERS: Mapping[str, tuple[str, str]] = {
    "hub-total": ("integer", "number of rows in the result, whatever the page"),
    "hub-truncated": (
        "string",
        "true if more rows follow, with their address in Link (rel=next); else false",
    ),
    "hub-cursor": ("string", "cursor for the next page, for use in a POST query"),
    "hub-left-out": (
        "string",
        "number of rows that match the filters and are not in the result, and the reason",
    ),
    "hub-release": ("string", "releases from which the rows come, as dataset=version; at most 20"),
    "hub-release-count": ("integer", "number of releases from which the rows come"),
    "hub-licence": ("string", "licences of the rows; Link (rel=license) has their texts"),
    "hub-comparability": (
        "string",
        "verdict on all rows of the result, subject and reason codes; absent without rows",
    ),
    "hub-conversion": (
        "string",
        "with convert: the target, the number of categories without a value, and of rows left out",
    ),
    "link": ("string", "next page, licences, metadata (describedby) and other formats"),
}
"""The headers of every answer with rows: type and description."""
_ROW_HEADERS = _describe_headers()


def _describe_common_parameters(resource: ApiResource) -> list[JsonSchema]:
    names = ("limit", "cursor", "labels", *(["convert"] if resource is OBSERVATIONS else []))
    return [
        _describe_column_parameter(
            "fields", [c.name for c in resource.columns], "Return only these columns."
        ),
        _describe_column_parameter(
            "sort",
            [sign + name for name in resource.sortable_columns for sign in ("", "-")],
            "Sort order of the rows. A minus sign (-) before a column name sorts from highest to "
            "lowest. Rows without a value come last.",
        ),
        *({"$ref": f"#/components/parameters/{name}"} for name in names),
    ]


def _describe_filter(filter_: Filter, resource: ApiResource) -> JsonSchema:
    schema = _FILTER_SCHEMAS.get(filter_.filter_type, schemas.DATE_SCHEMA)
    if filter_.filter_type == "code":
        values = schemas.reference_value_set(filter_.value_set)
        schema = schemas.describe_array(values, minItems=1, maxItems=MAX_FILTER_VALUES)
    return {
        **schemas.describe_parameter(filter_.name, f"Rows {filter_.description}.", schema),
        **({"style": "form", "explode": True} if filter_.filter_type == "code" else {}),
        **({"required": True} if filter_.name == resource.required_filter else {}),
    }


_FILTER_SCHEMAS: Mapping[str, JsonSchema] = {
    "text": {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH_CHARS},
    "boolean": {"type": "boolean"},
}


def _describe_column_parameter(name: str, values: Sequence[str], description: str) -> JsonSchema:
    schema = schemas.describe_array({"enum": list(values)}, minItems=1)
    description = f"{description} Separate several values with commas."
    return {
        **schemas.describe_parameter(name, description, schema),
        "style": "form",
        "explode": False,
    }


def _describe_path_parameter(name: str, schema: JsonSchema) -> JsonSchema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _describe_item(resource: ApiResource, reference_data: ReferenceData) -> JsonSchema:
    id_schema = (
        schemas.reference_value_set(resource.item_column)
        if reference_data.value_sets[resource.item_column]
        else {"type": "string"}
    )
    operation = _describe_operation(
        resource.item_column,
        f"One item from {resource.name}, with all related data",
        schemas.ITEM_SCHEMA,
    )
    operation["parameters"] = [_describe_path_parameter("id", id_schema)]
    operation["responses"] |= _reference_errors("404", "410")
    return operation


def _describe_operation(name: str, description: str, schema: JsonSchema) -> JsonSchema:
    return {
        "operationId": f"one_{name}",
        "summary": description,
        "responses": {
            "200": {
                "description": description,
                "content": {"application/json": {"schema": schema}},
            },
            **_reference_errors("400", "503"),
        },
    }


def _describe_posted_query() -> JsonSchema:
    body = {"oneOf": [schemas.reference_schema(f"query_{name}") for name in POST_QUERY_RESOURCES]}
    content: JsonSchema = {get_format(name).media_type: {} for name in list_posted_query_formats()}
    content["application/json"] = {"schema": schemas.reference_schema("answer")}
    return {
        "operationId": "query",
        "summary": "A tree of conditions, for queries too long or complex for an address",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The rows", "content": content},
            **_reference_errors("400", "406", "410", "413", "503"),
        },
    }


def _reference_errors(*statuses: str) -> JsonSchema:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


_ERROR_TEXTS = {
    "400": "The request is not valid. The response lists every problem.",
    "404": "No such resource.",
    "406": "None of the formats in the Accept header is available.",
    "409": "The values cannot be converted to this classification.",
    "410": "The item was withdrawn, or the data has been updated since the cursor was issued.",
    "413": "The request body is too large.",
    "414": "The address is too long.",
    "503": "The concurrency limit has been reached. Retry-After says when to try again.",
}


def _describe_errors() -> JsonSchema:
    schema = schemas.reference_schema("problem")
    return {
        status: {"description": says, "content": {problem_details.MEDIA_TYPE: {"schema": schema}}}
        for status, says in _ERROR_TEXTS.items()
    }
