"""What a client is told when it cannot be served: RFC 9457, every fault at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: its stable code, what and what would be right, and where.

    `parameter` is the name of the parameter, or a JSON pointer into the body. `near` are the
    known values that come closest.
    """

    code: str
    message: str
    parameter: str = ""
    near: Sequence[str] = ()


class RefusedError(Exception):
    """A request that cannot be served as it was asked; carries all of its faults."""

    def __init__(
        self, status: int, faults: Iterable[Fault], headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.status, self.faults, self.headers = status, tuple(faults), tuple(headers)
        super().__init__(" ".join(fault.message for fault in self.faults))


def refused(
    status: int, code: str, message: str, headers: Sequence[tuple[str, str]] = ()
) -> RefusedError:
    """A refusal for one reason."""
    return RefusedError(status, [Fault(code, message)], headers)


def body(error: RefusedError) -> bytes:
    """The refusal as application/problem+json.

    `type` leads to the explanation of the first fault; `problems` lists them all.
    """
    first = error.faults[0]
    told: dict[str, Any] = {
        "type": f"/api#{first.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": first.message if len(error.faults) == 1 else _several(error.faults),
        "problems": [
            {key: value for key, value in asdict(fault).items() if value} for fault in error.faults
        ],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def told(path: str, error: RefusedError) -> tuple[str, bytes] | None:
    """Media type and body of a refusal as programs read it; None where a person does.

    Below /api that is RFC 9457; a JSON file of Datasette keeps the form of Datasette's errors.
    """
    if path.startswith(("/api/", "/openapi")):
        return TYPE, body(error)
    if path.endswith(".json"):
        shown = {"ok": False, "error": str(error), "status": error.status, "title": None}
        return "application/json; charset=utf-8", json.dumps(shown, ensure_ascii=False).encode()
    if path.endswith((".csv", ".gz", ".parquet")):
        return "text/plain; charset=utf-8", f"{error}\n".encode()
    return None


def _several(faults: Sequence[Fault]) -> str:
    names = dict.fromkeys(fault.parameter for fault in faults if fault.parameter)
    return f"{len(faults)} problems, with {', '.join(names)}." if names else str(len(faults))
