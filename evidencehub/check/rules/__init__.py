"""The hub's own rules: the table of them all, in order, and the places where they look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidencehub.check.definition import OBSERVATIONS_SQL, ResourceChunk, Rule, RuleContext
from evidencehub.check.explanations import find_explained
from evidencehub.check.rules import (
    cells,
    claims,
    codes,
    confidence_intervals,
    derived_counts,
    descriptor_texts,
    disclosure,
    disclosure_texts,
    explained,
    findings,
    governance,
    lookalikes,
    metadata,
    plausibility,
    plausible_groups,
    questions,
    recommendations,
    references,
    releases,
    secondary_disclosure,
    structure,
    unknown_facts,
    values,
    wording,
)
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.problem import Problem

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *codes.RULES,
    *cells.RULES,
    *values.RULES,
    *confidence_intervals.RULES,
    *plausibility.RULES,
    *plausible_groups.RULES,
    *metadata.RULES,
    *unknown_facts.RULES,
    *lookalikes.RULES,
    *explained.RULES,
    *releases.RULES,
    *descriptor_texts.RULES,
    *wording.RULES,
    *references.RULES,
    *findings.RULES,
    *claims.RULES,
    *recommendations.RULES,
    *questions.RULES,
    *governance.RULES,
    *disclosure.RULES,
    *disclosure_texts.RULES,
    *derived_counts.RULES,
    *secondary_disclosure.RULES,
)
"""Every rule of the hub."""


def check_descriptor(package: SourcePackage, book: CodeBook) -> Iterator[Problem]:
    """What the descriptor rules find; `book` has the package's own lists in it."""
    yield from _apply_rules("descriptor", package, book)


def check_chunk(resource_chunk: ResourceChunk) -> Iterator[Problem]:
    """What the chunk rules find in a run of rows."""
    yield from _apply_rules("chunk", resource_chunk)


def check_dataset(staged: RuleContext) -> Iterator[Problem]:
    """What the dataset rules find in the staging database.

    Conditions in SQL are all asked at once, in one pass over the rows; only those that hold
    somewhere are asked again, for the places.
    """
    conditions = [(rule, condition) for rule in RULES for condition in rule.conditions]
    counts_sql = ", ".join(
        f"count(*) filter (where {condition.sql})" for _, condition in conditions
    )
    (hits,) = staged.query(f"select {counts_sql} {OBSERVATIONS_SQL}")
    for (rule, condition), count in zip(conditions, hits, strict=True):
        if not count:
            continue
        unexplained, remarks = find_explained(rule.name, condition, staged, rule.severity)
        violations = unexplained.find_violations(rule.name, staged)
        yield from map(rule.make_problem, (*violations, *remarks))
    for rule in RULES:
        if rule.scope == "dataset" and callable(rule.find_violations):
            yield from map(rule.make_problem, rule.find_violations(staged))


def _apply_rules(scope: str, *targets: Any) -> Iterator[Problem]:
    for rule in RULES:
        if rule.scope == scope and callable(rule.find_violations):
            yield from map(rule.make_problem, rule.find_violations(*targets))


def get_rule(name: str) -> Rule:
    """The rule of that name."""
    return next(rule for rule in RULES if rule.name == name)
