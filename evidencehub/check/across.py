"""Links between datasets: what each defines and uses, judged when all have been staged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from evidencehub.model.problem import Problem


class Link(NamedTuple):
    """An id of some kind (indicator, finding …) where a dataset defines or uses it."""

    kind: str
    id: str
    file: str
    row: int | None
    field: str


@dataclass(slots=True)
class Links:
    """The ids that a dataset defines and those that it uses."""

    slug: str
    defines: list[Link] = field(default_factory=list)
    uses: list[Link] = field(default_factory=list)


def problems(datasets: Iterable[Links], elsewhere: Mapping[str, str]) -> dict[str, list[Problem]]:
    """Problems between datasets, by slug. `elsewhere` gives ids of datasets not looked at here.

    Its keys are `kind id`, its values the dataset that defines them.
    """
    owners = dict(elsewhere)
    listed = list(datasets)
    found = {links.slug: list(_defined_twice(links, owners)) for links in listed}
    for links in listed:
        found[links.slug] += _unknown(links, owners)
    return {slug: told for slug, told in found.items() if told}


def _defined_twice(links: Links, owners: dict[str, str]) -> Iterator[Problem]:
    for link in links.defines:
        owner = owners.setdefault(f"{link.kind} {link.id}", links.slug)
        if owner != links.slug:
            message = f"The {link.kind} “{link.id}” is defined by {owner} already."
            yield _problem("links/defined-twice", link, message)


def _unknown(links: Links, owners: Mapping[str, str]) -> Iterator[Problem]:
    for link in links.uses:
        if f"{link.kind} {link.id}" not in owners:
            message = f"The {link.kind} “{link.id}” is defined nowhere."
            yield _problem(f"links/unknown-{link.kind}", link, message)


def _problem(name: str, link: Link, message: str) -> Problem:
    # imported here: an unchanged build has no problems, and needs none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.rules.rule import Finding

    return rules.rule(name).problem(Finding(link.file, link.row, link.field, message))
