"""Pages that are texts: what the hub is, how it writes, how accessible it is; and its colours."""

from __future__ import annotations

from evidencehub.domain.status import SYNTHETIC
from evidencehub.store.codes import select_codes
from evidencehub.store.site_totals import select_licences
from evidencehub.web import site_settings
from evidencehub.web.page_request import Context, Document, PageRequest


def build_about_context(request: PageRequest) -> Context:
    """Return the levels of verification and the licences, which the database has."""
    levels = select_codes(request.db, "verification")
    return {
        "levels": [row for row in levels if row.code != SYNTHETIC],
        "licences": select_licences(request.db),
    }


def build_empty_context(_: PageRequest) -> Context:
    """Return nothing: the template of the page says everything."""
    return {}


def build_theme_stylesheet(request: PageRequest) -> Document:
    """Return the stylesheet of the site's own colours."""
    return Document(
        "text/css; charset=utf-8", site_settings.render_theme_css(request.site).encode()
    )
