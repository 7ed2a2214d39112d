"""The language of the pages: texts from a catalogue, numbers, days and periods as people read them.

English is the language that the texts are written in; another one is a catalogue
`evidencehub/messages/locale/<language>.po`. Two made-up ones, `en-XA` (accents and brackets) and
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

_PLACEHOLDER_OR_TAG = re.compile(r"(%\(\w+\)[sd]|<[^>]*>|%%)")
_ACCENTS = str.maketrans("aceinouyACEINOUY", "àçéîñöûýÀÇÉÎÑÖÛÝ")
PSEUDO_LANGUAGES = {"en-XA": "ltr", "en-XB": "rtl"}
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
MONTHS_PER_YEAR = 12
MAX_EXACT_VALUE = 1e15  # below this a number has digits after the point to round


class _PseudoTranslations(gettext.NullTranslations):
    """Every text in brackets and with accents: what has none was not in the catalogue."""

    def gettext(self, message: str) -> str:
        text_pieces = _PLACEHOLDER_OR_TAG.split(message)
        accented = "".join(p if i % 2 else p.translate(_ACCENTS) for i, p in enumerate(text_pieces))
        return f"⟦{accented}⟧" if message.strip() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its code (BCP 47), the direction it runs in, its texts, its number signs."""

    code: str
    direction: str
    translations: gettext.NullTranslations
    group_separator: str = ","
    decimal_separator: str = "."

    def format_number(self, value: float | None, decimals: int | None = None) -> str:
        """A number with as many decimals as it was published with; 1,234.50. None is empty.

        Without decimals: as many as it has, at most six digits of it.
        """
        if value is None:
            return ""
        if decimals is None:
            text = f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
            text = text if "e" not in text else f"{value:,f}".rstrip("0").rstrip(".")
        elif abs(value) < MAX_EXACT_VALUE:  # 4.25 is told as 4.3, as people round
            quantum = Decimal(1).scaleb(-decimals)
            text = f"{Decimal(repr(float(value))).quantize(quantum, ROUND_HALF_UP):,f}"
        else:
            text = f"{value:,.{decimals}f}"
        if not text.strip("-0.,"):
            text = text.lstrip("-")  # nothing is below nothing
        text = text.replace("-", "−")
        if (self.group_separator, self.decimal_separator) == (",", "."):
            return text
        return (
            text.replace(",", "\0")
            .replace(".", self.decimal_separator)
            .replace("\0", self.group_separator)
        )

    def format_size(self, count: int | None) -> str:
        """A number of bytes: 12 kB, 3.4 MB."""
        if count is None:
            return ""
        if count < 1_000_000:
            return f"{max(round(count / 1_000), 1)} kB"
        return f"{self.format_number(count / 1_000_000, 1)} MB"

    def format_date(self, text: str | None) -> str:
        """An ISO day, month or year in words: 2021-06-07 is 7 June 2021. None is empty."""
        date_parts = (text or "")[:10].split("-")
        match date_parts:
            case [year, month, day]:
                return f"{int(day)} {self.name_month(int(month))} {year}"
            case [year, month]:
                return f"{self.name_month(int(month))} {year}"
            case _:
                return date_parts[0]

    def name_month(self, number: int) -> str:
        """The name of a month."""
        return _list_month_names(self.code)[number - 1]

    def format_period(self, start: str | None, end: str | None) -> str:
        """A period in words, by its first and last day: 2021, April 2021 to March 2022."""
        if not start or not end:
            return self.format_date(start or end)
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        whole_years = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
        if whole_years:
            start_text, end_text = str(first.year), str(last.year)
        elif first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
            start_text = f"{self.name_month(first.month)} {first.year}"
            end_text = f"{self.name_month(last.month)} {last.year}"
        else:
            start_text, end_text = self.format_date(start), self.format_date(end)
        if start_text == end_text:
            return start_text
        range_format = self.translations.gettext("%(start)s to %(end)s")
        return range_format % {"start": start_text, "end": end_text}


@lru_cache(maxsize=8)
def _list_month_names(code: str) -> list[str]:
    from babel import Locale  # a quarter of a second that only the server needs

    try:
        locale = Locale.parse("en" if code in PSEUDO_LANGUAGES else code, sep="-")
    except ValueError:
        locale = Locale("en")
    names_by_month = locale.months["stand-alone" if code != "en" else "format"]["wide"]
    return [str(names_by_month[month]) for month in range(1, MONTHS_PER_YEAR + 1)]


def load_language(code: str) -> Language:
    """The language of a code; raises HubError where there is no catalogue of it."""
    if code in PSEUDO_LANGUAGES:
        return Language(code, PSEUDO_LANGUAGES[code], _PseudoTranslations())
    if code.split("-", maxsplit=1)[0] == "en":
        return Language(code, "ltr", gettext.NullTranslations())
    file = resources.files("evidencehub.messages").joinpath("locale", f"{code}.po")
    if not file.is_file():
        raise HubError(
            f"metadata.yaml, language: there is no translation into “{code}” "
            f"(evidencehub/messages/locale/{code}.po). Use “en”, or add it: "
            f"docs/how-to/translate.md."
        )
    from babel import Locale

    symbols: Any = Locale.parse(code, sep="-").number_symbols["latn"]
    direction = "rtl" if code.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"
    translations = _compile_catalogue(file.read_bytes())
    return Language(code, direction, translations, symbols["group"], symbols["decimal"])


def _compile_catalogue(text: bytes) -> gettext.GNUTranslations:
    """A catalogue as it stands in a .po file, compiled as it is read."""
    from babel.messages import mofile, pofile

    compiled = io.BytesIO()
    mofile.write_mo(compiled, pofile.read_po(io.BytesIO(text)))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
