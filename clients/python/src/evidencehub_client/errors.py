"""What can go wrong: a refusal of the hub with all of its problems, or no answer at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a request: `code` is stable, `near` has what may be meant."""

    code: str
    message: str
    parameter: str = ""
    near: Sequence[str] = ()


class HubError(Exception):
    """The hub did not give what was requested."""


class Refused(HubError):
    """The hub refused the request; `problems` lists everything that is wrong with it."""

    def __init__(
        self, status: int, problems: Sequence[Problem], document: Mapping[str, Any]
    ) -> None:
        self.status, self.problems, self.document = status, tuple(problems), document
        lines = [f"{p.parameter}: {p.message}" if p.parameter else p.message for p in problems]
        super().__init__("\n".join(lines) or f"The hub answered with status {status}.")


class NotFound(Refused):
    """There is nothing of this name (404)."""


class NotConvertible(Refused):
    """The values cannot be converted (409); the problems are the obstacles."""


class Withdrawn(Refused):
    """The item was withdrawn (410); `withdrawal` says why and when."""

    @property
    def withdrawal(self) -> Mapping[str, Any]:
        withdrawal: Mapping[str, Any] = self.document.get("withdrawal", {})
        return withdrawal


class CursorOutdated(Refused):
    """The data was updated between two pages (410): begin again, for the pages would not fit."""


class Unavailable(Refused):
    """The hub is too busy, also after waiting as often as the client may (429 or 503)."""


_BY_STATUS: Mapping[int, type[Refused]] = {
    404: NotFound,
    409: NotConvertible,
    410: Withdrawn,
    429: Unavailable,
    503: Unavailable,
}


def read_refusal(status: int, body: bytes) -> Refused:
    """Return the error for a response that is none of success."""
    try:
        document = json.loads(body)
        problems = [
            Problem(p["code"], p["message"], p.get("parameter", ""), tuple(p.get("near", ())))
            for p in document["problems"]
        ]
    except (ValueError, KeyError, TypeError):  # of a proxy in front of the hub, perhaps
        document, problems = {}, []
    kind = _BY_STATUS.get(status, Refused)
    if any(problem.code == "cursor-outdated" for problem in problems):
        kind = CursorOutdated
    return kind(status, problems, document)
