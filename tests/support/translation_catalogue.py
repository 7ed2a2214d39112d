"""The texts of the site for translators: `python -m tests.support.translation_catalogue` writes hub.pot.

It also says which texts of a translation are no longer on the site, and writes into the guide for
translators how much of each translation there is.

It is drawn from the templates of pages and of messages, from what Python asks a catalogue for,
and from the headings of spreadsheets (the first argument of TextColumn). It has no dates and no
line numbers, so that it changes only when a text does.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from evidencehub.check.rules import RULES
from evidencehub.messages import rendering
from tests.support.dataset_builder import PROJECT_ROOT

CATALOGUE_FILE = PROJECT_ROOT / "evidencehub" / "messages" / "locale" / "hub.pot"
GUIDE_FILE = PROJECT_ROOT / "docs" / "how-to" / "translate.md"
_HEAD_OF_TRANSLATIONS = "| language | file | state | translated |\n| --- | --- | --- | --- |\n"
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


def list_translations() -> list[Path]:
    """The catalogue of every language that the site can be switched to."""
    return sorted(CATALOGUE_FILE.parent.glob("*.po"))


def read_catalogue(path: Path) -> Catalog:
    """A catalogue as it stands in its file."""
    return read_po(io.BytesIO(path.read_bytes()))


def list_translated(catalogue: Catalog) -> list[Message]:
    """What a catalogue has a translation of; an empty text and a doubtful one are none."""
    return [
        message
        for message in catalogue
        if message.id and not message.fuzzy and all(_list_texts(message.string))
    ]


def list_unknown_texts(translation: Catalog, catalogue: Catalog) -> list[str]:
    """The texts that are translated and are not, or no longer, among those of the site."""
    texts = [_list_texts(message.id) for message in list_translated(translation)]
    site_texts = [_list_texts(message.id) for message in catalogue]
    return [" / ".join(text) for text in texts if text not in site_texts]


def _list_texts(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def render_guide() -> str:
    """The guide for translators, with a row for each translation: its state and its share."""
    text_count = len(list(read_catalogue(CATALOGUE_FILE))) - 1  # without the header
    rows = ""
    for path in list_translations():
        translation = read_catalogue(path)
        share = round(100 * len(list_translated(translation)) / text_count)
        language = Locale.parse(path.stem, sep="-").get_display_name("en")
        state = "draft" if translation.fuzzy else "read by speakers"
        rows += f"| {language} | `{path.name}` | {state} | {share}% of the texts |\n"
    guide = GUIDE_FILE.read_text("utf-8")
    return re.sub(rf"(?<={re.escape(_HEAD_OF_TRANSLATIONS)})(\|.*\n)*", lambda _: rows, guide)


def list_templates() -> list[Path]:
    """Every template of the site."""
    return sorted(path for path in TEMPLATES.iterdir() if path.suffix in (".html", ".svg"))


def build_catalogue() -> str:
    """The catalogue of all texts, without a translation."""
    catalogue = Catalog(charset="utf-8")
    for origin, message in extract_messages():
        catalogue.add(message, locations=[(origin, 0)])
    written = io.BytesIO()
    write_po(written, catalogue, sort_output=True, omit_header=True, include_lineno=False)
    return CATALOGUE_HEADER + written.getvalue().decode()


def extract_messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Every text of the site, or a text and its plural, with the file that it stands in."""
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
    GUIDE_FILE.write_text(render_guide(), "utf-8", newline="\n")
    for path in list_translations():
        for text in list_unknown_texts(read_catalogue(path), read_catalogue(CATALOGUE_FILE)):
            print(f"{path.name}: no longer a text of the site: {text}")
