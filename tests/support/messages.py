"""The texts of the site for translators: `python -m tests.support.messages` writes hub.pot.

It is drawn from the templates and from what Python asks a catalogue for. It has no dates and no
line numbers, so that it changes only when a text does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from tests.support.dataset import ROOT

POT = ROOT / "evidencehub" / "serve" / "locale" / "hub.pot"
TEMPLATES = ROOT / "templates"
CODE = ROOT / "evidencehub" / "serve"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
HEADER = """\
# Texts of the evidence hub. Written by `make messages`: change the templates, not this file.
#
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def templates() -> list[Path]:
    """Every template of the site."""
    return sorted(path for path in TEMPLATES.iterdir() if path.suffix in (".html", ".svg"))


def pot() -> str:
    """The catalogue of all texts, without a translation."""
    catalogue = Catalog(charset="utf-8")
    for place, message in _messages():
        catalogue.add(message, locations=[(place, 0)])
    written = io.BytesIO()
    write_po(written, catalogue, sort_output=True, omit_header=True, include_lineno=False)
    return HEADER + written.getvalue().decode()


def _messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    options = {"trimmed": "false", "newstyle_gettext": "true", "silent": "false"}
    for path in templates():
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["_", "gettext", "ngettext"], [], options):
                yield _from(path), _one(message)
    for path in sorted(CODE.rglob("*.py")):
        with path.open("rb") as file:
            for _, message, _, _ in extract("python", file, KEYWORDS):
                yield _from(path), _one(message)


def _one(message: str | tuple[str | None, ...]) -> str | tuple[str, str]:
    """A text, or a text and its plural, without the numbers that follow them."""
    if isinstance(message, str):
        return message
    told = [part for part in message if isinstance(part, str)]
    return (told[0], told[1]) if len(told) > 1 else told[0]


def _from(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    POT.parent.mkdir(exist_ok=True)
    POT.write_text(pot(), "utf-8", newline="\n")
