"""Citations: the exact texts, and titles that would break a format."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.formats import citations
from evidencehub.formats.citations import CitedWork

WORK = CitedWork(
    identifier="uk-maternal-mortality",
    title="Maternal mortality by ethnic group, United Kingdom",
    url="https://hub.example.org/datasets/uk-maternal-mortality",
    authors=("Evidence hub",),
    publisher="Evidence hub",
    date="2026-11-23T00:00:00Z",
    version="1.1.0",
    licence="CC-BY-4.0",
)
BARE = CitedWork(identifier="a~b,c", title="What is known?", url="https://hub.example.org/x")
texts = st.text(max_size=60)


def test_a_line_of_text_names_who_when_what_where_and_the_licence():
    assert citations.render_citations(WORK)["text"] == (
        "Evidence hub (2026). Maternal mortality by ethnic group, United Kingdom. Version 1.1.0. "
        "[Data set]. https://hub.example.org/datasets/uk-maternal-mortality Licence: CC-BY-4.0."
    )


def test_bibtex():
    assert citations.render_citations(WORK)["bibtex"] == (
        "@misc{uk-maternal-mortality,\n"
        "  author = {{Evidence hub}},\n"
        "  title = {{Maternal mortality by ethnic group, United Kingdom}},\n"
        "  year = {2026},\n"
        "  publisher = {Evidence hub},\n"
        "  version = {1.1.0},\n"
        "  url = {https://hub.example.org/datasets/uk-maternal-mortality},\n"
        "  note = {Data set; Version 1.1.0; Licence: CC-BY-4.0},\n"
        "  month = nov\n"
        "}\n"
    )


def test_ris():
    assert citations.render_citations(WORK)["ris"] == (
        "TY  - DATA\r\n"
        "ID  - uk-maternal-mortality\r\n"
        "AU  - Evidence hub\r\n"
        "TI  - Maternal mortality by ethnic group, United Kingdom\r\n"
        "PY  - 2026\r\n"
        "DA  - 2026/11/23\r\n"
        "PB  - Evidence hub\r\n"
        "ET  - 1.1.0\r\n"
        "UR  - https://hub.example.org/datasets/uk-maternal-mortality\r\n"
        "N1  - Licence: CC-BY-4.0\r\n"
        "ER  - \r\n"
    )


def test_csl_json():
    assert json.loads(citations.render_citations(WORK)["csl"]) == [
        {
            "id": "uk-maternal-mortality",
            "type": "dataset",
            "title": "Maternal mortality by ethnic group, United Kingdom",
            "author": [{"literal": "Evidence hub"}],
            "issued": {"date-parts": [[2026, 11, 23]]},
            "publisher": "Evidence hub",
            "version": "1.1.0",
            "URL": "https://hub.example.org/datasets/uk-maternal-mortality",
            "license": "CC-BY-4.0",
        }
    ]


def test_what_is_not_known_is_left_out():
    made = citations.render_citations(BARE)

    assert made["text"] == "(no date). What is known? [Data set]. https://hub.example.org/x"
    assert made["bibtex"] == (
        "@misc{a-b-c,\n  title = {{What is known?}},\n  url = {https://hub.example.org/x},\n"
        "  note = {Data set}\n}\n"
    )
    assert made["ris"] == (
        "TY  - DATA\r\nID  - a-b-c\r\nTI  - What is known?\r\n"
        "UR  - https://hub.example.org/x\r\nER  - \r\n"
    )
    assert json.loads(made["csl"]) == [
        {
            "id": "a-b-c",
            "type": "dataset",
            "title": "What is known?",
            "URL": "https://hub.example.org/x",
        }
    ]


def test_an_indicator_names_its_dataset():
    work = CitedWork(
        "deaths",
        "Deaths",
        "https://hub.example.org/indicators/deaths",
        container_title="All deaths",
    )

    made = citations.render_citations(work)

    assert "Part of: All deaths." in made["text"]
    assert "T2  - All deaths\r\n" in made["ris"]
    assert json.loads(made["csl"])[0]["container-title"] == "All deaths"


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("50% & more", r"50\% \& more"),
        ("a_b #1 $2", r"a\_b \#1 \$2"),
        ("open { only", r"open \textbraceleft{} only"),
        ("\\input{x}", r"\textbackslash{}input\textbraceleft{}x\textbraceright{}"),
        ("x^2 ~ y", r"x\textasciicircum{}2 \textasciitilde{} y"),
        ("Cor ou raça", "Cor ou raça"),
        ("two\r\nlines\u2028more", "two lines more"),
    ],
)
def test_bibtex_escapes_what_would_be_a_command(title, written):
    made = citations.render_citations(CitedWork("x", title, "https://hub.example.org/x"))["bibtex"]

    assert f"  title = {{{{{written}}}}},\n" in made


@pytest.mark.parametrize("date", ["2026", "2026-11", "2026-11-23", ""])
def test_a_date_may_be_a_year_or_a_month(date):
    csl = json.loads(
        citations.render_citations(CitedWork("x", "t", "https://hub.example.org", date=date))["csl"]
    )[0]

    parts = [int(part) for part in date.split("-") if part]
    assert csl.get("issued", {"date-parts": [[]]})["date-parts"] == [parts]


def test_a_file_has_the_type_and_the_name_of_its_form():
    content_type, body, file_name = citations.render_citation_file(WORK, "csl.json")

    assert file_name == "uk-maternal-mortality.csl.json"
    assert content_type == "application/vnd.citationstyles.csl+json; charset=utf-8"
    assert body.decode() == citations.render_citations(WORK)["csl"]


@given(title=texts, who=texts, licence=texts, part=texts, identifier=texts)
def test_no_title_breaks_a_format(title, who, licence, part, identifier):
    work = CitedWork(
        identifier,
        title,
        "https://hub.example.org/{x} y\n",
        authors=(who, who),
        publisher=who,
        licence=licence,
        container_title=part,
    )

    made = citations.render_citations(work)

    assert len(made["text"].splitlines()) == 1
    balance = 0
    for sign in made["bibtex"]:
        balance += (sign == "{") - (sign == "}")
        assert balance >= 0
    assert balance == 0
    lines = made["ris"].split("\r\n")
    assert all(line[2:6] == "  - " for line in lines[:-1])
    assert len(made["ris"].splitlines()) == len(lines) - 1
    assert (lines[0], lines[-2:]) == ("TY  - DATA", ["ER  - ", ""])
    assert json.loads(made["csl"])[0]["type"] == "dataset"
    assert citations.render_citations(work) == made


def test_the_hub_is_the_author_and_its_sources_are_what_a_work_is_based_on() -> None:
    """Who compiled it and who published what it was compiled from are not the same."""
    sources = ("Office of Toys, Repairs by owner, 2019", "Guild, Survey {of} toys")
    cited = citations.render_citations(replace(WORK, based_on=sources))
    assert cited["text"].startswith("Evidence hub (2026).")
    assert f"Based on: {'; '.join(sources)}." in cited["text"]
    assert "Based on: Office of Toys" in cited["bibtex"]
    assert cited["ris"].count("N1  - Based on: ") == 2
    assert json.loads(cited["csl"])[0]["note"].startswith("Based on: Office of Toys")
    without = citations.render_citations(WORK)
    assert not any("ased on" in text for text in without.values())
