"""Rules on claims: numbers in findings that are bound to figures, and recomputed at each build."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, format_number, make_violation
from evidencehub.check.finding_texts import read_stated_findings
from evidencehub.statements.stated_finding import COMPARISON_MEASURES


def _unknown_finding(dataset: RuleContext) -> Iterator[Violation]:
    if "findings" in dataset.incomplete_roles:
        return
    sql = "select file, row, finding from claims where finding not in (select id from findings)"
    for file, row, name in dataset.query(f"{sql} order by row"):
        yield make_violation(file, row, "finding", "claims/unknown-finding", id=name)


def _reference_group(dataset: RuleContext) -> Iterator[Violation]:
    sql = "select file, row, measure, reference from claims order by row"
    for file, row, measure, reference in dataset.query(sql):
        if measure not in COMPARISON_MEASURES and reference:
            yield make_violation(file, row, "reference", "claims/reference/value", measure=measure)
        if measure in COMPARISON_MEASURES and not reference:
            yield make_violation(
                file, row, "reference", "claims/reference/missing", measure=measure
            )


def _not_in_text(dataset: RuleContext) -> Iterator[Violation]:
    for finding in read_stated_findings(dataset.query):
        for claim, column, number in finding.find_claims_without_number():
            place, stated = (claim.file, claim.row, "stated"), format_number(claim.stated)
            if number is None:
                yield make_violation(*place, "claims/not-in-text/no-number", stated=stated)
            else:
                yield make_violation(
                    *place,
                    "claims/not-in-text/nearest",
                    stated=stated,
                    number=number.text,
                    excerpt=finding.excerpt(column, number.start, number.end),
                )


def _period_not_in_text(dataset: RuleContext) -> Iterator[Violation]:
    for finding in read_stated_findings(dataset.query):
        for claim in finding.find_claims_without_period():
            yield make_violation(
                claim.file,
                claim.row,
                "period",
                "claims/period-not-in-text",
                start=claim.period_start,
                end=claim.period_end,
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
        "A claim about a difference or ratio must name its reference group; any other claim "
        "must not.",
        "Enter the reference group's code in `reference` for a difference or ratio, or leave it "
        "empty.",
        _reference_group,
    ),
    Rule(
        "claims/not-in-text",
        "dataset",
        "A finding's text must state each number that it has a claim about.",
        "Write the same number in the finding and in its claim; delete the claim if the finding "
        "no longer states it.",
        _not_in_text,
    ),
    Rule(
        "claims/period-not-in-text",
        "dataset",
        "A finding's text must name the period of each of its claims.",
        "Write the period in the finding, such as “2021-22”, “in the year to March 2022” or “from "
        "2006 to 2012”; or correct the claim's period.",
        _period_not_in_text,
    ),
    Rule(
        "claims/unit-not-in-text",
        "collection",
        "A finding's text must give a number the unit of its values.",
        "Write the unit with the number, such as “341.7 per 100,000” or “61.1%”; or correct the "
        "indicator's unit.",
    ),
    Rule(
        "claims/group-not-in-text",
        "collection",
        "A finding's text must name the groups that a number is about.",
        "Name the group by its label; if the finding names it otherwise, write those words in "
        "`group_text` or `reference_text`.",
    ),
    Rule(
        "claims/other-people",
        "collection",
        "A finding's text must be about the place, sex and ages of its claims.",
        "Name the place, sex or ages of the claim in the finding; or correct the claim.",
    ),
    Rule(
        "claims/misplaced-number",
        "collection",
        "A number in a finding must stand with its own group, period or indicator.",
        "Give each group its own number, in the same order as the claims' values; or correct the "
        "claims.",
    ),
    Rule(
        "claims/direction",
        "collection",
        "A finding's text and direction must say which group has more, as the values do.",
        "Correct the text or the direction; if the values are wrong, correct the values or the "
        "indicator's polarity.",
    ),
    Rule(
        "claims/basis-changed",
        "collection",
        "Unit, scale, polarity, status and verification must be those that a claim was compared "
        "with.",
        "Read the finding again beside the values, then correct it or the claim's columns.",
    ),
    Rule(
        "claims/value-status",
        "collection",
        "A finding that rests on a provisional, estimated or doubtful value must say so.",
        "Say it in the finding, or enter the status in the claim's `obs_status`: the finding's "
        "page then says it.",
    ),
    Rule(
        "claims/verification",
        "collection",
        "A finding must not have a better verification level than the values that it rests on.",
        "Correct the finding's `verification`, or verify the value against its source.",
    ),
    Rule(
        "claims/superseded",
        "collection",
        "A finding should be read again when newer values of its series are published.",
        "Write a new finding with claims about the newer values and name it in `superseded_by`, "
        "or keep this one as a finding about its time.",
        None,
        "warning",
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
