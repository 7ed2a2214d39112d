"""How groups of people ask to be named: by whom, and when; several ways where people differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

VERIFIED = ("yes", "partial", "memory", "no")


class PreferredTerm(NamedTuple):
    """A term that an authority asks for; `avoid` has those it asks not to use, with semicolons."""

    scheme: str
    code: str
    term: str
    avoid: str = ""
    authority: str = ""
    dated: str = ""
    source: str = ""
    verified: str = ""
    note: str = ""


PREFERRED_TERM_COLUMNS = PreferredTerm._fields


def find_term_fault(term: PreferredTerm, codes: Mapping[str, Collection[str]]) -> str:
    """Return what is wrong with a term in a plain sentence; empty where nothing is.

    `codes` has the codes of each list.
    """
    name = f"The preferred term “{term.term}”"
    if term.code not in codes.get(term.scheme, ()):
        return f"{name} is for {term.scheme}:{term.code}, which does not exist."
    if not (term.term and term.authority and term.source):
        return f"{name} must say the term, the authority and the source."
    if term.verified not in VERIFIED:
        return f"{name} must be verified as one of {', '.join(VERIFIED)}."
    return ""
