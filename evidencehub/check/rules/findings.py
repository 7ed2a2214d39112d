"""Rules on findings: numbers and periods in their texts, and who assessed their certainty."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, format_number, make_violation
from evidencehub.check.finding_texts import read_stated_findings

_NOT_ASSESSED = "not-assessed"
_ASSESSMENT_COLUMNS = ("assessed_by", "assessment_method", "assessed_on")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def _unbound_number(dataset: RuleContext) -> Iterator[Violation]:
    if "claims" in dataset.incomplete_roles:
        return  # a claim that was left out for a mistake is not missed as well
    for finding in read_stated_findings(dataset.query):
        for column, number, nearest in finding.find_unbound_numbers():
            excerpt = finding.excerpt(column, number.start, number.end)
            place = (finding.file, finding.row, column)
            if nearest is None:
                yield make_violation(
                    *place, "findings/unbound-number", number=number.text, excerpt=excerpt
                )
            else:
                yield make_violation(
                    *place,
                    "findings/unbound-number/nearest",
                    number=number.text,
                    stated=format_number(nearest.stated),
                    excerpt=excerpt,
                )


def _other_period(dataset: RuleContext) -> Iterator[Violation]:
    if "claims" in dataset.incomplete_roles:
        return
    for finding in read_stated_findings(dataset.query):
        for column, period in finding.find_other_periods():
            yield make_violation(
                finding.file,
                finding.row,
                column,
                "findings/other-period",
                period=period.text,
                excerpt=finding.excerpt(column, period.start, period.end),
            )


def _unbound_figures(dataset: RuleContext) -> Iterator[Violation]:
    for finding in read_stated_findings(dataset.query):
        place = (finding.file, finding.row)
        entries, reason = finding.unbound_entries, finding.unbound_reason
        if entries and not reason:
            yield make_violation(
                *place, "unbound_reason", "findings/unbound-figures/reason", entries=entries
            )
        if reason and not entries:
            yield make_violation(
                *place, "unbound_figures", "findings/unbound-figures/nothing", reason=reason
            )
        for entry in finding.find_entries_without_number():
            yield make_violation(
                *place, "unbound_figures", "findings/unbound-figures/entry", entry=entry
            )


def _certainty(dataset: RuleContext) -> Iterator[Violation]:
    columns = ", ".join(_ASSESSMENT_COLUMNS)
    sql = f"select file, row, certainty, {columns} from findings order by rowid"
    for file, row, certainty, *cells in dataset.query(sql):
        is_filled = {
            name: bool(cell) for name, cell in zip(_ASSESSMENT_COLUMNS, cells, strict=True)
        }
        if certainty == _NOT_ASSESSED:
            if names := [name for name, filled in is_filled.items() if filled]:
                yield make_violation(
                    file, row, names[0], "findings/certainty/assessed", columns=tuple(names)
                )
        elif names := [name for name, filled in is_filled.items() if not filled]:
            yield make_violation(
                file,
                row,
                names[0],
                "findings/certainty/not-assessed",
                certainty=certainty,
                columns=tuple(names),
            )


def _incomplete_cause(dataset: RuleContext) -> Iterator[Violation]:
    sql = "select file, row, type, mechanism, study_design from findings order by rowid"
    for file, row, finding_type, mechanism, study_design in dataset.query(sql):
        if finding_type == "cause" and not mechanism:
            yield make_violation(file, row, "mechanism", "findings/cause/mechanism")
        if finding_type in ("cause", "remedy") and not study_design:
            yield make_violation(
                file, row, "study_design", "findings/cause/study-design", type=finding_type
            )


def _placeholder(dataset: RuleContext) -> Iterator[Violation]:
    for finding in read_stated_findings(dataset.query):
        for column, text in finding.texts.items():
            for match in _PLACEHOLDER.finditer(text):
                yield make_violation(
                    finding.file, finding.row, column, "findings/placeholder", text=match[0]
                )


RULES = (
    Rule(
        "findings/unbound-number",
        "dataset",
        "A number in a finding must have a claim, or a reason why it has none.",
        "Add a claim that states it, correct the number, or list it in `unbound_figures` with an "
        "`unbound_reason`.",
        _unbound_number,
    ),
    Rule(
        "findings/other-period",
        "dataset",
        "A period in a finding must be that of the finding or of one of its claims.",
        "Correct the text or the period, or list the date in `unbound_figures` with an "
        "`unbound_reason`.",
        _other_period,
    ),
    Rule(
        "findings/unbound-figures",
        "dataset",
        "Numbers without a claim must be in the finding's text, and have a reason.",
        "List each number as the text has it, separated by semicolons, and give the reason; or "
        "leave both empty.",
        _unbound_figures,
    ),
    Rule(
        "findings/other-group",
        "collection",
        "A group that a finding with claims names must be one that it is about.",
        "Correct the text, add a claim about the group, or name it in `groups_affected` or "
        "`groups_compared`.",
    ),
    Rule(
        "findings/certainty",
        "dataset",
        "A finding's certainty must be “not-assessed”, or say who assessed it, how and when.",
        "Fill in `assessed_by`, `assessment_method` and `assessed_on`; or leave all three empty "
        "and use “not-assessed”.",
        _certainty,
    ),
    Rule(
        "findings/cause",
        "dataset",
        "A cause must say what the gap comes from, and a cause or remedy on what kind of study it "
        "rests.",
        "Fill in `mechanism` and `study_design`; “not-stated” is a kind of study.",
        _incomplete_cause,
    ),
    Rule(
        "findings/placeholder",
        "dataset",
        "A finding must be written out: nothing fills in placeholders.",
        "Write the value itself, and add a claim that states it.",
        _placeholder,
    ),
)
