"""The shipped questions: each is answered with source, level and date, and nothing rests on hearsay."""

from __future__ import annotations

import csv
import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evidencehub import runtime
from evidencehub.statements.text_numbers import find_numbers
from tests.support.dataset_builder import PROJECT_ROOT

with (PROJECT_ROOT / "questions" / "data" / "questions.csv").open(newline="") as file:
    QUESTIONS = list(csv.DictReader(file))
ASKED_OF_US = (
    "How much more likely are Black women to die in pregnancy in England?",
    "Are Gypsy and Traveller people in worse health?",
    "Do oximeters work on dark skin?",
    "What happened to the recommendation on medical devices?",
)
LEVELS = (
    *("Publisher’s own file", "Exact copy", "Publisher’s page", "Article or abstract"),
    "Secondary source",
)
DAY = re.compile(r"\b(?:19|20)\d\d\b")


def plain(text: str) -> str:
    main = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def test_there_are_forty_and_those_that_readers_asked() -> None:
    assert len(QUESTIONS) >= 40
    assert {row["question"] for row in QUESTIONS} >= set(ASKED_OF_US)


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["id"])
async def test_a_question_has_an_answer_with_level_and_date(
    built: Path, row: dict[str, str]
) -> None:
    datasette = runtime.create_datasette(PROJECT_ROOT, built)
    await datasette.invoke_startup()
    answer = await datasette.client.get(f"/questions/{row['id']}")
    assert answer.status_code == 200
    text = plain(answer.text)
    answered, _, unknown = text.partition("What is not known")
    assert row["not_known"] in unknown
    evidence = answered.removeprefix(row["question"]).replace(row["answer"], "", 1)
    assert any(level in evidence for level in LEVELS) or "Made by:" in evidence
    assert DAY.search(evidence), evidence


async def test_each_is_the_first_result_of_a_search_for_its_words(built: Path) -> None:
    datasette = runtime.create_datasette(PROJECT_ROOT, built)
    await datasette.invoke_startup()
    missed = []
    for row in QUESTIONS:
        answer = await datasette.client.get("/search", params={"q": row["question"]})
        first = re.search(r'<ol class="evidence results".*?href="([^"]+)"', answer.text, re.DOTALL)
        if first is None or first[1] != f"/questions/{row['id']}":
            missed.append((row["question"], first and first[1]))
    assert missed == []


def test_no_answer_in_own_words_rests_on_secondary_sources_alone(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        rows = db.execute(
            """
select q.question, q.answer from question as q
where q.answer is not null and not exists (
  select 1 from question_finding as b join finding as f on f.finding = b.finding
  join dataset as d on d.dataset = f.dataset
  where b.question = q.question and coalesce(f.verification, d.verification) <> 'C3'
) and not exists (
  select 1 from question_answer as w
  where w.question = q.question and w.is_current = 1 and w.awaits_verification = 0
) and not exists (
  select 1 from question_recommendation as b
  join recommendation_update as u on u.recommendation = b.recommendation
  join dataset as d on d.dataset = u.dataset
  where b.question = q.question and coalesce(u.verification, d.verification) <> 'C3'
)"""
        ).fetchall()
    # what is known only from secondary sources is said to be so
    assert [name for name, text in rows if "read the" not in text and "accepted" not in text] == []


def test_no_finding_of_a_secondary_source_gives_its_number_to_a_question(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        statements = db.execute(
            "select distinct f.statement from question_finding as b "
            "join finding as f on f.finding = b.finding join dataset as d on d.dataset = f.dataset "
            "where coalesce(f.verification, d.verification) = 'C3'"
        ).fetchall()
    assert sum(bool(find_numbers(text)) for (text,) in statements) > 5  # there is something to hide


def test_every_recommendation_says_when_it_was_looked_for_or_that_it_was_not(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        rows = db.execute(
            "select r.recommendation, r.issued_by, r.last_checked, r.checked_where, r.checked_by "
            "from recommendation as r join dataset as d on d.dataset = r.dataset "
            "where d.synthetic = 0"
        ).fetchall()
    assert len(rows) >= 29
    for name, issuer, *search in rows:
        assert issuer, name
        assert all(search) or not any(search), name


def test_packages_about_indigenous_peoples_and_experience_say_who_has_a_say(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        silent = db.execute(
            """
select distinct o.dataset from observation as o
join crosswalk as x on x.from_scheme = o.scheme and x.from_code = o.ethnicity
  and x.to_scheme = 'hub-facet' and x.to_code = 'IND'
join dataset as d on d.dataset = o.dataset
where d.governance is null and d.synthetic = 0
union
select f.dataset from finding as f join dataset as d on d.dataset = f.dataset
where f.type = 'lived-experience' and d.governance is null
"""
        ).fetchall()
    assert silent == []
