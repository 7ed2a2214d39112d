"""May the groups of one ethnic classification be carried into another? Judged from the crosswalk.

Values keep the classification they were published in. A crosswalk says how each code relates
to a code of another classification (SKOS, seen from the first). Groups may be carried over only
where the crosswalk is a function: every code leads to one code that is the same or broader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

TOTAL = "_T"
"""The code for all groups together, the same in every classification."""

ADDABLE = ("single", "prioritised", "alone")
"""Counting bases under which nobody is in two groups, so that groups may be added."""


class Relation(NamedTuple):
    """One row of a crosswalk: `target` stands in this SKOS relation to `code`."""

    code: str
    target: str
    relation: str


@dataclass(frozen=True)
class Scheme:
    """What must be known of a classification before its groups are added or carried over.

    `parents` has every code, with the code of the same scheme that holds it, or nothing.
    `residual` are the codes for not known, not stated and declined. `is_facet` marks a list
    that only helps to find data. `country` is the jurisdiction: GB-ENG belongs to GB.
    """

    name: str
    parents: Mapping[str, str]
    residual: frozenset[str] = frozenset()
    counting_basis: str = ""
    country: str = ""
    is_facet: bool = False

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The codes of groups, those that hold others before those inside them."""
        groups = filter(self._is_group, self.parents)
        return tuple(sorted(groups, key=lambda code: len(self.above(code))))

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The groups directly inside each group."""
        inside: dict[str, list[str]] = {code: [] for code in self.groups}
        for code in self.groups:
            if self.parents[code] in inside:
                inside[self.parents[code]].append(code)
        return {code: tuple(parts) for code, parts in inside.items()}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The groups that hold no others."""
        return tuple(code for code in self.groups if not self.children[code])

    @cached_property
    def cycle(self) -> tuple[str, ...]:
        """The codes that would be parts of themselves; none in a sound classification."""
        return tuple(code for code in self.parents if code in self.above(code))

    def above(self, code: str) -> tuple[str, ...]:
        """The groups that hold `code`, the nearest first; the total is not among them."""
        found: list[str] = []
        holder = self.parents.get(code, "")
        while self._is_group(holder) and holder not in found:
            found.append(holder)
            holder = self.parents[holder]
        return tuple(found)

    def _is_group(self, code: str) -> bool:
        return code in self.parents and code != TOTAL and code not in self.residual

    def below(self, code: str) -> tuple[str, ...]:
        """The groups inside `code`, at every level."""
        return tuple(other for other in self.groups if code in self.above(other))


class Obstacle(NamedTuple):
    """What stands in the way: a `scheme`, `code`, `measure` or `rows`; its names; a sentence."""

    about: Literal["scheme", "code", "measure", "rows"]
    names: tuple[str, ...]
    text: str
    relation: str = ""


Kind = Literal["convertible", "with-caveat", "not"]


@dataclass(frozen=True)
class Verdict:
    """Whether groups may be carried over: `obstacles` forbid it, `caveats` must go with it."""

    obstacles: tuple[Obstacle, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """One word for it: convertible, with-caveat or not."""
        if self.obstacles:
            return "not"
        return "with-caveat" if self.caveats else "convertible"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences that say why; none where nothing need be said."""
        return tuple(obstacle.text for obstacle in self.obstacles) or self.caveats


def classify(
    source: Scheme,
    target: Scheme,
    relations: Sequence[Relation],
    codes: Collection[str] | None = None,
) -> Verdict:
    """Whether `codes` of `source` (all its leaves, where none are named) may go into `target`.

    The total and the residual codes are never in the way; a closeMatch is a caveat.
    """
    whole = tuple(_schemes(source, target, relations))
    if whole:
        return Verdict(whole)
    known = [code for code in source.groups if code in (source.leaves if codes is None else codes)]
    strange = sorted(set(codes or ()) - set(source.parents) - {TOTAL})
    asked = [*known, *strange]
    walk = _by_code(relations)
    obstacles = [found for code in asked for found in _code(source, target, code, walk)]
    links = {c: next(iter(walk[c])) for c in asked if len(walk.get(c, {})) == 1}
    obstacles += _overlaps(target, set(links.values()))
    obstacles += _incomplete(source, target, links, walk)
    obstacles += _added_twice(source, links)
    if obstacles:
        return Verdict(tuple(obstacles))
    return Verdict((), tuple(_caveats(source, target, links, walk)))


Walk = Mapping[str, Mapping[str, str]]  # code, its targets, the relation to each


def _by_code(relations: Sequence[Relation]) -> Walk:
    walk: dict[str, dict[str, str]] = defaultdict(dict)
    for code, target, relation in sorted(set(relations)):
        walk[code][target] = relation
    return walk


def _schemes(source: Scheme, target: Scheme, relations: Sequence[Relation]) -> Iterator[Obstacle]:
    """What forbids any conversion between the two, whatever the codes."""
    both = (source.name, target.name)
    for scheme in (source, target):
        if scheme.cycle:
            yield cycle_in(scheme)
    if target.is_facet:
        text = f"{target.name} is for finding data. Nothing is converted into it."
        yield Obstacle("scheme", (target.name,), text)
    elif not relations:
        yield Obstacle("scheme", both, f"There is no crosswalk from {both[0]} to {both[1]}.")
    here, there = source.country[:2], target.country[:2]
    if here and there and here != there and not target.is_facet:
        yield Obstacle(
            "scheme",
            both,
            f"{source.name} is of {here} and {target.name} of {there}. Groups are never carried "
            "from one country to another.",
        )
    bases = (source.counting_basis, target.counting_basis)
    if all(bases) and bases[0] != bases[1] and not target.is_facet:
        yield Obstacle(
            "scheme",
            both,
            f"People of several groups are counted differently: {bases[0]} in {source.name}, "
            f"{bases[1]} in {target.name}.",
        )


def cycle_in(scheme: Scheme) -> Obstacle:
    """The obstacle that a hierarchy without a top is."""
    codes = listed(scheme.cycle)
    return Obstacle(
        "scheme", (scheme.name,), f"In {scheme.name} the codes {codes} hold themselves."
    )


def unknown_code(scheme: Scheme, code: str) -> Obstacle:
    """The obstacle that a code is which its classification does not have."""
    return Obstacle("code", (code,), f"“{code}” is not a code of {scheme.name}.")


_BARS = {
    "narrowMatch": "A group cannot be shared out among narrower ones.",
    "relatedMatch": "They overlap, and nobody says by how much.",
    "noMatch": "No group there holds its people.",
}
OPEN = ("exactMatch", "broadMatch", "closeMatch")
"""Relations along which groups may be carried, the last with a caveat."""


def _code(source: Scheme, target: Scheme, code: str, walk: Walk) -> Iterator[Obstacle]:
    """What forbids carrying this code over."""
    here = f"{source.name} {code}"
    if code not in source.parents:
        yield unknown_code(source, code)
        return
    targets = walk.get(code, {})
    if not targets:
        text = f"{here}: the crosswalk to {target.name} does not have it."
        yield Obstacle("code", (code,), text)
    by_relation: dict[str, list[str]] = defaultdict(list)
    for other, relation in targets.items():
        by_relation[relation].append(other)
    barred = sorted(set(by_relation) - set(OPEN))
    for relation in barred:
        why = _BARS.get(relation, "This is not a relation that the hub knows.")
        to = listed([other for other in by_relation[relation] if other])
        led = f"{relation} to {to} of {target.name}" if to else relation
        yield Obstacle("code", (code,), f"{here}: {led}. {why}", relation)
    if not barred and len(targets) > 1:
        told = listed([f"{other} ({relation})" for other, relation in targets.items()])
        text = f"{here}: leads to several groups of {target.name}, {told}. It must be one."
        yield Obstacle("code", (code,), text)
    for other, relation in targets.items():
        if relation in OPEN and other not in target.groups:
            text = f"{here}: leads to {target.name} “{other}”, which is no group there."
            yield Obstacle("code", (code,), text, relation)


def _overlaps(target: Scheme, reached: Collection[str]) -> Iterator[Obstacle]:
    for holder in sorted(reached):
        inside = [code for code in target.below(holder) if code in reached]
        if inside:
            yield Obstacle(
                "code",
                (holder, *inside),
                f"{target.name} {holder} holds {listed(inside)}, and the crosswalk leads to both "
                "levels: the groups would overlap.",
            )


def _incomplete(
    source: Scheme, target: Scheme, links: Mapping[str, str], walk: Walk
) -> Iterator[Obstacle]:
    """A group is not whole where a code that was not asked for holds some of it, and more."""
    for code, to in links.items():
        others = [
            other
            for other in source.leaves
            if other not in links and to in walk.get(other, {}) and _is_torn(walk[other])
        ]
        if others and walk[code][to] != "exactMatch":
            text = (
                f"{source.name} {code}: {target.name} {to} also holds some people of "
                f"{listed(others)}, and nobody says how many."
            )
            yield Obstacle("code", (code, *others), text, walk[code][to])


def _is_torn(targets: Mapping[str, str]) -> bool:
    return len(targets) > 1 or not set(targets.values()) <= set(OPEN)


def _added_twice(source: Scheme, links: Mapping[str, str]) -> Iterator[Obstacle]:
    """Adding groups is refused where one person may be in two of them, or nobody says."""
    several = {to: parts for to, parts in _reached(links).items() if len(parts) > 1}
    if several and source.counting_basis not in ADDABLE:
        yield not_addable(source.name, source.counting_basis)


def not_addable(scheme: str, basis: str) -> Obstacle:
    """The obstacle that a counting basis is which puts one person into several groups."""
    text = (
        f"{scheme} counts people in more than one group ({basis}): adding groups would count "
        "them twice."
        if basis
        else f"{scheme} does not say how people of several groups are counted, so its groups "
        "cannot be added."
    )
    return Obstacle("scheme", (scheme,), text)


def _reached(links: Mapping[str, str]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = defaultdict(list)
    for code, to in links.items():
        parts[to].append(code)
    return parts


def _caveats(source: Scheme, target: Scheme, links: Mapping[str, str], walk: Walk) -> Iterator[str]:
    close = [f"{c} to {to}" for c, to in links.items() if walk[c][to] == "closeMatch"]
    if close:
        yield (
            f"{source.name} to {target.name}: some groups are nearly the same, not exactly "
            f"(closeMatch): {listed(close)}."
        )
    whole = _reached({c: next(iter(to)) for c, to in walk.items() if len(to) == 1})
    for code, to in links.items():
        relation, parts = walk[code][to], whole[to]
        if relation == "exactMatch" and len(parts) > 1:
            others = listed([part for part in parts if part != code])
            yield (
                f"{source.name} {code} is said to be exactly {target.name} {to}, and {others} "
                "to be in it too. Both cannot be true."
            )
    if "" in (source.counting_basis, target.counting_basis):
        unsaid = source if not source.counting_basis else target
        yield f"{unsaid.name} does not say how people of several groups are counted."
    if source.counting_basis == "alone":
        yield f"{source.name} counts people of one group only; those of several are in none."


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: “a, b and c”."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
