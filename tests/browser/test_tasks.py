"""The thirteen tasks of a study of readers, on a phone: how many taps, and what must then be seen.

A journalist, an organiser, a student and an adviser of a minister start on the first page. The
numbers of taps are those of the study or fewer; the right answers are read from the database.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidencehub.messages.language import load_language
from tests.support.phone_visitor import PHONE, PhoneVisitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ENGLISH = load_language("en")
RATE, RATIO = "uk-maternal-mortality-rate", "uk-maternal-mortality-rate-ratio"
IN_FACET = (
    "with recursive heading (code) as (select :facet union select c.code from heading as h "
    "join code as c on c.list = 'hub-facet' and c.parent = h.code), "
    "member as (select from_scheme as scheme, from_code as ethnicity from crosswalk "
    "join heading on code = to_code where to_scheme = 'hub-facet') "
)


@pytest.fixture
def db(built: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(built / "hub.db")
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture
def visitor(browser: Any, address: str) -> Iterator[PhoneVisitor]:
    context = browser.new_context(base_url=address, accept_downloads=True, **PHONE)
    context.set_default_timeout(15_000)
    visitor = PhoneVisitor(context.new_page())
    visitor.begin()
    yield visitor
    context.close()


def select_ratio_series(db: sqlite3.Connection, *, area: str) -> list[sqlite3.Row]:
    """What the hub holds of Black beside White women, the newest first, with its question."""
    return db.execute(
        "select w.*, q.text from question_answer as w join question as q using (question) "
        "where w.ethnicity = 'black' and w.area = ? and q.question in "
        "(select question from question_answer where indicator = ?) order by w.period_end desc",
        (area, RATIO),
    ).fetchall()


def test_a_journalist_searches_for_the_ratio_of_maternal_deaths(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    series = select_ratio_series(db, area="E92000001")
    assert series[0]["awaits_verification"]
    visitor.search("black women dying in childbirth")
    visitor.follow_text(series[0]["text"])
    assert visitor.taps <= 2
    newest = ENGLISH.format_period(series[0]["period_start"], series[0]["period_end"])
    told = visitor.text
    assert f"Awaiting verification. Black: the newest figure, of {newest}, was read where" in told
    before = told.partition("the series")[0]
    number = ENGLISH.format_number(series[0]["ratio"], series[0]["ratio_decimals"])
    assert number not in before  # nobody can take it along without what stands beside it
    rows = visitor.page.get_by_role("row").all_inner_texts()[1:]
    assert len(rows) == len(series)
    for text, row in zip(rows, series, strict=True):
        assert ENGLISH.format_period(row["period_start"], row["period_end"]) in text
        assert ENGLISH.format_number(row["ratio"], row["ratio_decimals"]) in text
        assert ("secondary source" in text) == bool(row["awaits_verification"])
    assert visitor.count_screens_to(visitor.page.get_by_role("table").first) < 1.7


def test_a_journalist_finds_the_gap_on_the_page_of_the_rate(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    area, start, end = db.execute(
        "select area, period_start, period_end from observation where indicator = ? "
        "and ethnicity = 'black' order by period_end desc limit 1",
        (RATE,),
    ).fetchone()
    where = (RATE, area, start, end)
    values = {
        row["ethnicity"]: ENGLISH.format_number(row["value"], row["decimals"])
        for row in db.execute(
            "select ethnicity, value, decimals from observation where indicator = ? and area = ? "
            "and period_start = ? and period_end = ? and ethnicity in ('black', 'white')",
            where,
        )
    }
    gap = db.execute(
        "select ratio, ratio_decimals from gap join stratum using (stratum) where indicator = ? "
        "and area = ? and period_start = ? and period_end = ? and gap.ethnicity = 'black'",
        where,
    ).fetchone()
    visitor.search("maternal mortality rate")
    visitor.follow_text("Maternal mortality rate")
    assert visitor.taps <= 2
    when = ENGLISH.format_period(start, end)
    assert f"The figures by ethnic group of {when} were read where another text" in visitor.text
    rows = visitor.page.locator("table.chart tbody tr")
    black = rows.filter(has=visitor.page.locator("th", has_text=re.compile(r"^Black")))
    white = rows.filter(has=visitor.page.locator("th", has_text=re.compile(r"^White")))
    told = " ".join(black.inner_text().split())
    assert values["black"] in told
    assert "secondary source" in told
    assert re.search(rf"\b{gap['ratio']:.1f}\d* times", told)
    assert values["white"] in white.inner_text()
    assert visitor.count_screens_to(black) < 3.0


def test_a_journalist_sees_whether_it_became_better_for_black_women(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    series = [row for row in select_ratio_series(db, area="GB") if row["indicator"] == RATIO]
    visitor.follow_text(series[0]["text"])
    visitor.follow_text("The series as a chart")
    assert visitor.taps <= 2
    course = visitor.page.get_by_role("region", name="Change over time", exact=True)
    chart = course.locator("svg.time-plot")
    assert chart.is_visible()
    newest = ENGLISH.format_number(series[0]["ratio"], series[0]["ratio_decimals"])
    ends = chart.locator("text.end tspan").all_text_contents()
    assert {"Black", newest} <= {text.strip() for text in ends}
    assert chart.locator(".point.a").count() == len(series)
    assert "no line joins" in course.inner_text()  # the periods overlap, and the area is doubtful
    course.get_by_text("The same as a table").tap()
    table = course.get_by_role("table").inner_text()
    for row in series:
        assert ENGLISH.format_period(row["period_start"], row["period_end"]) in table
        assert ENGLISH.format_number(row["ratio"], row["ratio_decimals"]) in table


def test_a_journalist_takes_a_picture_along(visitor: PhoneVisitor, db: sqlite3.Connection) -> None:
    visitor.follow_text("All groups, notes and data")
    indicator = visitor.page.url.rsplit("/", 1)[1]
    picture = visitor.page.get_by_role("link", name="Picture to post (PNG)")
    words = picture.get_attribute("href").replace(".png", ".svg")
    chart = visitor.page.locator("table.chart")
    shown = [text.split("\n")[0] for text in chart.locator("tbody th").all_inner_texts()]
    visitor.follow(picture, is_page=False)
    assert visitor.taps <= 2
    assert visitor.page.evaluate("document.images[0].naturalWidth") == 1200
    drawn = visitor.page.request.get(words).text()  # the same picture, in letters
    publishers = db.execute(
        "select distinct s.publisher from observation as o join source as s using (dataset, source)"
        " where o.indicator = ?",
        (indicator,),
    ).fetchall()
    assert any(name in drawn for (name,) in publishers)
    assert len(shown) > 1
    for group in shown:
        assert group in drawn


def select_facet_evidence(db: sqlite3.Connection, facet: str) -> tuple[list[str], list[str]]:
    """The titles of indicators with a value for the groups of a heading, and of its findings."""
    indicators = db.execute(
        f"{IN_FACET} select distinct i.title from group_availability as a "
        "join member using (scheme, ethnicity) join indicator as i using (indicator) "
        "join dataset as d on d.dataset = i.dataset where a.has_value = 1 and d.synthetic = 0",
        {"facet": facet},
    ).fetchall()
    findings = db.execute(
        f"{IN_FACET} select distinct f.title from finding_group as g "
        "join member using (scheme, ethnicity) join finding as f using (finding) "
        "where g.role = 'affected' and f.superseded_by is null",
        {"facet": facet},
    ).fetchall()
    return [title for (title,) in indicators], [title for (title,) in findings]


@pytest.mark.parametrize(
    ("facet", "heading"), [("RGT", "Roma, Gypsy or Traveller"), ("AFD-C", "Caribbean")]
)
def test_an_organiser_finds_what_is_known_of_her_community(
    visitor: PhoneVisitor, db: sqlite3.Connection, facet: str, heading: str
) -> None:
    indicators, findings = select_facet_evidence(db, facet)
    assert len(indicators) > 3
    assert len(findings) > 3
    visitor.follow_menu("Ethnic groups")
    visitor.follow_text(heading)
    assert visitor.taps <= 2
    told = visitor.text
    assert told.index(f"{len(indicators)} indicators have a figure for one of these groups") < 300
    assert f"{len(findings)} findings are about them" in told
    further = visitor.page.locator("summary", has_text="more finding")
    if further.count():
        further.tap()
        told = visitor.text
    for title in [*indicators, *findings]:
        assert title in told
    assert "No finding" not in told
    first = visitor.page.locator(".evidence > li:not(.axis-row)").first
    assert visitor.count_screens_to(first) < 1.2


def test_an_organiser_finds_her_region(visitor: PhoneVisitor, db: sqlite3.Connection) -> None:
    area = "E40000003"
    label = db.execute("select label from area where area = ?", (area,)).fetchone()[0]
    count = db.execute(
        "select count(distinct indicator) from availability where area = ? and value_count > 0",
        (area,),
    ).fetchone()[0]
    values = db.execute(
        "select value, decimals from observation where area = ? order by period_end desc", (area,)
    ).fetchall()
    visitor.follow_menu("Places")
    assert visitor.taps <= 1
    line = visitor.page.get_by_role("main").get_by_role("listitem").filter(has_text=label).last
    assert f"{count} indicator" in line.inner_text()
    visitor.follow_text(label)
    told = visitor.text
    assert ENGLISH.format_number(*tuple(values[0])) in told
    unknown = told.partition("What is not known")[2]
    assert "Mental health and wellbeing" in unknown
    assert "does not mean that there is no inequality" in unknown


def test_a_student_cites_a_finding(visitor: PhoneVisitor, db: sqlite3.Connection) -> None:
    finding, title, created = db.execute(
        "select f.finding, f.title, d.created from finding as f join dataset as d using (dataset) "
        "where f.finding = 'us-infant-2022'"
    ).fetchone()
    publisher, source, published = db.execute(
        "select s.publisher, s.title, s.published from finding_source as x "
        "join source as s using (dataset, source) where x.finding = ?",
        (finding,),
    ).fetchone()
    visitor.search("infant mortality united states")
    visitor.follow_text(title)
    assert visitor.taps <= 2
    cited = visitor.text.partition("How to cite it")[2].strip()
    assert cited.startswith(f"Evidence hub ({created[:4]}). {title}.")
    assert f"Based on: {publisher}, {source}, {published[:4]}." in cited


def test_a_student_learns_what_a_value_is_a_share_of(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    row = db.execute(
        "select i.title, i.definition, i.denominator_definition, u.label as unit "
        "from indicator as i join code as u on u.list = 'unit' and u.code = i.unit "
        "where i.indicator = 'eng-talking-therapies-improvement'"
    ).fetchone()
    visitor.search("talking therapies")
    visitor.follow_text(row["title"])
    assert visitor.taps <= 2
    main = visitor.page.get_by_role("main")
    definition = main.get_by_text(row["definition"], exact=True)
    assert visitor.count_screens_to(definition) < 1.0
    assert row["unit"].startswith("% of ")
    unit = visitor.page.locator("table.chart thead").get_by_text(row["unit"])
    assert unit.is_visible()
    assert visitor.count_screens_to(unit) < 3.7
    main.get_by_text("How the figures are produced").tap()
    assert main.get_by_text(row["denominator_definition"], exact=True).is_visible()


def test_a_student_takes_the_data_home(
    visitor: PhoneVisitor, db: sqlite3.Connection, tmp_path: Path
) -> None:
    visitor.follow_text("All groups, notes and data")
    indicator = visitor.page.url.rsplit("/", 1)[1]
    button = visitor.page.get_by_role("link", name=re.compile("^CSV, [0-9]+ rows$"))
    with visitor.page.expect_download() as started:
        button.tap()
    visitor.taps += 1
    assert visitor.taps <= 2
    started.value.save_as(file := tmp_path / "figures.csv")
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    held = db.execute("select value from observation where indicator = ?", (indicator,)).fetchall()
    assert sorted(float(row["value"]) for row in rows) == sorted(value for (value,) in held)


def test_an_adviser_lists_what_was_recommended_for_maternity(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    asked = db.execute(
        "select r.title, k.label as status, group_concat(c.label, '|') as addressees "
        "from recommendation as r join recommendation_status as n using (recommendation) "
        "join code as k on k.list = 'recommendation-status' and k.code = n.status "
        "join subject as s on s.kind = 'recommendation' and s.id = r.recommendation "
        "and s.code = 'maternity' "
        "left join recommendation_organisation as o on o.recommendation = r.recommendation "
        "left join code as c on c.list = 'organisation' and c.code = o.organisation "
        "group by r.recommendation"
    ).fetchall()
    assert sum(row["addressees"] is not None for row in asked) > 3
    visitor.follow_menu("Recommendations")
    visitor.choose("Topic", "Maternity")
    assert visitor.taps <= 3
    assert f"{len(asked)} recommendations." in visitor.text
    items = visitor.page.get_by_role("main").get_by_role("listitem")
    for row in asked:
        told = items.filter(has_text=row["title"]).first.inner_text()
        assert row["status"] in told
        for name in filter(None, (row["addressees"] or "").split("|")):
            assert name in told.partition("Directed to:")[2]


def test_an_adviser_reads_the_evidence_behind_a_recommendation(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    recommendation, title = db.execute(
        "select recommendation, r.title from recommendation as r "
        "join recommendation_finding using (recommendation) group by 1 "
        "order by count(*) desc, 1 limit 1"
    ).fetchone()
    findings = db.execute(
        "select f.title from recommendation_finding join finding as f using (finding) "
        "where recommendation = ?",
        (recommendation,),
    ).fetchall()
    visitor.follow_menu("Recommendations")
    visitor.follow_text(title)
    assert visitor.taps <= 2
    behind = visitor.page.get_by_role("region", name="Findings behind it")
    for (name,) in findings:
        assert behind.get_by_role("link", name=name, exact=True).is_visible()


def test_an_adviser_sees_whether_it_is_overdue_and_when_that_was_last_checked(
    visitor: PhoneVisitor, db: sqlite3.Connection
) -> None:
    row = db.execute(
        "select r.title, r.due, r.last_checked, k.label as status, d.created from recommendation "
        "as r join recommendation_status as n using (recommendation) "
        "join dataset as d on d.dataset = r.dataset "
        "join code as k on k.list = 'recommendation-status' and k.code = n.status "
        "where r.due is not null and r.last_checked is not null order by r.due limit 1"
    ).fetchone()
    visitor.follow_menu("Recommendations")
    visitor.follow_text(row["title"])
    assert visitor.taps <= 2
    told = visitor.text
    facts = told.partition("What has happened")[0]
    assert f"To be done by {ENGLISH.format_date(row['due'])}" in facts
    assert row["status"] in facts
    assert f"Last looked for: {ENGLISH.format_date(row['last_checked'])}" in facts
    is_open = row["status"] not in ("Implemented", "Superseded", "Rejected")
    assert ("it was past that day and not recorded as done" in told) == (
        is_open and row["due"] < row["created"][:10]
    )
