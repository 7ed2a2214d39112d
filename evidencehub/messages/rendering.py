"""Messages as data: a code with parameters, whose sentence is an entry of the catalogue."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evidencehub.messages import (
    answer,
    api,
    cell_types,
    check,
    comparability,
    crosswalk,
    findings,
    http,
    inequality,
    protocols,
    sdmx,
    source,
    structure,
)

TEMPLATES: Mapping[str, str] = {
    **check.TEMPLATES,
    **structure.TEMPLATES,
    **cell_types.TEMPLATES,
    **findings.TEMPLATES,
    **source.TEMPLATES,
    **comparability.TEMPLATES,
    **crosswalk.TEMPLATES,
    **api.TEMPLATES,
    **answer.TEMPLATES,
    **http.TEMPLATES,
    **inequality.TEMPLATES,
    **sdmx.TEMPLATES,
    **protocols.TEMPLATES,
}
"""Every message by its code; parameters stand in braces."""
IN_WORDS = "-in-words"
"""The ending of the code of what a page says instead: words for what has a name in the API."""

_ENGLISH = gettext.NullTranslations()

Parameter: TypeAlias = "str | int | float | Message | tuple[str | Message, ...]"


@dataclass(frozen=True, slots=True)
class Message:
    """A message by its code and parameters; two alike are equal, so repeats can be dropped.

    Its template is that of the catalogue, unless its own row in a table of rules has one.
    `proposal` is, of a spelling without a meaning, the code that a map could give it: empty where
    none is near, None where a map is no help.
    """

    code: str
    params: tuple[tuple[str, Parameter], ...] = ()
    template: str = ""
    proposal: str | None = None

    def render(
        self, translations: gettext.NullTranslations = _ENGLISH, *, in_words: bool = False
    ) -> str:
        """Return the sentence; raise KeyError for a code or parameter that does not exist.

        With `in_words` it is the one for pages, if the message has one of its own.
        """

        def format_parameter(value: Parameter) -> str | float:
            if isinstance(value, Message):
                return value.render(translations, in_words=in_words)
            if isinstance(value, tuple):
                return join_words([str(format_parameter(part)) for part in value], translations)
            return value

        code = self.code + IN_WORDS if in_words and self.code + IN_WORDS in TEMPLATES else self.code
        template = translations.gettext(self.template or TEMPLATES[code])
        return template.format_map({name: format_parameter(value) for name, value in self.params})


def make_message(code: str, /, **params: Parameter) -> Message:
    """Return the message of this code with its named parameters."""
    return Message(code, tuple(params.items()))


def join_words(words: Sequence[str], translations: gettext.NullTranslations = _ENGLISH) -> str:
    """Return words as a list in a sentence: “a, b and c”."""
    if len(words) < 2:
        return "".join(words)
    template = translations.gettext("{words} and {last_word}")
    return template.format(words=", ".join(words[:-1]), last_word=words[-1])
