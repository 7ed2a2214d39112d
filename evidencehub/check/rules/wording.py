"""Rules on words: groups named with care, and no work notes in public."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from evidencehub.check.rules.cells import strings
from evidencehub.check.rules.rule import Dataset, Finding, Part, Rule
from evidencehub.codes import CodeBook
from evidencehub.model.package import SourcePackage


class _Words:
    """Words to look for in a text; whole texts are passed over quickly where none is in them."""

    def __init__(self, pattern: str, parts: tuple[str, ...], *, any_case: bool) -> None:
        """Each match of `pattern` has one of `parts` in it (in small letters if `any_case`)."""
        self._pattern = re.compile(pattern, re.IGNORECASE if any_case else 0)
        self._parts, self._any_case = parts, any_case

    def search(self, text: str) -> re.Match[str] | None:
        """The first match."""
        folded = text.lower() if self._any_case else text
        return self._pattern.search(text) if any(part in folded for part in self._parts) else None


_GROUPING = _Words(
    r"\b(BAME|BME|B\.A\.M\.E\.|non[- ]white|nonwhite|coloured people|ethnics|"
    r"Caucasians?|mixed[- ]race|half[- ]caste)\b",
    ("bame", "bme", "b.a.m.e.", "white", "coloured", "ethnics", "caucasian", "race", "caste"),
    any_case=True,
)
_WORK_NOTE = _Words(
    r"\b(TODO|FIXME|XXX|TBC|TBD|lorem ipsum|check with|ask [A-Z][a-z]+)\b|\?\?+",
    ("TODO", "FIXME", "XXX", "TBC", "TBD", "lorem ipsum", "check with", "ask ", "??"),
    any_case=False,
)
_OURS = ("title", "definition", "statement", "detail", "text", "note", "caveats", "method")
_DESCRIPTOR = ("title", "description")


def _ours(part: Part, pattern: _Words, message: str) -> Iterator[Finding]:
    """Cells of the columns that hold our own words; a source's title and address are its own."""
    if part.resource.role in ("sources", "codes", "table"):
        return
    for field in part.resource.fields:
        name = field["name"]
        if name in _OURS and field.get("type", "string") in ("string", "any"):
            column = part.chunk.cells[name]
            if pattern.search("\n".join(strings(column))) is None:
                continue
            wrong = column.rows_where(
                lambda cell: isinstance(cell, str) and pattern.search(cell) is not None
            )
            cells = list(column) if wrong else []
            for position in wrong:
                found = pattern.search(cells[position])
                quoted = found[0] if found else ""
                yield Finding(
                    part.chunk.file, part.chunk.rows[position], name, message.format(quoted)
                )


def _in_cells(pattern: _Words, message: str) -> Callable[[Part], Iterator[Finding]]:
    return lambda part: _ours(part, pattern, message)


def _in_descriptor(
    pattern: _Words, message: str
) -> Callable[[SourcePackage, CodeBook], Iterator[Finding]]:
    def look(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
        for file, key, text in _words_of(package):
            if found := pattern.search(text):
                yield Finding(file, None, key, message.format(found[0]))

    return look


def _words_of(package: SourcePackage) -> Iterator[tuple[str, str, str]]:
    """File, place and text of everything that the package says in its own words."""
    hub, here = package.hub, "datapackage.json"
    said = [(key, package.descriptor.get(key)) for key in _DESCRIPTOR]
    said += [("hub.caveats", text) for text in hub.get("caveats") or []]
    facts = hub.get("main_facts") or {}
    said += [(f"hub.main_facts.{name}", text) for name in facts for text in facts[name]]
    said += [(f"hub.{key}", hub.get(key)) for key in ("comparability", "release_note")]
    said += [(f"hub.lists.{entry['list']}", entry["title"]) for entry in hub.get("lists") or []]
    yield from ((here, key, text) for key, text in said if isinstance(text, str))
    for name in ("about.md", "changes.md"):
        path = package.folder / name
        if path.is_file():
            yield name, "", path.read_text("utf-8", "replace")


def _source_terms(package: SourcePackage, book: CodeBook) -> Iterator[Finding]:
    for entry in package.hub.get("lists") or []:
        own = book.lists.get(entry.get("list", ""))
        codes = list(own.codes.values()) if own is not None else []
        if not _GROUPING.search("\n".join(code.label for code in codes)):
            continue  # one look at all labels is far quicker than one at each
        for code in codes:
            if found := _GROUPING.search(code.label):
                message = f"The source's own category “{code.label}” says “{found[0]}”."
                yield Finding("datapackage.json", None, f"hub.lists.{code.list}", message)


def _long_statement(dataset: Dataset) -> Iterator[Finding]:
    rows = dataset.query(
        "select file, row, length(statement) from findings where length(statement) > 280 "
        "order by row limit 20"
    )
    for file, row, length in rows:
        yield Finding(
            file, row, "statement", f"The statement has {length} characters; 280 is the most."
        )


_SAY = "Name the groups as the source names them; if it gave one figure for all minority groups, "
_SAY += "declare that group in the package's own scheme."

RULES = (
    Rule(
        "wording/grouping",
        "chunk",
        "Our words name ethnic groups with care.",
        _SAY,
        _in_cells(_GROUPING, "“{}” is not how we speak of people."),
    ),
    Rule(
        "wording/grouping-in-descriptor",
        "descriptor",
        "The descriptor's words name ethnic groups with care.",
        _SAY,
        _in_descriptor(_GROUPING, "“{}” is not how we speak of people."),
    ),
    Rule(
        "wording/source-term",
        "descriptor",
        "A source's own category that we would not use is marked as the source's.",
        "Nothing to do: the label is shown as the source's own.",
        _source_terms,
        "warning",
    ),
    Rule(
        "wording/work-note",
        "chunk",
        "No work note is published.",
        "Finish the sentence, or move the note out of the package.",
        _in_cells(_WORK_NOTE, "“{}” looks like a note to oneself."),
    ),
    Rule(
        "wording/work-note-in-descriptor",
        "descriptor",
        "No work note is published.",
        "Finish the sentence, or move the note out of the package.",
        _in_descriptor(_WORK_NOTE, "“{}” looks like a note to oneself."),
    ),
    Rule(
        "wording/statement-length",
        "dataset",
        "A finding is told in at most 280 characters.",
        "Shorten the statement; `detail` has room for the rest.",
        _long_statement,
    ),
)
