"""Build the plan of a resource from the `hub` objects of the resource and of its fields.

They are read once; what they get wrong is reported here, before a row is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE, INPUT_CONCEPTS, Concept
from evidencehub.domain.package import JsonObject, Resource, SourcePackage, list_annotations
from evidencehub.domain.problem import Problem
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import Message, Parameter, make_message
from evidencehub.normalise import field_annotations, lookup
from evidencehub.normalise.lookup import LookupFailure, SpellingLookup, SpellingRules
from evidencehub.normalise.resource_plan import (
    DEFAULT_SEPARATOR,
    ConceptMapping,
    MeasureMapping,
    ResourcePlan,
    RowCondition,
    is_replaced,
)
from evidencehub.normalise.split_cells import make_split_lookup, merge_number_map

NUMBER_TYPES = ("number", "integer", "year")
MEASURE_OPTIONS = ("where", "marks", "constants")
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
        inputs = INPUT_CONCEPTS.get(resource.role, {})
        self.vocabulary = {**CONCEPTS_BY_ROLE[resource.role], **inputs}
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
        plan.has_faults = bool(self.problems)
        return plan, self.problems

    def _field_mappings(self) -> Iterator[ConceptMapping]:
        for entry in self.resource.fields:
            name, hub = entry["name"], entry.get("hub")
            if hub is None:
                yield from self._mapping_by_name(name)
                continue
            for annotation in list_annotations(entry):
                if annotation.get("concept") == NO_CONCEPT:
                    continue
                if "concept" not in annotation and self._is_taken_by_measure(name):
                    continue  # the measure says what it carries, and reads the rest of it
                concept = self._find_concept(annotation.get("concept", name), f"{name}.hub")
                if concept is not None:
                    yield from self._concept_mapping(concept, (name,), annotation)

    def _mapping_by_name(self, name: str) -> Iterator[ConceptMapping]:
        """The reading of a field that says nothing: by its name, unless a measure takes it."""
        concept = self.vocabulary.get(name)
        if concept is None or self._is_taken_by_measure(name) or self._is_declared(concept):
            return
        if self.types[name] == "number" and concept.cell_type == "code":
            self._add_problem("structure/annotation/not-a-code", field=name, concept=name)
            return
        yield from self._concept_mapping(concept, (name,), {})

    def _is_declared(self, concept: Concept) -> bool:
        """Whether a field declares that it carries the codes: then a mere name does not."""
        return concept.cell_type in ("code", "id") and any(
            annotation.get("concept") == concept.name != "other"
            for entry in self.resource.fields
            for annotation in list_annotations(entry)
        )

    def _is_taken_by_measure(self, name: str) -> bool:
        """Whether a measure takes a number from the field under a concept of another name."""
        return any(
            value == name and concept != name and self._is_number_concept(concept)
            for entry in self.resource.hub.get("measures") or ()
            for concept, value in entry.items()
        )

    def _is_number_concept(self, name: str) -> bool:
        return name in self.vocabulary and self.vocabulary[name].is_number

    def _constant_mappings(self) -> Iterator[ConceptMapping]:
        constants = self.resource.hub.get("constants")
        for concept, value in self._known_concepts(constants, "hub.constants"):
            if concept.name == "other" and isinstance(value, Mapping):
                for list_name, code in value.items():
                    yield from self._constant_mapping(concept, code, {"codelist": list_name})
            else:
                yield from self._constant_mapping(concept, value, {})

    def _constant_mapping(
        self, concept: Concept, value: Any, annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        if isinstance(value, Mapping | list):
            self._add_problem("structure/annotation/constant", concept=concept.name)
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
        measure_mappings = [
            *self._measured_concepts(entry),
            *self._marked_status(entry),
            *self._measure_constants(entry),
        ]
        row_filter = entry.get("where")
        condition = (
            RowCondition(self._condition_texts(row_filter, "measures")) if row_filter else None
        )
        shared_mappings = [m for m in shared if not is_replaced(m, measure_mappings)]
        mappings = (*measure_mappings, *shared_mappings)
        for fault in field_annotations.find_mapping_faults(mappings):
            self._report(fault)
        return MeasureMapping(mappings, condition)

    def _measured_concepts(self, entry: JsonObject) -> Iterator[ConceptMapping]:
        values = {name: value for name, value in entry.items() if name not in MEASURE_OPTIONS}
        for concept, value in self._known_concepts(values, "hub.measures"):
            if concept.name == "indicator" and value not in self.types:
                yield from self._constant_mapping(concept, value, {})
            else:
                annotation = dict(self._field_annotation(str(value), concept))
                if concept.is_number and self._marked_field(entry) == value:
                    own_marks = annotation.get("marks") or {}
                    annotation["marks"] = {**own_marks, **entry["marks"].get("map", {})}
                yield from self._concept_mapping(concept, (str(value),), annotation)

    @staticmethod
    def _marked_field(entry: JsonObject) -> str:
        """The column of marks that a measure names; its own column of values may be it."""
        return str((entry.get("marks") or {}).get("field", ""))

    def _marked_status(self, entry: JsonObject) -> Iterator[ConceptMapping]:
        is_own_column = any(
            value == self._marked_field(entry)
            for concept, value in entry.items()
            if self._is_number_concept(concept)
        )
        marks = {"obs_status": entry["marks"]} if "marks" in entry and not is_own_column else {}
        for status, mark in self._known_concepts(marks, "hub.measures"):
            annotation = {"map": mark.get("map", {})}
            yield from self._concept_mapping(status, (mark.get("field", ""),), annotation)

    def _measure_constants(self, entry: JsonObject) -> Iterator[ConceptMapping]:
        constants = entry.get("constants")
        for concept, value in self._known_concepts(constants, "hub.measures.constants"):
            yield from self._constant_mapping(concept, value, {})

    def _field_annotation(self, name: str, concept: Concept) -> JsonObject:
        """What the field `name` itself says of a concept that a measure takes from it."""
        entry = next((f for f in self.resource.fields if f["name"] == name), {})
        for annotation in list_annotations(entry):
            if annotation.get("concept", concept.name) == concept.name:
                return dict(annotation)
        return {}

    def _concept_mapping(
        self, concept: Concept, field_names: tuple[str, ...], annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        for name in field_names:
            if name not in self.types:
                self._add_problem(
                    "structure/annotation/field", field=name, resource=self.resource.name
                )
                return
        self.used_fields.update(field_names)
        for idle_key in field_annotations.find_idle_keys(concept, annotation):
            self._report(idle_key)
        if not concept.is_number:
            yield from self._spelling_mapping(concept, field_names, annotation)
        elif annotation.keys() & {"split", "map"}:
            yield from self._split_mapping(concept, field_names, annotation)
        else:
            yield from self._number_mapping(concept, field_names, annotation)

    def _spelling_mapping(
        self, concept: Concept, field_names: tuple[str, ...], annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        """The reading of a text: plain, or a spelling that is looked up."""
        spelling = self._read_spelling_rules(annotation)
        fault = lookup.find_spelling_fault(spelling, self.book)
        if fault is not None:
            self._report(fault)
            return
        separator = annotation.get("separator", DEFAULT_SEPARATOR)
        if concept.cell_type == "text" and spelling.is_plain and not concept.codelist:
            yield ConceptMapping(
                concept, field_names, frozenset({concept.name}), separator=separator
            )
            return
        in_scheme = concept.cell_type == "code" and concept.name in lookup.SCHEME_DEPENDENT_CONCEPTS
        by_scheme = in_scheme and not spelling.codelist
        meaning = lookup.select_lookup(concept, spelling, self.book, by_scheme=by_scheme)
        memo = SpellingLookup(meaning, frozenset(spelling.map or ()))
        filled = lookup.list_filled_concepts(concept, spelling)
        yield ConceptMapping(
            concept,
            field_names,
            filled,
            memo,
            by_scheme,
            separator,
            may_be_blank=concept.name == "other" and not lookup.has_total(spelling, self.book),
        )

    def _read_spelling_rules(self, annotation: JsonObject) -> SpellingRules:
        """What a field says of its spellings, with the meanings in its map looked up."""
        codelist, mapped = annotation.get("codelist", ""), annotation.get("map")
        if mapped is not None:
            mapped = {text: self._resolve_meaning(m, codelist) for text, m in mapped.items()}
        level, period = annotation.get("level", ""), annotation.get("period", "iso")
        return SpellingRules(codelist, level, period, mapped)

    def _number_mapping(
        self, concept: Concept, field_names: tuple[str, ...], annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        non_numeric_fields = [name for name in field_names if self.types[name] not in NUMBER_TYPES]
        if non_numeric_fields:
            self._add_problem(
                "structure/annotation/number", field=non_numeric_fields[0], concept=concept.name
            )
            return
        if concept.cell_type == "integer" and any(
            self.types[name] == "number" for name in field_names
        ):
            self._add_problem(
                "structure/annotation/whole-number", field=field_names[0], concept=concept.name
            )
            return
        for name in field_names:
            for idle_mark in field_annotations.find_idle_marks(self.resource, name, annotation):
                self._report(idle_mark)
        meanings = self._resolve_marks(annotation)
        gives = frozenset({concept.name}.union(*meanings.values()))
        yield ConceptMapping(concept, field_names, gives, markers=meanings)

    def _resolve_marks(self, annotation: JsonObject) -> dict[str, JsonObject]:
        """What each mark of a field means, as concepts."""
        return {
            text: self._resolve_meaning(lookup.read_mark(mark))
            for text, mark in (annotation.get("marks") or {}).items()
        }

    def _split_mapping(
        self, concept: Concept, field_names: tuple[str, ...], annotation: JsonObject
    ) -> Iterator[ConceptMapping]:
        """The reading of a text that holds a number and something beside it, or a word for one."""
        for name in field_names:
            if self.types[name] != "string":
                self._add_problem("structure/annotation/split", field=name)
                return
        marks = self._resolve_marks(merge_number_map(concept.name, annotation))
        has_interval = annotation.get("split") == "interval"
        gives = {concept.name}.union(*marks.values())
        gives |= {"decimals"} if concept.name == "value" else set()
        gives |= {"ci_lower", "ci_upper"} if has_interval else set()
        meaning = make_split_lookup(concept.name, marks, has_interval=has_interval)
        memo = SpellingLookup(meaning, frozenset(marks))
        yield ConceptMapping(concept, field_names, frozenset(gives), memo)

    def _resolve_meaning(self, meaning: str | JsonObject, codelist: str = "") -> Any:
        """A meaning of several concepts at once with each of them looked up; a text as it is."""
        if isinstance(meaning, str):
            return meaning
        resolved: dict[str, Any] = {}
        for concept, value in self._known_concepts(meaning, "hub map"):
            if concept.is_number:
                if self._is_number(concept, value):
                    resolved[concept.name] = value
                continue
            concept_meaning = self._resolve_code(concept, value, meaning, codelist)
            if isinstance(concept_meaning, LookupFailure):
                self._report(concept_meaning)
            else:
                resolved |= concept_meaning
        return resolved

    def _resolve_code(
        self, concept: Concept, value: Any, meaning: JsonObject, codelist: str
    ) -> Any:
        if concept.name == "other":
            return lookup.make_dimension_lookup(self.book)(value)
        if concept.name not in lookup.SCHEME_DEPENDENT_CONCEPTS:
            return lookup.select_lookup(concept, SpellingRules(), self.book, by_scheme=False)(value)
        constants = self.resource.hub.get("constants") or {}
        scheme = meaning.get("scheme") or codelist or constants.get("scheme")
        if not scheme:
            self._add_problem("structure/annotation/scheme", value=str(value), concept=concept.name)
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
            "structure/annotation/value", value=str(value), concept=concept.name, kind=kind
        )
        return False

    def _condition_texts(
        self, row_filter: JsonObject, location: str
    ) -> Mapping[str, frozenset[str]]:
        for name in row_filter:
            if name not in self.types:
                self._add_problem("structure/annotation/condition", location=location, field=name)
        return {
            name: frozenset(map(str, texts if isinstance(texts, list) else [texts]))
            for name, texts in row_filter.items()
            if name in self.types
        }

    def _known_concepts(
        self, values: JsonObject | None, location: str
    ) -> Iterator[tuple[Concept, Any]]:
        """What is given by the name of a concept; names of none are reported."""
        for name, value in (values or {}).items():
            concept = self._find_concept(name, location)
            if concept is not None:
                yield concept, value

    def _find_concept(self, name: str, location: str) -> Concept | None:
        concept = self.vocabulary.get(name)
        if concept is None:
            self._add_problem(
                "structure/annotation/concept",
                location=location,
                concept=name,
                role=self.resource.role,
                concepts=", ".join(self.vocabulary),
            )
        return concept

    def _is_complete(self, measure: MeasureMapping) -> bool:
        filled = frozenset().union(*(reading.filled_concepts for reading in measure.mappings))
        required = [c.name for c in self.vocabulary.values() if c.required]
        if self.resource.role == "observations":
            edges = ["period_start", "period_end"]
            required += ["period"] if filled.isdisjoint(edges) else edges
        missing = [name for name in required if name not in filled]
        for name in missing:
            self._add_problem(
                "structure/concept-missing", resource=self.resource.name, concept=name
            )
        return not missing

    def _add_problem(self, code: str, /, **params: Parameter) -> None:
        self._report(make_message(code, **params))

    def _report(self, message: Message) -> None:
        self.problems.append(make_problem(message, field=f"resources.{self.resource.name}"))
