"""The texts of the site for translators: `python -m tests.support.translation_catalogue` writes hub.pot.

It is drawn from the templates of pages and of messages, from what Python asks a catalogue for,
and from the headings of spreadsheets (the first argument of TextColumn). It has no dates and no
line numbers, so that it changes only when a text does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from evidencehub.check.rules import RULES
from evidencehub.messages import rendering
from tests.support.dataset_builder import PROJECT_ROOT

CATALOGUE_FILE = PROJECT_ROOT / "evidencehub" / "messages" / "locale" / "hub.pot"
TEMPLATES = PROJECT_ROOT / "templates"
CODE_ROOT = PROJECT_ROOT / "evidencehub"
GETTEXT_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "TextColumn": (1,)}
CATALOGUE_HEADER = """\
# Texts of the evidence hub. Written by `make messages`: change the templates, not this file.
#
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def list_templates() -> list[Path]:
    """Every template of the site."""
    return sorted(path for path in TEMPLATES.iterdir() if path.suffix in (".html", ".svg"))


def build_catalogue() -> str:
    """The catalogue of all texts, without a translation."""
    catalogue = Catalog(charset="utf-8")
    for origin, message in _extract_messages():
        catalogue.add(message, locations=[(origin, 0)])
    written = io.BytesIO()
    write_po(written, catalogue, sort_output=True, omit_header=True, include_lineno=False)
    return CATALOGUE_HEADER + written.getvalue().decode()


def _extract_messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    options = {"trimmed": "false", "newstyle_gettext": "true", "silent": "false"}
    for path in list_templates():
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["_", "gettext", "ngettext"], [], options):
                yield _get_relative_path(path), _drop_numbers(message)
    for path in sorted(CODE_ROOT.rglob("*.py")):
        with path.open("rb") as file:
            for _, message, _, _ in extract("python", file, GETTEXT_KEYWORDS):
                yield _get_relative_path(path), _drop_numbers(message)
    for path in sorted((CODE_ROOT / "messages").glob("*.py")):
        module = import_module(f"evidencehub.messages.{path.stem}")
        if module is not rendering:
            for template in getattr(module, "TEMPLATES", {}).values():
                yield _get_relative_path(path), template
    for rule in RULES:
        for condition in rule.conditions:
            yield "evidencehub/check/rules/__init__.py", condition.template


def _drop_numbers(message: str | tuple[str | None, ...]) -> str | tuple[str, str]:
    """A text, or a text and its plural, without the numbers that follow them."""
    if isinstance(message, str):
        return message
    texts = [text for text in message if isinstance(text, str)]
    return (texts[0], texts[1]) if len(texts) > 1 else texts[0]


def _get_relative_path(path: Path) -> str:
    return path.relative_to(PROJECT_ROOT).as_posix()


if __name__ == "__main__":
    CATALOGUE_FILE.parent.mkdir(exist_ok=True)
    CATALOGUE_FILE.write_text(build_catalogue(), "utf-8", newline="\n")
