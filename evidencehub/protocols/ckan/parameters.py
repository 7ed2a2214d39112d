"""Parameters of actions: as text in an address, as JSON in a body, and the same to an action."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.unicode_text import compose_text
from evidencehub.http.parameters import parse_query_string, shorten_value, suggest_names
from evidencehub.http.problem_details import (
    HttpError,
    RequestProblem,
    make_http_error,
    make_problem,
)

VALIDATION_STATUS = 409  # as CKAN answers a value that it does not take
MAX_COUNT = 1_000_000_000
Values = Mapping[str, Any]
Parser = Callable[[str, Any], Any]
"""Returns the value of a parameter by its name; raises HttpError for one that is none."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of an action by name; each of `one_of` stands for the same, and one is needed.

    `defaults` are values of those that are not given.
    """

    parsers: Mapping[str, Parser]
    one_of: Sequence[str] = ()
    defaults: Mapping[str, Any] | None = None


def read_members(query: str, content_type: str, body: bytes) -> list[tuple[str, Any]]:
    """Return the names and values of a request, those of the address first.

    A body is a form where it says so, else JSON. Raise HttpError (400) for one that is neither.
    """
    members: list[tuple[str, Any]] = list(parse_query_string(query))
    if not body.strip():
        return members
    try:
        text = body.decode()
        # some clients send JSON with the type of a form
        if content_type.startswith("application/x-www-form-urlencoded") and text.strip()[0] != "{":
            return [*members, *parse_query_string(text.strip())]
        document = _load_json(text)
    except (ValueError, RecursionError):
        raise make_http_error(400, "ckan/bad-json") from None
    if not isinstance(document, dict):
        raise make_http_error(400, "ckan/bad-json")
    return [*members, *document.items()]


def _load_json(text: str) -> Any:
    """Return a document with composed letters; raise ValueError for what is no Unicode either."""
    document = json.loads(text, object_pairs_hook=_check_object, parse_constant=_reject_constant)
    composed = compose_text(json.dumps(document, ensure_ascii=False))
    composed.encode()
    return json.loads(composed)


def _check_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands twice")
    return members


def _reject_constant(text: str) -> Any:
    raise ValueError(text)


def parse_values(
    action: str, members: Iterable[tuple[str, Any]], parameters: Parameters
) -> dict[str, Any]:
    """Return the values of a request; raise HttpError (409) with every problem.

    An empty text counts as not given; only a list may be given in several parts. Of `one_of` the
    value has the name of the first.
    """
    values: dict[str, Any] = {}
    problems: list[RequestProblem] = []
    for name, value in members:
        if name not in parameters.parsers:
            problems.append(_build_unknown_problem(action, name, list(parameters.parsers)))
        elif value not in ("", None):
            problems += _add_value(values, name, value, parameters)
    if parameters.one_of and parameters.one_of[0] not in values and not problems:
        name = parameters.one_of[0]
        problems.append(make_problem("ckan/missing-parameter", name, name=name))
    if problems:
        raise HttpError(VALIDATION_STATUS, problems)
    return {**(parameters.defaults or {}), **values}


def _add_value(
    values: dict[str, Any], name: str, value: Any, parameters: Parameters
) -> Sequence[RequestProblem]:
    """Add the value of a parameter to those there are; return what is wrong with it."""
    key = parameters.one_of[0] if name in parameters.one_of else name
    is_list = parameters.parsers[name] is parse_texts
    if key in values and not is_list:
        return [make_problem("ckan/bad-value/text", name, name=name)]
    try:
        parsed = parameters.parsers[name](name, value)
    except HttpError as error:
        return error.problems
    # clients repeat a parameter of an address for each item of a list
    values[key] = [*values.get(key, ()), *parsed] if is_list else parsed
    return ()


def _build_unknown_problem(action: str, name: str, allowed: Sequence[str]) -> RequestProblem:
    short_text = shorten_value(name)
    if not allowed:
        return make_problem(
            "ckan/unknown-parameter/none", short_text, name=short_text, action=action
        )
    near = suggest_names(name, allowed)
    listed = ", ".join(allowed)
    return make_problem(
        "ckan/unknown-parameter",
        short_text,
        near,
        near,
        name=short_text,
        action=action,
        allowed=listed,
    )


def refuse(name: str, value: Any, code: str = "ckan/bad-value", **params: Any) -> HttpError:
    """Return the refusal of a value of a parameter."""
    short_text = shorten_value(value if isinstance(value, str) else json.dumps(value)[:200])
    return HttpError(
        VALIDATION_STATUS, [make_problem(code, name, name=name, value=short_text, **params)]
    )


def parse_text(name: str, value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise refuse(name, value, "ckan/bad-value/text")
    return value


def build_count_parser(maximum: int = MAX_COUNT) -> Parser:
    """Return a parser of whole numbers from 0."""

    def parse_count(name: str, value: Any) -> int:
        text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
        if not re.fullmatch("[0-9]{1,10}", text) or int(text) > maximum:
            raise refuse(name, value, "ckan/bad-value/integer", maximum=maximum)
        return int(text)

    return parse_count


def build_choice_parser(*choices: str) -> Parser:
    """Return a parser of one of some texts; a boolean may be given for one that is spelt so."""

    def parse_choice(name: str, value: Any) -> str:
        text = str(value).lower()
        if text not in choices:
            raise refuse(name, value, choices=", ".join(choices))
        return text

    return parse_choice


def parse_boolean(name: str, value: Any) -> bool:
    """Return yes or no, as CKAN reads them."""
    text = str(value).lower()
    if text not in ("true", "false", "1", "0", "yes", "no", "t", "f"):
        raise refuse(name, value, choices="true or false")
    return text[0] in "t1y"


def parse_texts(name: str, value: Any) -> list[str]:
    """Return a list of texts: as JSON, or with commas between them."""
    texts = parse_json(value)
    if isinstance(texts, str):
        texts = [text.strip() for text in texts.split(",")]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise refuse(name, value, "ckan/bad-value/texts")
    return list(filter(None, texts))


def parse_object(name: str, value: Any) -> dict[str, Any]:
    """Return an object, which an address has as a JSON string."""
    members = parse_json(value)
    if not isinstance(members, dict):
        raise refuse(name, value, "ckan/bad-value/object")
    return members


def parse_text_or_object(name: str, value: Any) -> str | dict[str, Any]:
    """Return a text, or an object, which an address has as a JSON string."""
    members = parse_json(value)
    return members if isinstance(members, dict) else parse_text(name, value)


def parse_json(value: Any) -> Any:
    """Return what a text has as JSON, or the text."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return _load_json(value)
    except (ValueError, RecursionError):
        return value
