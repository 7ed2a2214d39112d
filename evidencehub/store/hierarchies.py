"""What is below a code: areas within an area, categories within a category or under a facet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from evidencehub.store.database import HubDatabase
from evidencehub.store.groups import FACET_GROUPS_SQL

FACET_SCHEME = "hub-facet"
"""The navigation facet: its codes stand above categories of every classification."""
Key = TypeVar("Key", str, tuple[str, str])
GroupKey = tuple[str, str]  # a classification and a code
AREA_PARENTS_SQL = """
select area, parent from area where parent is not null
union
select area, country from area where country is not null and country <> area
order by area
"""
"""The areas directly within others; every area of a country is within it."""
GROUP_PARENTS_SQL = """
select c.list, c.code, c.parent
from code as c join code_list as l on l.list = c.list
where l.kind in ('ethnicity', 'facet') and c.parent is not null
order by c.list, c.sort_order, c.code
"""


@dataclass(frozen=True)
class Hierarchies:
    """The codes directly below each code, and the categories under each facet.

    Those under a facet are the ones that its page has: mapped to it by a crosswalk, or to a
    narrower facet.
    """

    area_children: Mapping[str, Sequence[str]] = field(default_factory=dict)
    group_children: Mapping[GroupKey, Sequence[GroupKey]] = field(default_factory=dict)
    facet_groups: Mapping[str, Sequence[GroupKey]] = field(default_factory=dict)

    def list_areas_within(self, area: str) -> list[str]:
        """Return an area and every area within it."""
        return list(_walk(area, self.area_children))

    def list_area_parents(self, area: str) -> list[str]:
        """Return the areas directly above an area: what it lies in, and its country."""
        return [parent for parent, below in self.area_children.items() if area in below]

    def list_group_parents(self, group: GroupKey) -> list[GroupKey]:
        """Return the category directly above a category, if there is one."""
        return [parent for parent, below in self.group_children.items() if group in below]

    def list_facets(self, group: GroupKey) -> list[GroupKey]:
        """Return the codes of the navigation facet that a category is under."""
        return [
            (FACET_SCHEME, facet) for facet, groups in self.facet_groups.items() if group in groups
        ]

    def list_groups_within(self, group: GroupKey) -> list[GroupKey]:
        """Return a category and every category below it, or all that are under a facet."""
        groups = dict.fromkeys(_walk(group, self.group_children))
        for scheme, code in [*groups]:
            if scheme == FACET_SCHEME:
                groups |= dict.fromkeys(self.facet_groups.get(code, ()))
        return list(groups)


def _walk(start: Key, children: Mapping[Key, Sequence[Key]]) -> Iterator[Key]:
    """Yield a key and all below it, each once; a circle in the data ends it."""
    waiting, visited = [start], {start}
    while waiting:
        key = waiting.pop()
        yield key
        below = [child for child in children.get(key, ()) if child not in visited]
        visited.update(below)
        waiting += reversed(below)


def _group_pairs(pairs: Iterable[tuple[Key, Any]]) -> dict[Key, list[Any]]:
    """Return the second members of pairs, in their order, by the first."""
    grouped: dict[Key, list[Any]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped


def read_hierarchies(database: HubDatabase) -> Hierarchies:
    """Return the hierarchies of a build."""
    return Hierarchies(
        _group_pairs((parent, area) for area, parent in database.fetch_all(AREA_PARENTS_SQL)),
        _group_pairs(
            ((scheme, parent), (scheme, code))
            for scheme, code, parent in database.fetch_all(GROUP_PARENTS_SQL)
        ),
        _group_pairs(
            (facet, (scheme, code)) for facet, scheme, code in database.fetch_all(FACET_GROUPS_SQL)
        ),
    )
