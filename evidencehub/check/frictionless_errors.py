"""Frictionless' errors in the hub's words: where, what, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.check.keys import UniqueKey, UnknownKeyField
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.problem import Problem

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

_CONSTRAINT_TEXTS = {
    "required": (
        "is empty, but a value is required",
        "Enter a value, or make the field optional in the schema.",
    ),
    "minimum": ("is below the minimum, {}", "Correct the value or the constraint."),
    "maximum": ("is above the maximum, {}", "Correct the value or the constraint."),
    "exclusiveMinimum": ("must be above {}", "Correct the value or the constraint."),
    "exclusiveMaximum": ("must be below {}", "Correct the value or the constraint."),
    "minLength": ("is shorter than {} characters", "Correct the text or the constraint."),
    "maxLength": ("is longer than {} characters", "Correct the text or the constraint."),
    "pattern": ("does not match the pattern {}", "Correct the text or the pattern."),
    "enum": (
        "is not one of the permitted values: {}",
        "Use a permitted value, or add this one to the schema.",
    ),
    "unique": ("is a duplicate", "Correct the value that should differ."),
}

_HEADER_TEXTS = {
    "blank-header": ("The file has no header.", "Put the column names in the first row."),
    "blank-label": ("A column has no name.", "Give every column a name in the first row."),
    "duplicate-label": ("Two columns are named “{label}”.", "Give each column a different name."),
    "extra-label": (
        "Column “{label}” is in the file but not in the schema.",
        "Add it to the schema, or remove it from the file.",
    ),
    "missing-label": (
        "Column “{field}” is in the schema but not in the file.",
        "Add it to the file, or remove it from the schema.",
    ),
    "incorrect-label": (
        "Column “{label}” is where the schema has “{field}”.",
        "Put the columns of the file in the same order as in the schema.",
    ),
}


def translate_report(report: Any, files: Mapping[str, str]) -> list[Problem]:
    """Every error of a Frictionless report; `files` names the file of each resource."""
    problems = [_translate_error(error, "datapackage.json") for error in report.errors]
    for task in report.tasks:
        problems += [
            _translate_error(error, files.get(task.name, task.place)) for error in task.errors
        ]
    return problems


def translate_descriptor_error(exception: Any) -> list[Problem]:
    """The problems of a descriptor that Frictionless does not accept."""
    reasons = exception.reasons or [exception.error]
    return [_translate_error(error, "datapackage.json") for error in reasons]


def crash_problem(error: Exception, file: str = "datapackage.json") -> Problem:
    """A crash of Frictionless: the package's problem, and never a pass."""
    return Problem(
        "structure/crash",
        f"Frictionless could not complete the check ({type(error).__name__}: {error}).",
        "Look for an unusual constraint or value (a minimum that is not a number, sNaN) and "
        "correct it.",
        file=file,
    )


def disagreement_problem() -> Problem:
    """The gate refused rows that Frictionless takes: our fault, and still not a pass."""
    return Problem(
        "structure/disagreement",
        "The hub's reader rejected rows that Frictionless accepts.",
        "The package may be correct. Report this to the developers.",
    )


def duplicate_key_problem(key: UniqueKey, row: int, first_row: int) -> Problem:
    """A repeat of a unique key (`uniqueKeys`), which Frictionless does not look at."""
    return Problem(
        "structure/unique-keys",
        f"This duplicates row {first_row} (same {_join_names(key.names)}).",
        "Delete one row, or correct the column that should differ.",
        file=key.resource.file,
        row=row,
    )


def unknown_field_problem(unknown_field: UnknownKeyField) -> Problem:
    """A key that names a field which is not there; Frictionless passes it over, or crashes."""
    return Problem(
        "structure/descriptor",
        f"“{unknown_field.name}” is not a field of {unknown_field.table}.",
        "Use a field name exactly as it is in the schema.",
        field=f"resources.{unknown_field.resource.name}.schema.{unknown_field.kind}",
    )


def find_external_parts(package: SourcePackage) -> list[Problem]:
    """Parts of the descriptor that would have to be fetched from elsewhere, or are missing."""
    problems = []
    for position, resource in enumerate(package.resources):
        location = f"resources[{position}]"
        if not isinstance(resource.descriptor.get("schema"), Mapping):
            problems.append(
                Problem(
                    "structure/inline",
                    f"The resource “{resource.name}” has no schema in the descriptor.",
                    "Add the schema as an object, with one entry in `fields` for each column.",
                    field=f"{location}.schema",
                )
            )
        dialect = resource.descriptor.get("dialect", {})
        if not isinstance(dialect, Mapping) or resource.descriptor.get("format", "csv") != "csv":
            problems.append(
                Problem(
                    "structure/inline",
                    f"The resource “{resource.name}” is not CSV with its dialect in the "
                    "descriptor.",
                    "Use CSV, and write the dialect as an object in the descriptor.",
                    field=f"{location}.dialect",
                )
            )
    if "profile" in package.descriptor:
        problems.append(
            Problem(
                "structure/inline",
                "`profile` refers to an external description of the package.",
                "Delete `profile`. `$schema` already names the standard.",
                field="profile",
            )
        )
    return problems


def _translate_error(error: Any, file: str) -> Problem:
    kind = error.type
    row = getattr(error, "row_number", None)
    name = getattr(error, "field_name", "") or ", ".join(getattr(error, "field_names", ()))
    rule, message, fix = _error_text(kind, error, name)
    return Problem(rule, message, fix, file=file, row=row, field=name)


def _error_text(kind: str, error: Any, name: str) -> tuple[str, str, str]:
    if kind in _HEADER_TEXTS:
        message, fix = _HEADER_TEXTS[kind]
        label = getattr(error, "label", "")
        return "structure/header", message.format(label=label, field=name), fix
    if kind in _ROW_TEXTS:
        return _ROW_TEXTS[kind]
    if kind == "source-error" and "empty" in error.note:
        fix = "Put the column names in the first row, or delete the resource."
        return "structure/header", "The file is empty.", fix
    if kind == "type-error":
        return _type_text(error)
    if kind == "constraint-error":
        return _constraint_text(error)
    if kind in ("primary-key", "unique-error"):
        return _duplicate_text(error)
    if kind == "foreign-key":
        return _foreign_key_text(error)
    return (
        "structure/descriptor",
        f"{error.message.rstrip('.')}.",
        "Correct it in the descriptor.",
    )


_ROW_TEXTS = {
    "blank-row": ("structure/blank-row", "The row is empty.", "Delete the blank row."),
    "extra-cell": (
        "structure/row-length",
        "The row has more cells than the header.",
        "Look for a comma that should be inside quotation marks.",
    ),
    "missing-cell": (
        "structure/row-length",
        "The row has fewer cells than the header.",
        "Add the missing cells, or look for a missing quotation mark in an earlier row.",
    ),
    "encoding-error": (
        "structure/encoding",
        "The file is not in its declared encoding (UTF-8 if none is declared).",
        "Save the file as UTF-8, or declare its encoding in the descriptor.",
    ),
}


def _type_text(error: Any) -> tuple[str, str, str]:
    match = re.search(r'type is "(\w+)/', error.note)
    kind = match[1] if match else ""
    type_name = _TYPE_NAMES.get(kind, f"of type {kind}")
    return (
        "structure/type",
        f"“{_truncate(error.cell)}” is not {type_name}.",
        "Correct the cell. If it marks a missing value, list it in `missingValues`.",
    )


def _constraint_text(error: Any) -> tuple[str, str, str]:
    match = re.search(r'constraint "(\w+)" is "(.*)"', error.note, re.DOTALL)
    kind, limit = (match[1], match[2]) if match else ("", "")
    message, fix = _CONSTRAINT_TEXTS.get(
        kind, (f"does not meet a constraint: {error.note}", "Correct the value.")
    )
    subject = "The cell" if kind == "required" else f"“{_truncate(error.cell)}”"
    return "structure/constraint", f"{subject} {message.format(_truncate(limit))}.", fix


def _duplicate_text(error: Any) -> tuple[str, str, str]:
    match = re.search(r"row at position (\d+)", error.note)
    if match is None:
        return "structure/key", "The key of this row is empty.", "Enter values in the key columns."
    return (
        "structure/key",
        f"This row has the same key as row {match[1]}.",
        "Delete one row, or correct the column that should differ.",
    )


def _foreign_key_text(error: Any) -> tuple[str, str, str]:
    values = ", ".join(str(value) for value in error.field_cells)
    target = error.reference_name or "the same file"
    names = _join_names(error.field_names)
    return (
        "structure/foreign-key",
        f"“{_truncate(values)}” ({names}) has no matching row in {target}.",
        f"Correct it, or add the row to {target}.",
    )


def _join_names(names: Iterable[str]) -> str:
    *initial_names, last = names
    return f"{', '.join(initial_names)} and {last}" if initial_names else last


def _truncate(text: str, max_length: int = 80) -> str:
    text = text if len(text) <= max_length else f"{text[:max_length]}…"
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)
