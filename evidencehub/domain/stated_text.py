"""What a person wrote where a text is asked for: an answer, a name, an address, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NON_ANSWERS = frozenset((
    "", "-", "--", "–", "—", "?", ".", "n/a", "na", "none", "nil", "null", "nobody", "not given",
    "not stated", "not known", "not applicable", "unknown", "unstated", "i do not know",
    "i don't know", "don't know", "do not know",
))  # fmt: skip
_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
_WEB_ADDRESS = re.compile(r"https?://|www\.|mailto:", re.IGNORECASE)
PUBLISHER_ROLE = "publisher"
MAX_TITLE_LENGTH = 300  # characters


def is_stated(text: object) -> bool:
    """Return whether a text says anything; “n/a” and “unknown” say nothing.

    >>> is_stated("Toy Office"), is_stated(" N/A "), is_stated(None)
    (True, False, False)
    """
    return isinstance(text, str) and " ".join(text.split()).casefold() not in _NON_ANSWERS


def has_address(text: str) -> bool:
    """Return whether an e-mail or web address stands in a text, which makes it no name.

    >>> has_address("Toy Office <toys@example.org>"), has_address("Toys @ Home")
    (True, False)
    """
    return bool(_EMAIL.search(text) or _WEB_ADDRESS.search(text))


def is_email(text: str) -> bool:
    """Return whether a text is an e-mail address and nothing else.

    >>> is_email("toys@example.org"), is_email("Toys, toys@example.org")
    (True, False)
    """
    return _EMAIL.fullmatch(text.strip()) is not None


def find_contributor_name(contributor: Mapping[str, Any]) -> str:
    """Return how a contributor of a Data Package is named, empty where it is not.

    >>> find_contributor_name({"givenName": "Ann", "familyName": "Toy"})
    'Ann Toy'
    """
    person = " ".join(
        str(contributor[key]) for key in ("givenName", "familyName") if contributor.get(key)
    )
    names = (contributor.get("title"), person, contributor.get("organization"))
    return next((str(name).strip() for name in names if is_stated(name)), "")


def find_publisher(descriptor: Mapping[str, Any]) -> str | None:
    """Return the name of the first publisher that a descriptor names; an address is no name."""
    entries = descriptor.get("contributors")
    for entry in entries if isinstance(entries, list) else ():
        name = find_contributor_name(entry) if is_publisher(entry) else ""
        if name and not has_address(name):
            return name
    return None


def is_publisher(contributor: object) -> bool:
    """Return whether a contributor publishes the package, by `roles` or the older `role`."""
    if not isinstance(contributor, Mapping):
        return False
    return PUBLISHER_ROLE in contributor.get("roles", [contributor.get("role")])
