"""Pages that are texts: what the hub is, how it writes, how accessible it is."""

from __future__ import annotations

from evidencehub.serve.pages.page import Context, Visit

LEVELS = """
select code, label, definition, language from code where list = 'verification' and code <> 'S'
order by sort_order, code
"""
LICENCES = """
select licence, max(licence_url) as licence_url, count(*) as datasets
from dataset where synthetic = 0
group by licence
order by datasets desc, licence
limit 20
"""


def about(visit: Visit) -> Context:
    """The levels of verification and the licences stand in the database."""
    return {"levels": visit.ask.named(LEVELS), "licences": visit.ask.named(LICENCES)}


def plain(_: Visit) -> Context:
    """A page whose template says everything."""
    return {}
