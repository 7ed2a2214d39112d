"""Write the types of the Python client again: `python -m tests.support.client_resources`.

The client's types are made from the description of the API, so they cannot say something else.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any

from evidencehub.api.openapi import render_openapi
from evidencehub.api.openapi_schemas import make_component_name
from evidencehub.api.resources import ALL_RESOURCES, CODES_OF_LIST
from evidencehub.store.database import HubDatabase
from evidencehub.store.reference_data import read_reference_data
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.rich_hub import build_rich_hub

CLIENT_FILE = PROJECT_ROOT / "clients/python/src/evidencehub_client/resources.py"
_TYPES = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
_HEAD = '''"""The resources of the hub: their rows, their parameters, the types of their columns.

Written from the description of the API. Change the API, not this file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from evidencehub_client.answer import Answer

Codes = str | Sequence[str]
"""One code or several: rows with any of them match."""
'''


def render_client_resources(description: Mapping[str, Any]) -> str:
    """Return the module of the client that the description makes."""
    return "\n".join([_HEAD, *_render_rows(description), *_render_class(description)])


def _render_rows(description: Mapping[str, Any]) -> Iterator[str]:
    schemas = description["components"]["schemas"]
    column_types = ["COLUMN_TYPES: Mapping[str, Mapping[str, str]] = {"]
    for resource in ALL_RESOURCES:
        name = make_component_name(resource.name)
        row = schemas[f"{name}_row"]
        members = {c: _name_type(s) for c, s in row["properties"].items()}
        yield from _render_typed_dict(f"{_make_class_name(name)}Row", members)
        parameters = {
            _make_keyword(p["name"]): _name_parameter_type(p["schema"])
            for p in _list_parameters(description, resource.name)
        }
        yield from _render_typed_dict(f"{_make_class_name(name)}Parameters", parameters)
        kinds = {c: _find_kind(s) for c, s in row["properties"].items()}
        column_types += [f'    "{resource.name}": {{']
        column_types += [f'        "{c}": "{kind}",' for c, kind in kinds.items()]
        column_types += ["    },"]
    yield from [*column_types, "}", '"""The type of each column of each resource."""', ""]


def _render_typed_dict(name: str, members: Mapping[str, str]) -> Iterator[str]:
    yield f"{name} = TypedDict("
    yield f'    "{name}",'
    yield "    {"
    yield from (f'        "{member}": {member_type},' for member, member_type in members.items())
    yield from ("    },", "    total=False,", ")", "")


def _render_class(description: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "class Resources(ABC):")
    yield '    """One method for each resource; their arguments are the parameters of the API."""'
    yield from (
        "",
        "    @abstractmethod",
        "    def _answer(self, resource: str, path: str, parameters: Mapping[str, Any]) -> Answer[Any]:",
        '        """Return the answer at a path below the API."""',
    )
    for resource in ALL_RESOURCES:
        name = make_component_name(resource.name)
        class_name = _make_class_name(name)
        is_list = resource is CODES_OF_LIST
        argument, path = (
            ("code_list: str, ", 'f"codes/{code_list}"') if is_list else ("", f'"{resource.name}"')
        )
        yield from (
            "",
            f"    def {name}(",
            f"        self, {argument}**parameters: Unpack[{class_name}Parameters]",
            f"    ) -> Answer[{class_name}Row]:",
            f'        """{resource.title}."""',
            f'        return self._answer("{resource.name}", {path}, parameters)',
        )
    yield ""


def _list_parameters(description: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    path = "/api/v1/codes/{list}" if name == CODES_OF_LIST.name else f"/api/v1/{name}"
    references = description["paths"][path]["get"]["parameters"]
    names = [r["$ref"].rpartition("/")[2] for r in references if "$ref" in r]
    return [description["components"]["parameters"][n] for n in names if n != "cursor"]


def _name_parameter_type(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return "Codes"
    return {"integer": "int", "boolean": "bool"}.get(
        schema["type"], "Codes" if "pattern" in schema else "str"
    )


def _find_kind(schema: Mapping[str, Any]) -> str:
    name = _strip_null(schema)
    if schema.get("format") == "date":
        return "date"
    return {"string": "text", "array": "list"}.get(name, name)


def _strip_null(schema: Mapping[str, Any]) -> str:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return next(kind for kind in kinds if kind != "null")


def _name_type(schema: Mapping[str, Any]) -> str:
    kind = _strip_null(schema)
    if kind == "array":
        name = f"list[{_name_type(schema['items'])}]"
    else:
        name = _TYPES.get(kind, "dict[str, Any]")
    return f"{name} | None" if isinstance(schema["type"], list) else name


def _make_class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _make_keyword(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name


def describe_build(build: Path) -> Mapping[str, Any]:
    """Return the description of the API over a build."""
    reference_data = read_reference_data(HubDatabase(build / "hub.db"), build, ALL_RESOURCES)
    description: Mapping[str, Any] = json.loads(render_openapi(reference_data))
    return description


def write_client_resources() -> None:
    """Write the module of the client again."""
    with tempfile.TemporaryDirectory() as folder:
        build = build_rich_hub(Path(folder))
        CLIENT_FILE.write_text(render_client_resources(describe_build(build)), "utf-8")


if __name__ == "__main__":
    write_client_resources()
