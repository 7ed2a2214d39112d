"""JSON documents of the catalogue: what is known, and the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def drop_empty(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that are known; no and zero are.

    >>> drop_empty({"name": "toys", "title": "", "authors": [], "rows": 0, "public": False})
    {'name': 'toys', 'rows': 0, 'public': False}
    """
    return {name: value for name, value in facts.items() if value not in ("", [], {}, (), None)}


def write_json(document: Mapping[str, Any]) -> bytes:
    """Return a document in UTF-8, a member a line."""
    return f"{json.dumps(document, ensure_ascii=False, indent=1)}\n".encode()
