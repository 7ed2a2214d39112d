"""Pages that are texts: what the hub is, how it writes, how accessible it is."""

from __future__ import annotations

from evidencehub.domain.status import SYNTHETIC
from evidencehub.web.page_request import Context, PageRequest

VERIFICATION_LEVELS_SQL = f"""
select code, label, definition, language from code
where list = 'verification' and code <> '{SYNTHETIC}'
order by sort_order, code
"""
LICENCES_SQL = """
select licence, max(licence_url) as licence_url, count(*) as datasets
from dataset where synthetic = 0
group by licence
order by datasets desc, licence
limit 20
"""


def build_about_context(request: PageRequest) -> Context:
    """The levels of verification and the licences stand in the database."""
    return {
        "levels": request.db.fetch_dicts(VERIFICATION_LEVELS_SQL),
        "licences": request.db.fetch_dicts(LICENCES_SQL),
    }


def build_empty_context(_: PageRequest) -> Context:
    """A page whose template says everything."""
    return {}
