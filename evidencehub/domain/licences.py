"""Licences by their ids at SPDX and the Open Definition: what each permits, and what it asks."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

ANSWERS = ("yes", "no", "unknown")
_CLAUSE_END = re.compile(r"[,;(]|\.\s")


class Licence(NamedTuple):
    """A row of licences.csv; what no source says is “unknown” and not taken for a yes.

    `also` has its other ids, with semicolons, `subject` what it was written for.
    """

    id: str
    title: str
    also: str = ""
    status: str = "active"
    commercial: str = "unknown"
    changes: str = "unknown"
    attribution: str = "unknown"
    share_alike: str = "unknown"
    subject: str = ""
    url: str = ""
    source: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that names it, its own first."""
        return (self.id, *filter(None, self.also.split(";")))

    @property
    def is_open(self) -> bool:
        """True where others may use the data for money and changed, as the hub's readers do."""
        return self.commercial == self.changes == "yes"

    @property
    def is_share_alike(self) -> bool:
        """True where what is made of the data must be under the same licence."""
        return self.share_alike == "yes"

    @property
    def refusal(self) -> str:
        """Why it does not permit what the hub does, as the ending of a message's code."""
        denied = "-".join(name for name in ("commercial", "changes") if getattr(self, name) == "no")
        return "" if self.is_open else denied or "not-known"


LICENCE_COLUMNS = Licence._fields


@dataclass(slots=True)
class LicenceList:
    """Every known licence, found by its ids whatever their capitals.

    >>> known = LicenceList([Licence("CC-BY-NC-4.0", "By, non-commercial", "", "active", "no")])
    >>> known.find("cc-by-nc-4.0").refusal, known.find("CC-BY-5.0")
    ('commercial', None)
    """

    licences: Sequence[Licence] = ()
    _by_id: dict[str, Licence] = field(default_factory=dict, repr=False)
    _by_title: dict[str, Licence] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for licence in self.licences:
            self._by_id.update(dict.fromkeys(map(str.casefold, licence.ids), licence))
            if licence.status == "active":
                self._by_title.setdefault(_fold(licence.title), licence)

    def find(self, name: str) -> Licence | None:
        """Return the licence of an id; None where it is in neither list."""
        return self._by_id.get(name.strip().casefold())

    def recognise(self, terms: str) -> Licence | None:
        """Return the licence that terms begin with, by its id or its title; None where none is."""
        clause = _fold(_CLAUSE_END.split(terms, maxsplit=1)[0].rstrip(". "))
        return self._by_id.get(clause.replace(" ", "-")) or self._by_title.get(clause)

    def suggest(self, name: str, max_suggestions: int = 3) -> list[str]:
        """Return the ids of open licences that look most like `name`, the nearest first."""
        folded = _fold(name).replace(" ", "-")
        ids = {
            id_.casefold(): licence.id
            for licence in self.licences
            if licence.is_open and licence.status == "active"
            for id_ in licence.ids
        }
        names = difflib.get_close_matches(folded, list(ids), max_suggestions, 0.6)
        return list(dict.fromkeys(ids[name] for name in names))


def find_licence_faults(licences: Sequence[Licence]) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong with the rows of licences.csv.

    >>> list(find_licence_faults([Licence("X", "X", commercial="maybe", source="Y")]))
    ['The licence X must say commercial as one of yes, no, unknown.']
    """
    counts = Counter(id_.casefold() for licence in licences for id_ in licence.ids)
    yield from (f"The id {id_} names two licences." for id_, count in counts.items() if count > 1)
    for licence in licences:
        for column in ("commercial", "changes", "attribution", "share_alike"):
            if getattr(licence, column) not in ANSWERS:
                yield f"The licence {licence.id} must say {column} as one of {', '.join(ANSWERS)}."
        if not (licence.title and licence.source):
            yield f"The licence {licence.id} must have a title and a source."


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
