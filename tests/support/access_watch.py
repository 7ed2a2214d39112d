"""What Python opens and connects to while something runs, by the interpreter's own audit events."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LOGS: list[int] = []  # files, since what a forked process appends to a list is lost with it
_EVENTS = ("open", "os.listdir", "os.scandir", "socket.connect", "socket.getaddrinfo")
_IS_INSTALLED: list[bool] = []


@contextmanager
def watch_access() -> Iterator[list[tuple[str, str]]]:
    """Collect event and target of every file opened, folder listed and address connected to.

    Processes forked meanwhile are watched too. The list is complete when the watch ends.
    """
    if not _IS_INSTALLED:
        sys.addaudithook(_record)  # it cannot be taken out again
        _IS_INSTALLED.append(True)
    events: list[tuple[str, str]] = []
    with tempfile.TemporaryFile("a+") as log:
        _LOGS.append(log.fileno())
        try:
            yield events
        finally:
            _LOGS.remove(log.fileno())
            log.seek(0)
            events += [(event, target) for event, target in map(json.loads, log)]


def list_forbidden(events: list[tuple[str, str]], outside: Path) -> list[tuple[str, str]]:
    """Every event of the network, and those that lead into the folder `outside`."""
    root = os.path.realpath(outside) + os.sep
    return [
        (event, target)
        for event, target in events
        if event.startswith("socket.") or os.path.realpath(target).startswith(root)
    ]


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _LOGS and event in _EVENTS:
        target = arguments[1] if event == "socket.connect" else arguments[0]
        told = os.fsdecode(target) if _is_path(target) else repr(target)
        for log in _LOGS:
            os.write(log, f"{json.dumps([event, told])}\n".encode())


def _is_path(target: Any) -> bool:
    return isinstance(target, str | bytes | os.PathLike)
