"""What Python opens and connects to while something runs, by the interpreter's own audit events."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WATCHERS: list[list[tuple[str, str]]] = []
_EVENTS = ("open", "os.listdir", "os.scandir", "socket.connect", "socket.getaddrinfo")
_IS_INSTALLED: list[bool] = []


@contextmanager
def watch_access() -> Iterator[list[tuple[str, str]]]:
    """Collect event and target of every file opened, folder listed and address connected to."""
    if not _IS_INSTALLED:
        sys.addaudithook(_record)  # it cannot be taken out again
        _IS_INSTALLED.append(True)
    events: list[tuple[str, str]] = []
    _WATCHERS.append(events)
    try:
        yield events
    finally:
        _WATCHERS.remove(events)


def list_forbidden(events: list[tuple[str, str]], outside: Path) -> list[tuple[str, str]]:
    """Every event of the network, and those that lead into the folder `outside`."""
    root = os.path.realpath(outside) + os.sep
    return [
        (event, target)
        for event, target in events
        if event.startswith("socket.") or os.path.realpath(target).startswith(root)
    ]


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _WATCHERS and event in _EVENTS:
        target = arguments[1] if event == "socket.connect" else arguments[0]
        for events in _WATCHERS:
            events.append((event, os.fsdecode(target) if _is_path(target) else repr(target)))


def _is_path(target: Any) -> bool:
    return isinstance(target, str | bytes | os.PathLike)
