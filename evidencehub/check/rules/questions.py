"""Rules on questions: each is bound to what answers it, and its own words state no numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, make_violation

_NUMBER = re.compile(r"\d[\d.,]*")
_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # also Chinese, Arabic, Greek
_OWN_TEXTS = ("answer", "not_known")
_BOUND_TO_VALUES = ("family", "groups", "area")
_EMPTY_LISTS = (None, "", "[]")


def _unbound_question(dataset: RuleContext) -> Iterator[Violation]:
    sql = (
        "select file, row, family, groups, area, findings, recommendations, indicators "
        "from questions order by rowid"
    )
    for file, row, family, groups, area, *links in dataset.query(sql):
        findings, recommendations, indicators = (link not in _EMPTY_LISTS for link in links)
        has_groups = groups not in _EMPTY_LISTS
        if family and not (has_groups and area):
            column = "area" if has_groups else "groups"
            yield make_violation(file, row, column, "questions/binding/values", columns=(column,))
        if not (family or findings or recommendations or (indicators and has_groups and area)):
            yield make_violation(file, row, "findings", "questions/binding/nothing")


def _stated_number(dataset: RuleContext) -> Iterator[Violation]:
    sql = f"select file, row, {', '.join(_OWN_TEXTS)} from questions order by rowid"
    for file, row, *texts in dataset.query(sql):
        for column, text in zip(_OWN_TEXTS, texts, strict=True):
            if match := _NUMBER.search(text or ""):
                yield make_violation(file, row, column, "questions/number", number=match[0])


def _no_question_mark(dataset: RuleContext) -> Iterator[Violation]:
    sql = "select file, row, question from questions order by rowid"
    for file, row, text in dataset.query(sql):
        if not text.rstrip().endswith(_QUESTION_MARKS):
            yield make_violation(file, row, "question", "questions/mark")


RULES = (
    Rule(
        "questions/binding",
        "dataset",
        "A question must be bound to what answers it: a family or indicators with groups and a "
        "place, findings, or recommendations.",
        "Name what answers it. Where nothing does, write a finding of the type evidence-gap and "
        "name that.",
        _unbound_question,
    ),
    Rule(
        "questions/number",
        "dataset",
        "An answer in own words must state no number: numbers come from values and findings.",
        "Write the sentence without the number, and bind the question to what states it.",
        _stated_number,
    ),
    Rule(
        "questions/mark",
        "dataset",
        "A question must end with a question mark.",
        "Write it as somebody would ask it.",
        _no_question_mark,
    ),
    Rule(
        "questions/unknown-code",
        "collection",
        "Every group and place that a question asks about must be in a code list.",
        "Write it as the values have it: scheme:code for a group.",
    ),
    Rule(
        "questions/no-values",
        "collection",
        "A question about a family of indicators must name groups and a place of which the hub "
        "has values.",
        "Correct the family, the groups or the place, or bind the question to findings.",
    ),
)
