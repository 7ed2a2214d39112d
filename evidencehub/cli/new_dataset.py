"""The command new: it asks what readers will be told of a dataset, and writes its folder."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from evidencehub.cli.build_options import folder_option
from evidencehub.cli.new_answers import (
    MAX_LISTED_CHOICES,
    UNKNOWN,
    AnswerParser,
    WrongAnswerError,
    create_code_parser,
    create_licence_parser,
    parse_answer,
    parse_contact,
    parse_day,
    parse_name,
    parse_source_address,
    parse_text,
    parse_title,
)
from evidencehub.domain.code_lists import LICENCES, CodeBook
from evidencehub.domain.package import SLUG_PATTERN
from evidencehub.errors import HubError
from evidencehub.formats.dataset_template import NewDatasetAnswers, render_files
from evidencehub.source.code_lists import read_code_book

LIST_CHOICES = "?"  # the answer that asks for the list


class Question(NamedTuple):
    """A question of `new`: the name of its option, how it is asked, what the option's help says.

    What it takes is `parser`, or a code of `codes`. It is asked if the answer to `only_with` is
    known, and then has to be answered where it is `required`.
    """

    name: str
    prompt: str
    description: str
    parser: AnswerParser = parse_text
    codes: str = ""
    only_with: str = ""
    required: bool = False

    @property
    def option(self) -> str:
        """The option that answers it."""
        return "--" + self.name.replace("_", "-")

    @property
    def help(self) -> str:
        """What the option takes."""
        codes = f" A code or label of codes/{self.codes}.csv." if self.codes else ""
        return self.description + codes


QUESTIONS = (
    Question(
        "title",
        "What do the data show, in one phrase? (the title)",
        "What the data show, in one phrase.",
        parse_title,
        required=True,
    ),
    Question(
        "description",
        "Describe the dataset in one sentence",
        "Description of the dataset in one sentence.",
    ),
    Question("workstream", "Which workstream?", "Workstream.", codes="workstream"),
    Question("country", "Which country are the data about?", "Country.", codes="iso-3166"),
    Question(
        "whose_ethnicity",
        "Whose ethnicity is recorded?",
        "Whose ethnicity is recorded: mother, patient, staff …",
        codes="whose-ethnicity",
    ),
    Question(
        "ethnicity_recording",
        "How was ethnicity recorded?",
        "How ethnicity was recorded: self-reported, assigned …",
        codes="ethnicity-recording",
    ),
    Question(
        "source_title",
        "What is the title of the publication that the values come from?",
        "Title of the publication that the values come from.",
    ),
    Question(
        "source_type",
        "What kind of publication is it?",
        "Type of that publication.",
        codes="source-type",
        only_with="source_title",
        required=True,
    ),
    Question(
        "source_publisher",
        "Who published it?",
        "Name of its publisher.",
        parse_name,
        only_with="source_title",
    ),
    Question(
        "source_url",
        "Where is it? (web address or DOI)",
        "Its web address or DOI.",
        parse_source_address,
        only_with="source_title",
    ),
    Question(
        "source_licence",
        "On what terms may it be used, as it says itself?",
        "Its licence or terms of use, as it says itself.",
        only_with="source_title",
    ),
    Question(
        "source_accessed",
        "On what day was it read? (as in 2026-01-31)",
        "Day on which it was read, as in 2026-01-31.",
        parse_day,
        only_with="source_title",
    ),
    Question(
        "verification",
        "How were the values verified?",
        "Verification level: how the values were read.",
        codes="verification",
    ),
    Question(
        "disclosure_policy",
        "How are people in small numbers protected?",
        "Disclosure control policy for small counts.",
        codes="disclosure-policy",
    ),
    Question(
        "licence",
        "Under which licence will the dataset be published? (such as CC-BY-4.0)",
        "Licence of the dataset, by its SPDX id: CC-BY-4.0, OGL-UK-3.0 …",
        codes=LICENCES,
    ),
    Question(
        "publisher",
        "Who publishes the dataset? (the author in every citation)",
        "Name of who publishes the dataset: the author in every citation.",
        parse_name,
    ),
    Question(
        "contact",
        "Where do questions go? (e-mail address or web page)",
        "Contact for questions: an e-mail address or web page.",
        parse_contact,
    ),
    Question(
        "next_update",
        "When will the data next be updated? (a day, or words such as “not planned”)",
        "When the data will next be updated, or “not planned”.",
    ),
)


def _add_answer_options(function: Any) -> Any:
    for question in reversed(QUESTIONS):
        function = click.option(question.option, help=question.help)(function)
    return function


@click.command()
@click.argument("slug")
@folder_option("--datasets", "datasets", "Folder in which to create the dataset.")
@folder_option("--codes", "codes", "Folder that contains the code lists.")
@_add_answer_options
@click.option("--yes", is_flag=True, help="Ask no questions; what no option says stays unknown.")
def new(slug: str, datasets: Path, codes: Path, *, yes: bool, **options: str | None) -> None:
    """Create a dataset folder SLUG, a draft that passes its checks.

    It asks what no option says. A code may be written as its label. Only the title is needed: what
    is unknown is left out, and must be known before the dataset is published. Exit codes: 0
    created; 1 stopped; 2 usage error.
    """
    if not SLUG_PATTERN.fullmatch(slug):
        valid_slug = "-".join(re.findall(r"[a-z0-9]+", slug.lower()))
        raise click.UsageError(
            f"“{slug}” is not a valid folder name. Use lower-case letters, digits and hyphens"
            + (f": {valid_slug}." if valid_slug else ".")
        )
    folder = datasets / slug
    if folder.exists():
        raise click.UsageError(f"{folder} already exists. Choose another name.")
    interview = _Interview(read_code_book(codes))
    interview.read_options(options)
    try:
        interview.require_answers() if yes else interview.ask()
    except click.Abort:
        click.echo(err=True)  # the prompt ends without a line break
        raise HubError(
            "the answers ended before the last question, so nothing was written. Run it again, "
            "or answer by options and add --yes."
        ) from None
    today = datetime.now(tz=UTC).date().isoformat()
    answers = NewDatasetAnswers(slug=slug, created_on=today, **interview.answers)
    _write_folder(folder, render_files(answers))
    click.echo(f"Created {folder}. Add your data to {folder / 'data/observations.csv'}, then run:")
    click.echo(f"  python build.py check {folder}")


class _Interview:
    """The answers so far: those that options gave, then those that a person gives."""

    def __init__(self, book: CodeBook) -> None:
        self.answers: dict[str, str] = {}
        self._book = book

    def read_options(self, options: Mapping[str, str | None]) -> None:
        """Take the answers of options; raise UsageError with all that is wrong with them."""
        faults = []
        for question in QUESTIONS:
            text = options[question.name]
            if text is None:
                continue
            try:
                self.answers[question.name] = parse_answer(text, self._get_parser(question))
            except WrongAnswerError as error:
                faults.append(f"{question.option}: {error}")
        _refuse(faults)

    def require_answers(self) -> None:
        """Raise UsageError where an answer is missing without which nothing can be written."""
        _refuse(
            f"Add {question.option} TEXT. {question.help}"
            for question in QUESTIONS
            if question.required and self._applies(question) and not self._knows(question.name)
        )
        self._refuse_orphans()

    def ask(self) -> None:
        """Ask whatever no option answered; raise click.Abort where the answers end."""
        if not self._knows("title"):
            click.echo("Press Enter where you do not know: it can be stated before publication.")
        for question in QUESTIONS:
            is_open = question.name not in self.answers or (
                question.required and not self._knows(question.name)
            )
            if self._applies(question) and is_open:
                self.answers[question.name] = self._ask_until_valid(question)
        self._refuse_orphans()

    def _refuse_orphans(self) -> None:
        """Raise UsageError for what is said of something that is not named itself."""
        _refuse(
            f"{question.option} needs --{question.only_with.replace('_', '-')}."
            for question in QUESTIONS
            if self._knows(question.name) and not self._applies(question)
        )

    def _ask_until_valid(self, question: Question) -> str:
        choices = list(self._list_choices(question))
        prompt = question.prompt
        if len(choices) > MAX_LISTED_CHOICES:
            prompt += f" ({LIST_CHOICES} lists them)"
        elif choices:
            click.echo("\n".join([prompt, *choices]))
            prompt = "Code or label"
        while True:
            text = str(click.prompt(prompt, default="", show_default=False))
            if choices and text.strip() == LIST_CHOICES:
                click.echo("\n".join(choices))
                continue
            try:
                answer = parse_answer(text, self._get_parser(question))
            except WrongAnswerError as error:
                click.echo(f"  {error}")
                continue
            if answer or not question.required:
                return answer
            click.echo("  This one is needed now.")

    def _list_choices(self, question: Question) -> Iterator[str]:
        code_list = self._book.get_list(question.codes) if question.codes else None
        for code in code_list.codes.values() if code_list is not None else ():
            yield f"  {code.code}: {code.label}"

    def _get_parser(self, question: Question) -> Callable[[str], str]:
        if question.codes == LICENCES:
            return create_licence_parser(self._book.licences)
        return create_code_parser(question.codes, self._book) if question.codes else question.parser

    def _applies(self, question: Question) -> bool:
        return not question.only_with or self._knows(question.only_with)

    def _knows(self, name: str) -> bool:
        return self.answers.get(name, UNKNOWN) != UNKNOWN


def _refuse(faults: Iterator[str] | list[str]) -> None:
    if text := "\n".join(faults):
        raise click.UsageError(text)


def _write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write a folder of texts, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        for name, text in texts.items():
            path = work / folder.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (work / folder.name).rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
