"""What version 1 of the API promised when it was frozen: names that a program may rest on.

`python -m tests.support.api_contract` adds what is new to the file; nothing is ever taken from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evidencehub.api.openapi_parts import ANSWER_PARTS
from evidencehub.api.openapi_schemas import make_component_name
from evidencehub.api.resources import ALL_RESOURCES
from evidencehub.messages import api, http
from tests.support.dataset_builder import PROJECT_ROOT

PATH = PROJECT_ROOT / "tests/api/v1/frozen.json"


def read_contract() -> dict[str, list[str]]:
    """What is promised, by subject."""
    return json.loads(PATH.read_text("utf-8"))


def describe_contract(description: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a description (`openapi.json`) promises: everything that has a name, with its type."""
    components = description["components"]
    parameters = components["parameters"]
    promised = {
        "paths": [
            f"{method} {path}" for path, item in description["paths"].items() for method in item
        ],
        "media types": sorted(set(_list_media_types(description["paths"]))),
        "parameters": [
            f"{path} {parameter['name']} {_name_type(parameter['schema'])}"
            for path, item in description["paths"].items()
            if "." not in path  # other formats have the same
            for operation in item.values()
            for parameter in (
                parameters[p["$ref"].rpartition("/")[2]] if "$ref" in p else p
                for p in operation.get("parameters", ())
            )
        ],
        "columns": [
            f"{resource.name} {column.name} {column.column_type}"
            for resource in ALL_RESOURCES
            for column in resource.columns
        ],
        "never null": [
            f"{resource.name} {name}"
            for resource in ALL_RESOURCES
            for name, schema in components["schemas"][f"{make_component_name(resource.name)}_row"][
                "properties"
            ].items()
            if not _is_nullable(schema)
        ],
        "members": [
            f"{name} {member} {_name_type(schema)}"
            for name, part in components["schemas"].items()
            for member, schema in part.get("properties", {}).items()
            if name.endswith(("_item", "_single")) or name in ANSWER_PARTS
        ],
        "headers": [*components["headers"]],
        "reasons": sorted({name.split("/")[1] for name in (*api.TEMPLATES, *http.TEMPLATES)}),
    }
    return {subject: sorted(set(names)) for subject, names in promised.items()}


def _list_media_types(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part.get("content", ())
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from _list_media_types(inner)


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    return "null" in json.dumps(schema.get("type", schema.get("anyOf", "")))


def _name_type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return "text" if "/value_" in schema["$ref"] else schema["$ref"].rpartition("/")[2]
    kind = schema.get("type", "anyOf" if "anyOf" in schema else "any")
    kind = "/".join(sorted(kind)) if isinstance(kind, list) else kind
    inner = f" of {_name_type(schema['items'])}" if "items" in schema else ""
    return f"{kind.replace('string', 'text')}{inner}"


def write_contract(description: Mapping[str, Any]) -> None:
    """Add what is new to the file."""
    kept = read_contract() if PATH.exists() else {}
    now = describe_contract(description)
    merged = {
        subject: sorted({*kept.get(subject, ()), *now.get(subject, ())})
        for subject in {**kept, **now}
    }
    PATH.write_text(json.dumps(merged, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main(build: Path) -> None:
    """Write the file from a build of the shipped datasets."""
    from evidencehub.api.app import ApiApp

    write_contract(json.loads(ApiApp(build)._openapi_json))


if __name__ == "__main__":
    main((PROJECT_ROOT / "dist/current").resolve())
