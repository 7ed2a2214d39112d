"""The language of the pages: texts from a catalogue, numbers, days and periods as people read them.

English is the language that the texts are written in; another one is a catalogue
`evidencehub/serve/locale/<language>.po`. Two made-up ones, `en-XA` (accents and brackets) and
`en-XB` (the same, from right to left), show what a translation would miss.
"""

from __future__ import annotations

import gettext
import io
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from evidencehub.errors import HubError

_KEPT = re.compile(r"(%\(\w+\)[sd]|<[^>]*>|%%)")
_ACCENTS = str.maketrans("aceinouyACEINOUY", "àçéîñöûýÀÇÉÎÑÖÛÝ")
PSEUDO = {"en-XA": "ltr", "en-XB": "rtl"}
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
MONTHS = 12
EXACT = 1e15  # below this a number has digits after the point to round


class _Pseudo(gettext.NullTranslations):
    """Every text in brackets and with accents: what has none was not in the catalogue."""

    def gettext(self, message: str) -> str:
        parts = _KEPT.split(message)
        told = "".join(p if i % 2 else p.translate(_ACCENTS) for i, p in enumerate(parts))
        return f"⟦{told}⟧" if message.strip() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its code (BCP 47), the direction it runs in, its texts, its number signs."""

    code: str
    direction: str
    texts: gettext.NullTranslations
    group: str = ","
    point: str = "."

    def number(self, value: float | None, decimals: int | None = None) -> str:
        """A number with as many decimals as it was published with; 1,234.50. None is empty.

        Without decimals: as many as it has, at most six digits of it.
        """
        if value is None:
            return ""
        if decimals is None:
            text = f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
            text = text if "e" not in text else f"{value:,f}".rstrip("0").rstrip(".")
        elif abs(value) < EXACT:  # 4.25 is told as 4.3, as people round
            one = Decimal(1).scaleb(-decimals)
            text = f"{Decimal(repr(float(value))).quantize(one, ROUND_HALF_UP):,f}"
        else:
            text = f"{value:,.{decimals}f}"
        if not text.strip("-0.,"):
            text = text.lstrip("-")  # nothing is below nothing
        text = text.replace("-", "−")
        if (self.group, self.point) == (",", "."):
            return text
        return text.replace(",", "\0").replace(".", self.point).replace("\0", self.group)

    def size(self, count: int | None) -> str:
        """A number of bytes: 12 kB, 3.4 MB."""
        if count is None:
            return ""
        if count < 1_000_000:
            return f"{max(round(count / 1_000), 1)} kB"
        return f"{self.number(count / 1_000_000, 1)} MB"

    def day(self, text: str | None) -> str:
        """An ISO day, month or year in words: 2021-06-07 is 7 June 2021. None is empty."""
        parts = (text or "")[:10].split("-")
        match parts:
            case [year, month, day]:
                return f"{int(day)} {self.month(int(month))} {year}"
            case [year, month]:
                return f"{self.month(int(month))} {year}"
            case _:
                return parts[0]

    def month(self, number: int) -> str:
        """The name of a month."""
        return _months(self.code)[number - 1]

    def period(self, start: str | None, end: str | None) -> str:
        """A period in words, by its first and last day: 2021, April 2021 to March 2022."""
        if not start or not end:
            return self.day(start or end)
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        whole_years = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
        if whole_years:
            one, other = str(first.year), str(last.year)
        elif first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
            one = f"{self.month(first.month)} {first.year}"
            other = f"{self.month(last.month)} {last.year}"
        else:
            one, other = self.day(start), self.day(end)
        if one == other:
            return one
        between = self.texts.gettext("%(start)s to %(end)s")
        return between % {"start": one, "end": other}


@lru_cache(maxsize=8)
def _months(code: str) -> list[str]:
    from babel import Locale  # a quarter of a second that only the server needs

    try:
        locale = Locale.parse("en" if code in PSEUDO else code, sep="-")
    except ValueError:
        locale = Locale("en")
    names = locale.months["stand-alone" if code != "en" else "format"]["wide"]
    return [str(names[month]) for month in range(1, MONTHS + 1)]


def read(code: str) -> Language:
    """The language of a code; raises HubError where there is no catalogue of it."""
    if code in PSEUDO:
        return Language(code, PSEUDO[code], _Pseudo())
    if code.split("-", maxsplit=1)[0] == "en":
        return Language(code, "ltr", gettext.NullTranslations())
    file = resources.files("evidencehub.serve").joinpath("locale", f"{code}.po")
    if not file.is_file():
        raise HubError(
            f"metadata.yaml, language: there is no translation into “{code}” "
            f"(evidencehub/serve/locale/{code}.po). Use “en”, or add it: docs/how-to/translate.md."
        )
    from babel import Locale

    symbols: Any = Locale.parse(code, sep="-").number_symbols["latn"]
    direction = "rtl" if code.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"
    texts = _catalogue(file.read_bytes())
    return Language(code, direction, texts, symbols["group"], symbols["decimal"])


def _catalogue(text: bytes) -> gettext.GNUTranslations:
    """A catalogue as it stands in a .po file, compiled as it is read."""
    from babel.messages import mofile, pofile

    compiled = io.BytesIO()
    mofile.write_mo(compiled, pofile.read_po(io.BytesIO(text)))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
