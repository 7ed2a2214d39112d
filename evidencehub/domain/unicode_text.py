"""Letters and accents in Unicode: composed as codes have them, or folded as texts are compared."""

from __future__ import annotations

import re
import unicodedata

HIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
"""Control characters but tabs and ends of lines, and those that change the direction of text."""


def compose_text(text: str) -> str:
    """Return a text with its letters and accents composed (NFC), as codes have them.

    >>> compose_text("Ma\u0304ori") == "M\u0101ori"
    True
    """
    return unicodedata.normalize("NFC", text)


def fold_text(text: str) -> str:
    """Return a text without accents and case, as words are compared.

    >>> fold_text("Māori")
    'maori'
    """
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
