"""The six ways that people take through the site, by mouse and by keyboard alone, on any screen."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tests.support.browser_user import BrowserUser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_journalist_finds_a_figure_and_downloads_it(person: BrowserUser, tmp_path: Path) -> None:
    page = person.page
    page.goto("/")
    person.fill_and_submit(page.get_by_label("What do you want to know?"), "matternal deaths")
    person.assert_no_horizontal_scroll()
    person.follow(person.link("Maternal mortality rate"))
    person.assert_no_horizontal_scroll()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Maternal mortality rate")
    figure = page.get_by_role("row", name="Black").first
    assert "32.42" in figure.inner_text()
    with page.expect_download() as started:
        person.activate(person.link("All figures for this indicator (CSV)"))
    file = tmp_path / "figures.csv"
    started.value.save_as(file)
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    values = {float(row["value"]) for row in rows if row["ethnicity"] == "black"}
    assert {32.42, 34.0} <= values


def test_a_student_compares_two_groups(person: BrowserUser) -> None:
    page = person.page
    page.goto("/indicators/eng-mha-detention-rate?period=2021-04-01/2022-03-31")
    show = page.get_by_role("button", name="Show")
    person.choose_and_send(page.get_by_label("Compare with"), "Chinese", show)
    person.assert_no_horizontal_scroll()
    person.activate(page.locator("summary", has_text="Each gap with its confidence interval"))
    gap = page.get_by_role("region", name="The gap, as a table")
    row = gap.get_by_role("row", name="Black or Black British", exact=False).first
    assert "5.3" in row.inner_text()  # 341.7 ÷ 64
    assert "+278" in row.inner_text()  # 64 has no decimals


def test_a_clinician_reads_a_finding_to_its_source(person: BrowserUser) -> None:
    page = person.page
    page.goto("/")
    person.follow(person.link("Topics"))
    person.follow(person.link("Mental health and wellbeing"))
    person.assert_no_horizontal_scroll()
    found = page.get_by_role("region", name="What was found")
    person.activate(found.locator("summary", has_text="more findings").first)
    person.follow(person.link("Detention of Black or Black British people, 2021-22"))
    person.assert_no_horizontal_scroll()
    assert "4.7 times as high" in page.get_by_role("main").inner_text()
    source = person.link("Mental Health Act Statistics, Annual Figures 2021-22")
    if person.uses_keyboard:
        person.tab_to(source)
    assert source.get_attribute("href").startswith("https://")
    assert len(source.inner_text()) > 10


def test_a_campaigner_sees_how_far_a_recommendation_has_come(person: BrowserUser) -> None:
    page = person.page
    page.goto("/")
    person.follow(
        page.get_by_role("navigation", name="Site").get_by_role("link", name="Recommendations")
    )
    person.assert_no_horizontal_scroll()
    asked = page.get_by_role("main").get_by_role(
        "link", name="Review all medical equipment", exact=False
    )
    if not asked.count():
        asked = page.locator("main a[href$='/recommendations/rho-pulse-ox-04']")
    person.follow(asked.first)
    person.assert_no_horizontal_scroll()
    story = page.get_by_role("main").inner_text().split("What has happened")[1]
    assert story.index("21 November 2021") < story.index("11 March 2024")
    assert "18 recommendations" in story


def test_a_patient_looks_up_her_own_group(person: BrowserUser) -> None:
    page = person.page
    page.goto("/")
    person.follow(
        page.get_by_role("navigation", name="Site").get_by_role("link", name="Ethnic groups")
    )
    person.assert_no_horizontal_scroll()
    person.fill_and_submit(page.get_by_role("main").get_by_role("searchbox").first, "bangladeshi")
    person.assert_no_horizontal_scroll()
    person.follow(page.locator("main a[href*='/groups/nhs-ethnic-category-2001/K']").first)
    person.assert_no_horizontal_scroll()
    told = page.get_by_role("main").inner_text()
    assert "61.1" in told
    person.follow(
        page.locator("main a[href*='/indicators/eng-talking-therapies-improvement']").first
    )
    assert "talking therap" in page.get_by_role("main").inner_text().lower()


def test_a_partner_finds_the_api_and_runs_its_first_example(person: BrowserUser) -> None:
    page = person.page
    page.goto("/")
    person.follow(page.get_by_role("navigation", name="Site").get_by_role("link", name="API"))
    person.assert_no_horizontal_scroll()
    example = page.get_by_role("main").locator("pre").first.inner_text()
    assert "curl" in example
    here = page.url.removesuffix("/api")
    script = example.replace("http://127.0.0.1:8001", here)
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["page"]["total"] > 0


def test_a_link_from_a_newsletter_leads_to_the_page(person: BrowserUser) -> None:
    tracked = "?fbclid=IwAR0abc&utm_source=newsletter&utm_medium=email&mc_cid=1"
    response = person.page.goto(f"/indicators/uk-maternal-mortality-rate{tracked}")
    assert response.status == 200
    canonical = person.page.locator("link[rel=canonical]").get_attribute("href")
    assert canonical.endswith("/indicators/uk-maternal-mortality-rate")
    person.assert_no_horizontal_scroll()
    person.follow(person.link("Data"))
    assert "fbclid" not in person.page.url
