"""Which rows make which group: the finest published parts that together cover it, or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidencehub.crosswalk.mappability import MAPPABLE_RELATIONS, Classification, CodeMapping

UniqueTargets = Mapping[str, tuple[str, str]]  # code, its target, the relation between them
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ROW_STATES = (
    "fine",
    "absent",
    "suppressed",
    "without-value",
    "censored",
    "without-counts",
    "mixed",
)
"""Whether a row may be added to others, and why not: the endings of messages, by its state."""
FINE, ABSENT, HIDDEN, EMPTY, CENSORED, COUNTLESS, MIXED = range(len(ROW_STATES))


@dataclass(frozen=True, eq=False)
class ObservationGrid:
    """The rows of one classification as a grid: strata down, groups across.

    `row_of` (S, C) is the row of each stratum and group, -1 where there is none. For each row,
    `stratum` is its stratum, `row_state` tells whether it may be added to others, and `has_value`
    whether it has a figure of its own.
    A stratum is one indicator, area, period, sex, age and so on: all but the group.
    """

    scheme: Classification
    row_of: Ints
    stratum: Ints
    row_state: NDArray[np.uint8]
    has_value: Bools

    @cached_property
    def column_by_code(self) -> Mapping[str, int]:
        """The column of each group."""
        return {code: i for i, code in enumerate(self.scheme.groups)}

    @cached_property
    def descendant_columns(self) -> Mapping[str, list[int]]:
        """The columns of the groups inside each group."""
        return {
            c: [self.column_by_code[x] for x in self.scheme.descendants(c)]
            for c in self.scheme.groups
        }

    @cached_property
    def state_grid(self) -> NDArray[np.uint8]:
        """The state of each stratum and group (S, C)."""
        padded = np.append(self.row_state, np.uint8(ABSENT))  # what a row of -1 finds
        return padded[self.row_of]

    @cached_property
    def has_value_grid(self) -> Bools:
        """Where there is a row with a figure of its own (S, C)."""
        return np.append(self.has_value, np.False_)[self.row_of]

    @cached_property
    def finest_codes(self) -> tuple[str, ...]:
        """The groups that some stratum gives without giving any group inside them."""
        has_row = self.row_of >= 0
        return tuple(
            code
            for code, descendants in self.descendant_columns.items()
            if (has_row[:, self.column_by_code[code]] & ~has_row[:, descendants].any(axis=1)).any()
        )

    @cached_property
    def availability(self) -> tuple[Bools, Bools]:
        """Where a group can be had (S, C), and where it is had from the groups inside it.

        The parts come first and the group's own row where they are not all there; never both,
        or people would count twice. A group that the source hides is not made from its parts.
        """
        is_available = self.state_grid == FINE
        from_parts = np.zeros_like(is_available)
        for code in reversed(self.scheme.groups):  # what is inside comes before what holds it
            parts = [self.column_by_code[part] for part in self.scheme.children[code]]
            if parts:
                column = self.column_by_code[code]
                is_suppressed = self.state_grid[:, column] == HIDDEN
                from_parts[:, column] = is_available[:, parts].all(axis=1) & ~is_suppressed
                is_available[:, column] |= from_parts[:, column]
        return is_available, from_parts

    def iter_cover(self, code: str, in_strata: Bools) -> Iterator[tuple[int, Bools]]:
        """The columns, and in which strata, whose rows make `code` in the strata `in_strata`."""
        column = self.column_by_code[code]
        from_parts_here = in_strata & self.availability[1][:, column]
        if (from_own_row := in_strata & ~from_parts_here).any():
            yield column, from_own_row
        if from_parts_here.any():
            for part in self.scheme.children[code]:
                yield from self.iter_cover(part, from_parts_here)

    def iter_blocking_groups(self, code: str, stratum: int) -> Iterator[tuple[str, int]]:
        """The groups that keep `code` from being had in a stratum, each with its state."""
        column = self.column_by_code[code]
        state = int(self.state_grid[stratum, column])
        if self.availability[0][stratum, column]:
            return
        parts = self.scheme.children[code]
        if state != HIDDEN and (self.row_of[stratum, self.descendant_columns[code]] >= 0).any():
            for part in parts:
                yield from self.iter_blocking_groups(part, stratum)
        else:
            yield code, state


def build_grid(
    scheme: Classification,
    codes: Sequence[str],
    stratum: Ints,
    state: NDArray[np.uint8],
    has_value: Bools,
) -> ObservationGrid:
    """A grid of the rows that have these codes, strata, states and figures."""
    column = {code: i for i, code in enumerate(scheme.groups)}
    columns = np.array([column.get(code, -1) for code in codes], np.int64)
    row_of = np.full((int(stratum.max(initial=-1)) + 1, len(column)), -1, np.int64)
    rows = np.flatnonzero(columns >= 0)
    row_of[stratum[rows], columns[rows]] = rows
    return ObservationGrid(scheme, row_of, stratum, state, has_value)


def map_to_level(scheme: Classification, level: int) -> UniqueTargets:
    """Each group's heading at `level` (1 is the top); none for a heading that is higher."""
    paths = {code: [*scheme.ancestors(code)[::-1], code] for code in scheme.groups}
    return {
        code: (path[:level][-1], "")
        for code, path in paths.items()
        if len(path) >= level or not scheme.children[code]
    }


def unique_targets(mappings: Sequence[CodeMapping], scheme: Classification) -> UniqueTargets:
    """The one target of each code, and the relation; a code with none or several has no link.

    A heading keeps its link only where its parts do not lead elsewhere.
    """
    targets_by_code: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for code, target, relation in mappings:
        targets_by_code[code].add((target, relation))
    links = {
        code: (target, relation)
        for code, targets in targets_by_code.items()
        if len(targets) == 1 and code in scheme.groups
        for target, relation in targets
        if relation in MAPPABLE_RELATIONS
    }
    return {
        code: link
        for code, link in links.items()
        if all(links.get(part, link)[0] == link[0] for part in scheme.descendants(code))
    }


class GroupCovers(NamedTuple):
    """Groups of strata, as far as they can be had.

    `rows` are numbered and `cover_index` says which made group each belongs to; `stratum` and
    `target` (an index into `targets`) describe the made groups, in their order. `uncovered` are
    those that cannot be had: stratum, target, and who is to blame with which state.
    """

    targets: tuple[str, ...]
    rows: Ints
    cover_index: Ints
    stratum: Ints
    target: Ints
    uncovered: list[tuple[int, int, tuple[tuple[str, int], ...]]]


def find_covers(grid: ObservationGrid, target_by_code: Mapping[str, str]) -> GroupCovers:
    """What each target of `target_by_code` (code to target) is made of, stratum by stratum.

    A target is had where every code that leads to it is. One row alone needs a figure to be
    passed on as it stands; several need counts. A stratum that has none of the codes of a
    target was not asked for it, so that it is neither made nor missed there.
    """
    targets = tuple(sorted(set(target_by_code.values())))
    members: list[NDArray[np.int64]] = [np.empty((3, 0), np.int64)]
    gaps: list[tuple[int, int, tuple[tuple[str, int], ...]]] = []
    for number, target in enumerate(targets):
        roots = _root_codes(grid.scheme, target_by_code, target)
        is_used, is_uncovered = _cover_target(grid, roots)
        stratum, column = np.nonzero(is_used)
        target_column = np.full(len(stratum), number)
        members.append(np.stack([stratum, target_column, grid.row_of[stratum, column]]))
        blocking_by_state: dict[bytes, tuple[tuple[str, int], ...]] = {}
        for stratum_number in np.flatnonzero(is_uncovered):
            key = (
                grid.state_grid[stratum_number].tobytes()
                + grid.has_value_grid[stratum_number].tobytes()
            )
            if key not in blocking_by_state:
                blocking_by_state[key] = _find_blocking_groups(grid, roots, int(stratum_number))
            gaps.append((int(stratum_number), number, blocking_by_state[key]))
    stratum, target_index, rows = np.concatenate(members, axis=1)
    pairs, cover_index = np.unique(
        stratum * max(len(targets), 1) + target_index, return_inverse=True
    )
    order = np.lexsort((rows, cover_index))  # equal answers need equal sums, to the last bit
    target_count = max(len(targets), 1)
    return GroupCovers(
        targets, rows[order], cover_index[order], pairs // target_count, pairs % target_count, gaps
    )


def _root_codes(
    scheme: Classification, target_by_code: Mapping[str, str], target: str
) -> list[str]:
    """The codes that lead to the target and are not inside another that does."""
    leading = [code for code in scheme.groups if target_by_code.get(code) == target]
    return [code for code in leading if not set(scheme.ancestors(code)) & set(leading)]


def _cover_target(grid: ObservationGrid, roots: Sequence[str]) -> tuple[Bools, Bools]:
    """The rows that make a target (S, C), and the strata that have some of it, but not all."""
    columns = [grid.column_by_code[root] for root in roots]
    is_available: Bools = np.logical_and.reduce(grid.availability[0][:, columns], axis=1)
    is_used = np.zeros(grid.row_of.shape, np.bool_)
    for root in roots:
        for column, strata in grid.iter_cover(root, is_available):
            is_used[:, column] |= strata
    is_single = is_used.sum(axis=1) == 1
    is_used[is_single & ~(is_used & grid.has_value_grid).any(axis=1)] = False
    if len(roots) == 1:  # one row stands for it: passed on whether or not it has counts
        is_used[:, columns[0]] |= ~is_used.any(axis=1) & grid.has_value_grid[:, columns[0]]
    descendants = [column for root in roots for column in grid.descendant_columns[root]]
    has_row = grid.row_of[:, columns + descendants] >= 0
    is_uncovered: Bools = np.logical_or.reduce(has_row, axis=1) & ~np.logical_or.reduce(
        is_used, axis=1
    )
    return is_used, is_uncovered


def _find_blocking_groups(
    grid: ObservationGrid, roots: Sequence[str], stratum: int
) -> tuple[tuple[str, int], ...]:
    """Who keeps a target from being had; a row that has counts and no figure is `EMPTY`."""
    blocking = [pair for root in roots for pair in grid.iter_blocking_groups(root, stratum)]
    return tuple(blocking) or tuple((root, EMPTY) for root in roots)
