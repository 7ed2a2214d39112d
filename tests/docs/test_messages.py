"""Is every text of the site one that can be translated?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from tests.support import translation_catalogue

READ = ("aria-label", "title", "alt", "placeholder", "data-label", "label")
APART = {"code", "pre", "script", "textarea"}  # samples for programs
NAMES = {
    **dict.fromkeys(
        ("CSV", "JSON", "XLSX", "ODS", "ZIP", "SVG", "PNG", "Parquet"), "a format's own name"
    ),
    **dict.fromkeys(("BibTeX", "RIS", "CSL"), "a format's own name"),
    "API": "the same in every language",
}
_PLACE = "\x00"  # where an expression stood
_STRING = "\x01"  # where a string stood
_SIGN = re.compile(r"\[[a-z]\]|[?&]\w+=")  # marks such as [c], options of an address
_WORD = re.compile(r"[^\W\d_]+")
_TWO = re.compile(r"\b[A-Z]?[a-z]{2,} [a-z]{2,}\b")


class Reader(HTMLParser):
    """Collects the words that a visitor would read or hear."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[tuple[int, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in APART:
            self._open.append(tag)
        for name, value in attrs:
            if name in READ and value:
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        words = [word for word in _WORD.findall(_SIGN.sub(" ", data)) if word not in NAMES]
        if words and not self._open:
            self.told.append((self.getpos()[0], " ".join(words)))


def plain(source: str) -> str:
    """The HTML of a template without what Jinja does, lines kept; texts to translate left out."""
    kept: list[str] = []
    names: list[str] = []  # of the tag that is being read
    within = False
    for _, kind, text in jinja2.Environment(autoescape=True).lex(source):
        if kind in ("data", "raw_data") and not within:
            kept.append(text)
            continue
        if kind in ("block_begin", "variable_begin"):
            names = []
        elif kind == "name":
            names.append(text)
        elif kind == "variable_end" and not within:
            kept.append(_PLACE)
        elif kind == "block_end":
            starts = names[0] == "trans" or names == ["block", "body_class"]  # classes are no words
            within = starts or (within and names[0] not in ("endtrans", "endblock"))
            kept.append(" ")
        kept.append("\n" * text.count("\n"))
    return "".join(kept)


def untranslated(path: Path) -> Iterator[str]:
    reader = Reader()
    reader.feed(plain(path.read_text("utf-8")))
    reader.close()
    for line, words in reader.told:
        yield f"{path.name}, line {line}: {words}"


def bare(path: Path) -> Iterator[str]:
    """Sentences inside of Jinja's tags that are given to no catalogue."""
    before: list[str] = []
    for line, kind, text in jinja2.Environment(autoescape=True).lex(path.read_text("utf-8")):
        if kind == "string" and before[-1:] == [_STRING]:
            continue  # Jinja joins strings that follow each other: they are one text
        if kind == "string" and _TWO.search(text) and before[-2:] != ["_", "("]:
            key = before[-1:] in (["{"], [","])  # the key of a dict names data
            if not key:
                yield f"{path.name}, line {line}: {text}"
        if kind != "whitespace":
            before.append(_STRING if kind == "string" else text)


def test_the_catalogue_for_translators_is_what_the_templates_say_now() -> None:
    assert (
        translation_catalogue.CATALOGUE_FILE.read_text("utf-8")
        == translation_catalogue.build_catalogue()
    ), "Run `make messages`."


def test_a_text_has_the_same_plural_wherever_it_stands() -> None:
    # a catalogue keeps one of them, and its names would be missing where the other one stands
    texts = {text for _, text in translation_catalogue.extract_messages()}
    singulars = [text if isinstance(text, str) else text[0] for text in texts]
    assert {text for text in singulars if singulars.count(text) > 1} == set()


@pytest.mark.parametrize("path", translation_catalogue.list_templates(), ids=lambda path: path.name)
def test_a_plural_is_chosen_by_a_number(path: Path) -> None:
    # Jinja takes the first name: a language with many plurals fails on one that is a text
    blocks = re.findall(r"{%-? *trans\b(.*?)%}(.*?)endtrans", path.read_text("utf-8"), re.DOTALL)
    heads = [head.replace("trimmed", "").split() for head, body in blocks if "{% pluralize" in body]
    assert [head for head in heads if not head or not re.match(r"count\b", head[0])] == []


@pytest.mark.parametrize("path", translation_catalogue.list_templates(), ids=lambda path: path.name)
def test_every_text_of_a_template_can_be_translated(path: Path) -> None:
    found = [*untranslated(path), *bare(path)]
    assert not found, "Put these into {% trans %} or _():\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{% trans %}Hello{% endtrans %}</p>", []),
        ("<p>{% trans n=1 %}{{ n }} row{% pluralize %}{{ n }} rows{% endtrans %}</p>", []),
        ('<p aria-label="Where">{{ x }}</p>', ["Where"]),
        ('<p aria-label="{{ _("Where") }}">CSV</p>', []),
        ("<p>{% if x %}yes{% else %}no{% endif %}</p>", ["yes no"]),
        ("<pre>curl</pre><p>JSON of</p>", ["of"]),
        ("{# a remark #}<p>3.2</p>", []),
    ],
)
def test_letters_outside_of_texts_are_found(source: str, found: list[str], tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    path.write_text(source, "utf-8")
    assert [told.split(": ")[1] for told in untranslated(path)] == found


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('{{ _("Two words") }}', []),
        ('{{ _("Two words " "and more words") }}', []),
        ('{{ "Two words " "and more words" }}', [1]),
        ('{% set a = {"two words": _("Two words")} %}\n{{ a or "Two words" }}', [2]),
    ],
)
def test_texts_without_a_catalogue_are_found(source: str, lines: list[int], tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    path.write_text(source, "utf-8")
    assert [text.split(": ")[0] for text in bare(path)] == [f"one.html, line {n}" for n in lines]
