"""Pages that are texts: what the hub is, how it writes, how accessible it is."""

from __future__ import annotations

from evidencehub.store.codes import select_codes
from evidencehub.store.datasets import select_licences
from evidencehub.web.page_request import Context, PageRequest

SYNTHETIC_LEVEL = "S"  # the level of verification of what is made up for teaching


def build_about_context(request: PageRequest) -> Context:
    """Return the levels of verification and the licences, which the database has."""
    levels = select_codes(request.db, "verification")
    return {
        "levels": [row for row in levels if row.code != SYNTHETIC_LEVEL],
        "licences": select_licences(request.db),
    }


def build_empty_context(_: PageRequest) -> Context:
    """Return nothing: the template of the page says everything."""
    return {}
