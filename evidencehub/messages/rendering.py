"""Messages as data: a code with parameters, whose sentence is an entry of the catalogue."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidencehub.messages import crosswalk, inequality

TEMPLATES: Mapping[str, str] = {**crosswalk.TEMPLATES, **inequality.TEMPLATES}
"""Every message by its code; parameters stand in braces."""

_ENGLISH = gettext.NullTranslations()

Parameter = str | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message by its code and parameters; two alike are equal, so repeats can be dropped."""

    code: str
    params: tuple[tuple[str, Parameter], ...] = ()

    def render(self, translations: gettext.NullTranslations = _ENGLISH) -> str:
        """Return the sentence; raise KeyError for a code or parameter that does not exist."""
        template = translations.gettext(TEMPLATES[self.code])
        return template.format_map({name: _format_parameter(value) for name, value in self.params})


def make_message(code: str, /, **params: Parameter) -> Message:
    """Return the message of this code with its named parameters."""
    return Message(code, tuple(params.items()))


def _format_parameter(value: Parameter) -> Parameter:
    return join_words(value) if isinstance(value, tuple) else value


def join_words(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: “a, b and c”."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
