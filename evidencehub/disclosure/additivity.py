"""Which counts add up to which, read off the data as an attacker would, stratum by stratum.

Parts of a total are taken for all of it unless their own values speak against that; what another
stratum shows never does.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, CountKey
from evidencehub.disclosure.families import (
    iter_denominator_families,
    iter_families,
    iter_repeated_counts,
)
from evidencehub.disclosure.strata import AdditiveRelation, RelationFamily


class AdditiveRelations(NamedTuple):
    """Sums whose parts make up their total (`complete`), or are some of its parts (`partial`).

    In `inclusions`, parts that may overlap or that fall short for other reasons than a part without
    a row are no more than their total. Those in `contradictory` cannot be true: the parts exceed
    the total, or two values of one count differ. `doubted` gives, for each cell, those of its sums
    that would be complete but for their values. `counts` are those that were given, and after
    them wholes that only denominators state and parts that have no row.
    """

    counts: list[BoundedCount]
    complete: list[AdditiveRelation]
    partial: list[AdditiveRelation]
    inclusions: list[AdditiveRelation]
    contradictory: list[AdditiveRelation]
    doubted: dict[int, set[AdditiveRelation]]


def find_additive_relations(
    counts: Sequence[BoundedCount],
    structure: CategoryStructure,
    doubtful: frozenset[CountKey] = frozenset(),
) -> AdditiveRelations:
    """Return what adds up: over each dimension, schemes, periods, releases and indicators.

    Each stratum is judged by itself: if no value contradicts it, parts make up their total; if they
    fall short of it, they are some of its parts; if they exceed it, they contradict it. Only if
    they exceed it in most strata of an indicator do the categories overlap: then each part is no
    more than the total, and that is all. Totals in `doubtful` are short of the parts that other
    strata have and theirs does not.
    """
    relations = AdditiveRelations(list(counts), [], [], [], [], {})
    for family in iter_families(relations.counts, structure, doubtful):
        _classify_family(family, relations)
    for pair in iter_repeated_counts(counts, "release"):
        total, low, high = _total_and_part_bounds(pair, relations.counts)
        if low <= total.upper and total.lower <= high:  # else the count was revised
            relations.complete.append(pair)
    for wholes in iter_denominator_families(counts):
        _classify_denominators(wholes, relations)
    return relations


def _classify_family(family: RelationFamily, relations: AdditiveRelations) -> None:
    bounds = {
        relation: _total_and_part_bounds(relation, relations.counts)
        for relation in family.relations
    }
    excess = [relation for relation, (total, low, _) in bounds.items() if low > total.upper]
    is_overlapping = _is_overlapping(family, len(excess))
    if is_overlapping and family.may_overlap:
        return
    _note_doubts(family, bounds, relations)
    relations.contradictory.extend(excess)
    if is_overlapping and len(excess) > 1:
        relations.inclusions.extend(_single_parts(bounds, set(excess)))
        return
    for relation, (total, low, high) in bounds.items():
        if low <= total.upper:
            is_short = high < total.lower
            _select_list(family, relation, relations, is_short=is_short).append(relation)


def _is_overlapping(family: RelationFamily, excess_count: int) -> bool:
    """Return whether the parts exceed their total in most strata."""
    return 2 * excess_count > len(family.relations) and not family.is_equality


def _note_doubts(
    family: RelationFamily, bounds: Mapping[AdditiveRelation, _Bounds], relations: AdditiveRelations
) -> None:
    """Note the sums that would be complete but for their values."""
    for relation, (total, low, high) in bounds.items():
        is_off = low > total.upper or high < total.lower
        if is_off and relation not in family.partial:
            for cell in (relation[0], *relation[1]):
                relations.doubted.setdefault(cell, set()).add(relation)


def _select_list(
    family: RelationFamily,
    relation: AdditiveRelation,
    relations: AdditiveRelations,
    *,
    is_short: bool,
) -> list[AdditiveRelation]:
    """Return where a sum belongs whose parts do not exceed its total."""
    is_complete = relation not in family.partial
    if not is_short:
        return relations.complete if is_complete else relations.partial
    if family.is_equality or (is_complete and len(relation[1]) == 1):
        return relations.contradictory
    return relations.inclusions if family.may_overlap else relations.partial


def _single_parts(
    family: Iterable[AdditiveRelation], excess: set[AdditiveRelation]
) -> Iterator[AdditiveRelation]:
    """Yield what holds for categories that overlap: each is no more than the total."""
    for total, parts in family:
        if (total, parts) not in excess:
            yield from ((total, (part,)) for part in parts)


_Bounds = tuple[BoundedCount, float, float]  # a total, the least and the most of its parts


def _total_and_part_bounds(relation: AdditiveRelation, counts: Sequence[BoundedCount]) -> _Bounds:
    total, parts = relation
    return (
        counts[total],
        sum(counts[part].lower for part in parts),
        sum(counts[part].upper for part in parts),
    )


def _classify_denominators(
    family: Sequence[tuple[BoundedCount, tuple[int, ...]]], relations: AdditiveRelations
) -> None:
    """Take denominators for totals if most strata without suppression confirm that they are."""
    first = len(relations.counts)
    totals = [total for total, _ in family]
    all_counts = [*relations.counts, *totals]
    links = [(first + offset, parts) for offset, (_, parts) in enumerate(family)]
    published = [
        _total_and_part_bounds(link, all_counts)
        for link in links
        if not any(all_counts[part].is_suppressed for part in link[1])
    ]
    confirmed = sum(low <= total.upper and total.lower <= high for total, low, high in published)
    if 2 * confirmed > len(published):
        relations.counts.extend(totals)
        _classify_family(RelationFamily(links), relations)


class Remainder(NamedTuple):
    """What a total leaves for parts without a row, in people, and the cells that say so."""

    cells: tuple[int, ...]
    lower: float
    upper: float


def find_remainders(
    relations: AdditiveRelations, lower: Sequence[float], upper: Sequence[float]
) -> Iterator[Remainder]:
    """Yield what is left of each total whose listed parts fall short of it.

    `lower` and `upper` are the feasibility intervals of all counts.
    """
    unlisted = {cell for cell, count in enumerate(relations.counts) if not count.is_listed}
    sums = [link for link in relations.complete if not unlisted.isdisjoint(link[1])]
    listed_totals = (link for link in [*relations.partial, *sums] if link[0] not in unlisted)
    for total, parts in listed_totals:
        listed = [part for part in parts if part not in unlisted]
        remainder = _subtract(total, listed, lower, upper)
        if remainder.lower > 0:
            yield remainder
    for cell, (total, parts) in _sums_by_part(unlisted, sums).items():
        if lower[cell] > 0 and upper[cell] < math.inf:
            rest = [part for part in parts if part != cell]
            yield Remainder((total, *rest), lower[cell], upper[cell])


def _subtract(
    total: int, parts: Sequence[int], lower: Sequence[float], upper: Sequence[float]
) -> Remainder:
    """Return what may be left of a total without some of its parts."""
    return Remainder(
        (total, *parts),
        lower[total] - sum(upper[part] for part in parts),
        upper[total] - sum(lower[part] for part in parts),
    )


def _sums_by_part(
    cells: Iterable[int], sums: Iterable[AdditiveRelation]
) -> dict[int, AdditiveRelation]:
    """Return a sum that each of these cells is a part of."""
    parts = set(cells)
    return {cell: link for link in sums for cell in parts.intersection(link[1])}


def group_by_indicator(sums: Iterable[Sequence[str]], indicators: Iterable[str]) -> list[list[str]]:
    """Return the indicators in groups that declared sums link; no sum runs between two groups."""
    group_of = {name: [name] for name in indicators}
    for names in sums:
        merged = list(dict.fromkeys(name for part in names for name in group_of.get(part, ())))
        for name in merged:
            group_of[name] = merged
    groups: dict[int, list[str]] = defaultdict(list)
    for group in group_of.values():
        groups[id(group)] = group
    return list(groups.values())
