"""Frictionless' errors in the hub's words: where, what, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from evidencehub.check.cell_hints import find_hint
from evidencehub.check.dialects import V1_PROFILES
from evidencehub.check.keys import UniqueKey, UnknownKeyField
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.problem import Problem
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import Message, make_message

MAX_ERRORS = 50_000  # of a table: each is kept with the whole of its row
_TYPE_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "date": "a date (2024-03-31)",
    "datetime": "a date and time",
    "time": "a time",
    "year": "a year (2024)",
    "yearmonth": "a month (2024-03)",
    "boolean": "true or false",
}

_CONSTRAINTS = (
    "required", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
    "maxLength", "pattern", "enum", "unique",
)  # fmt: skip
_CODES = {
    "blank-header": "structure/header/blank-header",
    "blank-label": "structure/header/blank-label",
    "duplicate-label": "structure/header/duplicate-label",
    "extra-label": "structure/header/extra-label",
    "missing-label": "structure/header/missing-label",
    "incorrect-label": "structure/header/incorrect-label",
    "blank-row": "structure/blank-row",
    "extra-cell": "structure/row-length/long",
    "missing-cell": "structure/row-length/short",
    "encoding-error": "structure/encoding",
}
"""The errors of Frictionless that say no more than where they are."""


def translate_report(report: Any, files: Mapping[str, str]) -> list[Problem]:
    """Every error of a Frictionless report; `files` names the file of each resource."""
    problems = [_translate_error(error, "datapackage.json") for error in report.errors]
    for task in report.tasks:
        problems += [
            _translate_error(error, files.get(task.name, task.place)) for error in task.errors
        ]
        if len(task.errors) >= MAX_ERRORS:
            message = make_message("structure/crash/too-many", count=MAX_ERRORS)
            problems.append(make_problem(message, files.get(task.name, task.place)))
    return problems


def translate_descriptor_error(exception: Any) -> list[Problem]:
    """The problems of a descriptor that Frictionless does not accept."""
    reasons = exception.reasons or [exception.error]
    return [_translate_error(error, "datapackage.json") for error in reasons]


def crash_problem(error: Exception, file: str = "datapackage.json") -> Problem:
    """A crash of Frictionless: the package's problem, and never a pass.

    Raise MemoryError again: what a check may use is not Frictionless' to judge.
    """
    if isinstance(error, MemoryError):
        raise error
    if isinstance(error, UnicodeEncodeError):
        return make_problem(make_message("structure/encoding/half-character"), file)
    message = make_message("structure/crash", error_type=type(error).__name__, error=str(error))
    return make_problem(message, file)


def disagreement_problem() -> Problem:
    """The gate refused rows that Frictionless takes: our fault, and still not a pass."""
    return make_problem(make_message("structure/disagreement"))


def duplicate_key_problem(key: UniqueKey, row: int, first_row: int) -> Problem:
    """A repeat of a unique key (`uniqueKeys`), which Frictionless does not look at."""
    message = make_message("structure/unique-keys", first_row=first_row, fields=key.names)
    return make_problem(message, key.resource.file, row)


def unknown_field_problem(unknown_field: UnknownKeyField) -> Problem:
    """A key that names a field which is not there; Frictionless passes it over, or crashes."""
    message = make_message(
        "structure/descriptor/key-field", field=unknown_field.name, table=unknown_field.table
    )
    location = f"resources.{unknown_field.resource.name}.schema.{unknown_field.kind}"
    return make_problem(message, field=location)


def guess_problem(problem: Problem) -> Problem:
    """What Frictionless finds wrong where it guesses what the descriptor leaves unsaid."""
    message = make_message("structure/inline/guess", reason=problem.message.rstrip("."))
    return make_problem(message, problem.file, problem.row, problem.field)


_EXTERNAL_PROPERTIES: Mapping[str, tuple[object, ...]] = {
    "profile": ("data-resource", "tabular-data-resource"),
    "profiles": (),
    "scheme": ("file",),
    "compression": ("",),
    "innerpath": ("",),
    "extrapaths": (),
}
"""Properties of a resource that lead to other bytes than its file, and the values that do not."""


def _external_properties(resource: Resource) -> list[str]:
    return [
        name
        for name, harmless in _EXTERNAL_PROPERTIES.items()
        if name in resource.descriptor and resource.descriptor[name] not in harmless
    ]


def find_external_parts(package: SourcePackage) -> list[Problem]:
    """Parts of the descriptor that would have to be fetched from elsewhere, or are missing."""
    problems = []
    for position, resource in enumerate(package.resources):
        location, name = f"resources[{position}]", resource.name
        if not isinstance(resource.descriptor.get("schema"), Mapping):
            message = make_message("structure/inline/schema", resource=name)
            problems.append(make_problem(message, field=f"{location}.schema"))
        dialect = resource.descriptor.get("dialect", {})
        if not isinstance(dialect, Mapping) or any(
            resource.descriptor.get(key, kind) != kind
            for key, kind in (("format", "csv"), ("type", "table"))
        ):
            message = make_message("structure/inline/csv", resource=name)
            problems.append(make_problem(message, field=f"{location}.dialect"))
        for key in _external_properties(resource):
            message = make_message("structure/inline/elsewhere", key=key)
            problems.append(make_problem(message, field=f"{location}.{key}"))
    if package.descriptor.get("profile", V1_PROFILES[0]) not in V1_PROFILES:
        problems.append(make_problem(make_message("structure/inline/profile"), field="profile"))
    if "profiles" in package.descriptor:
        message = make_message("structure/inline/elsewhere", key="profiles")
        problems.append(make_problem(message, field="profiles"))
    return problems


def _translate_error(error: Any, file: str) -> Problem:
    if error.type == "source-error" and not error.note:
        raise MemoryError  # Frictionless catches it, and has nothing to say of it
    name = getattr(error, "field_name", "") or ", ".join(getattr(error, "field_names", ()))
    message = _build_message(error, name)
    return make_problem(message, file, getattr(error, "row_number", None), name)


def _build_message(error: Any, name: str) -> Message:
    if error.type == "incorrect-label" and error.label == name.strip():
        return make_message("structure/header/white-space", field=name)
    if error.type in _CODES:
        return make_message(_CODES[error.type], label=getattr(error, "label", ""), field=name)
    if error.type == "source-error" and "empty" in error.note:
        return make_message("structure/header/empty")
    build = _BUILDERS.get(error.type)
    if build is None:
        return make_message("structure/descriptor/standard", reason=error.message.rstrip("."))
    return build(error)


def _build_type_message(error: Any) -> Message:
    match = re.search(r'type is "(\w+)/', error.note)
    kind = match[1] if match else ""
    type_name = _TYPE_NAMES.get(kind, f"of type {kind}")
    code = find_hint(error.cell, kind)
    return make_message(code, cell=_truncate(error.cell), type_name=type_name)


def _build_constraint_message(error: Any) -> Message:
    cell = _truncate(error.cell)
    match = re.search(r'constraint "(\w+)" is "(.*)"', error.note, re.DOTALL)
    if match is None or match[1] not in _CONSTRAINTS:
        return make_message("structure/constraint/other", cell=cell, note=error.note)
    return make_message(f"structure/constraint/{match[1]}", cell=cell, limit=_truncate(match[2]))


def _build_key_message(error: Any) -> Message:
    match = re.search(r"row at position (\d+)", error.note)
    if match is None:
        return make_message("structure/key/empty")
    return make_message("structure/key/repeated", first_row=match[1])


def _build_foreign_key_message(error: Any) -> Message:
    return make_message(
        "structure/foreign-key",
        values=_truncate(", ".join(str(value) for value in error.field_cells)),
        fields=tuple(error.field_names),
        target=error.reference_name or "the same file",
    )


def _build_count_message(error: Any) -> Message:
    match = re.search(r'expected is "(.*)" and actual is "(.*)"', error.note)
    expected, actual = match.groups() if match else (error.note, "")
    return make_message(_COUNT_CODES[error.type], expected=_truncate(expected), actual=actual)


_COUNT_CODES = {
    "hash-count": "structure/descriptor/hash-count",
    "byte-count": "structure/descriptor/byte-count",
    "field-count": "structure/descriptor/field-count",
    "row-count": "structure/descriptor/row-count",
}
"""What is said of a file that is not the one that the descriptor speaks of."""


_BUILDERS: Mapping[str, Callable[[Any], Message]] = {
    "type-error": _build_type_message,
    "constraint-error": _build_constraint_message,
    "primary-key": _build_key_message,
    "unique-error": _build_key_message,
    "foreign-key": _build_foreign_key_message,
    **dict.fromkeys(_COUNT_CODES, _build_count_message),
}
"""The errors of Frictionless that say something of a cell or a key."""


def _truncate(text: str, max_length: int = 80) -> str:
    text = text if len(text) <= max_length else f"{text[:max_length]}…"
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)
