"""Problem details of a refused request (RFC 9457): every problem at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from evidencehub.errors import QueryRefusedError
from evidencehub.messages.rendering import Parameter, make_message

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class RequestProblem:
    """One thing that is wrong: its stable code, what and what would be right, and where.

    `parameter` is the name of the parameter, or a JSON pointer into the body. `suggestions` are the
    known values that come closest.
    """

    code: str
    message: str
    parameter: str = ""
    suggestions: Sequence[str] = ()


class HttpError(Exception):
    """A request that is refused, with all of its problems."""

    template = "error.html"  # of the page that says so

    def __init__(
        self,
        status: int,
        problems: Iterable[RequestProblem],
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.status, self.problems, self.headers = status, tuple(problems), tuple(headers)
        self.members: Mapping[str, Any] = {}  # of the document, besides those of every refusal
        super().__init__(" ".join(problem.message for problem in self.problems))
        self.context: Mapping[str, Any] = {"status": status, "text": str(self)}


def make_problem(
    code: str,
    parameter: str = "",
    suggestions: Sequence[str] = (),
    near: Sequence[str] = (),
    /,
    **params: Parameter,
) -> RequestProblem:
    """Return the problem of an entry of the catalogue, whose code has the public one within it.

    `near` are suggestions as the sentence repeats them.

    >>> make_problem("http/not-found/table", "", [], ["sex"], name="sez").message
    'No such table: “sez”. Did you mean sex?'
    """
    text = add_suggestions(make_message(code, **params).render(), near)
    return RequestProblem(code.split("/")[1], text, parameter, suggestions)


def make_http_error(
    status: int, code: str, headers: Sequence[tuple[str, str]] = (), /, **params: Parameter
) -> HttpError:
    """Return a refusal with the problem of one entry of the catalogue."""
    return HttpError(status, [make_problem(code, **params)], headers)


def add_suggestions(text: str, suggestions: Sequence[str]) -> str:
    """Return a message with the values or names that may have been meant.

    >>> add_suggestions("“sez” is not a column.", ["sex"])
    '“sez” is not a column. Did you mean sex?'
    """
    if not suggestions:
        return text
    return make_message("http/near", text=text, names=" or ".join(suggestions)).render()


def build_http_error(
    status: int, code: str, message: str, headers: Sequence[tuple[str, str]] = ()
) -> HttpError:
    """Return a refusal with one problem."""
    return HttpError(status, [RequestProblem(code, message)], headers)


def describe_query_refusal(error: QueryRefusedError) -> HttpError:
    """Return the answer to a query that the database may not finish now: 503, try again later."""
    return build_http_error(503, error.code, error.message, [("retry-after", "30")])


def render_problem_json(error: HttpError, base: str = "") -> bytes:
    """Return the refusal as application/problem+json; `base` stands before links to the site.

    `type` leads to the explanation of the first problem; `problems` lists them all.
    """
    first_problem = error.problems[0]
    document: dict[str, Any] = {
        "type": f"{base}/api#{first_problem.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": first_problem.message
        if len(error.problems) == 1
        else _summarise_problems(error.problems),
        "problems": [_render_members(problem) for problem in error.problems],
        **error.members,
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _render_members(problem: RequestProblem) -> dict[str, Any]:
    """Return the members of one problem; those without a value are left out."""
    members = {
        "code": problem.code,
        "message": problem.message,
        "parameter": problem.parameter,
        "near": problem.suggestions,
    }
    return {name: value for name, value in members.items() if value}


def render_for_program(
    path: str, error: HttpError, accept: str, base: str = ""
) -> tuple[str, bytes] | None:
    """Media type and body of a refusal as programs read it (RFC 9457); None where a person does.

    Below /api, and of the catalogue, that is always so. Elsewhere a browser gets a page, and
    whoever asks for JSON or for a file gets the document.
    """
    prefixes = ("/api/", "/openapi", "/catalog", "/dump/", "/oai", "/odata", "/sdmx/")
    is_api = path.startswith(prefixes)
    is_file = "." in path.rsplit("/", 1)[-1]
    is_program = "text/html" not in accept and (is_file or "json" in accept)
    return (MEDIA_TYPE, render_problem_json(error, base)) if is_api or is_program else None


PROBLEM_CODES = {
    HTTPStatus.BAD_REQUEST: "bad-value",
    HTTPStatus.FORBIDDEN: "closed",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.SERVICE_UNAVAILABLE: "too-slow",
}
"""The codes of problems that Datasette reports, by their status."""


def build_datasette_error(status: int, text: str) -> HttpError:
    """Return an error of Datasette's as a refusal of ours."""
    code = PROBLEM_CODES.get(HTTPStatus(status), "fault" if status >= 500 else "bad-value")
    return build_http_error(status, code, text)


def _summarise_problems(problems: Sequence[RequestProblem]) -> str:
    names = dict.fromkeys(problem.parameter for problem in problems if problem.parameter)
    return f"{len(problems)} problems found: {', '.join(names)}." if names else str(len(problems))
