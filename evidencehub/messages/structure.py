"""What the check says of the form of files and descriptor: code to template, and what to do.

What it says of cells that are not of their field's type is in `cell_types`.
"""

from __future__ import annotations

_CORRECT_VALUE = "Correct the value or the constraint."
_CORRECT_TEXT = "Correct the text or the constraint."
_DELETE_ROW = "Delete one row, or correct the column that should differ."
TEMPLATES = {
    "structure/resource-names/name": "{count} resources are named “{name}”.",
    "structure/resource-names/file": "{count} resources use the file “{name}”.",
    "structure/header/blank-line": "The first line is blank. It must contain the column names.",
    "structure/file-ending": "The name of the file “{file}” does not end in .csv.",
    "structure/category": "“{text}” is not one of the field's categories.",
    "structure/columns": "The tables of observations have {count} different columns.",
    "structure/any-date": "The format `any` fills missing parts of a date from the current date.",
    "structure/pattern": "In the pattern “{pattern}”, the alternatives are not in brackets.",
    "structure/header/blank-header": "The file has no header.",
    "structure/header/blank-header/fix": "Put the column names in the first row.",
    "structure/header/blank-label": "A column has no name.",
    "structure/header/blank-label/fix": "Give every column a name in the first row.",
    "structure/header/duplicate-label": "Two columns are named “{label}”.",
    "structure/header/duplicate-label/fix": "Give each column a different name.",
    "structure/header/extra-label": "Column “{label}” is in the file but not in the schema.",
    "structure/header/extra-label/fix": "Add it to the schema, or remove it from the file.",
    "structure/header/missing-label": "Column “{field}” is in the schema but not in the file.",
    "structure/header/missing-label/fix": "Add it to the file, or remove it from the schema.",
    "structure/header/incorrect-label": "Column “{label}” is where the schema has “{field}”.",
    "structure/header/incorrect-label/fix": (
        "Put the columns of the file in the same order as in the schema."
    ),
    "structure/header/white-space": (
        "The name “{field}” in the schema has white space at an end, which readers take away."
    ),
    "structure/header/white-space/fix": (
        "Delete the white space, in the schema and in the first row of the file."
    ),
    "structure/header/delimiter": "The cells of the file are separated by {delimiter}.",
    "structure/header/delimiter/fix": (
        "Declare it in the `dialect` of the resource as `delimiter`, or save the file with commas. "
        "Numbers may then have a decimal comma (`decimalChar`)."
    ),
    "structure/header/titles": "The column names are in row {row}, below other text.",
    "structure/header/titles/fix": (
        'Declare it in the `dialect` of the resource ("headerRows": [{row}]), or delete the rows '
        "above."
    ),
    "structure/header/other-table": (
        "The file holds another table: it has {count} of the {total} columns of the schema, and "
        "begins with {labels}."
    ),
    "structure/header/other-table/fix": (
        "Put the right table in the file, or describe the columns of this one in the schema."
    ),
    "structure/note-row": "Rows {rows} are notes below the table, not rows of it.",
    "structure/note-row/fix": (
        "List the rows as `commentRows` in the `dialect` of the resource, or move the notes to "
        "about.md."
    ),
    "structure/encoding/workbook": "The file is a spreadsheet workbook, not CSV.",
    "structure/encoding/workbook/fix": "Open it in a spreadsheet, and save the sheet as CSV UTF-8.",
    "structure/encoding/utf-16": "The file is UTF-16.",
    "structure/encoding/utf-16/fix": "Save it as UTF-8, or declare `encoding` as utf-16.",
    "structure/header/empty": "The file is empty.",
    "structure/header/empty/fix": "Put the column names in the first row, or delete the resource.",
    "structure/blank-row": "The row is empty.",
    "structure/blank-row/fix": "Delete the blank row.",
    "structure/row-length/long": "The row has more cells than the header.",
    "structure/row-length/long/fix": "Look for a comma that should be inside quotation marks.",
    "structure/row-length/short": "The row has fewer cells than the header.",
    "structure/row-length/short/fix": (
        "Add the missing cells, or look for a missing quotation mark in an earlier row."
    ),
    "structure/encoding": "The file is not in its declared encoding (UTF-8 if none is declared).",
    "structure/encoding/half-character": "A cell contains half a character (\\uD800 to \\uDFFF).",
    "structure/encoding/half-character/fix": "Correct the text, and save the file as UTF-8.",
    "structure/encoding/fix": (
        "Save the file as UTF-8, or declare its `encoding` in the descriptor. Programs on Windows "
        "often write windows-1252."
    ),
    "structure/constraint/required": "The cell is empty, but a value is required.",
    "structure/constraint/required/fix": "Enter a value, or make the field optional in the schema.",
    "structure/constraint/minimum": "“{cell}” is below the minimum, {limit}.",
    "structure/constraint/minimum/fix": _CORRECT_VALUE,
    "structure/constraint/maximum": "“{cell}” is above the maximum, {limit}.",
    "structure/constraint/maximum/fix": _CORRECT_VALUE,
    "structure/constraint/exclusiveMinimum": "“{cell}” must be above {limit}.",
    "structure/constraint/exclusiveMinimum/fix": _CORRECT_VALUE,
    "structure/constraint/exclusiveMaximum": "“{cell}” must be below {limit}.",
    "structure/constraint/exclusiveMaximum/fix": _CORRECT_VALUE,
    "structure/constraint/minLength": "“{cell}” is shorter than {limit} characters.",
    "structure/constraint/minLength/fix": _CORRECT_TEXT,
    "structure/constraint/maxLength": "“{cell}” is longer than {limit} characters.",
    "structure/constraint/maxLength/fix": _CORRECT_TEXT,
    "structure/constraint/pattern": "“{cell}” does not match the pattern {limit}.",
    "structure/constraint/pattern/fix": "Correct the text or the pattern.",
    "structure/constraint/enum": "“{cell}” is not one of the permitted values: {limit}.",
    "structure/constraint/enum/fix": "Use a permitted value, or add this one to the schema.",
    "structure/constraint/unique": "“{cell}” is a duplicate.",
    "structure/constraint/unique/fix": "Correct the value that should differ.",
    "structure/constraint/other": "“{cell}” does not meet a constraint: {note}.",
    "structure/constraint/other/fix": "Correct the value.",
    "structure/key/empty": "The key of this row is empty.",
    "structure/key/empty/fix": "Enter values in the key columns.",
    "structure/key/repeated": "This row has the same key as row {first_row}.",
    "structure/key/repeated/fix": _DELETE_ROW,
    "structure/unique-keys": "This duplicates row {first_row} (same {fields}).",
    "structure/unique-keys/fix": _DELETE_ROW,
    "structure/foreign-key": "“{values}” ({fields}) has no matching row in {target}.",
    "structure/foreign-key/fix": "Correct it, or add the row to {target}.",
    "structure/descriptor/key-field": "“{field}” is not a field of {table}.",
    "structure/descriptor/key-field/fix": "Use a field name exactly as it is in the schema.",
    "structure/descriptor/standard": "{reason}.",
    "structure/descriptor/standard/fix": "Correct it in the descriptor.",
    "structure/inline/schema": "The resource “{resource}” has no schema in the descriptor.",
    "structure/inline/schema/fix": (
        "Add the schema as an object, with one entry in `fields` for each column."
    ),
    "structure/inline/csv": (
        "The resource “{resource}” is not CSV with its dialect in the descriptor."
    ),
    "structure/inline/csv/fix": "Use CSV, and write the dialect as an object in the descriptor.",
    "structure/inline/profile": "`profile` refers to an external description of the package.",
    "structure/inline/profile/fix": "Delete `profile`. `$schema` already names the standard.",
    "structure/inline/elsewhere": (
        "`{key}` would make a program read something other than the package's own files."
    ),
    "structure/inline/elsewhere/fix": (
        "Delete it. Everything that the package needs must be in its folder and its descriptor."
    ),
    "structure/inline/guess": (
        "The descriptor does not say how to read the file, and programs that guess read it "
        "otherwise: {reason}."
    ),
    "structure/inline/guess/fix": (
        "State `format`, `encoding` and the whole dialect: `delimiter`, `quoteChar`, "
        "`doubleQuote`, `skipInitialSpace` and `header`."
    ),
    "structure/descriptor/hash-count": (
        "The file has the hash {actual}, but the descriptor gives {expected}."
    ),
    "structure/descriptor/hash-count/fix": (
        "Check that the file is complete and unchanged, then correct `hash` or delete it."
    ),
    "structure/descriptor/byte-count": (
        "The file has {actual} bytes, but the descriptor gives {expected}."
    ),
    "structure/descriptor/byte-count/fix": (
        "Check that the file is complete and unchanged, then correct `bytes` or delete it."
    ),
    "structure/descriptor/field-count": (
        "The file has {actual} columns, but the descriptor gives {expected}."
    ),
    "structure/descriptor/field-count/fix": (
        "Check that the file is complete and unchanged, then correct `fields` or delete it."
    ),
    "structure/descriptor/row-count": (
        "The file has {actual} rows, but the descriptor gives {expected}."
    ),
    "structure/descriptor/row-count/fix": (
        "Check that the file is complete and unchanged, then correct `rows` or delete it."
    ),
    "structure/crash": "Frictionless could not complete the check ({error_type}: {error}).",
    "structure/crash/fix": (
        "Look for an unusual constraint or value (a minimum that is not a number, sNaN) and "
        "correct it."
    ),
    "structure/crash/too-many": (
        "The check of the structure stopped after {count} mistakes. What follows was not read."
    ),
    "structure/crash/too-many/fix": "Correct these mistakes, and check again.",
    "structure/disagreement": "The hub's reader rejected rows that Frictionless accepts.",
    "structure/disagreement/fix": "The package may be correct. Report this to the developers.",
}
