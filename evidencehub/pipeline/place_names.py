"""The names of the places that a claim may be about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from evidencehub.domain.code_lists import SUBDIVISION_LIST, Code, CodeBook, area_id
from evidencehub.statements.group_mentions import GroupName, GroupVocabulary


@dataclass(frozen=True)
class PlaceNames:
    """The hub's places by their ids, with their names and what contains them.

    Places of a package's own lists are left aside: a sentence may name them as it likes. So are
    subdivisions, many of which are called by common words (Central, North, Male).
    """

    book: CodeBook

    @cached_property
    def vocabulary(self) -> GroupVocabulary:
        """Return the words for all places."""
        names = [
            GroupName(name, place, is_common=False)
            for place, code in self._list_places()
            for name in filter(None, (code.label, code.short_label))
        ]
        return GroupVocabulary(tuple(dict.fromkeys(names)))

    def _list_places(self) -> Iterator[tuple[str, Code]]:
        for name, code_list in self.book.lists.items():
            if code_list.kind == "area" and name != SUBDIVISION_LIST:
                for code in code_list.codes.values():
                    yield area_id(name, code.code), code

    @cached_property
    def _parent_by_place(self) -> dict[str, str]:
        return {
            place: area_id(code.list, code.parent)
            for place, code in self._list_places()
            if code.parent
        }

    @cached_property
    def _places(self) -> frozenset[str]:
        return frozenset(place for place, _ in self._list_places())

    def has_place(self, place: str) -> bool:
        """Return false for a place of a package's own list: what contains it is not known."""
        return place in self._places

    def list_related(self, places: Collection[str]) -> set[str]:
        """Return the ids of these places, of what contains them and of what they contain.

        A place has an id in each list that has it, so those of the same name count too.
        """
        codes_by_name = self.vocabulary.codes_by_name
        twins = {code: codes for codes in codes_by_name.values() for code in codes}
        related: set[str] = set()
        for place in places:
            for twin in twins.get(place, frozenset([place])):
                related |= {twin, *self._list_ancestors(twin)}
        contained = {p for p in self._parent_by_place if {*self._list_ancestors(p)} & {*places}}
        return related | contained

    def _list_ancestors(self, place: str) -> Iterator[str]:
        passed_places = {place}
        while (place := self._parent_by_place.get(place, "")) and place not in passed_places:
            passed_places.add(place)
            yield place
