"""Tables of /hub that have another name now: their old addresses lead to the new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

NEW_NAMES: Mapping[str, str] = {
    "change": "change_note",
    "conversion": "scheme_conversion",
    "country": "dataset_country",
    "held": "availability",
    "held_back": "row_exclusion",
    "held_group": "group_availability",
    "other": "observation_dimension",
    "recommendation_latest": "recommendation_status",
    "search_word": "search_vocabulary",
}
"""Old name of a table or view, and its name now."""

PATTERN = rf"/hub/(?P<table>{'|'.join(sorted(map(re.escape, NEW_NAMES)))})(?P<rest>[./].*)?"
"""The addresses of renamed tables, of their rows and of their files."""


def build_location(path: str, query: bytes) -> str | None:
    """Return the address that an old one leads to; None for a table that kept its name.

    >>> build_location("/hub/held.csv", b"_size=5")
    '/hub/availability.csv?_size=5'
    """
    match = re.fullmatch(PATTERN, path)
    if match is None:
        return None
    location = f"/hub/{NEW_NAMES[match['table']]}{quote(match['rest'] or '', safe='/.~,')}"
    return f"{location}?{query.decode('latin-1')}" if query else location
