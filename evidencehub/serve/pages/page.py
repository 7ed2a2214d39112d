"""What a page is: an address, the options it takes, and the function that fills its template."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from evidencehub.serve.api.known import Known
from evidencehub.serve.database import Reader
from evidencehub.serve.http import asked
from evidencehub.serve.pages.site import Site
from evidencehub.serve.problem import Fault, RefusedError, refused

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page is asked.

    `ask` reads the database, `place` are the parts of the address, `given` the options that have
    a value, `build` is the folder of the build that is served, `home` the address of the site
    without a slash at its end, `known` what the API knows of the build.
    """

    ask: Reader
    place: Mapping[str, str]
    given: Mapping[str, str]
    site: Site
    build: Path
    home: str
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that is no page: a file of its own type, under a name when it is to be saved.

    `body` is the file, or a function that takes its time to make it, or the parts of a file
    that may be large.
    """

    content_type: str
    body: bytes | Callable[[], bytes] | Iterator[bytes]
    name: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with it: its name, in the signs that every system can save."""
        name = re.sub("[^A-Za-z0-9._-]", "_", self.name)
        return {"content-disposition": f'attachment; filename="{name}"'} if name else {}


@dataclass(frozen=True, slots=True)
class Page:
    """An address (a regular expression with named groups) and what answers there.

    `make` gives the context of `template`; without a template it gives a Document. Options
    that are not in `options` are refused. What a template draws as SVG is sent as PNG where
    that is the content type. Only an `embeddable` page may stand in the frame of another site.
    """

    path: str
    make: Callable[[Visit], Any]
    template: str = ""
    options: tuple[str, ...] = ()
    content_type: str = "text/html; charset=utf-8"
    embeddable: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One field of a form: its name, its choices as (value, label), and the chosen value.

    `total` is how many choices there would be, where not all are among them.
    """

    name: str
    label: str
    choices: Sequence[tuple[str, str]] = field(default_factory=list)
    chosen: str = ""
    total: int = 0


def given(page: Page, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The options that a visitor has set; an empty field of a form is one that is not set.

    Raises RefusedError (400) for options that the page does not have, and for repeated ones.
    """
    faults: list[Fault] = []
    told = asked.parameters(tuple(pairs))
    for name, values in told.items():
        if name not in page.options:
            near = difflib.get_close_matches(name, page.options, 1, 0.6)
            text = f"This page has no option “{name[:60]}”."
            meant = f" Did you mean “{near[0]}”?" if near else ""
            faults.append(Fault("unknown-parameter", text + meant, name, near))
        elif len(values) > 1:
            text = f"“{name}” is there {len(values)} times."
            faults.append(Fault("repeated-parameter", text, name))
    if faults:
        raise RefusedError(400, faults)
    return {name: values[0] for name, values in told.items() if values[0]}


def missing(what: str) -> RefusedError:
    """There is no such thing to show a page of (404)."""
    return refused(404, "not-found", f"There is no {what} here.")


def no_choice(name: str, value: str) -> RefusedError:
    """An option has a value that is none of its choices (400)."""
    text = f"“{value[:60]}” is no choice for “{name}” on this page."
    return RefusedError(400, [Fault("unknown-value", text, name)])


def chosen(visit: Visit, name: str, choices: Sequence[str], default: str) -> str:
    """The value of an option, or its default; raises RefusedError (400) for any other."""
    value = visit.given.get(name, default)
    if name in visit.given and value not in choices:
        raise no_choice(name, value)
    return value


def path(*parts: str) -> str:
    """The address of a page, from its parts: /indicators/a:b from “indicators” and “a:b”.

    A slash, a backslash and % within a part would be refused at the door: a tilde tells them.

    >>> path("groups", "toys", "a/b c")
    '/groups/toys/a~2Fb%20c'
    """
    return "/" + "/".join(_TILDE.sub(_tilde, quote(part, safe=":~,")) for part in parts)


_TILDE = re.compile("~|%2F|%5C|%25")


def _tilde(sign: re.Match[str]) -> str:
    return "~" + (sign.group()[1:] or "7E")


IDENTIFIER = r"(?:[A-Za-z0-9_~:.,!$&'()*+;=@-]|%[0-9A-Fa-f]{2})+"
"""One part of an address: the gate takes any text as an identifier, and `path` encodes it."""


_TOLD = re.compile("~(2F|5C|25|7E)")


def named(parts: Mapping[str, str]) -> dict[str, str]:
    """The parts of an address as they were before `path`; raises RefusedError (404) for no text.

    >>> named({"code": "18%2B"})
    {'code': '18+'}
    """
    try:
        return {
            name: unquote(_TOLD.sub(r"%\1", part), errors="strict") for name, part in parts.items()
        }
    except UnicodeDecodeError:
        raise missing("page") from None


def compiled(page: Page) -> re.Pattern[str]:
    """The address of a page as an expression that takes the whole path."""
    return re.compile(f"^{page.path}$")
