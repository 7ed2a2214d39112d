"""/openapi.json: the API described (OpenAPI 3.1), from the same tables that answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from evidencehub.serve import problem
from evidencehub.serve.api import items, streams
from evidencehub.serve.api.envelope import BASE
from evidencehub.serve.api.figures import OBSERVATIONS
from evidencehub.serve.api.known import Known
from evidencehub.serve.api.question import TEXT, VALUES
from evidencehub.serve.api.resource import Filter, Resource
from evidencehub.serve.api.resources import LIST_CODES, QUERIED, RESOURCES
from evidencehub.serve.api.schemas import DATE, ITEM, Schema, answer_of, ref, schemas, shared

_EXAMPLES: Mapping[str, Sequence[str]] = {
    "observations": ("indicator=uk-maternal-mortality-rate", "limit=3"),
    "gaps": ("indicator=uk-maternal-mortality-rate",),
    "inequality": ("indicator=us-infant-mortality-rate",),
    "compare": ("family=infant-mortality",),
    "search": ("q=maternal%20deaths",),
}


def document(known: Known) -> bytes:
    """The description as JSON text; the sets of values are those of this build."""
    told = {
        "openapi": "3.1.0",
        "info": {
            "title": "Evidence hub",
            "version": "1",
            "summary": "Evidence on ethnic inequalities in health and care",
            "description": "Every list says how many rows there are, gives them in pages, and "
            "comes as JSON, CSV, NDJSON or Parquet. What is not understood is refused, with "
            "every problem at once. /api explains it with examples.",
        },
        "servers": [{"url": known.url or "/"}],
        "paths": _paths(known),
        "components": {
            "schemas": schemas(known),
            "parameters": shared(known),
            "responses": _refusals(),
        },
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def example(resource: str) -> str:
    """An address that shows what a resource is for."""
    told = "&".join(_EXAMPLES.get(resource, ()))
    return f"{BASE}/{resource}" + (f"?{told}" if told else "")


def _paths(known: Known) -> Schema:
    paths: Schema = {BASE: {"get": _plain("index", "What there is", {"type": "object"})}}
    for resource in RESOURCES.values():
        paths |= _list(f"{BASE}/{resource.name}", resource)
        if resource.name in items.FURTHER:
            paths[f"{BASE}/{resource.name}/{{id}}"] = {"get": _item(resource, known)}
    paths |= _list(f"{BASE}/codes/{{list}}", LIST_CODES, [_in_path("list", ref("list"))])
    paths[f"{BASE}/query"] = {"post": _query()}
    return paths


def _list(home: str, resource: Resource, path: Iterable[Schema] = ()) -> Schema:
    """A list under its own address, and under the address with an ending."""
    filters = [_filter(one) for one in resource.filters if resource is not LIST_CODES]
    shared = [
        _by_columns("fields", [c.name for c in resource.columns], "Only these columns."),
        _by_columns(
            "sort",
            [sign + name for name in resource.sortable for sign in ("", "-")],
            "The order of the rows; with - before it from the highest down. Rows without a "
            "value come last.",
        ),
        *({"$ref": f"#/components/parameters/{name}"} for name in ("limit", "cursor", "labels")),
    ]
    if resource is OBSERVATIONS:
        shared.append({"$ref": "#/components/parameters/convert"})
    form = _in_path("format", {"type": "string", "enum": list(streams.TYPES)})
    content = {
        kind.split(";")[0]: {"schema": answer_of(resource) if name == "json" else {}}
        for name, kind in streams.TYPES.items()
    }
    told = {
        "summary": resource.title,
        "tags": [resource.name],
        "responses": {
            "200": {
                "description": "The rows. CSV, NDJSON and Parquet give all of them, unless "
                "limit is given.",
                "headers": {"hub-total": {"schema": {"type": "integer"}}},
                "content": content,
            },
            **_errors("400", "404", "406", "409", "410", "414", "503"),
        },
    }
    name = resource.name.replace("-", "_")
    return {
        home: {"get": {"operationId": name, **told, "parameters": [*path, *filters, *shared]}},
        f"{home}.{{format}}": {
            "get": {
                "operationId": f"{name}_in_a_format",
                **told,
                "parameters": [*path, form, *filters, *shared],
            }
        },
    }


def _filter(one: Filter) -> Schema:
    told: Schema = {"name": one.name, "in": "query", "description": f"Rows {one.says}."}
    match one.kind:
        case "code":
            told |= {"style": "form", "explode": True}
            told["schema"] = {
                "type": "array", "items": ref(one.known), "minItems": 1, "maxItems": VALUES,
            }  # fmt: skip
        case "text":
            told["schema"] = {"type": "string", "minLength": 1, "maxLength": TEXT}
        case "boolean":
            told["schema"] = {"type": "boolean"}
        case _:
            told["schema"] = DATE
    if "has to be given" in one.says:
        told["required"] = True
    return told


def _by_columns(name: str, values: Sequence[str], says: str) -> Schema:
    return {
        "name": name,
        "in": "query",
        "description": f"{says} Several are separated by commas.",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"enum": list(values)}, "minItems": 1},
    }


def _in_path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _item(resource: Resource, known: Known) -> Schema:
    kind = ref(resource.item) if known.values[resource.item] else {"type": "string"}
    told = _plain(resource.item, f"One of {resource.name}, with all that belongs to it", ITEM)
    told["parameters"] = [_in_path("id", kind)]
    told["responses"] |= _errors("404")
    return told


def _plain(name: str, says: str, schema: Schema) -> Schema:
    return {
        "operationId": f"one_{name}",
        "summary": says,
        "responses": {
            "200": {"description": says, "content": {"application/json": {"schema": schema}}},
            **_errors("400", "503"),
        },
    }


def _query() -> Schema:
    body = {"oneOf": [{"$ref": f"#/components/schemas/query_{name}"} for name in QUERIED]}
    forms: Schema = {
        kind.split(";")[0]: {} for name, kind in streams.TYPES.items() if name != "parquet"
    }
    forms["application/json"] = {"schema": {"$ref": "#/components/schemas/answer"}}
    return {
        "operationId": "query",
        "summary": "A tree of conditions, for questions that an address cannot hold",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The rows", "content": forms},
            **_errors("400", "406", "410", "413", "503"),
        },
    }


def _errors(*statuses: str) -> Schema:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


_SAYS = {
    "400": "Something in the question is not understood; every problem is listed.",
    "404": "There is nothing at this address.",
    "406": "None of the forms that Accept allows is here.",
    "409": "The figures cannot be carried over into another classification.",
    "410": "The cursor is of an older edition of the data.",
    "413": "What was posted is too large.",
    "414": "The address is too long.",
    "503": "Too much is asked at once; Retry-After says when to come back.",
}


def _refusals() -> Schema:
    schema = {"$ref": "#/components/schemas/problem"}
    return {
        status: {"description": says, "content": {problem.TYPE: {"schema": schema}}}
        for status, says in _SAYS.items()
    }
