"""Rules on the texts of a descriptor as such: characters, lengths, addresses, the date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from evidencehub.check.cell_text import column_texts, quote_cell
from evidencehub.check.definition import (
    ResourceChunk,
    Rule,
    Violation,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.stated_text import MAX_TITLE_LENGTH
from evidencehub.domain.unicode_text import HIDDEN_CHARACTERS

MAX_TEXT_LENGTH = 20_000  # characters; a description of some pages
MAX_TEXT_LENGTHS = {"title": MAX_TITLE_LENGTH}  # characters of a text of that name
MAX_ENTRIES = {"keywords": 100, "licenses": 20, "contributors": 200, "sources": 1_000}
"""How many entries a list of that name may have; pages and files show all of them."""

ADDRESS_SCHEMES = ("http", "https", "mailto", "doi")
_ADDRESS_KEYS = frozenset(("homepage", "image", "path", "contact", "source_url", "url"))
_ADDRESS_COLUMNS = frozenset(("url", "source_url", "read_from", "homepage", "link", "links"))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


Path = tuple[str | int, ...]  # of names and positions, from the top of a descriptor


def _list_values(
    node: Any, path: Path = (), name: str = "", values: list[tuple[Path, str, Any]] | None = None
) -> list[tuple[Path, str, Any]]:
    """Every value of a descriptor: where it is, the name that it has, and what it is."""
    values = [] if values is None else values
    pairs: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict):
        pairs = node.items()
    elif isinstance(node, list):
        pairs = enumerate(node)
    for step, value in pairs:
        value_path, value_name = (*path, step), step if isinstance(step, str) else name
        values.append((value_path, value_name, value))
        if isinstance(value, (dict, list)):
            _list_values(value, value_path, value_name, values)
    return values


def _write_path(path: Path) -> str:
    """A path as people read it: resources[0].schema.fields[3].title."""
    steps = (f".{step}" if isinstance(step, str) else f"[{step}]" for step in path)
    return "".join(steps).removeprefix(".")


def _hidden_characters(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for path, name, value in _list_values(package.descriptor):
        for text in (name, value):
            match = HIDDEN_CHARACTERS.search(text) if isinstance(text, str) else None
            if match is not None:
                yield make_descriptor_violation(
                    HIDDEN_CHARACTERS.sub("␀", _write_path(path)),
                    "metadata/hidden-character",
                    character=f"U+{ord(match[0]):04X}",
                )
    for file in ("about.md", "changes.md"):
        file_path = package.folder / file
        text = file_path.read_text("utf-8", "replace") if file_path.is_file() else ""
        for row, line in enumerate(text.split("\n"), start=1):
            if match := HIDDEN_CHARACTERS.search(line):
                character = f"U+{ord(match[0]):04X}"
                yield make_violation(
                    file, row, "", "metadata/hidden-character", character=character
                )


def _long_texts(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for path, name, value in _list_values(package.descriptor):
        limit = MAX_TEXT_LENGTHS.get(name, MAX_TEXT_LENGTH)
        if isinstance(value, str) and len(value) > limit:
            yield make_descriptor_violation(
                _write_path(path), "metadata/text-length/text", length=len(value), limit=limit
            )
        elif isinstance(value, list) and len(value) > MAX_ENTRIES.get(name, len(value)):
            yield make_descriptor_violation(
                _write_path(path),
                "metadata/text-length/list",
                count=len(value),
                limit=MAX_ENTRIES[name],
            )


def _unusual_addresses(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for path, name, value in _list_values(package.descriptor):
        if name in _ADDRESS_KEYS and isinstance(value, str) and _has_unusual_scheme(value):
            yield make_descriptor_violation(
                _write_path(path), "metadata/address", address=quote_cell(value)
            )


def _unusual_cell_addresses(resource_chunk: ResourceChunk) -> Iterator[Violation]:
    for field in resource_chunk.resource.fields:
        name = field["name"]
        if name not in _ADDRESS_COLUMNS:
            continue
        column = resource_chunk.chunk.cells[name]
        unusual = set(filter(_is_unusual_cell, column_texts(column)))
        cells = list(column) if unusual else []
        for position in column.rows_where(unusual.__contains__) if unusual else ():
            yield resource_chunk.make_violation(
                position, name, "links/address-scheme", address=quote_cell(cells[position])
            )


def _has_unusual_scheme(text: str, *, may_be_words: bool = False) -> bool:
    """True for an address that leads to no page, mailbox or DOI, as browsers would read it.

    Where a text `may_be_words`, one with a space is no address (“ONS: Deaths, table 3”).
    """
    address = re.sub(r"[\t\n\r]", "", text).strip()
    match = _SCHEME.match(address)
    if match is None:
        return address.startswith(("//", "\\\\"))
    scheme = match[1].lower()
    is_words = may_be_words and " " in address and not scheme.endswith("script")
    return not is_words and scheme not in ADDRESS_SCHEMES


def _is_unusual_cell(text: str) -> bool:
    return _has_unusual_scheme(text, may_be_words=True)


def _created_later(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """A day that has not come yet would switch off the rule on periods in the future.

    The clock decides in one direction only: what is accepted once is accepted ever after, so a
    rebuild says the same. A day is granted, since somewhere it is tomorrow already.
    """
    created = str(package.descriptor.get("created", ""))[:10]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    if created > tomorrow:
        yield make_descriptor_violation("created", "metadata/created-later", created=created)


RULES = (
    Rule(
        "metadata/hidden-character",
        "descriptor",
        "The descriptor, about.md and changes.md must not contain control characters or "
        "characters that change the direction of text.",
        "Remove the character. It often comes from text copied out of another program.",
        _hidden_characters,
    ),
    Rule(
        "metadata/text-length",
        "descriptor",
        "A title must have at most 300 characters, any other text 20,000, and a list of keywords "
        "100 entries.",
        "Shorten it. Longer explanations belong in about.md.",
        _long_texts,
    ),
    Rule(
        "metadata/address",
        "descriptor",
        "An address must begin with https://, http://, mailto: or doi:, or be an e-mail address.",
        "Write the full address, or leave it out.",
        _unusual_addresses,
    ),
    Rule(
        "metadata/created-later",
        "descriptor",
        "`created` must not be in the future.",
        "Write the date on which the package was made.",
        _created_later,
    ),
    Rule(
        "links/address-scheme",
        "chunk",
        "An address in a table must begin with https://, http://, mailto: or doi:.",
        "Write the full address, or leave the cell empty.",
        _unusual_cell_addresses,
    ),
)
