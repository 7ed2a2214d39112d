"""Letters and accents in Unicode: composed as codes have them, or folded as texts are compared."""

from __future__ import annotations

import unicodedata


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
