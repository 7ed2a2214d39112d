"""Areas with evidence, each under the area that it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.store.areas import AreaRow


@dataclass(frozen=True, slots=True)
class AreaNode:
    """An area with those inside it that have evidence, or areas with evidence inside them."""

    row: AreaRow
    children: Sequence[AreaNode]


@dataclass(frozen=True, slots=True)
class AreaTree:
    """Every area by its code, and the code of the area that each lies in."""

    rows: Mapping[str, AreaRow]
    parents: Mapping[str, str | None]
    children: Mapping[str, Sequence[str]]
    roots: Sequence[str]

    def list_ancestors(self, area: str) -> list[AreaRow]:
        """Return the areas that an area lies in, the widest first."""
        return [self.rows[code] for code in _list_ancestor_codes(area, self.parents)]

    def build_node(self, area: str, path: tuple[str, ...] = ()) -> AreaNode:
        """Return an area with all that are inside it; `path` has the areas that it lies in."""
        inner = [code for code in self.children.get(area, ()) if code not in (*path, area)]
        return AreaNode(self.rows[area], [self.build_node(code, (*path, area)) for code in inner])


def build_area_tree(areas: Iterable[AreaRow]) -> AreaTree:
    """Return the areas as a tree of those with evidence and of the areas that they lie in.

    An area without a parent belongs to the country in which it lies.
    """
    rows = {row.area: row for row in areas}
    parents = {area: _find_parent_code(row, rows) for area, row in rows.items()}
    visible: set[str] = set()
    for area, row in rows.items():
        if row.has_evidence:
            visible |= {area, *_list_ancestor_codes(area, parents)}
    children: dict[str, list[str]] = {}
    roots: list[str] = []
    for area in rows:
        parent = parents[area]
        if area in visible:
            (roots if parent is None else children.setdefault(parent, [])).append(area)
    return AreaTree(rows, parents, children, roots)


def _find_parent_code(row: AreaRow, rows: Mapping[str, AreaRow]) -> str | None:
    if row.parent in rows:
        return row.parent
    if row.is_country:
        return None
    return row.country if row.country in rows and row.country != row.area else None


def _list_ancestor_codes(area: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return the areas that an area lies in, the widest first; a circle in the data ends it."""
    ancestors: list[str] = []
    parent = parents[area]
    while parent is not None and parent not in ancestors and parent != area:
        ancestors.append(parent)
        parent = parents[parent]
    return ancestors[::-1]
