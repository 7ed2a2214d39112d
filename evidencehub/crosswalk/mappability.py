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

from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import Message, make_message

ADDITIVE_BASES = ("single", "prioritised", "alone")
"""Counting bases under which nobody is in two groups, so that groups may be added."""


class CodeMapping(NamedTuple):
    """One row of a crosswalk: `target` stands in this SKOS relation to `code`."""

    code: str
    target: str
    relation: str


@dataclass(frozen=True)
class Classification:
    """What must be known of a classification before its groups are added or carried over.

    `parents` has every code, with the code of the same scheme that holds it, or nothing.
    `residual_codes` are the codes for not known, not stated and declined. `is_facet` marks a list
    that only helps to find data. `country` is that of its jurisdiction: GB-ENG belongs to GB.
    """

    name: str
    parents: Mapping[str, str]
    residual_codes: frozenset[str] = frozenset()
    counting_basis: str = ""
    country: str = ""
    is_facet: bool = False

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The codes of groups, those that hold others before those inside them."""
        groups = filter(self._is_group, self.parents)
        return tuple(sorted(groups, key=lambda code: len(self.ancestors(code))))

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The groups directly inside each group."""
        children: dict[str, list[str]] = {code: [] for code in self.groups}
        for code in self.groups:
            if self.parents[code] in children:
                children[self.parents[code]].append(code)
        return {code: tuple(parts) for code, parts in children.items()}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The groups that hold no others."""
        return tuple(code for code in self.groups if not self.children[code])

    @cached_property
    def cycle(self) -> tuple[str, ...]:
        """The codes that would be parts of themselves; none in a sound classification."""
        return tuple(code for code in self.parents if code in self.ancestors(code))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The groups that hold `code`, the nearest first; the total is not among them."""
        ancestors: list[str] = []
        ancestor = self.parents.get(code, "")
        while self._is_group(ancestor) and ancestor not in ancestors:
            ancestors.append(ancestor)
            ancestor = self.parents[ancestor]
        return tuple(ancestors)

    def _is_group(self, code: str) -> bool:
        return code in self.parents and code != TOTAL and code not in self.residual_codes

    def descendants(self, code: str) -> tuple[str, ...]:
        """The groups inside `code`, at every level."""
        return tuple(other_code for other_code in self.groups if code in self.ancestors(other_code))


class Obstacle(NamedTuple):
    """What stands in the way: a `scheme`, `code`, `measure` or `rows`; its names; the reason."""

    subject: Literal["scheme", "code", "measure", "rows"]
    names: tuple[str, ...]
    reason: Message
    relation: str = ""

    @property
    def message(self) -> str:
        """The reason as an English sentence."""
        return self.reason.render()


MappabilityLevel = Literal["convertible", "with-caveat", "not"]


@dataclass(frozen=True)
class MappabilityVerdict:
    """Whether groups may be carried over: `obstacles` forbid it, `caveats` must go with it."""

    obstacles: tuple[Obstacle, ...] = ()
    caveats: tuple[Message, ...] = ()

    @property
    def level(self) -> MappabilityLevel:
        """One word for it: convertible, with-caveat or not."""
        if self.obstacles:
            return "not"
        return "with-caveat" if self.caveats else "convertible"

    @property
    def reasons(self) -> tuple[Message, ...]:
        """What forbids it, else what must go with it; none where nothing need be said."""
        return tuple(obstacle.reason for obstacle in self.obstacles) or self.caveats


def assess_mappability(
    source: Classification,
    target: Classification,
    relations: Sequence[CodeMapping],
    codes: Collection[str] | None = None,
) -> MappabilityVerdict:
    """Whether `codes` of `source` (all its leaves, where none are named) may go into `target`.

    The total and the residual codes are never in the way; a closeMatch is a caveat.
    """
    scheme_obstacles = tuple(_scheme_obstacles(source, target, relations))
    if scheme_obstacles:
        return MappabilityVerdict(scheme_obstacles)
    codes_to_map = _list_codes_to_map(source, codes)
    mappings = _mappings_by_code(relations)
    target_by_code = {
        code: next(iter(mappings[code]))
        for code in codes_to_map
        if len(mappings.get(code, {})) == 1
    }
    obstacles = (
        *(
            obstacle
            for code in codes_to_map
            for obstacle in _code_obstacles(source, target, code, mappings)
        ),
        *_overlap_obstacles(target, set(target_by_code.values())),
        *_partial_group_obstacles(source, target, target_by_code, mappings),
        *_double_counting_obstacles(source, target_by_code),
    )
    if obstacles:
        return MappabilityVerdict(obstacles)
    names = {"source": source.name, "target": target.name}
    caveats = (
        *_close_match_caveats(names, target_by_code, mappings),
        *_exact_match_caveats(names, target_by_code, mappings),
        *_counting_basis_caveats(source, target),
    )
    return MappabilityVerdict((), caveats)


def _list_codes_to_map(source: Classification, codes: Collection[str] | None) -> Sequence[str]:
    """Return the groups to carry over in their order, then codes that do not exist."""
    if codes is None:
        return source.leaves
    unknown_codes = sorted(set(codes) - set(source.parents) - {TOTAL})
    return [*(code for code in source.groups if code in codes), *unknown_codes]


MappingsByCode = Mapping[str, Mapping[str, str]]  # code, its targets, the relation to each


def _mappings_by_code(relations: Sequence[CodeMapping]) -> MappingsByCode:
    mappings: dict[str, dict[str, str]] = defaultdict(dict)
    for code, target, relation in sorted(set(relations)):
        mappings[code][target] = relation
    return mappings


def _scheme_obstacles(
    source: Classification, target: Classification, relations: Sequence[CodeMapping]
) -> Iterator[Obstacle]:
    """What forbids any conversion between the two, whatever the codes."""
    names = {"source": source.name, "target": target.name}
    pair = (source.name, target.name)
    for scheme in (source, target):
        if scheme.cycle:
            yield cycle_obstacle(scheme)
    if target.is_facet:
        reason = make_message("crosswalk/target-is-facet", target=target.name)
        yield Obstacle("scheme", (target.name,), reason)
        return
    if not relations:
        yield Obstacle("scheme", pair, make_message("crosswalk/no-crosswalk", **names))
    countries = {"source_country": source.country, "target_country": target.country}
    if _are_stated_and_differ(*countries.values()):
        reason = make_message("crosswalk/different-countries", **names, **countries)
        yield Obstacle("scheme", pair, reason)
    bases = {"source_basis": source.counting_basis, "target_basis": target.counting_basis}
    if _are_stated_and_differ(*bases.values()):
        reason = make_message("crosswalk/different-counting-bases", **names, **bases)
        yield Obstacle("scheme", pair, reason)


def _are_stated_and_differ(text: str, other_text: str) -> bool:
    return bool(text and other_text and text != other_text)


def cycle_obstacle(scheme: Classification) -> Obstacle:
    """The obstacle that a hierarchy without a top is."""
    reason = make_message("crosswalk/cycle", scheme=scheme.name, codes=tuple(scheme.cycle))
    return Obstacle("scheme", (scheme.name,), reason)


def unknown_code_obstacle(scheme: Classification, code: str) -> Obstacle:
    """The obstacle that a code is which its classification does not have."""
    reason = make_message("crosswalk/unknown-code", code=code, scheme=scheme.name)
    return Obstacle("code", (code,), reason)


_BLOCKING_REASONS = {
    "narrowMatch": "crosswalk/narrower",
    "relatedMatch": "crosswalk/related",
    "noMatch": "crosswalk/no-match",
}
MAPPABLE_RELATIONS = ("exactMatch", "broadMatch", "closeMatch")
"""Relations along which groups may be carried, the last with a caveat."""


def _code_obstacles(
    source: Classification, target: Classification, code: str, mappings: MappingsByCode
) -> Iterator[Obstacle]:
    """What forbids carrying this code over."""
    if code not in source.parents:
        yield unknown_code_obstacle(source, code)
        return
    names = {"source": source.name, "code": code, "target": target.name}
    targets = mappings.get(code, {})
    if not targets:
        yield Obstacle("code", (code,), make_message("crosswalk/unmapped-code", **names))
    blocking = sorted(set(targets.values()) - set(MAPPABLE_RELATIONS))
    for relation in blocking:
        yield Obstacle("code", (code,), _explain_blocking(names, targets, relation), relation)
    if not blocking and len(targets) > 1:
        target_codes = tuple(
            make_message("crosswalk/related-code", target_code=target_code, relation=relation)
            for target_code, relation in targets.items()
        )
        reason = make_message("crosswalk/several-targets", **names, target_codes=target_codes)
        yield Obstacle("code", (code,), reason)
    for target_code, relation in targets.items():
        if relation in MAPPABLE_RELATIONS and target_code not in target.groups:
            reason = make_message("crosswalk/target-not-a-group", **names, target_code=target_code)
            yield Obstacle("code", (code,), reason, relation)


def _explain_blocking(
    names: Mapping[str, str], targets: Mapping[str, str], relation: str
) -> Message:
    """Return why a code cannot be carried over along this relation, which is not mappable."""
    target_codes = tuple(code for code in targets if code and targets[code] == relation)
    reason_code = _BLOCKING_REASONS.get(relation, "crosswalk/unknown-relation")
    if not target_codes:
        reason_code += "-without-target"
    return make_message(reason_code, **names, relation=relation, target_codes=target_codes)


def _overlap_obstacles(target: Classification, targets: Collection[str]) -> Iterator[Obstacle]:
    for holder in sorted(targets):
        narrower_codes = [code for code in target.descendants(holder) if code in targets]
        if narrower_codes:
            yield Obstacle(
                "code",
                (holder, *narrower_codes),
                make_message(
                    "crosswalk/overlapping-targets",
                    target=target.name,
                    parent=holder,
                    codes=tuple(narrower_codes),
                ),
            )


def _partial_group_obstacles(
    source: Classification,
    target: Classification,
    target_by_code: Mapping[str, str],
    mappings: MappingsByCode,
) -> Iterator[Obstacle]:
    """A group is not whole where a code that was not asked for holds some of it, and more."""
    for code, target_code in target_by_code.items():
        other_codes = [
            other_code
            for other_code in source.leaves
            if other_code not in target_by_code
            and target_code in mappings.get(other_code, {})
            and _is_split(mappings[other_code])
        ]
        if other_codes and mappings[code][target_code] != "exactMatch":
            reason = make_message(
                "crosswalk/partial-group",
                source=source.name,
                code=code,
                target=target.name,
                target_code=target_code,
                other_codes=tuple(other_codes),
            )
            yield Obstacle("code", (code, *other_codes), reason, mappings[code][target_code])


def _is_split(targets: Mapping[str, str]) -> bool:
    return len(targets) > 1 or not set(targets.values()) <= set(MAPPABLE_RELATIONS)


def _double_counting_obstacles(
    source: Classification, target_by_code: Mapping[str, str]
) -> Iterator[Obstacle]:
    """Adding groups is refused where one person may be in two of them, or nobody says."""
    shared_targets = {
        target_code: parts
        for target_code, parts in _codes_by_target(target_by_code).items()
        if len(parts) > 1
    }
    if shared_targets and source.counting_basis not in ADDITIVE_BASES:
        yield counting_basis_obstacle(source.name, source.counting_basis)


def counting_basis_obstacle(scheme: str, counting_basis: str) -> Obstacle:
    """The obstacle that a counting basis is which puts one person into several groups."""
    reason_code = "crosswalk/multiple-counting" if counting_basis else "crosswalk/unstated-counting"
    reason = make_message(reason_code, scheme=scheme, counting_basis=counting_basis)
    return Obstacle("scheme", (scheme,), reason)


def _codes_by_target(target_by_code: Mapping[str, str]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = defaultdict(list)
    for code, target_code in target_by_code.items():
        parts[target_code].append(code)
    return parts


def _close_match_caveats(
    names: Mapping[str, str], target_by_code: Mapping[str, str], mappings: MappingsByCode
) -> Iterator[Message]:
    """Groups that are only nearly the same."""
    close_codes = tuple(
        make_message("crosswalk/close-codes", code=code, target_code=target_code)
        for code, target_code in target_by_code.items()
        if mappings[code][target_code] == "closeMatch"
    )
    if close_codes:
        yield make_message("crosswalk/close-match", **names, codes=close_codes)


def _exact_match_caveats(
    names: Mapping[str, str], target_by_code: Mapping[str, str], mappings: MappingsByCode
) -> Iterator[Message]:
    """Groups that are said to be the same as one that holds others too."""
    codes_by_target = _codes_by_target(
        {code: next(iter(targets)) for code, targets in mappings.items() if len(targets) == 1}
    )
    for code, target_code in target_by_code.items():
        other_codes = tuple(part for part in codes_by_target[target_code] if part != code)
        if other_codes and mappings[code][target_code] == "exactMatch":
            yield make_message(
                "crosswalk/contradictory-exact-match",
                **names,
                code=code,
                target_code=target_code,
                other_codes=other_codes,
            )


def _counting_basis_caveats(source: Classification, target: Classification) -> Iterator[Message]:
    if unstated := [scheme.name for scheme in (source, target) if not scheme.counting_basis]:
        yield make_message("crosswalk/counting-basis-unstated", scheme=unstated[0])
    if source.counting_basis == "alone":
        yield make_message("crosswalk/counted-alone", scheme=source.name)
