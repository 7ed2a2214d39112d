"""What a request asks for, read once: where, with which parameters, in which form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from evidencehub.serve.asgi import Scope
from evidencehub.serve.problem import refused

MAX_PARAMETERS = 400
# the media types that any answer comes in; others are one and the same to us, or a stranger
# could fill the cache with made-up ones
MEDIA = {
    *("application/json", "application/ld+json", "application/problem+json", "text/csv"),
    *("application/x-ndjson", "application/ndjson", "application/vnd.apache.parquet"),
    *("application/xml", "text/xml", "application/atom+xml", "text/turtle", "text/html"),
    *("application/geo+json", "text/plain", "text/markdown", "*/*", "application/*", "text/*"),
    *("application/vnd.sdmx.data+json", "application/vnd.sdmx.data+csv"),
    *("application/vnd.sdmx.structure+json", "application/csvm+json", "application/xhtml+xml"),
}
UNKNOWN = "application/x-unknown"
NEGOTIATED = ("/api/v1",)  # below these, a path without an ending may come in several forms
_QUALITY = re.compile(r"[01](\.\d{0,3})?")


@dataclass(frozen=True, slots=True)
class Asked:
    """`pairs` are the parameters, ordered by name and as sent within a name."""

    path: str  # as it was sent
    pairs: tuple[tuple[str, str], ...]
    query: str  # the same, written in one way
    accept: str  # likewise
    reads: bool = True  # no body came with it: its answer may be kept and asked for again

    def scope(self, scope: Scope) -> Scope:
        """The request as the application behind the front sees it: equal ones are the same."""
        headers = [(k, v) for k, v in scope["headers"] if k not in _HIDDEN]
        if self.accept:
            headers.append((b"accept", self.accept.encode("latin-1")))
        return {**scope, "method": "GET", "query_string": self.query.encode(), "headers": headers}


_HIDDEN = {
    *(b"accept", b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-match"),
    *(b"if-unmodified-since", b"if-range", b"range"),
}


def read(path: str, query: str, accept: str) -> Asked:
    """The request. Raises RefusedError for parameters that are no UTF-8, or too many."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeDecodeError:
        raise refused(400, "bad-address", "The parameters are not UTF-8.") from None
    except ValueError:
        text = f"There are more than {MAX_PARAMETERS} parameters."
        raise refused(400, "bad-address", text) from None
    pairs.sort(key=lambda pair: pair[0])  # stable: the order within a name may mean something
    told = accepted(accept[:1_000]) if negotiated(path) else ""
    return Asked(path, tuple(pairs), urlencode(pairs), told)


def negotiated(path: str) -> bool:
    """Whether the Accept header has a say; elsewhere the application does not see it."""
    return path.startswith(NEGOTIATED) and "." not in path.rsplit("/", 1)[-1]


@lru_cache(maxsize=512)
def accepted(header: str) -> str:
    """An Accept header in the one way that stands for all equal ones (RFC 9110, 12.5.1).

    >>> accepted("text/csv;q=0.4, application/json;q=0.7")
    'application/json;q=0.9, text/csv;q=0.8'
    """
    likes: dict[str, float] = {}
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        q = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        if name and _QUALITY.fullmatch(q):
            likes.setdefault(name if name in MEDIA else UNKNOWN, min(float(q), 1.0))
    ranks = sorted({q for q in likes.values() if q > 0}, reverse=True)[:9]
    order = sorted(likes, key=lambda name: (-likes[name], name))
    return ", ".join(f"{name};q={_rank(likes[name], ranks)}" for name in order)


def _rank(q: float, ranks: list[float]) -> str:
    if q in ranks:
        return f"0.{9 - ranks.index(q)}"
    return "0.1" if q else "0"


def parameters(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, list[str]]:
    """The values of each parameter."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
