"""Does the search take words apart, know others for them, and set slips of the pen right?"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib import resources
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain import page_addresses
from evidencehub.http.problem_details import HttpError
from evidencehub.store import english_words, search_ranking, search_terms, word_matching
from evidencehub.web.pages import search

KNOWN = {
    "mortality": 40,
    "maternal": 30,
    "birthweight": 3,
    "birth": 12,
    "weight": 3,
    "detention": 9,
}


@pytest.fixture(scope="module")
def ask():
    """A database of a few pages, as the search reads it."""
    db = apsw.Connection(":memory:")
    db.execute(
        "create virtual table search_page using fts5 (kind unindexed, id unindexed, held unindexed, "
        "title, words, text, context, sources, tokenize = 'porter unicode61 remove_diacritics 2');"
        "create table search_facet (page, facet, code);"
        "create table search_vocabulary (word text primary key, pages integer);"
        "create table code (list, code, label, definition, level, sort_order);"
        "create table area (area, label);"
        "create table dataset (dataset, synthetic); create table indicator (indicator, dataset, title);"
        "create table finding_indicator (finding, indicator);"
        "create table question_indicator (question, indicator);"
        "insert into code (list, code, label, sort_order) values ('topic', 'toys', 'Toys', 1), "
        "('hub-facet', 'A', 'Group A', 1)"
    )
    pages = [
        (
            "indicator",
            f"toy-{n}",
            1,
            f"Repairs of toy {n}",
            "Toys",
            "How often toys broke.",
            "Toys",
            "",
        )
        for n in range(30)
    ]
    pages.append(("group", "toy-scheme/a", 0, "Māori", "", "", "A toy scheme", ""))
    db.executemany("insert into search_page values (?, ?, ?, ?, ?, ?, ?, ?)", pages)
    db.execute("insert into search_facet select rowid, 'topic', 'toys' from search_page limit 25")
    db.executemany("insert into search_vocabulary values (?, ?)", [*KNOWN.items(), ("repairs", 30)])

    def asked(sql: str, bound: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return list(db.execute(sql, bound))

    return asked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What is the King’s Fund?", ["king", "fund"]),
        ("Māori babies", ["maori", "babies"]),
        ('"maternal" AND (deaths* OR NEAR', ["maternal", "deaths", "near"]),
        ("who are we", ["who", "are", "we"]),
        ("data data DATA", ["data"]),
        ("2.8 times", ["2.8", "times"]),
        ("1,415 images.", ["1,415", "images"]),
        ("😀 ...", []),
        ("", []),
    ],
)
def test_a_question_is_taken_apart(text: str, words: list[str]) -> None:
    assert search_terms.parse_query(text) == words


def test_a_long_question_is_read_as_far_as_it_tells_anything() -> None:
    words = search_terms.parse_query(" ".join(f"word{n}" for n in range(1000)))
    assert len(words) == search_terms.MAX_QUERY_WORDS


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("mortality", "mortality", 0),
        ("mortalty", "mortality", 1),
        ("mortalitty", "mortality", 1),
        ("mortolity", "mortality", 1),
        ("motrality", "mortality", 1),
        ("motralty", "mortality", 2),
        ("moralt", "mortality", 3),
        ("natal", "mortality", 3),
    ],
)
def test_slips_are_counted(one: str, other: str, apart: int) -> None:
    assert word_matching.compute_edit_distance(one, other, 2) == apart


WORDS = st.text("abc", max_size=5)


def slips(one: str, other: str) -> int:
    """The same count, slow and plain: every slip that the last letters allow."""
    if not one or not other:
        return len(one) + len(other)
    found = [
        slips(one[:-1], other) + 1,
        slips(one, other[:-1]) + 1,
        slips(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-1] + other[-2]:
        found.append(slips(one[:-2], other[:-2]) + 1)
    return min(found)


@given(WORDS, WORDS, st.integers(0, 3))
def test_slips_are_those_that_a_slow_count_finds(one: str, other: str, most: int) -> None:
    assert word_matching.compute_edit_distance(one, other, most) == min(slips(one, other), most + 1)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("mortalty", ["mortality"]),
        ("mrotaliyt", ["mortality"]),  # two slips in a long word
        ("brith", ["birth"]),
        ("bitrh", ["birth"]),
        ("brthi", []),  # two slips in a short word
        ("bir", []),  # too short to tell
        ("detnetion", ["detention"]),
        ("secttioned", ["sectioned"]),  # a word that only people use
        ("2021", []),
    ],
)
def test_the_nearest_word_is_found(ask, word: str, near: list[str]) -> None:
    assert search_terms.find_nearest_words(ask, word) == near


def test_a_rare_word_gives_way_only_to_a_common_one(ask) -> None:
    assert search_terms.find_nearest_words(ask, "mortalitys", is_unknown=False) == ["mortality"]
    assert search_terms.find_nearest_words(ask, "detentions", is_unknown=False) == []


def test_two_words_are_looked_for_as_the_one_that_the_hub_writes(ask) -> None:
    terms, _ = search_terms.expand_words(ask, ["birth", "weight"])
    assert all('"birthweight"' in [one.expression for one in term.alternatives] for term in terms)


def test_a_phrase_means_what_its_words_do_not(ask) -> None:
    terms, told = search_terms.expand_words(ask, ["oxygen", "monitor"])
    assert all('"oximeter"' in [one.expression for one in term.alternatives] for term in terms)
    assert [one.word for one in told] == ["oxygen", "monitor"]
    assert not any(one.is_misspelt for one in told)


def test_a_misspelt_word_is_told(ask) -> None:
    _, told = search_terms.expand_words(ask, ["repiars"])
    assert search_terms.apply_corrections(["toy", "repiars"], told) == ["toy", "repairs"]
    assert told == [search_terms.Correction("repiars", ["repairs"], is_misspelt=True)]


@pytest.mark.parametrize("word", ["repa", "rep"])  # “rep” is English, and too short to be meant
def test_a_word_that_nothing_comes_near_is_a_beginning(ask, word: str) -> None:
    terms, _ = search_terms.expand_words(ask, [word])
    assert [one.expression for one in terms[0].alternatives] == [f'"{word}"', f'"{word}" *']


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("BAME women", "bame"),
        ("people of colour", "people of colour"),
        ("Bamebridge", ""),
        ("B.A.M.E", ""),
    ],
)
def test_a_word_for_many_groups_is_seen(text: str, word: str) -> None:
    assert search_terms.find_collective_term(text) == word


def test_other_words_are_written_once_and_in_order() -> None:
    file = resources.files("evidencehub.store").joinpath("search_synonyms.csv")
    rows = [
        (row["said"], row["meant"], row["wider"])
        for row in csv.DictReader(file.read_text("utf-8").splitlines())
    ]
    assert rows == sorted(set(rows))
    assert all(said and meant and wider in {"", "yes"} for said, meant, wider in rows)
    assert all(said == word_matching.fold_text(said) for said, _, _ in rows)


def test_words_as_they_are_spelt_in_britain_are_english() -> None:
    words = search_terms.parse_query(
        "heart pain heard main relief belief nurses harassed doctors pay "
        "anaemia behaviour colour labour paediatric"
    )
    assert [word for word in words if not english_words.is_english_word(word)] == []


def test_misspelt_words_are_not_english() -> None:
    words = search_terms.parse_query(
        "matternal sickel childbith helth oximiter asma bengaldeshi schitzophrenia"
    )
    assert [word for word in words if english_words.is_english_word(word)] == []


@pytest.mark.parametrize("word", ["berth", "height", "heights"])
def test_a_word_of_english_is_never_set_right(ask, word: str) -> None:
    assert search_terms.find_nearest_words(ask, word.removesuffix("s"))
    _, told = search_terms.expand_words(ask, [word])
    assert not told


def test_a_word_has_nothing_although_a_wider_one_has(ask) -> None:
    terms, _ = search_terms.expand_words(ask, ["toys", "bullying", "pianos"])
    assert search_ranking.find_missing_words(ask, terms) == ["bullying", "pianos"]


def test_words_that_no_page_has_together_are_said_so(ask) -> None:
    told = search.build_search_context(ask, {"q": "broke toy"})
    assert not told["is_partial"]
    told = search.build_search_context(ask, {"q": "repairs toy 3 toy 4"})
    assert told["is_partial"]
    assert told["missing_words"] == []


def test_one_group_of_a_name_comes_before_its_like(ask) -> None:
    pages = [
        search_ranking.RankedPage(n, "group", f"scheme-{n}/a", "Māori", context, score, True)
        for n, (context, score) in enumerate([("Health", 3.0), ("Census", 2.9), ("Ireland", 2.8)])
    ]
    pages.append(search_ranking.RankedPage(9, "finding", "f", "Of Māori", "", 2.0, True))
    order = search_ranking._put_repeated_groups_last(pages, ["maori", "ireland"])
    assert [page.page_rowid for page in order] == [0, 2, 9, 1]


def test_a_page_lists_twenty_and_leads_on(ask) -> None:
    first = search.build_search_context(ask, {"q": "repair"})
    assert (first["total"], len(first["results"]), first["page_count"]) == (30, 20, 2)
    assert (first["previous_path"], first["next_path"]) == ("", "/search?q=repair&page=2")
    second = search.build_search_context(ask, {"q": "repair", "page": "2"})
    assert (second["first_position"], len(second["results"]), second["next_path"]) == (21, 10, "")
    assert second["previous_path"] == "/search?q=repair&page=1"


def test_a_hit_says_where_it_leads_and_what_was_found(ask) -> None:
    hit = search.build_search_context(ask, {"q": "broke toy 7"})["results"][0]
    assert (hit["kind"], hit["title"]) == ("indicator", "Repairs of toy 7")
    assert hit["url"] == "/indicators/toy-7"
    assert hit["snippet_parts"] == [
        ("How often ", False),
        ("toys", True),
        (" ", False),
        ("broke", True),
        (".", False),
    ]


def test_accents_do_not_matter(ask) -> None:
    assert search.build_search_context(ask, {"q": "maori"})["results"][0]["title"] == "Māori"
    assert search.build_search_context(ask, {"q": "MĀORI"})["results"][0]["title"] == "Māori"


def test_a_filter_counts_and_can_be_taken_away(ask) -> None:
    told = search.build_search_context(ask, {"q": "repair", "topic": "toys"})
    assert told["total"] == 25
    ((name, (choice,)),) = told["filters"].items()
    assert (name, choice.label, choice.count, choice.is_selected) == ("topic", "Toys", 25, True)
    assert choice.url == "/search?q=repair"


def test_filters_that_leave_nothing_say_so(ask) -> None:
    told = search.build_search_context(ask, {"q": "repair", "kind": "finding"})
    assert (told["total"], told["unfiltered_total"], told["unfiltered_path"]) == (
        0,
        30,
        "/search?q=repair",
    )


def test_an_empty_answer_leads_on(ask) -> None:
    told = search.build_search_context(ask, {"q": "qwrtp"})
    assert told["total"] == 0
    assert told["suggestions"]["topics"] == [("/topics/toys", "Toys")]
    assert told["suggestions"]["groups"] == [("/groups/A", "Group A")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "toy"}, "There is no kind “toy” to search in."),
        ({"topic": "nothing"}, "There is no topic “nothing” to search in."),
        ({"place": "X99"}, "There is no place “X99” to search in."),
        ({"page": "0"}, "“page” is a whole number, 1 to 2 for this search; it is “0”."),
        ({"page": "3"}, "“page” is a whole number, 1 to 2 for this search; it is “3”."),
        ({"page": "²"}, "“page” is a whole number, 1 to 2 for this search; it is “²”."),
    ],
)
def test_what_there_is_none_of_is_refused(ask, given: dict[str, str], message: str) -> None:
    with pytest.raises(HttpError) as refused:
        search.build_search_context(ask, {"q": "repair", **given})
    assert refused.value.status == 400
    assert [(f.code, f.message) for f in refused.value.problems] == [("bad-value", message)]


def test_every_kind_has_a_rank_and_an_address() -> None:
    assert set(search.KIND_ORDER) == set(search_ranking.KIND_PRIORS)
    assert [
        page_addresses.build_item_path(kind, "a/b:1") for kind in ("group", "source", "place")
    ] == ["/groups/a/b:1", "/datasets/a#source-b%3A1", "/places/a~2Fb:1"]
    assert page_addresses.build_item_path("page", "downloads") == "/datasets"
    assert all(
        page_addresses.build_item_path(kind, "a").startswith("/") for kind in search.KIND_ORDER
    )
