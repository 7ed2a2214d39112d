"""Rules on what is not known of a dataset: nothing of it may be made up for the readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from evidencehub.check.definition import (
    Rule,
    RuleContext,
    Violation,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.markdown_headings import list_empty_headings
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.problem import Severity
from evidencehub.domain.stated_text import find_contributor_name, has_address, is_stated
from evidencehub.messages.rendering import make_message


class Fact(NamedTuple):
    """Something that readers are told of each dataset: in words, and the property that says it."""

    words: str
    key: str


FACTS = (
    Fact("the description", "description"),
    Fact("the licence", "licenses"),
    Fact("the publisher", "contributors"),
    Fact("the sources", "sources"),
    Fact("the contact", "hub.contact"),
    Fact("the workstream", "hub.workstreams"),
    Fact("the country", "hub.countries"),
    Fact("whose ethnicity is recorded", "hub.whose_ethnicity"),
    Fact("how ethnicity was recorded", "hub.ethnicity_recording"),
    Fact("how the values were verified", "hub.verification"),
    Fact("how people in small numbers are protected", "hub.disclosure_policy"),
)
"""What must be known before a dataset is published. What is only better known has its own rule."""


def _unknown_facts(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    unknown = tuple(
        f"{fact.words} (`{fact.key}`)" for fact in FACTS if not _is_known(package, fact.key)
    )
    if unknown:
        message = make_message("metadata/unknown", facts=unknown)
        severity = _choose_severity(package)
        yield Violation("datapackage.json", None, "", message, severity=severity)


def _choose_severity(package: SourcePackage) -> Severity:
    """Return how grave a gap is: what is not ready may have gaps, what is published may not."""
    return "error" if package.is_ready else "warning"


def _is_known(package: SourcePackage, key: str) -> bool:
    if key == "sources":
        return _names_sources(package)
    if key == "contributors":
        entries = package.descriptor.get(key) or ()
        return any(isinstance(e, Mapping) and find_contributor_name(e) for e in entries)
    parent = package.hub if key.startswith("hub.") else package.descriptor
    value = parent.get(key.removeprefix("hub."))
    # “unknown” may be a code: that the source does not say is known then
    return is_stated(value) if key in ("description", "hub.contact") else bool(value)


def _names_sources(package: SourcePackage) -> bool:
    if package.descriptor.get("sources"):
        return True
    roles = [
        Resource(entry["name"], "", package.folder, entry).role
        for entry in package.resource_descriptors
    ]
    if set(roles) == {"questions"}:
        return True  # what answers them has its sources
    tables = package.with_role("sources")
    has_unreadable_table = roles.count("sources") > len(tables)  # which is told elsewhere
    return has_unreadable_table or any(map(_has_rows, tables))


def _has_rows(resource: Resource) -> bool:
    """Return whether a table has a row below its header."""
    dialect = resource.descriptor.get("dialect")
    has_header = not isinstance(dialect, Mapping) or dialect.get("header") is not False
    with resource.path.open("rb") as file:
        lines = sum(1 for _ in islice(filter(bytes.strip, file), 1 + has_header))
    return lines > has_header


def _addressed_contributors(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    entries = package.descriptor.get("contributors")
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = find_contributor_name(entry) if isinstance(entry, Mapping) else ""
        if has_address(name):
            location = f"contributors[{position}]"
            yield make_descriptor_violation(location, "metadata/contributor-name", name=name)


def _addressed_publishers(dataset: RuleContext) -> Iterator[Violation]:
    rows = dataset.query("select file, row, publisher from sources order by file, row")
    for file, row, name in rows:
        if has_address(name or ""):
            yield make_violation(file, row, "publisher", "metadata/source-publisher", name=name)


def _empty_headings(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for name in ("about.md", "changes.md"):
        path = package.folder / name
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        if headings := _quote(list_empty_headings(text)):
            yield make_violation(name, None, "", "metadata/empty-heading", headings=headings)


def _quote(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"“{text}”" for text in texts)


RULES = (
    Rule(
        "metadata/unknown",
        "descriptor",
        "What readers are told of every dataset must be known before it is published: its "
        "description, licence, publisher, sources, contact, workstream, country, whose ethnicity, "
        "how it was recorded, how the values were verified and how people are protected.",
        "State it. Until it is known, leave it out and let `hub.state` say “draft”.",
        _unknown_facts,
    ),
    Rule(
        "metadata/contributor-name",
        "descriptor",
        "A contributor should be named by a name. Readers are not shown an address as an author.",
        "Write the name of the organisation or person. An e-mail address belongs in `hub.contact`.",
        _addressed_contributors,
        "warning",
    ),
    Rule(
        "metadata/source-publisher",
        "dataset",
        "The publisher of a source should be named by a name. Readers are not shown an address as "
        "an author.",
        "Write the name of the organisation. Its address belongs in `url`.",
        _addressed_publishers,
        "warning",
    ),
    Rule(
        "metadata/empty-heading",
        "descriptor",
        "A heading of about.md and changes.md should have text below it. Pages leave it out.",
        "Write the text, or delete the heading.",
        _empty_headings,
        "warning",
    ),
)
