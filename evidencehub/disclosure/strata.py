"""Strata: counts that differ in one dimension only; and families of sums, a stratum each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evidencehub.disclosure.counts import BoundedCount, CountKey
from evidencehub.domain.status import TOTAL

AdditiveRelation = tuple[int, tuple[int, ...]]  # the cell of a total, and those of its parts


@dataclass(slots=True)
class RelationFamily:
    """Sums of one indicator and one heading, a stratum each.

    Those in `partial` may have parts without a row. If `is_equality`, both sides are one count; if
    `may_overlap`, parts need not add up at all, as people in the quarters of a year. `strata` are
    those of sums over a hierarchy.
    """

    relations: list[AdditiveRelation] = field(default_factory=list)
    partial: set[AdditiveRelation] = field(default_factory=set)
    is_equality: bool = False
    may_overlap: bool = False
    strata: list[HierarchySum] = field(default_factory=list)

    def add_stratum(
        self, stratum: Stratum, parent: str, codes: Sequence[str], *, is_complete: bool
    ) -> None:
        """Take in the sum of a parent category in a stratum, which may lack some of its codes."""
        parts = tuple(stratum.cell_by_code[code] for code in codes)
        self.add(stratum.cell_by_code[parent], parts, is_complete=is_complete)
        self.strata.append(HierarchySum(self.relations[-1], stratum, parent, tuple(codes)))

    def add(self, total: int, parts: Sequence[int], *, is_complete: bool) -> None:
        """Take in a sum."""
        relation = (total, tuple(parts))
        self.relations.append(relation)
        if not is_complete:
            self.partial.add(relation)


Families = dict[tuple[str, ...], RelationFamily]


class Stratum(NamedTuple):
    """Counts that differ in one dimension only, by their codes in it.

    `key` is what they have in common; `list_name` the list that the codes are of.
    """

    dimension: str
    list_name: str
    key: CountKey
    cell_by_code: dict[str, int]

    def build_key(self, code: str) -> CountKey:
        """Return the key of the count that has this code."""
        if self.dimension != "other":
            return self.key._replace(**{self.dimension: code})
        parts = [part for part in self.key.dimensions.split(";") if part]
        dimensions = ";".join(sorted([*parts, f"{self.list_name}={code}"]))
        return self.key._replace(dimensions=dimensions)


def iter_strata(counts: Sequence[BoundedCount]) -> Iterator[Stratum]:
    for dimension in ("area", "ethnicity", "sex", "age"):
        for key, cell_by_code in group_varying_field(counts, dimension).items():
            if len(cell_by_code) > 1:
                list_name = key.scheme if dimension == "ethnicity" else dimension
                yield Stratum(dimension, list_name, key, cell_by_code)
    cells = {count.key: cell for cell, count in enumerate(counts)}
    for (list_name, key), cell_by_code in group_by_dimension(cells).items():
        if key in cells:
            yield Stratum("other", list_name, key, {TOTAL: cells[key], **cell_by_code})


def group_varying_field(
    counts: Sequence[BoundedCount], field: str
) -> dict[CountKey, dict[str, int]]:
    """Counts that differ in one place only: what stands there, and the cell."""
    position = CountKey._fields.index(field)
    cells_by_key: dict[CountKey, dict[str, int]] = defaultdict(dict)
    for cell, count in enumerate(counts):
        key = count.key
        common = CountKey._make((*key[:position], "", *key[position + 1 :]))
        cells_by_key[common][key[position]] = cell
    return cells_by_key


def group_by_dimension(cells: Mapping[CountKey, int]) -> dict[tuple[str, CountKey], dict[str, int]]:
    """For each further dimension and key without it, the cells that have it, by code."""
    cells_by_dimension: dict[tuple[str, CountKey], dict[str, int]] = defaultdict(dict)
    for key, cell in cells.items():
        for dimension in dict.fromkeys(key.dimensions.split(";")) if key.dimensions else ():
            rest = ";".join(part for part in key.dimensions.split(";") if part != dimension)
            list_name, _, code = dimension.partition("=")
            cells_by_dimension[list_name, key._replace(dimensions=rest)][code] = cell
    return cells_by_dimension


class HierarchySum(NamedTuple):
    """The sum of a parent category in a stratum, with the codes of its parts."""

    relation: AdditiveRelation
    stratum: Stratum
    parent: str
    codes: tuple[str, ...]
