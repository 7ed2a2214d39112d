"""/openapi.json: the API described (OpenAPI 3.1), from the same tables that answer.

Each format has an operation at its own address, so that a client generated from the description
knows what comes back; the address without an ending answers in JSON, or as `Accept` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidencehub.api import details
from evidencehub.api import openapi_schemas as schemas
from evidencehub.api.answer_links import AVAILABILITY, BASE, CSV_METADATA_SUFFIX, CSV_METADATA_TYPE
from evidencehub.api.deprecations import list_deprecated_names
from evidencehub.api.json_schema import JsonSchema
from evidencehub.api.openapi_parameters import (
    describe_parameters,
    describe_path_parameter,
    reference_parameters,
)
from evidencehub.api.openapi_parts import reference_schema
from evidencehub.api.openapi_query import build_query_schemas, describe_query_body
from evidencehub.api.openapi_responses import (
    ITEM_HEADERS,
    describe_errors,
    describe_headers,
    reference_errors,
    reference_headers,
)
from evidencehub.api.resources import CODES_OF_LIST, RESOURCES
from evidencehub.formats.format import Format, get_format, list_formats, list_posted_query_formats
from evidencehub.store.derived_rows import describe_availability
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource

API_VERSION = "1.0.0"
"""The version of the description: the first number is that of the addresses."""
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
    "Codes are text; the parameters say where their lists are. New columns, parameters, codes and "
    "members may be added to version 1; nothing is taken away or changes its meaning. "
    "See /api for examples."
)
_LICENCE = {
    "name": "MIT: the software and this description. Answers name the licences of the data."
}
_ROWS_DESCRIPTION = "All rows that match, unless limit is given."
_TAG_TEXTS = {
    "query": "Queries that are too long or too complex for an address.",
    "index": "What there is.",
}


def render_openapi(reference_data: ReferenceData) -> bytes:
    """The description as JSON text; its examples of codes are those of this build."""
    parameters = describe_parameters(reference_data)
    components = schemas.build_schemas(reference_data)
    components |= build_query_schemas(reference_data, parameters)
    paths = _describe_paths()
    description = {
        "openapi": "3.1.0",
        "info": {
            "title": reference_data.site_metadata.get("title", "Evidence hub"),
            "version": API_VERSION,
            "summary": "Evidence on ethnic inequalities in health and care",
            "description": _DESCRIPTION,
            "license": _LICENCE,
            "contact": _describe_contact(reference_data),
        },
        "servers": [{"url": reference_data.site_url or "/", "description": "This hub"}],
        "security": [],
        "tags": _describe_tags(),
        "externalDocs": {
            "url": f"{reference_data.site_url}/api",
            "description": "The API with examples in several languages",
        },
        "paths": paths,
        "components": {
            "schemas": _select_used_schemas(components, [paths, parameters]),
            "parameters": parameters,
            "headers": describe_headers(),
            "responses": describe_errors(),
        },
    }
    # without spaces it is a third shorter, and made in a sixth of the time at each start
    return (json.dumps(description, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _describe_contact(reference_data: ReferenceData) -> JsonSchema:
    """Whom to write to, as the operator of the site names it; else the page about the site."""
    site = reference_data.site_metadata
    contact = site.get("contact", "")
    name = {"name": site.get("organisation") or site.get("title", "Evidence hub")}
    if "@" in contact:
        return name | {"email": contact}
    return name | {"url": contact or f"{reference_data.site_url}/about"}


def _describe_tags() -> list[JsonSchema]:
    texts = {resource.name: f"{resource.title}." for resource in RESOURCES.values()}
    return [{"name": name, "description": text} for name, text in {**texts, **_TAG_TEXTS}.items()]


def _select_used_schemas(components: JsonSchema, roots: Sequence[Any]) -> JsonSchema:
    """Return the schemas that the description refers to, directly or through others."""
    used_names: set[str] = set()
    names = {*_list_schema_names([*roots, describe_errors()])}
    while names:
        used_names |= names
        names = {n for name in names for n in _list_schema_names(components[name])}
        names -= used_names
    return {name: schema for name, schema in components.items() if name in used_names}


def build_example_url(resource: str) -> str:
    """An address that shows what a resource is for."""
    query_text = "&".join(_EXAMPLE_PARAMS.get(resource, ()))
    return f"{BASE}/{resource}" + (f"?{query_text}" if query_text else "")


def _describe_paths() -> JsonSchema:
    paths: JsonSchema = {BASE: {"get": _describe_index()}}
    for resource in RESOURCES.values():
        paths |= _describe_list(
            f"{BASE}/{resource.name}", resource, reference_parameters(resource), resource.name
        )
        if resource.dimensions:
            paths |= _describe_list(
                f"{BASE}/{resource.name}/{AVAILABILITY}",
                describe_availability(resource),
                reference_parameters(resource, is_availability=True),
                resource.name,
            )
        if resource.name in details.DETAIL_COLUMNS:
            paths[f"{BASE}/{resource.name}/{{id}}"] = {"get": _describe_item(resource)}
    path_parameter = describe_path_parameter("list", schemas.reference_value_set("list"))
    paths |= _describe_list(
        f"{BASE}/codes/{{list}}",
        CODES_OF_LIST,
        [path_parameter, *reference_parameters(CODES_OF_LIST)],
        "codes",
    )
    paths[f"{BASE}/query"] = {"post": _describe_posted_query()}
    return paths


def _describe_index() -> JsonSchema:
    content = {"application/json": {"schema": reference_schema("index")}}
    return {
        "operationId": "index",
        "summary": "List the resources",
        "description": "The resources with their addresses, and the build that answers.",
        "tags": ["index"],
        "responses": {
            "200": {"description": "The resources.", "content": content},
            **reference_errors("400", "429", "503"),
        },
    }


def _describe_list(
    base_path: str, resource: ApiResource, parameters: Sequence[JsonSchema], tag: str
) -> JsonSchema:
    """A list under its own address, and under the address with the ending of each format."""
    name = schemas.make_component_name(resource.name)
    is_deprecated = resource.name in list_deprecated_names("resource", resource.name)
    common_members: JsonSchema = {
        **({"deprecated": True} if is_deprecated else {}),
        "tags": [tag],
        "parameters": parameters,
    }
    operations = {"": _describe_page(name, resource.title)}
    for entry in list_formats("rows"):
        if entry.name != "json":
            operations[f".{entry.ending}"] = _describe_file(name, resource.title, entry)
    operations[CSV_METADATA_SUFFIX] = {
        "operationId": f"{name}_csv_metadata",
        "summary": f"{resource.title}: metadata of the CSV",
        "description": "What the CSV of the same address has no place for.",
        "responses": _describe_csv_metadata(),
    }
    return {
        f"{base_path}{ending}": {"get": {**operation, **common_members}}
        for ending, operation in operations.items()
    }


def _describe_page(name: str, title: str) -> JsonSchema:
    media_types = ", ".join(f.media_type for f in list_formats("rows") if f.name != "json")
    schema = reference_schema(name)
    return {
        "operationId": name,
        "summary": title,
        "description": f"A page of rows in JSON. With Accept also: {media_types}.",
        "responses": {
            "200": {
                "description": f"A page of rows. Accept may ask for {media_types}.",
                "headers": reference_headers(),
                "content": {"application/json": {"schema": schema}},
            },
            **reference_errors("400", "404", "406", "409", "410", "414", "429", "503"),
        },
    }


def _describe_file(name: str, title: str, entry: Format) -> JsonSchema:
    return {
        "operationId": f"{name}_{schemas.make_component_name(entry.name)}",
        "summary": f"{title}: {entry.title}",
        "description": f"Rows as {entry.title}: all that match, unless limit is given.",
        "responses": _describe_file_responses(entry),
    }


def _describe_file_responses(entry: Format) -> JsonSchema:
    is_text = entry.media_type.startswith("text/")
    schema = {"type": "string"} if is_text else {"type": "string", "format": "binary"}
    content = {entry.media_type: {"schema": schema}}
    return {
        "200": {
            "description": _ROWS_DESCRIPTION,
            "headers": reference_headers(),
            "content": content,
        },
        **reference_errors("400", "404", "409", "410", "414", "429", "503"),
    }


def _describe_csv_metadata() -> JsonSchema:
    content = {CSV_METADATA_TYPE: {"schema": reference_schema("csv_metadata")}}
    return {
        "200": {
            "description": "Columns, releases, licences and comparability of the CSV.",
            "headers": reference_headers(),
            "content": content,
        },
        **reference_errors("400", "404", "409", "410", "414", "429", "503"),
    }


def _describe_item(resource: ApiResource) -> JsonSchema:
    name = schemas.make_component_name(resource.name)
    schema = reference_schema(f"{name}_single")
    id_schema = schemas.reference_value_set(resource.item_column)
    return {
        "operationId": f"one_{resource.item_column}",
        "summary": f"One item from {resource.name}, with all related data",
        "description": "The columns of the list and what belongs to the item beyond them.",
        "tags": [resource.name],
        "parameters": [describe_path_parameter("id", id_schema)],
        "responses": {
            "200": {
                "description": "The item.",
                "headers": reference_headers(*ITEM_HEADERS),
                "content": {"application/json": {"schema": schema}},
            },
            **reference_errors("400", "404", "410", "429", "503"),
        },
    }


def _describe_posted_query() -> JsonSchema:
    media_types = ", ".join(
        get_format(name).media_type for name in list_posted_query_formats() if name != "json"
    )
    return {
        "operationId": "query",
        "summary": "A tree of conditions, for queries too long or complex for an address",
        "description": f"A page of rows in JSON. With Accept also: {media_types}.",
        "tags": ["query"],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": describe_query_body()}},
        },
        "responses": {
            "200": {
                "description": f"A page of rows. Accept may ask for {media_types}.",
                "headers": reference_headers(),
                "content": {"application/json": {"schema": reference_schema("query_answer")}},
            },
            **reference_errors("400", "406", "410", "413", "429", "503"),
        },
    }


def _list_schema_names(schema: Any) -> Iterator[str]:
    """Yield the names of the schemas that a part of the description refers to."""
    if isinstance(schema, dict):
        kind, _, name = str(schema.get("$ref", "")).rpartition("/")
        if kind == "#/components/schemas":
            yield name
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from _list_schema_names(value)
