"""On what ground a figure of a source may be used, told from the terms that its row states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evidencehub.domain.licences import LicenceList

LICENCE_BASES: Mapping[str, str] = {
    "publisher-licence": "the publisher's own open licence, or the public domain, was seen",
    "licence-not-confirmed": "an open licence is expected of the publisher; it was not seen",
    "facts": "the terms were not seen or do not allow reuse; single figures are taken as facts",
    "hub-text": "the facts are told in the hub's own words",
    "not-stated": "nobody stated any terms",
}
"""The grounds, from the surest; a licence of a dataset covers what the hub itself wrote."""
_RULES = (
    ("facts", r"\bas (a )?facts?\b|\bfacts? (is|are) taken\b"),
    ("hub-text", r"\bin our own words\b"),
    (
        "licence-not-confirmed",
        r"\bnot (seen|confirmed|noted)\b|\b(thought|expected|usual|likely|standard)\b",
    ),
    ("not-stated", r"^not (stated|known|recorded)\b|^unknown\b"),
    (
        "publisher-licence",
        (
            r"\b(cc[ -]?(by|0)|creative commons|open government licence|ogl|public domain|odc|odbl"
            r"|pddl|work of the united states government)\b"
        ),
    ),
)
"""Read from the top: a text that names a licence and says that it was not seen has none."""
_RESTRICTED = re.compile(
    r"\bby-nc\b|\b(non-?commercial|no derivatives|all rights)\b", re.IGNORECASE
)


def find_licence_basis(terms: str | None, licences: LicenceList) -> str:
    """Return the ground on which a source's figures are used, a code of LICENCE_BASES.

    Only terms that name an open licence, and do not say that it was not seen, count as one.

    >>> from evidencehub.domain.licences import Licence
    >>> known = LicenceList([Licence("MIT", "MIT License", commercial="yes", changes="yes")])
    >>> [find_licence_basis(terms, known) for terms in ("MIT", "CC BY is thought likely.", None)]
    ['publisher-licence', 'licence-not-confirmed', 'not-stated']
    """
    text = (terms or "").casefold()
    basis = next((name for name, pattern in _RULES if re.search(pattern, text)), "not-stated")
    licence = licences.recognise(text)
    if basis in ("publisher-licence", "not-stated") and licence is not None:
        return "publisher-licence" if licence.is_open else "not-stated"
    is_open = basis == "publisher-licence" and not _RESTRICTED.search(text)
    return basis if is_open or basis != "publisher-licence" else "not-stated"


def find_licence_bases(terms: Iterable[str | None], licences: LicenceList) -> list[str]:
    """Return the ground of each of several sources."""
    return [find_licence_basis(text, licences) for text in terms]


def is_covered(bases: Iterable[str]) -> bool:
    """True where the licence of a dataset covers every value: its sources permit it themselves."""
    return all(basis == "publisher-licence" for basis in bases)


def find_licence_url(terms: str | None, licences: LicenceList) -> str | None:
    """Return the address of the open licence that terms name first; None where they name none."""
    licence = licences.recognise(terms or "")
    is_seen = find_licence_basis(terms, licences) == "publisher-licence"
    return licence.url or None if licence is not None and is_seen else None
