"""The country of a code: the one rule by which places and classifications belong to a country."""

from __future__ import annotations

import re
from collections.abc import Iterable

SEVERAL_COUNTRIES = "INT"
_ISO_CODE = re.compile(r"[A-Z]{2}(?=-|$)")


def find_country(code: str) -> str | None:
    """Return the country of an ISO 3166 code; None if it is of several countries, or of none.

    >>> [find_country(code) for code in ("GB", "GB-EAW", "INT", "001", "")]
    ['GB', 'GB', None, None, None]
    """
    match = _ISO_CODE.match(code)
    return match.group() if match else None


def find_only_country(codes: Iterable[str]) -> str | None:
    """Return the country that all these ISO 3166 codes are of; None if there is no such country.

    >>> find_only_country(["GB", "GB-ENG"]), find_only_country(["GB", "001"])
    ('GB', None)
    """
    countries = {find_country(code) for code in codes}
    return countries.pop() if len(countries) == 1 else None
