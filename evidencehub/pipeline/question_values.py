"""Questions about families of indicators, held against the values of every dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.problem import Problem
from evidencehub.load.question_queries import (
    StagedQuestion,
    has_values,
    read_indicators,
    read_questions,
)
from evidencehub.messages.rendering import make_message
from evidencehub.pipeline.stage_cache import StagedDataset

RULE = "questions/no-values"


def find_unanswered(
    slug: str, staged: Mapping[str, StagedDataset], book: CodeBook
) -> Iterator[Problem]:
    """Yield a problem for each question of a dataset that no value of any dataset answers."""
    for question in read_questions(staged[slug].database):
        families = _list_families(question.family, book)
        indicators = [
            name
            for dataset in staged.values()
            for name in read_indicators(dataset.database, families)
        ]
        if not any(has_values(d.database, question, indicators) for d in staged.values()):
            yield _make_problem(question)


def _list_families(family: str, book: CodeBook) -> list[str]:
    """Return a family with those whose ratios and differences count in it."""
    codes = book.lists["family"].codes
    top = codes[family].parent or family
    return [top, *(code.code for code in codes.values() if code.parent == top)]


def _make_problem(question: StagedQuestion) -> Problem:
    # imported here: questions that have values need none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.definition import Violation

    message = make_message(RULE, family=question.family, area=question.area)
    return rules.get_rule(RULE).make_problem(
        Violation(question.file, question.row, "family", message)
    )
