"""Rules on claims: numbers in findings that are bound to figures, and recomputed at each build."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.rules.rule import Rule, RuleContext, Violation


def _unknown_finding(dataset: RuleContext) -> Iterator[Violation]:
    if "findings" in dataset.incomplete_roles:
        return
    sql = "select file, row, finding from claims where finding not in (select id from findings)"
    for file, row, name in dataset.query(f"{sql} order by row"):
        yield Violation(file, row, "finding", f"“{name}” is not a finding of this package.")


def _reference_group(dataset: RuleContext) -> Iterator[Violation]:
    sql = "select file, row, measure, reference from claims order by row"
    for file, row, measure, reference in dataset.query(sql):
        if measure == "value" and reference:
            yield Violation(file, row, "reference", "A value is compared with no other group.")
        if measure != "value" and not reference:
            message = f"A {measure} needs the group that is compared with."
            yield Violation(file, row, "reference", message)


RULES = (
    Rule(
        "claims/unknown-finding",
        "dataset",
        "A claim belongs to a finding of its package.",
        "Correct the id, or add the finding.",
        _unknown_finding,
    ),
    Rule(
        "claims/reference",
        "dataset",
        "A difference or ratio names the group compared with; a value does not.",
        "Fill in the code of the group in `reference`, or leave it empty for a value.",
        _reference_group,
    ),
    Rule(
        "claims/no-figure",
        "collection",
        "A claim leads to exactly one published figure of each group.",
        "Correct the claim's indicator, place, period, groups or other dimensions.",
    ),
    Rule(
        "claims/mismatch",
        "collection",
        "A number that a finding states is one that the published figures allow.",
        "Correct the finding and its claim, or the figures; both stand in the message.",
    ),
    Rule(
        "claims/stale",
        "collection",
        "A claim that was signed off rests on the figures that it was compared with.",
        "Compare the number again; then write the figures into `inputs`, and sign anew.",
        None,
        "warning",
    ),
)
