"""What the API says of rows that it sends: whom to credit, what is left out; code to template."""

from __future__ import annotations

TEMPLATES = {
    "answer/attribution": "{title}. {publisher}. Version {version}. Licence: {licence}.",
    "answer/attribution-without-publisher": "{title}. Version {version}. Licence: {licence}.",
    "answer/near-without": "Without “{name}”: {count} matching rows.",
    "answer/near-with": "With {use} in place of “{name}”: {count} matching rows.",
    "answer/left-out-synthetic-row": (
        "1 row that matches is synthetic and is left out. Name its dataset or indicator to get it."
    ),
    "answer/left-out-synthetic": (
        "{count} rows that match are synthetic and are left out. "
        "Name their dataset or indicator to get them."
    ),
}
