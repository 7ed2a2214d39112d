"""A page as data: its address, its options, and the function that fills its template."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from evidencehub.domain import page_addresses
from evidencehub.http import parameters
from evidencehub.http.body_parts import PartedBody
from evidencehub.http.file_names import build_file_name, format_disposition
from evidencehub.http.problem_details import HttpError, RequestProblem, build_http_error
from evidencehub.messages.language import Language, load_language
from evidencehub.store.codes import CodeRow
from evidencehub.store.database import RowReader
from evidencehub.store.reference_data import ReferenceData
from evidencehub.web.site_settings import SiteSettings

Context = dict[str, Any]
Row = TypeVar("Row")
ENGLISH = load_language("en")
REARRANGING_OPTIONS = ("order", "sort", "chart")
"""Options that show the same rows in another order or form."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page.

    `db` reads the database, `path_params` are the identifiers in the path, `options` the options
    that have a value, `build_folder` is the folder of the build that is served, `base_url` the
    address of the site without a slash at its end, `reference_data` are the values that the API
    accepts, `language` the language of the site: its texts, numbers and days. `accept` is the
    header of that name, where the address has several forms.
    """

    db: RowReader
    path_params: Mapping[str, str]
    options: Mapping[str, str]
    site: SiteSettings
    build_folder: Path
    base_url: str
    reference_data: ReferenceData | None = None
    language: Language = ENGLISH
    accept: str = ""

    @property
    def translations(self) -> gettext.NullTranslations:
        """The texts in the language of the site."""
        return self.language.translations

    @property
    def query(self) -> str:
        """The options as the end of an address, the same in whatever order they came."""
        return build_query(self.options)

    @property
    def queries(self) -> dict[str, str]:
        """What templates put at the end of an address of this very page.

        `canonical_query` has what makes it another page: not what shows the same otherwise.
        """
        distinguishing_options = {
            n: value for n, value in self.options.items() if n not in REARRANGING_OPTIONS
        }
        return {"current_query": self.query, "canonical_query": build_query(distinguishing_options)}


def build_query(options: Mapping[str, str]) -> str:
    """Return options as the end of an address, in the order of their names; empty without any.

    >>> build_query({"family": "a b", "area": "GB"})
    '?area=GB&family=a+b'
    """
    return f"?{urlencode(sorted(options.items()))}" if options else ""


@dataclass(frozen=True, slots=True)
class Document:
    """A response that is not a page: a file of its own type, with a name where it is to be saved.

    `body` is the file, or a function that takes long to make it or lay it out, whose parts are
    then sent from where they are; such a file has an entity tag of its own, `etag`. `vary` names
    the headers of the request that it depends on, `links` what belongs to it (RFC 8288).
    """

    content_type: str
    body: bytes | Callable[[], bytes | PartedBody]
    file_name: str = ""
    etag: str = ""
    vary: str = ""
    links: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response besides its type, those that have a value."""
        name = re.sub("[^A-Za-z0-9._-]", "_", self.file_name)
        disposition = f'attachment; filename="{name}"' if name else ""
        headers = {
            "content-disposition": disposition,
            "etag": self.etag,
            "vary": self.vary,
            "link": self.links,
        }
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True, slots=True)
class PageRoute:
    """An address (a regular expression with named groups) and what responds there.

    `handler` returns the context of `template`; without a template it returns a Document. Options
    that are not in `options` are refused. What a template draws as SVG is sent as PNG where
    that is the content type. Other sites may frame a page only where it `is_embeddable`.
    `cache_control` is for one that is not kept as others are. `file_ending` is that of a picture,
    which `file_stem` in its context names.
    """

    pattern: str
    handler: Callable[[PageRequest], Any]
    template: str = ""
    options: tuple[str, ...] = ()
    content_type: str = "text/html; charset=utf-8"
    is_embeddable: bool = False
    cache_control: str = ""
    file_ending: str = ""

    def build_headers(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Return the headers beyond the content type, as far as the context of a page tells them.

        They say who may frame it, what it links to (`LINKS`), and the name of a picture without
        its ending (`file_stem`), for whoever saves what a browser shows.
        """
        headers = {
            "content-security-policy": "frame-ancestors *" if self.is_embeddable else "",
            "cache-control": self.cache_control,
            "link": context.get(LINKS, ""),
        }
        if "file_stem" in context:
            name = build_file_name(context["file_stem"], ending=self.file_ending)
            headers |= [format_disposition(name, is_attachment=False)]
        return {name: value for name, value in headers.items() if value}


LINKS = "link_header"  # of a context: the header of that name that the page has of its own


def parse_options(page: PageRoute, query: str) -> dict[str, str]:
    """Return the options that a visitor has set; an empty field of a form is not set.

    Raise HttpError (400) for options that the page does not have, and for repeated ones.
    """
    problems: list[RequestProblem] = []
    values_by_name = parameters.group_params(parameters.parse_query_string(query))
    for name, values in values_by_name.items():
        if name not in page.options:
            suggestions = parameters.suggest_names(name, page.options, cutoff=0.6)
            text = f"This page has no option “{name[:60]}”."
            problems.append(parameters.build_unknown_parameter_problem(text, name, suggestions))
        elif len(values) > 1:
            problems.append(parameters.build_repeated_parameter_problem(name, len(values)))
    if problems:
        raise HttpError(400, problems)
    return {name: values[0] for name, values in values_by_name.items() if values[0]}


def create_not_found_error(subject: str) -> HttpError:
    """Return the error for a page that does not exist (404)."""
    return build_http_error(404, "not-found", f"There is no {subject} here.")


def require_row(row: Row | None, subject: str) -> Row:
    """Return what a page is about; raise HttpError (404) if there is nothing of this name."""
    if row is None:
        raise create_not_found_error(subject)
    return row


def create_invalid_option_error(name: str, value: str) -> HttpError:
    """Return the error for a value that is not among the choices of an option (400)."""
    text = f"“{value[:60]}” is no choice for “{name}” on this page."
    return HttpError(400, [RequestProblem("unknown-value", text, name)])


def read_option(request: PageRequest, name: str, choices: Sequence[str], default: str) -> str:
    """Return the value of an option, or its default; raise HttpError (400) for any other."""
    value = request.options.get(name, default)
    if name in request.options and value not in choices:
        raise create_invalid_option_error(name, value)
    return value


def read_code(request: PageRequest, name: str, codes: Iterable[CodeRow]) -> str:
    """Return the code that an option has, or nothing; raise HttpError (400) for any other."""
    return read_option(request, name, [row.code for row in codes], "")


def parse_path_params(path_params: Mapping[str, str]) -> dict[str, str]:
    """Return the identifiers in a path; raise HttpError (404) where they are not text."""
    try:
        return page_addresses.decode_path_params(path_params)
    except UnicodeDecodeError:
        raise create_not_found_error("page") from None


def compile_pattern(page: PageRoute) -> re.Pattern[str]:
    """Return the address of a page as an expression that matches the whole path."""
    return re.compile(f"^{page.pattern}$")
