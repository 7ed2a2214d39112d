"""The plan of a resource: which column, constant or combination gives each concept, and how.

Read once from the `hub` objects of the resource and its fields; what they get wrong is told
here, before a row is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evidencehub.codes import CodeBook
from evidencehub.model.package import Json, Resource, SourcePackage
from evidencehub.model.period import KINDS
from evidencehub.model.problem import Problem
from evidencehub.model.vocabulary import ROLES, Concept
from evidencehub.normalise import lookup
from evidencehub.normalise.lookup import Lookup, Spelling, Unknown

NUMBERS = ("number", "integer", "year")
NO_CONCEPT = "none"  # what a field says that carries none, though its name looks like one
SEPARATOR = ", "  # between the parts of a combined spelling, as in “White, Hispanic”


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in: the fields read, the concept they carry, and the memo of their meanings.

    `gives` are the concepts that its meanings may fill. Without a memo the cells are taken as
    they are (numbers, plain text); `marks` then gives the meaning of cells that say in their
    own way that there is no value.
    """

    concept: Concept
    fields: tuple[str, ...]
    gives: frozenset[str]
    memo: Lookup | None = None
    by_scheme: bool = False
    separator: str = SEPARATOR
    constant: Any = None
    marks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The fields, as a message names them."""
        return ", ".join(self.fields) or f"hub.constants.{self.concept.name}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows in which each named field has one of the given texts."""

    texts: Mapping[str, frozenset[str]]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One observation per row: the readings that make it, and the rows it is made from."""

    readings: tuple[Reading, ...]
    where: Condition | None


@dataclass(slots=True)
class Plan:
    """How one resource becomes rows of the hub."""

    resource: Resource
    role: str
    measures: list[Measure]
    extra: tuple[str, ...]
    held_back: tuple[Condition, ...]
    decimal_chars: Mapping[str, str]
    held: dict[str, int] = field(default_factory=dict)
    not_used: int = 0


def draw(package: SourcePackage, resource: Resource, book: CodeBook) -> tuple[Plan, list[Problem]]:
    """The plan of `resource`, with what is wrong in its annotation."""
    return _Draft(package, resource, book).plan()


class _Draft:
    """The plan while it is drawn; collects problems on the way."""

    def __init__(self, package: SourcePackage, resource: Resource, book: CodeBook) -> None:
        self.package, self.resource, self.book = package, resource, book
        self.vocabulary = ROLES[resource.role]
        self.types = {f["name"]: f.get("type", "any") for f in resource.fields}
        self.problems: list[Problem] = []
        self.used: set[str] = set()

    def plan(self) -> tuple[Plan, list[Problem]]:
        shared = [*self._fields(), *self._constants(), *self._combined()]
        wide = self.resource.hub.get("measures") or [{}]
        measures = [self._measure(entry, shared) for entry in wide]
        measures = [m for m in measures if self._is_whole(m)]
        held = tuple(
            Condition(self._texts(entry.get("where", {}), "hold_back"), entry.get("reason", ""))
            for entry in self.resource.hub.get("hold_back", [])
        )
        extra = tuple(name for name in self.types if name not in self.used)
        chars = {f["name"]: f.get("decimalChar", ".") for f in self.resource.fields}
        plan = Plan(self.resource, self.resource.role, measures, extra, held, chars)
        plan.held = {condition.reason: 0 for condition in held}
        return plan, self.problems

    def _fields(self) -> Iterator[Reading]:
        for entry in self.resource.fields:
            name, hub = entry["name"], entry.get("hub")
            if hub is None:
                if name in self.vocabulary:
                    yield from self._reading(self.vocabulary[name], (name,), {})
                continue
            for part in hub if isinstance(hub, list) else [hub]:
                if part.get("concept") == NO_CONCEPT:
                    continue
                concept = self._concept(part.get("concept", name), f"{name}.hub")
                if concept is not None:
                    yield from self._reading(concept, (name,), part)

    def _constants(self) -> Iterator[Reading]:
        for name, value in (self.resource.hub.get("constants") or {}).items():
            concept = self._concept(name, "hub.constants")
            if concept is None:
                continue
            if name == "other" and isinstance(value, Mapping):
                for list_name, code in value.items():
                    yield from self._constant(concept, code, {"codelist": list_name})
            else:
                yield from self._constant(concept, value, {})

    def _constant(self, concept: Concept, value: Any, hub: Json) -> Iterator[Reading]:
        if isinstance(value, Mapping | list):
            self._say(f"What is given for {concept.name} is no single value.", "Write one code.")
            return
        if concept.is_number and not self._is_number(concept, value):
            return
        for reading in self._reading(concept, (), hub):
            yield replace(reading, constant=value)

    def _combined(self) -> Iterator[Reading]:
        for entry in self.resource.hub.get("combine", []):
            concept = self._concept(entry.get("concept", ""), "hub.combine")
            if concept is not None:
                yield from self._reading(concept, tuple(entry.get("fields", ())), entry)

    def _measure(self, entry: Json, shared: Sequence[Reading]) -> Measure:
        own: list[Reading] = []
        for name, value in entry.items():
            if name in ("where", "marks", "constants"):
                continue
            concept = self._concept(name, "hub.measures")
            if concept is None:
                continue
            if concept.name == "indicator" and value not in self.types:
                own += self._constant(concept, value, {})
            else:
                own += self._reading(concept, (str(value),), self._said_of(str(value), concept))
        status = self._concept("obs_status", "hub.measures") if "marks" in entry else None
        if status is not None:
            marks = entry["marks"]
            own += self._reading(status, (marks.get("field", ""),), {"map": marks.get("map", {})})
        for name, value in (entry.get("constants") or {}).items():
            concept = self._concept(name, "hub.measures.constants")
            if concept is not None:
                own += self._constant(concept, value, {})
        where = entry.get("where")
        condition = Condition(self._texts(where, "measures")) if where else None
        replaced = {reading.concept.name for reading in own} - {"other", "obs_status"}
        kept = [reading for reading in shared if reading.concept.name not in replaced]
        return Measure((*own, *kept), condition)

    def _said_of(self, name: str, concept: Concept) -> Json:
        """What the field `name` itself says of a concept that a measure takes from it."""
        entry = next((f for f in self.resource.fields if f["name"] == name), {})
        hub = entry.get("hub") or {}
        for part in hub if isinstance(hub, list) else [hub]:
            if part.get("concept", concept.name) == concept.name:
                return dict(part)
        return {}

    def _reading(self, concept: Concept, names: tuple[str, ...], hub: Json) -> Iterator[Reading]:
        unknown = [name for name in names if name not in self.types]
        if unknown:
            self._say(
                f"“{unknown[0]}” is not a field of {self.resource.name}.",
                "Name a field as the schema spells it.",
            )
            return
        self.used.update(names)
        if concept.is_number:
            yield from self._number(concept, names, hub)
            return
        separator = hub.get("separator", SEPARATOR)
        mapped = hub.get("map")
        if mapped is not None:
            codelist = hub.get("codelist", "")
            mapped = {text: self._meant(told, codelist) for text, told in mapped.items()}
        spelling = Spelling(
            hub.get("codelist", ""), hub.get("level", ""), hub.get("period", "iso"), mapped
        )
        if spelling.codelist and self.book.find(spelling.codelist) is None:
            self._say(
                f"“{spelling.codelist}” is not a code list.",
                "Name a list of codes/ or one that the package brings in hub.lists.",
            )
            return
        if spelling.period not in KINDS:
            self._say(f"“{spelling.period}” is no kind of period.", f"Use {', '.join(KINDS)}.")
            return
        if (
            concept.kind == "text"
            and mapped is None
            and not (spelling.codelist or concept.codelist)
        ):
            yield Reading(concept, names, frozenset({concept.name}), separator=separator)
            return
        in_scheme = concept.kind == "code" and concept.name in lookup.OF_SCHEME
        by_scheme = in_scheme and not spelling.codelist
        meaning = self._meaning(concept, spelling, by_scheme=by_scheme)
        memo = Lookup(meaning, frozenset(spelling.map or ()))
        yield Reading(concept, names, _gives(concept, spelling), memo, by_scheme, separator)

    def _number(self, concept: Concept, names: tuple[str, ...], hub: Json) -> Iterator[Reading]:
        wrong = [name for name in names if self.types[name] not in NUMBERS]
        if wrong:
            self._say(
                f"“{wrong[0]}” carries {concept.name} and is not declared as a number.",
                "Give the field the type number or integer; list its marks in missingValues.",
            )
            return
        if concept.kind == "integer" and any(self.types[name] == "number" for name in names):
            self._say(
                f"“{names[0]}” carries {concept.name} and is not declared as a whole number.",
                "Give the field the type integer.",
            )
            return
        marks = hub.get("marks") or {}
        meanings = {text: self._meant(_status(mark)) for text, mark in marks.items()}
        gives = frozenset({concept.name}.union(*meanings.values()))
        yield Reading(concept, names, gives, marks=meanings)

    def _meant(self, meaning: str | Json, codelist: str = "") -> Any:
        """A meaning of several concepts at once with each of them looked up; a text as it is."""
        if isinstance(meaning, str):
            return meaning
        told: dict[str, Any] = {}
        for name, value in meaning.items():
            concept = self._concept(name, "hub map")
            if concept is None:
                continue
            if concept.is_number:
                if self._is_number(concept, value):
                    told[name] = value
                continue
            found = self._looked_up(concept, value, meaning, codelist)
            if isinstance(found, Unknown):
                self._say(found.message, found.fix, found.rule)
            else:
                told |= found
        return told

    def _looked_up(self, concept: Concept, value: Any, beside: Json, codelist: str) -> Any:
        if concept.name == "other":
            return lookup.of_dimensions(self.book)(value)
        if concept.name not in lookup.OF_SCHEME:
            return self._meaning(concept, Spelling(), by_scheme=False)(value)
        constants = self.resource.hub.get("constants") or {}
        scheme = beside.get("scheme") or codelist or constants.get("scheme")
        if not scheme:
            self._say(
                f"hub map: “{value}” stands there without its scheme.",
                f"Write the scheme beside {concept.name}, or as a constant of the table.",
            )
            return {}
        found = lookup.of_scheme(concept, Spelling(), self.book)((scheme, value))
        if isinstance(found, Unknown) or "scheme" in beside or not codelist:
            return found
        return {"scheme": codelist, **found}

    def _is_number(self, concept: Concept, value: Any) -> bool:
        """Whether a value written in the descriptor is one that the concept can hold."""
        wanted = int if concept.kind == "integer" else (int, float)
        if isinstance(value, wanted) and not isinstance(value, bool):
            return True
        kind = "whole number" if concept.kind == "integer" else "number"
        self._say(f"“{value}” is given for {concept.name}.", f"Write a {kind}, without quotes.")
        return False

    def _meaning(self, concept: Concept, spelling: Spelling, *, by_scheme: bool) -> Any:
        if by_scheme:
            return lookup.of_scheme(concept, spelling, self.book)
        if concept.kind == "period":
            return lookup.of_period(spelling)
        if concept.kind == "date":
            return lookup.of_date(concept)
        if concept.name == "other" and not spelling.codelist and not spelling.map:
            return lookup.of_dimensions(self.book)
        one = lookup.of_list(concept, spelling, self.book)
        if concept.kind in ("codes", "ids", "texts"):
            return lookup.of_several(concept, one if concept.kind == "codes" else None)
        if concept.kind == "groups":
            return lookup.of_groups(concept, self.book)
        return one

    def _texts(self, where: Json, place: str) -> Mapping[str, frozenset[str]]:
        for name in where:
            if name not in self.types:
                self._say(
                    f"hub.{place}.where names “{name}”, which is not a field.",
                    "Name a field as the schema spells it.",
                )
        return {
            name: frozenset(map(str, texts if isinstance(texts, list) else [texts]))
            for name, texts in where.items()
            if name in self.types
        }

    def _concept(self, name: str, place: str) -> Concept | None:
        concept = self.vocabulary.get(name)
        if concept is None:
            self._say(
                f"{place}: “{name}” is not a concept of {self.resource.role}.",
                f"Use one of {', '.join(self.vocabulary)}.",
            )
        return concept

    def _is_whole(self, measure: Measure) -> bool:
        have = {name for reading in measure.readings for name in reading.gives}
        wanted = [c.name for c in self.vocabulary.values() if c.required]
        if self.resource.role == "observations":
            wanted += ["period_start", "period_end"]
        missing = [name for name in wanted if name not in have]
        if {"period_start", "period_end"} <= set(missing):
            missing = [n for n in missing if not n.startswith("period_")] + ["period"]
        for name in missing:
            self._say(
                f"{self.resource.name} does not say the {name}.",
                f"Add a column {name}, or name the column that carries it in its `hub`.",
                rule="structure/concept-missing",
            )
        return not missing

    def _say(self, message: str, fix: str, rule: str = "structure/annotation") -> None:
        self.problems.append(Problem(rule, message, fix, field=f"resources.{self.resource.name}"))


def _gives(concept: Concept, spelling: Spelling) -> frozenset[str]:
    """The concepts that meanings of this spelling may fill."""
    gives = {concept.name}
    if concept.kind == "period":
        gives = {"period_start", "period_end"}
    if concept.name == "ethnicity" and spelling.codelist:
        gives.add("scheme")
    for meaning in (spelling.map or {}).values():
        if isinstance(meaning, Mapping):
            gives |= set(meaning)
    return frozenset(gives)


def _status(mark: str | Json) -> Json:
    """A mark as concepts: a bare code is an observation status."""
    return mark if isinstance(mark, Mapping) else {"obs_status": mark}
