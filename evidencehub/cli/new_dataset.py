"""The questions that `new` asks, and their answers."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from evidencehub.domain.code_lists import CodeBook, CodeList
from evidencehub.formats import dataset_template

MAX_LISTED_CHOICES = 12  # longer lists are not shown before a question
NEW_DATASET_QUESTIONS = (
    ("title", "What is the title of the dataset?", "", ""),
    ("description", "Describe it in one sentence", "", ""),
    ("workstream", "Which workstream?", "workstream", "improving-health-and-care"),
    ("country", "Which country (ISO 3166 code)?", "iso-3166", "GB"),
    ("whose_ethnicity", "Whose ethnicity is recorded?", "whose-ethnicity", "patient"),
    ("contact", "What is the contact for questions (email address or web page)?", "", "not given"),
)
"""Prompts of `new`: name of the option, prompt, code list, default."""


def collect_answers(
    slug: str, book: CodeBook, options: dict[str, str | None], *, interactive: bool
) -> dataset_template.NewDatasetAnswers:
    """Return the answers for a new dataset; without `interactive`, defaults for those missing."""
    answers = {}
    for name, question, list_name, default in NEW_DATASET_QUESTIONS:
        code_list = book.get_list(list_name) if list_name else None
        default_answer = default or slug.replace("-", " ").capitalize()
        answer = options[name]
        if answer is None:
            answer = (
                _prompt_for_answer(question, code_list, default_answer)
                if interactive
                else default_answer
            )
        if code_list is not None and answer not in code_list.codes:
            suggestions = " or ".join(code_list.suggest(answer)) or ", ".join(code_list.codes)
            raise click.UsageError(f"“{answer}” is not in {list_name}. Did you mean {suggestions}?")
        answers[name] = answer
    today = datetime.now(tz=UTC).date().isoformat()
    return dataset_template.NewDatasetAnswers(slug=slug, created_on=today, **answers)


def _prompt_for_answer(question: str, code_list: CodeList | None, default: str) -> str:
    if code_list is not None and len(code_list.codes) <= MAX_LISTED_CHOICES:
        click.echo("\n".join(f"  {c.code}: {c.label}" for c in code_list.codes.values()))
    return str(click.prompt(question, default=default))
