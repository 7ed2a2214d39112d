"""Dates of a publication or of a search: they do not say of which time a finding is."""

from __future__ import annotations

import re

from evidencehub.statements.text_periods import TextPeriod

# one document: several may be what a finding counts, such as the reports of a year
_TEXT = (
    r"(?:article|paper|preprint|report|review|publication|editorial|commentary|guidelines?|"
    r"guidance|inquiry|enquiry|(?:web)?page|press\s+release)"
)
_DOCUMENT = rf"(?:{_TEXT}|book|chapter|letter|statement|strategy|plan|policy|recommendation)"
_UPDATED_TEXT = rf"(?:{_TEXT}|statistics|data\s?set)"  # “statistics of 2021” are about that year
_ISSUED = r"(?:issued|released|updated|revised|posted|printed|accessed|downloaded|checked|seen)"
_ADVERB = r"(?:first|last|again|online|later|also)"
_BE = r"(?:is|are|was|were|been|has|have|had)"
_SEARCH = r"(?:made|done|run|for|for\s+this\s+\w+)"
_BY = r"\s+by\s+(?:[^\W\d]+\s+){0,4}[^\W\d]+"

_PUBLISHED = re.compile(
    rf"\bpublished(?:{_BY})?(?:\s+{_ADVERB})*(?:\s+(?:on|in))?\s+$"
    rf"|\b{_DOCUMENT}\s+(?:of|from|dated)\s+$"
    rf"|\b{_UPDATED_TEXT}(?:\s+(?:that|which))?(?:\s+(?:{_BE}|{_ADVERB}))*\s+{_ISSUED}\s+(?:on|in)\s+$"
    rf"|\blooked\s+(?:for|up)(?:\s+{_ADVERB})*\s+(?:on|in|until|up\s+to)\s+$"
    rf"|\bsearch(?:ed|es)?(?:\s+(?:{_BE}|{_ADVERB}|{_SEARCH}))*\s+(?:on|in|of|until|up\s+to|to)\s+$",
    re.IGNORECASE,
)
_READ = re.compile(rf"\bread(?:\s+{_ADVERB})*\s+(?:on|in)\s+$", re.IGNORECASE)


def is_publication_date(text: str, period: TextPeriod) -> bool:
    """Return true for a date on which something was published, looked for or read.

    >>> from evidencehub.statements.text_periods import find_periods
    >>> text = "An article of 2004, read on 29 November 2026, has a rate for 1999."
    >>> [is_publication_date(text, period) for period in find_periods(text)]
    [True, True, False]
    """
    if period.first[0] != period.last[0] or (period.has_start and not period.is_year):
        return False  # no moment: what a document covers
    if _PUBLISHED.search(text, 0, period.start):
        return True
    return not period.is_year and _READ.search(text, 0, period.start) is not None
