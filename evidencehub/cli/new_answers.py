"""Answers to the questions of `new`: read as a person writes them, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from evidencehub.domain.code_lists import CodeBook, CodeList, fold_label
from evidencehub.domain.licences import LicenceList
from evidencehub.domain.page_addresses import keep_web_url
from evidencehub.domain.stated_text import MAX_TITLE_LENGTH, has_address, is_email, is_stated
from evidencehub.domain.unicode_text import HIDDEN_CHARACTERS

MAX_LISTED_CHOICES = 15  # longer lists are shown when they are asked for
SUGGESTED_LICENCES = ("CC-BY-4.0", "CC0-1.0", "OGL-UK-3.0", "CC-BY-SA-4.0")
UNKNOWN = ""
AnswerParser = Callable[[str], str]


class WrongAnswerError(Exception):
    """An answer that cannot be used; the message says what is wrong and what to write."""


def parse_answer(text: str, parser: AnswerParser) -> str:
    """Return what an answer says, UNKNOWN where it says nothing; raise WrongAnswerError."""
    answer = " ".join(text.split())
    if not answer:
        return UNKNOWN
    try:
        answer.encode()
    except UnicodeEncodeError:
        raise WrongAnswerError("The answer is not in UTF-8. Type it again.") from None
    if HIDDEN_CHARACTERS.search(answer):
        raise WrongAnswerError("The answer has a character that is not seen. Type it again.")
    return parser(answer)


def parse_text(answer: str) -> str:
    """Return an answer in free words."""
    return answer if is_stated(answer) else UNKNOWN


def parse_title(answer: str) -> str:
    """Return a title; raise WrongAnswerError for one that is too long."""
    if len(answer) > MAX_TITLE_LENGTH:
        raise WrongAnswerError(
            f"The title has {len(answer)} characters. Use at most {MAX_TITLE_LENGTH}."
        )
    return parse_text(answer)


def parse_name(answer: str) -> str:
    """Return the name of an organisation or person; an address is none."""
    if has_address(answer):
        raise WrongAnswerError(
            f"“{answer}” is an address. Write the name, as it should stand in a citation: for "
            "example, Office for Toy Statistics."
        )
    return parse_text(answer)


def parse_contact(answer: str) -> str:
    """Return an e-mail address or the address of a web page."""
    if not is_stated(answer):
        return UNKNOWN
    wanted, example = "an e-mail address or a web page", "toys@example.org or https://example.org"
    return answer if is_email(answer) else _parse_url(answer, wanted, example)


def parse_source_address(answer: str) -> str:
    """Return the address of a web page, or a DOI."""
    is_doi = answer.lower().removeprefix("doi:").strip().startswith("10.")
    if not is_stated(answer) or is_doi:
        return answer if is_doi else UNKNOWN
    example = "https://example.org/toys or 10.1000/182"
    return _parse_url(answer, "the address of a web page or a DOI", example)


def _parse_url(answer: str, wanted: str, example: str) -> str:
    if " " not in answer and keep_web_url(answer):
        return answer
    if " " not in answer and "." in answer and "@" not in answer and ":" not in answer:
        raise WrongAnswerError(f"“{answer}” is not {wanted}. Did you mean https://{answer}?")
    raise WrongAnswerError(f"“{answer}” is not {wanted}. Write it in full, as in {example}.")


def create_licence_parser(licences: LicenceList) -> AnswerParser:
    """Return what reads the id or title of a licence under which everybody may use the data."""

    def parse_licence(answer: str) -> str:
        if not is_stated(answer):
            return UNKNOWN
        licence = licences.find(answer) or licences.recognise(answer)
        if licence is not None and licence.is_open:
            return licence.id
        nearest = licences.suggest(answer) if licence is None else []
        raise WrongAnswerError(
            f"“{answer}” is not the id of a licence that lets everybody use the data. Use "
            f"{_join_choices(nearest or SUGGESTED_LICENCES)}, or another at "
            "https://spdx.org/licenses."
        )

    return parse_licence


def parse_day(answer: str) -> str:
    """Return a day that has come, in ISO 8601."""
    if not is_stated(answer):
        return UNKNOWN
    today = datetime.now(tz=UTC).date()
    try:
        day = date.fromisoformat(answer)
    except ValueError:
        raise WrongAnswerError(
            f"“{answer}” is not a day. Write year, month and day, as in {today}."
        ) from None
    if day > today:
        raise WrongAnswerError(f"{day} has not come yet. Write the day on which it was read.")
    return day.isoformat()


def create_code_parser(name: str, book: CodeBook) -> AnswerParser:
    """Return what reads a code of a list, or its label, whatever the capitals."""
    code_list = book.get_list(name) or CodeList(name, name, "vocabulary")
    codes_by_spelling = {fold_label(code): code for code in code_list.codes}

    def parse_code(answer: str) -> str:
        folded = fold_label(answer)
        codes = code_list.match(answer) or [
            codes_by_spelling[spelling]
            for spelling in (folded, folded.replace(" ", "-"))
            if spelling in codes_by_spelling
        ]
        if len(set(codes)) == 1:
            return codes[0]
        if codes:
            raise WrongAnswerError(f"“{answer}” may be {_join_choices(codes)}. Write the code.")
        if not is_stated(answer):
            return UNKNOWN
        raise WrongAnswerError(f"“{answer}” is not in {name}. {_suggest_codes(code_list, answer)}")

    return parse_code


def _suggest_codes(code_list: CodeList, answer: str) -> str:
    if suggestions := code_list.suggest(answer):
        return f"Did you mean {_join_choices(suggestions)}?"
    if len(code_list.codes) <= MAX_LISTED_CHOICES:
        return f"Use {_join_choices(list(code_list.codes))}."
    return f"The codes are in codes/{code_list.name}.csv."


def _join_choices(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
