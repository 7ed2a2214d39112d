"""The plan of a resource: which column, constant or combination gives each concept, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.domain.concepts import Concept
from evidencehub.domain.package import Resource
from evidencehub.normalise.lookup import SpellingLookup

DEFAULT_SEPARATOR = ", "  # between the parts of a combined spelling, as in “White, Hispanic”


@dataclass(frozen=True, slots=True)
class ConceptMapping:
    """One way in: the fields read, the concept they carry, and the memo of their meanings.

    `filled_concepts` are the concepts that its meanings may fill. Without a memo the cells are
    taken as they are (numbers, plain text); `markers` then gives the meaning of cells that say in
    their own way that there is no value.
    """

    concept: Concept
    fields: tuple[str, ...]
    filled_concepts: frozenset[str]
    lookup: SpellingLookup | None = None
    by_scheme: bool = False
    separator: str = DEFAULT_SEPARATOR
    constant: Any = None
    markers: Mapping[str, Any] = field(default_factory=dict)
    may_be_blank: bool = False  # a blank cell says that the row has no such dimension

    @property
    def field_label(self) -> str:
        """The fields, as a message names them."""
        return ", ".join(self.fields) or f"hub.constants.{self.concept.name}"


@dataclass(frozen=True, slots=True)
class RowCondition:
    """Rows in which each named field has one of the given texts."""

    texts: Mapping[str, frozenset[str]]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MeasureMapping:
    """One observation per row: the readings that make it, and the rows it is made from."""

    mappings: tuple[ConceptMapping, ...]
    condition: RowCondition | None


@dataclass(slots=True)
class ResourcePlan:
    """How one resource becomes rows of the hub."""

    resource: Resource
    role: str
    measures: list[MeasureMapping]
    unmapped_fields: tuple[str, ...]
    withheld_conditions: tuple[RowCondition, ...]
    decimal_chars: Mapping[str, str]
    withheld_counts: dict[str, int] = field(default_factory=dict)
    unused_row_count: int = 0
    has_faults: bool = False  # something in the annotation means nothing
    blank_cells: dict[tuple[int, str, str], Any] = field(default_factory=dict)


def is_replaced(shared: ConceptMapping, measure_mappings: Sequence[ConceptMapping]) -> bool:
    """Whether what a measure says itself stands in place of what the table says for all.

    A constant of the measure does not take the place of a column of codes: it must agree with it.
    Which indicator it is, only the measure says.
    """
    name = shared.concept.name
    if name in ("other", "obs_status"):
        return False
    return any(
        mapping.concept.name == name
        and bool(
            mapping.fields or not shared.fields or shared.concept.is_number or name == "indicator"
        )
        for mapping in measure_mappings
    )
