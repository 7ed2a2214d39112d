"""The shape of a descriptor, looked at before anything else relies on it: its published schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from evidencehub.model.package import SourcePackage
from evidencehub.model.problem import Problem

_KINDS = {
    "object": "an object: { … }",
    "array": "a list: [ … ]",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}
_FIX = "Correct it; docs/reference/package.md says what may stand there."


@cache
def hub_schema() -> Mapping[str, Any]:
    """The JSON Schema of descriptors and their `hub` objects, as it is published."""
    text = resources.files("evidencehub.check").joinpath("hub.schema.json").read_text("utf-8")
    return dict(json.loads(text))


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(hub_schema())


def problems(package: SourcePackage) -> Iterator[Problem]:
    """Everything in the descriptor that is not of the kind it must be."""
    found = (_deepest(error) for error in _validator().iter_errors(package.descriptor))
    for error in sorted(found, key=lambda e: [str(part) for part in e.absolute_path]):
        place = _place(list(error.absolute_path), package.descriptor)
        is_hub = "hub" in error.absolute_path or "`hub`" in _sentence(error)
        rule = "metadata/hub" if is_hub else "structure/descriptor"
        yield Problem(rule, _sentence(error), _FIX, field=place)


def _deepest(error: Any) -> Any:
    """Of several ways in which something could have fitted, the one that came closest."""
    while error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), -len(e.schema_path)))
    return error


def _place(parts: list[Any], descriptor: Any) -> str:
    """The place in words: resources and fields by their names, where they have one."""
    words, here = [], descriptor
    for step, part in enumerate(parts, start=1):
        here = here[part]
        name = here.get("name") if isinstance(here, Mapping) else None
        if isinstance(part, int) and isinstance(name, str):
            words.append(name)
        elif part not in ("schema", "fields") or step == len(parts):
            words.append(str(part))
    return ".".join(words)


def _sentence(error: Any) -> str:
    """What is wrong, without the words of a schema."""
    wanted, found = error.validator_value, error.instance
    match error.validator:
        case "required":
            missing = [name for name in wanted if name not in found]
            return f"{_and(missing)} {'is' if len(missing) == 1 else 'are'} not given."
        case "additionalProperties":
            known = list(error.schema.get("properties", {}))
            other = [name for name in found if name not in known]
            what = "key" if len(other) == 1 else "keys"
            return f"{_and(other)} may not stand here: no such {what}. Known: {', '.join(known)}."
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"“{_short(found)}” must be {' or '.join(_KINDS[kind] for kind in kinds)}."
        case "enum":
            return f"“{_short(found)}” is not one of {', '.join(map(str, wanted))}."
        case "minItems" | "minLength" | "minProperties":
            return "It is empty."
        case "uniqueItems":
            return "Something is listed twice."
        case _:
            return f"“{_short(found)}” does not fit ({error.validator} {_short(wanted)})."


def _and(names: list[str]) -> str:
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def _short(value: Any, most: int = 60) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"
