"""The properties of a descriptor that the fast way understands; Frictionless decides on all others.

The standard lets a descriptor say more than the hub acts on: a hash, a count of rows, a scheme.
What is not in this table, or is of another kind, sends the whole package to Frictionless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

STANDARD_PROFILE = re.compile(r"https://datapackage\.org/profiles/[12]\.0/datapackage\.json")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_./-]*\.csv")

Kind = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_anything(_: Any) -> bool:
    return True


def _one_of(*values: Any) -> Kind:
    return lambda value: isinstance(value, str) and value in values


def _matching(pattern: re.Pattern[str]) -> Kind:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _object_of(level: str) -> Kind:
    return lambda value: isinstance(value, Mapping) and is_understood(value, level)


def _list_of(kind: Kind) -> Kind:
    return lambda value: isinstance(value, list) and all(map(kind, value))


def _text_or_list(value: Any) -> bool:
    return isinstance(value, str) or _list_of(_is_text)(value)


_LABELS = {"title": _is_text, "description": _is_text}
_HUB = {"hub": _is_anything}  # judged by the hub's own schema; Frictionless never looks at it
_ORIGINS = {
    "homepage": _is_text,
    "licenses": _list_of(_object_of("license")),
    "sources": _list_of(_object_of("source")),
    "contributors": _list_of(_object_of("contributor")),
}

UNDERSTOOD: Mapping[str, Mapping[str, Kind]] = {
    "package": {
        **_LABELS, **_HUB, **_ORIGINS,
        "$schema": _matching(STANDARD_PROFILE), "name": _is_text, "version": _is_text,
        "created": _is_text, "image": _is_text, "keywords": _list_of(_is_text),
        "resources": _list_of(_object_of("resource")),
    },
    "license": {"name": _is_text, "path": _is_text, "title": _is_text},
    "source": {"title": _is_text, "path": _is_text, "email": _is_text, "version": _is_text},
    "contributor": {
        "title": _is_text, "givenName": _is_text, "familyName": _is_text, "path": _is_text,
        "email": _is_text, "role": _is_text, "roles": _list_of(_is_text),
        "organization": _is_text,
    },
    "resource": {
        **_LABELS, **_HUB, **_ORIGINS,
        "name": _is_text, "path": _matching(_PLAIN_PATH), "type": _one_of("table"),
        "format": _one_of("csv"), "mediatype": _one_of("text/csv"), "encoding": _is_text,
        "dialect": _object_of("dialect"), "schema": _object_of("schema"),
    },
    "dialect": {
        "header": _is_boolean, "delimiter": _is_text, "quoteChar": _is_text,
        "doubleQuote": _is_boolean, "skipInitialSpace": _is_boolean, "lineTerminator": _is_text,
    },
    "schema": {
        **_LABELS, **_HUB,
        "fields": lambda value: bool(value) and _list_of(_object_of("field"))(value),
        "fieldsMatch": _is_text, "missingValues": _is_list, "primaryKey": _text_or_list,
        "uniqueKeys": _list_of(_list_of(_is_text)), "foreignKeys": _list_of(_object_of("key")),
    },
    "key": {"fields": _text_or_list, "reference": _object_of("reference")},
    "reference": {"resource": _is_text, "fields": _text_or_list},
    "field": {
        **_LABELS, **_HUB,
        "name": _is_text, "type": _is_text, "format": _is_text, "example": _is_anything,
        "constraints": _object_of("constraints"), "missingValues": _is_list,
        "categories": _is_list, "categoriesOrdered": _is_boolean, "rdfType": _is_text,
        "trueValues": _list_of(_is_text), "falseValues": _list_of(_is_text),
        "decimalChar": _is_text, "groupChar": _is_text, "bareNumber": _is_boolean,
    },
    "constraints": {
        "required": _is_boolean, "unique": _is_boolean, "pattern": _is_text, "enum": _is_list,
        "minLength": _is_whole, "maxLength": _is_whole,
        **dict.fromkeys(
            ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_anything
        ),
    },
}  # fmt: skip
"""At each level of a descriptor the properties that are understood, and the kind of each."""


def is_understood(descriptor: Mapping[str, Any], level: str = "package") -> bool:
    """True when every property of `descriptor`, at every level below, is in the table."""
    kinds = UNDERSTOOD[level]
    return all(name in kinds and kinds[name](value) for name, value in descriptor.items())
