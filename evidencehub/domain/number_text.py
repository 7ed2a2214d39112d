"""What a number may look like: groups of digits where they belong, and a unit, but nothing else.

Frictionless takes the group characters of a number away wherever they stand, and with `bareNumber`
false all that is no digit, so that `12,5` is read as 125 and `<5%` as 5. Whoever reads `<5` is told
something else than whoever reads 5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

MAX_EXACT_INTEGER = 2**53  # beyond it a floating-point number no longer tells neighbours apart
UNIT_SIGNS = ("%", "‰", "£", "$", "€", "¥", "₹", "R$")
"""What may stand before or after a number that is not bare; any other sign may change its value."""

UNIT_CHARACTERS = "".join(UNIT_SIGNS) + " \N{NO-BREAK SPACE}"
"""What those signs are made of, with the white space before them."""

_NOT_FINITE = frozenset(("nan", "inf", "+inf", "-inf", "infinity", "-infinity", "snan"))


def make_number_test(field: Mapping[str, Any]) -> Callable[[str], bool]:
    """Return the test that a text is a well-formed number of this field.

    >>> is_number = make_number_test({"type": "number", "groupChar": ",", "bareNumber": False})
    >>> [is_number(text) for text in ("1,250.5", "12,5", "12.5 %", "<5%", "12.3 b")]
    [True, False, True, False, False]
    """
    pattern = _build_pattern(
        field.get("groupChar", ""),
        field.get("decimalChar", "."),
        is_bare=field.get("bareNumber", True) is not False,
        is_whole=field.get("type") == "integer",
    )
    return lambda text: (
        pattern.fullmatch(text.strip()) is not None or text.strip().lower() in _NOT_FINITE
    )


@cache
def _build_pattern(group: str, point: str, *, is_bare: bool, is_whole: bool) -> re.Pattern[str]:
    digits = r"\d+"
    if group:
        # the second form is that of India: 12,34,567
        char = re.escape(group)
        digits = rf"(?:\d+|\d{{1,3}}(?:{char}\d{{3}})+|\d{{1,2}}(?:{char}\d{{2}})+{char}\d{{3}})"
    point = re.escape(point)
    fraction = "" if is_whole else rf"(?:{point}\d*)?(?:[eE][+-]?\d+)?"
    number = rf"(?:{digits}{fraction})" if is_whole else rf"(?:{digits}{fraction}|{point}\d+)"
    if is_bare:
        return re.compile(rf"[+-]?{number}")
    unit = rf"(?:{'|'.join(map(re.escape, UNIT_SIGNS))})?"
    return re.compile(rf"(?:[+-]?{unit}\s*|{unit}\s*[+-]?){number}\s*{unit}")
