"""Links between datasets: what each defines and uses, judged when all have been staged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from evidencehub.model.problem import Problem


@dataclass(slots=True)
class Links:
    """The ids that a dataset defines and those that it uses, each with a place to point at."""

    slug: str
    defines: dict[str, list[str]] = field(default_factory=dict)
    uses: list[tuple[str, str, str, int]] = field(default_factory=list)  # kind, id, file, row


def problems(datasets: Iterable[Links], elsewhere: Mapping[str, str]) -> dict[str, list[Problem]]:
    """Problems between datasets, by slug. `elsewhere` gives ids of datasets not looked at here.

    Its keys are `kind id`, its values the dataset that defines them.
    """
    owners = dict(elsewhere)
    listed = list(datasets)
    found: dict[str, list[Problem]] = {}
    for links in listed:
        found.setdefault(links.slug, []).extend(_defined_twice(links, owners))
    for links in listed:
        found[links.slug].extend(_unknown(links, owners))
    return {slug: told for slug, told in found.items() if told}


def _defined_twice(links: Links, owners: dict[str, str]) -> Iterator[Problem]:
    for kind, names in links.defines.items():
        for name in names:
            owner = owners.setdefault(f"{kind} {name}", links.slug)
            if owner != links.slug:
                message = f"The {kind} “{name}” is defined by {owner} already."
                yield _problem("links/defined-twice", "datapackage.json", None, kind, message)


def _unknown(links: Links, owners: Mapping[str, str]) -> Iterator[Problem]:
    for kind, name, file, row in links.uses:
        if f"{kind} {name}" not in owners:
            message = f"The {kind} “{name}” is defined nowhere."
            yield _problem(f"links/unknown-{kind}", file, row, kind, message)


def _problem(name: str, file: str, row: int | None, field_name: str, message: str) -> Problem:
    # imported here: an unchanged build has no problems, and needs none of the rules' libraries
    from evidencehub.check import rules

    return rules.rule(name).problem((file, row, field_name, message))
