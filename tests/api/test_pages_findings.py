"""The pages of findings, recommendations, organisations and topics."""

from __future__ import annotations

import csv
import dataclasses
import html
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from evidencehub import runtime
from evidencehub.store.codes import CodeRow
from evidencehub.store.finding_observations import FindingObservationRow
from evidencehub.store.findings import ClaimRow, FindingGroupRow
from evidencehub.store.recommendations import RecommendationDetailRow, RecommendationRow
from evidencehub.web.pages import findings, recommendations
from evidencehub.web.views import finding_tables
from evidencehub.web.views.provenance import choose_source_url
from evidencehub.web.views.workstream_topics import group_by_workstream
from tests.spec.changes import CLAIM, FINDING, RECOMMENDATION, UPDATE, claimed_finding
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

LISTED_RECOMMENDATION = r'<li>\s*<div>\s*<a href="/recommendations/([^"]+)"'


def rows(build: Path, sql: str, *bound: object) -> list[tuple]:
    with closing(sqlite3.connect(build / "hub.db")) as db:
        return db.execute(sql, bound).fetchall()


async def page(client, path: str, status: int = 200) -> str:
    """What a page says, without its marks and line ends."""
    response = await client.get(path)
    assert response.status_code == status, path
    text = re.sub(r"<script.*?</script>|<head>.*?</head>", " ", response.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def said(client, path: str) -> dict:
    """What a page says of itself in schema.org's words."""
    text = (await client.get(path)).text
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def toys(site: BuildWorkspace, **found: str) -> DatasetBuilder:
    """A dataset with a finding, what was recommended because of it, and whom it asks."""
    told = site.dataset()
    told.tables["observations"].append(
        told.build_observation(ethnicity="A", period="2025", value="14")
    )
    told.tables["findings"] = [
        {
            **claimed_finding(CLAIM),
            "groups_compared": "toy-repairs-groups:B",
            "area": "toy-repairs-places:X01",
            "period": "2024",
            "topics": "medical-devices",
            "superseded_by": "",
            "verification": "C3",
        },
        {**FINDING, "id": "toy-old", "superseded_by": "toy-finding", "groups_affected": ""},
        {
            **FINDING,
            "id": "toy-gap",
            "statement": "Nobody has counted the toys of Group B in the north.",
            "type": "evidence-gap",
            "topics": "medical-devices",
            "indicators": "",
        },
    ]
    told.tables["claims"] = [dict(CLAIM)]
    told.field_overrides["claims"] = {"stated": {"type": "number"}}
    told.tables["recommendations"] = [
        {
            **RECOMMENDATION,
            "addressed_to": "nhs-england",
            "findings": "toy-finding",
            "indicators": "toy-repairs-rate",
            "strength": "strong",
            "topics": "medical-devices",
            "issued": "2024-05-01",
            "due": "2025-12-31",
            "status": "proposed",
            **found,
        },
        {**RECOMMENDATION, "id": "toy-plea", "text": "Mend more toys."},
    ]
    told.tables["updates"] = [
        {**UPDATE, "source": "toy-report"},
        {**UPDATE, "date": "2025-09-01", "status": "in-progress", "note": "Work began."},
    ]
    return told


async def served(site: BuildWorkspace):
    outcome = site.build()
    assert outcome.build is not None, {
        name: [str(problem) for problem in report.problems]
        for name, report in outcome.reports.items()
    }
    hub = runtime.create_datasette(PROJECT_ROOT, outcome.build)
    await hub.invoke_startup()
    return hub.client


async def test_every_finding_and_recommendation_has_a_page_with_its_words(client, built) -> None:
    names = {"finding": "statement", "recommendation": "text"}
    for kind, column in names.items():
        found = rows(built, f"select {kind}, {column} from {kind}")
        assert len(found) > 10
        for name, text in found:
            assert " ".join(text.split()) in await page(client, f"/{kind}s/{name}")


async def test_a_page_that_is_not_there_is_said_to_be_missing(client) -> None:
    for path in ("/findings/none", "/recommendations/none", "/topics/none", "/findings/none.bib"):
        assert (await client.get(path)).status_code == 404
    for path in ("/organisations/none", "/organisations/not-stated"):
        assert (await client.get(path)).status_code == 404


async def test_options_that_a_list_does_not_have_are_refused(client) -> None:
    for path in (
        "/findings?topic=none",
        "/findings?type=none",
        "/findings?certainty=none",
        "/findings?page=0",
        "/findings?page=99",
        "/findings?page=one",
        "/findings?topics=none",
        "/recommendations?status=none",
        "/recommendations?organisation=nobody",
        "/recommendations?page=2",
    ):
        assert (await client.get(path)).status_code == 400, path


async def test_a_finding_says_its_certainty_its_sources_and_its_newest_figures(
    client, built
) -> None:
    text = await page(client, "/findings/eng-mha-2021-22-black")
    note, source = rows(
        built,
        "select certainty_note, s.title from finding as f join finding_source as b using (finding)"
        " join source as s on s.source = b.source and s.dataset = b.dataset"
        " where f.finding = 'eng-mha-2021-22-black'",
    )[0]
    assert note in text
    assert source in text
    assert "Not assessed. No named role has assessed it by a stated method." in text
    newest = rows(
        built,
        "select value from observation where indicator = 'eng-mha-detention-rate'"
        " and ethnicity in ('GB', 'GW') and period_end = (select max(period_end) from observation"
        " where indicator = 'eng-mha-detention-rate') order by ethnicity",
    )
    assert newest == [(262.4,), (65.8,)]
    assert re.search(
        r"Black or Black British secondary source 262.4 .*White secondary source ?compared with 65.8",
        text,
    )
    assert "There are newer figures: the finding covers April 2021 to March 2022" in text
    assert "Stated: 4.7. From the figures: 4.72. It agrees" in text
    assert "The hub has newer ones, of April 2024 to March 2025." in text
    assert "Superseded. There are newer figures, of April 2024 to March 2025." in text
    assert "The hub has no figure for all groups together." in text
    assert "If this is hard to read" in text


async def test_a_finding_links_to_its_groups_place_indicator_topics_and_dataset(client) -> None:
    text = (await client.get("/findings/eng-mha-2021-22-black")).text
    for path in (
        "/groups/nhs-ethnic-category-2001/GB",
        "/places/E92000001",
        "/indicators/eng-mha-detention-rate",
        "/topics/mental-health",
        "/topics/improving-health-and-care",
        "/datasets/eng-mental-health-act-detentions",
    ):
        assert f'href="{path}"' in text, path


async def test_a_figure_of_everybody_is_not_linked_as_a_group(client) -> None:
    text = (await client.get("/findings/uk-maternal-mortality-2021-23")).text
    assert "All women" in text
    assert 'href="/groups/mbrrace-broad/_T"' not in text
    assert "From the figures: 12.82" in " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_a_figure_shown_for_a_whole_is_said_to_leave_the_groups_out(client) -> None:
    text = await page(client, "/findings/eng-wres-2024-trusts")
    assert "There is no figure for: BME, White." in text


async def test_a_second_hand_finding_says_what_that_means(client) -> None:
    text = await page(client, "/findings/rho-pulse-ox-01")
    assert (
        "Secondary source. We read this in a secondary source, not in the original publication."
        in text
    )
    assert "The hub ties no indicator to this finding." in text
    advice = text.partition("Recommendations based on this finding")[2]
    assert "Review pulse oximeters in use" in advice
    assert "Tighten the standards for new pulse oximeters" in advice  # of another dataset


async def test_a_finding_tells_machines_what_it_claims(client) -> None:
    told = await said(client, "/findings/us-infant-2022")
    assert told["@type"] == "Claim"
    assert told["text"].startswith("In the United States in 2022, 10.9 in every 1,000 babies")
    assert told["isPartOf"]["url"].endswith("/datasets/us-maternal-infant-mortality")
    head = (await client.get("/findings/us-infant-2022")).text
    (description,) = re.findall(r'<meta name="description" content="([^"]*)">', head)
    assert 50 < len(html.unescape(description)) <= 160


async def test_findings_are_listed_once_each_under_a_topic(client, built) -> None:
    first = await page(client, "/findings")
    (count, pages) = map(int, re.findall(r"(\d+) findings\. Page 1 of (\d+)\.", first)[0])
    answers = [await client.get(f"/findings?page={number}") for number in range(1, pages + 1)]
    text = "".join(answer.text for answer in answers)
    shown = re.findall(r'<li>\s*<a href="/findings/([^"]+)"', text)
    expected = rows(
        built, "select finding from finding join dataset using (dataset) where synthetic = 0"
    )
    assert sorted(shown) == sorted(name for (name,) in expected)
    assert pages > 1
    assert count == len(expected)


async def test_findings_are_narrowed_down(client, built) -> None:
    for path, where in {
        "topic=mental-health": "select id from subject where code = 'mental-health'",
        "topic=innovating-for-all": "select id from subject where code = 'innovating-for-all'",
        "type=evidence-gap": "select finding from finding where type = 'evidence-gap'",
        "certainty=high": "select finding from finding where certainty = 'high'",
    }.items():
        text = (await client.get(f"/findings?{path}")).text
        shown = set(re.findall(r'<li>\s*<a href="/findings/([^"]+)"', text))
        sql = f"select finding from finding where finding in ({where})"
        assert shown == {name for (name,) in rows(built, sql)}, path


async def test_a_topic_that_is_chosen_is_the_only_heading(client) -> None:
    text = (await client.get("/findings?topic=racism-and-discrimination")).text
    assert re.findall(r'<h2 id="topic-([^"]+)"', text) == ["racism-and-discrimination"]
    assert 'value="racism-and-discrimination" selected' in text


async def test_recommendations_are_counted_by_status_and_unknown_is_said_plainly(
    client, built
) -> None:
    counted = rows(
        built,
        "select c.label, count(*) from recommendation_status as r join code as c"
        " on c.list = 'recommendation-status' and c.code = r.status group by 1",
    )
    text = await page(client, "/recommendations")
    assert len(counted) > 1
    for label, count in counted:
        assert f"{label} {count}" in text or label == "Unknown"
    unknown = dict(counted)["Unknown"]
    ((awaiting,),) = rows(
        built,
        "select count(*) from recommendation_status join recommendation as r using (recommendation)"
        " where recommendation_status.status = 'unknown' and r.last_checked is null",
    )
    assert f"Unknown : looked for, and not found out {unknown - awaiting}" in text
    assert f"Unknown : not yet looked for {awaiting}" in text
    ((every, unaddressed),) = rows(
        built,
        "select count(*), count(*) filter (where not exists (select 1 from "
        "recommendation_organisation as a where a.recommendation = r.recommendation)) "
        "from recommendation as r join dataset using (dataset) where synthetic = 0",
    )
    said_count = f"{unaddressed} of these {every} recommendations do not say who should act."
    assert said_count in text


async def test_recommendations_are_narrowed_down(client) -> None:
    text = (await client.get("/recommendations?status=in-progress")).text
    in_progress = [
        "emd-2024-01", "gmc-fairness-2021-01", "mha-review-2018-pcref", "rho-digital-apps-2023-04",
        "rho-pulse-ox-02", "rho-pulse-ox-03", "rho-pulse-ox-04", "sickle-comparative-2025-01",
        "wec-bmh-2023-04", "wec-bmh-2023-05",
    ]  # fmt: skip
    assert sorted(re.findall(LISTED_RECOMMENDATION, text)) == in_progress
    text = (await client.get("/recommendations?topic=sickle-cell")).text
    of_sickle_cell = ["rho-sickle-cell-03", "sickle-comparative-2025-01"]
    assert sorted(re.findall(LISTED_RECOMMENDATION, text)) == of_sickle_cell
    assert "No recommendations match." in await page(client, "/recommendations?topic=cancer")
    text = await page(client, "/recommendations?organisation=not-stated")
    assert "15 recommendations." in text


async def test_each_recommendation_has_a_timeline_on_the_years_of_the_list(client, built) -> None:
    text = (await client.get("/recommendations")).text
    timelines = re.findall(r'<svg class="timeline".*?</svg>\s*</div>', text, re.DOTALL)
    assert len(timelines) == len(re.findall(LISTED_RECOMMENDATION, text)) > 20
    assert text.count('id="years"') == 1
    assert all('href="#years"' in drawn for drawn in timelines)
    described = 'aria-label="made: March 2021; In progress: 21 November 2021; '
    assert described + 'In progress: 11 March 2024"' in text
    searched = [drawn for drawn in timelines if "last looked for: 28 November 2026" in drawn]
    assert 'class="moment checked"' in searched[0]
    only_searched = "made: 1 November 2023; last looked for: 28 November 2026"
    (drawn,) = (drawn for drawn in timelines if only_searched in drawn)
    assert 'class="moment event"' not in drawn  # a search without result is nothing that happened


async def test_the_story_of_a_recommendation_is_told_in_order(client) -> None:
    text = await page(client, "/recommendations/rho-pulse-ox-04")
    parts = (
        "March 2021 : the recommendation was made.",
        "21 November 2021 : Put into practice: In progress. secondary source The Health Secretary announced",
        "11 March 2024 : Put into practice: In progress. The independent review of equity",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "The last news is of 11 March 2024; what has happened since is not known." in text
    assert "Status In progress . Work has begun." in text
    assert (
        "Directed to No body is named in the text that the hub holds Inferred: the Depart" in text
    )
    assert "Response Not yet looked for Put into practice In progress, 11 March 2024" in text
    assert "The hub holds no date" in text
    assert "Findings behind it Pulse oximeters may read too high" in text
    assert (await said(client, "/recommendations/rho-pulse-ox-04"))["@type"] == "CreativeWork"


async def test_a_search_without_result_is_told_once_with_where_and_when(client) -> None:
    text = await page(client, "/recommendations/rho-neonatal-2023-06")
    story = text.partition("What it brought")[2]
    assert "28 November 2026 : last looked for what became of it. No published response" in story
    assert story.count("28 November 2026 :") == 1
    assert "Looked for in: published web pages" in story
    assert "By: evidence team of the hub" in story


async def test_organisations_say_plainly_who_is_asked_and_how_often_nobody(client) -> None:
    text = await page(client, "/organisations")
    assert "NHS Race and Health Observatory : one recommendation" in text
    assert "15 recommendations that name nobody" in text
    assert "NHS Race and Health Observatory : 25 sources" in text
    one = await page(client, "/organisations/nuffield-trust")
    assert "No recommendation in the hub is directed to this organisation." in one
    assert "Ethnicity coding in English health service datasets" in one
    none = await page(client, "/organisations/stats-nz")
    assert "The hub holds none." in none


async def test_topics_stand_under_their_workstream_and_empty_ones_say_so(client, built) -> None:
    text = (await client.get("/topics")).text
    shown = re.findall(r'href="/topics/([^"]+)"', text)
    expected = rows(built, "select code from code where list in ('topic', 'workstream')")
    assert sorted(shown) == sorted(code for (code,) in expected)
    assert shown.index("innovating-for-all") < shown.index("medical-devices")
    assert "Cancer Incidence, care and survival. the hub holds no evidence yet" in await page(
        client, "/topics"
    )
    assert "37 findings, 14 indicators, 2 recommendations" in await page(client, "/topics")


async def test_a_topic_shows_all_that_is_known_and_what_is_not(client) -> None:
    text = await page(client, "/topics/mental-health")
    assert "Longer waits for talking therapies" in text
    assert "Reliable improvement after talking therapy England, April 2022 to March 2023" in text
    assert "Better resources, training and recruitment of therapists" in text
    assert (
        "New community treatment orders"
        in text.partition("Indicators that compare no ethnic groups")[2]
    )
    assert "Mixed - White and Asian" in text.partition("Groups with no figures of their own")[2]
    assert "but not on this topic: Australia , Brazil , Canada , " in text
    whole = (await client.get("/topics/mental-health")).text
    assert whole.count('href="/topics/mental-health/feed.atom"') == 2


async def test_a_published_comparison_is_none_of_the_indicators_that_compare_no_groups(
    client, built
) -> None:
    single = rows(
        built,
        "select distinct i.title, s.code from comparison_value as w join indicator as i "
        "using (indicator) join subject as s on s.kind = 'indicator' and s.id = w.indicator "
        "and s.list = 'topic' where w.comparison_status = 'current' and w.published = 1 "
        "and w.synthetic = 0 and i.polarity <> 'neutral' group by w.indicator, s.code "
        "having count(distinct w.ethnicity) = 1",
    )
    assert len(single) > 3
    for title, topic in single:
        text = await page(client, f"/topics/{topic}")
        parts = text.partition("Indicators that compare no ethnic groups")[2]
        assert f" {title} " not in parts.partition("Groups with no figures of their own")[0]


async def test_a_topic_names_the_gaps_of_the_evidence(client) -> None:
    text = await page(client, "/topics/neonatal-and-infant-health")
    gaps = text.partition("Evidence gaps named in the sources")[2]
    assert "Very little research on ethnic minority babies in neonatal care" in gaps


async def test_a_topic_without_evidence_says_so(client) -> None:
    text = await page(client, "/topics/cancer")
    assert "The hub holds no finding on this." in text
    assert (
        "The hub holds no figure on this for any group or place: one may exist elsewhere." in text
    )
    assert "The hub holds no dataset on this." in text


async def test_a_workstream_has_its_topics_and_cuts_long_lists(client) -> None:
    text = (await client.get("/topics/improving-health-and-care")).text
    assert 'href="/topics/maternity"' in text
    findings = re.findall(r'<li>\s*<a href="/findings/([^"]+)"', text)
    assert len(set(findings)) == len(findings)
    (not_shown,) = map(int, re.findall(r"(\d+) more findings in", text))
    answer = await client.get(
        "/api/v1/findings?workstream=improving-health-and-care"
        "&fields=finding,superseded_by&limit=500"
    )
    current = [row for row in answer.json()["data"] if not row["superseded_by"]]
    assert len(findings) + not_shown == len(current)
    assert 'href="/findings?topic=improving-health-and-care"' in text
    questions = re.findall(r'<li><a href="/questions/([^"]+)"', text)
    answer = await client.get("/api/v1/questions?workstream=improving-health-and-care&limit=500")
    every = answer.json()["page"]["total"]
    assert len(questions) < every
    assert f">{every - len(questions)} more questions</a>" in text
    assert len(text) < 100_000


async def test_citations_are_files_too(client) -> None:
    for path in ("/findings/us-infant-2022", "/recommendations/rho-pulse-ox-04"):
        for ending, kind in (("bib", "bibtex"), ("ris", "research"), ("csl.json", "citation")):
            response = await client.get(f"{path}.{ending}")
            assert kind in response.headers["content-type"]
            assert path.rsplit("/", 1)[1] in response.text


async def test_the_hub_is_cited_as_author_and_others_as_what_it_is_based_on(client) -> None:
    """The sentences are the hub's, of the year of its release; what they rest on is named."""
    asked = (await client.get("/recommendations/rho-digital-apps-2023-04.bib")).text
    assert "author = {{Evidence hub}}" in asked
    assert "year = {2026}" in asked
    assert "Based on: NHS Race and Health Observatory (TPXimpact), " in asked
    found = (await client.get("/findings/rho-lan-2024-03.ris")).text
    assert "AU  - Evidence hub\r\n" in found
    assert "AU  - NHS" not in found
    assert "N1  - Based on: NHS Race and Health Observatory, " in found
    indicator = (await client.get("/indicators/us-infant-mortality-rate.csl.json")).text
    assert json.loads(indicator)[0]["author"] == [{"literal": "Evidence hub"}]
    assert json.loads(indicator)[0]["note"].startswith("Based on: National Center")


async def test_what_an_organisation_was_asked_and_what_it_answered(site: BuildWorkspace) -> None:
    toys(site).write()
    client = await served(site)
    text = await page(client, "/organisations")
    assert "NHS England : one recommendation" in text
    assert "One recommendation that names nobody" in text
    text = await page(client, "/organisations/nhs-england")
    assert "Mend the toys of Group B too. Made 1 May 2024." in text
    assert "In progress . Last news: 1 September 2025. Updates not yet looked for." in text
    assert "30 June 2025 : Accepted. The Toy Office has said yes. A report on toys" in text
    assert "In 2024 toys of Group A were mended 1.3 times as often as toys of Group B." in text
    text = await page(client, "/recommendations?organisation=nhs-england")
    assert "One recommendation." in text
    assert "Directed to: NHS England ." in text


async def test_where_no_response_was_found_the_day_is_that_of_the_look(
    site: BuildWorkspace,
) -> None:
    told = toys(site)
    look = {"status": "no-response", "note": "Looked for on the pages of the Toy Office."}
    checked = {
        "last_checked": "2025-10-01",
        "checked_where": "pages",
        "checked_by": "evidence team",
    }
    told.tables["recommendations"][0] |= checked
    told.tables["updates"] = [{**UPDATE, "date": "2025-10-01", "source": "", **look}]
    told.write()
    text = await page(await served(site), "/recommendations")
    assert "No published response found . Last looked for: 1 October 2025." in text
    assert "Last news" not in text
    assert "last update found" not in text


async def test_a_finding_tells_what_came_of_it(site: BuildWorkspace) -> None:
    toys(site).write()
    client = await served(site)
    text = await page(client, "/findings/toy-finding")
    asked = text.partition("Recommendations based on this finding")[2]
    assert "Mend the toys of Group B too." in asked
    assert "1 September 2025 : In progress. Work began." in asked
    assert "Group A 14 Group B no figure" in text
    assert "the finding covers 2024, and the figures here are for 2025" in text
    assert "Replaces" in text
    old = await page(client, "/findings/toy-old")
    assert "Replaced. This finding has been superseded by a newer one:" in old
    assert "replaced by a newer one" in await page(client, "/findings")
    bare = await page(client, "/topics/medical-devices")
    assert "Nobody has counted the toys of Group B in the north." in bare


async def test_what_is_late_is_judged_by_the_day_of_the_release(site: BuildWorkspace) -> None:
    toys(site).write()
    client = await served(site)
    text = await page(client, "/recommendations/toy-advice")
    assert "31 December 2025 : the due date. When these data" in text
    assert "Status then: Proposed." in text
    assert "Strong. Nearly everyone concerned would be better off." in text
    assert text.index("1 September 2025 :") < text.index("31 December 2025 :")
    assert "Toy rate" in text.partition("Figures that would show whether it works")[2]


async def test_made_up_datasets_have_pages_and_are_in_no_list(site: BuildWorkspace) -> None:
    told = toys(site)
    told.descriptor["hub"] |= {"synthetic": True, "verification": "S"}
    told.tables["findings"][0]["verification"] = ""
    told.write()
    client = await served(site)
    assert "Made up for teaching." in await page(client, "/findings/toy-finding")
    assert "Made up for teaching." in await page(client, "/recommendations/toy-advice")
    assert "No findings match." in await page(client, "/findings")
    assert "No recommendations match." in await page(client, "/recommendations")
    assert "No recommendation in the hub names" in await page(client, "/organisations")
    assert "No recommendation in the hub is" in await page(client, "/organisations/nhs-england")
    assert "The hub holds no finding on this." in await page(client, "/topics/medical-devices")
    assert "The hub holds no indicator on this." in await page(client, "/topics/innovating-for-all")


# pure functions


def observation(**cells: object) -> FindingObservationRow:
    empty = dict.fromkeys(field.name for field in dataclasses.fields(FindingObservationRow))
    row = {
        **empty,
        "area": "X01", "scheme": "s", "sex": "_T", "age": "_T", "other": "", "comparator": "",
        "adjustment": "", "ethnicity": "A", "label": "Group A", "level": "group",
        "is_overall": 0, "is_comparison_group": 0, "period_start": "2024-01-01",
        "period_end": "2024-12-31", "value": 1.0,
    }  # fmt: skip
    return FindingObservationRow(**{**row, **cells})


def test_the_plainest_table_is_shown_where_no_claim_says_which() -> None:
    rows = [
        observation(sex="F", value=2.0, sex_label="Female"),
        observation(),
        observation(age="0-4", value=3.0),
    ]
    (table,) = finding_tables.select_finding_tables(rows, [])
    assert [row.value for row in table["rows"]] == [1.0]
    assert not table["restriction_labels"]


def test_the_table_of_a_claim_is_shown() -> None:
    rows = [observation(sex="F", value=2.0, sex_label="Female"), observation()]
    (table,) = finding_tables.select_finding_tables(rows, [observation(sex="F")])
    assert [row.value for row in table["rows"]] == [2.0]
    assert table["restriction_labels"] == ["Female"]


def test_the_newest_period_is_that_of_a_group_affected() -> None:
    later = {"period_start": "2025-01-01", "period_end": "2025-12-31"}
    rows = [
        observation(),
        observation(ethnicity="B", label="Group B", is_comparison_group=1),
        observation(ethnicity="B", label="Group B", is_comparison_group=1, **later),
        observation(ethnicity="_T", label="All", level="total", is_overall=1, **later),
    ]
    (table,) = finding_tables.select_finding_tables(rows, [])
    assert table["period_end"] == "2024-12-31"
    assert [row.label for row in table["rows"]] == ["Group A", "Group B"]
    assert not table["has_total"]


def test_an_indicator_without_figures_has_no_table() -> None:
    assert finding_tables.select_finding_tables([], [observation()]) == []


def test_a_comparator_is_not_missing() -> None:
    names = [field.name for field in fields(FindingGroupRow)]
    groups = [
        FindingGroupRow(**dict.fromkeys(names) | {"scheme": "s", "ethnicity": code})
        for code in "ABC"
    ]
    assert finding_tables.select_groups_without_values(groups, [observation(comparator="B")]) == [
        groups[2]
    ]


@pytest.mark.parametrize(
    ("due", "status", "kinds", "is_overdue"),
    [
        (None, "unknown", ["issued", "checked"], None),
        ("2025-06-30", "unknown", ["issued", "due", "checked"], True),
        ("2025-06-30", "implemented", ["issued", "due", "checked"], False),
        ("2027-06-30", "unknown", ["issued", "checked", "due"], False),
        ("2026-01-31", "unknown", ["issued", "due", "checked"], False),
    ],
)
def test_the_story_puts_the_day_it_was_due_in_its_place(due, status, kinds, is_overdue) -> None:
    names = [field.name for field in fields(RecommendationDetailRow)]
    facts = {"issued": "2024", "created": "2026-01-31T00:00:00Z", "due": due}
    facts["last_checked"] = "2026-01-31"
    recommendation = RecommendationDetailRow(**(dict.fromkeys(names) | facts))
    story = recommendations.build_story(recommendation, [], status, [])
    assert [event.kind for event in story] == kinds
    assert [event.is_overdue for event in story if event.kind == "due"] == (
        [] if is_overdue is None else [is_overdue]
    )


@pytest.mark.parametrize(
    ("status", "status_date", "is_old"),
    [
        ("in-progress", "2024-01-30", True),
        ("in-progress", "2024-01-31", False),
        ("in-progress", "2024-02", False),
        ("accepted", "2022", True),
        ("implemented", "2015-06-30", False),
        ("unknown", "2015-06-30", False),
        ("in-progress", None, False),
    ],
)
def test_an_open_status_is_old_after_two_years_without_news(status, status_date, is_old) -> None:
    names = [field.name for field in fields(RecommendationRow)]
    row = RecommendationRow(
        **(dict.fromkeys(names) | {"status": status, "status_date": status_date})
    )
    assert recommendations.is_status_old(row, "2026-01-31T00:00:00Z") is is_old


async def test_the_first_page_has_the_newest_findings_that_were_read_in_the_original(
    client, built
) -> None:
    read = rows(
        built,
        "select coalesce(f.published, ''), f.finding from finding as f "
        "join subject as s on s.kind = 'finding' and s.id = f.finding "
        "where s.list = 'workstream' and s.code = 'improving-health-and-care' "
        "and f.type = 'finding' and f.superseded_by is null and f.verification = 'C1'",
    )
    assert max(read)[0] > "2025"
    assert f"/findings/{max(read)[1]}" in (await client.get("/")).text


def test_a_topic_without_a_workstream_is_not_lost() -> None:
    codes = [
        CodeRow("topic", "a", "A", "Says.", "en"),
        CodeRow("topic", "b", "B", None, "en"),
        CodeRow("workstream", "w", "W", "", "en"),
    ]
    sections = group_by_workstream(codes, {"a": "w"})
    assert [
        (workstream and workstream.code, [topic.code for topic in topics])
        for workstream, topics in sections
    ] == [("w", ["a"]), (None, ["b"])]
    assert sections[0][1][0].definition == "Says."


def test_a_source_leads_to_the_web_only() -> None:
    assert choose_source_url("https://example.org/a", "10.1/x") == "https://example.org/a"
    assert choose_source_url("javascript:alert(1)", None) == ""
    assert choose_source_url("https:evil", None) == ""
    assert choose_source_url(None, "10.1/x") == "https://doi.org/10.1/x"
    assert choose_source_url(None, None) == ""


def claim(**facts: object) -> ClaimRow:
    names = [field.name for field in fields(ClaimRow)]
    return ClaimRow(**(dict.fromkeys(names) | {"measure": "value", "decimals": 1} | facts))


def test_a_claim_is_rounded_to_one_decimal_more_than_it_is_stated_with() -> None:
    numbers = {"recomputed": 4.7196, "lowest": 4.71, "highest": 4.72}
    rounded = findings.round_claim(claim(**numbers, measure="ratio"))
    assert (rounded.row.recomputed, rounded.is_rounded) == (4.72, True)
    assert not findings.round_claim(claim(**numbers)).is_rounded
    assert findings.round_claim(claim(lowest=4.71, highest=4.72)).row.recomputed is None


async def test_a_finding_says_that_its_value_is_provisional_and_that_newer_ones_are_there(
    site: BuildWorkspace,
) -> None:
    told = toys(site)
    told.tables["observations"][0] |= {
        "obs_status": "P",
        "note": "Doubtful: another count gives 30.",
    }
    told.tables["observations"].append(
        told.build_observation(ethnicity="B", period="2025", value="11")
    )
    told.tables["claims"][0] |= {"obs_status": "P"}
    told.write()
    client = await served(site)
    text = await page(client, "/findings/toy-finding")
    assert (
        "It agrees with a figure that has a mark: Provisional value. Subject to revision." in text
    )
    assert "Note on the figure: Doubtful: another count gives 30." in text
    assert "The number agrees with the figures." not in text
    assert "The numbers of this finding are of 2024. The hub has newer ones, of 2025." in text
    assert "Superseded. There are newer figures, of 2025." in text
    listed = await page(client, "/findings")
    assert listed.count("there are newer figures") == 1
    claim = (await client.get("/api/v1/findings/toy-finding")).json()["data"]["claims"][0]
    assert (claim["state"], claim["newer_period_end"]) == ("superseded", "2025-12-31")
    assert (claim["obs_status"], claim["verification"]) == ("P", "C1")
    table = (await client.get("/api/v1/findings.csv")).text.splitlines()
    found = {row["finding"]: row["claims_superseded"] for row in csv.DictReader(table)}
    assert found == {"toy-finding": "1", "toy-old": "0", "toy-gap": "0"}


async def test_a_figure_with_a_note_agrees_and_the_note_is_read(site: BuildWorkspace) -> None:
    told = toys(site)
    told.tables["observations"][0] |= {"note": "Doubtful: another count gives 30."}
    told.write()
    text = await page(await served(site), "/findings/toy-finding")
    assert "It agrees with a figure that has a note. Note on the figure: Doubtful" in text


async def test_a_finding_says_which_of_its_numbers_are_not_checked_and_who_assessed_it(
    site: BuildWorkspace,
) -> None:
    told = toys(site)
    told.tables["findings"][2] |= {
        "statement": "In the north about 40 toys of Group B were counted.",
        "unbound_figures": "40",
        "unbound_reason": "not-in-hub",
        "certainty": "moderate",
        "assessed_by": "Head of evidence, Toy Office",
        "assessment_method": "GRADE",
        "assessed_on": "2025-03-01",
    }
    told.write()
    client = await served(site)
    text = await page(client, "/findings/toy-gap")
    assert "These numbers are not checked against figures of the hub: 40. Not in the hub." in text
    assert "Assessed by Head of evidence, Toy Office on 1 March 2025. Method: GRADE." in text
    other = await page(client, "/findings/toy-old")
    assert "Not assessed. No named role has assessed it by a stated method." in other
    assert "These numbers are not checked" not in other
    row = (await client.get("/api/v1/findings/toy-gap")).json()["data"]
    assert row["unbound_reason_label"] == "Not in the hub"
    assert row["assessed_by"] == "Head of evidence, Toy Office"


async def test_the_first_page_says_how_many_comparisons_it_leaves_to_a_workstream(
    client, built: Path
) -> None:
    text = (await client.get("/")).text
    with sqlite3.connect(built / "hub.db") as db:
        counts = dict(
            db.execute(
                "select s.code, count(*) from subject as s "
                "join indicator as i on s.kind = 'indicator' and i.indicator = s.id "
                "join dataset as d on d.dataset = i.dataset and d.synthetic = 0 "
                "where s.list = 'workstream' and exists (select 1 from comparison as w "
                "where w.indicator = i.indicator and w.comparison_status = 'current' "
                "and w.reason = '') group by s.code"
            )
        )
    assert max(counts.values()) > 5
    for workstream, count in counts.items():
        section = text.partition(f'<section id="{workstream}"')[2].partition("</section>")[0]
        shown = len(re.findall(r'<a href="/indicators/', section))
        assert shown >= 1
        left_out = re.search(r"(\d+) more comparisons in", section)
        assert shown + int(left_out[1] if left_out else 0) == count
