"""Which categories of one classification make up which of another, by exact crosswalks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

EXACT, BROAD, NARROW, NO_MATCH = "exactMatch", "broadMatch", "narrowMatch", "noMatch"
_INVERSE = {BROAD: NARROW, NARROW: BROAD}


class CodeRelation(NamedTuple):
    """How a code of one scheme relates to a code of another (SKOS, seen from the first)."""

    code: str
    target: str
    relation: str

    def invert(self) -> CodeRelation:
        """Return the same, seen from the second."""
        relation = _INVERSE.get(self.relation, self.relation)
        return CodeRelation(self.target, self.code, relation)


class SchemeCover(NamedTuple):
    """Two schemes whose categories can be made of each other.

    `source_leaves` and `target_leaves` give, for each code of the first and of the second
    scheme, the codes without parts of the first that make it up.
    """

    source: str
    target: str
    source_leaves: Mapping[str, frozenset[str]]
    target_leaves: Mapping[str, frozenset[str]]


def build_scheme_cover(
    source: str,
    target: str,
    parents: Mapping[str, Mapping[str, str]],
    relations: Iterable[CodeRelation],
    residual_codes: frozenset[str] = frozenset(),
) -> SchemeCover | None:
    """Return what the crosswalk from `source` to `target` says exactly; None if nothing.

    `parents` gives, for each of the two schemes, the parent of every code (empty for none; without
    the total). A target is made up of its exact match, or of its parts, or of all codes that are
    narrower than it. The last only holds if no code lies partly in it, and if each code without
    parts, but for `residual_codes`, has a match.
    """
    source_leaves = _leaves_by_code(parents[source])
    by_target: dict[str, list[CodeRelation]] = defaultdict(list)
    for relation in dict.fromkeys(relations):
        by_target[relation.target].append(relation)
    unmatched = _unmatched_leaves(source_leaves, by_target) - residual_codes
    exact = {
        code: leaves
        for code, entries in by_target.items()
        if code and (leaves := _exact_leaves(entries, source_leaves, may_unite=not unmatched))
    }
    children = _children_by_code(parents[target])
    target_leaves = {
        code: leaves
        for code in parents[target]
        if (leaves := _made_up_of(code, children, exact, set()))
    }
    if not target_leaves:
        return None
    return SchemeCover(source, target, source_leaves, target_leaves)


def _unmatched_leaves(
    source_leaves: Mapping[str, frozenset[str]], by_target: Mapping[str, Sequence[CodeRelation]]
) -> frozenset[str]:
    """Return the codes without parts of which nothing says where in the other scheme they are."""
    entries = [entry for entries in by_target.values() for entry in entries if entry.target]
    matched = {entry.code for entry in entries if entry.relation != NO_MATCH}
    return frozenset().union(*source_leaves.values()) - matched


def _exact_leaves(
    entries: Sequence[CodeRelation], source_leaves: Mapping[str, frozenset[str]], *, may_unite: bool
) -> frozenset[str]:
    """Return the leaves that make up a target exactly; none if that is not known."""
    matches = {entry.code for entry in entries if entry.relation == EXACT}
    if len(matches) == 1:
        return source_leaves.get(matches.pop(), frozenset())
    if not may_unite or any(entry.relation != BROAD for entry in entries):
        return frozenset()
    return frozenset().union(*(source_leaves.get(entry.code, ()) for entry in entries))


def _made_up_of(
    code: str,
    children: Mapping[str, Sequence[str]],
    exact: Mapping[str, frozenset[str]],
    visited: set[str],
) -> frozenset[str]:
    if code in exact or code in visited:
        return exact.get(code, frozenset())
    parts = [
        _made_up_of(child, children, exact, visited | {code}) for child in children.get(code, ())
    ]
    return frozenset().union(*parts) if parts and all(parts) else frozenset()


def _leaves_by_code(parents: Mapping[str, str]) -> dict[str, frozenset[str]]:
    children = _children_by_code(parents)
    leaves = {code: frozenset([code]) for code in parents if not children.get(code)}
    return {code: _made_up_of(code, children, leaves, set()) for code in parents}


def _children_by_code(parents: Mapping[str, str]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = defaultdict(list)
    for code, parent in parents.items():
        if parent:
            children[parent].append(code)
    return children


def select_cover(
    wanted: frozenset[str], leaves_by_code: Mapping[str, frozenset[str]]
) -> tuple[tuple[str, ...], bool]:
    """Return the largest codes that lie in `wanted` and share nothing, and whether they fill it."""
    ordered = sorted(leaves_by_code.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    chosen: list[str] = []
    covered: frozenset[str] = frozenset()
    for code, leaves in ordered:
        if leaves and leaves <= wanted and not leaves & covered:
            chosen.append(code)
            covered |= leaves
    return tuple(chosen), covered == wanted


def find_exact_matches(
    covers: Iterable[SchemeCover],
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Return, for a scheme and code, those of other schemes that are the same people."""
    matches: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for cover in covers:
        codes_by_leaves: dict[frozenset[str], list[str]] = defaultdict(list)
        for code, leaves in cover.source_leaves.items():
            codes_by_leaves[leaves].append(code)
        for target, leaves in cover.target_leaves.items():
            for code in codes_by_leaves.get(leaves, ()):
                matches[cover.source, code].add((cover.target, target))
                matches[cover.target, target].add((cover.source, code))
    return matches


class CoverSum(NamedTuple):
    """A category of one scheme and those of another that make it up, by their cells.

    `name` is the scheme of the parts, that of the total, and its code.
    """

    name: tuple[str, str, str]
    total: int
    parts: tuple[int, ...]
    is_complete: bool


class _Side(NamedTuple):
    """A scheme as one side of a crosswalk: its listed cells, and the leaves of its codes."""

    scheme: str
    cells: Mapping[str, int]
    leaves: Mapping[str, frozenset[str]]


class CoverSearch:
    """The sums between schemes, stratum by stratum, of which many have the same."""

    def __init__(self, covers: Sequence[SchemeCover]) -> None:
        self._covers = covers
        self._memo: dict[object, tuple[tuple[str, ...], bool]] = {}

    def iter_sums(self, cells: Mapping[str, Mapping[str, int]]) -> Iterator[CoverSum]:
        """Yield the sums of one stratum, each once; `cells` are given by scheme and code."""
        stated: set[tuple[int, ...]] = set()
        for number, cover in enumerate(self._covers):
            source = _Side(cover.source, cells.get(cover.source, {}), cover.source_leaves)
            target = _Side(cover.target, cells.get(cover.target, {}), cover.target_leaves)
            for parts, totals in ((source, target), (target, source)):
                for entry in self._iter_sums(number, parts, totals):
                    if (entry.total, *entry.parts) not in stated:
                        stated.add((entry.total, *entry.parts))
                        yield entry

    def _iter_sums(self, number: int, parts: _Side, totals: _Side) -> Iterator[CoverSum]:
        listed = {code: parts.leaves[code] for code in parts.cells if code in parts.leaves}
        for total, cell in totals.cells.items() if listed else ():
            wanted = totals.leaves.get(total, frozenset())
            codes, is_complete = self._select(number, parts.scheme, wanted, listed)
            # an equality is stated once, from one side, so that no sums go round
            is_turned = is_complete and len(codes) == 1 and parts.scheme < totals.scheme
            if codes and not is_turned:
                name = (parts.scheme, totals.scheme, total)
                part_cells = tuple(parts.cells[code] for code in codes)
                yield CoverSum(name, cell, part_cells, is_complete)

    def _select(
        self, number: int, scheme: str, wanted: frozenset[str], listed: Mapping[str, frozenset[str]]
    ) -> tuple[tuple[str, ...], bool]:
        memo_key = (number, scheme, wanted, frozenset(listed))
        if memo_key not in self._memo:
            self._memo[memo_key] = select_cover(wanted, listed)
        return self._memo[memo_key]
