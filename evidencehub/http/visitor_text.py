"""What a log may hold of a request: our own words, and nothing that a visitor typed."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from itertools import islice, starmap
from urllib.parse import unquote_plus

OTHER = "?"  # stands for what is no word of ours
MAX_LOGGED_PARAMETERS = 30
_NUMBERED = re.compile(r"_\d{1,2}$")


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Our own words: names of parameters, segments of paths, datasets, operators of filters.

    >>> names = KnownNames(frozenset({"sex"}), frozenset({"api", "v1", "gaps"}), endings=("csv",))
    >>> names.shorten_path("/api/v1/gaps.csv"), names.shorten_path("/api/v1/9434765919")
    ('/api/v1/gaps.csv', '/api/v1/?')
    >>> names.shorten_query(b"sex=F&nhs-number-9434765919=1")
    b'sex&?'
    """

    parameters: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    prefix: str = ""

    def shorten_path(self, path: str) -> str:
        """Return a path in which every segment that is no word of ours is replaced."""
        segments = path.removeprefix(self.prefix).split("/")
        return "/".join(part if self._is_own_segment(part) else OTHER for part in segments)

    def shorten_query(self, query: bytes) -> bytes:
        """Return the names of the parameters of a query, those of others replaced, and datasets.

        A value may be about a person, and so may what was typed where a name belongs.
        """
        fields = [field for field in query.decode("latin-1").split("&") if field]
        pairs = (map(unquote_plus, field.partition("=")[::2]) for field in fields)
        return "&".join(starmap(self._shorten_field, islice(pairs, MAX_LOGGED_PARAMETERS))).encode()

    def shorten_request(
        self, method: str, path: str, query: bytes, status: int
    ) -> tuple[str, str, bytes, int]:
        """Return a request as a log may hold it. A path that was answered is one of ours."""
        is_answered = method != "OPTIONS" and (status < 300 or status == 304)
        path = path.removeprefix(self.prefix) if is_answered else self.shorten_path(path)
        return method, path, self.shorten_query(query), status

    def _shorten_field(self, name: str, value: str) -> str:
        if not self._is_own_parameter(name):
            return OTHER
        return f"{name}={value}" if name == "dataset" and value in self.datasets else name

    def _is_own_segment(self, segment: str) -> bool:
        name, _, ending = segment.partition(".")
        own_words = self.segments | self.datasets
        return not segment or segment in own_words or (name in own_words and ending in self.endings)

    def _is_own_parameter(self, name: str) -> bool:
        column, _, operator = name.rpartition("__")
        return (
            name in self.parameters
            or _NUMBERED.sub("", name) in self.parameters
            or (column in self.parameters and operator in self.operators)
        )


class BrokenOffError(Exception):
    """A response ended before it was whole; what went wrong is in the log already."""


def describe_fault(error: BaseException) -> str:
    """Return where an exception was raised and of which type; its text may repeat a visitor's."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    cause = error.__cause__ or error.__context__
    reason = f": {error.strerror}" if isinstance(error, OSError) else ""
    return f"{describe_fault(cause) if cause else ''}{frames}{type(error).__name__}{reason}\n"
