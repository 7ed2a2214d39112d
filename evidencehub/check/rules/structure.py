"""Rules on structure that Frictionless, or the readers themselves, judge: their names and words."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping

from evidencehub.check.rules.rule import Rule, Violation
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage


def _duplicate_names(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for description, counts in (
        ("resources have the name", Counter(resource.name for resource in package.resources)),
        ("resources have the file", Counter(resource.file for resource in package.resources)),
    ):
        for name, count in counts.items():
            if count > 1:
                yield Violation(
                    "datapackage.json", None, "resources", f"{count} {description} “{name}”."
                )


def _blank_header(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """A blank first line: Frictionless takes it for a header, others the row below it."""
    for resource in package.resources:
        dialect = resource.descriptor.get("dialect")
        if isinstance(dialect, Mapping) and dialect.get("header") is False:
            continue
        with resource.path.open("rb") as file:
            start = file.read(4).removeprefix(codecs.BOM_UTF8)
        if start[:1] in (b"\r", b"\n"):
            yield Violation(
                resource.file, 1, "", "The first line is blank; it must name the columns."
            )


RULES = (
    Rule(
        "structure/descriptor",
        "descriptor",
        "datapackage.json is there and follows the standard.",
        "Correct it as the message says.",
    ),
    Rule(
        "structure/path",
        "descriptor",
        "Every resource is one readable file inside the folder.",
        "Put the file in the folder and name it in `path`.",
    ),
    Rule(
        "structure/inline",
        "descriptor",
        "Schema and dialect stand in the descriptor itself.",
        "Write them out as objects.",
    ),
    Rule(
        "structure/resource-names",
        "descriptor",
        "Every resource has a name and a file of its own.",
        "Give each its own.",
        _duplicate_names,
    ),
    Rule(
        "structure/annotation",
        "descriptor",
        "The `hub` objects name fields, concepts and lists that exist.",
        "Correct the name.",
    ),
    Rule(
        "structure/concept-missing",
        "descriptor",
        "Everything that tells a figure apart is carried by the table.",
        "Add a column or a constant for it.",
    ),
    Rule(
        "structure/header",
        "descriptor",
        "The header is that of the schema: same names, same order, none twice.",
        "Give file and schema the same columns.",
        _blank_header,
    ),
    Rule(
        "structure/encoding",
        "chunk",
        "The file is in its declared encoding, UTF-8 when none is declared.",
        "Save it again as UTF-8.",
    ),
    Rule(
        "structure/row-length",
        "chunk",
        "Every row has as many cells as the header.",
        "Look for a missing comma or quotation mark.",
    ),
    Rule("structure/blank-row", "chunk", "No row is empty.", "Delete it."),
    Rule("structure/type", "chunk", "A cell is of its field's type.", "Correct the cell."),
    Rule(
        "structure/constraint",
        "chunk",
        "A cell keeps its field's constraints.",
        "Correct the cell.",
    ),
    Rule(
        "structure/key",
        "chunk",
        "The primary key and unique fields do not repeat.",
        "Delete the repeat.",
    ),
    Rule(
        "structure/unique-keys",
        "chunk",
        "Unique keys, which Frictionless does not enforce, do not repeat.",
        "Delete the repeat.",
    ),
    Rule(
        "structure/foreign-key",
        "chunk",
        "A foreign key leads to a row.",
        "Add the row, or correct the key.",
    ),
    Rule(
        "structure/crash",
        "chunk",
        "Frictionless can finish its work.",
        "Look for an unusual limit or value.",
    ),
    Rule(
        "structure/disagreement",
        "chunk",
        "The hub's reader and Frictionless agree.",
        "Report it to the developers.",
    ),
    Rule(
        "structure/hold-back-not-used",
        "chunk",
        "What is held back with a reason is there to be held back.",
        "Correct the condition, or take the entry out of hold_back.",
        None,
        "warning",
    ),
    Rule(
        "structure/row-not-used",
        "chunk",
        "Every row is loaded, or held back with a reason.",
        "Widen a measure's `where`, or add the rows to hold_back with the reason.",
        None,
        "warning",
    ),
)
