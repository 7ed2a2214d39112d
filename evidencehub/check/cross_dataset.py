"""References between datasets, checked when all have been staged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evidencehub.check.identifiers import DatasetIdentifiers, IdentifierUse
from evidencehub.domain.problem import Problem
from evidencehub.messages.rendering import Message, make_message


def find_reference_problems(
    identifiers: Iterable[DatasetIdentifiers], defined_elsewhere: Mapping[str, str]
) -> dict[str, list[Problem]]:
    """Problems between datasets, by slug.

    `defined_elsewhere` gives ids of datasets not looked at here.

    Its keys are `kind id`, its values the dataset that defines them.
    """
    owners = dict(defined_elsewhere)
    identifier_list = list(identifiers)
    problems_by_dataset = {
        links.slug: list(_duplicate_definitions(links, owners)) for links in identifier_list
    }
    for links in identifier_list:
        problems_by_dataset[links.slug] += _undefined_uses(links, owners)
    return {
        slug: dataset_problems
        for slug, dataset_problems in problems_by_dataset.items()
        if dataset_problems
    }


def _duplicate_definitions(
    identifiers: DatasetIdentifiers, owners: dict[str, str]
) -> Iterator[Problem]:
    for link in identifiers.defines:
        owner = owners.setdefault(f"{link.kind} {link.id}", identifiers.slug)
        if owner != identifiers.slug:
            message = make_message("links/defined-twice", kind=link.kind, id=link.id, owner=owner)
            yield _make_problem("links/defined-twice", link, message)


def _undefined_uses(
    identifiers: DatasetIdentifiers, owners: Mapping[str, str]
) -> Iterator[Problem]:
    for link in identifiers.uses:
        if f"{link.kind} {link.id}" not in owners:
            message = make_message("links/unknown-id", kind=link.kind, id=link.id)
            yield _make_problem(f"links/unknown-{link.kind}", link, message)


def _make_problem(name: str, use: IdentifierUse, message: Message) -> Problem:
    # imported here: an unchanged build has no problems, and needs none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.definition import Violation

    return rules.get_rule(name).make_problem(Violation(use.file, use.row, use.field, message))
