"""Sums over codes that are parts of parent categories, and of totals."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, CountKey, Hierarchy
from evidencehub.disclosure.strata import (
    AdditiveRelation,
    Families,
    HierarchySum,
    RelationFamily,
    Stratum,
)
from evidencehub.domain.status import TOTAL


def add_hierarchy_sums(
    stratum: Stratum, structure: CategoryStructure, parent_of: Mapping[str, str], families: Families
) -> None:
    """Each code is a part of its nearest parent category that has a row, else of the total."""
    hierarchy = structure.hierarchies.get(stratum.list_name, {})
    levels = structure.area_levels if stratum.dimension == "area" else {}
    children: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code in stratum.cell_by_code:
        if parent := _find_total(code, stratum, parent_of):
            children[parent, levels.get(code, "")].append(code)
    for (parent, level), codes in children.items():
        family = families[stratum.key.indicator, stratum.list_name, parent, level]
        is_complete = len(codes) > 1 or _is_only_part(codes[0], parent, parent_of, hierarchy)
        family.add_stratum(stratum, parent, codes, is_complete=is_complete)


def _find_total(code: str, stratum: Stratum, parent_of: Mapping[str, str]) -> str | None:
    """Return the nearest heading that has a figure, else the total; areas have none."""
    parent = _nearest_ancestor(code, parent_of, stratum.cell_by_code)
    if parent is None and stratum.dimension != "area" and code != TOTAL:
        parent = TOTAL
    return parent if parent in stratum.cell_by_code else None


def _nearest_ancestor(
    code: str, parent_of: Mapping[str, str], codes: Mapping[str, int]
) -> str | None:
    """The nearest heading of a code that has a figure; None where none has, or they go round."""
    visited = {code}
    ancestor = parent_of.get(code)
    while ancestor is not None and ancestor not in codes and ancestor not in visited:
        visited.add(ancestor)
        ancestor = parent_of.get(ancestor)
    return None if ancestor in visited else ancestor


def _is_only_part(
    code: str, parent: str, parent_of: Mapping[str, str], hierarchy: Hierarchy
) -> bool:
    """Return whether a code is all of a parent category: at each level the list has no other."""
    while code != parent:
        ancestor = parent_of.get(code)
        if ancestor is None or len(hierarchy.get(ancestor, ())) != 1:
            return False
        code = ancestor
    return True


def list_omitted_counts(
    counts: Sequence[BoundedCount],
    families: Mapping[tuple[str, ...], RelationFamily],
    parents: Mapping[str, Mapping[str, str]],
    doubtful: frozenset[CountKey],
) -> list[BoundedCount]:
    """Return the counts that strata lack whose parts fall short of their total, as unknown ones.

    Those of codes that other strata of the indicator have. So too for totals in `doubtful`.
    """
    omitted = {
        count.key: count
        for family in families.values()
        for count in _iter_omitted(family, counts, parents, doubtful)
    }
    for count in counts if omitted else ():
        omitted.pop(count.key, None)
    return list(omitted.values())


def _iter_omitted(
    family: RelationFamily,
    counts: Sequence[BoundedCount],
    parents: Mapping[str, Mapping[str, str]],
    doubtful: frozenset[CountKey],
) -> Iterator[BoundedCount]:
    in_use = dict.fromkeys(code for entry in family.strata for code in entry.codes)
    lacking = [entry for entry in family.strata if len(entry.codes) < len(in_use)]
    for entry in lacking:
        if _may_lack_parts(entry.relation, counts, doubtful):
            parent_of = parents.get(entry.stratum.list_name, {})
            location = counts[entry.relation[0]].location
            for code in _find_missing(in_use, entry, parent_of):
                key = entry.stratum.build_key(code)
                yield BoundedCount(
                    key, 0, math.inf, is_suppressed=False, location=location, is_listed=False
                )


def _may_lack_parts(
    relation: AdditiveRelation, counts: Sequence[BoundedCount], doubtful: frozenset[CountKey]
) -> bool:
    """Return whether the parts of a total fall short of it, or it has no row to compare with."""
    total, parts = relation
    is_short = sum(counts[part].upper for part in parts) < counts[total].lower
    return is_short or not counts[total].is_listed or counts[total].key in doubtful


def _find_missing(
    in_use: Mapping[str, None], entry: HierarchySum, parent_of: Mapping[str, str]
) -> list[str]:
    """Return the codes that a stratum lacks: nothing inside or around them has a row."""
    above = {entry.parent, *_iter_ancestors(entry.parent, parent_of)}
    listed = entry.stratum.cell_by_code.keys() - above
    divided = {code for part in listed for code in _iter_ancestors(part, parent_of)}
    around = {code: {*_iter_ancestors(code, parent_of)} - above for code in in_use}
    missing = [
        code
        for code in in_use
        if code not in listed and code not in divided and around[code].isdisjoint(listed)
    ]
    return [code for code in missing if around[code].isdisjoint(missing)]


def _iter_ancestors(code: str, parent_of: Mapping[str, str]) -> Iterator[str]:
    visited = {code}
    while (parent := parent_of.get(code)) is not None and parent not in visited:
        visited.add(parent)
        yield parent
        code = parent
