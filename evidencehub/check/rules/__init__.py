"""The hub's own rules: the table of them all, in order, and the places where they look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidencehub.check.rules import (
    cells,
    claims,
    codes,
    disclosure,
    intervals,
    links,
    metadata,
    recoverable,
    structure,
    values,
    wording,
)
from evidencehub.check.rules.rule import OBSERVATIONS, Dataset, Part, Rule
from evidencehub.codes import CodeBook
from evidencehub.model.package import SourcePackage
from evidencehub.model.problem import Problem

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *codes.RULES,
    *cells.RULES,
    *values.RULES,
    *intervals.RULES,
    *metadata.RULES,
    *wording.RULES,
    *links.RULES,
    *claims.RULES,
    *disclosure.RULES,
    *recoverable.RULES,
)
"""Every rule of the hub."""


def descriptor(package: SourcePackage, book: CodeBook) -> Iterator[Problem]:
    """What the descriptor rules find; `book` has the package's own lists in it."""
    yield from _look("descriptor", package, book)


def chunk(part: Part) -> Iterator[Problem]:
    """What the chunk rules find in a run of rows."""
    yield from _look("chunk", part)


def dataset(staged: Dataset) -> Iterator[Problem]:
    """What the dataset rules find in the staging database.

    Conditions in SQL are all asked at once, in one pass over the rows; only those that hold
    somewhere are asked again, for the places.
    """
    conditions = [(rule, look) for rule in RULES for look in rule.conditions]
    asked = ", ".join(f"count(*) filter (where {look.sql})" for _, look in conditions)
    (hits,) = staged.query(f"select {asked} {OBSERVATIONS}")
    for (rule, look), hit in zip(conditions, hits, strict=True):
        yield from map(rule.problem, look(staged) if hit else ())
    for rule in RULES:
        if rule.scope == "dataset" and callable(rule.look) and not rule.conditions:
            yield from map(rule.problem, rule.look(staged))


def _look(scope: str, *where: Any) -> Iterator[Problem]:
    for rule in RULES:
        if rule.scope == scope and callable(rule.look):
            yield from map(rule.problem, rule.look(*where))


def rule(name: str) -> Rule:
    """The rule of that name."""
    return next(rule for rule in RULES if rule.name == name)
