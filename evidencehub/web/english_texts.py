"""English texts on the page of a translation that lacks them, marked as English for screen readers.

The catalogue puts two signs around a text that it lacks. Only the whole page shows where that text
stands: among words it becomes an element of its own, within a tag or a title the signs go.
"""

from __future__ import annotations

import copy
import gettext
import re
from typing import Any

import jinja2

_START, _END = "\ufdd0", "\ufdd1"  # no characters of any text: Unicode keeps them for programs
_SIGN = re.compile(f"{_START}|{_END}|%EF%B7%9[01]")  # also within an address
_PLACE = re.compile(
    rf"<(title|option|textarea|script|style|svg)\b.*?</\1>|<[^>]*>|{_START}|{_END}", re.DOTALL
)
"""What can have no element within it, tags, and the signs themselves."""


class _SignedEnglish(gettext.NullTranslations):
    """What a catalogue falls back to: the English text between two signs."""

    def gettext(self, message: str) -> str:
        return f"{_START}{message}{_END}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class _PageTemplate(jinja2.Template):
    """A template whose English texts are marked once all of it is there."""

    def render(self, *arguments: Any, **names: Any) -> str:
        return self._mark(super().render(*arguments, **names))

    async def render_async(self, *arguments: Any, **names: Any) -> str:
        return self._mark(await super().render_async(*arguments, **names))

    def _mark(self, text: str) -> str:
        is_page = (self.name or "").endswith(".html")
        return mark_english_texts(text) if is_page else _SIGN.sub("", text)


def install_translations(env: jinja2.Environment, translations: gettext.NullTranslations) -> None:
    """Give templates their texts; where there is a catalogue, what it lacks is marked as English.

    A language that is made up or is English has no catalogue, and lacks nothing.
    """
    if isinstance(translations, gettext.GNUTranslations):
        translations = copy.copy(translations)  # that of Python stays without signs
        translations.add_fallback(_SignedEnglish())
        env.template_class = _PageTemplate
    env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # of the extension


def mark_english_texts(page: str) -> str:
    r"""Return a page with elements in place of the signs.

    >>> mark_english_texts('<a title="\ufdd0Way\ufdd1">\ufdd0Way on\ufdd1</a>')
    '<a title="Way"><span lang="en" dir="ltr">Way on</span></a>'
    """
    return _PLACE.sub(_replace_sign, page)


def _replace_sign(match: re.Match[str]) -> str:
    text = match.group()
    elements = {_START: '<span lang="en" dir="ltr">', _END: "</span>"}
    return elements.get(text) or _SIGN.sub("", text)
