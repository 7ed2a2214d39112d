"""The parameters of a request: parsed once, and what API, pages and Datasette refuse alike."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote_plus, urlencode

from evidencehub.domain.unicode_text import compose_text
from evidencehub.formats.format import FormatUse, iter_media_types
from evidencehub.formats.sdmx_media_types import normalise_ranges
from evidencehub.http.asgi import Scope
from evidencehub.http.problem_details import (
    RequestProblem,
    add_suggestions,
    make_http_error,
    make_problem,
)
from evidencehub.http.quality_values import parse_media_ranges, parse_quality_values

MAX_PARAMETERS = 400
MAX_SUSPECTED_SLIPS = 10  # unknown names that are compared with the known ones, which takes time
SLIP_RATIO = 0.8  # how alike a name must be to a known one to be taken for a slip of the pen
MAX_SHOWN_CHARS = 80  # characters of a value that a message repeats
# the media types that any answer comes in, beside the formats of the API; others are one and
# the same to us, or a stranger could fill the cache with made-up ones
OTHER_KNOWN_MEDIA_TYPES = {
    *("application/ld+json", "application/xml", "text/xml", "application/atom+xml", "text/turtle"),
    *("text/html", "application/geo+json", "text/plain", "text/markdown", "application/csvm+json"),
    "text/tab-separated-values",
    *("application/vnd.sdmx.data+json", "application/vnd.sdmx.data+csv", "application/xhtml+xml"),
    *("application/vnd.sdmx.structure+json", "*/*", "application/*", "text/*"),
}
CODE_LIST_PATH = re.compile("/codes/[^/]+")
"""The address of a code list: a page for browsers, linked data for programs that ask for it."""
OTHER_MEDIA_TYPE = "application/x-unknown"
NEGOTIATED_PREFIXES = ("/api/v1", "/catalog")
"""Below them, a path without an ending may come in several forms."""


NEGOTIATED_USES: tuple[FormatUse, ...] = ("rows", "graph")
VERSIONED_PREFIX = "/sdmx/"  # below it, versions of media types tell answers apart


@dataclass(frozen=True, slots=True)
class CanonicalRequest:
    """`params` are the parameters, ordered by name and as sent within a name."""

    path: str  # as it was sent
    params: tuple[tuple[str, str], ...]
    query: str  # the same, written in one way
    accept: str  # likewise
    is_read: bool = True  # no body came with it: its answer may be kept and asked for again

    def build_scope(self, scope: Scope) -> Scope:
        """The request as the application behind the front sees it: equal ones are the same."""
        headers = [(k, v) for k, v in scope["headers"] if k not in _DROPPED_HEADERS]
        if self.accept:
            headers.append((b"accept", self.accept.encode("latin-1")))
        return {**scope, "method": "GET", "query_string": self.query.encode(), "headers": headers}


_DROPPED_HEADERS = {
    *(b"accept", b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-match"),
    *(b"if-unmodified-since", b"if-range", b"range"),
}


def parse_query_string(query: str) -> list[tuple[str, str]]:
    """Return the parameters in their order; a plus sign is a space, as in forms.

    Letters are composed: what macOS sends for “Māori” is the same as what others send.
    Raise HttpError (400) for parameters that are not UTF-8, or too many.
    """
    try:
        fields = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeDecodeError:
        raise make_http_error(400, "http/bad-address/encoding") from None
    except ValueError:
        raise make_http_error(400, "http/bad-address", max_count=MAX_PARAMETERS) from None
    return [(compose_text(name), compose_text(value)) for name, value in fields]


def drop_foreign_params(query: str, names: Collection[str]) -> str:
    """Return a query without the parameters of others, which newsletters and adverts add.

    One whose name comes close to one of `names` stays: it is a slip, and the page will say so.

    >>> drop_foreign_params("sex=F&fbclid=IwAR0&utm_source=x&peroid=2020", ["sex", "period"])
    'sex=F&peroid=2020'
    """
    own_fields, foreign_count = [], 0
    for field in query.split("&") if query else ():
        name = unquote_plus(field.partition("=")[0])
        if name not in names:
            foreign_count += 1
            if foreign_count > MAX_SUSPECTED_SLIPS or not suggest_names(name, names, 1, SLIP_RATIO):
                continue
        own_fields.append(field)
    return "&".join(own_fields)


def parse_request(
    path: str, query: str, accept: str, names: Collection[str] | None = None
) -> CanonicalRequest:
    """Return the request in its canonical form. Raise as `parse_query_string` does.

    Where `names` are given, parameters of other names are ignored.
    """
    params = parse_query_string(query if names is None else drop_foreign_params(query, names))
    params.sort(key=lambda pair: pair[0])  # stable: the order within a name may mean something
    canonical_accept = _canonicalise_for(path, accept[:1_000])
    return CanonicalRequest(path, tuple(params), urlencode(params), canonical_accept)


def _canonicalise_for(path: str, accept: str) -> str:
    if path.startswith(VERSIONED_PREFIX):
        return canonicalise_versions(accept)
    return canonicalise_accept(accept) if is_negotiated(path) else ""


def is_negotiated(path: str) -> bool:
    """Whether the Accept header has a say; elsewhere the application does not see it."""
    if CODE_LIST_PATH.fullmatch(path):
        return True
    return path.startswith(NEGOTIATED_PREFIXES) and "." not in path.rsplit("/", 1)[-1]


@lru_cache(maxsize=512)
def canonicalise_accept(header: str) -> str:
    """An Accept header in the one way that stands for all equal ones (RFC 9110, 12.5.1).

    >>> canonicalise_accept("text/csv;q=0.4, application/json;q=0.7")
    'application/json;q=0.9, text/csv;q=0.8'
    """
    own_types = (name for use in NEGOTIATED_USES for name, _ in iter_media_types(use))
    known_media_types = OTHER_KNOWN_MEDIA_TYPES.union(own_types)
    qualities: dict[str, float] = {}
    for name, quality in parse_quality_values(header):
        known_name = name if name in known_media_types else OTHER_MEDIA_TYPE
        qualities.setdefault(known_name, min(quality, 1.0))
    ranks = sorted({quality for quality in qualities.values() if quality > 0}, reverse=True)[:9]
    order = sorted(qualities, key=lambda name: (-qualities[name], name))
    return ", ".join(f"{name};q={_format_rank(qualities[name], ranks)}" for name in order)


@lru_cache(maxsize=512)
def canonicalise_versions(header: str) -> str:
    """Return an Accept header of SDMX, whose media types have versions, in the one way for all.

    >>> canonicalise_versions("text/csv;q=0.4, application/vnd.sdmx.data+csv;version=1.0.0")
    'application/vnd.sdmx.data+csv;version=1.0.0;q=0.9, text/csv;q=0.8'
    """
    qualities: dict[str, float] = {}
    for name, version, quality in normalise_ranges(parse_media_ranges(header)):
        qualities.setdefault(f"{name};version={version}" if version else name, quality)
    ranks = sorted({quality for quality in qualities.values() if quality > 0}, reverse=True)[:9]
    # of equals the first counts, so they stay in their order
    order = sorted(qualities, key=lambda name: -qualities[name])
    return ", ".join(f"{name};q={_format_rank(qualities[name], ranks)}" for name in order)


def _format_rank(q: float, ranks: list[float]) -> str:
    if q in ranks:
        return f"0.{9 - ranks.index(q)}"
    return "0.1" if q else "0"


def group_params(params: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of each parameter, names and values in their order."""
    values_by_name: dict[str, list[str]] = {}
    for name, value in params:
        values_by_name.setdefault(name, []).append(value)
    return values_by_name


def build_unknown_parameter_problem(
    text: str, name: str, suggestions: Sequence[str] = ()
) -> RequestProblem:
    """Return the problem of a parameter that is not available; a close name is proposed."""
    message = add_suggestions(text, quote_names(suggestions))
    return RequestProblem("unknown-parameter", message, name, suggestions)


def quote_names(names: Iterable[str]) -> list[str]:
    """Return names in quotation marks, as a sentence has them."""
    return [f"“{name}”" for name in names]


def make_unknown_name_problem(
    code: str, parameter: str, name: str, allowed: Collection[str], cutoff: float = 0.5
) -> RequestProblem:
    """Return the problem of a name that is not among those allowed, with the closest of them."""
    suggestions = suggest_names(name, allowed, 3, cutoff)
    params = {"name": shorten_value(name), "allowed": ", ".join(allowed)}
    return make_problem(code, parameter, suggestions, **params)


def build_repeated_parameter_problem(name: str, count: int) -> RequestProblem:
    """Return the problem of a parameter that takes one value and has `count`."""
    return make_problem("http/repeated-parameter", name, name=name, count=count)


def suggest_names(
    name: str, candidates: Iterable[str], limit: int = 1, cutoff: float = 0.5
) -> list[str]:
    """Return the candidates that are closest to a name, the closest first."""
    return difflib.get_close_matches(name, list(candidates), limit, cutoff)


def shorten_value(text: str) -> str:
    """Return a value as a message may repeat it: no control characters, not too long."""
    printable = "".join(c if c.isprintable() else "�" for c in text)
    is_short = len(printable) <= MAX_SHOWN_CHARS
    return printable if is_short else printable[:MAX_SHOWN_CHARS] + "…"
