"""What a catalogue lacks stands in English on the page, and the page says that it is English."""

from __future__ import annotations

import asyncio
import gettext
import io

import jinja2
import pytest
from babel.messages import Catalog, mofile

from evidencehub.messages.language import load_language
from evidencehub.web import english_texts


def render(source: str, translations: gettext.NullTranslations, name: str = "hens.html") -> str:
    env = jinja2.Environment(
        loader=jinja2.DictLoader({name: source}),
        autoescape=True,
        enable_async=True,
        extensions=["jinja2.ext.i18n"],
    )
    english_texts.install_translations(env, translations)
    return asyncio.run(env.get_template(name).render_async(who="<Ann>"))


@pytest.fixture
def welsh() -> gettext.NullTranslations:
    catalogue = Catalog(locale="cy")
    catalogue.add("Hen", "Iâr")
    catalogue.add("Egg", "Egg")  # the same word, and translated
    written = io.BytesIO()
    mofile.write_mo(written, catalogue)
    written.seek(0)
    return gettext.GNUTranslations(written)


MARK = '<span lang="en" dir="ltr">'


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ('<p>{{ _("Hen") }} {{ _("Egg") }}</p>', "<p>Iâr Egg</p>"),
        ('<p>{{ _("Fox") }}</p>', f"<p>{MARK}Fox</span></p>"),
        ('<a title="{{ _("Fox") }}">{{ _("Hen") }}</a>', '<a title="Fox">Iâr</a>'),
        ('<title>{{ _("Fox") }}</title>', "<title>Fox</title>"),
        (
            '<select><option>{{ _("Fox") }}</option></select>',
            "<select><option>Fox</option></select>",
        ),
        ('<svg><text>{{ _("Fox") }}</text></svg>', "<svg><text>Fox</text></svg>"),
        ('<a href="/?q={{ _("Fox") | urlencode }}">1</a>', '<a href="/?q=Fox">1</a>'),
        (
            "<p>{% trans who=who %}Fox of <b>{{ who }}</b>{% endtrans %}</p>",
            f"<p>{MARK}Fox of <b>&lt;Ann&gt;</b></span></p>",
        ),
        (
            "<p>{% trans n=2 %}{{ n }} fox{% pluralize %}{{ n }} foxes{% endtrans %}</p>",
            f"<p>{MARK}2 foxes</span></p>",
        ),
    ],
)
def test_an_english_text_is_marked_wherever_an_element_can_stand(
    source: str, page: str, welsh: gettext.NullTranslations
) -> None:
    assert render(source, welsh) == page


def test_a_file_that_is_no_page_has_no_marks(welsh: gettext.NullTranslations) -> None:
    assert render('{{ _("Fox") }}', welsh, "hens.txt") == "Fox"


@pytest.mark.parametrize("code", ["en", "en-GB", "en-XA"])
def test_a_language_without_a_catalogue_lacks_nothing(code: str) -> None:
    assert MARK not in render('<p>{{ _("Fox") }}</p>', load_language(code).translations)


def test_the_texts_of_python_have_no_signs(welsh: gettext.NullTranslations) -> None:
    render("", welsh)
    assert welsh.gettext("Fox") == "Fox"
