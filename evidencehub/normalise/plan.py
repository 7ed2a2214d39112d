"""Build the plan of a resource from the `hub` objects of the resource and of its fields.

They are read once; what they get wrong is reported here, before a row is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE, Concept
from evidencehub.domain.package import JsonObject, Resource, SourcePackage
from evidencehub.domain.period import PERIOD_KINDS
from evidencehub.domain.problem import Problem
from evidencehub.normalise import lookup
from evidencehub.normalise.lookup import LookupFailure, SpellingLookup, SpellingRules
from evidencehub.normalise.resource_plan import (
    DEFAULT_SEPARATOR,
    ConceptMapping,
    MeasureMapping,
    ResourcePlan,
    RowCondition,
)

NUMBER_TYPES = ("number", "integer", "year")
NO_CONCEPT = "none"  # what a field says that carries none, though its name looks like one


def build_plan(
    package: SourcePackage, resource: Resource, book: CodeBook
) -> tuple[ResourcePlan, list[Problem]]:
    """The plan of `resource`, with what is wrong in its annotation."""
    return _PlanBuilder(package, resource, book).build()


class _PlanBuilder:
    """The plan while it is drawn; collects problems on the way."""

    def __init__(self, package: SourcePackage, resource: Resource, book: CodeBook) -> None:
        self.package, self.resource, self.book = package, resource, book
        self.vocabulary = CONCEPTS_BY_ROLE[resource.role]
        self.types = {f["name"]: f.get("type", "any") for f in resource.fields}
        self.problems: list[Problem] = []
        self.used_fields: set[str] = set()

    def build(self) -> tuple[ResourcePlan, list[Problem]]:
        shared = [*self._field_mappings(), *self._constant_mappings(), *self._combined_mappings()]
        measure_entries = self.resource.hub.get("measures") or [{}]
        measures = [self._measure_mapping(entry, shared) for entry in measure_entries]
        measures = [m for m in measures if self._is_complete(m)]
        withheld = tuple(
            RowCondition(
                self._condition_texts(entry.get("where", {}), "hold_back"), entry.get("reason", "")
            )
            for entry in self.resource.hub.get("hold_back", [])
        )
        extra = tuple(name for name in self.types if name not in self.used_fields)
        chars = {f["name"]: f.get("decimalChar", ".") for f in self.resource.fields}
        plan = ResourcePlan(self.resource, self.resource.role, measures, extra, withheld, chars)
        plan.withheld_counts = {condition.reason: 0 for condition in withheld}
        return plan, self.problems

    def _field_mappings(self) -> Iterator[ConceptMapping]:
        for entry in self.resource.fields:
            name, hub = entry["name"], entry.get("hub")
            if hub is None:
                if name in self.vocabulary:
                    yield from self._concept_mapping(self.vocabulary[name], (name,), {})
                continue
            for annotation in hub if isinstance(hub, list) else [hub]:
                if annotation.get("concept") == NO_CONCEPT:
                    continue
                concept = self._find_concept(annotation.get("concept", name), f"{name}.hub")
                if concept is not None:
                    yield from self._concept_mapping(concept, (name,), annotation)

    def _constant_mappings(self) -> Iterator[ConceptMapping]:
        for name, value in (self.resource.hub.get("constants") or {}).items():
            concept = self._find_concept(name, "hub.constants")
            if concept is None:
                continue
            if name == "other" and isinstance(value, Mapping):
                for list_name, code in value.items():
                    yield from self._constant_mapping(concept, code, {"codelist": list_name})
            else:
                yield from self._constant_mapping(concept, value, {})

    def _constant_mapping(
        self, concept: Concept, value: Any, annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        if isinstance(value, Mapping | list):
            self._add_problem(
                f"The constant for {concept.name} is not a single value.", "Enter one code."
            )
            return
        if concept.is_number and not self._is_number(concept, value):
            return
        for reading in self._concept_mapping(concept, (), annotation):
            yield replace(reading, constant=value)

    def _combined_mappings(self) -> Iterator[ConceptMapping]:
        for entry in self.resource.hub.get("combine", []):
            concept = self._find_concept(entry.get("concept", ""), "hub.combine")
            if concept is not None:
                yield from self._concept_mapping(concept, tuple(entry.get("fields", ())), entry)

    def _measure_mapping(
        self, entry: JsonObject, shared: Sequence[ConceptMapping]
    ) -> MeasureMapping:
        measure_mappings: list[ConceptMapping] = []
        for name, value in entry.items():
            if name in ("where", "marks", "constants"):
                continue
            concept = self._find_concept(name, "hub.measures")
            if concept is None:
                continue
            if concept.name == "indicator" and value not in self.types:
                measure_mappings += self._constant_mapping(concept, value, {})
            else:
                measure_mappings += self._concept_mapping(
                    concept, (str(value),), self._field_annotation(str(value), concept)
                )
        status = self._find_concept("obs_status", "hub.measures") if "marks" in entry else None
        if status is not None:
            marks = entry["marks"]
            measure_mappings += self._concept_mapping(
                status, (marks.get("field", ""),), {"map": marks.get("map", {})}
            )
        for name, value in (entry.get("constants") or {}).items():
            concept = self._find_concept(name, "hub.measures.constants")
            if concept is not None:
                measure_mappings += self._constant_mapping(concept, value, {})
        row_filter = entry.get("where")
        condition = (
            RowCondition(self._condition_texts(row_filter, "measures")) if row_filter else None
        )
        replaced = {reading.concept.name for reading in measure_mappings} - {"other", "obs_status"}
        shared_mappings = [reading for reading in shared if reading.concept.name not in replaced]
        return MeasureMapping((*measure_mappings, *shared_mappings), condition)

    def _field_annotation(self, name: str, concept: Concept) -> JsonObject:
        """What the field `name` itself says of a concept that a measure takes from it."""
        entry = next((f for f in self.resource.fields if f["name"] == name), {})
        hub = entry.get("hub") or {}
        for annotation in hub if isinstance(hub, list) else [hub]:
            if annotation.get("concept", concept.name) == concept.name:
                return dict(annotation)
        return {}

    def _concept_mapping(
        self, concept: Concept, field_names: tuple[str, ...], annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        unknown = [name for name in field_names if name not in self.types]
        if unknown:
            self._add_problem(
                f"“{unknown[0]}” is not a field of {self.resource.name}.",
                "Use a field name exactly as it is in the schema.",
            )
            return
        self.used_fields.update(field_names)
        if concept.is_number:
            yield from self._number_mapping(concept, field_names, annotation)
            return
        separator = annotation.get("separator", DEFAULT_SEPARATOR)
        mapped = annotation.get("map")
        if mapped is not None:
            codelist = annotation.get("codelist", "")
            mapped = {
                source_text: self._resolve_meaning(declared_meaning, codelist)
                for source_text, declared_meaning in mapped.items()
            }
        spelling = SpellingRules(
            annotation.get("codelist", ""),
            annotation.get("level", ""),
            annotation.get("period", "iso"),
            mapped,
        )
        if spelling.codelist and self.book.get_list(spelling.codelist) is None:
            self._add_problem(
                f"“{spelling.codelist}” is not a code list.",
                "Use a list from codes/ or one that the package declares in hub.lists.",
            )
            return
        if spelling.period not in PERIOD_KINDS:
            self._add_problem(
                f"“{spelling.period}” is not a type of period.", f"Use {', '.join(PERIOD_KINDS)}."
            )
            return
        if (
            concept.cell_type == "text"
            and mapped is None
            and not (spelling.codelist or concept.codelist)
        ):
            yield ConceptMapping(
                concept, field_names, frozenset({concept.name}), separator=separator
            )
            return
        in_scheme = concept.cell_type == "code" and concept.name in lookup.SCHEME_DEPENDENT_CONCEPTS
        by_scheme = in_scheme and not spelling.codelist
        meaning = self._select_lookup(concept, spelling, by_scheme=by_scheme)
        memo = SpellingLookup(meaning, frozenset(spelling.map or ()))
        yield ConceptMapping(
            concept, field_names, _filled_concepts(concept, spelling), memo, by_scheme, separator
        )

    def _number_mapping(
        self, concept: Concept, field_names: tuple[str, ...], annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        non_numeric_fields = [name for name in field_names if self.types[name] not in NUMBER_TYPES]
        if non_numeric_fields:
            self._add_problem(
                f"“{non_numeric_fields[0]}” has the concept {concept.name} but is not declared "
                "as a number.",
                "Set the field's type to number or integer, and list its markers in missingValues.",
            )
            return
        if concept.cell_type == "integer" and any(
            self.types[name] == "number" for name in field_names
        ):
            self._add_problem(
                f"“{field_names[0]}” has the concept {concept.name} but is not declared as a "
                "whole number.",
                "Set the field's type to integer.",
            )
            return
        marks = annotation.get("marks") or {}
        meanings = {
            source_text: self._resolve_meaning(_marker_meaning(mark))
            for source_text, mark in marks.items()
        }
        gives = frozenset({concept.name}.union(*meanings.values()))
        yield ConceptMapping(concept, field_names, gives, markers=meanings)

    def _resolve_meaning(self, meaning: str | JsonObject, codelist: str = "") -> Any:
        """A meaning of several concepts at once with each of them looked up; a text as it is."""
        if isinstance(meaning, str):
            return meaning
        resolved: dict[str, Any] = {}
        for name, value in meaning.items():
            concept = self._find_concept(name, "hub map")
            if concept is None:
                continue
            if concept.is_number:
                if self._is_number(concept, value):
                    resolved[name] = value
                continue
            concept_meaning = self._resolve_code(concept, value, meaning, codelist)
            if isinstance(concept_meaning, LookupFailure):
                self._add_problem(
                    concept_meaning.message, concept_meaning.fix, concept_meaning.rule
                )
            else:
                resolved |= concept_meaning
        return resolved

    def _resolve_code(
        self, concept: Concept, value: Any, meaning: JsonObject, codelist: str
    ) -> Any:
        if concept.name == "other":
            return lookup.make_dimension_lookup(self.book)(value)
        if concept.name not in lookup.SCHEME_DEPENDENT_CONCEPTS:
            return self._select_lookup(concept, SpellingRules(), by_scheme=False)(value)
        constants = self.resource.hub.get("constants") or {}
        scheme = meaning.get("scheme") or codelist or constants.get("scheme")
        if not scheme:
            self._add_problem(
                f"hub map: “{value}” has no classification (scheme).",
                f"Give the scheme with {concept.name}, or as a constant of the table.",
            )
            return {}
        resolved = lookup.make_scheme_lookup(concept, SpellingRules(), self.book)((scheme, value))
        if isinstance(resolved, LookupFailure) or "scheme" in meaning or not codelist:
            return resolved
        return {"scheme": codelist, **resolved}

    def _is_number(self, concept: Concept, value: Any) -> bool:
        """Whether a value written in the descriptor is one that the concept can hold."""
        python_types = int if concept.cell_type == "integer" else (int, float)
        if isinstance(value, python_types) and not isinstance(value, bool):
            return True
        kind = "whole number" if concept.cell_type == "integer" else "number"
        self._add_problem(
            f"“{value}” is not valid for {concept.name}.",
            f"Enter a {kind}, without quotation marks.",
        )
        return False

    def _select_lookup(self, concept: Concept, spelling: SpellingRules, *, by_scheme: bool) -> Any:
        if by_scheme:
            return lookup.make_scheme_lookup(concept, spelling, self.book)
        if concept.cell_type == "period":
            return lookup.make_period_lookup(spelling)
        if concept.cell_type == "date":
            return lookup.make_date_lookup(concept)
        if concept.name == "other" and not spelling.codelist and not spelling.map:
            return lookup.make_dimension_lookup(self.book)
        lookup_one = lookup.make_list_lookup(concept, spelling, self.book)
        if concept.cell_type in ("codes", "ids", "texts"):
            return lookup.make_multi_lookup(
                concept, lookup_one if concept.cell_type == "codes" else None
            )
        if concept.cell_type == "groups":
            return lookup.make_group_lookup(concept, self.book)
        return lookup_one

    def _condition_texts(
        self, row_filter: JsonObject, location: str
    ) -> Mapping[str, frozenset[str]]:
        for name in row_filter:
            if name not in self.types:
                self._add_problem(
                    f"hub.{location}.where names “{name}”, which is not a field.",
                    "Use a field name exactly as it is in the schema.",
                )
        return {
            name: frozenset(map(str, texts if isinstance(texts, list) else [texts]))
            for name, texts in row_filter.items()
            if name in self.types
        }

    def _find_concept(self, name: str, location: str) -> Concept | None:
        concept = self.vocabulary.get(name)
        if concept is None:
            self._add_problem(
                f"{location}: “{name}” is not a concept for the role {self.resource.role}.",
                f"Use one of {', '.join(self.vocabulary)}.",
            )
        return concept

    def _is_complete(self, measure: MeasureMapping) -> bool:
        filled = {name for reading in measure.mappings for name in reading.filled_concepts}
        required = [c.name for c in self.vocabulary.values() if c.required]
        if self.resource.role == "observations":
            required += ["period_start", "period_end"]
        missing = [name for name in required if name not in filled]
        if {"period_start", "period_end"} <= set(missing):
            missing = [n for n in missing if not n.startswith("period_")] + ["period"]
        for name in missing:
            self._add_problem(
                f"{self.resource.name} has no {name}.",
                f"Add a column {name}, or declare which column has this concept in its `hub` "
                "object.",
                rule="structure/concept-missing",
            )
        return not missing

    def _add_problem(self, message: str, fix: str, rule: str = "structure/annotation") -> None:
        self.problems.append(Problem(rule, message, fix, field=f"resources.{self.resource.name}"))


def _filled_concepts(concept: Concept, spelling: SpellingRules) -> frozenset[str]:
    """The concepts that meanings of this spelling may fill."""
    gives = {concept.name}
    if concept.cell_type == "period":
        gives = {"period_start", "period_end"}
    if concept.name == "ethnicity" and spelling.codelist:
        gives.add("scheme")
    for meaning in (spelling.map or {}).values():
        if isinstance(meaning, Mapping):
            gives |= set(meaning)
    return frozenset(gives)


def _marker_meaning(mark: str | JsonObject) -> JsonObject:
    """A mark as concepts: a bare code is an observation status."""
    return mark if isinstance(mark, Mapping) else {"obs_status": mark}
