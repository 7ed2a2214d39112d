"""Tables of /hub, and columns of theirs, that have another name now: old addresses redirect."""

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

NEW_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "held": {
        "figures": "observation_count",
        "known": "value_count",
        "hidden": "suppressed_count",
        "missing": "missing_count",
        "second_hand": "secondary_source_count",
    },
    "held_group": {"known": "has_value"},
    "recommendation_latest": {"since": "status_on"},
}
"""Old name of a column and its name now, by the old name of its table."""

COLUMN_PARAMETER = (
    r"_(?:sort|sort_desc|facet|facet_array|facet_date|col|nocol|filter_column(?:_\d+)?)"
)
"""Parameters of Datasette whose value is the name of a column."""

PATTERN = rf"/hub/(?P<table>{'|'.join(sorted(map(re.escape, NEW_NAMES)))})(?P<rest>[./].*)?"
"""The addresses of renamed tables, of their rows and of their files."""


def build_location(path: str, query: bytes) -> str | None:
    """Return the address that an old one leads to; None for a table that kept its name.

    >>> build_location("/hub/held.csv", b"_sort=figures&known__gt=5")
    '/hub/availability.csv?_sort=observation_count&value_count__gt=5'
    """
    match = re.fullmatch(PATTERN, path)
    if match is None:
        return None
    location = f"/hub/{NEW_NAMES[match['table']]}{quote(match['rest'] or '', safe='/.~,')}"
    text = query.decode("latin-1")
    if columns := NEW_COLUMNS.get(match["table"]):
        # a column stands where a parameter begins, or is the value of one that names columns
        old = rf"((?:^|&)(?:{COLUMN_PARAMETER}=)?)({'|'.join(columns)})(?=__|=|&|$)"
        text = re.sub(old, lambda name: name[1] + columns[name[2]], text)
    return f"{location}?{text}" if text else location
