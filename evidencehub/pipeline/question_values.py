"""Questions about families of indicators, held against the values of every dataset."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.problem import Problem
from evidencehub.load.question_queries import (
    StagedQuestion,
    has_values,
    read_indicators,
    read_own_codes,
    read_questions,
)
from evidencehub.messages.rendering import make_message
from evidencehub.pipeline.stage_cache import StagedDataset


def find_unanswered(
    slug: str, staged: Mapping[str, StagedDataset], book: CodeBook
) -> Iterator[Problem]:
    """Yield a problem for each group and place that no list has, and each question without a value.

    `staged` are all datasets: a question may be about the groups and the values of any of them.
    """
    questions = read_questions(staged[slug].database)
    databases = [dataset.database for dataset in staged.values()]
    own_codes: set[str] = set().union(*map(read_own_codes, databases))
    for question in questions:
        unknown = [*_list_unknown(question, own_codes, book)]
        for column, code in unknown:
            yield _make_problem(question, "questions/unknown-code", column, code=code)
        if question.family and not unknown and not _has_values(question, databases, book):
            params = {"family": question.family, "area": question.area or ""}
            yield _make_problem(question, "questions/no-values", "family", **params)


def _list_unknown(
    question: StagedQuestion, own_codes: Collection[str], book: CodeBook
) -> Iterator[tuple[str, str]]:
    """Yield the column and the code of each group and place that no list has."""
    areas = book.get_list("area")
    known_areas = areas.codes if areas is not None else {}
    if question.area and question.area not in {*own_codes, *known_areas}:
        yield "area", question.area
    for group in question.groups:
        if group not in own_codes and not _is_group_of_hub(group, book):
            yield "groups", group


def _is_group_of_hub(group: str, book: CodeBook) -> bool:
    scheme, _, code = group.partition(":")
    return scheme in book.lists and code in book.lists[scheme].codes


def _has_values(question: StagedQuestion, databases: Sequence[Path], book: CodeBook) -> bool:
    families = _list_families(question.family or "", book)
    indicators = [name for path in databases for name in read_indicators(path, families)]
    return any(has_values(path, question, indicators) for path in databases)


def _list_families(family: str, book: CodeBook) -> list[str]:
    """Return a family with those whose ratios and differences count in it."""
    codes = book.lists["family"].codes
    top = codes[family].parent or family
    return [top, *(code.code for code in codes.values() if code.parent == top)]


def _make_problem(question: StagedQuestion, name: str, column: str, **params: str) -> Problem:
    # imported here: questions that have values need none of the rules' libraries
    from evidencehub.check import rules
    from evidencehub.check.definition import Violation

    message = make_message(name, **params)
    return rules.get_rule(name).make_problem(
        Violation(question.file, question.row, column, message)
    )
