"""Rules on words: groups named with care, and no work notes in public."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from evidencehub.check.cell_text import column_texts
from evidencehub.check.definition import (
    ResourceChunk,
    Rule,
    RuleContext,
    Violation,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.governance import render_governance
from evidencehub.domain.package import SourcePackage


class _WordPattern:
    """Words to look for in a text; whole texts are passed over quickly where none is in them."""

    def __init__(
        self, pattern: str, required_substrings: tuple[str, ...], *, ignore_case: bool
    ) -> None:
        """Each match of `pattern` contains one of `required_substrings`."""
        self._pattern = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
        self._parts, self._any_case = required_substrings, ignore_case

    def search(self, text: str) -> re.Match[str] | None:
        """The first match."""
        folded = text.lower() if self._any_case else text
        return self._pattern.search(text) if any(part in folded for part in self._parts) else None


_GROUP_TERMS = _WordPattern(
    r"\b(BAME|BME|B\.A\.M\.E\.|non[- ]white|nonwhite|coloured people|ethnics|"
    r"Caucasians?|mixed[- ]race|half[- ]caste)\b",
    ("bame", "bme", "b.a.m.e.", "white", "coloured", "ethnics", "caucasian", "race", "caste"),
    ignore_case=True,
)
_WORK_NOTES = _WordPattern(
    r"\b(TODO|FIXME|XXX|TBC|TBD|lorem ipsum|check with)\b|\?\?+"
    # an instruction to ask somebody; “the surveys ask Black women” is none
    r"|(?:(?:^|[.;:(\[–-]\s*)ask|\b(?:[Pp]lease|need to|still to|remember to) ask) [A-Z][a-z]+\b",
    ("TODO", "FIXME", "XXX", "TBC", "TBD", "lorem ipsum", "check with", "ask ", "??"),
    ignore_case=False,
)
_OWN_TEXT_COLUMNS = (
    "title",
    "definition",
    "numerator_definition",
    "denominator_definition",
    "statement",
    "detail",
    "text",
    "population",
    "addressee_note",
    "checked_where",
    "certainty_note",
    "note",
    "caveats",
    "series_breaks",
    "method",
)
_OWN_TEXT_KEYS = ("comparability", "ethnicity_completeness", "next_update", "release_note")


def _find_in_cells(
    resource_chunk: ResourceChunk, pattern: _WordPattern, code: str
) -> Iterator[Violation]:
    """Cells of the columns that hold our own words; a source's title and address are its own."""
    if resource_chunk.resource.role in ("sources", "codes", "table"):
        return
    for field in resource_chunk.resource.fields:
        name = field["name"]
        if name in _OWN_TEXT_COLUMNS and field.get("type", "string") in ("string", "any"):
            column = resource_chunk.chunk.cells[name]
            if pattern.search("\n".join(column_texts(column))) is None:
                continue
            positions = column.rows_where(
                lambda cell: isinstance(cell, str) and pattern.search(cell) is not None
            )
            cells = list(column) if positions else []
            for position in positions:
                match = pattern.search(cells[position])
                yield resource_chunk.make_violation(
                    position, name, code, term=match[0] if match else ""
                )


def _make_cell_rule(
    pattern: _WordPattern, code: str
) -> Callable[[ResourceChunk], Iterator[Violation]]:
    return lambda part: _find_in_cells(part, pattern, code)


def _make_descriptor_rule(
    pattern: _WordPattern, code: str
) -> Callable[[SourcePackage, CodeBook], Iterator[Violation]]:
    def look(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
        for file, key, text in _package_texts(package):
            if match := pattern.search(text):
                yield make_violation(file, None, key, code, term=match[0])

    return look


def _package_texts(package: SourcePackage) -> Iterator[tuple[str, str, str]]:
    """File, place and text of everything that the package says in its own words."""
    for key, text in _descriptor_texts(package):
        if isinstance(text, str):
            yield "datapackage.json", key, text
    for name in ("about.md", "changes.md"):
        path = package.folder / name
        if path.is_file():
            yield name, "", path.read_text("utf-8", "replace")


def _descriptor_texts(package: SourcePackage) -> Iterator[tuple[str, object]]:
    hub = package.hub
    yield from ((key, package.descriptor.get(key)) for key in ("title", "description"))
    yield from (("hub.caveats", text) for text in hub.get("caveats") or [])
    for name, texts in (hub.get("main_facts") or {}).items():
        yield from ((f"hub.main_facts.{name}", text) for text in texts)
    yield from ((f"hub.{key}", hub.get(key)) for key in _OWN_TEXT_KEYS)
    yield "hub.governance", render_governance(hub)
    for entry in hub.get("lists") or []:
        yield f"hub.lists.{entry['list']}", entry["title"]


def _source_category_terms(package: SourcePackage, book: CodeBook) -> Iterator[Violation]:
    for entry in package.hub.get("lists") or []:
        package_list = book.lists.get(entry.get("list", ""))
        codes = list(package_list.codes.values()) if package_list is not None else []
        if not _GROUP_TERMS.search("\n".join(code.label for code in codes)):
            continue  # one look at all labels is far quicker than one at each
        for code in codes:
            if match := _GROUP_TERMS.search(code.label):
                yield make_descriptor_violation(
                    f"hub.lists.{code.list}", "wording/source-term", label=code.label, term=match[0]
                )


def _long_statements(dataset: RuleContext) -> Iterator[Violation]:
    rows = dataset.query(
        "select file, row, length(statement) from findings where length(statement) > 280 "
        "order by row"
    )
    for file, row, length in rows:
        yield make_violation(file, row, "statement", "wording/statement-length", length=length)


_NAMING_ADVICE = (
    "Name the groups as the source names them. If the source gives one value for all minority "
    "groups, define that group in the package's own classification."
)

RULES = (
    Rule(
        "wording/grouping",
        "chunk",
        "Text written for the hub must name ethnic groups with care.",
        _NAMING_ADVICE,
        _make_cell_rule(_GROUP_TERMS, "wording/grouping"),
    ),
    Rule(
        "wording/grouping-in-descriptor",
        "descriptor",
        "The text of the descriptor must name ethnic groups with care.",
        _NAMING_ADVICE,
        _make_descriptor_rule(_GROUP_TERMS, "wording/grouping"),
    ),
    Rule(
        "wording/source-term",
        "descriptor",
        "A source category that the hub would not use itself should be shown as the source's own.",
        "No action is needed. The label is shown as the source's own.",
        _source_category_terms,
        "warning",
    ),
    Rule(
        "wording/work-note",
        "chunk",
        "Working notes must not be published.",
        "Finish the sentence, or remove the note from the package.",
        _make_cell_rule(_WORK_NOTES, "wording/work-note"),
    ),
    Rule(
        "wording/work-note-in-descriptor",
        "descriptor",
        "The descriptor must not contain working notes.",
        "Finish the sentence, or remove the note from the package.",
        _make_descriptor_rule(_WORK_NOTES, "wording/work-note"),
    ),
    Rule(
        "wording/statement-length",
        "dataset",
        "A finding's statement must be at most 280 characters.",
        "Shorten the statement. Use `detail` for the rest.",
        _long_statements,
    ),
)
