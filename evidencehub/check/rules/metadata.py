"""Rules on what the descriptor and the package's texts say of the dataset."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from evidencehub.check.definition import (
    Rule,
    RuleContext,
    Violation,
    make_descriptor_violation,
    make_violation,
)
from evidencehub.domain.code_lists import CodeBook, CodeList
from evidencehub.domain.licences import LicenceList
from evidencehub.domain.package import SLUG_PATTERN, VERSION_PATTERN, SourcePackage
from evidencehub.domain.status import TOTAL, UNKNOWN
from evidencehub.messages.rendering import Message, make_message

DESCRIPTOR_FILE = "datapackage.json"
_DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")
_REQUIRED_KEYS = ("title", "version", "created")
_LICENCE_REFUSALS = {
    "commercial": "metadata/licence/commercial",
    "changes": "metadata/licence/changes",
    "commercial-changes": "metadata/licence/commercial-changes",
    "not-known": "metadata/licence/not-known",
}
_CODED_KEYS = (
    ("workstreams", "workstream"),
    ("topics", "topic"),
    ("whose_ethnicity", "whose-ethnicity"),
    ("ethnicity_recording", "ethnicity-recording"),
    ("same_source", "same-source"),
    ("unit_of_count", "unit-of-count"),
    ("disclosure_policy", "disclosure-policy"),
    ("verification", "verification"),
    ("countries", "iso-3166"),
)


def _missing_required(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for key in _REQUIRED_KEYS:
        if not package.descriptor.get(key):
            yield make_descriptor_violation(key, "metadata/required", key=key)


def _name_mismatch(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    name, folder = package.descriptor.get("name"), package.slug
    if name != folder:
        yield make_descriptor_violation(
            "name", "metadata/name/differs", name=str(name), folder=folder
        )
    if not SLUG_PATTERN.fullmatch(folder):
        yield make_descriptor_violation("name", "metadata/name/folder", folder=folder)


def _invalid_version(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    version = package.version
    if version and not VERSION_PATTERN.fullmatch(version):
        yield make_descriptor_violation("version", "metadata/version", version=version)


def _invalid_created(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    created = package.descriptor.get("created")
    if created and not (isinstance(created, str) and _DATE_PATTERN.fullmatch(created)):
        yield make_descriptor_violation("created", "metadata/created", created=str(created))


def _not_open_licence(package: SourcePackage, book: CodeBook) -> Iterator[Violation]:
    entries = package.descriptor.get("licenses")
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("name") if isinstance(entry, Mapping) else entry
        if not name:
            yield make_descriptor_violation("licenses", "metadata/licence/unnamed")
        elif message := _find_licence_refusal(str(name), book.licences):
            yield Violation(DESCRIPTOR_FILE, None, "licenses", message)


def _find_licence_refusal(name: str, licences: LicenceList) -> Message | None:
    """Why data may not be published under a licence; None where it permits what the hub does."""
    licence = licences.find(name)
    if licence is not None:
        code = _LICENCE_REFUSALS.get(licence.refusal)
        return make_message(code, name=licence.id) if code else None
    suggestions = " or ".join(licences.suggest(name))
    if not suggestions:
        return make_message("metadata/licence/unknown", name=name)
    return make_message("metadata/licence/suggested", name=name, suggestions=suggestions)


def _unknown_codes(package: SourcePackage, book: CodeBook) -> Iterator[Violation]:
    for key, name in _CODED_KEYS:
        value = package.hub.get(key)
        code_list = book.get_list(name)
        codes = value if isinstance(value, list) else [value]
        for code in codes if value else []:
            if code_list is not None and code not in code_list.codes:
                yield Violation(
                    DESCRIPTOR_FILE, None, f"hub.{key}", _build_code_message(code_list, str(code))
                )


def _build_code_message(code_list: CodeList, code: str) -> Message:
    suggestions = " or ".join(code_list.suggest(code))
    if not suggestions:
        return make_message("metadata/codes", code=code, codelist=code_list.name)
    return make_message(
        "metadata/codes/suggested", code=code, codelist=code_list.name, suggestions=suggestions
    )


def _not_ready(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    if not package.is_ready:
        yield make_descriptor_violation("hub.state", "metadata/not-ready", state=package.state)


def _incomplete_schemes(package: SourcePackage, book: CodeBook) -> Iterator[Violation]:
    for entry in package.hub.get("lists") or []:
        package_list = book.lists.get(entry["list"])
        if package_list is None or package_list.kind != "ethnicity":
            continue
        for message in _find_scheme_gaps(package_list, book):
            yield Violation(DESCRIPTOR_FILE, None, f"hub.lists.{package_list.name}", message)


def _find_scheme_gaps(scheme: CodeList, book: CodeBook) -> Iterator[Message]:
    """What a package's own classification of ethnicity lacks."""
    missing = tuple(code for code in (TOTAL, UNKNOWN) if code not in scheme.codes)
    if missing:
        yield make_message("metadata/own-scheme/rows", codes=missing)
    bases = book.get_list("counting-basis")
    if scheme.counting_basis and bases and scheme.counting_basis not in bases.codes:
        yield make_message("metadata/own-scheme/counting-basis", code=scheme.counting_basis)
    yield from _find_codes_without_facet(scheme, book)


def _find_codes_without_facet(scheme: CodeList, book: CodeBook) -> Iterator[Message]:
    """The groups that readers could not find; the total and residual categories are no groups."""
    mapped = {
        entry.from_code
        for entry in book.crosswalks
        if (entry.from_scheme, entry.to_scheme) == (scheme.name, "hub-facet")
    }
    for code in scheme.codes.values():
        is_group = code.level != "total" and code.residual != "1" and code.code != UNKNOWN
        if is_group and code.code not in mapped:
            yield make_message("metadata/own-scheme/facet", code=code.code)


def _make_not_stated_rule(
    key: str, code: str
) -> Callable[[SourcePackage, CodeBook], Iterator[Violation]]:
    def look(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
        if not package.hub.get(key):
            yield make_descriptor_violation(f"hub.{key}", code)

    return look


def _missing_texts(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for name, code in (
        ("about.md", "metadata/texts/about"),
        ("changes.md", "metadata/texts/changes"),
    ):
        path = package.folder / name
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        if not text.strip():
            yield make_violation(name, None, "", code)
        elif (
            name == "changes.md"
            and VERSION_PATTERN.fullmatch(package.version)
            and not re.search(rf"(?<![\d.]){re.escape(package.version)}(?![\d.]*\d)", text)
        ):
            yield make_violation(name, None, "", "metadata/texts/version", version=package.version)


def _missing_method(dataset: RuleContext) -> Iterator[Violation]:
    rows = dataset.query(
        "select file, row, id from indicators where coalesce(method, '') = '' order by row"
    )
    for file, row, name in rows:
        yield make_violation(file, row, "method", "metadata/method", indicator=name)


def _ambiguous_date_format(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for resource in package.resources:
        for field in resource.fields:
            if field.get("type") in ("date", "datetime", "time") and field.get("format") == "any":
                location = f"resources.{resource.name}.{field.get('name')}"
                yield make_descriptor_violation(location, "structure/any-date")


def _ungrouped_alternation(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    """Frictionless compiles ^PATTERN$ without a group, so that a|b means ^a or b$."""
    for resource in package.resources:
        for field in resource.fields:
            constraints = field.get("constraints")
            pattern = constraints.get("pattern") if isinstance(constraints, Mapping) else None
            if isinstance(pattern, str) and _has_ungrouped_alternation(pattern):
                location = f"resources.{resource.name}.{field.get('name')}"
                yield make_descriptor_violation(location, "structure/pattern", pattern=pattern)


def _has_ungrouped_alternation(pattern: str) -> bool:
    depth, escaped, in_class = 0, False, False
    for character in pattern:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            return True
    return False


RULES = (
    Rule(
        "metadata/hub",
        "descriptor",
        "The `hub` objects must follow their published schema.",
        "Correct it. The properties allowed are listed in docs/reference/package.md.",
    ),
    Rule(
        "metadata/required",
        "descriptor",
        "The descriptor must give the title, the version and the created date.",
        "Add it to the descriptor.",
        _missing_required,
    ),
    Rule(
        "metadata/name",
        "descriptor",
        "The package and its folder must have the same name.",
        "Give both the same name, using lower-case letters, digits and hyphens.",
        _name_mismatch,
    ),
    Rule(
        "metadata/version",
        "descriptor",
        "The version must have the form major.minor.patch.",
        "Start with 1.0.0.",
        _invalid_version,
    ),
    Rule(
        "metadata/created",
        "descriptor",
        "`created` must be the date on which the package was made.",
        "Write it as 2024-03-31T00:00:00Z.",
        _invalid_created,
    ),
    Rule(
        "metadata/licence",
        "descriptor",
        "The licence must be an SPDX or Open Definition id that permits publication.",
        "Use an id such as CC-BY-4.0 or OGL-UK-3.0. State any other terms in sources.csv.",
        _not_open_licence,
    ),
    Rule(
        "metadata/codes",
        "descriptor",
        "Codes in the hub object must be in their code lists.",
        "Use a code from the list.",
        _unknown_codes,
    ),
    Rule(
        "metadata/own-scheme",
        "descriptor",
        "A classification defined in the package must be complete: total, unknown, counting "
        "basis and facet.",
        "In codes.csv, add the rows _T and _U, and give each group a code of hub-facet in `facet`; "
        "a category with 1 in `residual` needs none.",
        _incomplete_schemes,
    ),
    Rule(
        "metadata/ethnicity-completeness",
        "descriptor",
        "The completeness of ethnicity recording should be stated.",
        "State the percentage of people whose ethnicity is known, or write “not stated” if "
        "the source does not give it.",
        _make_not_stated_rule("ethnicity_completeness", "metadata/ethnicity-completeness"),
        "warning",
    ),
    Rule(
        "metadata/next-update",
        "descriptor",
        "The date of the next update should be stated.",
        "State when the data will next be updated, or write “not planned”.",
        _make_not_stated_rule("next_update", "metadata/next-update"),
        "warning",
    ),
    Rule(
        "metadata/texts",
        "descriptor",
        "about.md and changes.md should describe the dataset and its changes.",
        "Write the file, with an entry for this version in changes.md. `new` creates an "
        "example of both.",
        _missing_texts,
        "warning",
    ),
    Rule(
        "metadata/method",
        "dataset",
        "Every indicator should state how its values are produced.",
        "Complete `method`, or write “not stated by the source”.",
        _missing_method,
        "warning",
    ),
    Rule(
        "metadata/not-ready",
        "descriptor",
        "A dataset is built only when its state is `published`, or when it states none.",
        "When it is ready, set `hub.state` to “published”.",
        _not_ready,
        "warning",
    ),
    Rule(
        "metadata/nothing-to-publish",
        "collection",
        "A dataset must have at least one observation or finding before it can be built.",
        "Add the observations to observations.csv, or move the folder out of datasets/ until "
        "they are ready.",
    ),
    Rule(
        "metadata/name-taken",
        "collection",
        "Two dataset folders must not have the same name.",
        "A dataset keeps its name permanently. Rename one of the two folders.",
    ),
    Rule(
        "structure/any-date",
        "descriptor",
        "A date format must not depend on the day on which the file is read.",
        "State the format, for example %d/%m/%Y.",
        _ambiguous_date_format,
    ),
    Rule(
        "structure/pattern",
        "descriptor",
        "Alternatives in a pattern must be in brackets.",
        "Put the alternatives in brackets: (?:a|b).",
        _ungrouped_alternation,
    ),
)
