"""The audit of a dataset: its counts, what adds up to what, and what that gives away.

Which counts add up is read off the data as an attacker would: parts of a total are taken for
all of it wherever no published figures speak against that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evidencehub.measures.recovery import Cells, Sums, leaks, narrow

TOTAL = "_T"
Tree = Mapping[str, Sequence[str]]  # a total or heading, and its parts


class Key(NamedTuple):
    """What tells counts apart. `other` holds further dimensions, `list=code`, sorted."""

    indicator: str
    period: str
    area: str
    scheme: str
    ethnicity: str
    sex: str
    age: str
    other: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A count with the least and the most that it may be; `hidden` where it was suppressed.

    `place` is whatever tells the caller where the figure stands.
    """

    key: Key
    low: float
    high: float
    hidden: bool
    place: tuple[str, int]


class Given(NamedTuple):
    """A hidden count that others give away: what is known of it, and which published ones do it."""

    cell: Count
    low: float
    high: float
    by: tuple[Count, ...]

    @property
    def is_exact(self) -> bool:
        """True when the count is known."""
        return self.low == self.high


class Audit(NamedTuple):
    """What was found: counts given away, figures that contradict each other, what is left open."""

    given: list[Given]
    contradictions: list[tuple[Count, ...]]
    partly: int


def audit(
    counts: Sequence[Count],
    trees: Mapping[str, Tree],
    least: float,
    most: float,
) -> Audit:
    """What the counts give away of those among them that are hidden.

    `trees` says for `area`, for each scheme (under its name), and for `sex`, `age` and the
    lists of further dimensions (under their names) which codes are parts of which; what is not
    there is a total of whatever codes occur. A hidden count is given away when it is known, or
    known better than between `least` and `most`.
    """
    if not any(count.hidden for count in counts):
        return Audit([], [], 0)
    links: dict[str, list[Link]] = {"all": [], "some": [], "neither": []}
    for family in _families(counts, trees):
        links[_kind(family, counts)] += family
    sums = [*links["all"], *links["some"]]
    at_least = range(len(links["all"]), len(sums))
    cells = Cells(
        np.array([count.low for count in counts]), np.array([count.high for count in counts])
    )
    hidden = [count.hidden for count in counts]
    found = narrow(cells, Sums.of(sums, at_least=at_least), hidden)
    given = [
        Given(counts[leak.cell], leak.low, leak.high, tuple(counts[c] for c in leak.reason.cells))
        for leak in leaks(found, hidden, least, most)
    ]
    against = [tuple(counts[c] for c in reason.cells) for reason in found.contradictions]
    return Audit(given, against, len(set(found.partly) & set(np.flatnonzero(hidden).tolist())))


Link = tuple[int, tuple[int, ...]]  # the cell of a total, and those of its parts


def _families(counts: Sequence[Count], trees: Mapping[str, Tree]) -> Iterator[list[Link]]:
    """Sums of one kind together: those of one total or heading of one dimension."""
    for place in ("area", "ethnicity", "sex", "age"):
        alike: dict[Key, dict[str, int]] = defaultdict(dict)
        for cell, count in enumerate(counts):
            alike[count.key._replace(**{place: ""})][getattr(count.key, place)] = cell
        yield from _links(place, alike, trees)
    yield from _further(counts)
    yield _schemes(counts)


def _links(
    place: str, alike: Mapping[Key, Mapping[str, int]], trees: Mapping[str, Tree]
) -> Iterator[list[Link]]:
    """Each code is a part of its nearest heading that is there, else of the total."""
    families: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for key, codes in alike.items():
        name = key.scheme if place == "ethnicity" else place
        heading = {part: whole for whole, parts in trees.get(name, {}).items() for part in parts}
        under: dict[str, list[int]] = defaultdict(list)
        for code, cell in codes.items():
            whole = _nearest(code, heading, codes)
            if whole is None and place != "area" and code != TOTAL:
                whole = TOTAL
            if whole is not None and whole in codes:
                under[whole].append(cell)
        for whole, parts in under.items():
            if len(parts) > 1:
                families[name, whole].append((codes[whole], tuple(parts)))
    yield from families.values()


def _nearest(code: str, heading: Mapping[str, str], codes: Mapping[str, int]) -> str | None:
    """The nearest heading of a code that has a figure; None where none has, or they go round."""
    seen = {code}
    above = heading.get(code)
    while above is not None and above not in codes and above not in seen:
        seen.add(above)
        above = heading.get(above)
    return None if above in seen else above


def _further(counts: Sequence[Count]) -> Iterator[list[Link]]:
    """Sums over each further dimension: what has it, beside the same without it."""
    cells = {count.key: cell for cell, count in enumerate(counts)}
    parts: dict[tuple[str, Key], list[int]] = defaultdict(list)
    for key, cell in cells.items():
        for one in key.other.split(";") if key.other else ():
            rest = ";".join(part for part in key.other.split(";") if part != one)
            parts[one.partition("=")[0], key._replace(other=rest)].append(cell)
    families: dict[str, list[Link]] = defaultdict(list)
    for (name, whole), there in parts.items():
        if whole in cells and len(there) > 1:
            families[name].append((cells[whole], tuple(there)))
    yield from families.values()


def _schemes(counts: Sequence[Count]) -> list[Link]:
    """All groups together are the same people in every scheme."""
    totals: dict[Key, list[int]] = defaultdict(list)
    for cell, count in enumerate(counts):
        if count.key.ethnicity == TOTAL:
            totals[count.key._replace(scheme="")].append(cell)
    return [(cells[0], (other,)) for cells in totals.values() for other in cells[1:]]


def _kind(family: Sequence[Link], counts: Sequence[Count]) -> str:
    """Whether parts make up their totals (all), or are only some of them, as far as can be seen."""
    spans = [
        (
            counts[total],
            sum(counts[part].low for part in parts),
            sum(counts[part].high for part in parts),
        )
        for total, parts in family
    ]
    if all(low <= total.high and total.low <= high for total, low, high in spans):
        return "all"
    return "some" if all(low <= total.high for total, low, _ in spans) else "neither"
