"""Rules on structure that Frictionless, or the readers themselves, judge: their names and words."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping

from evidencehub.check.definition import Rule, Violation, make_descriptor_violation, make_violation
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage

TABLE_ENDING = ".csv"
MAX_TABLE_COLUMNS = 1_500  # SQLite's limit for a view is 2,000, and the hub has columns of its own


def _duplicate_names(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for code, counts in (
        ("structure/resource-names/name", Counter(r.name for r in package.resources)),
        ("structure/resource-names/file", Counter(r.file for r in package.resources)),
    ):
        for name, count in counts.items():
            if count > 1:
                yield make_descriptor_violation("resources", code, count=count, name=name)


def _blank_header(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """A blank first line: Frictionless takes it for a header, others the row below it."""
    for resource in package.resources:
        dialect = resource.descriptor.get("dialect")
        if isinstance(dialect, Mapping) and dialect.get("header") is False:
            continue
        with resource.path.open("rb") as file:
            start = file.read(4).removeprefix(codecs.BOM_UTF8)
        if start[:1] in (b"\r", b"\n"):
            yield make_violation(resource.file, 1, "", "structure/header/blank-line")


def _other_endings(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """A release serves files by their endings, and a table is served as CSV."""
    for position, resource in enumerate(package.resources):
        if not resource.file.lower().endswith(TABLE_ENDING):
            yield make_descriptor_violation(
                f"resources[{position}].path", "structure/file-ending", file=resource.file
            )


def _too_many_columns(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    tables = package.with_role("observations")
    columns = {field.get("name") for resource in tables for field in resource.fields}
    if len(columns) > MAX_TABLE_COLUMNS:
        yield make_descriptor_violation("resources", "structure/columns", count=f"{len(columns):,}")


RULES = (
    Rule(
        "structure/descriptor",
        "descriptor",
        "datapackage.json must exist and follow the Data Package standard.",
        "Correct it as described in the message.",
    ),
    Rule(
        "structure/path",
        "descriptor",
        "Every resource must be a single readable file inside the package folder.",
        "Put the file in the folder and give its location in `path`.",
    ),
    Rule(
        "structure/file-ending",
        "descriptor",
        "The file of every resource must have a name that ends in .csv.",
        "Rename the file, also in `path`. The bytes may stay as they are: a delimiter other than "
        "the comma is declared in `dialect`.",
        _other_endings,
    ),
    Rule(
        "structure/inline",
        "descriptor",
        "The schema and dialect must be written out in the descriptor.",
        "Write them out as objects.",
    ),
    Rule(
        "structure/resource-names",
        "descriptor",
        "Every resource must have its own name and its own file.",
        "Give each resource a different name and a different file.",
        _duplicate_names,
    ),
    Rule(
        "structure/annotation",
        "descriptor",
        "The `hub` objects must refer to fields, concepts and lists that exist.",
        "Correct the name.",
    ),
    Rule(
        "structure/concept-missing",
        "descriptor",
        "A table must include every dimension that identifies an observation.",
        "Add a column, or a constant in the descriptor, for the missing dimension.",
    ),
    Rule(
        "structure/header",
        "descriptor",
        "The header must match the schema: the same names in the same order, with none repeated.",
        "Give the file and the schema the same columns in the same order.",
        _blank_header,
    ),
    Rule(
        "structure/encoding",
        "chunk",
        "The file must be in its declared encoding (UTF-8 if none is declared).",
        "Save the file as UTF-8, or declare its encoding in the descriptor.",
    ),
    Rule(
        "structure/row-length",
        "chunk",
        "Every row must have as many cells as the header.",
        "Look for a missing comma or quotation mark.",
    ),
    Rule(
        "structure/blank-row",
        "chunk",
        "A file must not contain blank rows.",
        "Delete the blank row.",
    ),
    Rule(
        "structure/note-row",
        "chunk",
        "Notes below a table must be declared as such.",
        "List the rows as `commentRows` in the `dialect` of the resource, or move the notes to "
        "about.md.",
    ),
    Rule(
        "structure/type",
        "chunk",
        "A cell must match the type of its field.",
        "Correct the cell, or the field's type.",
    ),
    Rule(
        "structure/constraint",
        "chunk",
        "A cell must meet its field's constraints.",
        "Correct the cell, or the constraint.",
    ),
    Rule(
        "structure/key",
        "chunk",
        "Values of the primary key and of unique fields must not repeat.",
        "Delete the duplicate, or correct the column that should differ.",
    ),
    Rule(
        "structure/unique-keys",
        "chunk",
        "Unique keys (which Frictionless does not enforce) must not repeat.",
        "Delete the duplicate, or correct the column that should differ.",
    ),
    Rule(
        "structure/foreign-key",
        "chunk",
        "A foreign key must refer to an existing row.",
        "Add the row, or correct the key.",
    ),
    Rule(
        "structure/crash",
        "chunk",
        "Frictionless must be able to complete its checks.",
        "Look for an unusual constraint or value in the descriptor.",
    ),
    Rule(
        "structure/budget-spent",
        "chunk",
        "The check of a dataset must end within its limits of time and memory.",
        "Look for a pattern or a table that takes too long, split the dataset, or raise "
        "`--time-limit` or `--memory-limit`.",
    ),
    Rule(
        "structure/internal-error",
        "chunk",
        "The hub's own code must not fail on a dataset.",
        "Send the file that the message names to the developers. Other datasets are not affected.",
    ),
    Rule(
        "structure/columns",
        "descriptor",
        f"The tables of observations must have at most {MAX_TABLE_COLUMNS:,} different columns in "
        "all.",
        "Split the dataset, or leave out columns that nobody needs.",
        _too_many_columns,
    ),
    Rule(
        "structure/disagreement",
        "chunk",
        "The hub's reader and Frictionless must give the same result.",
        "Report this to the developers.",
    ),
    Rule(
        "structure/hold-back-not-used",
        "chunk",
        "A hold_back condition should match at least one row.",
        "Correct the condition, or delete the entry from hold_back.",
        None,
        "warning",
    ),
    Rule(
        "structure/row-not-used",
        "chunk",
        "Every row should be loaded, or held back with a reason.",
        "Widen the measure's `where` condition, or add the rows to hold_back with a reason.",
        None,
        "warning",
    ),
)
