"""Whether every key of a field's `hub` object acts: what is declared is honoured or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evidencehub.domain.concepts import Concept
from evidencehub.domain.package import JsonObject, Resource
from evidencehub.messages.rendering import Message, make_message
from evidencehub.normalise.resource_plan import ConceptMapping

_NUMBER_KEYS = frozenset(("map", "marks", "split"))
_CODE_KEYS = frozenset(("codelist", "level", "map"))
_ACTING_KEYS: Mapping[str, frozenset[str]] = {
    "number": _NUMBER_KEYS,
    "integer": _NUMBER_KEYS,
    "period": frozenset(("map", "period")),
    "date": frozenset(("map",)),
    "code": _CODE_KEYS,
    "codes": _CODE_KEYS,
    "id": _CODE_KEYS,
    "text": _CODE_KEYS,
}
"""The keys that say something of a cell, by the kind of its concept."""
_ALWAYS_ACTING = frozenset(("concept", "fields", "separator"))


def find_idle_keys(concept: Concept, annotation: JsonObject) -> Iterator[Message]:
    """The keys that would have no effect on a field of this concept."""
    acting = _ACTING_KEYS.get(concept.cell_type, frozenset()) | _ALWAYS_ACTING
    for key in annotation:
        if key not in acting:
            yield make_message("structure/annotation/idle-key", key=key, concept=concept.name)


def find_idle_marks(resource: Resource, name: str, annotation: JsonObject) -> Iterator[Message]:
    """The marks of a numeric field that no cell can have: they are not among its missing values."""
    if annotation.get("split"):
        return  # its marks are flags, which stand beside numbers
    missing = list_missing_values(resource, name)
    for mark in annotation.get("marks") or {}:
        if mark not in missing:
            yield make_message("structure/annotation/idle-mark", mark=mark, field=name)


def list_missing_values(resource: Resource, name: str) -> frozenset[str]:
    """The texts of a field that say that there is no value: its own, its schema's, or none."""
    schema = resource.descriptor.get("schema") or {}
    field = next((f for f in resource.fields if f["name"] == name), {})
    entries = field.get("missingValues", schema.get("missingValues", [""]))
    return frozenset(
        str(entry.get("value", "") if isinstance(entry, Mapping) else entry) for entry in entries
    )


def find_mapping_faults(mappings: Sequence[ConceptMapping]) -> Iterator[Message]:
    """What is wrong with the readings of a measure together."""
    yield from _find_double_columns(mappings)
    names = {mapping.concept.name for mapping in mappings}
    if "margin_of_error" in names and "ci_level" not in names:
        # several levels are in use, so none goes without saying
        yield make_message("structure/annotation/margin-level")


def _find_double_columns(mappings: Sequence[ConceptMapping]) -> Iterator[Message]:
    """Concepts of numbers and texts that two columns carry: one of them would be lost."""
    fields: dict[str, str] = {}
    for mapping in mappings:
        name = mapping.concept.name
        is_single = mapping.concept.is_number or mapping.concept.cell_type == "text"
        if not is_single or not mapping.fields or name == "note":  # notes are joined
            continue
        if name in fields:
            yield make_message(
                "structure/annotation/double",
                first=fields[name],
                second=mapping.field_label,
                concept=name,
            )
        fields.setdefault(name, mapping.field_label)
