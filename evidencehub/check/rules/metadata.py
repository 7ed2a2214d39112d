"""Rules on what the descriptor and the package's texts say of the dataset."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from evidencehub.check.rules.rule import Dataset, Finding, Rule
from evidencehub.codes import CodeBook, fold
from evidencehub.model.package import SLUG, VERSION, SourcePackage
from evidencehub.model.vocabulary import ROLES

HERE = "datapackage.json"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")
_REQUIRED = ("title", "description", "version", "created", "licenses", "contributors")
OPEN_LICENCES = frozenset(
    (
        "CC-BY-4.0", "CC-BY-3.0", "CC-BY-3.0-AU", "CC-BY-2.5", "CC-BY-SA-4.0", "CC-BY-SA-3.0",
        "CC0-1.0", "OGL-UK-3.0", "OGL-UK-2.0", "OGL-UK-1.0", "OGL-Canada-2.0", "ODC-By-1.0",
        "ODbL-1.0", "PDDL-1.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "etalab-2.0",
        "CDLA-Permissive-2.0", "MIT", "Apache-2.0", "other-open", "other-pd", "US-PD", "NZGOAL",
    )
)  # fmt: skip
"""SPDX or Open Definition ids of licences that let the hub publish and others reuse."""

_LISTED = (
    ("workstreams", "workstream"),
    ("topics", "topic"),
    ("whose_ethnicity", "whose-ethnicity"),
    ("ethnicity_recording", "ethnicity-recording"),
    ("same_source", "same-source"),
    ("disclosure_policy", "disclosure-policy"),
    ("verification", "verification"),
    ("countries", "iso-3166"),
)
_LOOKALIKES = {
    "lower_ci": "ci_lower", "upper_ci": "ci_upper", "lci": "ci_lower", "uci": "ci_upper",
    "ethnic_group": "ethnicity", "race": "ethnicity", "geography": "area", "geography_code": "area",
    "region": "area", "year": "period", "date": "period", "rate": "value", "count": "numerator",
    "gender": "sex", "age_group": "age", "status": "obs_status", "notes": "note",
}  # fmt: skip


def _required(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    for name in _REQUIRED:
        if not package.descriptor.get(name):
            yield Finding(HERE, None, name, f"`{name}` is not given.")


def _name(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    name = package.descriptor.get("name")
    if name != package.slug:
        yield Finding(
            HERE,
            None,
            "name",
            f"The package calls itself “{name}”; its folder is “{package.slug}”.",
        )
    if not SLUG.fullmatch(package.slug):
        yield Finding(
            HERE, None, "name", f"The folder's name, “{package.slug}”, is not a plain identifier."
        )


def _version(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    if package.version and not VERSION.fullmatch(package.version):
        yield Finding(HERE, None, "version", f"“{package.version}” is not a version.")


def _created(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    created = package.descriptor.get("created")
    if created and not (isinstance(created, str) and _DAY.fullmatch(created)):
        yield Finding(HERE, None, "created", f"“{created}” is not a day.")


def _licence(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    entries = package.descriptor.get("licenses")
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("name") if isinstance(entry, Mapping) else entry
        if not name:
            yield Finding(HERE, None, "licenses", "A licence has no name.")
        elif name not in OPEN_LICENCES:
            yield Finding(
                HERE, None, "licenses", f"“{name}” is not a licence that permits publication."
            )


def _codes(package: SourcePackage, book: CodeBook) -> Iterator[Finding]:
    for key, name in _LISTED:
        value = package.hub.get(key)
        code_list = book.find(name)
        codes = value if isinstance(value, list) else [value]
        for code in codes if value else []:
            if code_list is not None and code not in code_list.codes:
                near = code_list.nearest(str(code))
                hint = f" Did you mean {' or '.join(near)}?" if near else ""
                yield Finding(HERE, None, f"hub.{key}", f"“{code}” is not in {name}.{hint}")


def _own_lists(package: SourcePackage, book: CodeBook) -> Iterator[Finding]:
    bases = book.find("counting-basis")
    for entry in package.hub.get("lists") or []:
        own = book.lists.get(entry["list"])
        if own is None or own.kind != "ethnicity":
            continue
        where = f"hub.lists.{own.name}"
        missing = [code for code in ("_T", "_U") if code not in own.codes]
        if missing:
            yield Finding(HERE, None, where, f"The scheme has no row for {' and '.join(missing)}.")
        if own.counting_basis and bases and own.counting_basis not in bases.codes:
            message = f"“{own.counting_basis}” is not in counting-basis."
            yield Finding(HERE, None, where, message)
        placed = {
            walk.from_code
            for walk in book.crosswalks
            if walk.from_scheme == own.name and walk.to_scheme == "hub-facet"
        }
        for code in own.codes.values():
            if code.code not in placed and code.code != "_U" and code.level != "total":
                message = f"{code.code} has no place in the navigation facet."
                yield Finding(HERE, None, where, message)


def _lookalikes(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    for resource in package.resources:
        vocabulary = ROLES.get(resource.role)
        if vocabulary is None or resource.role == "codes":
            continue
        named = json.dumps(resource.hub, ensure_ascii=False)
        for field in resource.fields:
            name = field["name"]
            meant = _LOOKALIKES.get(fold(name).replace(" ", "_"), fold(name).replace(" ", "_"))
            if "hub" in field or name in vocabulary or meant not in vocabulary:
                continue
            if f'"{name}"' not in named:
                message = f"“{name}” looks like {meant} and is not declared as such."
                yield Finding(resource.file, 1, name, message)


def _said(key: str, what: str) -> Callable[[SourcePackage, CodeBook], Iterator[Finding]]:
    def look(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
        if not package.hub.get(key):
            yield Finding(HERE, None, f"hub.{key}", f"{what} is not given.")

    return look


def _no_sources(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    roles = {entry.get("hub", {}).get("role") or entry["name"] for entry in package.entries}
    if "sources" not in roles and not package.descriptor.get("sources"):
        yield Finding(HERE, None, "sources", "Nothing says where the figures come from.")


def _texts(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    for name, what in (("about.md", "what the dataset shows"), ("changes.md", "what has changed")):
        path = package.folder / name
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        if not text.strip():
            yield Finding(name, None, "", f"There is no {name} to say {what}.")
        elif (
            name == "changes.md"
            and VERSION.fullmatch(package.version)
            and not re.search(rf"(?<![\d.]){re.escape(package.version)}(?![\d.]*\d)", text)
        ):
            yield Finding(
                name, None, "", f"changes.md does not speak of version {package.version}."
            )


def _method(dataset: Dataset) -> Iterator[Finding]:
    rows = dataset.query(
        "select file, row, id from indicators where coalesce(method, '') = '' order by row limit 6"
    )
    for file, row, name in rows:
        yield Finding(file, row, "method", f"{name} does not say how its figures are made.")


def _any_date(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    for resource in package.resources:
        for field in resource.fields:
            if field.get("type") in ("date", "datetime", "time") and field.get("format") == "any":
                message = "The format `any` fills missing parts of a date from today's."
                yield Finding(HERE, None, f"resources.{resource.name}.{field.get('name')}", message)


def _pattern(package: SourcePackage, _: CodeBook) -> Iterator[Finding]:
    """Frictionless compiles ^PATTERN$ without a group, so that a|b means ^a or b$."""
    for resource in package.resources:
        for field in resource.fields:
            constraints = field.get("constraints")
            pattern = constraints.get("pattern") if isinstance(constraints, Mapping) else None
            if isinstance(pattern, str) and _has_bare_choice(pattern):
                where = f"resources.{resource.name}.{field.get('name')}"
                yield Finding(
                    HERE,
                    None,
                    where,
                    f"In the pattern “{pattern}” the choice is not in brackets.",
                )


def _has_bare_choice(pattern: str) -> bool:
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
        "The `hub` objects follow their published schema.",
        "Correct it; docs/reference/package.md says what may stand there.",
    ),
    Rule(
        "metadata/required",
        "descriptor",
        "Title, description, version, created, licence and contributors are given.",
        "Add it to the descriptor.",
        _required,
    ),
    Rule(
        "metadata/name",
        "descriptor",
        "The package has the name of its folder.",
        "Give both the same name: lower case letters, digits and hyphens.",
        _name,
    ),
    Rule(
        "metadata/version",
        "descriptor",
        "The version is major.minor.patch.",
        "Start with 1.0.0.",
        _version,
    ),
    Rule(
        "metadata/created",
        "descriptor",
        "`created` is the day the package was made.",
        "Write it as 2024-03-31T00:00:00Z.",
        _created,
    ),
    Rule(
        "metadata/licence",
        "descriptor",
        "The licence is an SPDX or Open Definition id that permits publication.",
        "Use an id such as CC-BY-4.0 or OGL-UK-3.0; state other terms in sources.csv.",
        _licence,
    ),
    Rule(
        "metadata/codes",
        "descriptor",
        "Codes in the hub object are in their lists.",
        "Use a code of the list.",
        _codes,
    ),
    Rule(
        "metadata/own-scheme",
        "descriptor",
        "A scheme of the package's own is complete: totals, unknown, counting basis, facet.",
        "Complete codes.csv: rows _T and _U, and a code of hub-facet for each group in `facet`.",
        _own_lists,
    ),
    Rule(
        "metadata/sources",
        "descriptor",
        "The package names its sources.",
        "Add sources.csv with one row for each publication.",
        _no_sources,
    ),
    Rule(
        "metadata/lookalike",
        "descriptor",
        "A column that looks like a concept is declared as one.",
        'Add `hub: {"concept": …}` to the field; it is kept as it is otherwise.',
        _lookalikes,
        "warning",
    ),
    Rule(
        "metadata/ethnicity-completeness",
        "descriptor",
        "It is said for how many people ethnicity is known.",
        "Say it, or write “not stated” if the source does not.",
        _said("ethnicity_completeness", "How complete the recording of ethnicity is"),
        "warning",
    ),
    Rule(
        "metadata/next-update",
        "descriptor",
        "It is said when figures will be updated.",
        "Say when the figures will be updated, or “not planned”.",
        _said("next_update", "The next update"),
        "warning",
    ),
    Rule(
        "metadata/texts",
        "descriptor",
        "about.md and changes.md tell their story.",
        "Write it, with a heading for this version in changes.md; `new` shows how both look.",
        _texts,
        "warning",
    ),
    Rule(
        "metadata/method",
        "dataset",
        "Every indicator says how its figures are made.",
        "Fill in `method`, or write “not stated by the source”.",
        _method,
        "warning",
    ),
    Rule(
        "metadata/nothing-to-publish",
        "collection",
        "A dataset is built when it has a figure or a finding; a check takes it without.",
        "Put the figures into observations.csv, or move the folder out of datasets/ till then.",
    ),
    Rule(
        "metadata/name-taken",
        "collection",
        "No two folders have the same name.",
        "A name is one dataset for ever: rename one of the two folders.",
    ),
    Rule(
        "metadata/version-not-raised",
        "collection",
        "What was published under a version is never changed.",
        "Raise the version and say in changes.md what changed.",
    ),
    Rule(
        "structure/any-date",
        "descriptor",
        "Dates are read the same way on every day.",
        "Name the format, for example %d/%m/%Y.",
        _any_date,
    ),
    Rule(
        "structure/pattern",
        "descriptor",
        "A pattern means what it seems to mean.",
        "Put the choice in brackets: (?:a|b).",
        _pattern,
    ),
)
