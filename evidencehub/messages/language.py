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
from typing import TYPE_CHECKING

from evidencehub.errors import HubError

if TYPE_CHECKING:
    from babel import Locale

_PLACEHOLDER_OR_TAG = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|<[^>]*>|%%)")
_ACCENTS = str.maketrans("aceinouyACEINOUY", "àçéîñöûýÀÇÉÎÑÖÛÝ")
PSEUDO_LANGUAGES = {"en-XA": "ltr", "en-XB": "rtl"}
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
DAYS_OF_YEAR = 366  # of a leap year
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
    """A language: its code (BCP 47), the direction it runs in, its texts.

    A translation that no speaker of the language has read yet `is_draft`.
    """

    code: str
    direction: str
    translations: gettext.NullTranslations
    is_draft: bool = False

    @property
    def draft_notes(self) -> list[tuple[str, str]]:
        """What a page says of a draft: in the language and in English, each with its code."""
        texts = [(self.code, self.translations), ("en", gettext.NullTranslations())]
        return [
            (
                code,
                translations.gettext(
                    "This translation is a draft: no speaker of the language has read it yet. "
                    "What is not translated is in English."
                ),
            )
            for code, translations in texts[: 2 * self.is_draft]
        ]

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
        return text if _is_english(self.code) else _localise_number(text, self.code)

    def format_size(self, count: int | None) -> str:
        """A number of bytes: 12 kB, 3.4 MB."""
        if count is None:
            return ""
        if count < 1_000_000:
            return f"{max(round(count / 1_000), 1)} kB"
        return f"{self.format_number(count / 1_000_000, 1)} MB"

    def format_date(self, text: str | None) -> str:
        """An ISO day, month or year in words: 2021-06-07 is 7 June 2021. None is empty."""
        return _format_iso_date((text or "")[:10], self.code)

    def format_period(self, start: str | None, end: str | None) -> str:
        """A period in words, by its first and last day: 2021, April 2021 to March 2022."""
        if not start or not end:
            return self.format_date(start or end)
        start_text, end_text = self._name_ends(start, end)
        if start_text == end_text:
            return start_text
        range_format = self.translations.gettext("%(start)s to %(end)s")
        return range_format % {"start": start_text, "end": end_text}

    def has_two_ends(self, start: str, end: str) -> bool:
        """Return whether a period is told by its two ends, and not as one year, month or day.

        >>> load_language("en").has_two_ends("2021-01-01", "2021-12-31")
        False
        """
        first_name, last_name = self._name_ends(start, end)
        return first_name != last_name

    def _name_ends(self, start: str, end: str) -> tuple[str, str]:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        whole_years = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
        if whole_years:
            return str(first.year), str(last.year)
        if first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
            return self.format_date(start[:7]), self.format_date(end[:7])
        return self.format_date(start), self.format_date(end)

    def format_short_period(self, start: str, end: str) -> str:
        """A period as an axis has it: 2021, 2016/17 for twelve months, 2016–18 for longer.

        Over the end of a century the last year is whole: 1998–2002.

        >>> load_language("en").format_short_period("2022-04-01", "2023-03-31")
        '2022/23'
        """
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        if first.year == last.year:
            is_whole_year = start[5:] == "01-01" and end[5:] == "12-31"
            return start[:4] if is_whole_year else self.format_period(start, end)
        sign = "/" if (last - first).days <= DAYS_OF_YEAR else "–"
        return f"{start[:4]}{sign}{end[2:4] if start[:2] == end[:2] else end[:4]}"


def _is_english(code: str) -> bool:
    return code in PSEUDO_LANGUAGES or code.split("-", maxsplit=1)[0] == "en"


@lru_cache(maxsize=8)
def _parse_locale(code: str) -> Locale:
    """The locale whose dates and numbers a language has: English writes them as in Britain."""
    from babel import Locale  # a quarter of a second that only the server needs

    try:
        return Locale.parse("en-GB" if code in {"en", *PSEUDO_LANGUAGES} else code, sep="-")
    except ValueError:
        return Locale("en", "GB")


def name_language(code: str) -> str:
    """Return the name of a language in that language; empty for a code that is none.

    >>> name_language("cy"), name_language("x-klingon")
    ('Cymraeg', '')
    """
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code, sep="-").get_display_name() or ""
    except (ValueError, UnknownLocaleError):
        return ""


@lru_cache(maxsize=4096)
def _format_iso_date(text: str, code: str) -> str:
    """An ISO day, month or year as the Unicode CLDR has it for the language."""
    from babel.dates import format_date, format_skeleton

    match text.split("-"):
        case [year, month, day]:
            moment = date(int(year), int(month), int(day))
            return str(format_date(moment, "long", _parse_locale(code)))
        case [year, month]:
            moment = date(int(year), int(month), 1)
            return str(format_skeleton("yMMMM", moment, locale=_parse_locale(code)))
        case _:
            return text


def _localise_number(english: str, code: str) -> str:
    """A number as English writes it (1,234.50, −3) with the signs and groups of the language."""
    from babel.numbers import format_decimal

    number = Decimal(english.replace(",", "").replace("−", "-"))
    _, _, digits = english.partition(".")
    locale = _parse_locale(code)
    pattern = str(locale.decimal_formats[None].pattern).partition(".")[0]
    pattern += f".{'0' * len(digits)}" if digits else ""
    localised = format_decimal(number, pattern, locale, numbering_system="latn")
    return str(localised).replace("-", "−")


def load_language(code: str) -> Language:
    """The language of a code; raises HubError where there is no catalogue of it."""
    if code in PSEUDO_LANGUAGES:
        return Language(code, PSEUDO_LANGUAGES[code], _PseudoTranslations())
    if _is_english(code):
        return Language(code, "ltr", gettext.NullTranslations())
    file = resources.files("evidencehub.messages").joinpath("locale", f"{code}.po")
    if not file.is_file():
        raise HubError(
            f"metadata.yaml, language: there is no translation into “{code}” "
            f"(evidencehub/messages/locale/{code}.po). Use “en”, or add it: "
            f"docs/how-to/translate.md."
        )
    direction = "rtl" if code.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"
    return Language(code, direction, *_compile_catalogue(file.read_bytes()))


def _compile_catalogue(text: bytes) -> tuple[gettext.GNUTranslations, bool]:
    """A catalogue as it stands in a .po file, compiled as it is read, and whether it is a draft.

    A draft is one whose header is marked `fuzzy`, as gettext has it for what awaits a reader.
    """
    from babel.messages import mofile, pofile

    catalogue = pofile.read_po(io.BytesIO(text))
    for message in list(catalogue):
        if message.pluralizable and not all(message.string or ()):
            catalogue.delete(message.id)  # its empty forms would be English in the other words
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled), catalogue.fuzzy
