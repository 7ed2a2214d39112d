"""Does each translation say what the English texts say, as far as a program can see?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages import Catalog, Message

from tests.support import translation_catalogue

TRANSLATIONS = translation_catalogue.list_translations()
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_TAG = re.compile(r"<[^>]*>")
_LOOSE_PERCENT = re.compile(r"%(?!%|\(\w+\)[sd])")


def list_faults(message: Message, plural_count: int) -> list[str]:
    """What is wrong with a translation: names, tags and signs that are not those of the English."""
    english, texts = _as_list(message.id), _as_list(message.string)
    faults = [] if len(texts) == (plural_count if len(english) > 1 else 1) else ["plural forms"]
    names = [set(_PLACEHOLDER.findall(text)) for text in english]
    for text in texts:
        text_names = set(_PLACEHOLDER.findall(text))
        faults += sorted(text_names - names[-1])
        # the form for one may say its number in words
        faults += sorted(set.intersection(*names) - text_names)
        faults += (
            ["tags"] if sorted(_TAG.findall(text)) != sorted(_TAG.findall(english[-1])) else []
        )
        if "python-format" in message.flags:
            faults += _LOOSE_PERCENT.findall(text.replace("%%", ""))
    if not any(set(_PLACEHOLDER.findall(text)) >= names[-1] for text in texts):
        faults.append("no form has all names")
    return faults


def _as_list(text: str | Sequence[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.fixture(params=TRANSLATIONS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_translated_text_has_the_names_tags_and_plural_forms_of_the_english_one(
    path: Path,
) -> None:
    translation = translation_catalogue.read_catalogue(path)
    translated = translation_catalogue.list_translated(translation)
    faults = {str(m.id): list_faults(m, translation.num_plurals) for m in translated}
    assert {text: found for text, found in faults.items() if found} == {}
    assert len(translated) > 100


def test_no_translated_text_is_unknown_to_the_site(path: Path) -> None:
    translation = translation_catalogue.read_catalogue(path)
    site = translation_catalogue.read_catalogue(translation_catalogue.CATALOGUE_FILE)
    assert translation_catalogue.list_unknown_texts(translation, site) == []


def test_the_guide_says_how_much_is_translated() -> None:
    guide = translation_catalogue.GUIDE_FILE.read_text("utf-8")
    assert guide == translation_catalogue.render_guide(), "Run `make messages`."
    assert all(f"`{path.name}`" in guide for path in TRANSLATIONS)


@pytest.mark.parametrize(
    ("english", "translated", "faults"),
    [
        ("%(n)s hens", "%(n)s iâr", []),
        ("%(n)s hens of %(who)s", "%(who)s: %(n)s iâr", []),
        ("%(n)s hens", "%(m)s iâr", ["%(m)s", "%(n)s", "no form has all names"]),
        ("{row} is empty", "{rhes}", ["{rhes}", "{row}", "no form has all names"]),
        ("<b>No</b> hen", "<b>Dim</b> iâr", []),
        ("<b>No</b> hen", "Dim iâr", ["tags"]),
        ("5%% of %(n)s", "5% o %(n)s", ["%"]),
        (("One hen", "%(n)s hens"), ("Un iâr", "%(n)s iâr"), []),
        (("One hen", "%(n)s hens"), ("Un iâr",), ["plural forms", "no form has all names"]),
        (("A hen of %(who)s", "%(n)s hens of %(who)s"), ("Iâr", "%(n)s iâr %(who)s"), ["%(who)s"]),
    ],
)
def test_a_wrong_translation_is_noticed(
    english: str | tuple[str, ...], translated: str | tuple[str, ...], faults: list[str]
) -> None:
    message = Message(english, translated, flags=["python-format"])
    assert list_faults(message, 2) == faults


def test_a_text_that_the_site_no_longer_has_is_listed() -> None:
    site, translation = Catalog(), Catalog()
    site.add(("One hen", "%(n)s hens"))
    site.add("A hen house")
    translation.add(("One hen", "%(n)s hens"), ("Un iâr", "%(n)s iâr"))
    translation.add(("One hen ", "%(n)s cocks"), ("Un iâr", "%(n)s ceiliog"))
    translation.add("A fox", "Llwynog")
    translation.add("A duck", "")  # not translated, so nothing is lost
    assert translation_catalogue.list_unknown_texts(translation, site) == [
        "One hen  / %(n)s cocks",
        "A fox",
    ]
