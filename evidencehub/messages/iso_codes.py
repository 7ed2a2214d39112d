"""Codes of countries and languages in the longer forms that catalogues of others use."""

from __future__ import annotations

from functools import cache

_ALPHA_3 = 3  # letters
_BIBLIOGRAPHIC_CODES = {
    *("alb", "arm", "baq", "bur", "chi", "cze", "dut", "fre", "geo", "ger"),
    *("gre", "ice", "mac", "mao", "may", "per", "rum", "slo", "tib", "wel"),
}
"""The other three-letter codes of twenty languages (ISO 639-2/B), which ISO 639-3 has not."""


def find_country_alpha3(code: str) -> str:
    """Return the three letters (ISO 3166-1) of a country given by two; empty for what is none.

    >>> find_country_alpha3("GB"), find_country_alpha3("001")
    ('GBR', '')
    """
    return _invert_aliases("territory_aliases").get(code, "")


def find_language_alpha3(code: str) -> str:
    """Return the three letters (ISO 639-3) of a language given by its tag; empty for what is none.

    >>> find_language_alpha3("en-GB"), find_language_alpha3("mi")
    ('eng', 'mri')
    """
    return _invert_aliases("language_aliases").get(code.partition("-")[0], "")


@cache
def _invert_aliases(name: str) -> dict[str, str]:
    """Return the three-letter codes that CLDR has as other names of shorter ones."""
    from babel.core import get_global  # a quarter of a second that only a build needs

    codes: dict[str, str] = {}
    for alias, value in sorted(get_global(name).items()):  # type: ignore[arg-type]  # a name of many
        short = value if isinstance(value, str) else value[0]
        is_alpha_3 = len(alias) == _ALPHA_3 and alias.isalpha() and len(short) < _ALPHA_3
        if is_alpha_3 and alias not in _BIBLIOGRAPHIC_CODES:
            codes.setdefault(short, alias)
    return codes
