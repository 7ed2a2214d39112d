"""Rules on claims: numbers in findings that are bound to figures, and recomputed at each build."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, make_violation


def _unknown_finding(dataset: RuleContext) -> Iterator[Violation]:
    if "findings" in dataset.incomplete_roles:
        return
    sql = "select file, row, finding from claims where finding not in (select id from findings)"
    for file, row, name in dataset.query(f"{sql} order by row"):
        yield make_violation(file, row, "finding", "claims/unknown-finding", id=name)


def _reference_group(dataset: RuleContext) -> Iterator[Violation]:
    sql = "select file, row, measure, reference from claims order by row"
    for file, row, measure, reference in dataset.query(sql):
        if measure == "value" and reference:
            yield make_violation(file, row, "reference", "claims/reference/value")
        if measure != "value" and not reference:
            yield make_violation(
                file, row, "reference", "claims/reference/missing", measure=measure
            )


RULES = (
    Rule(
        "claims/unknown-finding",
        "dataset",
        "A claim must belong to a finding in this package.",
        "Correct the id, or add the finding to findings.csv.",
        _unknown_finding,
    ),
    Rule(
        "claims/reference",
        "dataset",
        "A claim about a difference or ratio must name its reference group; a claim about a "
        "value must not.",
        "Enter the reference group's code in `reference`, or leave it empty for a value.",
        _reference_group,
    ),
    Rule(
        "claims/no-figure",
        "collection",
        "A claim must match exactly one published observation for each group.",
        "Correct the claim's indicator, area, period, groups or other dimensions.",
    ),
    Rule(
        "claims/mismatch",
        "collection",
        "A number stated in a finding must agree with the published values.",
        "Correct the finding and its claim, or correct the published values. The message "
        "shows both.",
    ),
    Rule(
        "claims/stale",
        "collection",
        "A signed-off claim should rest on the values it was checked against.",
        "Check the claim against the current values, then update `inputs` and sign it off again.",
        None,
        "warning",
    ),
)
