"""Which rows make which group: the finest published parts that together cover it, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidencehub.measures.classify import OPEN, Relation, Scheme

Links = Mapping[str, tuple[str, str]]  # code, its target, the relation between them
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

STATES = (
    "",
    "has no row",
    "is suppressed",
    "has no figure",
    "is known only as a bound",
    "has no numerator or no denominator",
    "holds people of another category, or they are counted elsewhere",
)
"""Why a row cannot be added to others, in the order of its state; the first can."""
FINE, ABSENT, HIDDEN, EMPTY, CENSORED, COUNTLESS, MIXED = range(len(STATES))


@dataclass(frozen=True, eq=False)
class Grid:
    """The rows of one classification as a grid: strata down, groups across.

    `row_of` (S, C) is the row of each stratum and group, -1 where there is none. For each row,
    `stratum` is its stratum, `state` tells whether it may be added to others, and `shown`
    whether it has a figure of its own.
    A stratum is one indicator, area, period, sex, age and so on: all but the group.
    """

    scheme: Scheme
    row_of: Ints
    stratum: Ints
    state: NDArray[np.uint8]
    shown: Bools

    @cached_property
    def column(self) -> Mapping[str, int]:
        """The column of each group."""
        return {code: i for i, code in enumerate(self.scheme.groups)}

    @cached_property
    def below(self) -> Mapping[str, list[int]]:
        """The columns of the groups inside each group."""
        return {c: [self.column[x] for x in self.scheme.below(c)] for c in self.scheme.groups}

    @cached_property
    def states(self) -> NDArray[np.uint8]:
        """The state of each stratum and group (S, C)."""
        padded = np.append(self.state, np.uint8(ABSENT))  # what a row of -1 finds
        return padded[self.row_of]

    @cached_property
    def is_shown(self) -> Bools:
        """Where there is a row with a figure of its own (S, C)."""
        return np.append(self.shown, np.False_)[self.row_of]

    @cached_property
    def finest(self) -> tuple[str, ...]:
        """The groups that some stratum gives without giving any group inside them."""
        there = self.row_of >= 0
        return tuple(
            code
            for code, inside in self.below.items()
            if (there[:, self.column[code]] & ~there[:, inside].any(axis=1)).any()
        )

    @cached_property
    def resolved(self) -> tuple[Bools, Bools]:
        """Where a group can be had (S, C), and where it is had from the groups inside it.

        The parts come first and the group's own row where they are not all there; never both,
        or people would count twice. A group that the source hides is not made from its parts.
        """
        had = self.states == FINE
        from_parts = np.zeros_like(had)
        for code in reversed(self.scheme.groups):  # what is inside comes before what holds it
            parts = [self.column[part] for part in self.scheme.children[code]]
            if parts:
                here = self.column[code]
                hidden = self.states[:, here] == HIDDEN
                from_parts[:, here] = had[:, parts].all(axis=1) & ~hidden
                had[:, here] |= from_parts[:, here]
        return had, from_parts

    def take(self, code: str, wanted: Bools) -> Iterator[tuple[int, Bools]]:
        """The columns, and in which strata, whose rows make `code` in the strata `wanted`."""
        here = self.column[code]
        deeper = wanted & self.resolved[1][:, here]
        if (own := wanted & ~deeper).any():
            yield here, own
        if deeper.any():
            for part in self.scheme.children[code]:
                yield from self.take(part, deeper)

    def blamed(self, code: str, stratum: int) -> Iterator[tuple[str, int]]:
        """The groups that keep `code` from being had in a stratum, each with its state."""
        here = self.column[code]
        state = int(self.states[stratum, here])
        if self.resolved[0][stratum, here]:
            return
        parts = self.scheme.children[code]
        if state != HIDDEN and (self.row_of[stratum, self.below[code]] >= 0).any():
            for part in parts:
                yield from self.blamed(part, stratum)
        else:
            yield code, state


def grid_of(
    scheme: Scheme, codes: Sequence[str], stratum: Ints, state: NDArray[np.uint8], shown: Bools
) -> Grid:
    """A grid of the rows that have these codes, strata, states and figures."""
    column = {code: i for i, code in enumerate(scheme.groups)}
    places = np.array([column.get(code, -1) for code in codes], np.int64)
    at = np.full((int(stratum.max(initial=-1)) + 1, len(column)), -1, np.int64)
    rows = np.flatnonzero(places >= 0)
    at[stratum[rows], places[rows]] = rows
    return Grid(scheme, at, stratum, state, shown)


def headings(scheme: Scheme, level: int) -> Links:
    """Each group's heading at `level` (1 is the top); none for a heading that is higher."""
    paths = {code: [*scheme.above(code)[::-1], code] for code in scheme.groups}
    return {
        code: (path[:level][-1], "")
        for code, path in paths.items()
        if len(path) >= level or not scheme.children[code]
    }


def links_of(walk: Sequence[Relation], scheme: Scheme) -> Links:
    """The one target of each code, and the relation; a code with none or several has no link.

    A heading keeps its link only where its parts do not lead elsewhere.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for code, target, relation in walk:
        found.setdefault(code, set()).add((target, relation))
    links = {
        code: next(iter(to))
        for code, to in found.items()
        if len(to) == 1 and code in scheme.groups and next(iter(to))[1] in OPEN
    }
    torn = {
        code
        for code in links
        if any(links.get(part, links[code])[0] != links[code][0] for part in scheme.below(code))
    }
    return {code: to for code, to in links.items() if code not in torn}


class Made(NamedTuple):
    """Groups of strata, as far as they can be had.

    `rows` are numbered and `of` says which made group each belongs to; `stratum` and `target`
    (an index into `targets`) describe the made groups, in their order. `gaps` are those that
    cannot be had: stratum, target, and who is to blame with which state.
    """

    targets: tuple[str, ...]
    rows: Ints
    of: Ints
    stratum: Ints
    target: Ints
    gaps: list[tuple[int, int, tuple[tuple[str, int], ...]]]


def regroup(grid: Grid, links: Mapping[str, str]) -> Made:
    """What each target of `links` (code to target) is made of, stratum by stratum.

    A target is had where every code that leads to it is. One row alone needs a figure to be
    passed on as it stands; several need counts. A stratum that has none of the codes of a
    target was not asked for it, so that it is neither made nor missed there.
    """
    targets = tuple(sorted(set(links.values())))
    members: list[NDArray[np.int64]] = [np.empty((3, 0), np.int64)]
    gaps: list[tuple[int, int, tuple[tuple[str, int], ...]]] = []
    for number, target in enumerate(targets):
        roots = _roots(grid.scheme, links, target)
        taken, missed = _target(grid, roots)
        stratum, column = np.nonzero(taken)
        there = np.full(len(stratum), number)
        members.append(np.stack([stratum, there, grid.row_of[stratum, column]]))
        told: dict[bytes, tuple[tuple[str, int], ...]] = {}
        for place in np.flatnonzero(missed):
            key = grid.states[place].tobytes() + grid.is_shown[place].tobytes()
            if key not in told:
                told[key] = _blame(grid, roots, int(place))
            gaps.append((int(place), number, told[key]))
    stratum, where, rows = np.concatenate(members, axis=1)
    pairs, of = np.unique(stratum * max(len(targets), 1) + where, return_inverse=True)
    order = np.lexsort((rows, of))  # equal answers need equal sums, to the last bit
    by = max(len(targets), 1)
    return Made(targets, rows[order], of[order], pairs // by, pairs % by, gaps)


def _roots(scheme: Scheme, links: Mapping[str, str], target: str) -> list[str]:
    """The codes that lead to the target and are not inside another that does."""
    leading = [code for code in scheme.groups if links.get(code) == target]
    return [code for code in leading if not set(scheme.above(code)) & set(leading)]


def _target(grid: Grid, roots: Sequence[str]) -> tuple[Bools, Bools]:
    """The rows that make a target (S, C), and the strata that have some of it, but not all."""
    columns = [grid.column[root] for root in roots]
    had: Bools = np.logical_and.reduce(grid.resolved[0][:, columns], axis=1)
    taken = np.zeros(grid.row_of.shape, np.bool_)
    for root in roots:
        for column, strata in grid.take(root, had):
            taken[:, column] |= strata
    alone = taken.sum(axis=1) == 1
    taken[alone & ~(taken & grid.is_shown).any(axis=1)] = False
    if len(roots) == 1:  # one row stands for it: passed on whether or not it has counts
        taken[:, columns[0]] |= ~taken.any(axis=1) & grid.is_shown[:, columns[0]]
    inside = [column for root in roots for column in grid.below[root]]
    there = grid.row_of[:, columns + inside] >= 0
    missed: Bools = np.logical_or.reduce(there, axis=1) & ~np.logical_or.reduce(taken, axis=1)
    return taken, missed


def _blame(grid: Grid, roots: Sequence[str], stratum: int) -> tuple[tuple[str, int], ...]:
    """Who keeps a target from being had; a row that has counts and no figure is `EMPTY`."""
    found = [pair for root in roots for pair in grid.blamed(root, stratum)]
    return tuple(found) or tuple((root, EMPTY) for root in roots)
