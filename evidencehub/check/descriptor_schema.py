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
    """Everything in the descriptor that is not of the kind it must be.

    What the package's own object lacks is left to the rule metadata/unknown, which names all of it.
    """
    errors = (
        _most_specific_error(error)
        for error in _validator().iter_errors(package.descriptor)
        if not (error.validator == "required" and list(error.absolute_path) == ["hub"])
    )
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
    constraint, value = error.validator_value, _truncate(error.instance)
    match error.validator:
        case "required":
            names = [name for name in constraint if name not in error.instance]
            return _name_keys(("descriptor/missing-key", "descriptor/missing-keys"), names)
        case "additionalProperties":
            allowed = error.schema.get("properties", {})
            names = [name for name in error.instance if name not in allowed]
            codes = ("descriptor/unknown-key", "descriptor/unknown-keys")
            return _name_keys(codes, names, allowed=", ".join(allowed))
        case "type":
            kinds = [constraint] if isinstance(constraint, str) else constraint
            types = " or ".join(_TYPE_NAMES[kind] for kind in kinds)
            return make_message("descriptor/type", value=value, types=types)
        case "enum":
            return make_message(
                "descriptor/enum", value=value, allowed=", ".join(map(str, constraint))
            )
        case "maxLength" | "maxItems":
            return make_message(
                _TOO_MUCH_CODES[error.validator],
                count=f"{len(error.instance):,}",
                limit=f"{constraint:,}",
            )
    if error.validator in _PLAIN_CODES:
        return make_message(_PLAIN_CODES[error.validator])
    limit = _truncate(constraint)
    return make_message("descriptor/invalid", value=value, constraint=error.validator, limit=limit)


_TOO_MUCH_CODES = {"maxLength": "descriptor/too-long", "maxItems": "descriptor/too-many"}
_PLAIN_CODES = {
    "minItems": "descriptor/empty",
    "minLength": "descriptor/empty",
    "minProperties": "descriptor/empty",
    "uniqueItems": "descriptor/duplicate",
}
"""Keywords of the JSON Schema of which no more is said than that they are broken."""


def _name_keys(codes: tuple[str, str], names: list[str], **params: str) -> Message:
    """Return the message on these keys: of two codes the first is for one key."""
    quoted = tuple(f"`{name}`" for name in names)
    return make_message(codes[len(names) > 1], names=quoted, **params)


def _truncate(value: Any, max_length: int = 60) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= max_length else f"{text[:max_length]}…"
