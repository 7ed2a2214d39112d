"""The shape of a descriptor, looked at before anything else relies on it: its published schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from evidencehub.domain.package import SourcePackage
from evidencehub.domain.problem import Problem

_TYPE_NAMES = {
    "object": "an object, { … }",
    "array": "a list, [ … ]",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}
_CORRECTION = "Correct it. The properties allowed are listed in docs/reference/package.md."


@cache
def load_hub_schema() -> Mapping[str, Any]:
    """The JSON Schema of descriptors and their `hub` objects, as it is published."""
    text = resources.files("evidencehub.check").joinpath("hub.schema.json").read_text("utf-8")
    return dict(json.loads(text))


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(load_hub_schema())


def find_schema_problems(package: SourcePackage) -> Iterator[Problem]:
    """Everything in the descriptor that is not of the kind it must be."""
    errors = (_most_specific_error(error) for error in _validator().iter_errors(package.descriptor))
    for error in sorted(errors, key=lambda e: [str(part) for part in e.absolute_path]):
        location = _location(list(error.absolute_path), package.descriptor)
        is_hub = "hub" in error.absolute_path or "`hub`" in _error_message(error)
        rule = "metadata/hub" if is_hub else "structure/descriptor"
        yield Problem(rule, _error_message(error), _CORRECTION, field=location)


def _most_specific_error(error: Any) -> Any:
    """Of several ways in which something could have fitted, the one that came closest."""
    while error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), -len(e.schema_path)))
    return error


def _location(parts: list[Any], descriptor: Any) -> str:
    """The place in words: resources and fields by their names, where they have one."""
    words, node = [], descriptor
    for step, part in enumerate(parts, start=1):
        node = node[part]
        name = node.get("name") if isinstance(node, Mapping) else None
        if isinstance(part, int) and isinstance(name, str):
            words.append(name)
        elif part not in ("schema", "fields") or step == len(parts):
            words.append(str(part))
    return ".".join(words)


def _error_message(error: Any) -> str:
    """What is wrong, without the words of a schema."""
    constraint, instance = error.validator_value, error.instance
    match error.validator:
        case "required":
            missing = [name for name in constraint if name not in instance]
            return f"{_join_names(missing)} {'is' if len(missing) == 1 else 'are'} missing."
        case "additionalProperties":
            known_keys = list(error.schema.get("properties", {}))
            unknown_keys = [name for name in instance if name not in known_keys]
            verb, noun = ("is", "key") if len(unknown_keys) == 1 else ("are", "keys")
            return (
                f"{_join_names(unknown_keys)} {verb} not allowed here: no such {noun}. Allowed: "
                f"{', '.join(known_keys)}."
            )
        case "type":
            kinds = [constraint] if isinstance(constraint, str) else constraint
            return (
                f"“{_truncate(instance)}” must be "
                f"{' or '.join(_TYPE_NAMES[kind] for kind in kinds)}."
            )
        case "enum":
            return f"“{_truncate(instance)}” is not one of {', '.join(map(str, constraint))}."
        case "minItems" | "minLength" | "minProperties":
            return "The value is empty."
        case "uniqueItems":
            return "The list contains a duplicate."
        case _:
            return (
                f"“{_truncate(instance)}” is not valid ({error.validator} {_truncate(constraint)})."
            )


def _join_names(names: list[str]) -> str:
    *initial_names, last = [f"`{name}`" for name in names]
    return f"{', '.join(initial_names)} and {last}" if initial_names else last


def _truncate(value: Any, max_length: int = 60) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= max_length else f"{text[:max_length]}…"
