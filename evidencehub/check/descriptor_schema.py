"""The shape of a descriptor, looked at before anything else relies on it: its published schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from evidencehub.domain.package import SourcePackage
from evidencehub.domain.problem import Problem
from evidencehub.messages.rendering import Message, make_message

_TYPE_NAMES = {
    "object": "an object, { … }",
    "array": "a list, [ … ]",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}


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
        message = _build_message(error)
        is_hub = "hub" in error.absolute_path or "`hub`" in message.render()
        rule = "metadata/hub" if is_hub else "structure/descriptor"
        yield Problem(rule, message, make_message("descriptor/fix"), field=location)


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


def _build_message(error: Any) -> Message:
    """What is wrong, without the words of a schema."""
    build = _BUILDERS.get(error.validator, _build_invalid_message)
    return build(error, error.validator_value, error.instance)


def _build_required_message(_: Any, required: Any, instance: Any) -> Message:
    names = [name for name in required if name not in instance]
    code = "descriptor/missing-key" if len(names) == 1 else "descriptor/missing-keys"
    return make_message(code, names=_quote_names(names))


def _build_unknown_message(error: Any, _: Any, instance: Any) -> Message:
    allowed = error.schema.get("properties", {})
    names = [name for name in instance if name not in allowed]
    code = "descriptor/unknown-key" if len(names) == 1 else "descriptor/unknown-keys"
    return make_message(code, names=_quote_names(names), allowed=", ".join(allowed))


def _build_type_message(_: Any, constraint: Any, instance: Any) -> Message:
    kinds = [constraint] if isinstance(constraint, str) else constraint
    types = " or ".join(_TYPE_NAMES[kind] for kind in kinds)
    return make_message("descriptor/type", value=_truncate(instance), types=types)


def _build_enum_message(_: Any, constraint: Any, instance: Any) -> Message:
    allowed = ", ".join(map(str, constraint))
    return make_message("descriptor/enum", value=_truncate(instance), allowed=allowed)


def _build_invalid_message(error: Any, constraint: Any, instance: Any) -> Message:
    return make_message(
        "descriptor/invalid",
        value=_truncate(instance),
        constraint=error.validator,
        limit=_truncate(constraint),
    )


def _build_empty_message(*_: Any) -> Message:
    return make_message("descriptor/empty")


_BUILDERS: Mapping[str, Callable[[Any, Any, Any], Message]] = {
    "required": _build_required_message,
    "additionalProperties": _build_unknown_message,
    "type": _build_type_message,
    "enum": _build_enum_message,
    "minItems": _build_empty_message,
    "minLength": _build_empty_message,
    "minProperties": _build_empty_message,
    "uniqueItems": lambda *_: make_message("descriptor/duplicate"),
}
"""By the keyword of the JSON Schema that is broken: from error, constraint and value to words."""


def _quote_names(names: list[str]) -> tuple[str, ...]:
    return tuple(f"`{name}`" for name in names)


def _truncate(value: Any, max_length: int = 60) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= max_length else f"{text[:max_length]}…"
